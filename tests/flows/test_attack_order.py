"""Losing a sentence by sending things in another order, twice, or to a form that is done. What was typed last stays."""

from __future__ import annotations

import pytest

from bot import offline
from models.forms import Answers, FormRow, FormStage
from models.notes import Note, NoteVersion
from privacy.kek import FileKek
from sandbox import payloads
from sandbox.shape import as_object, as_text
from services import form_rows
from services.work import Work
from tests.canary import Canary
from tests.flows.attack import (
    action,
    another_process,
    chosen,
    counts,
    filled,
    forms,
    put,
    send,
    stages,
    submission,
)
from tests.flows.stage import ALICE, Play, blocks, choose_client, options, start, typed

pytestmark = pytest.mark.anyio
MORE = " was said about the lease and the rent."


def kept(stage: Play, row: FormRow) -> Answers:
    """What stands in a form, opened."""

    def opened(work: Work) -> Answers:
        return form_rows.answers_of(work, row)

    return offline.read(stage.app.engine, stage.tenant, stage.clock, opened)


def words_of(stage: Play, row: FormRow, name: str = "done") -> str:
    """The words in one text box of a form."""
    return kept(stage, row).typed[name].reveal(stage.grant)


async def test_an_older_action_that_comes_later_changes_nothing(stage: Play, canary: Canary) -> None:
    view = await filled(stage)
    now = stage.clock.now().timestamp()
    newer, older = canary.text("newer"), canary.text("older")
    await send(stage, action(stage, view, now + 1, done=newer))
    await send(stage, action(stage, view, now, done=older), later=1)
    assert words_of(stage, forms(stage)[0]) == newer


async def test_an_action_that_was_overtaken_by_a_submit_does_not_take_its_words_away(
    stage: Play, canary: Canary
) -> None:
    view = await filled(stage)
    now = stage.clock.now().timestamp()
    late = action(stage, view, now, done=canary.text("half a sentence"))
    whole = canary.text("the whole sentence")
    answer = await send(stage, submission(stage, view, done=whole, observations=""), later=2)
    assert list(answer.errors) == ["observations"]
    await send(stage, late)
    assert words_of(stage, forms(stage)[0]) == whole


async def test_an_older_submit_that_comes_later_is_not_the_notes_newest_version(
    stage: Play, kek: FileKek, canary: Canary
) -> None:
    view = await filled(stage)
    older, newer = canary.text("older") + MORE, canary.text("newer") + MORE
    late = submission(stage, view, done=older)
    async with another_process(stage, kek) as (_, other):
        assert (await send(stage, submission(stage, view, done=newer), other, later=4)).clears
        stage.clock.advance(seconds=10)
        await send(stage, late, later=-10)
    assert counts(stage, Note, NoteVersion) == [1, 1]
    assert [document.done.reveal(stage.grant) for document in stage.documents()] == [newer]
    rows = forms(stage)
    assert [row.stage for row in rows] == [FormStage.SIGNED, FormStage.OPEN]
    assert words_of(stage, rows[1]) == older


async def test_a_second_go_on_does_not_empty_the_form(stage: Play, canary: Canary) -> None:
    alice = stage.person(ALICE)
    await alice.command("/note")
    view = as_text(alice.modal["id"])
    found = options(await alice.suggest(view, "client", "form.search_client", ""))
    state = {"kind": "face_to_face", "client": found[0]["value"]}
    assert (await alice.submit(view, state)).ok
    first = stage.sandbox.journal.deliveries[-1].payload
    words = canary.text("typed")
    await alice.click(view, "after_observations", "form.save", state={"done": words})
    await stage.settle()
    await send(stage, first, later=1)
    assert words_of(stage, forms(stage)[0]) == words
    assert forms(stage)[0].saved_at is not None


async def test_mistakes_in_words_that_were_edited_after_a_lost_answer_are_shown_at_their_fields(stage: Play) -> None:
    view = await filled(stage)
    payload = submission(stage, view)
    assert (await send(stage, payload)).clears
    put(payload, "done", typed("too short"))
    assert list((await send(stage, payload, later=1)).errors) == ["done"]
    put(payload, "done", typed("Asked about the lease, and got an answer at last."))
    assert (await send(stage, payload, later=2)).clears
    assert counts(stage, Note, NoteVersion) == [1, 2]


@pytest.mark.parametrize("callback", ["note.sign_of_tomorrow", ""])
async def test_a_form_that_this_version_does_not_know_stays_open(small: Play, callback: str) -> None:
    view = await filled(small)
    payload = submission(small, view)
    as_object(payload["view"])
    payload["view"] = {**as_object(payload["view"]), "callback_id": callback}
    answer = await send(small, payload)
    assert list(answer.errors) == ["client"]
    assert stages(small) == [FormStage.OPEN]


