"""Bringing a file of the roster in: read, look, plan with no transaction open, store in a short one.

Here: the transactions of an import, and how long each may take. Not here: what a file means (services), what an operator reads
(cli_imports).
"""

from __future__ import annotations

from typing import Final, TypeVar

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from bot import offline
from bot.operate import tenant_of
from bot.settings import StoreSettings
from bot.trouble import OperatorError
from desk.clock import Clock, SystemClock
from desk.tenants import Tenant
from models.engine import make_engine
from services import csv_files
from services.csv_files import Sheet
from services.roster_plan import Asked, Plan, PlanError, Report, RosterFile, keep, look, make_plan
from services.work import Work

K = TypeVar("K")
S = TypeVar("S")

# A statement that brings in thousands of rows takes longer than one that somebody in Slack waits for.
STATEMENT_SECONDS: Final = 120


def import_file(
    settings: StoreSettings,
    slack_team_id: str | None,
    file: RosterFile[K, S],
    data: bytes,
    asked: Asked,
    *,
    dry_run: bool,
) -> Report:
    """Bring the file's bytes in, all of them or nothing; a dry run says what would change.

    Errors: OperatorError, also when the roster changed while the file was read; KekError, StoreError.
    """
    clock = SystemClock()
    sheet = csv_files.read(data, file.layout)
    engine = engine_for_imports(settings.noted_database_url.get_secret_value())
    try:
        tenant = tenant_of(settings, engine, slack_team_id)
        plan = plan_file(engine, tenant, clock, file, sheet, asked)
        applied = not dry_run and plan.steps is not None
        if applied:
            offline.transact(engine, tenant, clock, keep, file, plan, watch=asked.watch)
        return plan.report(applied=applied)
    except PlanError as error:
        raise OperatorError(error.sentence) from None
    finally:
        engine.dispose()


def engine_for_imports(url: str) -> Engine:
    """The database, for statements about thousands of rows.

    Errors: ValueError for an address that is none.
    """
    engine = make_engine(url, statement_seconds=STATEMENT_SECONDS)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _give_room)
    return engine


def plan_file(
    engine: Engine, tenant: Tenant, clock: Clock, file: RosterFile[K, S], sheet: Sheet, asked: Asked
) -> Plan[S]:
    """What this sheet would change; no transaction is open while it is checked and sealed.

    Errors: StoreError.
    """
    looked = offline.read(engine, tenant, clock, look, file)
    # This session begins no transaction, because a plan asks the database for nothing.
    with Session(engine) as idle:
        return make_plan(Work(idle, tenant.id, tenant.keys, clock.now()), file, looked, sheet, asked)


def _give_room(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:  # noqa: ARG001 - SQLAlchemy's signature
    """Keep 64 MB of pages at hand: the pages of an index are changed in any order, and would be written many times over."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA cache_size=-65536")
    cursor.close()
