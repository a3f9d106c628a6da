"""Backups: a consistent copy of the database while it is in use, with a manifest that proves it complete.

Here: copying, checking, and putting a SQLite copy back. Not here: the key-encryption key. It is never in a backup, because a copy
that holds both the sealed rows and the key that opens them protects nothing; keep the key's own copy somewhere else.

To restore: `verify_backup`, then for SQLite `restore` to a path where nothing is, and for PostgreSQL `pg_restore` into an empty
database. The key-encryption key must be the one that the manifest names.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError
from sqlalchemy import URL, make_url

from migrations import run as migrations
from models.engine import make_engine, sqlite_path, store_errors

MANIFEST: Final = "MANIFEST.json"
SQLITE_FILE: Final = "noted.sqlite3"
POSTGRES_FILE: Final = "noted.pgdump"

_BUSY_SECONDS: Final = 30
_CHUNK: Final = 1 << 20
# What libpq reads from its environment. A password stands there and not among the arguments, which every user can list.
_LIBPQ: Final[Mapping[str, str]] = {
    "host": "PGHOST",
    "port": "PGPORT",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "service": "PGSERVICE",
}


class BackupError(Exception):
    """A backup could not be made, checked or put back; the sentence says what to do."""


class Manifest(BaseModel):
    """What a backup holds. It names the key-encryption key and never contains it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    made_at: AwareDatetime
    database: Literal["sqlite", "postgresql"]
    revision: str
    file: Literal["noted.sqlite3", "noted.pgdump"]
    bytes: int
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    kek_uri: str


def make_backup(engine_url: str | URL, target: Path, kek_uri: str, *, now: dt.datetime) -> Manifest:
    """Copy the database into a new folder that only this user can enter; the manifest is written last.

    Errors: BackupError when the folder exists or the copy fails; then no folder is left. StoreError.
    """
    url = make_url(engine_url)
    path = sqlite_path(url)
    try:
        target.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise BackupError(f"{target} exists. Name a folder that does not, so that no older backup is lost.") from None
    try:
        if path is not None:
            copy, revision = target / SQLITE_FILE, _copy_sqlite(path, target / SQLITE_FILE)
        else:
            copy, revision = target / POSTGRES_FILE, _dump_postgresql(url, target / POSTGRES_FILE)
        manifest = Manifest(
            made_at=now,
            database="sqlite" if path is not None else "postgresql",
            revision=revision,
            file=SQLITE_FILE if path is not None else POSTGRES_FILE,
            bytes=copy.stat().st_size,
            sha256=_digest(copy),
            kek_uri=kek_uri,
        )
        _write(target / MANIFEST, (manifest.model_dump_json(indent=2) + "\n").encode())
        _sync(target)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    return manifest


def verify_backup(target: Path) -> Manifest:
    """The manifest, when the copy is the one that it describes and can be opened.

    Errors: BackupError.
    """
    try:
        manifest = Manifest.model_validate_json((target / MANIFEST).read_bytes())
    except OSError:
        raise BackupError(f"{target} holds no complete backup: {MANIFEST} is missing. Take another one.") from None
    except ValidationError:
        raise BackupError(f"{target / MANIFEST} is no manifest of Noted's. Take another backup.") from None
    copy = target / manifest.file
    if not copy.is_file() or not hmac.compare_digest(_digest(copy), manifest.sha256):
        raise BackupError(f"{copy} is not the file that was backed up. Take another backup.")
    if manifest.database == "sqlite":
        _check_sqlite(copy, manifest.revision)
    else:
        _run(_program("pg_restore"), {}, "--list", str(copy))
    return manifest


