"""Follow-ups: who may own one, opening the ones a note promises, counting what is due."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from models.base import new_id, new_reference
from models.clients import Assignment, AssignmentKind
from models.follow_ups import DropReason, FollowUp, FollowUpState, FollowUpText
from models.note_document import Promise
from models.staff import Staff, StaffState
from privacy.keys import RecordKey
from services import audit
from services.staff import Actor, profile_of
from services.work import Work

FOLLOW_UP = "follow_up"


@dataclass(frozen=True, slots=True)
class OwnerLine:
    """Someone else who may own a follow-up."""

    id: uuid.UUID
    ref: str
    label: str


@dataclass(frozen=True, slots=True)
class DueCounts:
    """How many open follow-ups an owner has. `this_week` does not count those of today."""

    today: int
    overdue: int
    this_week: int


def owners(work: Work, actor: Actor, client_id: uuid.UUID) -> tuple[OwnerLine, ...]:
    """Who may own a follow-up besides the author: the client's others, and the author's supervisor."""
    today = actor.today(work.now)
    colleagues = select(Assignment.staff_id).where(
        Assignment.workspace_id == work.workspace_id,
        Assignment.client_id == client_id,
        Assignment.kind.in_([AssignmentKind.PRIMARY, AssignmentKind.BACKUP]),
        Assignment.from_on <= today,
        or_(Assignment.until_on.is_(None), Assignment.until_on >= today),
    )
    rows = work.session.scalars(
        select(Staff)
        .where(Staff.workspace_id == work.workspace_id, Staff.state == StaffState.ACTIVE, Staff.id != actor.id)
        .where(or_(Staff.id.in_(colleagues), Staff.id == actor.supervisor_id))
        .order_by(Staff.id)
    )
    return tuple(
        OwnerLine(
            row.id,
            row.ref,
            f"{'Supervisor' if row.id == actor.supervisor_id else 'Colleague'}: {profile_of(work, row).name}",
        )
        for row in rows
    )


def open_for_note(
    work: Work, actor: Actor, client_id: uuid.UUID, note_id: uuid.UUID, key: RecordKey, promise: Promise
) -> None:
    """Open one follow-up that a note promises."""
    row_id = new_id()
    sealed = key.seal(FollowUpText(what=promise.what), work.cell(FOLLOW_UP, "text", row_id))
    work.session.add(
        FollowUp(
            workspace_id=work.workspace_id,
            id=row_id,
            ref=new_reference("F"),
            client_id=client_id,
            note_id=note_id,
            owner_id=promise.owner_id,
            due_on=promise.due_on,
            promised_on=promise.due_on,
            text=sealed,
            created_at=work.now,
        )
    )
    audit.record(work, audit.Action.FOLLOW_UP_OPEN, actor=actor.id, subject=(FOLLOW_UP, row_id), sealed=sealed)


def drop_for_note(work: Work, actor: Actor, note_id: uuid.UUID) -> None:
    """Drop what an earlier version of a note promised and its new version states anew."""
    rows = work.session.scalars(
        select(FollowUp).where(
            FollowUp.workspace_id == work.workspace_id,
            FollowUp.note_id == note_id,
            FollowUp.state == FollowUpState.OPEN,
        )
    )
    for row in rows:
        row.state = FollowUpState.DROPPED
        row.drop_reason = DropReason.NEW_VERSION
        row.closed_at = work.now
        audit.record(work, audit.Action.FOLLOW_UP_DROP, actor=actor.id, subject=(FOLLOW_UP, row.id), rule="new_version")


def due_counts(work: Work, actor: Actor) -> DueCounts:
    """The actor's open follow-ups by when they are due, on the actor's own day."""
    today = actor.today(work.now)
    week_ends = today + dt.timedelta(days=6 - today.weekday())
    rows = work.session.execute(
        select(FollowUp.due_on, func.count())
        .where(
            FollowUp.workspace_id == work.workspace_id,
            FollowUp.owner_id == actor.id,
            FollowUp.state == FollowUpState.OPEN,
            FollowUp.due_on <= week_ends,
        )
        .group_by(FollowUp.due_on)
    )
    counts = dict(rows.all())
    return DueCounts(
        today=counts.get(today, 0),
        overdue=sum(count for day, count in counts.items() if day < today),
        this_week=sum(count for day, count in counts.items() if day > today),
    )
