"""Units: every vector of every rule, what holds for all minutes, and what adds up over a day and a month."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.note_document import Activity, Method
from models.units import Component, FrozenUnits, NotBilled, UnitRule
from services import units
from services.units import NEWEST, RULES, Stretch

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
MINUTES = st.integers(0, 720)
SEVERAL = st.lists(MINUTES, max_size=12)
ANY_RULE = st.sampled_from(list(NEWEST.values()))
ONE_BY_ONE: dict[UnitRule, Callable[[int], int]] = {
    UnitRule.CMS8: units.cms8,
    UnitRule.AZ_FIRST1_HALF: units.az_first1_half,
    UnitRule.NEAREST_QUARTER: units.nearest_quarter,
    UnitRule.EXACT_MINUTES: units.exact_minutes,
    UnitRule.FIVE_MIN: units.five_min,
}


@pytest.mark.parametrize(
    ("rule", "minutes", "counted"),
    [
        *((UnitRule.CMS8, *each) for each in ((7, 0), (8, 1), (22, 1), (23, 2), (37, 2), (38, 3), (127, 8))),
        *((UnitRule.CMS8, *each) for each in ((52, 3), (53, 4), (67, 4), (68, 5), (82, 5), (83, 6), (97, 6))),
        *((UnitRule.AZ_FIRST1_HALF, *each) for each in ((0, 0), (1, 1), (15, 1), (22, 1), (23, 2), (37, 2), (38, 3))),
        *((UnitRule.NEAREST_QUARTER, *each) for each in ((7, 0), (8, 1), (22, 1), (23, 2))),
        (UnitRule.EXACT_MINUTES, 37, 37),
        *((UnitRule.FIVE_MIN, *each) for each in ((4, 0), (5, 1), (9, 1))),
    ],
)
def test_a_contact_alone_counts_as_its_payer_says(rule: UnitRule, minutes: int, counted: int) -> None:
    assert ONE_BY_ONE[rule](minutes) == counted
    assert NEWEST[rule].total([minutes]) == counted


def test_whole_units_are_carried_over_the_month() -> None:
    assert units.whole_units_carry(14) == (0, 14)
    assert units.whole_units_carry(59) == (3, 14)
    assert units.whole_units_carry(16, carried=14) == (2, 0)
    rule = NEWEST[UnitRule.WHOLE_UNITS_CARRY]
    assert [rule.adds([], 14), rule.adds([], 59), rule.adds([59], 16)] == [0, 3, 2]


def test_short_contacts_of_a_day_count_together() -> None:
    assert units.min15_sum_day([10]) == 0
    assert units.min15_sum_day([10, 6]) == 1
    rule = NEWEST[UnitRule.MIN15_SUM_DAY]
    assert [rule.adds([], 10), rule.adds([10], 6)] == [0, 1]


def test_a_month_is_one_unit_however_many_contacts_it_has() -> None:
    assert [units.month(contacts) for contacts in (0, 1, 5)] == [0, 1, 1]
    rule = NEWEST[UnitRule.MONTH]
    assert [rule.adds([], 4), rule.adds([4], 90)] == [1, 0]


def test_every_rule_has_a_version_and_the_newest_is_among_them() -> None:
    assert set(NEWEST) == set(UnitRule)
    assert all(RULES[rule.name, rule.version] is rule for rule in NEWEST.values())


@given(rule=ANY_RULE, several=SEVERAL, minutes=MINUTES)
def test_units_are_whole_and_never_negative_and_one_more_contact_never_takes_any_away(
    rule: units.Rule, several: list[int], minutes: int
) -> None:
    total = rule.total(several)
    assert type(total) is int
    assert total >= 0
    assert rule.adds(several, minutes) >= 0


@given(rule=ANY_RULE, several=SEVERAL, minutes=st.integers(0, 719))
def test_a_longer_contact_never_counts_for_less(rule: units.Rule, several: list[int], minutes: int) -> None:
    assert rule.total([*several, minutes]) <= rule.total([*several, minutes + 1])


@given(rule=ANY_RULE, several=SEVERAL, chance=st.randoms(use_true_random=False))
def test_the_order_of_a_days_contacts_changes_nothing_of_its_sum(
    rule: units.Rule, several: list[int], chance: Random
) -> None:
    shuffled = list(several)
    chance.shuffle(shuffled)
    assert rule.total(shuffled) == rule.total(several)


@given(rule=ANY_RULE, several=SEVERAL)
def test_what_each_contact_adds_sums_up_to_the_whole(rule: units.Rule, several: list[int]) -> None:
    added = [rule.adds(several[:number], minutes) for number, minutes in enumerate(several)]
    assert sum(added) == rule.total(several)


@given(several=SEVERAL)
def test_no_minute_is_lost_or_made_in_carrying(several: list[int]) -> None:
    left, counted = 0, 0
    for minutes in several:
        carried = units.whole_units_carry(minutes, left)
        assert 0 <= carried.minutes < units.QUARTER
        left, counted = carried.minutes, counted + carried.units
    assert counted * units.QUARTER + left == sum(several)


@given(rule=ANY_RULE, several=SEVERAL, minutes=MINUTES, reason=st.sampled_from(list(NotBilled)))
def test_a_reason_only_lowers_and_the_minutes_stay(
    rule: units.Rule, several: list[int], minutes: int, reason: NotBilled
) -> None:
    plain, lowered = units.freeze(rule, minutes, several), units.freeze(rule, minutes, several, reason)
    assert lowered == FrozenUnits(rule=rule.name, version=rule.version, minutes=minutes, units=0, not_billed=reason)
    assert plain.units >= lowered.units
    assert plain.minutes == lowered.minutes == minutes


def test_what_is_never_billed_is_the_policys_to_say() -> None:
    letters, crisis = {Method.LETTER_FAX}, {Activity.CRISIS}
    assert units.not_billed(Method.LETTER_FAX, [Activity.LINKED], letters, crisis) is NotBilled.METHOD
    assert units.not_billed(Method.PHONE, [Activity.LINKED], letters, crisis) is None
    assert units.not_billed(None, [Activity.CRISIS], letters, crisis) is NotBilled.DIRECT_SERVICE
    assert units.not_billed(Method.PHONE, [Activity.CRISIS, Activity.LINKED], letters, crisis) is None
    assert units.not_billed(Method.LETTER_FAX, [Activity.CRISIS], set(), set()) is None


def test_components_follow_from_what_was_done() -> None:
    assert units.components([Activity.MONITORED, Activity.LINKED, Activity.REFERRED]) == (
        Component.REFERRAL,
        Component.MONITORING,
    )
    assert units.components([Activity.ASSESSED, Activity.PLANNED]) == (Component.ASSESSMENT, Component.CARE_PLAN)
    assert units.components([Activity.CRISIS]) == ()
    assert {each for activity in Activity for each in units.components([activity])} == set(Component)


def at(start: int, minutes: int, group: uuid.UUID | None = None, *, client: int = 0, billed: bool = True) -> Stretch:
    """A contact that begins so many minutes after noon."""
    starts = NOON + dt.timedelta(minutes=start)
    return Stretch(uuid.UUID(int=client), starts, starts + dt.timedelta(minutes=minutes), minutes, billed, group)


@pytest.mark.parametrize(
    ("others", "minutes"),
    [
        ([], 0),
        ([at(30, 10)], 0),
        ([at(-10, 10)], 0),
        ([at(20, 30)], 10),
        ([at(0, 30)], 30),
        ([at(5, 5), at(5, 5)], 5),
        ([at(-5, 10), at(25, 10)], 10),
        ([at(-60, 200), at(5, 5)], 30),
    ],
)
def test_overlapping_minutes_count_once(others: list[Stretch], minutes: int) -> None:
    assert units.overlap_minutes(at(0, 30), others) == minutes


def test_a_part_of_a_minute_is_none() -> None:
    late = Stretch(None, NOON + dt.timedelta(minutes=29, seconds=30), NOON + dt.timedelta(minutes=40), 11)
    assert units.overlap_minutes(at(0, 30), [late]) == 0


def test_the_split_contacts_of_one_group_do_not_overlap_each_other_but_others_do() -> None:
    group, other = uuid.UUID(int=7), uuid.UUID(int=8)
    mine = at(0, 30, group)
    assert units.overlap_minutes(mine, [at(0, 30, group), at(10, 20, group)]) == 0
    assert units.overlap_minutes(mine, [at(0, 30, group), at(10, 20, other)]) == 20
    assert units.overlap_minutes(at(0, 30), [at(0, 30)]) == 30


@given(st.lists(st.tuples(st.integers(-60, 60), st.integers(1, 120)), max_size=8))
def test_no_more_minutes_overlap_than_the_contact_has(spans: list[tuple[int, int]]) -> None:
    others = [at(*span) for span in spans]
    found = units.overlap_minutes(at(0, 30), others)
    assert found == len({m for start, length in spans for m in range(start, start + length)} & set(range(30)))


def test_a_days_units_are_summed_client_by_client_and_only_what_is_billed() -> None:
    day = [at(0, 8, client=1), at(10, 8, client=1), at(20, 7, client=2), at(30, 60, client=2, billed=False)]
    assert units.day_units(NEWEST[UnitRule.CMS8], day) == 2
    assert units.day_units(NEWEST[UnitRule.MIN15_SUM_DAY], day) == 1
    assert units.day_units(NEWEST[UnitRule.EXACT_MINUTES], day) is None
    assert units.day_units(NEWEST[UnitRule.MONTH], day) is None


@given(minutes=st.integers(1, 720), clients=st.integers(1, 40))
def test_split_minutes_are_all_the_minutes_and_nobody_gets_none(minutes: int, clients: int) -> None:
    if minutes < clients:
        with pytest.raises(ValueError, match="a minute of their own"):
            units.split(minutes, clients)
        return
    shares = units.split(minutes, clients)
    assert sum(shares) == minutes
    assert len(shares) == clients
    assert min(shares) >= 1
    assert set(shares[1:]) <= {minutes // clients}
