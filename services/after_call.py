"""The message after a call: which calls it speaks of, when a new one is sent, and when there is nothing left to say.

Here: the ledger row, written before the send, and what its message has to say. Not here: words (views.calls), Slack
(reminders.after_call), calls themselves (calls). One message per staff member is drawn again while nobody has answered it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select

from models.calls import PhoneCall
from models.contacts import Contact, ContactKind, ContactReason, ContactState
from models.deliveries import Delivery, DeliveryState, Slot
from models.staff import Staff, StaffState
from services import audit, contacts
from services.deliveries import database_now
from services.refusals import NotFound
from services.staff import Actor
from services.work import Work

# What nobody was told of within this time stands in the day's next message.
FRESH: Final = dt.timedelta(hours=1)
# A process that stopped while sending is noticed after this: what it sent is *unknown* then.
LEASE: Final = dt.timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call that waits for its note. Units: `minutes` is None where nobody answered or the length is not known."""

    ref: str
    answered: bool
    minutes: int | None
    age: dt.timedelta


@dataclass(frozen=True, slots=True)
class Standing:
    """A message of one person's, where it stands if it was sent already, and what it has to say, oldest call first.

    Without calls it says its last: `dismissed` where no client was meant, else that all is noted.
    """

    delivery_id: uuid.UUID
    slack_user_id: str
    channel_id: str | None
    message_ts: str | None
    calls: tuple[CallLine, ...]
    dismissed: bool = False


def claim(work: Work, staff_id: uuid.UUID) -> Standing | None:
    """The message that has to speak of this person's new calls: the one that stands unanswered, or a new one.

    None where there is nothing new, or the person is away, has left, or wants no message. A new one is in the ledger as
    *sending* before it is sent; its caller settles it.
    Errors: Conflict when another process claims one at this moment.
    """
    member = work.session.get(Staff, (work.workspace_id, staff_id))
    if member is None or not _wants(work, member):
        return None
    told_since = work.now - FRESH
    new = work.session.scalars(
        select(PhoneCall)
        .join(Contact, (Contact.workspace_id == PhoneCall.workspace_id) & (Contact.id == PhoneCall.contact_id))
        .where(
            PhoneCall.workspace_id == work.workspace_id,
            PhoneCall.delivery_id.is_(None),
            PhoneCall.received_at >= told_since,
            Contact.staff_id == staff_id,
            Contact.state == ContactState.UNNOTED,
        )
    ).all()
    if not new:
        return None
    delivery = _unanswered(work, staff_id) or _begin(work, member)
    for call in new:
        call.delivery_id = delivery.id
    work.session.flush()
    audit.record(work, audit.Action.REMINDER_SEND, actor=None, subject=("staff", staff_id), rule=delivery.slot.value)
    return _standing(work, delivery, member.slack_user_id or "")


def settle(
    work: Work, delivery_id: uuid.UUID, state: DeliveryState, channel_id: str | None, message_ts: str | None
) -> None:
    """Write down what became of a message that was claimed as new."""
    row = work.session.get_one(Delivery, (work.workspace_id, delivery_id))
    row.state, row.channel_id, row.message_ts = state, channel_id, message_ts
    row.lease_until = None
    row.sent_at = work.now if state is DeliveryState.SENT else None
    audit.record(work, audit.Action.REMINDER_SETTLE, actor=None, subject=("staff", row.receiver_id), rule=state.value)


def settled(work: Work, actor: Actor) -> list[Standing]:
    """The actor's messages that say more than is true: of some of their calls, or of all, something came elsewhere."""
    rows = work.session.scalars(_sent(work, actor.id).where(Delivery.done_at.is_(None)))
    found = [_standing(work, row, actor.slack_user_id) for row in rows]
    return [each for each in found if len(each.calls) < len(_calls(work, each.delivery_id))]


def close(work: Work, actor: Actor, delivery_ids: Iterable[uuid.UUID]) -> None:
    """Remember that these messages of the actor's said their last."""
    rows = work.session.scalars(_sent(work, actor.id).where(Delivery.id.in_(tuple(delivery_ids))))
    for row in rows:
        row.done_at = row.answered_at = work.now
        _record_answer(work, actor, "done")


def press(work: Work, actor: Actor, ref: str) -> None:
    """Remember that the actor answered the message that speaks of this call: the next call gets a new one."""
    delivery = _delivery_of(work, actor, ref)
    if delivery is not None and delivery.answered_at is None:
        delivery.answered_at = work.now
        _record_answer(work, actor, "answered")


