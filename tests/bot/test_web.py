"""Which address is answered by what, over real HTTP."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot import logs
from bot.web import ListenError, listen, make_server, make_web

pytestmark = pytest.mark.anyio


@dataclass
class House:
    """A running server, and what its parts were asked."""

    address: str = ""
    is_ready: bool | Exception = True
    story: list[str] = field(default_factory=list[str])

    async def ready(self) -> bool:
        if isinstance(self.is_ready, Exception):
            raise self.is_ready
        return self.is_ready

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stand for the front."""
        self.story.append("front")
        await Response(status_code=204)(scope, receive, send)

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncGenerator[None]:
        self.story.append("start")
        yield
        self.story.append("stop")

    async def ask(self, method: str, path: str) -> tuple[int, str, dict[str, str]]:
        async with aiohttp.ClientSession() as session, session.request(method, self.address + path) as answer:
            return answer.status, await answer.text(), {name.lower(): value for name, value in answer.headers.items()}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    out = io.StringIO()
    undo = logs.configure(out)
    yield out
    undo()


@pytest.fixture(scope="module")
async def served() -> AsyncIterator[House]:
    house = House()
    listener = listen("127.0.0.1", 0)
    server = make_server(make_web(house, house.ready, house.lifespan))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    house.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    yield house
    server.should_exit = True
    await running
    assert house.story[0] == "start"
    assert house.story[-1] == "stop"


@pytest.fixture
def house(served: House, log: io.StringIO) -> House:
    served.is_ready, served.story[:] = True, ["start"]
    return served


async def test_slack_is_answered_by_the_front(house: House) -> None:
    assert (await house.ask("POST", "/slack/events"))[0] == 204
    assert "front" in house.story


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
async def test_slack_only_posts(house: House, method: str) -> None:
    assert (await house.ask(method, "/slack/events"))[0] == 405
    assert "front" not in house.story


async def test_the_process_is_up(house: House) -> None:
    house.is_ready = False
    assert (await house.ask("GET", "/healthz"))[:2] == (200, "ok")


@pytest.mark.parametrize(
    ("is_ready", "status"),
    [(True, 200), (False, 503), (OSError("password of the database"), 503)],
    ids=["yes", "no", "fails"],
)
async def test_the_process_is_ready_when_its_parts_answer(
    house: House, log: io.StringIO, is_ready: bool | Exception, status: int
) -> None:
    house.is_ready = is_ready
    answer = await house.ask("GET", "/readyz")
    assert answer[0] == status
    assert "password" not in answer[1] + log.getvalue()


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/metrics", "/slack/events/", "/slack/install"])
async def test_nothing_else_is_there(house: House, path: str) -> None:
    assert (await house.ask("GET", path))[0] in {404, 405, 307}


async def test_no_answer_names_the_software(house: House) -> None:
    for method, path in (("GET", "/healthz"), ("GET", "/none"), ("POST", "/slack/events")):
        assert "server" not in (await house.ask(method, path))[2]


async def test_a_request_is_not_logged(house: House, log: io.StringIO) -> None:
    await house.ask("GET", "/healthz?client=Rosa")
    assert [json.loads(line)["event"] for line in log.getvalue().splitlines()] == []


def test_a_taken_address_is_said_in_a_sentence() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(ListenError, match="taken"):
        listen("127.0.0.1", taken.getsockname()[1])


def test_an_address_of_another_machine_is_said_in_a_sentence() -> None:
    with pytest.raises(ListenError, match="NOTED_BIND"):
        listen("192.0.2.1", 3000)
