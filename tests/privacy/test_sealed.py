"""The sealed format: whatever is changed, it does not open, and one error says so without saying why."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Final
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy import sealed
from privacy.sealed import MAX_PLAIN, Cell, FieldAuthError, Sealed
from tests.privacy import independent
from tests.privacy.independent import Place

SECRET: Final = bytes(range(32))
KEY_ID: Final = UUID("0192f0c0-0000-7000-8000-000000000001")
ROW: Final = UUID("0192f0c0-0000-7000-8000-0000000000aa")
CELL: Final = Cell("T024BE7LD", "contact_note", "body", ROW, 1, "str")
TEXTS: Final = [b"Amber Quince called", b"Amber Quince " * 38, b"Amber Quince " * 90]


def _refused(attempt: Callable[[], object]) -> None:
    with pytest.raises(FieldAuthError) as refusal:
        attempt()
    assert type(refusal.value) is FieldAuthError
    assert str(refusal.value) == "This sealed value does not open."
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize("text", TEXTS, ids=len)
def test_a_value_opens_where_it_was_sealed(text: bytes) -> None:
    assert sealed.open(SECRET, KEY_ID, CELL, sealed.seal(SECRET, KEY_ID, CELL, text)) == text


@pytest.mark.parametrize("text", TEXTS, ids=len)
def test_every_flipped_bit_is_refused(text: bytes) -> None:
    blob = sealed.seal(SECRET, KEY_ID, CELL, text).blob
    opened = 0
    for bit in range(len(blob) * 8):
        changed = bytearray(blob)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            sealed.open(SECRET, KEY_ID, CELL, Sealed(bytes(changed)))
            opened += 1
        except FieldAuthError:
            pass
    assert opened == 0


@pytest.mark.parametrize("text", TEXTS, ids=len)
def test_every_truncation_and_extension_is_refused(text: bytes) -> None:
    blob = sealed.seal(SECRET, KEY_ID, CELL, text).blob
    for changed in [blob[:end] for end in range(len(blob))] + [blob + bytes(more) for more in range(1, 600)]:
        _refused(lambda changed=changed: sealed.open(SECRET, KEY_ID, CELL, Sealed(changed)))


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(CELL, workspace="T024BE7LE"),
        replace(CELL, workspace=""),
        replace(CELL, table="contact"),
        replace(CELL, column="summary"),
        replace(CELL, table="contact_noteb", column="ody"),
        replace(CELL, table="body", column="contact_note"),
        replace(CELL, row=UUID(int=ROW.int + 1)),
        replace(CELL, version=0),
        replace(CELL, version=2),
        replace(CELL, type="bytes"),
        replace(CELL, type=""),
    ],
    ids=repr,
)
def test_a_value_does_not_open_in_another_cell(elsewhere: Cell) -> None:
    value = sealed.seal(SECRET, KEY_ID, CELL, TEXTS[0])
    _refused(lambda: sealed.open(SECRET, KEY_ID, elsewhere, value))


def test_a_value_does_not_open_with_another_key() -> None:
    value = sealed.seal(SECRET, KEY_ID, CELL, TEXTS[0])
    _refused(lambda: sealed.open(SECRET[::-1], KEY_ID, CELL, value))
    _refused(lambda: sealed.open(b"", KEY_ID, CELL, value))
    _refused(lambda: sealed.open(SECRET, UUID(int=KEY_ID.int + 1), CELL, value))


def test_a_value_moved_under_another_key_id_does_not_open() -> None:
    other = UUID(int=KEY_ID.int + 1)
    blob = sealed.seal(SECRET, KEY_ID, CELL, TEXTS[0]).blob
    _refused(lambda: sealed.open(SECRET, other, CELL, Sealed(blob[:4] + other.bytes + blob[20:])))


@pytest.mark.parametrize("value", [None, "FE", 156, bytearray(156), memoryview(bytes(156)), b"", b"FE\x01\x01" * 39])
def test_only_bytes_of_the_right_shape_are_tried(value: object) -> None:
    def attempt() -> bytes:
        return sealed.open(SECRET, KEY_ID, CELL, Sealed(value))  # pyright: ignore[reportArgumentType] - the point

    _refused(attempt)


def test_a_length_that_no_seal_has_is_not_even_tried() -> None:
    blob = sealed.seal(SECRET, KEY_ID, CELL, b"x" * 1279).blob
    for length in (92, 155, 157, 1024 + 92 + 64):
        _refused(lambda length=length: Sealed(blob[:length]))
    assert Sealed(blob[: 92 + 64]).key_id == KEY_ID


def test_a_sealed_value_shows_its_key_and_nothing_else() -> None:
    value = sealed.seal(SECRET, KEY_ID, CELL, b"Amber Quince")
    assert repr(value) == "Sealed(•••)"
    assert value.blob[4:20] == KEY_ID.bytes
    assert value.key_id == KEY_ID


@pytest.mark.parametrize(
    ("length", "stored"),
    [(0, 64), (63, 64), (64, 128), (500, 512), (1023, 1024), (1024, 1280), (1279, 1280), (1280, 1536), (3000, 3072)],
)
def test_the_stored_length_says_the_bucket_only(length: int, stored: int) -> None:
    assert len(sealed.seal(SECRET, KEY_ID, CELL, b"x" * length).blob) == 92 + stored


def test_equal_texts_are_stored_differently() -> None:
    values = {sealed.seal(SECRET, KEY_ID, CELL, TEXTS[0]) for _ in range(1000)}
    assert len({value.blob[20:44] for value in values}) == 1000
    assert len({value.digest() for value in values}) == 1000


def test_the_largest_text_is_sealed_and_one_byte_more_is_not() -> None:
    value = sealed.seal(SECRET, KEY_ID, CELL, bytes(MAX_PLAIN))
    assert len(sealed.open(SECRET, KEY_ID, CELL, value)) == MAX_PLAIN
    with pytest.raises(ValueError, match="1 MiB"):
        sealed.seal(SECRET, KEY_ID, CELL, bytes(MAX_PLAIN + 1))
    _refused(lambda: Sealed(value.blob + bytes(256)))


@pytest.mark.parametrize(("secret", "salt"), [(b"short", bytes(24)), (bytes(33), bytes(24)), (SECRET, bytes(23))])
def test_a_key_or_salt_of_another_length_is_refused(secret: bytes, salt: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        sealed.seal(secret, KEY_ID, CELL, b"x", salt=salt)


@pytest.mark.parametrize("version", [-1, 2**64])
def test_a_cell_refuses_a_version_that_it_cannot_bind(version: int) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        replace(CELL, version=version)


@settings(max_examples=60, deadline=None)
@given(
    plain=st.binary(max_size=1500),
    names=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=4, max_size=4),
    row=st.uuids(),
    version=st.integers(0, 2**64 - 1),
)
def test_the_independent_implementation_reads_whatever_we_write(
    plain: bytes, names: list[str], row: UUID, version: int
) -> None:
    workspace, table, column, kind = names
    blob = sealed.seal(SECRET, KEY_ID, Cell(workspace, table, column, row, version, kind), plain).blob
    place = Place(workspace, table, column, str(row), version, kind)
    assert independent.open_blob(SECRET, str(KEY_ID), place, blob) == plain


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 3))
def test_noise_is_refused_and_nothing_else_happens(noise: bytes, start: int) -> None:
    _refused(lambda: sealed.open(SECRET, KEY_ID, CELL, Sealed((b"FE\x01\x01" + KEY_ID.bytes)[: start * 10] + noise)))


# GCM alone lets one ciphertext be valid under two keys. The test below builds such a one.

_REDUCTION: Final = 0xE1 << 120


def _multiply(x: int, y: int) -> int:
    """The product in GCM's field, first bit highest."""
    product = 0
    for bit in range(127, -1, -1):
        if x >> bit & 1:
            product ^= y
        y = (y >> 1) ^ (_REDUCTION if y & 1 else 0)
    return product


