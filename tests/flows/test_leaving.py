"""Somebody leaves: refused at once, their promises and contacts handed on, found by Slack's word or by the nightly sweep."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import update

from bot import offline
from models.contacts import Contact, ContactReason, ContactState
from models.follow_ups import FollowUp
from models.forms import FormRow
from models.rows import WorkspaceSession
from models.staff import Role, Staff, StaffState
from sandbox import payloads
from sandbox.shape import as_object, as_objects, as_text
from services import leaving, open_items, policies, rounds
from services.audit_trail import verify
from services.work import Work
from tests.canary import Canary
from tests.flows.attack import send
from tests.flows.contact_stage import later, leave, nobody, open_list, stored
from tests.flows.roster_stage import gives, staff
from tests.flows.stage import ALICE, BOB, CAROL, DAN, STRANGER, TEAM, Play, blocks, call_state, start, words
from tests.flows.test_follow_ups import promise
from tests.reminders.town import eastern

pytestmark = pytest.mark.anyio
NIGHT = "2026-03-03T02:30"


async def deactivate(stage: Play, user: str) -> None:
    """Slack deactivates somebody and tells of it."""
    await stage.sandbox.change(user, deleted=True)
    await stage.settle()


async def quietly(stage: Play, user: str, **changes: object) -> None:
    """Slack changes somebody, and its event is lost."""
    person = stage.sandbox.workspace.person(user)
    for name, value in changes.items():
        setattr(person, name, value)


async def sweep(stage: Play, at: str = NIGHT) -> int:
    """The clock ticks at a wall time of the agency; about how many accounts Slack was asked."""
    stage.clock.instant = eastern(at)
    before = len(stage.sandbox.journal.of("users.info"))
    await stage.app.sweep.tick_all(stage.app.office.tenants, (TEAM,))
    await stage.settle()
    return len(stage.sandbox.journal.of("users.info")) - before


def plan(stage: Play) -> None:
    """alice plans a visit for tomorrow."""
    ref = leave(stage)
    with WorkspaceSession(stage.app.engine, stage.tenant.id) as session, session.begin():
        begins = stage.clock.now() + dt.timedelta(days=1)
        session.execute(
            update(Contact)
            .where(Contact.ref == ref)
            .values(state=ContactState.PLANNED, started_at=begins, ended_at=begins + dt.timedelta(hours=1))
        )


def follow_up(stage: Play) -> FollowUp:
    """The only follow-up."""
    [found] = [each for each in stage.rows(FollowUp) if isinstance(each, FollowUp)]
    return found


async def test_whoever_is_deactivated_leaves_and_what_they_owed_goes_on(stage: Play, canary: Canary) -> None:
    promise(stage, canary.text("promise"))
    leave(stage, ago=60)
    leave(stage, ago=90, client=nobody)
    plan(stage)
    alice, bob, carol = (staff(stage, each) for each in (ALICE, BOB, CAROL))
    before = len(stage.actions())
    await deactivate(stage, ALICE)
    assert staff(stage, ALICE).state is StaffState.LEFT
    assert follow_up(stage).owner_id == bob.id
    took_place = [each for each in stored(stage) if each.state is ContactState.UNNOTED]
    assert {(each.staff_id, each.was_there_id) for each in took_place} == {(carol.id, alice.id)}
    [visit] = [each for each in stored(stage) if each.state is ContactState.PLANNED]
    assert (visit.staff_id, visit.was_there_id) == (bob.id, None)
    events = stage.actions()[before:]
    assert events[0] == "staff:leave"
    assert sorted(events[1:]) == ["contact:inherit"] * 3 + ["follow_up:inherit"]
    assert offline.read(stage.app.engine, stage.tenant, stage.clock, verify).findings == ()
    await deactivate(stage, ALICE)
    assert stage.actions()[before:] == events


async def test_an_account_that_is_active_again_opens_nothing_until_an_admin_says_so(stage: Play) -> None:
    await deactivate(stage, ALICE)
    await stage.sandbox.change(ALICE, deleted=False)
    alice = stage.person(ALICE)
    await alice.command("/note", "call")
    assert not alice.modals
    assert "agency's own staff" in alice.ephemerals[-1].text


async def test_an_open_form_of_somebody_who_left_signs_nothing_and_their_draft_stays_sealed(stage: Play) -> None:
    view = await start(stage, ALICE, "call")
    await deactivate(stage, ALICE)
    answer = await stage.person(ALICE).submit(view, call_state(stage.clock), check=False)
    assert answer.errors
    forms = [each for each in stage.rows(FormRow) if isinstance(each, FormRow)]
    assert {each.staff_id for each in forms} == {staff(stage, ALICE).id}
    assert {each.stage.value for each in forms} == {"open"}


async def test_the_supervisor_settles_what_only_somebody_else_could_have_noted(small: Play, canary: Canary) -> None:
    jot = canary.text("jot")
    alice = small.person(ALICE)
    await alice.command("/note", "later")
    await later(small, jot=jot)
    await deactivate(small, ALICE)
    carol = small.person(CAROL)
    shown = await open_list(small, CAROL)
    assert "Who was there has left, and nobody else can write its note." in words(shown)
    assert jot not in words(shown)
    [row] = stored(small)
    assert "Write" not in words(shown)
    await carol.click(as_text(shown["id"]), row.ref, "contact.more", "author_left")
    await small.settle()
    [row] = stored(small)
    assert (row.state, row.reason) == (ContactState.CANCELLED, ContactReason.AUTHOR_LEFT)


async def test_nobody_writes_in_place_of_somebody_who_left_by_a_forged_button_either(small: Play) -> None:
    ref = leave(small)
    other = leave(small, user=CAROL, client=nobody)
    await deactivate(small, ALICE)
    shown = await open_list(small, CAROL)
    view = small.sandbox.workspace.views.find(as_text(shown["id"]))
    assert view is not None
    found = payloads.find_element(view.content.get("blocks"), other, "contact.write")
    assert found is not None
    forged = {**found[1], "value": ref}
    await send(small, payloads.view_actions(small.sandbox.workspace, view, other, forged, {}))
    assert "not found" in words(small.person(CAROL).modal)
    assert stored(small)[0].state is ContactState.UNNOTED


async def test_a_contact_goes_back_to_whoever_was_there_once_they_are_back(small: Play) -> None:
    ref = leave(small)
    gives(small, DAN, Role.ADMIN)
    await deactivate(small, ALICE)
    carol = small.person(CAROL)
    shown = await open_list(small, CAROL)
    await carol.click(as_text(shown["id"]), ref, "contact.more", "give")
    assert "Nobody else" in words(carol.modal)
    await carol.close(as_text(carol.modal["id"]))
    await small.sandbox.change(ALICE, deleted=False)
    back(small)
    await carol.click(as_text(shown["id"]), ref, "contact.more", "give")
    [option] = as_objects(as_object(blocks(carol.modal)["receiver"]["element"])["options"])
    await carol.submit(as_text(carol.modal["id"]), {"receiver": option["value"]})
    [row] = stored(small)
    assert (row.staff_id, row.was_there_id) == (staff(small, ALICE).id, None)


def back(stage: Play) -> None:
    """alice works here again."""
    with WorkspaceSession(stage.app.engine, stage.tenant.id) as session, session.begin():
        session.execute(update(Staff).where(Staff.slack_user_id == ALICE).values(state=StaffState.ACTIVE))


async def test_without_a_backup_or_supervisor_nothing_is_lost(small: Play, canary: Canary) -> None:
    promise(small, canary.text("promise"), user=DAN)
    dan = staff(small, DAN)
    await deactivate(small, DAN)
    assert follow_up(small).owner_id == dan.id
    assert staff(small, DAN).state is StaffState.LEFT


async def test_a_supervisor_who_left_is_passed_over_for_the_one_above(small: Play) -> None:
    leave(small)
    with WorkspaceSession(small.app.engine, small.tenant.id) as session, session.begin():
        session.execute(update(Staff).where(Staff.slack_user_id == CAROL).values(supervisor_id=staff(small, DAN).id))
    await deactivate(small, CAROL)
    await deactivate(small, ALICE)
    assert stored(small)[0].staff_id == staff(small, DAN).id


async def test_a_stranger_who_is_deactivated_or_joins_changes_nothing(small: Play) -> None:
    before = len(small.actions())
    await deactivate(small, STRANGER)
    await small.sandbox.change(ALICE, tz="America/Chicago")
    await small.settle()
    assert small.actions()[before:] == []
    assert {each.state for each in small.rows(Staff) if isinstance(each, Staff)} == {StaffState.ACTIVE}


async def test_the_sweep_asks_once_a_night_about_everybody_who_works_here(stage: Play) -> None:
    people = [each for each in stage.rows(Staff) if isinstance(each, Staff)]
    assert await sweep(stage, "2026-03-03T01:59") == 0
    await quietly(stage, ALICE, deleted=True)
    assert await sweep(stage) == len(people)
    assert staff(stage, ALICE).state is StaffState.LEFT
    assert await sweep(stage, "2026-03-03T02:31") == 0
    left = sum(each.state is StaffState.LEFT for each in stage.rows(Staff) if isinstance(each, Staff))
    assert await sweep(stage, "2026-03-04T02:30") == len(people) - left


async def test_a_sweep_that_slack_cuts_short_goes_on_at_the_next_tick(small: Play) -> None:
    small.sandbox.faults.refuse("users.info", "ratelimited", times=1)
    assert await sweep(small) == 1
    assert all(each.asked_on is None for each in small.rows(Staff) if isinstance(each, Staff))
    assert await sweep(small, "2026-03-03T02:31") > 1


async def test_an_account_that_slack_does_not_know_is_asked_about_once_a_night_and_stays(small: Play) -> None:
    with WorkspaceSession(small.app.engine, small.tenant.id) as session, session.begin():
        session.execute(update(Staff).where(Staff.slack_user_id == DAN).values(slack_user_id="U0NOBODY"))
    await sweep(small)
    assert staff(small, "U0NOBODY").state is StaffState.ACTIVE
    assert await sweep(small, "2026-03-03T02:31") == 0


async def test_a_large_agency_is_asked_about_a_few_at_a_time(small: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "ASKED_MOST", 2)
    assert await sweep(small) == 2
    assert await sweep(small, "2026-03-03T02:31") == 2


async def test_the_clients_of_somebody_who_left_count_as_data_problems(small: Play) -> None:
    def problems(work: Work) -> int:
        return rounds.problems(open_items.scene_of(work, policies.in_force(work)))

    before = offline.read(small.app.engine, small.tenant, small.clock, problems)
    await deactivate(small, DAN)
    assert offline.read(small.app.engine, small.tenant, small.clock, problems) == before + 1
