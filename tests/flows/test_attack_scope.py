"""Other people's clients, forms, contacts and drafts: forged references, stale modals, a nonce kept from before. No name comes back."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from bot import offline
from models.audit import AuditEvent
from models.clients import Assignment, Client
from models.contacts import Contact, ContactState
from models.forms import FormStage
from models.notes import Note
from models.people import Person
from models.rows import WorkspaceSession
from models.staff import Staff
from models.workspaces import Surface
from privacy.kek import FileKek
from sandbox import payloads
from sandbox.shape import JsonObject, as_object, as_text
from services import surfaces
from services.decisions import DAYS_AFTER_LOSS
from services.surfaces import DecideSurface
from tests.canary import Canary
from tests.flows.attack import Answer, action, chosen, filled, forms, put, send, stages, submission
from tests.flows.stage import ALICE, BOB, DAN, Play, blocks, call_state, look_over, options, start, words
from tests.flows.test_home import home, leave_open

pytestmark = pytest.mark.anyio


def end_assignments(stage: Play, user_id: str) -> None:
    """For so long that it counts no more, somebody has had no clients."""
    with WorkspaceSession(stage.app.engine, stage.tenant.id) as session, session.begin():
        staff_id = session.scalars(select(Staff.id).where(Staff.slack_user_id == user_id)).one()
        last = stage.clock.now().date() - dt.timedelta(days=DAYS_AFTER_LOSS + 2)
        had = update(Assignment).where(Assignment.staff_id == staff_id)
        session.execute(had.values(from_on=last - dt.timedelta(days=100), until_on=last))


def suggestion(stage: Play, view_id: str, block_id: str, user: str = "", nonce: str = "") -> JsonObject:
    """A search in a modal that may be closed, by somebody who may have a nonce of their own choice."""
    view = stage.sandbox.workspace.views.find(view_id)
    assert view is not None
    payload = payloads.suggestion(stage.sandbox.workspace, view, block_id, f"form.search_{block_id}", "")
    if user:
        payload["user"] = payloads.user(stage.sandbox.workspace, user)
    if nonce:
        payload["view"] = {**as_object(payload["view"]), "private_metadata": nonce}
    return payload


def press(stage: Play, user: str, action_id: str, value: str) -> JsonObject:
    """A button of App Home with a value that somebody forged."""
    home = as_object(stage.person(user).home)
    return {
        "type": "block_actions",
        "user": payloads.user(stage.sandbox.workspace, user),
        "team": payloads.team(stage.sandbox.workspace),
        "trigger_id": stage.sandbox.workspace.triggers.send(user),
        "view": home,
        "actions": [
            {"type": "button", "action_id": action_id, "block_id": "b", "value": value, "action_ts": "1.000000"}
        ],
    }


def names_nobody(stage: Play, answer: Answer | str) -> bool:
    """Whether none of the agency's clients stands in it."""
    return not any(name in str(answer) for name in (stage.names.last, stage.names.first, stage.names.dans))


async def test_a_form_that_outlived_the_assignment_names_nobody_and_signs_nothing(small: Play, canary: Canary) -> None:
    alice = small.person(ALICE)
    view = await filled(small)
    end_assignments(small, ALICE)
    for block_id in ("client", "people"):
        answer = await send(small, suggestion(small, view, block_id))
        assert answer.status == 200
        assert names_nobody(small, answer)
    before = len(small.sandbox.journal.of("views.update"))
    await alice.click(view, "satisfaction", "form.answer", "mixed")
    await small.settle()
    drawn = [call.arguments for call in small.sandbox.journal.of("views.update")[before:]]
    assert drawn
    assert names_nobody(small, str(drawn))
    text = canary.text("typed") + " about the lease and the rent."
    answer = await send(small, submission(small, view, done=text, satisfaction_words="About the bus, agreed to ask."))
    assert "kept under Drafts" in str(answer.errors)
    assert small.count(Note) == 0
    await alice.close(view)
    await alice.command("/note", "drafts")
    assert names_nobody(small, words(alice.modal))
    row = next(name for name in blocks(alice.modal) if name.endswith(".buttons"))
    await alice.click(as_text(alice.modal["id"]), row, "draft.continue")
    shown = blocks(alice.modal)
    assert as_object(shown["done"]["element"])["initial_value"] == text
    assert names_nobody(small, words(alice.modal))


