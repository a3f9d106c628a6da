"""Opening what was signed: nothing of a note is given out that does not stand as it was signed.

Here: each version against its seal, its content hash and the event that recorded it. Not here: who may read, and the event of a reading,
which are the caller's; and the check of the whole trail (audit_trail), which also finds that the newest events were cut off.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final, TypeVar

from sqlalchemy import LargeBinary, and_, select, type_coerce
from sqlalchemy.orm import aliased

from models.audit import AuditEvent
from models.note_document import NoteDocument
from models.notes import Note, NoteVersion
from privacy.keys import RecordKey
from privacy.sealed import FieldAuthError, Sealed
from services import audit, clients
from services.audit import EVENT_COLUMNS, Event
from services.audit_findings import Kind
from services.refusals import NoteDamaged, NotFound
from services.staff import Actor, deny
from services.work import Work

NOTE: Final = "note"
NOTE_VERSION: Final = "note_version"
_CHUNK: Final = 500
# What a driver or a column type says to a value that nothing of ours wrote; SQLite keeps whatever somebody puts into a column.
_UNREADABLE: Final = (AttributeError, FieldAuthError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class SignedVersion:
    """One version as it was signed."""

    number: int
    document: NoteDocument = field(repr=False)
    content_hash: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A note that stands as it was signed: its newest version, and the earlier ones, oldest first, where they were asked for."""

    note: Note
    latest: SignedVersion
    earlier: tuple[SignedVersion, ...] = ()


@dataclass(frozen=True, slots=True)
class Damage:
    """A note that does not stand as it was signed, and what is wrong with it first."""

    note: Note
    kind: Kind
    number: int


@dataclass(frozen=True, slots=True)
class Opened:
    """Several notes, by id: those that stand, and those of which nothing may be shown. Those of shredded clients are in neither."""

    notes: Mapping[uuid.UUID, SignedNote]
    damaged: Mapping[uuid.UUID, Damage]


@dataclass(frozen=True, slots=True)
class _Record:
    """An event that recorded a part of a note, and whether it is what was written into the chain."""

    event: Event
    stands: bool


@dataclass(frozen=True, slots=True)
class _Stored:
    """A version as it lies in the database."""

    number: int
    blob: bytes
    content_hash: bytes
    signed_at: dt.datetime


F = TypeVar("F")


class _DamagedError(Exception):
    def __init__(self, kind: Kind, number: int) -> None:
        super().__init__()
        self.kind: Final = kind
        self.number: Final = number


def open_note(work: Work, note: Note, *, every_version: bool = False) -> SignedNote:
    """The note as it was signed; whoever calls this has checked access.

    Errors: NoteDamaged, which names the note; NotFound when its client was shredded.
    """
    opened = open_notes(work, [note], every_version=every_version)
    if note.id in opened.damaged:
        raise NoteDamaged(note.id, note.ref)
    if note.id not in opened.notes:
        raise NotFound
    return opened.notes[note.id]


def open_notes(work: Work, notes: Sequence[Note], *, every_version: bool = False) -> Opened:
    """These notes as they were signed, in four statements for every 500; whoever calls this has checked access.

    Every version is compared with its event, whichever are opened: of a note from which a version was removed, none is shown.
    """
    good: dict[uuid.UUID, SignedNote] = {}
    damaged: dict[uuid.UUID, Damage] = {}
    for start in range(0, len(notes), _CHUNK):
        for note, result in _chunk(work, notes[start : start + _CHUNK], every_version=every_version):
            if isinstance(result, SignedNote):
                good[note.id] = result
            else:
                damaged[note.id] = Damage(note, result.kind, result.number)
    return Opened(good, damaged)


def tell_damage(work: Work, actor: Actor, opened: Opened) -> None:
    """Record that these notes were found damaged, so that the trail says when somebody was told."""
    for note_id in opened.damaged:
        deny(work, actor.id, NoteDamaged.rule, (NOTE, note_id))


def _chunk(
    work: Work, notes: Sequence[Note], *, every_version: bool
) -> Iterator[tuple[Note, SignedNote | _DamagedError]]:
    keys = clients.keys_of(work, {note.client_id for note in notes})
    readable = [note for note in notes if note.client_id in keys]
    ids = {note.id for note in readable}
    records = _fetched(ids, lambda some: _records(work, some))
    versions = _fetched(ids, lambda some: _versions(work, some))
    for note in readable:
        try:
            compared = _Compared(work, note, keys[note.client_id], records[note.id], versions[note.id])
            yield note, compared.open(every_version=every_version)
        except _DamagedError as error:
            yield note, error


