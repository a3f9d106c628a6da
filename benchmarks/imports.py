"""How long a large clients.csv takes: `python -m benchmarks.imports` prints medians as a table and as JSON.

One round brings the file into an agency with staff and no client, step by step as `noted import clients` does. The baseline is the
database's own driver putting the very same rows, already sealed and recorded, into a copy of the same database in one transaction.
All names are made up here.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path
from typing import Any, Final, TypedDict

from sqlalchemy import Connection, Engine, event

from bot import offline
from bot.imports import engine_for_imports, plan_file
from desk.tenants import Tenant
from migrations.run import upgrade
from privacy.kek import FileKek
from services import csv_files, roster
from services.roster import CLIENT_FILE
from services.roster_plan import Asked, Outcome, keep
from tests.conftest import StandingClock, make_agency
from tests.postgres import Server, running_server

STAFF: Final = 200
# In the order in which they refer to each other.
TABLES: Final = ("client", "client_key", "assignment", "requirement", "audit_event")
STEPS: Final[tuple[str, ...]] = ("read", "look", "check", "events", "store", "again")
TEAM: Final = "T0ALPHA"
_names: Final = count(1)


class Numbers(TypedDict):
    """What a run prints. Units: seconds, `…_cpu` those of this process; `store_ratio` is the transaction's processor time over the driver's."""

    benchmark: str
    database: str
    clients: int
    rounds: int
    seconds: dict[str, float]
    total: float
    driver: float
    store_cpu: float
    driver_cpu: float
    store_ratio: float


@dataclass(frozen=True)
class Round:
    """One round: the seconds of each step, and of the transaction and the driver also what this process was busy."""

    seconds: dict[str, float]
    driver: float
    store_cpu: float
    driver_cpu: float


@dataclass(frozen=True)
class Base:
    """A database with an agency and its staff, to be copied."""

    url: str
    tenant: Tenant
    clock: StandingClock
    server: Server | None

    @contextmanager
    def copy(self) -> Generator[Engine]:
        """An engine for a copy of its own."""
        if self.server is None:
            path = Path(self.url.removeprefix("sqlite:///"))
            fresh = path.with_name(f"copy_{next(_names)}.sqlite3")
            shutil.copyfile(path, fresh)
            url = f"sqlite:///{fresh}"
        else:
            name = f"imports_{next(_names)}"
            self.server.create(name, "imports")
            url = self.server.url(name)
        engine = engine_for_imports(url)
        try:
            yield engine
        finally:
            engine.dispose()


@contextmanager
def base(folder: Path, *, on_postgres: bool) -> Generator[Base]:
    """The agency before its first client."""
    if not on_postgres:
        yield made(f"sqlite:///{folder / 'base.sqlite3'}", folder, None)
        return
    with running_server() as server:
        server.create("imports")
        yield made(server.url("imports"), folder, server)


def made(url: str, folder: Path, server: Server | None) -> Base:
    """Fill the database at this address."""
    engine, clock = engine_for_imports(url), StandingClock()
    if server is None:
        upgrade(engine)
    agency = make_agency(engine, clock, FileKek.create(folder / "kek"), TEAM)
    tenant = Tenant(agency.id, TEAM, demo=False, keys=agency.keys)
    lines = (f"cm{number}@north.example,Case Manager {number},Case Manager\n" for number in range(STAFF))
    sheet = roster.read_staff(("email,name,title\n" + "".join(lines)).encode())
    offline.transact(engine, tenant, clock, roster.import_staff, sheet, dry_run=False)
    engine.dispose()
    return Base(url, tenant, clock, server)


def clients_csv(clients: int) -> bytes:
    """A file of so many clients, every one with a primary, a backup and a contact requirement."""
    header = (
        "client_id,last_name,first_name,dob,medicaid_id,phone,program,plan_review_due,primary_cm_email,backup_cm_email,"
        "requirements,last_face_to_face\n"
    )
    lines = (
        f"{number},Surname{number},Name{number},{1950 + number % 50}-0{1 + number % 9}-1{number % 10},M{number:09},"
        f"804 555 {number % 10_000:04},Supported living,2026-12-01,cm{number % STAFF}@north.example,"
        f"cm{(number + 1) % STAFF}@north.example,visit every 90 days,2026-01-15\n"
        for number in range(clients)
    )
    return (header + "".join(lines)).encode()


def measure(start: Base, data: bytes, clients: int) -> Round:
    """Import the file, once more, and let the driver do the same.

    Errors: RuntimeError when an import did not do what is measured.
    """
    times = [time.perf_counter()]
    with start.copy() as engine:
        sheet = csv_files.read(data, CLIENT_FILE.layout)
        times.append(time.perf_counter())
        looked_at: list[float] = []

        def watch(*_: object) -> None:
            looked_at.append(time.perf_counter())

        asked = Asked(watch)
        plan = plan_file(engine, start.tenant, start.clock, CLIENT_FILE, sheet, asked)
        times += [looked_at[0], time.perf_counter()]
        began: list[float] = []

        def begun(_: Connection) -> None:
            began.extend((time.perf_counter(), time.process_time()))

        # From here on whoever wants to write has to wait.
        event.listen(engine, "begin", begun)
        offline.transact(engine, start.tenant, start.clock, keep, CLIENT_FILE, plan)
        event.remove(engine, "begin", begun)
        times += [began[0], time.perf_counter()]
        store_cpu = time.process_time() - began[1]
        again = plan_file(engine, start.tenant, start.clock, CLIENT_FILE, sheet, Asked())
        times.append(time.perf_counter())
        if plan.report(applied=True).count(Outcome.NEW) != clients or again.report(applied=True).count(
            Outcome.SAME
        ) != len(again.lines):
            raise RuntimeError("The file was not imported once and found the same the second time.")
        seconds: dict[str, float] = dict(
            zip(STEPS, (later - earlier for earlier, later in pairwise(times)), strict=True)
        )
        rows = stored(engine, start.tenant, plan.since)
    with start.copy() as engine:
        driver, driver_cpu = driven(engine, start.tenant, rows)
    return Round(seconds, driver, store_cpu, driver_cpu)


def stored(engine: Engine, tenant: Tenant, since: int) -> dict[str, list[Any]]:
    """The import's rows as the driver gives them, its events among them."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        _enter(engine, cursor, tenant)
        found: dict[str, list[Any]] = {}
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table}" + (f" WHERE seq > {since}" if table == "audit_event" else ""))  # noqa: S608 - names of ours
            found[table] = list(cursor.fetchall())
        return found
    finally:
        connection.close()