async def test_a_contact_of_a_client_who_was_given_away_names_nobody(small: Play) -> None:
    leave_open(small)
    await home(small)
    contact = small.rows(Contact)[0]
    assert isinstance(contact, Contact)
    end_assignments(small, ALICE)
    await send(small, press(small, ALICE, "contact.list", ""))
    assert names_nobody(small, words(small.person(ALICE).modal))
    small.sandbox.workspace.views.close_all(ALICE)
    await send(small, press(small, ALICE, "contact.write", contact.ref), later=1)
    assert "This was not found" in words(small.person(ALICE).modal)


@pytest.mark.parametrize("done", ["signed", "discarded"])
async def test_a_nonce_finds_nobody_once_its_form_is_done(small: Play, done: str) -> None:
    alice = small.person(ALICE)
    view = await filled(small)
    searches = [suggestion(small, view, block_id) for block_id in ("client", "people")]
    late = action(small, view, small.clock.now().timestamp() + 9)
    assert small.names.last in str([await send(small, each) for each in searches])
    if done == "signed":
        assert (await alice.submit(view)).ok
    else:
        nonce = as_text(alice.modal["private_metadata"])
        await alice.open_home()
        await small.settle()
        await send(small, press(small, ALICE, "draft.discard", nonce))
    before = len(small.sandbox.journal.of("views.update"))
    for later, payload in enumerate([*searches, late], 2):
        answer = await send(small, payload, later=later)
        assert answer.status == 200
        assert names_nobody(small, answer)
    await small.settle()
    assert len(small.sandbox.journal.of("views.update")) == before
    assert stages(small) == [FormStage(done)]
    denied = [row.rule for row in small.rows(AuditEvent) if isinstance(row, AuditEvent) and row.outcome == "denied"]
    assert denied == ["form_gone"] * 3


async def test_somebody_elses_nonce_opens_nothing_and_changes_nothing(small: Play, canary: Canary) -> None:
    view = await filled(small)
    alice = small.person(ALICE)
    nonce = as_text(alice.modal["private_metadata"])
    await small.person(BOB).open_home()
    await small.person(DAN).open_home()
    await small.settle()
    before = forms(small)[0].revision
    for n, user in enumerate((BOB, DAN)):
        bodies: list[JsonObject] = [suggestion(small, view, name, user) for name in ("client", "people")]
        bodies += [press(small, user, name, nonce) for name in ("draft.continue", "draft.discard", "contact.write")]
        bodies += [action(small, view, done=canary.text("not alice's")), submission(small, view)]
        for later, body in enumerate(bodies):
            body["user"] = payloads.user(small.sandbox.workspace, user)
            answer = await send(small, body, later=later + 10 * n)
            assert answer.status == 200
            assert names_nobody(small, answer)
            assert not answer.clears
        assert all(names_nobody(small, words(modal)) for modal in small.person(user).modals)
    assert stages(small) == [FormStage.OPEN]
    assert forms(small)[0].revision == before
    assert small.count(Note) == 0


async def test_somebody_elses_contact_is_not_found(small: Play) -> None:
    leave_open(small)
    contact = small.rows(Contact)[0]
    assert isinstance(contact, Contact)
    for user in (BOB, DAN):
        await small.person(user).open_home()
        await small.settle()
        await send(small, press(small, user, "contact.write", contact.ref))
        assert "This was not found" in words(small.person(user).modal)
    assert contact.state is ContactState.UNNOTED
    assert not forms(small)


