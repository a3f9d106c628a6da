"""Drafts come back exactly: every word, after whatever happened, also to whoever may not sign them any more."""

from __future__ import annotations

import pytest

from models.forms import FormRow
from models.notes import Note
from sandbox.shape import JsonObject, as_object, as_text
from tests.canary import Canary
from tests.flows.attack import filled, send, submission
from tests.flows.changing import Changing
from tests.flows.stage import ALICE, Play, blocks, start, words
from tests.flows.test_attack_scope import names_nobody

pytestmark = pytest.mark.anyio

# Every text box of the two forms, with what brings it onto the screen.
BOXES = {
    "call": ("people_new", "done", "observations", "follow_up_what", "record_words", "satisfaction_words"),
    "visit": (
        *("location_words", "people_new", "also_there", "done", "wellbeing", "observations", "satisfaction_words"),
        *("follow_up_what", "record_words"),
    ),
}
BRINGS = {
    "people": ["new"],
    "follow_up": "another",
    "record": ["service_declined"],
    "satisfaction": "mixed",
    "location": "community",
}


async def typed_everywhere(stage: Play, kind: str, canary: Canary) -> dict[str, str]:
    """A form of alice's with words in every text box, saved and closed; the words by their box."""
    alice = stage.person(ALICE)
    view = await start(stage, ALICE, kind)
    for name, value in BRINGS.items():
        for block in blocks(alice.modal):
            if block.partition("~")[0] == name:
                element = as_object(blocks(alice.modal)[block]["element"])
                await alice.click(view, block, as_text(element["action_id"]), value)
                await stage.settle()
    said = {name: f"{canary.text(name)} and what else is to be said." for name in BOXES[kind]}
    state = {block: said[block.partition("~")[0]] for block in blocks(alice.modal) if block.partition("~")[0] in said}
    assert {block.partition("~")[0] for block in state} == set(said)
    await alice.click(view, "after_observations", "form.save", state=state)
    await stage.settle()
    await alice.close(view)
    return said


async def brought_back(stage: Play) -> str:
    """The draft is opened again from the list; the view's id."""
    alice = stage.person(ALICE)
    await alice.command("/note", "drafts")
    row = next(name for name in blocks(alice.modal) if name.endswith(".buttons"))
    await alice.click(as_text(alice.modal["id"]), row, "draft.continue")
    await stage.settle()
    return as_text(alice.modal["id"])


def standing(view: JsonObject) -> dict[str, object]:
    """What stands in each text box."""
    found: dict[str, object] = {}
    for name, block in blocks(view).items():
        element = as_object(block.get("element"))
        if element.get("type") == "plain_text_input":
            found[name.partition("~")[0]] = element.get("initial_value")
    return found


@pytest.mark.parametrize("kind", ["call", "visit"])
async def test_every_word_comes_back_after_a_reassignment_and_stays_when_it_is_saved_again(
    small: Play, canary: Canary, kind: str
) -> None:
    said = await typed_everywhere(small, kind, canary)
    Changing(small).take(ALICE, "hers")
    small.clock.advance(days=31)
    alice = small.person(ALICE)
    for _ in range(2):
        view = await brought_back(small)
        assert standing(alice.modal) == said
        assert "You cannot write about this client now." in words(alice.modal)
        assert names_nobody(small, words(alice.modal))
        await alice.click(view, "after_observations", "form.save")
        await small.settle()
        assert standing(alice.modal) == said
        await alice.close(view)
        await alice.close(as_text(alice.modal["id"]))
    (row,) = [each for each in small.rows(FormRow) if isinstance(each, FormRow)]
    # The words stay under the key of the client whom they are about.
    assert row.client_id is not None
    view = await brought_back(small)
    assert not (await send(small, submission(small, view))).clears
    assert small.count(Note) == 0
    assert standing(alice.modal) == said


async def test_a_draft_says_in_the_list_that_its_client_is_out_of_reach(small: Play) -> None:
    alice = small.person(ALICE)
    view = await filled(small)
    await alice.click(view, "after_observations", "form.save")
    await alice.close(view)
    Changing(small).take(ALICE, "hers")
    small.clock.advance(days=31)
    await alice.command("/note", "drafts")
    assert "Not your client now" in words(alice.modal)
    assert names_nobody(small, words(alice.modal))
