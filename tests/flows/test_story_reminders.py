"""What the reminders are for, as people live it: the real demo, real commands of an operator beside it, a browser, a keyboard.

A call is noted from its message and asked for no more; three contacts are noted in a row; a promise that was moved is still
known by its age; contacts are kept in a moment. The sweeps of later times are `noted reminders run --at`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import re
import sys
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass

import aiohttp
import pytest
from playwright.async_api import Browser, Locator, expect

from tests.canary import Canary
from tests.demo import PHONE, PICTURES, Album, Demo, Person, at_the_page, nobody_in, pictured, running_demo

pytest_plugins = ("tests.browser",)
pytestmark = [pytest.mark.browser, pytest.mark.anyio]

ALICE, BOB, DAN, FAY, CAROL = "U0DEMOA000", "U0DEMOB000", "U0DEMOD000", "U0DEMOF000", "U0DEMOC000"
OWN_NUMBER, OTHER_NUMBER, CALLER = "+18045550100", "+18045550140", "Rivera, Ana"
DAY = dt.timedelta(days=1)
# The demo's people began an hour before it, for nine hours: these are after their second message, and after their first one.
TO_THE_MIDDLE, TO_THE_START = dt.timedelta(hours=4), dt.timedelta(hours=1)
MOST_DAYS = 10
# In order: what is chosen from a list counts twice, everything else that is done once; getting there is not counted.
MOST_TO_KEEP_THREE, MOST_TO_TRY = 16, 6
MOST_CHOICES, MOST_TEXTS = 5, 2
KEPT = {"Quinn, Tomas · 4403": "Phone or other", "Ortiz, Walter · 4407": "Visit", "Novak, Grace · 4411": "Attempt"}
STORIES = (
    ("Asked the landlord about the heating, and it was repaired.", "Sleeps well again, and the rooms are warm."),
    ("Explained the bus pass to her brother.", "Wants to go to work alone by bus from next week on."),
)
THREE = "3 contacts have no note yet: 2 phone, 1 visit."
# A visit that is planned waits for its note too, once its time has passed.
TWO_CALLS = re.compile(r"\d contacts have no note yet: 2 phone, \d visits?\.")
NOTED_ALL = re.compile(r"Nothing waits\.|visit windows? clos")


@dataclass
class Sweeps:
    """The operator's `noted reminders run` at times to come."""

    demo: Demo
    begun: dt.datetime
    middle: dt.timedelta | None = None

    async def at(self, later: dt.timedelta) -> int:
        """Run it as if it were so much later; how many messages it sent."""
        said = await self.demo.noted("reminders", "run", "--at", (self.begun + later).isoformat())
        counted = re.fullmatch(r"(\d+) sent, 0 unknown, 0 failed\.\n", said)
        assert counted, said
        return int(counted[1])

    async def at_the_middle(self) -> None:
        """At the middle of the first working day; a public holiday is none."""
        if self.middle is None:
            self.middle = TO_THE_MIDDLE
            while not await self.at(self.middle):
                self.middle += DAY
                assert self.middle < MOST_DAYS * DAY
        else:
            await self.at(self.middle)

    async def until(self, message: Locator, wanted: re.Pattern[str], first: dt.timedelta) -> dt.timedelta:
        """At the start of this day and of each one after it, until someone's newest message says what is wanted."""
        for number in range(MOST_DAYS):
            later = first + number * DAY
            if await self.at(later):
                await expect(message.page.locator("body[data-pending='0']")).to_be_attached()
                if wanted.search(await message.inner_text()):
                    return later
        raise AssertionError(f"No message said {wanted.pattern}; the last one: {await message.inner_text()}")


