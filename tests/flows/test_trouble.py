"""What may go wrong: the database away, answers lost, triggers expired, words edited after a lost answer."""

from __future__ import annotations

import contextlib
from collections.abc import Generator

import pytest
from sqlalchemy import event

from models.contacts import Contact
from models.forms import FormRow, FormStage
from models.notes import Note, NoteVersion, Review
from models.rows import WorkspaceSession
from sandbox.shape import as_object, as_text
from tests.canary import Canary
from tests.flows.stage import ALICE, Play, blocks, call_state, choose_client, start, typed, words
from views.messages import NOT_SAVED

pytestmark = pytest.mark.anyio


@contextlib.contextmanager
def database_away(stage: Play) -> Generator[None]:
    """No connection to the database can be had."""
    import sqlite3

    def refuse(*_: object) -> None:
        raise sqlite3.OperationalError("away")

    # Whoever has one now keeps it: closing the pool under them would leave theirs to nobody.
    event.listen(stage.app.engine, "checkout", refuse)
    try:
        yield
    finally:
        event.remove(stage.app.engine, "checkout", refuse)


async def test_the_database_away_at_submit_loses_nothing(stage: Play, canary: Canary) -> None:
    alice = stage.person(ALICE)
    view = await start(stage, ALICE, "call")
    state = call_state(stage.clock, done=canary.text("done") + " and more words")
    with database_away(stage):
        submission = await alice.submit(view, state)
    assert submission.errors == {"client": NOT_SAVED.plain}
    assert stage.count(Note) == 0
    again = await alice.submit(view, state)
    assert again.ok
    assert stage.count(Note) == 1


async def test_the_database_away_at_a_command_says_so(stage: Play) -> None:
    alice = stage.person(ALICE)
    with database_away(stage):
        await alice.command("/note", "call")
    assert "cannot reach its records" in alice.ephemerals[-1].text


async def test_an_edited_resubmission_after_a_lost_answer_is_a_new_version(stage: Play, canary: Canary) -> None:
    alice = stage.person(ALICE)
    view = await start(stage, ALICE, "call")
    state = call_state(stage.clock)
    assert (await alice.submit(view, state)).ok
    assert (await alice.submit(view, check=False)).ok
    assert stage.count(NoteVersion) == 1
    edited = {"done": typed(canary.text("edited") + " with a correction")}
    assert (await alice.submit(view, edited, check=False)).ok
    assert [stage.count(table) for table in (Note, Contact, NoteVersion)] == [1, 1, 2]


async def test_an_edit_after_the_approval_becomes_a_draft_and_the_person_is_told(stage: Play, canary: Canary) -> None:
    from sqlalchemy import update

    alice = stage.person(ALICE)
    view = await start(stage, ALICE, "call")
    state = call_state(stage.clock)
    assert (await alice.submit(view, state)).ok
    with WorkspaceSession(stage.app.engine, stage.tenant.id) as session, session.begin():
        session.execute(update(Note).values(review=Review.APPROVED))
    await alice.submit(view, {"done": typed(canary.text("edited") + " with a correction")}, check=False)
    answer = stage.sandbox.journal.of("answer.view_submission")[-1]
    assert "kept under Drafts" in str(answer.arguments)
    assert stage.count(NoteVersion) == 1
    rows = [row for row in stage.rows(FormRow) if isinstance(row, FormRow)]
    assert [row.stage for row in rows if row.saved_at] == [FormStage.SIGNED, FormStage.OPEN]


async def test_a_late_action_cannot_bring_a_signed_form_back(stage: Play) -> None:
    alice = stage.person(ALICE)
    view = await start(stage, ALICE, "call")
    assert (await alice.submit(view, call_state(stage.clock))).ok
    await alice.click(view, "satisfaction", "form.answer", "satisfied", check=False)
    rows = [row for row in stage.rows(FormRow) if isinstance(row, FormRow)]
    assert [row.stage for row in rows] == [FormStage.SIGNED]


