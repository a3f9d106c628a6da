"""The roster: staff.csv and clients.csv in, and one staff member or client at a time.

Here: what others call. Not here: how rows are read (csv_files, csv_cells), compared (roster_staff, roster_clients) and
stored (roster_rows). An import is all or nothing, and a second run of the same file changes nothing.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select

from models.clients import Client
from models.staff import Staff, Team
from services.csv_files import Sheet, problems_file, read
from services.roster_client_steps import first_assignments
from services.roster_clients import CLIENT_FILE
from services.roster_plan import Line, Outcome, PlanError, Report, bring_in
from services.roster_rows import (
    NewClient,
    NewStaff,
    assign,
    seal_client,
    seal_staff,
    seal_team,
    store_clients,
    store_staff,
    store_teams,
    today,
)
from services.roster_staff import STAFF_FILE
from services.work import Work

__all__ = (
    "CLIENT_FILE",
    "STAFF_FILE",
    "Line",
    "NewClient",
    "NewStaff",
    "Outcome",
    "PlanError",
    "Report",
    "Sheet",
    "add_client",
    "add_staff",
    "add_team",
    "import_clients",
    "import_staff",
    "problems_file",
    "read_clients",
    "read_staff",
)


def read_staff(data: bytes) -> Sheet:
    """The rows of a staff.csv."""
    return read(data, STAFF_FILE.layout)


def read_clients(data: bytes) -> Sheet:
    """The rows of a clients.csv."""
    return read(data, CLIENT_FILE.layout)


def import_staff(work: Work, sheet: Sheet, *, dry_run: bool, actor: uuid.UUID | None = None) -> Report:
    """Plan and, unless it is a dry run or there are problems, store in the same transaction."""
    return bring_in(work, STAFF_FILE, sheet, dry_run=dry_run, actor=actor)


def import_clients(work: Work, sheet: Sheet, *, dry_run: bool, actor: uuid.UUID | None = None) -> Report:
    """Plan and, unless it is a dry run or there are problems, store in the same transaction."""
    return bring_in(work, CLIENT_FILE, sheet, dry_run=dry_run, actor=actor)


def add_team(work: Work, name: str, channel_id: str | None = None, actor: uuid.UUID | None = None) -> Team:
    """A new team."""
    sealed = seal_team(work, name, channel_id)
    store_teams(work, [sealed], actor)
    return work.session.get_one(Team, (work.workspace_id, sealed.id))


def add_staff(work: Work, facts: NewStaff, actor: uuid.UUID | None = None) -> Staff:
    """A new staff member."""
    store_staff(work, [seal_staff(work, facts)], actor)
    return work.session.get_one(Staff, (work.workspace_id, facts.id))


def add_client(work: Work, facts: NewClient, actor: uuid.UUID | None = None) -> Client:
    """A new client with a key of their own, assigned to their primary and backup case managers.

    Errors: KeyError when one of these is not on the staff list.
    """
    store_clients(work, [seal_client(work, facts)], actor)
    assign(work, first_assignments(facts, _days(work, facts)), actor)
    return work.session.get_one(Client, (work.workspace_id, facts.id))


def _days(work: Work, facts: NewClient) -> dict[uuid.UUID, dt.date]:
    ids = [each for each in (facts.primary_id, facts.backup_id) if each is not None]
    query = select(Staff.id, Staff.time_zone).where(Staff.workspace_id == work.workspace_id, Staff.id.in_(ids))
    return {staff_id: today(work, zone) for staff_id, zone in work.session.execute(query)}
