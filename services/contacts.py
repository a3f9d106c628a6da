"""Contacts that wait for their note, with who they are about: the list behind App Home and the reminders."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import select

from models.contacts import Contact, ContactKind, ContactState
from privacy.grants import Grant
from services import audit, clients, workspaces
from services.clients import ClientLine
from services.staff import Actor
from services.work import Work

SAME_CONTACT = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class OwedContact:
    """A contact without a note, as the list in a modal shows it."""

    ref: str
    kind: ContactKind
    ended_at: dt.datetime
    minutes: int | None
    client: ClientLine


def to_note(work: Work, actor: Actor) -> tuple[list[OwedContact], Grant]:
    """The actor's contacts without a note about clients of the caseload, newest first, and the grant to show them.

    Errors: SurfaceClosed.
    """
    workspaces.require_modal_surface(work)
    grant = audit.record(work, audit.Action.CONTACT_LIST, actor=actor.id, subject=None)
    rows = work.session.scalars(
        select(Contact)
        .where(
            Contact.workspace_id == work.workspace_id,
            Contact.staff_id == actor.id,
            Contact.state == ContactState.UNNOTED,
        )
        .order_by(Contact.ended_at.desc())
    ).all()
    lines = {line.id: line for line in clients.caseload(work, actor)}
    found = [
        OwedContact(row.ref, row.kind, row.ended_at, row.minutes, lines[row.client_id])
        for row in rows
        if row.client_id is not None and row.client_id in lines
    ]
    return found, grant


def waiting(work: Work, actor: Actor, client_id: uuid.UUID, kind: ContactKind, ended_at: dt.datetime) -> Contact | None:
    """The contact without a note that a note of this kind and time is surely about: the nearest within ten minutes, or None.

    Without it, a note begun with `/note call` would leave the call that is already known waiting, and it would be noted twice.
    """
    found = work.session.scalars(
        select(Contact)
        .where(
            Contact.workspace_id == work.workspace_id,
            Contact.staff_id == actor.id,
            Contact.client_id == client_id,
            Contact.kind == kind,
            Contact.state == ContactState.UNNOTED,
            Contact.ended_at.between(ended_at - SAME_CONTACT, ended_at + SAME_CONTACT),
        )
        .with_for_update()
    ).all()
    return min(found, key=lambda each: abs(each.ended_at - ended_at), default=None)
