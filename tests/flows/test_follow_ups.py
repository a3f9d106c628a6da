"""Follow-ups at the screen: listed, finished, moved, given away, dropped; by two people, twice, too late, and by nobody else."""

from __future__ import annotations

import copy
import datetime as dt

import pytest

from bot import offline
from models.base import new_id, new_reference
from models.follow_ups import DropReason, FollowUp, FollowUpState, FollowUpText
from models.notes import Note
from privacy.phi import Phi
from sandbox import payloads
from sandbox.driver import Driver
from sandbox.shape import JsonObject, as_object, as_objects, as_text
from sandbox.state import RefusedError
from services import access, audit, clients, follow_ups
from services.staff import SlackUser, identify
from services.work import Work
from tests.canary import Canary
from tests.flows.attack import send, submission, trail_is_whole
from tests.flows.stage import ALICE, BOB, DAN, TEAM, Play, blocks, call_state, start, words

pytestmark = pytest.mark.anyio


def promise(stage: Play, what: str, *, days: int = 0, user: str = ALICE) -> str:
    """Somebody promised something about the first client of their caseload, for so many days from today; its reference."""

    def make(work: Work) -> str:
        actor = identify(work, SlackUser(user, TEAM), TEAM)
        client = work.session.scalars(access.caseload(work, actor)).first()
        assert client is not None
        row_id, ref, due_on = new_id(), new_reference("F"), actor.today(work.now) + dt.timedelta(days)
        cell = work.cell("follow_up", "text", row_id)
        sealed = clients.key_of(work, client.id).seal(FollowUpText(what=Phi(what)), cell)
        work.session.add(
            FollowUp(
                workspace_id=work.workspace_id,
                id=row_id,
                ref=ref,
                client_id=client.id,
                owner_id=actor.id,
                due_on=due_on,
                promised_on=due_on,
                text=sealed,
                created_at=work.now,
            )
        )
        audit.record(work, audit.Action.FOLLOW_UP_OPEN, actor=actor.id, subject=("follow_up", row_id), sealed=sealed)
        return ref

    return offline.transact(stage.app.engine, stage.tenant, stage.clock, make)


def finish(stage: Play, ref: str, user: str) -> None:
    """Somebody finishes it, at another screen."""

    def done(work: Work) -> None:
        follow_ups.finish(work, identify(work, SlackUser(user, TEAM), TEAM), ref, None)

    offline.transact(stage.app.engine, stage.tenant, stage.clock, done)


def stored(stage: Play, ref: str) -> FollowUp:
    """The follow-up as it is stored."""
    return next(each for each in stage.rows(FollowUp) if isinstance(each, FollowUp) and each.ref == ref)


def top(driver: Driver) -> str:
    """The id of the modal on top."""
    return as_text(driver.modal["id"])


async def home(stage: Play, user: str = ALICE) -> str:
    """What somebody reads in App Home."""
    person = stage.person(user)
    await person.open_home()
    await stage.settle()
    return words(person.home or {})


async def listed(stage: Play, user: str = ALICE) -> Driver:
    """Somebody looks at their follow-ups."""
    person = stage.person(user)
    await person.command("/note", "follow-ups")
    await stage.settle()
    return person


async def opened(stage: Play, ref: str, word: str, user: str = ALICE) -> Driver:
    """Somebody opens a small modal from the list: *Done*, or a line of the menu."""
    person = await listed(stage, user)
    if word == "done":
        await person.click(top(person), ref, "follow_up.done")
    else:
        await person.click(top(person), ref, "follow_up.more", word)
    await stage.settle()
    return person


def day(stage: Play, number: int) -> str:
    """So many days from today, as a day picker gives it."""
    return (stage.clock.now().date() + dt.timedelta(number)).isoformat()


async def test_a_finished_one_leaves_the_list_and_offers_its_note(stage: Play, canary: Canary) -> None:
    what = canary.text("promise")
    ref = promise(stage, what, days=-2)
    alice = await opened(stage, ref, "done")
    for said in (stage.names.last, what, "2 days late"):
        assert said in words(alice.modal)
    assert (await alice.submit(top(alice), {"words": canary.text("outcome")})).ok
    await stage.settle()
    assert "No follow-up is open." in words(alice.modals[0])
    assert "needs a note" in words(alice.modal)
    assert (await alice.submit(top(alice))).ok
    await stage.settle()
    chosen = as_object(as_object(blocks(alice.modal)["client"]["element"])["initial_option"])
    assert stage.names.last in words(chosen)
    assert (await alice.submit(top(alice), {"kind": "collateral"})).ok
    assert stage.names.last in words(alice.modal)
    assert "note.sign_collateral" in as_text(alice.modal["callback_id"])
    assert stored(stage, ref).state is FollowUpState.DONE
    assert stage.count(Note) == 0
    assert trail_is_whole(stage)


