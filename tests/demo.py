"""The real demo as a process of its own, and a person at its page who has a keyboard and no mouse."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import re
import signal
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

ROOT = Path(__file__).parent.parent
DESKTOP = ViewportSize(width=1200, height=820)
PHONE = ViewportSize(width=390, height=844)
START_SECONDS = 45
STOP_SECONDS = 15
MOST_TABS = 60
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
    """Someone at the page. Everything is done by keys; a control is reached by Tab as often as it takes."""

    page: Page

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
        await self.tab_to(self.field(label))
        await self.keys(*presses)

    async def choose(self, label: str, query: str, text: str) -> None:
        """Go to a select, look for something and take it; a list that stays open is closed."""
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
        await self.tab_to(self.field(text))
        await self.keys("<Space>")
        await self.settled()

    async def press(self, name: str, key: str = "Tab") -> None:
        """Go to a button and press Enter."""
        await self.tab_to(self.page.get_by_role("button", name=name, exact=True).filter(visible=True).first, key)
        await self.keys("<Enter>")

    async def command(self, text: str) -> None:
        """Go to the message box, type a command and send it."""
        await self.tab_to(self.field("Slash command"))
        await self.keys(text, "<Enter>")

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
