"""The ledger of reminders: which message is due to whom, claimed before it is sent, settled after.

Today it holds one rule, contacts without a note, at the three times of a person's working day.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from models.deliveries import Delivery, DeliveryState, Slot
from models.policy import Policy
from models.staff import Staff, StaffState
from services import audit, policies
from services.days import calendar_of
from services.hours import instant_of
from services.overview import Owed, owed
from services.staff import Actor, actor_of
from services.work import Work


@dataclass(frozen=True, slots=True)
class Due:
    """One message that is due to one person now."""

    actor: Actor
    local_on: dt.date
    slot: Slot


@dataclass(frozen=True, slots=True)
class Message:
    """A message that stands in Slack."""

    channel_id: str
    ts: str


def slot_at(actor: Actor, now: dt.datetime, policy: Policy) -> tuple[dt.date, Slot] | None:
    """The time of the working day that has come last, or None outside the working day.

    A message that could not be sent before the next time came is not sent late; the next one says the same.
    """
    calendar = calendar_of(policy, actor.zone)
    day = actor.today(now)
    if str(day.isoweekday()) not in actor.work_days or calendar.is_holiday(day):
        return None
    if now >= instant_of(day, actor.work_ends_minute, actor.zone):
        return None
    slots = calendar.slots(day, actor.work_starts_minute, actor.work_ends_minute, policy.daily_times)
    return next(((day, slot) for slot, at in reversed(slots) if now >= at), None)


def due(work: Work) -> list[Due]:
    """Everyone to whom a message is due now and has not been claimed yet."""
    return list(_unclaimed(work))


def claim(work: Work, each: Due) -> Owed | None:
    """Claim the message before it is sent, or None when nothing is owed any more.

    The row's key makes it happen once, whoever ticks: a second claim is a Conflict for its caller.
    """
    still = owed(work, each.actor)
    if not still.count:
        return None
    work.session.add(
        Delivery(
            workspace_id=work.workspace_id,
            receiver_id=each.actor.id,
            local_on=each.local_on,
            slot=each.slot,
            state=DeliveryState.SENDING,
            send_at=work.now,
            expires_at=work.now,
        )
    )
    work.session.flush()
    audit.record(work, audit.Action.REMINDER_SEND, actor=None, subject=("staff", each.actor.id), rule=each.slot.value)
    return still


def settle(work: Work, each: Due, state: DeliveryState, message: Message | None = None) -> None:
    """Write down what became of a claimed message."""
    row = _row(work, each.actor.id, each.local_on, each.slot)
    if row is None:
        return
    row.state = state
    if message is not None:
        row.channel_id, row.message_ts = message.channel_id, message.ts
    audit.record(work, audit.Action.REMINDER_SETTLE, actor=None, subject=("staff", each.actor.id), rule=state.value)


def answered(work: Work, actor: Actor) -> list[Message]:
    """The actor's messages of today that say nothing true any more, because everything is noted."""
    if owed(work, actor).count:
        return []
    rows = work.session.scalars(
        select(Delivery).where(
            Delivery.workspace_id == work.workspace_id,
            Delivery.receiver_id == actor.id,
            Delivery.local_on == actor.today(work.now),
            Delivery.state == DeliveryState.SENT,
        )
    )
    return [Message(row.channel_id, row.message_ts) for row in rows if row.channel_id and row.message_ts]


def _unclaimed(work: Work) -> Iterator[Due]:
    policy = policies.in_force(work)
    for actor in _reachable(work):
        slot = slot_at(actor, work.now, policy)
        if slot is not None and not _claimed(work, actor.id, *slot) and owed(work, actor).count:
            yield Due(actor, *slot)


def _reachable(work: Work) -> Iterator[Actor]:
    rows = work.session.scalars(
        select(Staff).where(
            Staff.workspace_id == work.workspace_id,
            Staff.state == StaffState.ACTIVE,
            Staff.slack_user_id.is_not(None),
        )
    )
    return (actor_of(work, row) for row in rows)


def _claimed(work: Work, staff_id: uuid.UUID, local_on: dt.date, slot: Slot) -> bool:
    return _row(work, staff_id, local_on, slot) is not None


def _row(work: Work, staff_id: uuid.UUID, local_on: dt.date, slot: Slot) -> Delivery | None:
    return work.session.scalar(
        select(Delivery).where(
            Delivery.workspace_id == work.workspace_id,
            Delivery.receiver_id == staff_id,
            Delivery.local_on == local_on,
            Delivery.slot == slot,
        )
    )
