"""staff.csv: from rows to staff members and teams.

Here: the file's columns, what each row means beside the others and the stored roster, and storing it. Not here: reading
files (csv_files), cells (csv_cells), sealing (roster_rows). Staff who are not in the file stay as they are.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from models.base import new_id
from models.staff import Role, StaffProfile, Team
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from services import audit, csv_cells
from services.csv_cells import RowReading
from services.csv_files import Column, Layout
from services.roster_known import KnownRoster, KnownStaff, known_roster, open_staff
from services.roster_marks import changes_of
from services.roster_plan import Draft, RosterFile, Step, Watch
from services.roster_rows import (
    STAFF,
    TEAM,
    NewStaff,
    SealedStaff,
    SealedTeam,
    change_staff,
    record_import,
    seal_staff,
    seal_team,
    store_staff,
    store_teams,
    update_rows,
)
from services.work import Work

LAYOUT: Final = Layout(
    "staff",
    (
        Column("email", ("e-mail", "mail", "email address", "work email"), required=True),
        Column("name", ("full name", "staff name"), required=True),
        Column("title", ("job title", "position"), required=True),
        Column("roles", ("role",)),
        Column("slack_user_id", ("slack id", "slack user", "slack member id", "slack")),
        Column("credential", ("credentials",)),
        Column("team", ("team name",)),
        Column("team_channel", ("channel", "channel id", "team channel id")),
        Column("supervisor_email", ("supervisor", "supervisor e-mail", "manager email")),
        Column("phone_numbers", ("phone number", "phones", "phone")),
        Column("time_zone", ("timezone", "tz")),
        Column("work_days", ("working days", "days")),
        Column("work_hours", ("working hours", "hours")),
        Column("cosign_required", ("cosign", "co-sign", "co-sign required", "cosignature required")),
    ),
)


@dataclass(frozen=True, slots=True)
class StaffSteps:
    """What a staff file changes."""

    new_teams: tuple[SealedTeam, ...]
    channels: tuple[tuple[uuid.UUID, str], ...]
    new: tuple[SealedStaff, ...]
    changed: tuple[SealedStaff, ...]


@dataclass(slots=True)
class _StaffRow:
    """One row, read. `stored` is the staff member it is about, if there is one."""

    reading: RowReading
    index: bytes
    stored: KnownStaff | None
    facts: NewStaff

    @property
    def number(self) -> int:
        return self.reading.number


@dataclass(slots=True)
class _Planning:
    """What the rows have in common while the plan is made."""

    work: Work
    known: KnownRoster
    draft: Draft
    rows: dict[bytes, _StaffRow] = field(default_factory=dict[bytes, _StaffRow])
    teams: dict[bytes, SealedTeam] = field(default_factory=dict[bytes, SealedTeam])
    channels: dict[bytes, tuple[int, str]] = field(default_factory=dict[bytes, tuple[int, str]])


def _make(work: Work, known: KnownRoster, draft: Draft) -> StaffSteps:
    planning = _Planning(work, known, draft)
    for row in draft.rows():
        cells = row.cells.reveal(system_grant(Purpose.IMPORT))
        _read(planning, RowReading(row.number, cells, draft.problems))
    _check_slack_ids(planning)
    for row in planning.rows.values():
        _join_team(planning, row)
        _find_supervisor(planning, row)
    return _steps(planning)


def _keep(work: Work, steps: StaffSteps, actor: uuid.UUID | None, watch: Watch) -> None:
    total = len(steps.new) + len(steps.changed)
    watch(Step.STORE, 0, total)
    store_teams(work, steps.new_teams, actor)
    update_rows(work, Team, [{"id": team_id, "channel_id": channel} for team_id, channel in steps.channels])
    for team_id, _ in steps.channels:
        audit.record(work, audit.Action.TEAM_IMPORT, actor=actor, subject=(TEAM, team_id), rule="channel")
    store_staff(work, steps.new, actor)
    change_staff(work, steps.changed, actor)
    record_import(work, "staff", actor)
    watch(Step.STORE, total, total)


STAFF_FILE: Final = RosterFile(
    LAYOUT, changes_of("staff", "team", but=frozenset({audit.Action.STAFF_SETTINGS})), known_roster, _make, _keep
)


def _read(planning: _Planning, reading: RowReading) -> None:
    email = reading.need("email", csv_cells.email)
    index = planning.work.keys.index(STAFF, "email", email) if email else b""
    stored = planning.known.staff.get(index)
    facts = _facts(planning.work, reading, email or "", stored)
    if email is None:
        return
    earlier = planning.rows.get(index)
    if earlier is not None:
        reading.refuse("email", "Another row above has the same e-mail. Keep one of the two.")
        return
    if stored is not None and not stored.works_here:
        planning.draft.notes.append(f"row {reading.number}: this person is marked as having left, and stays so.")
    planning.rows[index] = _StaffRow(reading, index, stored, facts)


def _facts(work: Work, reading: RowReading, email: str, stored: KnownStaff | None) -> NewStaff:
    """The staff member as this row wants them; what it cannot say is as stored, or the default."""
    old = open_staff(work, stored) if stored else _blank(email)
    begins, ends = old.work_starts_minute, old.work_ends_minute
    hours = reading.get("work_hours", csv_cells.work_hours) or (begins, ends)
    cosign = reading.get("cosign_required", csv_cells.yes_no)
    return replace(
        old,
        profile=_profile(reading, old.profile),
        roles=reading.get("roles", csv_cells.roles) or old.roles,
        # Slack's own answer may have set it since; an empty cell must not take it away.
        slack_user_id=reading.get("slack_user_id", csv_cells.slack_user) or old.slack_user_id,
        time_zone=reading.get("time_zone", csv_cells.time_zone) or old.time_zone,
        work_days=reading.get("work_days", csv_cells.work_days) or old.work_days,
        work_starts_minute=hours[0],
        work_ends_minute=hours[1],
        cosign_required=old.cosign_required if cosign is None else cosign,
    )


def _profile(reading: RowReading, old: StaffProfile) -> StaffProfile:
    phones = Phi(reading.get("phone_numbers", csv_cells.phones) or ())
    credential = reading.get("credential", csv_cells.line) or ""
    return StaffProfile(
        name=reading.need("name", csv_cells.line) or old.name,
        title=reading.need("title", csv_cells.line) or old.title,
        credential=credential if reading.has("credential") else old.credential,
        email=old.email,
        phone_numbers=phones if reading.has("phone_numbers") else old.phone_numbers,
    )


def _blank(email: str) -> NewStaff:
    return NewStaff(profile=StaffProfile(name="", title="", email=email), id=new_id())


def _check_slack_ids(planning: _Planning) -> None:
    """Refuse a Slack ID that two people have, in the file or here."""
    holders = {each.slack_user_id: each.id for each in planning.known.staff.values() if each.slack_user_id}
    for row in planning.rows.values():
        slack_id = row.facts.slack_user_id
        if slack_id and holders.setdefault(slack_id, row.facts.id) != row.facts.id:
            row.reading.refuse("slack_user_id", "Another staff member has this Slack member ID.")


def _join_team(planning: _Planning, row: _StaffRow) -> None:
    name = row.reading.get("team", csv_cells.line)
    channel = row.reading.get("team_channel", csv_cells.slack_channel)
    if name is None:
        if channel is not None:
            row.reading.refuse("team_channel", "This row names a channel and no team. Fill in the column team.")
        if row.reading.has("team") and not row.reading.refused:
            row.facts = replace(row.facts, team_id=None)
        return
    index = planning.work.keys.index(TEAM, "name", name)
    if channel is not None and planning.channels.setdefault(index, (row.number, channel))[1] != channel:
        row.reading.refuse("team_channel", "Another row above names another channel for this team. A team has one.")
        return
    stored = planning.known.teams.get(index)
    if stored is None and index not in planning.teams:
        planning.teams[index] = seal_team(planning.work, name, None)
    row.facts = replace(row.facts, team_id=stored.id if stored else planning.teams[index].id)


def _find_supervisor(planning: _Planning, row: _StaffRow) -> None:
    email = row.reading.get("supervisor_email", csv_cells.email)
    if email is None:
        if row.reading.has("supervisor_email") and not row.reading.refused:
            row.facts = replace(row.facts, supervisor_id=None)
        return
    index = planning.work.keys.index(STAFF, "email", email)
    in_file, stored = planning.rows.get(index), planning.known.staff.get(index)
    if index == row.index:
        row.reading.refuse(
            "supervisor_email", "This is the person's own e-mail. Name their supervisor or leave it empty."
        )
    elif stored is not None and not stored.works_here:
        row.reading.refuse("supervisor_email", "This supervisor is marked as having left.")
    elif in_file is None and stored is None:
        row.reading.refuse("supervisor_email", "Nobody has this e-mail, in this file or in Noted. Add a row for them.")
    else:
        _note_role(planning, row.number, in_file.facts.roles if in_file else frozenset(), stored)
        row.facts = replace(row.facts, supervisor_id=in_file.facts.id if in_file else stored.id if stored else None)


def _note_role(planning: _Planning, number: int, roles: frozenset[Role], stored: KnownStaff | None) -> None:
    if Role.SUPERVISOR not in roles and (roles or stored is None or Role.SUPERVISOR not in stored.roles.split()):
        planning.draft.notes.append(f"row {number}, supervisor_email: this person does not have the role supervisor.")


def _steps(planning: _Planning) -> StaffSteps:
    new: list[SealedStaff] = []
    changed: list[SealedStaff] = []
    rechanneled = _rechanneled(planning)
    for row in planning.rows.values():
        if row.reading.refused:
            continue
        if row.stored is None:
            planning.draft.tell(row.number, None)
            new.append(seal_staff(planning.work, row.facts))
            continue
        columns = _differences(open_staff(planning.work, row.stored), row.facts)
        if columns:
            changed.append(seal_staff(planning.work, row.facts, row.stored.version + 1))
        planning.draft.tell(row.number, (*columns, *(("team_channel",) if row.number in rechanneled else ())))
    return StaffSteps(
        tuple(
            replace(team, channel_id=planning.channels.get(index, (0, None))[1])
            for index, team in planning.teams.items()
        ),
        tuple(rechanneled.values()),
        tuple(new),
        tuple(changed),
    )


def _rechanneled(planning: _Planning) -> dict[int, tuple[uuid.UUID, str]]:
    """The stored teams that get another channel, by the row that says so first."""
    found: dict[int, tuple[uuid.UUID, str]] = {}
    for index, (number, channel) in planning.channels.items():
        stored = planning.known.teams.get(index)
        if stored is not None and stored.channel_id != channel:
            found[number] = (stored.id, channel)
    return found


def _differences(old: NewStaff, new: NewStaff) -> tuple[str, ...]:
    before, after = _comparable(old), _comparable(new)
    return tuple(column for column in before if before[column] != after[column])


def _comparable(facts: NewStaff) -> Mapping[str, object]:
    profile = facts.profile
    return {
        "name": profile.name,
        "title": profile.title,
        "credential": profile.credential,
        "phone_numbers": profile.phone_numbers.reveal(system_grant(Purpose.IMPORT)),
        "roles": facts.roles,
        "slack_user_id": facts.slack_user_id,
        "team": facts.team_id,
        "supervisor_email": facts.supervisor_id,
        "time_zone": facts.time_zone,
        "work_days": facts.work_days,
        "work_hours": (facts.work_starts_minute, facts.work_ends_minute),
        "cosign_required": facts.cosign_required,
    }
