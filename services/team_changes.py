"""Teams by hand: a name, a channel for the digest, and the supervisor of whoever joins without one.

Who supervises somebody stands with that person. A team's supervisor is given to those of its members who had none or had the one
before, and to whoever joins it without one; access goes by what stands with each person.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from models.staff import Role, Staff, StaffState, Team, TeamProfile
from privacy.grants import Grant, Purpose, system_grant
from privacy.phi import Phi
from services import access, audit, csv_cells, roster, roster_rows, staff
from services.access import relations_to_staff
from services.csv_cells import UnreadableError
from services.decisions import Deed, decide
from services.refusals import ChangedMeanwhile, FieldRefused, NotFound
from services.roster_rows import TEAM
from services.staff import STAFF, Actor
from services.work import Work


@dataclass(frozen=True, slots=True)
class TeamAnswers:
    """What somebody wants a team to be."""

    name: Phi[str]
    channel_id: str | None
    supervisor_ref: str | None


@dataclass(frozen=True, slots=True)
class TeamSheet:
    """A team as a form shows it. `mark` changes with every change to it."""

    ref: str
    name: str
    channel_id: str | None
    supervisor: tuple[str, str] | None
    mark: str


@dataclass(frozen=True, slots=True)
class _Facts:
    """A team to be."""

    name: str
    channel_id: str | None
    supervisor_id: uuid.UUID | None


def look(work: Work, actor: Actor, ref: str) -> tuple[TeamSheet, Grant]:
    """A team as a form shows it, and the grant to draw it.

    Errors: NotFound.
    """
    access.require(work, actor, Deed.TEAM_CHANGE)
    row = _by_ref(work, ref)
    grant = audit.record(work, audit.Action.TEAM_READ, actor=actor.id, subject=(TEAM, row.id))
    above = work.session.get(Staff, (work.workspace_id, row.supervisor_id)) if row.supervisor_id else None
    supervisor = (above.ref, staff.profile_of(work, above).name) if above is not None else None
    name = roster_rows.team_name(work, row)
    return TeamSheet(row.ref, name, row.channel_id, supervisor, mark_of(row)), grant


def add(work: Work, actor: Actor, answers: TeamAnswers) -> None:
    """Add a team; added twice is added once.

    Errors: NotFound for whoever may add none; FieldRefused.
    """
    access.require(work, actor, Deed.TEAM_CHANGE)
    facts = _facts(work, answers, None)
    there = _by_name(work, facts.name)
    if there is not None:
        if (there.channel_id, there.supervisor_id) == (facts.channel_id, facts.supervisor_id):
            return
        raise FieldRefused("name", "taken_team")
    _check_supervisor(actor, facts, None, ())
    roster.add_team(work, facts.name, facts.channel_id, actor.id).supervisor_id = facts.supervisor_id


def change(work: Work, actor: Actor, ref: str, mark: str, answers: TeamAnswers) -> None:
    """Change a team; the same again changes nothing.

    Errors: NotFound; FieldRefused; ChangedMeanwhile when it was changed since the form was drawn.
    """
    access.require(work, actor, Deed.TEAM_CHANGE)
    row = _by_ref(work, ref)
    work.session.refresh(row, with_for_update=True)
    facts = _facts(work, answers, row)
    name = roster_rows.team_name(work, row)
    if facts == _Facts(name, row.channel_id, row.supervisor_id):
        return
    other = _by_name(work, facts.name)
    if other is not None and other.id != row.id:
        raise FieldRefused("name", "taken_team")
    if mark_of(row) != mark:
        raise ChangedMeanwhile
    if facts.supervisor_id != row.supervisor_id:
        members = _members(work, row, facts.supervisor_id) if facts.supervisor_id is not None else ()
        _check_supervisor(actor, facts, row, members)
        _supervise(work, actor, members, facts.supervisor_id)
    _store(work, actor, row, facts)


def mark_of(row: Team) -> str:
    """What changes whenever anything of the team does. It says nothing of it."""
    shown = (row.id, row.profile_version, row.channel_id, row.supervisor_id)
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def _facts(work: Work, answers: TeamAnswers, row: Team | None) -> _Facts:
    try:
        name = csv_cells.line(answers.name.reveal(system_grant(Purpose.IMPORT)).strip())
    except UnreadableError:
        raise FieldRefused("name", "line") from None
    try:
        channel = csv_cells.slack_channel(answers.channel_id) if answers.channel_id else None
    except UnreadableError:
        raise FieldRefused("channel", "choose") from None
    return _Facts(name, channel, _supervisor(work, answers.supervisor_ref, row))


def _supervisor(work: Work, ref: str | None, row: Team | None) -> uuid.UUID | None:
    """Somebody who works here and supervises; whoever does already may go on."""
    if ref is None:
        return None
    found = work.session.scalar(select(Staff).where(Staff.workspace_id == work.workspace_id, Staff.ref == ref))
    stays = found is not None and row is not None and found.id == row.supervisor_id
    if found is None or not (stays or (found.state is StaffState.ACTIVE and Role.SUPERVISOR in found.role_set)):
        raise FieldRefused("supervisor", "choose")
    return found.id


def _members(work: Work, row: Team, new_id: uuid.UUID) -> Sequence[Staff]:
    """Who gets another supervisor when the team does: its members who have the team's so far, or none. Nobody loses theirs."""
    return work.session.scalars(
        select(Staff)
        .where(Staff.workspace_id == work.workspace_id, Staff.team_id == row.id, Staff.state == StaffState.ACTIVE)
        .where(or_(Staff.supervisor_id.is_(None), Staff.supervisor_id == row.supervisor_id))
        .where(Staff.id != new_id)
        .order_by(Staff.id)
        .with_for_update()
    ).all()


