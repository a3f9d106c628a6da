"""The agency's clock: business days, business hours, and the times of a person's working day, in one time zone.

Here: arithmetic, without a database. Not here: which policy counts (policies), what is due when (rules and deliveries).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from models.deliveries import Slot
from models.policy import Agency, BusinessHours, DailyTimes
from models.policy_words import Offset, Unit

_DAY: Final = dt.timedelta(days=1)
_MINUTE: Final = dt.timedelta(minutes=1)
_DAILY: Final = (Slot.START, Slot.MIDDLE, Slot.END)
_EXACT: Final = {Unit.MINUTES: _MINUTE, Unit.HOURS: dt.timedelta(hours=1)}


@lru_cache(maxsize=256)
def public_holidays(country: str, subdivision: str | None, year: int) -> frozenset[dt.date]:
    """The public holidays of a year, and those of the next."""
    # A holiday of the next year may be observed in the last days of this one.
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=(year, year + 1)))


def instant_of(day: dt.date, minute: int, zone: ZoneInfo) -> dt.datetime:
    """The instant in UTC at which the clocks of a zone show this minute after midnight.

    A time that the clocks skip is the first one they show after it; a time that they show twice is the first of the two.
    """
    wall = dt.datetime.combine(day, dt.time()) + minute * _MINUTE
    return _instant(wall, zone)


def _instant(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    first = wall.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    # Skipped: read with the offset after the change it lies before the change, and the other way round.
    before, after = wall.replace(tzinfo=zone, fold=1).astimezone(dt.UTC), first
    offset = after.astimezone(zone).utcoffset()
    while after - before > dt.timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The agency's business days and hours, as the clocks of one time zone show them."""

    agency: Agency
    business_hours: BusinessHours
    zone: ZoneInfo

    def is_holiday(self, day: dt.date) -> bool:
        """Whether the agency is closed on this day, whatever day of the week it is."""
        agency = self.agency
        if day in agency.extra_holidays:
            return True
        public = public_holidays(agency.country, agency.subdivision, day.year)
        return day in public and day not in agency.working_holidays

    def is_business_day(self, day: dt.date) -> bool:
        """Whether the agency works on this day."""
        return day.isoweekday() in self.business_hours.week and not self.is_holiday(day)

    def next_business_day(self, day: dt.date) -> dt.date:
        """The first business day after this one."""
        return self._step(day, 1)

    def business_days_between(self, first: dt.date, last: dt.date) -> int:
        """How many business days come after the first day, up to and with the last; negative when it lies before."""
        if last < first:
            return -self.business_days_between(last, first)
        return sum(self.is_business_day(first + number * _DAY) for number in range(1, (last - first).days + 1))

    def add_to_day(self, day: dt.date, offset: Offset) -> dt.date:
        """The day so far from another; counted in business days it is always one, also at a distance of 0.

        Errors: ValueError for an offset that counts no days.
        """
        match offset.unit:
            case Unit.DAYS:
                return day + offset.amount * _DAY
            case Unit.BUSINESS_DAYS:
                return self._business_days_from(day, offset.amount)
            case _:
                raise ValueError("Only days can be added to a day.")

    def add(self, instant: dt.datetime, offset: Offset) -> dt.datetime:
        """The instant so far from another, in UTC: days keep the time on the clock, business hours run only while the agency works.

        Errors: ValueError for business hours backwards, which no rule needs.
        """
        if offset.unit in _EXACT:
            return instant.astimezone(dt.UTC) + offset.amount * _EXACT[offset.unit]
        if offset.unit is Unit.BUSINESS_HOURS:
            return self._add_business_time(instant, dt.timedelta(hours=offset.amount))
        local = instant.astimezone(self.zone)
        day = self.add_to_day(local.date(), offset)
        if day == local.date():
            return instant.astimezone(dt.UTC)
        return _instant(dt.datetime.combine(day, local.time()), self.zone)

    def slots(self, day: dt.date, starts: int, ends: int, times: DailyTimes) -> list[tuple[Slot, dt.datetime]]:
        """The times of this day at which a person may be reminded, in order; those that their short day would put out of order are left out.

        Units: the working day starts and ends at minutes after midnight; the instants are UTC.
        """
        found: list[tuple[Slot, dt.datetime]] = []
        opens, closes = instant_of(day, starts, self.zone), instant_of(day, ends, self.zone)
        before = opens - _MINUTE
        for slot, time in zip(_DAILY, (times.first, times.second, times.third), strict=True):
            at = instant_of(day, time.minute(starts, ends), self.zone)
            if max(opens, before + _MINUTE) <= at < closes:
                found.append((slot, at))
                before = at
        return found

    def _business_days_from(self, day: dt.date, amount: int) -> dt.date:
        if amount == 0:
            return day if self.is_business_day(day) else self._step(day, 1)
        for _ in range(abs(amount)):
            day = self._step(day, 1 if amount > 0 else -1)
        return day

    def _step(self, day: dt.date, by: int) -> dt.date:
        day += by * _DAY
        while not self.is_business_day(day):
            day += by * _DAY
        return day

    def _add_business_time(self, instant: dt.datetime, left: dt.timedelta) -> dt.datetime:
        if left < dt.timedelta():
            raise ValueError("Business hours are counted forwards only.")
        now = instant.astimezone(dt.UTC)
        day = now.astimezone(self.zone).date()
        while True:
            if self.is_business_day(day):
                opens = instant_of(day, self.business_hours.from_, self.zone)
                closes = instant_of(day, self.business_hours.until, self.zone)
                begin = max(now, opens)
                if begin < closes and left <= closes - begin:
                    return begin + left
                left -= max(closes - begin, dt.timedelta())
            day += _DAY
