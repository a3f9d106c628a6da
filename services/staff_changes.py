"""Staff by hand: adding somebody and changing them, one at a time, under the same rules as a staff file.

Here: what may be changed by whom, and that nothing is overwritten which somebody else changed meanwhile. Not here: teams
(team_changes), lists and searches (staff_lists), leaving (leaving), sealing and storing (roster_rows).
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import select

from models.staff import Role, Staff, StaffProfile, StaffState, Team
from privacy.grants import Grant
from privacy.phi import Phi
from services import access, audit, csv_cells, policies, roster, roster_rows, staff
from services.access import relations_to_staff
from services.by_hand import Reading
from services.decisions import Deed, Relation, decide
from services.refusals import ChangedMeanwhile, FieldsRefused, NotFound
from services.roster_rows import STAFF, NewStaff, seal_staff
from services.staff import Actor, SlackUser
from services.work import Work

NEWCOMER: Final = frozenset({Role.CASE_MANAGER})


@dataclass(frozen=True, slots=True)
class Details:
    """What whoever may change somebody may change of them."""

    name: Phi[str]
    title: Phi[str]
    credential: Phi[str] | None
    phone_numbers: Phi[str] | None
    team_ref: str | None
    time_zone: str
    work_days: str
    work_hours: Phi[str]
    cosign_required: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is to Slack, what they may do, and who reads their work: what an admin alone changes, and never their own.

    `account` is what Slack says about the account that is meant; None where nothing is to change or none is named.
    """

    email: Phi[str]
    slack_user_id: str | None
    roles: frozenset[Role]
    supervisor_ref: str | None
    account: SlackUser | None = None


@dataclass(frozen=True, slots=True)
class StaffSheet:
    """Somebody as a form shows them. `mark` changes with every change to them; `identity_is_open` is whether it may be changed."""

    ref: str
    facts: NewStaff
    mark: str
    team: tuple[str, str] | None
    supervisor: tuple[str, str] | None
    identity_is_open: bool


def look(work: Work, actor: Actor, ref: str) -> tuple[StaffSheet, Grant]:
    """Somebody as a form shows them, and the grant to draw it.

    Errors: NotFound.
    """
    row = access.staff_by_ref(work, actor, ref, Deed.STAFF_CHANGE)
    grant = audit.record(work, audit.Action.STAFF_READ, actor=actor.id, subject=(STAFF, row.id))
    team = work.session.get(Team, (work.workspace_id, row.team_id)) if row.team_id else None
    above = work.session.get(Staff, (work.workspace_id, row.supervisor_id)) if row.supervisor_id else None
    sheet = StaffSheet(
        ref=row.ref,
        facts=facts_of(work, row),
        mark=mark_of(row),
        team=(team.ref, roster_rows.team_name(work, team)) if team is not None else None,
        supervisor=(above.ref, staff.profile_of(work, above).name) if above is not None else None,
        identity_is_open=_may(actor, Deed.STAFF_ROLES, row),
    )
    return sheet, grant


def begin(work: Work, actor: Actor) -> tuple[NewStaff, Grant]:
    """Somebody new as the agency's policy would have them, and the grant to draw the form.

    Errors: NotFound for whoever may add nobody.
    """
    access.require(work, actor, Deed.STAFF_ADD)
    grant = audit.record(work, audit.Action.STAFF_READ, actor=actor.id, subject=(STAFF, actor.id), rule="new")
    policy = policies.in_force(work)
    hours = policy.business_hours
    facts = NewStaff(
        profile=StaffProfile(name="", title="", email=""),
        time_zone=policy.agency.zone,
        work_days="".join(str(day) for day in sorted(hours.week)),
        work_starts_minute=hours.from_,
        work_ends_minute=hours.until,
    )
    return facts, grant


