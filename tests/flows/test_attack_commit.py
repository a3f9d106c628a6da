"""A success without a commit: the database fails while it commits, is killed, or answers nobody; the server is stopped half-way."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Generator

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event

from bot.web import listen, make_server
from models.contacts import Contact
from models.forms import FormStage
from models.notes import Note, NoteVersion
from privacy.kek import FileKek
from tests.canary import Canary
from tests.conftest import StandingClock
from tests.flows.attack import (
    another_process,
    counts,
    filled,
    forms,
    second_app,
    send,
    stages,
    submission,
    trail_is_whole,
)
from tests.flows.stage import ALICE, Play, play
from views.messages import DATABASE_DOWN, MAYBE_SAVED, NOT_SAVED

pytestmark = pytest.mark.anyio


def sqlite_error(name: str) -> sqlite3.OperationalError:
    """An error as the driver makes it."""
    error = sqlite3.OperationalError(name)
    error.sqlite_errorcode = getattr(sqlite3, name)
    error.sqlite_errorname = name
    return error


def lost(connection: Connection) -> Exception:
    """What the driver says when it heard no answer."""
    is_sqlite = connection.dialect.name == "sqlite"
    return sqlite_error("SQLITE_IOERR") if is_sqlite else psycopg.OperationalError("lost")


@contextlib.contextmanager
def at_commit(stage: Play, happens: Callable[[Connection], None]) -> Generator[None]:
    """Something happens when a transaction of the app is about to be committed."""
    event.listen(stage.app.engine, "commit", happens)
    try:
        yield
    finally:
        event.remove(stage.app.engine, "commit", happens)


def lose(connection: Connection) -> None:
    """The connection breaks before the commit reaches the database."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.rollback()
    raise lost(connection)


def commit_and_lose(connection: Connection) -> None:
    """The database commits, and its answer never comes."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("COMMIT")
    raise lost(connection)


def full(connection: Connection) -> None:
    """The disk is full, or the server refuses to write."""
    is_sqlite = connection.dialect.name == "sqlite"
    raise sqlite_error("SQLITE_FULL") if is_sqlite else psycopg.errors.DiskFull("full")


@pytest.mark.parametrize(("trouble", "sentence"), [(lose, MAYBE_SAVED.plain), (full, NOT_SAVED.plain)])
async def test_a_commit_that_fails_is_no_success_and_signing_again_is_one_note(
    stage: Play, trouble: Callable[[Connection], None], sentence: str
) -> None:
    view = await filled(stage)
    payload = submission(stage, view)
    with at_commit(stage, trouble):
        answer = await send(stage, payload)
    assert answer.errors == {"client": sentence}
    assert counts(stage, Note, NoteVersion, Contact) == [0, 0, 0]
    assert (await send(stage, payload, later=1)).clears
    assert counts(stage, Note, NoteVersion, Contact) == [1, 1, 1]
    assert trail_is_whole(stage)


async def test_a_commit_whose_answer_is_lost_is_said_so_and_signing_again_is_the_same_note(stage: Play) -> None:
    view = await filled(stage)
    payload = submission(stage, view)
    with at_commit(stage, commit_and_lose):
        assert (await send(stage, payload)).errors == {"client": MAYBE_SAVED.plain}
    assert counts(stage, Note, NoteVersion, Contact) == [1, 1, 1]
    assert (await send(stage, payload, later=1)).clears
    assert counts(stage, Note, NoteVersion, Contact) == [1, 1, 1]
    assert trail_is_whole(stage)


async def test_a_draft_whose_commit_fails_is_not_said_to_be_saved(stage: Play, canary: Canary) -> None:
    alice = stage.person(ALICE)
    view = await filled(stage)
    before = forms(stage)[0].revision
    with at_commit(stage, full):
        await alice.click(view, "after_observations", "form.save", state={"done": canary.text("typed")})
    assert alice.dms[-1].text == DATABASE_DOWN.text
    assert forms(stage)[0].revision == before
    assert (await alice.submit(view)).ok


async def test_no_answer_leaves_before_the_commit(stage: Play) -> None:
    view = await filled(stage)
    begun, go_on = threading.Event(), threading.Event()

    def wait(_: Connection) -> None:
        begun.set()
        assert go_on.wait(2)

    with at_commit(stage, wait):
        sending = asyncio.create_task(send(stage, submission(stage, view)))
        assert await asyncio.to_thread(begun.wait, 2)
        # Another request goes all the way through the server; the first one still waits.
        assert (await stage.sandbox.courier.interaction({"type": "something_new"})).status in {200, 404}
        assert not sending.done()
        go_on.set()
        assert (await sending).clears


async def test_the_server_killed_in_the_commit_loses_nothing_that_was_acknowledged(
    postgres_url: str, kek: FileKek, clock: StandingClock, canary: Canary
) -> None:
    async with play(postgres_url, kek, clock, canary) as stage:
        await _kill_in_the_commit(stage)


async def _kill_in_the_commit(stage: Play) -> None:
    view = await filled(stage)
    payload = submission(stage, view)
    address = stage.app.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")

    def kill(connection: Connection) -> None:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with psycopg.connect(address, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    with at_commit(stage, kill):
        answer = await send(stage, payload)
    assert answer.errors == {"client": MAYBE_SAVED.plain}
    assert (await send(stage, payload, later=1)).clears
    assert counts(stage, Note, NoteVersion) == [1, 1]


@contextlib.contextmanager
def slow_commit(engine: Engine) -> Generator[tuple[threading.Event, threading.Event]]:
    """The next commit of this engine waits until it is told to go on."""
    begun, go_on = threading.Event(), threading.Event()

    def wait(_: Connection) -> None:
        begun.set()
        go_on.wait(2)

    event.listen(engine, "commit", wait)
    try:
        yield begun, go_on
    finally:
        go_on.set()
        event.remove(engine, "commit", wait)


async def test_a_server_that_is_told_to_stop_answers_what_is_in_flight(stage: Play, kek: FileKek) -> None:
    view = await filled(stage)
    payload = submission(stage, view)
    app, listener = second_app(stage, kek), listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = make_server(app.web)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    with slow_commit(app.engine) as (begun, go_on):
        sending = asyncio.create_task(send(stage, payload, address))
        assert await asyncio.to_thread(begun.wait, 2)
        # What uvicorn's own handler of SIGTERM does.
        server.should_exit = True
        await asyncio.sleep(0)
        go_on.set()
        assert (await sending).clears
        await running
    assert counts(stage, Note, NoteVersion) == [1, 1]
    assert (await send(stage, payload, address)).status == 0
    assert (await send(stage, payload)).clears
    assert counts(stage, Note, NoteVersion) == [1, 1]


async def test_after_a_restart_the_form_that_was_open_is_signed(stage: Play, kek: FileKek, canary: Canary) -> None:
    words = canary.text("typed") + " before the restart of the server."
    async with another_process(stage, kek) as (_, other):
        stage.sandbox.installation.app_url = f"{other}/slack/events"
        view = await filled(stage)
        payload = submission(stage, view, done=words)
    assert stages(stage) == [FormStage.OPEN]
    stage.sandbox.installation.app_url = f"{stage.address}/slack/events"
    assert (await send(stage, payload)).clears
    assert [document.done.reveal(stage.grant) for document in stage.documents()] == [words]


async def test_a_door_that_is_shut_says_that_nothing_was_saved(stage: Play) -> None:
    view = await filled(stage)
    await stage.app.office.doors.close()
    assert (await send(stage, submission(stage, view))).errors == {"client": NOT_SAVED.plain}
