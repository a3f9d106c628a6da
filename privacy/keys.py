"""The keys of a workspace in memory: made, unlocked, used, cached for at most 300 seconds.

Here: the hierarchy workspace key → client key, and what is derived. Not here: where wrapped keys are stored (models), when
they are rotated (services), and the format of a sealed value (sealed). Python cannot wipe memory: an expired key is
forgotten, not overwritten.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, Generic, Literal, NoReturn, SupportsIndex, TypeAlias, TypeVar, final
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from privacy.documents import D, Document, from_json, to_json
from privacy.kek import KekError, KekProvider
from privacy.sealed import Cell, FieldAuthError, Sealed, length_prefixed, seal
from privacy.sealed import open as unseal

K = TypeVar("K")
V = TypeVar("V")
Clock: TypeAlias = Callable[[], float]
Kind: TypeAlias = Literal["workspace", "audit"]

_LENGTH: Final = 32
_MAC: Final = 32
_CACHED: Final = 1000
_SECONDS: Final = 300.0


class _Pinned:
    """Something that stays in this process: it is neither pickled nor copied."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        raise TypeError(f"A {type(self).__name__} is neither copied nor stored.")


@final
class RecordKey(_Pinned):
    """A key that seals and opens rows; older versions of it, if any, only open."""

    __slots__ = ("_secret", "_secrets", "id")

    def __init__(self, key_id: UUID, secret: bytes, older: Mapping[UUID, bytes] | None = None) -> None:
        self.id: Final = key_id
        self._secret = secret
        self._secrets = {**(older or {}), key_id: secret}

    def __repr__(self) -> str:
        return f"RecordKey({self.id})"

    def seal(self, document: Document, cell: Cell) -> Sealed:
        """The document sealed for the cell.

        Errors: ValueError when the document has no JSON form or makes 1 MiB or more.
        """
        # Raised from this frame, here and below: a traceback that prints locals must reach no frame with secrets in it.
        with suppress(Exception):
            return seal(self._secret, self.id, cell, to_json(document))
        raise ValueError("This document cannot be sealed: it has no JSON form, or makes 1 MiB or more.")

    def open(self, kind: type[D], sealed: Sealed, cell: Cell) -> D:
        """The document again, its Phi fields wrapped.

        Errors: FieldAuthError, whatever is wrong.
        """
        with suppress(Exception):
            return from_json(kind, self.open_bytes(sealed, cell))
        raise FieldAuthError

    def seal_bytes(self, plain: bytes, cell: Cell) -> Sealed:
        """The bytes sealed for the cell.

        Errors: ValueError when there are 1 MiB or more.
        """
        with suppress(Exception):
            return seal(self._secret, self.id, cell, plain)
        raise ValueError("These bytes cannot be sealed: they are 1 MiB or more.")

    def open_bytes(self, sealed: Sealed, cell: Cell) -> bytes:
        """The bytes again.

        Errors: FieldAuthError, whatever is wrong.
        """
        with suppress(Exception):
            return unseal(self._secrets[sealed.key_id], sealed.key_id, cell, sealed)
        raise FieldAuthError

    def open_and_fingerprint(self, kind: type[D], sealed: Sealed, cell: Cell) -> tuple[D, bytes]:
        """The document again, and the fingerprint of what was sealed, whatever fields such documents have had since.

        Errors: FieldAuthError, whatever is wrong.
        """
        with suppress(Exception):
            plain = self.open_bytes(sealed, cell)
            return from_json(kind, plain), self._fingerprint(plain)
        raise FieldAuthError

    def fingerprint(self, document: Document) -> bytes:
        """32 bytes that are equal for equal documents under the same key, and say nothing without it."""
        return self._fingerprint(to_json(document))

    def _fingerprint(self, plain: bytes) -> bytes:
        return hmac.digest(_derived(self._secret, b"fingerprint/v1"), plain, hashlib.sha256)


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A key as it is stored: one row, useless without the KEK that its address names."""

    id: UUID
    kind: Kind
    version: int
    blob: bytes = field(repr=False)
    kek_uri: str


@final
class Keyring(_Pinned):
    """One workspace's keys, unwrapped. The newest version seals; older ones open."""

    __slots__ = ("_audit", "_clients", "_house", "_index", "_wrap", "workspace")

    def __init__(
        self, workspace: str, versions: Sequence[tuple[UUID, bytes]], audit: bytes, *, clock: Clock = time.monotonic
    ) -> None:
        """Versions are (id, key), oldest first. Made by create() and unlock()."""
        self.workspace: Final = workspace
        self._house = _newest(versions, b"house/v1")
        self._wrap = _newest(versions, b"wrap/v1")
        self._index = versions[-1][1]
        self._audit = audit
        self._clients: _Cache[tuple[UUID, UUID, Sealed], RecordKey] = _Cache(clock)

    def __repr__(self) -> str:
        return f"Keyring({self.house_key.id})"

    @classmethod
    def create(
        cls, kek: KekProvider, workspace: str, *, clock: Clock = time.monotonic
    ) -> tuple[Keyring, list[WrappedKey]]:
        """New workspace and audit keys, unlocked, and the same as rows to store.

        Errors: KekError when the KEK cannot be used.
        """
        key, workspace_row = _new(kek, workspace, "workspace")
        audit, audit_row = _new(kek, workspace, "audit")
        return cls(workspace, [(workspace_row.id, key)], audit, clock=clock), [workspace_row, audit_row]

    @classmethod
    def unlock(
        cls, kek: KekProvider, workspace: str, wrapped: Sequence[WrappedKey], *, clock: Clock = time.monotonic
    ) -> Keyring:
        """The keys of the stored rows.

        Errors: KekError when a row does not unwrap or a kind is missing.
        """
        rows = sorted(wrapped, key=lambda row: row.version)
        versions = [(row.id, _unwrap(kek, workspace, row)) for row in rows if row.kind == "workspace"]
        audits = [row for row in rows if row.kind == "audit"]
        if not versions or not audits:
            raise KekError("The keys of this workspace are not complete. Restore them from a backup.")
        return cls(workspace, versions, _unwrap(kek, workspace, audits[-1]), clock=clock)

    @property
    def house_key(self) -> RecordKey:
        """The key for rows that belong to no client; its id is the workspace key's."""
        return self._house

    def new_client_key(self, client: UUID) -> tuple[UUID, Sealed]:
        """A new key for a client: its id, and the key itself sealed, for one row. Deleting that row shreds the client."""
        key_id = uuid4()
        return key_id, self._wrap.seal_bytes(key_id.bytes + os.urandom(_LENGTH), self._client_cell(client))

    def client_key(self, client: UUID, key_id: UUID, sealed: Sealed) -> RecordKey:
        """The client's key out of its row.

        Errors: FieldAuthError when the row is not this client's or this key's.
        """
        return self._clients.get((client, key_id, sealed), lambda: self.passing_client_key(client, key_id, sealed))

    def passing_client_key(self, client: UUID, key_id: UUID, sealed: Sealed) -> RecordKey:
        """The same, kept nowhere: for whoever goes through all clients and would drive out the keys that are in use.

        Errors: FieldAuthError as before.
        """
        plain = self._wrap.open_bytes(sealed, self._client_cell(client))
        # The id is sealed with the key: two versions of one client's key cannot change places.
        if len(plain) != 16 + _LENGTH or plain[:16] != key_id.bytes:
            del plain
            raise FieldAuthError
        return RecordKey(key_id, plain[16:])

    def index(self, table: str, column: str, value: str) -> bytes:
        """32 bytes that are equal for equal values, ignoring case, outer blanks and Unicode forms.

        The workspace key's newest version makes them, so a rotation computes the column again.
        """
        info = b"index/v1" + length_prefixed(table.encode()) + length_prefixed(column.encode())
        text = unicodedata.normalize("NFC", value).strip().casefold()
        return hmac.digest(_derived(self._index, info), text.encode(), hashlib.sha256)

    def genesis(self) -> bytes:
        """The MAC that stands before the first audit event."""
        workspace = length_prefixed(self.workspace.encode())
        return hmac.digest(self._audit, b"auditchain/v1/genesis" + workspace, hashlib.sha256)

    def chain(self, previous: bytes, seq: int, event: bytes) -> bytes:
        """The MAC of an audit event, over the one before it.

        Errors: ValueError when previous is not a MAC or seq not a u64.
        """
        if len(previous) != _MAC or not 0 < seq < 2**64:
            raise ValueError("An audit event follows a MAC of 32 bytes and has a number from 1.")
        workspace = length_prefixed(self.workspace.encode())
        message = b"auditchain/v1" + workspace + struct.pack(">Q", seq) + previous + length_prefixed(event)
        return hmac.digest(self._audit, message, hashlib.sha256)

    def _client_cell(self, client: UUID) -> Cell:
        return Cell(self.workspace, "client_key", "sealed", client, version=1, type="key")


