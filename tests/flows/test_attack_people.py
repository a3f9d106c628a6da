"""Being somebody else: e-mails that look alike, two users with one, guests, leavers, and what Slack said a moment too early."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, select, text, update

from desk.surface import Surface
from desk.users import Users
from models.rows import WorkspaceSession
from models.staff import Staff
from privacy.kek import FileKek
from sandbox import payloads
from sandbox.shape import as_text
from services.staff import SlackUser
from tests.flows.attack import another_process, deliver, filled, forms, send, stages, submission
from tests.flows.stage import ALICE, BOB, GUEST, STRANGER, Play, words

pytestmark = pytest.mark.anyio


def unbind(stage: Play, user_id: str) -> None:
    """The roster knows somebody by e-mail only."""
    with WorkspaceSession(stage.app.engine, stage.tenant.id) as session, session.begin():
        session.execute(update(Staff).where(Staff.slack_user_id == user_id).values(slack_user_id=None))


def bound(stage: Play) -> set[str | None]:
    """Every Slack id that the roster knows."""
    with WorkspaceSession(stage.app.engine, stage.tenant.id) as session:
        return set(session.scalars(select(Staff.slack_user_id)))


async def takes_the_email_of(stage: Play, user_id: str, email: str) -> None:
    """A user of the workspace has this e-mail now, and Slack says so."""
    await stage.sandbox.change(user_id, email=email)


async def test_an_email_whose_owner_is_known_already_gives_nobody_their_account(small: Play) -> None:
    before = bound(small)
    for email in ("alice@agency.example", "ALICE@agency.example", " alice@agency.example "):
        await takes_the_email_of(small, STRANGER, email)
        stranger = small.person(STRANGER)
        await stranger.command("/note", "call")
        assert not stranger.modals
        assert "does not know you yet" in stranger.ephemerals[-1].text
    assert bound(small) == before


async def test_a_person_is_found_by_an_email_in_other_case_and_stays_found(small: Play) -> None:
    unbind(small, BOB)
    await takes_the_email_of(small, BOB, "Bob@Agency.EXAMPLE")
    bob = small.person(BOB)
    await bob.command("/note", "call")
    assert bob.modals
    assert BOB in bound(small)
    await takes_the_email_of(small, BOB, "robert@agency.example")
    await takes_the_email_of(small, STRANGER, "bob@agency.example")
    await small.person(STRANGER).command("/note", "call")
    assert not small.person(STRANGER).modals
    await bob.command("/note", "drafts")
    assert "no drafts" in words(bob.modal)


async def test_an_email_that_only_folds_to_the_same_letters_is_another_one(small: Play) -> None:
    unbind(small, GUEST)
    await takes_the_email_of(small, STRANGER, "gue\u017ft@agency.example")
    await small.person(STRANGER).command("/note", "call")
    assert STRANGER not in bound(small)
    await takes_the_email_of(small, STRANGER, "Guest@agency.example")
    await small.person(STRANGER).command("/note", "call")
    assert STRANGER in bound(small)


@pytest.mark.parametrize("user", [GUEST, STRANGER])
async def test_a_guest_with_an_email_of_the_roster_binds_nothing(small: Play, user: str) -> None:
    unbind(small, BOB)
    await small.sandbox.change(user, email="bob@agency.example", is_restricted=True)
    await small.person(user).command("/note", "call", check=False)
    assert not small.person(user).modals
    assert user not in bound(small) - {GUEST}
    assert None in bound(small)


@contextmanager
def held(stage: Play) -> Generator[None]:
    """Somebody else holds the rows of the staff."""
    with WorkspaceSession(stage.app.engine, stage.tenant.id) as session:
        session.execute(text("SELECT id FROM staff FOR UPDATE"))
        yield


async def waiting(engine: Engine, most: int) -> None:
    """Until so many transactions wait for a lock."""
    query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(2):
        while True:
            with engine.connect() as connection:
                if (connection.execute(query).scalar() or 0) >= most:
                    return
            await asyncio.sleep(0.01)


async def test_two_users_with_one_email_at_once_are_not_both_that_person(stage: Play, kek: FileKek) -> None:
    unbind(stage, BOB)
    await takes_the_email_of(stage, STRANGER, "bob@agency.example")
    engine = stage.app.engine
    is_postgres = engine.dialect.name == "postgresql"
    async with another_process(stage, kek) as (_, other):
        bodies = [payloads.shortcut(stage.sandbox.workspace, user, "shortcut.call") for user in (BOB, STRANGER)]
        if is_postgres:
            with held(stage):
                tasks = [
                    asyncio.create_task(send(stage, body, where))
                    for body, where in zip(bodies, (stage.address, other), strict=True)
                ]
                await waiting(engine, 2)
            await asyncio.gather(*tasks)
        else:
            await asyncio.gather(
                *(send(stage, body, where) for body, where in zip(bodies, (stage.address, other), strict=True))
            )
    opened = [user for user in (BOB, STRANGER) if stage.person(user).modals]
    assert len(opened) == 1
    assert len(forms(stage)) == 1
    assert set(opened) == bound(stage) & {BOB, STRANGER}


async def test_somebody_who_left_signs_nothing_in_the_form_that_is_still_open(small: Play) -> None:
    view = await filled(small)
    await small.sandbox.change(ALICE, is_restricted=True)
    assert list((await send(small, submission(small, view))).errors) == ["client"]
    await small.sandbox.change(ALICE, is_restricted=False)
    with WorkspaceSession(small.app.engine, small.tenant.id) as session, session.begin():
        session.execute(update(Staff).where(Staff.slack_user_id == ALICE).values(state="left"))
    assert list((await send(small, submission(small, view), later=1)).errors) == ["client"]
    assert [stage_.value for stage_ in stages(small)] == ["open"]


async def test_what_slack_said_before_a_change_is_not_kept_after_it() -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Surface):
        """Slack, with an answer that was made before the change and arrives after it."""

        async def user(self, user_id: str) -> SlackUser:
            guest = asked.is_set()
            asked.set()
            await go_on.wait()
            return SlackUser(user_id, "T0ALPHA", guest=guest)

    users = Users(Slow("xoxb-made-up", "http://127.0.0.1/"))
    first = asyncio.create_task(users.get("U0ALICE"))
    await asked.wait()
    users.forget("U0ALICE")
    go_on.set()
    assert not (await first).guest
    assert (await users.get("U0ALICE")).guest


async def test_a_request_that_was_kept_is_taken_once(small: Play) -> None:
    view = await filled(small)
    await send(small, submission(small, view))
    await small.person(ALICE).command("/note", "drafts")
    kept = small.sandbox.journal.deliveries[-1]
    again = await deliver(small, kept.body, kept.headers, "command")
    assert again.status == 401
    assert as_text(small.person(ALICE).modal["callback_id"]) == "draft.open_list"
