"""Business days, business hours and the times of a working day, in every time zone whose clocks change."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.deliveries import Slot
from models.policy_words import Offset, Unit
from services.days import calendar_of
from services.hours import Calendar, instant_of
from services.policies import check, defaults

NEW_YORK = ZoneInfo("America/New_York")
FIRST, LAST = dt.date(2026, 1, 1), dt.date(2028, 12, 31)
WEEK = dt.timedelta(days=7)
DAY = dt.timedelta(days=1)
THREE = [Slot.START, Slot.MIDDLE, Slot.END]


def wall(text: str, zone: ZoneInfo = NEW_YORK) -> dt.datetime:
    """An instant, given as what the clocks show."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(dt.UTC)


def in_zone(zone: ZoneInfo = NEW_YORK) -> Calendar:
    """The default agency's calendar by these clocks."""
    return calendar_of(defaults(), zone)


@lru_cache(maxsize=1)
def changes() -> dict[str, list[dt.date]]:
    """Every zone whose clocks change in 2026 to 2028, and the days around each change."""
    noons = [dt.datetime.combine(FIRST, dt.time(12), dt.UTC) + WEEK * number for number in range(157)]
    found: dict[str, list[dt.date]] = {}
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        offsets = [noon.astimezone(zone).utcoffset() for noon in noons]
        weeks = [noons[number] for number in range(156) if offsets[number] != offsets[number + 1]]
        if weeks:
            found[name] = [day for start in weeks for day in _around(start, zone)]
    return found


def _around(start: dt.datetime, zone: ZoneInfo) -> list[dt.date]:
    """The day of the change in the week after this noon, with its neighbours."""
    while start.astimezone(zone).utcoffset() == (start + DAY).astimezone(zone).utcoffset():
        start += DAY
    return [start.astimezone(zone).date() + DAY * number for number in range(-1, 3)]


zones = st.deferred(lambda: st.sampled_from(sorted(changes()))).map(ZoneInfo)
days = st.dates(FIRST, LAST)
moments = st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2028, 12, 31), timezones=st.just(dt.UTC))


@st.composite
def days_of_change(draw: st.DrawFn) -> tuple[ZoneInfo, dt.date]:
    """A zone and a day on or next to which its clocks change."""
    name = draw(st.sampled_from(sorted(changes())))
    return ZoneInfo(name), draw(st.sampled_from(changes()[name]))


def test_many_zones_change_their_clocks() -> None:
    assert len(changes()) > 150
    assert {"America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Nuuk"} <= set(changes())


@pytest.mark.parametrize(
    ("day", "minute", "zone", "instant"),
    [
        ("2026-03-08", 150, "America/New_York", "2026-03-08T07:00"),  # 02:30 is skipped; 03:00 comes.
        ("2026-11-01", 90, "America/New_York", "2026-11-01T05:30"),  # 01:30 comes twice; the first.
        ("2026-10-04", 135, "Australia/Lord_Howe", "2026-10-03T15:30"),  # 02:15 is skipped; 02:30 comes.
        ("2026-04-24", 15, "Africa/Cairo", "2026-04-23T22:00"),  # Midnight is skipped; 01:00 comes.
        ("2026-07-01", 540, "America/New_York", "2026-07-01T13:00"),
        ("2026-07-01", 1440, "America/New_York", "2026-07-02T04:00"),
    ],
)
def test_a_time_on_the_clock_is_one_instant(day: str, minute: int, zone: str, instant: str) -> None:
    found = instant_of(dt.date.fromisoformat(day), minute, ZoneInfo(zone))
    assert found == dt.datetime.fromisoformat(instant).replace(tzinfo=dt.UTC)


@given(days_of_change(), st.integers(0, 1439), st.integers(0, 1439))
def test_a_later_time_on_the_clock_is_no_earlier_instant(
    change: tuple[ZoneInfo, dt.date], one: int, other: int
) -> None:
    zone, day = change
    assert instant_of(day, min(one, other), zone) <= instant_of(day, max(one, other), zone)


