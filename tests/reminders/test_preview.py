"""The preview says what ticking then does, and sends nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from models.deliveries import Delivery, DeliveryState, Slot
from models.occurrences import Occurrence
from models.staff import Role, Staff, StaffProfile
from services import previews
from services.previews import PreviewLine
from services.work import Work
from tests.reminders.town import Town, eastern

pytestmark = pytest.mark.anyio
MONDAY = eastern("2026-03-02T07:00")


def furnish(town: Town) -> None:
    """Two case managers in two zones with all kinds of things, a supervisor, an admin, a team with a channel."""
    team = town.team("C0TEAM")
    carol = town.staff("U0CAROL", role=Role.SUPERVISOR)
    alice = town.staff("U0ALICE", supervisor=carol, team=team)
    bob = town.staff("U0BOB", supervisor=carol, team=team, zone="America/Los_Angeles")
    clients = [town.client(each, plan_review_on=dt.date(2026, 3, 9)) for each in (alice, alice, alice, bob, bob)]
    town.contact(alice, clients[0], eastern("2026-02-27T16:00"))
    town.contact(bob, clients[3], eastern("2026-03-02T06:30"))
    town.draft(alice, clients[1], eastern("2026-02-27T15:00"))
    town.follow_up(bob, clients[4], dt.date(2026, 3, 3))
    town.requirement(clients[2], dt.date(2026, 3, 4))
    town.note(alice, clients[0], eastern("2026-02-27T12:00"), urgent=True)


def name_all(town: Town) -> None:
    """Give everyone a profile that opens, each with their Slack id for a name."""

    def write(work: Work) -> None:
        for row in work.session.scalars(select(Staff)):
            profile = StaffProfile(name=row.slack_user_id or "", title="t", email="e")
            row.profile = work.keys.house_key.seal(profile, work.cell("staff", "profile", row.id))

    town.run(write)


def preview(town: Town, days: int) -> list[PreviewLine]:
    return town.run(lambda work: previews.preview(work, MONDAY, days))


def sent(town: Town) -> set[tuple[dt.datetime, str, Slot]]:
    """Every message that was sent: in which minute, to whom, in which slot."""

    def read(work: Work) -> set[tuple[dt.datetime, str, Slot]]:
        rows = work.session.execute(
            select(Delivery.sent_at, Staff.slack_user_id, Delivery.slot)
            .outerjoin(Staff, Staff.id == Delivery.receiver_id)
            .where(Delivery.state == DeliveryState.SENT)
        )
        return {(at, user or previews.TEAM, slot) for at, user, slot in rows if at is not None}

    return town.run(read)


async def test_ticking_at_the_previewed_instants_sends_exactly_the_previewed_messages(town: Town) -> None:
    furnish(town)
    name_all(town)
    lines = preview(town, 4)
    assert {line.slot for line in lines} >= {Slot.START, Slot.MIDDLE, Slot.URGENT}
    for instant in sorted({line.at.astimezone(dt.UTC) for line in lines}):
        await town.tick_at(instant)
    assert sent(town) == {(line.at.astimezone(dt.UTC), line.receiver, line.slot) for line in lines}


async def test_a_preview_writes_nothing_and_what_was_sent_is_not_previewed_again(town: Town) -> None:
    furnish(town)
    name_all(town)
    first = preview(town, 1)
    rows = town.run(lambda work: work.session.scalar(select(func.count()).select_from(Occurrence)))
    assert (rows, town.mailbox.letters) == (0, [])
    await town.tick_at(eastern("2026-03-02T09:00"))
    town.clock.instant = MONDAY
    again = town.run(lambda work: previews.preview(replace(work), eastern("2026-03-02T09:01"), 0))
    assert any(line.receiver == "U0ALICE" and line.slot is Slot.START for line in first)
    assert all(line.receiver != "U0ALICE" for line in again)
