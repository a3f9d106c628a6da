"""The workspaces this process serves: which there are, found by Slack team, their keys unwrapped before any door."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.engine import StoreDown, store_errors
from models.rows import WorkspaceSession
from privacy.kek import KekProvider
from privacy.keys import KeyCache, Keyring
from services import workspaces

P = ParamSpec("P")
T = TypeVar("T")

THREADS: Final = 4


@dataclass(frozen=True, slots=True)
class Tenant:
    """One workspace with its keys in memory."""

    id: uuid.UUID
    slack_team_id: str
    demo: bool
    keys: Keyring


class Tenants:
    """Looks a workspace up once and its keys every five minutes, in threads of its own: `close` waits for them."""

    def __init__(self, engine: Engine, kek: KekProvider) -> None:
        self._engine = engine
        self._kek = kek
        self._keys = KeyCache()
        self._found: dict[str, tuple[uuid.UUID, bool]] = {}
        self._threads = ThreadPoolExecutor(THREADS, "noted-tenants")
        self._closed = False

    async def get(self, slack_team_id: str) -> Tenant | None:
        """The workspace of a Slack team, or None.

        Errors: StoreDown when the database does not answer, KekError when the keys cannot be unwrapped.
        """
        return await self._run(lambda: self.load(slack_team_id))

    async def only(self) -> Tenant | None:
        """The workspace of this database, where there is exactly one: whoever comes from elsewhere is refused in its name.

        Errors: as `get`.
        """
        team_ids = await self.team_ids()
        return await self.get(team_ids[0]) if len(team_ids) == 1 else None

    async def team_ids(self) -> tuple[str, ...]:
        """The Slack teams whose workspaces stand in this database.

        Errors: StoreDown when the database does not answer.
        """
        return await self.ask(workspaces.team_ids)

    async def ask(self, question: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer to what is asked before it is known whose workspace it is about.

        Errors: StoreDown when the database does not answer.
        """

        def answer() -> T:
            with store_errors(), Session(self._engine) as session:
                return question(session, *args, **kwargs)

        return await self._run(answer)

    async def close(self) -> None:
        """Refuse what comes from now on, and wait for what is being asked, also where nobody waits for the answer any more.

        A connection that comes back after its engine is gone would be nobody's to close.
        """
        self._closed = True
        await asyncio.to_thread(self._threads.shutdown)

    async def _run(self, call: Callable[[], T]) -> T:
        if self._closed:
            raise StoreDown("closed")
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

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
