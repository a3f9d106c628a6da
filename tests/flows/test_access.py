"""Who gets no form: strangers, guests, leavers, other workspaces, other people's clients, and everyone before the decision."""

from __future__ import annotations

import pytest

from bot import offline
from models.audit import AuditEvent
from models.forms import FormRow
from models.notes import Note
from models.workspaces import Surface
from sandbox.shape import as_text
from services import surfaces
from services.surfaces import DecideSurface
from tests.flows.stage import (
    ALICE,
    BOB,
    DAN,
    EVE,
    GONE,
    GUEST,
    STRANGER,
    Play,
    blocks,
    call_state,
    choose_client,
    options,
    start,
    words,
)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("user", "rule"),
    [(STRANGER, "not_on_roster"), (GUEST, "no_account"), (GONE, "no_account"), (EVE, "no_account")],
)
async def test_who_does_not_belong_gets_a_sentence_and_an_audit_event(stage: Play, user: str, rule: str) -> None:
    person = stage.person(user)
    before = len(stage.actions())
    await person.command("/note", "call", check=False)
    assert not person.modals
    assert person.ephemerals[-1].text.startswith("Noted ")
    assert stage.count(FormRow) == 0
    assert stage.actions()[before:] == ["access:deny"]
    event = stage.rows(AuditEvent)[-1]
    assert isinstance(event, AuditEvent)
    assert (event.rule, event.outcome, event.actor_id) == (rule, "denied", None)


@pytest.mark.parametrize("callback", ["shortcut.call", "shortcut.visit"])
async def test_a_guests_shortcut_opens_nothing(stage: Play, callback: str) -> None:
    guest = stage.person(GUEST)
    await guest.shortcut(callback, check=False)
    assert not guest.modals
    assert "agency's own staff" in guest.dms[-1].text


async def test_someone_who_was_deactivated_meanwhile_is_refused_at_once(stage: Play) -> None:
    alice = stage.person(ALICE)
    view = await start(stage, ALICE, "call")
    await stage.sandbox.change(ALICE, deleted=True)
    submission = await alice.submit(view, call_state(stage.clock))
    assert list(submission.errors) == ["client"]
    assert stage.count(Note) == 0


async def test_a_backup_finds_the_client_and_another_team_does_not(stage: Play) -> None:
    for user, found in ((BOB, 1), (DAN, 0)):
        person = stage.person(user)
        await person.command("/note", "call")
        view = as_text(person.modal["id"])
        offered = options(await person.suggest(view, "client", "form.search_client", stage.names.last[:5]))
        assert len(offered) == found


async def test_a_forged_client_is_answered_like_one_that_does_not_exist(stage: Play) -> None:
    alice, dan = stage.person(ALICE), stage.person(DAN)
    await alice.command("/note", "call")
    forged = await choose_client(alice, "")
    answers: list[str] = []
    for ref in (forged, "C-0000000000000000"):
        await dan.command("/note", "call")
        view = as_text(dan.modal["id"])
        await dan.suggest(view, "people", "form.search_people")
        filled = {name: value for name, value in call_state(stage.clock).items() if name != "goals"}
        await dan.click(view, "after_observations", "form.save", state=filled)
        option = {"text": {"type": "plain_text", "text": "x"}, "value": ref}
        state = {"form.search_client": {"type": "external_select", "selected_option": option}}
        submission = await dan.submit(view, {"client": state}, check=False)
        answers.append(f"{submission.errors} {sorted(blocks(dan.modal))}")
        assert stage.names.last not in words(dan.modal)
    assert answers[0] == answers[1]
    assert stage.count(Note) == 0


async def test_another_persons_form_cannot_be_submitted(stage: Play) -> None:
    alice, dan = stage.person(ALICE), stage.person(DAN)
    await alice.command("/note", "call")
    await choose_client(alice, "")
    await stage.settle()
    nonce = as_text(alice.modal["private_metadata"])
    await dan.command("/note", "call")
    view = as_text(dan.modal["id"])
    stolen = stage.sandbox.workspace.views.find(view)
    assert stolen is not None
    stolen.content["private_metadata"] = nonce
    submission = await dan.submit(view, check=False)
    assert submission.errors
    assert stage.count(Note) == 0


async def test_before_the_decision_note_says_what_is_missing(undecided: Play) -> None:
    alice = undecided.person(ALICE)
    for word in ("", "call", "visit"):
        await alice.command("/note", word)
        assert not alice.modals
        assert "has to decide where client data may go" in alice.ephemerals[-1].text


async def test_the_empty_command_offers_both_kinds_and_the_caseload(stage: Play) -> None:
    alice = stage.person(ALICE)
    await alice.command("/noted")
    view = as_text(alice.modal["id"])
    found = options(await alice.suggest(view, "client", "form.search_client", ""))
    assert len(found) == 1
    submission = await alice.submit(view, {"kind": "face_to_face", "client": found[0]["value"]})
    assert submission.ok
    assert "Face-to-face visit" in words(alice.modal)
    assert stage.names.last in words(alice.modal)


@pytest.mark.parametrize("text", ["help", "HELP", "Ana Rivera called", "calll", "<!channel>", "call 4417"])
async def test_any_other_word_gets_fixed_text_that_repeats_nothing(stage: Play, text: str) -> None:
    alice = stage.person(ALICE)
    await alice.command("/note", text)
    answer = alice.ephemerals[-1].text
    assert "*/note" in answer
    assert "Ana" not in answer
    assert "4417" not in answer
    assert not alice.modals


async def test_closing_the_surface_works_at_once_and_loses_no_word(stage: Play) -> None:
    alice = stage.person(ALICE)
    view = await start(stage, ALICE, "call")
    decision = DecideSurface(Surface.NONE, "Pia Officer, privacy officer", "withdrawn")
    offline.transact(stage.app.engine, stage.tenant, stage.clock, surfaces.decide_surface, decision)
    assert options(await alice.suggest(view, "client", "form.search_client", "")) == []
    await alice.command("/note", "drafts")
    assert "has to decide" in alice.ephemerals[-1].text
    assert (await alice.submit(view, call_state(stage.clock))).ok
    assert stage.count(Note) == 1
