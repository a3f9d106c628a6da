"""A team's digest: on its day and at its hour, totals of exactly the days since the last one, and nobody who could be counted singly."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from models.contacts import Contact, ContactKind, ContactState
from models.notes import Review
from models.staff import Role
from services import digests, open_items, policies
from services.digests import Digest
from services.work import Work
from tests.reminders.town import Town, eastern

pytestmark = pytest.mark.anyio

MONDAY = dt.date(2026, 3, 9)
AT = "2026-03-09T09:00"


def found(town: Town, team: uuid.UUID) -> Digest | None:
    """The team's digest, now."""
    return town.run(lambda work: digests.compose(open_items.scene_of(work, policies.in_force(work)), team))


def days(town: Town) -> list[dt.date]:
    """For which days a digest is due now."""

    def due(work: Work) -> list[dt.date]:
        return [each.local_on for each in digests.due(open_items.scene_of(work, policies.in_force(work)))]

    return town.run(due)


def team_of(town: Town, writers: int = 3, clients: int = 5) -> tuple[uuid.UUID, list[uuid.UUID]]:
    """A team with a channel, and its staff with so many clients, all the first one's."""
    town.clock.instant = eastern(AT)
    team = town.team("C0TEAM")
    staff = [town.staff(f"U0STAFF{number}", team=team) for number in range(writers)]
    for _ in range(clients):
        town.client(staff[0])
    return team, staff


def note(town: Town, author: uuid.UUID, ended: str, signed: str) -> None:
    """A contact with its note."""
    town.note(author, town.client(author), eastern(ended), signed_at=eastern(signed))


async def test_a_digest_counts_the_week_and_what_is_open_now(hamlet: Town) -> None:
    team, (alice, bob, carol) = team_of(hamlet)
    for number in range(8):
        note(hamlet, (alice, bob)[number % 2], f"2026-03-0{2 + number % 5}T10:00", f"2026-03-0{2 + number % 5}T12:00")
    note(hamlet, carol, "2026-03-02T10:00", "2026-03-06T10:00")
    client = hamlet.client(alice)
    hamlet.contact(alice, client, eastern("2026-03-06T15:00"))
    hamlet.contact(alice, client, eastern("2026-03-06T15:00"), kind=ContactKind.ATTEMPT, state=ContactState.ATTEMPTED)
    hamlet.contact(alice, client, eastern("2026-03-01T23:59"))
    hamlet.contact(alice, client, eastern("2026-03-09T00:00"))
    hamlet.follow_up(bob, client, dt.date(2026, 3, 8))
    hamlet.follow_up(bob, client, MONDAY)
    for closes in (-1, 0, 6, 7):
        hamlet.requirement(hamlet.client(carol), MONDAY + dt.timedelta(closes))
    hamlet.requirement(hamlet.client(carol), MONDAY, every_days=None)
    hamlet.note(alice, client, eastern("2026-02-20T10:00"), review=Review.PENDING)
    digest = found(hamlet, team)
    assert digest is not None
    assert (digest.days, digest.contacts, digest.noted, digest.in_time) == (7, 10, 9, 80)
    assert (digest.without_note, digest.overdue, digest.windows, digest.for_review) == (3, 1, 2, 1)


@pytest.mark.parametrize(("writers", "contacts", "is_told"), [(3, 10, True), (2, 10, False), (3, 9, False)])
async def test_a_percentage_of_too_few_is_left_out(hamlet: Town, writers: int, contacts: int, is_told: bool) -> None:
    team, staff = team_of(hamlet)
    for number in range(contacts):
        note(hamlet, staff[number % writers], "2026-03-03T10:00", "2026-03-03T12:00")
    digest = found(hamlet, team)
    assert digest is not None
    assert (digest.in_time == 100) is is_told
    assert digest.in_time in (None, 100)


@pytest.mark.parametrize(("clients", "is_posted"), [(4, False), (5, True)])
async def test_a_team_with_few_clients_has_no_digest(hamlet: Town, clients: int, is_posted: bool) -> None:
    team, staff = team_of(hamlet, clients=clients)
    hamlet.contact(staff[0], None, eastern("2026-03-05T10:00"))
    assert (found(hamlet, team) is not None) is is_posted


