"""Keys in many threads at once: no value is ever sealed under another workspace's key."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest

from privacy.documents import Document
from privacy.grants import Purpose, system_grant
from privacy.kek import FileKek
from privacy.keys import KeyCache, Keyring
from privacy.phi import Phi
from privacy.sealed import Cell, Sealed

MATCH = system_grant(Purpose.MATCH)
CLIENT = UUID("0192f0c0-0000-7000-8000-0000000000c1")


class Note(Document):
    body: Phi[str]


@pytest.fixture
def kek(tmp_path: Path) -> FileKek:
    return FileKek.create(tmp_path / "kek")


@pytest.fixture
def _hurried() -> Iterator[None]:
    """Threads change places every 10 microseconds, so that a race shows."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("_hurried")
def test_threads_never_seal_under_another_workspaces_key(kek: FileKek) -> None:
    names = [f"T{i}WORKSPACE" for i in range(8)]
    made = {name: Keyring.create(kek, name) for name in names}
    cache = KeyCache()
    clients = {name: (CLIENT, *made[name][0].new_client_key(CLIENT)) for name in names}
    start = threading.Barrier(8)

    def work(thread: int) -> list[tuple[str, int, Sealed]]:
        start.wait()
        written: list[tuple[str, int, Sealed]] = []
        for i in range(400):
            name = names[(thread + i) % 8]
            ring = cache.get(name, lambda name=name: Keyring.unlock(kek, name, made[name][1]))
            key = ring.client_key(*clients[name])
            cell = Cell(name, "contact_note", "body", CLIENT, i, "Note")
            value = key.seal(Note(body=Phi(f"{name} {thread} {i}")), cell)
            assert key.open(Note, value, cell).body.reveal(MATCH) == f"{name} {thread} {i}"
            written.append((name, i, value))
        return written

    with ThreadPoolExecutor(8) as pool:
        written = [item for items in pool.map(work, range(8)) for item in items]
    assert len(written) == 3200
    keys = {name: made[name][0].client_key(*clients[name]) for name in names}
    for name, i, value in written:
        cell = Cell(name, "contact_note", "body", CLIENT, i, "Note")
        assert keys[name].open(Note, value, cell).body.reveal(MATCH).startswith(name)
