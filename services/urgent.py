"""Items marked urgent: notes with an event that asks for another contact, which has not taken place yet."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from models.contacts import Contact, ContactState
from models.notes import Note
from services.work import Work

# After this nobody is asked any more; the client's requirements and the supervisor's list still stand.
ASKED_FOR = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class UrgentItem:
    """A note whose event asks for another contact. Units: `at` is when its contact ended."""

    note_id: uuid.UUID
    note_ref: str
    client_id: uuid.UUID
    author_id: uuid.UUID
    at: dt.datetime


def open_items(work: Work, authors: Collection[uuid.UUID] | None = None) -> list[UrgentItem]:
    """The urgent notes of these authors, or of all, whose client had no noted contact since; the oldest first."""
    later = aliased(Contact)
    query = (
        select(Note.id, Note.ref, Note.client_id, Note.author_id, Contact.ended_at)
        .join(Contact, (Contact.workspace_id == Note.workspace_id) & (Contact.id == Note.contact_id))
        .where(
            Note.workspace_id == work.workspace_id,
            Note.urgent,
            Note.signed_at > work.now - ASKED_FOR,
            ~exists().where(
                later.workspace_id == Note.workspace_id,
                later.client_id == Note.client_id,
                later.state == ContactState.NOTED,
                later.ended_at > Contact.ended_at,
            ),
        )
        .order_by(Contact.ended_at)
    )
    if authors is not None:
        query = query.where(Note.author_id.in_(authors))
    return [UrgentItem(*row) for row in work.session.execute(query)]
