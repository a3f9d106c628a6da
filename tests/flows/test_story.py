"""The whole story as a person lives it: the real demo, a real browser, a keyboard and no mouse. What is seen is kept as pictures."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, expect

from bot.demo import TEAM
from tests.canary import DATABASE_SUFFIXES, Canary, forms
from tests.demo import PHONE, Album, Demo, Person, at_the_page, nobody_in, pictured, running_demo

pytest_plugins = ("tests.browser",)
pytestmark = [pytest.mark.browser, pytest.mark.anyio]

ALICE, BOB, DAN, FAY = "U0DEMOA000", "U0DEMOB000", "U0DEMOD000", "U0DEMOF000"
# It stands in whatever was done of the made-up stories, so that it is found on every day on which the demo is made.
WORD = "the"
CALL_CLIENT, VISIT_CLIENT, LATE_CLIENT = "Rivera, Ana · 4400", "Fisher, Theo · 4416", "Quinn, Tomas · 4403"
COUNTS = re.compile(r"Follow-ups: (\d+) today.*This month: (\d+) notes?", re.DOTALL)


@pytest.fixture(scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncGenerator[Demo]:
    """A running demo; each story here is that of another person. It has to end as it should."""
    async with running_demo(tmp_path_factory.mktemp("story") / "demo") as running:
        yield running
    assert running.exit_code == 0, running.said
    assert "Traceback" not in running.said


@pytest.fixture(autouse=True)
def watched(demo: Demo, canary: Canary) -> Iterator[None]:
    """What is typed may stand in nothing that the demo has left behind so far."""
    yield
    canary.watch_sqlite(demo.folder / "noted.sqlite3")
    canary.watch_text("the demo's log", (demo.folder / "demo.log").read_bytes())
    canary.watch_text("what the demo said", demo.said)


async def test_two_notes_are_written_by_keyboard_and_no_client_shows_outside_the_forms(
    demo: Demo, browser: Browser, canary: Canary
) -> None:
    words = {label: canary.text(label) for label in ("name", "did", "means", "next", "seen", "going")}
    async with at_the_page(browser, demo, ALICE) as alice, pictured(alice, "notes") as album:
        due, notes = await counts(alice)
        await album.keep("home")
        await begin_a_call(alice, words)
        await album.keep("words")
        await close_by_accident(alice)
        await album.keep("closed")
        await bring_back(alice, words)
        await album.keep("brought-back")
        await end_the_call(alice, words)
        await album.keep("ready-to-sign")
        await say_why_shared(alice)
        await album.keep("before-you-sign")
        await sign(alice)
        await home_says(alice, due + 1, notes + 1)
        await write_a_visit(alice, words)
        await sign_without_the_client(alice)
        await album.keep("error")
        await with_the_client(alice)
        await alice.press("Sign")
        await expect(alice.dialog("Before you sign")).to_contain_text("4 minutes overlap another note of yours.")
        await album.keep("overlap")
        await sign(alice)
        await home_says(alice, due + 1, notes + 2)
        await album.keep("home-after")
        await no_client_anywhere(alice, album)
    assert list(found(demo, TEAM)), "The search does not see what is stored in the clear, so it proves nothing."
    assert not list(found(demo, *words.values(), "Rivera", "Fisher"))


async def counts(person: Person) -> tuple[int, int]:
    """The follow-ups due today and the notes of this month, as App Home says them."""
    home = person.page.get_by_test_id("home")
    await expect(home).to_contain_text("This month")
    matched = COUNTS.search(await home.inner_text())
    assert matched
    return int(matched[1]), int(matched[2])


async def home_says(person: Person, due: int, notes: int) -> None:
    """App Home follows without being asked."""
    home = person.page.get_by_test_id("home")
    await expect(home).to_contain_text(f"This month: {notes} notes")
    await expect(home).to_contain_text(f"Follow-ups: {due} today")


async def begin_a_call(person: Person, words: dict[str, str]) -> None:
    """From `/note call` to the last text box; a choice after it saves it all."""
    await person.command("/note call")
    await expect(person.dialog("Collateral contact")).to_be_visible()
    await expect(person.field("Client")).to_be_focused()
    await person.choose("Client", "ri", CALL_CLIENT)
    await expect(person.field("Goals")).to_be_attached()
    await expect(person.field("How")).to_have_value("Phone")
    await person.choose("With whom", "", "Someone not listed…")
    await person.write("Name and title", f"Dana {words['name']}, property manager")
    await expect(person.field("Ended")).not_to_have_value("")
    await person.write("Minutes", "4")
    await person.choose("Activities", "coord", "Coordinated with others")
    await person.write("What you did", f"Asked for a later day. {words['did']}", "<Enter>", "It was agreed.")
    await person.write("What it means for the client", f"The lease is safe for now. {words['means']}")
    await person.choose("Goals", "", "G1 · progress")


async def close_by_accident(person: Person) -> None:
    """Escape closes the form, and the focus is where it was before."""
    await person.keys("<Escape>")
    await expect(person.page.get_by_role("dialog")).to_have_count(0)
    await expect(person.field("Slash command")).to_be_focused()


async def bring_back(person: Person, words: dict[str, str]) -> None:
    """`/note drafts`, and one press of Tab further *Continue*: every word and every choice is there."""
    await person.command("/note drafts")
    await expect(person.dialog("Drafts")).to_be_visible()
    await person.keys("<Tab>")
    await expect(person.page.get_by_role("button", name="Continue").filter(visible=True)).to_be_focused()
    await person.keys("<Enter>")
    await expect(person.dialog("Collateral contact")).to_be_visible()
    for label, value in (
        ("Client", CALL_CLIENT),
        ("How", "Phone"),
        ("Name and title", f"Dana {words['name']}, property manager"),
        ("Minutes", "4"),
        ("What you did", f"Asked for a later day. {words['did']}\nIt was agreed."),
        ("What it means for the client", f"The lease is safe for now. {words['means']}"),
    ):
        await expect(person.field(label)).to_have_value(value)
    for label, chosen in (
        ("With whom", "Someone not listed…"),
        ("Activities", "Coordinated with others"),
        ("Goals", "G1 · progress"),
    ):
        await expect(person.field(label)).to_have_accessible_description(f"Chosen: {chosen}.")


async def end_the_call(person: Person, words: dict[str, str]) -> None:
    """What is left after the goals."""
    await person.choose("Follow-up", "today", "Today")
    await person.write("What is to be done", f"Send the day in writing {words['next']}")
    await person.tick("None of these came up")


async def say_why_shared(person: Person, submit: str = "Sign") -> None:
    """Press *Sign*; nobody has filed a release for the property manager, so the basis is asked for."""
    await person.press(submit)
    await expect(person.dialog("Before you sign")).to_contain_text("property manager has no current release on file.")
    await person.choose("Why could you share?", "need", "Needed for treatment or care coordination")


async def sign(person: Person) -> None:
    """Sign, and be back on the page with nothing open."""
    await person.press("Sign")
    await expect(person.page.get_by_role("dialog")).to_have_count(0)


async def write_a_visit(person: Person, words: dict[str, str]) -> None:
    """`/note visit` up to signing, with the client forgotten among the people."""
    await person.command("/note visit")
    await expect(person.dialog("Face-to-face visit")).to_be_visible()
    await person.choose("Client", "fi", VISIT_CLIENT)
    await expect(person.field("Goals")).to_be_attached()
    await person.choose("Location", "gro", "Group home")
    await person.choose("Who you talked with", "", "House manager")
    await person.write("Minutes", "45")
    await person.choose("Activities", "mon", "Monitored services or progress")
    await person.write("What you did", f"Looked at the budget together. {words['did']}")
    await person.write("Appearance, mood, health, safety", f"Rested, and joked about the weather. {words['seen']}")
    await person.write("How things are going", f"Steady. Paid two bills without help this month. {words['going']}")
    await person.choose("Goals", "", "G2 · no change")
    await person.choose("Satisfied with services?", "", "Satisfied")
    await person.choose("Follow-up", "", "None needed")
    await person.tick("None of these came up")


async def sign_without_the_client(person: Person) -> None:
    """The error stands at its field, and the focus goes there."""
    people = person.field("Who you talked with")
    await person.press("Sign")
    await expect(people).to_be_focused()
    await expect(people).to_have_attribute("aria-invalid", "true")
    await expect(people).to_have_accessible_description(re.compile("A visit note needs the client there"))
    block = person.page.locator(".block.input.wrong")
    await expect(block).to_have_count(1)
    await expect(block.locator(".error")).to_be_in_viewport(ratio=1)


async def with_the_client(person: Person) -> None:
    """The error is put right where the focus is, and it goes away."""
    await person.choose("Who you talked with", "the", "The client")
    await expect(person.field("Who you talked with")).not_to_have_attribute("aria-invalid", "true")


async def no_client_anywhere(person: Person, album: Album) -> None:
    """App Home, the direct messages and every channel, as the eye sees them."""
    main = person.page.locator("main")
    await nobody_in(main)
    await person.tab_to(person.page.get_by_role("tab", name="Home"), "Shift+Tab")
    await person.keys("<ArrowRight>")
    await expect(person.page.get_by_role("tab", name="Messages")).to_be_focused()
    await expect(person.page.get_by_role("tabpanel")).to_contain_text(re.compile("no note yet|No messages yet"))
    await nobody_in(main)
    await album.keep("messages")
    for channel in ("team-east", "team-west"):
        await person.press(channel, "Shift+Tab" if channel == "team-east" else "Tab")
        await expect(person.page.get_by_role("heading", level=1)).to_have_text(f"# {channel}")
        await nobody_in(main)


def found(demo: Demo, *words: str) -> Iterator[str]:
    """Where a word stands in the running demo's database, in any encoding."""
    for suffix in DATABASE_SUFFIXES:
        path = Path(f"{demo.folder / 'noted.sqlite3'}{suffix}")
        if not path.exists():
            assert suffix == "-journal", "The database that is searched is not where the demo keeps it."
            continue
        data = path.read_bytes()
        folded = data.lower()
        for word in words:
            for name, form, has_case in forms(word):
                if form in (data if has_case else folded):
                    yield f"{word} stands in {path.name} ({name})."


