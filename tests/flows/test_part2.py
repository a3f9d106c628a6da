"""A client under 42 CFR Part 2: found, said at choosing, refused wherever something would be signed, and no word lost."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from bot import offline
from models.audit import AuditEvent
from models.contacts import Contact
from models.forms import FormRow, FormStage
from models.notes import Note
from models.rows import WorkspaceSession
from sandbox.shape import as_object, as_text
from services import roster
from tests.canary import Canary
from tests.flows.attack import trail_is_whole
from tests.flows.contact_stage import alices, leave, open_list
from tests.flows.stage import ALICE, Play, blocks, call_state, choose_client, options, start, words

pytestmark = pytest.mark.anyio

SAID = "under 42 CFR Part 2"


def mark(stage: Play, said: str = "yes") -> None:
    """An import marks alice's client, or takes the mark away."""
    names = stage.names
    rows = (
        "client_id,last_name,first_name,primary_cm_email,backup_cm_email,part2\n"
        f"{names.agency_id},{names.last},{names.first},alice@agency.example,bob@agency.example,{said}\n"
    )
    sheet = roster.read_clients(rows.encode())
    assert not offline.transact(
        stage.app.engine, stage.tenant, stage.clock, roster.import_clients, sheet, dry_run=False
    ).problems


async def test_a_marked_client_is_found_and_said_at_choosing_and_nothing_is_signed(stage: Play, canary: Canary) -> None:
    alice = stage.person(ALICE)
    done = canary.text("done") + " asked for a later day."
    view = await start(stage, ALICE, "call")
    mark(stage)
    submission = await alice.submit(view, call_state(stage.clock, done=done))
    assert SAID in str(submission.errors)
    await stage.settle()
    assert (stage.count(Note), stage.count(Contact)) == (0, 0)
    await alice.close(view)
    await alice.command("/note", "drafts")
    await stage.settle()
    row = next(each for each in stage.rows(FormRow) if isinstance(each, FormRow))
    assert row.stage is FormStage.OPEN
    draft = next(name for name in blocks(alice.modal) if name.endswith(".buttons"))
    await alice.click(as_text(alice.modal["id"]), draft, "draft.continue")
    await stage.settle()
    shown = alice.modal
    assert SAID in words({"said": blocks(shown)["part2"]})
    assert "client_line" not in blocks(shown)
    assert as_object(blocks(shown)["done"]["element"])["initial_value"] == done
    assert stage.count(Note) == 0
    assert trail_is_whole(stage)


async def test_choosing_one_says_so_in_the_search_and_in_the_form(stage: Play) -> None:
    mark(stage)
    alice = stage.person(ALICE)
    await alice.command("/note", "call")
    view = as_text(alice.modal["id"])
    found = options(await alice.suggest(view, "client", "form.search_client", stage.names.first[:6]))
    assert as_text(as_object(found[0]["text"])["text"]).endswith("42 CFR Part 2")
    await choose_client(alice, "")
    await stage.settle()
    assert SAID in words(alice.modal)
    mark(stage, "no")
    await alice.command("/note", "call")
    await choose_client(alice, "")
    await stage.settle()
    assert SAID not in words(alice.modal)


async def test_no_form_opens_from_a_contact_of_theirs(stage: Play) -> None:
    leave(stage, client=alices)
    mark(stage)
    alice = stage.person(ALICE)
    await open_list(stage)
    ref = next(each.ref for each in stage.rows(Contact) if isinstance(each, Contact))
    await alice.click(as_text(alice.modal["id"]), ref, "contact.write", ref)
    await stage.settle()
    assert as_text(alice.modal["callback_id"]) == "notice.read"
    assert SAID in words(alice.modal)


@pytest.mark.parametrize("word", ["attempt", "later"])
async def test_the_small_forms_refuse_them_too(small: Play, word: str) -> None:
    mark(small)
    alice = small.person(ALICE)
    await alice.command("/note", word)
    await choose_client(alice, "")
    await small.settle()
    state: dict[str, object] = {"kind": "collateral"} if word == "later" else {"outcome": "no_answer"}
    submission = await alice.submit(as_text(alice.modal["id"]), state)
    assert SAID in str(submission.errors)
    assert small.count(Contact) == 0


async def test_nothing_in_clear_says_it(stage: Play, canary: Canary) -> None:
    alice = stage.person(ALICE)
    view = await start(stage, ALICE, "call")
    mark(stage)
    await alice.submit(view, call_state(stage.clock, done=canary.text("done") + " asked for a later day."))
    await stage.settle()
    with WorkspaceSession(stage.app.engine, stage.tenant.id) as session:
        rules = set(session.scalars(select(AuditEvent.rule)))
    assert not any("part" in rule for rule in rules)
    sent = [call for call in stage.sandbox.journal if call.method in {"chat.postMessage", "views.publish"}]
    assert "Part 2" not in json.dumps([dict(call.arguments) for call in sent], default=str)
