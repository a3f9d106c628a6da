"""The pictures of the README, taken from the running demo: `python -m tests.pictures` writes them to docs/pictures/.

Needs the system's Chromium. Everyone in them is made up. On a public holiday the demo sends no reminder: take them on another day.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import tempfile
from pathlib import Path

from playwright.async_api import FloatRect, Locator, ViewportSize, expect

from tests.browser import launch
from tests.demo import ROOT, Person, at_the_page, running_demo

PICTURES = ROOT / "docs" / "pictures"
LARGEST_BYTES = 250_000
ALICE = "U0DEMOA000"
WIDE = ViewportSize(width=900, height=760)
TALL = ViewportSize(width=660, height=1010)
SHARP = 2
MARGIN = 24
# The demo's people began an hour before it, for nine hours: this is after the middle of their day.
TO_THE_MIDDLE = dt.timedelta(hours=3, minutes=45)


async def take() -> None:
    """Take all three."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with running_demo(Path(folder) / "demo") as demo, launch() as browser:
            async with at_the_page(browser, demo, ALICE, size=WIDE, scale=SHARP) as alice:
                await home(alice)
                middle = dt.datetime.now(dt.UTC) + TO_THE_MIDDLE
                await demo.noted("reminders", "run", "--at", middle.isoformat(timespec="minutes"))
                await reminder(alice)
            async with at_the_page(browser, demo, ALICE, size=TALL, scale=SHARP) as alice:
                await form(alice)


async def home(person: Person) -> None:
    """App Home, from the top of the page to its last line."""
    await expect(person.page.get_by_test_id("home")).to_contain_text("This month")
    await keep_down_to(person, "home", person.page.get_by_role("button", name="Help"))


async def reminder(person: Person) -> None:
    """The direct message of the middle of the day, about contacts without a note."""
    await person.tab_to(person.page.get_by_role("tab", name="Home"))
    await person.keys("<ArrowRight>")
    await expect(person.page.get_by_role("tabpanel")).to_contain_text("have no note yet")
    button = person.page.get_by_role("button", name="Write notes")
    # The ring of the focus would be the loudest thing in the picture.
    await person.page.evaluate("document.activeElement.blur()")
    await keep_down_to(person, "reminder", button)


async def form(person: Person) -> None:
    """A collateral contact, begun."""
    await person.command("/note call")
    await person.choose("Client", "ri", "Rivera, Ana · 4400")
    await expect(person.field("Goals")).to_be_attached()
    await person.choose("With whom", "", "The client")
    await person.write("Minutes", "4")
    await person.choose("Activities", "tau", "Taught or informed")
    await person.write("What you did", "Explained the new inspection day; it suits, as there is no shift on Fridays.")
    dialog = person.dialog("Collateral contact")
    await dialog.locator(".scroll").evaluate("node => node.scrollTo(0, 0)")
    box = await dialog.bounding_box()
    assert box is not None
    await keep(person, "form", box)


async def keep_down_to(person: Person, name: str, last: Locator) -> None:
    """The page from its top to a little below the last thing of interest."""
    box = await last.bounding_box()
    assert box is not None
    await keep(person, name, FloatRect(x=0, y=0, width=WIDE["width"], height=box["y"] + box["height"] + MARGIN))


async def keep(person: Person, name: str, clip: FloatRect) -> None:
    """Write one picture. Errors: AssertionError where it is too large for a README."""
    picture = await person.page.screenshot(path=PICTURES / f"{name}.png", clip=clip)
    assert len(picture) < LARGEST_BYTES, f"{name}.png has {len(picture)} bytes: crop it closer."


if __name__ == "__main__":
    asyncio.run(take())
