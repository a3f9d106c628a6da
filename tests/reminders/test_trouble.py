"""Reminders where planning does not get through: what was planned before is sent all the same."""

from __future__ import annotations

import pytest

from desk.tenants import Tenants
from models.engine import StoreDown
from privacy.kek import FileKek
from reminders.engine import Ticked
from services import schedule
from services.work import Work
from tests.reminders.town import Town, eastern

pytestmark = pytest.mark.anyio

MIDDLE = eastern("2026-03-02T12:45")


def refuse(_: Work) -> schedule.Found:
    raise StoreDown("57014")


async def test_what_was_planned_is_sent_while_planning_does_not_get_through(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = town.staff("U0ALICE")
    town.contact(alice, town.client(alice), eastern("2026-03-02T09:30"))
    town.clock.instant = MIDDLE
    town.run(lambda work: schedule.write(work, schedule.look(work).fresh))
    with monkeypatch.context() as patch:
        patch.setattr(schedule, "look", refuse)
        assert await town.tick() == Ticked(sent=1, missed=1)
        assert await town.tick() == Ticked(missed=1)
    assert await town.tick() == Ticked()
    assert len(town.mailbox.letters) == 1


async def test_a_workspace_whose_tick_the_database_ends_is_counted_and_stops_no_other(town: Town, kek: FileKek) -> None:
    tenants = Tenants(town.engine, kek)
    await town.doors.close()
    assert await town.reminders.tick_all(tenants, ("T0NOBODY", "T0ALPHA")) == Ticked(missed=1)
    await tenants.close()