async def test_a_team_of_which_there_is_nothing_to_say_has_none(hamlet: Town) -> None:
    team, _ = team_of(hamlet)
    assert found(hamlet, team) is None


async def test_nobody_elses_team_is_counted(hamlet: Town) -> None:
    team, _ = team_of(hamlet)
    stranger = hamlet.staff("U0STRANGER", team=hamlet.team("C0OTHER"), role=Role.SUPERVISOR)
    hamlet.contact(stranger, hamlet.client(stranger), eastern("2026-03-05T10:00"))
    assert found(hamlet, team) is None


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-03-09T08:59", []),
        ("2026-03-09T09:00", [MONDAY]),
        ("2026-03-09T12:59", [MONDAY]),
        ("2026-03-09T13:00", []),
        ("2026-03-10T09:00", []),
        # Memorial Day is a Monday.
        ("2026-05-25T09:00", []),
        ("2026-05-26T09:00", [dt.date(2026, 5, 26)]),
        ("2026-05-27T09:00", []),
        ("2026-03-08T09:00", []),
    ],
)
async def test_a_digest_comes_on_its_day_or_on_the_first_business_day_after(
    hamlet: Town, at: str, due: list[dt.date]
) -> None:
    team_of(hamlet)
    hamlet.clock.instant = eastern(at)
    assert days(hamlet) == due


async def test_a_digest_may_come_each_business_day_or_never(hamlet: Town) -> None:
    team_of(hamlet)
    hamlet.run(lambda work: policies.apply(work, "format: 1\ndigest: {every: day}\n"))
    for at, is_due in (("2026-03-10T09:00", True), ("2026-03-07T09:00", False)):
        hamlet.clock.instant = eastern(at)
        assert bool(days(hamlet)) is is_due
    hamlet.run(lambda work: policies.apply(work, "format: 1\ndigest: {every: never}\n"))
    hamlet.clock.instant = eastern("2026-03-10T09:00")
    assert days(hamlet) == []


@pytest.mark.parametrize(
    ("every", "posted"),
    [
        ("day", ["2026-05-21", "2026-05-22", "2026-05-26", "2026-05-27"]),
        ("week", ["2026-05-18", "2026-05-26", "2026-06-01"]),
    ],
)
async def test_no_day_is_left_out_or_told_of_twice(hamlet: Town, every: str, posted: list[str]) -> None:
    """Over the long weekend of Memorial Day, a contact on each day stands in exactly one digest."""
    team, (alice, *_) = team_of(hamlet)
    hamlet.run(lambda work: policies.apply(work, f"format: 1\ndigest: {{every: {every}}}\n"))
    first = dt.date.fromisoformat(posted[0]) - dt.timedelta(1 if every == "day" else 7)
    last = dt.date.fromisoformat(posted[-1]) - dt.timedelta(1)
    for number in range((last - first).days + 1):
        hamlet.contact(alice, None, eastern(f"{first + dt.timedelta(number)}T10:00"))
    counted = 0
    for day in posted:
        hamlet.clock.instant = eastern(f"{day}T09:00")
        digest = found(hamlet, team)
        assert digest is not None
        counted += digest.contacts
    assert counted == (last - first).days + 1


async def test_a_digest_is_posted_once_and_says_no_name(hamlet: Town) -> None:
    _, staff = team_of(hamlet)
    hamlet.contact(staff[0], None, eastern("2026-03-05T10:00"))
    for minute in (0, 1, 30):
        await hamlet.tick_at(eastern(f"2026-03-09T09:{minute:02}"))
    (digest,) = hamlet.mailbox.to("C0TEAM")
    assert digest.lines == ("*Your team: last week*", "1 contact, 0 noted.", "Now: 1 contact without a note.")
    assert digest.buttons == ("Open my day",)


async def test_a_digest_that_could_not_be_posted_in_the_morning_is_not_posted_in_the_evening(hamlet: Town) -> None:
    _, staff = team_of(hamlet)
    contact = hamlet.contact(staff[0], None, eastern("2026-03-05T10:00"))
    await hamlet.tick_at(eastern("2026-03-09T18:00"))
    assert hamlet.mailbox.to("C0TEAM") == []
    hamlet.change(Contact, contact, state=ContactState.NOTED)
