"""*Before you sign*: shown on top of the form, left and come back from, answered, sent twice, late, forged, and by somebody without the client."""

from __future__ import annotations

import asyncio

import pytest

from models.clients import AssignmentKind
from models.dismissals import Dismissals
from models.forms import FormStage
from models.note_checked import LateReason
from models.notes import Note, NoteVersion
from sandbox import payloads
from sandbox.shape import JsonObject, as_object, as_objects, as_text
from tests.canary import Canary
from tests.flows.attack import (
    action,
    chosen,
    counts,
    filled,
    looked_over,
    put,
    send,
    stages,
    submission,
    trail_is_whole,
)
from tests.flows.changing import Changing
from tests.flows.contact_stage import STORIES, leave, open_list
from tests.flows.stage import ALICE, BOB, Play, blocks, call_state, look_over, start, typed, words
from tests.flows.test_trouble import database_away
from views.messages import NOT_SAVED

pytestmark = pytest.mark.anyio

JUDGED = "She has been non-compliant with her medication since Monday."
DAYS = 5 * 24 * 3600
REF = "Something newer was saved in this form meanwhile"


def late(stage: Play, **changed: object) -> dict[str, object]:
    """A call of last Wednesday, which alice writes about on Monday."""
    return call_state(stage.clock, ended_at=int(stage.clock.now().timestamp()) - DAYS, **changed)


def title(stage: Play, user: str = ALICE) -> str:
    """What the modal on top is called."""
    return words(as_object(stage.person(user).modal["title"]))


async def asked(stage: Play, **changed: object) -> str:
    """alice presses Sign under a late note and sees what is asked; the id of the form below."""
    view = await start(stage, ALICE, "call")
    assert (await stage.person(ALICE).submit(view, late(stage, **changed))).ok
    await stage.settle()
    assert title(stage) == "Before you sign"
    return view


async def test_a_late_note_is_marked_and_keeps_its_reason_and_what_was_pointed_out(stage: Play, canary: Canary) -> None:
    alice, reason = stage.person(ALICE), canary.text("reason")
    await asked(stage, observations=JUDGED)
    shown = words(alice.modal)
    assert f"{stage.names.last}, {stage.names.first} · ID {stage.names.agency_id}" in shown
    assert "Phone · Wed 25 Feb, 11:56–12:00 · 4 minutes" in shown
    assert "This note is 3 business days after the contact. It will be marked “late entry”." in shown
    assert "“non-compliant” → say what the person did not do or chose instead" in shown
    assert "Record: 8 of 9 elements." in shown
    assert "Signing as Alice, Case manager. After signing, a change is a new version or an addition." in shown
    assert (await look_over(alice, late_reason="other")).errors == {"late_words": "Write something here."}
    assert stage.count(Note) == 0
    assert (await look_over(alice, late_reason="other", late_words=reason)).closed
    await stage.settle()
    assert not alice.modals
    checked = stage.documents()[0].checked
    assert checked is not None
    assert checked.late is not None
    assert (checked.late.reason, checked.late.business_days) == (LateReason.OTHER, 3)
    assert checked.late.words.reveal(stage.grant) == reason
    assert [(each.rule, each.field, each.words.reveal(stage.grant)) for each in checked.kept] == [
        ("Q06", "observations", "non-compliant")
    ]
    assert stages(stage) == [FormStage.SIGNED]
    assert trail_is_whole(stage)


async def test_back_leaves_the_form_as_it_was_and_what_is_changed_takes_the_place_of_what_was_held(
    stage: Play, canary: Canary
) -> None:
    alice = stage.person(ALICE)
    view = await asked(stage)
    before = alice.typed(view)
    assert stages(stage) == [FormStage.SUBMITTED]
    await alice.click(as_text(alice.modal["id"]), "late_reason", "form.answer", "waited_for_information")
    await stage.settle()
    await alice.close(as_text(alice.modal["id"]))
    assert title(stage) == "Collateral contact"
    assert alice.typed(view) == before
    changed = canary.text("changed") + " and agreed to another day."
    assert (await alice.submit(view, {"done": changed})).ok
    assert title(stage) == "Before you sign"
    chosen_before = as_object(blocks(alice.modal)["late_reason"]["element"])["initial_option"]
    assert as_object(chosen_before)["value"] == "waited_for_information"
    assert (await look_over(alice)).closed
    assert [each.done.reveal(stage.grant) for each in stage.documents()] == [changed]
    assert stage.count(NoteVersion) == 1


