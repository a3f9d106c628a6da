"""clients.csv: from rows to clients, and who works with them.

Here: the file's columns, what each row means beside the others and what is stored, and storing it. Not here: reading files
(csv_files), cells (csv_cells), sealing (roster_rows). Clients who are not in the file stay as they are. No sentence made
here repeats a cell.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from models.clients import AssignmentKind, Client, ClientProfile, ClientStatus
from models.policy import Policy
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from privacy.sealed import Sealed
from services import csv_cells, policies, requirements
from services.clients import folded
from services.csv_cells import RowReading
from services.csv_files import Column, Layout, Sheet
from services.requirements import NewRequirement
from services.roster_known import Known, KnownClient, KnownStaff, known_clients, open_client, seal_again
from services.roster_plan import Draft, Plan, steps_of
from services.roster_required import COLUMNS as REQUIRED_COLUMNS
from services.roster_required import REQUIREMENTS, before_differences, read_before, read_wanted
from services.roster_rows import (
    CLIENT,
    STAFF,
    Before,
    NewAssignment,
    NewClient,
    SealedClient,
    assign,
    before_columns,
    end_assignments,
    record_client,
    record_import,
    seal_client,
    store_clients,
    today,
    update_rows,
)
from services.work import Work

LAYOUT: Final = Layout(
    "clients",
    (
        Column("client_id", ("id", "agency id", "record number", "case number", "mrn"), required=True),
        Column("last_name", ("last", "surname", "family name"), required=True),
        Column("first_name", ("first", "given name"), required=True),
        Column("primary_cm_email", ("primary cm", "case manager", "case manager email", "cm email"), required=True),
        Column("backup_cm_email", ("backup cm", "backup", "backup case manager", "backup case manager email")),
        Column("preferred_name", ("preferred", "nickname", "known as")),
        Column("dob", ("date of birth", "birth date", "birthdate", "born")),
        Column("medicaid_id", ("medicaid", "medicaid number")),
        Column("phone", ("phone number", "telephone", "mobile")),
        Column("program", ("programme",)),
        Column("status"),
        Column("plan_review_due", ("plan review", "plan review date", "plan review on")),
        *REQUIRED_COLUMNS,
    ),
)

_OLDEST_BIRTH: Final = dt.date(1900, 1, 1)
_PLAN_REVIEWS: Final = (dt.date(2000, 1, 1), dt.date(2100, 1, 1))
_KIND_COLUMNS: Final = {AssignmentKind.PRIMARY: "primary_cm_email", AssignmentKind.BACKUP: "backup_cm_email"}


@dataclass(frozen=True, slots=True)
class ChangedClient:
    """A stored client's row as it will be."""

    id: uuid.UUID
    profile: Sealed
    version: int
    status: ClientStatus
    plan_review_on: dt.date | None
    before: Before


