"""My day, the oldest urgent item from a message, and one's own settings, at the screen."""

from __future__ import annotations

import datetime as dt

import pytest

from bot import offline
from models.base import new_id, new_reference
from models.contacts import Contact, ContactKind, ContactOrigin, ContactState
from models.follow_ups import FollowUpState
from models.notes import Note, Review
from models.staff import Staff
from sandbox import payloads
from sandbox.shape import JsonObject, as_object, as_text
from services import access, audit
from services.staff import SlackUser, identify
from services.work import Work
from tests.flows.attack import send, trail_is_whole
from tests.flows.stage import ALICE, BOB, CAROL, DAN, TEAM, Play, blocks, words
from tests.flows.test_follow_ups import day, finish, home, promise, stored, top

pytestmark = pytest.mark.anyio


def met(stage: Play, hours: float, state: ContactState, *, urgent: bool = False, user: str = ALICE) -> str:
    """Somebody met, or will meet, the first client of their caseload, so many hours ago; the note's reference, else the contact's."""

    def make(work: Work) -> str:
        actor = identify(work, SlackUser(user, TEAM), TEAM)
        client = work.session.scalars(access.caseload(work, actor)).first()
        assert client is not None
        ended = work.now - dt.timedelta(hours=hours)
        contact = Contact(
            workspace_id=work.workspace_id,
            id=new_id(),
            ref=new_reference("K"),
            client_id=client.id,
            staff_id=actor.id,
            kind=ContactKind.FACE_TO_FACE,
            state=state,
            started_at=ended - dt.timedelta(minutes=30),
            ended_at=ended,
            minutes=30,
            created_at=work.now,
            origin=ContactOrigin.PLANNED if state is ContactState.PLANNED else ContactOrigin.LATER,
        )
        work.session.add(contact)
        work.session.flush()
        audit.record(work, audit.Action.CONTACT_OPEN, actor=actor.id, subject=("contact", contact.id))
        if state is not ContactState.NOTED:
            return contact.ref
        note = Note(
            workspace_id=work.workspace_id,
            ref=new_reference("N"),
            client_id=client.id,
            contact_id=contact.id,
            author_id=actor.id,
            kind=contact.kind,
            review=Review.NOT_NEEDED,
            latest_version=1,
            signed_at=work.now,
            urgent=urgent,
        )
        work.session.add(note)
        return note.ref

    return offline.transact(stage.app.engine, stage.tenant, stage.clock, make)


def press(stage: Play, user: str, action_id: str, value: str) -> JsonObject:
    """A button of a message, which knows no item, or one that was forged; pressed where App Home is open."""
    button: JsonObject = {"type": "button", "action_id": action_id, "block_id": "b", "action_ts": "1.000000"}
    if value:
        button["value"] = value
    return {
        "type": "block_actions",
        "user": payloads.user(stage.sandbox.workspace, user),
        "team": payloads.team(stage.sandbox.workspace),
        "trigger_id": stage.sandbox.workspace.triggers.send(user),
        "view": as_object(stage.person(user).home),
        "actions": [button],
    }


async def test_a_day_without_anything_says_so(stage: Play) -> None:
    alice = stage.person(ALICE)
    await alice.command("/note", "today")
    await stage.settle()
    assert "Nothing is open today." in words(alice.modal)
    assert stage.actions().count("day:read") == 1


async def test_everything_that_is_open_today_stands_in_one_place(stage: Play) -> None:
    urgent = met(stage, 30, ContactState.NOTED, urgent=True)
    planned = met(stage, -2, ContactState.PLANNED)
    promise(stage, "Call back about the lease", days=-1)
    promise(stage, "Send the budget sheet", days=2)
    # Before the urgent one, so that it is no answer to it.
    met(stage, 40, ContactState.UNNOTED)
    shown = await home(stage)
    for said in (
        "Marked urgent, no contact since · 1 day",
        "1 overdue",
        "1 planned today",
        "Contacts without a note: 1",
    ):
        assert said in shown
    assert stage.names.last not in shown
    alice = stage.person(ALICE)
    await alice.click(as_text((alice.home or {})["id"]), "more", "day.open")
    await stage.settle()
    seen = words(alice.modal)
    for said in (stage.names.last, "Marked urgent: 1", "Visits today: 1", "1 contact has no note yet.", "1 day late"):
        assert said in seen
    assert "budget" not in seen
    assert {f"urgent.{urgent}", planned} <= set(blocks(alice.modal))
    bob = stage.person(BOB)
    await bob.command("/note", "today")
    await stage.settle()
    assert "Nothing is open today." in words(bob.modal)


async def test_a_follow_up_is_settled_in_the_day_itself(stage: Play) -> None:
    ref = promise(stage, "Call back about the lease")
    alice = stage.person(ALICE)
    await alice.command("/note", "today")
    await stage.settle()
    await alice.click(top(alice), ref, "follow_up.done")
    await stage.settle()
    assert (await alice.submit(top(alice))).ok
    await stage.settle()
    assert "Nothing is open today." in words(alice.modals[0])
    assert stored(stage, ref).state is FollowUpState.DONE


