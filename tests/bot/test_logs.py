"""The log says what happened and where, and never a word that came from a person."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
import threading
import uuid
import warnings
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any, Never

import pytest
import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import create_engine, text
from sqlalchemy.exc import StatementError

from bot import logs

TYPED = "Rosa Delgado typed this"
LOUD = [
    "slack_bolt",
    "slack_sdk",
    "slack_sdk.web.async_base_client",
    "sqlalchemy.engine",
    "aiohttp",
    "asyncio",
    "uvicorn.error",
]
log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class Stage(StrEnum):
    """A word of a closed set."""

    DONE = "done:well"


class Secretive:
    """A value that must not be asked for its text, as Phi."""

    def __repr__(self) -> Never:
        raise AssertionError("asked for its text")

    __str__ = __repr__


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the log goes; everything is set to DEBUG, as somebody in trouble would."""
    out = io.StringIO()
    undo = logs.configure(out)
    levels = {name: logging.getLogger(name).level for name in ["", *LOUD]}
    for name in levels:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield out
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    undo()


@pytest.fixture
def lines(stream: io.StringIO, caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, Any]]]:
    """The lines written so far; what was typed must stand in none, and in no record that another handler saw."""

    def read() -> list[dict[str, Any]]:
        written = stream.getvalue()
        assert "Rosa" not in written
        for record in caplog.records:
            assert "Rosa" not in f"{record.getMessage()} {record.args} {record.exc_info} {record.__dict__}"
        return [json.loads(line) for line in written.splitlines()]

    return read


Lines = Callable[[], list[dict[str, Any]]]


def fail_with_text() -> Never:
    raise ValueError(TYPED)


def test_an_event_of_ours_is_one_line_of_values(lines: Lines) -> None:
    note = uuid.uuid4()
    log.info("note.signed", note=note, version=2, stage=Stage.DONE, late=False, actor="U024BE7LH", team=None)
    [line] = lines()
    at = line.pop("at")
    assert at.endswith("+00:00")
    expected = {
        "note": str(note),
        "version": 2,
        "stage": "done:well",
        "late": False,
        "actor": "U024BE7LH",
        "team": None,
    }
    assert line == {"level": "info", "event": "note.signed", **expected}


@pytest.mark.parametrize(
    "value",
    [
        TYPED,
        "Rosa\n{}",
        "Rosa\r",
        "Rosa\x1b[31m",
        "Rosa\u2028x",
        "Ros\u00e1",
        "x" * 81,
        "",
        1.5,
        ["Rosa"],
        {"Rosa": 1},
        b"Rosa",
        Secretive(),
    ],
)
def test_a_value_that_is_not_a_token_becomes_a_dot(lines: Lines, value: object) -> None:
    log.warning("note.signed", note=value)
    [line] = lines()
    assert line["note"] == logs.HIDDEN


def test_an_event_name_and_a_key_are_guarded_too(lines: Lines) -> None:
    event = f"signed for {TYPED}"
    log.info(event, **{TYPED: 1})
    log.info("signed for %s", TYPED)
    assert [line["event"] for line in lines()] == [logs.HIDDEN, logs.HIDDEN]


def test_debug_is_not_written(lines: Lines) -> None:
    log.debug("note.signed")
    assert lines() == []


def test_an_exception_is_its_type_and_its_places(lines: Lines) -> None:
    try:
        try:
            fail_with_text()
        except ValueError as error:
            raise ExceptionGroup(TYPED, [KeyError(TYPED)]) from error
    except ExceptionGroup:
        log.exception("note.failed")
    [line] = lines()
    assert line["level"] == "error"
    assert line["raised"]["type"] == "ExceptionGroup"
    assert sorted(line["raised"]["causes"]) == ["KeyError", "ValueError"]
    assert line["raised"]["frames"][-1].startswith("bot/test_logs.py:")


def test_exceptions_that_cause_each_other_end() -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    assert logs.raised(first)["causes"] == ["KeyError"]


@pytest.mark.parametrize("name", [*LOUD, "app:AsyncApp", "services.notes", "root"])
def test_a_record_of_others_keeps_its_place_only(lines: Lines, name: str) -> None:
    other = logging.getLogger(name)
    other.debug("typed %s", TYPED)
    other.info("typed %s", TYPED)
    try:
        fail_with_text()
    except ValueError:
        other.exception("typed %s", TYPED, stack_info=True)
    [line] = lines()
    assert line.pop("at")
    assert line.pop("where").startswith("test_logs:")
    assert line.pop("raised")["type"] == "ValueError"
    assert line == {"level": "error", "event": logs.FOREIGN, "logger": name}


