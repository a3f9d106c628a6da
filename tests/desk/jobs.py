"""Services for the tests of the doors, and ways to keep a writer busy."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy import Connection, Engine, event, func, select, text

from desk.doors import Doors
from models.audit import AuditEvent
from models.staff import Team
from privacy.grants import Grant
from services import audit
from services.work import Work
from tests.conftest import Agency, StandingClock

WAIT_MOST = 10


class ServiceError(Exception):
    """What a service of these tests raises."""


def add_team(work: Work, ref: str, fail: str = "") -> Grant:
    """Store a team and record it, or fail in the way that was asked for."""
    row_id = uuid.uuid4()
    _, sealed = work.keys.new_client_key(row_id)
    team = Team(workspace_id=work.workspace_id, id=row_id, ref=ref, name_index=row_id.bytes, profile=sealed)
    work.session.add(team)
    work.session.flush()
    if fail == "raise":
        raise ServiceError
    return audit.record(work, audit.Action.TEAM_IMPORT, actor=None, subject=("team", row_id), sealed=sealed)


def add_team_silently(work: Work, ref: str) -> None:
    add_team(work, ref)
    work.entries.clear()
    work.session.flush()


@audit.unaudited("a test's autosave")
def add_team_excused(work: Work, ref: str) -> None:
    add_team_silently(work, ref)


def change_by_hand(work: Work) -> None:
    work.session.execute(text("UPDATE team SET ref = 'T-2'"))


def change_nothing(work: Work) -> None:
    work.session.execute(text("UPDATE team SET ref = 'T-2' WHERE ref = 'nobody'"))


def team_refs(work: Work) -> list[str]:
    return list(work.session.scalars(select(Team.ref).where(Team.workspace_id == work.workspace_id).order_by(Team.ref)))


def find_teams(work: Work) -> list[Team]:
    return list(work.session.scalars(select(Team)))


def trail_length(work: Work) -> int:
    mine = AuditEvent.workspace_id == work.workspace_id
    return work.session.scalar(select(func.count()).select_from(AuditEvent).where(mine)) or 0


def hold(work: Work, running: threading.Event, go: threading.Event) -> None:
    running.set()
    assert go.wait(WAIT_MOST)


class Commits:
    """How often an engine committed."""

    def __init__(self, engine: Engine) -> None:
        self.count = 0
        event.listen(engine, "commit", self._add)

    def _add(self, connection: Connection) -> None:
        self.count += 1


@asynccontextmanager
async def busy_writer(doors: Doors, agency: Agency) -> AsyncGenerator[None]:
    """The writer is kept busy until the block ends, so that what is queued inside is committed together."""
    running, go = threading.Event(), threading.Event()
    holding = asyncio.create_task(doors.transact(agency.keys, agency.id, hold, running, go))
    assert await asyncio.to_thread(running.wait, WAIT_MOST)
    try:
        yield
    finally:
        go.set()
        await asyncio.wait({holding})


@asynccontextmanager
async def opened(engine: Engine, clock: StandingClock, budget: float = WAIT_MOST) -> AsyncGenerator[Doors]:
    doors = Doors(engine, clock, budget=budget)
    doors.start()
    try:
        yield doors
    finally:
        await doors.close()
