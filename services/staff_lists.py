"""Whom and what the roster's lists and searches show: staff members and teams, by name.

Names of staff are sealed at rest and no client data; they are read for a list or a search and kept nowhere.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, func, select

from models.contacts import Contact, ContactState
from models.follow_ups import FollowUp, FollowUpState
from models.forms import FormRow
from models.staff import Role, Staff, StaffState, Team
from privacy.grants import Grant
from services import access, assignments, audit, roster_rows, staff
from services.clients import folded
from services.decisions import Deed, Relation, decide
from services.form_rows import WRITABLE
from services.refusals import NotFound
from services.roster_rows import TEAM
from services.staff import STAFF, Actor
from services.work import Work

PAGE: Final = 10
FOUND_MOST: Final = 25


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """What stands with somebody who left: drafts that nobody else opens, and what found nobody to go on to."""

    drafts: int = 0
    contacts: int = 0
    follow_ups: int = 0


@dataclass(frozen=True, slots=True)
class StaffLine:
    """Somebody in the list. `is_self` is the reader; `left` is what stands with somebody who left, None while they work here."""

    ref: str
    name: str
    title: str
    roles: frozenset[Role]
    team: str
    has_account: bool
    is_self: bool
    may_return: bool
    clients: int = 0
    left: LeftBehind | None = None


@dataclass(frozen=True, slots=True)
class StaffPage:
    """One page of the list."""

    lines: Sequence[StaffLine]
    number: int
    has_next: bool


@dataclass(frozen=True, slots=True)
class TeamLine:
    """A team in the list."""

    ref: str
    name: str
    members: int
    supervisor: str
    has_channel: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody or something that a search offers."""

    ref: str
    label: str


