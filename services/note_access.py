"""Finding a signed note for somebody who would change it, add to it or decide on it, and whether they may.

Not here: reading notes (note_reading) and the rules (decisions).
"""

from __future__ import annotations

import uuid

from sqlalchemy import select

from models.contacts import Contact
from models.notes import Note
from models.staff import Staff
from services import access
from services.access import Reached
from services.decisions import Decision, Deed, Relation, decide
from services.refusals import NotFound
from services.staff import Actor
from services.work import Work


def by_ref(work: Work, ref: str) -> Note:
    """The note with this reference; whoever calls this asks next whether the actor may.

    Errors: NotFound.
    """
    found = work.session.scalar(select(Note).where(Note.workspace_id == work.workspace_id, Note.ref == ref))
    if found is None:
        raise NotFound
    return found


def by_id(work: Work, note_id: uuid.UUID, *, for_update: bool = False) -> Note:
    """The note of a form that is about it; locked where it will be changed, as it stands once the lock is had."""
    query = select(Note).where(Note.workspace_id == work.workspace_id, Note.id == note_id)
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    return work.session.scalars(query).one()


def contact_of(work: Work, note: Note) -> Contact:
    """The contact that the note is about."""
    query = select(Contact).where(Contact.workspace_id == work.workspace_id, Contact.id == note.contact_id)
    return work.session.scalars(query).one()


def reach(work: Work, actor: Actor, note: Note, deed: Deed) -> Reached | None:
    """The note's client, if the actor may do this to the note, also because they were there; else None. A note is amended by its author."""
    if deed is Deed.NOTE_AMEND and note.author_id != actor.id:
        return None
    contact = contact_of(work, note)
    return access.reach_contacts(work, actor, [contact], deed).get(contact.id)


def may_review(work: Work, actor: Actor, note: Note) -> Decision:
    """Whether the actor decides on this note, as the supervisor of whoever wrote it."""
    author = work.session.scalars(
        select(Staff).where(Staff.workspace_id == work.workspace_id, Staff.id == note.author_id)
    ).one()
    own = frozenset({Relation.AUTHOR}) if note.author_id == actor.id else frozenset[Relation]()
    return decide(access.asker(actor), Deed.NOTE_REVIEW, access.relations_to_staff(actor, author) | own)
