"""Where phone systems tell of ended calls, over HTTP: counts, verifies, and only then reads. What a call means is not decided here.

Whoever sends something wrong learns the status and nothing else: an address that is not there answers as a wrong signature
does, after the same work. No number, name or body is logged.
"""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Final

import structlog
from sqlalchemy.orm import Session
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from desk.desk import Office
from desk.tenants import Tenant
from models.calls import Provider
from models.engine import Conflict, StoreError
from privacy.grants import Purpose, system_grant
from privacy.kek import KekError
from reminders import after_call
from services import callers, calls, hooks, workspaces
from services.hooks import HookKey
from services.phone_systems import SYSTEMS, BadCall, HookRequest

PATH: Final = "/hooks/calls/{provider}/{hook}"
LARGEST_BODY: Final = 65_536
BODY_SECONDS: Final = 5.0

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class Refusal(StrEnum):
    """Why a request went no further. For the log only."""

    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    FORGED = "forged"
    MALFORMED = "malformed"
    NO_PUBLIC_URL = "no_public_url"
    NO_STORE = "no_store"


_STATUS: Final = {
    Refusal.TOO_LARGE: 413,
    Refusal.TOO_SLOW: 408,
    Refusal.FORGED: 401,
    Refusal.MALFORMED: 400,
    Refusal.NO_PUBLIC_URL: 503,
    Refusal.NO_STORE: 503,
}


class RefusedError(Exception):
    """A request that goes no further."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.value)
        self.why = why


class Hooks:
    """The endpoint for `POST /hooks/calls/{provider}/{hook}`."""

    def __init__(self, office: Office, public_url: str | None) -> None:
        self._office = office
        self._public_url = (public_url or "").rstrip("/")

    async def take(self, request: Request) -> Response:
        """Answer one request: 200 for what was taken, also when it changed nothing."""
        try:
            await self._take(request)
        except RefusedError as refused:
            log.warning("hooks.refused", why=refused.why)
            return Response(status_code=_STATUS[refused.why])
        except (StoreError, KekError) as error:
            # The phone system tells it again later; what was stored meanwhile is known then.
            log.error("hooks.store", error=type(error).__name__)
            return Response(status_code=_STATUS[Refusal.NO_STORE])
        except ClientDisconnect:
            return Response(status_code=400)
        return Response()

    async def _take(self, request: Request) -> None:
        provider, ref = request.path_params["provider"], request.path_params["hook"]
        query = "?" + request.url.query if request.url.query else ""
        url = self._public_url + request.url.path + query
        told = HookRequest(url, request.headers, await _body(request))
        if provider == Provider.TWILIO and not self._public_url:
            # Twilio signs the address that it calls, and behind a proxy only this setting knows it.
            raise RefusedError(Refusal.NO_PUBLIC_URL)
        tenant = await self._tenant(ref)
        key = await self._office.doors.read(tenant.keys, tenant.id, hooks.key_of, provider, ref)
        hook_id = key.id
        if not self._is_theirs(provider, told, key) or hook_id is None:
            raise RefusedError(Refusal.FORGED)
        try:
            call = SYSTEMS[Provider(provider)].read(told, self._office.clock.now())
        except BadCall:
            raise RefusedError(Refusal.MALFORMED) from None
        if call is None:
            return
        doors = self._office.doors
        whose = await doors.read(tenant.keys, tenant.id, callers.whose, call)
        try:
            received = await doors.transact(tenant.keys, tenant.id, calls.receive, hook_id, call, whose)
        except Conflict:
            # Told twice at the same moment: the other one stored it.
            return
        if received.staff_id is not None:
            self._office.later.start(after_call.tell(self._office, tenant, received.staff_id))

    def _is_theirs(self, provider: str, told: HookRequest, key: HookKey) -> bool:
        system = SYSTEMS[Provider(provider) if provider in set(Provider) else Provider.GENERIC]
        return system.verify(told, key.secret.reveal(system_grant(Purpose.VALIDATE)), self._office.clock.now())

    async def _tenant(self, ref: str) -> Tenant:
        """The workspace of this address; for one that is not there any workspace, so that as much work is done."""
        tenants = self._office.tenants
        team_id = await tenants.ask(_whose_or_any, ref)
        tenant = await tenants.get(team_id) if team_id else None
        if tenant is None:
            raise RefusedError(Refusal.FORGED)
        return tenant


def _whose_or_any(session: Session, ref: str) -> str | None:
    return hooks.team_of(session, ref) or next(iter(workspaces.team_ids(session)), None)


async def _body(request: Request) -> bytes:
    """The body, counted as it streams.

    Errors: RefusedError when it is too large or too slow.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_BODY:
                    raise RefusedError(Refusal.TOO_LARGE)
    except TimeoutError:
        raise RefusedError(Refusal.TOO_SLOW) from None
    return bytes(body)