async def test_who_closes_everything_finds_it_under_drafts_with_what_was_answered(small: Play) -> None:
    alice = small.person(ALICE)
    await asked(small)
    await alice.click(as_text(alice.modal["id"]), "late_reason", "form.answer", "forgot")
    await small.settle()
    await alice.close(as_text(alice.modal["id"]), clear=True)
    await alice.command("/note", "drafts")
    row = next(name for name in blocks(alice.modal) if name.endswith(".buttons"))
    await alice.click(as_text(alice.modal["id"]), row, "draft.continue")
    assert stages(small) == [FormStage.OPEN]
    assert (await alice.submit(as_text(alice.modal["id"]))).ok
    assert (await look_over(alice)).closed
    checked = small.documents()[0].checked
    assert checked is not None
    assert checked.late is not None
    assert checked.late.reason is LateReason.FORGOT


async def test_one_press_that_comes_twice_lays_one_screen(small: Play) -> None:
    view = await filled(small, ended_at=int(small.clock.now().timestamp()) - DAYS)
    payload = submission(small, view)
    answers = await asyncio.gather(*(send(small, payload, later=n) for n in range(3)))
    laid = [as_text(answer.body["response_action"]) for answer in answers]
    assert sorted(laid) == ["push", "update", "update"]
    again = submission(small, view)
    assert (await send(small, again, later=4)).body["response_action"] == "push"


async def test_what_was_looked_over_before_a_change_is_never_signed(stage: Play) -> None:
    alice = stage.person(ALICE)
    view = await asked(stage)
    first = as_text(alice.modal["id"])
    old = submission(stage, first)
    put(old, "late_reason", {"form.answer": chosen("forgot", "static_select")})
    await alice.close(first)
    assert (await alice.submit(view, {"done": "Asked the manager for another day, and she agreed to it."})).ok
    answer = await send(stage, old, later=1)
    assert REF in str(answer.errors)
    await send(stage, action(stage, view, stage.clock.now().timestamp() + 2), later=2)
    assert stages(stage) == [FormStage.OPEN]
    assert REF in str((await send(stage, submission(stage, as_text(alice.modal["id"])), later=3)).errors)
    assert stage.count(Note) == 0


async def test_a_screen_signed_twice_at_once_is_one_note(stage: Play) -> None:
    view = await filled(stage, ended_at=int(stage.clock.now().timestamp()) - DAYS)
    answer = await send(stage, submission(stage, view))
    laid = stage.sandbox.workspace.views.push(ALICE, as_object(answer.body["view"]))
    payload = submission(stage, laid.id)
    put(payload, "late_reason", {"form.answer": chosen("forgot", "static_select")})
    answers = await asyncio.gather(*(send(stage, payload, later=n) for n in range(1, 5)))
    assert all(each.clears for each in answers)
    assert counts(stage, Note, NoteVersion) == [1, 1]
    assert trail_is_whole(stage)


async def test_an_edit_after_a_lost_answer_is_asked_about_like_any_note_and_stays_a_draft_until_it_is_signed(
    small: Play, canary: Canary
) -> None:
    alice = small.person(ALICE)
    view = await start(small, ALICE, "call")
    assert (await alice.submit(view, call_state(small.clock))).ok
    edited = f"{JUDGED} {canary.text('edited')}"
    answer = await send(small, submission(small, view, observations=edited), later=2)
    assert answer.body["response_action"] == "push"
    assert stages(small) == [FormStage.SUBMITTED]
    assert (await looked_over(small, ALICE, answer, later=3)).clears
    assert [each.observations.reveal(small.grant) for each in small.documents()][-1] == edited
    assert stages(small) == [FormStage.SIGNED]
    assert counts(small, Note, NoteVersion) == [1, 2]