async def test_a_visit_is_called_off_in_the_day_itself(stage: Play) -> None:
    planned = met(stage, -2, ContactState.PLANNED)
    alice = stage.person(ALICE)
    await alice.command("/note", "today")
    await stage.settle()
    await alice.click(top(alice), planned, "contact.cancel", "client_cancelled")
    await stage.settle()
    assert "Nothing is open today." in words(alice.modal)
    assert trail_is_whole(stage)


async def test_a_visit_that_is_over_waits_for_its_note(stage: Play) -> None:
    met(stage, -2, ContactState.PLANNED)
    stage.clock.advance(hours=3)
    alice = stage.person(ALICE)
    await alice.command("/note", "today")
    await stage.settle()
    assert "1 contact has no note yet." in words(alice.modal)


async def test_a_message_opens_the_form_for_the_oldest_urgent_item(stage: Play) -> None:
    met(stage, 30, ContactState.NOTED, urgent=True)
    await home(stage)
    await send(stage, press(stage, ALICE, "day.note_urgent", ""))
    await stage.settle()
    form = stage.person(ALICE).modal
    assert as_text(form["callback_id"]) == "note.sign_collateral"
    assert stage.names.last in words(form)


async def test_an_urgent_item_that_is_settled_or_anothers_opens_nothing(small: Play) -> None:
    ref = met(small, 30, ContactState.NOTED, urgent=True)
    for later, user in enumerate((BOB, CAROL, DAN)):
        await home(small, user)
        for value in ("", ref):
            await send(small, press(small, user, "day.note_urgent", value), later=later)
            person = small.person(user)
            assert "This was not found" in words(person.modal)
            small.sandbox.workspace.views.close_all(user)
    met(small, 1, ContactState.NOTED)
    assert "Marked urgent" not in await home(small)
    await send(small, press(small, ALICE, "day.note_urgent", ref), later=9)
    assert "This was not found" in words(small.person(ALICE).modal)


async def test_before_the_decision_no_day_opens(undecided: Play) -> None:
    alice = undecided.person(ALICE)
    await alice.command("/note", "today")
    await undecided.settle()
    assert not alice.modals
    assert "Noted is not open yet" in str(alice.notices)


async def test_app_home_opens_the_list_of_follow_ups(stage: Play) -> None:
    ref = promise(stage, "Call back about the lease", days=9)
    assert "0 today, 0 overdue, 0 this week, 1 later" in await home(stage)
    alice = stage.person(ALICE)
    await alice.click(as_text((alice.home or {})["id"]), "follow_ups", "follow_up.list")
    await stage.settle()
    assert ref in blocks(alice.modal)
    finish(stage, ref, ALICE)
    assert "Follow-ups" not in await home(stage)


async def test_settings_are_kept_and_shown_again(stage: Play) -> None:
    await home(stage)
    alice = stage.person(ALICE)
    at_home = as_text((alice.home or {})["id"])
    await alice.click(at_home, "more", "home.settings")
    await stage.settle()
    shown = words(alice.modal)
    assert "Your notes are signed: Alice, Case manager" in shown
    assert "09:00, 12:45 and 16:30" in shown
    state = {"after_call": "off", "away_from": day(stage, 1), "away_until": day(stage, 8)}
    assert (await alice.submit(top(alice), state)).ok
    await stage.settle()
    row = next(each for each in stage.rows(Staff) if isinstance(each, Staff) and each.slack_user_id == ALICE)
    assert (row.after_call, str(row.away_from), str(row.away_until)) == (False, day(stage, 1), day(stage, 8))
    await alice.click(at_home, "more", "home.settings")
    await stage.settle()
    assert as_object(blocks(alice.modal)["away_from"]["element"])["initial_date"] == day(stage, 1)
    assert (await alice.submit(top(alice))).ok
    assert stage.actions().count("staff:settings") == 1


@pytest.mark.parametrize(
    ("state", "field", "said"),
    [
        ({"away_from": 1}, "away_until", "Choose both days, or neither."),
        ({"away_from": -2, "away_until": 1}, "away_from", "This day has passed."),
        ({"away_from": 3, "away_until": 2}, "away_until", "The last day comes before the first."),
        ({"away_from": 3, "away_until": 500}, "away_until", "within one year"),
    ],
)
async def test_an_absence_that_cannot_be_is_refused_on_its_field(
    small: Play, state: dict[str, int], field: str, said: str
) -> None:
    await home(small)
    alice = small.person(ALICE)
    await alice.click(as_text((alice.home or {})["id"]), "more", "home.settings")
    await small.settle()
    answer = await alice.submit(top(alice), {name: day(small, number) for name, number in state.items()})
    assert list(answer.errors) == [field]
    assert said in str(answer.errors)
    assert "staff:settings" not in small.actions()
