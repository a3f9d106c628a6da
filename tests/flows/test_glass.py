"""Emergencies as people meet them: breaking the glass, writing under it, who hears of it, its end, and its review."""

from __future__ import annotations

import pytest

from models.audit import AuditEvent
from models.deliveries import Delivery, DeliveryState
from models.glass import BreakGlass
from models.notes import Note
from models.staff import Role
from sandbox.shape import as_object, as_text
from tests.canary import Canary
from tests.flows.attack import put, send, submission
from tests.flows.changing import Changing
from tests.flows.roster_stage import gives, last_event
from tests.flows.stage import ALICE, BOB, CAROL, DAN, Play, blocks, call_state, options, typed, words
from tests.flows.test_attack_scope import names_nobody, press

pytestmark = pytest.mark.anyio

REASON = "Her sister called and fears for her; nobody of her team answers."
TOLD = f"<@{DAN}> has opened emergency access to 1 client, for 60 minutes."


@pytest.fixture
def agency(small: Play) -> Changing:
    """carol supervises dan, bob is a privacy officer and nothing else."""
    return furnished(small)


def furnished(stage: Play) -> Changing:
    """The same, on any stage."""
    agency = Changing(stage)
    agency.put_under(DAN, CAROL)
    gives(stage, BOB, Role.PRIVACY_OFFICER)
    return agency


async def breaks(stage: Play, user: str = DAN, **said: str) -> str:
    """Somebody breaks the glass; the view's id."""
    person = stage.person(user)
    await person.command("/note", "emergency")
    view = as_text(person.modal["id"])
    assert (await person.submit(view, {"reason": REASON, **said})).ok
    await stage.settle()
    return view


def messages(stage: Play, user: str) -> list[str]:
    """What somebody was told."""
    return [each.text for each in stage.person(user).dms]


async def write_in_an_emergency(stage: Play, button: str) -> None:
    """dan finds his emergency again by its word, and signs a call under it."""
    dan = stage.person(DAN)
    await dan.command("/note", "emergency")
    await dan.click(as_text(dan.modal["id"]), button, "glass.call")
    await stage.settle()
    form = as_text(dan.modal["id"])
    await dan.suggest(form, "people", "form.search_people")
    assert (await dan.submit(form, call_state(stage.clock))).ok
    assert stage.count(Note) == 1
    signed = [row for row in stage.rows(AuditEvent) if isinstance(row, AuditEvent) and row.action == "note:sign"]
    assert [row.rule for row in signed] == ["emergency"]


async def test_an_hour_with_one_client_from_the_reason_to_the_review(stage: Play, canary: Canary) -> None:
    furnished(stage)
    dan, bob = stage.person(DAN), stage.person(BOB)
    reason = canary.text("reason") + " and it cannot wait until tomorrow."
    view = await breaks(stage, agency_id=stage.names.agency_id, reason=reason)
    assert stage.names.last in words(dan.modal)
    assert "60 minutes left" in words(dan.modal)
    assert messages(stage, CAROL) == messages(stage, BOB) == [TOLD]
    button = next(name for name in blocks(dan.modal) if name.endswith(".buttons"))
    for action_id in ("timeline.summary", "timeline.open"):
        await dan.click(view, button, action_id)
        await stage.settle()
        assert stage.names.last in words(dan.modal)
        assert last_event(stage).rule == "emergency"
        await dan.close(as_text(dan.modal["id"]))
    # The list of notes took the place of the emergency, which is found again by its word.
    stage.sandbox.workspace.views.close_all(DAN)
    await write_in_an_emergency(stage, button)
    await dan.open_home()
    await stage.settle()
    assert "1 client" in words(as_object(dan.home))
    stage.clock.advance(minutes=61)
    await dan.open_home()
    await stage.settle()
    assert "Emergency access*:" not in words(as_object(dan.home))
    await bob.command("/note", "emergency")
    shown = bob.modal
    assert "not reviewed" in words(shown)
    await bob.click(as_text(shown["id"]), next(iter(blocks(shown))), "glass.look")
    await stage.settle()
    assert reason in words(bob.modal)
    assert "opened the record 5 times, signed 1 note" in words(bob.modal)
    assert names_nobody(stage, words(bob.modal))
    assert (await bob.submit(as_text(bob.modal["id"]), {"words": canary.text("review") + " Needed."})).ok
    await stage.settle()
    assert "reviewed" in words(bob.modal)
    (row,) = stage.rows(BreakGlass)
    assert isinstance(row, BreakGlass)
    assert row.reviewed_at is not None


async def test_whoever_types_wrongly_is_told_the_same_and_keeps_what_was_typed(small: Play, agency: Changing) -> None:
    dan = small.person(DAN)
    await dan.command("/note", "emergency")
    view = as_text(dan.modal["id"])
    answers: list[str] = []
    for said in ({"agency_id": "nobody"}, {"name": small.names.last}, {"name": "Nobody At All"}):
        denied = small.actions().count("access:deny")
        payload = submission(small, view)
        for name, text in {"reason": REASON, **said}.items():
            put(payload, name, typed(text))
        answers.append(str((await send(small, payload, later=len(answers))).body))
        assert small.actions().count("access:deny") == denied + 1
    assert len(set(answers)) == 1
    assert "No one client fits this exactly" in answers[0]
    assert small.count(BreakGlass) == small.count(Delivery) == 0


