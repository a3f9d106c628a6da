"""The sealed format a second time, written from its layout and not from privacy.sealed.

HKDF is spelled out with hmac, and AES-GCM goes through the other interface of `cryptography`, so that one mistake in
either place shows. It also seals texts that are padded wrongly, which the real one cannot.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


class RefusedError(Exception):
    """The value does not open."""


@dataclass(frozen=True)
class Place:
    workspace: str
    table: str
    column: str
    row: str
    version: int
    type: str


def aad(header: bytes, place: Place) -> bytes:
    parts = [
        b"fieldenc/v1",
        header,
        place.workspace.encode("utf-8"),
        place.table.encode("utf-8"),
        place.column.encode("utf-8"),
        UUID(place.row).bytes,
        place.version.to_bytes(8, "big"),
        place.type.encode("utf-8"),
    ]
    out = len(parts).to_bytes(2, "big")
    for part in parts:
        out += len(part).to_bytes(4, "big") + part
    return out


def hkdf_sha512(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869."""
    extracted = hmac.new(salt, secret, hashlib.sha512).digest()
    block, out, counter = b"", b"", 1
    while len(out) < length:
        block = hmac.new(extracted, block + info + bytes([counter]), hashlib.sha512).digest()
        out += block
        counter += 1
    return out[:length]


def keys(secret: bytes, salt: bytes, associated: bytes) -> tuple[bytes, bytes, bytes]:
    okm = hkdf_sha512(secret, salt, b"fieldenc/v1/kdf" + hashlib.sha512(associated).digest(), 76)
    return okm[0:32], okm[32:44], okm[44:76]


def seal_padded(secret: bytes, header: bytes, salt: bytes, place: Place, padded: bytes) -> bytes:
    """Any header and any padding, right or wrong."""
    associated = aad(header, place)
    key, nonce, commitment = keys(secret, salt, associated)
    encryptor = Cipher(algorithms.AES256(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(associated)
    return header + salt + commitment + encryptor.update(padded) + encryptor.finalize() + encryptor.tag


def open_blob(secret: bytes, key_id: str, place: Place, blob: bytes) -> bytes:
    if len(blob) < 156 or blob[0:2] != b"FE" or blob[2] != 1 or blob[3] != 1 or blob[4:20] != UUID(key_id).bytes:
        raise RefusedError
    associated = aad(blob[0:20], place)
    key, nonce, commitment = keys(secret, blob[20:44], associated)
    if not hmac.compare_digest(commitment, blob[44:76]):
        raise RefusedError
    decryptor = Cipher(algorithms.AES256(key), modes.GCM(nonce, blob[-16:])).decryptor()
    decryptor.authenticate_additional_data(associated)
    try:
        padded = decryptor.update(blob[76:-16]) + decryptor.finalize()
    except InvalidTag:
        raise RefusedError from None
    end = len(padded) - 1
    while end > 0 and padded[end] == 0:
        end -= 1
    full = next(size for size in [*range(64, 1025, 64), *range(1280, 2**21, 256)] if size >= end + 1)
    if padded[end] != 0x80 or len(padded) != full:
        raise RefusedError
    return padded[:end]
