"""The real demo as a process of its own, the operator beside it, and a person at its page who has a keyboard and no mouse."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import re
import shlex
import signal
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from bot import demo_words
from bot.demo import ENVIRONMENT

ROOT = Path(__file__).parent.parent
DESKTOP = ViewportSize(width=1200, height=820)
PHONE = ViewportSize(width=390, height=844)
START_SECONDS = 45
STOP_SECONDS = 15
MOST_TABS = 60
PICTURES = ROOT / "test-artefacts" / "story"
NAMES = (*demo_words.FIRST, *demo_words.LAST, *(name.split()[-1] for name, _ in demo_words.PEOPLE))
_COMMAND = "from bot.cli import main; main()"
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass
class Demo:
    """A running demo. `zone` is the time zone of the machine that it believes itself on."""

    folder: Path
    zone: str
    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list[str])
    address: str = ""
    exit_code: int | None = None

    async def read(self, found: asyncio.Event) -> None:
        """Keep everything the demo says; the first address in it is that of the page."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(line.decode())
            if not self.address and (match := _ADDRESS.search(self.lines[-1])):
                self.address = match.group(0)
                found.set()
        found.set()

    @property
    def said(self) -> str:
        """What stood on the terminal."""
        return "".join(self.lines)

    def environment(self) -> dict[str, str]:
        """The settings that the demo keeps for other commands. Errors: AssertionError where others could read them."""
        file = self.folder / ENVIRONMENT
        assert file.stat().st_mode & 0o777 == 0o600
        return dict(line.split("=", 1) for line in shlex.split(file.read_text()))

    async def noted(self, *arguments: str) -> str:
        """What a command of the operator's prints, in a process of its own. Errors: AssertionError where it does not end with 0."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _COMMAND, *arguments),
            cwd=ROOT,
            env={**os.environ, **self.environment(), "TZ": self.zone},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        self.lines.append(said.decode())
        assert process.returncode == 0, said.decode()
        return said.decode()


def noon_zone(now: dt.datetime) -> str:
    """A time zone in which it is about noon, so that no midnight falls into what is looked at."""
    ahead = 12 - now.astimezone(dt.UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


@contextlib.asynccontextmanager
async def running_demo(folder: Path) -> AsyncGenerator[Demo]:
    """`noted demo` on any port, stopped by what Ctrl-C sends; its exit code stands in the Demo afterwards."""
    zone = noon_zone(dt.datetime.now(dt.UTC))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _COMMAND, "demo", "--port", "0", "--folder", str(folder)),
        cwd=ROOT,
        env={**os.environ, "TZ": zone},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    demo = Demo(folder, zone, process)
    found = asyncio.Event()
    reader = asyncio.create_task(demo.read(found))
    try:
        async with asyncio.timeout(START_SECONDS):
            await found.wait()
        assert demo.address, f"The demo ended before it gave an address:\n{demo.said}"
        yield demo
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                demo.exit_code = await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        await reader


@dataclass
class Person:
    """Someone at the page. Everything is done by keys; a control is reached by Tab as often as it takes.

    `interactions` counts what would be taps and typing on a phone: each thing pressed, ticked, chosen or written, and the
    opening of a list of choices. Getting there is not counted. `choices` are things chosen, ticked or picked, `texts` what was written.
    """

    page: Page
    interactions: int = 0
    choices: int = 0
    texts: int = 0

    async def keys(self, *presses: str) -> None:
        """Type words, and press the keys whose names stand in <>."""
        for press in presses:
            if press.startswith("<"):
                await self.page.keyboard.press(press[1:-1])
            else:
                await self.page.keyboard.type(press)

    async def tab_to(self, target: Locator, key: str = "Tab") -> None:
        """Press Tab until the focus is there; then it is in sight."""
        await expect(target).to_be_attached()
        for _ in range(MOST_TABS):
            if await target.evaluate("node => node === document.activeElement"):
                await expect(target).to_be_in_viewport(ratio=1)
                return
            await self.page.keyboard.press(key)
        raise AssertionError(f"{MOST_TABS} presses of {key} do not reach {target}.")

    def field(self, label: str) -> Locator:
        """The control of the uppermost screen with this label."""
        return self.page.get_by_label(label, exact=True).filter(visible=True)

    def dialog(self, name: str) -> Locator:
        """The open modal with this title."""
        return self.page.get_by_role("dialog", name=name)

    async def write(self, label: str, *presses: str) -> None:
        """Go to a text box and type."""
        self.interactions += 1
        self.texts += 1
        await self.tab_to(self.field(label))
        await self.keys(*presses)

    async def choose(self, label: str, query: str, text: str) -> None:
        """Go to a select, look for something and take it; a list that stays open is closed."""
        self.interactions += 2
        self.choices += 1
        await self.tab_to(self.field(label))
        await self.keys(query or "<ArrowDown>")
        await expect(self.page.locator(".listbox:visible:not(.waiting)")).to_be_visible()
        option = self.page.get_by_role("option", name=text, exact=True).first
        await expect(option).to_be_visible()
        active = self.page.locator("[role=option].active")
        while await active.inner_text() != text:
            await self.keys("<ArrowDown>")
        await self.keys("<Enter>")
        await self.settled()
        if await self.page.locator(".listbox:visible").count():
            await self.keys("<Escape>")

    async def tick(self, text: str) -> None:
        """Go to a checkbox and press Space."""
        self.interactions += 1
        self.choices += 1
        await self.tab_to(self.field(text))
        await self.keys("<Space>")
        await self.settled()

    async def pick(self, label: str, text: str) -> None:
        """Go to a group of which one is chosen, and go down to this one."""
        self.interactions += 1
        self.choices += 1
        group = self.page.get_by_role("radiogroup", name=label).filter(visible=True)
        wanted = group.get_by_label(text, exact=True)
        await self.tab_to(group.get_by_role("radio").first)
        await self.keys("<Space>")
        while not await wanted.is_checked():
            await self.keys("<ArrowDown>")
        await self.settled()

    async def menu(self, text: str) -> None:
        """Open the first menu in sight and take this line of it."""
        self.interactions += 2
        await self.tab_to(self.page.get_by_role("button", name="More actions").filter(visible=True).first)
        await self.keys("<Enter>")
        line = self.page.get_by_role("menuitem", name=text, exact=True)
        while not await line.evaluate("node => node === document.activeElement"):
            await self.keys("<ArrowDown>")
        await self.keys("<Enter>")
        await self.settled()

    async def press(self, name: str, key: str = "Tab") -> None:
        """Go to a button and press Enter."""
        self.interactions += 1
        await self.tab_to(self.page.get_by_role("button", name=name, exact=True).filter(visible=True).first, key)
        await self.keys("<Enter>")

    async def command(self, text: str) -> None:
        """Go to the message box, type a command and send it."""
        self.interactions += 1
        await self.tab_to(self.field("Slash command"))
        await self.keys(text, "<Enter>")

    async def leave(self) -> None:
        """Press Escape until no modal is open."""
        dialog = self.page.locator("[role=dialog]")
        while left := await dialog.count():
            await self.keys("<Escape>")
            await expect(dialog).to_have_count(left - 1)

    async def messages(self) -> Locator:
        """Go to Noted's direct messages."""
        tab = self.page.get_by_role("tab", name="Messages")
        if await tab.get_attribute("aria-selected") != "true":
            await self.tab_to(self.page.get_by_role("tab", name="Home"), "Shift+Tab")
            await self.keys("<ArrowRight>")
        await expect(tab).to_have_attribute("aria-selected", "true")
        return self.page.get_by_role("tabpanel").filter(visible=True)

    async def settled(self) -> None:
        """Wait until the page has its answers."""
        await self.page.wait_for_function("document.body.dataset.pending === '0'")


