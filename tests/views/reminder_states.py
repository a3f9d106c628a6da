"""The states of the messages that remind: each time of the day, singular and plural, urgent, to supervisors, put off, done, the digest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from models.deliveries import Slot
from models.policy import RuleName
from services.digests import Digest
from services.snoozes import Later
from services.tidings import Age, Letter, Notes, Past, Unnoted, Windows
from views.blocks import SafeBlocks
from views.reminders import digest_message, done_message, later_message, letter_message

MIDDLE: Final = Letter(Slot.MIDDLE, monday=False, about=frozenset({RuleName.UNNOTED_CONTACT}), may_wait=True)
END: Final = Letter(Slot.END, monday=False, about=frozenset({RuleName.END_OF_DAY}), may_wait=True)
START: Final = Letter(Slot.START, monday=True, about=frozenset({RuleName.MORNING_PLAN}))
URGENT: Final = Letter(Slot.URGENT, monday=False, about=frozenset({RuleName.SAFETY_FOLLOW_UP}))

MIDDLE_ONE: Final = replace(MIDDLE, unnoted=Unnoted(phone=1, oldest=Age(hours=1)))
MIDDLE_MANY: Final = replace(
    MIDDLE, unnoted=Unnoted(2, 1, 2, Age(business_days=2), before_today=1), drafts=2, drafts_ending=2, drafts_end_in=3
)
END_ONE: Final = replace(END, unnoted=Unnoted(phone=1), notes=Notes(0, 1, due_next=1))
END_MANY: Final = replace(
    END,
    unnoted=Unnoted(2),
    drafts=1,
    drafts_ending=1,
    drafts_end_in=1,
    notes=Notes(7, 9, due_next=2, next_is_tomorrow=False, late_tonight=2, late=3, late_by=2),
)
START_ONE: Final = replace(
    START,
    windows=Windows(closing=1, at_home=1, first_in=1, grace=1, grace_left=1, lapsed=1),
    planned=1,
    follow_ups=1,
    overdue=1,
    unnoted=Unnoted(phone=1, before_today=1),
    drafts=1,
    drafts_before_today=1,
    returned=1,
    returned_age=Age(business_days=1),
    covered=1,
    emergencies=1,
    lost=1,
)
START_MANY: Final = replace(
    START,
    monday=False,
    windows=Windows(closing=4, at_home=2, first_in=2, grace=2, grace_left=6, lapsed=2),
    planned=2,
    follow_ups=3,
    overdue=2,
    unnoted=Unnoted(2, 2, before_today=2),
    drafts=3,
    drafts_before_today=2,
    returned=2,
    returned_age=Age(business_days=3),
    covered=3,
    emergencies=2,
    lost=2,
    may_wait=True,
)
STEPS: Final = frozenset(
    {
        RuleName.VISIT_WINDOW,
        RuleName.FOLLOW_UP,
        RuleName.MONTHLY_CONTACT,
        RuleName.PLAN_REVIEW,
        RuleName.NO_CONTACT,
        RuleName.NOTE_DEADLINE,
        RuleName.ROSTER_SANITY,
    }
)
STEPS_ONE: Final = Letter(
    Slot.START,
    monday=False,
    about=STEPS,
    windows=Windows(ahead=1, ahead_in=15),
    follow_ups_ahead=1,
    follow_ups_ahead_in=1,
    without_contact_this_month=1,
    plan_reviews=1,
    plan_review_in=1,
    plan_reviews_overdue=1,
    silent=1,
    silent_for=30,
    notes=Notes(due_next=1),
    problems=1,
)
STEPS_MANY: Final = replace(
    STEPS_ONE,
    windows=Windows(ahead=2, ahead_in=30),
    follow_ups_ahead=2,
    follow_ups_ahead_in=5,
    without_contact_this_month=2,
    plan_reviews=2,
    plan_review_in=60,
    plan_reviews_overdue=2,
    silent=2,
    silent_for=44,
    notes=Notes(due_next=2, next_is_tomorrow=False),
    problems=2,
)
ALICE_ONE: Final = Past("U0ALICE", 1, 1, 1, 1, 1, Age(business_days=2), 1, 1, 1, 1, 1, Age(hours=48), 1, 1, 1)
BOB_MANY: Final = Past("U0BOB", 2, 2, 2, 2, 2, Age(business_days=4), 2, 2, 2, 2, 2, Age(hours=72), 2, 6, 2)
SUPERVISOR: Final = replace(START, for_review=6, review_age=Age(business_days=2), past=(ALICE_ONE, BOB_MANY))
TO_SUPERVISOR: Final = Letter(
    Slot.URGENT, monday=False, about=frozenset(), past=(Past("U0ALICE", urgent=1, urgent_age=Age(hours=48)),)
)
RETURNED: Final = Letter(Slot.URGENT, monday=False, about=frozenset({RuleName.RETURNED_NOTE}))

LETTERS: Final[Mapping[str, Letter]] = {
    "middle_one": MIDDLE_ONE,
    "middle_many": MIDDLE_MANY,
    "middle_last_time": replace(MIDDLE_MANY, may_wait=False),
    "end_one": END_ONE,
    "end_many": END_MANY,
    "start_one": START_ONE,
    "start_many": START_MANY,
    "steps_one": STEPS_ONE,
    "steps_many": STEPS_MANY,
    "supervisor": SUPERVISOR,
    "urgent_one": replace(URGENT, urgent=1, urgent_age=Age(hours=24)),
    "urgent_many": replace(URGENT, urgent=2, urgent_age=Age(hours=30)),
    "urgent_to_supervisor": TO_SUPERVISOR,
    "returned_one": replace(RETURNED, returned=1, returned_age=Age()),
    "returned_many": replace(RETURNED, returned=2, returned_age=Age(business_days=2)),
}
DIGESTS: Final[Mapping[str, Digest]] = {
    "digest_week": Digest("C0TEAM", 7, 94, 91, 83, 3, 2, 5, 4),
    "digest_day_one": Digest("C0TEAM", 1, 1, 1, None, 1, 1, 1, 1),
    "digest_nothing_open": Digest("C0TEAM", 7, 12, 12, 100, 0, 0, 0, 0),
}


def letter(name: str) -> Callable[[], SafeBlocks]:
    """The message of a letter."""
    return lambda: letter_message(LETTERS[name])


def digest(name: str) -> Callable[[], SafeBlocks]:
    """The message of a digest."""
    return lambda: digest_message(DIGESTS[name])


def later(until: Later) -> Callable[[], SafeBlocks]:
    """A message that was put off."""
    return lambda: later_message(until)


MESSAGES: Final[Mapping[str, Callable[[], SafeBlocks]]] = {
    **{f"reminder_{name}": letter(name) for name in LETTERS},
    **{f"reminder_{name}": digest(name) for name in DIGESTS},
    **{f"reminder_later_{until.value}": later(until) for until in Later},
    "reminder_all_noted": lambda: done_message(noted_only=True),
    "reminder_all_done": lambda: done_message(noted_only=False),
}