async def test_a_client_s_notes_are_found_read_searched_and_copied_by_keyboard(demo: Demo, browser: Browser) -> None:
    async with at_the_page(browser, demo, FAY) as fay, pictured(fay, "reading") as album:
        name = await first_client_with_the_word(fay, album)
        await fay.command("/note find")
        await choose_only(fay, "Client", name)
        await fay.press("Open")
        notes = fay.dialog("Notes")
        await expect(notes).to_contain_text(name.partition(" ·")[0])
        await album.keep("notes")
        await fay.press("Search or filter")
        await expect(fay.field("Words")).to_be_visible()
        await fay.choose("Since when", "", "The last 12 months")
        await fay.write("Words", WORD)
        await fay.press("Show")
        await expect(notes).to_contain_text("Found: ")
        await expect(notes).to_contain_text(re.compile(WORD, re.IGNORECASE))
        await album.keep("searched")
        await fay.press("Read")
        note = fay.dialog("Note")
        await expect(note).to_contain_text("Case management activities")
        await expect(note).to_contain_text(re.compile(WORD, re.IGNORECASE))
        await album.keep("note")
        await fay.press("Copy for another system")
        await expect(fay.field("Case management activities")).to_have_value(re.compile(WORD, re.IGNORECASE))
        await album.keep("copy")
        await fay.press("Done")
        await expect(notes).to_contain_text("Found: ")
        await fay.press("Hand-over summary")
        await expect(fay.dialog("Hand-over summary")).to_contain_text("Open follow-ups")
        await album.keep("summary")
        await fay.leave()
        await no_client_anywhere(fay, album)


