"""The clock: APScheduler only ticks, once a minute, with nothing in its memory. What is due stands in the database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, cast

from apscheduler.schedulers.asyncio import AsyncIOScheduler  # pyright: ignore[reportMissingTypeStubs] - it has none

TICK_SECONDS: Final = 60


def start(tick: Callable[[], Awaitable[None]]) -> AsyncIOScheduler:
    """Start ticking in the running loop; the caller shuts it down. A tick that takes long is not run twice at once."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    add_job = cast("Callable[..., object]", scheduler.add_job)  # pyright: ignore[reportUnknownMemberType] - untyped
    add_job(tick, "interval", seconds=TICK_SECONDS, coalesce=True, max_instances=1, misfire_grace_time=None)
    scheduler.start()
    return scheduler
