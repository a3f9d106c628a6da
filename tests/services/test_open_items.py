"""What is open, by its state alone: found while it stands, gone once it is settled, and whose it is."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest

from models.clients import Assignment, AssignmentKind, Client, ClientStatus
from models.contacts import Contact, ContactKind, ContactState
from models.follow_ups import FollowUp, FollowUpState
from models.forms import FormKind, FormRow, FormStage
from models.notes import Note, Review
from models.policy import RuleName
from models.requirements import Pause, PauseReason, Requirement
from models.staff import Staff, StaffState
from services import open_items, policies
from services.open_items import OpenItem
from services.work import Work
from tests.reminders.town import Town, eastern

pytestmark = pytest.mark.anyio

MONDAY = dt.date(2026, 3, 2)


def look(town: Town, owners: list[uuid.UUID] | None = None) -> list[OpenItem]:
    """Everything open, now."""

    def find(work: Work) -> list[OpenItem]:
        return open_items.find(open_items.scene_of(work, policies.in_force(work)), owners)

    return town.run(find)


def rules(town: Town) -> set[RuleName]:
    """The rules of everything open."""
    return {item.rule for item in look(town)}


async def test_a_contact_is_open_with_its_deadline_until_it_is_noted_or_dismissed(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    contact = hamlet.contact(alice, None, eastern("2026-03-02T10:00"))
    found = {item.rule: item for item in look(hamlet)}
    assert found[RuleName.UNNOTED_CONTACT].anchor == eastern("2026-03-02T10:00")
    assert found[RuleName.NOTE_DEADLINE].anchor == dt.date(2026, 3, 4)
    for state in (ContactState.NOTED, ContactState.ATTEMPTED, ContactState.CANCELLED):
        hamlet.change(Contact, contact, state=state)
        assert look(hamlet) == []


async def test_a_deadline_counts_business_days(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    for ended, last in (
        ("2026-03-06T16:59", dt.date(2026, 3, 10)),
        ("2026-03-07T11:00", dt.date(2026, 3, 10)),
        ("2026-11-25T10:00", dt.date(2026, 11, 30)),
    ):
        contact = hamlet.contact(alice, None, eastern(ended))
        assert [item.anchor for item in look(hamlet) if item.rule is RuleName.NOTE_DEADLINE] == [last]
        hamlet.change(Contact, contact, state=ContactState.NOTED)


async def test_an_attempt_has_no_deadline_and_a_planned_visit_is_open_once_it_is_over(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    hamlet.contact(alice, None, eastern("2026-03-02T10:00"), kind=ContactKind.ATTEMPT)
    assert rules(hamlet) == {RuleName.UNNOTED_CONTACT}
    hamlet.contact(alice, None, eastern("2026-03-02T15:00"), kind=ContactKind.FACE_TO_FACE, state=ContactState.PLANNED)
    assert len(look(hamlet)) == 1
    hamlet.clock.instant = eastern("2026-03-02T15:00")
    assert len(look(hamlet)) == 3


async def test_a_draft_is_open_once_it_was_saved_and_until_it_is_signed_or_thrown_away(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    draft = hamlet.draft(alice, hamlet.client(alice), eastern("2026-03-02T10:00"))
    assert rules(hamlet) == {RuleName.UNSIGNED_DRAFT}
    changes: list[dict[str, object]] = [{"saved_at": None}, {"kind": FormKind.LATER}, {"stage": FormStage.DISCARDED}]
    for change in changes:
        hamlet.change(FormRow, draft, **change)
        assert look(hamlet) == []
        hamlet.change(
            FormRow, draft, saved_at=eastern("2026-03-02T10:00"), kind=FormKind.COLLATERAL, stage=FormStage.OPEN
        )


async def test_a_follow_up_is_open_when_it_is_near_or_was_promised_for_a_day_that_has_passed(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    client = hamlet.client(alice)
    hamlet.follow_up(alice, client, MONDAY + dt.timedelta(30))
    assert look(hamlet) == []
    promise = hamlet.follow_up(alice, client, MONDAY + dt.timedelta(30), promised_on=MONDAY)
    (moved,) = look(hamlet)
    assert (moved.anchor, moved.first) == (MONDAY + dt.timedelta(30), MONDAY)
    for state in (FollowUpState.DONE, FollowUpState.DROPPED):
        hamlet.change(FollowUp, promise, state=state)
        assert look(hamlet) == []


@pytest.mark.parametrize(
    ("every_days", "rule"),
    [
        (90, RuleName.VISIT_WINDOW),
        (46, RuleName.VISIT_WINDOW),
        (45, RuleName.MONTHLY_VISIT),
        (30, RuleName.MONTHLY_VISIT),
    ],
)
async def test_a_window_is_a_monthly_one_by_its_length(hamlet: Town, every_days: int, rule: RuleName) -> None:
    alice = hamlet.staff("U0ALICE")
    hamlet.requirement(hamlet.client(alice), MONDAY, every_days=every_days, home_due=True)
    (found,) = look(hamlet)
    assert (found.rule, found.owner_id, found.at_home) == (rule, alice, True)
    assert found.until == MONDAY + dt.timedelta(10)


async def test_a_month_is_counted_by_the_calendar(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    hamlet.clock.instant = eastern("2026-03-17T12:00")
    hamlet.requirement(hamlet.client(alice), dt.date(2026, 3, 31), every_days=None, grace_days=0)
    assert rules(hamlet) == {RuleName.MONTHLY_CONTACT}


def paused(town: Town, client: uuid.UUID, since: dt.date, until: dt.date | None) -> None:
    """The client is in hospital."""
    town.add(
        Pause(
            workspace_id=town.agency.id,
            client_id=client,
            reason=PauseReason.HOSPITAL,
            from_on=since,
            until_on=until,
        )
    )


async def test_a_window_waits_while_the_client_is_in_hospital(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    client = hamlet.client(alice)
    hamlet.requirement(client, MONDAY + dt.timedelta(2))
    paused(hamlet, client, MONDAY, None)
    assert look(hamlet) == []


async def test_a_window_is_nobodys_once_its_client_or_its_time_is_over(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    client = hamlet.client(alice)
    requirement = hamlet.requirement(client, MONDAY)
    hamlet.change(Requirement, requirement, until_on=MONDAY - dt.timedelta(1))
    assert look(hamlet) == []
    hamlet.change(Requirement, requirement, until_on=None)
    hamlet.change(Client, client, status=ClientStatus.CLOSED)
    assert look(hamlet) == []


async def test_an_urgent_note_is_open_until_the_client_was_in_contact_again(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    client = hamlet.client(alice)
    hamlet.note(alice, client, eastern("2026-03-02T09:00"), urgent=True)
    assert rules(hamlet) == {RuleName.SAFETY_FOLLOW_UP}
    hamlet.contact(alice, client, eastern("2026-03-02T08:00"), state=ContactState.NOTED)
    hamlet.contact(alice, client, eastern("2026-03-02T10:00"), state=ContactState.ATTEMPTED)
    assert rules(hamlet) == {RuleName.SAFETY_FOLLOW_UP}
    hamlet.contact(alice, client, eastern("2026-03-02T10:00"), state=ContactState.NOTED)
    assert look(hamlet) == []


async def test_a_note_waits_for_its_review_or_came_back(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    signed, back = eastern("2026-03-02T09:00"), eastern("2026-03-02T11:00")
    note = hamlet.note(alice, hamlet.client(alice), signed, review=Review.PENDING)
    assert [(item.rule, item.anchor) for item in look(hamlet)] == [(RuleName.REVIEW_QUEUE, signed)]
    hamlet.change(Note, note, review=Review.RETURNED, reviewed_at=back)
    assert [(item.rule, item.anchor) for item in look(hamlet)] == [(RuleName.RETURNED_NOTE, back)]
    hamlet.change(Note, note, review=Review.APPROVED)
    assert look(hamlet) == []


async def test_a_plan_is_reviewed_and_a_client_is_heard_of(hamlet: Town) -> None:
    alice = hamlet.staff("U0ALICE")
    hamlet.client(alice, plan_review_on=MONDAY + dt.timedelta(62), last_contact_on=MONDAY - dt.timedelta(29))
    assert look(hamlet) == []
    hamlet.client(alice, plan_review_on=MONDAY + dt.timedelta(60), last_contact_on=MONDAY - dt.timedelta(30))
    assert rules(hamlet) == {RuleName.PLAN_REVIEW, RuleName.NO_CONTACT}


ONE_OF_EACH: list[Callable[[Town, uuid.UUID, uuid.UUID], uuid.UUID]] = [
    lambda town, staff, client: town.contact(staff, client, eastern("2026-03-02T10:00")),
    lambda town, staff, client: town.draft(staff, client, eastern("2026-03-02T10:00")),
    lambda town, staff, client: town.follow_up(staff, client, MONDAY),
    lambda town, _, client: town.requirement(client, MONDAY),
    lambda town, staff, client: town.note(staff, client, eastern("2026-03-02T10:00"), urgent=True),
    lambda town, staff, client: town.note(staff, client, eastern("2026-03-02T10:00"), review=Review.PENDING),
    lambda town, staff, client: town.note(staff, client, eastern("2026-03-02T10:00"), review=Review.RETURNED),
]


@pytest.mark.parametrize("make", ONE_OF_EACH)
async def test_one_persons_things_are_found_without_anybody_elses(
    hamlet: Town, make: Callable[[Town, uuid.UUID, uuid.UUID], uuid.UUID]
) -> None:
    alice, bob = hamlet.staff("U0ALICE"), hamlet.staff("U0BOB")
    make(hamlet, alice, hamlet.client(alice))
    make(hamlet, bob, hamlet.client(bob))
    assert {item.owner_id for item in look(hamlet)} == {alice, bob}
    assert {item.owner_id for item in look(hamlet, [alice])} == {alice}
    assert look(hamlet, []) == []
    hamlet.change(Staff, bob, state=StaffState.LEFT)
    assert {item.owner_id for item in look(hamlet)} == {alice}


async def test_whoever_is_named_covers_before_the_backup_who_is_there(hamlet: Town) -> None:
    alice, bob, carol = (hamlet.staff(f"U0{name}") for name in ("ALICE", "BOB", "CAROL"))
    client = hamlet.client(alice, backup=bob)

    def covers(work: Work) -> uuid.UUID | None:
        return open_items.covers(open_items.scene_of(work, policies.in_force(work))).get(client)

    assert hamlet.run(covers) == bob
    hamlet.add(
        Assignment(
            workspace_id=hamlet.agency.id,
            client_id=client,
            staff_id=carol,
            kind=AssignmentKind.COVERING,
            from_on=MONDAY,
        )
    )
    assert hamlet.run(covers) == carol
    hamlet.change(Staff, carol, away_from=MONDAY, away_until=MONDAY)
    assert hamlet.run(covers) == bob
    hamlet.change(Staff, bob, away_from=MONDAY, away_until=MONDAY)
    assert hamlet.run(covers) is None
