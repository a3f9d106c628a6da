"""Contacts before their notes: kept in a moment, tried, planned and called off."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from bot import offline
from models.contact_words import Attempt, AttemptOutcome, ContactWords
from models.contacts import Contact, ContactKind, ContactReason, ContactState
from models.follow_ups import FollowUp
from models.forms import Answers, FormRow, FormStage
from models.note_document import Place
from models.notes import Note
from privacy.phi import Phi
from sandbox.shape import as_object, as_text
from services import contacts, forms, kept
from services.forms import OpenForm
from services.kept import KeepForm, Later
from services.refusals import NotFound
from services.staff import SlackUser, identify
from services.work import Work
from tests.canary import Canary
from tests.flows.contact_stage import known_of, later, open_list, stored
from tests.flows.stage import ALICE, TEAM, Play, blocks, call_state, choose_client, typed, words

pytestmark = pytest.mark.anyio


async def test_three_contacts_are_kept_in_a_row(stage: Play, canary: Canary) -> None:
    alice = stage.person(ALICE)
    await alice.shortcut("shortcut.later")
    jots = [canary.text("jot") for _ in range(3)]
    for count, (kind, jot) in enumerate(zip(("collateral", "face_to_face", "attempt"), jots, strict=True), start=1):
        await later(stage, kind, jot)
        assert f"Kept. {count} waiting." in words(alice.modal)
        await alice.submit(as_text(alice.modal["id"]))
    kept = stored(stage)
    assert {each.state for each in kept} == {ContactState.UNNOTED}
    assert [each.kind.value for each in kept] == ["collateral", "face_to_face", "attempt"]
    assert [known_of(stage, each).jot.reveal(stage.grant) for each in kept] == jots
    assert stage.actions().count("contact:keep") == 3


async def test_a_double_keep_is_one_contact(stage: Play) -> None:
    alice = stage.person(ALICE)
    await alice.command("/note", "later")
    await choose_client(alice, "")
    await stage.settle()
    view = as_text(alice.modal["id"])
    await alice.click(view, "kind", "form.answer", "collateral")
    await asyncio.gather(*(alice.submit(view, check=False) for _ in range(3)), return_exceptions=True)
    assert stage.count(Contact) == 1


async def test_keep_sent_again_with_other_words_changes_the_same_contact(stage: Play, canary: Canary) -> None:
    alice = stage.person(ALICE)
    await alice.command("/note", "later")
    client = await choose_client(alice, "")
    await stage.settle()
    assert (await alice.submit(as_text(alice.modal["id"]), {"kind": "collateral"})).ok
    [row] = [each for each in stage.rows(FormRow) if isinstance(each, FormRow)]
    assert row.stage is FormStage.SIGNED
    jot = canary.text("jot")
    changed = Later(client_ref=client, kind=ContactKind.FACE_TO_FACE, jot=Phi(jot))

    def again(work: Work) -> int:
        actor = identify(work, SlackUser(ALICE, TEAM), TEAM)
        return kept.keep(work, actor, KeepForm(row.nonce, changed, Answers()))

    assert offline.transact(stage.app.engine, stage.tenant, stage.clock, again) == 1
    [contact] = stored(stage)
    assert contact.kind is ContactKind.FACE_TO_FACE
    assert known_of(stage, contact).jot.reveal(stage.grant) == jot


async def test_forms_of_a_moment_are_no_drafts(small: Play) -> None:
    alice = small.person(ALICE)
    for word in ("later", "plan"):
        await alice.command("/note", word)
        await choose_client(alice, "")
        await small.settle()
        await alice.close(as_text(alice.modal["id"]))
    await alice.command("/note", "attempt")
    await choose_client(alice, "")
    await small.settle()
    await alice.close(as_text(alice.modal["id"]))
    await small.settle()
    await alice.command("/note", "drafts")
    assert words(alice.modal).count("attempt") == 1
    assert words(alice.modal).count("Continue") == 1


async def test_an_attempt_takes_two_answers_and_may_be_tried_again(stage: Play) -> None:
    alice = stage.person(ALICE)
    await alice.command("/note", "attempt")
    await choose_client(alice, "")
    await stage.settle()
    required = [name for name, block in blocks(alice.modal).items() if block.get("optional") is False]
    assert required == ["client", "outcome"]
    view = as_text(alice.modal["id"])
    await alice.suggest(view, "people", "form.search_people")
    state = {"outcome": "left_a_message", "people": ["client"], "follow_up": "2026-03-09"}
    submission = await alice.submit(view, state)
    assert submission.ok, submission.errors
    assert not alice.modals
    [contact] = stored(stage)
    assert (contact.kind, contact.state) == (ContactKind.ATTEMPT, ContactState.ATTEMPTED)
    attempt = known_of(stage, contact).attempt
    assert isinstance(attempt, Attempt)
    assert attempt.outcome is AttemptOutcome.LEFT_A_MESSAGE
    assert [each.is_client for each in attempt.tried] == [True]
    assert attempt.signature.name == "Alice"
    [again] = [each for each in stage.rows(FollowUp) if isinstance(each, FollowUp)]
    assert (again.contact_id, again.note_id, again.due_on) == (contact.id, None, dt.date(2026, 3, 9))
    assert stage.actions()[-2:] == ["follow_up:open", "contact:attempt"]


async def test_three_submits_of_an_attempt_at_once_are_one(stage: Play) -> None:
    alice = stage.person(ALICE)
    await alice.command("/note", "attempt")
    await choose_client(alice, "")
    await stage.settle()
    view = as_text(alice.modal["id"])
    await alice.click(view, "outcome", "form.answer", "no_answer")
    await alice.click(view, "follow_up", "form.answer", "2026-03-09")
    await stage.settle()
    await asyncio.gather(*(alice.submit(view, check=False) for _ in range(3)), return_exceptions=True)
    assert [stage.count(table) for table in (Contact, FollowUp)] == [1, 1]


async def plan(stage: Play, starts: dt.datetime, minutes: str = "60") -> None:
    """alice plans a visit at her client's home."""
    alice = stage.person(ALICE)
    await alice.command("/note", "plan")
    await choose_client(alice, "")
    await stage.settle()
    state = {"starts_at": int(starts.timestamp()), "minutes": minutes, "location": "client_home"}
    submission = await alice.submit(as_text(alice.modal["id"]), state)
    assert submission.ok, submission.errors
    await stage.settle()


