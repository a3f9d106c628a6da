"""The way to the database: how connections are opened, and how their failures are told without quoting a value.

Here: engines for SQLite and PostgreSQL, and StoreError. Not here: tables, sessions and transactions.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from models.schema import metadata

BUSY_SECONDS: Final = 1.5
STATEMENT_SECONDS: Final = 2
CONNECT_SECONDS: Final = 2
POOL_SIZE: Final = 8

_READING: Final = "noted_reading"
# Local to the transaction, so that a connection goes back to the pool without it.
_TAKE_TIME: Final = text(
    "SELECT set_config('statement_timeout', :most, true), set_config('idle_in_transaction_session_timeout', :most, true)"
)
_BUSY_CODES: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOMEM,
    }
)
# Connection, resources, operator intervention, system, and "try again": serialization and deadlock.
_DOWN_CLASSES: Final = ("08", "53", "55", "57", "58", "40")
_LOST_CODES: Final = ("08", "57P")
# A UnicodeError comes from the drivers as it is, and holds the whole text that could not be encoded.
_DRIVERS: Final = (exc.StatementError, exc.TimeoutError, sqlite3.Error, psycopg.Error, UnicodeError)


class StoreError(Exception):
    """The database refused something. It holds a code and a constraint's name, never a value or the driver's words."""

    def __init__(self, code: str, constraint: str = "") -> None:
        super().__init__(f"{self._sentence} ({code}{', ' if constraint else ''}{constraint})")
        self.code: Final = code
        self.constraint: Final = constraint

    _sentence = "The database refused this."


class StoreDown(StoreError):
    """The database cannot be reached or has no room or no time. Nothing was saved."""

    _sentence = "The database is not available; nothing was saved."


class CommitUnknown(StoreError):
    """The answer to a commit was lost: it is saved completely or not at all, and nobody can say which."""

    _sentence = "The database did not confirm; this is saved once or not at all."


class Conflict(StoreError):
    """A constraint refused a row: something unique was there already, or what it refers to is missing."""

    _sentence = "The database refused a row."


def make_engine(url: str | URL, *, statement_seconds: int = STATEMENT_SECONDS) -> Engine:
    """An engine whose transactions write: on SQLite each one takes the write lock when it begins.

    Errors: ValueError for another database than PostgreSQL or a SQLite file.
    """
    address = make_url(url)
    match address.get_backend_name():
        case "sqlite":
            return _sqlite(address)
        case "postgresql":
            return _postgresql(address.set(drivername="postgresql+psycopg"), statement_seconds)
        case _:
            raise ValueError("The database is a SQLite file (sqlite:///path) or PostgreSQL (postgresql://…).")


def reading(engine: Engine) -> Engine:
    """The same engine for transactions that only read, each from one moment's snapshot. A write in one is refused."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{_READING: True})
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def take_time(connection: Connection, seconds: float) -> None:
    """Let each statement of this transaction, and each pause between two, last as long. SQLite knows no such limits."""
    if connection.dialect.name == "postgresql":
        connection.execute(_TAKE_TIME, {"most": str(round(seconds * 1000))})


def sqlite_path(url: str | URL) -> Path | None:
    """The file of a SQLite address, or None for another database."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return None
    if address.database in {None, "", ":memory:"} or "uri" in address.query:
        raise ValueError("Noted keeps SQLite in a file: sqlite:///var/noted.sqlite3.")
    return Path(str(address.database))


@contextmanager
def store_errors(*, committing: bool = False) -> Generator[None]:
    """Raise every failure of the database as a StoreError without cause, context or the driver's words.

    Errors: StoreDown, Conflict, StoreError; CommitUnknown only when committing and the answer was lost.
    """
    try:
        yield
    except _DRIVERS as error:
        ours = _translated(error, committing=committing)
        # Raised once to get its context, which quotes the driver, and again without it.
        try:
            raise ours from None
        except StoreError as raised:
            raised.__context__ = None
            raise
    except Exception as other:
        _forget_driver(other)
        raise


def in_transaction(connection: Connection) -> bool:
    """Whether the server still has the transaction open and whole that SQLAlchemy believes in."""
    if connection.invalidated:
        return False
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        return driver.in_transaction
    return isinstance(driver, psycopg.Connection) and driver.info.transaction_status is TransactionStatus.INTRANS


def _forget_driver(error: BaseException) -> None:
    """Cut the chain of an exception where it quotes the driver, whose words may hold values."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        if isinstance(link.__cause__, _DRIVERS):
            link.__cause__ = None
        if isinstance(link.__context__, _DRIVERS):
            link.__context__ = None
        link = link.__cause__ or link.__context__


