"""The app is killed at every labelled step: what was acknowledged is there, nothing is half there, and doing it again is doing it once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import aiohttp
import pytest

from models.notes import Note
from privacy.kek import FileKek
from tests.canary import Canary
from tests.flows.attack import filled, send, submission
from tests.flows.stage import ALICE
from tests.kills.acts import Add, Decide, NextVersion, Open, Save, Sign, Together, Version, done_words
from tests.kills.stage import Killable, Nursery, killable
from tests.kills.trial import COMMITTING, OPENED, killed
from tests.kills.worker import Step
from tests.postgres import running_server
from views.messages import NOT_SAVED

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def nursery(anyio_backend: str) -> AsyncGenerator[Nursery]:
    """Where the processes of this module come from."""
    nursery = Nursery()
    yield nursery
    await nursery.close()


@pytest.fixture
async def stage(
    database_url: str, kek: FileKek, tmp_path: Path, canary: Canary, nursery: Nursery
) -> AsyncGenerator[Killable]:
    """The app as a process, on either database."""
    async with killable(database_url, kek, tmp_path, canary, nursery) as stage:
        yield stage


async def test_a_form_that_is_opened_and_words_that_are_saved(stage: Killable) -> None:
    for step in OPENED:
        await killed(stage, Open(), step)
    save = Save()
    for step in COMMITTING:
        await killed(stage, save, step)


async def test_a_note_that_is_signed_and_signed_again(stage: Killable) -> None:
    version = Version()
    for step in COMMITTING:
        await killed(stage, Sign(), step)
        await killed(stage, version, step)


async def test_what_is_signed_about_a_note_that_is_signed_already(stage: Killable) -> None:
    for step in COMMITTING:
        await killed(stage, Add(), step)
        await killed(stage, Decide(), step)
    for step in (Step.BEFORE_COMMIT, Step.AFTER_COMMIT):
        await killed(stage, NextVersion(), step)


async def test_what_several_people_do_in_one_group(stage: Killable) -> None:
    together = Together()
    for step in (Step.BEFORE_COMMIT, Step.AFTER_COMMIT):
        await killed(stage, together, step, together=3)


async def test_what_was_typed_after_the_last_tap_is_all_that_is_missing(stage: Killable) -> None:
    alice = stage.person(ALICE)
    view = await filled(stage, done="These words were saved with a tap in the form.")
    await stage.kill()
    # The modal still stands there with what was typed since, and signing it takes all of it.
    assert done_words(stage) == ["These words were saved with a tap in the form."]
    payload = submission(stage, view, done="These words were typed after the last tap in the form.")
    assert (await send(stage, payload)).clears
    assert [each.done.reveal(stage.grant) for each in stage.documents()] == [
        "These words were typed after the last tap in the form."
    ]
    assert stage.count(Note) == 1
    await stage.settle()
    assert alice.home is not None
    stage.whole()


async def test_postgresql_is_taken_away_and_brought_back(
    kek: FileKek, tmp_path: Path, canary: Canary, nursery: Nursery
) -> None:
    with running_server() as server:
        server.create("away")
        async with killable(server.url("away"), kek, tmp_path, canary, nursery) as stage:
            payload = submission(stage, await filled(stage))
            await asyncio.to_thread(server.stop)
            assert (await send(stage, payload)).errors == {"client": NOT_SAVED.plain}
            assert await ready(stage) == 503
            # A process that starts while there is no database waits for it, and takes nothing meanwhile.
            await stage.kill()
            assert (await send(stage, payload, later=1)).errors == {"client": NOT_SAVED.plain}
            assert await ready(stage) == 503
            await asyncio.to_thread(server.start)
            assert (await send(stage, payload, later=2)).clears
            assert await ready(stage) == 200
            assert stage.count(Note) == 1
            stage.whole()


async def ready(stage: Killable) -> int:
    """What a monitor is told."""
    async with aiohttp.ClientSession() as session, session.get(f"{stage.address}/readyz") as answer:
        return answer.status
