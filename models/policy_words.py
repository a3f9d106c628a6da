"""The values a policy is written in: offsets, times of the day, lengths, days and zones, and how each is read and written.

Here: one value at a time. Not here: what the policy says with them (models.policy), nor their arithmetic (services.hours).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, LiteralString
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, StringConstraints
from pydantic_core import PydanticCustomError

MOST_OF_A_UNIT: Final = 1000

_OFFSET: Final = re.compile(r"(-?\d{1,4}) (minute|hour|business hour|day|business day)s?")
_SECONDS: Final = re.compile(r"(\d{1,4}) (second|minute)s?")
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME: Final = re.compile(r"(\d{1,3}) minutes? (after start|before end)")


class Unit(StrEnum):
    """What an offset counts."""

    MINUTES = "minute"
    HOURS = "hour"
    BUSINESS_HOURS = "business hour"
    DAYS = "day"
    BUSINESS_DAYS = "business day"

    @property
    def counts_days(self) -> bool:
        """Whether it counts whole days, and so can be added to a day."""
        return self in {Unit.DAYS, Unit.BUSINESS_DAYS}


class Weekday(StrEnum):
    """A day of the week, as the file writes it."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"

    @property
    def iso(self) -> int:
        """1 for Monday to 7 for Sunday."""
        return list(Weekday).index(self) + 1


def wrong(sentence: LiteralString) -> PydanticCustomError:
    """A mistake of the policy that says itself what to write."""
    return PydanticCustomError("policy", sentence)


def _positive(offset: Offset) -> Offset:
    if offset.amount < 1:
        raise wrong("Write a length of at least 1.")
    return offset


def _whole_days(offset: Offset) -> Offset:
    if not offset.unit.counts_days:
        raise wrong("Write days or business days.")
    return offset


def _calendar_days(offset: Offset) -> Offset:
    if offset.unit is not Unit.DAYS:
        raise wrong('Write days: "90 days".')
    return offset


@dataclass(frozen=True, slots=True)
class Offset:
    """A signed distance in time: "15 minutes", "-3 business days"."""

    amount: int
    unit: Unit

    @classmethod
    def parse(cls, words: object) -> Offset:
        """The offset that is written so, singular or plural.

        Errors: PydanticCustomError.
        """
        if isinstance(words, Offset):
            return words
        found = _OFFSET.fullmatch(words) if isinstance(words, str) else None
        if found is None:
            raise wrong('Write a number and minutes, hours, business hours, days or business days: "4 business hours".')
        amount = int(found[1])
        if abs(amount) > MOST_OF_A_UNIT:
            raise wrong("Write at most 1000 of a unit.")
        return cls(amount, Unit(found[2]))

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}{'' if abs(self.amount) == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class DailyTime:
    """One of the three times of a working day: minutes after its start, its middle, minutes before its end, or o'clock."""

    words: str

    @classmethod
    def parse(cls, words: object) -> DailyTime:
        """The time that is written so.

        Errors: PydanticCustomError.
        """
        if isinstance(words, DailyTime):
            return words
        if isinstance(words, str) and (words == "middle" or _CLOCK.fullmatch(words) or _TIME.fullmatch(words)):
            return cls(words)
        raise wrong('Write "30 minutes after start", "middle", "30 minutes before end" or a time like "16:30".')

    def minute(self, starts: int, ends: int) -> int:
        """The minute after midnight, in a working day from `starts` to `ends` (minutes after midnight too)."""
        if clock := _CLOCK.fullmatch(self.words):
            return int(clock[1]) * 60 + int(clock[2])
        if distance := _TIME.fullmatch(self.words):
            return starts + int(distance[1]) if distance[2] == "after start" else ends - int(distance[1])
        return (starts + ends) // 2

    def __str__(self) -> str:
        return self.words


def _clock(words: object) -> int:
    found = _CLOCK.fullmatch(words) if isinstance(words, str) else None
    if found is None:
        raise wrong('Write a time of the day from 00:00 to 23:59: "08:00".')
    return int(found[1]) * 60 + int(found[2])


def _clock_words(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _seconds(words: object) -> int:
    found = _SECONDS.fullmatch(words) if isinstance(words, str) else None
    if found is None:
        raise wrong('Write a number and seconds or minutes: "60 seconds".')
    return int(found[1]) * (60 if found[2] == "minute" else 1)


def _seconds_words(seconds: int) -> str:
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def _day(words: object) -> dt.date:
    if isinstance(words, str) and _DAY.fullmatch(words):
        try:
            return dt.date.fromisoformat(words)
        except ValueError:
            pass
    raise wrong("Write a day that exists as year-month-day: 2026-12-24.")


def _zone(name: str) -> str:
    # Without a slash stand the names that differ from machine to machine (localtime) or mean nothing (Factory).
    if "/" in name or name == "UTC":
        try:
            return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise wrong('There is no such time zone. Write one like "America/New_York".')


SignedOffset = Annotated[Offset, BeforeValidator(Offset.parse), PlainSerializer(str)]
Length = Annotated[Offset, BeforeValidator(Offset.parse), AfterValidator(_positive), PlainSerializer(str)]
DayLength = Annotated[Length, AfterValidator(_whole_days)]
CalendarLength = Annotated[Length, AfterValidator(_calendar_days)]
Time = Annotated[DailyTime, BeforeValidator(DailyTime.parse), PlainSerializer(str)]
Minute = Annotated[int, BeforeValidator(_clock), PlainSerializer(_clock_words)]
Seconds = Annotated[int, BeforeValidator(_seconds), PlainSerializer(_seconds_words)]
Day = Annotated[dt.date, BeforeValidator(_day)]
Zone = Annotated[str, AfterValidator(_zone)]
Number = Annotated[int, Field(strict=True)]
Words = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=500)]
PackName = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=32)]
