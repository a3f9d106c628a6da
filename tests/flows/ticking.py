"""What the conversations about reminders share: the clock that ticks, and the times of alice's working day."""

from __future__ import annotations

from tests.flows.stage import TEAM, Play
from tests.reminders.town import eastern

MIDDLE, END, NEXT_START = "2026-03-02T12:45", "2026-03-02T16:30", "2026-03-03T09:00"


async def tick(stage: Play, at: str | None = None) -> None:
    """The clock ticks, at once or at a wall time of alice's, and all that follows is waited for."""
    if at is not None:
        stage.clock.instant = eastern(at)
    await stage.app.reminders.tick_all(stage.app.office.tenants, (TEAM,))
    await stage.settle()
