"""The steps of every rule as the default policy words them, and when each comes: written down once more, by hand.

Here: which steps there are and on which local days they fall. Not here: to whom, and whether they are still owed (oracle).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.reminders.almanac import DAY, Person, add, add_days, instant
from tests.reminders.year import Life

WEEK: Final = 7 * DAY


@dataclass(frozen=True)
class Step:
    """One line of a rule: so much after its day or instant, to its owner or the supervisor, and again every so many days."""

    amount: int
    unit: str
    to: str = "owner"
    every: int = 0

    @property
    def name(self) -> str:
        """What it is called."""
        words = f"{self.amount} {self.unit}{'' if abs(self.amount) == 1 else 's'}"
        return words if self.to == "owner" else f"{self.to}: {words}"


BOSS: Final = "supervisor"
VISIT: Final = (Step(1, "day", every=1), Step(1, "day", BOSS, every=7))
RULES: Final = {
    "unnoted_contact": (
        Step(15, "minute"),
        Step(4, "business hour"),
        Step(1, "business day"),
        Step(2, "business day", BOSS),
    ),
    "unsigned_draft": (Step(2, "hour"), Step(1, "business day"), Step(2, "business day", BOSS)),
    "draft_expiry": (Step(-3, "business day"), Step(0, "day", every=7)),
    "note_deadline": (
        Step(-1, "business day"),
        Step(0, "day"),
        Step(1, "business day"),
        Step(1, "business day", BOSS),
    ),
    "follow_up": (
        Step(-3, "business day"),
        Step(0, "day"),
        Step(1, "day"),
        Step(3, "day", BOSS),
        Step(7, "day", every=7),
    ),
    "visit_window": (*(Step(-days, "day") for days in (30, 15, 7, 2, 0)), *VISIT),
    "monthly_visit": (*(Step(-days, "day") for days in (10, 5, 2, 0)), *VISIT),
    "monthly_contact": (
        Step(-15, "day"),
        Step(-8, "day"),
        *(Step(-days, "business day") for days in (3, 2, 1)),
    ),
    "safety_follow_up": (Step(24, "hour"), Step(48, "hour", BOSS)),
    "returned_note": (Step(0, "minute"), Step(1, "business day"), Step(3, "business day")),
    "review_queue": (Step(0, "minute", BOSS),),
    "plan_review": (*(Step(-days, "day") for days in (60, 30, 14, 7, 0)), Step(7, "day", every=7)),
    "no_contact": (Step(30, "day"), Step(45, "day", BOSS)),
}


def first_of(since: dt.datetime | dt.date, step: Step, person: Person) -> dt.datetime:
    """When a step is due for the first time."""
    if isinstance(since, dt.datetime):
        return add(since, step.amount, step.unit, person.zone)
    return instant(add_days(since, step.amount, step.unit), 0, person.zone)


def times_of(
    life: Life, step: Step, person: Person, ends: dt.datetime
) -> Iterator[tuple[dt.date, dt.datetime, dt.datetime]]:
    """The local days of a step, with the instant from which each counts, and the one from which it does not any more."""
    since = (life.first or life.anchor) if step.to == BOSS else life.anchor
    at = first_of(since, step, person)
    day = person.day(at)
    while at < min(life.closes, ends):
        later = day + step.every * DAY
        again = bool(step.every) and not (step.to == "owner" and life.until is not None and later > life.until)
        stops = min(at + WEEK, instant(later, 0, person.zone)) if again else at + WEEK
        yield day, at, stops
        if not again:
            return
        day, at = later, instant(later, 0, person.zone)
