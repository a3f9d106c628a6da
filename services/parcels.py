"""Parcels: what one message carries, checked once more just before it is sent, and the counts it tells."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import and_, or_, select

from models.deliveries import DAILY, Delivery, DeliveryState, Slot
from models.occurrences import Occurrence, OccurrenceState
from models.policy import RuleName
from services import alarms, digests, letters, occurrences, open_items, rounds, snoozes
from services.alarms import OPENED, Alarm
from services.crew import Member
from services.digests import Digest
from services.firings import AT_ONCE, is_of_owner, is_only_at_start, supervisor_of
from services.letters import Reader
from services.open_items import Scene
from services.tidings import Letter
from services.work import Work


@dataclass(frozen=True, slots=True)
class Message:
    """A message that stands in Slack."""

    channel_id: str
    ts: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be sent: to whom, what it says, and the unanswered message of today that it takes the place of.

    `reports` are the messages that were lost or could not be delivered, and of which it tells.
    """

    address: str
    content: Letter | Digest | Alarm
    replaces: Message | None = None
    reports: tuple[uuid.UUID, ...] = ()


def pack(scene: Scene, row: Delivery) -> Parcel | None:
    """What is sent, once what is not owed any more is put aside; None when nothing is left to say.

    What it carries is marked as carried by this delivery.
    """
    if row.slot is not Slot.DIGEST and not _may_be_told(scene, row):
        # What is owed is left to the next message of theirs.
        return None
    carried = _carry(scene, row)
    parcel = _pack(scene, row, carried) if carried else None
    for each in carried:
        each.delivery_id = row.id
        if parcel is None:
            each.state = OccurrenceState.SUPPRESSED
    scene.work.session.flush()
    return parcel


def carried_by(work: Work, row: Delivery) -> Sequence[Occurrence]:
    """The occurrences that a delivery carries and that are not settled yet."""
    return work.session.scalars(
        select(Occurrence).where(
            Occurrence.workspace_id == work.workspace_id,
            Occurrence.delivery_id == row.id,
            Occurrence.state == OccurrenceState.DUE,
        )
    ).all()


def _pack(scene: Scene, row: Delivery, carried: Sequence[Occurrence]) -> Parcel | None:
    if row.slot is Slot.DIGEST:
        digest = digests.compose(scene, row.receiver_id)
        return Parcel(digest.channel_id, digest) if digest else None
    member = scene.crew[row.receiver_id]
    if row.slot is Slot.EMERGENCY:
        alarm = alarms.compose(scene, member, [each.subject_id for each in carried])
        return Parcel(member.slack_user_id, alarm) if alarm.opened else None
    items = open_items.find(scene, letters.owners_for(scene, member, (each.step for each in carried)))
    covers = open_items.covers(scene)
    owed: list[Occurrence] = []
    for occurrence, is_owed in occurrences.still_owed(scene, member, carried, items, covers):
        if is_owed:
            owed.append(occurrence)
        else:
            occurrence.state = OccurrenceState.SUPPRESSED
    if not owed:
        return None
    reader = Reader.of(member, row.slot, owed)
    letter = letters.compose(scene, reader, items, covers, occurrences.put_off_by(scene, member))
    lost = _lost(scene.work, row)
    letter = replace(letter, lost=len(lost), may_wait=_may_wait(scene, member, row, owed))
    if not letter.says_something:
        return None
    failed = _failed(scene, member) if row.slot is Slot.START else ()
    return Parcel(member.slack_user_id, letter, _replaces(scene.work, row), (*lost, *failed))


def _carry(scene: Scene, row: Delivery) -> list[Occurrence]:
    """The occurrences that this delivery carries: those due by now that nothing else carries."""
    at_once = Occurrence.rule.in_(AT_ONCE)
    if row.slot is Slot.URGENT:
        kinds = at_once
    elif row.slot is Slot.DIGEST:
        kinds = Occurrence.rule == RuleName.TEAM_DIGEST
    elif row.slot is Slot.EMERGENCY:
        kinds = Occurrence.step == OPENED
    else:
        kinds = and_(or_(~at_once, Occurrence.rule == RuleName.RETURNED_NOTE), Occurrence.step != OPENED)
    found = scene.work.session.scalars(
        select(Occurrence)
        .where(
            Occurrence.workspace_id == scene.work.workspace_id,
            Occurrence.receiver_id == row.receiver_id,
            Occurrence.state == OccurrenceState.DUE,
            Occurrence.due_at <= scene.now,
            Occurrence.delivery_id.is_(None),
            kinds,
        )
        .with_for_update()
    )
    at_any_time = row.slot in (Slot.START, Slot.EMERGENCY)
    return [each for each in found if at_any_time or not is_only_at_start(each.rule, each.step)]


def _may_be_told(scene: Scene, row: Delivery) -> bool:
    """Whether the receiver still works here, can be reached, and works now, unless it is told at any hour."""
    member = scene.crew.get(row.receiver_id)
    if member is None or not member.slack_user_id:
        return False
    return row.slot is Slot.EMERGENCY or member.is_working(scene.now)


def _may_wait(scene: Scene, member: Member, row: Delivery, owed: Sequence[Occurrence]) -> bool:
    """Whether *Later* is offered: for what is one's own and not urgent, and not too often."""
    things = [each.subject_id for each in owed if each.rule not in occurrences.ROUNDS and is_of_owner(each.step)]
    if row.slot not in DAILY or not things:
        return False
    return snoozes.times_put_off(scene.work, member.id, things) < scene.policy.snooze.most


def _lost(work: Work, row: Delivery) -> Sequence[uuid.UUID]:
    """The earlier messages to this receiver that may not have arrived, as far as nobody said so yet."""
    if row.slot not in DAILY:
        return ()
    return work.session.scalars(
        select(Delivery.id).where(
            Delivery.workspace_id == work.workspace_id,
            Delivery.receiver_id == row.receiver_id,
            Delivery.state == DeliveryState.UNKNOWN,
            Delivery.reported_at.is_(None),
        )
    ).all()


def _failed(scene: Scene, supervisor: Member) -> list[uuid.UUID]:
    """The messages to this person's staff that could not be delivered."""
    return [
        delivery_id
        for delivery_id, receiver_id in rounds.undelivered(scene).items()
        if receiver_id in scene.crew and supervisor_of(scene, receiver_id) is supervisor
    ]


def _replaces(work: Work, row: Delivery) -> Message | None:
    """The message of today that stands there unanswered; at the start of a day there is always a new one."""
    if row.slot not in (Slot.MIDDLE, Slot.END):
        return None
    before = work.session.scalar(
        select(Delivery)
        .where(
            Delivery.workspace_id == work.workspace_id,
            Delivery.receiver_id == row.receiver_id,
            Delivery.local_on == row.local_on,
            Delivery.slot.in_(DAILY),
            Delivery.state == DeliveryState.SENT,
            Delivery.answered_at.is_(None),
            Delivery.done_at.is_(None),
            Delivery.message_ts.is_not(None),
        )
        .order_by(Delivery.sent_at.desc())
        .limit(1)
    )
    if before is None or before.channel_id is None or before.message_ts is None:
        return None
    return Message(before.channel_id, before.message_ts)
