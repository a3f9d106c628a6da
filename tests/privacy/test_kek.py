"""The file with the key-encryption key: made once, kept private, refused with a sentence when it is not."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from privacy.kek import FileKek, KekError, KekProvider, open_kek

CONTEXT = {"p": "workspace-key/v1", "ws": "T024BE7LD", "ver": "1"}
KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "kek"


@pytest.fixture
def kek(path: Path) -> FileKek:
    return FileKek.create(path)


def _refusal(kek: KekProvider) -> str:
    with pytest.raises(KekError) as refusal:
        kek.check()
    with pytest.raises(KekError):
        kek.wrap(KEY, CONTEXT)
    return str(refusal.value)


def test_a_new_key_file_is_private_and_holds_32_bytes(kek: FileKek, path: Path) -> None:
    status = path.stat()
    assert stat.S_IMODE(status.st_mode) == 0o600
    assert status.st_size == 32
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    kek.check()


def test_a_key_unwraps_under_the_same_context(kek: FileKek) -> None:
    assert kek.unwrap(kek.wrap(KEY, CONTEXT), dict(reversed(CONTEXT.items()))) == KEY


def test_a_wrapped_key_says_nothing(kek: FileKek, path: Path) -> None:
    first, second = kek.wrap(KEY, CONTEXT), kek.wrap(KEY, CONTEXT)
    assert first != second
    assert KEY not in first
    assert path.read_bytes() not in first


@pytest.mark.parametrize(
    "context",
    [{}, {**CONTEXT, "ws": "T024BE7LE"}, {**CONTEXT, "ver": "2"}, {**CONTEXT, "more": ""}, {"p": CONTEXT["p"]}],
)
def test_a_key_does_not_unwrap_under_another_context(kek: FileKek, context: dict[str, str]) -> None:
    blob = kek.wrap(KEY, CONTEXT)
    with pytest.raises(KekError, match="does not open"):
        kek.unwrap(blob, context)


def test_a_damaged_wrapped_key_is_refused(kek: FileKek) -> None:
    blob = kek.wrap(KEY, CONTEXT)
    for damaged in (b"", blob[:-1], blob + b"\0", blob[:80] + bytes([blob[80] ^ 1]) + blob[81:]):
        with pytest.raises(KekError, match="does not open"):
            kek.unwrap(damaged, CONTEXT)


def test_another_key_file_does_not_open_it(kek: FileKek, tmp_path: Path) -> None:
    blob = kek.wrap(KEY, CONTEXT)
    other = FileKek.create(tmp_path / "other")
    with pytest.raises(KekError, match="Put back the file"):
        other.unwrap(blob, CONTEXT)


def test_an_existing_file_is_never_overwritten(kek: FileKek, path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(KekError, match="exists already"):
        FileKek.create(path)
    assert path.read_bytes() == before


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KekError, match="exists already"):
        FileKek.create(tmp_path / "link")
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_that_could_not_be_written_whole_is_removed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KekError, match="No space left"):
        FileKek.create(path)
    assert not path.exists()


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KekError, match="cannot be made"):
        FileKek.create(tmp_path / "file" / "kek")


def test_a_missing_file_says_what_to_do(path: Path) -> None:
    assert "Run noted init" in _refusal(FileKek(path))


def test_the_file_is_read_at_each_use(kek: FileKek, path: Path) -> None:
    path.unlink()
    assert "There is no key file" in _refusal(kek)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601, 0o777])
def test_a_file_that_others_can_use_is_refused(kek: FileKek, path: Path, mode: int) -> None:
    path.chmod(mode)
    assert "chmod 600" in _refusal(kek)


@pytest.mark.parametrize("content", [b"", b"short", bytes(31), bytes(33), bytes(64)])
def test_a_file_of_another_length_is_refused(kek: FileKek, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert "exactly 32 bytes" in _refusal(kek)


def test_a_link_is_refused(kek: FileKek, path: Path) -> None:
    path.rename(path.with_name("real"))
    path.symlink_to("real")
    assert "symbolic link" in _refusal(kek)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir(mode=0o700)
    assert "not a plain file" in _refusal(FileKek(tmp_path / "folder"))
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert "not a plain file" in _refusal(FileKek(tmp_path / "pipe"))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "socket"))
        assert "cannot be read" in _refusal(FileKek(tmp_path / "socket"))


def test_a_file_of_another_user_is_refused(kek: FileKek, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    another = path.stat().st_uid + 1
    monkeypatch.setattr(os, "geteuid", lambda: another)
    assert "another user" in _refusal(kek)


def test_a_folder_in_which_anyone_can_replace_the_file_is_refused(kek: FileKek, path: Path) -> None:
    path.parent.chmod(0o777)
    assert "chmod o-w" in _refusal(kek)
    path.parent.chmod(0o1777)
    kek.check()


def test_a_folder_behind_a_link_counts_too(kek: FileKek, path: Path, tmp_path: Path) -> None:
    inner = path.parent / "inner"
    FileKek.create(inner / "kek")
    (tmp_path / "short").symlink_to(inner)
    linked = FileKek(tmp_path / "short" / "kek")
    linked.check()
    path.parent.chmod(0o777)
    assert "chmod o-w" in _refusal(linked)


def test_no_file_is_made_in_an_open_folder(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(KekError, match="chmod o-w"):
        FileKek.create(tmp_path / "open" / "kek")
    assert not (tmp_path / "open" / "kek").exists()


def test_an_address_opens_a_file(kek: FileKek, path: Path) -> None:
    opened = open_kek(f"file:{path}")
    assert opened.uri == kek.uri == f"file:{path}"
    assert opened.unwrap(kek.wrap(KEY, CONTEXT), CONTEXT) == KEY


@pytest.mark.parametrize("uri", ["env:KEK", "awskms:arn:secret", "gcpkms:secret", "vault:secret"])
def test_a_provider_that_does_not_exist_yet_says_so(uri: str) -> None:
    with pytest.raises(KekError, match="do not exist yet") as refusal:
        open_kek(uri)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("uri", ["", "file:", "secret", "/var/secret", "http://secret"])
def test_any_other_address_is_refused_without_being_repeated(uri: str) -> None:
    with pytest.raises(KekError, match="file:PATH") as refusal:
        open_kek(uri)
    assert "secret" not in str(refusal.value)
