"""Recording: what was done, read or refused, one chained event each, appended last before the commit.

Here: recording, appending, and the grants that come of it. Not here: checking the trail
(audit_trail), who may do what (access), the commit (desk.doors). An event holds ids and closed words only.
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
import re
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields
from typing import Final, TypeVar

from sqlalchemy import insert, select, update

from models import bulk
from models.audit import AuditEvent, AuditHead
from models.clients import Client
from privacy.grants import Grant, issue
from privacy.keys import Keyring
from privacy.sealed import Sealed
from services.events import Action, Entry, Outcome, Written
from services.work import Work

F = TypeVar("F", bound=Callable[..., object])

CLIENT: Final = "client"
# No modal stays open for longer.
A_DAY: Final = dt.timedelta(days=1)

_WORD: Final = re.compile(r"[a-z0-9_.:-]{0,64}")
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_REASONS: Final[dict[Callable[..., object], str]] = {}


class Unaudited(Exception):
    """A service changed rows and recorded nothing, or recorded something where it can never be committed."""


class NoTrail(Exception):
    """The workspace's trail has no head. It is never started anew silently; `noted audit verify` says what is wrong."""

    def __init__(self) -> None:
        super().__init__("The audit trail of this workspace has no head. Run noted audit verify.")


@dataclass(frozen=True, slots=True)
class Event:
    """What the MAC of one event covers, beside the workspace, the number and the MAC before it."""

    at: dt.datetime
    actor_id: uuid.UUID | None
    action: str
    outcome: str
    object_type: str
    object_id: uuid.UUID | None
    object_version: int
    digest: bytes | None
    rule: str
    request_id: uuid.UUID
    key_id: uuid.UUID

    def canonical(self) -> bytes:
        """The same bytes for the same event, always.

        Shape: RFC 8785 JSON of strings and integers; absent is "", bytes are hexadecimal, `at` is µs since 1970.
        """
        parts = {
            "action": self.action,
            "actor": str(self.actor_id or ""),
            "at": (self.at - _EPOCH) // dt.timedelta(microseconds=1),
            "digest": (self.digest or b"").hex(),
            "key": str(self.key_id),
            "object": str(self.object_id or ""),
            "outcome": self.outcome,
            "request": str(self.request_id),
            "rule": self.rule,
            "type": self.object_type,
            "version": self.object_version,
        }
        return json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


EVENT_COLUMNS: Final = tuple(field.name for field in fields(Event))


def start(work: Work) -> None:
    """Begin the trail of a new workspace. Done once, in the transaction that makes the workspace."""
    work.session.execute(
        insert(AuditHead).values(workspace_id=work.workspace_id, seq=0, mac=work.keys.genesis()),
    )


def record(
    work: Work,
    action: Action,
    *,
    actor: uuid.UUID | None,
    subject: tuple[str, uuid.UUID] | None = None,
    version: int = 0,
    sealed: Sealed | None = None,
    rule: str = "",
    outcome: Outcome = Outcome.OK,
) -> Grant:
    """The grant of an event that the door will append; it reveals nothing until that is committed.

    Errors: ValueError for a type or rule that is no closed word.
    """
    kind, row = subject or ("", None)
    if not _WORD.fullmatch(rule) or not _WORD.fullmatch(kind):
        raise ValueError("An audit event holds ids and closed words only.")
    entry = Entry(action, actor, kind, row, issue(), version, sealed, rule, outcome)
    work.entries.append(entry)
    return entry.grant


def prepare(work: Work) -> None:
    """Write what was recorded so far as far as that needs no database: thousands of events, before the transaction begins."""
    work.written = _write(work, work.entries)


