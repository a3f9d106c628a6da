"""Two days of reminders while processes are killed and paused and Slack is in trouble; then what the ledger and Slack say of it.

Run by hand at full size: `python -m tests.reminders.chaos --full [--sqlite]`. Here: the agency, the herd of processes and their
torment. Not here: what has to be true afterwards (verdict). Instants at which something is killed are random, so this waits.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import random
import signal
import sys
import tempfile
import time
import uuid
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, func, insert, select, update

from desk.doors import Doors
from migrations.run import upgrade
from models.base import new_id, new_reference
from models.contacts import Contact, ContactKind, ContactOrigin, ContactState
from models.deliveries import Delivery, DeliveryState, Slot
from models.engine import StoreDown, make_engine, reading, store_errors
from models.rows import WorkspaceSession
from privacy.kek import FileKek
from services.deliveries import LEASE
from tests.conftest import Agency, StandingClock, make_agency
from tests.postgres import running_server
from tests.reminders.chaos_worker import READY, SharedClock
from tests.reminders.slow_slack import SLOWEST, SlowSlack, Trouble
from tests.reminders.town import Town, eastern
from tests.reminders.verdict import Facts, Phase, judge

# A Monday's contacts, all past their first quarter of an hour when the middle of the day comes.
ENDED_AT: Final = eastern("2026-03-02T09:40")
PHASES: Final = tuple(
    Phase(eastern(f"{day}T{time_}"), dt.date.fromisoformat(day), slot)
    for day, time_, slot in (
        ("2026-03-02", "12:45", Slot.MIDDLE),
        ("2026-03-02", "16:30", Slot.END),
        ("2026-03-03", "09:00", Slot.START),
        ("2026-03-03", "12:45", Slot.MIDDLE),
        ("2026-03-04", "09:00", Slot.START),
    )
)
# So often a process is killed before it sends anything.
PLANNING: Final = 0.2
_LOOK_SECONDS: Final = 0.05
_SOON: Final = dt.timedelta(seconds=2)


@dataclass(frozen=True)
class Size:
    """How large the trial is. Units: seconds; `kill_after` is how many calls come at most between two kills."""

    staff: int
    contacts: int
    processes: int
    lease: float
    pause: float
    kill_after: int
    patience: float


SMALL: Final = Size(staff=30, contacts=75, processes=2, lease=4, pause=6, kill_after=30, patience=300)
FULL: Final = Size(staff=100, contacts=100, processes=2, lease=60, pause=120, kill_after=40, patience=1500)


@dataclass(eq=False)
class Worker:
    """One process that ticks, started again whenever it was killed."""

    command: tuple[str, ...]
    lease: float
    process: Process | None = None
    is_ready: bool = False
    ticks: int = 0
    _reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it."""
        self.is_ready = False
        here = Path(__file__).parents[2]
        self.process = await asyncio.create_subprocess_exec(
            *self.command, str(self.lease), cwd=here, stdout=PIPE, stderr=DEVNULL
        )
        self._reading = asyncio.create_task(self._read(self.process))

    async def kill(self) -> None:
        """Kill it, wherever it is."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        if self._reading is not None:
            await self._reading

    def signal(self, number: signal.Signals) -> None:
        """Stop it where it is, or let it go on."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)

    async def _read(self, process: Process) -> None:
        if process.stdout is not None:
            async for line in process.stdout:
                self.ticks += line != READY
                self.is_ready = True


