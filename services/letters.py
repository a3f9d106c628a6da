"""Letters: what one message says, as counts, kinds and ages. No client, no time of a contact, nothing that was put off.

Here: counting what is open for one receiver. Not here: its words (views.reminders), and whether it is sent (deliveries).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, select

from models.contacts import Contact, ContactKind, ContactState
from models.deliveries import Delivery, DeliveryState, Slot
from models.policy import RuleName
from services import firings, rounds
from services.crew import Member
from services.firings import Covers
from services.hours import instant_of
from services.open_items import OpenItem, Scene
from services.rounds import SOON

_DAY: Final = dt.timedelta(days=1)
_HOUR: Final = dt.timedelta(hours=1)
VISITS: Final = frozenset({RuleName.VISIT_WINDOW, RuleName.MONTHLY_VISIT})
# Which kinds of things a supervisor hears of by name of their owner.
LATE: Final = (RuleName.UNNOTED_CONTACT, RuleName.NOTE_DEADLINE, RuleName.UNSIGNED_DRAFT, RuleName.FOLLOW_UP)


@dataclass(frozen=True, slots=True)
class Age:
    """How old something is: whole hours under a day, then whole business days, at least one."""

    hours: int = 0
    business_days: int = 0


@dataclass(frozen=True, slots=True)
class Unnoted:
    """Contacts without a note. `before_today` counts those of earlier days."""

    phone: int = 0
    visits: int = 0
    attempts: int = 0
    oldest: Age = Age()
    before_today: int = 0

    @property
    def count(self) -> int:
        """How many there are."""
        return self.phone + self.visits + self.attempts


@dataclass(frozen=True, slots=True)
class Notes:
    """Notes and their deadline. `late_by` is in business days, of the one that is late longest."""

    noted_today: int = 0
    contacts_today: int = 0
    due_tomorrow: int = 0
    late_tonight: int = 0
    late: int = 0
    late_by: int = 0


@dataclass(frozen=True, slots=True)
class Windows:
    """Visit windows: those that close within a week, and those in grace. Units: days."""

    closing: int = 0
    at_home: int = 0
    first_in: int = 0
    grace: int = 0
    grace_left: int = 0
    lapsed: int = 0


@dataclass(frozen=True, slots=True)
class Past:
    """What of one staff member's is past the limit."""

    slack_user_id: str
    contacts: int = 0
    notes: int = 0
    drafts: int = 0
    follow_ups: int = 0
    urgent: int = 0
    urgent_age: Age = Age()
    oldest: Age = Age()
    grace: int = 0
    grace_left: int = 0
    undelivered: int = 0


@dataclass(frozen=True, slots=True)
class Letter:
    """What one message tells one person."""

    slot: Slot
    monday: bool
    about: frozenset[RuleName]
    unnoted: Unnoted = Unnoted()
    drafts: int = 0
    drafts_before_today: int = 0
    notes: Notes = Notes()
    windows: Windows = Windows()
    planned: int = 0
    follow_ups: int = 0
    overdue: int = 0
    follow_ups_soon: int = 0
    without_contact_this_month: int = 0
    plan_reviews: int = 0
    plan_review_in: int = 0
    silent: int = 0
    silent_for: int = 0
    covered: int = 0
    problems: int = 0
    returned: int = 0
    returned_age: Age = Age()
    returned_by: str = ""
    urgent: int = 0
    urgent_age: Age = Age()
    for_review: int = 0
    review_age: Age = Age()
    past: tuple[Past, ...] = field(default=())
    lost: int = 0
    may_wait: bool = False

    @property
    def says_something(self) -> bool:
        """Whether anything is open, or has to be told of."""
        return bool(
            self.unnoted.count
            or self.drafts
            or self.notes.late
            or self.windows != Windows()
            or self.planned
            or self.follow_ups
            or self.overdue
            or self.without_contact_this_month
            or self.plan_reviews
            or self.silent
            or self.covered
            or self.problems
            or self.returned
            or self.urgent
            or self.for_review
            or self.past
            or self.about - {RuleName.MORNING_PLAN, RuleName.END_OF_DAY}
        )


def age_of(member: Member, since: dt.datetime, now: dt.datetime) -> Age:
    """How old something is for this person, by the agency's business days in their zone."""
    length = now - since
    if length < _DAY:
        return Age(hours=max(0, int(length / _HOUR)))
    return Age(business_days=max(1, member.calendar.business_days_between(member.day(since), member.day(now))))


