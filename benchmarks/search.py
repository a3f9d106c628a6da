"""How long looking for words in a caseload's notes takes: `python -m benchmarks.search` prints ratios as a table and as JSON.

Measured is `note_search.look` over as many notes as one search opens: reading them, opening each, comparing its words, in one thread.
The baseline is unsealing the same notes and nothing else: what the encryption alone takes. Beside it: the same search with no words to
compare, which is reading and opening alone, and one client's notes. All words are made up here.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, select

from benchmarks.quality import SYLLABLES
from bot import offline
from bot.imports import engine_for_imports
from desk.tenants import Tenant
from migrations.run import upgrade
from models.base import new_id, new_reference
from models.clients import Client
from models.contacts import Contact, ContactKind, ContactState
from models.engine import reading
from models.note_document import Activity, Matter, Method, NoGoal, NoteDocument, Signature
from models.notes import Note, NoteVersion, Review
from models.rows import WorkspaceSession
from models.staff import Staff
from models.workspaces import Surface
from privacy.kek import FileKek
from privacy.phi import Phi
from services import audit, clients, note_search, roster, staff, surfaces
from services.note_search import LOOKED_AT_MOST, Search
from services.signed_notes import NOTE_VERSION
from services.staff import Actor
from services.surfaces import DecideSurface
from services.work import Work
from tests.conftest import StandingClock, make_agency

SEED: Final = 20_261_125
TEAM: Final = "T0ALPHA"
CLIENTS: Final = 40
# Characters of each of the two long texts: a good collateral note, and one that fills its boxes.
USUAL: Final = 600
ROUNDS: Final = 7


@dataclass(frozen=True)
class Town:
    """A stored caseload, and the case manager who searches it."""

    engine: Engine
    tenant: Tenant
    clock: StandingClock
    actor: Actor
    client_ref: str

    def read(self, job: Callable[[Work], object]) -> float:
        """How much of one core this takes in a reading of its own, as the door gives it."""
        begun = time.process_time()
        with WorkspaceSession(reading(self.engine), self.tenant.id) as session:
            job(Work(session, self.tenant.id, self.tenant.keys, self.clock.now()))
        return time.process_time() - begun


def build(folder: Path, notes: int, letters: int) -> Town:
    """A caseload of forty with so many notes."""
    engine, clock = engine_for_imports(f"sqlite:///{folder / 'notes.sqlite3'}"), StandingClock()
    upgrade(engine)
    agency = make_agency(engine, clock, FileKek.create(folder / "kek"), TEAM)
    tenant = Tenant(agency.id, TEAM, demo=False, keys=agency.keys)
    offline.transact(engine, tenant, clock, surfaces.decide_surface, DecideSurface(Surface.MODAL, "Pia", "BAA, safe 3"))
    people = roster.read_staff(b"email,name,title,roles\nalice@north.example,Alice,Case manager,case_manager\n")
    offline.transact(engine, tenant, clock, roster.import_staff, people, dry_run=False)
    rows = "".join(f"{number:04},Last{number},First{number},alice@north.example\n" for number in range(CLIENTS))
    sheet = roster.read_clients(f"client_id,last_name,first_name,primary_cm_email\n{rows}".encode())
    offline.transact(engine, tenant, clock, roster.import_clients, sheet, dry_run=False)
    source = random.Random(SEED)  # noqa: S311 - a fixed seed is the point

    def store(work: Work) -> tuple[Actor, str]:
        author = work.session.scalars(select(Staff)).one()
        served = work.session.scalars(select(Client)).all()
        for number in range(notes):
            write(work, served[number % CLIENTS], author.id, document(source, work.now, letters), number)
        return staff.actor_of(work, author), served[0].ref

    return Town(engine, tenant, clock, *offline.transact(engine, tenant, clock, store))


def document(source: random.Random, now: dt.datetime, letters: int) -> NoteDocument:
    """A note of made-up words."""
    return NoteDocument(
        kind=ContactKind.COLLATERAL,
        ended_at=now,
        minutes=10,
        method=Method.PHONE,
        activities=(Activity.COORDINATED,),
        done=Phi(_text(source, letters)),
        observations=Phi(_text(source, letters)),
        no_goal=(NoGoal.BENEFITS,),
        matters=(Matter.NONE,),
        signature=Signature(name="Alice", title="Case manager", credential="", signed_at=now),
    )


def _text(source: random.Random, letters: int) -> str:
    words: list[str] = []
    while sum(map(len, words)) + len(words) < letters:
        words.append("".join(source.choices(SYLLABLES, k=source.randint(1, 4))))
    return f"It’s {' '.join(words)}."


def write(work: Work, client: Client, author_id: uuid.UUID, said: NoteDocument, number: int) -> None:
    """Store a note without a form."""
    ended_at = work.now - dt.timedelta(hours=number)
    contact = Contact(
        workspace_id=work.workspace_id,
        ref=new_reference("K"),
        client_id=client.id,
        staff_id=author_id,
        kind=said.kind,
        state=ContactState.NOTED,
        started_at=ended_at,
        ended_at=ended_at,
        minutes=said.minutes,
        created_at=work.now,
    )
    note_id, key = new_id(), clients.key_of(work, client.id)
    note = Note(
        workspace_id=work.workspace_id,
        id=note_id,
        ref=new_reference("N"),
        client_id=client.id,
        contact_id=contact.id,
        author_id=author_id,
        kind=said.kind,
        review=Review.NOT_NEEDED,
        latest_version=1,
        signed_at=work.now,
    )
    sealed = key.seal(said, work.cell(NOTE_VERSION, "document", note_id, 1))
    version = NoteVersion(
        workspace_id=work.workspace_id,
        note_id=note_id,
        version=1,
        document=sealed,
        content_hash=key.fingerprint(said),
        signed_at=work.now,
    )
    for row in (contact, note, version):
        work.session.add(row)
        work.session.flush()
    audit.record(
        work, audit.Action.NOTE_SIGN, actor=author_id, subject=(NOTE_VERSION, note_id), version=1, sealed=sealed
    )


def unseal(work: Work) -> None:
    """Read every note's newest version and unseal its bytes: the floor."""
    rows = work.session.execute(select(Note.client_id, NoteVersion).join(Note, Note.id == NoteVersion.note_id)).all()
    keys = clients.keys_of(work, {client_id for client_id, _ in rows})
    for client_id, row in rows[:LOOKED_AT_MOST]:
        keys[client_id].open_bytes(row.document, work.cell(NOTE_VERSION, "document", row.note_id, row.version))


