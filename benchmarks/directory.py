"""How long a search over many names takes: `python -m benchmarks.directory` prints ratios as a table and as JSON.

Measured is `clients.search` as an admin's form asks for it, with the directory of names warm: reading on, finding, asking the rule, and
opening whom it offers. The baseline is the same search with no directory, which opens everybody. Beside it: how long reading the
directory takes when a process starts, what it weighs, and what one changed client costs the next search. All names are made up here.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, update

from benchmarks.quality import SYLLABLES
from bot import offline
from bot.imports import engine_for_imports
from desk.tenants import Tenant
from migrations.run import upgrade
from models.clients import ClientProfile
from models.engine import reading
from models.rows import WorkspaceSession
from models.staff import Role, Staff
from privacy.kek import FileKek
from privacy.phi import Phi
from services import audit, clients, directory, roster, roster_rows, staff
from services.decisions import Deed
from services.name_book import NameBook
from services.roster import NewClient
from services.staff import Actor
from services.work import Work
from tests.conftest import StandingClock, make_agency

SEED: Final = 20_261_125
TEAM: Final = "T0ALPHA"
NAMES: Final = 20_000
WARM: Final = 400
COLD: Final = 3


@dataclass(frozen=True)
class Town:
    """A stored agency, and the admin who searches it."""

    engine: Engine
    tenant: Tenant
    clock: StandingClock
    admin: Actor
    names: Sequence[tuple[str, str]]

    @contextmanager
    def look(self, book: NameBook | None) -> Generator[Work]:
        """Work as the reading door gives it."""
        with WorkspaceSession(reading(self.engine), self.tenant.id) as session:
            yield Work(session, self.tenant.id, self.tenant.keys, self.clock.now(), names=book)


def build(folder: Path, count: int) -> Town:
    """An agency of so many clients."""
    engine, clock = engine_for_imports(f"sqlite:///{folder / 'names.sqlite3'}"), StandingClock()
    upgrade(engine)
    agency = make_agency(engine, clock, FileKek.create(folder / "kek"), TEAM)
    tenant = Tenant(agency.id, TEAM, demo=False, keys=agency.keys)
    sheet = roster.read_staff(b"email,name,title,roles\nadmin@north.example,Admin,Admin,case_manager\n")
    offline.transact(engine, tenant, clock, roster.import_staff, sheet, dry_run=False)
    source = random.Random(SEED)  # noqa: S311 - a fixed seed is the point
    names = [(_word(source), _word(source)) for _ in range(count)]

    def store(work: Work) -> Actor:
        row = work.session.query(Staff).one()
        sealed = [
            roster_rows.seal_client(work, NewClient(_profile(number, *name), row.id))
            for number, name in enumerate(names)
        ]
        roster_rows.store_clients(work, sealed, None)
        return staff.actor_of(work, row)

    actor = offline.transact(engine, tenant, clock, store)
    return Town(engine, tenant, clock, replace(actor, roles=frozenset({Role.ADMIN})), names)


def _word(source: random.Random) -> str:
    return "".join(source.choices(SYLLABLES, k=source.randint(2, 4))).capitalize()


def _profile(number: int, last: str, first: str) -> ClientProfile:
    return ClientProfile(agency_id=Phi(f"{number:06}"), last_name=Phi(last), first_name=Phi(first))


def queries(town: Town, count: int) -> list[str]:
    """What people type: two letters, some more, both names, an ID, and a name that nobody has."""
    source = random.Random(SEED + 1)  # noqa: S311 - a fixed seed is the point
    made: list[str] = []
    for number in range(count):
        last, first = source.choice(town.names)
        shapes = (last[:2], last[:4], f"{last} {first[:2]}", f"{source.randrange(len(town.names)):06}", f"{last} zzz")
        made.append(shapes[number % len(shapes)])
    return made


def seconds(job: Callable[[], object]) -> float:
    """How long this takes."""
    begun = time.perf_counter()
    job()
    return time.perf_counter() - begun


def read_all(town: Town, book: NameBook) -> None:
    """Read until the book holds everybody, step by step as the running program does."""
    is_whole = False
    while not is_whole:
        with town.look(book) as work:
            is_whole = directory.read_on(work)


def search(town: Town, book: NameBook | None, query: str) -> None:
    """One search of the admin's."""
    with town.look(book) as work:
        clients.search(work, town.admin, query, Deed.CLIENT_FIND)


def change_one(town: Town, number: int) -> None:
    """One client's facts are written again."""

    def store(work: Work) -> None:
        index = work.keys.index("client", "agency_id", f"{number:06}")
        row = work.session.query(roster_rows.Client).filter_by(agency_id_index=index).one()
        profile = clients.key_of(work, row.id).seal(
            _profile(number, "Changed", "Name"), work.cell("client", "profile", row.id, row.profile_version + 1)
        )
        work.session.execute(
            update(roster_rows.Client)
            .where(roster_rows.Client.id == row.id)
            .values(profile=profile, profile_version=row.profile_version + 1)
        )
        audit.record(work, audit.Action.CLIENT_IMPORT, actor=None, subject=("client", row.id), sealed=profile)

    offline.transact(town.engine, town.tenant, town.clock, store)


def measure(town: Town, warm: int, cold: int) -> dict[str, float]:
    """Every figure. Units: seconds, and bytes for the weight."""
    book = NameBook()
    starts = [seconds(lambda: read_all(town, NameBook())) for _ in range(cold)]
    tracemalloc.start()
    read_all(town, book)
    weight = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    asked = queries(town, warm)
    search(town, book, asked[0])
    everybody: list[float] = []
    taken: list[float] = []
    for number, query in enumerate(asked):
        taken.append(seconds(lambda query=query: search(town, book, query)))
        if number % (warm // cold) == 0:
            # In the same minutes, so that a busy machine touches both alike.
            everybody.append(seconds(lambda query=query: search(town, None, query)))
    changed: list[float] = []
    for number in range(20):
        change_one(town, number)
        changed.append(seconds(lambda: search(town, book, "changed")))
    return {
        "open everybody": statistics.median(everybody),
        "warm, median": statistics.median(taken),
        "warm, p99": statistics.quantiles(taken, n=100)[-1],
        "after one change": statistics.median(changed),
        "cold start": statistics.median(starts),
        "weight": float(weight),
    }


def report(figures: dict[str, float], names: int) -> None:
    """The table, then the same as one line of JSON."""
    base = figures["open everybody"]
    for name, value in figures.items():
        if name == "weight":
            sys.stdout.write(f"{name:<20}{value / names:>10.0f} bytes a name\n")
        else:
            sys.stdout.write(f"{name:<20}{value * 1000:>10.2f} ms{value / base:>12.4f} × opening everybody\n")
    rows = {name: round(value, 6) for name, value in figures.items()}
    ratios = {name: round(value / base, 6) for name, value in figures.items() if name != "weight"}
    sys.stdout.write(json.dumps({"benchmark": "directory", "names": names, "seconds": rows, "ratios": ratios}) + "\n")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.directory")
    parser.add_argument("names", nargs="?", type=int, default=NAMES, help="how many clients the agency has")
    parser.add_argument("--searches", type=int, default=WARM)
    parser.add_argument("--starts", type=int, default=COLD)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        town = build(Path(folder), wanted.names)
        report(measure(town, wanted.searches, wanted.starts), wanted.names)
        town.engine.dispose()


if __name__ == "__main__":
    main()