def page(work: Work, actor: Actor, number: int) -> tuple[StaffPage, Grant]:
    """A page of the staff whom the actor may change, by name, those who left last, and the grant to draw it.

    Errors: NotFound for whoever may change nobody.
    """
    rows = work.session.scalars(_changeable(work, actor)).all()
    grant = audit.record(work, audit.Action.STAFF_LIST, actor=actor.id, subject=(STAFF, actor.id))
    named = sorted(
        ((each.state is StaffState.LEFT, folded(staff.profile_of(work, each).name), each) for each in rows),
        key=lambda item: (*item[:2], item[2].ref),
    )
    number = min(number, max(0, (len(named) - 1) // PAGE))
    shown = [each for _, _, each in named[number * PAGE : (number + 1) * PAGE]]
    return StaffPage(_lines(work, actor, shown), number, len(named) > (number + 1) * PAGE), grant


def teams(work: Work, actor: Actor) -> tuple[Sequence[TeamLine], Grant]:
    """Every team by name, and the grant to draw them.

    Errors: NotFound for whoever may change none.
    """
    access.require(work, actor, Deed.TEAM_CHANGE)
    grant = audit.record(work, audit.Action.TEAM_LIST, actor=actor.id, subject=(TEAM, actor.id))
    counted = dict(
        work.session.execute(
            select(Staff.team_id, func.count())
            .where(Staff.workspace_id == work.workspace_id, Staff.state == StaffState.ACTIVE)
            .group_by(Staff.team_id)
        ).all()
    )
    rows = _teams(work)
    ids = {row.supervisor_id for row in rows if row.supervisor_id is not None}
    names = {each.id: staff.profile_of(work, each).name for each in _staff(work, ids)}
    lines = [
        TeamLine(
            row.ref,
            roster_rows.team_name(work, row),
            counted.get(row.id, 0),
            names.get(row.supervisor_id, "") if row.supervisor_id is not None else "",
            row.channel_id is not None,
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: folded(line.name)), grant


def find_staff(work: Work, actor: Actor, query: str, roles: frozenset[Role] = frozenset(Role)) -> Sequence[Choice]:
    """Who works here in one of these roles, by the letters that a name's words begin with.

    Errors: NotFound for whoever adds nobody to the roster.
    """
    access.require(work, actor, Deed.STAFF_ADD)
    rows = work.session.scalars(
        select(Staff).where(Staff.workspace_id == work.workspace_id, Staff.state == StaffState.ACTIVE)
    )
    return _found(_choices(work, (each for each in rows if roles & each.role_set)), query)


def find_changeable(work: Work, actor: Actor, query: str) -> Sequence[Choice]:
    """Whom the actor may change, by the letters that a name's words begin with.

    Errors: NotFound for whoever may change nobody.
    """
    rows = work.session.scalars(_changeable(work, actor).where(Staff.state == StaffState.ACTIVE))
    return _found(_choices(work, rows), query)


def find_team(work: Work, actor: Actor, query: str) -> Sequence[Choice]:
    """The teams, by the letters that a name's words begin with.

    Errors: NotFound for whoever adds nobody to the roster.
    """
    access.require(work, actor, Deed.STAFF_ADD)
    return _found([Choice(each.ref, roster_rows.team_name(work, each)) for each in _teams(work)], query)


def _changeable(work: Work, actor: Actor) -> Select[Staff]:
    """Whom the actor may change: everyone, or those they supervise."""
    query = select(Staff).where(Staff.workspace_id == work.workspace_id)
    asker = access.asker(actor)
    if decide(asker, Deed.STAFF_CHANGE).allowed:
        return query
    if decide(asker, Deed.STAFF_CHANGE, frozenset({Relation.SUPERVISED})).allowed:
        return query.where(Staff.supervisor_id == actor.id)
    raise NotFound


def _lines(work: Work, actor: Actor, rows: Sequence[Staff]) -> list[StaffLine]:
    names = {each.id: roster_rows.team_name(work, each) for each in _teams(work)}
    left = _left_behind(work, [each.id for each in rows if each.state is StaffState.LEFT])
    counted = assignments.counts(work, [each.id for each in rows])
    asker = access.asker(actor)
    lines: list[StaffLine] = []
    for each in rows:
        profile = staff.profile_of(work, each)
        relations = access.relations_to_staff(actor, each)
        line = StaffLine(
            ref=each.ref,
            name=profile.name,
            title=profile.title,
            roles=each.role_set,
            team=names.get(each.team_id, "") if each.team_id is not None else "",
            has_account=each.slack_user_id is not None,
            is_self=each.id == actor.id,
            may_return=decide(asker, Deed.STAFF_ROLES, relations).allowed,
            clients=counted[each.id],
            left=left.get(each.id),
        )
        lines.append(line)
    return lines


def _left_behind(work: Work, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, LeftBehind]:
    """What stands with each of these, whether it is much or nothing."""
    drafts = select(FormRow.staff_id).where(
        FormRow.workspace_id == work.workspace_id,
        FormRow.staff_id.in_(ids),
        FormRow.stage.in_(WRITABLE),
        FormRow.saved_at.is_not(None),
    )
    contacts = select(Contact.staff_id).where(
        Contact.workspace_id == work.workspace_id,
        Contact.staff_id.in_(ids),
        Contact.state.in_((ContactState.UNNOTED, ContactState.PLANNED)),
    )
    promises = select(FollowUp.owner_id).where(
        FollowUp.workspace_id == work.workspace_id,
        FollowUp.owner_id.in_(ids),
        FollowUp.state == FollowUpState.OPEN,
    )
    if not ids:
        return {}
    counts = [Counter(work.session.scalars(query)) for query in (drafts, contacts, promises)]
    return {each: LeftBehind(*(count[each] for count in counts)) for each in ids}


def _choices(work: Work, rows: Iterable[Staff]) -> list[Choice]:
    profiles = ((each.ref, staff.profile_of(work, each)) for each in rows)
    return [Choice(ref, f"{profile.name}, {profile.title}") for ref, profile in profiles]


def _found(offered: Sequence[Choice], query: str) -> Sequence[Choice]:
    wanted = folded(query).split()
    matching = [
        each
        for each in offered
        if all(any(word.startswith(part) for word in folded(each.label).split()) for part in wanted)
    ]
    return sorted(matching, key=lambda each: folded(each.label))[:FOUND_MOST]


def _teams(work: Work) -> Sequence[Team]:
    return work.session.scalars(select(Team).where(Team.workspace_id == work.workspace_id).order_by(Team.id)).all()


def _staff(work: Work, ids: set[uuid.UUID]) -> Sequence[Staff]:
    return work.session.scalars(select(Staff).where(Staff.workspace_id == work.workspace_id, Staff.id.in_(ids))).all()
