"""The town of a test, on both kinds of database."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from desk.doors import Doors
from tests.conftest import Agency, StandingClock
from tests.reminders.town import Town


@pytest.fixture
def town(engine: Engine, agency: Agency, clock: StandingClock, patient: Doors) -> Town:
    """An empty town."""
    return Town(engine, agency, clock, patient)
