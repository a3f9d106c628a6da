"""Putting off: until when, how often, whose, and what is not said meanwhile."""

from __future__ import annotations

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from models.audit import AuditEvent
from models.contacts import Contact, ContactState
from models.occurrences import Occurrence, OccurrenceState, Snooze
from models.policy import RuleName
from models.staff import Role
from services import policies, snoozes
from services.refusals import NotFound
from services.snoozes import Later
from services.staff import Actor
from services.work import Work
from tests.reminders.town import Letter, Town, eastern

pytestmark = pytest.mark.anyio

MIDDLE, END, NEXT = "2026-03-02T12:45", "2026-03-02T16:30", "2026-03-03T09:00"


def actor(staff_id: uuid.UUID) -> Actor:
    """Whoever presses the button."""
    zone = ZoneInfo("America/New_York")
    return Actor(staff_id, "U0", "A", "CM", "", frozenset(), zone, "12345", 510, 1020, None, cosign_required=False)


def press(town: Town, staff_id: uuid.UUID, letter: Letter, later: Later) -> int:
    """Someone chooses a line of *Later* under a message."""
    return town.run(lambda work: snoozes.put_off(work, actor(staff_id), letter.ts, later))


def stored(town: Town) -> list[tuple[uuid.UUID, int, dt.datetime]]:
    """Everything that was ever put off: by whom, how often, until when."""

    def read(work: Work) -> list[tuple[uuid.UUID, int, dt.datetime]]:
        return [(row.staff_id, row.times, row.until_at) for row in work.session.scalars(select(Snooze))]

    return town.run(read)


def owed(town: Town, rule: RuleName) -> list[tuple[str, OccurrenceState]]:
    """The steps of one rule that were ever owed, and what became of them."""

    def read(work: Work) -> list[tuple[str, OccurrenceState]]:
        rows = work.session.scalars(select(Occurrence).where(Occurrence.rule == rule).order_by(Occurrence.due_at))
        return [(row.step, row.state) for row in rows]

    return town.run(read)


async def alice_with_a_contact(town: Town, ended: str = "2026-03-02T10:00") -> tuple[uuid.UUID, uuid.UUID]:
    """alice was told in the middle of the day of a contact of hers."""
    alice = town.staff("U0ALICE")
    contact = town.contact(alice, town.client(alice), eastern(ended))
    await town.tick_at(eastern(MIDDLE))
    return alice, contact


@pytest.mark.parametrize(
    ("pressed", "later", "until"),
    [
        ("2026-03-02T12:50", Later.HOUR, "2026-03-02T13:50"),
        ("2026-03-02T12:50", Later.END_OF_DAY, "2026-03-02T16:30"),
        ("2026-03-02T12:50", Later.TOMORROW, "2026-03-03T09:00"),
        ("2026-03-02T16:45", Later.END_OF_DAY, "2026-03-03T16:30"),
        ("2026-03-03T08:45", Later.TOMORROW, "2026-03-04T09:00"),
        ("2026-03-06T12:50", Later.TOMORROW, "2026-03-09T09:00"),
        ("2026-11-25T12:50", Later.TOMORROW, "2026-11-27T09:00"),
    ],
)
async def test_each_choice_has_its_time_in_the_persons_own_working_days(
    hamlet: Town, pressed: str, later: Later, until: str
) -> None:
    alice, _ = await alice_with_a_contact(hamlet)
    hamlet.clock.instant = eastern(pressed)
    assert press(hamlet, alice, hamlet.mailbox.letters[0], later) == 1
    assert stored(hamlet) == [(alice, 1, eastern(until))]


async def test_a_thing_told_of_by_two_rules_is_put_off_once(town: Town) -> None:
    alice = town.staff("U0ALICE")
    town.contact(alice, town.client(alice), eastern("2026-02-27T15:00"))
    await town.tick_at(eastern("2026-03-02T15:00"))
    (letter,) = town.mailbox.letters
    assert owed(town, RuleName.NOTE_DEADLINE) == [("-1 business day", OccurrenceState.TOLD)]
    assert press(town, alice, letter, Later.TOMORROW) == 1
    assert [times for _, times, _ in stored(town)] == [1]
    assert owed(town, RuleName.NOTE_DEADLINE)[-1] == ("later 1", OccurrenceState.DUE)
    assert owed(town, RuleName.UNNOTED_CONTACT)[-1] == ("later 1", OccurrenceState.DUE)


async def test_nothing_of_what_was_put_off_is_said_meanwhile(hamlet: Town) -> None:
    """At two o'clock the contact's step of four business hours comes, and at half past four the end of the day."""
    alice, _ = await alice_with_a_contact(hamlet)
    await hamlet.tick_at(eastern("2026-03-02T14:01"))
    press(hamlet, alice, hamlet.mailbox.letters[0], Later.TOMORROW)
    for at in ("2026-03-02T14:02", END, "2026-03-03T08:59"):
        await hamlet.tick_at(eastern(at))
    assert len(hamlet.mailbox.letters) == 1
    await hamlet.tick_at(eastern(NEXT))
    assert hamlet.mailbox.letters[-1].lines[0] == "From before today: 1 contact without a note."


