"""Payloads that nobody's client would send: too much, in odd letters, with parts that lie. A sentence each, and the form lives on."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from bot import offline
from handlers.opening import A_CALL
from models.clients import ClientKey
from models.forms import FormRow, FormStage
from models.notes import Note
from models.people import Person
from sandbox.shape import JsonObject, as_object, as_text
from services.forms import open_form
from services.work import Work
from tests.canary import Canary
from tests.flows.attack import action, chosen, filled, forms, looked_over, put, send, stages, submission
from tests.flows.stage import ALICE, Play, blocks, options, start, words
from tests.flows.test_home import whom
from tests.postgres import unwalled

pytestmark = pytest.mark.anyio
MEGABYTE = 1_048_576
ODD_STATES: dict[str, tuple[str, JsonObject]] = {
    "turn": ("people~\u00b2", {"x": chosen("client", "multi_external_select")}),
    "far turn": (f"people~{'9' * 5000}", {"x": chosen("client", "multi_external_select")}),
    "copies": ("follow_up.copies", {"x": chosen("many", "static_select")}),
    "odd copies": ("follow_up.copies", {"x": chosen("\u00b2", "static_select")}),
    "no copies": ("follow_up.copies", {"x": {"type": "static_select", "selected_option": None}}),
    "far copies": ("follow_up.copies", {"x": chosen("9" * 5000, "static_select")}),
    "NUL in a choice": ("client", {"x": chosen("C-\x00")}),
    "half a letter in a choice": ("client", {"x": chosen("C-\ud83d")}),
    "half a letter in a name": ("d\ud83d", {"x": {"type": "plain_text_input", "value": "y"}}),
    "odd digits in minutes": ("minutes", {"x": {"type": "number_input", "value": "\u0664"}}),
    "far minutes": ("minutes", {"x": {"type": "number_input", "value": "9" * 5000}}),
    "far moment": ("ended_at", {"x": {"type": "datetimepicker", "selected_date_time": 10**18}}),
    "moment before time": ("ended_at", {"x": {"type": "datetimepicker", "selected_date_time": -1}}),
    "no day": ("follow_up", {"x": chosen("2026-02-30", "static_select")}),
    "week day": ("follow_up", {"x": chosen("2026-W10-1", "static_select")}),
    "no option": ("client", {"x": {"type": "external_select", "selected_option": {}}}),
    "list of nothing": ("people", {"x": {"type": "multi_external_select", "selected_options": [None, 7, {}]}}),
    "list of lists": ("goals", {"x": {"type": "multi_static_select", "selected_options": [[["x"]]]}}),
    "long choice": ("client", {"x": chosen("C-" + "A" * 100_000)}),
    "nobody's field": ("__class__", {"x": {"type": "plain_text_input", "value": "y"}}),
}


async def test_an_odd_state_breaks_neither_saving_nor_signing(small: Play, canary: Canary) -> None:
    for kind, odd in ODD_STATES.items():
        small.sandbox.workspace.views.close_all(ALICE)
        view = await filled(small)
        now = small.clock.now().timestamp()
        for payload in (submission(small, view), action(small, view, now + 1)):
            put(payload, *odd)
            answer = await send(small, payload)
            assert answer.status == 200, kind
            assert "went wrong on our side" not in str(answer.body), kind
        await small.settle()
        if stages(small)[-1] is FormStage.OPEN:
            words = canary.text("typed") + " about the lease and the rent."
            await send(small, action(small, view, now + 2, done=words))
            answer = await send(small, submission(small, view, done=words))
            # Where the client was lied about, the people and goals of the one before are asked for again.
            assert answer.clears or set(answer.errors) <= {"client", "people~1", "goals~1"}, kind
    assert len(forms(small)) == len(ODD_STATES)


async def test_a_payload_of_a_megabyte_is_a_sentence_at_its_field_and_the_next_one_is_taken(small: Play) -> None:
    view = await filled(small)
    answer = await send(small, submission(small, view, done="y" * (MEGABYTE - 100_000)))
    assert list(answer.errors) == ["done"]
    assert (await send(small, submission(small, view, done="y" * MEGABYTE))).status == 413
    for n in range(3):
        crowd = action(small, view, small.clock.now().timestamp() + n + 1)
        put(crowd, f"crowd_{n}", {"form.answer": {"type": "plain_text_input", "value": "y" * 700_000}})
        assert (await send(small, crowd, later=n)).status == 200
    assert (await send(small, submission(small, view), later=4)).clears
    assert small.count(Note) == 1


async def test_every_draft_can_be_reached_however_many_there_are(small: Play) -> None:
    alice = small.person(ALICE)
    await alice.close(await filled(small))

    def many(work: Work) -> None:
        for _ in range(40):
            nonce = open_form(work, whom(work), A_CALL).nonce
            work.session.flush()
            find_form(work, nonce).saved_at = work.now

    offline.transact(small.app.engine, small.tenant, small.clock, many)
    await alice.command("/note", "drafts")
    assert sum(name.endswith(".buttons") for name in blocks(alice.modal)) == 40
    assert "And 1 more" in words(alice.modal)
    row = next(name for name in blocks(alice.modal) if name.endswith(".buttons"))
    await alice.click(as_text(alice.modal["id"]), row, "draft.discard")
    await small.settle()
    assert small.names.last in words(alice.modal)
    assert "more" not in words(alice.modal)


def find_form(work: Work, nonce: str) -> FormRow:
    """The form with this nonce."""
    return work.session.scalars(select(FormRow).where(FormRow.nonce == nonce)).one()


async def test_a_person_without_a_visible_name_is_nobody(small: Play) -> None:
    alice = small.person(ALICE)
    view = await filled(small)
    await alice.click(view, "people", "form.search_people", ["new"])
    await small.settle()
    hidden = submission(small, view, people_new="\u200b, aunt\n\u2060\n\u200e , landlord")
    assert list((await send(small, hidden)).errors) == ["people_new"]
    named = submission(small, view, people_new="\u200b, aunt\nDana Reyes, landlord")
    answer = await send(small, named, later=1)
    assert (await looked_over(small, ALICE, answer, later=2)).clears
    assert small.count(Person) == 1
    await small.settle()
    view = await start(small, ALICE, "call")
    small.clock.advance(seconds=1)
    labels = [
        as_text(as_object(each["text"])["text"])
        for each in options(await alice.suggest(view, "people", "form.search_people"))
    ]
    assert "Dana Reyes, landlord" in labels
    assert all(label.strip("\u200b\u2060 ") for label in labels)


async def test_what_stands_in_clear_takes_no_words(small: Play, canary: Canary) -> None:
    view = await filled(small)
    for later, moment in enumerate((canary.text("moment"), "1" * 30, "\u0661.\u0662", "")):
        payload = action(small, view)
        actions = payload["actions"]
        assert isinstance(actions, list)
        actions[0]["action_ts"] = moment
        assert (await send(small, payload, later=later)).status == 200
    assert (await send(small, submission(small, view))).clears


async def test_a_client_whose_key_is_gone_hides_no_other_draft(small: Play) -> None:
    alice = small.person(ALICE)
    await alice.close(await filled(small))
    await alice.command("/note", "call")
    await alice.click(as_text(alice.modal["id"]), "after_observations", "form.save")
    await alice.close(as_text(alice.modal["id"]))
    with unwalled(small.app.engine) as engine, engine.begin() as connection:
        connection.execute(delete(ClientKey))
    small.clock.advance(seconds=1)
    await alice.command("/note", "drafts")
    rows = [name for name in blocks(alice.modal) if name.endswith(".buttons")]
    assert len(rows) == 2
    shown = words(alice.modal)
    assert (shown.count("No client chosen"), shown.count("Not your client now")) == (1, 1)
    for row, opened in zip(rows, ("Collateral contact", "not found"), strict=True):
        await alice.click(as_text(alice.modal["id"]), row, "draft.continue")
        assert opened in words(alice.modal)
        await alice.close(as_text(alice.modal["id"]))
