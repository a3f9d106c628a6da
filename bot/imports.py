"""Bringing a file of the roster in: read, look, plan with no transaction open, store in a short one.

Here: the transactions of an import, and how long each may take. Not here: what a file means (services), what an operator reads
(cli_imports).
"""

from __future__ import annotations

from typing import Final, TypeVar

from sqlalchemy.orm import Session

from bot import offline
from bot.operate import OperatorError, tenant_of
from bot.settings import StoreSettings
from desk.clock import SystemClock
from models.engine import make_engine
from services import csv_files
from services.roster_plan import Asked, PlanError, Report, RosterFile, keep, look, make_plan
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
    engine = make_engine(settings.noted_database_url.get_secret_value(), statement_seconds=STATEMENT_SECONDS)
    try:
        tenant = tenant_of(settings, engine, slack_team_id)
        looked = offline.read(engine, tenant, clock, look, file)
        # This session begins no transaction, because a plan asks the database for nothing.
        with Session(engine) as idle:
            plan = make_plan(Work(idle, tenant.id, tenant.keys, clock.now()), file, looked, sheet, asked)
        del looked
        applied = not dry_run and plan.steps is not None
        if applied:
            offline.transact(engine, tenant, clock, keep, file, plan, watch=asked.watch)
        return plan.report(applied=applied)
    except PlanError as error:
        raise OperatorError(error.sentence) from None
    finally:
        engine.dispose()
