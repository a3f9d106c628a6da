"""Firings: which step of which rule is due to whom, worked out from what is open. Pure; the rows are made by `occurrences`."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from models.deliveries import Slot
from models.policy import Receiver, RuleName, Step
from models.staff import Role
from services.crew import Member
from services.hours import instant_of
from services.open_items import OpenItem, Scene

# What became due longer ago is not said by a step of its own any more; the plan of the morning still counts it.
HORIZON: Final = dt.timedelta(days=7)
# While someone is away these go to whoever covers; the rest waits for them.
COVERED: Final = frozenset(
    {RuleName.FOLLOW_UP, RuleName.VISIT_WINDOW, RuleName.MONTHLY_VISIT, RuleName.SAFETY_FOLLOW_UP}
)
# These do not wait for one of the three times.
AT_ONCE: Final = frozenset({RuleName.SAFETY_FOLLOW_UP, RuleName.RETURNED_NOTE})
# With these a day begins.
OPENING: Final = frozenset({RuleName.MORNING_PLAN, RuleName.ROSTER_SANITY, RuleName.EMERGENCY_REVIEW})
_DAY: Final = dt.timedelta(days=1)

Covers = Mapping[uuid.UUID, uuid.UUID]


@dataclass(frozen=True, slots=True)
class Firing:
    """One step that is due to one receiver, for one of the receiver's local days."""

    rule: RuleName
    subject_id: uuid.UUID
    step: str
    receiver_id: uuid.UUID
    local_on: dt.date
    due_at: dt.datetime

    @property
    def key(self) -> tuple[uuid.UUID, str, uuid.UUID, str, dt.date]:
        """What makes it happen once."""
        return self.receiver_id, self.rule.value, self.subject_id, self.step, self.local_on


def due(scene: Scene, items: Iterable[OpenItem], covers: Covers) -> Iterator[Firing]:
    """The steps of these items that became due within the horizon and are due now."""
    for item in items:
        rule = scene.policy.rule(item.rule)
        if rule.on:
            for step in rule.steps:
                yield from _step(scene, item, step, covers)


def receiver_of(scene: Scene, item: OpenItem, covers: Covers) -> Member | None:
    """Who is reminded of an item as its owner: whoever covers while the owner is away; None while it waits for them."""
    owner = scene.crew[item.owner_id]
    if not owner.is_away(owner.day(scene.now)):
        return owner
    if item.rule not in COVERED or not scene.policy.rule(RuleName.COVERAGE).on:
        return None
    cover = covers.get(item.client_id) if item.client_id is not None else None
    return scene.crew.get(cover or owner.supervisor_id or owner.id)


def _step(scene: Scene, item: OpenItem, step: Step, covers: Covers) -> Iterator[Firing]:
    for member in _receivers(scene, item, step, covers):
        if not member.slack_user_id:
            continue
        due_at = _due_at(scene, item, step, member)
        if due_at is None:
            continue
        escalated = step.to is not Receiver.OWNER
        local_on = member.day(due_at)
        if escalated and item.rule not in AT_ONCE:
            # A supervisor hears of it in the message at the start of a day, and of what is urgent at once.
            told_at = member.next_time(due_at, Slot.START)
            if told_at is None or told_at > scene.now:
                continue
            due_at = told_at
        yield Firing(item.rule, item.subject_id, _name(step), member.id, local_on, due_at)


def _receivers(scene: Scene, item: OpenItem, step: Step, covers: Covers) -> list[Member]:
    match step.to:
        case Receiver.OWNER:
            member = receiver_of(scene, item, covers)
            return [member] if member else []
        case Receiver.SUPERVISOR:
            member = supervisor_of(scene, item.owner_id)
            return [member] if member else []
        case Receiver.BACKUP:
            cover = covers.get(item.client_id) if item.client_id is not None else None
            return [scene.crew[cover]] if cover else []
        case Receiver.ADMIN:
            return [each for each in scene.crew.values() if Role.ADMIN in each.roles]
        case Receiver.TEAM:
            # A team hears totals only, in its digest.
            return []


