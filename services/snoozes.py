"""Putting off: a person moves the things of a message to a later time of theirs. Nobody else is ever told."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from enum import StrEnum

from sqlalchemy import select

from models.deliveries import DAILY, Delivery, DeliveryState, Slot
from models.occurrences import Occurrence, OccurrenceState, Snooze
from models.policy import RuleName
from services import audit, occurrences, policies
from services.crew import Member
from services.firings import Firing, is_of_owner, later_step
from services.hours import instant_of
from services.open_items import scene_of
from services.refusals import NotFound
from services.staff import Actor
from services.work import Work

HOUR = dt.timedelta(hours=1)


class Later(StrEnum):
    """Until when a person puts things off."""

    HOUR = "hour"
    END_OF_DAY = "end_of_day"
    TOMORROW = "tomorrow"


def put_off(work: Work, actor: Actor, message_ts: str, later: Later) -> int:
    """Put off what a message told of; returns how many things. One that was put off as often as is allowed stays.

    Errors: NotFound when the message is not the actor's or tells of nothing that can be put off.
    """
    policy = policies.in_force(work)
    member = scene_of(work, policy).crew.get(actor.id)
    told = _told(work, actor, message_ts)
    if member is None or not told:
        raise NotFound
    until_at = _until(member, work.now, later)
    moved = sum(_put_off_one(work, member, each, until_at, policy.snooze.most) for each in told.values())
    if not moved:
        raise NotFound
    audit.record(work, audit.Action.REMINDER_SNOOZE, actor=actor.id, subject=("staff", actor.id), rule=later.value)
    return moved


def times_put_off(work: Work, staff_id: uuid.UUID, subjects: Collection[uuid.UUID]) -> int:
    """How often the one of these things that was put off most was put off."""
    rows = work.session.scalars(
        select(Snooze.times).where(
            Snooze.workspace_id == work.workspace_id, Snooze.staff_id == staff_id, Snooze.subject_id.in_(subjects)
        )
    ).all()
    return max(rows, default=0)


def _told(work: Work, actor: Actor, message_ts: str) -> Mapping[uuid.UUID, Collection[Occurrence]]:
    """What the message told of each thing of the actor's own: one occurrence of each rule, by subject."""
    rows = work.session.scalars(
        select(Occurrence)
        .join(Delivery, (Delivery.workspace_id == Occurrence.workspace_id) & (Delivery.id == Occurrence.delivery_id))
        .where(
            Delivery.workspace_id == work.workspace_id,
            Delivery.receiver_id == actor.id,
            Delivery.message_ts == message_ts,
            Delivery.state == DeliveryState.SENT,
            Delivery.slot.in_(DAILY),
            Occurrence.state == OccurrenceState.TOLD,
            Occurrence.rule.not_in(occurrences.ROUNDS),
        )
        .order_by(Occurrence.id)
    )
    found: defaultdict[uuid.UUID, dict[RuleName, Occurrence]] = defaultdict(dict)
    for row in rows:
        if is_of_owner(row.step):
            found[row.subject_id][row.rule] = row
    return {subject: rules.values() for subject, rules in found.items()}


def _until(member: Member, now: dt.datetime, later: Later) -> dt.datetime:
    """The instant from which a thing is owed again; it is said at the first of the person's three times after it."""
    match later:
        case Later.HOUR:
            return now + HOUR
        case Later.END_OF_DAY:
            return member.next_time(now, Slot.END) or now + HOUR
        case Later.TOMORROW:
            tomorrow = instant_of(member.day(now) + dt.timedelta(days=1), 0, member.zone)
            return member.next_time(tomorrow, Slot.START) or now + dt.timedelta(days=1)


def _put_off_one(work: Work, member: Member, told: Collection[Occurrence], until_at: dt.datetime, most: int) -> bool:
    """Put one thing off, by all the rules that told of it; that is once, however many they are.

    What waits already is not put off again: a press that arrives twice counts once.
    """
    subject_id = next(iter(told)).subject_id
    snooze = work.session.get(Snooze, (work.workspace_id, member.id, subject_id), with_for_update=True)
    if snooze is None:
        snooze = Snooze(
            workspace_id=work.workspace_id, staff_id=member.id, subject_id=subject_id, times=0, until_at=until_at
        )
        work.session.add(snooze)
    if snooze.times >= most or (snooze.times and snooze.until_at > work.now):
        return False
    snooze.times += 1
    snooze.until_at = until_at
    work.session.flush()
    local_on, times = member.day(until_at), snooze.times
    occurrences.insert(
        work,
        [Firing(each.rule, subject_id, later_step(times), member.id, local_on, until_at) for each in told],
    )
    return True
