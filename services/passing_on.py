"""What becomes of promises and visits to come when somebody loses a client, and when the agency stops to serve one.

Here: what follows for what is open. Not here: who loses whom (assignments, roster_client_steps), and leaving as a whole (leaving). A
contact that took place stays with who was there, who may write its note for thirty days. docs/decisions/0016 says why.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, or_, select

from models.chunks import chunks
from models.clients import Assignment, AssignmentKind
from models.contacts import Contact, ContactReason, ContactState
from models.follow_ups import DropReason, FollowUp, FollowUpState
from models.staff import Staff
from services import audit, leaving, roster_rows
from services.work import Work

# Covers that ended so long ago were looked at long since, also by a program that stood still for some weeks.
_LOOKED_BACK: Final = dt.timedelta(days=60)
_RULE: Final = "client_closed"
# A file may close thousands at once; SQLite takes no more than some thousands of values in a statement.


@dataclass(frozen=True, slots=True)
class Loss:
    """Somebody does not work with a client any more; `heir_id` does in their place, if anybody in particular does."""

    client_id: uuid.UUID
    staff_id: uuid.UUID
    heir_id: uuid.UUID | None = None


def lost(work: Work, losses: Iterable[Loss], actor_id: uuid.UUID | None) -> int:
    """Give on what these people promised about these clients, and the visits they planned; how much it was.

    Whoever has the client in another way still, keeps it. It goes to the heir, else to whoever has the client, else to the supervisor.
    """
    work.session.flush()
    by_staff: defaultdict[uuid.UUID, dict[uuid.UUID, uuid.UUID | None]] = defaultdict(dict)
    for each in losses:
        by_staff[each.staff_id][each.client_id] = each.heir_id
    return sum(_lost_by(work, staff_id, clients, actor_id) for staff_id, clients in by_staff.items())


@audit.unaudited("where no cover ended there is nothing to give on; what is given on has its event")
def after_covers(work: Work) -> int:
    """Give on what is open with those whose cover is over, the last day of it having passed; how much it was."""
    today = work.now.date()
    ended = work.session.execute(
        select(Assignment.client_id, Assignment.staff_id).where(
            Assignment.workspace_id == work.workspace_id,
            Assignment.kind == AssignmentKind.COVERING,
            # A day more than by the clock of Greenwich, for those whose day is not over yet; `_lost_by` looks at their own.
            Assignment.until_on.between(today - _LOOKED_BACK, today),
        )
    ).all()
    owed = _owed_by(work, {staff_id for _, staff_id in ended})
    return lost(work, [Loss(*each) for each in ended if tuple(each) in owed], None)


def closed(work: Work, client_ids: Collection[uuid.UUID], actor_id: uuid.UUID | None) -> None:
    """Let nothing be owed any more about clients whom the agency does not serve: promises are dropped, visits to come cancelled."""
    for some in chunks(sorted(client_ids)):
        _close_some(work, some, actor_id)


def _close_some(work: Work, ids: Sequence[uuid.UUID], actor_id: uuid.UUID | None) -> None:
    promises = select(FollowUp).where(
        FollowUp.workspace_id == work.workspace_id,
        FollowUp.client_id.in_(ids),
        FollowUp.state == FollowUpState.OPEN,
    )
    for row in work.session.scalars(promises):
        row.state, row.drop_reason, row.closed_at = FollowUpState.DROPPED, DropReason.CLIENT_CLOSED, work.now
        audit.record(work, audit.Action.FOLLOW_UP_DROP, actor=actor_id, subject=("follow_up", row.id), rule=_RULE)
    for contact in work.session.scalars(_to_come(work).where(Contact.client_id.in_(ids))):
        contact.state, contact.reason = ContactState.CANCELLED, ContactReason.CLIENT_CLOSED
        audit.record(work, audit.Action.CONTACT_CANCEL, actor=actor_id, subject=("contact", contact.id), rule=_RULE)


def _lost_by(
    work: Work, staff_id: uuid.UUID, clients: dict[uuid.UUID, uuid.UUID | None], actor_id: uuid.UUID | None
) -> int:
    row = work.session.get_one(Staff, (work.workspace_id, staff_id))
    today = roster_rows.today(work, row.time_zone)
    running = (Assignment.from_on <= today, or_(Assignment.until_on.is_(None), Assignment.until_on >= today))
    mine = (Assignment.workspace_id == work.workspace_id, Assignment.staff_id == staff_id)
    kept = work.session.scalars(select(Assignment.client_id).where(*mine, Assignment.client_id.in_(clients), *running))
    gone = set(clients) - set(kept)
    contacts, promises = _open(work, staff_id, gone)
    if not contacts and not promises:
        return 0
    heirs = leaving.heirs_of(work, row, gone)
    named = {client_id: heir for client_id in gone if (heir := clients[client_id]) is not None}
    heirs = leaving.Heirs({**heirs.by_client, **named}, heirs.supervisor)
    given = [leaving.give_contact(work, row, each, heirs, actor_id) for each in contacts]
    return sum(given + [leaving.give_follow_up(work, each, heirs, actor_id) for each in promises])


def _open(
    work: Work, staff_id: uuid.UUID, client_ids: Collection[uuid.UUID]
) -> tuple[Sequence[Contact], Sequence[FollowUp]]:
    visits = _to_come(work).where(Contact.staff_id == staff_id, Contact.client_id.in_(client_ids))
    promises = select(FollowUp).where(
        FollowUp.workspace_id == work.workspace_id,
        FollowUp.owner_id == staff_id,
        FollowUp.client_id.in_(client_ids),
        FollowUp.state == FollowUpState.OPEN,
    )
    return work.session.scalars(visits).all(), work.session.scalars(promises).all()


def _owed_by(work: Work, staff_ids: Collection[uuid.UUID]) -> set[tuple[uuid.UUID, uuid.UUID]]:
    """Of which clients these people have something open: pairs of client and staff member."""
    if not staff_ids:
        return set()
    promises = select(FollowUp.client_id, FollowUp.owner_id).where(
        FollowUp.workspace_id == work.workspace_id,
        FollowUp.owner_id.in_(staff_ids),
        FollowUp.state == FollowUpState.OPEN,
    )
    found = {(client_id, owner_id) for client_id, owner_id in work.session.execute(promises)}
    visits = work.session.scalars(_to_come(work).where(Contact.staff_id.in_(staff_ids)))
    return found | {(each.client_id, each.staff_id) for each in visits if each.client_id is not None}


def _to_come(work: Work) -> Select[Contact]:
    return (
        select(Contact)
        .where(
            Contact.workspace_id == work.workspace_id,
            Contact.state == ContactState.PLANNED,
            Contact.ended_at > work.now,
        )
        .order_by(Contact.id)
    )
