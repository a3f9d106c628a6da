"""A supervisor's desk: what is counted of whom, and whose names the list behind it shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, event, select

from models.audit import AuditEvent
from models.clients import Assignment
from models.contacts import ContactKind
from models.notes import Note, Review
from models.staff import Staff, StaffState
from models.workspaces import Surface
from privacy.grants import Purpose, system_grant
from services import surfaces, team_desk
from services.refusals import NotFound, SurfaceClosed
from services.surfaces import DecideSurface
from services.team_desk import PersonWork, WorkCounts, WorkLine
from services.work import Work
from tests.conftest import Agency, StandingClock
from tests.services.day_store import ALICE, BOB, CAROL, DAN, DANS, HERS, furnished, met, noted, promise
from tests.services.roster_store import Store

GRANT = system_grant(Purpose.VALIDATE)
A_DAY = dt.timedelta(1)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    """carol supervises alice and bob; dan is nobody's."""
    return furnished(engine, agency, clock)


def counts(store: Store, email: str = CAROL) -> dict[str, WorkCounts]:
    """What somebody's desk counts, by name."""
    actor = store.actor(email)
    lines, _ = store.run(lambda work: team_desk.board(work, actor))
    return {each.name: each.counts for each in lines}


def opened(store: Store, whom: str, email: str = CAROL) -> PersonWork:
    """What somebody sees of one person."""
    actor, ref = store.actor(email), store.staff(whom)[0].ref
    return store.run(lambda work: team_desk.open_work(work, actor, ref))[0]


def busy(store: Store) -> None:
    """alice has something open of every kind, and bob one contact."""
    now = store.clock.now()
    met(store, ALICE, HERS, now - dt.timedelta(hours=3), kind=ContactKind.FACE_TO_FACE)
    met(store, ALICE, HERS, now - 10 * A_DAY)
    promise(store, ALICE, HERS, "Call about the lease", now.date() - 3 * A_DAY)
    promise(store, ALICE, HERS, "Send the form", now.date() + 3 * A_DAY)
    met(store, BOB, HERS, now - dt.timedelta(hours=1))
    met(store, DAN, DANS, now - dt.timedelta(hours=1))
    ref = noted(store, ALICE, HERS, now - A_DAY)

    def waits(work: Work) -> None:
        work.session.scalars(select(Note).where(Note.ref == ref)).one().review = Review.PENDING

    store.run(waits)


def test_everybody_supervised_is_counted_and_nobody_else(store: Store) -> None:
    busy(store)
    assert counts(store) == {
        "Alice Ames": WorkCounts(unnoted=2, late=1, overdue=1, windows=0, for_review=1),
        "Bob Bell": WorkCounts(unnoted=1),
    }
    actor = store.actor(CAROL)
    lines = store.run(lambda work: team_desk.lines(work, actor))
    assert [each.slack_user_id for each in lines] == ["U0ALICE", "U0BOB"]


def test_the_list_behind_it_names_whom_the_supervisor_reaches(store: Store) -> None:
    busy(store)
    work = opened(store, ALICE)
    assert [(each.kind, each.is_late) for each in work.contacts] == [
        (ContactKind.COLLATERAL, True),
        (ContactKind.FACE_TO_FACE, False),
    ]
    assert [each.days for each in work.follow_ups] == [-3]
    assert [_name(each) for each in (*work.contacts, *work.follow_ups, *work.reviews)] == ["Rivera, Ana"] * 4
    query = select(AuditEvent.actor_id).where(AuditEvent.action == "work:read")
    assert store.run(lambda work: work.session.scalars(query).all()) == [store.actor(CAROL).id]


@on_sqlite
def test_a_client_who_went_to_another_team_stands_there_without_a_name(store: Store) -> None:
    busy(store)
    yesterday = store.clock.now().date() - A_DAY
    store.run(lambda work: work.session.query(Assignment).update({"until_on": yesterday}))
    assert {_name(each) for each in opened(store, ALICE).contacts} == {None}


@on_sqlite
def test_whoever_is_not_supervised_by_the_actor_is_not_found_at_the_same_cost(store: Store) -> None:
    busy(store)
    dans, actor = store.staff(DAN)[0].ref, store.actor(CAROL)
    cost: list[list[str]] = []
    for ref in (dans, "S-0000000000000000"):
        statements: list[str] = []

        def listen(_: object, __: object, statement: str, *___: object, seen: list[str] = statements) -> None:
            seen.append(statement)

        event.listen(store.engine, "before_cursor_execute", listen)
        with pytest.raises(NotFound):
            store.run(lambda work, ref=ref: team_desk.open_work(work, actor, ref))
        event.remove(store.engine, "before_cursor_execute", listen)
        cost.append(statements)
    assert cost[0] == cost[1]


@on_sqlite
@pytest.mark.parametrize("email", [ALICE, DAN])
def test_who_supervises_by_no_role_has_no_desk(store: Store, email: str) -> None:
    actor = store.actor(email)
    bobs = store.staff(BOB)[0].ref
    asked: list[Callable[[Work], object]] = [
        lambda work: team_desk.board(work, actor),
        lambda work: team_desk.open_work(work, actor, bobs),
    ]
    for job in asked:
        with pytest.raises(NotFound):
            store.run(job)
    assert store.run(lambda work: team_desk.lines(work, actor)) == ()


@on_sqlite
def test_a_closed_surface_shows_counts_and_no_names_and_who_left_is_not_counted(store: Store) -> None:
    busy(store)
    closed = DecideSurface(Surface.NONE, "Pia Officer", "withdrawn")
    store.run(lambda work: surfaces.decide_surface(work, closed))
    assert counts(store)["Bob Bell"] == WorkCounts(unnoted=1)
    with pytest.raises(SurfaceClosed):
        opened(store, ALICE)
    bob = store.staff(BOB)[0].id

    def leave(work: Work) -> None:
        work.session.get_one(Staff, (work.workspace_id, bob)).state = StaffState.LEFT

    store.run(leave)
    assert list(counts(store)) == ["Alice Ames"]


def _name(line: WorkLine) -> str | None:
    return line.client.name(GRANT) if line.client is not None else None
