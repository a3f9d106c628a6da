"""The nightly sweep: Slack is asked about every staff member, a few at each tick, and whoever is deactivated leaves.

What was asked stands with each person, so a night that was cut short goes on where it stopped, also in another process.
"""

from __future__ import annotations

from typing import Final, Protocol

import structlog

from desk.doors import Doors
from desk.surface import SlackFailedError
from desk.tenants import Tenant, Tenants
from models.engine import StoreError
from services import leaving
from services.staff import SlackUser

log: structlog.typing.FilteringBoundLogger = structlog.get_logger("reminders.sweep")

# Slack does not know the account, or does not show it: nothing follows from that, and asking again tonight would not help.
UNKNOWN: Final = frozenset({"user_not_found", "user_not_visible", "users_not_found"})


class Asker(Protocol):
    """What the sweep needs of Slack. Errors: SlackFailedError."""

    async def user(self, user_id: str) -> SlackUser:
        """What Slack says about a user."""
        ...


class Sweep:
    """Asks Slack about the staff of every workspace that this process serves."""

    def __init__(self, doors: Doors, asker: Asker) -> None:
        self._doors = doors
        self._asker = asker

    async def tick(self, tenant: Tenant) -> int:
        """Ask about those who are due now; about how many Slack answered.

        Errors: StoreError; what was not remembered is asked again.
        """
        due = await self._doors.read(tenant.keys, tenant.id, leaving.to_ask)
        if not due:
            return 0
        asked: list[str] = []
        gone: list[SlackUser] = []
        for slack_id in due:
            try:
                user = await self._asker.user(slack_id)
            except SlackFailedError as error:
                log.info("sweep.not_told", code=error.code)
                if error.code not in UNKNOWN:
                    break
            else:
                gone += [user] if user.deleted else []
            asked.append(slack_id)
        await self._doors.transact(tenant.keys, tenant.id, leaving.asked, asked, gone)
        return len(asked)

    async def tick_all(self, tenants: Tenants, slack_team_ids: tuple[str, ...]) -> None:
        """One round through every workspace; one that fails does not stop the others."""
        for team_id in slack_team_ids:
            try:
                tenant = await tenants.get(team_id)
                if tenant is not None:
                    await self.tick(tenant)
            except StoreError as error:
                log.error("sweep.store", error=type(error).__name__)
