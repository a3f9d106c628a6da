"""What a letter counts, from what stands open: each rule makes a line of its own, and nothing is told of that waits."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from models.contacts import Contact, ContactKind, ContactState
from models.follow_ups import FollowUp
from models.notes import Note, Review
from models.occurrences import Snooze
from models.staff import Role, Staff
from services import policies
from services.letters import age_of
from services.tidings import Age
from tests.reminders.town import Town, eastern
from tests.services.test_crew import ALICE

pytestmark = pytest.mark.anyio

MONDAY = dt.date(2026, 3, 2)
Make = Callable[[Town, uuid.UUID, uuid.UUID], uuid.UUID]


def days(number: int) -> dt.date:
    """So many days from Monday, 2 March."""
    return MONDAY + dt.timedelta(number)


async def told(town: Town, at: str, to: str = "U0ALICE") -> tuple[str, ...]:
    """What one person is told at this time, in at most one message."""
    before = len(town.mailbox.to(to))
    await town.tick_at(eastern(at))
    found = town.mailbox.to(to)
    assert len(found) <= before + 1
    return found[-1].lines if len(found) > before else ()


def with_client(town: Town, make: Make, **facts: Any) -> tuple[uuid.UUID, uuid.UUID]:
    """alice with a client, and one thing that is open; carol supervises her."""
    carol = town.staff("U0CAROL", role=Role.SUPERVISOR)
    alice = town.staff("U0ALICE", supervisor=carol)
    return alice, make(town, alice, town.client(alice, **facts))


SAYS: list[tuple[str, Make, str, str]] = [
    (
        "a draft of this morning",
        lambda town, alice, client: town.draft(alice, client, eastern("2026-03-02T06:30")),
        "2026-03-02T09:00",
        "1 draft is not signed.",
    ),
    (
        "a draft at noon",
        lambda town, alice, client: town.draft(alice, client, eastern("2026-03-02T10:00")),
        "2026-03-02T12:45",
        "1 draft is not signed.",
    ),
    (
        "a draft of Friday",
        lambda town, alice, client: town.draft(alice, client, eastern("2026-02-27T09:00")),
        "2026-03-02T09:00",
        "From last week: 1 unsigned draft.",
    ),
    (
        "a contact before work",
        lambda town, alice, client: town.contact(alice, client, eastern("2026-03-02T08:00")),
        "2026-03-02T09:00",
        "1 contact has no note yet: 1 phone. It is 1 hour old.",
    ),
    (
        "a note due on the next day",
        lambda town, alice, client: town.contact(alice, client, eastern("2026-02-27T15:00")),
        "2026-03-02T09:00",
        "1 note is due by the end of tomorrow.",
    ),
    (
        "a note due on Monday",
        lambda town, alice, client: town.contact(alice, client, eastern("2026-02-26T15:00")),
        "2026-02-27T09:00",
        "1 note is due by the end of the next business day.",
    ),
    (
        "a note due today",
        lambda town, alice, client: town.contact(alice, client, eastern("2026-02-26T15:00")),
        "2026-03-02T09:00",
        "1 note becomes late at the end of today.",
    ),
    (
        "a late note",
        lambda town, alice, client: town.contact(alice, client, eastern("2026-02-25T15:00")),
        "2026-03-02T09:00",
        "1 note is late, by 1 business day. A late note asks for a reason when you sign.",
    ),
    (
        "a follow-up in three days",
        lambda town, alice, client: town.follow_up(alice, client, days(3)),
        "2026-03-02T09:00",
        "1 follow-up is due within 3 days.",
    ),
    (
        "a follow-up of today",
        lambda town, alice, client: town.follow_up(alice, client, days(0)),
        "2026-03-02T09:00",
        "Today: 1 follow-up.",
    ),
    (
        "a follow-up of yesterday",
        lambda town, alice, client: town.follow_up(alice, client, days(-3)),
        "2026-03-02T09:00",
        "Today: 1 overdue follow-up.",
    ),
    (
        "a window of 90 days, a month before",
        lambda town, _, client: town.requirement(client, days(30)),
        "2026-03-02T09:00",
        "1 visit window closes within 30 days.",
    ),
    (
        "a window of 90 days, two weeks before",
        lambda town, _, client: town.requirement(client, days(15)),
        "2026-03-02T09:00",
        "1 visit window closes within 15 days.",
    ),
    (
        "a window this week",
        lambda town, _, client: town.requirement(client, days(2), home_due=True),
        "2026-03-02T09:00",
        "This week: 1 visit window closes; the visit must be at home. It closes in 2 days.",
    ),
    (
        "a window on the next Monday",
        lambda town, _, client: town.requirement(client, days(7)),
        "2026-03-02T09:00",
        "1 visit window closes within 7 days.",
    ),
    (
        "a window within seven days",
        lambda town, _, client: town.requirement(client, days(8)),
        "2026-03-03T09:00",
        "Within 7 days: 1 visit window closes. It closes in 7 days.",
    ),
    (
        "a window in grace",
        lambda town, _, client: town.requirement(client, days(-1)),
        "2026-03-02T09:00",
        "1 visit window is in grace, 9 days left.",
    ),
    (
        "a monthly visit in ten days",
        lambda town, _, client: town.requirement(client, days(10), every_days=30),
        "2026-03-02T09:00",
        "1 visit window closes within 10 days.",
    ),
    (
        "a month with nobody seen",
        lambda town, _, client: town.requirement(client, dt.date(2026, 3, 31), every_days=None, grace_days=0),
        "2026-03-16T09:00",
        "1 person on your list has no qualifying contact this month.",
    ),
    (
        "an urgent note",
        lambda town, alice, client: town.note(alice, client, eastern("2026-03-02T10:00"), urgent=True),
        "2026-03-03T10:00",
        "1 item marked urgent has no follow-up contact. It is 24 hours old.",
    ),
    (
        "a returned note",
        lambda town, alice, client: town.note(alice, client, eastern("2026-03-02T10:00"), review=Review.RETURNED),
        "2026-03-02T11:00",
        "1 note was returned for a change. It is 1 hour old.",
    ),
    (
        "a planned visit",
        lambda town, alice, client: town.contact(
            alice, client, eastern("2026-03-02T15:00"), kind=ContactKind.FACE_TO_FACE, state=ContactState.PLANNED
        ),
        "2026-03-02T09:00",
        "Today: 1 planned visit.",
    ),
]


@pytest.mark.parametrize(("make", "at", "line"), [each[1:] for each in SAYS], ids=[each[0] for each in SAYS])
async def test_each_rule_says_its_line(hamlet: Town, make: Make, at: str, line: str) -> None:
    with_client(hamlet, make)
    assert line in await told(hamlet, at)


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({"plan_review_on": days(60)}, "1 plan review is due within 60 days."),
        ({"plan_review_on": days(0)}, "1 plan review is due today."),
        ({"plan_review_on": days(-7)}, "1 plan review is overdue."),
        ({"last_contact_on": days(-30)}, "1 person on your list had no contact for 30 days."),
    ],
)
async def test_plans_and_silent_clients_say_theirs(hamlet: Town, facts: dict[str, Any], line: str) -> None:
    hamlet.client(hamlet.staff("U0ALICE"), **facts)
    assert await told(hamlet, "2026-03-02T09:00") == (line,)


TO_SUPERVISOR: list[tuple[Make, dict[str, dt.date], str, str]] = [
    (
        lambda town, alice, client: town.contact(alice, client, eastern("2026-02-25T15:00"), kind=ContactKind.ATTEMPT),
        {},
        "2026-03-02T09:00",
        "Past the limit: <@U0ALICE> 1 contact without a note (3 business days).",
    ),
    (
        lambda town, alice, client: town.contact(alice, client, eastern("2026-02-25T15:00")),
        {},
        "2026-03-02T09:00",
        "Past the limit: <@U0ALICE> 1 late note (3 business days).",
    ),
    (
        lambda town, alice, client: town.draft(alice, client, eastern("2026-02-25T15:00")),
        {},
        "2026-03-02T09:00",
        "Past the limit: <@U0ALICE> 1 unsigned draft (3 business days).",
    ),
    (
        lambda town, alice, client: town.follow_up(alice, client, dt.date(2026, 2, 26)),
        {},
        "2026-03-02T09:00",
        "Past the limit: <@U0ALICE> 1 follow-up (2 business days).",
    ),
    (
        lambda town, _, client: town.requirement(client, days(-1)),
        {},
        "2026-03-02T09:00",
        "Windows in grace: <@U0ALICE> 1, 9 days left.",
    ),
    (
        lambda town, _, client: town.requirement(client, days(-20)),
        {},
        "2026-03-02T09:00",
        "Past the limit: <@U0ALICE> 1 visit window not in time.",
    ),
    (
        lambda _, __, client: client,
        {"last_contact_on": days(-45)},
        "2026-03-02T09:00",
        "Past the limit: <@U0ALICE> 1 person without any contact.",
    ),
    (
        lambda town, alice, client: town.note(alice, client, eastern("2026-02-25T10:00"), review=Review.PENDING),
        {},
        "2026-03-02T09:00",
        "Waiting for your review: 1 note, the oldest 3 business days.",
    ),
    (
        lambda town, alice, client: town.note(alice, client, eastern("2026-02-28T10:00"), urgent=True),
        {},
        "2026-03-02T10:00",
        "1 urgent item of <@U0ALICE> has no follow-up contact. It is 48 hours old.",
    ),
]


@pytest.mark.parametrize(("make", "facts", "at", "line"), TO_SUPERVISOR)
async def test_a_supervisor_is_told_what_is_old_enough_and_cannot_put_it_off(
    hamlet: Town, make: Make, facts: dict[str, dt.date], at: str, line: str
) -> None:
    with_client(hamlet, make, **facts)
    assert await told(hamlet, at, "U0CAROL") == (line,)
    assert "Later" not in hamlet.mailbox.to("U0CAROL")[-1].buttons


async def test_a_supervisor_hears_each_day_of_what_stays_past_the_limit_without_a_step(hamlet: Town) -> None:
    with_client(hamlet, lambda town, alice, client: town.draft(alice, client, eastern("2026-02-25T15:00")))
    assert await told(hamlet, "2026-03-02T09:00", "U0CAROL")
    assert await told(hamlet, "2026-03-03T09:00", "U0CAROL") == (
        "Past the limit: <@U0ALICE> 1 unsigned draft (4 business days).",
    )


async def test_a_returned_note_is_said_at_once_and_in_each_morning(hamlet: Town) -> None:
    with_client(
        hamlet,
        lambda town, alice, client: town.note(alice, client, eastern("2026-02-27T18:00"), review=Review.RETURNED),
    )
    assert await told(hamlet, "2026-02-27T18:01") == ()
    for at, age in (
        ("03-02T08:30", "1 business day"),
        ("03-02T09:00", "1 business day"),
        ("03-03T09:00", "2 business days"),
    ):
        assert await told(hamlet, f"2026-{at}") == (f"1 note was returned for a change. It is {age} old.",)


async def test_what_is_covered_is_said_to_whoever_covers_and_waits_for_nobody(hamlet: Town) -> None:
    alice, bob = hamlet.staff("U0ALICE"), hamlet.staff("U0BOB")
    client = hamlet.client(alice, backup=bob)
    hamlet.follow_up(alice, client, MONDAY)
    hamlet.contact(alice, client, eastern("2026-02-27T10:00"))
    hamlet.change(Staff, alice, away_from=MONDAY, away_until=days(4))
    assert await told(hamlet, "2026-03-02T09:00", "U0BOB") == (
        "Today: 1 follow-up.",
        "1 item is covered for a colleague.",
    )
    assert hamlet.mailbox.to("U0ALICE") == []
    assert await told(hamlet, "2026-03-09T09:00") == (
        "Today: 1 overdue follow-up.",
        "From last week: 1 contact without a note.",
        "1 note is late, by 4 business days. A late note asks for a reason when you sign.",
    )


async def test_whoever_comes_back_hears_of_theirs_again_and_the_backup_does_not(hamlet: Town) -> None:
    alice, bob = hamlet.staff("U0ALICE"), hamlet.staff("U0BOB")
    hamlet.follow_up(alice, hamlet.client(alice, backup=bob), days(1))
    hamlet.change(Staff, alice, away_from=MONDAY, away_until=MONDAY)
    assert await told(hamlet, "2026-03-02T09:00", "U0BOB")
    assert await told(hamlet, "2026-03-03T09:00") == ("Today: 1 follow-up.",)
    assert await told(hamlet, "2026-03-03T12:45", "U0BOB") == ()


async def test_what_was_put_off_is_counted_by_nothing_until_then(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    client = hamlet.client(alice)
    waits = hamlet.contact(alice, client, eastern("2026-03-02T10:00"))
    hamlet.add(
        Snooze(
            workspace_id=hamlet.agency.id,
            staff_id=alice,
            subject_id=waits,
            times=1,
            until_at=eastern("2026-03-03T09:00"),
        )
    )
    assert await told(hamlet, "2026-03-02T12:45") == ()
    assert await told(hamlet, "2026-03-02T16:30") == ()
    hamlet.contact(alice, client, eastern("2026-03-02T16:31"))
    assert await told(hamlet, "2026-03-03T09:00") == (
        "From before today: 2 contacts without a note.",
        "2 notes are due by the end of tomorrow.",
    )


async def test_what_is_settled_between_planning_and_sending_is_not_said(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    client = hamlet.client(alice)
    contact = hamlet.contact(alice, client, eastern("2026-03-02T10:00"))
    note = hamlet.note(alice, client, eastern("2026-03-01T10:00"), review=Review.RETURNED)
    promise = hamlet.follow_up(alice, client, MONDAY)
    await hamlet.tick_at(eastern("2026-03-02T08:00"))
    hamlet.change(Contact, contact, state=ContactState.NOTED)
    hamlet.change(Note, note, review=Review.APPROVED)
    hamlet.change(FollowUp, promise, due_on=days(20))
    for at in ("2026-03-02T09:00", "2026-03-02T12:45", "2026-03-02T16:30"):
        assert await told(hamlet, at) == ()


async def test_a_policy_may_tell_a_backup_and_the_admins_of_others_things(hamlet: Town) -> None:
    policy = (
        "format: 1\nrules:\n  follow_up:\n    source: Ours.\n    steps:\n"
        "      - {at: 0 days, to: backup}\n      - {at: 1 day, to: admin}\n"
    )
    hamlet.run(lambda work: policies.apply(work, policy))
    alice, bob, _ = hamlet.staff("U0ALICE"), hamlet.staff("U0BOB"), hamlet.staff("U0DAN", role=Role.ADMIN)
    hamlet.follow_up(alice, hamlet.client(alice, backup=bob), MONDAY)
    line = "Past the limit: <@U0ALICE> 1 follow-up ({age})."
    assert await told(hamlet, "2026-03-02T09:00", "U0BOB") == (line.format(age="9 hours"),)
    assert await told(hamlet, "2026-03-03T09:00", "U0DAN") == (line.format(age="1 business day"),)
    assert len(hamlet.mailbox.to("U0BOB")) == 1


async def test_a_rule_that_is_off_is_told_of_nowhere(hamlet: Town) -> None:
    hamlet.run(lambda work: policies.apply(work, "format: 1\nrules:\n  follow_up: {on: false}\n"))
    with_client(hamlet, lambda town, alice, client: town.follow_up(alice, client, days(-5)))
    for at in ("2026-03-02T09:00", "2026-03-02T12:45", "2026-03-02T16:30"):
        await hamlet.tick_at(eastern(at))
    assert hamlet.mailbox.letters == []


@pytest.mark.parametrize(
    ("since", "age"),
    [
        ("2026-03-06T16:00", Age(hours=0)),
        ("2026-03-06T15:01", Age(hours=0)),
        ("2026-03-06T15:00", Age(hours=1)),
        ("2026-03-05T16:01", Age(hours=23)),
        ("2026-03-05T16:00", Age(business_days=1)),
        ("2026-03-02T08:00", Age(business_days=4)),
        ("2026-02-28T12:00", Age(business_days=5)),
    ],
)
async def test_an_age_is_in_hours_and_then_in_business_days(since: str, age: Age) -> None:
    assert age_of(ALICE, eastern(since), eastern("2026-03-06T16:00")) == age


async def test_a_weekend_alone_makes_one_business_day() -> None:
    assert age_of(ALICE, eastern("2026-03-06T23:00"), eastern("2026-03-08T23:30")) == Age(business_days=1)
