"""The doors: what is committed together, what fails alone, and what a caller is told."""

from __future__ import annotations

import pytest

from desk.doors import Doors
from services import audit
from services.work import Work
from tests.conftest import Agency

pytestmark = pytest.mark.anyio


def look(work: Work, number: int) -> int:
    audit.record(work, audit.Action.FORM_LIST, actor=None)
    return number


async def test_transact_answers_with_what_the_service_returns(doors: Doors, agency: Agency) -> None:
    assert await doors.transact(agency.keys, agency.id, look, 3) == 3
