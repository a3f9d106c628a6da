"""The ledger of messages: scheduled once, claimed with a lease, checked again, marked before the send, settled after it.

Here: the states of a delivery and who may change them when. Not here: what is owed (occurrences), what a message says
(letters) and sending it (reminders).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from models.chunks import chunks
from models.deliveries import DAILY, Delivery, DeliveryState, Slot
from models.occurrences import Occurrence, OccurrenceState
from models.policy import RuleName
from services import audit, occurrences, policies, rounds
from services.clocks import database_now
from services.open_items import OpenItem, Scene, scene_of
from services.parcels import Message, Parcel, carried_by, pack
from services.work import Work

LEASE: Final = dt.timedelta(seconds=60)
ATTEMPTS_MOST: Final = 5
CLAIMED_MOST: Final = 20
EVERY_SLOT: Final = tuple(Slot)
# A message that was sent is looked at again for this long, to say that all of it was done.
WATCHED: Final = dt.timedelta(days=2)
# Every message of the day counts these.
COUNTED: Final = frozenset({RuleName.UNNOTED_CONTACT, RuleName.UNSIGNED_DRAFT})
# A safety item is said again once when its message may be lost, and not again for as long as this.
LOST_WITHIN: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that one process holds until its lease ends, by the token that only it knows."""

    delivery_id: uuid.UUID
    token: uuid.UUID


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a parcel. `retry_after` is set only where Slack surely did not do it. Units: seconds."""

    state: DeliveryState
    message: Message | None = None
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A message all of whose things are done. `noted_only` says that it was about contacts without a note alone."""

    delivery_ids: tuple[uuid.UUID, ...]
    message: Message
    noted_only: bool


