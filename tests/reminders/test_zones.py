"""Every time zone whose clocks change in 2026 to 2028: each step is due on one local date, and each time of the day comes once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.deliveries import DAILY, Delivery, DeliveryState, Slot
from models.occurrences import Occurrence
from models.policy import Policy, RuleName
from models.staff import Role
from services import firings, policies
from services.crew import Member
from services.hours import Calendar
from services.open_items import OpenItem, Scene
from services.work import Work
from tests.conftest import Agency
from tests.reminders.almanac import DAY, MINUTE, Person, instant
from tests.reminders.steps import BOSS, RULES, times_of
from tests.reminders.town import Town
from tests.reminders.year import HOUR, OFFICE, POLICY, Life

pytestmark = pytest.mark.anyio

FIRST, LAST = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2029, 1, 1, tzinfo=dt.UTC)
EVERY_DAY: Final = "1234567"
# A night, a day and an evening: clocks change between eight in the evening and five in the morning.
SHIFTS: Final = ((0, 270), OFFICE, (1200, 1439))
# Half-hour changes, quarters of an hour, changes at midnight, of two hours, at odd dates and by the moon, and none at all.
ODD: Final = (
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Atlantic/Azores",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "America/Nuuk",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Pacific/Apia",
)
Change = tuple[dt.datetime, dt.timedelta, dt.timedelta]


@cache
def changes_of(name: str) -> tuple[Change, ...]:
    """When the clocks of a zone change, to the minute, with how far they are from universal time before and after."""
    zone = ZoneInfo(name)
    found: list[Change] = []
    day, before = FIRST, FIRST.astimezone(zone).utcoffset()
    while day < LAST:
        after = (day + DAY).astimezone(zone).utcoffset()
        if before is not None and after is not None and before != after:
            low, high = 0, DAY // MINUTE
            while high - low > 1:
                middle = (low + high) // 2
                is_before = (day + middle * MINUTE).astimezone(zone).utcoffset() == before
                low, high = (middle, high) if is_before else (low, middle)
            found.append((day + high * MINUTE, before, after))
        day, before = day + DAY, after
    return tuple(found)


def zones() -> list[str]:
    """One zone of each kind that changes, by its first name, and the odd ones."""
    kinds: dict[tuple[Change, ...], str] = {}
    for name in sorted(available_timezones()):
        if changes_of(name):
            kinds.setdefault(changes_of(name), name)
    return sorted({*kinds.values(), *(name for name in ODD if changes_of(name))})


@dataclass(frozen=True)
class Place:
    """A staff member and their supervisor in one zone; a contact, a promise and a window are open while its clocks change."""

    people: tuple[Person, Person]
    lives: tuple[Life, ...]
    ticks: tuple[dt.datetime, ...]

    def crew(self, policy: Policy) -> dict[uuid.UUID, Member]:
        """Both, as the services see them."""
        return {
            each.id: Member(
                id=each.id,
                slack_user_id=each.user_id,
                roles=frozenset({each.role}),
                team_id=None,
                supervisor_id=each.supervisor,
                calendar=Calendar(policy.agency, policy.business_hours, each.zone),
                policy=policy,
                work_days=each.days,
                starts=each.hours[0],
                ends=each.hours[1],
                away_from=None,
                away_until=None,
            )
            for each in self.people
        }

    def items(self) -> list[OpenItem]:
        """What is open all the time."""
        return [
            OpenItem(RuleName(each.rule), each.subject, each.owner, each.anchor, each.anchor, until=each.until)
            for each in self.lives
        ]


def place(name: str, change: dt.datetime, hours: tuple[int, int]) -> Place:
    """Ticks every hour, and at everybody's times, from one day and a half before the change to one and a half after it."""
    zone = ZoneInfo(name)
    boss = Person(uuid.UUID(int=1), "U0CAROL", zone, EVERY_DAY, hours, Role.SUPERVISOR)
    owner = Person(uuid.UUID(int=2), "U0ALICE", zone, EVERY_DAY, hours, Role.CASE_MANAGER, None, boss.id)
    day = owner.day(change)
    ended = instant(day - DAY, 14 * 60, zone)
    lives = (
        Life("unnoted_contact", uuid.UUID(int=3), owner.id, ended, ended),
        Life("unnoted_contact", uuid.UUID(int=4), owner.id, change - 20 * MINUTE, change - 20 * MINUTE),
        Life("follow_up", uuid.UUID(int=5), owner.id, day, ended),
        Life("visit_window", uuid.UUID(int=6), owner.id, day - 2 * DAY, ended, until=day + 8 * DAY),
    )
    at_times = {time for number in (-1, 0, 1) for time in owner.times(day + number * DAY).values()}
    hourly = {change + number * HOUR + 7 * MINUTE for number in range(-36, 36)}
    return Place((owner, boss), lives, tuple(sorted(at_times | hourly | {change - MINUTE, change})))


