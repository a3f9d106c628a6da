"""The ledger of messages: each scheduled once, what becomes of it, and what is said of the ones that went wrong."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from desk.surface import SlackFailedError
from models.contacts import Contact, ContactState
from models.deliveries import Delivery, DeliveryState, Slot
from models.notes import Review
from models.occurrences import Occurrence, OccurrenceState
from models.policy import RuleName
from models.staff import Role, Staff, StaffState
from reminders.engine import Reminders, Ticked
from services import deliveries, schedule
from services.work import Work
from tests.reminders.town import Town, eastern

pytestmark = pytest.mark.anyio

MIDDLE, END = eastern("2026-03-02T12:45"), eastern("2026-03-02T16:30")
NEXT, AFTER = eastern("2026-03-03T09:00"), eastern("2026-03-04T09:00")
LOST = "1 earlier reminder may not have reached you."
GONE = SlackFailedError("no_answer", sent=True)
REFUSED = SlackFailedError("channel_not_found")
AWAY = SlackFailedError("unreachable")


def ledger(town: Town) -> list[tuple[Slot, DeliveryState]]:
    """Every message there is, in the order in which it was due."""

    def read(work: Work) -> list[tuple[Slot, DeliveryState]]:
        rows = work.session.scalars(select(Delivery).order_by(Delivery.send_at, Delivery.id))
        return [(row.slot, row.state) for row in rows]

    return town.run(read)


def states(town: Town, rule: RuleName = RuleName.UNNOTED_CONTACT) -> set[OccurrenceState]:
    """What became of everything owed by a rule."""

    def read(work: Work) -> set[OccurrenceState]:
        return set(work.session.scalars(select(Occurrence.state).where(Occurrence.rule == rule)))

    return town.run(read)


def with_contact(town: Town, *, supervisor: uuid.UUID | None = None) -> tuple[uuid.UUID, uuid.UUID]:
    """alice with a contact of the morning."""
    alice = town.staff("U0ALICE", supervisor=supervisor)
    return alice, town.contact(alice, town.client(alice), eastern("2026-03-02T10:00"))


async def test_one_message_for_one_time_of_one_day_whoever_writes_it_down(town: Town) -> None:
    alice, _ = with_contact(town)
    town.clock.instant = MIDDLE
    fresh = town.run(schedule.look).fresh
    for _ in range(3):
        town.run(lambda work: schedule.write(work, fresh))
    assert ledger(town) == [(Slot.MIDDLE, DeliveryState.DUE)]
    again = Delivery(
        workspace_id=town.agency.id,
        receiver_id=alice,
        local_on=dt.date(2026, 3, 2),
        slot=Slot.MIDDLE,
        send_at=MIDDLE,
        expires_at=END,
    )
    with pytest.raises(IntegrityError):
        town.add(again)


async def test_a_delivery_is_claimed_by_one_and_let_go_of_untried(town: Town) -> None:
    with_contact(town)
    town.clock.instant = MIDDLE
    town.run(lambda work: schedule.write(work, schedule.look(work).fresh))
    claims = town.run(deliveries.claim)
    assert len(claims) == 1
    assert town.run(deliveries.claim) == []
    town.run(lambda work: deliveries.release(work, claims))
    assert ledger(town) == [(Slot.MIDDLE, DeliveryState.DUE)]
    (again,) = town.run(deliveries.claim)
    assert (again.delivery_id, again.token != claims[0].token) == (claims[0].delivery_id, True)
    assert town.run(lambda work: deliveries.begin(work, claims[0])) is None
    assert town.run(lambda work: deliveries.begin(work, again)) is not None
    assert town.run(lambda work: work.session.get_one(Delivery, (work.workspace_id, again.delivery_id)).attempts) == 1


async def test_what_is_settled_before_it_is_sent_is_suppressed(town: Town) -> None:
    _, contact = with_contact(town)
    town.clock.instant = MIDDLE
    town.run(lambda work: schedule.write(work, schedule.look(work).fresh))
    (claim,) = town.run(deliveries.claim)
    town.change(Contact, contact, state=ContactState.NOTED)
    assert town.run(lambda work: deliveries.begin(work, claim)) is None
    assert ledger(town) == [(Slot.MIDDLE, DeliveryState.SUPPRESSED)]
    assert states(town) == {OccurrenceState.SUPPRESSED}


@pytest.mark.parametrize(
    "change", [{"state": StaffState.LEFT}, {"slack_user_id": None}, {"away_from": dt.date(2026, 3, 2)}]
)
async def test_whoever_left_or_went_away_meanwhile_is_told_nothing(hamlet: Town, change: dict[str, object]) -> None:
    alice, _ = with_contact(hamlet)
    hamlet.clock.instant = MIDDLE
    hamlet.run(lambda work: schedule.write(work, schedule.look(work).fresh))
    hamlet.change(Staff, alice, **change)
    assert await hamlet.tick() == Ticked()
    assert hamlet.mailbox.letters == []
    assert ledger(hamlet) == [(Slot.MIDDLE, DeliveryState.SUPPRESSED)]


async def test_what_was_not_sent_in_its_time_is_said_by_the_next_message(hamlet: Town) -> None:
    with_contact(hamlet)
    hamlet.mailbox.trouble = [AWAY] * 3
    for minute in (45, 47, 49):
        await hamlet.tick_at(eastern(f"2026-03-02T12:{minute}"))
    assert ledger(hamlet) == [(Slot.MIDDLE, DeliveryState.DUE)]
    await hamlet.tick_at(END)
    assert ledger(hamlet) == [(Slot.MIDDLE, DeliveryState.EXPIRED), (Slot.END, DeliveryState.SENT)]
    assert states(hamlet) == {OccurrenceState.TOLD}


async def test_what_is_a_week_old_is_said_by_no_step_of_its_own_and_by_the_plan_of_the_morning(hamlet: Town) -> None:
    with_contact(hamlet)
    await hamlet.tick_at(eastern("2026-03-02T11:00"))
    await hamlet.tick_at(eastern("2026-03-10T09:00"))
    assert OccurrenceState.EXPIRED in states(hamlet)
    assert hamlet.mailbox.letters[-1].lines[0] == "From before today: 1 contact without a note."


async def test_a_lost_message_is_told_of_once_in_the_next_one(town: Town) -> None:
    with_contact(town)
    town.mailbox.trouble = [GONE]
    for at in (MIDDLE, END, NEXT, AFTER):
        await town.tick_at(at)
    first, *rest = town.mailbox.letters
    assert LOST in first.lines
    assert [letter for letter in rest if LOST in letter.lines] == []
    assert ledger(town)[0] == (Slot.MIDDLE, DeliveryState.UNKNOWN)


async def test_a_message_that_tells_of_a_lost_one_and_is_lost_too_makes_two(hamlet: Town) -> None:
    with_contact(hamlet)
    hamlet.mailbox.trouble = [GONE, GONE]
    for at in (MIDDLE, END, NEXT, AFTER):
        await hamlet.tick_at(at)
    first, second = hamlet.mailbox.letters
    assert "2 earlier reminders may not have reached you." in first.lines
    assert not [line for line in second.lines if "earlier" in line]


async def test_an_urgent_item_whose_message_may_be_lost_is_said_once_more_and_not_twice(town: Town) -> None:
    alice = town.staff("U0ALICE")
    town.note(alice, town.client(alice), eastern("2026-03-01T09:30"), urgent=True)
    town.mailbox.trouble = [GONE, GONE]
    told = [await town.tick_at(eastern(f"2026-03-02T{hour:02}:35")) for hour in range(9, 17)]
    assert [each.unknown for each in told] == [1, 1, 0, 0, 0, 0, 0, 0]
    assert not [letter for letter in town.mailbox.letters if "urgent" in letter.text]
    assert states(town, RuleName.SAFETY_FOLLOW_UP) == {OccurrenceState.TOLD}
    town.follow_up(alice, town.client(alice), dt.date(2026, 3, 3))
    await town.tick_at(NEXT)
    assert "2 earlier reminders may not have reached you." in town.mailbox.letters[-1].lines


async def test_an_urgent_item_that_was_said_the_second_time_is_not_said_a_third_time(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    hamlet.note(alice, hamlet.client(alice), eastern("2026-03-01T09:30"), urgent=True)
    hamlet.mailbox.trouble = [GONE]
    for hour in range(9, 17):
        await hamlet.tick_at(eastern(f"2026-03-02T{hour:02}:35"))
    (letter,) = hamlet.mailbox.letters
    assert (letter.at, letter.buttons) == (eastern("2026-03-02T10:35"), ("Open", "I did it: note it"))


async def test_a_message_that_cannot_be_delivered_is_told_of_to_the_supervisor_once(town: Town) -> None:
    carol = town.staff("U0CAROL", role=Role.SUPERVISOR)
    _, contact = with_contact(town, supervisor=carol)
    town.mailbox.trouble = [REFUSED]
    assert (await town.tick_at(MIDDLE)).failed == 1
    assert states(town) == {OccurrenceState.FAILED}
    town.change(Contact, contact, state=ContactState.NOTED)
    for at in (END, NEXT, AFTER):
        await town.tick_at(at)
    (letter,) = town.mailbox.letters
    assert (letter.to, letter.at) == ("U0CAROL", NEXT)
    assert letter.lines == ("1 reminder could not be delivered to <@U0ALICE>.",)


async def test_while_the_supervisor_is_away_theirs_is_told_and_told_once(hamlet: Town) -> None:
    dan = hamlet.staff("U0DAN", role=Role.SUPERVISOR)
    carol = hamlet.staff("U0CAROL", role=Role.SUPERVISOR, supervisor=dan)
    _, contact = with_contact(hamlet, supervisor=carol)
    hamlet.change(Staff, carol, away_from=dt.date(2026, 3, 2), away_until=dt.date(2026, 3, 3))
    hamlet.mailbox.trouble = [REFUSED]
    await hamlet.tick_at(MIDDLE)
    hamlet.change(Contact, contact, state=ContactState.NOTED)
    for at in (NEXT, AFTER):
        await hamlet.tick_at(at)
    assert [(letter.to, letter.lines) for letter in hamlet.mailbox.letters] == [
        ("U0DAN", ("1 reminder could not be delivered to <@U0ALICE>.",))
    ]


async def test_after_its_attempts_a_message_is_failed(hamlet: Town) -> None:
    with_contact(hamlet)
    hamlet.mailbox.trouble = [AWAY] * 10
    told = [await hamlet.tick_at(eastern(f"2026-03-02T13:{minute:02}")) for minute in range(0, 20, 2)]
    assert sum(each.failed for each in told) == deliveries.ATTEMPTS_MOST
    assert ledger(hamlet) == [(Slot.MIDDLE, DeliveryState.FAILED)]
    assert states(hamlet) == {OccurrenceState.FAILED}


class Watch:
    """A clock of seconds that moves by hand."""

    seconds = 0.0

    def __call__(self) -> float:
        """What it shows."""
        return self.seconds


@pytest.mark.parametrize("code", ["ratelimited", "rate_limited"])
async def test_nothing_is_sent_before_slack_wants_to_hear_again(hamlet: Town, code: str) -> None:
    watch = Watch()
    engine = Reminders(hamlet.doors, hamlet.mailbox, monotonic=watch)
    for number in range(12):
        staff = hamlet.staff(f"U0STAFF{number}")
        hamlet.contact(staff, hamlet.client(staff), eastern("2026-03-02T10:00"))
    hamlet.mailbox.trouble = [SlackFailedError(code, retry_after=90)]
    hamlet.clock.instant = MIDDLE
    first = await engine.tick(hamlet.tenant)
    assert first.failed >= 1
    sent = len(hamlet.mailbox.letters)
    assert sent < 4
    for _ in range(2):
        watch.seconds += 44
        hamlet.clock.advance(seconds=44)
        assert await engine.tick(hamlet.tenant) == Ticked()
    watch.seconds += 3
    hamlet.clock.advance(seconds=3)
    assert (await engine.tick(hamlet.tenant)).sent == 12 - sent
    assert [state for _, state in ledger(hamlet)] == [DeliveryState.SENT] * 12


async def test_a_message_that_cannot_be_changed_yet_is_quiet_too_and_changed_later(hamlet: Town) -> None:
    watch = Watch()
    engine = Reminders(hamlet.doors, hamlet.mailbox, monotonic=watch)
    with_contact(hamlet)
    bob = hamlet.staff("U0BOB")
    hamlet.clock.instant = MIDDLE
    await engine.tick(hamlet.tenant)
    hamlet.contact(bob, hamlet.client(bob), eastern("2026-03-02T14:00"))
    hamlet.mailbox.trouble = [SlackFailedError("ratelimited", retry_after=20)]
    hamlet.clock.instant = END
    assert (await engine.tick(hamlet.tenant)).sent <= 1
    hamlet.clock.advance(seconds=10)
    assert await engine.tick(hamlet.tenant) == Ticked()
    watch.seconds += 30
    hamlet.clock.advance(seconds=30)
    await engine.tick(hamlet.tenant)
    assert len(hamlet.mailbox.letters) == 3
    assert [letter.is_new for letter in hamlet.mailbox.to("U0ALICE")] == [True, False]


async def test_a_finished_message_waits_until_slack_wants_to_hear_again(hamlet: Town) -> None:
    watch = Watch()
    engine = Reminders(hamlet.doors, hamlet.mailbox, monotonic=watch)
    _, contact = with_contact(hamlet)
    hamlet.clock.instant = MIDDLE
    await engine.tick(hamlet.tenant)
    hamlet.change(Contact, contact, state=ContactState.NOTED)
    hamlet.mailbox.trouble = [SlackFailedError("ratelimited", retry_after=90)]
    for seconds in (0, 60):
        watch.seconds = seconds
        await engine.tick(hamlet.tenant)
        assert len(hamlet.mailbox.letters) == 1
    watch.seconds = 91
    await engine.tick(hamlet.tenant)
    assert hamlet.mailbox.letters[-1].lines == ("All noted. Nothing waits.",)


async def test_a_returned_note_comes_at_most_once_an_hour(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    client = hamlet.client(alice)
    for minute in (5, 10, 20, 50):
        at = eastern(f"2026-03-02T10:{minute:02}")
        hamlet.note(alice, client, at, review=Review.RETURNED)
        await hamlet.tick_at(at)
    await hamlet.tick_at(eastern("2026-03-02T11:00"))
    assert [(letter.at, letter.text[:7]) for letter in hamlet.mailbox.letters] == [
        (eastern("2026-03-02T10:05"), "1 note "),
        (eastern("2026-03-02T11:00"), "4 notes"),
    ]


async def test_a_message_that_slack_has_lost_sight_of_is_posted_anew(hamlet: Town) -> None:
    with_contact(hamlet)
    await hamlet.tick_at(MIDDLE)
    hamlet.mailbox.trouble = [SlackFailedError("message_not_found")]
    await hamlet.tick_at(END)
    assert [letter.is_new for letter in hamlet.mailbox.letters] == [True, True]


async def test_an_answer_makes_the_next_message_a_new_one(town: Town) -> None:
    alice, _ = with_contact(town)
    await town.tick_at(MIDDLE)
    (letter,) = town.mailbox.letters
    bob = town.staff("U0BOB")
    assert not town.run(lambda work: deliveries.answer(work, bob, letter.ts))
    assert town.run(lambda work: deliveries.answer(work, alice, letter.ts))
    assert not town.run(lambda work: deliveries.answer(work, alice, letter.ts))
    await town.tick_at(END)
    assert [each.is_new for each in town.mailbox.letters] == [True, True]