@dataclass(slots=True)
class ClientSteps:
    """What a client file changes. `required` holds whose contact requirements are to be these from now on."""

    new: list[SealedClient] = field(default_factory=list[SealedClient])
    changed: list[ChangedClient] = field(default_factory=list[ChangedClient])
    opened: list[NewAssignment] = field(default_factory=list[NewAssignment])
    ended: list[tuple[uuid.UUID, AssignmentKind, dt.date]] = field(
        default_factory=list[tuple[uuid.UUID, AssignmentKind, dt.date]]
    )
    required: dict[uuid.UUID, tuple[NewRequirement, ...]] = field(
        default_factory=dict[uuid.UUID, tuple[NewRequirement, ...]]
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row says about its client. `wanted` is None where the contact requirements stay as they are."""

    profile: ClientProfile
    status: ClientStatus | None
    review_on: dt.date | None
    before: Before
    wanted: tuple[NewRequirement, ...] | None


@dataclass(slots=True)
class _Planning:
    """What the rows have in common while the plan is made."""

    work: Work
    known: Known
    staff: dict[uuid.UUID, KnownStaff]
    policy: Policy
    draft: Draft
    steps: ClientSteps = field(default_factory=ClientSteps)
    rows: dict[bytes, int] = field(default_factory=dict[bytes, int])
    people: dict[tuple[str, str, str], int] = field(default_factory=dict[tuple[str, str, str], int], repr=False)


def plan_clients(work: Work, sheet: Sheet) -> Plan[ClientSteps]:
    """What importing this file would do, with every new value sealed. Nothing is stored.

    A cell that is empty clears what may be empty and leaves what may not; a column that is absent changes nothing.
    """
    known = known_clients(work)
    staff = {each.id: each for each in known.staff.values()}
    planning = _Planning(work, known, staff, policies.in_force(work), Draft(sheet))
    for row in sheet.rows:
        cells = row.cells.reveal(system_grant(Purpose.IMPORT))
        _read(planning, RowReading(row.number, cells, planning.draft.problems))
    return planning.draft.plan(known.mark, planning.steps)


def apply_clients(work: Work, plan: Plan[ClientSteps], actor: uuid.UUID | None = None) -> None:
    """Store what was planned, all of it, in the caller's transaction.

    Errors: PlanError when the plan has problems or the roster changed since.
    """
    steps = steps_of(plan, known_clients(work).mark)
    store_clients(work, steps.new, actor)
    update_rows(
        work,
        Client,
        [
            {
                "id": each.id,
                "profile": each.profile,
                "profile_version": each.version,
                "status": each.status,
                "plan_review_on": each.plan_review_on,
                **before_columns(each.before),
            }
            for each in steps.changed
        ],
    )
    for each in steps.changed:
        record_client(work, each.id, each.version, each.profile, actor)
    end_assignments(work, steps.ended, actor)
    assign(work, steps.opened, actor)
    requirements.set_for_clients(work, steps.required, actor)
    stored = {each.facts.id for each in steps.new} | {each.id for each in steps.changed}
    requirements.recount_all(work, stored - set(steps.required))
    record_import(work, "clients", actor)


def first_assignments(facts: NewClient, from_on: Mapping[uuid.UUID, dt.date]) -> list[NewAssignment]:
    """The assignments that a new client begins with, each from the day of its staff member."""
    wanted = {AssignmentKind.PRIMARY: facts.primary_id, AssignmentKind.BACKUP: facts.backup_id}
    return [
        NewAssignment(facts.id, staff_id, kind, facts.since or from_on[staff_id])
        for kind, staff_id in wanted.items()
        if staff_id is not None
    ]


def _read(planning: _Planning, reading: RowReading) -> None:
    agency_id = reading.need("client_id", csv_cells.code)
    index = planning.work.keys.index(CLIENT, "agency_id", agency_id) if agency_id else b""
    stored = planning.known.clients.get(index)
    if agency_id is not None and planning.rows.setdefault(index, reading.number) != reading.number:
        reading.refuse("client_id", "Another row above has the same client_id. Keep one of the two.")
    if stored is not None and stored.key is None:
        reading.refuse("client_id", "The record with this client_id was destroyed. Nothing can be imported under it.")
        return
    old = open_client(planning.work, stored) if stored else None
    profile = _profile(planning.work, reading, agency_id or "", old)
    row = _Row(
        profile=profile,
        status=reading.get("status", csv_cells.status),
        review_on=reading.get("plan_review_due", _plan_review),
        before=read_before(reading, stored, planning.work.now.date()),
        wanted=read_wanted(
            reading, stored, profile, planning.policy, today(planning.work, planning.policy.agency.zone)
        ),
    )
    primary_id = _staff(planning, reading, "primary_cm_email", needed=True)
    backup_id = _staff(planning, reading, "backup_cm_email", needed=False)
    if primary_id is not None and primary_id == backup_id:
        reading.refuse("backup_cm_email", "This is the primary case manager. Name someone else or leave it empty.")
    if reading.refused or primary_id is None:
        return
    _note_twin(planning, reading.number, profile)
    if stored is None or old is None:
        _plan_new(planning, reading.number, row, primary_id, backup_id)
        return
    if not reading.has("backup_cm_email"):
        backup_id = _kept_backup(stored, primary_id)
    assigned = {AssignmentKind.PRIMARY: primary_id, AssignmentKind.BACKUP: backup_id}
    columns = _plan_change(planning, reading, stored, old, row)
    planning.draft.tell(reading.number, (*columns, *_reassign(planning, stored, assigned)))


def _plan_new(planning: _Planning, number: int, row: _Row, primary_id: uuid.UUID, backup_id: uuid.UUID | None) -> None:
    status = row.status or ClientStatus.ACTIVE
    facts = NewClient(row.profile, primary_id, backup_id, status, row.review_on, before=row.before)
    planning.steps.new.append(seal_client(planning.work, facts))
    if row.wanted is not None:
        planning.steps.required[facts.id] = row.wanted
    days = {each: _today(planning, each) for each in (facts.primary_id, facts.backup_id) if each is not None}
    planning.steps.opened += first_assignments(facts, days)
    planning.draft.tell(number, None)


def _plan_change(
    planning: _Planning, reading: RowReading, stored: KnownClient, old: ClientProfile, row: _Row
) -> list[str]:
    """Plan what becomes of a stored client's own row, and name the columns that said so."""
    status = row.status or stored.status
    review_on = row.review_on if reading.has("plan_review_due") else stored.plan_review_on
    columns = [
        *_differences(old, row.profile),
        *(["status"] if status != stored.status else []),
        *(["plan_review_due"] if review_on != stored.plan_review_on else []),
        *before_differences(stored.before, row.before),
    ]
    if columns:
        sealed, version = stored.profile, stored.version
        if _differences(old, row.profile):
            sealed, version = seal_again(planning.work, stored, row.profile), version + 1
        planning.steps.changed.append(ChangedClient(stored.id, sealed, version, status, review_on, row.before))
    if row.wanted is not None:
        planning.steps.required[stored.id] = row.wanted
        columns.append(REQUIREMENTS)
    return columns


def _profile(work: Work, reading: RowReading, agency_id: str, old: ClientProfile | None) -> ClientProfile:
    """The profile as this row wants it; what the file has no column for is as stored."""
    before = _clear(old)

    def optional(column: str, cell: str | None) -> Phi[str]:
        return Phi(cell or "" if reading.has(column) else before.get(column, ""))

    born_on = reading.get("dob", lambda cell: _birth(cell, work.now.date()))
    return ClientProfile(
        # The stored spelling stays: the key ignores case, and a change of case alone is none.
        agency_id=old.agency_id if old else Phi(agency_id),
        last_name=Phi(reading.need("last_name", csv_cells.line) or ""),
        first_name=Phi(reading.need("first_name", csv_cells.line) or ""),
        preferred_name=optional("preferred_name", reading.get("preferred_name", csv_cells.line)),
        born_on=optional("dob", born_on.isoformat() if born_on else None),
        medicaid_id=optional("medicaid_id", reading.get("medicaid_id", csv_cells.code)),
        phone=optional("phone", reading.get("phone", csv_cells.code)),
        program=optional("program", reading.get("program", csv_cells.line)),
    )


def _birth(cell: str, latest: dt.date) -> dt.date:
    born_on = csv_cells.day(cell)
    if not _OLDEST_BIRTH <= born_on <= latest:
        raise csv_cells.UnreadableError("This day of birth lies in the future or before 1900.")
    return born_on


def _plan_review(cell: str) -> dt.date:
    review_on = csv_cells.day(cell)
    if not _PLAN_REVIEWS[0] <= review_on < _PLAN_REVIEWS[1]:
        raise csv_cells.UnreadableError("This day is not between 2000 and 2099.")
    return review_on


def _staff(planning: _Planning, reading: RowReading, column: str, *, needed: bool) -> uuid.UUID | None:
    email = reading.need(column, csv_cells.email) if needed else reading.get(column, csv_cells.email)
    if email is None:
        return None
    found = planning.known.staff.get(planning.work.keys.index(STAFF, "email", email))
    if found is None:
        reading.refuse(column, "Nobody on the staff list has this e-mail. Import staff.csv first, or correct it.")
        return None
    if not found.works_here:
        reading.refuse(column, "This staff member is marked as having left. Name someone who works here.")
    return found.id


def _kept_backup(stored: KnownClient, primary_id: uuid.UUID) -> uuid.UUID | None:
    """The backup as stored, unless the file just made them the primary."""
    backups = (each.staff_id for each in stored.assignments if each.kind is AssignmentKind.BACKUP)
    return next((staff_id for staff_id in backups if staff_id != primary_id), None)


def _reassign(
    planning: _Planning, stored: KnownClient, assigned: Mapping[AssignmentKind, uuid.UUID | None]
) -> list[str]:
    """Plan who begins and who ends working with a stored client, and name the columns that said so."""
    columns: list[str] = []
    for kind, staff_id in assigned.items():
        rows = [each for each in stored.assignments if each.kind is kind]
        standing = next((each.id for each in rows if each.staff_id == staff_id), None)
        ended = [each for each in rows if each.id != standing]
        for each in ended:
            last_day = _today(planning, each.staff_id) - dt.timedelta(1)
            planning.steps.ended.append((each.id, kind, last_day))
        opens = staff_id is not None and standing is None
        if staff_id is not None and standing is None:
            planning.steps.opened.append(NewAssignment(stored.id, staff_id, kind, _today(planning, staff_id)))
        if ended or opens:
            columns.append(_KIND_COLUMNS[kind])
    return columns


def _today(planning: _Planning, staff_id: uuid.UUID) -> dt.date:
    return today(planning.work, planning.staff[staff_id].time_zone)


def _note_twin(planning: _Planning, number: int, profile: ClientProfile) -> None:
    """Say so when a name and day of birth stand twice: one person under two IDs would have two half records."""
    clear = _clear(profile)
    if not clear["dob"]:
        return
    person = (folded(clear["last_name"]), folded(clear["first_name"]), clear["dob"])
    first = planning.people.setdefault(person, number)
    if first != number:
        planning.draft.notes.append(
            f"row {number}: the same name and day of birth as row {first}. Check that this is not one person twice."
        )


def _differences(old: ClientProfile, new: ClientProfile) -> list[str]:
    before, after = _clear(old), _clear(new)
    return [column for column in before if before[column] != after[column]]


def _clear(profile: ClientProfile | None) -> dict[str, str]:
    if profile is None:
        return {}
    grant = system_grant(Purpose.IMPORT)
    return {
        "last_name": profile.last_name.reveal(grant),
        "first_name": profile.first_name.reveal(grant),
        "preferred_name": profile.preferred_name.reveal(grant),
        "dob": profile.born_on.reveal(grant),
        "medicaid_id": profile.medicaid_id.reveal(grant),
        "phone": profile.phone.reveal(grant),
        "program": profile.program.reveal(grant),
    }
