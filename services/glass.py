"""Break-glass: one client for an hour, because somebody says that it is an emergency; its end; and what is open of it now.

Here: opening and ending. Not here: whom was meant (glass_clients), telling others of it (alarms), its review (glass_reviews), and
what it allows (decisions, which every look-up asks through access).
"""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, select

from models.base import new_id, new_reference
from models.glass import BreakGlass, GlassReason
from models.policy import RuleName
from models.staff import Staff
from privacy.grants import Grant
from privacy.phi import Phi
from services import access, audit, clients, occurrences, policies, schedule, workspaces
from services.alarms import OPENED, officers
from services.clients import ClientLine
from services.decisions import Deed, Relation, decide
from services.firings import Firing, supervisor_of
from services.forms import OpenForm, open_form
from services.open_items import scene_of
from services.refusals import FieldRefused, NotFound
from services.sheets import Sheet
from services.staff import STAFF, Actor, deny
from services.work import Work

GLASS: Final = "break_glass"
LENGTH: Final = dt.timedelta(minutes=60)
REASON_LEAST: Final = 20
_NOBODY: Final = uuid.UUID(int=0)
_MINUTE: Final = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class OpenGlass:
    """An open emergency without whom it is about, for App Home. Units: `left` in whole minutes, the last one begun."""

    ref: str
    left: int


@dataclass(frozen=True, slots=True)
class Emergency:
    """An open emergency as its modal shows it. Units: `left` as in OpenGlass."""

    ref: str
    client: ClientLine
    left: int
    ends_at: dt.datetime


def may_break(actor: Actor) -> bool:
    """Whether this person may break the glass at all."""
    return decide(access.asker(actor), Deed.GLASS_BREAK).allowed


def look(work: Work, actor: Actor) -> tuple[list[Emergency], Grant]:
    """The actor's open emergencies, and the grant to show them above the form for another one.

    Errors: SurfaceClosed; NotFound for whoever may break no glass.
    """
    workspaces.require_modal_surface(work)
    access.require(work, actor, Deed.GLASS_BREAK)
    return _shown(work, actor, work.session.scalars(_open(work, actor)).all())


def break_glass(
    work: Work, actor: Actor, reason: Phi[str], client_id: uuid.UUID | None
) -> tuple[Emergency, Grant] | None:
    """Open an emergency for this client, tell whoever has to know, and show it; the open one again where there is one.

    None when nobody was meant, which the trail is told; whoever is meant and out of reach is found by this deed alone.
    Errors: SurfaceClosed; NotFound for whoever may break no glass; FieldRefused for a client whom the actor reaches anyway.
    """
    workspaces.require_modal_surface(work)
    access.require(work, actor, Deed.GLASS_BREAK)
    # Locked: a form that was sent twice at once opens one emergency.
    work.session.scalars(
        select(Staff.id).where(Staff.workspace_id == work.workspace_id, Staff.id == actor.id).with_for_update()
    ).one()
    usual = access.relations(work, actor, client_id or _NOBODY) - {Relation.EMERGENCY}
    row = work.session.scalar(_open(work, actor).where(BreakGlass.client_id == (client_id or _NOBODY)))
    if client_id is None:
        deny(work, actor.id, NotFound.rule)
        return None
    if decide(access.asker(actor), Deed.NOTE_WRITE, usual).allowed:
        raise FieldRefused("agency_id", "reached_already")
    if row is None:
        row = _opened(work, actor, client_id, reason)
        _tell(work, actor, row)
    shown, grant = _shown(work, actor, [row])
    return shown[0], grant


def write(work: Work, actor: Actor, ref: str, form: OpenForm) -> Sheet:
    """A form about the client of an open emergency.

    Errors: SurfaceClosed; NotFound when it is over, or not the actor's.
    """
    row = work.session.scalar(_open(work, actor).where(BreakGlass.ref == ref))
    client = access.client_by_id(work, actor, row.client_id if row is not None else _NOBODY, Deed.NOTE_WRITE)
    if client is None:
        raise NotFound
    return open_form(work, actor, OpenForm(form.kind, client_ref=client.ref, presets=form.presets))


