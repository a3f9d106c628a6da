"""Emergencies over time: told at once and once, also when Slack is in trouble; and a review that is owed, in one morning's message."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select

from desk.courier import Courier
from desk.surface import SlackFailedError
from models.base import new_reference
from models.deliveries import Delivery, DeliveryState, Slot
from models.glass import BreakGlass
from models.policy import RuleName
from models.staff import Role, Staff, StaffState
from reminders.engine import Ticked
from services import alarms, glass, occurrences, open_items, policies, schedule
from services.alarms import OPENED, Reach
from services.firings import Firing
from services.work import Work
from tests.reminders.town import Town, eastern

pytestmark = pytest.mark.anyio

NIGHT = eastern("2026-03-03T02:30")
TOLD = "<@U0DAN> has opened emergency access to 1 client, for 60 minutes."
OWED = "1 emergency still waits for its review."


def break_glass(town: Town, who: uuid.UUID, told: tuple[uuid.UUID, ...]) -> uuid.UUID:
    """Somebody breaks the glass now, and it is written down who is told."""
    client = town.client(who)

    def store(work: Work) -> uuid.UUID:
        row = BreakGlass(
            workspace_id=work.workspace_id,
            ref=new_reference("E"),
            staff_id=who,
            client_id=client,
            reason=town.sealed,
            opened_at=work.now,
            ends_at=work.now + glass.LENGTH,
        )
        work.session.add(row)
        work.session.flush()
        scene = open_items.scene_of(work, policies.in_force(work))
        rule, day = RuleName.EMERGENCY_REVIEW, work.now.date()
        occurrences.insert(work, [Firing(rule, row.id, OPENED, each, day, work.now) for each in told])
        schedule.at_any_hour(scene, [scene.crew[each] for each in told])
        return row.id

    return town.run(store)


def lines(town: Town, user_id: str) -> list[str]:
    """Everything that one person was told."""
    return [line for letter in town.mailbox.to(user_id) for line in letter.lines]


async def test_it_is_told_at_night_by_whoever_comes_first_and_once(town: Town) -> None:
    carol = town.staff("U0CAROL", role=Role.SUPERVISOR)
    dan, pia = town.staff("U0DAN", supervisor=carol), town.staff("U0PIA", role=Role.PRIVACY_OFFICER)
    town.clock.instant = NIGHT
    break_glass(town, dan, (carol, pia))
    courier = Courier(town.doors, town.mailbox)
    assert await courier.deliver(town.tenant, (Slot.EMERGENCY,)) == [DeliveryState.SENT] * 2
    assert await town.tick() == Ticked()
    assert await courier.deliver(town.tenant, (Slot.EMERGENCY,)) == []
    assert lines(town, "U0CAROL") == [TOLD]
    assert lines(town, "U0PIA") == [TOLD, "A review is owed within 72 hours."]
    assert [letter.buttons for letter in town.mailbox.letters if letter.to == "U0PIA"] == [("Review",)]
    await town.tick_at(eastern("2026-03-03T09:00"))
    assert lines(town, "U0CAROL") == [TOLD]


async def test_the_clock_tells_it_where_nobody_did_and_no_other_message_takes_it_along(hamlet: Town) -> None:
    dan, pia = hamlet.staff("U0DAN"), hamlet.staff("U0PIA", role=Role.PRIVACY_OFFICER)
    hamlet.contact(pia, hamlet.client(pia), eastern("2026-03-03T08:00"))
    hamlet.clock.instant = eastern("2026-03-03T12:45")
    break_glass(hamlet, dan, (pia,))
    assert await hamlet.tick() == Ticked(sent=2)
    assert [len(letter.lines) for letter in hamlet.mailbox.to("U0PIA")] == [2, 1]
    assert TOLD in lines(hamlet, "U0PIA")


@pytest.mark.parametrize(
    ("trouble", "state", "said"),
    [
        (SlackFailedError("ratelimited", retry_after=30), DeliveryState.SENT, 1),
        (SlackFailedError("no_answer", sent=True), DeliveryState.UNKNOWN, 0),
        (SlackFailedError("channel_not_found"), DeliveryState.FAILED, 0),
    ],
)
async def test_what_slack_does_not_take_is_tried_again_and_what_may_be_lost_is_not_sent_twice(
    hamlet: Town, trouble: SlackFailedError, state: DeliveryState, said: int
) -> None:
    dan, pia = hamlet.staff("U0DAN"), hamlet.staff("U0PIA", role=Role.PRIVACY_OFFICER)
    hamlet.clock.instant = NIGHT
    break_glass(hamlet, dan, (pia,))
    hamlet.mailbox.trouble = [trouble]
    await Courier(hamlet.doors, hamlet.mailbox).deliver(hamlet.tenant, (Slot.EMERGENCY,))
    for minutes in range(1, 4):
        await hamlet.tick_at(NIGHT + dt.timedelta(minutes=minutes))
    assert lines(hamlet, "U0PIA").count(TOLD) == said
    query = select(Delivery.state).where(Delivery.slot == Slot.EMERGENCY)
    assert set(hamlet.run(lambda work: work.session.scalars(query).all())) == {state}


async def test_whoever_has_left_meanwhile_is_not_told(hamlet: Town) -> None:
    dan, pia = hamlet.staff("U0DAN"), hamlet.staff("U0PIA", role=Role.PRIVACY_OFFICER)
    break_glass(hamlet, dan, (pia,))
    hamlet.change(Staff, pia, state=StaffState.LEFT)
    assert await hamlet.tick() == Ticked()


async def test_a_review_that_is_owed_for_72_hours_is_said_in_one_morning_message_to_every_officer_but_its_own(
    town: Town,
) -> None:
    dan = town.staff("U0DAN", role=Role.PRIVACY_OFFICER)
    town.staff("U0PIA", role=Role.PRIVACY_OFFICER)
    town.clock.instant = eastern("2026-03-03T14:00")
    break_glass(town, dan, ())
    for at in ("04T09:00", "05T16:30", "06T09:00", "06T12:45", "06T14:01", "06T16:30", "07T09:00"):
        await town.tick_at(eastern(f"2026-03-{at}"))
    assert town.mailbox.letters == []
    await town.tick_at(eastern("2026-03-09T09:00"))
    (letter,) = town.mailbox.letters
    assert (letter.to, letter.lines, letter.buttons) == (
        "U0PIA",
        (OWED,),
        ("Open my day", "Review emergencies", "Later"),
    )
    for at in ("09T12:45", "09T16:30", "10T09:00", "11T09:00", "20T09:00"):
        await town.tick_at(eastern(f"2026-03-{at}"))
    assert len(town.mailbox.letters) == 1


async def test_a_review_that_was_done_in_time_is_not_asked_for_and_the_message_says_so_later(hamlet: Town) -> None:
    dan, pia = hamlet.staff("U0DAN"), hamlet.staff("U0PIA", role=Role.PRIVACY_OFFICER)
    hamlet.clock.instant = eastern("2026-03-03T14:00")
    first, second = (break_glass(hamlet, dan, ()) for _ in range(2))
    hamlet.change(BreakGlass, first, reviewed_at=eastern("2026-03-04T10:00"), reviewed_by=pia)
    await hamlet.tick_at(eastern("2026-03-09T09:00"))
    assert lines(hamlet, "U0PIA") == [OWED]
    hamlet.change(BreakGlass, second, reviewed_at=eastern("2026-03-09T09:10"), reviewed_by=pia)
    await hamlet.tick_at(eastern("2026-03-09T09:11"))
    assert lines(hamlet, "U0PIA") == [OWED, "All done. Nothing waits."]


async def test_the_doctor_may_ask_whether_anybody_would_be_told(hamlet: Town) -> None:
    assert hamlet.run(alarms.reach) is Reach.NOBODY_WORKS_HERE
    hamlet.staff("U0ALICE")
    assert hamlet.run(alarms.reach) is Reach.NO_OFFICER
    pia = hamlet.staff("U0PIA", role=Role.PRIVACY_OFFICER)
    assert hamlet.run(alarms.reach) is Reach.TOLD
    hamlet.change(Staff, pia, slack_user_id=None)
    assert hamlet.run(alarms.reach) is Reach.NOT_IN_SLACK
    hamlet.change(Staff, pia, state=StaffState.LEFT)
    assert hamlet.run(alarms.reach) is Reach.NO_OFFICER
