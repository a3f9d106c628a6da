"""Where it leads when a process stops for good, or for a while, between two steps of a delivery. Nothing is sent twice."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from models.deliveries import Delivery, DeliveryState
from models.occurrences import Occurrence, OccurrenceState
from models.rows import WorkspaceSession
from reminders.engine import Reminders, Ticked
from services import deliveries, schedule
from services.deliveries import Claim, Sent
from services.parcels import Message, Parcel
from services.tidings import Letter
from tests.reminders.town import Town, eastern
from views.reminders import letter_message

pytestmark = pytest.mark.anyio

MIDDLE = eastern("2026-03-02T12:45")
TOMORROW = eastern("2026-03-03T09:00")
# A lease that has ended when it begins: whoever stopped did so long ago.
OVER = dt.timedelta(seconds=-1)
LOST = "1 earlier reminder may not have reached you."


@pytest.fixture
def owed(town: Town) -> Town:
    """A town in which one message is owed at the middle of the day."""
    alice = town.staff("U0ALICE")
    town.contact(alice, town.client(alice), eastern("2026-03-02T09:30"))
    town.clock.instant = MIDDLE
    town.run(lambda work: schedule.write(work, schedule.look(work).fresh))
    return town


def claimed(town: Town, lease: dt.timedelta = deliveries.LEASE) -> Claim:
    """The one message, claimed by a process that does nothing more by itself."""
    (claim,) = town.run(lambda work: deliveries.claim(work, lease=lease))
    return claim


def begun(town: Town) -> tuple[Claim, Parcel]:
    """The one message, marked as sending; from here its lease is over."""
    claim = claimed(town)
    parcel = town.run(lambda work: deliveries.begin(work, claim))
    assert parcel is not None
    town.change(Delivery, claim.delivery_id, lease_until=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    return claim, parcel


def states(town: Town) -> tuple[list[DeliveryState], set[OccurrenceState]]:
    """What the ledger says of all messages, in order, and of all that was owed."""
    with WorkspaceSession(town.engine, town.agency.id) as session:
        told = session.scalars(select(Delivery.state).order_by(Delivery.send_at)).all()
        return list(told), set(session.scalars(select(Occurrence.state)))


def lines(town: Town) -> list[str]:
    """Every line of every letter."""
    return [line for letter in town.mailbox.letters for line in letter.lines]


async def post(town: Town, parcel: Parcel) -> Message:
    """Send a parcel as the engine does."""
    assert isinstance(parcel.content, Letter)
    posted = await town.mailbox.post(parcel.address, letter_message(parcel.content))
    return Message(posted.channel, posted.ts)


async def test_what_was_planned_and_not_claimed_is_sent_by_whoever_comes_next(owed: Town) -> None:
    assert await owed.tick() == Ticked(sent=1)
    assert await owed.tick() == Ticked()
    assert states(owed) == ([DeliveryState.SENT], {OccurrenceState.TOLD})


async def test_what_was_claimed_is_left_alone_until_the_lease_ends(owed: Town) -> None:
    claimed(owed)
    assert await owed.tick() == Ticked()
    assert states(owed) == ([DeliveryState.CLAIMED], {OccurrenceState.DUE})


async def test_what_was_claimed_and_not_begun_is_sent_once_the_lease_has_ended(owed: Town) -> None:
    claim = claimed(owed, OVER)
    assert await owed.tick() == Ticked(sent=1)
    assert owed.run(lambda work: deliveries.begin(work, claim)) is None
    assert len(owed.mailbox.letters) == 1


async def test_a_claim_whose_lease_has_ended_begins_nothing(owed: Town) -> None:
    claim = claimed(owed, OVER)
    assert owed.run(lambda work: deliveries.begin(work, claim)) is None
    assert states(owed) == ([DeliveryState.CLAIMED], {OccurrenceState.DUE})


async def test_what_was_begun_and_never_sent_is_reported_and_not_sent_again(owed: Town) -> None:
    begun(owed)
    assert await owed.tick() == Ticked(unknown=1)
    assert states(owed) == ([DeliveryState.UNKNOWN], {OccurrenceState.TOLD})
    await owed.tick_at(TOMORROW)
    (letter,) = owed.mailbox.letters
    assert LOST in letter.lines


async def test_what_was_sent_and_not_settled_is_reported_and_not_sent_again(owed: Town) -> None:
    _, parcel = begun(owed)
    await post(owed, parcel)
    assert await owed.tick() == Ticked(unknown=1)
    await owed.tick_at(TOMORROW)
    first, second = owed.mailbox.letters
    assert LOST not in first.lines
    assert LOST in second.lines


async def test_what_was_lost_is_reported_once(owed: Town) -> None:
    begun(owed)
    for at in ("2026-03-03T09:00", "2026-03-03T12:45", "2026-03-03T16:30", "2026-03-04T09:00"):
        await owed.tick_at(eastern(at))
    assert lines(owed).count(LOST) == 1


async def test_an_answer_that_comes_after_all_says_that_it_was_sent(owed: Town) -> None:
    claim, parcel = begun(owed)
    message = await post(owed, parcel)
    await owed.tick()
    owed.run(lambda work: deliveries.settle(work, claim, Sent(DeliveryState.SENT, message)))
    assert states(owed) == ([DeliveryState.SENT], {OccurrenceState.TOLD})
    await owed.tick_at(TOMORROW)
    assert LOST not in lines(owed)


@pytest.mark.parametrize("retry_after", [None, 0, 30])
async def test_what_surely_was_not_sent_is_told_of_although_it_was_called_lost(
    owed: Town, retry_after: int | None
) -> None:
    claim, _ = begun(owed)
    await owed.tick()
    owed.run(lambda work: deliveries.settle(work, claim, Sent(DeliveryState.FAILED, retry_after=retry_after)))
    for minute in (46, 47, 48):
        await owed.tick_at(eastern(f"2026-03-02T12:{minute}"))
    await owed.tick_at(TOMORROW)
    told_in_time = [letter for letter in owed.mailbox.letters if letter.at < TOMORROW]
    assert told_in_time or LOST in lines(owed)


async def test_a_process_that_stood_still_after_the_mark_sends_nothing(owed: Town) -> None:
    seconds = iter([0.0, 0.0, 0.0, 0.0, 1000.0])
    slow = Reminders(owed.doors, owed.mailbox, monotonic=lambda: next(seconds, 1000.0))
    ticked = await slow.tick(owed.tenant)
    assert (ticked.sent, owed.mailbox.letters) == (0, [])
    owed.clock.advance(minutes=1)
    assert await owed.tick() == Ticked(sent=1)
    assert LOST not in lines(owed)