@dataclass(frozen=True, slots=True)
class _Compared:
    """One note, and everything it is compared with; None is what the database holds and nobody can read."""

    work: Work
    note: Note
    key: RecordKey
    records: Mapping[int, _Record] | None
    versions: Sequence[_Stored] | None

    def open(self, *, every_version: bool) -> SignedNote:
        """The note, once every version of it stands."""
        records, versions = self.records, self.versions
        if records is None or versions is None:
            raise _DamagedError(Kind.CHANGED, 0)
        self._complete(records, {each.number for each in versions})
        for each in versions:
            self._as_recorded(records[each.number], each)
        opened = tuple(self._opened(each) for each in (versions if every_version else versions[-1:]))
        return SignedNote(self.note, opened[-1], opened[:-1])

    def _complete(self, records: Mapping[int, _Record], there: AbstractSet[int]) -> None:
        """Every version that was signed is there, no other, and the note's own row points at the newest."""
        for number in sorted({*records, *there}):
            if number not in there:
                raise _DamagedError(Kind.MISSING, number)
            if number not in records:
                raise _DamagedError(Kind.UNRECORDED, number)
        if not records or sorted(records) != list(range(1, self.note.latest_version + 1)):
            raise _DamagedError(Kind.ROLLED_BACK, self.note.latest_version)

    def _as_recorded(self, record: _Record, stored: _Stored) -> None:
        if not record.stands:
            raise _DamagedError(Kind.EDITED, stored.number)
        if record.event.actor_id != self.note.author_id:
            raise _DamagedError(Kind.SWAPPED, stored.number)
        if not hmac.compare_digest(hashlib.sha256(stored.blob).digest(), record.event.digest or b""):
            raise _DamagedError(Kind.CHANGED, stored.number)

    def _opened(self, stored: _Stored) -> SignedVersion:
        """The version, where what stands in clear beside it says the same as what was sealed."""
        cell = self.work.cell(NOTE_VERSION, "document", self.note.id, stored.number)
        try:
            document, content_hash = self.key.open_and_fingerprint(NoteDocument, Sealed(stored.blob), cell)
        except FieldAuthError:
            raise _DamagedError(Kind.CHANGED, stored.number) from None
        signed_at = document.signature.signed_at
        same = (
            hmac.compare_digest(content_hash, stored.content_hash),
            stored.signed_at == signed_at,
            stored.number > 1 or self.note.signed_at == signed_at,
            document.kind is self.note.kind,
        )
        if not all(same):
            raise _DamagedError(Kind.CHANGED, stored.number)
        return SignedVersion(stored.number, document, content_hash)


def _fetched(
    note_ids: AbstractSet[uuid.UUID], fetch: Callable[[AbstractSet[uuid.UUID]], Mapping[uuid.UUID, F]]
) -> dict[uuid.UUID, F | None]:
    """What is stored of each note. One row that cannot be read must not hide the others: then each note is read alone."""
    try:
        return dict(fetch(note_ids))
    except _UNREADABLE:
        return {note_id: _fetched_alone(note_id, fetch) for note_id in note_ids}


def _fetched_alone(note_id: uuid.UUID, fetch: Callable[[AbstractSet[uuid.UUID]], Mapping[uuid.UUID, F]]) -> F | None:
    try:
        return fetch({note_id})[note_id]
    except _UNREADABLE:
        return None


def _records(work: Work, note_ids: AbstractSet[uuid.UUID]) -> dict[uuid.UUID, dict[int, _Record]]:
    """The newest event about each version of these notes."""
    before = aliased(AuditEvent)
    query = (
        select(AuditEvent.seq, AuditEvent.mac, before.mac, *(getattr(AuditEvent, name) for name in EVENT_COLUMNS))
        .outerjoin(before, and_(before.workspace_id == AuditEvent.workspace_id, before.seq == AuditEvent.seq - 1))
        .where(
            AuditEvent.workspace_id == work.workspace_id,
            AuditEvent.object_id.in_(note_ids),
            AuditEvent.object_type == NOTE_VERSION,
            AuditEvent.digest.is_not(None),
        )
        .order_by(AuditEvent.seq)
    )
    found: dict[uuid.UUID, dict[int, _Record]] = {note_id: {} for note_id in note_ids}
    for seq, mac, previous, *values in work.session.execute(query):
        event = Event(*values)
        if event.object_id is not None:
            stands = audit.is_chained(work.keys, previous, seq, event, mac)
            found[event.object_id][event.object_version] = _Record(event, stands)
    return found


def _versions(work: Work, note_ids: AbstractSet[uuid.UUID]) -> dict[uuid.UUID, list[_Stored]]:
    """Every version of these notes as it lies there, in order."""
    query = (
        select(
            NoteVersion.note_id,
            NoteVersion.version,
            type_coerce(NoteVersion.document, LargeBinary),
            NoteVersion.content_hash,
            NoteVersion.signed_at,
        )
        .where(NoteVersion.workspace_id == work.workspace_id, NoteVersion.note_id.in_(note_ids))
        .order_by(NoteVersion.version)
    )
    found: dict[uuid.UUID, list[_Stored]] = {note_id: [] for note_id in note_ids}
    for note_id, number, blob, content_hash, signed_at in work.session.execute(query):
        found[note_id].append(_Stored(number, bytes(blob), bytes(content_hash), signed_at))
    return found
