"""The courier: claims messages that are due, checks each once more, marks it, sends it once, and settles it.

Here: sending, for the clock and for whoever cannot wait for its next tick. Not here: what is due (services.schedule), what a
message says (services.letters, services.alarms), its words (views).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import math
import time
from collections.abc import Callable, Collection, Mapping
from typing import Final, Protocol

import structlog

from desk.done import NOT_THERE
from desk.doors import Doors
from desk.surface import Posted, SlackFailedError
from desk.tenants import Tenant
from models.deliveries import DeliveryState, Slot
from services import deliveries
from services.alarms import Alarm
from services.deliveries import EVERY_SLOT, LEASE, Claim, Sent
from services.parcels import Message, Parcel
from services.tidings import Letter
from views.blocks import SafeBlocks
from views.glass import alarm_message
from views.reminders import digest_message, letter_message

log: structlog.typing.FilteringBoundLogger = structlog.get_logger("desk.courier")

# Slack did nothing and may do it later; anything else that it says of a message is final.
PASSING: Final[Mapping[str, int]] = {"ratelimited": 30, "rate_limited": 30, "unreachable": 60}
RATE_LIMITED: Final = frozenset({"ratelimited", "rate_limited"})
AT_ONCE: Final = 4


class Sender(Protocol):
    """What a courier needs of Slack. Errors: SlackFailedError."""

    async def post(self, user_id: str, message: SafeBlocks) -> Posted:
        """Send a message."""
        ...

    async def edit(self, posted: Posted, message: SafeBlocks) -> None:
        """Change a message."""
        ...


class Paced:
    """A sender that remembers until when Slack asked to be left alone, whatever it was asked for."""

    def __init__(self, sender: Sender, monotonic: Callable[[], float]) -> None:
        self._sender = sender
        self._monotonic = monotonic
        self._quiet_until = -math.inf

    @property
    def wait(self) -> int:
        """How long Slack still wants nothing. Units: whole seconds, 0 when it may be asked."""
        return math.ceil(max(0.0, self._quiet_until - self._monotonic()))

    async def post(self, user_id: str, message: SafeBlocks) -> Posted:
        """Send a message.

        Errors: SlackFailedError.
        """
        try:
            return await self._sender.post(user_id, message)
        except SlackFailedError as error:
            self._heed(error)
            raise

    async def edit(self, posted: Posted, message: SafeBlocks) -> None:
        """Change a message.

        Errors: SlackFailedError.
        """
        try:
            await self._sender.edit(posted, message)
        except SlackFailedError as error:
            self._heed(error)
            raise

    def _heed(self, error: SlackFailedError) -> None:
        if error.code in RATE_LIMITED:
            until = self._monotonic() + (error.retry_after or PASSING[error.code])
            self._quiet_until = max(self._quiet_until, until)


class Courier:
    """Sends what is due of one workspace. Two of them on one database send each message once.

    Units: `monotonic` counts seconds; it tells how much of a lease is over, whatever anybody does to the clocks.
    """

    def __init__(
        self,
        doors: Doors,
        sender: Sender,
        *,
        lease: dt.timedelta = LEASE,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._doors = doors
        self.sender = Paced(sender, monotonic)
        self._lease = lease
        self._monotonic = monotonic

    async def deliver(self, tenant: Tenant, slots: Collection[Slot] = EVERY_SLOT) -> list[DeliveryState]:
        """Send what is due for these slots, until nothing is left or Slack wants to be left alone; what became of each.

        Errors: StoreError when the database does not answer; what was claimed is freed when its lease ends.
        """
        states: list[DeliveryState] = []
        while not self.sender.wait and (claims := await self._claim(tenant, slots)):
            states += await self._deliver_all(tenant, claims)
        return states

    async def _claim(self, tenant: Tenant, slots: Collection[Slot]) -> list[Claim]:
        return await self._doors.transact(tenant.keys, tenant.id, deliveries.claim, slots, lease=self._lease)

    async def _deliver_all(self, tenant: Tenant, claims: list[Claim]) -> list[DeliveryState]:
        """A few at once, for as long as half the lease lasts and Slack lets us; what is left is let go of unsent."""
        deadline = self._monotonic() + self._lease.total_seconds() / 2
        states: list[DeliveryState] = []
        while claims and not self.sender.wait and self._monotonic() < deadline:
            now, claims = claims[:AT_ONCE], claims[AT_ONCE:]
            states += await asyncio.gather(*(self._deliver(tenant, claim, deadline) for claim in now))
        if claims:
            await self._doors.transact(tenant.keys, tenant.id, deliveries.release, claims)
        return states

    async def _deliver(self, tenant: Tenant, claim: Claim, deadline: float) -> DeliveryState:
        """Check again, mark, send once, settle. The mark is committed before the send, so that a crash never sends twice."""
        doors = self._doors
        parcel = await doors.transact(tenant.keys, tenant.id, deliveries.begin, claim)
        if parcel is None:
            return DeliveryState.SUPPRESSED
        # The process may have stood still meanwhile: what another one may have called lost is not sent any more.
        may_go = self._monotonic() < deadline and not self.sender.wait
        sent = await self._send(parcel) if may_go else Sent(DeliveryState.FAILED, retry_after=self.sender.wait)
        await doors.transact(tenant.keys, tenant.id, deliveries.settle, claim, sent, parcel.reports)
        return sent.state

    async def _send(self, parcel: Parcel) -> Sent:
        try:
            return Sent(DeliveryState.SENT, await self._put(parcel, _message(parcel)))
        except SlackFailedError as error:
            log.warning("reminder.not_sent", code=error.code, sent=error.sent)
            return _what_became(error)

    async def _put(self, parcel: Parcel, message: SafeBlocks) -> Message:
        """The unanswered message of today says it, where there is one; else a new one."""
        if parcel.replaces is not None:
            old = Posted(parcel.replaces.channel_id, parcel.replaces.ts)
            try:
                await self.sender.edit(old, message)
            except SlackFailedError as error:
                if error.code not in NOT_THERE:
                    # Changing a message to the same words twice is changing it once, so it may be tried again.
                    raise SlackFailedError("unreachable", retry_after=error.retry_after or self.sender.wait) from None
            else:
                return parcel.replaces
        posted = await self.sender.post(parcel.address, message)
        return Message(posted.channel, posted.ts)


def _message(parcel: Parcel) -> SafeBlocks:
    """What a parcel says."""
    match parcel.content:
        case Letter():
            return letter_message(parcel.content)
        case Alarm():
            return alarm_message(parcel.content)
        case _:
            return digest_message(parcel.content)


def _what_became(error: SlackFailedError) -> Sent:
    if error.sent:
        return Sent(DeliveryState.UNKNOWN)
    if error.code in PASSING:
        return Sent(DeliveryState.FAILED, retry_after=error.retry_after or PASSING[error.code])
    return Sent(DeliveryState.FAILED)
