"""The second wall on PostgreSQL: a policy per table, and what the role of the running program may do.

Here: the statements, run after every upgrade, so that a new table stands behind the wall from its first moment. Not here: naming the workspace (models.rows) and asking whether
the wall stands (bot.wall).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

from models.schema import metadata

POLICY: Final = "noted_workspace"
# What stands in these is never changed, not even by the program itself.
INSERT_ONLY: Final = frozenset(
    {"addendum", "audit_event", "note_review", "note_version", "policy_version", "surface_decision"}
)
# The program reads which version a database stands at, and leaves it to the owner.
READ_ONLY: Final = frozenset({"alembic_version"})
# The only rows that are looked for before it is known whose they are: the workspace of a Slack team.
OPEN_TO_READ: Final = "workspace"

# An unset setting is NULL, and one that a transaction set and ended is the empty string: neither is a workspace.
_MINE: Final = "nullif(current_setting('noted.workspace', true), '')::uuid"


_STANDING: Final = text(
    """
    SELECT relname, relrowsecurity AND relforcerowsecurity AS forced,
           ARRAY(SELECT polname::text FROM pg_policy WHERE polrelid = pg_class.oid ORDER BY polname) AS policies
    FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
    """
)


def policies(table: str) -> dict[str, str]:
    """The policies that a table needs, by name."""
    if table == OPEN_TO_READ:
        return {
            f"{POLICY}_insert": f"FOR INSERT WITH CHECK (id = {_MINE})",
            f"{POLICY}_select": "FOR SELECT USING (true)",
            f"{POLICY}_update": f"FOR UPDATE USING (id = {_MINE}) WITH CHECK (id = {_MINE})",
        }
    return {POLICY: f"USING (workspace_id = {_MINE}) WITH CHECK (workspace_id = {_MINE})"}


def gaps(connection: Connection) -> dict[str, list[str]]:
    """The tables that show a row to whoever did not name its workspace, with the policies they have."""
    standing = {row.relname: row for row in connection.execute(_STANDING) if row.relname in metadata.tables}
    return {
        table: list(row.policies)
        for table, row in sorted(standing.items())
        if not row.forced or row.policies != sorted(policies(table))
    }


def raise_wall(connection: Connection) -> None:
    """Put every table behind its policies, for the owner as well. A table that stands behind them is not touched."""
    for table, found in gaps(connection).items():
        for name in found:
            quoted = connection.dialect.identifier_preparer.quote_identifier(name)
            connection.execute(text(f"DROP POLICY {quoted} ON {table}"))
        connection.execute(text(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"))
        for name, rule in policies(table).items():
            connection.execute(text(f"CREATE POLICY {name} ON {table} {rule}"))


def rights(table: str) -> frozenset[str]:
    """What the role of the running program may do with a table. It deletes nothing."""
    if table in READ_ONLY:
        return frozenset({"SELECT"})
    return frozenset({"SELECT", "INSERT"} if table in INSERT_ONLY else {"SELECT", "INSERT", "UPDATE"})


def grant(connection: Connection, role: str) -> None:
    """Give the role of the running program what it needs, and take away whatever else it was given."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    schema = str(connection.execute(text("SELECT current_schema()")).scalar_one())
    connection.execute(text(f"GRANT USAGE ON SCHEMA {quote(schema)} TO {quote(role)}"))
    for table in sorted({*metadata.tables, *READ_ONLY}):
        connection.execute(text(f"REVOKE ALL ON {table} FROM {quote(role)}"))
        connection.execute(text(f"GRANT {', '.join(sorted(rights(table)))} ON {table} TO {quote(role)}"))
