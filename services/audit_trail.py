"""Checking: does the trail stand as it was written, and do the sealed rows stand as the trail says?

Here: walking the chain, naming what is wrong, comparing digests. Not here: appending (audit), and mending, which nothing does.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from sqlalchemy import LargeBinary, func, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from models.audit import AuditEvent, AuditHead
from models.calls import CallHook
from models.clients import Client
from models.contacts import Contact
from models.follow_ups import FollowUp
from models.glass import BreakGlass
from models.goals import Goal
from models.notes import Note, NoteVersion
from models.people import Person
from models.policy_versions import PolicyVersion
from models.staff import Staff, Team
from models.workspaces import SurfaceDecision
from privacy.keys import Keyring
from privacy.sealed import Sealed
from services.audit import EVENT_COLUMNS, Event
from services.work import Work

NOTE_VERSION: Final = "note_version"
MAC_LENGTH: Final = 32
FINDINGS_MOST: Final = 1000

_CHUNK: Final = 1000
_SHIFTS: Final = tuple(range(1, 65)) + tuple(range(-1, -65, -1))
_SHIFT_SEARCHES: Final = 50
_SUSPECTS: Final = 24


class Kind(StrEnum):
    """What is wrong. The first group is about events, the second about the rows they speak of."""

    EDITED = "edited"
    WRONG_MAC = "wrong_mac"
    REMOVED = "removed"
    RENUMBERED = "renumbered"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    FORKED = "forked"
    KEYS = "keys_unreadable"

    CHANGED = "changed"
    SWAPPED = "swapped"
    ROLLED_BACK = "rolled_back"
    MISSING = "missing"
    UNRECORDED = "unrecorded"


_SAYS: Final[Mapping[Kind, str]] = {
    Kind.EDITED: "was edited or forged",
    Kind.WRONG_MAC: "carries a wrong MAC; its words are unchanged",
    Kind.REMOVED: "is missing",
    Kind.RENUMBERED: "and those after it were renumbered: one before it was removed or put in",
    Kind.REORDERED: "does not stand in its own place",
    Kind.TRUNCATED: "and all after it were cut off",
    Kind.FORKED: "does not agree with the head of the trail",
    Kind.KEYS: "is the first that does not verify, and so does no other: these are not the trail's keys",
    Kind.CHANGED: "is not what was recorded",
    Kind.SWAPPED: "holds what belongs to another row",
    Kind.ROLLED_BACK: "was set back to an older state",
    Kind.MISSING: "is gone",
    Kind.UNRECORDED: "was never recorded",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. For a row, `seq` is the event that recorded it last."""

    kind: Kind
    seq: int | None
    object_type: str = ""
    object_id: uuid.UUID | None = None

    def __str__(self) -> str:
        event = "" if self.seq is None else f"event {self.seq}"
        if not self.object_type:
            return f"{event.capitalize()} {_SAYS[self.kind]}."
        return f"{self.object_type} {self.object_id} {_SAYS[self.kind]}{event and f' (recorded by {event})'}."


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found; nothing is good news only as far as docs/security.md says."""

    events: int
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """0 whole, 10 tampered, 11 truncated or forked, 13 keys unreadable."""
        kinds = {finding.kind for finding in self.findings}
        if not kinds:
            return 0
        if Kind.KEYS in kinds:
            return 13
        return 11 if kinds <= {Kind.TRUNCATED, Kind.FORKED} else 10


@dataclass(frozen=True, slots=True)
class _Link:
    """One stored event with its number and MAC; the event is None when its columns cannot be read at all."""

    seq: int
    event: Event | None
    mac: bytes


@dataclass(frozen=True, slots=True)
class _Recorded:
    seq: int
    digest: bytes


_Key: TypeAlias = tuple[str, uuid.UUID, int]
_Row: TypeAlias = (
    BreakGlass | CallHook | Client | Contact | FollowUp | Goal | Person | PolicyVersion | Staff | SurfaceDecision | Team
)
_Blob: TypeAlias = InstrumentedAttribute[Sealed] | InstrumentedAttribute[Sealed | None]

# Where the sealed value stands that an event of this type commits to. A note's versions are looked up with their number.
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


def verify(work: Work) -> Report:
    """Everything that is wrong with the workspace's trail, and with the rows that it recorded.

    Use a snapshot: a trail that grows while it is read looks forked.
    """
    walk = _Walk(work.keys)
    recorded: dict[_Key, _Recorded] = {}
    for link in _links(work):
        walk.step(link)
        if link.event is not None and link.event.digest is not None and link.event.object_id is not None:
            event = link.event
            version = event.object_version if event.object_type == NOTE_VERSION else 0
            recorded[event.object_type, link.event.object_id, version] = _Recorded(link.seq, link.event.digest)
    head = work.session.execute(
        select(AuditHead.seq, AuditHead.mac).where(AuditHead.workspace_id == work.workspace_id)
    ).one_or_none()
    chain = walk.finish(None if head is None else (head.seq, bytes(head.mac)))
    rows = [*_row_findings(work, recorded), *_note_findings(work, recorded)]
    return Report(walk.events, tuple(chain + rows[:FINDINGS_MOST]))


@dataclass(slots=True)
class _Walk:
    """The walk along the chain. After a bad event it goes on from the stored MAC, so that one edit is one finding."""

    keys: Keyring
    events: int = 0
    _verified: int = 0
    _expected: int = 1
    _offset: int = 0
    _searches: int = 0
    _previous: bytes | None = field(init=False)
    _computed: bytes | None = None
    _last: _Link | None = None
    _findings: list[Finding] = field(default_factory=list[Finding])
    _suspects: list[tuple[_Link, bytes]] = field(default_factory=list[tuple[_Link, bytes]])

    def __post_init__(self) -> None:
        self._previous = self.keys.genesis()

    def step(self, link: _Link) -> None:
        """Judge the next event."""
        self.events += 1
        if link.seq != self._expected:
            self._find(Kind.REMOVED, self._expected)
            # The MAC that this one follows went with the missing event.
            self._previous = self._computed = None
        self._expected = link.seq + 1
        if self._follows(link):
            self._computed = None
        else:
            self._find(Kind.EDITED, link.seq)
            if self._previous is not None and len(self._suspects) < _SUSPECTS:
                self._suspects.append((link, self._previous))
            self._computed = self._chained(self._previous, link.seq + self._offset, link.event)
        self._previous = link.mac if len(link.mac) == MAC_LENGTH else None
        self._last = link

    def finish(self, head: tuple[int, bytes] | None) -> list[Finding]:
        """The findings, the head compared, in the order of the events."""
        if self.events > 1 and self._verified == 0:
            return [Finding(Kind.KEYS, self._findings[0].seq)] if self._findings else []
        self._settle_suspects()
        last = self._last.seq if self._last else 0
        if head is None or head[0] > last:
            self._find(Kind.TRUNCATED, last + 1)
        elif head[0] < last:
            self._find(Kind.FORKED, head[0] + 1)
        elif self._last is not None and not hmac.compare_digest(head[1], self._last.mac) and not self._is_found(last):
            self._find(Kind.FORKED, last)
        return sorted(self._findings, key=lambda finding: finding.seq or 0)

    def _follows(self, link: _Link) -> bool:
        """Whether the event is the one that was written after the one before it; explains an earlier finding if it can."""
        if link.event is None:
            return False
        if self._previous is None:
            return True
        if self._fits(self._previous, link.seq + self._offset, link):
            self._verified += 1
            return True
        if self._computed is None:
            return False
        if self._fits(self._computed, link.seq + self._offset, link):
            self._rename_last(Kind.WRONG_MAC)
            return True
        return self._is_shifted(link, self._previous)

    def _is_shifted(self, link: _Link, previous: bytes) -> bool:
        if self._searches >= _SHIFT_SEARCHES:
            return False
        self._searches += 1
        for shift in _SHIFTS:
            if self._fits(previous, link.seq + shift, link):
                self._offset = shift
                self._rename_last(Kind.RENUMBERED)
                return True
        return False

    def _settle_suspects(self) -> None:
        """Tell events that changed places from those that were edited, and clear those that only stand after one."""
        macs = [link.mac for link, _ in self._suspects]
        places = [(link.seq, previous) for link, previous in self._suspects]
        before = [*(previous for _, previous in places), *macs]
        for link, previous in self._suspects:
            if any(self._fits(mac, link.seq, link) for mac in macs):
                self._rename(link.seq, None)
                continue
            moved = any(self._fits(mac, seq, link) for seq, _ in places if seq != link.seq for mac in before)
            exchanged = any(
                self._fits(previous, link.seq, _Link(link.seq, other.event, link.mac)) for other, _ in self._suspects
            )
            if moved or exchanged:
                self._rename(link.seq, Kind.REORDERED)

    def _fits(self, previous: bytes, seq: int, link: _Link) -> bool:
        computed = self._chained(previous, seq, link.event)
        return computed is not None and hmac.compare_digest(computed, link.mac)

    def _chained(self, previous: bytes | None, seq: int, event: Event | None) -> bytes | None:
        if previous is None or len(previous) != MAC_LENGTH or event is None or seq < 1:
            return None
        return self.keys.chain(previous, seq, event.canonical())

    def _find(self, kind: Kind, seq: int) -> None:
        if len(self._findings) < FINDINGS_MOST:
            self._findings.append(Finding(kind, seq))

    def _is_found(self, seq: int) -> bool:
        return any(finding.seq == seq for finding in self._findings)

    def _rename_last(self, kind: Kind) -> None:
        if self._last is not None:
            self._rename(self._last.seq, kind)

    def _rename(self, seq: int, kind: Kind | None) -> None:
        """Give the finding about an edited event its better name, or take it back."""
        edited = Finding(Kind.EDITED, seq)
        better = [] if kind is None else [Finding(kind, seq)]
        self._findings = [new for old in self._findings for new in (better if old == edited else [old])]


def _links(work: Work) -> Iterator[_Link]:
    """The stored events in order, those with unreadable columns too."""
    mine = AuditEvent.workspace_id == work.workspace_id
    seqs = list(work.session.scalars(select(AuditEvent.seq).where(mine).order_by(AuditEvent.seq)))
    for start in range(0, len(seqs), _CHUNK):
        chunk = seqs[start : start + _CHUNK]
        try:
            yield from _fetched(work, chunk[0], chunk[-1])
        except (TypeError, ValueError, AttributeError):
            # SQLite keeps whatever somebody puts into a column; one such row must not hide the others.
            for seq in chunk:
                yield _fetched_alone(work, seq)


def _fetched(work: Work, first: int, last: int) -> list[_Link]:
    columns = [getattr(AuditEvent, name) for name in EVENT_COLUMNS]
    rows = work.session.execute(
        select(AuditEvent.seq, AuditEvent.mac, *columns)
        .where(AuditEvent.workspace_id == work.workspace_id, AuditEvent.seq.between(first, last))
        .order_by(AuditEvent.seq)
    )
    return [_Link(row[0], Event(*row[2:]), bytes(row[1])) for row in rows]


def _fetched_alone(work: Work, seq: int) -> _Link:
    try:
        return _fetched(work, seq, seq)[0]
    except (TypeError, ValueError, AttributeError):
        return _Link(seq, None, b"")


def _row_findings(work: Work, recorded: Mapping[_Key, _Recorded]) -> Iterator[Finding]:
    """Rows that are not what their newest event recorded, and rows that are gone."""
    unseen = {key: entry for key, entry in recorded.items() if key[0] in TABLES or key[0] == NOTE_VERSION}
    for kind, row_id, version, blob in _stored(work):
        entry = unseen.pop((kind, row_id, version), None)
        if entry is None:
            if kind == NOTE_VERSION:
                yield Finding(Kind.UNRECORDED, None, kind, row_id)
            continue
        digest = hashlib.sha256(blob).digest()
        if not hmac.compare_digest(digest, entry.digest):
            yield Finding(_how(work, kind, row_id, digest), entry.seq, kind, row_id)
    for (kind, row_id, _), entry in unseen.items():
        yield Finding(Kind.MISSING, entry.seq, kind, row_id)


def _stored(work: Work) -> Iterator[tuple[str, uuid.UUID, int, bytes]]:
    """The raw bytes of every sealed value that events commit to; a value of no sealed shape must not stop the check."""
    versions = select(NoteVersion.note_id, NoteVersion.version, type_coerce(NoteVersion.document, LargeBinary))
    for row_id, version, blob in work.session.execute(
        versions.where(NoteVersion.workspace_id == work.workspace_id).execution_options(yield_per=_CHUNK)
    ):
        yield NOTE_VERSION, row_id, version, bytes(blob)
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


def _note_findings(work: Work, recorded: Mapping[_Key, _Recorded]) -> Iterator[Finding]:
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