def driven(engine: Engine, tenant: Tenant, rows: dict[str, list[Any]]) -> tuple[float, float]:
    """The seconds in which the driver alone stores these rows, and those in which this process was busy."""
    mark = "%s" if engine.dialect.name == "postgresql" else "?"
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        began, busy = time.perf_counter(), time.process_time()
        if engine.dialect.name == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        _enter(engine, cursor, tenant)
        for table in TABLES:
            marks = ", ".join(mark for _ in rows[table][0])
            cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows[table])  # noqa: S608 - names of ours
        connection.commit()
        return time.perf_counter() - began, time.process_time() - busy
    finally:
        connection.close()


def _enter(engine: Engine, cursor: Any, tenant: Tenant) -> None:
    if engine.dialect.name == "postgresql":
        cursor.execute("SELECT set_config('noted.workspace', %s, true)", (str(tenant.id),))


def run(clients: int, rounds: int, *, on_postgres: bool) -> Numbers:
    """Measure; the medians, ready for JSON."""
    data = clients_csv(clients)
    with tempfile.TemporaryDirectory() as folder, base(Path(folder), on_postgres=on_postgres) as start:
        measured = [measure(start, data, clients) for _ in range(rounds)]
    seconds = {step: round(statistics.median(each.seconds[step] for each in measured), 2) for step in STEPS}
    driver = statistics.median(each.driver for each in measured)
    store_cpu = statistics.median(each.store_cpu for each in measured)
    driver_cpu = statistics.median(each.driver_cpu for each in measured)
    return {
        "benchmark": "imports",
        "database": "postgresql" if on_postgres else "sqlite",
        "clients": clients,
        "rounds": rounds,
        "seconds": seconds,
        "total": round(sum(seconds[step] for step in STEPS[:-1]), 2),
        "driver": round(driver, 2),
        "store_cpu": round(store_cpu, 2),
        "driver_cpu": round(driver_cpu, 2),
        "store_ratio": round(store_cpu / driver_cpu, 2),
    }


def table(numbers: Numbers) -> str:
    """The numbers for a reader."""
    says = {
        "read": "the file is read into rows",
        "look": "what is stored is read",
        "check": "rows are checked and sealed, no transaction open",
        "events": "its events are written, no transaction open",
        "store": f"the one transaction ({numbers['store_cpu']:.2f} of this process)",
        "again": "the same file once more: look and check",
    }
    return "\n".join(
        [
            f"{numbers['clients']:,} new clients, {numbers['database']}; medians of {numbers['rounds']} rounds, in seconds.",
            *(f"{numbers['seconds'][step]:>8.2f}  {says[step]}" for step in STEPS),
            f"{numbers['total']:>8.2f}  the whole import",
            f"{numbers['driver']:>8.2f}  the driver alone, the same rows ({numbers['driver_cpu']:.2f} of this process; the transaction takes {numbers['store_ratio']:.2f} times that)",
        ]
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="A large clients.csv.")
    parser.add_argument("--clients", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postgres", action="store_true", help="PostgreSQL instead of SQLite")
    given = parser.parse_args()
    numbers = run(given.clients, given.rounds, on_postgres=given.postgres)
    sys.stdout.write(f"{table(numbers)}\n{json.dumps(numbers, indent=2)}\n")


if __name__ == "__main__":
    main()
