"""What a person is told in the course of a day, and what not."""

from __future__ import annotations

import datetime as dt

import pytest

from desk.surface import SlackFailedError
from models.contacts import Contact, ContactKind, ContactState
from models.follow_ups import FollowUp, FollowUpState
from models.staff import Role
from tests.reminders.town import Town, eastern

pytestmark = pytest.mark.anyio


async def test_contacts_of_the_morning_are_one_message_in_the_middle_of_the_day(town: Town) -> None:
    alice = town.staff("U0ALICE")
    client = town.client(alice)
    for ended in ("2026-03-02T09:30", "2026-03-02T10:00"):
        town.contact(alice, client, eastern(ended))
    town.contact(alice, client, eastern("2026-03-02T11:00"), kind=ContactKind.FACE_TO_FACE)
    await town.tick_at(eastern("2026-03-02T11:30"))
    assert town.mailbox.letters == []
    await town.tick_at(eastern("2026-03-02T12:45"))
    await town.tick_at(eastern("2026-03-02T12:46"))
    (letter,) = town.mailbox.letters
    assert letter.lines == ("3 contacts have no note yet: 2 phone, 1 visit. The oldest is 3 hours old.",)
    assert letter.text == "3 contacts have no note yet."
    assert letter.buttons == ("Write notes", "Later")


async def test_a_message_says_that_all_is_noted_once_it_is(town: Town) -> None:
    alice = town.staff("U0ALICE")
    contact = town.contact(alice, town.client(alice), eastern("2026-03-02T10:00"))
    await town.tick_at(eastern("2026-03-02T12:45"))
    town.change(Contact, contact, state=ContactState.NOTED)
    await town.tick_at(eastern("2026-03-02T12:50"))
    await town.tick_at(eastern("2026-03-02T12:51"))
    first, second = town.mailbox.letters
    assert (second.ts, second.is_new, second.lines) == (first.ts, False, ("All noted. Nothing waits.",))
    await town.tick_at(eastern("2026-03-02T16:30"))
    assert len(town.mailbox.letters) == 2


async def test_a_message_that_took_the_place_of_the_plan_is_done_when_all_that_it_says_is(town: Town) -> None:
    alice = town.staff("U0ALICE")
    client = town.client(alice)
    town.requirement(client, dt.date(2026, 3, 4))
    contact = town.contact(alice, client, eastern("2026-03-02T08:30"))
    for at in ("2026-03-02T09:00", "2026-03-02T12:45"):
        await town.tick_at(eastern(at))
    plan, middle = town.mailbox.letters
    assert plan.lines[0] == "This week: 1 visit window closes. It closes in 2 days."
    assert (middle.ts, middle.lines) == (plan.ts, ("1 contact has no note yet: 1 phone. It is 4 hours old.",))
    town.change(Contact, contact, state=ContactState.NOTED)
    await town.tick_at(eastern("2026-03-02T12:50"))
    assert town.mailbox.letters[-1].lines == ("All noted. Nothing waits.",)


async def test_no_message_says_that_nothing_waits_while_something_does_that_it_told_of(town: Town) -> None:
    alice = town.staff("U0ALICE")
    client = town.client(alice)
    contact = town.contact(alice, client, eastern("2026-02-27T10:00"))
    promise = town.follow_up(alice, client, dt.date(2026, 3, 2))
    visit = town.contact(alice, client, eastern("2026-03-02T10:00"), state=ContactState.PLANNED)
    await town.tick_at(eastern("2026-03-02T09:00"))
    (plan,) = town.mailbox.letters
    assert plan.lines[0] == "Today: 1 planned visit, 1 follow-up."
    town.change(Contact, contact, state=ContactState.NOTED)
    await town.tick_at(eastern("2026-03-02T09:10"))
    town.change(FollowUp, promise, state=FollowUpState.DONE)
    await town.tick_at(eastern("2026-03-02T09:20"))
    assert town.mailbox.letters == [plan]
    town.change(Contact, visit, state=ContactState.CANCELLED)
    await town.tick_at(eastern("2026-03-02T09:30"))
    assert town.mailbox.letters[-1].lines == ("All done. Nothing waits.",)


