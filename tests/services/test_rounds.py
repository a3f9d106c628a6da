"""What comes round by the calendar: the plan of the morning, the end of the day, and what is wrong with the roster."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from models.clients import Assignment, Client, ClientStatus
from models.contacts import Contact, ContactKind, ContactState
from models.deliveries import Delivery, DeliveryState, Slot
from models.notes import Review
from models.policy import RuleName
from models.staff import Role, Staff
from models.workspaces import Workspace
from services import open_items, policies, rounds
from services.work import Work
from tests.reminders.town import Town, eastern

pytestmark = pytest.mark.anyio

MONDAY = dt.date(2026, 3, 2)


def found(town: Town, at: str, *put_off: tuple[uuid.UUID, uuid.UUID]) -> set[tuple[RuleName, uuid.UUID]]:
    """What comes round at this time, and for whom."""
    town.clock.instant = eastern(at)

    def due(work: Work) -> set[tuple[RuleName, uuid.UUID]]:
        scene = open_items.scene_of(work, policies.in_force(work))
        return {(each.rule, each.receiver_id) for each in rounds.due(scene, open_items.find(scene), set(put_off))}

    return town.run(due)


def problems(town: Town) -> int:
    """How much is wrong with the roster now."""
    return town.run(lambda work: rounds.problems(open_items.scene_of(work, policies.in_force(work))))


async def test_a_morning_has_a_plan_when_something_is_left_due_or_planned(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    client = hamlet.client(alice)
    plan = {(RuleName.MORNING_PLAN, alice)}
    assert found(hamlet, "2026-03-02T09:00") == set()
    left = hamlet.contact(alice, client, eastern("2026-02-27T16:00"))
    assert found(hamlet, "2026-03-02T08:59") == set()
    assert found(hamlet, "2026-03-02T09:00") == plan
    assert found(hamlet, "2026-03-02T12:44") == plan
    assert found(hamlet, "2026-03-02T12:45") == set()
    hamlet.change(Contact, left, state=ContactState.NOTED)
    assert found(hamlet, "2026-03-02T09:00") == set()
    hamlet.contact(
        alice, client, eastern("2026-03-02T15:00"), kind=ContactKind.FACE_TO_FACE, state=ContactState.PLANNED
    )
    assert found(hamlet, "2026-03-02T09:00") == plan


@pytest.mark.parametrize(("closes", "asks"), [(7, True), (8, False), (0, True), (-3, True)])
async def test_a_window_asks_within_seven_days(hamlet: Town, closes: int, asks: bool) -> None:
    alice = hamlet.staff("U0ALICE")
    hamlet.requirement(hamlet.client(alice), MONDAY + dt.timedelta(closes))
    assert ((RuleName.MORNING_PLAN, alice) in found(hamlet, "2026-03-02T09:00")) is asks


@pytest.mark.parametrize(("due", "asks"), [(1, False), (0, True), (-30, True)])
async def test_a_follow_up_asks_on_its_day_and_after_it(hamlet: Town, due: int, asks: bool) -> None:
    alice = hamlet.staff("U0ALICE")
    hamlet.follow_up(alice, hamlet.client(alice), MONDAY + dt.timedelta(due))
    assert ((RuleName.MORNING_PLAN, alice) in found(hamlet, "2026-03-02T09:00")) is asks


async def test_what_was_put_off_asks_for_nothing(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    client = hamlet.client(alice)
    left = hamlet.contact(alice, client, eastern("2026-02-27T16:00"))
    fresh = hamlet.contact(alice, client, eastern("2026-03-02T11:00"))
    assert found(hamlet, "2026-03-02T09:00", (alice, left)) == set()
    assert found(hamlet, "2026-03-02T16:30") == {(RuleName.END_OF_DAY, alice)}
    assert found(hamlet, "2026-03-02T16:30", (alice, fresh)) == set()


async def test_the_end_of_a_day_counts_only_contacts_of_the_day(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    client = hamlet.client(alice)
    hamlet.contact(alice, client, eastern("2026-02-27T16:00"))
    assert found(hamlet, "2026-03-02T16:30") == set()
    hamlet.contact(alice, client, eastern("2026-03-02T09:00"))
    assert found(hamlet, "2026-03-02T16:29") == set()
    assert found(hamlet, "2026-03-02T16:30") == {(RuleName.END_OF_DAY, alice)}
    assert found(hamlet, "2026-03-02T17:00") == set()


async def test_whoever_is_away_has_no_day(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    hamlet.follow_up(alice, hamlet.client(alice), MONDAY)
    hamlet.change(Staff, alice, away_from=MONDAY, away_until=MONDAY)
    assert found(hamlet, "2026-03-02T09:00") == set()


async def test_a_rule_that_is_off_asks_for_nothing(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    hamlet.follow_up(alice, hamlet.client(alice), MONDAY)
    for rule in ("follow_up", "morning_plan"):
        hamlet.run(lambda work, rule=rule: policies.apply(work, f"format: 1\nrules:\n  {rule}: {{on: false}}\n"))
        assert found(hamlet, "2026-03-02T09:00") == set()


async def test_a_supervisors_morning_tells_of_reviews_and_of_what_is_old(hamlet: Town) -> None:
    carol = hamlet.staff("U0CAROL", role=Role.SUPERVISOR)
    alice = hamlet.staff("U0ALICE", supervisor=carol)
    client = hamlet.client(alice)
    hamlet.follow_up(alice, client, dt.date(2026, 2, 28))
    assert (RuleName.MORNING_PLAN, carol) not in found(hamlet, "2026-03-02T09:00")
    assert (RuleName.MORNING_PLAN, carol) in found(hamlet, "2026-03-03T09:00")
    bob = hamlet.staff("U0BOB", supervisor=alice)
    hamlet.note(bob, client, eastern("2026-03-02T08:00"), review=Review.PENDING)
    assert (RuleName.MORNING_PLAN, alice) in found(hamlet, "2026-03-02T09:00")


async def test_what_was_told_at_once_is_no_reason_for_a_second_message_on_the_same_day(hamlet: Town) -> None:
    carol = hamlet.staff("U0CAROL", role=Role.SUPERVISOR)
    alice = hamlet.staff("U0ALICE", supervisor=carol)
    hamlet.note(alice, hamlet.client(alice), eastern("2026-02-28T10:00"), urgent=True)
    assert found(hamlet, "2026-03-02T10:00") == set()
    assert found(hamlet, "2026-03-03T09:00") == {(RuleName.MORNING_PLAN, carol)}


async def test_a_supervisor_hears_in_the_morning_of_what_could_not_be_delivered(hamlet: Town) -> None:
    dan = hamlet.staff("U0DAN", role=Role.SUPERVISOR)
    carol = hamlet.staff("U0CAROL", role=Role.SUPERVISOR, supervisor=dan)
    alice = hamlet.staff("U0ALICE", supervisor=carol)
    undelivered = failed(hamlet, alice, Slot.END)
    assert found(hamlet, "2026-03-03T09:00") == {(RuleName.MORNING_PLAN, carol)}
    hamlet.change(Staff, carol, away_from=MONDAY, away_until=MONDAY + dt.timedelta(7))
    assert found(hamlet, "2026-03-03T09:00") == {(RuleName.MORNING_PLAN, dan)}
    hamlet.change(Delivery, undelivered, reported_at=eastern("2026-03-03T09:00"))
    assert found(hamlet, "2026-03-03T09:00") == set()


def failed(town: Town, receiver: uuid.UUID, slot: Slot) -> uuid.UUID:
    """A message of Monday that could not be delivered."""
    row = Delivery(
        workspace_id=town.agency.id,
        receiver_id=receiver,
        local_on=MONDAY,
        slot=slot,
        state=DeliveryState.FAILED,
        send_at=eastern("2026-03-02T16:30"),
        expires_at=eastern("2026-03-02T17:00"),
    )
    town.add(row)
    return row.id


def imported(town: Town, at: dt.datetime) -> None:
    """The roster was imported last at this time."""

    def write(work: Work) -> None:
        work.session.get_one(Workspace, work.workspace_id).roster_imported_at = at

    town.run(write)


async def test_an_admin_hears_at_the_start_of_the_week_what_is_wrong_with_the_roster(hamlet: Town) -> None:
    dan, alice = hamlet.staff("U0DAN", role=Role.ADMIN), hamlet.staff("U0ALICE")
    client = hamlet.client(alice)
    assert found(hamlet, "2026-03-02T09:00") == set()
    imported(hamlet, eastern("2026-02-20T09:00"))
    assert problems(hamlet) == 1
    for day, is_told in ((2, True), (3, False), (9, True)):
        assert ((RuleName.ROSTER_SANITY, dan) in found(hamlet, f"2026-03-{day:02}T09:00")) is is_told
    hamlet.change(Staff, dan, work_days="2345")
    assert (RuleName.ROSTER_SANITY, dan) in found(hamlet, "2026-03-03T09:00")
    failed(hamlet, hamlet.team("C0TEAM"), Slot.DIGEST)
    assert problems(hamlet) == 2
    hamlet.change(Client, client, status=ClientStatus.CLOSED)
    assert problems(hamlet) == 2


async def test_a_client_without_a_case_manager_is_a_problem_until_the_client_is_closed(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    client = hamlet.client(alice)
    assert problems(hamlet) == 0

    def end(work: Work) -> None:
        for row in work.session.query(Assignment):
            row.until_on = MONDAY - dt.timedelta(1)

    hamlet.run(end)
    assert problems(hamlet) == 1
    hamlet.change(Client, client, status=ClientStatus.CLOSED)
    assert problems(hamlet) == 0


async def test_a_pack_that_has_ended_is_a_problem(hamlet: Town) -> None:
    policy = (
        "format: 1\nprograms: {Waiver: old}\npacks:\n  old:\n    source: Ours.\n    until: 2026-02-28\n"
        "    requirements: [{kind: face_to_face, every: 90 days}]\n"
    )
    hamlet.run(lambda work: policies.apply(work, policy))
    assert problems(hamlet) == 1
