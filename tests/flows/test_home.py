"""App Home, and the contacts without a note behind it."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from bot import offline
from models.base import new_id, new_reference
from models.contacts import Contact, ContactKind, ContactState
from models.notes import Note
from sandbox.shape import JsonObject, as_object, as_text
from services import access, audit
from services.staff import Actor, SlackUser, identify
from services.work import Work
from tests.flows.stage import ALICE, BOB, GUEST, TEAM, Play, blocks, call_state, start, words

pytestmark = pytest.mark.anyio


def leave_open(stage: Play, *, hours: int = 3) -> None:
    """alice had a call with her client and has not written about it."""

    def contact(work: Work) -> None:
        actor = whom(work)
        ended = work.now - dt.timedelta(hours=hours)
        row_id = new_id()
        work.session.add(
            Contact(
                workspace_id=work.workspace_id,
                id=row_id,
                ref=new_reference("K"),
                client_id=client_of(work, actor),
                staff_id=actor.id,
                kind=ContactKind.COLLATERAL,
                state=ContactState.UNNOTED,
                started_at=ended - dt.timedelta(minutes=4),
                ended_at=ended,
                minutes=4,
                created_at=ended,
            )
        )
        audit.record(work, audit.Action.CONTACT_OPEN, actor=actor.id, subject=("contact", row_id))

    offline.transact(stage.app.engine, stage.tenant, stage.clock, contact)


def whom(work: Work) -> Actor:
    """alice, as the app knows her."""
    return identify(work, SlackUser(ALICE, TEAM), TEAM)


def client_of(work: Work, actor: Actor) -> uuid.UUID:
    """The only client of alice's caseload."""
    client = work.session.scalar(access.caseload(work, actor))
    assert client is not None
    return client.id


async def home(stage: Play, user: str = ALICE) -> JsonObject:
    """Someone opens App Home and sees it."""
    person = stage.person(user)
    await person.open_home()
    await stage.settle()
    return person.home or {}


async def test_home_names_no_client_and_says_when_everything_is_noted(stage: Play) -> None:
    shown = words(await home(stage))
    assert "Everything is noted." in shown
    assert "No client is named on this page." in shown


async def test_a_contact_without_a_note_is_written_from_home(stage: Play) -> None:
    leave_open(stage)
    shown = await home(stage)
    assert "Contacts without a note: 1" in words(shown)
    assert "Phone · 3 hours · 4 min" in words(shown)
    alice = stage.person(ALICE)
    row = next(name for name in blocks(shown) if name.startswith("owed."))
    await alice.click(as_text(shown["id"]), row, "contact.write")
    await stage.settle()
    form = blocks(alice.modal)
    assert "client_fixed" in form
    assert "client" not in form
    assert as_object(form["minutes"]["element"])["initial_value"] == "4"
    view = as_text(alice.modal["id"])
    await alice.suggest(view, "people", "form.search_people")
    state = {name: value for name, value in call_state(stage.clock).items() if name not in {"ended_at", "minutes"}}
    assert (await alice.submit(view, state)).ok
    await stage.settle()
    assert [stage.count(Note), stage.count(Contact)] == [1, 1]
    assert "Everything is noted." in words(alice.home or {})


async def test_the_client_of_a_contact_can_be_changed_and_a_new_contact_is_made(stage: Play) -> None:
    leave_open(stage)
    shown = await home(stage)
    alice = stage.person(ALICE)
    row = next(name for name in blocks(shown) if name.startswith("owed."))
    await alice.click(as_text(shown["id"]), row, "contact.write")
    await stage.settle()
    await alice.click(as_text(alice.modal["id"]), "client_fixed", "form.change_client")
    await stage.settle()
    form = blocks(alice.modal)
    assert "client" in form
    assert "client_fixed" not in form
    assert "goals" not in form


async def two_forms_for_one_contact(stage: Play) -> list[str]:
    """alice opens the same contact twice and fills both forms in; their view ids."""
    leave_open(stage)
    shown = await home(stage)
    alice = stage.person(ALICE)
    row = next(name for name in blocks(shown) if name.startswith("owed."))
    filled = {name: value for name, value in call_state(stage.clock).items() if name not in {"ended_at", "minutes"}}
    views: list[str] = []
    for _ in range(2):
        await alice.click(as_text(shown["id"]), row, "contact.write")
        await stage.settle()
        views.append(as_text(alice.modal["id"]))
        await alice.suggest(views[-1], "people", "form.search_people")
        await alice.click(views[-1], "after_observations", "form.save", state=filled)
        await stage.settle()
    return views


async def test_a_contact_noted_elsewhere_is_not_noted_twice(stage: Play) -> None:
    views = await two_forms_for_one_contact(stage)
    alice = stage.person(ALICE)
    assert (await alice.submit(views[1])).ok
    late = await alice.submit(views[0], check=False)
    assert "has a note already" in str(late.errors)
    assert stage.count(Note) == 1


async def test_the_form_opened_by_start_is_about_the_only_client(stage: Play) -> None:
    view = await start(stage, BOB, "visit")
    assert view
    assert stage.names.last in words(stage.person(BOB).modal)


@pytest.mark.parametrize(("minutes", "contacts"), [(8, 1), (12, 2)])
async def test_a_note_begun_by_command_settles_the_contact_that_waits_for_it(
    stage: Play, minutes: int, contacts: int
) -> None:
    leave_open(stage, hours=0)
    stage.clock.advance(minutes=minutes)
    view = await start(stage, ALICE, "call")
    ended = int(stage.clock.now().timestamp())
    assert (await stage.person(ALICE).submit(view, call_state(stage.clock, ended_at=ended))).ok
    assert stage.count(Contact) == contacts


async def test_closing_a_form_by_accident_shows_its_draft_at_once(stage: Play) -> None:
    alice = stage.person(ALICE)
    view = await start(stage, ALICE, "call")
    await alice.close(view)
    await stage.settle()
    assert "Drafts: 1" in words(alice.home or {})


async def test_a_guests_home_says_why_it_is_empty(stage: Play) -> None:
    assert "agency's own staff" in words(await home(stage, GUEST))
