"""One tick of the reminders by hand, at any time: `noted reminders run`."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from bot import offline
from bot.operate import engine_of, tenant_of
from bot.settings import Settings
from desk.clock import SystemClock
from desk.doors import Doors
from desk.surface import Surface
from desk.tenants import Tenant
from reminders.engine import Reminders, Ticked
from services import policies

# Nobody waits for this tick as for a form, so a large agency may take its time.
BUDGET_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _At:
    """A clock that stands at one instant."""

    instant: dt.datetime

    def now(self) -> dt.datetime:
        """That instant."""
        return self.instant


def tick_once(settings: Settings, slack_team_id: str | None, instant_in: Callable[[str], dt.datetime]) -> Ticked:
    """Send what is due at the instant that is meant, given the agency's zone. Leases run by the database's real clock.

    Errors: OperatorError, StoreError, KekError.
    """
    engine = engine_of(settings)
    try:
        tenant = tenant_of(settings, engine, slack_team_id)
        zone = offline.read(engine, tenant, SystemClock(), policies.in_force).agency.zone
        clock = _At(instant_in(zone))
        surface = Surface(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
        return asyncio.run(_tick(Doors(engine, clock, budget=BUDGET_SECONDS), surface, tenant))
    finally:
        engine.dispose()


async def _tick(doors: Doors, surface: Surface, tenant: Tenant) -> Ticked:
    await surface.start()
    doors.start()
    try:
        return await Reminders(doors, surface).tick(tenant)
    finally:
        await doors.close()
        await surface.close()