def add(work: Work, actor: Actor, details: Details, identity: Identity, slack_team_id: str) -> None:
    """Add somebody; added twice is added once.

    Errors: NotFound for whoever may add nobody; FieldsRefused.
    """
    access.require(work, actor, Deed.STAFF_ADD)
    reading = Reading(work)
    new = NewStaff(profile=StaffProfile(name="", title="", email=""))
    facts = _with_identity(reading, _with_details(reading, new, details), identity, None, slack_team_id)
    if identity.roles != NEWCOMER and not _may(actor, Deed.STAFF_ROLES):
        reading.wrong["roles"] = "roles_not_yours"
    there = _by_email(work, facts.profile.email)
    if there is not None and _is_same(work, facts_of(work, there), facts):
        return
    if there is not None:
        reading.wrong.setdefault("email", "taken_email")
    if reading.wrong:
        raise FieldsRefused(reading.wrong)
    roster.add_staff(work, facts, actor.id)


def change(
    work: Work, actor: Actor, ref: str, mark: str, details: Details, identity: Identity | None, slack_team_id: str
) -> None:
    """Change somebody; the same again changes nothing. Without an identity, that part stays as it is.

    Errors: NotFound; FieldsRefused; ChangedMeanwhile when they were changed since the form was drawn.
    """
    row = access.staff_by_ref(work, actor, ref, Deed.STAFF_CHANGE)
    work.session.refresh(row, with_for_update=True)
    if identity is not None and not _may(actor, Deed.STAFF_ROLES, row):
        raise NotFound
    before = facts_of(work, row)
    reading = Reading(work)
    facts = _with_details(reading, before, details)
    if identity is not None:
        facts = _with_identity(reading, facts, identity, row, slack_team_id)
    if reading.wrong:
        raise FieldsRefused(reading.wrong)
    if _is_same(work, before, facts):
        return
    if mark_of(row) != mark or row.state is not StaffState.ACTIVE:
        raise ChangedMeanwhile
    roster_rows.change_staff(work, [seal_staff(work, facts, row.profile_version + 1)], actor.id)


def facts_of(work: Work, row: Staff) -> NewStaff:
    """A stored staff member as facts."""
    return NewStaff(
        profile=staff.profile_of(work, row),
        roles=row.role_set,
        slack_user_id=row.slack_user_id,
        team_id=row.team_id,
        supervisor_id=row.supervisor_id,
        time_zone=row.time_zone,
        work_days=row.work_days,
        work_starts_minute=row.work_starts_minute,
        work_ends_minute=row.work_ends_minute,
        cosign_required=row.cosign_required,
        id=row.id,
    )


def mark_of(row: Staff) -> str:
    """What changes whenever anything that a form shows of somebody does. It says nothing of it."""
    shown = (
        *(row.id, row.profile_version, row.roles, row.slack_user_id, row.team_id, row.supervisor_id, row.time_zone),
        *(row.work_days, row.work_starts_minute, row.work_ends_minute, row.cosign_required, row.state),
    )
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def _with_details(reading: Reading, old: NewStaff, details: Details) -> NewStaff:
    hours = reading.need("work_hours", details.work_hours, csv_cells.work_hours, "not_hours")
    profile = StaffProfile(
        name=reading.need("name", details.name, csv_cells.line, "line") or "",
        title=reading.need("job", details.title, csv_cells.line, "line") or "",
        credential=reading.words("credential", details.credential, csv_cells.line, "line") or "",
        email=old.profile.email,
        phone_numbers=Phi(reading.words("phone_numbers", details.phone_numbers, csv_cells.phones, "not_phones") or ()),
    )
    begins, ends = hours or (old.work_starts_minute, old.work_ends_minute)
    team = _team(reading, details.team_ref)
    joined = team is not None and team.id != old.team_id and old.supervisor_id is None
    return replace(
        old,
        profile=profile,
        team_id=team.id if team is not None else None,
        # Whoever joins a team without a supervisor of their own gets the team's.
        supervisor_id=team.supervisor_id
        if team is not None and joined and team.supervisor_id != old.id
        else old.supervisor_id,
        time_zone=reading.chosen("time_zone", details.time_zone, csv_cells.time_zone) or old.time_zone,
        work_days=reading.chosen("work_days", details.work_days, csv_cells.work_days) or old.work_days,
        work_starts_minute=begins,
        work_ends_minute=ends,
        cosign_required=details.cosign_required,
    )


