"""The workspaces this process serves: found by Slack team, their keys unwrapped before any door."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.engine import store_errors
from models.rows import WorkspaceSession
from privacy.kek import KekProvider
from privacy.keys import KeyCache, Keyring
from services import workspaces


@dataclass(frozen=True, slots=True)
class Tenant:
    """One workspace with its keys in memory."""

    id: uuid.UUID
    slack_team_id: str
    demo: bool
    keys: Keyring


class Tenants:
    """Looks a workspace up once and its keys every five minutes."""

    def __init__(self, engine: Engine, kek: KekProvider) -> None:
        self._engine = engine
        self._kek = kek
        self._keys = KeyCache()
        self._found: dict[str, tuple[uuid.UUID, bool]] = {}

    async def get(self, slack_team_id: str) -> Tenant | None:
        """The workspace of a Slack team, or None.

        Errors: StoreDown when the database does not answer, KekError when the keys cannot be unwrapped.
        """
        return await asyncio.to_thread(self.load, slack_team_id)

    async def only(self) -> Tenant | None:
        """The workspace of this database, where there is exactly one: whoever comes from elsewhere is refused in its name.

        Errors: as `get`.
        """
        team_ids = await asyncio.to_thread(self._team_ids)
        return await self.get(team_ids[0]) if len(team_ids) == 1 else None

    def _team_ids(self) -> tuple[str, ...]:
        with store_errors(), Session(self._engine) as session:
            return workspaces.team_ids(session)

    def load(self, slack_team_id: str) -> Tenant | None:
        """As `get`, for code that runs outside the loop."""
        found = self._found.get(slack_team_id)
        if found is None:
            with store_errors(), Session(self._engine) as session:
                workspace = workspaces.find(session, slack_team_id)
                if workspace is None:
                    return None
                found = self._found[slack_team_id] = (workspace.id, workspace.demo)
        workspace_id, demo = found
        keys = self._keys.get(str(workspace_id), lambda: self._unlock(workspace_id))
        return Tenant(workspace_id, slack_team_id, demo, keys)

    def _unlock(self, workspace_id: uuid.UUID) -> Keyring:
        with store_errors(), WorkspaceSession(self._engine, workspace_id) as session:
            wrapped = workspaces.wrapped_keys(session, workspace_id)
        return Keyring.unlock(self._kek, str(workspace_id), wrapped)
