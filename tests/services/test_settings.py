"""One's own settings: what may be changed, and which days are no absence."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine

from services import settings
from services.audit import Action
from services.refusals import FieldRefused
from services.settings import ChangeSettings
from tests.conftest import Agency, StandingClock
from tests.services.day_store import ALICE, furnished
from tests.services.roster_store import Store

TODAY = dt.date(2026, 3, 2)


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    return furnished(engine, agency, clock)


def day(number: int) -> dt.date:
    """So many days from today."""
    return TODAY + dt.timedelta(number)


def change(store: Store, first: dt.date | None, last: dt.date | None, *, after_call: bool = True) -> None:
    """alice saves these settings."""
    alice = store.actor(ALICE)
    store.run(lambda work: settings.change(work, alice, ChangeSettings(after_call, first, last)))


def test_they_begin_with_messages_after_calls_and_no_absence(store: Store) -> None:
    found, _ = store.run(lambda work: settings.current(work, store.actor(ALICE)))
    assert (found.after_call, found.away_from, found.away_until) == (True, None, None)
    assert [f"{each:%H:%M}" for each in found.times] == ["09:00", "12:45", "16:30"]


def test_what_is_saved_stands_there_and_is_recorded_once(store: Store) -> None:
    change(store, day(1), day(9), after_call=False)
    assert [entry.action for entry in store.recorded] == [Action.STAFF_SETTINGS]
    row, _ = store.staff(ALICE)
    assert (row.after_call, row.away_from, row.away_until) == (False, day(1), day(9))
    change(store, day(1), day(9), after_call=False)
    assert store.recorded == []
    change(store, None, None)
    assert store.staff(ALICE)[0].away_from is None


@pytest.mark.parametrize(
    ("first", "last", "field", "kind"),
    [
        (day(1), None, "away_until", "both_days"),
        (None, day(1), "away_from", "both_days"),
        (day(-1), day(1), "away_from", "day_past"),
        (day(3), day(2), "away_until", "days_in_order"),
        (day(0), day(367), "away_until", "day_far"),
    ],
)
def test_days_that_are_no_absence_are_refused_on_their_field(
    store: Store, first: dt.date | None, last: dt.date | None, field: str, kind: str
) -> None:
    with pytest.raises(FieldRefused) as caught:
        change(store, first, last)
    assert (caught.value.field, caught.value.kind) == (field, kind)
    assert store.staff(ALICE)[0].away_from is None


def test_whoever_is_away_may_change_the_last_day_and_the_rest(store: Store) -> None:
    change(store, day(0), day(9))
    store.clock.advance(days=3)
    change(store, day(0), day(5))
    change(store, day(0), day(5), after_call=False)
    assert store.staff(ALICE)[0].away_until == day(5)
    with pytest.raises(FieldRefused):
        change(store, day(0), day(2))


def test_an_absence_that_is_over_stands_in_nobodys_way(store: Store) -> None:
    change(store, day(0), day(1))
    store.clock.advance(days=9)
    change(store, day(0), day(1), after_call=False)
    assert not store.staff(ALICE)[0].after_call