def test_every_zone_has_three_times_on_every_day_around_a_change() -> None:
    times = defaults().daily_times
    for name, around in changes().items():
        zone = ZoneInfo(name)
        calendar = in_zone(zone)
        for day in around:
            for starts, ends in ((510, 1020), (300, 900), (840, 1320)):
                slots = calendar.slots(day, starts, ends, times)
                assert [slot for slot, _ in slots] == THREE
                assert {at.astimezone(zone).date() for _, at in slots} == {day}


@given(
    st.one_of(days_of_change(), st.tuples(zones, days)),
    st.integers(0, 1300),
    st.integers(0, 1439),
    st.sampled_from(
        ["", "{first: 02:30, second: 03:00, third: 17:59}", "{first: 1 minute after start, second: 12:00}"]
    ),
)
def test_the_times_of_a_day_are_in_order_and_inside_it(
    change: tuple[ZoneInfo, dt.date], starts: int, length: int, words: str
) -> None:
    zone, day = change
    ends = min(starts + length, 1440)
    hours = "business_hours: {from: 00:00}\n"
    times = check(f"format: 1\n{hours}daily_times: {words or '{}'}").daily_times
    slots = in_zone(zone).slots(day, starts, ends, times)
    assert [slot for slot, _ in slots] == [slot for slot in THREE if slot in dict(slots)]
    assert all(before < after for (_, before), (_, after) in pairwise(slots))
    assert all(instant_of(day, starts, zone) <= at < instant_of(day, ends, zone) for _, at in slots)
    assert {at.astimezone(zone).date() for _, at in slots} <= {day}


def test_a_short_day_keeps_only_the_times_that_stay_in_order() -> None:
    calendar, day = in_zone(), dt.date(2026, 11, 23)
    times = defaults().daily_times
    assert calendar.slots(day, 540, 600, times) == [(Slot.START, wall("2026-11-23T09:30"))]
    assert [slot for slot, _ in calendar.slots(day, 540, 620, times)] == THREE
    assert calendar.slots(day, 540, 560, times) == [(Slot.MIDDLE, wall("2026-11-23T09:10"))]
    assert calendar.slots(day, 540, 540, times) == []


@pytest.mark.parametrize(
    ("day", "business"),
    [
        ("2026-11-23", True),
        ("2026-11-22", False),  # A Sunday.
        ("2026-11-26", False),  # Thanksgiving.
        ("2026-07-03", False),  # Independence Day, observed.
        ("2027-12-31", False),  # New Year's Day of 2028, observed the year before.
        ("2028-02-29", True),
    ],
)
def test_the_agency_rests_at_weekends_and_on_holidays(day: str, business: bool) -> None:
    assert in_zone().is_business_day(dt.date.fromisoformat(day)) is business


def test_an_agency_may_rest_on_more_days_and_work_on_holidays_and_saturdays() -> None:
    policy = check(
        "format: 1\nagency: {extra_holidays: [2026-12-24], working_holidays: [2026-10-12], subdivision: VA}\n"
        "business_hours: {days: [mon, tue, wed, thu, fri, sat]}"
    )
    calendar = calendar_of(policy, NEW_YORK)
    assert not calendar.is_business_day(dt.date(2026, 12, 24))
    assert calendar.is_business_day(dt.date(2026, 10, 12))
    assert calendar.is_business_day(dt.date(2026, 11, 28))
    assert not calendar.is_business_day(dt.date(2026, 11, 27))  # The day after Thanksgiving, in Virginia.
    assert in_zone().is_business_day(dt.date(2026, 11, 27))
    assert calendar.is_holiday(dt.date(2027, 12, 25))


