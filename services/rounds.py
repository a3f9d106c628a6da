"""Rounds: what comes round by the calendar, not by a step: the plan of the morning, the end of the day, the admins' week."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from sqlalchemy import or_, select

from models.clients import Assignment, AssignmentKind, Client, ClientStatus
from models.contacts import Contact, ContactState
from models.deliveries import Delivery, DeliveryState, Slot
from models.policy import Receiver, RuleName
from models.staff import Role
from models.workspaces import Workspace
from services.crew import Member
from services.firings import AT_ONCE, Firing, supervisor_of
from services.hours import instant_of
from services.open_items import OpenItem, Scene, assigned_on

DAY: Final = "day"
SOON: Final = dt.timedelta(days=7)
OLD_IMPORT: Final = dt.timedelta(days=7)
WINDOWS: Final = frozenset({RuleName.VISIT_WINDOW, RuleName.MONTHLY_VISIT, RuleName.MONTHLY_CONTACT})
# What the plan of a morning counts when it is left from before; plans and silent clients come with their steps only.
FROM_BEFORE: Final = frozenset({RuleName.UNNOTED_CONTACT, RuleName.UNSIGNED_DRAFT, RuleName.RETURNED_NOTE})
_DAY: Final = dt.timedelta(days=1)

# Who put off which thing, until later.
PutOff = AbstractSet[tuple[uuid.UUID, uuid.UUID]]


def due(scene: Scene, items: Sequence[OpenItem], put_off: PutOff) -> Iterator[Firing]:
    """What has come round for everyone today. What somebody put off asks nothing of them meanwhile."""
    standing = [item for item in items if (item.owner_id, item.subject_id) not in put_off]
    asked = asked_today(scene, standing) | told_of_staff(scene, items)
    planned = set(planned_today(scene))
    unnoted = {item.owner_id for item in standing if _is_of_today(scene, item)}
    for member in scene.crew.values():
        found = member.slot_at(scene.now)
        if not member.slack_user_id or found is None:
            continue
        # What comes up later in the day is no plan of the morning, and after the end of a day nothing is said of it.
        slot, at, _ = found
        day = member.day(scene.now)
        if slot is Slot.START and (member.id in asked or member.id in planned):
            yield from _round(scene, RuleName.MORNING_PLAN, member, day, at)
        if slot is Slot.END and member.id in unnoted:
            yield from _round(scene, RuleName.END_OF_DAY, member, day, at)
        if slot is Slot.START and Role.ADMIN in member.roles and _opens_week(member, day) and problems(scene):
            yield from _round(scene, RuleName.ROSTER_SANITY, member, day, at)


def asked_today(scene: Scene, items: Iterable[OpenItem]) -> set[uuid.UUID]:
    """Who has anything of their own to do today."""
    return {item.owner_id for item in items if asks_today(scene, item)}


def told_of_staff(scene: Scene, items: Iterable[OpenItem]) -> set[uuid.UUID]:
    """Who hears of their staff today: of notes to review, of what is past the limit, of what could not be delivered."""
    owners = {item.owner_id for item in items if _waits_for_review(scene, item) or _is_old(scene, item)}
    failed = {owner_id for owner_id in undelivered(scene).values() if owner_id in scene.crew}
    supervisors = (supervisor_of(scene, owner_id) for owner_id in owners | failed)
    return {each.id for each in supervisors if each is not None}


def undelivered(scene: Scene) -> Mapping[uuid.UUID, uuid.UUID]:
    """The messages that could not be delivered and that nobody was told of yet, each with its receiver."""
    rows = scene.work.session.execute(
        select(Delivery.id, Delivery.receiver_id).where(
            Delivery.workspace_id == scene.work.workspace_id,
            Delivery.state == DeliveryState.FAILED,
            Delivery.reported_at.is_(None),
        )
    )
    return {row.id: row.receiver_id for row in rows}


def asks_today(scene: Scene, item: OpenItem) -> bool:
    """Whether an item belongs into its owner's plan of the day."""
    today = scene.today(item.owner_id)
    if not scene.policy.rule(item.rule).on:
        return False
    if isinstance(item.anchor, dt.datetime):
        return item.rule in FROM_BEFORE and scene.crew[item.owner_id].day(item.anchor) < today
    if item.rule is RuleName.FOLLOW_UP:
        return item.anchor <= today
    return item.rule in WINDOWS and item.anchor <= today + SOON


