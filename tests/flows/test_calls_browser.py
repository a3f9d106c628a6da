"""The story of one call in a real browser: the phone rings off, a message asks, the note is signed, the message says so, and
no sweep asks again."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator

import pytest
from playwright.async_api import Browser, expect

from models.contacts import Contact, ContactState
from tests.canary import Canary
from tests.demo import DESKTOP, Person
from tests.flows.stage import ALICE, Play
from tests.flows.test_calls import Phone, bring_in_numbers, said

pytest_plugins = ("tests.browser",)
pytestmark = [pytest.mark.browser, pytest.mark.anyio]


@contextlib.asynccontextmanager
async def at_the_page(browser: Browser, stage: Play) -> AsyncGenerator[Person]:
    """alice at her desk, her messages open."""
    context = await browser.new_context(timezone_id="America/New_York", locale="en-US", viewport=DESKTOP)
    context.set_default_timeout(8_000)
    page = await context.new_page()
    await page.goto(f"{stage.sandbox.base_url}/?as={ALICE}")
    await page.wait_for_selector("body[data-ready]")
    await page.get_by_role("tab", name="Messages").click()
    try:
        yield Person(page)
    finally:
        await context.close()


async def test_a_call_ends_is_noted_from_its_message_and_asked_for_no_more(
    small: Play, browser: Browser, canary: Canary
) -> None:
    bring_in_numbers(small)
    phone = Phone(small)
    async with at_the_page(browser, small) as alice:
        panel = alice.page.get_by_role("tabpanel").filter(visible=True)
        assert await phone.tell() == 200
        await expect(panel).to_contain_text("A call ended: 4 minutes, just now.")
        await alice.press("Write note")
        await expect(alice.dialog("Collateral contact")).to_contain_text(small.names.last)
        await expect(alice.field("Minutes")).to_have_value("4")
        await alice.choose("With whom", "", "The client")
        await alice.choose("Activities", "coord", "Coordinated with others")
        await alice.write("What you did", f"Asked for a later day and she agreed. {canary.text('did')}")
        await alice.write("What it means for the client", f"The lease is safe for now. {canary.text('means')}")
        await alice.choose("Goals", "", "Benefits or eligibility")
        await alice.choose("Follow-up", "none", "None needed")
        await alice.tick("None of these came up")
        await alice.press("Sign")
        await expect(alice.page.get_by_role("dialog")).to_have_count(0)
        await small.settle()
        await expect(panel).to_contain_text("All noted. Nothing waits.")
    (contact,) = small.rows(Contact)
    assert isinstance(contact, Contact)
    assert contact.state is ContactState.NOTED
    for _ in range(3):
        small.clock.advance(hours=3)
        await small.app.reminders.tick(small.tenant)
    assert said(small) == ["All noted. Nothing waits."]
