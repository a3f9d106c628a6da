"""The doors when the database is in trouble: locked, full, lost, or waiting for another replica."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, event, text

from desk.doors import Doors
from models.engine import CommitUnknown, StoreDown, StoreError, make_engine
from privacy.grants import Grant
from privacy.kek import FileKek
from services import audit
from services.work import Work
from tests.conftest import Agency, StandingClock, make_agency
from tests.desk.jobs import WAIT_MOST, add_team, busy_writer, opened, team_refs, trail_length

pytestmark = pytest.mark.anyio


@contextmanager
def locked(path: Path) -> Generator[None]:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.close()


def do_not_wait(driver: sqlite3.Connection, *_: object) -> None:
    driver.execute("PRAGMA busy_timeout=0")


async def test_a_locked_database_is_told_to_every_caller(
    sqlite_url: str, clock: StandingClock, kek: FileKek, tmp_path: Path
) -> None:
    engine = make_engine(sqlite_url)
    agency = make_agency(engine, clock, kek)
    event.listen(engine, "checkout", do_not_wait)
    async with opened(engine, clock) as doors:
        with locked(tmp_path / "noted.sqlite3"):
            outcomes = await asyncio.gather(
                *(doors.transact(agency.keys, agency.id, add_team, f"T-{n}") for n in range(3)), return_exceptions=True
            )
        assert [type(outcome) for outcome in outcomes] == [StoreDown] * 3
        assert len({id(outcome) for outcome in outcomes}) == 3
        assert (await doors.transact(agency.keys, agency.id, add_team, "T-1")).active
    engine.dispose()


def fill_the_disk(work: Work) -> None:
    connection = work.session.connection()
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    try:
        connection.exec_driver_sql("CREATE TABLE big AS SELECT zeroblob(1000000)")
    finally:
        connection.exec_driver_sql("PRAGMA max_page_count=1073741823")


def swallow_a_rollback(work: Work) -> None:
    """End the whole transaction behind the door's back, as SQLite does on some errors, and go on as if nothing was."""
    driver = work.session.connection().connection.driver_connection
    assert driver is not None
    driver.execute("ROLLBACK")
    audit.record(work, audit.Action.FORM_LIST, actor=None)


async def test_a_full_disk_fails_one_job_and_loses_none_of_the_others(
    sqlite_url: str, clock: StandingClock, kek: FileKek
) -> None:
    engine = make_engine(sqlite_url)
    agency = make_agency(engine, clock, kek)
    async with opened(engine, clock) as doors:
        async with busy_writer(doors, agency):
            first = asyncio.create_task(doors.transact(agency.keys, agency.id, add_team, "T-1"))
            full = asyncio.create_task(doors.transact(agency.keys, agency.id, fill_the_disk))
            last = asyncio.create_task(doors.transact(agency.keys, agency.id, add_team, "T-2"))
            await asyncio.sleep(0)
        outcomes = await asyncio.gather(first, full, last, return_exceptions=True)
        assert isinstance(outcomes[0], Grant)
        assert isinstance(outcomes[1], StoreDown)
        assert outcomes[1].code == "SQLITE_FULL"
        assert isinstance(outcomes[2], Grant)
        assert await doors.read(agency.keys, agency.id, team_refs) == ["T-1", "T-2"]
        assert await doors.read(agency.keys, agency.id, trail_length) == 3
    engine.dispose()


async def test_a_transaction_that_ended_behind_the_door_is_run_again_job_by_job(doors: Doors, agency: Agency) -> None:
    async with busy_writer(doors, agency):
        first = asyncio.create_task(doors.transact(agency.keys, agency.id, add_team, "T-1"))
        ended = asyncio.create_task(doors.transact(agency.keys, agency.id, swallow_a_rollback))
        last = asyncio.create_task(doors.transact(agency.keys, agency.id, add_team, "T-2"))
        await asyncio.sleep(0)
    outcomes = await asyncio.gather(first, ended, last, return_exceptions=True)
    assert isinstance(outcomes[0], Grant)
    assert isinstance(outcomes[1], StoreError)
    assert isinstance(outcomes[2], Grant)
    assert await doors.read(agency.keys, agency.id, team_refs) == ["T-1", "T-2"]
    assert await doors.read(agency.keys, agency.id, trail_length) == 3


def end_session(connection: Connection, url: str) -> None:
    """Let the server end the session of this connection, as a restart does."""
    pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def lose_the_connection(work: Work, url: str) -> None:
    audit.record(work, audit.Action.FORM_LIST, actor=None)
    end_session(work.session.connection(), url)


async def test_a_lost_connection_is_down_and_the_door_recovers(
    postgres_url: str, clock: StandingClock, kek: FileKek
) -> None:
    engine = make_engine(postgres_url)
    agency = make_agency(engine, clock, kek)
    async with opened(engine, clock) as doors:
        with pytest.raises(StoreDown):
            await doors.transact(agency.keys, agency.id, lose_the_connection, postgres_url)
        assert (await doors.transact(agency.keys, agency.id, add_team, "T-1")).active
        assert await doors.read(agency.keys, agency.id, trail_length) == 2
    engine.dispose()


async def test_a_connection_lost_in_the_commit_is_unknown_to_every_caller(
    postgres_url: str, clock: StandingClock, kek: FileKek
) -> None:
    engine = make_engine(postgres_url)
    agency = make_agency(engine, clock, kek)
    commits = count(1)

    def lose_the_second(connection: Connection) -> None:
        if next(commits) == 2:
            end_session(connection, postgres_url)

    async with opened(engine, clock) as doors:
        async with busy_writer(doors, agency):
            event.listen(engine, "commit", lose_the_second)
            jobs = [asyncio.create_task(doors.transact(agency.keys, agency.id, add_team, f"T-{n}")) for n in range(3)]
            await asyncio.sleep(0)
        outcomes = await asyncio.gather(*jobs, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [CommitUnknown] * 3
        assert await doors.read(agency.keys, agency.id, team_refs) == []
        assert (await doors.transact(agency.keys, agency.id, add_team, "T-9")).active
    engine.dispose()


async def test_two_replicas_that_wait_for_each_other_both_finish(
    postgres_url: str, clock: StandingClock, kek: FileKek
) -> None:
    engine = make_engine(postgres_url)
    agency = make_agency(engine, clock, kek)
    meeting = threading.Barrier(2)
    met: set[int] = set()

    def cross(work: Work, first: int, second: int) -> None:
        audit.record(work, audit.Action.FORM_LIST, actor=None)
        lock = text("SELECT pg_advisory_xact_lock(:number)")
        work.session.execute(lock, {"number": first})
        if first not in met:
            met.add(first)
            meeting.wait(WAIT_MOST)
        work.session.execute(lock, {"number": second})

    async with opened(engine, clock) as one, opened(engine, clock) as two:
        await asyncio.gather(
            one.transact(agency.keys, agency.id, cross, 1, 2),
            two.transact(agency.keys, agency.id, cross, 2, 1),
        )
        assert await one.read(agency.keys, agency.id, trail_length) == 3
    engine.dispose()