def test_no_logger_can_be_set_below_info(stream: io.StringIO) -> None:
    assert stream.getvalue() == ""
    for name in ["", *LOUD]:
        assert not logging.getLogger(name).isEnabledFor(logging.DEBUG)
        assert logging.getLogger(name).isEnabledFor(logging.INFO)


def test_what_others_say_below_warning_is_not_written(lines: Lines) -> None:
    logging.getLogger("apscheduler").info(TYPED)
    assert lines() == []


@pytest.mark.anyio
async def test_bolt_may_warn_about_a_search_that_nobody_handles(lines: Lines) -> None:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1", bot_id="B1", bot_user_id="U1")

    async def stop() -> None:
        """Forget to go on: Bolt then logs the whole body."""

    body = {
        "type": "block_suggestion",
        "value": TYPED,
        "action_id": "a",
        "block_id": "b",
        "team": {"id": "T1"},
        "user": {"id": "U1"},
    }
    for middleware in (None, stop):
        app = AsyncApp(authorize=authorize, request_verification_enabled=False, process_before_response=True)
        if middleware:
            app.use(middleware)  # pyright: ignore[reportUnknownMemberType] - Bolt leaves it untyped
        headers = {"content-type": "application/json"}
        answer = await app.async_dispatch(AsyncBoltRequest(body=json.dumps(body), headers={**headers}))
        assert answer.status == 404
    assert [line["level"] for line in lines()] == ["warning", "warning"]


@pytest.mark.anyio
async def test_slack_sdk_may_fail_while_it_sends_a_message(lines: Lines) -> None:
    client = AsyncWebClient("xoxb-1", base_url="http://127.0.0.1:1/", retry_handlers=[])
    with pytest.raises(OSError, match="127"):
        await client.api_call("chat.postMessage", json={"text": TYPED})  # pyright: ignore[reportUnknownMemberType] - untyped there
    logging.getLogger("slack_sdk").error("failed", exc_info=SlackApiError(TYPED, {"error": TYPED}))
    assert lines()[-1]["raised"]["type"] == "slack_sdk.errors.SlackApiError"


def test_sqlalchemy_may_echo_its_parameters(lines: Lines) -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        connection.execute(text("select :x"), {"x": TYPED})
        with pytest.raises(StatementError):
            connection.execute(text("select :x"), {"y": TYPED})
    engine.dispose()
    assert lines() == []


def test_what_fails_outside_of_everything_goes_the_same_way(lines: Lines) -> None:
    thread = threading.Thread(target=fail_with_text)
    thread.start()
    thread.join()
    try:
        fail_with_text()
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    Fails()
    assert [line["event"] for line in lines()] == ["thread.failed", "process.failed", "process.unraisable"]
    assert {line["raised"]["type"] for line in lines()} == {"ValueError"}


class Fails:
    """Fails when nobody can catch it."""

    def __del__(self) -> None:
        fail_with_text()


def test_a_failure_that_nobody_awaits_goes_the_same_way(lines: Lines) -> None:
    async def leave() -> None:
        asyncio.get_running_loop().call_soon(fail_with_text)
        await asyncio.sleep(0)

    asyncio.run(leave())
    [line] = lines()
    assert (line["logger"], line["raised"]["type"]) == ("asyncio", "ValueError")


def test_a_warning_is_its_kind_and_place() -> None:
    out = io.StringIO()
    # Configured here and not by the fixture: pytest puts its own hook back between setting up and calling.
    undo = logs.configure(out)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(TYPED, UserWarning, stacklevel=1)
    undo()
    line = json.loads(out.getvalue())
    assert (line["event"], line["kind"]) == ("process.warned", "UserWarning")
    assert line["module"] == "test_logs.py"
    assert "Rosa" not in out.getvalue()


def test_a_stream_that_is_gone_stops_nothing(stream: io.StringIO, capfd: pytest.CaptureFixture[str]) -> None:
    stream.close()
    log.warning("note.signed")
    logging.getLogger("slack_bolt").warning(TYPED)
    assert capfd.readouterr() == ("", "")


def test_everything_is_put_back() -> None:
    def state() -> tuple[object, ...]:
        root = logging.getLogger()
        hooks = (sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning)
        return (
            *hooks,
            root.level,
            tuple(root.handlers),
            logging.getLogRecordFactory(),
            root.manager.disable,
            structlog.is_configured(),
        )

    before = state()
    undo = logs.configure(io.StringIO())
    assert state() != before
    undo()
    assert state()[:-1] == before[:-1]
