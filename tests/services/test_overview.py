"""App Home's numbers: what stands first, what is in time, what is covered, within few queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event, update

from models.clients import Assignment, AssignmentKind
from models.contacts import ContactKind, ContactState
from models.staff import Staff
from services import audit
from services.overview import Covering, Month, Overview, Weight, overview
from services.work import Work
from tests.conftest import Agency, StandingClock
from tests.services.day_store import ALICE, BOB, DAN, DANS, HERS, furnished, met, noted, promise
from tests.services.roster_store import Store

QUERIES_MOST = 15


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    return furnished(engine, agency, clock)


def ago(store: Store, **by: float) -> dt.datetime:
    """So long before now, by timedelta's own words."""
    return store.clock.now() - dt.timedelta(**by)


def seen(store: Store, email: str = ALICE) -> Overview:
    """What somebody's App Home shows."""
    actor = store.actor(email)
    return store.run(lambda work: overview(work, actor))


@contextmanager
def counted(engine: Engine) -> Generator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def note(*arguments: object) -> None:
        sent.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def test_nothing_open_is_everything_noted(store: Store) -> None:
    shown = seen(store)
    assert shown.nothing_open
    assert (shown.clients, shown.month, shown.covering) == (1, Month(), Covering())


def test_urgent_stands_before_late_before_due_today(store: Store) -> None:
    noted(store, ALICE, HERS, ago(store, days=8), urgent=True)
    # The clock stands at a Monday noon: Wednesday's note was due on Friday, Thursday's is due today.
    due_today = met(store, ALICE, HERS, ago(store, days=4)).ref
    late = met(store, ALICE, HERS, ago(store, days=5)).ref
    met(store, ALICE, HERS, ago(store, days=1))
    met(store, ALICE, HERS, ago(store, days=9), kind=ContactKind.ATTEMPT)
    first = seen(store).first
    assert [line.weight for line in first] == [Weight.URGENT, Weight.LATE, Weight.DUE_TODAY]
    assert [line.ref for line in first[1:]] == [late, due_today]
    assert not seen(store, BOB).first


def test_a_contact_with_the_client_settles_what_was_urgent(store: Store) -> None:
    noted(store, ALICE, HERS, ago(store, days=2), urgent=True)
    assert seen(store).first
    noted(store, BOB, HERS, ago(store, hours=1))
    assert not seen(store).first


def test_an_urgent_item_about_somebody_elses_client_is_not_shown(store: Store) -> None:
    noted(store, ALICE, DANS, ago(store, days=2), urgent=True)
    assert not seen(store).first


def test_a_planned_visit_counts_until_its_end_and_then_waits_for_its_note(store: Store) -> None:
    met(store, ALICE, HERS, ago(store, hours=-2), ContactState.PLANNED, ContactKind.FACE_TO_FACE)
    assert (seen(store).planned_today, seen(store).owed.count) == (1, 0)
    store.clock.advance(hours=3)
    assert (seen(store).planned_today, seen(store).owed.visits) == (0, 1)


def test_a_note_is_in_time_until_the_end_of_its_last_day(store: Store) -> None:
    noted(store, ALICE, HERS, ago(store, days=4))
    noted(store, ALICE, HERS, ago(store, days=5))
    noted(store, ALICE, HERS, ago(store, hours=1))
    assert seen(store).month == Month(notes=3, in_time=2)
    store.clock.advance(days=31)
    assert seen(store).month == Month()


def test_clients_who_are_covered_are_counted_until_the_first_ends(store: Store) -> None:
    alice, bob = store.actor(ALICE).id, store.actor(BOB).id
    theirs = store.client(DANS)[0].id
    today = store.clock.now().date()

    def cover(work: Work) -> None:
        work.session.add(
            Assignment(
                workspace_id=work.workspace_id,
                client_id=theirs,
                staff_id=bob,
                kind=AssignmentKind.COVERING,
                from_on=today,
                until_on=today + dt.timedelta(3),
            )
        )
        audit.record(work, audit.Action.ASSIGNMENT_CHANGE, actor=alice, subject=("client", theirs))

    store.run(cover)
    shown = seen(store, BOB)
    assert (shown.clients, shown.covering) == (2, Covering(1, today + dt.timedelta(3)))


def test_days_are_those_of_the_persons_own_zone(store: Store) -> None:
    promise(store, DAN, DANS, "Call back", dt.date(2026, 3, 2))
    store.run(lambda work: work.session.execute(update(Staff).values(time_zone="Pacific/Auckland")))
    assert (seen(store, DAN).due.today, seen(store, DAN).due.overdue) == (0, 1)


def test_a_full_page_costs_few_queries_however_much_is_open(store: Store, engine: Engine) -> None:
    for number in range(12):
        met(store, ALICE, HERS, ago(store, hours=number))
        promise(store, ALICE, HERS, "Call back", dt.date(2026, 3, 2))
    noted(store, ALICE, HERS, ago(store, days=3), urgent=True)
    alice = store.actor(ALICE)

    def look(work: Work) -> int:
        with counted(engine) as sent:
            overview(work, alice)
        return len(sent)

    assert 5 < store.run(look) <= QUERIES_MOST
