"""The signed notes that a new one is compared with: the client's newest, and its author's of the last weeks.

Nobody reads them here: their words are compared and let go of, and what is left is the day of one that is alike.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Row, Select, select

from models.contacts import Contact
from models.note_document import NoteDocument
from models.notes import Note, NoteVersion
from privacy.grants import Purpose, system_grant
from privacy.keys import RecordKey
from privacy.sealed import FieldAuthError, Sealed
from quality.note import Earlier
from services import clients
from services.staff import Actor
from services.work import Work

OF_CLIENT: Final = 10
OF_AUTHOR: Final = 60
AUTHOR_DAYS: Final = 90
NOTE_VERSION: Final = "note_version"

_Found = Row[Note, Sealed, dt.datetime]


@dataclass(frozen=True, slots=True, repr=False)
class Compared:
    """One earlier note: as the rules want it, whose it is, and when its contact ended."""

    earlier: Earlier = field(repr=False)
    is_own: bool
    ended_at: dt.datetime


def around(
    work: Work, actor: Actor, client_id: uuid.UUID, ended_at: dt.datetime, *, reads_client: bool, but: uuid.UUID | None
) -> dict[str, Compared]:
    """The notes to compare with, newest first, by reference: at most ten of the client's and sixty of the author's about others.

    The client's are left out for an actor who may see one contact only; `but` is the note itself, where it has a version already.
    """
    rows: list[_Found] = []
    if reads_client:
        rows += work.session.execute(_notes(work, but).where(Note.client_id == client_id).limit(OF_CLIENT)).all()
    since = work.now - dt.timedelta(days=AUTHOR_DAYS)
    own = _notes(work, but).where(Note.author_id == actor.id, Note.signed_at >= since, Note.client_id != client_id)
    rows += work.session.execute(own.limit(OF_AUTHOR)).all()
    keys = clients.keys_of(work, {note.client_id for note, _, _ in rows})
    made: dict[str, Compared] = {}
    for note, sealed, ended in rows:
        texts = _texts(work, keys.get(note.client_id), note, sealed)
        if texts:
            days = max(0, (ended_at - ended).days)
            earlier = Earlier(ref=note.ref, same_client=note.client_id == client_id, days_ago=days, texts=texts)
            made[note.ref] = Compared(earlier, note.author_id == actor.id, ended)
    return made


def _notes(work: Work, but: uuid.UUID | None) -> Select[Note, Sealed, dt.datetime]:
    return (
        select(Note, NoteVersion.document, Contact.ended_at)
        .join(
            NoteVersion,
            (NoteVersion.workspace_id == Note.workspace_id)
            & (NoteVersion.note_id == Note.id)
            & (NoteVersion.version == Note.latest_version),
        )
        .join(Contact, (Contact.workspace_id == Note.workspace_id) & (Contact.id == Note.contact_id))
        .where(Note.workspace_id == work.workspace_id, *([Note.id != but] if but is not None else []))
        .order_by(Note.signed_at.desc(), Note.id.desc())
    )


def _texts(work: Work, key: RecordKey | None, note: Note, sealed: Sealed) -> dict[str, str]:
    """What the note tells. Nothing where its client was shredded, or where it does not open: reading it says so, signing another need not."""
    if key is None:
        return {}
    try:
        document = key.open(NoteDocument, sealed, work.cell(NOTE_VERSION, "document", note.id, note.latest_version))
    except FieldAuthError:
        return {}
    grant = system_grant(Purpose.MATCH)
    told = {"done": document.done, "wellbeing": document.wellbeing, "observations": document.observations}
    return {name: words.reveal(grant) for name, words in told.items() if words is not None}
