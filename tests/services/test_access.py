"""The rule as SQL: whom it reaches is whom `decide` allows, and who is out of reach costs and says as much as who does not exist."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, Select, event

from models.base import new_id, new_reference
from models.clients import Client
from models.contacts import Contact, ContactKind, ContactState
from models.staff import Role, StaffState
from services import access, staff
from services.decisions import ASSIGNED, Asker, Deed, Relation, decide
from services.refusals import NoAccount, NotFound
from services.staff import SlackUser
from services.work import Work
from tests.conftest import Agency, StandingClock
from tests.services.day_store import ALICE, CAROL, DAN, DANS, HERS, furnished
from tests.services.roster_store import Store
from tests.services.worlds import NOW, ON_CLIENTS, World, worlds

T = TypeVar("T")
SOME = 30
# The same worlds every time, so that a run never fails for somebody else's reason.
examples = settings(
    max_examples=SOME, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class _UndoneError(Exception):
    """Stops a transaction whose answer is known."""


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    clock.instant = NOW
    return Store(engine, agency, clock)


def in_world(store: Store, world: World, look: Callable[[Work], T]) -> T:
    """What is seen in a world that is gone afterwards."""
    seen: list[T] = []

    def build(work: Work) -> None:
        world.store(work)
        seen.append(look(work))
        raise _UndoneError

    with pytest.raises(_UndoneError):
        store.run(build)
    return seen[0]


@examples
@given(world=worlds(), number=st.integers(0, 3))
def test_a_list_holds_whom_the_rule_allows_and_nobody_else(store: Store, world: World, number: int) -> None:
    actor = world.actor(number)
    asker = Asker(actor.roles)

    def look(work: Work) -> dict[Deed | None, set[str]]:
        def refs(query: Select[Client]) -> set[str]:
            return {client.ref for client in work.session.scalars(query)}

        lists: dict[Deed | None, set[str]] = {deed: refs(access.clients(work, actor, deed)) for deed in ON_CLIENTS}
        return {None: refs(access.caseload(work, actor)), **lists}

    seen = in_world(store, world, look)
    for deed in ON_CLIENTS:
        author = {Relation.AUTHOR} if deed is Deed.NOTE_AMEND else set[Relation]()
        assert seen[deed] == {
            client.ref
            for place, client in enumerate(world.clients)
            if decide(asker, deed, world.relations(number, place) | author).allowed
        }, deed
    assert seen[None] == {
        client.ref
        for place, client in enumerate(world.clients)
        if decide(asker, Deed.NOTE_WRITE, world.relations(number, place) & set(ASSIGNED)).allowed
    }


@examples
@given(world=worlds(), number=st.integers(0, 3), ago=st.integers(-2, 70))
def test_relations_and_looks_at_one_client_say_the_same(store: Store, world: World, number: int, ago: int) -> None:
    actor = world.actor(number)
    asker = Asker(actor.roles)
    on = world.staff[number].today - dt.timedelta(ago)

    def look(work: Work) -> None:
        for place, client in enumerate(world.clients):
            then = world.relations(number, place, on)
            assert access.relations(work, actor, client.id, on) == then
            assert access.relations(work, actor, client.id) == then - {Relation.WAS_THERE}
            contact = _contact(work, world, number, place, on)
            for deed in (Deed.NOTE_WRITE, Deed.NOTE_AMEND, Deed.CLIENT_READ, Deed.CONTACT_KEEP):
                author = {Relation.AUTHOR} if deed is Deed.NOTE_AMEND else set[Relation]()
                decision = decide(asker, deed, then | author)
                reached = access.reach(work, actor, client.ref, deed, [on])
                assert (reached.decision if reached else None) == (decision if decision.allowed else None)
                about = access.reach_contacts(work, actor, [contact], deed).get(contact.id)
                assert (about.decision if about else None) == (decision if decision.allowed else None)

    in_world(store, world, look)


@examples
@given(world=worlds(), number=st.integers(0, 3))
def test_who_left_is_nobody_who_asks(store: Store, world: World, number: int) -> None:
    user = SlackUser(f"U{number}", "T0ALPHA")

    def look(work: Work) -> bool:
        try:
            staff.identify(work, user, "T0ALPHA")
        except NoAccount:
            return False
        return True

    if world.staff[number].state is StaffState.LEFT:
        assert not in_world(store, world, look)


def _contact(work: Work, world: World, number: int, place: int, on: dt.date) -> Contact:
    """A contact of somebody with a client on this day, at noon on their clock, which nobody stores."""
    zone = ZoneInfo(world.staff[number].zone)
    at = dt.datetime.combine(on, dt.time(12), zone).astimezone(dt.UTC)
    return Contact(
        workspace_id=work.workspace_id,
        id=new_id(),
        ref=new_reference("K"),
        client_id=world.clients[place].id,
        staff_id=world.staff[number].id,
        kind=ContactKind.COLLATERAL,
        state=ContactState.UNNOTED,
        started_at=None,
        ended_at=at,
        created_at=at,
    )


@pytest.fixture
def agency_of_four(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    return furnished(engine, agency, clock)


def statements(store: Store, job: Callable[[Work], object]) -> list[str]:
    """The statements that a job sends, without what they are given."""
    sent: list[str] = []

    def listen(_: object, __: object, statement: str, *___: object) -> None:
        sent.append(statement)

    event.listen(store.engine, "before_cursor_execute", listen)
    try:
        store.run(job)
    finally:
        event.remove(store.engine, "before_cursor_execute", listen)
    return sent


@pytest.mark.parametrize("deed", [Deed.CLIENT_READ, Deed.NOTE_WRITE, Deed.CLIENT_CHANGE, Deed.CLIENT_EXPORT])
def test_out_of_reach_costs_what_not_existing_costs(agency_of_four: Store, deed: Deed) -> None:
    store = agency_of_four
    dan, day = store.actor(DAN), store.clock.now().date()
    hers = store.client(HERS)[0]
    looks: list[Callable[[str], Callable[[Work], Client | access.Reached | None]]] = [
        lambda ref: lambda work: access.client_by_ref(work, dan, ref, deed),
        lambda ref: lambda work: access.reach(work, dan, ref, deed),
        lambda ref: lambda work: access.reach(work, dan, ref, deed, [day]),
    ]
    for look in looks:
        for ref in (hers.ref, "C-0000000000000000"):
            assert store.run(look(ref)) is None
        assert statements(store, look(hers.ref)) == statements(store, look("C-0000000000000000"))


def test_a_colleague_out_of_reach_is_not_found_like_nobody(agency_of_four: Store) -> None:
    store = agency_of_four
    carol, dan = store.actor(CAROL), store.staff(DAN)[0]

    def look(ref: str) -> Callable[[Work], None]:
        def ask(work: Work) -> None:
            with pytest.raises(NotFound):
                access.staff_by_ref(work, carol, ref, Deed.WORK_COUNT)

        return ask

    assert statements(store, look(dan.ref)) == statements(store, look("S-0000000000000000"))
    alice = store.staff(ALICE)[0]
    assert store.run(lambda work: access.staff_by_ref(work, carol, alice.ref, Deed.WORK_COUNT)).id == alice.id


def test_nobody_reaches_another_agencys_client(agency_of_four: Store) -> None:
    store = agency_of_four
    dans = store.client(DANS)[0]
    auditor = auditing(store)

    def look(work: Work) -> tuple[Client | None, Client | None]:
        elsewhere = Work(work.session, new_id(), work.keys, work.now)
        return (
            access.client_by_ref(work, auditor, dans.ref, Deed.CLIENT_READ),
            access.client_by_ref(elsewhere, auditor, dans.ref, Deed.CLIENT_READ),
        )

    here, there = store.run(look)
    assert here is not None
    assert there is None


def auditing(store: Store) -> staff.Actor:
    """dan, if he were an auditor."""
    return replace(store.actor(DAN), roles=frozenset({Role.AUDITOR}))
