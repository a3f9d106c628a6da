"""Which workspace's rows a transaction may see: the second wall, which PostgreSQL keeps by row-level security.

Here: naming the workspace to the database. Not here: the policies themselves, which the migrations make, and SQLite, which
has no such wall.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Session, SessionTransaction

SETTING: Final = "noted.workspace"

# Local to the transaction, so that a connection goes back to the pool without it.
_NAME_IT: Final = text(f"SELECT set_config('{SETTING}', :workspace, true)")


class WorkspaceSession(Session):
    """A session that sees and writes the rows of one workspace: each transaction and savepoint names it first."""

    def __init__(self, bind: Engine | Connection, workspace_id: uuid.UUID, **options: Any) -> None:
        super().__init__(bind, **options)
        self.workspace_id: Final = workspace_id


def enter(connection: Connection, workspace_id: uuid.UUID) -> None:
    """Until its end the transaction sees the rows of this workspace and of no other."""
    _name(connection, str(workspace_id))


def leave(connection: Connection) -> None:
    """From now on the transaction sees the rows of no workspace."""
    _name(connection, "")


def _name(connection: Connection, workspace: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(_NAME_IT, {"workspace": workspace})


@event.listens_for(WorkspaceSession, "after_begin")
def _enter_first(session: WorkspaceSession, _: SessionTransaction, connection: Connection) -> None:
    enter(connection, session.workspace_id)