async def test_a_submit_without_its_parts_does_not_close_the_form(small: Play) -> None:
    view = await filled(small)
    for missing in ("id", "callback_id"):
        payload = submission(small, view)
        payload["view"] = {name: value for name, value in as_object(payload["view"]).items() if name != missing}
        assert (await send(small, payload)).status == 400
    payload = submission(small, view)
    payload["user"] = {}
    assert (await send(small, payload)).status == 400


async def test_an_action_after_a_draft_was_discarded_does_not_bring_it_back(stage: Play, canary: Canary) -> None:
    alice = stage.person(ALICE)
    view = await filled(stage)
    late = action(stage, view, stage.clock.now().timestamp() + 5, done=canary.text("late"))
    await alice.close(view)
    await alice.command("/note", "drafts")
    row = next(name for name in blocks(alice.modal) if name.endswith(".buttons"))
    await alice.click(as_text(alice.modal["id"]), row, "draft.discard")
    await stage.settle()
    assert "none" in blocks(alice.modal)
    await send(stage, late, later=5)
    assert stages(stage) == [FormStage.DISCARDED]


@pytest.mark.parametrize("trouble", ["rate_limit", "lose_answer", "lose_request", "server_error", "garbage"])
async def test_a_draft_that_was_discarded_is_never_said_to_be_unchanged(small: Play, trouble: str) -> None:
    alice = small.person(ALICE)
    view = await filled(small)
    await alice.close(view)
    await alice.command("/note", "drafts")
    row = next(name for name in blocks(alice.modal) if name.endswith(".buttons"))
    getattr(small.sandbox.faults, trouble)("views.update")
    delivery = await alice.click(as_text(alice.modal["id"]), row, "draft.discard")
    assert delivery.status == 200
    await small.settle()
    assert stages(small) == [FormStage.DISCARDED]
    assert not alice.dms


@pytest.mark.parametrize("error", ["hash_conflict", "not_found", "internal_error", "view_too_large"])
async def test_whatever_becomes_of_a_redraw_the_next_one_shows_what_is_saved(
    small: Play, canary: Canary, error: str
) -> None:
    alice = small.person(ALICE)
    view = await start(small, ALICE, "call")
    words = canary.text("typed")
    small.sandbox.faults.refuse("views.update", error)
    await alice.click(view, "satisfaction", "form.answer", "mixed", state={"done": words})
    await small.settle()
    await alice.click(view, "activities", "form.answer", ["reviewed_records"])
    await small.settle()
    shown = blocks(alice.modal)
    assert {"satisfaction_words", "records"} <= set(shown)
    assert words_of(small, forms(small)[0]) == words


async def test_two_redraws_that_race_end_at_what_is_saved(stage: Play) -> None:
    view = await start(stage, ALICE, "call")
    now = stage.clock.now().timestamp()
    taps = [action(stage, view, now + n) for n in range(4)]
    for n, (name, state) in enumerate(
        [
            ("satisfaction", chosen("mixed", "static_select")),
            ("follow_up", chosen("another", "static_select")),
            ("satisfaction", chosen("satisfied", "static_select")),
            ("record", {**chosen("significant_event", "multi"), "type": "checkboxes"}),
        ]
    ):
        for later in taps[n:]:
            put(later, name, {"form.answer": state})
    for tap in taps:
        await send(stage, tap)
    await stage.settle()
    shown = blocks(stage.person(ALICE).modal)
    assert {"follow_up_on", "event_kind"} <= set(shown)
    assert "satisfaction_words" not in shown


async def test_another_client_chosen_at_the_last_moment_takes_nothing_of_the_one_before(small: Play) -> None:
    alice = small.person(ALICE)
    view = await filled(small)
    payload = submission(small, view)
    put(payload, "client", {"form.search_client": chosen("C-0000000000000000")})
    answer = await send(small, payload)
    assert list(answer.errors) == ["client"]
    assert small.count(Note) == 0
    await alice.close(view)
    await alice.command("/note", "drafts")
    assert "No client chosen" in str(blocks(alice.modal))
    await choose_client_again(small)


async def choose_client_again(stage: Play) -> None:
    """The draft goes on with everything that was typed."""
    alice = stage.person(ALICE)
    row = next(name for name in blocks(alice.modal) if name.endswith(".buttons"))
    await alice.click(as_text(alice.modal["id"]), row, "draft.continue")
    await choose_client(alice, "")
    await stage.settle()
    assert "initial_value" in as_object(blocks(alice.modal)["done"]["element"])
    assert payloads.find_element(alice.modal["blocks"], "after_observations", "form.save")