def restore(target: Path, url: str | URL) -> None:
    """Put a SQLite backup where there is no database yet.

    Errors: BackupError when there is one, or something left of one; for PostgreSQL with the command to use.
    """
    path = sqlite_path(url)
    if path is None:
        raise BackupError(
            f"Restore PostgreSQL with pg_restore into an empty database: "
            f"pg_restore --exit-on-error --single-transaction --dbname=… {target / POSTGRES_FILE}"
        )
    manifest = verify_backup(target)
    if manifest.database != "sqlite":
        raise BackupError("This backup is of PostgreSQL and does not fit a SQLite address.")
    unfinished = path.with_name(path.name + ".restoring")
    for taken in (path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm")), unfinished):
        if taken.exists():
            raise BackupError(
                f"{taken} exists. Move the old database away, with its -wal and -shm files, then restore."
            )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with _new_file(unfinished) as handle, (target / manifest.file).open("rb") as source:
            while chunk := source.read(_CHUNK):
                _write_all(handle, chunk)
            os.fsync(handle)
        # A link never replaces a file, unlike a rename.
        os.link(unfinished, path)
    except FileExistsError:
        raise BackupError(f"{path} exists. Move it away, then restore.") from None
    finally:
        unfinished.unlink(missing_ok=True)
    _sync(path.parent)


def _copy_sqlite(path: Path, copy: Path) -> str:
    """Copy one moment's state without stopping the writer; what was deleted is not in the copy, not even as free pages."""
    if not path.is_file():
        raise BackupError(f"There is no database at {path}.")
    with _new_file(copy):
        # VACUUM INTO fills an empty file that exists, and so keeps its mode.
        pass
    with store_errors(), closing(_open(path, "mode=rw")) as source:
        source.execute("VACUUM INTO ?", (str(copy),))
    _sync(copy)
    with closing(_open(copy, "mode=ro&immutable=1")) as opened:
        return _revision(opened)


def _check_sqlite(copy: Path, revision: str) -> None:
    try:
        with closing(_open(copy, "mode=ro&immutable=1")) as opened:
            whole = opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            linked = not opened.execute("PRAGMA foreign_key_check").fetchall()
            fits = _revision(opened) == revision
    except sqlite3.Error:
        whole = linked = fits = False
    if not (whole and linked and fits):
        raise BackupError(f"{copy} does not open as the database that was backed up. Take another backup.")


def _open(path: Path, mode: str) -> sqlite3.Connection:
    address = f"file:{quote(str(path.absolute()))}?{mode}"
    return sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)


def _revision(connection: sqlite3.Connection) -> str:
    return _known(connection.execute("SELECT max(version_num) FROM alembic_version").fetchone()[0])


def _known(revision: str | None) -> str:
    if revision is None:
        raise BackupError("The database has no schema yet. Run noted db upgrade first.")
    return revision


def _dump_postgresql(url: URL, copy: Path) -> str:
    """Let pg_dump copy one moment's state; it is the only tool that PostgreSQL's own versions promise to read again."""
    program = _program("pg_dump")
    engine = make_engine(url)
    try:
        with store_errors():
            revision = _known(migrations.revision(engine))
    finally:
        engine.dispose()
    with _new_file(copy):
        # pg_dump keeps the mode of a file that exists.
        pass
    _run(program, _environment(url), "--format=custom", "--no-password", f"--file={copy}")
    _sync(copy)
    return revision


def _environment(url: URL) -> dict[str, str]:
    """The connection as libpq reads it from its environment."""
    parts = {key: str(value) for key, value in url.query.items()}
    parts |= {"host": url.host} if url.host else {}
    parts |= {"port": str(url.port)} if url.port else {}
    found = {_LIBPQ[key]: value for key, value in parts.items() if key in _LIBPQ}
    named = {"PGUSER": url.username, "PGPASSWORD": url.password, "PGDATABASE": url.database}
    return found | {name: str(value) for name, value in named.items() if value}


def _program(name: str) -> str:
    """The path of one of PostgreSQL's programs.

    Errors: BackupError that says how to have it.
    """
    program = shutil.which(name, path=os.environ.get("PG_BIN")) if os.environ.get("PG_BIN") else shutil.which(name)
    if program is None:
        raise BackupError(
            f"{name} was not found. Install PostgreSQL's client programs, of the server's version or later, "
            "or set PG_BIN to the folder they are in."
        )
    return program


def _run(program: str, environment: Mapping[str, str], *arguments: str) -> None:
    """Run one of PostgreSQL's programs with nothing of our own environment, which holds secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(  # noqa: S603 - no shell; the arguments are ours
        [program, *arguments],
        check=False,
        env={**kept, "LC_ALL": "C", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    if done.returncode:
        # Its own words are not repeated: they may quote a row or a password.
        name = Path(program).name
        raise BackupError(
            f"{name} failed with exit {done.returncode}. Check that it is of the server's version or later "
            f"({name} --version), that the disk has room, and that the role of NOTED_MIGRATION_DATABASE_URL may read every "
            "row: it needs BYPASSRLS."
        )


@contextmanager
def _new_file(path: Path) -> Generator[int]:
    """A new file for this user alone, open for writing."""
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)


def _write(path: Path, content: bytes) -> None:
    with _new_file(path) as handle:
        _write_all(handle, content)
        os.fsync(handle)


def _write_all(handle: int, content: bytes) -> None:
    """Write every byte; the system may take fewer at a time."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _sync(path: Path) -> None:
    """Wait until a file, or a folder's list of files, is on the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
