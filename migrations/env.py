"""What alembic runs around the versions. The connection is handed in by migrations.run; there is no configuration file."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from models.schema import metadata


def _run() -> None:
    connection = context.config.attributes.get("connection")
    if not isinstance(connection, Connection):
        raise TypeError("Run the migrations with noted db upgrade.")
    context.configure(connection=connection, target_metadata=metadata)
    # No transaction of alembic's own: the caller's holds all versions, so that a failing one leaves nothing behind.
    context.run_migrations()


_run()
