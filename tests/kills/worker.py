"""The real app in a process of its own that kills itself at a labelled step, and a nursery that makes such processes quickly.

Nothing of this stands in the product: the steps are laid around its commit, its answers and its calls to Slack from outside. The
nursery has everything imported and forks; with `--one` a process is started as an operator's is, from nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

from pydantic import SecretStr
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot import logs
from bot.app import App, Patience, build
from bot.settings import Settings, Stage
from bot.web import listen, make_server
from desk.doors import Doors
from desk.reply import Reply
from desk.surface import Surface

P = ParamSpec("P")
T = TypeVar("T")

PATIENT: Final = 20.0
DRAINED: Final = "/drained"
SLACK: Final = "/slack/events"
ANSWERS: Final = ("done", "sentence", "errors", "update", "clear", "options")
CALLS: Final = ("open_modal", "push_modal", "update_modal", "publish_home")


class Step(StrEnum):
    """Where a process can be killed."""

    BEFORE_COMMIT = "before_commit"
    AFTER_COMMIT = "after_commit"
    BEFORE_CALL = "before_call"
    AFTER_CALL = "after_call"
    BEFORE_ANSWER = "before_answer"
    AFTER_ANSWER = "after_answer"


@dataclass(frozen=True)
class Start:
    """What a process is started with. `home` holds what it shares with its test: the clock, the step, the log."""

    database: str
    slack: str
    token: str
    secret: str
    kek: str
    home: str

    @property
    def text(self) -> str:
        """The same in one line."""
        return json.dumps(asdict(self))


class FileClock:
    """A clock that stands where the test put it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> dt.datetime:
        """The instant, aware and in UTC."""
        return dt.datetime.fromisoformat(self._path.read_text())


class Reaper:
    """Kills this process at the step that the test wrote down, and says so first. `gather` says of how many jobs a group waits for."""

    def __init__(self, home: Path) -> None:
        self._step, self._gather, self._killed = home / "step", home / "gather", home / "killed"

    def at(self, step: Step) -> None:
        """This step is reached."""
        if self._step.read_text() == step:
            self._killed.write_text(step)
            os.kill(os.getpid(), signal.SIGKILL)

    @property
    def together(self) -> int:
        """How many jobs the writer waits for before it begins."""
        return int(self._gather.read_text() or "1")


def lay_steps(app: App, reaper: Reaper) -> None:
    """Lay the steps around the commit, the answers and the calls."""
    dialect: Any = app.engine.dialect
    commit = dialect.do_commit

    def do_commit(connection: object) -> None:
        reaper.at(Step.BEFORE_COMMIT)
        commit(connection)
        reaper.at(Step.AFTER_COMMIT)

    dialect.do_commit = do_commit
    for name in ANSWERS:
        _wrap(Reply, name, reaper, Step.BEFORE_ANSWER, None)
    for name in CALLS:
        _wrap(Surface, name, reaper, Step.BEFORE_CALL, Step.AFTER_CALL)
    _gather(reaper)


def _wrap(kind: type[object], name: str, reaper: Reaper, before: Step, after: Step | None) -> None:
    method: Callable[..., Awaitable[object]] = getattr(kind, name)

    async def wrapped(*args: object, **kwargs: object) -> object:
        reaper.at(before)
        result = await method(*args, **kwargs)
        if after is not None:
            reaper.at(after)
        return result

    setattr(kind, name, wrapped)


def _gather(reaper: Reaper) -> None:
    """Let several jobs be one group for sure: the writer waits until so many are there."""
    kind: Any = Doors
    take = kind._take

    def gathered(doors: Doors) -> list[Any]:
        jobs = take(doors)
        while jobs and len(jobs) < reaper.together:
            jobs += take(doors)
        return jobs

    kind._take = gathered


def answering(app: App, reaper: Reaper) -> ASGIApp:
    """The app with a step after each answer to Slack, and an address that answers once nothing is under way."""

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == DRAINED:
            await app.office.later.drain(PATIENT)
            return await PlainTextResponse("")(scope, receive, send)

        async def sent(message: Message) -> None:
            await send(message)
            is_last = message["type"] == "http.response.body" and not message.get("more_body")
            if is_last and scope["path"] == SLACK:
                reaper.at(Step.AFTER_ANSWER)

        return await app.web(scope, receive, sent if scope["type"] == "http" else send)

    return asgi


def run(start: Start) -> None:
    """Serve until it is killed. The first line it prints is its id and its address."""
    home = Path(start.home)
    logs.configure((home / "log").open("a"))
    settings = Settings.load(
        slack_bot_token=SecretStr(start.token),
        slack_signing_secret=SecretStr(start.secret),
        slack_api_url=start.slack,
        noted_env=Stage.DEVELOPMENT,
        noted_database_url=SecretStr(start.database),
        noted_kek_uri=start.kek,
    )
    app = build(settings, FileClock(home / "clock"), ticking=False, patience=Patience(PATIENT, PATIENT))
    reaper = Reaper(home)
    lay_steps(app, reaper)
    listener = listen("127.0.0.1", 0)
    sys.stdout.write(json.dumps([os.getpid(), listener.getsockname()[1]]) + "\n")
    sys.stdout.flush()
    make_server(answering(app, reaper)).run(sockets=[listener])


def nurse() -> None:
    """Fork a process for each line that comes in; whoever dies is not waited for."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                run(Start(**json.loads(line)))
            finally:
                os._exit(0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        run(Start(**json.loads(sys.argv[2])))
    else:
        nurse()
