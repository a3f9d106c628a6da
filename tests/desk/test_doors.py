"""The doors: what is committed together, what fails alone, and what a caller is told."""

from __future__ import annotations

import asyncio
import threading

import pytest
from sqlalchemy import Engine

from desk.doors import Doors
from models.engine import CommitUnknown, Conflict, StoreDown, StoreError
from models.staff import Team
from privacy.grants import Grant
from privacy.kek import FileKek
from privacy.phi import Phi, PhiLeakError
from services import audit
from services.work import Work
from tests.conftest import Agency, StandingClock, make_agency
from tests.desk.jobs import (
    WAIT_MOST,
    Commits,
    ServiceError,
    add_team,
    add_team_excused,
    add_team_silently,
    busy_writer,
    change_by_hand,
    change_nothing,
    find_teams,
    hold,
    team_refs,
    trail_length,
)

pytestmark = pytest.mark.anyio


async def test_transact_answers_with_what_the_service_returns_and_stores_it(doors: Doors, agency: Agency) -> None:
    grant = await doors.transact(agency.keys, agency.id, add_team, "T-1")
    assert grant.active
    assert await doors.read(agency.keys, agency.id, team_refs) == ["T-1"]
    assert await doors.read(agency.keys, agency.id, trail_length) == 2


async def test_what_is_queued_together_is_committed_together(doors: Doors, engine: Engine, agency: Agency) -> None:
    async with busy_writer(doors, agency):
        commits = Commits(engine)
        jobs = [asyncio.create_task(doors.transact(agency.keys, agency.id, add_team, f"T-{n}")) for n in range(20)]
        await asyncio.sleep(0)
    grants = await asyncio.gather(*jobs)
    assert all(grant.active for grant in grants)
    # One for the job that held the writer, one for the twenty.
    assert commits.count == 2
    assert len(await doors.read(agency.keys, agency.id, team_refs)) == 20
    assert await doors.read(agency.keys, agency.id, trail_length) == 21


async def test_a_failing_job_rolls_back_alone(doors: Doors, agency: Agency) -> None:
    async with busy_writer(doors, agency):
        jobs = [
            asyncio.create_task(doors.transact(agency.keys, agency.id, add_team, ref, fail))
            for ref, fail in (("T-1", ""), ("T-2", "raise"), ("T-1", ""), ("T-3", ""))
        ]
        await asyncio.sleep(0)
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    assert isinstance(outcomes[1], ServiceError)
    assert isinstance(outcomes[2], Conflict)
    assert outcomes[2].constraint == "uq_team_workspace_id_ref"
    assert await doors.read(agency.keys, agency.id, team_refs) == ["T-1", "T-3"]
    assert await doors.read(agency.keys, agency.id, trail_length) == 3