async def choose_only(person: Person, label: str, query: str) -> None:
    """Look for something in a search that finds one, and take it."""
    await person.tab_to(person.field(label))
    await person.keys(query)
    await expect(person.page.get_by_role("option").filter(has_text=query)).to_be_visible()
    await person.keys("<Enter>")
    await person.settled()


async def first_client_with_the_word(person: Person, album: Album) -> str:
    """Look for the word in all of one's clients' notes; the name of the first one found."""
    await person.command("/note find")
    await person.press("Search all my clients' notes")
    await expect(person.dialog("Search my notes")).to_be_visible()
    await person.write("Words", WORD)
    await person.press("Search")
    found_there = person.dialog("Search my notes")
    await expect(found_there).to_contain_text("Found: ")
    await album.keep("caseload")
    matched = re.search(r"notes\.\s*(\w+, \w+)", await found_there.inner_text())
    assert matched, await found_there.inner_text()
    await person.leave()
    return matched[1]


async def test_on_a_phone_what_is_missing_is_said_at_its_field(demo: Demo, browser: Browser, canary: Canary) -> None:
    typed = canary.text("typed on a phone")
    async with at_the_page(browser, demo, BOB, size=PHONE, scheme="dark") as bob, pictured(bob, "phone") as album:
        await album.keep("home")
        await bob.press("Log a call")
        await expect(bob.field("Client")).to_be_focused()
        await bob.write("Minutes", "none")
        await bob.write("What you did", typed[:12])
        await bob.press("Sign")
        await expect(bob.field("Client")).to_be_focused()
        await expect(bob.field("Client")).to_have_accessible_description("This is required.")
        await expect(bob.field("Minutes")).to_have_accessible_description(re.compile("Enter a whole number"))
        await album.keep("errors")
        await bob.keys("<Escape>")
        await expect(bob.page.get_by_role("button", name="Log a call")).to_be_focused()


