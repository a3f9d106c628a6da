"""The keys of a workspace: each opens its own rows, is cached for a bounded time, and stays in the process."""

from __future__ import annotations

import copy
import hashlib
import hmac
import pickle
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from privacy.documents import Document
from privacy.grants import Purpose, system_grant
from privacy.kek import FileKek, KekError
from privacy.keys import KeyCache, Keyring, RecordKey, WrappedKey
from privacy.phi import Phi
from privacy.sealed import Cell, FieldAuthError, seal
from tests.privacy.independent import hkdf_sha512

MATCH = system_grant(Purpose.MATCH)
CLIENT = UUID("0192f0c0-0000-7000-8000-0000000000c1")
CELL = Cell("T024BE7LD", "contact_note", "body", UUID("0192f0c0-0000-7000-8000-0000000000aa"), 1, "Note")


class Note(Document):
    body: Phi[str]


class Other(Document):
    text: Phi[str]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def kek(tmp_path: Path) -> FileKek:
    return FileKek.create(tmp_path / "kek")


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _context(row: WrappedKey, workspace: str = "T024BE7LD") -> dict[str, str]:
    """As stored rows were wrapped: a change here means that they no longer unwrap."""
    return {"p": f"{row.kind}-key/v1", "ws": workspace, "id": str(row.id), "ver": str(row.version)}


def _second_version(kek: FileKek) -> WrappedKey:
    row = WrappedKey(uuid4(), "workspace", 2, b"", kek.uri)
    return replace(row, blob=kek.wrap(bytes(range(32)), _context(row)))


def _refused(attempt: Callable[[], object]) -> None:
    with pytest.raises(FieldAuthError) as refusal:
        attempt()
    assert refusal.value.__context__ is None


def test_a_document_is_sealed_and_opened() -> None:
    key = RecordKey(uuid4(), bytes(32))
    value = key.seal(Note(body=Phi("Amber Quince is well.")), CELL)
    assert value.key_id == key.id
    assert key.open(Note, value, CELL).body.reveal(MATCH) == "Amber Quince is well."


def test_whatever_is_wrong_is_one_error() -> None:
    key = RecordKey(uuid4(), bytes(32))
    value = key.seal(Note(body=Phi("Amber Quince is well.")), CELL)
    _refused(lambda: key.open(Other, value, CELL))
    _refused(lambda: key.open(Note, value, replace(CELL, version=2)))
    _refused(lambda: key.open(Note, value, replace(CELL, workspace="\ud800")))
    _refused(lambda: key.open(Note, key.seal_bytes(b"no JSON", CELL), CELL))
    _refused(lambda: key.open_bytes(RecordKey(uuid4(), bytes(32)).seal_bytes(b"x", CELL), CELL))
    _refused(lambda: RecordKey(key.id, bytes(31) + b"1").open_bytes(value, CELL))


def test_a_refusal_carries_neither_key_nor_text_through_its_frames(kek: FileKek) -> None:
    key = RecordKey(uuid4(), bytes(range(100, 132)))
    value = key.seal(Note(body=Phi("Amber Quince is well.")), CELL)
    ring, rows = Keyring.create(kek, "T024BE7LD")
    attempts: list[Callable[[], object]] = [
        lambda: key.open(Other, value, CELL),
        lambda: key.open_bytes(value, replace(CELL, version=2)),
        lambda: key.seal(Note(body=Phi("Amber Quince" * 100_000)), CELL),
        lambda: key.seal(Note(body=Phi("\ud800")), CELL),
        lambda: key.seal_bytes(bytes(2**20), CELL),
        lambda: ring.client_key(CLIENT, uuid4(), ring.new_client_key(CLIENT)[1]),
        lambda: kek.unwrap(rows[0].blob, {}),
    ]
    for attempt in attempts:
        with pytest.raises((FieldAuthError, ValueError, KekError)) as refusal:
            attempt()
        assert refusal.value.__context__ is None
        # A frame's bytes are a key or a text, except the wrapped key that was passed in.
        frames = [frame for frame, _ in traceback.walk_tb(refusal.value.__traceback__)]
        held = [value for frame in frames for value in frame.f_locals.values() if isinstance(value, bytes)]
        assert [value for value in held if value not in (rows[0].blob, bytes(2**20))] == []


def test_an_older_version_opens_and_does_not_seal() -> None:
    older = RecordKey(uuid4(), bytes(32))
    key = RecordKey(uuid4(), bytes(range(32)), {older.id: bytes(32)})
    assert key.open_bytes(older.seal_bytes(b"old", CELL), CELL) == b"old"
    assert key.seal_bytes(b"new", CELL).key_id == key.id
    _refused(lambda: older.open_bytes(key.seal_bytes(b"new", CELL), CELL))