async def test_references_that_were_never_offered_are_refused_at_their_fields(small: Play, canary: Canary) -> None:
    name = canary.text("dan's landlord")
    view = await start(small, DAN, "call")
    await small.person(DAN).click(view, "people", "form.search_people", ["new"])
    await small.settle()
    state = call_state(small.clock, people=["new"], people_new=f"{name}, landlord")
    assert (await small.person(DAN).submit(view, state)).ok
    assert (await look_over(small.person(DAN), basis="nothing_shared")).ok
    person = small.rows(Person)[0]
    assert isinstance(person, Person)
    with WorkspaceSession(small.app.engine, small.tenant.id) as session:
        staff_ref = session.scalars(select(Staff.ref).where(Staff.slack_user_id == DAN)).one()
    view = await filled(small)
    forged = {
        "people": {"form.search_people": chosen(person.ref, "multi_external_select")},
        "goals": {"form.answer": chosen("G-0000000000000000.progress", "multi_static_select")},
    }
    for later, (field, state) in enumerate(forged.items()):
        payload = submission(small, view)
        put(payload, field, state)
        answer = await send(small, payload, later=later)
        assert list(answer.errors) == [field]
        assert name not in str(answer)
    payload = submission(small, view, follow_up_what="Call back about the lease")
    put(payload, "follow_up", {"form.answer": chosen("2026-03-09", "static_select")})
    put(payload, "follow_up_owner", {"form.answer": chosen(staff_ref, "static_select")})
    answer = await send(small, payload, later=5)
    assert not answer.clears
    assert small.count(Note) == 1


async def test_a_draft_about_somebody_elses_client_is_sealed_away_from_them(small: Play, canary: Canary) -> None:
    view = await filled(small)
    with WorkspaceSession(small.app.engine, small.tenant.id) as session:
        dans = session.execute(
            select(Client.ref, Client.id)
            .join(Assignment, Assignment.client_id == Client.id)
            .join(Staff, Staff.id == Assignment.staff_id)
            .where(Staff.slack_user_id == DAN)
        ).one()
    payload = submission(small, view, done=canary.text("forged") + " about somebody else")
    put(payload, "client", {"form.search_client": chosen(dans.ref)})
    answer = await send(small, payload)
    assert "kept under Drafts" in str(answer.errors)
    assert forms(small)[0].client_id != dans.id
    await small.person(ALICE).close(view)
    await small.person(ALICE).command("/note", "drafts")
    assert names_nobody(small, words(small.person(ALICE).modal))


async def test_a_surface_that_was_closed_shows_no_name_any_more_and_loses_no_word(small: Play, canary: Canary) -> None:
    alice = small.person(ALICE)
    view = await filled(small)
    decision = DecideSurface(Surface.NONE, "Pia Officer, privacy officer", "withdrawn")
    offline.transact(small.app.engine, small.tenant, small.clock, surfaces.decide_surface, decision)
    for block_id in ("client", "people"):
        assert names_nobody(small, await send(small, suggestion(small, view, block_id)))
    before = len(small.sandbox.journal)
    text = canary.text("typed") + " about the lease and the rent."
    await send(small, action(small, view, small.clock.now().timestamp() + 3, done=text), later=1)
    await small.settle()
    assert names_nobody(small, str([call.arguments for call in small.sandbox.journal[before:]]))
    await alice.command("/note", "drafts")
    assert "has to decide" in alice.ephemerals[-1].text
    assert (await send(small, submission(small, view, done=text), later=2)).clears


async def test_a_search_offers_only_the_own_caseload_whatever_the_screen_says(small: Play, kek: FileKek) -> None:
    await filled(small)
    view = await filled(small, DAN)
    payload = suggestion(small, view, "people")
    with WorkspaceSession(small.app.engine, small.tenant.id) as session:
        refs = session.scalars(select(Client.ref)).all()
    for later, ref in enumerate(refs):
        put(payload, "client", {"form.search_client": chosen(ref)})
        answer = await send(small, payload, later=later)
        assert small.names.last not in str(answer)
    found = options(await small.person(DAN).suggest(view, "client", "form.search_client", ""))
    assert len(found) == 1
