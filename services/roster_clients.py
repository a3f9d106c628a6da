"""clients.csv: from rows to clients, and who works with them.

Here: the file's columns, and what each row means beside the others and what is stored. Not here: reading files (csv_files), cells
(csv_cells), sealing (roster_rows), storing (roster_client_steps), who may be whom (roster_twins). Clients who are not in the file stay as they are. No sentence made
here repeats a cell.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from models.clients import AssignmentKind, ClientProfile, ClientStatus
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from privacy.sealed import FieldAuthError
from services import csv_cells
from services.csv_cells import RowReading
from services.csv_files import Column, Layout
from services.events import Action
from services.likeness import is_same_person
from services.passing_on import Loss
from services.requirements import NewRequirement
from services.roster_client_steps import ChangedClient, ClientSteps, Steps, first_assignments, keep, ready, record
from services.roster_known import KnownClient, KnownClients, KnownStaff, known_clients, open_client, seal_again
from services.roster_marks import changes_of
from services.roster_plan import Draft, RosterFile
from services.roster_required import COLUMNS as REQUIRED_COLUMNS
from services.roster_required import REQUIREMENTS, before_differences, read_before, read_wanted
from services.roster_rows import CLIENT, STAFF, Before, NewAssignment, NewClient, seal_client, today
from services.roster_twins import Identity, hold_twins
from services.roster_windows import first_window
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
        Column("dob", ("date of birth", "birth date", "birthdate", "born"), day=True),
        Column("medicaid_id", ("medicaid", "medicaid number")),
        Column("phone", ("phone number", "telephone", "mobile")),
        Column("program", ("programme",)),
        Column("part2", ("part 2", "42 cfr part 2")),
        Column("status"),
        Column("plan_review_due", ("plan review", "plan review date", "plan review on"), day=True),
        *REQUIRED_COLUMNS,
    ),
)

_OLDEST_BIRTH: Final = dt.date(1900, 1, 1)
_PLAN_REVIEWS: Final = (dt.date(2000, 1, 1), dt.date(2100, 1, 1))
_KIND_COLUMNS: Final = {AssignmentKind.PRIMARY: "primary_cm_email", AssignmentKind.BACKUP: "backup_cm_email"}


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row says about its client. `wanted` is None where the contact requirements stay as they are."""

    number: int
    profile: ClientProfile
    status: ClientStatus | None
    review_on: dt.date | None
    before: Before
    wanted: tuple[NewRequirement, ...] | None


@dataclass(slots=True)
class _Planning:
    """What the rows have in common while the plan is made."""

    work: Work
    known: KnownClients
    draft: Draft
    today: dt.date
    days: dict[uuid.UUID, dt.date]
    steps: Steps = field(default_factory=Steps)
    rows: dict[bytes, int] = field(default_factory=dict[bytes, int])
    emails: dict[str, KnownStaff | None] = field(default_factory=dict[str, "KnownStaff | None"])
    identities: list[Identity] = field(default_factory=list[Identity])


def _make(work: Work, known: KnownClients, draft: Draft) -> ClientSteps:
    planning = _Planning(
        work,
        known,
        draft,
        today(work, known.policy.agency.zone),
        {each.id: today(work, each.time_zone) for each in known.staff.values()},
    )
    for row in draft.rows():
        cells = row.cells.reveal(system_grant(Purpose.IMPORT))
        _read(planning, RowReading(row.number, cells, draft.problems))
    apart = hold_twins(work, known, draft, planning.identities)
    return ready(work, planning.steps, apart) if not draft.problems else ClientSteps((), (), planning.steps)


CLIENT_FILE: Final = RosterFile(
    LAYOUT,
    changes_of(
        *("client", "assignment", "caseload", "requirement", "policy", "staff"),
        but=frozenset({Action.STAFF_BIND, Action.STAFF_SETTINGS}),
    ),
    known_clients,
    _make,
    keep,
    record,
)


def _read(planning: _Planning, reading: RowReading) -> None:
    agency_id = reading.need("client_id", csv_cells.code)
    index = planning.work.keys.index(CLIENT, "agency_id", agency_id) if agency_id else b""
    stored = planning.known.clients.get(index)
    if agency_id is not None and planning.rows.setdefault(index, reading.number) != reading.number:
        reading.refuse("client_id", "Another row above has the same client_id. Keep one of the two.")
    if stored is not None and stored.key is None:
        reading.refuse("client_id", "The record with this client_id was destroyed. Nothing can be imported under it.")
        return
    try:
        old = open_client(planning.work, stored) if stored else None
    except FieldAuthError:
        reading.refuse("client_id", "The stored record of this client does not open. Run noted audit verify.")
        return
    profile = _profile(planning.work, reading, agency_id or "", old)
    row = _Row(
        number=reading.number,
        profile=profile,
        status=reading.get("status", csv_cells.status),
        review_on=reading.get("plan_review_due", plan_review),
        before=read_before(reading, stored, planning.work.now.date()),
        wanted=read_wanted(reading, stored, profile, planning.known.policy, planning.today),
    )
    primary_id = _staff(planning, reading, "primary_cm_email", needed=True)
    backup_id = _staff(planning, reading, "backup_cm_email", needed=False)
    if primary_id is not None and primary_id == backup_id:
        reading.refuse("backup_cm_email", "This is the primary case manager. Name someone else or leave it empty.")
    if reading.refused or primary_id is None:
        return
    if stored is None or old is None:
        _plan_new(planning, row, primary_id, backup_id)
        return
    if not reading.has("backup_cm_email"):
        backup_id = _kept_backup(stored, primary_id)
    assigned = {AssignmentKind.PRIMARY: primary_id, AssignmentKind.BACKUP: backup_id}
    planning.identities.append(Identity(stored.id, row.number, profile, asks=not is_same_person(old, profile)))
    columns = _plan_change(planning, reading, stored, old, row)
    planning.draft.tell(reading.number, (*columns, *_reassign(planning, stored, assigned)))