def test_a_fingerprint_is_equal_for_equal_documents_under_one_key() -> None:
    key = RecordKey(uuid4(), bytes(32))
    first = key.fingerprint(Note(body=Phi("Amber")))
    assert first == key.fingerprint(Note(body=Phi("Amber")))
    assert (
        len(
            {
                first,
                key.fingerprint(Note(body=Phi("amber"))),
                RecordKey(uuid4(), bytes(31) + b"1").fingerprint(Note(body=Phi("Amber"))),
            }
        )
        == 3
    )


def test_a_keyring_unlocks_from_its_rows(kek: FileKek) -> None:
    ring, rows = Keyring.create(kek, "T024BE7LD")
    assert [(row.kind, row.version, row.kek_uri) for row in rows] == [("workspace", 1, kek.uri), ("audit", 1, kek.uri)]
    again = Keyring.unlock(kek, "T024BE7LD", rows)
    assert again.house_key.id == ring.house_key.id == rows[0].id
    assert again.house_key.open_bytes(ring.house_key.seal_bytes(b"tokens", CELL), CELL) == b"tokens"
    assert again.genesis() == ring.genesis()
    assert again.index("client", "external_id", "A-1") == ring.index("client", "external_id", "A-1")


def test_a_row_does_not_unlock_elsewhere(kek: FileKek) -> None:
    _, rows = Keyring.create(kek, "T024BE7LD")
    _, foreign = Keyring.create(kek, "T0EVE")
    for wrong in (
        foreign,
        [replace(rows[0], version=2), rows[1]],
        [replace(rows[0], id=uuid4()), rows[1]],
        [replace(rows[1], kind="workspace"), rows[1]],
        [replace(rows[0], blob=b""), rows[1]],
    ):
        with pytest.raises(KekError):
            Keyring.unlock(kek, "T024BE7LD", wrong)


@pytest.mark.parametrize("keep", [[], [0], [1]])
def test_an_incomplete_set_of_rows_says_so(kek: FileKek, keep: list[int]) -> None:
    _, rows = Keyring.create(kek, "T024BE7LD")
    with pytest.raises(KekError, match="not complete"):
        Keyring.unlock(kek, "T024BE7LD", [rows[i] for i in keep])


def test_a_stored_key_of_another_length_is_refused(kek: FileKek) -> None:
    _, rows = Keyring.create(kek, "T024BE7LD")
    short = replace(rows[0], blob=kek.wrap(b"short", _context(rows[0])))
    with pytest.raises(KekError, match="length"):
        Keyring.unlock(kek, "T024BE7LD", [short, rows[1]])


def test_the_newest_version_seals_and_the_older_opens(kek: FileKek) -> None:
    first, rows = Keyring.create(kek, "T024BE7LD")
    second = Keyring.unlock(kek, "T024BE7LD", [_second_version(kek), *rows])
    old_row = first.house_key.seal_bytes(b"tokens", CELL)
    key_id, old_key = first.new_client_key(CLIENT)
    note = first.client_key(CLIENT, key_id, old_key).seal_bytes(b"note", CELL)
    assert second.house_key.id != first.house_key.id
    assert second.house_key.open_bytes(old_row, CELL) == b"tokens"
    assert second.client_key(CLIENT, key_id, old_key).open_bytes(note, CELL) == b"note"
    assert second.new_client_key(CLIENT)[1].key_id == second.house_key.id
    _refused(lambda: first.house_key.open_bytes(second.house_key.seal_bytes(b"tokens", CELL), CELL))


def test_derived_keys_are_what_the_hierarchy_says(kek: FileKek) -> None:
    _, rows = Keyring.create(kek, "T024BE7LD")
    ring = Keyring.unlock(kek, "T024BE7LD", rows)
    secret = kek.unwrap(rows[0].blob, _context(rows[0]))
    house = hkdf_sha512(secret, bytes(64), b"house/v1", 32)
    assert ring.house_key.open_bytes(seal(house, rows[0].id, CELL, b"x"), CELL) == b"x"
    key_id, value = ring.new_client_key(CLIENT)
    wrap = RecordKey(rows[0].id, hkdf_sha512(secret, bytes(64), b"wrap/v1", 32))
    plain = wrap.open_bytes(value, Cell("T024BE7LD", "client_key", "sealed", CLIENT, 1, "key"))
    assert (plain[:16], len(plain)) == (key_id.bytes, 48)
    info = b"index/v1" + b"\0\0\0\x06client" + b"\0\0\0\x0bexternal_id"
    index = hmac.digest(hkdf_sha512(secret, bytes(64), info, 32), b"a-17", "sha256")
    assert ring.index("client", "external_id", " A-17 ") == index


