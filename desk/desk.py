"""What a handler works with: the Slack surface, the two doors, work for later, and who is asking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

from desk.clock import Clock
from desk.doors import Doors
from desk.later import Later
from desk.surface import Surface
from desk.tenants import Tenant, Tenants
from desk.users import Users
from services.staff import Actor
from services.work import Work

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Office:
    """What every desk of this process shares."""

    surface: Surface
    doors: Doors
    later: Later
    clock: Clock
    users: Users
    tenants: Tenants


@dataclass(frozen=True, slots=True)
class Desk:
    """One request's desk, bound to its workspace and to the staff member who asks."""

    office: Office
    tenant: Tenant
    actor: Actor

    @property
    def surface(self) -> Surface:
        """Slack."""
        return self.office.surface

    @property
    def later(self) -> Later:
        """Work for after the answer."""
        return self.office.later

    def now(self) -> dt.datetime:
        """What time it is, UTC and aware."""
        return self.office.clock.now()

    async def read(self, service: Callable[Concatenate[Work, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a service that only reads.

        Errors: what the service raises; StoreDown.
        """
        return await self.office.doors.read(self.tenant.keys, self.tenant.id, service, *args, **kwargs)

    async def transact(self, service: Callable[Concatenate[Work, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a service that changes something, through the one writer; its result is committed when this returns.

        Errors: what the service raises; StoreDown, CommitUnknown.
        """
        return await self.office.doors.transact(self.tenant.keys, self.tenant.id, service, *args, **kwargs)
