"""One tick: plan, claim, and send each message once. What is due stands in the database; nothing is remembered here."""

from __future__ import annotations

import asyncio
import datetime as dt
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from desk.done import NOT_THERE, say_done
from desk.doors import Doors
from desk.surface import Posted, SlackFailedError
from desk.tenants import Tenant, Tenants
from models.deliveries import DeliveryState
from models.engine import StoreError
from services import contacts, deliveries, occurrences, requirements, schedule
from services.deliveries import LEASE, Claim, Sent
from services.parcels import Message, Parcel
from services.tidings import Letter
from views.blocks import SafeBlocks
from views.reminders import digest_message, letter_message

log: structlog.typing.FilteringBoundLogger = structlog.get_logger("reminders.engine")

# Slack did nothing and may do it later; anything else that it says of a message is final.
PASSING: Final[Mapping[str, int]] = {"ratelimited": 30, "rate_limited": 30, "unreachable": 60}
RATE_LIMITED: Final = frozenset({"ratelimited", "rate_limited"})
AT_ONCE: Final = 4
WRITTEN_MOST: Final = 500


class Sender(Protocol):
    """What the engine needs of Slack. Errors: SlackFailedError."""

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


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one tick did."""

    sent: int = 0
    unknown: int = 0
    failed: int = 0

    def plus(self, other: Ticked) -> Ticked:
        """Both together."""
        return Ticked(self.sent + other.sent, self.unknown + other.unknown, self.failed + other.failed)


class Reminders:
    """Reminders of every workspace that this process serves. Two of them on one database do each thing once.

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
        self._sender = Paced(sender, monotonic)
        self._lease = lease
        self._monotonic = monotonic

    async def tick(self, tenant: Tenant) -> Ticked:
        """Send what is due now.

        Errors: StoreError when the database does not answer; what was claimed is freed when its lease ends.
        """
        doors = self._doors
        await doors.transact(tenant.keys, tenant.id, contacts.pass_planned)
        await doors.transact(tenant.keys, tenant.id, requirements.roll_over)
        found = await doors.survey(tenant.keys, tenant.id, schedule.look)
        # A few at a time: whoever signs a note meanwhile waits for one part only, and what is written stays written.
        for start in range(0, len(found.fresh), WRITTEN_MOST):
            part = found.fresh[start : start + WRITTEN_MOST]
            await doors.transact(tenant.keys, tenant.id, occurrences.insert, part)
        stalled = await doors.transact(tenant.keys, tenant.id, schedule.write, ())
        states: list[DeliveryState] = []
        while not self._sender.wait and (claims := await self._claim(tenant)):
            states += await self._deliver_all(tenant, claims)
        for each in found.done:
            if self._sender.wait:
                break
            await say_done(doors, tenant, self._sender, each)
        return Ticked(
            sent=states.count(DeliveryState.SENT),
            # Also those of a process that stopped: nobody else would count them.
            unknown=states.count(DeliveryState.UNKNOWN) + stalled[DeliveryState.UNKNOWN],
            failed=states.count(DeliveryState.FAILED) + stalled[DeliveryState.FAILED],
        )

    async def tick_all(self, tenants: Tenants, slack_team_ids: tuple[str, ...]) -> Ticked:
        """One tick of every workspace; one that fails does not stop the others."""
        total = Ticked()
        for team_id in slack_team_ids:
            try:
                tenant = await tenants.get(team_id)
                if tenant is not None:
                    total = total.plus(await self.tick(tenant))
            except StoreError as error:
                log.error("reminders.store", error=type(error).__name__)
        return total

    async def _claim(self, tenant: Tenant) -> list[Claim]:
        return await self._doors.transact(tenant.keys, tenant.id, deliveries.claim, lease=self._lease)

    async def _deliver_all(self, tenant: Tenant, claims: list[Claim]) -> list[DeliveryState]:
        """A few at once, for as long as half the lease lasts and Slack lets us; what is left is let go of unsent."""
        deadline = self._monotonic() + self._lease.total_seconds() / 2
        states: list[DeliveryState] = []
        while claims and not self._sender.wait and self._monotonic() < deadline:
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
        may_go = self._monotonic() < deadline and not self._sender.wait
        sent = await self._send(parcel) if may_go else Sent(DeliveryState.FAILED, retry_after=self._sender.wait)
        await doors.transact(tenant.keys, tenant.id, deliveries.settle, claim, sent, parcel.reports)
        return sent.state

    async def _send(self, parcel: Parcel) -> Sent:
        content = parcel.content
        message = letter_message(content) if isinstance(content, Letter) else digest_message(content)
        try:
            return Sent(DeliveryState.SENT, await self._put(parcel, message))
        except SlackFailedError as error:
            log.warning("reminder.not_sent", code=error.code, sent=error.sent)
            return _what_became(error)

    async def _put(self, parcel: Parcel, message: SafeBlocks) -> Message:
        """The unanswered message of today says it, where there is one; else a new one."""
        if parcel.replaces is not None:
            old = Posted(parcel.replaces.channel_id, parcel.replaces.ts)
            try:
                await self._sender.edit(old, message)
            except SlackFailedError as error:
                if error.code not in NOT_THERE:
                    # Changing a message to the same words twice is changing it once, so it may be tried again.
                    raise SlackFailedError("unreachable", retry_after=error.retry_after or self._sender.wait) from None
            else:
                return parcel.replaces
        posted = await self._sender.post(parcel.address, message)
        return Message(posted.channel, posted.ts)


def _what_became(error: SlackFailedError) -> Sent:
    if error.sent:
        return Sent(DeliveryState.UNKNOWN)
    if error.code in PASSING:
        return Sent(DeliveryState.FAILED, retry_after=error.retry_after or PASSING[error.code])
    return Sent(DeliveryState.FAILED)
