"""One act, one step, one kill; and all of them at random instants, by hand: `python -m tests.kills.trial --full`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Final

from migrations.run import upgrade
from models.engine import make_engine
from privacy.kek import FileKek
from tests.canary import Canary
from tests.flows.stage import ROOT
from tests.kills.acts import Act, Add, Decide, NextVersion, Open, Save, Sign, Together, Version
from tests.kills.stage import Killable, Nursery, killable
from tests.kills.worker import Step
from tests.postgres import running_server

COMMITTING: Final = (Step.BEFORE_COMMIT, Step.AFTER_COMMIT, Step.BEFORE_ANSWER, Step.AFTER_ANSWER)
# What stands in the database when the process is gone, and whether Slack heard of it.
THERE: Final = {
    Step.BEFORE_COMMIT: (0, False),
    Step.AFTER_COMMIT: (1, False),
    Step.BEFORE_ANSWER: (1, False),
    Step.AFTER_ANSWER: (1, True),
}
# Of an opened form the modal is looked at, which Slack shows once the call is through.
OPENED: Final = {
    Step.BEFORE_COMMIT: (0, False),
    Step.AFTER_COMMIT: (0, False),
    Step.BEFORE_CALL: (0, False),
    Step.AFTER_CALL: (1, False),
    Step.BEFORE_ANSWER: (1, False),
    Step.AFTER_ANSWER: (1, True),
}


async def killed(stage: Killable, act: Act, step: Step, *, together: int = 1) -> None:
    """Do it while the process is killed at this step, look, and do it again."""
    is_open = isinstance(act, Open)
    await act.prepare(stage)
    stage.arm(step, together=together)
    heard = await act.do(stage)
    await stage.fell()
    assert (act.stored(stage), heard) == (OPENED if is_open else THERE)[step], step
    stage.whole()
    if is_open and act.stored(stage):
        # Whoever sees the form goes on with it.
        return
    stage.clock.advance(seconds=1)
    assert await act.do(stage), step
    await stage.settle()
    assert act.stored(stage) == 1, step
    stage.whole()


async def killed_at_random(stage: Killable, act: Act, within: float, source: random.Random) -> str:
    """Do it and kill the process at some instant; do it again until Slack hears of it. What there was before that.

    Units: seconds.
    """
    await act.prepare(stage)
    doing = asyncio.create_task(act.do(stage))
    await asyncio.sleep(source.uniform(0, within))
    await stage.kill()
    heard, stored = await doing, act.stored(stage)
    assert stored == 1 or (stored == 0 and not heard)
    stage.whole()
    if not (isinstance(act, Open) and stored):
        stage.clock.advance(seconds=1)
        assert await act.do(stage)
        await stage.settle()
    assert act.stored(stage) == 1
    stage.whole()
    return f"{'stored' if stored else 'not stored'}, {'heard' if heard else 'not heard'}"


@contextlib.contextmanager
def databases(home: Path) -> Generator[dict[str, str]]:
    """A database of each kind, with nothing in it."""
    engine = make_engine(f"sqlite:///{home / 'noted.sqlite3'}")
    upgrade(engine)
    engine.dispose()
    with running_server() as server:
        server.create("kills")
        yield {"sqlite": f"sqlite:///{home / 'noted.sqlite3'}", "postgresql": server.url("kills")}


def verified(stage: Killable) -> str:
    """What `noted audit verify` says, as an operator runs it."""
    installation = stage.sandbox.installation
    environment = {
        "NOTED_DATABASE_URL": stage.app.engine.url.render_as_string(hide_password=False),
        "NOTED_KEK_URI": stage.kek.uri,
        "SLACK_BOT_TOKEN": installation.bot_token,
        "SLACK_SIGNING_SECRET": installation.signing_secret,
    }
    command = (sys.executable, "-c", "from bot.cli import main; main()", "audit", "verify")
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


async def full(name: str, url: str, home: Path, rounds: int, source: random.Random) -> None:
    """Every act at every step, each process started from nothing; then each at random instants."""
    kek, canary, nursery = FileKek.create(home / "kek"), Canary(), Nursery(cold=True)
    fell: Counter[str] = Counter()
    began = time.monotonic()
    acts: tuple[Act, ...] = (Open(), Save(), Sign(), Version(), NextVersion(), Add(), Decide())
    try:
        async with killable(url, kek, home, canary, nursery) as stage:
            for act in acts:
                for step in OPENED if isinstance(act, Open) else COMMITTING:
                    await killed(stage, act, step)
            together = Together()
            for step in COMMITTING[:2]:
                await killed(stage, together, step, together=3)
            for number in range(rounds):
                act = acts[number % len(acts)]
                fell[f"{type(act).__name__}: {await killed_at_random(stage, act, 0.15, source)}"] += 1
            says = await asyncio.to_thread(verified, stage)
            steps = Counter(stage.kills)
    finally:
        await nursery.close()
    assert not canary.leaks()
    for what, times in [*sorted(steps.items()), *sorted(fell.items())]:
        sys.stdout.write(f"{times:>5}  {what}\n")
    sys.stdout.write(f"{name}: {says} {time.monotonic() - began:.0f} s\n")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description="Kill the app at every step, and at random.")
    parser.add_argument("--full", action="store_true", required=True)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    given = parser.parse_args()
    sys.stdout.write(f"seed {given.seed}\n")
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as urls:
        for name, url in urls.items():
            home = Path(folder) / name
            home.mkdir()
            asyncio.run(full(name, url, home, given.rounds, random.Random(given.seed)))


if __name__ == "__main__":
    main()
