"""The calendar of the tests of time, worked out by hand: business days, business hours, and when a person may be told.

Here: what the rules' words say of time, without the services that are tested by it. Not here: what happens (year) and what
is owed (oracle).
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from models.deliveries import Slot
from models.staff import Role

DAY: Final = dt.timedelta(days=1)
MINUTE: Final = dt.timedelta(minutes=1)
OPENS, CLOSES = 8 * 60, 18 * 60
# Public holidays of the United States, as month and day; the agency works on Columbus Day of 2027, and not on the day after
# Thanksgiving of that year.
_OFF: Final = {
    2026: "01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25",
    2027: "01-01 01-18 02-15 05-31 06-18 06-19 07-04 07-05 09-06 11-11 11-25 11-26 12-24 12-25 12-31",
    2028: "01-01 01-17 02-21 05-29 06-19 07-04 09-04 10-09 11-10 11-11 11-23 12-25",
    2029: "01-01",
}
OFF: Final = frozenset(dt.date.fromisoformat(f"{year}-{day}") for year, days in _OFF.items() for day in days.split())


def is_business_day(day: dt.date) -> bool:
    """Whether the agency works on this day."""
    return day.weekday() < 5 and day not in OFF


def business_day(day: dt.date, number: int) -> dt.date:
    """The so-many-th business day after a day, or before it; for 0 the day itself or the first one after it."""
    left = abs(number)
    if not number and not is_business_day(day):
        left, number = 1, 1
    while left:
        day += DAY if number > 0 else -DAY
        left -= is_business_day(day)
    return day


def instant(day: dt.date, minute: int, zone: ZoneInfo) -> dt.datetime:
    """When the clocks of a zone first show this minute of a day or, where they skip it, whatever they show next."""
    return at_wall(dt.datetime.combine(day, dt.time()) + minute * MINUTE, zone)


def at_wall(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The first instant at which the clocks show this, or more where they skip it."""
    found = min(wall.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1))
    while found.astimezone(zone).replace(tzinfo=None) < wall:
        found += MINUTE
    return found


def add(since: dt.datetime, amount: int, unit: str, zone: ZoneInfo) -> dt.datetime:
    """The instant so far from another, as the words of a step have it."""
    match unit:
        case "minute":
            return since + amount * MINUTE
        case "hour":
            return since + amount * 60 * MINUTE
        case "business hour":
            return _working_minutes(since, amount * 60, zone)
        case _:
            wall = since.astimezone(zone).replace(tzinfo=None)
            return at_wall(dt.datetime.combine(add_days(wall.date(), amount, unit), wall.time()), zone)


def add_days(day: dt.date, amount: int, unit: str) -> dt.date:
    """The day so far from another."""
    return business_day(day, amount) if unit == "business day" else day + amount * DAY


def _working_minutes(since: dt.datetime, left: int, zone: ZoneInfo) -> dt.datetime:
    """Business hours begin at eight and end at six; a change of the clocks never falls into them."""
    wall = since.astimezone(zone).replace(tzinfo=None)
    while True:
        opens, closes = (dt.datetime.combine(wall.date(), dt.time(minute // 60)) for minute in (OPENS, CLOSES))
        begin = max(wall, opens)
        if is_business_day(wall.date()) and begin < closes:
            if begin + left * MINUTE <= closes:
                return at_wall(begin + left * MINUTE, zone)
            left -= (closes - begin) // MINUTE
        wall = dt.datetime.combine(wall.date() + DAY, dt.time())


@dataclass(frozen=True)
class Person:
    """A staff member's days, hours and absence. Units: hours are minutes after midnight; days are ISO weekdays."""

    id: uuid.UUID
    user_id: str
    zone: ZoneInfo
    days: str
    hours: tuple[int, int]
    role: Role
    team: uuid.UUID | None = None
    supervisor: uuid.UUID | None = None
    away: tuple[dt.date, dt.date] | None = None

    def day(self, at: dt.datetime) -> dt.date:
        """Their own day."""
        return at.astimezone(self.zone).date()

    def is_away(self, day: dt.date) -> bool:
        """Whether others cover for them."""
        return self.away is not None and self.away[0] <= day <= self.away[1]

    def works_on(self, day: dt.date) -> bool:
        """Whether they work: on their weekdays, but not on a day on which the agency is closed, nor while they are away."""
        return str(day.isoweekday()) in self.days and day not in OFF and not self.is_away(day)

    def is_working(self, at: dt.datetime) -> bool:
        """Whether this is inside their hours."""
        day = self.day(at)
        opens, closes = (instant(day, minute, self.zone) for minute in self.hours)
        return self.works_on(day) and opens <= at < closes

    def times(self, day: dt.date) -> dict[Slot, dt.datetime]:
        """Half an hour after they begin, the middle, and half an hour before they end; one that is skipped with the end is none."""
        if not self.works_on(day):
            return {}
        begins, ends = self.hours
        minutes = {Slot.START: begins + 30, Slot.MIDDLE: (begins + ends) // 2, Slot.END: ends - 30}
        found = {slot: instant(day, minute, self.zone) for slot, minute in minutes.items()}
        closes = instant(day, ends, self.zone)
        return {slot: at for slot, at in found.items() if at < closes}

    def slot(self, at: dt.datetime) -> tuple[Slot, dt.datetime] | None:
        """Which of the three times came last in this working day, and when."""
        if not self.is_working(at):
            return None
        past = [(slot, time) for slot, time in self.times(self.day(at)).items() if time <= at]
        return past[-1] if past else None

    def next_start(self, at: dt.datetime) -> dt.datetime | None:
        """The first start of a day of theirs at or after an instant, within a month."""
        day = self.day(at)
        for number in range(30):
            start = self.times(day + number * DAY).get(Slot.START)
            if start is not None and start >= at:
                return start
        return None
