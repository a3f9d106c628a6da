"""The agency's calendar follows the policy in force."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from services import days, policies
from tests.conftest import Agency, StandingClock
from tests.services.roster_store import Store

NEW_YORK = ZoneInfo("America/New_York")
CHRISTMAS_EVE = dt.date(2026, 12, 24)


def test_a_day_off_counts_from_when_its_policy_is_in_force(
    engine: Engine, agency: Agency, clock: StandingClock
) -> None:
    store = Store(engine, agency, clock)
    assert store.run(lambda work: days.calendar(work, NEW_YORK).is_business_day(CHRISTMAS_EVE))
    store.run(lambda work: policies.apply(work, "format: 1\nagency: {extra_holidays: [2026-12-24]}"))
    assert not store.run(lambda work: days.calendar(work, NEW_YORK).is_business_day(CHRISTMAS_EVE))
    after = store.run(lambda work: days.calendar(work, NEW_YORK).next_business_day(dt.date(2026, 12, 23)))
    assert after == dt.date(2026, 12, 28)
