"""When in a person's own working day they may be reminded, and when they are away."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.deliveries import Slot
from models.staff import Role, Staff, StaffState
from services import policies
from services.crew import Crew, Member, crew_of
from services.hours import Calendar
from services.work import Work
from tests.reminders.town import Town, eastern

POLICY = policies.defaults()
NEW_YORK = ZoneInfo("America/New_York")
# Someone who works from half past eight to five.
ALICE = Member(
    id=uuid.UUID(int=1),
    slack_user_id="U0ALICE",
    roles=frozenset({Role.CASE_MANAGER}),
    team_id=None,
    supervisor_id=None,
    calendar=Calendar(POLICY.agency, POLICY.business_hours, NEW_YORK),
    policy=POLICY,
    work_days="12345",
    starts=510,
    ends=1020,
    away_from=None,
    away_until=None,
)


@pytest.mark.parametrize(
    ("wall", "slot", "until"),
    [
        ("2026-11-23T08:59", None, ""),
        ("2026-11-23T09:00", Slot.START, "12:45"),
        ("2026-11-23T12:44", Slot.START, "12:45"),
        ("2026-11-23T12:45", Slot.MIDDLE, "16:30"),
        ("2026-11-23T16:30", Slot.END, "17:00"),
        ("2026-11-23T17:00", None, ""),
        ("2026-11-22T10:00", None, ""),  # A Sunday.
        ("2026-11-26T10:00", None, ""),  # Thanksgiving.
    ],
)
def test_the_time_that_came_last_counts_until_the_next_one(wall: str, slot: Slot | None, until: str) -> None:
    found = ALICE.slot_at(eastern(wall))
    assert (found[0] if found else None) is slot
    if found is not None:
        assert found[1] <= eastern(wall) < found[2] == eastern(f"{wall[:10]}T{until}")


def test_whoever_works_at_weekends_is_reminded_at_weekends() -> None:
    weekender = replace(ALICE, work_days="67")
    found = weekender.slot_at(eastern("2026-11-22T10:00"))
    assert found is not None
    assert found[0] is Slot.START
    assert not weekender.works_on(dt.date(2026, 11, 23))


def test_nobody_works_on_a_holiday_that_falls_on_their_own_weekend() -> None:
    assert not replace(ALICE, work_days="6").works_on(dt.date(2027, 12, 25))


@pytest.mark.parametrize(
    ("away", "day", "is_away"),
    [
        ((dt.date(2026, 3, 3), dt.date(2026, 3, 4)), 2, False),
        ((dt.date(2026, 3, 3), dt.date(2026, 3, 4)), 3, True),
        ((dt.date(2026, 3, 3), dt.date(2026, 3, 4)), 4, True),
        ((dt.date(2026, 3, 3), dt.date(2026, 3, 4)), 5, False),
        ((dt.date(2026, 3, 3), None), 31, True),
        ((None, None), 3, False),
    ],
)
def test_an_absence_has_its_first_and_its_last_day(
    away: tuple[dt.date | None, dt.date | None], day: int, is_away: bool
) -> None:
    member = replace(ALICE, away_from=away[0], away_until=away[1])
    assert member.is_away(dt.date(2026, 3, day)) is is_away
    assert bool(member.slots(dt.date(2026, 3, day))) is not is_away


def test_whoever_is_away_is_looked_for_after_it() -> None:
    member = replace(ALICE, away_from=dt.date(2026, 3, 2), away_until=dt.date(2026, 3, 6))
    assert member.next_time(eastern("2026-03-02T08:00")) == eastern("2026-03-09T09:00")
    assert member.next_time(eastern("2026-03-02T08:00"), Slot.END) == eastern("2026-03-09T16:30")


def test_whoever_does_not_work_soon_is_not_looked_for() -> None:
    assert replace(ALICE, away_from=dt.date(2026, 3, 2)).next_time(eastern("2026-03-02T08:00")) is None
    assert replace(ALICE, work_days="").next_time(eastern("2026-03-02T08:00")) is None


@given(st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 12, 31), timezones=st.just(dt.UTC)))
def test_no_instant_falls_outside_the_working_day(now: dt.datetime) -> None:
    found = ALICE.slot_at(now)
    local = now.astimezone(NEW_YORK)
    inside = 510 <= local.hour * 60 + local.minute < 1020
    assert found is None or (inside and found[1] <= now < found[2])
    assert not (ALICE.is_working(now) and not inside)


@pytest.mark.anyio
async def test_whoever_left_belongs_to_no_crew(hamlet: Town) -> None:
    alice, bob = hamlet.staff("U0ALICE"), hamlet.staff("U0BOB", role=Role.ADMIN)
    hamlet.change(Staff, alice, state=StaffState.LEFT)

    def crew(work: Work) -> Crew:
        return crew_of(work, POLICY)

    found = hamlet.run(crew)
    assert set(found) == {bob}
    assert found[bob].roles == {Role.ADMIN}