async def test_a_planned_visit_waits_for_its_note_once_it_is_over(stage: Play) -> None:
    alice = stage.person(ALICE)
    starts = stage.clock.now().replace(microsecond=0) + dt.timedelta(hours=2)
    await plan(stage, starts)
    assert stage.names.last in words(alice.modal)
    assert "Client's home" in words(alice.modal)
    [contact] = stored(stage)
    assert (contact.state, contact.started_at, contact.minutes) == (ContactState.PLANNED, starts, 60)
    assert known_of(stage, contact).place is Place.CLIENT_HOME
    stage.clock.advance(hours=4)
    assert offline.transact(stage.app.engine, stage.tenant, stage.clock, contacts.pass_planned) == 1
    assert offline.transact(stage.app.engine, stage.tenant, stage.clock, contacts.pass_planned) == 0
    await alice.close(as_text(alice.modal["id"]))
    shown = await open_list(stage)
    await alice.click(as_text(shown["id"]), contact.ref, "contact.write")
    form = blocks(alice.modal)
    assert as_object(as_object(form["location"]["element"])["initial_option"])["value"] == "client_home"
    assert as_object(form["minutes"]["element"])["initial_value"] == "60"
    assert "contact:pass" in stage.actions()


@pytest.mark.parametrize("reason", ["client_cancelled", "staff_cancelled"])
async def test_a_planned_visit_is_called_off_with_a_reason(small: Play, reason: str) -> None:
    alice = small.person(ALICE)
    await plan(small, small.clock.now() + dt.timedelta(days=2))
    [contact] = stored(small)
    await alice.click(as_text(alice.modal["id"]), contact.ref, "contact.cancel", reason)
    await small.settle()
    assert "No visit is planned." in words(alice.modal)
    [contact] = stored(small)
    assert (contact.state, contact.reason) == (ContactState.CANCELLED, ContactReason(reason))


async def test_whoever_did_not_come_is_an_attempt_with_one_tap_more(small: Play) -> None:
    alice = small.person(ALICE)
    await plan(small, small.clock.now() + dt.timedelta(hours=1))
    [contact] = stored(small)
    await alice.click(as_text(alice.modal["id"]), contact.ref, "contact.cancel", "no_show")
    form = blocks(alice.modal)
    assert as_object(as_object(form["outcome"]["element"])["initial_option"])["value"] == "did_not_come"
    assert stored(small)[0].reason is ContactReason.NO_SHOW
    assert (await alice.submit(as_text(alice.modal["id"]))).ok
    [contact] = stored(small)
    assert (contact.state, contact.reason) == (ContactState.ATTEMPTED, ContactReason.NO_SHOW)


async def test_a_visit_cannot_be_planned_for_the_past(small: Play) -> None:
    alice = small.person(ALICE)
    await alice.command("/note", "plan")
    await choose_client(alice, "")
    await small.settle()
    past = int((small.clock.now() - dt.timedelta(hours=1)).timestamp())
    state = {"starts_at": past, "minutes": "60", "location": "client_home"}
    submission = await alice.submit(as_text(alice.modal["id"]), state)
    assert "Choose a time to come" in str(submission.errors)
    assert small.count(Contact) == 0


