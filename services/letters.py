"""Letters: counting what stands open for one receiver. No client, no time of a contact, nothing that was put off.

Here: what is counted, and for whom. Not here: what of it is said when (tidings), its words (views.reminder_lines), and
whether it is sent (deliveries).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import func, select

from models.contacts import Contact, ContactKind, ContactState
from models.deliveries import Slot
from models.occurrences import Occurrence
from models.policy import Receiver, RuleName
from services import firings, rounds
from services.crew import Member
from services.firings import Covers, is_of_owner
from services.hours import instant_of
from services.open_items import OpenItem, Scene
from services.rounds import SOON
from services.tidings import NOTES, VISITS, Age, Letter, Notes, Past, Unnoted, Windows

_DAY: Final = dt.timedelta(days=1)
_HOUR: Final = dt.timedelta(hours=1)
# Which kinds of things a supervisor hears the age of.
LATE: Final = (*NOTES, RuleName.UNSIGNED_DRAFT, RuleName.FOLLOW_UP, RuleName.RETURNED_NOTE)
# Whoever hears of others' things by a step of the policy, beside their supervisor.
_OTHERS: Final = tuple(f"{each}:" for each in (Receiver.BACKUP, Receiver.ADMIN))

Told = frozenset[tuple[RuleName, uuid.UUID]]


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a letter is, when, and what came due: to them as the owner, and to them as somebody's supervisor."""

    member: Member
    slot: Slot
    told: Told
    escalated: Told

    @classmethod
    def of(cls, member: Member, slot: Slot, owed: Iterable[Occurrence]) -> Reader:
        """The same by the occurrences that a message carries."""
        rows = list(owed)
        own, others = (
            frozenset((row.rule, row.subject_id) for row in rows if is_of_owner(row.step) is is_own)
            for is_own in (True, False)
        )
        return cls(member, slot, own, others)

    @property
    def about(self) -> frozenset[RuleName]:
        """The rules of what came due to them as the owner."""
        return frozenset(rule for rule, _ in self.told)


def age_of(member: Member, since: dt.datetime, now: dt.datetime) -> Age:
    """How old something is for this person, by the agency's business days in their zone."""
    length = now - since
    if length < _DAY:
        return Age(hours=max(0, int(length / _HOUR)))
    return Age(business_days=max(1, member.calendar.business_days_between(member.day(since), member.day(now))))


def compose(
    scene: Scene, reader: Reader, items: Sequence[OpenItem], covers: Covers, put_off: Collection[uuid.UUID]
) -> Letter:
    """The letter about what stands open now, whatever it was that became due; `put_off` are the things that wait."""
    member = reader.member
    items = [item for item in items if _is_on(scene, item)]
    waiting = [
        item for item in _of(items, RuleName.REVIEW_QUEUE) if firings.supervisor_of(scene, item.owner_id) is member
    ]
    own = [
        item for item in items if item.subject_id not in put_off and firings.receiver_of(scene, item, covers) is member
    ]
    letter = _letter(scene, reader, own)
    return replace(
        letter,
        problems=rounds.problems(scene) if RuleName.ROSTER_SANITY in reader.about else 0,
        for_review=len(waiting),
        review_age=_oldest(scene, member, waiting),
        past=_past(scene, reader, items),
    )


def owners_for(scene: Scene, member: Member, steps: Iterable[str] = ()) -> list[uuid.UUID] | None:
    """Whose things this person may have to hear of: their own, their staff's, those of whoever is away; None for everybody's.

    The steps are those that came due: some name a backup or the admins.
    """
    if any(step.startswith(_OTHERS) for step in steps):
        return None
    return [
        each.id
        for each in scene.crew.values()
        if each is member or each.is_away(each.day(scene.now)) or firings.supervisor_of(scene, each.id) is member
    ]


