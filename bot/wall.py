"""Whether the database keeps the workspaces apart as it should: the role it is used by, and the policies of its tables.

Here: asking PostgreSQL's catalogues, for `serve` and `doctor`. Not here: making it so (migrations.wall).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, Engine, text

from migrations import wall
from models.engine import store_errors
from models.schema import metadata

# Attributes and roles that go around policies, or that can give themselves the right to. What a role may become, it is.
_POWERS: Final = text(
    """
    SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolreplication
    FROM pg_roles
    WHERE pg_has_role(current_user, oid, 'MEMBER')
      AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication
           OR rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'))
    """
)
_OWNED: Final = text(
    """
    SELECT relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
      AND pg_has_role(current_user, relowner, 'MEMBER')
    """
)
_MAY_CREATE: Final = text("SELECT has_schema_privilege(current_schema(), 'CREATE')")
_RIGHTS: Final = text(
    """
    SELECT relname,
           ARRAY(SELECT each FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'])
                 AS each WHERE has_table_privilege(pg_class.oid, each)) AS privileges,
           has_any_column_privilege(pg_class.oid, 'UPDATE') AS may_change
    FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
    """
)


def faults(engine: Engine) -> tuple[str, ...]:
    """What lets one workspace's rows reach another, one sentence each; nothing on SQLite, which has no such wall.

    Errors: StoreError.
    """
    if engine.dialect.name != "postgresql":
        return ()
    with store_errors(), engine.connect() as connection:
        return (*_of_the_role(connection), *_of_the_tables(connection))


def _of_the_role(connection: Connection) -> Iterator[str]:
    """What the role may do besides what it was granted on tables."""
    another = "NOTED_DATABASE_URL must name another role: docs/operating.md, PostgreSQL, says how to make it."
    powers = sorted(row.rolname for row in connection.execute(_POWERS))
    if powers:
        yield (
            f"The role of NOTED_DATABASE_URL is, or may become, one that goes around row-level security "
            f"({', '.join(powers)}). {another}"
        )
        # A superuser may do everything else as well, and once is enough.
        return
    if connection.execute(_OWNED).first() is not None:
        yield f"The role of NOTED_DATABASE_URL owns Noted's tables, so it could take the wall down. {another}"
    if connection.execute(_MAY_CREATE).scalar_one():
        yield (
            "The role of NOTED_DATABASE_URL may make tables of its own. As a superuser run REVOKE CREATE ON SCHEMA public "
            "FROM PUBLIC, and grant it to the owner alone."
        )


def _of_the_tables(connection: Connection) -> Iterator[str]:
    """Tables without their policy, and rights that are too many or too few."""
    mend = "Run noted db upgrade with NOTED_MIGRATION_DATABASE_URL set."
    gaps = wall.gaps(connection)
    too_much: list[str] = []
    too_little: list[str] = []
    for row in connection.execute(_RIGHTS):
        if row.relname not in {*metadata.tables, *wall.READ_ONLY}:
            continue
        wanted, given = wall.rights(row.relname), set(row.privileges)
        if given - wanted or (row.may_change and "UPDATE" not in wanted):
            too_much.append(row.relname)
        if wanted - given:
            too_little.append(row.relname)
    if gaps:
        yield f"Tables are not behind their policies ({', '.join(gaps)}). {mend}"
    if too_much:
        yield f"The role of NOTED_DATABASE_URL may do more than it needs ({', '.join(sorted(too_much))}). {mend}"
    if too_little:
        yield f"The role of NOTED_DATABASE_URL may do less than it needs ({', '.join(sorted(too_little))}). {mend}"
