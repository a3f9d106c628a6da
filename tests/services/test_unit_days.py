"""Units in an author's day and month, as the policy in force counts them, on both kinds of database."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import Engine

from models.clients import ClientProfile
from models.contacts import ContactState
from models.note_document import Activity, Method
from models.units import FrozenUnits, NotBilled, UnitRule
from privacy.phi import Phi
from services import overlaps, policies, unit_days
from services.overlaps import Shared
from services.unit_days import Spent, UnitsAhead
from services.units import Stretch
from tests.conftest import Agency, StandingClock
from tests.services.day_store import ALICE, BOB, DAN, DANS, HERS, furnished, met
from tests.services.roster_store import Store

# Monday, 2 March 2026, 09:00 in New York.
NINE = dt.datetime(2026, 3, 2, 14, 0, tzinfo=dt.UTC)
GROUP = uuid.UUID(int=1)


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    return furnished(engine, agency, clock)


def later(minutes: int) -> dt.datetime:
    """So many minutes after nine."""
    return NINE + dt.timedelta(minutes=minutes)


def apply(store: Store, units: str) -> None:
    """Put a policy with these units in force."""
    store.run(lambda work: policies.apply(work, f"format: 1\nunits: {units}\n"))


def noted(
    store: Store,
    ends: int,
    minutes: int,
    *,
    staff: str = ALICE,
    client: str = HERS,
    billable: bool = True,
    group_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """A contact that has its note; its id."""
    made = met(
        store,
        staff,
        client,
        later(ends),
        ContactState.NOTED,
        minutes=minutes,
        billable=billable,
        group_id=group_id,
    )
    return made.id


def ahead(
    store: Store,
    ends: int,
    minutes: int,
    *,
    staff: str = ALICE,
    program: str = "",
    activity: Activity = Activity.LINKED,
    method: Method | None = Method.PHONE,
    but: uuid.UUID | None = None,
    group_id: uuid.UUID | None = None,
) -> UnitsAhead:
    """What a note of this time would have."""
    profile = ClientProfile(agency_id=Phi(HERS), last_name=Phi("Rivera"), first_name=Phi("Ana"), program=Phi(program))
    client_id, actor = store.client(HERS)[0].id, store.actor(staff)
    spent = Spent(client_id, later(ends), minutes, method, (activity,), but, group_id)
    found = store.run(lambda work: unit_days.ahead(work, actor, profile, spent))
    assert found.counted == store.run(lambda work: unit_days.count(work, actor, profile, spent))
    return found


def test_a_contact_alone_counts_by_the_agencys_rule(store: Store) -> None:
    found = ahead(store, 0, 23)
    assert found.counted == FrozenUnits(rule=UnitRule.CMS8, version=1, minutes=23, units=2)
    assert (found.day_units, found.too_many) == (2, False)


def test_a_programme_has_a_rule_of_its_own(store: Store) -> None:
    apply(store, "{rule: nearest_quarter, programs: {ID waiver: month}}")
    assert ahead(store, 0, 7, program="ID waiver").counted.rule is UnitRule.MONTH
    assert ahead(store, 0, 7, program="Another").counted.rule is UnitRule.NEAREST_QUARTER


def test_a_days_short_contacts_count_together_whoever_had_them(store: Store) -> None:
    apply(store, "{rule: min15_sum_day}")
    assert ahead(store, 0, 10).counted.units == 0
    noted(store, 0, 10, staff=BOB)
    assert ahead(store, 60, 6).counted.units == 1
    assert ahead(store, 60 + 24 * 60, 6).counted.units == 0


def test_what_is_not_billed_is_not_counted_with_others_and_neither_is_another_client(store: Store) -> None:
    apply(store, "{rule: min15_sum_day}")
    noted(store, 0, 10, billable=False)
    noted(store, 0, 10, staff=DAN, client=DANS)
    met(store, ALICE, HERS, later(10), minutes=10)
    assert ahead(store, 60, 6).counted.units == 0


def test_minutes_are_carried_within_the_month_and_by_the_same_person(store: Store) -> None:
    apply(store, "{rule: whole_units_carry}")
    noted(store, -9 * 24 * 60, 14)
    noted(store, 0, 14, staff=BOB)
    assert ahead(store, 60, 16).counted.units == 1
    noted(store, 30, 14)
    assert ahead(store, 60, 16).counted.units == 2


def test_a_month_has_one_unit_and_the_note_that_is_signed_again_keeps_its_own(store: Store) -> None:
    apply(store, "{rule: month}")
    first = noted(store, 0, 4)
    assert ahead(store, 60, 30).counted.units == 0
    assert ahead(store, 0, 5, but=first).counted.units == 1
    assert ahead(store, 60, 30).day_units is None


def test_a_month_is_the_authors_own(store: Store) -> None:
    # Sunday, 1 March, 00:30 in UTC is still February in New York.
    apply(store, "{rule: month}")
    noted(store, -(37 * 60 + 30), 4)
    assert ahead(store, 0, 4).counted.units == 1


def test_direct_service_and_the_agencys_own_list_lower_with_a_reason(store: Store) -> None:
    assert ahead(store, 0, 60, activity=Activity.CRISIS).counted.not_billed is NotBilled.DIRECT_SERVICE
    apply(store, "{unbilled_methods: [letter_fax]}")
    lowered = ahead(store, 0, 60, method=Method.LETTER_FAX)
    assert (lowered.counted.units, lowered.counted.minutes) == (0, 60)
    assert lowered.counted.not_billed is NotBilled.METHOD
    assert lowered.day_units == 0


def overlap(
    store: Store, ends: int, minutes: int, *, but: uuid.UUID | None = None, group_id: uuid.UUID | None = None
) -> Shared:
    """What alice has counted twice with a note of this time."""
    mine = Stretch(store.client(HERS)[0].id, later(ends - minutes), later(ends), minutes, group_id=group_id)
    return store.run(lambda work: overlaps.shared(work, store.actor(ALICE), mine, but))


def test_overlapping_minutes_of_the_author_are_found_but_not_ones_own_nor_anothers(store: Store) -> None:
    mine = noted(store, 0, 30)
    noted(store, 0, 30, staff=BOB)
    assert overlap(store, 10, 30) == Shared(20, is_noted=True)
    assert overlap(store, 0, 30, but=mine) == Shared()
    assert overlap(store, 60, 30) == Shared()


def test_a_long_contact_that_ends_later_overlaps_too(store: Store) -> None:
    noted(store, 600, 720)
    assert overlap(store, 0, 30).minutes == 30


def test_the_contacts_of_one_group_do_not_overlap_each_other(store: Store) -> None:
    noted(store, 0, 30, group_id=GROUP)
    assert overlap(store, 0, 30, group_id=GROUP) == Shared()
    assert overlap(store, 0, 30).minutes == 30
    noted(store, -20, 30)
    assert overlap(store, 0, 30, group_id=GROUP) == Shared(10, is_noted=True)


def test_more_than_twenty_six_units_a_day_are_too_many(store: Store) -> None:
    noted(store, -60, 6 * 60 + 15)
    assert (ahead(store, 0, 15).day_units, ahead(store, 0, 15).too_many) == (26, False)
    assert (ahead(store, 0, 23).day_units, ahead(store, 0, 23).too_many) == (27, True)
    assert not ahead(store, 0, 7).too_many
    assert not ahead(store, 0, 23, staff=BOB).too_many
    apply(store, "{day_most: 30}")
    assert not ahead(store, 0, 23).too_many