async def test_three_parallel_jobs_for_one_row_store_it_once(doors: Doors, agency: Agency) -> None:
    outcomes = await asyncio.gather(
        *(doors.transact(agency.keys, agency.id, add_team, "T-1") for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Grant) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 2
    assert await doors.read(agency.keys, agency.id, team_refs) == ["T-1"]


async def test_two_processes_write_one_trail_without_gaps(
    engine: Engine, clock: StandingClock, agency: Agency, kek: FileKek
) -> None:
    other = make_agency(engine, clock, kek, "T0BETA")
    replicas = [Doors(engine, clock, budget=WAIT_MOST) for _ in range(2)]
    for doors in replicas:
        doors.start()
    try:
        # Few enough that no group holds a trail's head for as long as the other process may wait for it.
        await asyncio.gather(
            *(
                doors.transact(home.keys, home.id, add_team, f"T-{replica}-{n}")
                for n in range(6)
                for replica, doors in enumerate(replicas)
                for home in (agency, other)
            )
        )
        assert await replicas[0].read(agency.keys, agency.id, trail_length) == 13
        assert await replicas[0].read(other.keys, other.id, trail_length) == 13
    finally:
        for doors in replicas:
            await doors.close()


async def test_a_grant_is_worthless_until_the_commit(doors: Doors, agency: Agency) -> None:
    secret, seen = Phi("Quillwort"), list[bool]()

    def peek(work: Work) -> Grant:
        grant = audit.record(work, audit.Action.FORM_LIST, actor=None)
        seen.append(grant.active)
        with pytest.raises(PhiLeakError):
            secret.reveal(grant)
        return grant

    grant = await doors.transact(agency.keys, agency.id, peek)
    assert seen == [False]
    assert secret.reveal(grant) == "Quillwort"


async def test_a_grant_of_a_failed_job_stays_worthless(doors: Doors, agency: Agency) -> None:
    grants: list[Grant] = []

    def record_and_fail(work: Work) -> None:
        grants.append(audit.record(work, audit.Action.FORM_LIST, actor=None))
        raise ServiceError

    with pytest.raises(ServiceError):
        await doors.transact(agency.keys, agency.id, record_and_fail)
    assert not grants[0].active
    assert await doors.read(agency.keys, agency.id, trail_length) == 1


@pytest.mark.parametrize("service", [add_team_silently, add_team_excused])
async def test_rows_without_an_event_are_refused_unless_excused(doors: Doors, agency: Agency, service: object) -> None:
    if service is add_team_excused:
        await doors.transact(agency.keys, agency.id, add_team_excused, "T-1")
        assert await doors.read(agency.keys, agency.id, team_refs) == ["T-1"]
        return
    with pytest.raises(audit.Unaudited):
        await doors.transact(agency.keys, agency.id, add_team_silently, "T-1")
    assert await doors.read(agency.keys, agency.id, team_refs) == []


async def test_sql_by_hand_needs_an_event_too_if_it_changed_something(doors: Doors, agency: Agency) -> None:
    await doors.transact(agency.keys, agency.id, add_team, "T-1")
    await doors.transact(agency.keys, agency.id, change_nothing)
    with pytest.raises(audit.Unaudited):
        await doors.transact(agency.keys, agency.id, change_by_hand)
    assert await doors.read(agency.keys, agency.id, team_refs) == ["T-1"]


async def test_an_event_recorded_while_reading_is_refused(doors: Doors, agency: Agency) -> None:
    def record(work: Work) -> None:
        audit.record(work, audit.Action.FORM_LIST, actor=None)

    with pytest.raises(audit.Unaudited, match="transact"):
        await doors.read(agency.keys, agency.id, record)


async def test_reading_changes_nothing(doors: Doors, agency: Agency) -> None:
    with pytest.raises(StoreError):
        await doors.read(agency.keys, agency.id, add_team, "T-1")
    assert await doors.read(agency.keys, agency.id, team_refs) == []


async def test_rows_can_be_looked_at_after_the_door_closed(doors: Doors, agency: Agency) -> None:
    await doors.transact(agency.keys, agency.id, add_team, "T-1")
    assert [team.ref for team in await doors.read(agency.keys, agency.id, find_teams)] == ["T-1"]

    def found(work: Work) -> list[Team]:
        audit.record(work, audit.Action.CONTACT_LIST, actor=None)
        return find_teams(work)

    assert [team.ref for team in await doors.transact(agency.keys, agency.id, found)] == ["T-1"]


async def test_a_job_that_did_not_begin_within_the_budget_never_runs(
    engine: Engine, clock: StandingClock, agency: Agency
) -> None:
    doors = Doors(engine, clock, budget=0.05)
    doors.start()
    running, go = threading.Event(), threading.Event()
    holding = asyncio.create_task(doors.transact(agency.keys, agency.id, hold, running, go))
    assert await asyncio.to_thread(running.wait, WAIT_MOST)
    with pytest.raises(StoreDown):
        await doors.transact(agency.keys, agency.id, add_team, "T-late")
    with pytest.raises(CommitUnknown):
        await holding
    go.set()
    await doors.close()
    other = Doors(engine, clock)
    other.start()
    assert await other.read(agency.keys, agency.id, team_refs) == []
    await other.close()


async def test_a_caller_who_goes_away_takes_the_waiting_job_along(doors: Doors, agency: Agency) -> None:
    async with busy_writer(doors, agency):
        leaving = asyncio.create_task(doors.transact(agency.keys, agency.id, add_team, "T-1"))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.wait({leaving})
    assert await doors.read(agency.keys, agency.id, team_refs) == []


async def test_a_reading_that_takes_too_long_is_down(engine: Engine, clock: StandingClock, agency: Agency) -> None:
    doors = Doors(engine, clock, budget=0.05)
    doors.start()
    running, go = threading.Event(), threading.Event()
    with pytest.raises(StoreDown):
        await doors.read(agency.keys, agency.id, hold, running, go)
    go.set()
    await doors.close()


async def test_the_clock_may_look_longer(engine: Engine, clock: StandingClock, agency: Agency) -> None:
    doors = Doors(engine, clock, budget=0.05)
    doors.start()
    running, go = threading.Event(), threading.Event()
    looking = asyncio.create_task(doors.survey(agency.keys, agency.id, hold, running, go))
    assert await asyncio.to_thread(running.wait, WAIT_MOST)
    with pytest.raises(StoreDown):
        await doors.read(agency.keys, agency.id, hold, threading.Event(), go)
    go.set()
    assert await looking is None
    await doors.close()


async def test_closing_finishes_what_is_queued_and_refuses_the_rest(
    engine: Engine, clock: StandingClock, agency: Agency
) -> None:
    doors = Doors(engine, clock, budget=WAIT_MOST)
    doors.start()
    jobs = [asyncio.create_task(doors.transact(agency.keys, agency.id, add_team, f"T-{n}")) for n in range(100)]
    await asyncio.sleep(0)
    await doors.close()
    assert all(grant.active for grant in await asyncio.gather(*jobs))
    with pytest.raises(StoreDown):
        await doors.transact(agency.keys, agency.id, add_team, "T-after")
    with pytest.raises(StoreDown):
        await doors.read(agency.keys, agency.id, team_refs)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("noted-")]


async def test_doors_that_were_never_opened_refuse(engine: Engine, clock: StandingClock, agency: Agency) -> None:
    doors = Doors(engine, clock)
    with pytest.raises(StoreDown):
        await doors.transact(agency.keys, agency.id, add_team, "T-1")
    await doors.close()


async def test_workspaces_do_not_see_each_other(
    doors: Doors, engine: Engine, clock: StandingClock, agency: Agency, kek: FileKek
) -> None:
    eves = make_agency(engine, clock, kek, "T0EVE")
    async with busy_writer(doors, agency):
        jobs = [
            asyncio.create_task(doors.transact(home.keys, home.id, add_team, f"T-{n}"))
            for n, home in enumerate((agency, eves, agency, eves))
        ]
        await asyncio.sleep(0)
    await asyncio.gather(*jobs)
    assert await doors.read(agency.keys, agency.id, team_refs) == ["T-0", "T-2"]
    assert await doors.read(eves.keys, eves.id, team_refs) == ["T-1", "T-3"]