def dismiss(work: Work, actor: Actor, ref: str) -> None:
    """Put away the calls of a message up to this one, the newest that the person saw there, as no client's contacts.

    What was noted meanwhile stays noted; pressed again, nothing changes.
    Errors: NotFound when the call is not in a message to this actor.
    """
    delivery = _delivery_of(work, actor, ref)
    if delivery is None:
        raise NotFound
    delivery.answered_at = delivery.answered_at or work.now
    calls = _calls(work, delivery.id)
    seen = next(number for number, contact in enumerate(calls, start=1) if contact.ref == ref)
    for contact in calls[:seen]:
        if _waits(contact, actor.id):
            contacts.cancel(work, actor, contact.ref, ContactReason.NOT_A_CLIENT)
    _record_answer(work, actor, "answered")


def _wants(work: Work, member: Staff) -> bool:
    """Whether this person is here today and wants to be told after a call."""
    if member.state is not StaffState.ACTIVE or not member.slack_user_id or not member.after_call:
        return False
    day = _today(work, member)
    return member.away_from is None or not member.away_from <= day <= (member.away_until or dt.date.max)


def _today(work: Work, member: Staff) -> dt.date:
    return work.now.astimezone(ZoneInfo(member.time_zone)).date()


def _waits(contact: Contact, receiver_id: uuid.UUID) -> bool:
    """Whether this call still waits for its note, and for this person's: it may have been given to a colleague."""
    return contact.state is ContactState.UNNOTED and contact.staff_id == receiver_id


def _unanswered(work: Work, staff_id: uuid.UUID) -> Delivery | None:
    """The newest message, if it stands in Slack, nobody pressed anything in it, and one of its calls still waits."""
    row = work.session.scalar(_sent(work, staff_id).order_by(Delivery.sent_at.desc()).limit(1))
    if row is None or row.answered_at is not None or row.done_at is not None:
        return None
    return row if any(_waits(each, staff_id) for each in _calls(work, row.id)) else None


def _begin(work: Work, member: Staff) -> Delivery:
    day = _today(work, member)
    number = work.session.scalar(
        select(func.max(Delivery.number)).where(
            Delivery.workspace_id == work.workspace_id,
            Delivery.receiver_id == member.id,
            Delivery.local_on == day,
            Delivery.slot == Slot.CALL,
        )
    )
    row = Delivery(
        workspace_id=work.workspace_id,
        receiver_id=member.id,
        local_on=day,
        slot=Slot.CALL,
        number=0 if number is None else number + 1,
        state=DeliveryState.SENDING,
        send_at=work.now,
        expires_at=work.now + FRESH,
        attempts=1,
        lease_until=database_now(work) + LEASE,
    )
    work.session.add(row)
    work.session.flush()
    return row


def _sent(work: Work, staff_id: uuid.UUID) -> Select[Delivery]:
    return select(Delivery).where(
        Delivery.workspace_id == work.workspace_id,
        Delivery.receiver_id == staff_id,
        Delivery.slot == Slot.CALL,
        Delivery.state == DeliveryState.SENT,
    )


def _calls(work: Work, delivery_id: uuid.UUID) -> list[Contact]:
    """The contacts of a message's calls, in the order in which they were told."""
    return list(
        work.session.scalars(
            select(Contact)
            .join(PhoneCall, (PhoneCall.workspace_id == Contact.workspace_id) & (PhoneCall.contact_id == Contact.id))
            .where(PhoneCall.workspace_id == work.workspace_id, PhoneCall.delivery_id == delivery_id)
            .order_by(PhoneCall.received_at, PhoneCall.id)
        )
    )


def _standing(work: Work, row: Delivery, slack_user_id: str) -> Standing:
    contacts = _calls(work, row.id)
    waiting = tuple(
        CallLine(each.ref, each.kind is not ContactKind.ATTEMPT, each.minutes, work.now - each.ended_at)
        for each in contacts
        if _waits(each, row.receiver_id)
    )
    dismissed = all(each.reason is ContactReason.NOT_A_CLIENT for each in contacts)
    return Standing(row.id, slack_user_id, row.channel_id, row.message_ts, waiting, dismissed)


def _delivery_of(work: Work, actor: Actor, ref: str) -> Delivery | None:
    return work.session.scalar(
        select(Delivery)
        .join(PhoneCall, (PhoneCall.workspace_id == Delivery.workspace_id) & (PhoneCall.delivery_id == Delivery.id))
        .join(Contact, (Contact.workspace_id == PhoneCall.workspace_id) & (Contact.id == PhoneCall.contact_id))
        .where(
            Delivery.workspace_id == work.workspace_id,
            Delivery.receiver_id == actor.id,
            Contact.ref == ref,
        )
    )


def _record_answer(work: Work, actor: Actor, rule: str) -> None:
    audit.record(work, audit.Action.REMINDER_SETTLE, actor=actor.id, subject=("staff", actor.id), rule=rule)