async def test_twice_is_the_most_and_the_policy_says_how_often(hamlet: Town) -> None:
    alice, _ = await alice_with_a_contact(hamlet)
    press(hamlet, alice, hamlet.mailbox.letters[0], Later.HOUR)
    await hamlet.tick_at(eastern(END))
    press(hamlet, alice, hamlet.mailbox.letters[1], Later.TOMORROW)
    await hamlet.tick_at(eastern(NEXT))
    told = hamlet.mailbox.letters[2]
    assert "Later" not in told.buttons
    with pytest.raises(NotFound):
        press(hamlet, alice, told, Later.HOUR)
    hamlet.run(lambda work: policies.apply(work, "format: 1\nsnooze: {most: 3}\n"))
    assert press(hamlet, alice, told, Later.HOUR) == 1


async def test_an_agency_may_let_nothing_be_put_off(hamlet: Town) -> None:
    hamlet.run(lambda work: policies.apply(work, "format: 1\nsnooze: {most: 0}\n"))
    alice, _ = await alice_with_a_contact(hamlet)
    assert "Later" not in hamlet.mailbox.letters[0].buttons
    with pytest.raises(NotFound):
        press(hamlet, alice, hamlet.mailbox.letters[0], Later.HOUR)


async def test_a_press_that_comes_twice_counts_once(town: Town) -> None:
    alice, _ = await alice_with_a_contact(town)
    press(town, alice, town.mailbox.letters[0], Later.HOUR)
    with pytest.raises(NotFound):
        press(town, alice, town.mailbox.letters[0], Later.TOMORROW)
    assert stored(town) == [(alice, 1, eastern("2026-03-02T13:45"))]


async def test_nobody_puts_off_what_somebody_else_was_told(hamlet: Town) -> None:
    await alice_with_a_contact(hamlet)
    bob = hamlet.staff("U0BOB")
    for message in (hamlet.mailbox.letters[0].ts, "", "9.9"):
        with pytest.raises(NotFound):
            hamlet.run(lambda work, message=message: snoozes.put_off(work, actor(bob), message, Later.HOUR))
    assert stored(hamlet) == []


async def test_a_supervisor_puts_off_their_own_things_and_not_their_staffs(hamlet: Town) -> None:
    carol = hamlet.staff("U0CAROL", role=Role.SUPERVISOR)
    alice = hamlet.staff("U0ALICE", supervisor=carol)
    hamlet.contact(alice, hamlet.client(alice), eastern("2026-02-26T10:00"))
    hamlet.follow_up(carol, hamlet.client(carol), dt.date(2026, 3, 2))
    await hamlet.tick_at(eastern("2026-03-02T09:00"))
    (letter,) = hamlet.mailbox.to("U0CAROL")
    assert "Later" in letter.buttons
    assert press(hamlet, carol, letter, Later.TOMORROW) == 1
    assert owed(hamlet, RuleName.FOLLOW_UP)[-1] == ("later 1", OccurrenceState.DUE)
    assert [step for step, _ in owed(hamlet, RuleName.UNNOTED_CONTACT) if step.startswith("later")] == []


async def test_an_urgent_item_is_not_put_off(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    hamlet.note(alice, hamlet.client(alice), eastern("2026-03-01T09:00"), urgent=True)
    await hamlet.tick_at(eastern("2026-03-02T09:30"))
    (letter,) = hamlet.mailbox.letters
    with pytest.raises(NotFound):
        press(hamlet, alice, letter, Later.HOUR)


async def test_what_was_put_off_and_noted_is_not_said_again(hamlet: Town) -> None:
    alice, contact = await alice_with_a_contact(hamlet)
    press(hamlet, alice, hamlet.mailbox.letters[0], Later.END_OF_DAY)
    hamlet.change(Contact, contact, state=ContactState.NOTED)
    await hamlet.tick_at(eastern(END))
    assert hamlet.mailbox.letters[-1].lines == ("All noted. Nothing waits.",)
    assert len(hamlet.mailbox.letters) == 2


async def test_putting_off_is_written_into_the_trail_without_saying_what(town: Town) -> None:
    alice, _ = await alice_with_a_contact(town)
    press(town, alice, town.mailbox.letters[0], Later.TOMORROW)

    def newest(work: Work) -> tuple[str, uuid.UUID | None, str]:
        row = work.session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)).one()
        return row.action, row.actor_id, row.rule

    assert town.run(newest) == ("reminder:snooze", alice, "tomorrow")