def compose(
    scene: Scene, member: Member, items: Sequence[OpenItem], covers: Covers, slot: Slot, about: Iterable[RuleName]
) -> Letter:
    """The letter to this person about what stands open now, whatever it was that became due."""
    own = [item for item in items if firings.receiver_of(scene, item, covers) is member]
    mine = [item for item in own if item.owner_id == member.id]
    today = member.day(scene.now)
    drafts = _of(mine, RuleName.UNSIGNED_DRAFT)
    plans, silent = _of(own, RuleName.PLAN_REVIEW), _of(own, RuleName.NO_CONTACT)
    due = [_day(item) for item in _of(own, RuleName.FOLLOW_UP)]
    returned, urgent = _of(mine, RuleName.RETURNED_NOTE), _of(own, RuleName.SAFETY_FOLLOW_UP)
    waiting = [
        item for item in _of(items, RuleName.REVIEW_QUEUE) if firings.supervisor_of(scene, item.owner_id) is member
    ]
    return Letter(
        slot=slot,
        monday=not any(member.works_on(today - number * _DAY) for number in range(1, today.weekday() + 1)),
        about=frozenset(about),
        unnoted=_unnoted(scene, member, mine),
        drafts=len(drafts),
        drafts_before_today=sum(member.day(_instant(item, member)) < today for item in drafts),
        notes=_notes(scene, member, mine, today),
        windows=_windows([item for item in own if item.rule in VISITS], today),
        planned=rounds.planned_today(scene, [member.id]).get(member.id, 0),
        follow_ups=sum(day == today for day in due),
        overdue=sum(day < today for day in due),
        follow_ups_soon=sum(today < day <= today + SOON for day in due),
        without_contact_this_month=len(_of(own, RuleName.MONTHLY_CONTACT)),
        plan_reviews=len(plans),
        plan_review_in=max(((_day(item) - today).days for item in plans), default=0),
        silent=len(silent),
        silent_for=min(((today - member.day(_instant(item, member))).days for item in silent), default=0),
        covered=sum(item.owner_id != member.id for item in own),
        problems=rounds.problems(scene) if RuleName.ROSTER_SANITY in about else 0,
        returned=len(returned),
        returned_age=_oldest(scene, member, returned),
        urgent=len(urgent),
        urgent_age=_hours(scene, urgent),
        for_review=len(waiting),
        review_age=_oldest(scene, member, waiting),
        past=tuple(each for each in _past(scene, member, items) if slot is Slot.START or each.urgent),
    )


def owners_for(scene: Scene, member: Member) -> list[uuid.UUID]:
    """Whose things this person may have to hear of: their own, their staff's, and those of whoever is away."""
    return [
        each.id
        for each in scene.crew.values()
        if each is member or each.is_away(each.day(scene.now)) or firings.supervisor_of(scene, each.id) is member
    ]


def _of(items: Iterable[OpenItem], rule: RuleName) -> list[OpenItem]:
    return [item for item in items if item.rule is rule]


def _day(item: OpenItem) -> dt.date:
    return item.anchor.date() if isinstance(item.anchor, dt.datetime) else item.anchor


def _instant(item: OpenItem, member: Member) -> dt.datetime:
    if isinstance(item.first, dt.datetime):
        return item.first
    return instant_of(item.first, 0, member.zone)


def _oldest(scene: Scene, member: Member, items: Sequence[OpenItem]) -> Age:
    if not items:
        return Age()
    return age_of(member, min(_instant(item, member) for item in items), scene.now)


def _hours(scene: Scene, items: Sequence[OpenItem]) -> Age:
    """The age of the oldest urgent item, in hours however old it is: its clock does not stop for a weekend."""
    ages = [scene.now - item.first for item in items if isinstance(item.first, dt.datetime)]
    return Age(hours=int(max(ages, default=dt.timedelta()) / _HOUR))


def _unnoted(scene: Scene, member: Member, mine: Sequence[OpenItem]) -> Unnoted:
    contacts = _of(mine, RuleName.UNNOTED_CONTACT)
    kinds = Counter(item.kind for item in contacts)
    today = member.day(scene.now)
    return Unnoted(
        phone=kinds[ContactKind.COLLATERAL],
        visits=kinds[ContactKind.FACE_TO_FACE],
        attempts=kinds[ContactKind.ATTEMPT],
        oldest=_oldest(scene, member, contacts),
        before_today=sum(member.day(_instant(item, member)) < today for item in contacts),
    )