async def test_one_that_is_moved_twice_still_knows_its_first_day(stage: Play) -> None:
    ref = promise(stage, "Call back about the lease", days=-1)
    first_day = stored(stage, ref).promised_on
    for number, said in ((1, "in 1 day"), (3, "in 3 days")):
        alice = await opened(stage, ref, "move")
        assert (await alice.submit(top(alice), {"due_on": day(stage, number)})).ok
        await stage.settle()
        assert said in words(alice.modal)
        await alice.close(top(alice))
    row = stored(stage, ref)
    assert (row.due_on.isoformat(), row.promised_on) == (day(stage, 3), first_day)
    assert stage.actions().count("follow_up:move") == 2


@pytest.mark.parametrize(("number", "said"), [(-1, "This day has passed"), (400, "within one year")])
async def test_a_day_that_cannot_be_is_refused_on_its_field(small: Play, number: int, said: str) -> None:
    ref = promise(small, "Call back about the lease")
    alice = await opened(small, ref, "move")
    answer = await alice.submit(top(alice), {"due_on": day(small, number)})
    assert said in str(answer.errors["due_on"])
    assert stored(small, ref).due_on.isoformat() == day(small, 0)


async def test_the_receiver_finds_it_in_their_list(stage: Play) -> None:
    ref = promise(stage, "Call back about the lease")
    alice = await opened(stage, ref, "hand_over")
    offered = words(blocks(alice.modal)["owner"])
    assert "Colleague: Bob" in offered
    assert "Supervisor: Carol" in offered
    bobs = next(as_text(option["value"]) for option in _options(blocks(alice.modal)["owner"]) if "Bob" in words(option))
    assert (await alice.submit(top(alice), {"owner": bobs})).ok
    await stage.settle()
    assert "No follow-up is open." in words(alice.modal)
    bob = await listed(stage, BOB)
    assert "Call back about the lease" in words(bob.modal)
    assert "1 today" in await home(stage, BOB)
    assert "Follow-ups" not in await home(stage)


async def test_one_that_is_not_needed_any_more_needs_a_reason(stage: Play, canary: Canary) -> None:
    ref = promise(stage, "Call back about the lease")
    alice = await opened(stage, ref, "drop")
    with pytest.raises(RefusedError):
        await alice.submit(top(alice))
    state = {"reason": "client_declined", "words": canary.text("reason")}
    assert (await alice.submit(top(alice), state)).ok
    await stage.settle()
    assert "No follow-up is open." in words(alice.modal)
    row = stored(stage, ref)
    assert (row.state, row.drop_reason) == (FollowUpState.DROPPED, DropReason.CLIENT_DECLINED)
    assert trail_is_whole(stage)


async def test_a_reason_or_a_receiver_that_was_never_offered_is_refused(small: Play) -> None:
    ref = promise(small, "Call back about the lease")
    for word, field, value, kind in (
        ("drop", "reason", "new_version", "radio_buttons"),
        ("hand_over", "owner", "S-0000000000000000", "static_select"),
    ):
        alice = await opened(small, ref, word)
        option = {"text": {"type": "plain_text", "text": "x"}, "value": value}
        forged = {field: {"form.answer": {"type": kind, "selected_option": option}}}
        answer = await alice.submit(top(alice), forged, check=False)
        assert list(answer.errors) == [field]
        small.sandbox.workspace.views.close_all(ALICE)
    assert stored(small, ref).state is FollowUpState.OPEN


async def test_words_that_are_too_long_are_refused_and_not_repeated(small: Play, canary: Canary) -> None:
    ref = promise(small, "Call back about the lease")
    alice = await opened(small, ref, "done")
    long = {"words": {"form.answer": {"type": "plain_text_input", "value": canary.text("long") + "x" * 1000}}}
    answer = await alice.submit(top(alice), long, check=False)
    assert answer.errors["words"] == "Shorten this: 1000 characters are the most."
    assert stored(small, ref).state is FollowUpState.OPEN


@pytest.mark.parametrize("word", ["move", "hand_over", "drop"])
async def test_a_modal_that_is_overtaken_says_so_and_changes_nothing(small: Play, word: str) -> None:
    ref = promise(small, "Call back about the lease")
    alice = await opened(small, ref, word)
    view = top(alice)
    state: dict[str, object] = {}
    if word == "hand_over":
        state = {"owner": _options(blocks(alice.modal)["owner"])[0]["value"]}
    if word == "drop":
        state = {"reason": "mistake"}
    finish(small, ref, BOB)
    answer = await alice.submit(view, state)
    assert "was closed already" in str(answer.errors)
    assert stored(small, ref).state is FollowUpState.DONE


async def test_done_by_two_people_is_done_once(stage: Play) -> None:
    ref = promise(stage, "Call back about the lease")
    alice = await opened(stage, ref, "done")
    finish(stage, ref, BOB)
    assert (await alice.submit(top(alice))).ok
    await stage.settle()
    assert stage.actions().count("follow_up:finish") == 1


async def test_the_same_submission_twice_is_one_change(stage: Play) -> None:
    ref = promise(stage, "Call back about the lease")
    alice = await opened(stage, ref, "done")
    payload = submission(stage, top(alice), words="It was settled.")
    for later in range(2):
        assert (await send(stage, payload, later=later)).status == 200
    await stage.settle()
    assert stage.actions().count("follow_up:finish") == 1