@audit.unaudited("nothing is sent yet; marking it as sending has an event of its own")
def claim(
    work: Work, slots: Collection[Slot] = EVERY_SLOT, most: int = CLAIMED_MOST, lease: dt.timedelta = LEASE
) -> list[Claim]:
    """Take deliveries for these slots that are due, for as long as the lease lasts. Two processes never hold the same one."""
    rows = work.session.scalars(
        select(Delivery)
        .where(
            Delivery.workspace_id == work.workspace_id,
            Delivery.state == DeliveryState.DUE,
            Delivery.slot.in_(slots),
            Delivery.send_at <= work.now,
            Delivery.expires_at > work.now,
        )
        # By its word the urgent slot comes last: what the message of the day carries needs none of its own.
        .order_by(Delivery.send_at, Delivery.slot, Delivery.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    until = database_now(work) + lease
    for row in rows:
        row.state = DeliveryState.CLAIMED
        row.token = uuid.uuid4()
        row.lease_until = until
        row.attempts += 1
    return [Claim(row.id, row.token) for row in rows if row.token is not None]


@audit.unaudited("nothing was sent")
def release(work: Work, claims: Collection[Claim]) -> None:
    """Let go of deliveries that were not begun, so that they are not counted as tried."""
    for claim in claims:
        row = _held(work, claim, DeliveryState.CLAIMED)
        if row is not None:
            row.state, row.lease_until = DeliveryState.DUE, None
            row.attempts -= 1


def begin(work: Work, claim: Claim) -> Parcel | None:
    """Check once more that it is owed, and mark it as sending. None when nothing is owed any more, or the lease has ended."""
    row = _held(work, claim, DeliveryState.CLAIMED)
    if row is None or row.lease_until is None or database_now(work) >= row.lease_until:
        return None
    parcel = pack(scene_of(work, policies.in_force(work)), row)
    row.state = DeliveryState.SENDING if parcel else DeliveryState.SUPPRESSED
    work.session.flush()
    rule = row.slot.value if parcel else "nothing_owed"
    audit.record(work, audit.Action.REMINDER_SEND, actor=None, subject=("delivery", row.id), rule=rule)
    return parcel


def settle(work: Work, claim: Claim, sent: Sent, reports: Collection[uuid.UUID] = ()) -> None:
    """Write down what became of a parcel. What Slack surely did not do is tried again while it may still be said.

    `reports` are the deliveries of which it told that they were lost or could not be made.
    """
    row = _held(work, claim, DeliveryState.SENDING, DeliveryState.UNKNOWN)
    if row is None or (row.state is DeliveryState.UNKNOWN and sent.state is not DeliveryState.SENT):
        # It was given up as lost meanwhile, and what it carried was settled with it: it stays so, and is told of.
        return
    row.state = sent.state
    row.lease_until = None
    if sent.message is not None:
        row.channel_id, row.message_ts, row.sent_at = sent.message.channel_id, sent.message.ts, work.now
    carried = carried_by(work, row)
    if sent.retry_after is not None and row.attempts < ATTEMPTS_MOST:
        row.state = DeliveryState.DUE
        row.send_at = work.now + dt.timedelta(seconds=max(1, sent.retry_after))
        for each in carried:
            each.delivery_id = None
    elif sent.state is DeliveryState.FAILED:
        for each in carried:
            each.state = OccurrenceState.FAILED
    else:
        _told(work, row, carried)
    if row.state is DeliveryState.SENT:
        for each in _rows(work, reports):
            each.reported_at = work.now
    audit.record(work, audit.Action.REMINDER_SETTLE, actor=None, subject=("delivery", row.id), rule=row.state.value)


@audit.unaudited("part of planning; whatever is sent of it has an event of its own")
def recover(work: Work) -> Counter[DeliveryState]:
    """Free what a process claimed and never sent, and call unknown what may have been on its way when it stopped; how many became what."""
    now, became = database_now(work), Counter[DeliveryState]()
    stalled = work.session.scalars(
        select(Delivery)
        .where(
            Delivery.workspace_id == work.workspace_id,
            Delivery.state.in_((DeliveryState.CLAIMED, DeliveryState.SENDING)),
            Delivery.lease_until < now,
        )
        .with_for_update(skip_locked=True)
    )
    for row in stalled:
        row.lease_until = None
        if row.state is DeliveryState.SENDING:
            row.state = DeliveryState.UNKNOWN
            _told(work, row, carried_by(work, row))
        elif row.attempts >= ATTEMPTS_MOST:
            row.state = DeliveryState.FAILED
        else:
            row.state = DeliveryState.DUE
        became[row.state] += 1
    return became


def finished(scene: Scene, items: Sequence[OpenItem], receiver_id: uuid.UUID | None = None) -> list[Done]:
    """The messages that stand in Slack and tell of nothing that is still open."""
    newest: dict[tuple[str, str], Delivery] = {}
    ids: dict[tuple[str, str], set[uuid.UUID]] = {}
    told: dict[uuid.UUID, set[tuple[RuleName, uuid.UUID]]] = {}
    for delivery, things in _standing(scene.work, receiver_id):
        place = (delivery.channel_id or "", delivery.message_ts or "")
        # What took the place of an older text is all that the message says now.
        newest[place] = delivery
        ids.setdefault(place, set()).add(delivery.id)
        told[delivery.id] = {(rule, subject_id) for rule, subject_id in things if rule not in occurrences.ROUNDS}
    open_now, counted = {(item.rule, item.subject_id) for item in items}, _counted(scene, items)
    return [
        Done(tuple(ids[place]), Message(*place), _noted_only(told[row.id]))
        for place, row in newest.items()
        # The end of a day may come for its counts alone; another message without things of its own is only a plan.
        if (told[row.id] or row.slot is Slot.END)
        and not told[row.id] & open_now
        and row.receiver_id not in counted.get(row.slot, frozenset())
    ]


def _standing(work: Work, receiver_id: uuid.UUID | None) -> Iterator[tuple[Delivery, set[tuple[RuleName, uuid.UUID]]]]:
    """The messages that were sent lately and do not say yet that all is done, each with what it told of; the newest last."""
    rows = work.session.scalars(
        select(Delivery)
        .where(
            Delivery.workspace_id == work.workspace_id,
            Delivery.state == DeliveryState.SENT,
            Delivery.done_at.is_(None),
            Delivery.slot.in_((*DAILY, Slot.URGENT)),
            Delivery.sent_at > work.now - WATCHED,
            Delivery.message_ts.is_not(None),
            *(() if receiver_id is None else (Delivery.receiver_id == receiver_id,)),
        )
        .order_by(Delivery.sent_at, Delivery.id)
    ).all()
    told = _told_by(work, [row.id for row in rows])
    # One that carried nothing that was told says nothing that could be done.
    return ((row, told[row.id]) for row in rows if row.id in told)


def _told_by(work: Work, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, set[tuple[RuleName, uuid.UUID]]]:
    """What each of these messages told of.

    They are named one by one, and the state is judged here: PostgreSQL, not yet told how much stands in the table, joins by
    the state and reads all that was ever told once for each message.
    """
    told: dict[uuid.UUID, set[tuple[RuleName, uuid.UUID]]] = defaultdict(set)
    for some in chunks(ids):
        rows = work.session.execute(
            select(Occurrence.delivery_id, Occurrence.rule, Occurrence.subject_id, Occurrence.state).where(
                Occurrence.workspace_id == work.workspace_id,
                Occurrence.delivery_id.in_(some),
            )
        )
        for delivery_id, rule, subject_id, state in rows:
            if delivery_id is not None and state is OccurrenceState.TOLD:
                told[delivery_id].add((rule, subject_id))
    return told


def _counted(scene: Scene, items: Sequence[OpenItem]) -> Mapping[Slot, AbstractSet[uuid.UUID]]:
    """Of whom a message of each time of the day counts something, also what it did not come for: then not all is done."""
    notes = {item.owner_id for item in items if item.rule in COUNTED}
    plan = {item.owner_id for item in items if rounds.asks_today(scene, item)} | set(rounds.planned_today(scene))
    return {Slot.START: notes | plan, Slot.MIDDLE: notes, Slot.END: notes}


def mark_done(work: Work, done: Done) -> None:
    """Remember that a message says that all is done."""
    for row in _rows(work, done.delivery_ids):
        row.done_at = work.now
        audit.record(work, audit.Action.REMINDER_SETTLE, actor=None, subject=("delivery", row.id), rule="done")


def answer(work: Work, receiver_id: uuid.UUID, message_ts: str) -> bool:
    """Remember that a button in a message was pressed: the next one is a new message. Whether that was new."""
    rows = work.session.scalars(
        select(Delivery).where(
            Delivery.workspace_id == work.workspace_id,
            Delivery.receiver_id == receiver_id,
            Delivery.message_ts == message_ts,
            Delivery.answered_at.is_(None),
        )
    ).all()
    for row in rows:
        row.answered_at = work.now
        audit.record(work, audit.Action.REMINDER_ANSWER, actor=receiver_id, subject=("delivery", row.id))
    return bool(rows)


def _held(work: Work, claim: Claim, *states: DeliveryState) -> Delivery | None:
    """The delivery, locked, while it is this claim's and in one of these states."""
    return work.session.scalar(
        select(Delivery)
        .where(
            Delivery.workspace_id == work.workspace_id,
            Delivery.id == claim.delivery_id,
            Delivery.token == claim.token,
            Delivery.state.in_(states),
        )
        .with_for_update()
    )


def _rows(work: Work, ids: Iterable[uuid.UUID]) -> Sequence[Delivery]:
    return work.session.scalars(
        select(Delivery).where(Delivery.workspace_id == work.workspace_id, Delivery.id.in_(tuple(ids)))
    ).all()


def _told(work: Work, row: Delivery, carried: Sequence[Occurrence]) -> None:
    """Settle what a message carried. A safety item whose message may be lost is said once more, and only once."""
    again = row.slot is Slot.URGENT and row.state is DeliveryState.UNKNOWN and not _lost_before(work, row)
    for each in carried:
        if again and each.rule is RuleName.SAFETY_FOLLOW_UP:
            each.delivery_id = None
        else:
            each.state = OccurrenceState.TOLD


def _lost_before(work: Work, row: Delivery) -> bool:
    return bool(
        work.session.scalar(
            select(Delivery.id)
            .where(
                Delivery.workspace_id == work.workspace_id,
                Delivery.receiver_id == row.receiver_id,
                Delivery.slot == Slot.URGENT,
                Delivery.state == DeliveryState.UNKNOWN,
                Delivery.id != row.id,
                Delivery.send_at > row.send_at - LOST_WITHIN,
            )
            .limit(1)
        )
    )


def _noted_only(things: set[tuple[RuleName, uuid.UUID]]) -> bool:
    return {rule for rule, _ in things} <= {RuleName.UNNOTED_CONTACT, RuleName.NOTE_DEADLINE}
