"""A visit to a group home and a conference about several clients: one note each, split minutes, and nobody in another's note."""

from __future__ import annotations

import datetime as dt
from typing import cast

import pytest

from bot import offline
from models.clients import Client
from models.contacts import Contact, ContactReason, ContactState
from models.note_document import Method, NoteDocument, Place
from models.notes import Note
from privacy.phi import Phi
from sandbox.shape import JsonObject, as_object, as_objects, as_text
from services import roster
from tests.canary import Canary
from tests.flows.attack import send, submission, trail_is_whole
from tests.flows.contact_stage import leave, stored
from tests.flows.stage import ALICE, CAROL, DAN, Play, blocks, call_state, options, words

pytestmark = pytest.mark.anyio

BOX = "form.answer"


def add_clients(stage: Play, *names: str, email: str = "alice@agency.example") -> None:
    """Give somebody more clients, each with one name that is found nowhere else."""
    rows = "client_id,last_name,first_name,primary_cm_email\n" + "".join(f"{n},{n},{n},{email}\n" for n in names)
    sheet = roster.read_clients(rows.encode())
    assert not offline.transact(
        stage.app.engine, stage.tenant, stage.clock, roster.import_clients, sheet, dry_run=False
    ).problems


def top(stage: Play) -> str:
    """The id of the modal on top of alice's."""
    return as_text(stage.person(ALICE).modal["id"])


async def begin(stage: Play, word: str, minutes: str = "62") -> str:
    """alice opens a form about her first client that more clients may share, and says how long it was; its view id."""
    alice = stage.person(ALICE)
    await alice.command("/note", word)
    view = top(stage)
    found = options(await alice.suggest(view, "client", "form.search_client", stage.names.last))
    await alice.click(view, "client", "form.search_client", found[0]["value"])
    await stage.settle()
    field, value = ("location", "group_home") if word == "visit" else ("method", "case_conference")
    assert "after_minutes" not in blocks(alice.modal)
    ended = int((stage.clock.now() - dt.timedelta(minutes=5)).timestamp())
    await alice.click(view, field, BOX, value, {"minutes": minutes, "ended_at": ended})
    await stage.settle()
    assert "More clients at this" in words({"row": blocks(alice.modal)["after_minutes"]})
    return view


async def choose(stage: Play, *names: str) -> None:
    """alice chooses who else was there, and comes to the split minutes."""
    alice = stage.person(ALICE)
    await alice.click(top(stage), "after_minutes", "shared.open")
    await stage.settle()
    view = top(stage)
    refs: list[object] = []
    for name in names:
        found = options(await alice.suggest(view, "clients", "form.search_client", name))
        refs.append(found[0]["value"])
    assert (await alice.submit(view, {"clients": refs})).ok
    await stage.settle()


async def keep(stage: Play, **minutes: object) -> None:
    """alice keeps the minutes as they are split, or as she changes them, and goes back to her form."""
    alice = stage.person(ALICE)
    assert (await alice.submit(top(stage), minutes)).ok
    await stage.settle()
    await alice.close(top(stage))
    await stage.settle()


def split_minutes(view: JsonObject) -> list[str]:
    """What stands in the boxes of the split."""
    return [
        as_text(as_object(block["element"])["initial_value"])
        for block in as_objects(view["blocks"])
        if block.get("type") == "input"
    ]


def said_in(stage: Play, document: NoteDocument) -> str:
    """Every word of a note."""

    def told(value: object) -> str:
        if isinstance(value, Phi):
            return cast("Phi[str]", value).reveal(stage.grant)
        if isinstance(value, tuple):
            return " ".join(told(each) for each in cast("tuple[object, ...]", value))
        return " ".join(told(getattr(value, name)) for name in getattr(type(value), "model_fields", ()))

    return told(document)


def visit_state(stage: Play, **changed: object) -> dict[str, object]:
    """What alice writes about a visit, apart from what is known of it."""
    state = call_state(
        stage.clock,
        wellbeing="Rested, in clean clothes, laughed twice. No injuries seen.",
        observations="Things are steady at home. Paid two bills without help and wants to do the third alone.",
        satisfaction="satisfied",
    )
    del state["minutes"], state["ended_at"]
    return {**state, **changed}


def turned(view: JsonObject, state: dict[str, object]) -> dict[str, object]:
    """A state under the names that the blocks have now: the form drew them anew after the split."""
    names = {block.partition("~")[0]: block for block in blocks(view)}
    return {names[name]: value for name, value in state.items()}