def test_a_client_key_opens_for_its_client_and_its_id_only(kek: FileKek) -> None:
    ring, _ = Keyring.create(kek, "T024BE7LD")
    (first_id, first), (second_id, second) = ring.new_client_key(CLIENT), ring.new_client_key(CLIENT)
    note = ring.client_key(CLIENT, first_id, first).seal_bytes(b"note", CELL)
    assert ring.client_key(CLIENT, first_id, first).open_bytes(note, CELL) == b"note"
    _refused(lambda: ring.client_key(uuid4(), first_id, first))
    _refused(lambda: ring.client_key(CLIENT, first_id, second))
    _refused(lambda: ring.client_key(CLIENT, second_id, first))
    _refused(lambda: Keyring.create(kek, "T024BE7LD")[0].client_key(CLIENT, first_id, first))
    _refused(lambda: ring.client_key(CLIENT, second_id, second).open_bytes(note, CELL))


def test_a_shredded_client_stays_shredded_for_whoever_has_no_row(kek: FileKek) -> None:
    ring, rows = Keyring.create(kek, "T024BE7LD")
    key_id, value = ring.new_client_key(CLIENT)
    note = ring.client_key(CLIENT, key_id, value).seal_bytes(b"note", CELL)
    again = Keyring.unlock(kek, "T024BE7LD", rows)
    _refused(lambda: again.house_key.open_bytes(note, CELL))
    assert again.chain(again.genesis(), 1, b"{}") == ring.chain(ring.genesis(), 1, b"{}")


def test_client_keys_are_cached_for_300_seconds(kek: FileKek, clock: Clock) -> None:
    ring, _ = Keyring.create(kek, "T024BE7LD", clock=clock)
    key_id, value = ring.new_client_key(CLIENT)
    key = ring.client_key(CLIENT, key_id, value)
    clock.now += 299
    assert ring.client_key(CLIENT, key_id, value) is key
    clock.now += 1
    assert ring.client_key(CLIENT, key_id, value) is not key


def test_an_expired_key_is_not_used_while_it_waits_to_be_forgotten(kek: FileKek, clock: Clock) -> None:
    ring, _ = Keyring.create(kek, "T024BE7LD", clock=clock)
    early, late = ((CLIENT, *ring.new_client_key(CLIENT)) for _ in range(2))
    clock.now += 25
    key = ring.client_key(*late)
    clock.now += 280
    ring.client_key(*early)
    assert ring.client_key(*late) is key
    clock.now += 20
    assert ring.client_key(*late) is not key


def test_the_thousand_client_keys_used_last_are_cached(kek: FileKek, clock: Clock) -> None:
    ring, _ = Keyring.create(kek, "T024BE7LD", clock=clock)
    rows = [(CLIENT, *ring.new_client_key(CLIENT)) for _ in range(1001)]
    keys = [ring.client_key(*row) for row in rows[:1000]]
    assert ring.client_key(*rows[0]) is keys[0]
    ring.client_key(*rows[1000])
    assert ring.client_key(*rows[0]) is keys[0]
    assert ring.client_key(*rows[1]) is not keys[1]


def test_an_index_ignores_case_blanks_and_unicode_forms(kek: FileKek) -> None:
    ring, _ = Keyring.create(kek, "T024BE7LD")
    same = {ring.index("client", "external_id", value) for value in ("Ré-17", "  re\u0301-17\n", "RÉ-17")}
    assert len(same) == 1
    assert len(same.pop()) == 32


def test_an_index_is_of_one_column_of_one_workspace(kek: FileKek) -> None:
    ring, _ = Keyring.create(kek, "T024BE7LD")
    other, _ = Keyring.create(kek, "T024BE7LD")
    values = [
        ring.index("client", "external_id", "17"),
        ring.index("client", "external_id", "18"),
        ring.index("client", "medicaid_id", "17"),
        ring.index("clientexternal", "_id", "17"),
        ring.index("contact", "external_id", "17"),
        other.index("client", "external_id", "17"),
    ]
    assert len(set(values)) == len(values)


def test_the_audit_chain_is_what_its_page_says(kek: FileKek) -> None:
    ring, rows = Keyring.create(kek, "T024BE7LD")
    audit = kek.unwrap(rows[1].blob, _context(rows[1]))
    genesis = hmac.digest(audit, b"auditchain/v1/genesis\0\0\0\x09T024BE7LD", hashlib.sha256)
    assert ring.genesis() == genesis
    message = b"auditchain/v1\0\0\0\x09T024BE7LD" + bytes(7) + b"\x01" + genesis + b"\0\0\0\x02{}"
    assert ring.chain(genesis, 1, b"{}") == hmac.digest(audit, message, hashlib.sha256)


