"""Bring a database to the newest schema, or say whether it stands there. The versions themselves stand beside this file."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from migrations import wall

_HERE: Final = Path(__file__).parent
# Any number will do, as long as every process that upgrades uses the same one.
_LOCK: Final = 6_683_329


def upgrade(engine: Engine, runtime_role: str | None = None) -> None:
    """Run every version that the database does not have, in one transaction; two processes may try at once.

    On PostgreSQL every table is put behind its policies, and the role of the running program, where one is named, gets its
    rights on every table.
    """
    with engine.connect() as connection, _unchecked(connection), connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            # A version that changes rows behind the policies fails, where it would otherwise quietly change none.
            connection.execute(text("SET LOCAL row_security = off"))
        command.upgrade(_config(connection), "head")
        if connection.dialect.name == "postgresql":
            wall.raise_wall(connection)
            if runtime_role is not None:
                wall.grant(connection, runtime_role)
        if connection.dialect.name == "sqlite" and connection.execute(text("PRAGMA foreign_key_check")).first():
            raise RuntimeError("A version left rows that refer to nothing; the database stays as it was.")


@contextmanager
def _unchecked(connection: Connection) -> Generator[None]:
    """On SQLite, references unchecked for as long as tables are made anew: it cannot alter a column, and would
    refuse to drop a table that others refer to. The setting counts only outside a transaction.
    """
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        yield
        return
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def pending(engine: Engine) -> bool:
    """Whether the database is not at this program's schema: behind it, or made by a newer program."""
    return revision(engine) != ScriptDirectory.from_config(_config()).get_current_head()


def is_newer(engine: Engine) -> bool:
    """Whether the database was made by a newer program, whose versions this one does not have."""
    known = {each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions()}
    return revision(engine) not in {None, *known}


def revision(engine: Engine) -> str | None:
    """The version that the database stands at, or None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