def _notes(scene: Scene, member: Member, mine: Sequence[OpenItem], today: dt.date) -> Notes:
    last_days = [_day(item) for item in _of(mine, RuleName.NOTE_DEADLINE)]
    tomorrow = member.calendar.next_business_day(today)
    noted, contacts = _contacts_today(scene, member, today)
    late = [day for day in last_days if day < today]
    return Notes(
        noted_today=noted,
        contacts_today=contacts,
        due_tomorrow=sum(today < day <= tomorrow for day in last_days),
        late_tonight=sum(day == today for day in last_days),
        late=len(late),
        late_by=max((max(1, member.calendar.business_days_between(day, today)) for day in late), default=0),
    )


def _contacts_today(scene: Scene, member: Member, today: dt.date) -> tuple[int, int]:
    states = dict(
        scene.work.session.execute(
            select(Contact.state, func.count())
            .where(
                Contact.workspace_id == scene.work.workspace_id,
                Contact.staff_id == member.id,
                Contact.state.in_((ContactState.NOTED, ContactState.ATTEMPTED, ContactState.UNNOTED)),
                Contact.ended_at >= instant_of(today, 0, member.zone),
                Contact.ended_at <= scene.now,
            )
            .group_by(Contact.state)
        ).all()
    )
    noted = states.get(ContactState.NOTED, 0) + states.get(ContactState.ATTEMPTED, 0)
    return noted, noted + states.get(ContactState.UNNOTED, 0)


def _windows(items: Sequence[OpenItem], today: dt.date) -> Windows:
    closing = [item for item in items if today <= _day(item) < today + SOON]
    grace = [item for item in items if _day(item) < today <= (item.until or _day(item))]
    return Windows(
        closing=len(closing),
        at_home=sum(item.at_home for item in closing),
        first_in=min(((_day(item) - today).days for item in closing), default=0),
        grace=len(grace),
        grace_left=min((((item.until or today) - today).days for item in grace), default=0),
        lapsed=sum((item.until or _day(item)) < today for item in items),
    )


def _past(scene: Scene, member: Member, items: Sequence[OpenItem]) -> tuple[Past, ...]:
    """One line per staff member whose supervisor this person is, for those of whom there is something to say."""
    lines: list[Past] = []
    undelivered = _undelivered(scene)
    for owner in scene.crew.values():
        if owner is member or firings.supervisor_of(scene, owner.id) is not member:
            continue
        theirs = [item for item in items if item.owner_id == owner.id and rounds.is_past_limit(scene, item)]
        counts = Counter(item.rule for item in theirs)
        windows = _windows(
            [item for item in items if item.owner_id == owner.id and item.rule in VISITS], owner.day(scene.now)
        )
        line = Past(
            slack_user_id=owner.slack_user_id,
            contacts=max(0, counts[RuleName.UNNOTED_CONTACT] - counts[RuleName.NOTE_DEADLINE]),
            notes=counts[RuleName.NOTE_DEADLINE],
            drafts=counts[RuleName.UNSIGNED_DRAFT],
            follow_ups=counts[RuleName.FOLLOW_UP],
            urgent=counts[RuleName.SAFETY_FOLLOW_UP],
            urgent_age=_hours(scene, _of(theirs, RuleName.SAFETY_FOLLOW_UP)),
            oldest=_oldest(scene, owner, [item for item in theirs if item.rule in LATE]),
            grace=windows.grace,
            grace_left=windows.grace_left,
            undelivered=undelivered[owner.id],
        )
        if owner.slack_user_id and (theirs or line.grace or line.undelivered):
            lines.append(line)
    return tuple(lines)


def _undelivered(scene: Scene) -> Counter[uuid.UUID]:
    """How many messages could not be delivered to each receiver since nobody was told of it."""
    rows = scene.work.session.execute(
        select(Delivery.receiver_id, func.count())
        .where(
            Delivery.workspace_id == scene.work.workspace_id,
            Delivery.state == DeliveryState.FAILED,
            Delivery.reported_at.is_(None),
        )
        .group_by(Delivery.receiver_id)
    )
    return Counter(dict(rows.all()))