def _power(x: int, exponent: int) -> int:
    result = 1 << 127
    while exponent:
        if exponent & 1:
            result = _multiply(result, x)
        x, exponent = _multiply(x, x), exponent >> 1
    return result


def _tag(key: bytes, nonce: bytes, associated: bytes, text: bytes) -> int:
    """The GCM tag of a ciphertext of which nobody needs to know the plain text."""
    keystream = AESGCM(key).encrypt(nonce, bytes(len(text)), None)[:-16]
    plain = bytes(a ^ b for a, b in zip(text, keystream, strict=True))
    return int.from_bytes(AESGCM(key).encrypt(nonce, plain, associated)[-16:], "big")


def _hash_key(key: bytes) -> int:
    """H is AES of the zero block: two tags over one differing block give it back as their difference."""
    nonce = bytes(12)
    difference = _tag(key, nonce, b"", bytes(16)) ^ _tag(key, nonce, b"", (1 << 127).to_bytes(16, "big"))
    return _power(difference, 2**127)  # The difference is H squared, and this is its root.


def _salamander(secrets: tuple[bytes, bytes], salt: bytes, associated: bytes) -> tuple[list[bytes], bytes]:
    """Both commitments, and one body of 64 bytes and tag that GCM accepts under both derived keys."""
    (key_1, nonce_1, commit_1), (key_2, nonce_2, commit_2) = (
        independent.keys(secret, salt, associated) for secret in secrets
    )
    stream = AESGCM(key_1).encrypt(nonce_1, bytes(64), None)
    last = bytes(a ^ b for a, b in zip(stream[48:64], b"\x80" + bytes(15), strict=True))
    # Block 1 is free, the rest is fixed. It stands four factors before the end: blocks 1, 2, 3 and the lengths.
    text = random.Random(7).randbytes(16) + bytes(16) + random.Random(8).randbytes(16) + last
    gap = _tag(key_1, nonce_1, associated, text) ^ _tag(key_2, nonce_2, associated, text)
    weight = _power(_hash_key(key_1), 4) ^ _power(_hash_key(key_2), 4)
    free = _multiply(gap, _power(weight, 2**128 - 2)).to_bytes(16, "big")
    text = text[:16] + free + text[32:]
    return [commit_1, commit_2], text + _tag(key_1, nonce_1, associated, text).to_bytes(16, "big")


def test_a_ciphertext_that_gcm_accepts_under_two_keys_opens_under_one() -> None:
    secrets = (os.urandom(32), os.urandom(32))
    salt, header = os.urandom(24), b"FE\x01\x01" + KEY_ID.bytes
    associated = independent.aad(header, Place(CELL.workspace, CELL.table, CELL.column, str(ROW), 1, "str"))
    commitments, body = _salamander(secrets, salt, associated)
    for secret in secrets:
        key, nonce, _ = independent.keys(secret, salt, associated)
        assert len(AESGCM(key).decrypt(nonce, body, associated)) == 64
        with pytest.raises(InvalidTag):
            AESGCM(key).decrypt(nonce, bytes([body[0] ^ 1]) + body[1:], associated)
    value = Sealed(header + salt + commitments[0] + body)
    assert len(sealed.open(secrets[0], KEY_ID, CELL, value)) == 48
    _refused(lambda: sealed.open(secrets[1], KEY_ID, CELL, value))