def _with_identity(
    reading: Reading, facts: NewStaff, identity: Identity, row: Staff | None, slack_team_id: str
) -> NewStaff:
    email = reading.need("email", identity.email, csv_cells.email, "not_email") or ""
    other = _by_email(reading.work, email) if row is not None and email else None
    if other is not None and row is not None and other.id != row.id:
        reading.wrong["email"] = "taken_email"
    if not identity.roles:
        reading.wrong["roles"] = "choose"
    if identity.slack_user_id != facts.slack_user_id:
        _check_account(reading, identity, facts.id, slack_team_id)
    supervisor = _supervisor(reading, identity.supervisor_ref, facts) if identity.supervisor_ref else None
    # Nobody named, the team's own supervisor stands where `_with_details` has put them.
    inherited = facts.supervisor_id if row is None or row.supervisor_id is None else None
    return replace(
        facts,
        profile=facts.profile.model_copy(update={"email": email}),
        slack_user_id=identity.slack_user_id,
        roles=identity.roles,
        supervisor_id=supervisor if identity.supervisor_ref else inherited,
    )


def _check_account(reading: Reading, identity: Identity, staff_id: uuid.UUID, slack_team_id: str) -> None:
    """A Slack account is one person's alone, and that of a member of this workspace."""
    if identity.slack_user_id is None:
        return
    account = identity.account
    if account is None or account.id != identity.slack_user_id or account.is_outside(slack_team_id):
        reading.wrong["slack_user"] = "not_a_member"
    holder = reading.work.session.scalar(
        select(Staff.id).where(
            Staff.workspace_id == reading.work.workspace_id, Staff.slack_user_id == identity.slack_user_id
        )
    )
    if holder not in {None, staff_id}:
        reading.wrong["slack_user"] = "taken_slack"


def _supervisor(reading: Reading, ref: str, facts: NewStaff) -> uuid.UUID | None:
    """Somebody else who works here and supervises; whoever supervises already may go on."""
    found = reading.work.session.scalar(
        select(Staff).where(Staff.workspace_id == reading.work.workspace_id, Staff.ref == ref)
    )
    if found is not None and found.id == facts.id:
        reading.wrong["supervisor"] = "own_supervisor"
    elif found is None or (
        found.id != facts.supervisor_id
        and (found.state is not StaffState.ACTIVE or Role.SUPERVISOR not in found.role_set)
    ):
        reading.wrong["supervisor"] = "choose"
    return found.id if found is not None else None


def _team(reading: Reading, ref: str | None) -> Team | None:
    if ref is None:
        return None
    found = reading.work.session.scalar(
        select(Team).where(Team.workspace_id == reading.work.workspace_id, Team.ref == ref)
    )
    if found is None:
        reading.wrong["team"] = "choose"
    return found


def _by_email(work: Work, email: str) -> Staff | None:
    index = work.keys.index(STAFF, "email", email)
    return work.session.scalar(select(Staff).where(Staff.workspace_id == work.workspace_id, Staff.email_index == index))


def _is_same(work: Work, before: NewStaff, after: NewStaff) -> bool:
    """Whether nothing differs but the id that somebody new would get."""
    key = work.keys.house_key
    blank = after.profile
    alike = replace(before, profile=blank, id=after.id) == replace(after, profile=blank)
    return alike and key.fingerprint(before.profile) == key.fingerprint(after.profile)


def _may(actor: Actor, deed: Deed, row: Staff | None = None) -> bool:
    relations = relations_to_staff(actor, row) if row is not None else frozenset[Relation]()
    return decide(access.asker(actor), deed, relations).allowed