async def test_a_guest_is_told_so_and_nothing_opens(demo: Demo, browser: Browser) -> None:
    async with at_the_page(browser, demo, DAN) as person, pictured(person, "guest") as album:
        await person.tab_to(person.field("You are"))
        await person.keys("Gina")
        await expect(person.page).to_have_url(re.compile("as=U0DEMOG000"))
        await person.command("/note call")
        await expect(person.page.get_by_test_id("ephemeral")).to_contain_text("Noted is for this agency's own staff.")
        await expect(person.field("Slash command")).to_be_focused()
        await expect(person.page.get_by_role("dialog")).to_have_count(0)
        await nobody_in(person.page.locator("main"))
        await album.keep("refused")


async def test_a_late_note_is_told_a_better_word_keeps_one_and_says_why_it_is_late(
    demo: Demo, browser: Browser, canary: Canary
) -> None:
    words = {label: canary.text(label) for label in ("did", "means", "why")}
    async with at_the_page(browser, demo, FAY) as fay, pictured(fay, "before-signing") as album:
        _, notes = await counts(fay)
        await write_late(fay, demo, words)
        await fay.press("Check my words")
        remarks = fay.dialog("Check my words")
        await expect(remarks).to_contain_text("“non-compliant” → say what the person did not do or chose instead")
        await expect(remarks).to_contain_text("“refused” → declined, chose not to")
        await album.keep("check-my-words")
        await fay.keys("<Escape>")
        await expect(fay.dialog("Collateral contact")).to_be_visible()
        await sign_and_go_back(fay, album)
        await mend_one_word(fay, words)
        await fay.press("Sign")
        seen = fay.dialog("Before you sign")
        await expect(seen).to_contain_text("“refused” → declined, chose not to")
        await expect(seen).not_to_contain_text("non-compliant")
        await album.keep("one-word-left")
        await fay.press("Sign")
        await expect(fay.field("Why is it late?")).to_have_accessible_description("This is required.")
        await album.keep("no-reason")
        await fay.choose("Why is it late?", "oth", "Other")
        await fay.write("Say more", f"Waited for the pharmacy. {words['why']}")
        await album.keep("reason")
        await sign(fay)
        await expect(fay.page.get_by_test_id("home")).to_contain_text(f"This month: {notes + 1} notes")
        await nobody_in(fay.page.locator("main"))
        await album.keep("home")
    assert not list(found(demo, *words.values(), "non-compliant"))


async def write_late(person: Person, demo: Demo, words: dict[str, str]) -> None:
    """A call of last week, with two words that judge."""
    day = dt.datetime.now(ZoneInfo(demo.zone)) - dt.timedelta(days=8)
    await person.command("/note call")
    await expect(person.dialog("Collateral contact")).to_be_visible()
    await person.choose("Client", "qu", LATE_CLIENT)
    await expect(person.field("Goals")).to_be_attached()
    await person.choose("With whom", "", "The client")
    await person.write("Ended", f"{day:%m%d%Y}", "<ArrowRight>", "0200P")
    await person.write("Minutes", "6")
    await person.choose("Activities", "mon", "Monitored services or progress")
    await person.write("What you did", f"Asked how the new tablets are taken. {words['did']}")
    means = f"Has been non-compliant since Monday, and refused the ride. {words['means']}"
    await person.write("What it means for the client", means)
    await person.choose("Goals", "", "G1 · no change")
    await person.choose("Follow-up", "none", "None needed")
    await person.tick("None of these came up")


async def sign_and_go_back(person: Person, album: Album) -> None:
    """The screen, and *Back* to a form in which everything is as it was."""
    await person.press("Sign")
    seen = person.dialog("Before you sign")
    await expect(seen).to_contain_text(re.compile(r"This note is \d business days after the contact\."))
    await expect(seen).to_contain_text("“non-compliant” →")
    await album.keep("before-you-sign")
    await person.press("Back")
    await expect(person.dialog("Collateral contact")).to_be_visible()
    await expect(person.field("Minutes")).to_have_value("6")
    await expect(person.field("What you did")).to_have_value(re.compile("Asked how the new tablets are taken"))


async def mend_one_word(person: Person, words: dict[str, str]) -> None:
    """One word is written otherwise, the other stays."""
    await person.tab_to(person.field("What it means for the client"), "Shift+Tab")
    await person.keys("<Control+a>", f"Has not taken the tablets since Monday, and refused the ride. {words['means']}")