def _plan_new(planning: _Planning, row: _Row, primary_id: uuid.UUID, backup_id: uuid.UUID | None) -> None:
    status = row.status or ClientStatus.ACTIVE
    facts = NewClient(row.profile, primary_id, backup_id, status, row.review_on, before=row.before)
    planning.steps.new.append(seal_client(planning.work, facts))
    planning.steps.begun += first_assignments(facts, planning.days)
    for wanted in row.wanted or ():
        planning.steps.windows.append(first_window(facts.id, wanted, row.before, planning.today))
    planning.identities.append(Identity(facts.id, row.number, row.profile, asks=True))
    planning.draft.tell(row.number, None)


def _plan_change(
    planning: _Planning, reading: RowReading, stored: KnownClient, old: ClientProfile, row: _Row
) -> list[str]:
    """Plan what becomes of a stored client's own row, and name the columns that said so."""
    status = row.status or stored.status
    review_on = row.review_on if reading.has("plan_review_due") else stored.plan_review_on
    differences = _differences(old, row.profile)
    counted = before_differences(stored.before, row.before)
    columns = [
        *differences,
        *(["status"] if status != stored.status else []),
        *(["plan_review_due"] if review_on != stored.plan_review_on else []),
        *counted,
    ]
    if columns:
        sealed, version = stored.profile, stored.version
        if differences:
            sealed, version = seal_again(planning.work, stored, row.profile), version + 1
        closes = status is ClientStatus.CLOSED and stored.status is not status
        changed = ChangedClient(
            stored.id, sealed, version, status, review_on, row.before, recount=bool(counted), closes=closes
        )
        planning.steps.changed.append(changed)
    if row.wanted is not None:
        planning.steps.required[stored.id] = row.wanted
        columns.append(REQUIREMENTS)
    return columns


def _profile(work: Work, reading: RowReading, agency_id: str, old: ClientProfile | None) -> ClientProfile:
    """The profile as this row wants it; what the file has no column for is as stored."""
    before = _clear(old)

    def optional(column: str, cell: str | None) -> Phi[str]:
        return Phi(cell or "" if reading.has(column) else before.get(column, ""))

    born_on = reading.get("dob", lambda cell: birth(cell, work.now.date()))
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
        part2=_part2(reading, old),
    )


def _part2(reading: RowReading, old: ClientProfile | None) -> bool:
    """The mark as the file says it. An empty cell takes no mark away: that needs a plain *no*."""
    said = reading.get("part2", csv_cells.yes_no)
    return said if said is not None else old is not None and old.part2


def birth(cell: str, latest: dt.date) -> dt.date:
    """A day of birth."""
    born_on = csv_cells.day(cell)
    if not _OLDEST_BIRTH <= born_on <= latest:
        raise csv_cells.UnreadableError("This day of birth lies in the future or before 1900.")
    return born_on


def plan_review(cell: str) -> dt.date:
    """The day by which a plan is reviewed."""
    review_on = csv_cells.day(cell)
    if not _PLAN_REVIEWS[0] <= review_on < _PLAN_REVIEWS[1]:
        raise csv_cells.UnreadableError("This day is not between 2000 and 2099.")
    return review_on


def _staff(planning: _Planning, reading: RowReading, column: str, *, needed: bool) -> uuid.UUID | None:
    email = reading.need(column, csv_cells.email) if needed else reading.get(column, csv_cells.email)
    if email is None:
        return None
    if email not in planning.emails:
        index = planning.work.keys.index(STAFF, "email", email)
        planning.emails[email] = planning.known.staff.get(index)
    found = planning.emails[email]
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
            last_day = planning.days[each.staff_id] - dt.timedelta(1)
            planning.steps.ended.append((each.id, kind, last_day))
            planning.steps.lost.append(Loss(stored.id, each.staff_id, staff_id))
        opens = staff_id is not None and standing is None
        if staff_id is not None and standing is None:
            planning.steps.opened.append(NewAssignment(stored.id, staff_id, kind, planning.days[staff_id]))
        if ended or opens:
            columns.append(_KIND_COLUMNS[kind])
    return columns


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
        "part2": "yes" if profile.part2 else "",
    }
