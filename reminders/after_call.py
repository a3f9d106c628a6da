"""Telling a staff member of a call that has just ended: a new message, or the one that stands unanswered, drawn again."""

from __future__ import annotations

import asyncio
import uuid
from typing import Final
from weakref import WeakValueDictionary

import structlog

from desk.desk import Office
from desk.surface import Posted, SlackFailedError
from desk.tenants import Tenant
from models.deliveries import DeliveryState
from models.engine import Conflict
from services import after_call
from services.after_call import Standing
from views.calls import after_call_message

log = structlog.get_logger("reminders.after_call")
# Another process may claim a message for the same person at the same moment; the second time its row is seen.
ATTEMPTS: Final = 2

_telling: WeakValueDictionary[uuid.UUID, asyncio.Lock] = WeakValueDictionary()


async def tell(office: Office, tenant: Tenant, staff_id: uuid.UUID) -> None:
    """Tell this person of their calls that nothing speaks of yet, one message at a time.

    The claim is committed before the send, so that a crash never sends twice; what was not told stands in the day's next message.
    """
    lock = _telling.setdefault(staff_id, asyncio.Lock())
    async with lock:
        standing = await _claim(office, tenant, staff_id)
        if standing is None:
            return
        if standing.channel_id and standing.message_ts:
            await _draw_again(office, standing, Posted(standing.channel_id, standing.message_ts))
        else:
            await _send(office, tenant, standing)


async def _claim(office: Office, tenant: Tenant, staff_id: uuid.UUID) -> Standing | None:
    for _ in range(ATTEMPTS):
        try:
            return await office.doors.transact(tenant.keys, tenant.id, after_call.claim, staff_id)
        except Conflict:
            continue
    return None


async def _draw_again(office: Office, standing: Standing, posted: Posted) -> None:
    try:
        await office.surface.edit(posted, after_call_message(standing))
    except SlackFailedError as error:
        log.warning("after_call.not_drawn", code=error.code)


async def _send(office: Office, tenant: Tenant, standing: Standing) -> None:
    channel_id = message_ts = None
    try:
        posted = await office.surface.post(standing.slack_user_id, after_call_message(standing))
        channel_id, message_ts, state = posted.channel, posted.ts, DeliveryState.SENT
    except SlackFailedError as error:
        state = DeliveryState.UNKNOWN if error.sent else DeliveryState.FAILED
        log.warning("after_call.not_sent", code=error.code)
    await office.doors.transact(
        tenant.keys, tenant.id, after_call.settle, standing.delivery_id, state, channel_id, message_ts
    )
