"""What stands before Bolt, over real HTTP and with real Bolt behind it."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from bot import logs
from bot.front import LARGEST_BODY, Front, as_json, bolt_dispatch
from bot.web import listen, make_server, make_web
from tests.bot.signing import FORM, NOW, SECRET, Header, sign, signed

TYPED = "Rosa Delgado typed this"

pytestmark = pytest.mark.anyio


@dataclass
class Town:
    """A running server with real Bolt in it, and what reached its listeners."""

    address: str = ""
    now: float = NOW
    reached: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])

    def signed(self, body: bytes, kind: str = FORM, at: float | None = None) -> list[Header]:
        return signed(body, kind, self.now if at is None else at)

    async def post(self, body: bytes, headers: list[Header] | None = None) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session:
            sent = self.signed(body) if headers is None else headers
            async with session.post(f"{self.address}/slack/events", data=io.BytesIO(body), headers=sent) as answer:
                return answer.status, await answer.text()


def bolt(town: Town) -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1", bot_id="B1", bot_user_id="UB")

    app = AsyncApp(authorize=authorize, request_verification_enabled=False, process_before_response=True)

    async def on_command(ack: AsyncAck, body: dict[str, Any]) -> None:
        town.reached.append(body)
        await ack("noted")

    async def on_submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        town.reached.append(body)
        await ack(response_action="errors", errors={"client": "Choose someone."})

    async def on_event(body: dict[str, Any]) -> None:
        town.reached.append(body)

    async def on_action() -> None:
        raise ValueError(TYPED)

    # Bolt leaves its decorators untyped.
    app.command("/note")(on_command)  # pyright: ignore[reportUnknownMemberType]
    app.view("note.sign")(on_submission)  # pyright: ignore[reportUnknownMemberType]
    app.event("app_home_opened")(on_event)  # pyright: ignore[reportUnknownMemberType]
    app.action("broken")(on_action)  # pyright: ignore[reportUnknownMemberType]
    return app


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncGenerator[None]:
    yield


async def is_ready() -> bool:
    return True


class Switch:
    """Lets each test have its own front behind one running server."""

    front: Front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.front(scope, receive, send)


@pytest.fixture(scope="module")
async def served() -> AsyncIterator[tuple[Switch, str]]:
    """A real server on a free port, in the loop of the tests."""
    switch = Switch()
    listener = listen("127.0.0.1", 0)
    server = make_server(make_web(switch, is_ready, lifespan))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    yield switch, f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await running


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    out = io.StringIO()
    undo = logs.configure(out)
    yield out
    undo()


@pytest.fixture
async def town(log: io.StringIO, served: tuple[Switch, str]) -> AsyncIterator[Town]:
    switch, address = served
    town = Town(address)
    switch.front = Front(bolt_dispatch(bolt(town)), SECRET, clock=lambda: town.now)
    yield town
    assert "Rosa" not in log.getvalue()


def command(**fields: str) -> bytes:
    return urlencode(
        {"command": "/note", "text": "", "team_id": "T1", "user_id": "U1", "channel_name": "general"} | fields
    ).encode()


def interaction(**payload: object) -> bytes:
    return urlencode({"payload": json.dumps({"team": {"id": "T1"}, "user": {"id": "U1"}} | payload)}).encode()


async def test_a_command_reaches_bolt_and_its_answer_comes_back(town: Town) -> None:
    assert await town.post(command(text="call")) == (200, "noted")
    assert town.reached[0]["text"] == "call"


async def test_a_submission_reaches_bolt_and_its_errors_come_back(town: Town) -> None:
    status, answer = await town.post(
        interaction(type="view_submission", view={"id": "V1", "type": "modal", "callback_id": "note.sign"})
    )
    assert (status, json.loads(answer)) == (200, {"response_action": "errors", "errors": {"client": "Choose someone."}})


async def test_an_event_and_the_challenge_are_answered(town: Town) -> None:
    event = json.dumps(
        {"type": "event_callback", "event": {"type": "app_home_opened", "user": "U1"}, "team_id": "T1"}
    ).encode()
    assert (await town.post(event, town.signed(event, "application/json; charset=utf-8")))[0] == 200
    assert len(town.reached) == 1
    challenge = b'{"type": "url_verification", "challenge": "3eZbrw1a"}'
    status, answer = await town.post(challenge, town.signed(challenge, "application/json"))
    assert status == 200
    assert "3eZbrw1a" in answer


async def test_a_command_may_hold_the_word_payload(town: Town) -> None:
    assert (await town.post(command(channel_name="payload-team")))[0] == 200
    assert town.reached[0]["channel_name"] == "payload-team"


async def test_letters_of_every_alphabet_arrive_as_they_were(town: Town) -> None:
    assert (await town.post(command(text="Zoë 🙂 ﷺ")))[0] == 200
    assert town.reached[0]["text"] == "Zoë 🙂 ﷺ"


async def test_the_same_request_is_taken_once(town: Town) -> None:
    body = command()
    headers = town.signed(body)
    assert [(await town.post(body, headers))[0] for _ in range(2)] == [200, 401]
    assert len(town.reached) == 1


async def test_the_same_request_many_times_at_once_is_taken_once(town: Town) -> None:
    body = command()
    headers = town.signed(body)
    answers = await asyncio.gather(*(town.post(body, headers) for _ in range(8)))
    assert sorted(status for status, _ in answers) == [200] + [401] * 7
    assert len(town.reached) == 1


async def test_two_people_may_send_the_same_second(town: Town) -> None:
    assert [(await town.post(command(user_id=user)))[0] for user in ("U1", "U2")] == [200, 200]


BODY = command()
STAMP = str(NOW)
GOOD = sign(BODY, STAMP)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="nothing"),
        pytest.param([("X-Slack-Signature", GOOD)], id="no time"),
        pytest.param([("X-Slack-Request-Timestamp", STAMP)], id="no signature"),
        pytest.param(
            [("X-Slack-Request-Timestamp", "soon"), ("X-Slack-Signature", sign(BODY, "soon"))], id="time in words"
        ),
        pytest.param(
            [("X-Slack-Request-Timestamp", "-1"), ("X-Slack-Signature", sign(BODY, "-1"))], id="time below zero"
        ),
        pytest.param(
            [("X-Slack-Request-Timestamp", f"{STAMP}.5"), ("X-Slack-Signature", sign(BODY, f"{STAMP}.5"))],
            id="half a second",
        ),
        pytest.param(
            [("X-Slack-Request-Timestamp", f"0{STAMP}"), ("X-Slack-Signature", sign(BODY, f"0{STAMP}"))],
            id="leading zero",
        ),
        pytest.param(
            [("X-Slack-Request-Timestamp", "9" * 400), ("X-Slack-Signature", sign(BODY, "9" * 400))], id="endless time"
        ),
        pytest.param(
            [("X-Slack-Request-Timestamp", "١٨٠٠٠٠٠٠٠٠"), ("X-Slack-Signature", GOOD)], id="digits of another alphabet"
        ),
        pytest.param([("X-Slack-Request-Timestamp", ""), ("X-Slack-Signature", "")], id="empty"),
        pytest.param([("X-Slack-Request-Timestamp", STAMP), ("X-Slack-Signature", GOOD[3:])], id="no version"),
        pytest.param(
            [("X-Slack-Request-Timestamp", STAMP), ("X-Slack-Signature", "v1" + GOOD[2:])], id="another version"
        ),
        pytest.param([("X-Slack-Request-Timestamp", STAMP), ("X-Slack-Signature", GOOD[:-1])], id="too short"),
        pytest.param([("X-Slack-Request-Timestamp", STAMP), ("X-Slack-Signature", GOOD + "0")], id="too long"),
        pytest.param(
            [("X-Slack-Request-Timestamp", STAMP), ("X-Slack-Signature", "v0=" + GOOD[3:].upper())], id="capitals"
        ),
        pytest.param([("X-Slack-Request-Timestamp", STAMP), ("X-Slack-Signature", "v0=" + "é" * 64)], id="not ASCII"),
        pytest.param([("X-Slack-Request-Timestamp", STAMP), ("X-Slack-Signature", "v0=" + "0" * 64)], id="zeros"),
        pytest.param(
            [("X-Slack-Request-Timestamp", STAMP), ("X-Slack-Signature", sign(BODY, STAMP, "other"))],
            id="another secret",
        ),
        pytest.param(
            [("X-Slack-Request-Timestamp", STAMP), ("X-Slack-Signature", sign(BODY + b"&", STAMP))], id="another body"
        ),
        pytest.param([("X-Slack-Request-Timestamp", str(NOW - 1)), ("X-Slack-Signature", GOOD)], id="another time"),
        pytest.param(
            [("X-Slack-Request-Timestamp", STAMP), ("X-Slack-Signature", GOOD), ("X-Slack-Signature", GOOD)],
            id="twice signed",
        ),
        pytest.param(
            [("X-Slack-Request-Timestamp", str(NOW - 301)), ("X-Slack-Signature", sign(BODY, str(NOW - 301)))],
            id="five minutes old",
        ),
        pytest.param(
            [("X-Slack-Request-Timestamp", str(NOW + 301)), ("X-Slack-Signature", sign(BODY, str(NOW + 301)))],
            id="five minutes ahead",
        ),
    ],
)
async def test_what_slack_did_not_sign_now_is_401_and_says_nothing(
    town: Town, log: io.StringIO, headers: list[Header]
) -> None:
    assert await town.post(BODY, [("Content-Type", FORM), *headers]) == (401, "")
    assert town.reached == []
    [line] = [json.loads(line) for line in log.getvalue().splitlines()]
    assert (line["event"], line["level"]) == ("front.refused", "warning")


@pytest.mark.parametrize("offset", [-300, 300])
async def test_the_clock_may_be_five_minutes_off(town: Town, offset: int) -> None:
    assert (await town.post(BODY, town.signed(BODY, at=NOW + offset)))[0] == 200


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, b""),
        (FORM, b"\xff\xfe"),
        (FORM, b"command=%FF"),
        (FORM, b"command=note"),
        (FORM, b"text=call"),
        (FORM, b"command=%2Fnote&command=%2Fnote"),
        (FORM, b"command=%2Fnote&" + b"&".join(b"f%d=1" % n for n in range(200))),
        (FORM, b"payload="),
        (FORM, b"payload=%7B"),
        (FORM, b"payload=[]"),
        (FORM, b"payload=null"),
        (FORM, b"payload=%7B%22type%22%3A1%7D"),
        (FORM, b"payload=" + b"[" * 100_000),
        (FORM, b'{"type": "block_actions"}'),
        ("application/json", b""),
        ("application/json", b"\xff"),
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b'"text"'),
        ("application/json", b"{}"),
        ("application/json", b'{"type": "event_callback"}'),
        ("application/json", b'{"type": "event_callback", "event": {}}'),
        ("application/json", b'{"type": "url_verification"}'),
        ("application/json", b'{"n": ' + b"9" * 5000 + b"}"),
        ("application/json", b"[" * 100_000),
        ("text/plain", b"command=note"),
        ("multipart/form-data; boundary=x", b"--x--"),
    ],
)
async def test_what_cannot_be_read_is_400(town: Town, kind: str, body: bytes) -> None:
    assert await town.post(body, town.signed(body, kind)) == (400, "")
    assert town.reached == []


@given(body=st.binary(max_size=200), kind=st.sampled_from([FORM, "application/json", ""]))
def test_no_bytes_break_the_reading(body: bytes, kind: str) -> None:
    read = as_json(body, kind)
    assert read is None or isinstance(json.loads(read), dict)


async def test_a_body_of_the_largest_size_passes_and_one_byte_more_does_not(town: Town) -> None:
    largest = command(text="").replace(b"text=", b"text=" + b"x" * (LARGEST_BODY - len(command(text=""))))
    assert (await town.post(largest))[0] == 200
    assert await town.post(largest + b"x") == (413, "")
    assert len(town.reached) == 1


async def test_a_body_of_undeclared_length_is_counted_as_it_streams(town: Town) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(town.address.rpartition(":")[2]))
    writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(17):
        writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
    await writer.drain()
    # The last chunk never comes: the answer does not wait for it.
    assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
    writer.close()


async def test_a_listener_that_fails_is_500_without_a_word(town: Town, log: io.StringIO) -> None:
    body = interaction(
        type="block_actions", actions=[{"action_id": "broken", "block_id": "b", "type": "button"}], value=TYPED
    )
    assert await town.post(body) == (500, "")
    assert "ValueError" in log.getvalue()


async def test_a_payload_that_would_break_bolt_is_400_and_not_the_end(town: Town) -> None:
    assert (await town.post(interaction(type="view_submission", view={"callback_id": TYPED})))[0] == 400
    assert (await town.post(command()))[0] == 200


async def test_headers_that_nobody_signed_do_not_steer_bolt(town: Town) -> None:
    body = command()
    lazy = [("X-Slack-Bolt-Lazy-Only", "1"), ("X-Slack-Bolt-Lazy-Function-Name", "on_command")]
    assert await town.post(body, [*town.signed(body), *lazy]) == (200, "noted")


async def test_a_clock_that_jumps_ahead_for_a_moment_forgets_nothing(town: Town) -> None:
    headers = town.signed(BODY)
    assert (await town.post(BODY, headers))[0] == 200
    town.now = NOW + 3600
    assert (await town.post(BODY, headers))[0] == 401
    town.now = NOW
    assert (await town.post(BODY, headers))[0] == 401
    assert len(town.reached) == 1
