"""Contact windows: until when a client must be seen next. Pure: days in, days out, no database and no clock.

Here: how one requirement is counted from the noted contacts and the pauses. Not here: reading them and storing what was
counted (requirements). Days are days of the calendar, the last day of everything included.
Source: 12VAC30-50-440 for windows of so many days; R510-400-11 for calendar months; grace and home visits by the policy.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from models.requirements import RequiredContact

DAY = dt.timedelta(1)


class WindowState(StrEnum):
    """Where a window stands on a day."""

    NOT_YET = "not_yet"
    OPEN = "open"
    GRACE = "grace"
    LAPSED = "lapsed"
    PAUSED = "paused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What a requirement asks for: a contact every so many days, or once per calendar month when `every_days` is None.

    Units: `home_every` is 0 where the place does not matter, 1 where every visit must be at home, 2 for every second one.
    """

    kind: RequiredContact
    every_days: int | None
    grace_days: int
    home_every: int
    from_on: dt.date
    until_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A noted contact, as far as windows care."""

    on: dt.date
    face_to_face: bool
    at_home: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """Days that do not count, until a last day or until further notice."""

    from_on: dt.date
    until_on: dt.date | None = None

    def covers(self, day: dt.date) -> bool:
        """Whether this day does not count."""
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True, slots=True)
class Count:
    """What the contacts so far amount to: the day the window counts from, its last day, and whether home is due.

    `closes_on` is None where nothing is owed: the client is away until further notice, or the requirement ends before.
    """

    anchor_on: dt.date
    closes_on: dt.date | None
    home_due: bool


@dataclass(frozen=True, slots=True)
class Window:
    """A requirement's window on a day. `grace_ends_on` is None where no end of it is known."""

    closes_on: dt.date | None
    grace_ends_on: dt.date | None
    state: WindowState


def count(rhythm: Rhythm, seen: Iterable[Seen], stops: Iterable[Stop]) -> Count:
    """What these contacts amount to; the order in which they are given does not matter.

    A contact in grace does not move the count: the next window goes on from the day on which the last one closed. What else
    happens in the same days of grace changes nothing either. After the grace the count begins anew with the next contact.
    """
    away = merged(stops)
    days, home_due = _satisfying(rhythm, seen)
    anchor = max((day for day in days if day <= rhythm.from_on), default=None)
    closes = _next_closing(rhythm, anchor or rhythm.from_on, away)
    if rhythm.every_days is None:
        closes = _first_month(rhythm, anchor, away)
    anchor = anchor or rhythm.from_on
    spent_until = anchor
    for day in days:
        if day <= rhythm.from_on or day <= spent_until:
            continue
        if closes is not None and day > closes:
            grace_ends = advance(closes, rhythm.grace_days, away)
            if grace_ends is None or day <= grace_ends:
                anchor, spent_until = closes, grace_ends or dt.date.max
                closes = _next_closing(rhythm, anchor, away)
                continue
        anchor = day
        closes = _next_closing(rhythm, anchor, away)
    if closes is not None and rhythm.until_on is not None and closes > rhythm.until_on:
        closes = None
    return Count(anchor, closes, home_due)


def look(rhythm: Rhythm, closes_on: dt.date | None, stops: Iterable[Stop], today: dt.date) -> Window:
    """How a window that closes on this day stands today.

    A calendar month that has passed cannot be made up for: then the window is that of the month that runs.
    """
    away = merged(stops)
    grace_ends = advance(closes_on, rhythm.grace_days, away) if closes_on else None
    while rhythm.every_days is None and closes_on and grace_ends and today > grace_ends:
        closes_on = _month_closing(closes_on + DAY, away)
        grace_ends = advance(closes_on, rhythm.grace_days, away) if closes_on else None
    if closes_on is not None and rhythm.until_on is not None and closes_on > rhythm.until_on:
        closes_on = grace_ends = None
    return Window(closes_on, grace_ends, _state(rhythm, closes_on, grace_ends, away, today))


def advance(day: dt.date, days: int, away: Sequence[Stop]) -> dt.date | None:
    """The day that lies so many counting days after this one, or None when they never come to an end.

    Shape: `away` comes from `merged`.
    """
    for stop in away:
        if stop.until_on is not None and stop.until_on <= day:
            continue
        counting = max(0, (stop.from_on - day).days - 1)
        if days <= counting:
            break
        if stop.until_on is None:
            return None
        days, day = days - counting, stop.until_on
    return day + days * DAY


def merged(stops: Iterable[Stop]) -> list[Stop]:
    """The same days as stops that neither touch nor overlap, in their order; a stop that ends before it begins is none."""
    found: list[Stop] = []
    for stop in sorted(stops, key=lambda each: each.from_on):
        if stop.until_on is not None and stop.until_on < stop.from_on:
            continue
        last = found[-1] if found else None
        if last is None or (last.until_on is not None and last.until_on + DAY < stop.from_on):
            found.append(stop)
        elif last.until_on is not None:
            until = None if stop.until_on is None else max(last.until_on, stop.until_on)
            found[-1] = Stop(last.from_on, until)
    return found


def _satisfying(rhythm: Rhythm, seen: Iterable[Seen]) -> tuple[list[dt.date], bool]:
    """The days of the contacts of the right kind and place, in order, and whether the next one must be at home."""
    at_home: dict[dt.date, bool] = {}
    for each in seen:
        if each.face_to_face or rhythm.kind is RequiredContact.ANY:
            at_home[each.on] = at_home.get(each.on, False) or each.at_home
    days: list[dt.date] = []
    elsewhere = 0
    for day in sorted(at_home):
        if at_home[day] or not rhythm.home_every:
            elsewhere = 0
        elif elsewhere + 1 >= rhythm.home_every:
            continue
        else:
            elsewhere += 1
        days.append(day)
    return days, bool(rhythm.home_every) and elsewhere + 1 >= rhythm.home_every


def _next_closing(rhythm: Rhythm, anchor: dt.date, away: Sequence[Stop]) -> dt.date | None:
    if rhythm.every_days is not None:
        return advance(anchor, rhythm.every_days, away)
    return _month_closing(_month_end(anchor) + DAY, away)


def _first_month(rhythm: Rhythm, anchor: dt.date | None, away: Sequence[Stop]) -> dt.date | None:
    """The month in which the requirement begins, unless a contact in it satisfied it already."""
    if anchor is not None and anchor >= rhythm.from_on.replace(day=1):
        return _next_closing(rhythm, anchor, away)
    return _month_closing(rhythm.from_on, away)


def _month_closing(day: dt.date, away: Sequence[Stop]) -> dt.date | None:
    """The last day of this day's month, or of the next one whose last day counts: a client who is away then is not asked for."""
    closes = _month_end(day)
    for stop in away:
        while stop.covers(closes):
            if stop.until_on is None:
                return None
            closes = _month_end(closes + DAY)
    return closes


def _month_end(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _state(
    rhythm: Rhythm, closes_on: dt.date | None, grace_ends: dt.date | None, away: Sequence[Stop], today: dt.date
) -> WindowState:
    if today < rhythm.from_on:
        return WindowState.NOT_YET
    if rhythm.until_on is not None and today > rhythm.until_on:
        return WindowState.ENDED
    if any(stop.covers(today) for stop in away):
        return WindowState.PAUSED
    if closes_on is None or today <= closes_on:
        return WindowState.OPEN
    return WindowState.GRACE if grace_ends is None or today <= grace_ends else WindowState.LAPSED