def _translated(error: Exception, *, committing: bool) -> StoreError:
    cause = error.orig if isinstance(error, exc.StatementError) else error
    if isinstance(cause, sqlite3.Error):
        return _from_sqlite(cause, committing=committing)
    if isinstance(cause, psycopg.Error):
        return _from_postgresql(cause, committing=committing)
    if isinstance(cause, exc.TimeoutError):
        return StoreDown("pool")
    # A value that a column type refused before it was sent. Its text may hold the value, its kind does not.
    return StoreError(type(cause).__name__)


def _from_sqlite(error: sqlite3.Error, *, committing: bool) -> StoreError:
    number = getattr(error, "sqlite_errorcode", None)
    name = str(getattr(error, "sqlite_errorname", type(error).__name__))
    if number is None:
        return StoreError(name)
    primary = number & 0xFF
    if primary == sqlite3.SQLITE_CONSTRAINT:
        return Conflict(name, _sqlite_constraint(name, str(error)))
    if committing and primary == sqlite3.SQLITE_IOERR:
        # The frames may have reached the log although the disk said no; after a restart they would count.
        return CommitUnknown(name)
    return StoreDown(name) if primary in _BUSY_CODES else StoreError(name)


def _sqlite_constraint(kind: str, words: str) -> str:
    """The name PostgreSQL would give, made of the table and columns that SQLite names; words with values are not used."""
    found = re.fullmatch(r"(?:UNIQUE|NOT NULL) constraint failed: ([a-z_]+\.[a-z_]+(?:, [a-z_]+\.[a-z_]+)*)", words)
    if not found:
        return ""
    pairs = [part.split(".") for part in found[1].split(", ")]
    table = pairs[0][0]
    if table not in metadata.tables:
        return ""
    if kind == "SQLITE_CONSTRAINT_PRIMARYKEY":
        return f"pk_{table}"
    columns = "_".join(column for _, column in pairs)
    return f"uq_{table}_{columns}" if kind == "SQLITE_CONSTRAINT_UNIQUE" else f"{table}.{columns}"


def _from_postgresql(error: psycopg.Error, *, committing: bool) -> StoreError:
    state = error.sqlstate
    if state is None:
        lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        if not lost:
            return StoreError(type(error).__name__)
        return CommitUnknown("connection") if committing else StoreDown("connection")
    if state.startswith("23"):
        return Conflict(state, error.diag.constraint_name or "")
    if committing and state.startswith(_LOST_CODES):
        return CommitUnknown(state)
    return StoreDown(state) if state.startswith(_DOWN_CLASSES) else StoreError(state)


def _sqlite(address: URL) -> Engine:
    path = sqlite_path(address)
    if path is None:  # pragma: no cover - make_engine asked for the backend's name
        raise ValueError("This is no SQLite address.")
    _make_private(path)
    engine = create_engine(
        address,
        hide_parameters=True,
        pool_size=POOL_SIZE,
        pool_timeout=STATEMENT_SECONDS,
        connect_args={"timeout": BUSY_SECONDS, "isolation_level": None},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(path: Path) -> None:
    """Make the file for this user alone before SQLite opens it; SQLite gives its log files the same mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(handle, 0o600)
    finally:
        os.close(handle)


def _prepare_sqlite(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:  # noqa: ARG001 - SQLAlchemy's signature
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA trusted_schema=OFF")
    # A shredded key is overwritten, not only unlinked.
    cursor.execute("PRAGMA secure_delete=ON")
    # Sorting must not spill rows into a file that nobody looks after.
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Begin by hand: the driver's own way takes the write lock too late, and then two writers fail each other."""
    is_reading = bool(connection.get_execution_options().get(_READING))
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if is_reading else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")


def _postgresql(address: URL, statement_seconds: int) -> Engine:
    milliseconds = statement_seconds * 1000
    return create_engine(
        address,
        hide_parameters=True,
        pool_size=POOL_SIZE,
        pool_timeout=statement_seconds,
        # After a restart of the server the first to ask must not pay for it.
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "tcp_user_timeout": milliseconds,
            "application_name": "noted",
            "options": (
                f"-c statement_timeout={milliseconds} -c idle_in_transaction_session_timeout={5 * milliseconds}"
                " -c timezone=UTC"
            ),
        },
    )