async def write(stage: Play, done: str) -> None:
    """alice fills in and signs the visit that is open."""
    alice = stage.person(ALICE)
    state = turned(alice.modal, visit_state(stage, done=f"{done} was shown how to pay the bill."))
    people = next(name for name in state if name.startswith("people"))
    await alice.suggest(top(stage), people, "form.search_people")
    submitted = await alice.submit(top(stage), state)
    assert submitted.ok, submitted.errors
    await stage.settle()
    if alice.modals and as_text(alice.modal["callback_id"]) == "note.sign_checked":
        # The notes of this test are alike; the minutes of one visit do not overlap each other.
        assert "overlap" not in words(alice.modal)
        assert (await alice.submit(top(stage))).ok
        await stage.settle()


async def test_a_visit_to_three_clients_is_three_notes_that_say_nothing_of_each_other(
    stage: Play, canary: Canary
) -> None:
    second, third = canary.text("second"), canary.text("third")
    add_clients(stage, second, third)
    alice = stage.person(ALICE)
    await begin(stage, "visit")
    await choose(stage, second, third)
    assert split_minutes(alice.modal) == ["22", "20", "20"]
    for name in (stage.names.last, second, third):
        assert name in words(alice.modal)
    await keep(stage, share_2="25", share_3="15")
    assert [each.state for each in stored(stage)] == [ContactState.UNNOTED] * 3
    assert len({each.group_id for each in stored(stage)}) == 1
    assert len({each.ended_at for each in stored(stage)}) == 1
    for name in (second, third):
        assert name not in words(alice.modal)
    done = [canary.text(f"done {number}") for number in range(3)]
    for number in range(3):
        await write(stage, done[number])
        if number < 2:
            assert "still ha" in words(alice.modal)
            assert (await alice.submit(top(stage))).ok
            await stage.settle()
    assert not alice.modals
    documents = stage.documents()
    assert sorted(each.minutes for each in documents) == [15, 22, 25]
    assert {(each.place, each.units.units if each.units else None) for each in documents} == {
        (Place.GROUP_HOME, 1),
        (Place.GROUP_HOME, 2),
    }
    names = (stage.names.last, second, third)
    for document in documents:
        text = said_in(stage, document)
        assert sum(name in text for name in names) == 1
        assert sum(word in text for word in done) == 1
    actions = stage.actions()
    assert [actions.count(word) for word in ("contact:keep", "contact:settle", "note:sign")] == [3, 3, 3]
    assert trail_is_whole(stage)


async def test_a_conference_is_offered_as_one_and_each_is_written_as_one(small: Play, canary: Canary) -> None:
    second = canary.text("second")
    add_clients(small, second)
    alice = small.person(ALICE)
    view = await begin(small, "call")
    await choose(small, second)
    assert split_minutes(alice.modal) == ["31", "31"]
    await keep(small)
    await alice.suggest(view, "people~1", "form.search_people")
    state = {name: value for name, value in call_state(small.clock).items() if name not in {"minutes", "ended_at"}}
    assert (await alice.submit(view, turned(alice.modal, state))).ok
    await small.settle()
    assert (await alice.submit(top(small))).ok
    await small.settle()
    shown = blocks(alice.modal)
    assert as_object(as_object(shown["method"]["element"])["initial_option"])["value"] == "case_conference"
    assert as_object(shown["minutes"]["element"])["initial_value"] == "31"
    assert small.documents()[0].method is Method.CONFERENCE


async def test_keeping_twice_is_keeping_once_and_whoever_is_taken_out_owes_no_note(stage: Play, canary: Canary) -> None:
    second, third = canary.text("second"), canary.text("third")
    add_clients(stage, second, third)
    alice = stage.person(ALICE)
    await begin(stage, "visit")
    await choose(stage, second, third)
    payload = submission(stage, top(stage))
    for later in (0, 2):
        assert (await send(stage, payload, later=later)).status == 200
        await stage.settle()
    assert [each.minutes for each in stored(stage)] == [22, 20, 20]
    assert stage.actions().count("contact:keep") == 3
    await alice.close(top(stage))
    await choose(stage, second)
    assert split_minutes(alice.modal) == ["22", "20", "20"]
    await keep(stage, share_1="40", share_2="22", share_3="")
    minutes = {each.minutes: (each.state, each.reason) for each in stored(stage)}
    assert minutes == {
        40: (ContactState.UNNOTED, None),
        22: (ContactState.UNNOTED, None),
        20: (ContactState.CANCELLED, ContactReason.NOT_THERE),
    }
    await write(stage, canary.text("done"))
    assert "1 contact still has no note." in words(alice.modal)
    assert [each.minutes for each in stage.documents()] == [40]
    assert trail_is_whole(stage)


