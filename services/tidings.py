"""Tidings: what one message tells one person, as counts, kinds and ages. No client, no time of a contact.

Here: the shapes, and which of the counts are said at which time of the day. Not here: counting them (letters), nor their
words (views.reminder_lines).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from models.deliveries import Slot
from models.policy import RuleName

VISITS: Final = frozenset({RuleName.VISIT_WINDOW, RuleName.MONTHLY_VISIT})
NOTES: Final = frozenset({RuleName.UNNOTED_CONTACT, RuleName.NOTE_DEADLINE})


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
    """Notes and their deadline: those due by the next business day, today, or before; `late_by` is of the one late longest.

    Units: `late_by` is in business days.
    """

    noted_today: int = 0
    contacts_today: int = 0
    due_next: int = 0
    next_is_tomorrow: bool = True
    late_tonight: int = 0
    late: int = 0
    late_by: int = 0


@dataclass(frozen=True, slots=True)
class Windows:
    """Visit windows: those that close within a week, those in grace, those that lapsed; `ahead` close later and are told of today.

    Units: days.
    """

    closing: int = 0
    at_home: int = 0
    first_in: int = 0
    grace: int = 0
    grace_left: int = 0
    lapsed: int = 0
    ahead: int = 0
    ahead_in: int = 0

    @property
    def count(self) -> int:
        """How many there are."""
        return self.closing + self.grace + self.lapsed + self.ahead


@dataclass(frozen=True, slots=True)
class Past:
    """What of one staff member's is past the limit. `oldest` is of the first five kinds."""

    slack_user_id: str
    contacts: int = 0
    notes: int = 0
    drafts: int = 0
    follow_ups: int = 0
    returned: int = 0
    oldest: Age = Age()
    plan_reviews: int = 0
    silent: int = 0
    without_contact_this_month: int = 0
    windows: int = 0
    urgent: int = 0
    urgent_age: Age = Age()
    grace: int = 0
    grace_left: int = 0
    undelivered: int = 0

    @property
    def has_late(self) -> bool:
        """Whether any of it has an age."""
        return bool(self.contacts or self.notes or self.drafts or self.follow_ups or self.returned)

    @property
    def says_something(self) -> bool:
        """Whether there is anything to tell."""
        others = self.plan_reviews or self.silent or self.without_contact_this_month or self.windows
        return self.has_late or bool(others or self.urgent or self.grace or self.undelivered)


@dataclass(frozen=True, slots=True)
class Letter:
    """What one message tells one person. `about` holds the rules a step of which came due for them as the owner."""

    slot: Slot
    monday: bool
    about: frozenset[RuleName]
    unnoted: Unnoted = Unnoted()
    drafts: int = 0
    drafts_before_today: int = 0
    drafts_ending: int = 0
    drafts_end_in: int = 0
    notes: Notes = Notes()
    windows: Windows = Windows()
    planned: int = 0
    follow_ups: int = 0
    overdue: int = 0
    follow_ups_ahead: int = 0
    follow_ups_ahead_in: int = 0
    without_contact_this_month: int = 0
    plan_reviews: int = 0
    plan_review_in: int = 0
    plan_reviews_overdue: int = 0
    silent: int = 0
    silent_for: int = 0
    covered: int = 0
    problems: int = 0
    emergencies: int = 0
    returned: int = 0
    returned_age: Age = Age()
    urgent: int = 0
    urgent_age: Age = Age()
    for_review: int = 0
    review_age: Age = Age()
    past: tuple[Past, ...] = ()
    lost: int = 0
    may_wait: bool = False

    @property
    def says_urgent(self) -> bool:
        """Whether it tells of items marked urgent."""
        return bool(self.urgent) and RuleName.SAFETY_FOLLOW_UP in self.about

    @property
    def says_returned(self) -> bool:
        """Whether it tells of notes that came back: when one did, and each morning."""
        return bool(self.returned) and (self.slot is Slot.START or RuleName.RETURNED_NOTE in self.about)

    @property
    def says_today(self) -> bool:
        """Whether it tells how many of the day's contacts have notes."""
        is_end = self.slot is Slot.END and RuleName.END_OF_DAY in self.about
        return is_end and self.notes.contacts_today > self.notes.noted_today

    @property
    def says_unnoted(self) -> bool:
        """Whether it tells of all contacts without a note. In the morning those of earlier days have a line of their own."""
        if self.slot is Slot.START:
            return bool(self.unnoted.count) and not self.unnoted.before_today and bool(self.about & NOTES)
        return bool(self.unnoted.count) and not self.says_today

    @property
    def says_due_next(self) -> bool:
        """Whether it tells of notes due by the next business day in a line of their own."""
        return bool(self.notes.due_next) and RuleName.NOTE_DEADLINE in self.about and not self.says_today

    @property
    def says_drafts(self) -> bool:
        """Whether it tells of all drafts. In the morning those of earlier days have a line of their own."""
        if self.slot is Slot.START:
            return bool(self.drafts) and not self.drafts_before_today and RuleName.UNSIGNED_DRAFT in self.about
        return bool(self.drafts)

    @property
    def says_windows(self) -> bool:
        """Whether it tells of visit windows: each morning, else when one of their steps has come."""
        return bool(self.windows.count) and (self.slot is Slot.START or bool(self.about & VISITS))

    @property
    def says_follow_ups(self) -> bool:
        """Whether it tells of follow-ups outside the plan of the morning."""
        is_told = RuleName.FOLLOW_UP in self.about and self.slot is not Slot.START
        return is_told and bool(self.follow_ups or self.overdue)

    @property
    def says_month(self) -> bool:
        """Whether it tells of people without a contact this month."""
        return bool(self.without_contact_this_month) and (
            self.slot is Slot.START or RuleName.MONTHLY_CONTACT in self.about
        )

    @property
    def says_silent(self) -> bool:
        """Whether it tells of people of whom nothing was heard."""
        return bool(self.silent) and RuleName.NO_CONTACT in self.about

    @property
    def says_something(self) -> bool:
        """Whether its message has a line of its own; what it says beside that needs no message."""
        if self.slot is Slot.URGENT:
            return self.says_urgent or self.says_returned or any(each.urgent for each in self.past)
        said = (
            self.says_urgent,
            self.says_returned,
            self.says_today,
            self.says_unnoted,
            self.says_due_next,
            self.notes.late_tonight,
            self.notes.late,
            self.says_drafts,
            self.drafts_ending and RuleName.DRAFT_EXPIRY in self.about,
            self.says_windows,
            self.says_follow_ups,
            self.follow_ups_ahead,
            self.says_month,
            self.plan_reviews,
            self.plan_reviews_overdue,
            self.says_silent,
            self.covered,
            self.problems,
            self.emergencies,
        )
        return any(said) or (self.slot is Slot.START and self._says_morning)

    @property
    def _says_morning(self) -> bool:
        today = self.planned or self.follow_ups or self.overdue
        before = self.unnoted.before_today or self.drafts_before_today
        return bool(today or before or self.for_review) or any(each.says_something for each in self.past)