@final
class KeyCache(_Pinned):
    """Keyrings by workspace, so that the KEK's provider is asked once in 300 seconds; thread-safe."""

    __slots__ = ("_rings",)

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._rings: _Cache[str, Keyring] = _Cache(clock)

    def get(self, workspace: str, load: Callable[[], Keyring]) -> Keyring:
        """The workspace's keyring, loaded when there is none or it is 300 seconds old. What load raises is not kept."""
        return self._rings.get(workspace, load)

    def clear(self) -> None:
        """Forget everything now, loads under way included."""
        self._rings.clear()


class _Cache(Generic[K, V]):
    """At most 1,000 values, at most 300 seconds each; the least recently used one goes first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._entries: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._generation = 0
        self._sweep_at = clock() + _SECONDS

    def get(self, key: K, load: Callable[[], V]) -> V:
        now = self._clock()
        with self._lock:
            self._sweep(now)
            generation = self._generation
            entry = self._entries.get(key)
            if entry and entry[0] > now:
                self._entries.move_to_end(key)
                return entry[1]
        # Outside the lock: a slow key service holds up its own workspace only. Loading twice does no harm.
        value = load()
        with self._lock:
            if generation == self._generation:
                self._entries[key] = (now + _SECONDS, value)
                self._entries.move_to_end(key)
                while len(self._entries) > _CACHED:
                    self._entries.popitem(last=False)
        return value

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._generation += 1

    def _sweep(self, now: float) -> None:
        """Forget what expired, now and then, even if nobody asks for it again."""
        if now < self._sweep_at:
            return
        for key in [key for key, (expires, _) in self._entries.items() if expires <= now]:
            del self._entries[key]
        self._sweep_at = now + _SECONDS / 10


def _derived(key: bytes, info: bytes) -> bytes:
    return HKDF(SHA512(), _LENGTH, None, info).derive(key)


def _newest(versions: Sequence[tuple[UUID, bytes]], info: bytes) -> RecordKey:
    secrets = {key_id: _derived(key, info) for key_id, key in versions}
    newest = versions[-1][0]
    return RecordKey(newest, secrets[newest], secrets)


def _context(workspace: str, key_id: UUID, kind: Kind, version: int) -> dict[str, str]:
    return {"p": f"{kind}-key/v1", "ws": workspace, "id": str(key_id), "ver": str(version)}


def _new(kek: KekProvider, workspace: str, kind: Kind) -> tuple[bytes, WrappedKey]:
    key, key_id = os.urandom(_LENGTH), uuid4()
    blob = kek.wrap(key, _context(workspace, key_id, kind, 1))
    return key, WrappedKey(key_id, kind, 1, blob, kek.uri)


def _unwrap(kek: KekProvider, workspace: str, row: WrappedKey) -> bytes:
    key = kek.unwrap(row.blob, _context(workspace, row.id, row.kind, row.version))
    if len(key) != _LENGTH:
        raise KekError("A stored key has the wrong length. Restore it from a backup.")
    return key
