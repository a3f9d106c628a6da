"""A town for what the reminders are made of, on SQLite alone; what depends on the kind of database is tried with the engine."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import Engine

from desk.doors import Doors
from models.engine import make_engine
from privacy.kek import FileKek
from tests.conftest import PATIENT, Agency, StandingClock, make_agency
from tests.reminders.town import Town


@pytest.fixture
def town(engine: Engine, agency: Agency, clock: StandingClock, patient: Doors) -> Town:
    """An empty town, on both kinds of database."""
    return Town(engine, agency, clock, patient)


@pytest.fixture
async def hamlet(sqlite_url: str, kek: FileKek, clock: StandingClock, anyio_backend: str) -> AsyncGenerator[Town]:
    """The same on SQLite alone."""
    engine = make_engine(sqlite_url)
    doors = Doors(engine, clock, budget=PATIENT)
    doors.start()
    yield Town(engine, make_agency(engine, clock, kek), clock, doors)
    await doors.close()
    engine.dispose()