@pytest.mark.parametrize(
    ("instant", "words", "due"),
    [
        ("2026-11-20T16:40", "2 business days", "2026-11-24T16:40"),
        ("2026-11-20T16:40", "0 business days", "2026-11-20T16:40"),
        ("2026-11-21T10:00", "0 business days", "2026-11-23T10:00"),
        ("2026-11-21T10:00", "1 business day", "2026-11-23T10:00"),
        ("2026-11-25T10:00", "1 business day", "2026-11-27T10:00"),  # Over Thanksgiving.
        ("2026-11-23T10:00", "-1 business day", "2026-11-20T10:00"),
        ("2026-11-20T16:40", "4 business hours", "2026-11-23T10:40"),
        ("2026-11-20T14:00", "4 business hours", "2026-11-20T18:00"),
        ("2026-11-21T10:00", "4 business hours", "2026-11-23T12:00"),
        ("2026-11-20T19:00", "0 business hours", "2026-11-23T08:00"),
        ("2026-11-20T06:00", "12 business hours", "2026-11-23T10:00"),
        ("2026-03-07T09:00", "1 day", "2026-03-08T09:00"),  # 23 hours.
        ("2026-03-07T02:30", "1 day", "2026-03-08T03:00"),  # 02:30 is skipped.
        ("2026-10-31T01:30", "1 day", "2026-11-01T01:30"),
        ("2026-03-07T09:00", "24 hours", "2026-03-08T10:00"),
        ("2028-02-28T09:00", "1 day", "2028-02-29T09:00"),
        ("2026-11-23T09:00", "15 minutes", "2026-11-23T09:15"),
    ],
)
def test_an_offset_is_added_as_people_count(instant: str, words: str, due: str) -> None:
    assert in_zone().add(wall(instant), Offset.parse(words)) == wall(due)


def test_nothing_added_is_the_same_instant_also_when_the_clocks_show_it_twice() -> None:
    second = dt.datetime(2026, 11, 1, 6, 30, tzinfo=dt.UTC)
    assert in_zone().add(second, Offset(0, Unit.DAYS)) == second


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="forwards"):
        in_zone().add(wall("2026-11-20T16:40"), Offset(-1, Unit.BUSINESS_HOURS))
    with pytest.raises(ValueError, match="days"):
        in_zone().add_to_day(dt.date(2026, 11, 20), Offset(1, Unit.HOURS))


@given(zones, moments, st.integers(-40, 40))
def test_business_days_never_end_on_another_day(zone: ZoneInfo, moment: dt.datetime, amount: int) -> None:
    calendar = in_zone(zone)
    due = calendar.add(moment, Offset(amount, Unit.BUSINESS_DAYS))
    assert calendar.is_business_day(due.astimezone(zone).date())
    assert (due > moment) if amount > 0 else (due < moment) if amount < 0 else (due >= moment)


@given(zones, moments, st.integers(0, 60), st.integers(1, 60))
def test_business_hours_end_in_business_hours_and_add_up(
    zone: ZoneInfo, moment: dt.datetime, one: int, two: int
) -> None:
    calendar = in_zone(zone)
    first = calendar.add(moment, Offset(one, Unit.BUSINESS_HOURS))
    local = first.astimezone(zone)
    assert calendar.is_business_day(local.date())
    assert 480 <= local.hour * 60 + local.minute <= 1080
    together = calendar.add(moment, Offset(one + two, Unit.BUSINESS_HOURS))
    assert calendar.add(first, Offset(two, Unit.BUSINESS_HOURS)) == together


@given(days, st.integers(1, 60))
def test_counting_business_days_is_the_opposite_of_adding_them(day: dt.date, amount: int) -> None:
    calendar = in_zone()
    due = calendar.add_to_day(day, Offset(amount, Unit.BUSINESS_DAYS))
    assert calendar.business_days_between(day, due) == amount
    assert calendar.business_days_between(due, day) == -amount
    assert calendar.next_business_day(day) == calendar.add_to_day(day, Offset(1, Unit.BUSINESS_DAYS))


@given(zones, st.integers(0, 155), st.integers(720, 1079))
def test_a_contact_on_friday_afternoon_is_not_late_on_monday_morning(zone: ZoneInfo, week: int, minute: int) -> None:
    friday = dt.date(2026, 1, 2) + WEEK * week
    calendar = in_zone(zone)
    contact = instant_of(friday, minute, zone)
    due = calendar.add(contact, defaults().deadlines.note_late_after)
    assert due > instant_of(friday + 3 * DAY, 719, zone)
    assert calendar.business_days_between(friday, due.astimezone(zone).date()) >= 2