def _letter(scene: Scene, reader: Reader, own: Sequence[OpenItem]) -> Letter:
    member = reader.member
    today = member.day(scene.now)
    mine = [item for item in own if item.owner_id == member.id]
    drafts = _of(mine, RuleName.UNSIGNED_DRAFT)
    silent = _of(own, RuleName.NO_CONTACT)
    returned, urgent = _of(mine, RuleName.RETURNED_NOTE), _of(own, RuleName.SAFETY_FOLLOW_UP)
    monday = not any(member.works_on(today - number * _DAY) for number in range(1, today.weekday() + 1))
    letter = Letter(
        slot=reader.slot,
        monday=monday,
        about=reader.about,
        unnoted=_unnoted(scene, member, mine),
        drafts=len(drafts),
        drafts_before_today=sum(member.day(_instant(item, member)) < today for item in drafts),
        notes=_notes(scene, member, mine, today),
        windows=_windows([item for item in own if item.rule in VISITS], today, reader.told, monday=monday),
        planned=rounds.planned_today(scene, [member.id]).get(member.id, 0),
        emergencies=len(_told(own, RuleName.EMERGENCY_REVIEW, reader)),
        silent=len(silent),
        silent_for=min(((today - member.day(_instant(item, member))).days for item in silent), default=0),
        covered=sum(item.owner_id != member.id for item in own),
        returned=len(returned),
        returned_age=_oldest(scene, member, returned),
        urgent=len(urgent),
        urgent_age=_hours(urgent, scene.now),
    )
    return _with_days(_with_endings(scene, letter, member, mine), reader, own, today)


def _with_endings(scene: Scene, letter: Letter, member: Member, mine: Sequence[OpenItem]) -> Letter:
    """With the drafts that are put away soon, from their warning on: a message that takes the place of another says it again."""
    near = _of(mine, RuleName.DRAFT_EXPIRY)
    warned_of = {subject_id for _, subject_id, _ in firings.owed_to(scene, near, {}, member)}
    today = member.day(scene.now)
    left = [max(1, ((item.until or today) - today).days) for item in near if item.subject_id in warned_of]
    return replace(letter, drafts_ending=len(left), drafts_end_in=min(left, default=0))


def _with_days(letter: Letter, reader: Reader, own: Sequence[OpenItem], today: dt.date) -> Letter:
    """With what is due on a day. What is not due yet is counted when one of its steps has come."""
    due = [item.day for item in _of(own, RuleName.FOLLOW_UP)]
    ahead = [item.day for item in _told(own, RuleName.FOLLOW_UP, reader) if item.day > today]
    reviews = [item.day for item in _told(own, RuleName.PLAN_REVIEW, reader)]
    month = [item for item in _of(own, RuleName.MONTHLY_CONTACT) if item.day <= today + SOON]
    if RuleName.MONTHLY_CONTACT in reader.about:
        month = _of(own, RuleName.MONTHLY_CONTACT)
    return replace(
        letter,
        follow_ups=sum(day == today for day in due),
        overdue=sum(day < today for day in due),
        follow_ups_ahead=len(ahead),
        follow_ups_ahead_in=max(((day - today).days for day in ahead), default=0),
        without_contact_this_month=len(month),
        plan_reviews=sum(day >= today for day in reviews),
        plan_review_in=max(((day - today).days for day in reviews if day >= today), default=0),
        plan_reviews_overdue=sum(day < today for day in reviews),
    )


def _is_on(scene: Scene, item: OpenItem) -> bool:
    """Whether an item's rule is on. The contacts without a note count for their deadline's rule too."""
    rules = NOTES if item.rule is RuleName.UNNOTED_CONTACT else {item.rule}
    return any(scene.policy.rule(rule).on for rule in rules)


def _told(items: Iterable[OpenItem], rule: RuleName, reader: Reader) -> list[OpenItem]:
    return [item for item in _of(items, rule) if (rule, item.subject_id) in reader.told]


def _of(items: Iterable[OpenItem], rule: RuleName) -> list[OpenItem]:
    return [item for item in items if item.rule is rule]


def _instant(item: OpenItem, member: Member) -> dt.datetime:
    if isinstance(item.first, dt.datetime):
        return item.first
    return instant_of(item.first, 0, member.zone)


def _oldest(scene: Scene, member: Member, items: Sequence[OpenItem]) -> Age:
    if not items:
        return Age()
    return age_of(member, min(_instant(item, member) for item in items), scene.now)


