"""The demo's agency: whenever somebody tries it, there is something to see."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from bot import demo_agency
from services import policies
from services.hours import Calendar

THANKSGIVING = dt.date(2026, 11, 26)


@pytest.mark.parametrize("today", [THANKSGIVING, dt.date(2026, 12, 31), dt.date(2027, 1, 1)])
def test_it_works_on_public_holidays_too(today: dt.date) -> None:
    policy, usual = policies.check(demo_agency.policy_yaml(today)), policies.defaults()
    zone = ZoneInfo(usual.agency.zone)
    days = [today + dt.timedelta(number) for number in range(-demo_agency.HISTORY_DAYS, 30)]
    assert any(Calendar(usual.agency, usual.business_hours, zone).is_holiday(day) for day in days)
    assert not any(Calendar(policy.agency, policy.business_hours, zone).is_holiday(day) for day in days)
