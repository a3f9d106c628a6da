"""Comparing: do the sealed rows stand as the events say that recorded them?

Here: which column each kind of event commits to, and what is wrong with a row. Not here: the chain of the events (audit_trail).
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, TypeAlias

from sqlalchemy import LargeBinary, func, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from models.audit import AuditEvent
from models.calls import CallHook
from models.chunks import chunks
from models.clients import Client
from models.contacts import Contact
from models.follow_ups import FollowUp
from models.glass import BreakGlass
from models.goals import Goal
from models.notes import Note
from models.people import Person
from models.policy_versions import PolicyVersion
from models.staff import Staff, Team
from models.workspaces import SurfaceDecision
from privacy.sealed import Sealed
from services import signed_notes
from services.audit import Event
from services.audit_findings import Finding, Kind
from services.signed_parts import NOTE_VERSION, PARTS
from services.work import Work

_CHUNK: Final = 1000


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the newest event about a row committed to."""

    seq: int
    digest: bytes


# A row of the trail: its type, its id, and the number of one that belongs to a note; 0 for every other.
Key: TypeAlias = tuple[str, uuid.UUID, int]
_Row: TypeAlias = (
    BreakGlass | CallHook | Client | Contact | FollowUp | Goal | Person | PolicyVersion | Staff | SurfaceDecision | Team
)
_Blob: TypeAlias = InstrumentedAttribute[Sealed] | InstrumentedAttribute[Sealed | None]

# Where the sealed value stands that an event of this type commits to.
TABLES: Final[Mapping[str, tuple[type[_Row], _Blob]]] = {
    "break_glass": (BreakGlass, BreakGlass.reason),
    "break_glass_review": (BreakGlass, BreakGlass.review),
    "call_hook": (CallHook, CallHook.secret),
    "client": (Client, Client.profile),
    "contact": (Contact, Contact.words),
    "follow_up": (FollowUp, FollowUp.text),
    "follow_up_outcome": (FollowUp, FollowUp.outcome),
    "goal": (Goal, Goal.text),
    "person": (Person, Person.profile),
    "policy_version": (PolicyVersion, PolicyVersion.document),
    "staff": (Staff, Staff.profile),
    "surface_decision": (SurfaceDecision, SurfaceDecision.reasons),
    "team": (Team, Team.profile),
}


def key_of(event: Event) -> Key | None:
    """The row whose bytes an event commits to, or None where it commits to none."""
    if event.digest is None or event.object_id is None:
        return None
    return event.object_type, event.object_id, event.object_version if event.object_type in PARTS else 0


def findings(work: Work, recorded: Mapping[Key, Recorded], most: int) -> list[Finding]:
    """What is wrong with the rows that these events speak of, at most so many; what is a note's is named with the note's reference."""
    found = list(islice(_everything(work, recorded), most))
    notes = {each.object_id for each in found if each.object_type in {*PARTS, "note"}}
    refs = dict(
        work.session.execute(
            select(Note.id, Note.ref).where(Note.workspace_id == work.workspace_id, Note.id.in_(notes))
        ).all()
    )
    return [replace(each, note=refs.get(each.object_id, "")) if each.object_id else each for each in found]


def _everything(work: Work, recorded: Mapping[Key, Recorded]) -> Iterator[Finding]:
    found = [*_row_findings(work, recorded), *_note_findings(work, recorded)]
    yield from found
    yield from _opened_findings(work, {each.object_id for each in found})


def _row_findings(work: Work, recorded: Mapping[Key, Recorded]) -> Iterator[Finding]:
    """Rows that are not what their newest event recorded, and rows that are gone."""
    unseen = {key: entry for key, entry in recorded.items() if key[0] in TABLES or key[0] in PARTS}
    for kind, row_id, number, blob in _stored(work):
        entry = unseen.pop((kind, row_id, number), None)
        if entry is None:
            if kind in PARTS:
                yield Finding(Kind.UNRECORDED, None, kind, row_id, number)
            continue
        digest = hashlib.sha256(blob).digest()
        if not hmac.compare_digest(digest, entry.digest):
            yield Finding(_how(work, kind, row_id, digest), entry.seq, kind, row_id, number)
    for (kind, row_id, number), entry in unseen.items():
        yield Finding(Kind.MISSING, entry.seq, kind, row_id, number)


def _stored(work: Work) -> Iterator[tuple[str, uuid.UUID, int, bytes]]:
    """The raw bytes of every sealed value that events commit to; a value of no sealed shape must not stop the check."""
    for kind, (part, number, column) in PARTS.items():
        parts = select(part.note_id, number, type_coerce(column, LargeBinary))
        mine = parts.where(part.workspace_id == work.workspace_id).execution_options(yield_per=_CHUNK)
        for row_id, which, blob in work.session.execute(mine):
            yield kind, row_id, which, bytes(blob)
    for kind, (table, column) in TABLES.items():
        mine = (table.workspace_id == work.workspace_id, column.is_not(None))
        rows = select(table.id, type_coerce(column, LargeBinary)).where(*mine)
        for row_id, blob in work.session.execute(rows.execution_options(yield_per=_CHUNK)):
            yield kind, row_id, 0, bytes(blob)


def _how(work: Work, kind: str, row_id: uuid.UUID, digest: bytes) -> Kind:
    """Where bytes come from that do not belong here: an older state, another row, or outside."""
    sources = work.session.execute(
        select(AuditEvent.object_type, AuditEvent.object_id).where(
            AuditEvent.workspace_id == work.workspace_id, AuditEvent.digest.in_((digest,))
        )
    ).all()
    if any((source.object_type, source.object_id) == (kind, row_id) for source in sources):
        return Kind.ROLLED_BACK
    return Kind.SWAPPED if sources else Kind.CHANGED


def _note_findings(work: Work, recorded: Mapping[Key, Recorded]) -> Iterator[Finding]:
    """Notes that point at an older version than the newest one signed."""
    newest: dict[uuid.UUID, tuple[int, int]] = {}
    for (kind, note_id, version), entry in recorded.items():
        if kind == NOTE_VERSION and (version, entry.seq) > newest.get(note_id, (0, 0)):
            newest[note_id] = (version, entry.seq)
    for note_id, latest in work.session.execute(
        select(Note.id, func.coalesce(Note.latest_version, 0)).where(Note.workspace_id == work.workspace_id)
    ):
        version, seq = newest.get(note_id, (latest, 0))
        if latest != version:
            yield Finding(Kind.ROLLED_BACK, seq, "note", note_id)


def _opened_findings(work: Work, known: AbstractSet[uuid.UUID | None]) -> Iterator[Finding]:
    """Notes that do not open, or beside whose words something else stands in clear than was signed; each is opened for this."""
    ids = work.session.scalars(select(Note.id).where(Note.workspace_id == work.workspace_id).order_by(Note.id)).all()
    for chunk in chunks(ids, _CHUNK):
        some = set(chunk) - known
        notes = work.session.scalars(select(Note).where(Note.workspace_id == work.workspace_id, Note.id.in_(some)))
        opened = signed_notes.open_notes(work, notes.all(), every_version=True)
        for note_id, damage in opened.damaged.items():
            yield Finding(damage.kind, None, damage.part, note_id, damage.number)
