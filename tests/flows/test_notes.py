"""A contact, noted: from the command to a sealed note, and everything that may go wrong between."""

from __future__ import annotations

import asyncio

import pytest

from models.contacts import Contact, ContactState
from models.follow_ups import FollowUp
from models.notes import Note, NoteVersion
from models.people import Person
from sandbox.shape import as_object, as_text
from tests.canary import Canary
from tests.flows.stage import ALICE, Play, blocks, call_state, choose_client, look_over, options, start, words

pytestmark = pytest.mark.anyio


async def test_a_call_becomes_one_sealed_note(stage: Play, canary: Canary) -> None:
    alice = stage.person(ALICE)
    view = await start(stage, ALICE, "call")
    done = canary.text("done") + " asked for a later day."
    submission = await alice.submit(view, call_state(stage.clock, done=done))
    assert submission.ok
    assert submission.closed
    await stage.settle()
    assert not alice.modals
    assert [stage.count(table) for table in (Note, NoteVersion, Contact, FollowUp)] == [1, 1, 1, 0]
    contact = stage.rows(Contact)[0]
    assert isinstance(contact, Contact)
    assert contact.state is ContactState.NOTED
    assert stage.actions()[-2:] == ["contact:settle", "note:sign"]
    assert "1 note" in words(alice.home or {})


async def test_the_form_is_prefilled_and_grows_with_its_client(stage: Play) -> None:
    alice = stage.person(ALICE)
    await alice.command("/note", "call")
    before = blocks(alice.modal)
    assert "goals" not in before
    await choose_client(alice, "")
    await stage.settle()
    after = blocks(alice.modal)
    assert {"client_line", "goals"} <= set(after)
    assert stage.names.last in words({"line": after["client_line"]})


async def test_a_visit_follows_and_its_promise_becomes_a_follow_up(stage: Play, canary: Canary) -> None:
    alice = stage.person(ALICE)
    view = await start(stage, ALICE, "visit")
    await alice.click(view, "follow_up", "form.answer", "2026-03-09")
    await stage.settle()
    state = call_state(
        stage.clock,
        location="client_home",
        wellbeing="Rested, in clean clothes, laughed twice. No injuries seen.",
        observations="Things are steady at home. Paid two bills without help and wants to do the third alone.",
        satisfaction="satisfied",
        follow_up="2026-03-09",
        follow_up_what=canary.text("promise"),
        follow_up_owner="you",
    )
    submission = await alice.submit(view, state)
    assert submission.ok, submission.errors
    await stage.settle()
    assert stage.count(FollowUp) == 1
    assert stage.actions()[-3:] == ["contact:settle", "follow_up:open", "note:sign"]


async def test_someone_new_is_offered_next_time(stage: Play, canary: Canary) -> None:
    alice = stage.person(ALICE)
    view = await start(stage, ALICE, "call")
    name = canary.text("person")
    await alice.click(view, "people", "form.search_people", ["new"])
    await stage.settle()
    submission = await alice.submit(view, call_state(stage.clock, people=["new"], people_new=f"{name}, aunt"))
    assert submission.ok, submission.errors
    assert f"{name}, aunt has no current release on file." in words(alice.modal)
    assert (await look_over(alice, basis="family_or_involved")).closed
    assert stage.count(Person) == 1
    view = await start(stage, ALICE, "call")
    found = options(await alice.suggest(view, "people", "form.search_people", name[:6]))
    assert [as_text(as_object(each["text"])["text"]) for each in found][1] == f"{name}, aunt"


async def test_three_submits_at_once_are_one_note(stage: Play) -> None:
    alice = stage.person(ALICE)
    view = await start(stage, ALICE, "call")
    await alice.click(view, "after_observations", "form.save", state=call_state(stage.clock))
    await asyncio.gather(*(alice.submit(view) for _ in range(3)), return_exceptions=True)
    assert [stage.count(table) for table in (Note, NoteVersion, Contact)] == [1, 1, 1]
