"""What is asked before it is known whose workspace it is about, and how that ends."""

from __future__ import annotations

import asyncio
import threading

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from desk.tenants import Tenants
from models.engine import StoreDown
from models.workspaces import Workspace
from privacy.kek import FileKek
from tests.conftest import Agency
from tests.desk.jobs import WAIT_MOST

pytestmark = pytest.mark.anyio


@pytest.fixture
def tenants(engine: Engine, kek: FileKek) -> Tenants:
    """The workspaces of this database."""
    return Tenants(engine, kek)


def count_slowly(session: Session, running: threading.Event, go: threading.Event) -> int:
    found = len(session.scalars(select(Workspace.id)).all())
    running.set()
    assert go.wait(WAIT_MOST)
    return found


async def test_closing_waits_for_a_question_whose_answer_nobody_waits_for(
    tenants: Tenants, engine: Engine, agency: Agency
) -> None:
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    running, go = threading.Event(), threading.Event()
    asking = asyncio.create_task(tenants.ask(count_slowly, running, go))
    assert await asyncio.to_thread(running.wait, WAIT_MOST)
    asking.cancel()
    await asyncio.wait({asking})
    closing = asyncio.create_task(tenants.close())
    done, _ = await asyncio.wait({closing}, timeout=0.05)
    assert not done
    assert pool.checkedout() == 1
    go.set()
    await closing
    assert pool.checkedout() == 0


async def test_what_comes_after_closing_is_refused(tenants: Tenants, agency: Agency) -> None:
    assert await tenants.team_ids() == ("T0ALPHA",)
    await tenants.close()
    with pytest.raises(StoreDown):
        await tenants.get("T0ALPHA")
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("noted-tenants")]
