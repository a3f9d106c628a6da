"""How long a tick takes with many follow-ups stored: `python -m benchmarks.sweep` prints medians as a table and as JSON.

Each size is a PostgreSQL database of its own with the same staff and the same follow-ups due today; the other rows are done, or open
and due later, as after years of work. One round is one whole tick in every database, in turn: finding what is due, writing it down,
claiming, checking again, marking, settling, with a sender that does nothing. The first size is the baseline.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final, LiteralString, TypedDict

import psycopg
from psycopg import sql
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from desk.doors import Doors
from desk.surface import Posted
from models.base import new_id
from models.engine import make_engine
from models.people import PersonProfile
from models.policy import RuleName
from models.rows import WorkspaceSession
from privacy.kek import FileKek
from privacy.phi import Phi
from reminders.engine import Reminders, Ticked
from services import open_items, policies, schedule
from services.work import Work
from tests.conftest import StandingClock, make_agency
from tests.postgres import SUPERUSER, Server, running_server
from tests.reminders.town import Town, eastern
from views.blocks import SafeBlocks

ROWS: Final = (10_000, 1_000_000)
# The start of a Tuesday's work: everything due today is one message for each of the staff.
NOW: Final = eastern("2026-03-03T09:00")
CLIENTS: Final = 1_000
# Nothing is cut off, so that a busy machine makes a round slow and does not end it.
BUDGET_SECONDS: Final = 600.0
STATEMENT_SECONDS: Final = 60
TEN_YEARS: Final = 3_650
THREE_YEARS: Final = 1_100
# Beyond every step of the rule, so that only today's are due.
LATER: Final = 30

# One of five is open and due later, the others were done or dropped in the past. Keys are checked when rows are made by the app.
LOAD: Final[LiteralString] = """
    INSERT INTO follow_up
        (workspace_id, id, ref, client_id, owner_id, due_on, promised_on, text, state, created_at, closed_at)
    SELECT %(workspace)s, ('01a20000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'F-' || lpad(to_hex(n), 16, '0'),
           (%(clients)s::uuid[])[1 + n %% %(client_count)s], (%(staff)s::uuid[])[1 + n %% %(staff_count)s],
           day, day, %(text)s, CASE WHEN n %% 5 = 0 THEN 'open' WHEN n %% 5 = 1 THEN 'dropped' ELSE 'done' END,
           day - interval '7 days', CASE WHEN n %% 5 = 0 THEN NULL ELSE day + interval '1 day' END
    FROM (
        SELECT n, CASE WHEN n %% 5 = 0 THEN %(today)s::date + %(later)s + (random() * %(ahead)s)::int
                       ELSE %(today)s::date - 1 - (random() * %(back)s)::int END AS day
        FROM generate_series(1, %(rows)s::int) AS n
    ) AS made
"""
# Indexes of a table that is filled at once are built faster afterwards; those of its keys stay.
INDEXES: Final[LiteralString] = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE tablename = 'follow_up' AND indexname LIKE 'ix%'
"""
RESET: Final[tuple[LiteralString, ...]] = (
    "TRUNCATE occurrence, delivery CASCADE",
    "VACUUM ANALYZE audit_event",
    "VACUUM audit_head",
    "CHECKPOINT",
)


class Size(TypedDict):
    """What was measured with so many follow-ups."""

    rows: int
    tick_ms: float
    tick_ratio: float
    look_ms: float
    look_ratio: float


class Numbers(TypedDict):
    """What a run prints."""

    benchmark: str
    due: int
    staff: int
    rounds: int
    sizes: list[Size]


@dataclass(frozen=True)
class Silent:
    """Takes every message and does nothing with it."""

    async def post(self, user_id: str, message: SafeBlocks) -> Posted:
        """Take a new message."""
        return Posted(f"D{user_id}", "1.0")

    async def edit(self, posted: Posted, message: SafeBlocks) -> None:
        """Take a change."""


@dataclass
class Place:
    """One database of one size, and what was measured in it. Units: seconds."""

    rows: int
    name: str
    server: Server
    engine: Engine
    town: Town
    loaded: float = 0.0
    ticks: list[float] = field(default_factory=list[float])
    looks: list[float] = field(default_factory=list[float])

    @contextmanager
    def connected(self) -> Generator[psycopg.Connection]:
        """A connection as the superuser, which no key and no policy stops, for as long as it takes."""
        options = "-c session_replication_role=replica -c maintenance_work_mem=256MB"
        with psycopg.connect(
            host=str(self.server.socket), user=SUPERUSER, dbname=self.name, autocommit=True, options=options
        ) as connection:
            yield connection

    async def measure(self, due: int) -> None:
        """One round: look alone, then a whole tick, from the same state.

        Errors: RuntimeError when the tick did not do what is measured.
        """
        with self.connected() as connection:
            for statement in RESET:
                connection.execute(statement)
        town = self.town
        began = time.perf_counter()
        found = await town.doors.survey(town.tenant.keys, town.tenant.id, schedule.look)
        self.looks.append(time.perf_counter() - began)
        told = len({each.subject_id for each in found.fresh if each.rule is RuleName.FOLLOW_UP})
        began = time.perf_counter()
        ticked = await Reminders(town.doors, Silent()).tick(town.tenant)
        self.ticks.append(time.perf_counter() - began)
        receivers = {each.receiver_id for each in found.fresh}
        if told != due or ticked != Ticked(sent=len(receivers)):
            raise RuntimeError(f"{due} follow-ups are due; {told} were found, and the tick says {ticked}.")


@asynccontextmanager
async def place(server: Server, home: Path, rows: int, due: int, staff: int) -> AsyncGenerator[Place]:
    """A database of this size, filled and open."""
    name = f"sweep_{rows}"
    server.create(name)
    engine = make_engine(server.url(name), statement_seconds=STATEMENT_SECONDS)
    clock = StandingClock(NOW)
    agency = make_agency(engine, clock, FileKek.create(home / f"kek_{rows}"))
    doors = Doors(engine, clock, budget=BUDGET_SECONDS)
    doors.start()
    made = Place(rows, name, server, engine, Town(engine, agency, clock, doors))
    try:
        fill(made, rows, due, staff)
        yield made
    finally:
        await doors.close()
        engine.dispose()


def fill(made: Place, rows: int, due: int, staff: int) -> None:
    """Staff, clients, the follow-ups that are due today, and all the others."""
    town, began = made.town, time.perf_counter()
    owners = [town.staff(f"U{number:08}") for number in range(staff)]
    clients = [town.client(owner) for owner in islice(cycle(owners), CLIENTS)]
    sealed = town.agency.keys.house_key.seal(
        PersonProfile(name=Phi("x")),
        Work(Session(), town.agency.id, town.agency.keys, NOW).cell("follow_up", "text", new_id()),
    )
    with made.connected() as connection:
        indexes = connection.execute(INDEXES).fetchall()
        for name, _ in indexes:
            connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        connection.execute(
            LOAD,
            {
                "workspace": town.agency.id,
                "clients": clients,
                "client_count": len(clients),
                "staff": owners,
                "staff_count": len(owners),
                "text": sealed.blob,
                "today": NOW.date(),
                "later": LATER,
                "ahead": THREE_YEARS,
                "back": TEN_YEARS,
                "rows": rows - due,
            },
        )
        for _, definition in indexes:
            connection.execute(definition)
    for owner, client in islice(zip(cycle(owners), cycle(clients), strict=False), due):
        town.follow_up(owner, client, NOW.date())
    with made.connected() as connection:
        connection.execute("VACUUM ANALYZE")
    made.loaded = time.perf_counter() - began


def plans(made: Place) -> str:
    """How PostgreSQL finds what is open: of all, and of one receiver just before a message is sent."""
    asked: list[tuple[str, Any]] = []

    def remember(*told: Any) -> None:
        asked.append((told[2], told[3]))

    town, lines = made.town, list[str]()
    with WorkspaceSession(made.engine, town.agency.id) as session:
        work = Work(session, town.agency.id, town.agency.keys, NOW)
        scene = open_items.scene_of(work, policies.in_force(work))
        event.listen(made.engine, "before_cursor_execute", remember)
        for owners in (None, [next(iter(scene.crew))]):
            open_items.find(scene, owners)
        event.remove(made.engine, "before_cursor_execute", remember)
        for statement, parameters in asked:
            plan = session.connection().exec_driver_sql(
                f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement}", parameters
            )
            lines += ["", *(str(row[0]) for row in plan)]
    return "\n".join(lines)