async def test_nobody_signs_anothers_form_nor_one_that_was_not_looked_over(small: Play) -> None:
    alice = small.person(ALICE)
    await asked(small)
    forged = submission(small, as_text(alice.modal["id"]))
    put(forged, "late_reason", {"form.answer": chosen("forgot", "static_select")})
    user = as_object(forged["user"])
    forged["user"] = {**user, "id": BOB, "username": "bob", "name": "bob"}
    assert "signed, put away, or opened again elsewhere" in str((await send(small, forged, later=1)).errors)
    fresh = await filled(small, BOB)
    view = small.sandbox.workspace.views.find(fresh)
    assert view is not None
    unasked = submission(small, as_text(alice.modal["id"]))
    assert isinstance(unasked["view"], dict)
    unasked["view"]["private_metadata"] = f"{view.content['private_metadata']}.0"
    unasked["user"] = forged["user"]
    assert REF in str((await send(small, unasked, later=2)).errors)
    assert small.count(Note) == 0


@pytest.mark.parametrize("word", ["", "sister", "forgot"])
async def test_another_clients_name_blocks_until_a_reason_is_chosen_from_the_list(small: Play, word: str) -> None:
    Changing(small).assign(ALICE, "dans", AssignmentKind.BACKUP)
    alice = small.person(ALICE)
    view = await filled(small, done=f"Asked the manager, and {small.names.dans} was there too.")
    answer = await send(small, submission(small, view))
    assert f"belongs to another client: “{small.names.dans}”" in str(answer.body)
    laid = small.sandbox.workspace.views.push(ALICE, as_object(answer.body["view"]))
    payload = submission(small, laid.id)
    if word:
        put(payload, "other_name_reason", {"form.answer": chosen(word, "static_select")})
    refused = await send(small, payload, later=1)
    assert refused.errors == {"other_name_reason": "Go back and change the name, or say why it may stay."}
    assert small.count(Note) == 0
    assert (await alice.submit(laid.id, {"other_name_reason": "relative"})).closed
    checked = small.documents()[0].checked
    assert checked is not None
    assert checked.other_name == "relative"


async def test_a_client_lost_between_the_two_screens_is_not_written_about_and_the_words_are_kept(
    small: Play, canary: Canary
) -> None:
    agency, alice = Changing(small), small.person(ALICE)
    text = canary.text("typed") + " about the lease and the rent."
    await asked(small, done=text)
    agency.take(ALICE, "hers")
    small.clock.advance(days=31)
    refused = await look_over(alice, late_reason="forgot")
    assert "kept under Drafts" in str(refused.errors)
    assert small.count(Note) == 0
    await alice.close(as_text(alice.modal["id"]), clear=True)
    await alice.command("/note", "drafts")
    row = next(name for name in blocks(alice.modal) if name.endswith(".buttons"))
    await alice.click(as_text(alice.modal["id"]), row, "draft.continue")
    assert as_object(blocks(alice.modal)["done"]["element"])["initial_value"] == text


async def test_the_database_away_on_the_second_screen_loses_nothing(stage: Play, canary: Canary) -> None:
    alice, reason = stage.person(ALICE), canary.text("reason")
    await asked(stage)
    with database_away(stage):
        away = await look_over(alice, late_reason="other", late_words=reason)
    assert away.errors == {"late_reason": NOT_SAVED.plain}
    assert stage.count(Note) == 0
    assert (await look_over(alice)).closed
    checked = stage.documents()[0].checked
    assert checked is not None
    assert checked.late is not None
    assert checked.late.words.reveal(stage.grant) == reason


async def test_a_suggestion_that_is_not_wanted_is_gone_for_this_person(stage: Play) -> None:
    alice, bob = stage.person(ALICE), stage.person(BOB)
    view = await start(stage, ALICE, "call")
    await alice.submit(view, call_state(stage.clock, observations=JUDGED))
    assert title(stage) == "Before you sign"
    await alice.click(as_text(alice.modal["id"]), "word_1", "word.dismiss", menu_of(alice.modal))
    await stage.settle()
    assert "non-compliant" not in words(alice.modal)
    assert title(stage) == "Before you sign"
    assert stage.count(Dismissals) == 1
    assert (await look_over(alice)).closed
    view = await start(stage, BOB, "call")
    await bob.submit(view, call_state(stage.clock, done=STORIES[1][0], observations=JUDGED))
    assert "non-compliant" in words(bob.modal)