def append_all(work: Work) -> None:
    """Append what was recorded to the workspace's chain. These are the last statements before the commit.

    Errors: NoTrail.
    """
    if not work.entries:
        return
    before = work.written or _write(work, ())
    parts = (before, _write(work, work.entries[len(before.canonical) :]))
    mine = AuditHead.workspace_id == work.workspace_id
    head = work.session.execute(select(AuditHead.seq, AuditHead.mac).where(mine).with_for_update()).one_or_none()
    if head is None:
        raise NoTrail
    seq, mac = head.seq, bytes(head.mac)
    first = seq + 1
    for part in parts:
        ends: list[tuple[int, bytes]] = []
        for canonical in part.canonical:
            seq += 1
            mac = work.keys.chain(mac, seq, canonical)
            ends.append((seq, mac))
        bulk.store(work.session, bulk.completed(part.rows, ends))
    if any(entry.object_type == CLIENT and entry.sealed is not None for entry in work.entries):
        _number_clients(work, first)
    work.session.execute(
        update(AuditHead).where(mine).values(seq=seq, mac=mac).execution_options(synchronize_session=False)
    )


def activate(work: Work) -> None:
    """Make the grants of what was recorded count. Called by the door, after the commit."""
    for entry in work.entries:
        entry.grant.activate()


def standing_grant(
    work: Work,
    object_id: uuid.UUID,
    actor_id: uuid.UUID,
    actions: Collection[Action] = (Action.FORM_OPEN, Action.FORM_RECOVER),
    *,
    within: dt.timedelta | None = None,
) -> Grant | None:
    """An active grant when this actor opened this form before, or what these actions open: that event covers it until it closes.

    `within` is how long ago at most; a form's own event counts for as long as the form is there.
    """
    opened = work.session.scalar(
        select(AuditEvent.seq)
        .where(
            AuditEvent.workspace_id == work.workspace_id,
            AuditEvent.object_id == object_id,
            AuditEvent.actor_id == actor_id,
            AuditEvent.action.in_(actions),
            AuditEvent.outcome == Outcome.OK,
            *((AuditEvent.at >= work.now - within,) if within is not None else ()),
        )
        .limit(1)
    )
    if opened is None:
        return None
    grant = issue()
    grant.activate()
    return grant


def is_chained(keys: Keyring, previous: bytes | None, seq: int, event: Event, mac: bytes) -> bool:
    """Whether this is the event that was chained after the one before it; `previous` is that one's MAC, None where there is none."""
    before = keys.genesis() if seq == 1 else previous
    try:
        return before is not None and hmac.compare_digest(keys.chain(bytes(before), seq, event.canonical()), bytes(mac))
    except ValueError:
        return False


def unaudited(reason: str) -> Callable[[F], F]:
    """Mark a service that may change rows without an event, and say why."""

    def mark(service: F) -> F:
        _REASONS[service] = reason
        return service

    return mark


def why_unaudited(service: Callable[..., object]) -> str | None:
    """The reason a service was marked with, or None."""
    return _REASONS.get(service)


def _write(work: Work, entries: Sequence[Entry]) -> Written:
    events = [_event(work, entry) for entry in entries]
    rows = [
        {
            "workspace_id": work.workspace_id,
            **{name: getattr(each, name) for name in EVENT_COLUMNS},
            "seq": 0,
            "mac": b"",
        }
        for each in events
    ]
    dialect = work.session.get_bind().dialect
    return Written([each.canonical() for each in events], bulk.batch(dialect, AuditEvent, rows))


def _event(work: Work, entry: Entry) -> Event:
    return Event(
        at=work.now,
        actor_id=entry.actor_id,
        action=entry.action.value,
        outcome=entry.outcome.value,
        object_type=entry.object_type,
        object_id=entry.object_id,
        object_version=entry.object_version,
        digest=entry.sealed.digest() if entry.sealed is not None else None,
        rule=entry.rule,
        request_id=work.request_id,
        key_id=work.keys.house_key.id,
    )


def _number_clients(work: Work, first: int) -> None:
    """Number the rows of clients with the events that changed them, so that a cached directory knows what to read again.

    `first` is the first event of this transaction.
    """
    work.session.execute(
        update(Client)
        .where(Client.workspace_id == work.workspace_id, Client.id == AuditEvent.object_id)
        .where(AuditEvent.workspace_id == work.workspace_id, AuditEvent.seq >= first)
        .where(AuditEvent.object_type == CLIENT, AuditEvent.digest.is_not(None), Client.changed_seq != AuditEvent.seq)
        .values(changed_seq=AuditEvent.seq)
        .execution_options(synchronize_session=False)
    )
