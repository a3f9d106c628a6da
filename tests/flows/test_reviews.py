"""Review in Slack: the queue, returning with a comment, the author's next version with it on top, approving, and what comes after."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bot import offline
from models.addenda import Addendum
from models.forms import FormKind, FormRow
from models.notes import Note, NoteVersion, Review
from models.staff import Staff
from sandbox import payloads
from sandbox.shape import as_text
from services import audit
from services.work import Work
from tests.canary import Canary
from tests.flows.attack import chosen, put, send, submission
from tests.flows.stage import ALICE, BOB, CAROL, DAN, Play, call_state, options, start, words
from tests.flows.test_attack_scope import names_nobody, press
from tests.services.trails import tamper

pytestmark = pytest.mark.anyio


async def signed_for_review(stage: Play, canary: Canary, user: str = ALICE, **changed: object) -> Note:
    """A note of theirs that waits for carol."""

    def ask(work: Work) -> None:
        work.session.execute(update(Staff).values(cosign_required=True))
        audit.record(work, audit.Action.STAFF_IMPORT, actor=None)

    offline.transact(stage.app.engine, stage.tenant, stage.clock, ask)
    view = await start(stage, user, "call")
    state = call_state(stage.clock, done=canary.text("done") + " and more words", **changed)
    assert (await stage.person(user).submit(view, state)).ok
    await stage.settle()
    return notes_of(stage)[-1]


def notes_of(stage: Play) -> list[Note]:
    return [each for each in stage.rows(Note) if isinstance(each, Note)]


async def open_first(stage: Play, note: Note) -> str:
    """Carol opens her queue and reads this note; the view's id."""
    carol = stage.person(CAROL)
    await carol.command("/note", "review")
    await stage.settle()
    await carol.click(as_text(carol.modal["id"]), note.ref, "review.read")
    await stage.settle()
    return as_text(carol.modal["id"])


async def press_home(stage: Play, user_id: str, block_id: str, action_id: str) -> None:
    """Somebody opens App Home and presses a button there."""
    person = stage.person(user_id)
    await person.open_home()
    await stage.settle()
    await person.click(as_text((person.home or {})["id"]), block_id, action_id)
    await stage.settle()


async def test_a_note_is_returned_changed_and_approved_and_then_something_is_added(stage: Play, canary: Canary) -> None:
    note = await signed_for_review(stage, canary)
    alice, carol = stage.person(ALICE), stage.person(CAROL)
    comment = canary.text("comment") + " says what should change"
    view = await open_first(stage, note)
    assert stage.documents()[0].done.reveal(stage.grant) in words(carol.modal)
    await carol.click(view, "decision", "form.answer", "returned")
    await stage.settle()
    assert "comment" in str((await carol.submit(view, {"decision": "returned"}, check=False)).errors)
    assert (await carol.submit(view, {"decision": "returned", "comment": comment})).ok
    await stage.settle()
    assert "Nothing waits for your review." in words(carol.modal)
    assert notes_of(stage)[0].review is Review.RETURNED
    await press_home(stage, ALICE, f"first.{note.ref}", "note.change")
    assert f"Carol asks: “{comment}”" in words(alice.modal)
    assert "Sign version 2" in words(alice.modal)
    assert "Change" not in words(alice.modal).split()
    assert (await alice.submit(as_text(alice.modal["id"]), {"minutes": "7"})).ok
    await stage.settle()
    assert (notes_of(stage)[0].review, stage.count(NoteVersion)) == (Review.PENDING, 2)
    assert [each.minutes for each in stage.documents()] == [4, 7]
    view = await open_first(stage, note)
    assert comment in words(carol.modal)
    assert (await carol.submit(view, {"decision": "approved"})).ok
    await stage.settle()
    assert notes_of(stage)[0].review is Review.APPROVED
    added = canary.text("added") + " was said a day later"
    await read_note(stage, ALICE, note)
    await alice.click(as_text(alice.modal["id"]), "offered", "addendum.open")
    await stage.settle()
    assert (await alice.submit(as_text(alice.modal["id"]), {"words": added, "kind": "correction"})).ok
    await stage.settle()
    assert stage.count(Addendum) == 1
    await read_note(stage, ALICE, note)
    assert added in words(alice.modal)
    assert "Correction" in words(alice.modal)
    assert "Change it" not in words(alice.modal)


async def read_note(stage: Play, user_id: str, note: Note) -> None:
    """Somebody opens the client's notes and reads this one."""
    person = stage.person(user_id)
    for view in reversed(person.modals):
        await person.close(as_text(view["id"]), clear=True)
        break
    await person.command("/note", "find")
    await stage.settle()
    view = as_text(person.modal["id"])
    found = options(await person.suggest(view, "client", "timeline.search_client", ""))
    await person.submit(view, {"client": as_text(found[0]["value"])})
    await stage.settle()
    await person.click(as_text(person.modal["id"]), note.ref, "reading.open")
    await stage.settle()


async def test_a_damaged_note_is_named_in_a_modal_with_whom_to_call_and_nothing_of_it_is_shown(
    small: Play, canary: Canary
) -> None:
    note = await signed_for_review(small, canary)
    tamper(small.app.engine, "UPDATE note SET urgent = urgent, kind = 'face_to_face'")
    carol = small.person(CAROL)
    await open_first(small, note)
    assert f"It is note {note.ref}." in words(carol.modal)
    assert "privacy officer" in words(carol.modal)
    assert small.documents()[0].done.reveal(small.grant) not in words(carol.modal)
    assert "access:deny" in small.actions()


async def test_a_decision_on_a_note_that_was_changed_meanwhile_keeps_its_comment_on_the_screen(
    small: Play, canary: Canary
) -> None:
    note = await signed_for_review(small, canary)
    view = await open_first(small, note)
    alice, carol = small.person(ALICE), small.person(CAROL)
    await read_note(small, ALICE, note)
    await alice.click(as_text(alice.modal["id"]), "offered", "note.change")
    await small.settle()
    assert (await alice.submit(as_text(alice.modal["id"]), {"minutes": "9"})).ok
    await small.settle()
    comment = canary.text("comment") + " for the older one"
    answer = await carol.submit(view, {"decision": "returned", "comment": comment})
    assert "newer version" in str(answer.errors)
    assert notes_of(small)[0].review is Review.PENDING
    kept = [each for each in small.rows(FormRow) if isinstance(each, FormRow) and each.kind is FormKind.REVIEW]
    assert [each.saved_at is not None for each in kept] == [True]


async def test_nobody_opens_or_decides_on_a_note_that_is_not_theirs_to_review(small: Play, canary: Canary) -> None:
    note = await signed_for_review(small, canary)
    view = await open_first(small, note)
    for user in (ALICE, BOB, DAN):
        person = small.person(user)
        await person.open_home()
        await small.settle()
        await person.command("/note", "review")
        assert "not found" in person.ephemerals[-1].text
    bodies = [press(small, user, "review.read", note.ref) for user in (BOB, DAN, ALICE)]
    bodies += [press(small, DAN, name, note.ref) for name in ("note.change", "addendum.open", "review.approve_read")]
    forged = submission(small, view)
    put(forged, "decision", chosen("approved", "radio_buttons"))
    forged["user"] = payloads.user(small.sandbox.workspace, DAN)
    for later, body in enumerate([*bodies, forged]):
        await send(small, body, later=later)
        await small.settle()
    assert notes_of(small)[0].review is Review.PENDING
    assert all(names_nobody(small, words(modal)) for user in (BOB, DAN) for modal in small.person(user).modals)
