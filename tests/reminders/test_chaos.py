"""Processes that are killed and paused at random while Slack is in trouble: nobody is told twice, nothing is missed."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from sqlalchemy import Engine

from privacy.kek import FileKek
from tests.conftest import Agency
from tests.reminders.chaos import SMALL, Size, alone, trial

pytestmark = pytest.mark.anyio


@pytest.fixture
def size(request: pytest.FixtureRequest) -> Size:
    """Two processes on PostgreSQL, one on SQLite."""
    return SMALL if "postgres" in request.node.name else alone(SMALL)


async def test_ten_thousand_things_are_told_once_or_reported_as_lost(
    engine: Engine, agency: Agency, kek: FileKek, tmp_path: Path, size: Size
) -> None:
    seed = secrets.randbelow(10**6)
    async with trial(engine, agency, kek, tmp_path, size, seed) as made:
        facts = await made.run()
    assert facts.problems == {}, f"seed {seed}: {facts}"
    assert sum(facts.occurrences.values()) >= 10_000
    assert facts.new_messages >= size.staff
    assert made.counts["kills"] > 0
    assert made.counts["pauses"] == 1