async def test_a_client_out_of_reach_is_refused_with_everybody_else_and_nothing_is_kept(
    small: Play, canary: Canary
) -> None:
    second = canary.text("second")
    add_clients(small, second)
    await begin(small, "visit")
    await choose(small, second)
    dans = next(
        each.ref
        for each in small.rows(Client)
        if isinstance(each, Client) and each.ref not in as_text(small.person(ALICE).modal["private_metadata"])
    )
    payload = submission(small, top(small))
    nonce, own, other = as_text(as_object(payload["view"])["private_metadata"]).split(".")
    for later, refs in enumerate([(own, dans), (dans, other), (own, "C-0000000000000000"), (other, own)]):
        metadata = ".".join([nonce, *refs])
        forged: JsonObject = {**payload, "view": {**as_object(payload["view"]), "private_metadata": metadata}}
        answer = await send(small, forged, later=later)
        assert "not found" in str(answer.errors)
        assert small.names.dans not in str(answer)
        assert small.count(Contact) == 0
    assert small.actions().count("access:deny") == 4


async def test_a_client_who_was_given_away_meanwhile_is_refused_and_the_form_keeps_its_words(
    small: Play, canary: Canary
) -> None:
    second = canary.text("second")
    add_clients(small, second)
    alice = small.person(ALICE)
    view = await begin(small, "visit")
    await choose(small, second)
    add_clients(small, second, email="dan@agency.example")
    small.clock.advance(seconds=40 * 24 * 3600)
    refused = await alice.submit(top(small))
    assert "not found" in str(refused.errors)
    assert small.count(Contact) == 0
    await alice.close(top(small))
    assert top(small) == view


async def test_a_client_under_part_2_is_not_among_them(small: Play, canary: Canary) -> None:
    second = canary.text("second")
    add_clients(small, second)
    alice = small.person(ALICE)
    await begin(small, "visit")
    await choose(small, second)
    sheet = roster.read_clients(
        "client_id,last_name,first_name,primary_cm_email,part2\n"
        f"{second},{second},{second},alice@agency.example,yes\n".encode()
    )
    offline.transact(small.app.engine, small.tenant, small.clock, roster.import_clients, sheet, dry_run=False)
    assert "42 CFR Part 2" in str((await alice.submit(top(small))).errors)
    assert small.count(Contact) == 0


async def test_the_visit_goes_on_before_what_came_after_it(small: Play, canary: Canary) -> None:
    second = canary.text("second")
    add_clients(small, second)
    alice = small.person(ALICE)
    await begin(small, "visit")
    await choose(small, second)
    await keep(small)
    leave(small, ago=1)
    await write(small, canary.text("done"))
    assert "2 contacts still have no note." in words(alice.modal)
    assert (await alice.submit(top(small))).ok
    await small.settle()
    assert as_text(alice.modal["callback_id"]) == "note.sign_visit"
    assert second in words(alice.modal)


async def test_another_persons_form_is_nobody_elses_to_share(small: Play, canary: Canary) -> None:
    second = canary.text("second")
    add_clients(small, second)
    await begin(small, "visit")
    await choose(small, second)
    payload = submission(small, top(small))
    for later, user in enumerate((DAN, CAROL)):
        theirs: JsonObject = {**payload, "user": {**as_object(payload["user"]), "id": user}}
        assert (await send(small, theirs, later=later)).errors
    assert small.count(Contact) == 0


async def test_too_few_minutes_and_nobody_else_are_said_on_their_fields(small: Play, canary: Canary) -> None:
    second = canary.text("second")
    add_clients(small, second)
    alice = small.person(ALICE)
    await begin(small, "visit", "1")
    await alice.click(top(small), "after_minutes", "shared.open")
    await small.settle()
    view = top(small)
    found = options(await alice.suggest(view, "clients", "form.search_client", second))
    own = options(await alice.suggest(view, "clients", "form.search_client", small.names.last))
    refused = await alice.submit(view, {"clients": [found[0]["value"]]})
    assert "a minute at least" in str(refused.errors)
    refused = await alice.submit(view, {"clients": [own[0]["value"]], "minutes": "30"})
    assert list(refused.errors) == ["clients"]
    assert small.count(Contact) == 0


async def test_without_a_client_the_button_is_gone(small: Play) -> None:
    alice = small.person(ALICE)
    view = await begin(small, "visit")
    await alice.click(view, "client", "form.search_client", None, check=False)
    await small.settle()
    assert "after_minutes" not in blocks(alice.modal)


async def test_a_note_signed_before_the_split_is_left_as_it_is(small: Play, canary: Canary) -> None:
    second = canary.text("second")
    add_clients(small, second)
    alice = small.person(ALICE)
    await begin(small, "visit")
    await choose(small, second)
    await keep(small)
    await write(small, canary.text("done"))
    assert [each.state for each in stored(small)] == [ContactState.NOTED, ContactState.UNNOTED]
    assert small.count(Note) == 1
    assert alice.modals