def supervisor_of(scene: Scene, staff_id: uuid.UUID) -> Member | None:
    """A staff member's supervisor; the supervisor's own while they are away."""
    seen = {staff_id}
    member = scene.crew.get(scene.crew[staff_id].supervisor_id or uuid.UUID(int=0))
    while member is not None and member.id not in seen and member.is_away(member.day(scene.now)):
        seen.add(member.id)
        above = scene.crew.get(member.supervisor_id or uuid.UUID(int=0))
        if above is None:
            break
        member = above
    return member if member is not None and member.id != staff_id else None


def _due_at(scene: Scene, item: OpenItem, step: Step, member: Member) -> dt.datetime | None:
    """When a step became due, the newest time of one that repeats; None when it is not due, or was too long ago."""
    anchor = item.anchor if step.to is Receiver.OWNER else item.first
    if isinstance(anchor, dt.datetime):
        first = member.calendar.add(anchor, step.at)
        due_at = first if step.every is None else _repeated(scene, item, step, member, first)
    else:
        day = member.calendar.add_to_day(anchor, step.at)
        first = instant_of(day, 0, member.zone)
        due_at = first if step.every is None else _repeated(scene, item, step, member, first)
    if due_at is None or not scene.now - HORIZON < due_at <= scene.now:
        return None
    return due_at


def _repeated(scene: Scene, item: OpenItem, step: Step, member: Member, first: dt.datetime) -> dt.datetime | None:
    """The newest repetition that is due. What the receiver is told as the owner stops with the days of grace."""
    every = step.every
    if every is None or first > scene.now:
        return None
    day, today = member.day(first), member.day(scene.now)
    if step.to is Receiver.OWNER and item.until is not None and today > item.until:
        today = item.until
    if today < day:
        return None
    if every.unit.value == "day":
        day += (today - day).days // every.amount * every.amount * _DAY
    else:
        while (later := member.calendar.add_to_day(day, every)) <= today:
            day = later
    return first if day == member.day(first) else instant_of(day, 0, member.zone)


def owed_to(
    scene: Scene, items: Iterable[OpenItem], covers: Covers, member: Member
) -> set[tuple[RuleName, uuid.UUID, str]]:
    """The steps that are owed to one person now, however long ago they became due.

    A day that was moved or made anew takes the steps before it back; what has happened at an instant stays so.
    """
    return {
        (item.rule, item.subject_id, _name(step))
        for item in items
        for step in scene.policy.rule(item.rule).steps
        if scene.policy.rule(item.rule).on
        and any(each is member for each in _receivers(scene, item, step, covers))
        and _has_come(scene, item, step, member)
    }


def _has_come(scene: Scene, item: OpenItem, step: Step, member: Member) -> bool:
    anchor = item.anchor if step.to is Receiver.OWNER else item.first
    if isinstance(anchor, dt.datetime):
        return True
    return instant_of(member.calendar.add_to_day(anchor, step.at), 0, member.zone) <= scene.now


def is_only_at_start(rule: RuleName, step: str) -> bool:
    """Whether it is said in the message at the start of a day and in no other: to supervisors, and what a day begins with."""
    return rule in OPENING or (rule not in AT_ONCE and not is_of_owner(step))


def later_step(times: int) -> str:
    """The name of a step that was put off so many times. Only what is one's own to do can be put off."""
    return f"later {times}"


def is_later(step: str) -> bool:
    """Whether a step's name is one that was put off."""
    return step.startswith("later ")


def is_of_owner(step: str) -> bool:
    """Whether a step's name is one that is told to the owner, or to whoever covers for them."""
    return ":" not in step


def _name(step: Step) -> str:
    return str(step.at) if step.to is Receiver.OWNER else f"{step.to}: {step.at}"
