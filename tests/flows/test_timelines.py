"""A client's notes read in Slack: found, listed, narrowed, searched, opened, copied; nothing of it for whoever may not."""

from __future__ import annotations

import copy

import pytest
from sqlalchemy import select, update

from models.audit import AuditEvent
from models.notes import Note, NoteVersion
from models.rows import WorkspaceSession
from models.staff import Role
from sandbox import payloads
from sandbox.shape import JsonObject, as_object, as_text
from services.refusals import NotFound
from tests.flows.attack import send
from tests.flows.roster_stage import gives
from tests.flows.stage import ALICE, BOB, CAROL, DAN, Play, blocks, call_state, options, start, words
from tests.flows.test_requirements import due, require, row_of
from tests.services.trails import tamper

pytestmark = pytest.mark.anyio

SAID = "Asked the manager for a later day and she agreed to it."
NOT_FOUND = NotFound.sentence.text


async def signs(stage: Play, **changed: object) -> Note:
    """alice signs a note about her client."""
    form = await start(stage, ALICE, "call")
    assert (await stage.person(ALICE).submit(form, call_state(stage.clock, **changed))).ok
    await stage.settle()
    stage.clock.advance(minutes=10)
    newest = stage.rows(Note)[-1]
    assert isinstance(newest, Note)
    return newest


async def found(stage: Play, user: str, query: str) -> list[JsonObject]:
    """Whom somebody finds with `/note find`; the search stays open."""
    person = stage.person(user)
    await person.command("/note", "find")
    return options(await person.suggest(as_text(person.modal["id"]), "client", "timeline.search_client", query))


async def timeline(stage: Play, user: str) -> JsonObject:
    """Somebody finds alice's client and opens the notes."""
    offered = await found(stage, user, stage.names.last[:6])
    person = stage.person(user)
    delivery = await person.submit(as_text(person.modal["id"]), {"client": offered[0]["value"]})
    assert delivery.ok
    return person.modal


def forged(stage: Play, view_id: str, action_id: str, value: str) -> JsonObject:
    """What Slack would send for a button that was never drawn, in the search for a client."""
    view = stage.sandbox.workspace.views.find(view_id)
    assert view is not None
    found = payloads.find_element(view.content.get("blocks"), "all", "timeline.mine")
    assert found is not None
    payload = copy.deepcopy(payloads.view_actions(stage.sandbox.workspace, view, "all", found[1], {}))
    actions = payload["actions"]
    assert isinstance(actions, list)
    actions[0]["action_id"], actions[0]["value"] = action_id, value
    return payload


def events(stage: Play) -> list[tuple[str, str]]:
    """The trail's readings and what each was for."""
    with WorkspaceSession(stage.app.engine, stage.tenant.id) as session:
        rows = session.execute(select(AuditEvent.action, AuditEvent.rule).order_by(AuditEvent.seq))
        names = ("note:list", "note:read", "note:search", "note:copy", "client:summary", "client:find")
        return [(action, rule) for action, rule in rows if action in names]


async def test_a_note_is_found_read_under_the_agency_s_headings_and_copied(stage: Play) -> None:
    note = await signs(stage)
    alice = stage.person(ALICE)
    shown = await timeline(stage, ALICE)
    assert "1 note." in words(shown)
    await alice.click(as_text(shown["id"]), note.ref, "reading.open")
    read = alice.modal
    assert SAID in words(read)
    assert "Case management activities" in words(read)
    await alice.click(as_text(read["id"]), "offered", "reading.copy")
    boxes = {name: as_object(block["element"]) for name, block in blocks(alice.modal).items() if "element" in block}
    assert SAID in as_text(boxes["activities_1"]["initial_value"])
    assert list(boxes) == ["contact_1", "activities_1", "observations_1", "follow_up_1", "signed_1"]
    await alice.click(as_text(alice.modal["id"]), "back", "reading.back")
    assert SAID in words(alice.modal)
    await alice.click(as_text(alice.modal["id"]), "offered", "reading.copy")
    assert (await alice.submit(as_text(alice.modal["id"]), {})).ok
    assert "1 note." in words(alice.modal)
    care = "care:own_caseload"
    assert events(stage) == [
        ("client:find", ""),
        *((what, care) for what in ("note:list", "note:read", "note:copy", "note:read", "note:copy")),
    ]


async def test_the_list_is_narrowed_and_searched_in_place(stage: Play) -> None:
    await signs(stage)
    await signs(stage, done="Called the clinic about the trombone lessons on Friday.")
    alice = stage.person(ALICE)
    view_id = as_text((await timeline(stage, ALICE))["id"])
    await alice.click(view_id, "tools", "timeline.narrow")
    await stage.settle()
    assert (await alice.submit(view_id, {"words": "TROMBONE less"})).ok
    assert "Found: 1 of 2 notes." in words(alice.modal)
    assert "about the trombone lessons" in words(alice.modal)
    assert (await alice.submit(view_id, {"words": "", "kind": "face_to_face"})).ok
    assert "No note fits." in words(alice.modal)
    await alice.click(view_id, "tools", "timeline.all")
    await stage.settle()
    assert "2 notes." in words(alice.modal)
    assert [what for what, _ in events(stage)][-3:] == ["note:search", "note:list", "note:list"]


