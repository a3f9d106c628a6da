"""Contact windows: by example, and by what must hold for every history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.requirements import RequiredContact
from services.windows import DAY, Count, Rhythm, Seen, Stop, Window, WindowState, advance, count, look, merged

BEGINS = dt.date(2026, 1, 5)
QUARTERLY = Rhythm(RequiredContact.FACE_TO_FACE, 90, 10, 0, BEGINS)
ENHANCED = Rhythm(RequiredContact.FACE_TO_FACE, 30, 10, 2, BEGINS)
MONTHLY = Rhythm(RequiredContact.ANY, None, 0, 0, BEGINS)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def visits(*days: str, at_home: bool = False) -> list[Seen]:
    return [Seen(day(each), face_to_face=True, at_home=at_home) for each in days]


def calls(*days: str) -> list[Seen]:
    return [Seen(day(each), face_to_face=False) for each in days]


def closes(rhythm: Rhythm, seen: Sequence[Seen], *stops: Stop) -> str:
    return str(count(rhythm, seen, stops).closes_on)


def stands(rhythm: Rhythm, closes_on: str, today: str, *stops: Stop) -> Window:
    return look(rhythm, day(closes_on), stops, day(today))


def test_a_window_counts_from_the_last_visit_or_from_its_first_day() -> None:
    assert closes(QUARTERLY, []) == "2026-04-05"
    assert closes(QUARTERLY, visits("2025-12-20")) == "2026-03-20"
    assert closes(QUARTERLY, visits("2025-12-20", "2026-02-01", "2026-01-20")) == "2026-05-02"


def test_only_contacts_of_the_right_kind_satisfy() -> None:
    assert closes(QUARTERLY, calls("2026-02-01")) == "2026-04-05"
    assert closes(MONTHLY, calls("2026-01-20")) == "2026-02-28"


def test_a_visit_in_grace_does_not_move_the_anchor() -> None:
    assert count(QUARTERLY, visits("2026-04-14"), []) == Count(day("2026-04-05"), day("2026-07-04"), home_due=False)
    assert closes(QUARTERLY, visits("2026-04-14", "2026-04-15")) == "2026-07-04"
    assert closes(QUARTERLY, visits("2026-04-16")) == "2026-07-15"


def test_every_second_visit_has_to_be_at_home() -> None:
    away, home = visits("2026-01-10"), visits("2026-01-20", at_home=True)
    assert count(ENHANCED, away, []) == Count(day("2026-01-10"), day("2026-02-09"), home_due=True)
    assert count(ENHANCED, away + visits("2026-01-15"), []) == count(ENHANCED, away, [])
    assert count(ENHANCED, away + home, []) == Count(day("2026-01-20"), day("2026-02-19"), home_due=False)
    both = away + visits("2026-01-10", at_home=True)
    assert not count(ENHANCED, both, []).home_due


def test_each_visit_at_home_and_every_fourth_one() -> None:
    each = replace(ENHANCED, home_every=1)
    assert count(each, [], []).home_due
    assert closes(each, visits("2026-01-10")) == "2026-02-04"
    fourth = replace(ENHANCED, home_every=4)
    seen = visits("2026-01-10", "2026-01-11")
    assert not count(fourth, seen, []).home_due
    assert count(fourth, seen + visits("2026-01-12"), []).home_due


def test_days_in_hospital_do_not_count() -> None:
    stay = Stop(day("2026-02-01"), day("2026-02-10"))
    assert closes(QUARTERLY, [], stay) == "2026-04-15"
    assert closes(QUARTERLY, [], stay, Stop(day("2026-02-05"), day("2026-02-12"))) == "2026-04-17"
    assert closes(QUARTERLY, [], Stop(day("2026-04-05"))) == "None"
    assert stands(QUARTERLY, "2026-04-15", "2026-02-10", stay).state is WindowState.PAUSED
    assert stands(QUARTERLY, "2026-04-15", "2026-02-11", stay).state is WindowState.OPEN


def test_days_of_grace_wait_too() -> None:
    stay = Stop(day("2026-04-10"), day("2026-04-12"))
    window = stands(QUARTERLY, "2026-04-05", "2026-04-18", stay)
    assert window == Window(day("2026-04-05"), day("2026-04-18"), WindowState.GRACE)
    assert stands(QUARTERLY, "2026-04-05", "2026-04-19", stay).state is WindowState.LAPSED
    assert stands(QUARTERLY, "2026-04-05", "2027-01-01", Stop(day("2026-04-10"), day("2026-04-09"))).state is (
        WindowState.LAPSED
    )


def test_an_endless_stay_leaves_the_end_open() -> None:
    window = stands(QUARTERLY, "2026-04-05", "2026-04-07", Stop(day("2026-04-08")))
    assert window == Window(day("2026-04-05"), None, WindowState.GRACE)
    assert look(QUARTERLY, None, [], day("2026-04-07")).state is WindowState.OPEN


def test_a_requirement_has_a_first_and_a_last_day() -> None:
    short = replace(QUARTERLY, until_on=day("2026-03-31"))
    assert closes(short, []) == "None"
    assert stands(short, "2026-03-20", "2026-01-04").state is WindowState.NOT_YET
    assert stands(short, "2026-03-20", "2026-03-31").state is WindowState.LAPSED
    assert stands(short, "2026-03-20", "2026-04-01").state is WindowState.ENDED
    assert look(replace(MONTHLY, until_on=day("2026-03-15")), day("2026-02-28"), [], day("2026-03-02")) == Window(
        None, None, WindowState.OPEN
    )


@pytest.mark.parametrize(
    ("seen", "last_day"),
    [
        ([], "2026-01-31"),
        (["2025-12-31"], "2026-01-31"),
        (["2026-01-03"], "2026-02-28"),
        (["2026-01-31"], "2026-02-28"),
        (["2026-01-31", "2026-02-28"], "2026-03-31"),
        (["2027-12-31"], "2028-01-31"),
        (["2028-01-01"], "2028-02-29"),
    ],
)
def test_a_month_closes_on_its_last_day(seen: list[str], last_day: str) -> None:
    assert closes(MONTHLY, calls(*seen)) == last_day


def test_a_month_that_passed_is_followed_by_the_one_that_runs() -> None:
    assert stands(MONTHLY, "2026-01-31", "2026-02-01") == Window(day("2026-02-28"), day("2026-02-28"), WindowState.OPEN)
    graced = replace(MONTHLY, grace_days=5)
    assert stands(graced, "2026-01-31", "2026-02-05").state is WindowState.GRACE
    assert stands(graced, "2026-01-31", "2026-02-06").closes_on == day("2026-02-28")
    assert closes(graced, calls("2026-02-03")) == "2026-02-28"
    assert closes(graced, calls("2026-02-06")) == "2026-03-31"


def test_a_month_whose_last_day_is_spent_away_asks_for_nothing() -> None:
    assert closes(MONTHLY, [], Stop(day("2026-01-31"), day("2026-02-10"))) == "2026-02-28"
    assert closes(MONTHLY, [], Stop(day("2026-01-10"), day("2026-01-30"))) == "2026-01-31"
    assert closes(MONTHLY, [], Stop(day("2026-01-10"))) == "None"


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [("2028-02-28", 1, "2028-02-29"), ("2028-02-29", 365, "2029-02-28"), ("2026-01-31", 0, "2026-01-31")],
)
def test_days_are_days_of_the_calendar(start: str, days: int, end: str) -> None:
    assert advance(day(start), days, []) == day(end)


some_days = st.dates(dt.date(2025, 10, 1), dt.date(2028, 12, 31))
histories = st.lists(st.builds(Seen, some_days, st.booleans(), st.booleans()), max_size=12)


def stop(first: dt.date, length: int) -> Stop:
    return Stop(first, first + length * DAY)


stops_ = st.lists(st.builds(stop, some_days, st.integers(-1, 60)), max_size=4)
rhythms = st.builds(
    Rhythm,
    st.sampled_from(RequiredContact),
    st.one_of(st.none(), st.integers(14, 120)),
    st.integers(0, 13),
    st.integers(0, 4),
    st.just(BEGINS),
)


def or_never(closes_on: dt.date | None) -> dt.date:
    return closes_on or dt.date.max


@given(rhythms, histories, stops_, st.data())
def test_the_order_in_which_notes_are_signed_does_not_matter(
    rhythm: Rhythm, seen: list[Seen], stops: list[Stop], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(seen))
    assert count(rhythm, mixed, stops[::-1]) == count(rhythm, seen, stops)


@given(rhythms, histories, stops_, st.integers(0, 400), st.booleans())
def test_a_later_contact_never_brings_the_closing_day_nearer(
    rhythm: Rhythm, seen: list[Seen], stops: list[Stop], days: int, at_home: bool
) -> None:
    last = max([BEGINS, *(each.on for each in seen)])
    more = [*seen, Seen(last + days * DAY, face_to_face=True, at_home=at_home)]
    assert or_never(count(rhythm, more, stops).closes_on) >= or_never(count(rhythm, seen, stops).closes_on)


@given(rhythms, histories, stops_, st.integers(0, 60), st.integers(0, 60))
def test_a_pause_never_shortens_the_window_it_falls_into(
    rhythm: Rhythm, seen: list[Seen], stops: list[Stop], after: int, length: int
) -> None:
    first = max([BEGINS, *(each.on for each in seen)]) + (after + 1) * DAY
    more = [*stops, Stop(first, first + length * DAY)]
    assert or_never(count(rhythm, seen, more).closes_on) >= or_never(count(rhythm, seen, stops).closes_on)


@given(st.integers(14, 120), st.integers(1, 13), histories, stops_, st.data())
def test_grace_does_not_move_the_anchor(
    every: int, grace: int, seen: list[Seen], stops: list[Stop], data: st.DataObject
) -> None:
    rhythm = Rhythm(RequiredContact.ANY, every, grace, 0, BEGINS)
    before = count(rhythm, seen, stops)
    assert before.closes_on is not None
    last = max([BEGINS, *(each.on for each in seen)])
    ends = look(rhythm, before.closes_on, stops, last).grace_ends_on
    assert ends is not None
    if ends <= max(last, before.closes_on):
        return
    in_grace = data.draw(st.lists(st.dates(max(last, before.closes_on) + DAY, ends), min_size=1, max_size=3))
    after = count(rhythm, [*seen, *(Seen(each, face_to_face=True) for each in in_grace)], stops)
    assert after.anchor_on == before.closes_on
    assert after.closes_on == advance(before.closes_on, every, merged(stops))


@given(stops_, some_days, st.integers(0, 100))
def test_so_many_days_count_on_the_way(stops: list[Stop], start: dt.date, days: int) -> None:
    end = advance(start, days, merged(stops))
    assert end is not None
    passed = [start + each * DAY for each in range(1, (end - start).days + 1)]
    assert sum(not any(stop.covers(each) for stop in stops) for each in passed) == days
