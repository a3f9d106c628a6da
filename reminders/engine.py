"""One tick: plan, claim, and send each message once. What is due stands in the database; nothing is remembered here."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from desk.courier import Courier, Sender
from desk.done import say_done
from desk.doors import Doors
from desk.tenants import Tenant, Tenants
from models.chunks import chunks
from models.deliveries import DeliveryState
from models.engine import StoreError
from services import contacts, draft_expiry, occurrences, passing_on, requirements, schedule
from services.deliveries import LEASE, Done

log: structlog.typing.FilteringBoundLogger = structlog.get_logger("reminders.engine")

WRITTEN_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one tick did: messages by what became of them, and how many workspaces the database did not let it through."""

    sent: int = 0
    unknown: int = 0
    failed: int = 0
    missed: int = 0

    def plus(self, other: Ticked) -> Ticked:
        """Both together."""
        return Ticked(
            self.sent + other.sent,
            self.unknown + other.unknown,
            self.failed + other.failed,
            self.missed + other.missed,
        )


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
        self._courier = Courier(doors, sender, lease=lease, monotonic=monotonic)

    async def tick(self, tenant: Tenant) -> Ticked:
        """Send what is due now, also where planning what comes next did not get through.

        Errors: StoreError when the database does not answer; what was claimed is freed when its lease ends.
        """
        done, planned = await self._plan_or_go_on(tenant)
        states = await self._courier.deliver(tenant)
        for each in done:
            if self._courier.sender.wait:
                break
            await say_done(self._doors, tenant, self._courier.sender, each)
        sent, unknown, failed = map(states.count, (DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.FAILED))
        return planned.plus(Ticked(sent, unknown, failed))

    async def _plan_or_go_on(self, tenant: Tenant) -> tuple[Sequence[Done], Ticked]:
        try:
            return await self._plan(tenant)
        except StoreError as error:
            log.error("reminders.unplanned", error=type(error).__name__, code=error.code)
            return (), Ticked(missed=1)

    async def _plan(self, tenant: Tenant) -> tuple[Sequence[Done], Ticked]:
        """Write down what became due since the last tick, and the messages that will carry it.

        The messages all of whose things are done, and what became of those of a process that stopped: nobody else counts them.
        """
        doors = self._doors
        await doors.transact(tenant.keys, tenant.id, contacts.pass_planned)
        await doors.transact(tenant.keys, tenant.id, passing_on.after_covers)
        await doors.transact(tenant.keys, tenant.id, requirements.roll_over)
        await doors.transact(tenant.keys, tenant.id, draft_expiry.put_away)
        found = await doors.survey(tenant.keys, tenant.id, schedule.look)
        # A few at a time: whoever signs a note meanwhile waits for one part only, and what is written stays written.
        for part in chunks(found.fresh, WRITTEN_MOST):
            await doors.transact(tenant.keys, tenant.id, occurrences.insert, part)
        stalled = await doors.transact(tenant.keys, tenant.id, schedule.write, ())
        return found.done, Ticked(unknown=stalled[DeliveryState.UNKNOWN], failed=stalled[DeliveryState.FAILED])

    async def tick_all(self, tenants: Tenants, slack_team_ids: tuple[str, ...]) -> Ticked:
        """One tick of every workspace; one that fails does not stop the others."""
        total = Ticked()
        for team_id in slack_team_ids:
            try:
                tenant = await tenants.get(team_id)
                if tenant is not None:
                    total = total.plus(await self.tick(tenant))
            except StoreError as error:
                log.error("reminders.store", error=type(error).__name__, code=error.code)
                total = total.plus(Ticked(missed=1))
        return total