@contextlib.asynccontextmanager
async def at_the_page(
    browser: Browser,
    demo: Demo,
    who: str,
    *,
    size: ViewportSize = DESKTOP,
    scale: float = 1,
    scheme: Literal["light", "dark"] = "light",
) -> AsyncGenerator[Person]:
    """Someone of the made-up agency at the page, in the demo's time zone. Errors of the page's own code are raised."""
    context = await browser.new_context(
        timezone_id=demo.zone, locale="en-US", viewport=size, device_scale_factor=scale, color_scheme=scheme
    )
    context.set_default_timeout(8_000)
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    await page.goto(f"{demo.address}/?as={who}")
    await page.wait_for_selector("body[data-ready]")
    person = Person(page)
    await person.settled()
    try:
        yield person
    finally:
        await context.close()
    assert not wrong, wrong


@dataclass
class Album:
    """Pictures of each step, numbered in the order of the story."""

    person: Person
    story: str
    count: int = 0

    async def keep(self, step: str) -> None:
        """Take the next picture."""
        self.count += 1
        await self.person.page.screenshot(path=PICTURES / f"{self.story}-{self.count:02d}-{step}.png")


@contextlib.asynccontextmanager
async def pictured(person: Person, story: str) -> AsyncGenerator[Album]:
    """Keep pictures of a story; where it breaks off, the last one shows how."""
    album = Album(person, story)
    try:
        yield album
    except BaseException:
        await album.keep("failed")
        raise


async def nobody_in(place: Locator) -> None:
    """No client of the agency and nobody around one is named here."""
    text = await place.inner_text()
    assert text.strip()
    assert not [name for name in NAMES if re.search(rf"\b{name}\b", text)]