async def test_a_button_beside_one_that_was_closed_meanwhile_says_so(small: Play) -> None:
    ref = promise(small, "Call back about the lease")
    alice = await listed(small)
    finish(small, ref, BOB)
    await alice.click(top(alice), ref, "follow_up.done")
    await small.settle()
    assert "was closed already" in words(alice.modal)


async def test_twelve_are_two_pages_and_a_change_stays_on_its_page(small: Play) -> None:
    refs = [promise(small, f"Number {number:02}", days=number) for number in range(13)]
    alice = await listed(small)
    assert "Number 09" in words(alice.modal)
    assert "Number 10" not in words(alice.modal)
    await alice.click(top(alice), "turn", "follow_up.next")
    await small.settle()
    assert "Number 10" in words(alice.modal)
    await alice.click(top(alice), refs[11], "follow_up.done")
    await small.settle()
    assert (await alice.submit(top(alice))).ok
    await small.settle()
    below = words(alice.modals[0])
    assert "Number 12" in below
    assert "Number 11" not in below
    await alice.close(top(alice))
    await alice.click(top(alice), "turn", "follow_up.previous")
    await small.settle()
    assert "Number 00" in words(alice.modal)


async def test_somebody_without_the_client_sees_and_changes_nothing(small: Play, canary: Canary) -> None:
    ref = promise(small, canary.text("promise"))
    mine = promise(small, "Call back", user=DAN)
    dan = await listed(small, DAN)
    assert small.names.last not in words(dan.modal)
    view = small.sandbox.workspace.views.find(top(dan))
    assert view is not None
    found = payloads.find_element(view.content.get("blocks"), mine, "follow_up.done")
    assert found is not None
    pressed = copy.deepcopy(payloads.view_actions(small.sandbox.workspace, view, mine, found[1], {}))
    actions = pressed["actions"]
    assert isinstance(actions, list)
    actions[0]["block_id"] = actions[0]["value"] = ref
    await send(small, pressed, later=1)
    assert "This was not found" in words(dan.modal)
    small.sandbox.workspace.views.close_all(DAN)
    await opened(small, mine, "done", DAN)
    for later, metadata in enumerate((f"{ref}.list.0", ref, "F-?.list.0", ""), 2):
        answer = await send(small, _about(submission(small, top(dan)), metadata), later=later)
        assert "This was not found" in str(answer.errors)
    assert stored(small, ref).state is FollowUpState.OPEN


async def test_before_the_decision_no_list_opens(undecided: Play) -> None:
    alice = undecided.person(ALICE)
    await alice.command("/note", "follow-ups")
    await undecided.settle()
    assert not alice.modals
    assert "Noted is not open yet" in str(alice.notices)


def _about(payload: JsonObject, metadata: str) -> JsonObject:
    view = as_object(payload["view"])
    return {**payload, "view": {**view, "private_metadata": metadata}}


def _options(block: JsonObject) -> list[JsonObject]:
    return as_objects(as_object(block["element"])["options"])


async def test_a_referral_that_a_note_made_is_followed_up_until_it_is_known_what_became_of_it(
    stage: Play, canary: Canary
) -> None:
    alice = stage.person(ALICE)
    what = canary.text("promise")
    view = await start(stage, ALICE, "call")
    await alice.click(view, "follow_up", "form.answer", day(stage, 0))
    await stage.settle()
    state = call_state(stage.clock, activities=["referred"], follow_up_what=what)
    del state["follow_up"]
    assert (await alice.submit(view, state)).ok
    await stage.settle()
    ref = next(each.ref for each in stage.rows(FollowUp) if isinstance(each, FollowUp))
    await opened(stage, ref, "done")
    with pytest.raises(RefusedError, match="referral"):
        await alice.submit(top(alice), {"words": ""})
    assert (await alice.submit(top(alice), {"referral": "not_attended"})).ok
    await stage.settle()
    assert "They did not go" in str(alice.modal)
    assert what in words(alice.modal)
    assert (await alice.submit(top(alice), {"due_on": day(stage, 3)})).ok
    await stage.settle()
    assert "referral · in 3 days" in words(alice.modals[0])
    assert "needs a note" in words(alice.modal)
    following = next(each for each in stage.rows(FollowUp) if isinstance(each, FollowUp) and each.after_id is not None)
    await opened(stage, following.ref, "done")
    assert (await alice.submit(top(alice), {"referral": "declined"})).ok
    await stage.settle()
    assert "the service was declined" in words(alice.modal)
    assert (await alice.submit(top(alice))).ok
    await stage.settle()
    assert (await alice.submit(top(alice), {"kind": "collateral"})).ok
    await stage.settle()
    shown = blocks(alice.modal)
    assert [each["value"] for each in as_objects(as_object(shown["record"]["element"])["initial_options"])] == [
        "service_declined"
    ]
    assert "record_words" in shown
    assert trail_is_whole(stage)
