"""Two notes from one form: submits that meet, in one process and in two over one database. There is one note, and nothing is lost."""

from __future__ import annotations

import asyncio

import pytest

from models.contacts import Contact
from models.forms import FormStage
from models.notes import Note, NoteVersion
from privacy.kek import FileKek
from tests.canary import Canary
from tests.flows.attack import action, another_process, counts, filled, forms, send, stages, submission, trail_is_whole
from tests.flows.stage import Play
from tests.flows.test_home import two_forms_for_one_contact

pytestmark = pytest.mark.anyio


async def test_two_processes_sign_one_form_once(stage: Play, kek: FileKek) -> None:
    view = await filled(stage)
    payload = submission(stage, view)
    async with another_process(stage, kek) as (_, other):
        # Another second in each stamp, so that each is a request of its own.
        answers = await asyncio.gather(
            *(send(stage, payload, where, later=n) for n in range(4) for where in (stage.address, other))
        )
    assert all(answer.clears for answer in answers)
    assert counts(stage, Note, NoteVersion, Contact) == [1, 1, 1]
    assert trail_is_whole(stage)


async def test_two_processes_with_different_words_make_one_note_that_keeps_both(
    stage: Play, kek: FileKek, canary: Canary
) -> None:
    view = await filled(stage)
    texts = [canary.text(f"words {n}") + " were said about the lease." for n in range(2)]
    async with another_process(stage, kek) as (_, other):
        answers = await asyncio.gather(
            send(stage, submission(stage, view, done=texts[0]), stage.address),
            send(stage, submission(stage, view, done=texts[1]), other),
        )
    assert all(answer.clears for answer in answers)
    assert counts(stage, Note, NoteVersion, Contact) == [1, 2, 1]
    assert sorted(document.done.reveal(stage.grant) for document in stage.documents()) == sorted(texts)
    assert trail_is_whole(stage)


async def test_two_forms_for_one_contact_in_two_processes_are_one_note_and_one_draft(stage: Play, kek: FileKek) -> None:
    views = await two_forms_for_one_contact(stage)
    async with another_process(stage, kek) as (_, other):
        answers = await asyncio.gather(
            send(stage, submission(stage, views[0]), stage.address), send(stage, submission(stage, views[1]), other)
        )
    assert sorted(answer.clears for answer in answers) == [False, True]
    assert "kept under Drafts" in str([answer.errors for answer in answers])
    assert counts(stage, Note, NoteVersion, Contact) == [1, 1, 1]
    assert sorted(stages(stage)) == [FormStage.OPEN, FormStage.SIGNED]


async def test_saving_in_one_process_while_signing_in_the_other_never_opens_the_form_again(
    stage: Play, kek: FileKek, canary: Canary
) -> None:
    view = await filled(stage)
    now = stage.clock.now().timestamp()
    words = canary.text("signed") + " were said about the lease."
    async with another_process(stage, kek) as (app, other):
        saves = [action(stage, view, now + n, done=canary.text("saved")) for n in range(3)]
        await asyncio.gather(
            send(stage, saves[0], other),
            send(stage, saves[1], stage.address),
            send(stage, submission(stage, view, done=words), stage.address),
            send(stage, saves[2], other),
        )
        await app.office.later.drain()
    assert stages(stage) == [FormStage.SIGNED]
    assert [document.done.reveal(stage.grant) for document in stage.documents()] == [words]
    assert forms(stage)[0].note_id is not None