async def test_all_of_one_s_clients_are_searched_at_once(stage: Play) -> None:
    await signs(stage)
    for user, count in ((BOB, 1), (CAROL, 1), (DAN, 0)):
        person = stage.person(user)
        await found(stage, user, "")
        await person.click(as_text(person.modal["id"]), "all", "timeline.mine")
        view_id = as_text(person.modal["id"])
        empty = await person.submit(view_id, {}, check=False)
        assert empty.errors == {"words": "Write something here."}
        assert (await person.submit(view_id, {"words": "manager"})).ok
        assert (stage.names.last in words(person.modal)) == bool(count)
        assert ("Found: 1 of 1 note." if count else "No note fits.") in words(person.modal)


async def test_who_is_due_and_app_home_lead_to_the_notes(small: Play) -> None:
    note = await signs(small)
    require(small)
    alice = small.person(ALICE)
    shown = await due(small)
    await alice.click(as_text(shown["id"]), row_of(shown), "timeline.open")
    await alice.click(as_text(alice.modal["id"]), note.ref, "reading.open")
    assert (len(alice.modals), SAID in words(alice.modal)) == (2, True)
    for view in reversed(alice.modals):
        await alice.close(as_text(view["id"]))
    await alice.open_home()
    await small.settle()
    await alice.click(as_text((alice.home or {})["id"]), "clients", "timeline.find")
    assert "Find a client" in words(alice.modal)


async def test_a_note_is_changed_and_added_to_from_where_it_is_read(small: Play) -> None:
    note = await signs(small)
    alice = small.person(ALICE)
    for step, title in (("note.change", "Collateral contact"), ("addendum.open", "Add to a signed note")):
        view_id = as_text((await timeline(small, ALICE))["id"])
        await alice.click(view_id, note.ref, "reading.open")
        await alice.click(as_text(alice.modal["id"]), "offered", step)
        assert (len(alice.modals), title in words(alice.modal)) == (2, True)
        for view in reversed(alice.modals):
            await alice.close(as_text(view["id"]))
        await small.settle()


async def test_the_summary_says_when_and_who_and_no_narrative(small: Play) -> None:
    await signs(small)
    alice = small.person(ALICE)
    await alice.click(as_text((await timeline(small, ALICE))["id"]), "tools", "timeline.summary")
    assert "Collateral contact · Mon 2 Mar 2026" in words(alice.modal)
    assert SAID not in words(alice.modal)
    assert events(small)[-1] == ("client:summary", "care:own_caseload")


async def test_an_auditor_reads_everybody_s_notes_and_an_admin_nobody_s(small: Play) -> None:
    note = await signs(small)
    gives(small, DAN, Role.AUDITOR)
    dan = small.person(DAN)
    view_id = as_text((await timeline(small, DAN))["id"])
    await dan.click(view_id, note.ref, "reading.open")
    assert SAID in words(dan.modal)
    assert events(small)[-2:] == [("note:list", "audit:auditing"), ("note:read", "audit:auditing")]
    gives(small, DAN, Role.ADMIN)
    assert await found(small, DAN, small.names.last[:6]) == []


async def test_forged_references_and_those_of_others_are_not_found_in_the_same_words(small: Play) -> None:
    note = await signs(small)
    dan = small.person(DAN)
    hers = as_text((await found(small, ALICE, small.names.last[:6]))[0]["value"])
    steps = {
        "timeline.open": (hers, "C-0000000000000000", "nonsense"),
        "timeline.summary": (hers, "C-0000000000000000"),
        "reading.open": (note.ref, "N-0000000000000000"),
        "reading.copy": (note.ref, "N-0000000000000000"),
        "reading.back": (note.ref, "N-0000000000000000"),
    }
    told: set[str] = set()
    for step, refs in steps.items():
        for ref in refs:
            await dan.command("/note", "find")
            await send(small, forged(small, as_text(dan.modal["id"]), step, ref))
            await small.settle()
            told.add(words(dan.modal))
            for view in reversed(dan.modals):
                await dan.close(as_text(view["id"]))
    [said] = told
    assert "This was not found." in said


async def test_a_list_that_was_open_when_its_reader_lost_the_client_opens_nothing(small: Play) -> None:
    note = await signs(small)
    bob = small.person(BOB)
    view_id = as_text((await timeline(small, BOB))["id"])
    gives(small, BOB)
    for block_id, step in ((note.ref, "reading.open"), ("tools", "timeline.summary")):
        await bob.click(view_id, block_id, step)
        assert "This was not found." in words(bob.modal)
        await bob.close(as_text(bob.modal["id"]))
    before = words(bob.modal)
    await bob.click(view_id, "tools", "timeline.narrow")
    await small.settle()
    assert words(bob.modal) == before


async def test_somebody_else_s_search_and_a_forged_list_show_nobody(small: Play) -> None:
    await signs(small)
    hers = as_text((await found(small, ALICE, small.names.last[:6]))[0]["value"])
    dan = small.person(DAN)
    await dan.command("/note", "find")
    view_id = as_text(dan.modal["id"])
    assert (await dan.submit(view_id, {"client": hers}, check=False)) is not None
    assert small.names.last not in words(dan.modal)


async def test_a_note_changed_behind_the_app_is_named_and_not_shown(small: Play) -> None:
    note = await signs(small)
    tamper(small.app.engine, update(NoteVersion).where(NoteVersion.note_id == note.id).values(content_hash=b"x" * 32))
    shown = await timeline(small, ALICE)
    assert f"Note {note.ref} does not stand as it was signed" in words(shown)
    assert "reading.open" not in str(shown)
