"""The clock: APScheduler only ticks, once a minute, with nothing in its memory. What is due stands in the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # pyright: ignore[reportMissingTypeStubs] - it has none

from desk.desk import Office
from desk.surface import SlackFailedError
from desk.tenants import Tenant
from models.deliveries import DeliveryState
from models.engine import Conflict, StoreError
from services import deliveries
from services.deliveries import Due, Message
from services.overview import Owed
from views.messages import owed_message

log = structlog.get_logger("reminders.ticker")
TICK_SECONDS = 60


def start(office: Office, slack_team_ids: tuple[str, ...]) -> AsyncIOScheduler:
    """Start ticking in the running loop; the caller shuts it down."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    add_job = cast("Callable[..., object]", scheduler.add_job)  # pyright: ignore[reportUnknownMemberType] - untyped
    add_job(
        tick,
        "interval",
        seconds=TICK_SECONDS,
        args=(office, slack_team_ids),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.start()
    return scheduler


async def tick(office: Office, slack_team_ids: tuple[str, ...]) -> None:
    """Send what is due now. Two processes may tick at once: a message is claimed once."""
    for team_id in slack_team_ids:
        try:
            tenant = await office.tenants.get(team_id)
            if tenant is None:
                continue
            for each in await office.doors.read(tenant.keys, tenant.id, deliveries.due):
                await _deliver(office, tenant, each)
        except StoreError as error:
            log.error("ticker.store", error=type(error).__name__)


async def _deliver(office: Office, tenant: Tenant, each: Due) -> None:
    """Claim, send once, settle. The claim is committed before the send, so that a crash never sends twice."""
    doors = office.doors
    try:
        owed: Owed | None = await doors.transact(tenant.keys, tenant.id, deliveries.claim, each)
    except Conflict:
        return
    if owed is None:
        return
    message: Message | None = None
    try:
        posted = await office.surface.post(each.actor.slack_user_id, owed_message(owed))
        message, state = Message(posted.channel, posted.ts), DeliveryState.SENT
    except SlackFailedError as error:
        state = DeliveryState.UNKNOWN if error.sent else DeliveryState.FAILED
        log.warning("ticker.not_sent", code=error.code)
    await doors.transact(tenant.keys, tenant.id, deliveries.settle, each, state, message)
