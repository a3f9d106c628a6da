"""From the message after a call to each form that it may open: about nobody known, about one of several, about an attempt."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bot import offline
from models.contacts import Contact, ContactKind, ContactState
from models.notes import Note
from models.staff import Staff
from sandbox.shape import as_object, as_objects, as_text
from services import roster, roster_people
from services.work import Work
from tests.canary import Canary
from tests.flows.stage import ALICE, Play, blocks, call_state, choose_client, words
from tests.flows.test_calls import LANDLORD, OWN, Phone, bring_in_numbers, said

pytestmark = pytest.mark.anyio


@pytest.fixture
async def phone(small: Play) -> Phone:
    """The phone system of the stage."""
    bring_in_numbers(small)
    return Phone(small)


async def write(phone: Phone) -> str:
    """alice presses *Write note*; the form's view id."""
    alice = phone.stage.person(ALICE)
    await alice.click(alice.dms[-1], "calls_buttons", "call.write")
    await phone.stage.settle()
    return as_text(alice.modal["id"])


def contact(stage: Play) -> Contact:
    """The only contact."""
    (row,) = stage.rows(Contact)
    assert isinstance(row, Contact)
    return row


async def test_a_call_from_nobody_known_is_noted_about_whom_the_person_says(phone: Phone) -> None:
    stage, alice = phone.stage, phone.stage.person(ALICE)
    await phone.tell(other_number="anonymous")
    await write(phone)
    form = blocks(alice.modal)
    assert "client" in form
    assert as_object(form["minutes"]["element"])["initial_value"] == "4"
    await choose_client(alice, "")
    await stage.settle()
    view = as_text(alice.modal["id"])
    await alice.suggest(view, "people", "form.search_people")
    state = {name: value for name, value in call_state(stage.clock).items() if name not in {"ended_at", "minutes"}}
    assert (await alice.submit(view, state)).ok
    await stage.settle()
    assert said(stage) == ["All noted. Nothing waits."]
    noted = contact(stage)
    assert (noted.state, noted.client_id is None, stage.count(Note)) == (ContactState.NOTED, False, 1)


async def test_one_of_several_clients_with_the_number_is_chosen(phone: Phone, canary: Canary) -> None:
    stage, alice = phone.stage, phone.stage.person(ALICE)
    second, third = canary.text("second client"), canary.text("third client")
    clients = "client_id,last_name,first_name,primary_cm_email\n" + "".join(
        f"{name},{name},Ben,alice@agency.example\n" for name in (second, third)
    )
    people = f"client_id,name,role,phone\n{third},Dana Reyes,Landlord,{LANDLORD}\n"

    def load(work: Work) -> None:
        assert roster.import_clients(work, roster.read_clients(clients.encode()), dry_run=False).applied
        assert roster_people.import_people(work, roster_people.read_people(people.encode()), dry_run=False).applied

    offline.transact(stage.app.engine, stage.tenant, stage.clock, load)
    await phone.tell(other_number=LANDLORD)
    view = await write(phone)
    found = await alice.suggest(view, "client", "form.search_client")
    first = words(as_objects(found.get("option_groups"))[0])
    assert third in first
    assert stage.names.last in first
    assert second not in first


async def test_a_call_that_nobody_answered_opens_the_attempt(phone: Phone) -> None:
    stage, alice = phone.stage, phone.stage.person(ALICE)
    await phone.tell(answered_at=None, direction="outbound")
    view = await write(phone)
    assert as_object(alice.modal["title"])["text"] == "Attempt"
    assert stage.names.last in words(alice.modal)
    assert (await alice.submit(view, {"outcome": "no_answer"})).ok
    await stage.settle()
    assert said(stage) == ["All noted. Nothing waits."]
    tried = contact(stage)
    assert (tried.kind, tried.state, stage.count(Note)) == (ContactKind.ATTEMPT, ContactState.ATTEMPTED, 0)


async def test_whoever_switched_it_off_gets_no_message_and_keeps_the_contact(phone: Phone) -> None:
    def switch_off(work: Work) -> None:
        work.session.execute(update(Staff).values(after_call=False))

    offline.transact(phone.stage.app.engine, phone.stage.tenant, phone.stage.clock, switch_off)
    assert await phone.tell(staff_number=OWN) == 200
    assert said(phone.stage) == []
    assert contact(phone.stage).state is ContactState.UNNOTED