def expected(here: Place) -> set[tuple[uuid.UUID, str, uuid.UUID, str, dt.date]]:
    """What is owed at any of the ticks, by the words of the rules."""
    owner, boss = here.people
    found: set[tuple[uuid.UUID, str, uuid.UUID, str, dt.date]] = set()
    for life in here.lives:
        for step in RULES[life.rule]:
            person = boss if step.to == BOSS else owner
            for local_on, since, stops in times_of(life, step, person, here.ticks[-1]):
                due = person.next_start(since) if person is boss else since
                if due is not None and any(due <= now < stops for now in here.ticks):
                    found.add((person.id, life.rule, life.subject, step.name, local_on))
    return found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("hours", SHIFTS, ids=["night", "day", "evening"])
def test_each_step_is_due_on_one_local_date_however_the_clocks_change(hours: tuple[int, int], agency: Agency) -> None:
    policy = policies.check(POLICY)
    for name in zones():
        for change, _, _ in changes_of(name):
            here = place(name, change, hours)
            crew, items = here.crew(policy), here.items()
            dates: dict[tuple[uuid.UUID, str, uuid.UUID, str, dt.date], set[dt.datetime]] = defaultdict(set)
            for now in here.ticks:
                scene = Scene(Work(Session(), agency.id, agency.keys, now), policy, crew)
                for firing in firings.due(scene, items, {}):
                    dates[firing.key].add(firing.due_at)
            assert set(dates) == expected(here), (name, change)
            assert {key: at for key, at in dates.items() if len(at) > 1} == {}, (name, change)
            once = Counter((*key[:4],) for key in dates if key[3] != "1 day")
            assert max(once.values()) == 1, (name, change)


@pytest.mark.parametrize("hours", SHIFTS, ids=["night", "day", "evening"])
def test_each_time_of_the_day_comes_once_in_its_order_and_in_the_working_hours(hours: tuple[int, int]) -> None:
    policy = policies.check(POLICY)
    for name in zones():
        for change, _, _ in changes_of(name):
            here = place(name, change, hours)
            owner = here.people[0]
            member = here.crew(policy)[owner.id]
            seen: dict[tuple[dt.date, Slot], set[dt.datetime]] = defaultdict(set)
            for now in here.ticks:
                found = member.slot_at(now)
                assert (found is None) == (owner.slot(now) is None), (name, now)
                if found is not None:
                    seen[member.day(now), found[0]].add(found[1])
                    assert found[1] <= now < found[2], (name, now)
            for number in (-1, 0, 1):
                day = owner.day(change) + number * DAY
                told = [next(iter(seen[day, slot])) for slot in DAILY if seen[day, slot]]
                assert [len(seen[day, slot]) for slot in DAILY if seen[day, slot]] == [1] * len(told), (name, day)
                assert told == sorted(set(told)), (name, day)
                assert set(told) == set(owner.times(day).values()), (name, day)


# The change of each half of the world, the half hour and the quarters of the islands, and Ramadan.
MOMENTS: Final = ("2026-09-27", "2026-10-04", "2027-02-07", "2027-03-28")


async def test_a_town_of_odd_zones_is_told_of_each_thing_once(town: Town) -> None:
    boss = town.staff("U0CAROL", role=Role.SUPERVISOR, days=EVERY_DAY)
    people = [
        town.staff(f"U0{number}", zone=name, days=EVERY_DAY, hours=SHIFTS[number % len(SHIFTS)], supervisor=boss)
        for number, name in enumerate(ODD)
    ]
    for moment in MOMENTS:
        day = dt.date.fromisoformat(moment)
        noon = dt.datetime.combine(day - 2 * DAY, dt.time(12), dt.UTC)
        for person in people:
            client = town.client(person)
            town.contact(person, client, noon)
            town.follow_up(person, client, day)
            town.requirement(client, day - DAY)
        for number in range(72):
            await town.tick_at(noon + number * HOUR)
    sent = town.run(lambda work: work.session.scalars(select(Delivery).where(Delivery.sent_at.is_not(None))).all())
    places = Counter((row.receiver_id, row.local_on, row.slot, row.number) for row in sent)
    assert set(places.values()) == {1}
    assert {row.state for row in sent} == {DeliveryState.SENT}
    daily = Counter((row.receiver_id, row.local_on) for row in sent)
    assert max(daily.values()) <= len(DAILY)
    steps = town.run(lambda work: work.session.scalars(select(Occurrence)).all())
    for rule, names in (("unnoted_contact", ("15 minutes", "4 business hours")), ("follow_up", ("0 days", "1 day"))):
        found = Counter((row.subject_id, row.step) for row in steps if row.rule.value == rule and row.step in names)
        assert len(found) == len(people) * len(MOMENTS) * len(names)
        assert set(found.values()) == {1}
