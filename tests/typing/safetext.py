"""Lines about SafeText: each marked one must not type-check, each other one must."""
# ruff: noqa: UP031, UP032 - lines that nobody should write

import enum

from privacy.phi import Phi
from privacy.safetext import Mention, Ref, SafeText, Word, join, plural, safe


class Kind(Word):
    CALL = "call"


class Loose(enum.StrEnum):
    CALL = "call"


def send(text: SafeText) -> None:
    """Stands for the surface."""


name: str = input()
client: Phi[str] = Phi(name)
count = Phi(3)

safe("Fixed words.")
safe("{n} {kind} by {who}{more}", n=3, kind=Kind.CALL, who=Mention("U0CAR0L"), more=safe("."))
safe(f"{'fixed'} words")
safe("Call " + "back")
safe(name)  # refused
safe(f"Call {name}")  # refused
safe(f"Call {client}")  # refused
safe("Call " + name)  # refused
safe("Call {}".format(name))  # refused
safe("Call %s" % name)  # refused
safe(" ".join(["Call", name]))  # refused
safe(str(client))  # refused
safe("Call {name}", name=name)  # refused
safe("Call {name}", name="Amber")  # refused
safe("Call {name}", name=f"{client}")  # refused
safe("Call {name}", name=client)  # refused
safe("{n} notes", n=count)  # refused
safe("{n} notes", n=2.5)  # refused
safe("{n} notes", n=None)  # refused
safe("{kind}", kind=Loose.CALL)  # refused
safe("{ref}", ref=Ref("7F3KQ2"))  # refused
safe("{who}", who=b"U0CAR0L")  # refused

plural(3, "One note.", "{n} notes.")
plural(3, "One note of {who}.", "{n} notes of {who}.", who=Mention("U0CAR0L"))
plural(3, name, "{n} notes.")  # refused
plural(3, "One note.", f"{name} notes.")  # refused
plural(count, "One note.", "{n} notes.")  # refused
plural(3, "One note.", "{n} notes of {name}.", name=name)  # refused
plural("3", "One note.", "{n} notes.")  # refused

join(", ", [safe("a"), safe("b")])
join(name, [safe("a")])  # refused
join(", ", ["a"])  # refused
join(", ", [client])  # refused
join(", ", safe("a"))  # refused

send(safe("Fixed words."))
send("Fixed words.")  # refused
send(name)  # refused
send(client)  # refused
send(f"{client}")  # refused
send(Kind.CALL)  # refused
send(Mention("U0CAR0L"))  # refused
send(SafeText(name))  # refused
send(safe("a") + safe("b"))  # refused
send(safe("a") + "b")  # refused
send(safe("a").text)  # refused

Mention(client)  # refused
Ref(client)  # refused
safe("a").text = name  # refused
Mention("U0CAR0L").user_id = name  # refused


class Looser(SafeText):  # refused
    pass
