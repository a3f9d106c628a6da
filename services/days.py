"""Business days of the agency. The calendar itself comes from the `holidays` package."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import holidays


@lru_cache(maxsize=16)
def _calendar(country: str, year: int) -> frozenset[dt.date]:
    return frozenset(holidays.country_holidays(country, years=(year, year + 1)))


def is_business_day(day: dt.date, country: str = "US") -> bool:
    """Whether the agency works on this day: Monday to Friday, and no public holiday."""
    return day.weekday() < 5 and day not in _calendar(country, day.year)


def next_business_day(day: dt.date, country: str = "US") -> dt.date:
    """The first business day after this one."""
    day += dt.timedelta(1)
    while not is_business_day(day, country):
        day += dt.timedelta(1)
    return day
