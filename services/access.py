"""Who may see and write about whom. Today: a staff member and their caseload.

The rule stands here once, as SQL; every list and every look-up of a client goes through it.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import Select, or_, select

from models.clients import Assignment, Client, ClientStatus
from services.staff import Actor
from services.work import Work


def caseload(work: Work, actor: Actor) -> Select[Client]:
    """The clients this actor is assigned to, backs up or covers on the actor's own day."""
    today = actor.today(work.now)
    return (
        select(Client)
        .where(Client.workspace_id == work.workspace_id, Client.status == ClientStatus.ACTIVE)
        .where(Client.id.in_(_assigned(work.workspace_id, actor.id, today)))
        .order_by(Client.id)
    )


def client_by_ref(work: Work, actor: Actor, ref: str) -> Client | None:
    """The client with this reference, if they stand in the actor's caseload; else None, as if there were none."""
    return work.session.scalar(caseload(work, actor).where(Client.ref == ref))


def client_by_id(work: Work, actor: Actor, client_id: uuid.UUID) -> Client | None:
    """The client with this id, if they stand in the actor's caseload."""
    return work.session.scalar(caseload(work, actor).where(Client.id == client_id))


def _assigned(workspace_id: uuid.UUID, staff_id: uuid.UUID, today: dt.date) -> Select[uuid.UUID]:
    return select(Assignment.client_id).where(
        Assignment.workspace_id == workspace_id,
        Assignment.staff_id == staff_id,
        Assignment.from_on <= today,
        or_(Assignment.until_on.is_(None), Assignment.until_on >= today),
    )
