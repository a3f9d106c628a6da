"""The doors and the second wall: jobs of several workspaces are committed together, and none sees what another may."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Generator

import pytest
from sqlalchemy import Connection, Engine, event, text

from desk.doors import Doors
from models.engine import StoreDown, make_engine
from privacy.kek import FileKek
from services import audit
from services.work import Work
from tests.conftest import Agency, StandingClock, make_agency
from tests.desk.jobs import Commits, ServiceError, add_team, busy_writer, opened

pytestmark = pytest.mark.anyio


@pytest.fixture
def engine(postgres_url: str) -> Generator[Engine]:
    engine = make_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def other(engine: Engine, clock: StandingClock, kek: FileKek) -> Agency:
    return make_agency(engine, clock, kek, "T0BETA")


def seen(work: Work) -> set[uuid.UUID]:
    """The workspaces whose rows a statement without any condition returns."""
    return set(work.session.execute(text("SELECT workspace_id FROM audit_event")).scalars())


def look_and_add(work: Work, ref: str, fail: str) -> set[uuid.UUID]:
    found = seen(work)
    add_team(work, ref, fail)
    return found


@audit.unaudited("a test that goes behind the door's back")
def go_astray(work: Work, theirs: uuid.UUID) -> set[uuid.UUID]:
    """Name another workspace by hand and roll back, as no service may."""
    work.session.execute(text("SELECT set_config('noted.workspace', :theirs, true)"), {"theirs": str(theirs)})
    work.session.rollback()
    return seen(work)


def sleep(work: Work, seconds: float) -> None:
    """A statement that takes as long."""
    work.session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})


async def test_jobs_of_two_workspaces_in_one_commit_see_their_own_rows(
    doors: Doors, engine: Engine, agency: Agency, other: Agency
) -> None:
    async with busy_writer(doors, agency):
        commits = Commits(engine)
        jobs = [
            asyncio.create_task(
                doors.transact(whose.keys, whose.id, look_and_add, f"T-{number}", "raise" if number % 5 == 4 else "")
            )
            for number in range(20)
            for whose in (agency, other)
        ]
        await asyncio.sleep(0)
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    assert commits.count == 2
    assert [outcome for outcome in outcomes[::2] if outcome != {agency.id}] == outcomes[8::10]
    assert all(isinstance(outcome, ServiceError) for outcome in outcomes[8::10] + outcomes[9::10])
    assert [outcome for outcome in outcomes[1::2] if outcome != {other.id}] == outcomes[9::10]


async def test_a_job_that_goes_astray_leaves_nothing_to_the_next(doors: Doors, agency: Agency, other: Agency) -> None:
    async with busy_writer(doors, agency):
        jobs = [
            asyncio.create_task(doors.transact(whose.keys, whose.id, go_astray, theirs.id))
            for whose, theirs in ((agency, other), (other, agency), (agency, other))
        ]
        await asyncio.sleep(0)
    assert await asyncio.gather(*jobs) == [{agency.id}, {other.id}, {agency.id}]


async def test_between_jobs_and_at_the_commit_no_workspace_is_named(
    doors: Doors, engine: Engine, agency: Agency, other: Agency
) -> None:
    named: list[object] = []

    def ask(connection: Connection) -> None:
        named.append(connection.execute(text("SELECT current_setting('noted.workspace', true)")).scalar())

    def ask_at_the_savepoint(connection: Connection, _: str | None) -> None:
        ask(connection)

    async with busy_writer(doors, agency):
        event.listen(engine, "savepoint", ask_at_the_savepoint)
        event.listen(engine, "commit", ask)
        jobs = [asyncio.create_task(doors.transact(whose.keys, whose.id, add_team, "T-1")) for whose in (agency, other)]
        await asyncio.sleep(0)
    await asyncio.gather(*jobs)
    assert named
    assert set(named) <= {"", None}


async def test_a_reading_names_its_workspace_and_leaves_nothing_to_the_next(
    doors: Doors, engine: Engine, agency: Agency, other: Agency
) -> None:
    wanted = [agency, other] * 20
    found = await asyncio.gather(*(doors.read(each.keys, each.id, seen) for each in wanted))
    assert found == [{each.id} for each in wanted]
    for _ in range(8):
        with engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM audit_event")).scalar() == 0


async def test_a_survey_may_outlast_what_a_statement_of_a_form_has_and_leaves_nothing_to_the_next(
    postgres_url: str, clock: StandingClock, kek: FileKek
) -> None:
    engine = make_engine(postgres_url, statement_seconds=1)
    agency = make_agency(engine, clock, kek)
    async with opened(engine, clock) as doors:
        await doors.survey(agency.keys, agency.id, sleep, 1.2)
        with pytest.raises(StoreDown) as refused:
            await doors.read(agency.keys, agency.id, sleep, 1.2)
    assert refused.value.code == "57014"
    engine.dispose()
