"""Assignments as rows: which stand, and changing them so that nobody is reminded of whom they do not have any more.

Here: reading, beginning and ending. Not here: who may (whoever calls this has asked access), and what the agency wants (assigning, caseloads).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import ColumnElement, or_, select

from models.clients import Assignment, AssignmentKind, Client, ClientStatus
from models.staff import Role, Staff, StaffState
from services import passing_on, roster_rows
from services.passing_on import Loss
from services.refusals import FieldRefused
from services.roster_rows import NewAssignment
from services.work import Work

_DAY: Final = dt.timedelta(days=1)
# Those who work with clients; anybody else would be assigned and could do nothing.
WRITERS: Final = frozenset({Role.CASE_MANAGER, Role.SUPERVISOR})


def lock_clients(work: Work, client_ids: Collection[uuid.UUID]) -> None:
    """Wait for whoever changes who works with these clients, and keep everybody else from it until the transaction ends."""
    work.session.execute(
        select(Client.id)
        .where(Client.workspace_id == work.workspace_id, Client.id.in_(client_ids))
        .order_by(Client.id)
        .with_for_update()
    )


def of_client(work: Work, client_id: uuid.UUID) -> list[Assignment]:
    """Who works with this client or will, the oldest first."""
    return _standing(work, Assignment.client_id == client_id)


def of_staff(work: Work, staff_id: uuid.UUID) -> list[Assignment]:
    """With whom of the agency's present clients somebody works or will, the oldest first."""
    served = select(Client.id).where(Client.workspace_id == work.workspace_id, Client.status == ClientStatus.ACTIVE)
    return _standing(work, Assignment.staff_id == staff_id, Assignment.client_id.in_(served))


def of_clients(work: Work, client_ids: Collection[uuid.UUID]) -> list[Assignment]:
    """Who works with any of these clients or will."""
    return _standing(work, Assignment.client_id.in_(client_ids))


def counts(work: Work, staff_ids: Collection[uuid.UUID]) -> Counter[uuid.UUID]:
    """How many of the agency's present clients each of these people works with, as primary or backup."""
    served = select(Client.id).where(Client.workspace_id == work.workspace_id, Client.status == ClientStatus.ACTIVE)
    rows = _standing(work, Assignment.staff_id.in_(staff_ids), Assignment.client_id.in_(served))
    own = {(each.staff_id, each.client_id) for each in rows if each.kind is not AssignmentKind.COVERING}
    return Counter(staff_id for staff_id, _ in own)


def ids_of(work: Work, client_ids: Collection[uuid.UUID], refs: Collection[str]) -> set[uuid.UUID]:
    """Which of these clients have one of these references."""
    query = select(Client.id).where(Client.workspace_id == work.workspace_id, Client.id.in_(client_ids))
    return set(work.session.scalars(query.where(Client.ref.in_(refs))))


def writer(work: Work, ref: str | None, field: str, *, stays: uuid.UUID | None = None) -> Staff:
    """Somebody who works here and writes notes, by reference; whoever has the client already may go on.

    Errors: FieldRefused.
    """
    found = work.session.scalar(select(Staff).where(Staff.workspace_id == work.workspace_id, Staff.ref == ref))
    if found is None or not (found.id == stays or (found.state is StaffState.ACTIVE and found.role_set & WRITERS)):
        raise FieldRefused(field, "choose")
    return found


def begin(work: Work, new: Sequence[NewAssignment], actor_id: uuid.UUID | None) -> None:
    """Let somebody work with a client, as each of these says."""
    roster_rows.assign(work, new, actor_id)


def end(
    work: Work,
    rows: Collection[Assignment],
    actor_id: uuid.UUID | None,
    heirs: Mapping[uuid.UUID, uuid.UUID] | None = None,
) -> None:
    """End these at once, which makes yesterday their last day; what was promised goes on to these heirs by client, or to whoever has them.

    What begins in their place has to be stored before.
    """
    days = _days(work, {each.staff_id for each in rows})
    losses = [Loss(each.client_id, each.staff_id, (heirs or {}).get(each.client_id)) for each in rows]
    ended = [(each.id, each.kind, days[each.staff_id] - _DAY) for each in rows]
    roster_rows.end_assignments(work, ended, actor_id)
    passing_on.lost(work, losses, actor_id)


def today_of(work: Work, row: Staff) -> dt.date:
    """Somebody's own day."""
    return roster_rows.today(work, row.time_zone)


def opened(client_id: uuid.UUID, row: Staff, kind: AssignmentKind, work: Work) -> NewAssignment:
    """An assignment that begins on the day it is for this person."""
    return NewAssignment(client_id, row.id, kind, today_of(work, row))


def _standing(work: Work, *which: ColumnElement[bool]) -> list[Assignment]:
    # It may be yesterday still for somebody; which day counts is looked at one by one.
    rows = work.session.scalars(
        select(Assignment)
        .where(Assignment.workspace_id == work.workspace_id, *which)
        .where(or_(Assignment.until_on.is_(None), Assignment.until_on >= work.now.date() - _DAY))
        .order_by(Assignment.id)
    ).all()
    days = _days(work, {each.staff_id for each in rows})
    return [each for each in rows if each.until_on is None or each.until_on >= days[each.staff_id]]


def _days(work: Work, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dt.date]:
    query = select(Staff.id, Staff.time_zone).where(Staff.workspace_id == work.workspace_id, Staff.id.in_(ids))
    return {staff_id: roster_rows.today(work, zone) for staff_id, zone in work.session.execute(query)}
