"""The parts of a signed note as they lie in the database, beside the events that recorded them: versions, addenda, reviews.

Here: reading both, and whether each part is there, recorded, and the bytes that were recorded. Not here: opening them (signed_notes).
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from sqlalchemy import LargeBinary, and_, inspect, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, aliased

from models.addenda import Addendum
from models.audit import AuditEvent
from models.notes import NoteVersion
from models.reviews import NoteReview
from privacy.sealed import FieldAuthError, Sealed
from services import audit
from services.audit import EVENT_COLUMNS, Event
from services.audit_findings import Kind
from services.work import Work

NOTE_VERSION: Final = "note_version"
ADDENDUM: Final = "addendum"
NOTE_REVIEW: Final = "note_review"

_Table: TypeAlias = type[NoteVersion] | type[Addendum] | type[NoteReview]
# Every part is found by its note and its number in it; the sealed value stands in `document`.
PARTS: Final[Mapping[str, tuple[_Table, InstrumentedAttribute[int], InstrumentedAttribute[Sealed]]]] = {
    NOTE_VERSION: (NoteVersion, NoteVersion.version, NoteVersion.document),
    ADDENDUM: (Addendum, Addendum.number, Addendum.document),
    NOTE_REVIEW: (NoteReview, NoteReview.number, NoteReview.document),
}
# What a driver or a column type says to a value that nothing of ours wrote; SQLite keeps whatever somebody puts into a column.
_UNREADABLE: Final = (AttributeError, FieldAuthError, LookupError, TypeError, ValueError)


class DamagedPartError(Exception):
    """A part of a note is not what was signed."""

    def __init__(self, kind: Kind, part: str = NOTE_VERSION, number: int = 0) -> None:
        super().__init__()
        self.kind: Final = kind
        self.part: Final = part
        self.number: Final = number


@dataclass(frozen=True, slots=True)
class Record:
    """The event that recorded a part last, and whether it is the one that was chained."""

    event: Event
    stands: bool


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part as it lies there: its sealed bytes, and what stands in clear beside them, by column."""

    part: str
    number: int
    blob: bytes = field(repr=False)
    clear: Mapping[str, Any] = field(repr=False)

    def damaged(self, kind: Kind = Kind.CHANGED) -> DamagedPartError:
        """The error that names this part."""
        return DamagedPartError(kind, self.part, self.number)


@dataclass(frozen=True, slots=True)
class Recorded:
    """Everything that one note is made of, with what the trail says of it."""

    parts: Mapping[str, Sequence[StoredPart]]
    records: Mapping[tuple[str, int], Record]

    def checked(self, part: str, signer: Callable[[StoredPart], uuid.UUID]) -> Sequence[StoredPart]:
        """The parts of one kind, in order: all that were signed, no other, each as its event recorded it, signed by whoever stands there.

        Errors: DamagedPartError.
        """
        stored = self.parts[part]
        numbers = {each.number for each in stored}
        known = {number for kind, number in self.records if kind == part}
        for number in sorted(known | numbers):
            if number not in numbers:
                raise DamagedPartError(Kind.MISSING, part, number)
            if number not in known:
                raise DamagedPartError(Kind.UNRECORDED, part, number)
        for each in stored:
            _as_recorded(each, self.records[part, each.number], signer(each))
        return stored


def fetch(work: Work, note_ids: AbstractSet[uuid.UUID]) -> dict[uuid.UUID, Recorded | None]:
    """Everything that is stored of these notes, in four statements; None for one of which something cannot be read at all.

    One row that cannot be read must not hide the others: then each note is read alone.
    """
    try:
        return dict(_fetch(work, note_ids))
    except _UNREADABLE:
        return {note_id: _fetch_alone(work, note_id) for note_id in note_ids}


def _fetch_alone(work: Work, note_id: uuid.UUID) -> Recorded | None:
    try:
        return _fetch(work, {note_id})[note_id]
    except _UNREADABLE:
        return None


def _fetch(work: Work, note_ids: AbstractSet[uuid.UUID]) -> dict[uuid.UUID, Recorded]:
    records = _records(work, note_ids)
    parts = {part: _stored(work, part, note_ids) for part in PARTS}
    return {
        note_id: Recorded({part: stored[note_id] for part, stored in parts.items()}, records[note_id])
        for note_id in note_ids
    }


def _records(work: Work, note_ids: AbstractSet[uuid.UUID]) -> dict[uuid.UUID, dict[tuple[str, int], Record]]:
    """The newest event about each part of these notes."""
    before = aliased(AuditEvent)
    query = (
        select(AuditEvent.seq, AuditEvent.mac, before.mac, *(getattr(AuditEvent, name) for name in EVENT_COLUMNS))
        .outerjoin(before, and_(before.workspace_id == AuditEvent.workspace_id, before.seq == AuditEvent.seq - 1))
        .where(
            AuditEvent.workspace_id == work.workspace_id,
            AuditEvent.object_id.in_(note_ids),
            AuditEvent.object_type.in_(PARTS),
            AuditEvent.digest.is_not(None),
        )
        .order_by(AuditEvent.seq)
    )
    found: dict[uuid.UUID, dict[tuple[str, int], Record]] = {note_id: {} for note_id in note_ids}
    for seq, mac, previous, *values in work.session.execute(query):
        event = Event(*values)
        if event.object_id is not None:
            stands = audit.is_chained(work.keys, previous, seq, event, mac)
            found[event.object_id][event.object_type, event.object_version] = Record(event, stands)
    return found


def _stored(work: Work, part: str, note_ids: AbstractSet[uuid.UUID]) -> dict[uuid.UUID, list[StoredPart]]:
    """Every part of this kind of these notes, in order."""
    table, number, document = PARTS[part]
    clear = {each.key: each for each in inspect(table).column_attrs if each.key != document.key}
    columns = [getattr(table, name) for name in clear]
    query = (
        select(table.note_id, number, type_coerce(document, LargeBinary), *columns)
        .where(table.workspace_id == work.workspace_id, table.note_id.in_(note_ids))
        .order_by(number)
    )
    found: dict[uuid.UUID, list[StoredPart]] = {note_id: [] for note_id in note_ids}
    for note_id, which, blob, *values in work.session.execute(query):
        found[note_id].append(StoredPart(part, which, bytes(blob), dict(zip(clear, values, strict=True))))
    return found


def _as_recorded(stored: StoredPart, record: Record, signer: uuid.UUID) -> None:
    if not record.stands:
        raise stored.damaged(Kind.EDITED)
    if record.event.actor_id != signer:
        raise stored.damaged(Kind.SWAPPED)
    if not hmac.compare_digest(hashlib.sha256(stored.blob).digest(), record.event.digest or b""):
        raise stored.damaged()
