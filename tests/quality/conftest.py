"""The rules as they come with Noted, compiled once for all tests."""

from __future__ import annotations

import pytest

from quality.engine import Checker


@pytest.fixture(scope="session")
def checker() -> Checker:
    """A checker without an agency's policy."""
    return Checker()
