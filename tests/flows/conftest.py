"""The stage of every conversation, on both kinds of database."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from privacy.kek import FileKek
from tests.canary import Canary
from tests.conftest import StandingClock
from tests.flows.stage import Play, play


@pytest.fixture
async def stage(
    database_url: str, kek: FileKek, clock: StandingClock, canary: Canary, anyio_backend: str
) -> AsyncGenerator[Play]:
    """The app, its Slack and its agency; the agency has decided that forms are allowed."""
    async with play(database_url, kek, clock, canary) as stage:
        yield stage


@pytest.fixture
async def small(
    sqlite_url: str, kek: FileKek, clock: StandingClock, canary: Canary, anyio_backend: str
) -> AsyncGenerator[Play]:
    """The same on SQLite alone, for what does not depend on the kind of database."""
    async with play(sqlite_url, kek, clock, canary) as stage:
        yield stage


@pytest.fixture
async def undecided(
    sqlite_url: str, kek: FileKek, clock: StandingClock, canary: Canary, anyio_backend: str
) -> AsyncGenerator[Play]:
    """The same, before anybody has decided."""
    async with play(sqlite_url, kek, clock, canary, decided=False) as stage:
        yield stage
