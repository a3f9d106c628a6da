"""When in a person's own working day they may be reminded."""

from __future__ import annotations

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.deliveries import Slot
from services.deliveries import slot_at
from services.policies import defaults
from services.staff import Actor

NEW_YORK = ZoneInfo("America/New_York")


def actor(*, zone: ZoneInfo = NEW_YORK, days: str = "12345", starts: int = 510, ends: int = 1020) -> Actor:
    """Someone who works from half past eight to five."""
    return Actor(
        uuid.UUID(int=1), "U1", "A", "CM", "", frozenset(), zone, days, starts, ends, None, cosign_required=False
    )


def at(text: str) -> dt.datetime:
    """An instant, given as New York's wall time."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(dt.UTC)


@pytest.mark.parametrize(
    ("wall", "slot"),
    [
        ("2026-11-23T08:59", None),
        ("2026-11-23T09:00", Slot.START),
        ("2026-11-23T12:44", Slot.START),
        ("2026-11-23T12:45", Slot.MIDDLE),
        ("2026-11-23T16:30", Slot.END),
        ("2026-11-23T17:00", None),
        ("2026-11-22T10:00", None),  # A Sunday.
        ("2026-11-26T10:00", None),  # Thanksgiving.
    ],
)
def test_the_time_that_came_last_counts(wall: str, slot: Slot | None) -> None:
    found = slot_at(actor(), at(wall), defaults())
    assert (found[1] if found else None) is slot


def test_whoever_works_at_weekends_is_reminded_at_weekends() -> None:
    assert slot_at(actor(days="67"), at("2026-11-22T10:00"), defaults()) == (dt.date(2026, 11, 22), Slot.START)


@given(st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 12, 31), timezones=st.just(dt.UTC)))
def test_no_instant_falls_outside_the_working_day(now: dt.datetime) -> None:
    found = slot_at(actor(), now, defaults())
    if found is not None:
        local = now.astimezone(NEW_YORK)
        assert found[0] == local.date()
        assert 510 <= local.hour * 60 + local.minute < 1020
