"""A process that does nothing but tick, with the real engine and the real way to Slack, until it is killed.

When it is ready and after each tick it prints one line, so that whoever started it knows that it lives.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import sys
import time
from pathlib import Path

import structlog

from desk.doors import Doors
from desk.surface import Surface
from desk.tenants import Tenants
from models.engine import make_engine
from privacy.kek import open_kek
from reminders.engine import Reminders

TEAM = "T0ALPHA"
TICK_SECONDS = 0.3
READY = b"ready\n"


class SharedClock:
    """A clock that stands in a file: an instant, and when it was that instant. It goes on from there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def set(self, instant: dt.datetime) -> None:
        """Put it to another time, for every process at once."""
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps({"instant": instant.isoformat(), "since": time.time()}))
        new.replace(self._path)

    def now(self) -> dt.datetime:
        """The instant, aware and in UTC."""
        told = json.loads(self._path.read_text())
        return dt.datetime.fromisoformat(told["instant"]) + dt.timedelta(seconds=time.time() - told["since"])


async def work(database: str, slack: str, kek: str, clock: Path, lease: float) -> None:
    """Tick for ever."""
    engine = make_engine(database)
    doors = Doors(engine, SharedClock(clock))
    surface = Surface("xoxb-chaos", slack)
    await surface.start()
    doors.start()
    reminders = Reminders(doors, surface, lease=dt.timedelta(seconds=lease))
    tenants = Tenants(engine, open_kek(kek))
    sys.stdout.write(READY.decode())
    sys.stdout.flush()
    while True:
        ticked = await reminders.tick_all(tenants, (TEAM,))
        sys.stdout.write(f"{ticked.sent} {ticked.unknown} {ticked.failed}\n")
        sys.stdout.flush()
        await asyncio.sleep(TICK_SECONDS)


def main() -> None:
    """Work with what was given: the database, Slack's address, the key, the clock's file, and the lease in seconds."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    database, slack, kek, clock, lease = sys.argv[1:]
    asyncio.run(work(database, slack, kek, Path(clock), float(lease)))


if __name__ == "__main__":
    main()
