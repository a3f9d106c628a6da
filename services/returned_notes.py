"""Notes that came back: whose author is asked for a change, with whom they are about, for the list in a modal."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from models.contacts import Contact, ContactKind
from models.notes import Note, Review
from models.reviews import NoteReview
from privacy.grants import Grant
from services import access, audit, clients, staff, workspaces
from services.clients import ClientLine
from services.decisions import Deed
from services.staff import Actor
from services.work import Work

LISTED_MOST = 40


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """A note that was returned. `client` is None where its author may not write about them any more: then it cannot be changed."""

    ref: str
    kind: ContactKind
    ended_at: dt.datetime
    returned_at: dt.datetime
    reviewer: str
    client: ClientLine | None


def listed(work: Work, actor: Actor) -> tuple[tuple[ReturnedLine, ...], Grant]:
    """The actor's notes that were returned, the longest ago first, and the grant to show whom they are about.

    Errors: SurfaceClosed.
    """
    workspaces.require_modal_surface(work)
    grant = audit.record(work, audit.Action.NOTE_LIST, actor=actor.id, rule="returned")
    rows = work.session.execute(
        select(Note, Contact)
        .join(Contact, (Contact.workspace_id == Note.workspace_id) & (Contact.id == Note.contact_id))
        .where(Note.workspace_id == work.workspace_id, Note.author_id == actor.id, Note.review == Review.RETURNED)
        .order_by(Note.reviewed_at, Note.id)
        .limit(LISTED_MOST)
    ).all()
    reached = access.reach_contacts(work, actor, [contact for _, contact in rows], Deed.NOTE_AMEND)
    near = {each.client.id: each.client for each in reached.values()}
    lines = {line.id: line for line in clients.lines_of(work, list(near.values()))}
    deciders = _deciders(work, [note for note, _ in rows])
    return tuple(
        ReturnedLine(
            ref=note.ref,
            kind=note.kind,
            ended_at=contact.ended_at,
            returned_at=note.reviewed_at or note.signed_at,
            reviewer=deciders.get((note.id, note.latest_version), "your supervisor"),
            client=lines.get(note.client_id) if contact.id in reached else None,
        )
        for note, contact in rows
    ), grant


def _deciders(work: Work, notes: list[Note]) -> dict[tuple[object, int], str]:
    """Who decided on which version of these notes."""
    rows = work.session.execute(
        select(NoteReview.note_id, NoteReview.version, NoteReview.reviewer_id).where(
            NoteReview.workspace_id == work.workspace_id, NoteReview.note_id.in_([note.id for note in notes])
        )
    ).all()
    names = staff.names_of(work, {row.reviewer_id for row in rows})
    return {(row.note_id, row.version): names[row.reviewer_id] for row in rows}
