"""Work that may happen after the answer: tracked, drained at shutdown, and logged only by its kind when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

import structlog

log = structlog.get_logger("desk.later")


class Later:
    """The tasks under way. Nothing that must not be lost belongs here."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[object, object, None]) -> None:
        """Start it now, beside the answer."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._settle)

    async def drain(self, seconds: float = 5.0) -> None:
        """Wait for what is under way, at most this long, then give it up."""
        pending = set(self._tasks)
        if pending:
            _, late = await asyncio.wait(pending, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _settle(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("later.failed", kind=type(error).__name__)