async def run(rows: list[int], due: int, staff: int, rounds: int, *, with_plans: bool = False) -> Numbers:
    """Measure every size in turn; the numbers, ready for JSON."""
    with running_server() as server, tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            places: list[Place] = []
            for count in rows:
                places.append(await stack.enter_async_context(place(server, Path(folder), count, due, staff)))
                sys.stderr.write(f"{count:,} follow-ups stored in {places[-1].loaded:.0f} s\n")
            for number in range(rounds + 1):
                for each in places[number % len(places) :] + places[: number % len(places)]:
                    await each.measure(due)
                    sys.stderr.write(f"{each.rows:,}: tick {each.ticks[-1]:.2f} s, look {each.looks[-1]:.3f} s\n")
            if with_plans:
                sys.stderr.write(f"{plans(places[-1])}\n")
            return result(places, due, staff, rounds)


def result(places: list[Place], due: int, staff: int, rounds: int) -> Numbers:
    """The medians without the first round, which fills the caches, and their ratios to the first size."""

    def middle(times: list[float]) -> float:
        return round(statistics.median(times[1:]) * 1000, 1)

    first = places[0]
    sizes: list[Size] = [
        {
            "rows": each.rows,
            "tick_ms": middle(each.ticks),
            "tick_ratio": round(middle(each.ticks) / middle(first.ticks), 2),
            "look_ms": middle(each.looks),
            "look_ratio": round(middle(each.looks) / middle(first.looks), 2),
        }
        for each in places
    ]
    return {"benchmark": "sweep", "due": due, "staff": staff, "rounds": rounds, "sizes": sizes}


def table(numbers: Numbers) -> str:
    """The numbers for a reader."""
    lines = [
        f"One tick with {numbers['due']:,} follow-ups due to {numbers['staff']} staff; medians of {numbers['rounds']} rounds."
    ]
    lines.append(f"{'stored':>12} {'tick, ms':>10} {'ratio':>6} {'look, ms':>10} {'ratio':>6}")
    lines += [
        f"{size['rows']:>12,} {size['tick_ms']:>10,.1f} {size['tick_ratio']:>6.2f} {size['look_ms']:>10,.1f} {size['look_ratio']:>6.2f}"
        for size in numbers["sizes"]
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="A tick of the reminders beside many stored follow-ups.")
    parser.add_argument("--rows", type=int, nargs="+", default=list(ROWS), help="how many follow-ups each database has")
    parser.add_argument("--due", type=int, default=1_000, help="how many of them are due")
    parser.add_argument("--staff", type=int, default=100, help="whose they are")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--plans", action="store_true", help="print how the last database answers each query")
    given = parser.parse_args()
    numbers = asyncio.run(run(given.rows, given.due, given.staff, given.rounds, with_plans=given.plans))
    sys.stdout.write(f"{table(numbers)}\n{json.dumps(numbers, indent=2)}\n")


if __name__ == "__main__":
    main()
