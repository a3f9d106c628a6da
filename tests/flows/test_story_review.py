"""The story of one note after it was signed: returned, signed again, approved, added to. By keyboard alone, in a real browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.demo_agency import STAFF, SUPERVISOR
from tests.canary import Canary
from tests.demo import PICTURES, Album, Demo, Person, at_the_page, nobody_in, pictured, running_demo
from tests.flows.test_story import ALICE, begin_a_call, end_the_call, say_why_shared, sign

pytest_plugins = ("tests.browser",)
pytestmark = [pytest.mark.browser, pytest.mark.anyio]

CAROL = "U0DEMOC000"
CLIENT = "Rivera, Ana"


@pytest.fixture(scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncGenerator[Demo]:
    """A running demo, in which alice's notes go to carol first. It has to end as it should."""
    folder = tmp_path_factory.mktemp("review")
    async with running_demo(folder / "demo") as running:
        await ask_for_review(running, folder / "staff.csv")
        yield running
    assert running.exit_code == 0, running.said
    assert "Traceback" not in running.said


async def ask_for_review(demo: Demo, file: Path) -> None:
    """The operator says that alice's notes need a co-signature."""
    await asyncio.to_thread(
        file.write_text,
        "email,name,title,credential,roles,team,supervisor_email,cosign_required\n"
        f"{STAFF[0].email},{STAFF[0].name},{STAFF[0].title},{STAFF[0].credential},case_manager,East,{SUPERVISOR.email},yes\n",
    )
    await demo.noted("import", "staff", str(file))


@pytest.fixture(autouse=True)
def watched(demo: Demo, canary: Canary) -> Iterator[None]:
    """What is typed may stand in nothing that the demo has left behind so far."""
    yield
    canary.watch_sqlite(demo.folder / "noted.sqlite3")
    canary.watch_text("the demo's log", (demo.folder / "demo.log").read_bytes())
    canary.watch_text("what the demo said", demo.said)


async def test_a_note_is_returned_signed_again_approved_and_added_to_by_keyboard(
    demo: Demo, browser: Browser, canary: Canary
) -> None:
    words = {label: canary.text(label) for label in ("name", "did", "means", "next", "asked", "again", "added")}
    async with at_the_page(browser, demo, ALICE) as alice, pictured(alice, "review") as album:
        await begin_a_call(alice, words)
        await end_the_call(alice, words)
        await say_why_shared(alice)
        await sign(alice)
        await return_it(browser, demo, words, album)
        await sign_version_two(alice, words, album)
        await approve_it(browser, demo, words, album)
        await add_to_it(alice, words, album)
        await alice.leave()
        await nobody_in(alice.page.locator("main"))
    assert "0 findings" in await demo.noted("audit", "verify")


async def return_it(browser: Browser, demo: Demo, words: dict[str, str], album: Album) -> None:
    """Carol reads the note in her queue and asks for a change."""
    async with at_the_page(browser, demo, CAROL) as carol:
        await carol.command("/note review")
        await expect(carol.dialog("Notes to review")).to_contain_text(f"{STAFF[0].name} · {CLIENT}")
        await carol.press("Read")
        form = carol.dialog("Review")
        await expect(form).to_contain_text(words["did"])
        await decide(carol, "Return")
        await carol.write("What should change?", f"Say who asked for it. {words['asked']}")
        await carol.page.screenshot(path=picture(album, "returned"))
        await carol.press("Decide")
        await expect(carol.page.get_by_text("Nothing waits for your review.").last).to_be_visible()
        await carol.leave()
        await nobody_in(carol.page.locator("main"))


async def sign_version_two(alice: Person, words: dict[str, str], album: Album) -> None:
    """App Home says that a note came back; its form has what was asked on top, and everything else as it was."""
    await alice.page.reload()
    await alice.page.wait_for_selector("body[data-ready]")
    await expect(alice.page.get_by_test_id("home")).to_contain_text("Returned note")
    await alice.press("Open")
    form = alice.dialog("Collateral contact")
    await expect(form).to_contain_text(f"Carol Benitez asks: “Say who asked for it. {words['asked']}”")
    await expect(alice.field("Minutes")).to_have_value("4")
    await expect(alice.field("What you did")).to_have_value(f"Asked for a later day. {words['did']}\nIt was agreed.")
    await alice.write("What you did", "<End>", f" Ana asked for it. {words['again']}")
    await album.keep("version-two")
    await say_why_shared(alice, "Sign version 2")
    await sign(alice)
    await expect(alice.page.get_by_test_id("home")).not_to_contain_text("Returned note")


async def approve_it(browser: Browser, demo: Demo, words: dict[str, str], album: Album) -> None:
    """It is back in the queue by itself, with what was asked beside what it says now."""
    async with at_the_page(browser, demo, CAROL) as carol:
        await carol.press("Review")
        await expect(carol.dialog("Notes to review")).to_contain_text("version 2")
        await carol.press("Read")
        await expect(carol.dialog("Review")).to_contain_text(words["again"])
        await expect(carol.dialog("Review")).to_contain_text(words["asked"])
        await decide(carol, "Approve")
        await carol.page.screenshot(path=picture(album, "approved"))
        await carol.press("Decide")
        await expect(carol.page.get_by_text("Nothing waits for your review.").last).to_be_visible()


async def add_to_it(alice: Person, words: dict[str, str], album: Album) -> None:
    """An approved note is not changed any more; what is added stands below it."""
    await read_it(alice)
    note = alice.dialog("Note")
    await expect(note).to_contain_text("approved")
    await expect(note.get_by_role("button", name="Change it")).to_have_count(0)
    await alice.press("Add to it")
    await expect(alice.dialog("Add to a signed note")).to_be_visible()
    await alice.write("What is added", f"The manager called back. {words['added']}")
    await alice.pick("What is it?", "Addition: there is more to say")
    await album.keep("addition")
    await alice.press("Sign")
    await alice.leave()
    await read_it(alice)
    await expect(alice.dialog("Note")).to_contain_text(words["added"])
    await alice.tab_to(alice.page.get_by_role("button", name="Add to it").filter(visible=True))
    await album.keep("added")


async def read_it(alice: Person) -> None:
    """`/note find`, the client, and the newest of their notes."""
    await alice.command("/note find")
    await alice.choose("Client", "ri", f"{CLIENT} · 4400")
    await alice.press("Open")
    await alice.press("Read")
    await expect(alice.dialog("Note")).to_be_visible()


async def decide(carol: Person, what: str) -> None:
    """The form opens at the beginning of the note, with the focus on the decision below it: a step on and back brings it into sight."""
    await carol.keys("<Tab>", "<Shift+Tab>")
    await carol.pick("Decision", what)


def picture(album: Album, step: str) -> Path:
    """Where the next picture of the story goes, also of somebody else's page."""
    album.count += 1
    return PICTURES / f"{album.story}-{album.count:02d}-{step}.png"