def menu_of(view: object) -> str:
    """The value of the one thing that the menu beside the first words offers."""
    accessory = as_object(blocks(as_object(view))["word_1"]["accessory"])
    return as_text(as_objects(accessory["options"])[0]["value"])


async def test_a_suggestion_that_was_never_made_cannot_be_put_away(small: Play) -> None:
    alice = small.person(ALICE)
    view = await start(small, ALICE, "call")
    await alice.submit(view, call_state(small.clock, observations=JUDGED))
    shown = small.sandbox.workspace.views.find(as_text(alice.modal["id"]))
    assert shown is not None
    found = payloads.find_element(shown.content.get("blocks"), "word_1", "word.dismiss")
    assert found is not None
    option: JsonObject = {"selected_option": {"text": {"type": "plain_text", "text": "x"}, "value": "0" * 16}}
    await send(small, payloads.view_actions(small.sandbox.workspace, shown, "word_1", found[1], option), later=1)
    await small.settle()
    assert small.count(Dismissals) == 0


async def test_check_my_words_says_everything_and_changes_nothing(small: Play, canary: Canary) -> None:
    alice = small.person(ALICE)
    view = await start(small, ALICE, "call")
    text = f"Spoke with staff. {canary.text('done')}"
    state = {"done": typed(text), "observations": typed("Doing well. She is lazy.")}
    await alice.click(view, "after_observations", "word.check", state=state)
    await small.settle()
    shown = words(alice.modal)
    assert title(small) == "Check my words"
    for wanted in (
        "What you did",
        "What it means for the client",
        "“lazy” →",
        "“Doing well” →",
        "Nothing was changed.",
    ):
        assert wanted in shown, shown
    assert stages(small) == [FormStage.OPEN]
    await alice.close(as_text(alice.modal["id"]))
    assert as_object(alice.typed(view)["done"]["form.answer"])["value"] == text
    assert not as_object(blocks(alice.modal).get("error", {}))


async def test_where_no_room_is_left_the_screen_takes_the_forms_place_and_gives_it_back(small: Play) -> None:
    alice, ref = small.person(ALICE), leave(small, ago=10)
    await alice.command("/note", "today")
    await alice.click(as_text(alice.modal["id"]), "waiting", "contact.list")
    await alice.click(as_text(alice.modal["id"]), ref, "contact.write")
    view = as_text(alice.modal["id"])
    await alice.suggest(view, "people", "form.search_people")
    said = call_state(small.clock, observations=JUDGED)
    state = {name: value for name, value in said.items() if name not in {"ended_at", "minutes"}}
    assert (await alice.submit(view, state)).ok
    assert title(small) == "Before you sign"
    assert len(alice.modals) == 3
    await alice.click(view, "back", "note.back")
    await small.settle()
    assert title(small) == "Collateral contact"
    assert as_object(blocks(alice.modal)["observations"]["element"])["initial_value"] == JUDGED
    assert (await alice.submit(view)).ok
    assert (await look_over(alice)).ok
    await small.settle()
    assert small.count(Note) == 1


async def test_signing_from_a_list_offers_the_next_and_leaves_no_form_under_it(small: Play) -> None:
    alice = small.person(ALICE)
    refs = [leave(small, ago=ago) for ago in (10, 200)]
    await open_list(small)
    await alice.click(as_text(alice.modal["id"]), refs[0], "contact.write")
    view = as_text(alice.modal["id"])
    await alice.suggest(view, "people", "form.search_people")
    said = call_state(small.clock, observations=JUDGED)
    state = {name: value for name, value in said.items() if name not in {"ended_at", "minutes"}}
    assert (await alice.submit(view, state)).ok
    assert (await look_over(alice)).closed
    await small.settle()
    assert [words(as_object(each["title"])) for each in alice.modals] == ["Contacts to note", "Signed"]
    refs_of_notes = [each.ref for each in small.rows(Note) if isinstance(each, Note)]
    assert f"Signed. Note {refs_of_notes[0]}. 1 contact still has no note." in words(alice.modal)
    assert refs[0] not in blocks(alice.modals[0])
    await alice.submit(as_text(alice.modal["id"]))
    assert title(small) == "Collateral contact"