def test_every_part_of_an_audit_event_counts(kek: FileKek) -> None:
    ring, _ = Keyring.create(kek, "T024BE7LD")
    other, _ = Keyring.create(kek, "T024BE7LD")
    first = ring.chain(ring.genesis(), 1, b"{}")
    macs = [
        first,
        ring.chain(ring.genesis(), 2, b"{}"),
        ring.chain(ring.genesis(), 1, b"{ }"),
        ring.chain(first, 1, b"{}"),
        other.chain(ring.genesis(), 1, b"{}"),
    ]
    assert len(set(macs)) == len(macs)


@pytest.mark.parametrize(
    ("previous", "seq"), [(b"", 1), (bytes(31), 1), (bytes(33), 1), (bytes(32), 0), (bytes(32), -1), (bytes(32), 2**64)]
)
def test_a_chain_refuses_what_is_no_place_in_it(kek: FileKek, previous: bytes, seq: int) -> None:
    ring, _ = Keyring.create(kek, "T024BE7LD")
    with pytest.raises(ValueError, match="32 bytes"):
        ring.chain(previous, seq, b"{}")


def test_the_newest_audit_key_makes_the_chain(kek: FileKek) -> None:
    first, rows = Keyring.create(kek, "T024BE7LD")
    row = WrappedKey(uuid4(), "audit", 2, b"", kek.uri)
    second = Keyring.unlock(kek, "T024BE7LD", [replace(row, blob=kek.wrap(bytes(32), _context(row))), *rows])
    assert second.genesis() != first.genesis()


def test_keys_stay_in_the_process_and_out_of_sight(kek: FileKek) -> None:
    ring, rows = Keyring.create(kek, "T024BE7LD")
    key = ring.client_key(CLIENT, *ring.new_client_key(CLIENT))
    for kept in (ring, key, KeyCache()):
        for leave in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="neither copied nor stored"):
                leave(kept)
        assert not hasattr(kept, "__dict__")
    assert repr(ring) == f"Keyring({rows[0].id})"
    assert repr(key) == f"RecordKey({key.id})"
    assert "blob" not in repr(rows[0])


def test_a_keyring_is_loaded_once_in_300_seconds(kek: FileKek, clock: Clock) -> None:
    cache = KeyCache(clock)
    rings = [Keyring.create(kek, "T024BE7LD")[0] for _ in range(3)]
    loads: Iterator[Keyring] = iter(rings)
    assert [cache.get("T024BE7LD", lambda: next(loads)) for _ in range(3)] == [rings[0]] * 3
    clock.now += 300
    assert cache.get("T024BE7LD", lambda: next(loads)) is rings[1]
    cache.clear()
    assert cache.get("T024BE7LD", lambda: next(loads)) is rings[2]


def test_workspaces_do_not_share_a_keyring(kek: FileKek) -> None:
    cache = KeyCache()
    rings = {name: Keyring.create(kek, name)[0] for name in ("T1AAA", "T2BBB")}
    for name, ring in rings.items():
        assert cache.get(name, lambda ring=ring: ring) is ring
    for name, ring in rings.items():
        assert cache.get(name, lambda: rings["T1AAA"]) is ring


def test_a_load_that_fails_is_tried_again(kek: FileKek) -> None:
    cache = KeyCache()
    ring, _ = Keyring.create(kek, "T024BE7LD")

    def fail() -> Keyring:
        raise KekError("gone")

    with pytest.raises(KekError):
        cache.get("T024BE7LD", fail)
    assert cache.get("T024BE7LD", lambda: ring) is ring


def test_what_was_loading_while_everything_is_forgotten_is_not_kept(kek: FileKek) -> None:
    cache = KeyCache()
    stale, fresh = (Keyring.create(kek, "T024BE7LD")[0] for _ in range(2))

    def slow() -> Keyring:
        cache.clear()
        return stale

    assert cache.get("T024BE7LD", slow) is stale
    assert cache.get("T024BE7LD", lambda: fresh) is fresh


def test_expired_keys_are_forgotten_even_if_nobody_asks_for_them(kek: FileKek, clock: Clock) -> None:
    cache = KeyCache(clock)
    ring, _ = Keyring.create(kek, "T1AAA")
    before = sys.getrefcount(ring)
    cache.get("T1AAA", lambda: ring)
    clock.now += 330
    cache.get("T2BBB", lambda: Keyring.create(kek, "T2BBB")[0])
    assert sys.getrefcount(ring) == before
