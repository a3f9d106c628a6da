"""A Slack that is slow and in trouble, for several processes at once, and its journal of everything that came to it.

Here: HTTP, trouble by a seed, and what arrived. Not here: whether the app was right (chaos). It knows nothing of the database.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from aiohttp import web

RETRY_AFTER: Final = 1
# A message takes this long to arrive, and its answer as long again. Units: seconds.
SLOWEST: Final = 0.03


class Answer(StrEnum):
    """What the caller was told."""

    OK = "ok"
    LOST = "lost"
    RATE_LIMITED = "rate_limited"
    BROKEN = "broken"
    REFUSED = "refused"


@dataclass(frozen=True)
class Trouble:
    """How often each kind of trouble comes, as a share of all calls.

    A lost answer belongs to a message that was taken. Of the 5xx every second one was taken all the same.
    """

    lost: float = 0.05
    rate_limited: float = 0.05
    broken: float = 0.02


@dataclass(frozen=True)
class Arrival:
    """One call that arrived, also one whose caller was told otherwise, or nothing."""

    phase: str
    method: str
    user: str
    ts: str
    lines: tuple[str, ...]
    taken: bool
    answer: Answer

    @property
    def is_new(self) -> bool:
        """Whether a person saw a new message."""
        return self.taken and self.method == "chat.postMessage"


@dataclass
class SlowSlack:
    """The two methods that reminders use. `phase` is written beside each arrival."""

    source: random.Random
    trouble: Trouble = Trouble()
    phase: str = ""
    journal: list[Arrival] = field(default_factory=list[Arrival])

    @asynccontextmanager
    async def serve(self) -> AsyncGenerator[str]:
        """Serve on loopback; yields the base address as the app is given it."""
        app = web.Application()
        app.router.add_post("/api/{method}", self._call)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
        finally:
            await runner.cleanup()

    async def _call(self, request: web.Request) -> web.StreamResponse:
        arguments = json.loads(await request.read())
        await asyncio.sleep(self.source.uniform(0, SLOWEST))
        arrival = self._arrive(request.match_info["method"], arguments)
        self.journal.append(arrival)
        await asyncio.sleep(self.source.uniform(0, SLOWEST))
        return _answered(request, arrival)

    def _arrive(self, method: str, arguments: Mapping[str, Any]) -> Arrival:
        answer, taken = self._fate()
        user = str(arguments["channel"]).removeprefix("D")
        ts = str(arguments.get("ts") or f"{1000 + len(self.journal)}.0")
        if method == "chat.update" and not any(
            each.is_new and (each.user, each.ts) == (user, ts) for each in self.journal
        ):
            answer, taken = Answer.REFUSED, False
        blocks = arguments["blocks"]
        lines = tuple(str(block["text"]["text"]) for block in blocks if block["type"] == "section")
        return Arrival(self.phase, method, user, ts, lines, taken, answer)

    def _fate(self) -> tuple[Answer, bool]:
        drawn, trouble = self.source.random(), self.trouble
        if drawn < trouble.lost:
            return Answer.LOST, True
        if drawn < trouble.lost + trouble.rate_limited:
            return Answer.RATE_LIMITED, False
        if drawn < trouble.lost + trouble.rate_limited + trouble.broken:
            return Answer.BROKEN, self.source.random() < 0.5
        return Answer.OK, True


def _answered(request: web.Request, arrival: Arrival) -> web.StreamResponse:
    match arrival.answer:
        case Answer.LOST:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        case Answer.RATE_LIMITED:
            body = {"ok": False, "error": "ratelimited"}
            return web.json_response(body, status=429, headers={"Retry-After": str(RETRY_AFTER)})
        case Answer.BROKEN:
            return web.Response(text="<html>Service unavailable</html>", status=503, content_type="text/html")
        case Answer.REFUSED:
            return web.json_response({"ok": False, "error": "message_not_found"})
        case Answer.OK:
            return web.json_response({"ok": True, "channel": f"D{arrival.user}", "ts": arrival.ts})