def end(work: Work, actor: Actor, ref: str) -> None:
    """End an emergency of the actor's now; one that is over stays as it was.

    Errors: NotFound when it is not the actor's.
    """
    row = work.session.scalar(
        select(BreakGlass)
        .where(BreakGlass.workspace_id == work.workspace_id, BreakGlass.staff_id == actor.id, BreakGlass.ref == ref)
        .with_for_update()
    )
    if row is None:
        raise NotFound
    if row.closed_at is None and row.ends_at > work.now:
        row.closed_at = work.now
        audit.record(work, audit.Action.GLASS_END, actor=actor.id, subject=(GLASS, row.id))


def open_now(work: Work, actor: Actor) -> tuple[OpenGlass, ...]:
    """The actor's open emergencies, the one that ends first at the top."""
    return tuple(OpenGlass(row.ref, _left(work, row)) for row in work.session.scalars(_open(work, actor)))


def _open(work: Work, actor: Actor) -> Select[BreakGlass]:
    return (
        select(BreakGlass)
        .where(
            BreakGlass.workspace_id == work.workspace_id,
            BreakGlass.staff_id == actor.id,
            BreakGlass.opened_at <= work.now,
            BreakGlass.ends_at > work.now,
            BreakGlass.closed_at.is_(None),
        )
        .order_by(BreakGlass.ends_at, BreakGlass.id)
    )


def _opened(work: Work, actor: Actor, client_id: uuid.UUID, reason: Phi[str]) -> BreakGlass:
    """The row of a new emergency. Its reason is sealed under the client's own key, so that it is shredded with them."""
    row_id = new_id()
    key = clients.key_of(work, client_id)
    row = BreakGlass(
        workspace_id=work.workspace_id,
        id=row_id,
        ref=new_reference("E"),
        staff_id=actor.id,
        client_id=client_id,
        reason=key.seal(GlassReason(words=reason), work.cell(GLASS, "reason", row_id)),
        opened_at=work.now,
        ends_at=work.now + LENGTH,
    )
    work.session.add(row)
    work.session.flush()
    audit.record(work, audit.Action.GLASS_BREAK, actor=actor.id, subject=(GLASS, row_id), sealed=row.reason)
    return row


def _tell(work: Work, actor: Actor, row: BreakGlass) -> None:
    """Write down who is told of it: the supervisor and every privacy officer but the actor, at any hour, each once."""
    scene = scene_of(work, policies.in_force(work))
    told = {each.id: each for each in (*officers(scene), supervisor_of(scene, actor.id)) if each is not None}
    members = [each for each in told.values() if each.id != actor.id and each.slack_user_id]
    rule = RuleName.EMERGENCY_REVIEW
    occurrences.insert(work, [Firing(rule, row.id, OPENED, each.id, each.day(work.now), work.now) for each in members])
    schedule.at_any_hour(scene, members)


def _shown(work: Work, actor: Actor, rows: Sequence[BreakGlass]) -> tuple[list[Emergency], Grant]:
    """These emergencies with whom they are about, and the grant to show them; the trail is told of each client."""
    grant = audit.record(work, audit.Action.GLASS_LIST, actor=actor.id, subject=(STAFF, actor.id))
    reached = access.reach_all(work, actor, {row.client_id for row in rows}, Deed.CLIENT_READ)
    for each in reached.values():
        access.tell(work, actor, each)
    lines = {line.id: line for line in clients.lines_of(work, [each.client for each in reached.values()])}
    shown = [
        Emergency(row.ref, lines[row.client_id], _left(work, row), row.ends_at)
        for row in rows
        if row.client_id in lines
    ]
    return shown, grant


def _left(work: Work, row: BreakGlass) -> int:
    return math.ceil((row.ends_at - work.now) / _MINUTE)
