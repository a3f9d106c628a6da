"""The sealed value, format v1: framing around primitives of `cryptography`.

Here: bytes in, bytes out. Not here: where keys come from (keys, kek) and what the bytes mean (documents).

    0   2  magic "FE"
    2   1  format 01
    3   1  suite 01: HKDF-SHA512, AES-256-GCM, 32-byte commitment
    4  16  key id
   20  24  salt, random
   44  32  commitment to key, salt and AAD
   76   n  AES-256-GCM of the padded text (ISO 7816-4, to 64 bytes up to 1 KB, then to 256; never compressed)
 76+n  16  tag

    AAD  = u16 count, then each part after its u32 length:
           "fieldenc/v1", bytes 0–19, workspace, table, column, row (16 bytes), version (u64), type
    keys = HKDF-SHA512(secret, salt, "fieldenc/v1/kdf" ‖ SHA-512(AAD)) → 32 key ‖ 12 nonce ‖ 32 commitment

Key and nonce are derived anew from 192 random bits per seal, so a secret has no practical limit of uses. The commitment
makes a value open under one key only, which GCM alone does not promise.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_START: Final = b"FE\x01\x01"
_HEADER: Final = 20
_SALT: Final = 24
_COMMITMENT: Final = 32
_BODY: Final = _HEADER + _SALT + _COMMITMENT
_TAG: Final = 16
_SECRET: Final = 32
MAX_PLAIN: Final = 1_048_575


class FieldAuthError(Exception):
    """A sealed value did not open. There is no detail, so that nobody learns which check failed."""

    def __init__(self) -> None:
        super().__init__("This sealed value does not open.")


@dataclass(frozen=True)
class Cell:
    """The place that a value is bound to; it opens nowhere else.

    Errors: ValueError when the version is not a u64.
    """

    workspace: str
    table: str
    column: str
    row: UUID
    version: int
    type: str

    def __post_init__(self) -> None:
        if not 0 <= self.version < 2**64:
            raise ValueError("A row version is a whole number of 64 bits.")


@dataclass(frozen=True, slots=True, repr=False)
class Sealed:
    """The bytes of one sealed value, of a shape that can be tried.

    Errors: FieldAuthError for another magic, format or suite, or a length that no seal has.
    """

    blob: bytes

    def __post_init__(self) -> None:
        padded = len(self.blob) - _BODY - _TAG if type(self.blob) is bytes else 0
        if not 0 < padded <= MAX_PLAIN + 1 or padded != _bucket(padded) or not self.blob.startswith(_START):
            raise FieldAuthError

    @property
    def key_id(self) -> UUID:
        """The id of the key that opens this value."""
        return UUID(bytes=self.blob[len(_START) : _HEADER])

    def digest(self) -> bytes:
        """SHA-256 of the bytes, for the audit event of the write."""
        return hashlib.sha256(self.blob).digest()

    def __repr__(self) -> str:
        return "Sealed(•••)"


class _Keys(NamedTuple):
    key: bytes
    nonce: bytes
    commitment: bytes


def seal(secret: bytes, key_id: UUID, cell: Cell, plain: bytes, *, salt: bytes | None = None) -> Sealed:
    """The plain bytes sealed for one cell. The salt is given by known-answer tests only.

    Errors: ValueError when a length is wrong.
    """
    salt = os.urandom(_SALT) if salt is None else salt
    if len(secret) != _SECRET or len(salt) != _SALT or len(plain) > MAX_PLAIN:
        raise ValueError("A secret has 32 bytes, a salt 24, a plain text less than 1 MiB.")
    header = _START + key_id.bytes
    aad = _aad(header, cell)
    keys = _derive(secret, salt, aad)
    return Sealed(header + salt + keys.commitment + AESGCM(keys.key).encrypt(keys.nonce, _pad(plain), aad))


def open(secret: bytes, key_id: UUID, cell: Cell, sealed: Sealed) -> bytes:  # noqa: A001 - the pair of seal
    """The plain bytes of a value that was sealed with this key for this cell.

    Errors: FieldAuthError, whatever is wrong.
    """
    if sealed.key_id != key_id:
        raise FieldAuthError
    blob = sealed.blob
    aad = _aad(blob[:_HEADER], cell)
    keys = _derive(secret, blob[_HEADER : _HEADER + _SALT], aad)
    if not hmac.compare_digest(keys.commitment, blob[_HEADER + _SALT : _BODY]):
        raise FieldAuthError
    try:
        padded = AESGCM(keys.key).decrypt(keys.nonce, blob[_BODY:], aad)
    except InvalidTag:
        raise FieldAuthError from None
    plain = padded.rstrip(b"\0")[:-1]
    # Padding again covers every rule at once: the 80 byte, the zeros, and the one bucket for this length.
    if _pad(plain) != padded:
        raise FieldAuthError
    return plain


def length_prefixed(part: bytes) -> bytes:
    """The part after its length, so that parts joined together are read back in one way only.

    Shape: u32 big-endian, then the part.
    """
    return struct.pack(">I", len(part)) + part


def _aad(header: bytes, cell: Cell) -> bytes:
    parts = (
        b"fieldenc/v1",
        header,
        cell.workspace.encode(),
        cell.table.encode(),
        cell.column.encode(),
        cell.row.bytes,
        struct.pack(">Q", cell.version),
        cell.type.encode(),
    )
    return struct.pack(">H", len(parts)) + b"".join(length_prefixed(part) for part in parts)


def _derive(secret: bytes, salt: bytes, aad: bytes) -> _Keys:
    info = b"fieldenc/v1/kdf" + hashlib.sha512(aad).digest()
    okm = HKDF(SHA512(), 32 + 12 + _COMMITMENT, salt, info).derive(secret)
    return _Keys(okm[:32], okm[32:44], okm[44:])


def _bucket(length: int) -> int:
    step = 64 if length <= 1024 else 256
    return -(-length // step) * step


def _pad(plain: bytes) -> bytes:
    return (plain + b"\x80").ljust(_bucket(len(plain) + 1), b"\0")
