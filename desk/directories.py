"""The books of names read in the background, at the start and at every tick: nobody who opens a form waits for them."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from desk.doors import Doors
from desk.tenants import Tenant, Tenants
from models.engine import StoreError
from privacy.kek import KekError
from services import directory

log: structlog.typing.FilteringBoundLogger = structlog.get_logger("desk.directories")

# Between two steps, so that whoever opens a form meanwhile comes in between.
PAUSE_SECONDS: Final = 0.005


async def read_all(doors: Doors, tenant: Tenant) -> None:
    """Read on until this workspace's book holds everybody.

    Errors: StoreError; what was read by then stays.
    """
    is_whole = False
    while not is_whole:
        is_whole = await doors.survey(tenant.keys, tenant.id, directory.read_on)
        await asyncio.sleep(0 if is_whole else PAUSE_SECONDS)


async def read_every(doors: Doors, tenants: Tenants, slack_team_ids: tuple[str, ...]) -> None:
    """The same for every workspace; one that fails does not stop the others, and the next tick goes on with it."""
    for team_id in slack_team_ids:
        try:
            tenant = await tenants.get(team_id)
            if tenant is not None:
                await read_all(doors, tenant)
        except (StoreError, KekError) as error:
            log.error("directories.unread", error=type(error).__name__)