def _waits_for_review(scene: Scene, item: OpenItem) -> bool:
    return item.rule is RuleName.REVIEW_QUEUE and scene.policy.rule(item.rule).on


def is_past_limit(scene: Scene, item: OpenItem) -> bool:
    """Whether an item is old enough for the supervisor to hear of it, by its age and nothing else."""
    limit = _limit(scene, item)
    return limit is not None and limit <= scene.now


def _is_old(scene: Scene, item: OpenItem) -> bool:
    """Whether the morning's message to the supervisor tells of it. What was told at once is repeated on the days after."""
    limit = _limit(scene, item)
    if limit is None or limit > scene.now:
        return False
    member = scene.crew[item.owner_id]
    return item.rule not in AT_ONCE or member.day(limit) < member.day(scene.now)


def _limit(scene: Scene, item: OpenItem) -> dt.datetime | None:
    """The instant from which the supervisor hears of an item."""
    rule = scene.policy.rule(item.rule)
    if not rule.on or item.rule is RuleName.REVIEW_QUEUE:
        return None
    member = scene.crew[item.owner_id]
    steps = [step.at for step in rule.steps if step.to is Receiver.SUPERVISOR]
    if isinstance(item.first, dt.datetime):
        return min((member.calendar.add(item.first, step) for step in steps), default=None)
    days = [member.calendar.add_to_day(item.first, step) for step in steps]
    return instant_of(min(days), 0, member.zone) if days else None


def planned_today(scene: Scene, owners: Collection[uuid.UUID] | None = None) -> Mapping[uuid.UUID, int]:
    """How many planned visits each staff member has on their own day."""
    counts: dict[uuid.UUID, int] = defaultdict(int)
    rows = scene.work.session.execute(
        select(Contact.staff_id, Contact.started_at, Contact.ended_at).where(
            Contact.workspace_id == scene.work.workspace_id,
            Contact.state == ContactState.PLANNED,
            Contact.ended_at.between(scene.now - _DAY, scene.now + 2 * _DAY),
            *(() if owners is None else (Contact.staff_id.in_(owners),)),
        )
    )
    for staff_id, started_at, ended_at in rows:
        member = scene.crew.get(staff_id)
        if member is not None and member.day(started_at or ended_at) == member.day(scene.now):
            counts[staff_id] += 1
    return counts


def problems(scene: Scene) -> int:
    """How many things ask for an admin: clients without a case manager, an old import, packs that ended, a digest that
    could not be posted.
    """
    work, today = scene.work, scene.now.date()
    primary = select(Assignment.client_id).where(
        Assignment.workspace_id == work.workspace_id,
        Assignment.kind == AssignmentKind.PRIMARY,
        # Whoever left is nobody's case manager, whatever their assignments say.
        Assignment.staff_id.in_(list(scene.crew)),
        *assigned_on(today),
    )
    alone = work.session.scalars(
        select(Client.id).where(
            Client.workspace_id == work.workspace_id,
            Client.status == ClientStatus.ACTIVE,
            Client.id.not_in(primary),
        )
    ).all()
    old = work.session.scalars(
        select(Workspace.id).where(
            Workspace.id == work.workspace_id,
            or_(Workspace.roster_imported_at < work.now - OLD_IMPORT),
        )
    ).all()
    ended = sum(not scene.policy.packs[pack].holds_on(today) for pack in set(scene.policy.programs.values()))
    unposted = work.session.scalars(
        select(Delivery.id).where(
            Delivery.workspace_id == work.workspace_id,
            Delivery.slot == Slot.DIGEST,
            Delivery.state == DeliveryState.FAILED,
            Delivery.local_on > today - 7 * _DAY,
        )
    ).all()
    return len(alone) + len(old) + ended + len(unposted)


def _round(scene: Scene, rule: RuleName, member: Member, day: dt.date, at: dt.datetime) -> Iterator[Firing]:
    if scene.policy.rule(rule).on:
        yield Firing(rule, member.id, DAY, member.id, day, at)


def _is_of_today(scene: Scene, item: OpenItem) -> bool:
    if item.rule is not RuleName.UNNOTED_CONTACT or not isinstance(item.anchor, dt.datetime):
        return False
    member = scene.crew[item.owner_id]
    return member.day(item.anchor) == member.day(scene.now)


def _opens_week(member: Member, day: dt.date) -> bool:
    """Whether this is the first day of the member's week on which they work."""
    monday = day - day.weekday() * _DAY
    return all(not member.works_on(monday + number * _DAY) for number in range(day.weekday()))
