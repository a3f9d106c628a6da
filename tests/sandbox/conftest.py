"""The stage, set anew for every test."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from tests.sandbox.stage import Stage, stage


@pytest.fixture
async def slack(anyio_backend: str) -> AsyncGenerator[Stage]:
    """A stand-in and a Bolt app that know each other."""
    async with stage() as ready:
        yield ready
