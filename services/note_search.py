"""Looking for words in notes: a bounded number of them, opened in memory, and nothing of it kept anywhere.

`look` finds, in a reading that shows nothing to anybody; `show` then opens what was found as it was signed, records it, and gives the
grant. The words are compared in memory: they stand in no statement, no log and no event.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, LargeBinary, Select, and_, or_, select, type_coerce

from models.addenda import Addendum, AddendumDocument
from models.clients import Client
from models.contacts import Contact
from models.note_document import NoteDocument
from models.notes import Note, NoteVersion
from privacy.documents import Document
from privacy.grants import Grant
from privacy.keys import RecordKey
from privacy.phi import Phi
from privacy.sealed import FieldAuthError, Sealed
from services import access, audit, clients, timelines, workspaces
from services.access import Reached
from services.clients import CLIENT
from services.decisions import Deed
from services.note_texts import Wanted
from services.refusals import NoteDamaged, NotFound
from services.signed_notes import NOTE
from services.signed_parts import ADDENDUM, NOTE_VERSION
from services.staff import Actor, deny
from services.timelines import PAGE, Choices, Narrowing, NotePage
from services.work import Work

D = TypeVar("D", bound=Document)
# A part of a note as it lies in the database: the note's id, the part's number, its sealed bytes.
_Stored: TypeAlias = tuple[uuid.UUID, int, bytes]

# So many notes are opened for one search, and on a machine that is busy no more than fit into this time: somebody waits for the
# answer, and Slack does for three seconds. The rest is looked through when they go on.
LOOKED_AT_MOST: Final = 2000
SECONDS_MOST: Final = 1.0


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, and where: in one client's notes, or without a client in those of the caseload.

    `after` is the note after which a search goes on.
    """

    words: Phi[str] | None = field(repr=False)
    client_ref: str = ""
    narrowing: Narrowing = field(default_factory=Narrowing)
    number: int = 0
    after: str = ""


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found: the notes of the page that is asked for, by id, in order. `older` and `damaged` as in a page, the damaged ones with
    their ids.
    """

    note_ids: tuple[uuid.UUID, ...]
    number: int
    count: int
    looked_at: int
    older: str
    damaged: tuple[tuple[uuid.UUID, str], ...]


def look(work: Work, actor: Actor, search: Search) -> Hits:
    """Which notes hold all these words, of the newest two thousand that the actor may read, or of those after the last search.

    Errors: SurfaceClosed; NotFound for a client whose notes are not the actor's to read, and for a note that is none of these.
    """
    rows = work.session.execute(_sealed(work, actor, search).limit(LOOKED_AT_MOST + 1)).all()
    there, more = rows[:LOOKED_AT_MOST], len(rows) > LOOKED_AT_MOST
    wanted, goal = Wanted.of(search.words), timelines.goal_id(work, search.narrowing)
    keys = clients.keys_of(work, {note.client_id for note, *_ in there})
    added = _added(work, {note.id for note, *_ in there})
    begun = time.monotonic()
    found: list[uuid.UUID] = []
    damaged: list[Note] = []
    looked_at = 0
    for note, version, blob in there:
        if looked_at and time.monotonic() - begun > SECONDS_MOST:
            more = True
            break
        looked_at += 1
        key = keys.get(note.client_id)
        if key is None:
            continue
        document = _opened(work, key, NoteDocument, NOTE_VERSION, (note.id, version, blob))
        addenda = [_opened(work, key, AddendumDocument, ADDENDUM, each) for each in added[note.id]]
        if document is None or None in addenda:
            damaged.append(note)
        elif wanted.stand_in(document, [each for each in addenda if each is not None]) and (
            goal is None or any(each.goal_id == goal for each in document.goals)
        ):
            found.append(note.id)
    number = max(0, min(search.number, (len(found) - 1) // PAGE))
    return Hits(
        note_ids=tuple(found[number * PAGE : (number + 1) * PAGE]),
        number=number,
        count=len(found),
        looked_at=looked_at,
        older=there[looked_at - 1][0].ref if more else "",
        damaged=tuple((note.id, note.ref) for note in damaged),
    )


def show(work: Work, actor: Actor, search: Search, hits: Hits) -> tuple[NotePage, Grant]:
    """What was found, opened as it was signed, and the grant to show it; of each client who is named, an event of their own.

    Errors: as `look`.
    """
    grant, reached = _recorded(work, actor, search)
    for note_id, _ in hits.damaged:
        deny(work, actor.id, NoteDamaged.rule, (NOTE, note_id))
    found = work.session.execute(timelines.of_clients(work, actor, Note.id.in_(hits.note_ids), Narrowing())).all()
    readable = access.reach_contacts(work, actor, [contact for _, contact in found], Deed.NOTE_READ)
    rows = [row for row in found if row[1].id in readable]
    if reached is None:
        about = {each.client.id: each for each in readable.values()}
        for each in about.values():
            _record(work, actor, each)
        named = {line.id: line for line in clients.lines_of(work, [each.client for each in about.values()])}
        client, choices = None, Choices()
    else:
        named = {}
        client, choices = clients.line_of(work, reached.client), timelines.choices_of(work, reached.client.id)
    lines = timelines.lines_of(work, actor, rows, named)
    page = NotePage(
        client,
        lines,
        hits.number,
        hits.count,
        choices,
        hits.looked_at,
        hits.older,
        tuple(ref for _, ref in hits.damaged),
    )
    return page, grant


def _sealed(work: Work, actor: Actor, search: Search) -> Select[Note, int, bytes]:
    """The newest version of every note that is to be looked through, as it lies there."""
    if search.client_ref:
        whose = Note.client_id == timelines.reach(work, actor, search.client_ref).client.id
    else:
        workspaces.require_modal_surface(work)
        whose = Note.client_id.in_(access.caseloads(work, actor).with_only_columns(Client.id).order_by(None))
    query = timelines.of_clients(work, actor, whose, search.narrowing)
    if search.after:
        query = query.where(_after(work, search.after, whose))
    newest = and_(
        NoteVersion.workspace_id == Note.workspace_id,
        NoteVersion.note_id == Note.id,
        NoteVersion.version == Note.latest_version,
    )
    return query.join(NoteVersion, newest).with_only_columns(
        Note, NoteVersion.version, type_coerce(NoteVersion.document, LargeBinary)
    )


def _after(work: Work, ref: str, whose: ColumnElement[bool]) -> ColumnElement[bool]:
    """The notes that come after this one, of those that are looked through anyway."""
    last = work.session.execute(
        select(Contact.ended_at, Note.id)
        .join(Note, and_(Note.workspace_id == Contact.workspace_id, Note.contact_id == Contact.id))
        .where(Note.workspace_id == work.workspace_id, Note.ref == ref, whose)
    ).one_or_none()
    if last is None:
        raise NotFound
    ended_at, note_id = last
    return or_(Contact.ended_at < ended_at, and_(Contact.ended_at == ended_at, Note.id < note_id))


def _added(work: Work, note_ids: Collection[uuid.UUID]) -> defaultdict[uuid.UUID, list[_Stored]]:
    """What was added to these notes, by note, as it lies there."""
    found: defaultdict[uuid.UUID, list[_Stored]] = defaultdict(list)
    query = select(Addendum.note_id, Addendum.number, type_coerce(Addendum.document, LargeBinary)).where(
        Addendum.workspace_id == work.workspace_id, Addendum.note_id.in_(note_ids)
    )
    for note_id, number, blob in work.session.execute(query):
        found[note_id].append((note_id, number, blob))
    return found


def _opened(work: Work, key: RecordKey, kind: type[D], table: str, stored: _Stored) -> D | None:
    """A part of a note, or None when it does not open. What is shown is opened again, and compared with its event."""
    note_id, number, blob = stored
    try:
        return key.open(kind, Sealed(bytes(blob)), work.cell(table, "document", note_id, number))
    except FieldAuthError:
        return None


def _recorded(work: Work, actor: Actor, search: Search) -> tuple[Grant, Reached | None]:
    """The event of the search, and the client in whose notes it was, if it was in one's."""
    if not search.client_ref:
        workspaces.require_modal_surface(work)
        return audit.record(work, audit.Action.NOTE_SEARCH, actor=actor.id, subject=None), None
    reached = timelines.reach(work, actor, search.client_ref)
    return _record(work, actor, reached), reached


def _record(work: Work, actor: Actor, reached: Reached) -> Grant:
    subject = (CLIENT, reached.client.id)
    return audit.record(work, audit.Action.NOTE_SEARCH, actor=actor.id, subject=subject, rule=reached.decision.reading)
