"""The story of one emergency in a real browser: nobody is found, the glass is broken, the supervisor hears of it, an hour later it is over, and it is reviewed."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator

import pytest
from playwright.async_api import Browser, expect

from tests.canary import Canary
from tests.demo import PHONE, PICTURES, Person, pictured
from tests.flows.stage import ALICE, BOB, CAROL, DAN, Play
from tests.flows.test_glass import TOLD, furnished

pytest_plugins = ("tests.browser",)
pytestmark = [pytest.mark.browser, pytest.mark.anyio]


@contextlib.asynccontextmanager
async def at_the_page(browser: Browser, stage: Play, who: str) -> AsyncGenerator[Person]:
    """Somebody with a phone."""
    context = await browser.new_context(timezone_id="America/New_York", locale="en-US", viewport=PHONE)
    context.set_default_timeout(15_000)
    page = await context.new_page()
    await page.goto(f"{stage.sandbox.base_url}/?as={who}")
    await page.wait_for_selector("body[data-ready]")
    try:
        yield Person(page)
    finally:
        await context.close()


async def finds(person: Person, stage: Play) -> bool:
    """Whether a search in a new note finds alice's client."""
    await person.command("/note call")
    await expect(person.dialog("Collateral contact")).to_be_visible()
    await person.tab_to(person.field("Client"))
    await person.keys(stage.names.last)
    await expect(person.page.locator(".listbox:visible:not(.waiting)")).to_be_visible()
    await person.settled()
    found = await person.page.get_by_role("option", name=stage.names.last).count() > 0
    await person.page.screenshot(path=PICTURES / f"glass-search-{'found' if found else 'nobody'}.png")
    # The list closes first, then the form.
    await person.keys("<Escape>")
    return found


async def test_for_an_hour_a_case_manager_of_another_team_finds_the_client_and_the_supervisor_hears_of_it(
    small: Play, browser: Browser, canary: Canary
) -> None:
    furnished(small)
    async with at_the_page(browser, small, DAN) as dan, pictured(dan, "glass") as album:
        assert not await finds(dan, small)
        await dan.leave()
        await dan.command("/note emergency")
        await dan.write("Agency ID", small.names.agency_id)
        await dan.write("Reason", f"Her sister called and fears for her. {canary.text('why')}")
        await album.keep("reason")
        await dan.press("Open for 60 minutes")
        await expect(dan.dialog("Emergency access")).to_contain_text("60 minutes left")
        await expect(dan.dialog("Emergency access")).to_contain_text(small.names.last)
        await album.keep("open")
        await dan.press("Close")
        await expect(dan.page.get_by_role("dialog")).to_have_count(0)
        assert await finds(dan, small)
        await dan.leave()
        await expect(dan.page.get_by_test_id("home")).to_contain_text("1 client · 60 minutes left")
        await album.keep("home")
        small.clock.advance(minutes=60)
        assert not await finds(dan, small)
        await dan.leave()
        await small.person(DAN).open_home()
        await small.settle()
        await expect(dan.page.get_by_test_id("home")).not_to_contain_text("minutes left")
    for who, name in ((CAROL, "supervisor"), (ALICE, "colleague"), (BOB, "officer")):
        async with at_the_page(browser, small, who) as person, pictured(person, f"glass-{name}") as album:
            panel = await person.messages()
            told = panel.get_by_text("has opened emergency access to 1 client, for 60 minutes.")
            await expect(told).to_have_count(0 if who == ALICE else 1)
            await album.keep("messages")
            if who == BOB:
                await person.press("Review")
                await expect(person.dialog("Emergencies")).to_contain_text("not reviewed")
                await album.keep("list")
                await person.tab_to(person.dialog("Emergencies").get_by_role("button", name="Review", exact=True))
                await person.keys("<Enter>")
                await expect(person.dialog("Review an emergency")).to_contain_text("opened the record once")
                await album.keep("review")
                await person.write("Your review", f"It was needed. {canary.text('review')}")
                await person.press("Record review")
                await expect(person.dialog("Emergencies")).to_contain_text("reviewed")
    assert [each.text for each in small.person(CAROL).dms] == [TOLD]