async def test_a_visit_note_at_home_says_so_and_an_urgent_event_marks_it(small: Play) -> None:
    alice = small.person(ALICE)
    await alice.command("/note", "visit")
    await choose_client(alice, "")
    await small.settle()
    view = as_text(alice.modal["id"])
    await alice.suggest(view, "people", "form.search_people")
    await alice.click(view, "record", "form.answer", ["significant_event"])
    await small.settle()
    state = call_state(
        small.clock,
        location="family_home",
        wellbeing="Rested, in clean clothes, laughed twice. No injuries seen.",
        observations="Things are steady at home. Paid two bills without help and wants to do the third alone.",
        satisfaction="satisfied",
        record=["significant_event"],
        event_kind="hospital",
        record_words="Was in the hospital overnight.",
    )
    submission = await alice.submit(view, state)
    assert submission.ok, submission.errors
    assert stored(small)[0].in_home is True
    [note] = [each for each in small.rows(Note) if isinstance(each, Note)]
    assert note.urgent is True


def test_the_words_a_person_keeps_are_wrapped() -> None:
    assert isinstance(ContactWords().jot, Phi)


@pytest.mark.parametrize("jot", ["x" * 301, "a\x00b", "half \ud83d"], ids=["too long", "NUL", "lone surrogate"])
async def test_a_jot_that_cannot_be_kept_is_refused_on_its_field(small: Play, jot: str) -> None:
    alice = small.person(ALICE)
    await alice.command("/note", "later")
    await choose_client(alice, "")
    await small.settle()
    view = as_text(alice.modal["id"])
    await alice.click(view, "kind", "form.answer", "collateral")
    submission = await alice.submit(view, {"jot": typed(jot)}, check=False)
    assert list(submission.errors) == ["jot"]
    assert small.count(Contact) == 0


async def test_people_and_clients_that_were_never_offered_are_refused(small: Play) -> None:
    alice = small.person(ALICE)
    await alice.command("/note", "attempt")
    await choose_client(alice, "")
    await small.settle()
    view = as_text(alice.modal["id"])
    await alice.click(view, "outcome", "form.answer", "no_answer")
    option = {"text": {"type": "plain_text", "text": "x"}, "value": "P-0000000000000000"}
    people = {"form.search_people": {"type": "multi_external_select", "selected_options": [option]}}
    submission = await alice.submit(view, {"people": people}, check=False)
    assert list(submission.errors) == ["people"]
    client = {"form.search_client": {"type": "external_select", "selected_option": {"value": "C-0000000000000000"}}}
    submission = await alice.submit(view, {"client": client}, check=False)
    assert "cannot write about this client" in str(submission.errors)
    assert small.count(Contact) == 0


async def test_what_was_planned_cannot_be_written_before_it_begins(small: Play) -> None:
    await plan(small, small.clock.now() + dt.timedelta(hours=1))
    [contact] = stored(small)

    def forged(work: Work) -> None:
        forms.open_form(work, identify(work, SlackUser(ALICE, TEAM), TEAM), OpenForm(contact_ref=contact.ref))

    with pytest.raises(NotFound):
        offline.transact(small.app.engine, small.tenant, small.clock, forged)


async def test_a_note_settles_the_visit_that_was_planned_for_its_time(stage: Play) -> None:
    await plan(stage, stage.clock.now() + dt.timedelta(minutes=5))
    stage.clock.advance(minutes=50)
    alice = stage.person(ALICE)
    await alice.close(as_text(alice.modal["id"]))
    await alice.command("/note", "visit")
    await choose_client(alice, "")
    await stage.settle()
    view = as_text(alice.modal["id"])
    await alice.suggest(view, "people", "form.search_people")
    state = call_state(
        stage.clock,
        minutes="30",
        location="client_home",
        wellbeing="Rested, in clean clothes, laughed twice. No injuries seen.",
        observations="Things are steady at home. Paid two bills without help and wants to do the third alone.",
        satisfaction="satisfied",
    )
    submission = await alice.submit(view, state)
    assert submission.ok, submission.errors
    assert [each.state for each in stored(stage)] == [ContactState.NOTED]


async def test_a_visit_called_off_from_my_day_leaves_it(small: Play) -> None:
    alice = small.person(ALICE)
    await plan(small, small.clock.now() + dt.timedelta(hours=1))
    [contact] = stored(small)
    await alice.close(as_text(alice.modal["id"]))
    await alice.command("/note", "today")
    assert contact.ref in blocks(alice.modal)
    await alice.click(as_text(alice.modal["id"]), contact.ref, "contact.cancel", "client_cancelled")
    await small.settle()
    assert contact.ref not in blocks(alice.modal)
    assert stored(small)[0].state is ContactState.CANCELLED
