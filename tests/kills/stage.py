"""A stage whose app is a process that can be killed: the stand-in and the database live on, and so does whoever sits before the screen."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp

from models.addenda import Addendum
from models.contacts import Contact, ContactState
from models.forms import FormKind, FormRow, FormStage
from models.notes import Note, NoteVersion
from privacy.kek import FileKek
from tests.canary import Canary
from tests.conftest import StandingClock
from tests.flows.attack import trail_is_whole
from tests.flows.stage import ROOT, Play, play
from tests.kills.worker import DRAINED, SLACK, Start, Step

COMMAND: Final = (sys.executable, "-m", "tests.kills.worker")
# How long a process may take to come up or to be gone on a busy machine.
PATIENCE: Final = 60.0
_LOOK_SECONDS: Final = 0.01


@dataclass
class SharedClock(StandingClock):
    """A standing clock that another process reads from a file."""

    path: Path = Path()

    def advance(self, **by: float) -> None:
        """Move it on, for both."""
        super().advance(**by)
        self.write()

    def write(self) -> None:
        """Let the other process see it; it never finds half an instant."""
        new = self.path.with_suffix(".new")
        new.write_text(self.instant.isoformat())
        new.replace(self.path)


class Nursery:
    """Makes processes: forked from one that has everything imported, or each started from nothing."""

    def __init__(self, *, cold: bool = False) -> None:
        self._cold = cold
        self._parent: Process | None = None
        self._children: list[Process] = []

    async def start(self, start: Start) -> tuple[int, str]:
        """A new process's id and address."""
        if self._cold:
            source = await asyncio.create_subprocess_exec(
                *COMMAND, "--one", start.text, cwd=ROOT, stdout=PIPE, stderr=DEVNULL
            )
            self._children.append(source)
        else:
            source = self._parent = self._parent or await asyncio.create_subprocess_exec(
                *COMMAND, cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
            )
            assert source.stdin is not None
            source.stdin.write(start.text.encode() + b"\n")
            await source.stdin.drain()
        assert source.stdout is not None
        async with asyncio.timeout(PATIENCE):
            pid, port = json.loads(await source.stdout.readline())
        return pid, f"http://127.0.0.1:{port}"

    async def close(self) -> None:
        """End whoever is left."""
        for process in (*self._children, self._parent):
            if process is not None and process.returncode is None:
                process.kill()
                await process.wait()


@dataclass
class Killable(Play):
    """A play whose app can be killed and comes up again."""

    nursery: Nursery
    home: Path
    kek: FileKek
    pid: int = 0
    kills: list[Step] = field(default_factory=list[Step])

    async def settle(self) -> None:
        """As in a play, for the process."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.address}{DRAINED}") as answer:
            await answer.read()
        self.clock.advance(seconds=1)

    async def up(self) -> None:
        """Start the process."""
        for name in ("step", "gather", "killed"):
            (self.home / name).write_text("")
        installation = self.sandbox.installation
        start = Start(
            database=self.app.engine.url.render_as_string(hide_password=False),
            slack=f"{self.sandbox.base_url}/api/",
            token=installation.bot_token,
            secret=installation.signing_secret,
            kek=self.kek.uri,
            home=str(self.home),
        )
        self.pid, self.address = await self.nursery.start(start)
        installation.app_url = f"{self.address}{SLACK}"

    def arm(self, step: Step, *, together: int = 1) -> None:
        """From now on the process is killed where it reaches this step, once so many jobs are one group."""
        (self.home / "gather").write_text(str(together))
        (self.home / "step").write_text(step)

    async def fell(self) -> None:
        """Wait until the process is gone, be sure that it was killed at that step, and start it again."""
        step = Step((self.home / "step").read_text())
        await self.gone()
        assert (self.home / "killed").read_text() == step
        self.kills.append(step)
        await self.up()

    async def kill(self) -> None:
        """Kill it where it is, and start it again."""
        os.kill(self.pid, signal.SIGKILL)
        await self.gone()
        await self.up()

    async def gone(self) -> None:
        """Wait until the process is not there any more."""
        async with asyncio.timeout(PATIENCE):
            while _is_there(self.pid):  # noqa: ASYNC110 - what is waited for is another process
                await asyncio.sleep(_LOOK_SECONDS)

    def whole(self) -> None:
        """Nothing is half done: every note has all that belongs to it, and the trail verifies.

        Errors: AssertionError.
        """
        notes = {row.id: row for row in self.rows(Note) if isinstance(row, Note)}
        versions = [row for row in self.rows(NoteVersion) if isinstance(row, NoteVersion)]
        contacts = {row.id: row for row in self.rows(Contact) if isinstance(row, Contact)}
        addenda = [row for row in self.rows(Addendum) if isinstance(row, Addendum)]
        forms = [row for row in self.rows(FormRow) if isinstance(row, FormRow) and row.stage is FormStage.SIGNED]
        assert {note.contact_id for note in notes.values()} == set(contacts)
        assert {row.state for row in contacts.values()} <= {ContactState.NOTED}
        assert {row.note_id for row in forms} == set(notes)
        for note in notes.values():
            numbers = sorted(row.version for row in versions if row.note_id == note.id)
            assert numbers == list(range(1, note.latest_version + 1))
            added = sorted(row.number for row in addenda if row.note_id == note.id)
            assert added == list(range(1, len(added) + 1))
        assert len([row for row in forms if row.kind is FormKind.ADDENDUM]) == len(addenda)
        assert self.actions().count("note:sign") == len(versions)
        assert trail_is_whole(self)


def _is_there(pid: int) -> bool:
    try:
        # One that is dead and not waited for answers too, and its state says so.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextlib.asynccontextmanager
async def killable(url: str, kek: FileKek, home: Path, canary: Canary, nursery: Nursery) -> AsyncGenerator[Killable]:
    """A play in this database whose app is a process; at the end the canary has read what it logged."""
    clock = SharedClock(path=home / "clock")
    clock.write()
    async with play(url, kek, clock, canary) as stage:
        made = Killable(**vars(stage), nursery=nursery, home=home, kek=kek)
        await made.up()
        try:
            yield made
        finally:
            os.kill(made.pid, signal.SIGKILL)
            await made.gone()
            canary.watch_text("the log of the process", (home / "log").read_text())
