"""Pauses: the days in which a client is away, and their requirements wait."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from models.base import new_id
from models.clients import Client
from models.requirements import Pause, PauseReason, Requirement
from privacy.grants import Grant
from services import access, audit, clients, requirements, workspaces
from services.clients import ClientLine
from services.decisions import Deed
from services.refusals import FieldRefused, NotFound
from services.staff import Actor
from services.windows import DAY
from services.work import Work

PAUSE = "pause"
DAYS_MOST = 366


@dataclass(frozen=True, slots=True)
class PauseClient:
    """The client of a requirement is away, from a day on and perhaps until a last day; until then their requirements wait."""

    requirement_ref: str
    reason: PauseReason
    from_on: dt.date
    until_on: dt.date | None = None


def whose(work: Work, actor: Actor, requirement_ref: str) -> tuple[ClientLine, Grant]:
    """Whose requirement this is, for the form that says that they are away, and the grant to name them there.

    Errors: SurfaceClosed, NotFound.
    """
    workspaces.require_modal_surface(work)
    client = _client(work, actor, requirement_ref)
    grant = audit.record(work, audit.Action.REQUIREMENT_LIST, actor=actor.id, subject=("client", client.id))
    return clients.line_of(work, client), grant


def pause(work: Work, actor: Actor, command: PauseClient) -> None:
    """Let a client's requirements wait while the client is away. The same pause again changes nothing.

    Errors: NotFound, FieldRefused.
    """
    _check_days(command, actor.today(work.now))
    client = _client(work, actor, command.requirement_ref)
    asked = (command.reason, command.from_on, command.until_on)
    pauses = requirements.pauses_of(work, [client.id])[client.id]
    if any((each.reason, each.from_on, each.until_on) == asked for each in pauses):
        return
    row_id = new_id()
    work.session.add(
        Pause(
            workspace_id=work.workspace_id,
            id=row_id,
            client_id=client.id,
            reason=command.reason,
            from_on=command.from_on,
            until_on=command.until_on,
        )
    )
    audit.record(work, audit.Action.PAUSE_BEGIN, actor=actor.id, subject=(PAUSE, row_id), rule=command.reason.value)
    requirements.recount(work, client.id)


def resume(work: Work, actor: Actor, requirement_ref: str) -> None:
    """The client is back today: every pause that is not over ends with yesterday, also one that was still to come.

    Errors: NotFound.
    """
    client = _client(work, actor, requirement_ref)
    today = actor.today(work.now)
    pauses = requirements.pauses_of(work, [client.id])[client.id]
    ended = [each for each in pauses if not requirements.is_over(each, today)]
    for each in ended:
        # One that begins today or later stays as a pause without a day.
        each.until_on = today - DAY
        audit.record(work, audit.Action.PAUSE_END, actor=actor.id, subject=(PAUSE, each.id))
    if ended:
        requirements.recount(work, client.id)


def _check_days(command: PauseClient, today: dt.date) -> None:
    """A year each way is enough; a day typed wrong must not put a client out of sight for good."""
    if abs((command.from_on - today).days) > DAYS_MOST:
        raise FieldRefused("from_on", "day_far")
    if command.until_on is not None and command.until_on < command.from_on:
        raise FieldRefused("until_on", "days_in_order")
    if command.until_on is not None and (command.until_on - today).days > DAYS_MOST:
        raise FieldRefused("until_on", "day_far")


def _client(work: Work, actor: Actor, requirement_ref: str) -> Client:
    meant = select(Requirement.client_id).where(
        Requirement.workspace_id == work.workspace_id, Requirement.ref == requirement_ref
    )
    client = work.session.scalar(access.clients(work, actor, Deed.REQUIREMENT_CHANGE).where(Client.id.in_(meant)))
    if client is None:
        raise NotFound
    return client
