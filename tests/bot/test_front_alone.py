"""The front driven by hand: what a server cannot show, and its memory."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from starlette.responses import Response

from bot import logs
from bot.front import LARGEST_BODY, REMEMBERED_SECONDS, Front, Refusal, RefusedError, Seen
from tests.bot.signing import NOW, SECRET, Header, signed

BODY = b"command=%2Fnote&text="
TYPED = "Rosa Delgado typed this"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    out = io.StringIO()
    undo = logs.configure(out)
    yield out
    undo()


async def dispatch_nothing(raw_body: bytes, headers: Mapping[str, str], /) -> Response:
    raise ZeroDivisionError(TYPED)


async def answer_of(front: Front, *messages: Mapping[str, Any], headers: list[Header]) -> list[Mapping[str, Any]]:
    """What the front sends when it is driven by hand; after the last message nothing more comes."""
    waiting, sent = list(messages), list[Mapping[str, Any]]()

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()
        return dict(waiting.pop(0))

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    await front({"type": "http", "method": "POST", "path": "/slack/events", "headers": raw}, receive, send)
    return sent


@pytest.mark.anyio
async def test_any_exception_is_500_with_its_type_in_the_log(log: io.StringIO) -> None:
    front = Front(dispatch_nothing, SECRET, clock=lambda: NOW)
    message = {"type": "http.request", "body": BODY}
    sent = await answer_of(front, message, headers=signed(BODY))
    assert (sent[0]["status"], sent[1]["body"]) == (500, b"")
    line = json.loads(log.getvalue())
    assert (line["event"], line["kind"]) == ("front.failed", "ZeroDivisionError")


@pytest.mark.anyio
async def test_a_body_that_does_not_arrive_is_not_waited_for(log: io.StringIO) -> None:
    front = Front(dispatch_nothing, SECRET, clock=lambda: NOW, body_seconds=0)
    sent = await answer_of(front, headers=signed(BODY))
    assert sent[0]["status"] == 408
    assert json.loads(log.getvalue())["why"] == "too_slow"


@pytest.mark.anyio
async def test_a_client_that_goes_away_is_not_answered() -> None:
    front = Front(dispatch_nothing, SECRET, clock=lambda: NOW)
    half = {"type": "http.request", "body": BODY[:5], "more_body": True}
    assert await answer_of(front, half, {"type": "http.disconnect"}, headers=signed(BODY)) == []


@pytest.mark.anyio
async def test_a_declared_length_is_refused_before_it_is_read(log: io.StringIO) -> None:
    front = Front(dispatch_nothing, SECRET, clock=lambda: NOW)
    sent = await answer_of(front, headers=[("Content-Length", str(LARGEST_BODY + 1))])
    assert sent[0]["status"] == 413
    assert json.loads(log.getvalue())["why"] == "too_large"


def refusal(act: Callable[[], None]) -> Refusal:
    with pytest.raises(RefusedError) as refused:
        act()
    return refused.value.why


def test_a_signature_is_remembered_ten_minutes() -> None:
    seen = Seen()
    seen.add(b"one", NOW)
    assert refusal(lambda: seen.add(b"one", NOW + REMEMBERED_SECONDS - 1)) is Refusal.REPLAYED
    seen.add(b"one", NOW + REMEMBERED_SECONDS)


def test_a_full_memory_refuses_and_forgets_nothing() -> None:
    seen = Seen(most=2)
    seen.add(b"one", NOW)
    seen.add(b"two", NOW + 1)
    assert refusal(lambda: seen.add(b"three", NOW + 2)) is Refusal.FULL
    assert refusal(lambda: seen.add(b"one", NOW + 2)) is Refusal.REPLAYED
    seen.add(b"three", NOW + REMEMBERED_SECONDS)


@pytest.mark.anyio
async def test_a_full_memory_is_503(log: io.StringIO) -> None:
    front = Front(dispatch_nothing, SECRET, clock=lambda: NOW, seen=Seen(most=0))
    sent = await answer_of(front, {"type": "http.request", "body": BODY}, headers=signed(BODY))
    assert sent[0]["status"] == 503
    assert json.loads(log.getvalue())["why"] == "full"