async def test_slack_down_at_open_says_so_and_leaves_no_modal(stage: Play) -> None:
    alice = stage.person(ALICE)
    stage.sandbox.faults.refuse("views.open", "expired_trigger_id")
    await alice.command("/note", "call")
    assert not alice.modals
    assert "took too long" in alice.ephemerals[-1].text
    stage.sandbox.faults.garbage("views.open")
    await alice.command("/note", "call")
    assert "went wrong on our side" in alice.ephemerals[-1].text


async def test_a_lost_answer_to_views_open_is_not_sent_again(stage: Play) -> None:
    alice = stage.person(ALICE)
    stage.sandbox.faults.lose_answer("views.open")
    await alice.command("/note", "call")
    assert len(stage.sandbox.journal.of("views.open")) == 1


async def test_a_field_that_has_not_appeared_yet_is_brought_before_it_is_asked_for(stage: Play) -> None:
    alice = stage.person(ALICE)
    view = await start(stage, ALICE, "call")
    stage.sandbox.faults.refuse("views.update", "internal_error")
    await alice.click(view, "satisfaction", "form.answer", "mixed")
    await stage.settle()
    assert "satisfaction_words" not in blocks(alice.modal)
    await alice.submit(view, call_state(stage.clock, satisfaction="mixed"))
    assert "satisfaction_words" in blocks(alice.modal)
    assert stage.count(Note) == 0


async def test_what_was_typed_comes_back_from_drafts(stage: Play, canary: Canary) -> None:
    alice = stage.person(ALICE)
    view = await start(stage, ALICE, "call")
    typed = canary.text("typed") + " half a sentence"
    await alice.click(view, "activities", "form.answer", ["referred"], state={"done": typed})
    await alice.close(view)
    await alice.open_home()
    await stage.settle()
    home = alice.home or {}
    assert "Drafts: 1" in words(home)
    row = next(block for name, block in blocks(home).items() if name.startswith("draft."))
    await alice.click(as_text(home["id"]), as_text(row["block_id"]), "draft.continue")
    await stage.settle()
    found = blocks(alice.modal)
    assert as_object(found["done"]["element"])["initial_value"] == typed
    assert stage.names.last in words(alice.modal)
    await choose_client(alice, "")


async def test_a_submission_with_mistakes_is_saved_before_they_are_shown(stage: Play, canary: Canary) -> None:
    alice = stage.person(ALICE)
    view = await start(stage, ALICE, "call")
    words_typed = canary.text("typed") + " and more words about it"
    submission = await alice.submit(
        view, call_state(stage.clock, done=words_typed, record=["none", "plan_needs_change"])
    )
    assert list(submission.errors) == ["record"]
    await alice.close(view)
    await alice.command("/note", "drafts")
    row = next(name for name in blocks(alice.modal) if name.endswith(".buttons"))
    await alice.click(as_text(alice.modal["id"]), row, "draft.continue")
    assert as_object(blocks(alice.modal)["done"]["element"])["initial_value"] == words_typed


async def test_a_draft_that_is_continued_elsewhere_is_not_overwritten_by_the_older_screen(
    stage: Play, canary: Canary
) -> None:
    alice = stage.person(ALICE)
    older = await start(stage, ALICE, "call")
    await alice.click(older, "after_observations", "form.save", state={"done": "Words that were typed at first."})
    await stage.settle()
    await alice.command("/note", "drafts")
    row = next(name for name in blocks(alice.modal) if name.endswith(".buttons"))
    await alice.click(as_text(alice.modal["id"]), row, "draft.continue")
    newer = as_text(alice.modal["id"])
    words_typed = canary.text("newer") + " typed on the newer screen"
    await alice.click(newer, "after_observations", "form.save", state={"done": words_typed})
    await stage.settle()
    await alice.click(older, "satisfaction", "form.answer", "satisfied", check=False)
    late = await alice.submit(older, check=False)
    assert "opened again elsewhere" in str(late.errors)
    await alice.command("/note", "drafts")
    row = next(name for name in blocks(alice.modal) if name.endswith(".buttons"))
    await alice.click(as_text(alice.modal["id"]), row, "draft.continue")
    assert as_object(blocks(alice.modal)["done"]["element"])["initial_value"] == words_typed