@pytest.fixture(scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncGenerator[Demo]:
    """A running demo; each story here is that of another person. It has to end as it should."""
    async with running_demo(tmp_path_factory.mktemp("reminders") / "demo") as running:
        yield running
    assert running.exit_code == 0, running.said
    assert "Traceback" not in running.said


@pytest.fixture(scope="module")
def sweeps(demo: Demo) -> Sweeps:
    """The operator, who knows when the demo began."""
    return Sweeps(demo, dt.datetime.now(dt.UTC).replace(second=0, microsecond=0))


@pytest.fixture(autouse=True)
def watched(demo: Demo, canary: Canary) -> Iterator[None]:
    """What is typed may stand in nothing that the demo and the operator's commands have left behind so far."""
    yield
    canary.watch_sqlite(demo.folder / "noted.sqlite3")
    canary.watch_text("the demo's log", (demo.folder / "demo.log").read_bytes())
    canary.watch_text("what the demo and the operator's commands said", demo.said)


async def test_contacts_are_kept_in_a_moment_and_an_attempt_is_two_answers(
    demo: Demo, browser: Browser, canary: Canary
) -> None:
    async with at_the_page(browser, demo, FAY, size=PHONE) as fay, pictured(fay, "later") as album:
        await album.keep("home")
        await fay.press("Note it later")
        for waiting, (client, kind) in enumerate(KEPT.items(), start=4):
            await expect(fay.dialog("Note it later")).to_be_visible()
            await fay.choose("Client", client[:2], client)
            await fay.pick("What was it?", kind)
            await album.keep("answered")
            await fay.press("Keep")
            await expect(fay.dialog("Kept")).to_contain_text(f"Kept. {waiting} waiting.")
            await fay.press("One more" if waiting < 6 else "Done")
        kept = fay.interactions
        await expect(fay.page.get_by_test_id("home")).to_contain_text("Contacts without a note: 6")
        await fay.press("Attempt")
        await fay.choose("Client", "je", "Jensen, Clara · 4419")
        await fay.choose("What happened?", "no a", "No answer")
        await album.keep("attempt")
        await fay.press("Sign")
        await expect(fay.page.get_by_role("dialog")).to_have_count(0)
        await nobody_in(fay.page.locator("main"))
        await album.keep("home-after")
    tried = fay.interactions - kept
    (PICTURES / "interactions.txt").write_text(f"Three contacts noted later: {kept}. An attempt: {tried}.\n")
    assert kept <= MOST_TO_KEEP_THREE
    assert tried <= MOST_TO_TRY


async def test_three_contacts_are_noted_in_a_row_from_one_message(
    demo: Demo, sweeps: Sweeps, browser: Browser, canary: Canary
) -> None:
    async with (
        at_the_page(browser, demo, DAN, size=PHONE, scheme="dark") as dan,
        pictured(dan, "three") as album,
    ):
        await call_the_visits_off(dan)
        await sweeps.at_the_middle()
        asked = await newest(await dan.messages())
        await expect(asked).to_contain_text(THREE)
        await nobody_in(dan.page.locator("main"))
        await album.keep("message")
        await dan.press("Write notes")
        await expect(dan.dialog("Contacts to note")).to_be_visible()
        await album.keep("list")
        await dan.press("Write")
        for story, left in zip(
            STORIES, ("2 contacts still have no note.", "1 contact still has no note."), strict=True
        ):
            await expect(dan.dialog("Collateral contact")).to_be_visible()
            await album.keep("form")
            await write_the_call(dan, canary, *story)
            await dan.press("Sign")
            await expect(dan.dialog("Signed")).to_contain_text(left)
            await album.keep("signed")
            await dan.press("Write the next")
        await expect(dan.dialog("Face-to-face visit")).to_be_visible()
        await write_the_visit(dan, canary)
        await album.keep("visit")
        await dan.press("Sign")
        await expect(dan.page.get_by_role("dialog")).to_have_count(0)
        # Where the message of that day speaks of visit windows too, those go on waiting.
        await expect(asked).to_contain_text(NOTED_ALL)
        await nobody_in(dan.page.locator("main"))
        await album.keep("done")


async def newest(panel: Locator) -> Locator:
    """The newest message, also once there are newer ones."""
    stamp = await panel.locator(".message").last.get_attribute("data-ts")
    assert stamp
    return panel.locator(f'.message[data-ts="{stamp}"]')


async def call_the_visits_off(person: Person) -> None:
    """Neither of the two planned visits takes place."""
    await person.command("/note plan")
    await person.press("Planned visits")
    planned = person.dialog("Planned visits")
    for left in (1, 0):
        await person.menu("The client cancelled")
        await expect(planned.get_by_role("button", name="More actions")).to_have_count(left)
    await person.leave()


async def test_a_call_ends_is_noted_from_its_message_and_no_sweep_asks_for_it(
    demo: Demo, sweeps: Sweeps, browser: Browser, canary: Canary, capsys: pytest.CaptureFixture[str]
) -> None:
    address, secret = await a_hook(demo)
    async with at_the_page(browser, demo, ALICE) as alice, pictured(alice, "call") as album:
        panel = await alice.messages()
        before = await panel.locator(".message").count()
        assert await tell_of_a_call(address, secret) == 200
        await expect(panel.locator(".message")).to_have_count(before + 1)
        asked = await newest(panel)
        await expect(asked).to_contain_text("A call ended: 4 minutes, just now.")
        await nobody_in(alice.page.locator("main"))
        await album.keep("message")
        await alice.press("Write note")
        begun = alice.choices, alice.texts
        await expect(alice.dialog("Collateral contact")).to_contain_text(CALLER)
        await expect(alice.field("Minutes")).to_have_value("4")
        await album.keep("form")
        await write_the_call(alice, canary)
        await album.keep("ready-to-sign")
        await alice.press("Sign")
        await expect(asked).to_contain_text("All noted. Nothing waits.")
        choices, texts = alice.choices - begun[0], alice.texts - begun[1]
        with capsys.disabled():
            sys.stdout.write(f"\nA note from the button of a message: {choices} choices, {texts} texts.\n")
        assert choices <= MOST_CHOICES
        assert texts <= MOST_TEXTS
        await album.keep("signed")
        await sweeps.at_the_middle()
        await expect(panel.locator(".message", has_text=TWO_CALLS)).to_have_count(1)
        await expect(asked).to_contain_text("All noted. Nothing waits.")
        await nobody_in(alice.page.locator("main"))
        await album.keep("next-sweep")


async def a_hook(demo: Demo) -> tuple[str, str]:
    """The operator makes an address for a phone system."""
    said = await demo.noted("hooks", "add", "generic")
    found = re.match(r"Address: (http\S+)\nSecret: (\S+)\n", said)
    assert found, said
    return found[1], found[2]


async def tell_of_a_call(address: str, secret: str) -> int:
    """What the phone system sends when alice has hung up, signed as docs/phone.md says."""
    ended = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    call = {
        "id": "call-0001",
        "staff_number": OWN_NUMBER,
        "other_number": OTHER_NUMBER,
        "direction": "inbound",
        "answered_at": (ended - dt.timedelta(seconds=230)).isoformat(),
        "ended_at": ended.isoformat(),
    }
    body, timestamp = json.dumps(call).encode(), str(int(dt.datetime.now(dt.UTC).timestamp()))
    code = hmac.new(secret.encode(), b"v1:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    headers = {"X-Noted-Timestamp": timestamp, "X-Noted-Signature": f"v1={code}"}
    async with aiohttp.ClientSession() as session, session.post(address, data=body, headers=headers) as answer:
        return answer.status


async def write_the_call(
    person: Person,
    canary: Canary,
    done: str = "Asked for a later day, and it was agreed.",
    means: str = "The lease is safe for now.",
) -> None:
    """What nobody can know but the writer: the rest of a collateral contact."""
    await person.choose("With whom", "", "The client")
    await person.choose("Activities", "coord", "Coordinated with others")
    await person.write("What you did", f"{done} {canary.text('did')}")
    await person.write("What it means for the client", f"{means} {canary.text('means')}")
    await the_end_of_a_note(person)


async def write_the_visit(person: Person, canary: Canary) -> None:
    """The rest of a face-to-face visit."""
    await person.choose("Location", "gro", "Group home")
    await person.choose("Who you talked with", "the", "The client")
    await person.choose("Activities", "mon", "Monitored services or progress")
    await person.write("What you did", f"Looked at the budget together. {canary.text('budget')}")
    await person.write("Appearance, mood, health, safety", f"Rested and in clean clothes. {canary.text('mood')}")
    going = "Two bills were paid without help, and the third is to be tried alone next time."
    await person.write("How things are going", f"{going} {canary.text('going')}")
    await person.choose("Satisfied with services?", "sat", "Satisfied")
    await the_end_of_a_note(person)


async def the_end_of_a_note(person: Person) -> None:
    await person.choose("Goals", "", "G1 · progress")
    await person.choose("Follow-up", "none", "None needed")
    await person.tick("None of these came up")


async def test_a_promise_that_was_moved_twice_is_known_by_its_age(
    demo: Demo, sweeps: Sweeps, browser: Browser, canary: Canary
) -> None:
    async with at_the_page(browser, demo, BOB) as bob, pictured(bob, "overdue") as album:
        await finish_everything(bob, canary)
        await promise_for_today(bob)
        panel = await bob.messages()
        newest = panel.locator(".message").last
        late = await sweeps.until(newest, re.compile(r"\b1 overdue"), DAY + TO_THE_START)
        await nobody_in(bob.page.locator("main"))
        await album.keep("overdue")
        for day in ("", "later"):
            await move(bob, album, day)
        await nobody_in(bob.page.locator("main"))
    async with at_the_page(browser, demo, CAROL) as carol, pictured(carol, "supervisor") as album:
        panel = await carol.messages()
        newest = panel.locator(".message").last
        await sweeps.until(newest, re.compile(r"@bob\.okafor [^,;]*\b1 follow-up\b"), late + DAY)
        await expect(newest).not_to_contain_text(re.compile("moved|put off|another day|reschedul", re.IGNORECASE))
        await nobody_in(carol.page.locator("main"))
        await album.keep("by-its-age")


async def finish_everything(person: Person, canary: Canary) -> None:
    """Every follow-up that is open, one after the other."""
    await person.command("/note follow-ups")
    opened = person.dialog("Follow-ups")
    await expect(opened).to_be_visible()
    done = opened.get_by_role("button", name="Done")
    while left := await done.count():
        await person.press("Done")
        await expect(person.dialog("Follow-up done")).to_be_visible()
        await person.write("What came of it?", f"It was sent. {canary.text('came of it')}")
        await person.press("Done")
        await expect(person.dialog("Follow-up done")).to_contain_text("it needs a note")
        await person.settled()
        await person.keys("<Escape>")
        await expect(opened).to_be_visible()
        await expect(done).to_have_count(left - 1)
    await person.leave()


async def promise_for_today(person: Person) -> None:
    """An attempt, and the promise to try again today."""
    await person.command("/note attempt")
    await expect(person.dialog("Attempt")).to_be_visible()
    await person.choose("Client", "ze", "Zeller, Nadia · 4413")
    await person.choose("What happened?", "no a", "No answer")
    await person.choose("Try again", "tod", "Today")
    await person.press("Sign")
    await expect(person.page.get_by_role("dialog")).to_have_count(0)


async def move(person: Person, album: Album, day: str) -> None:
    """To the day that is offered, or further."""
    await person.command("/note follow-ups")
    await person.menu("Another day")
    await expect(person.dialog("Another day")).to_be_visible()
    if day:
        await person.tab_to(person.field("New day"))
        await person.keys("<Tab>", "<ArrowUp>", "<ArrowUp>")
    await album.keep("another-day")
    await person.press("Move")
    await expect(person.dialog("Another day")).to_have_count(0)
    await person.leave()