def measure(town: Town, rounds: int) -> dict[str, float]:
    """Every figure, in rounds, so that a busy machine touches all alike. Units: seconds of one core."""
    jobs: dict[str, Callable[[Work], object]] = {
        "unsealing alone": unseal,
        "no words": lambda work: note_search.look(work, town.actor, Search(None)),
        "one word": lambda work: note_search.look(work, town.actor, Search(Phi("rent"))),
        "five words": lambda work: note_search.look(work, town.actor, Search(Phi("the rent is paid now"))),
        "one client": lambda work: note_search.look(work, town.actor, Search(Phi("rent"), town.client_ref)),
    }
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            taken[name].append(town.read(job))
    return {name: statistics.median(each) for name, each in taken.items()}


def report(figures: dict[str, float], notes: int, letters: int) -> None:
    """The table, then the same as one line of JSON."""
    base = figures["unsealing alone"]
    for name, value in figures.items():
        sys.stdout.write(f"{name:<20}{value * 1000:>10.1f} ms{value / base:>10.2f} × unsealing alone\n")
    rows = {name: round(value, 6) for name, value in figures.items()}
    ratios = {name: round(value / base, 4) for name, value in figures.items()}
    line = {"benchmark": "search", "notes": notes, "letters": 2 * letters, "seconds": rows, "ratios": ratios}
    sys.stdout.write(json.dumps(line) + "\n")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search")
    parser.add_argument("notes", nargs="?", type=int, default=LOOKED_AT_MOST, help="how many notes the caseload has")
    parser.add_argument("--letters", type=int, default=USUAL, help="of each of the two long texts")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        town = build(Path(folder), wanted.notes, wanted.letters)
        report(measure(town, wanted.rounds), wanted.notes, wanted.letters)
        town.engine.dispose()


if __name__ == "__main__":
    main()