async def test_a_contact_that_is_counted_before_its_first_step_is_waited_for_too(town: Town) -> None:
    alice = town.staff("U0ALICE")
    client = town.client(alice)
    old, young = (town.contact(alice, client, eastern(f"2026-03-02T{at}")) for at in ("10:00", "12:40"))
    await town.tick_at(eastern("2026-03-02T12:45"))
    (letter,) = town.mailbox.letters
    assert letter.text == "2 contacts have no note yet."
    town.change(Contact, old, state=ContactState.NOTED)
    await town.tick_at(eastern("2026-03-02T12:50"))
    assert town.mailbox.letters == [letter]
    town.change(Contact, young, state=ContactState.NOTED)
    await town.tick_at(eastern("2026-03-02T12:51"))
    assert town.mailbox.letters[-1].lines == ("All noted. Nothing waits.",)


async def test_the_count_at_the_end_of_a_day_is_done_too(town: Town) -> None:
    alice = town.staff("U0ALICE")
    contact = town.contact(alice, town.client(alice), eastern("2026-03-02T12:00"))
    for at in ("2026-03-02T12:45", "2026-03-02T16:30"):
        await town.tick_at(eastern(at))
    assert town.mailbox.letters[-1].lines[0] == "0 of 1 contact today has a note."
    town.change(Contact, contact, state=ContactState.NOTED)
    await town.tick_at(eastern("2026-03-02T16:40"))
    assert town.mailbox.letters[-1].lines == ("All noted. Nothing waits.",)


async def test_an_unanswered_message_is_changed_in_place_and_a_new_day_begins_a_new_one(town: Town) -> None:
    alice = town.staff("U0ALICE")
    town.contact(alice, town.client(alice), eastern("2026-03-02T10:00"))
    for at in ("2026-03-02T12:45", "2026-03-02T16:30", "2026-03-03T09:00"):
        await town.tick_at(eastern(at))
    middle, end, start = town.mailbox.letters
    assert [each.is_new for each in (middle, end, start)] == [True, False, True]
    assert middle.ts == end.ts != start.ts
    assert end.lines[0] == "0 of 1 contact today has a note."
    assert start.lines[0] == "From before today: 1 contact without a note."


async def test_nothing_comes_outside_working_hours_or_on_days_off(town: Town) -> None:
    alice = town.staff("U0ALICE")
    town.contact(alice, town.client(alice), eastern("2026-11-25T16:59"))
    for at in ("2026-11-25T18:00", "2026-11-26T12:45", "2026-11-28T12:45", "2026-11-29T12:45"):
        await town.tick_at(eastern(at))
    assert town.mailbox.letters == []
    await town.tick_at(eastern("2026-11-27T09:00"))
    assert len(town.mailbox.letters) == 1


async def test_a_supervisor_hears_of_a_moved_follow_up_by_its_age_and_not_that_it_was_moved(town: Town) -> None:
    carol = town.staff("U0CAROL", role=Role.SUPERVISOR)
    alice = town.staff("U0ALICE", supervisor=carol)
    promise = town.follow_up(alice, town.client(alice), dt.date(2026, 3, 2))
    await town.tick_at(eastern("2026-03-02T09:00"))
    assert town.mailbox.to("U0ALICE")[0].lines == ("Today: 1 follow-up.",)
    for day, moved_to in (("2026-03-03", 10), ("2026-03-04", 12)):
        town.change(FollowUp, promise, due_on=dt.date(2026, 3, moved_to))
        await town.tick_at(eastern(f"{day}T09:00"))
    await town.tick_at(eastern("2026-03-05T09:00"))
    (told,) = town.mailbox.to("U0CAROL")
    assert told.lines == ("Past the limit: <@U0ALICE> 1 follow-up (3 business days).",)
    assert len(town.mailbox.to("U0ALICE")) == 1


async def test_what_slack_surely_did_not_do_is_tried_again_and_what_it_may_have_done_is_not(town: Town) -> None:
    alice = town.staff("U0ALICE")
    town.contact(alice, town.client(alice), eastern("2026-03-02T10:00"))
    town.mailbox.trouble = [SlackFailedError("unreachable"), SlackFailedError("no_answer", sent=True)]
    assert (await town.tick_at(eastern("2026-03-02T12:45"))).failed == 1
    assert (await town.tick_at(eastern("2026-03-02T12:47"))).unknown == 1
    assert (await town.tick_at(eastern("2026-03-02T12:48"))).sent == 0
    await town.tick_at(eastern("2026-03-02T16:30"))
    (letter,) = town.mailbox.letters
    assert letter.lines[-1] == "1 earlier reminder may not have reached you."
