"""Lines about Phi and its grants: each marked one must not type-check, each other one must.

Not here: f"{phi}", str(phi), bool(phi), phi == x and phi in a log call, which no type checker refuses. The house rules and
Phi itself do.
"""
# ruff: noqa: B015, B018, PTH123, SIM115 - lines that nobody should write

import datetime as dt
import json
from uuid import uuid4

from privacy.documents import Document
from privacy.grants import Grant, Purpose, issue, system_grant
from privacy.keys import RecordKey
from privacy.phi import Phi
from privacy.sealed import Cell, Sealed


class Note(Document):
    body: Phi[str]


def print_text(text: str) -> None:
    """Stands for whatever takes text."""


name = Phi("Amber Quince")
grant = system_grant(Purpose.MATCH)

print_text(name.reveal(grant))
print_text(name)  # refused
print_text(name.map(str.upper))  # refused
length: Phi[int] = name.map(len)
wider: Phi[str | None] = name
wrong: Phi[int] = name  # refused
bare: str = name  # refused

len(name)  # refused
name + "x"  # refused
"x" + name  # refused
name * 2  # refused
name[0]  # refused
name < "x"  # refused
"Amber" in name  # refused
name.upper()  # refused
name()  # refused
int(name)  # refused
float(name)  # refused
bytes(name)  # refused
sorted([name, name])  # refused
", ".join([name])  # refused
open(name)  # refused
json.loads(name)  # refused
dt.date.fromisoformat(name)  # refused
[*name]  # refused
for _letter in name:  # refused
    pass

name.reveal()  # refused
name.reveal(None)  # refused
name.reveal("grant")  # refused
name.reveal(Purpose.MATCH)  # refused
name.reveal(issue)  # refused
name.value = "x"  # refused
name._read()  # refused

system_grant("match")  # refused
system_grant()  # refused
Grant()  # refused
issue().active = True  # refused


class Loose(Phi[str]):  # refused
    pass


class LooseGrant(Grant):  # refused
    pass


key = RecordKey(uuid4(), bytes(32))
cell = Cell("T024BE7LD", "contact_note", "body", uuid4(), 1, "Note")
note: Note = key.open(Note, key.seal(Note(body=name), cell), cell)
key.seal("text", cell)  # refused
key.seal(name, cell)  # refused
key.seal(note)  # refused
key.open(str, Sealed(b""), cell)  # refused
key.open(Note, b"", cell)  # refused
key.open(Note, Sealed(b""))  # refused
Sealed("text")  # refused
Sealed(b"").blob = b"x"  # refused
key._secret  # refused
Cell("T024BE7LD", "contact_note", "body", "row", 1, "Note")  # refused