def _hours(items: Sequence[OpenItem], now: dt.datetime) -> Age:
    """The age of the oldest urgent item, in hours however old it is: its clock does not stop for a weekend."""
    ages = [now - item.first for item in items if isinstance(item.first, dt.datetime)]
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
    last_days = [item.day for item in _of(mine, RuleName.NOTE_DEADLINE)]
    following = member.calendar.next_business_day(today)
    noted, contacts = _contacts_today(scene, member, today)
    late = [day for day in last_days if day < today]
    return Notes(
        noted_today=noted,
        contacts_today=contacts,
        due_next=sum(today < day <= following for day in last_days),
        next_is_tomorrow=following == today + _DAY,
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


def _windows(items: Sequence[OpenItem], today: dt.date, told: Told, *, monday: bool) -> Windows:
    """On the first day of a week those count that close in it; on other days those that close within seven days."""
    until = today + (SOON - _DAY if monday else SOON)
    closing = [item for item in items if today <= item.day <= until]
    ahead = [item for item in items if item.day > until and (item.rule, item.subject_id) in told]
    grace = [item for item in items if _is_in_grace(item, today)]
    return Windows(
        closing=len(closing),
        at_home=sum(item.at_home for item in closing),
        first_in=min(((item.day - today).days for item in closing), default=0),
        grace=len(grace),
        grace_left=min((((item.until or today) - today).days for item in grace), default=0),
        lapsed=sum((item.until or item.day) < today for item in items),
        ahead=len(ahead),
        ahead_in=max(((item.day - today).days for item in ahead), default=0),
    )


def _past(scene: Scene, reader: Reader, items: Sequence[OpenItem]) -> tuple[Past, ...]:
    """One line for each staff member of whom there is something to say: at the start of a day all, at once what is urgent."""
    if reader.slot not in (Slot.START, Slot.URGENT):
        return ()
    undelivered = Counter(rounds.undelivered(scene).values())
    lines: list[Past] = []
    for owner in scene.crew.values():
        if owner is reader.member or not owner.slack_user_id:
            continue
        theirs = [item for item in items if item.owner_id == owner.id]
        line = _past_of(scene, reader, owner, theirs)
        if reader.slot is Slot.START and firings.supervisor_of(scene, owner.id) is reader.member:
            line = replace(line, undelivered=undelivered[owner.id])
        if line.says_something:
            lines.append(line)
    return tuple(lines)


def _past_of(scene: Scene, reader: Reader, owner: Member, theirs: Sequence[OpenItem]) -> Past:
    """What of one person's the reader hears of: as the supervisor what is old enough, else what a step of the policy says."""
    is_supervisor = firings.supervisor_of(scene, owner.id) is reader.member
    escalated = [item for item in theirs if (item.rule, item.subject_id) in reader.escalated]
    urgent = _of(escalated, RuleName.SAFETY_FOLLOW_UP)
    if reader.slot is Slot.URGENT:
        return Past(owner.slack_user_id, urgent=len(urgent), urgent_age=_hours(urgent, scene.now))
    past = escalated
    if is_supervisor:
        past = [item for item in theirs if item in escalated or rounds.is_past_limit(scene, item)]
        urgent = _of(past, RuleName.SAFETY_FOLLOW_UP)
    today = owner.day(scene.now)
    grace = [item for item in (theirs if is_supervisor else past) if item.rule in VISITS and _is_in_grace(item, today)]
    counts = Counter(item.rule for item in past)
    return Past(
        slack_user_id=owner.slack_user_id,
        contacts=max(0, counts[RuleName.UNNOTED_CONTACT] - counts[RuleName.NOTE_DEADLINE]),
        notes=counts[RuleName.NOTE_DEADLINE],
        drafts=counts[RuleName.UNSIGNED_DRAFT],
        follow_ups=counts[RuleName.FOLLOW_UP],
        returned=counts[RuleName.RETURNED_NOTE],
        oldest=_oldest(scene, owner, [item for item in past if item.rule in LATE]),
        plan_reviews=counts[RuleName.PLAN_REVIEW],
        silent=counts[RuleName.NO_CONTACT],
        without_contact_this_month=counts[RuleName.MONTHLY_CONTACT],
        windows=sum(item.rule in VISITS and not _is_in_grace(item, today) for item in past),
        urgent=len(urgent),
        urgent_age=_hours(urgent, scene.now),
        grace=len(grace),
        grace_left=min((((item.until or today) - today).days for item in grace), default=0),
    )


def _is_in_grace(item: OpenItem, today: dt.date) -> bool:
    return item.day < today <= (item.until or item.day)
