"""Follow-ups: who may own one, opening the ones a note promises, and what becomes of each.

Here: changes and counts. Not here: the lists that show whom they are about (follow_up_lists).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from models.base import blank, new_id, new_reference
from models.clients import AssignmentKind
from models.follow_ups import DropReason, FollowUp, FollowUpOutcome, FollowUpState, FollowUpText, ReferralOutcome
from models.note_document import Promise
from models.notes import Note
from models.staff import Staff, StaffState
from privacy.grants import Purpose, system_grant
from privacy.keys import RecordKey
from privacy.phi import Phi
from services import access, audit, clients
from services.decisions import Deed
from services.refusals import FieldRefused, FollowUpClosed, NotFound
from services.staff import Actor, profile_of
from services.work import Work

FOLLOW_UP = "follow_up"
OUTCOME = "follow_up_outcome"
# Why a person may drop one; the other reasons are Noted's own.
DROP_REASONS = (
    DropReason.NOT_NEEDED,
    DropReason.CLIENT_DECLINED,
    DropReason.DONE_BY_OTHERS,
    DropReason.MISTAKE,
)


@dataclass(frozen=True, slots=True)
class OwnerLine:
    """Someone else who may own a follow-up."""

    id: uuid.UUID
    ref: str
    label: str


@dataclass(frozen=True, slots=True)
class DueCounts:
    """How many open follow-ups an owner has. `this_week` does not count those of today, `later` those of this week."""

    today: int
    overdue: int
    this_week: int
    later: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """What follows a follow-up that is done: whether a note about its client may be written, and what became of a referral."""

    may_write: bool
    referral: ReferralOutcome | None = None


def owners(work: Work, actor: Actor, client_id: uuid.UUID) -> tuple[OwnerLine, ...]:
    """Who may own a follow-up besides the author: the client's others, and the author's supervisor."""
    colleagues = access.who_has(work, client_id, actor.today(work.now), (AssignmentKind.PRIMARY, AssignmentKind.BACKUP))
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
    _open_new(work, actor, _promised(work, client_id, key, promise, note_id=note_id))


def open_for_contact(
    work: Work, actor: Actor, client_id: uuid.UUID, contact_id: uuid.UUID, key: RecordKey, promise: Promise
) -> None:
    """Open the follow-up of an attempt: to try again."""
    _open_new(work, actor, _promised(work, client_id, key, promise, contact_id=contact_id))


def restate(
    work: Work, actor: Actor, note: Note, key: RecordKey, before: Sequence[Promise], now: Sequence[Promise]
) -> None:
    """Let a note's follow-ups follow its new version: what it promises anew is opened, what it promises no more is dropped.

    What both versions promise, of the same person by the same day, goes on as it is: moved, given to somebody else, or done meanwhile.
    """
    stays = Counter(map(_said, before)) & Counter(map(_said, now))
    _drop_promised(work, actor, note, key, _beyond(before, stays))
    for promise in _beyond(now, stays):
        open_for_note(work, actor, note.client_id, note.id, key, promise)


def _said(promise: Promise) -> tuple[str, uuid.UUID, dt.date]:
    return promise.what.reveal(system_grant(Purpose.MATCH)), promise.owner_id, promise.due_on


def _beyond(promises: Sequence[Promise], stays: Counter[tuple[str, uuid.UUID, dt.date]]) -> list[Promise]:
    """The promises that are not among those that stay."""
    left = Counter(stays)
    found: list[Promise] = []
    for promise in promises:
        said = _said(promise)
        if left[said]:
            left[said] -= 1
        else:
            found.append(promise)
    return found


def _drop_promised(work: Work, actor: Actor, note: Note, key: RecordKey, gone: Sequence[Promise]) -> None:
    """Drop what is still open of these promises. Each is found again by its words and the day that was promised first."""
    grant = system_grant(Purpose.MATCH)
    wanted = Counter((each.what.reveal(grant), each.due_on) for each in gone)
    rows = work.session.scalars(
        select(FollowUp)
        .where(
            FollowUp.workspace_id == work.workspace_id,
            FollowUp.note_id == note.id,
            FollowUp.state == FollowUpState.OPEN,
        )
        .order_by(FollowUp.id)
    )
    for row in rows.all():
        text = key.open(FollowUpText, row.text, work.cell(FOLLOW_UP, "text", row.id))
        promised = (text.what.reveal(grant), row.promised_on)
        if not wanted[promised]:
            continue
        wanted[promised] -= 1
        row.state = FollowUpState.DROPPED
        row.drop_reason = DropReason.NEW_VERSION
        row.closed_at = work.now
        audit.record(work, audit.Action.FOLLOW_UP_DROP, actor=actor.id, subject=(FOLLOW_UP, row.id), rule="new_version")


def finish(
    work: Work, actor: Actor, ref: str, words: Phi[str] | None, referral: ReferralOutcome | None = None
) -> Finished:
    """Close a follow-up as done, with what came of it, and of a referral also what became of that; done twice is done once.

    Errors: NotFound; FollowUpClosed when it was dropped; FieldRefused for a referral of which nothing is said.
    """
    row = reachable(work, actor, ref)
    require_client(work, actor, row)
    if row.state is FollowUpState.DROPPED:
        raise FollowUpClosed
    if row.state is FollowUpState.OPEN:
        if referral is None and text_of(work, row).referral:
            raise FieldRefused("referral", "choose")
        _close(work, row, FollowUpState.DONE, words, referral)
        _record(work, actor, audit.Action.FOLLOW_UP_FINISH, row)
    return Finished(may_write=may_write(work, actor, row), referral=outcome_of(work, row).referral)


def reschedule(work: Work, actor: Actor, ref: str, due_on: dt.date) -> None:
    """Put a follow-up off to another day, or bring it forward. The day that was promised first stays known.

    Errors: NotFound, FollowUpClosed.
    """
    row = _open(work, actor, ref)
    require_client(work, actor, row)
    if row.due_on != due_on:
        row.due_on = due_on
        _record(work, actor, audit.Action.FOLLOW_UP_MOVE, row)


def hand_over(work: Work, actor: Actor, ref: str, owner_ref: str) -> None:
    """Give a follow-up to someone else who may own it.

    Errors: NotFound, FollowUpClosed; FieldRefused for somebody who may not.
    """
    row = _open(work, actor, ref)
    receivers = {each.ref: each.id for each in owners(work, actor, row.client_id)}
    if owner_ref not in receivers:
        raise FieldRefused("owner", "choose")
    if row.owner_id != receivers[owner_ref]:
        row.owner_id = receivers[owner_ref]
        _record(work, actor, audit.Action.FOLLOW_UP_HAND_OVER, row)


def drop(work: Work, actor: Actor, ref: str, reason: DropReason, words: Phi[str] | None) -> None:
    """Close a follow-up that is not needed any more; dropped twice is dropped once.

    Errors: NotFound; FollowUpClosed when it was done; FieldRefused for a reason that is not a person's to give.
    """
    if reason not in DROP_REASONS:
        raise FieldRefused("reason", "choose")
    row = reachable(work, actor, ref)
    if row.state is FollowUpState.DONE:
        raise FollowUpClosed
    if row.state is FollowUpState.OPEN:
        row.drop_reason = reason
        _close(work, row, FollowUpState.DROPPED, words)
        _record(work, actor, audit.Action.FOLLOW_UP_DROP, row, rule=reason.value)


def reachable(work: Work, actor: Actor, ref: str) -> FollowUp:
    """The follow-up with this reference, locked: the actor's own, or one about a client whose follow-ups the actor may change.

    One's own about somebody who is not one's client any more can only be given away or dropped; nobody's name stands there.
    Errors: NotFound, also for one that is not the actor's to see.
    """
    row = work.session.scalar(
        select(FollowUp).where(FollowUp.workspace_id == work.workspace_id, FollowUp.ref == ref).with_for_update()
    )
    if row is None or (row.owner_id != actor.id and not _may_change(work, actor, row)):
        raise NotFound
    return row


def require_client(work: Work, actor: Actor, row: FollowUp) -> None:
    """Stop whoever owns a follow-up about somebody who is not their client any more.

    Errors: NotFound.
    """
    if not _may_change(work, actor, row):
        raise NotFound


def may_write(work: Work, actor: Actor, row: FollowUp) -> bool:
    """Whether the actor may write a note about the client of a follow-up."""
    return access.client_by_id(work, actor, row.client_id, Deed.NOTE_WRITE) is not None


def text_of(work: Work, row: FollowUp) -> FollowUpText:
    """What was promised; whoever calls this has checked access."""
    key = clients.key_of(work, row.client_id)
    return key.open(FollowUpText, row.text, work.cell(FOLLOW_UP, "text", row.id))


def outcome_of(work: Work, row: FollowUp) -> FollowUpOutcome:
    """What came of it, as far as anything was said; whoever calls this has checked access."""
    if row.outcome is None:
        return FollowUpOutcome()
    key = clients.key_of(work, row.client_id)
    return key.open(FollowUpOutcome, row.outcome, work.cell(FOLLOW_UP, "outcome", row.id))


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
        )
        .group_by(FollowUp.due_on)
    )
    counts = dict(rows.all())
    return DueCounts(
        today=counts.get(today, 0),
        overdue=sum(count for day, count in counts.items() if day < today),
        this_week=sum(count for day, count in counts.items() if today < day <= week_ends),
        later=sum(count for day, count in counts.items() if day > week_ends),
    )


def _open(work: Work, actor: Actor, ref: str) -> FollowUp:
    row = reachable(work, actor, ref)
    if row.state is not FollowUpState.OPEN:
        raise FollowUpClosed
    return row


def _may_change(work: Work, actor: Actor, row: FollowUp) -> bool:
    return access.client_by_id(work, actor, row.client_id, Deed.FOLLOW_UP_CHANGE) is not None


def _close(
    work: Work,
    row: FollowUp,
    state: FollowUpState,
    words: Phi[str] | None,
    referral: ReferralOutcome | None = None,
) -> None:
    row.state = state
    row.closed_at = work.now
    if words is not None or referral is not None:
        outcome = FollowUpOutcome(words=words if words is not None else blank(), referral=referral)
        row.outcome = clients.key_of(work, row.client_id).seal(outcome, work.cell(FOLLOW_UP, "outcome", row.id))


def _record(work: Work, actor: Actor, action: audit.Action, row: FollowUp, rule: str = "") -> None:
    """The event of a change; one that wrote what came of it commits to those words, not to the promise."""
    kind = OUTCOME if row.outcome is not None else FOLLOW_UP
    audit.record(work, action, actor=actor.id, subject=(kind, row.id), sealed=row.outcome, rule=rule)


def _promised(
    work: Work,
    client_id: uuid.UUID,
    key: RecordKey,
    promise: Promise,
    *,
    note_id: uuid.UUID | None = None,
    contact_id: uuid.UUID | None = None,
) -> FollowUp:
    row_id = new_id()
    return FollowUp(
        workspace_id=work.workspace_id,
        id=row_id,
        ref=new_reference("F"),
        client_id=client_id,
        note_id=note_id,
        contact_id=contact_id,
        owner_id=promise.owner_id,
        due_on=promise.due_on,
        promised_on=promise.due_on,
        text=key.seal(FollowUpText(what=promise.what, referral=promise.referral), work.cell(FOLLOW_UP, "text", row_id)),
        created_at=work.now,
    )


def _open_new(work: Work, actor: Actor, row: FollowUp) -> None:
    work.session.add(row)
    audit.record(work, audit.Action.FOLLOW_UP_OPEN, actor=actor.id, subject=(FOLLOW_UP, row.id), sealed=row.text)
