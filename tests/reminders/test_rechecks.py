"""What was owed when it was planned and is not owed any more when it would be said, or not then."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from models.clients import Client
from models.deliveries import Delivery, DeliveryState
from models.notes import Note, Review
from models.occurrences import Snooze
from models.requirements import Requirement
from models.staff import Role
from services import snoozes
from services.snoozes import Later
from tests.reminders.almanac import Person
from tests.reminders.town import Town, eastern
from tests.reminders.year import NEW_YORK, OFFICE, WEEK, actor_of

pytestmark = pytest.mark.anyio


async def test_a_visit_made_at_eight_is_not_asked_for_at_nine(town: Town) -> None:
    alice = town.staff("U0ALICE")
    window = town.requirement(town.client(alice), dt.date(2026, 3, 4), every_days=30)
    await town.tick_at(eastern("2026-03-02T07:00"))
    town.change(Requirement, window, closes_on=dt.date(2026, 4, 1))
    await town.tick_at(eastern("2026-03-02T09:00"))
    assert town.mailbox.letters == []


async def test_a_note_signed_at_noon_waits_for_the_supervisors_next_morning(town: Town) -> None:
    carol = town.staff("U0CAROL", role=Role.SUPERVISOR)
    alice = town.staff("U0ALICE", supervisor=carol)
    town.note(alice, town.client(alice), eastern("2026-03-02T12:00"), review=Review.PENDING)
    for at in ("02T12:45", "02T16:30"):
        await town.tick_at(eastern(f"2026-03-{at}"))
    assert town.mailbox.to("U0CAROL") == []
    await town.tick_at(eastern("2026-03-03T09:00"))
    assert len(town.mailbox.to("U0CAROL")) == 1


async def test_a_supervisor_whose_morning_was_missed_hears_the_next_morning_and_nothing_is_lost(town: Town) -> None:
    carol = town.staff("U0CAROL", role=Role.SUPERVISOR)
    alice = town.staff("U0ALICE", supervisor=carol)
    note = town.note(alice, town.client(alice), eastern("2026-03-02T12:00"), review=Review.PENDING)
    await town.tick_at(eastern("2026-03-03T14:00"))
    assert town.mailbox.to("U0CAROL") == []
    await town.tick_at(eastern("2026-03-04T09:00"))
    (told,) = town.mailbox.to("U0CAROL")
    assert told.lines[0].startswith("Waiting for your review: 1 note")
    town.change(Note, note, review=Review.APPROVED)


async def test_a_returned_note_and_what_else_is_due_at_nine_are_one_message(town: Town) -> None:
    alice = town.staff("U0ALICE")
    for number in range(4):
        client = town.client(alice)
        town.contact(alice, client, eastern(f"2026-03-0{2 + number}T14:00"))
        note = town.note(alice, client, eastern(f"2026-03-0{2 + number}T18:00"), review=Review.RETURNED)
        before = len(town.mailbox.letters)
        await town.tick_at(eastern(f"2026-03-0{3 + number}T09:00"))
        (letter,) = town.mailbox.letters[before:]
        assert any("returned" in line for line in letter.lines)
        town.change(Note, note, review=Review.APPROVED)


async def test_who_was_not_heard_of_for_thirty_days_is_told_of_in_the_morning_in_sydney_too(town: Town) -> None:
    kim = town.staff("U0KIM", zone="Australia/Sydney")
    client = town.client(kim)
    town.change(Client, client, last_contact_on=dt.date(2026, 3, 3))
    # Thursday the second of April, nine in the morning; in universal time it is still the first.
    await town.tick_at(dt.datetime(2026, 4, 2, 9, tzinfo=ZoneInfo("Australia/Sydney")).astimezone(dt.UTC))
    (told,) = town.mailbox.letters
    assert told.lines[0].startswith("1 person on your list had no contact for 30 days")


@pytest.mark.parametrize(
    ("later", "again"),
    [(Later.HOUR, "02T12:45"), (Later.END_OF_DAY, "02T16:30"), (Later.TOMORROW, "03T09:00")],
)
async def test_what_is_put_off_comes_again_then_and_not_before_and_counts_once(
    town: Town, later: Later, again: str
) -> None:
    alice = town.staff("U0ALICE")
    # Its note is due today: two rules tell of one contact.
    town.contact(alice, town.client(alice), eastern("2026-02-26T10:00"))
    await town.tick_at(eastern("2026-03-02T09:00"))
    town.clock.instant = eastern("2026-03-02T10:30")
    person = Person(alice, "U0ALICE", NEW_YORK, WEEK, OFFICE, Role.CASE_MANAGER)
    ts = town.mailbox.letters[0].ts
    assert town.run(lambda work: snoozes.put_off(work, actor_of(person), ts, later)) == 1
    assert town.run(lambda work: work.session.scalars(select(Snooze.times)).all()) == [1]
    for at in ("02T12:45", "02T16:30", "03T09:00"):
        await town.tick_at(eastern(f"2026-03-{at}"))
        if at == again:
            break
    assert [letter.at for letter in town.mailbox.letters[1:]] == [eastern(f"2026-03-{again}")]
    states = town.run(lambda work: work.session.scalars(select(Delivery.state).distinct()).all())
    assert set(states) <= {DeliveryState.SENT, DeliveryState.SUPPRESSED}
