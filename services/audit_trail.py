"""Checking: does the trail stand as it was written, and do the sealed rows stand as the trail says?

Here: walking the chain and naming what is wrong with it. Not here: comparing the rows (audit_rows), appending (audit), and mending, which
nothing does.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select

from models.audit import AuditEvent, AuditHead
from models.chunks import chunks
from privacy.keys import Keyring
from services import audit_rows
from services.audit import EVENT_COLUMNS, Event
from services.audit_findings import Finding, Kind, Report
from services.audit_rows import Key, Recorded
from services.work import Work

MAC_LENGTH: Final = 32
FINDINGS_MOST: Final = 1000

_CHUNK: Final = 1000
_SHIFTS: Final = tuple(range(1, 65)) + tuple(range(-1, -65, -1))
_SHIFT_SEARCHES: Final = 50
_SUSPECTS: Final = 24


@dataclass(frozen=True, slots=True)
class _Link:
    """One stored event with its number and MAC; the event is None when its columns cannot be read at all."""

    seq: int
    event: Event | None
    mac: bytes


def verify(work: Work) -> Report:
    """Everything that is wrong with the workspace's trail, and with the rows that it recorded.

    Use a snapshot: a trail that grows while it is read looks forked.
    """
    walk = _Walk(work.keys)
    recorded: dict[Key, Recorded] = {}
    for link in _links(work):
        walk.step(link)
        if link.event is None:
            continue
        key, digest = audit_rows.key_of(link.event), link.event.digest
        if key is not None and digest is not None:
            recorded[key] = Recorded(link.seq, digest)
    head = work.session.execute(
        select(AuditHead.seq, AuditHead.mac).where(AuditHead.workspace_id == work.workspace_id)
    ).one_or_none()
    chain = walk.finish(None if head is None else (head.seq, bytes(head.mac)))
    return Report(walk.events, (*chain, *audit_rows.findings(work, recorded, FINDINGS_MOST)))


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
    for chunk in chunks(seqs, _CHUNK):
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