@dataclass
class Trial:
    """One run: an agency, its processes, and a Slack in trouble."""

    size: Size
    town: Town
    slack: SlowSlack
    clock: SharedClock
    workers: list[Worker]
    source: random.Random
    noted: set[uuid.UUID] = field(default_factory=set[uuid.UUID])
    counts: Counter[str] = field(default_factory=Counter[str])
    seconds: dict[str, float] = field(default_factory=dict[str, float])

    async def run(self) -> Facts:
        """Go through all phases; the last one is quiet, so that what was lost can be told."""
        contacts = fill(self.town, self.size)
        for worker in self.workers:
            await worker.start()
        try:
            for number, phase in enumerate(PHASES):
                last = number == len(PHASES) - 1
                if last:
                    await self._give_time()
                await self._go_through(phase, calm=last, pause=number == 1)
        finally:
            for worker in self.workers:
                await worker.kill()
        return self.town.run(lambda work: judge(work, PHASES, self.slack.journal, contacts, self.noted))

    async def _go_through(self, phase: Phase, *, calm: bool, pause: bool) -> None:
        self.slack.phase = phase.name
        self.slack.trouble = Trouble(0, 0, 0) if calm else Trouble()
        self.clock.set(phase.at)
        began = time.monotonic()
        first, *others = self.workers
        torments = (
            [] if calm else [asyncio.create_task(self._torment(each)) for each in (others if pause else self.workers)]
        )
        try:
            if pause:
                await self._pause(first)
            async with asyncio.timeout(self.size.patience):
                while not self._is_settled(phase):
                    await asyncio.sleep(_LOOK_SECONDS)
                    if not calm:
                        self._note_some(phase)
        finally:
            for each in torments:
                each.cancel()
            await asyncio.gather(*torments, return_exceptions=True)
        await self._come_to_rest(phase)
        self.seconds[phase.name] = round(time.monotonic() - began, 1)

    async def _give_time(self) -> None:
        """From now on leases are as long as they are in earnest, so that a busy machine loses nothing more."""
        for worker in self.workers:
            await worker.kill()
            worker.lease = LEASE.total_seconds()
            await worker.start()

    async def _torment(self, worker: Worker) -> None:
        """Kill it at a random instant of its work, start it again, for ever.

        Most instants are counted in messages and not in seconds, so that a busy machine does not kill what has not begun.
        """
        while True:
            await self._until(lambda: worker.is_ready)
            if self.source.random() < PLANNING:
                await asyncio.sleep(self.source.uniform(0, 1))
            else:
                goal = len(self.slack.journal) + self.source.randint(1, self.size.kill_after)
                await self._until(lambda goal=goal: len(self.slack.journal) >= goal)
                await asyncio.sleep(self.source.uniform(0, SLOWEST))
            # What has begun is finished: a process that was killed and not started again would be missing afterwards.
            await asyncio.shield(asyncio.ensure_future(self._restart(worker)))

    async def _restart(self, worker: Worker) -> None:
        await worker.kill()
        self.counts["kills"] += 1
        await worker.start()

    async def _pause(self, worker: Worker) -> None:
        """Stop a process in the middle of a delivery for longer than its lease; the others go on."""
        await self._until(lambda: self._count(DeliveryState.SENDING, DeliveryState.SENT) > 0)
        worker.signal(signal.SIGSTOP)
        self.counts["pauses"] += 1
        try:
            await asyncio.sleep(self.size.pause)
        finally:
            worker.signal(signal.SIGCONT)

    async def _come_to_rest(self, phase: Phase) -> None:
        """Every process is alive and has gone round twice, and nothing is left to do."""
        while True:
            goals = {worker: worker.ticks + 2 for worker in self.workers}
            await self._until(lambda goals=goals: all(worker.ticks > goal for worker, goal in goals.items()))
            if self._is_settled(phase):
                return

    async def _until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(self.size.patience):
            while not is_so():  # noqa: ASYNC110 - what is waited for stands in a database and in other processes
                await asyncio.sleep(_LOOK_SECONDS)

    def _is_settled(self, phase: Phase) -> bool:
        """Whether everybody has their message of this phase, and what became of it is known."""
        now = self.clock.now()
        with WorkspaceSession(reading(self.town.engine), self.town.agency.id) as session:
            there = session.scalar(
                select(func.count())
                .select_from(Delivery)
                .where(Delivery.local_on == phase.local_on, Delivery.slot == phase.slot)
            )
            waiting = session.scalars(
                select(Delivery.send_at).where(Delivery.state == DeliveryState.DUE, Delivery.expires_at > now)
            ).all()
        if there != self.size.staff or self._count(DeliveryState.CLAIMED, DeliveryState.SENDING):
            return False
        if waiting and min(waiting) > now + _SOON:
            # All that is left waits for a time that was put between two attempts.
            self.clock.set(min(waiting))
        return not waiting

    def _count(self, *states: DeliveryState) -> int:
        with WorkspaceSession(reading(self.town.engine), self.town.agency.id) as session:
            query = select(func.count()).select_from(Delivery).where(Delivery.state.in_(states))
            return session.scalar(query) or 0

    def _note_some(self, phase: Phase) -> None:
        """Somebody notes a few contacts of a phase, once, while its messages are on their way."""
        name = f"noted {phase.name}"
        if self.counts[name] or not self._count(DeliveryState.SENDING):
            return
        # On SQLite another one may write for too long; then somebody notes them a moment later.
        with (
            contextlib.suppress(StoreDown),
            store_errors(),
            WorkspaceSession(self.town.engine, self.town.agency.id) as session,
        ):
            unnoted = session.scalars(select(Contact.id).where(Contact.state == ContactState.UNNOTED)).all()
            chosen = self.source.sample(sorted(unnoted), len(unnoted) // 40)
            session.execute(update(Contact).where(Contact.id.in_(chosen)).values(state=ContactState.NOTED))
            # Also when the commit should fail: what may have been noted may be told or not.
            self.noted.update(chosen)
            session.commit()
            self.counts[name] = len(chosen)


def fill(town: Town, size: Size) -> list[uuid.UUID]:
    """Staff who each have as many contacts without a note; the ids of the contacts."""
    staff = [town.staff(f"U{number:05}") for number in range(size.staff)]
    rows = [
        {
            "workspace_id": town.agency.id,
            "id": new_id(),
            "ref": new_reference("K"),
            "staff_id": owner,
            "kind": ContactKind.COLLATERAL,
            "state": ContactState.UNNOTED,
            "started_at": ENDED_AT - dt.timedelta(minutes=10),
            "ended_at": ENDED_AT + dt.timedelta(minutes=number % 30),
            "minutes": 10,
            "created_at": ENDED_AT,
            "origin": ContactOrigin.NOTE,
            "words_version": 0,
        }
        for owner in staff
        for number in range(size.contacts)
    ]
    town.run(lambda work: work.session.execute(insert(Contact), rows))
    return [row["id"] for row in rows if isinstance(row["id"], uuid.UUID)]


@contextlib.asynccontextmanager
async def trial(
    engine: Engine, agency: Agency, kek: FileKek, home: Path, size: Size, seed: int
) -> AsyncGenerator[Trial]:
    """A trial that is ready to run in this database."""
    source = random.Random(seed)
    slack = SlowSlack(source)
    clock = SharedClock(home / "clock")
    clock.set(PHASES[0].at - dt.timedelta(hours=4))
    town = Town(engine, agency, StandingClock(clock.now()), Doors(engine, clock))
    async with slack.serve() as address:
        url = engine.url.render_as_string(hide_password=False)
        given = (url, address, kek.uri, str(home / "clock"))
        command = (sys.executable, "-m", "tests.reminders.chaos_worker", *given)
        yield Trial(size, town, slack, clock, [Worker(command, size.lease) for _ in range(size.processes)], source)


async def by_hand(url: str, home: Path, size: Size, seed: int) -> Facts:
    """Run a trial in an empty database and print what it was."""
    engine = make_engine(url)
    if engine.dialect.name == "sqlite":
        upgrade(engine)
    kek = FileKek.create(home / "kek")
    agency = make_agency(engine, StandingClock(PHASES[0].at), kek)
    async with trial(engine, agency, kek, home, size, seed) as made:
        facts = await made.run()
    engine.dispose()
    numbers = {"size": asdict(size), "seed": seed, "seconds": made.seconds, **made.counts}
    sys.stdout.write(f"{json.dumps(numbers | asdict(facts), indent=2)}\n")
    return facts


def main() -> None:
    """Run one trial and say what it was; ends with 1 when something was not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="10,000 contacts, a lease of a minute, a pause of two")
    parser.add_argument("--sqlite", action="store_true", help="SQLite and one process")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = parser.parse_args()
    size = FULL if given.full else SMALL
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        home = Path(folder)
        if given.sqlite:
            url, size = f"sqlite:///{home}/noted.sqlite3", alone(size)
        else:
            server = stack.enter_context(running_server())
            server.create("chaos")
            url = server.url("chaos")
        sys.exit(bool(asyncio.run(by_hand(url, home, size, given.seed)).problems))


def alone(size: Size) -> Size:
    """The same with one process."""
    return replace(size, processes=1)


if __name__ == "__main__":
    main()