def _check_supervisor(actor: Actor, facts: _Facts, row: Team | None, members: Sequence[Staff]) -> None:
    """Who supervises somebody decides who reads their work: only whoever may change that of each member may change it for all.

    A supervisor may be the supervisor of a team of their own, but takes over nobody's.
    """
    allowed = all(
        decide(access.asker(actor), Deed.STAFF_ROLES, relations_to_staff(actor, each)).allowed for each in members
    )
    own = facts.supervisor_id in {None, actor.id} and (row is None or row.supervisor_id in {None, actor.id})
    if not allowed or not (own or decide(access.asker(actor), Deed.STAFF_ROLES).allowed):
        raise FieldRefused("supervisor", "not_your_staff")


def _supervise(work: Work, actor: Actor, members: Sequence[Staff], supervisor_id: uuid.UUID | None) -> None:
    for each in members:
        each.supervisor_id = supervisor_id
        audit.record(work, audit.Action.STAFF_CHANGE, actor=actor.id, subject=(STAFF, each.id), rule="supervisor")


def _store(work: Work, actor: Actor, row: Team, facts: _Facts) -> None:
    row.profile_version += 1
    cell = work.cell(TEAM, "profile", row.id, row.profile_version)
    row.profile = work.keys.house_key.seal(TeamProfile(name=facts.name), cell)
    row.name_index = work.keys.index(TEAM, "name", facts.name)
    row.channel_id, row.supervisor_id = facts.channel_id, facts.supervisor_id
    audit.record(
        work,
        audit.Action.TEAM_CHANGE,
        actor=actor.id,
        subject=(TEAM, row.id),
        version=row.profile_version,
        sealed=row.profile,
    )


def _by_ref(work: Work, ref: str) -> Team:
    found = work.session.scalar(select(Team).where(Team.workspace_id == work.workspace_id, Team.ref == ref))
    if found is None:
        raise NotFound
    return found


def _by_name(work: Work, name: str) -> Team | None:
    index = work.keys.index(TEAM, "name", name)
    return work.session.scalar(select(Team).where(Team.workspace_id == work.workspace_id, Team.name_index == index))