async def test_a_short_reason_an_own_client_and_nothing_typed_are_said_at_their_fields(
    small: Play, agency: Changing
) -> None:
    alice = small.person(ALICE)
    await alice.command("/note", "emergency")
    view = as_text(alice.modal["id"])
    cases = (
        ({"agency_id": small.names.agency_id, "reason": REASON}, "agency_id", "You reach this client already"),
        ({"agency_id": small.names.dans, "reason": "Too short."}, "reason", "20 characters"),
        ({"reason": REASON}, "agency_id", "Type the agency ID"),
        ({"name": small.names.dans, "born_on": "last spring", "reason": REASON}, "born_on", "not a day"),
    )
    for later, (said, field, sentence) in enumerate(cases):
        payload = submission(small, view)
        for name, text in said.items():
            put(payload, name, typed(text))
        answer = await send(small, payload, later=later)
        assert list(answer.errors) == [field]
        assert sentence in str(answer.errors)
    assert small.count(BreakGlass) == 0


async def test_sent_twice_it_is_one_emergency_and_told_once(stage: Play) -> None:
    furnished(stage)
    dan = stage.person(DAN)
    await dan.command("/note", "emergency")
    payload = submission(stage, as_text(dan.modal["id"]))
    for name, text in {"agency_id": stage.names.agency_id, "reason": REASON}.items():
        put(payload, name, typed(text))
    for later in range(3):
        answer = await send(stage, payload, later=later)
        assert answer.body["response_action"] == "update"
        await stage.settle()
    assert stage.count(BreakGlass) == 1
    assert messages(stage, CAROL) == [TOLD]
    await stage.app.reminders.tick(stage.tenant)
    assert messages(stage, CAROL) == messages(stage, BOB) == [TOLD]


async def test_ending_it_closes_every_way_in(small: Play, agency: Changing) -> None:
    view = await breaks(small, agency_id=small.names.agency_id)
    dan = small.person(DAN)
    button = next(name for name in blocks(dan.modal) if name.endswith(".buttons"))
    await dan.click(view, button, "glass.call")
    await small.settle()
    form = as_text(dan.modal["id"])
    await dan.suggest(form, "people", "form.search_people")
    await dan.click(form, "after_observations", "form.save", state=call_state(small.clock))
    await small.settle()
    stale = submission(small, form)
    await dan.close(form)
    row = small.rows(BreakGlass)[0]
    assert isinstance(row, BreakGlass)
    await dan.click(view, button, "glass.end")
    await small.settle()
    assert "has ended" in words(dan.modal)
    assert "kept under Drafts" in str((await send(small, stale)).errors)
    small.sandbox.workspace.views.close_all(DAN)
    await dan.open_home()
    await small.settle()
    for later, action_id in enumerate(("glass.call", "glass.visit", "glass.end")):
        small.sandbox.workspace.views.close_all(DAN)
        await send(small, press(small, DAN, action_id, row.ref), later=later + 2)
        await small.settle()
        found = words(dan.modal) if dan.modals else ""
        assert names_nobody(small, found)
        assert ("This was not found" in found) == (action_id != "glass.end")
    client = agency.clients["hers"].ref
    for later, action_id in enumerate(("timeline.open", "timeline.summary")):
        small.sandbox.workspace.views.close_all(DAN)
        await send(small, press(small, DAN, action_id, client), later=later + 6)
        await small.settle()
        assert "This was not found" in words(dan.modal)
    await dan.command("/note", "emergency")
    assert "Open now" not in words(dan.modal)
    assert small.count(Note) == 0


async def test_somebody_elses_emergency_is_not_found_and_the_trail_knows(small: Play, agency: Changing) -> None:
    await breaks(small, agency_id=small.names.agency_id)
    row = small.rows(BreakGlass)[0]
    assert isinstance(row, BreakGlass)
    asked = [
        ("glass.end", ALICE),
        ("glass.call", ALICE),
        ("glass.look", DAN),
        ("glass.look", CAROL),
        ("glass.look", ALICE),
    ]
    for later, (action_id, user) in enumerate(asked):
        said: list[str] = []
        for ref in (row.ref, "E-0000000000000000"):
            small.sandbox.workspace.views.close_all(user)
            await small.person(user).open_home()
            await small.settle()
            await send(small, press(small, user, action_id, ref), later=later)
            assert last_event(small).action == "access:deny"
            said.append(words(small.person(user).modal))
        assert said[0] == said[1]
        assert "This was not found" in said[0]


async def test_what_tells_of_it_names_nobody_and_waits_for_slack(small: Play, agency: Changing) -> None:
    small.sandbox.faults.rate_limit("chat.postMessage", retry_after=1)
    await breaks(small, agency_id=small.names.agency_id)
    # The other one was sent before Slack said so, or waits too.
    assert [] in (messages(small, CAROL), messages(small, BOB))
    small.clock.advance(minutes=1)
    await small.app.reminders.tick(small.tenant)
    assert messages(small, CAROL) == messages(small, BOB) == [TOLD]
    states = [row.state for row in small.rows(Delivery) if isinstance(row, Delivery)]
    assert states == [DeliveryState.SENT] * 2


async def test_a_search_that_finds_them_by_an_emergency_is_told_to_the_trail(small: Play, agency: Changing) -> None:
    await breaks(small, agency_id=small.names.agency_id)
    dan = small.person(DAN)
    small.sandbox.workspace.views.close_all(DAN)
    await dan.command("/note", "call")
    view = as_text(dan.modal["id"])
    assert len(options(await dan.suggest(view, "client", "form.search_client", small.names.last))) == 1
    event = last_event(small)
    assert (event.action, event.rule, event.object_id) == ("client:find", "emergency", agency.clients["hers"].id)
    before = small.actions().count("client:find")
    await dan.suggest(view, "client", "form.search_client", small.names.dans)
    assert small.actions().count("client:find") == before
