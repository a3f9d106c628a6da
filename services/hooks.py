"""Addresses at which phone systems tell of ended calls: making, listing and removing them, and what each signs with.

Here: the rows and their sealed secrets. Not here: signatures (phone_systems), calls (calls), HTTP (bot.hooks).
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.base import new_id, new_reference
from models.calls import CallHook, HookSecret, PhoneCall, Provider
from models.rows import enter
from models.workspaces import Workspace
from privacy.phi import Phi
from services import audit
from services.work import Work

HOOK: Final = "call_hook"
SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class HookLine:
    """An address as an operator sees it."""

    ref: str
    provider: Provider
    created_at: dt.datetime
    calls: int


@dataclass(frozen=True, slots=True)
class HookKey:
    """What an address's requests are verified with. Without an id there is no such address, and the secret is nobody's."""

    id: uuid.UUID | None
    secret: Phi[str]


def new_secret() -> Phi[str]:
    """A secret for whoever signs with one of ours."""
    return Phi(secrets.token_urlsafe(SECRET_BYTES))


def team_of(session: Session, ref: str) -> str | None:
    """The Slack team to whose workspace an address belongs, or None.

    No transaction sees two workspaces, so each is asked in turn; all of them, so that the time tells nothing.
    """
    found: str | None = None
    connection = session.connection()
    for workspace_id, team_id in session.execute(select(Workspace.id, Workspace.slack_team_id)).all():
        enter(connection, workspace_id)
        mine = CallHook.workspace_id == workspace_id
        standing = select(CallHook.id).where(mine, CallHook.ref == ref, CallHook.removed_at.is_(None))
        if session.scalar(standing) is not None:
            found = team_id
    return found


def add(work: Work, provider: Provider, secret: Phi[str]) -> HookLine:
    """A new address."""
    row_id = new_id()
    sealed = work.keys.house_key.seal(HookSecret(secret=secret), work.cell(HOOK, "secret", row_id))
    row = CallHook(
        workspace_id=work.workspace_id,
        id=row_id,
        ref=new_reference("H"),
        provider=provider,
        secret=sealed,
        created_at=work.now,
    )
    work.session.add(row)
    audit.record(
        work, audit.Action.HOOK_ADD, actor=None, subject=(HOOK, row_id), sealed=sealed, rule=row.provider.value
    )
    return HookLine(row.ref, provider, row.created_at, 0)


def listed(work: Work) -> list[HookLine]:
    """The addresses that take calls, the oldest first, each with how many it has taken."""
    counts = (
        select(PhoneCall.hook_id, func.count().label("calls"))
        .where(PhoneCall.workspace_id == work.workspace_id)
        .group_by(PhoneCall.hook_id)
        .subquery()
    )
    rows = work.session.execute(
        select(CallHook, func.coalesce(counts.c.calls, 0))
        .outerjoin(counts, counts.c.hook_id == CallHook.id)
        .where(CallHook.workspace_id == work.workspace_id, CallHook.removed_at.is_(None))
        .order_by(CallHook.id)
    )
    return [HookLine(row.ref, row.provider, row.created_at, count) for row, count in rows]


def remove(work: Work, ref: str) -> bool:
    """Whether there was such an address; from now on it takes nothing."""
    row = _standing(work, ref)
    if row is None:
        return False
    row.removed_at = work.now
    audit.record(work, audit.Action.HOOK_REMOVE, actor=None, subject=(HOOK, row.id), rule=row.provider.value)
    return True


def key_of(work: Work, provider: str, ref: str) -> HookKey:
    """What a request to this address is verified with.

    An address that is not there gets a secret that nobody has, sealed and opened like any other, so that neither the answer
    nor its time tells which addresses there are.
    """
    row = _standing(work, ref)
    if row is not None and row.provider == provider:
        cell = work.cell(HOOK, "secret", row.id)
        return HookKey(row.id, work.keys.house_key.open(HookSecret, row.secret, cell).secret)
    cell = work.cell(HOOK, "secret", new_id())
    sealed = work.keys.house_key.seal(HookSecret(secret=new_secret()), cell)
    return HookKey(None, work.keys.house_key.open(HookSecret, sealed, cell).secret)


def _standing(work: Work, ref: str) -> CallHook | None:
    return work.session.scalar(
        select(CallHook).where(
            CallHook.workspace_id == work.workspace_id, CallHook.ref == ref, CallHook.removed_at.is_(None)
        )
    )
