"""An admin builds the agency from nothing by modals, and who may see what follows from it: a real browser, a keyboard, no mouse."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, expect

from desk import directories
from models.clients import Assignment, Client
from models.forms import FormRow
from models.staff import Staff, Team
from privacy.kek import FileKek
from tests.canary import Canary
from tests.conftest import StandingClock
from tests.demo import DESKTOP, Person, pictured
from tests.flows.stage import ALICE, CAROL, DAN, TEAM, Play, play
from views.blocks import one_line

pytest_plugins = ("tests.browser",)
pytestmark = [pytest.mark.browser, pytest.mark.anyio]


@dataclass(frozen=True)
class Newcomer:
    """The client whom the admin adds."""

    last: str
    first: str
    agency_id: str

    @property
    def label(self) -> str:
        """How a search lists them."""
        return one_line(f"{self.last}, {self.first} · {self.agency_id}")


@pytest.fixture
async def empty(
    sqlite_url: str, kek: FileKek, clock: StandingClock, canary: Canary, anyio_backend: str
) -> AsyncGenerator[Play]:
    """An agency with one person, who is its admin."""
    async with play(sqlite_url, kek, clock, canary, empty=True) as stage:
        yield stage


@contextlib.asynccontextmanager
async def at_the_page(browser: Browser, stage: Play, who: str) -> AsyncGenerator[Person]:
    """Somebody at the stand-in's page."""
    context = await browser.new_context(timezone_id="America/New_York", locale="en-US", viewport=DESKTOP)
    context.set_default_timeout(8_000)
    page = await context.new_page()
    await page.goto(f"{stage.sandbox.base_url}/?as={who}")
    await page.wait_for_selector("body[data-ready]")
    try:
        yield Person(page)
    finally:
        await context.close()


async def test_an_agency_is_built_from_nothing_and_each_sees_what_is_theirs(
    empty: Play, browser: Browser, canary: Canary
) -> None:
    await directories.read_every(empty.app.office.doors, empty.app.office.tenants, (TEAM,))
    who = Newcomer(canary.text("last"), canary.text("first"), canary.text("id"))
    async with at_the_page(browser, empty, CAROL) as carol, pictured(carol, "roster") as album:
        await carol.command("/note roster")
        await expect(carol.dialog("Roster")).to_be_visible()
        await album.keep("menu")
        await two_teams(carol)
        await album.keep("teams")
        await back(carol)
        await two_people(carol)
        await album.keep("staff")
        await back(carol)
        await one_client(carol, who)
        await album.keep("client")
        await backed_up(carol)
        await album.keep("assigned")
        await carol.leave()
    assert (empty.count(Team), empty.count(Staff), empty.count(Client)) == (2, 3, 1)
    assert empty.count(Assignment) == 2
    await the_assigned_one_opens_a_form(empty, browser, who)
    await another_team_finds_nobody(empty, browser, who)
    # Breaking the glass goes on from here: dan finds them for an hour, and carol hears of it.


async def open_of_menu(person: Person, place: int, title: str) -> None:
    """Open the list at this place of the menu, which is open."""
    menu = person.dialog("Roster")
    button = menu.get_by_role("button", name="Open").nth(place)
    await person.tab_to(button)
    await person.keys("<Enter>")
    await expect(person.dialog(title)).to_be_visible()


async def back(person: Person) -> None:
    """Escape to the menu."""
    await person.keys("<Escape>")
    await expect(person.page.get_by_role("dialog")).to_have_count(1)


async def two_teams(carol: Person) -> None:
    """East, which carol supervises, and West."""
    await open_of_menu(carol, 2, "Teams")
    for name in ("East", "West"):
        await carol.press("Add a team")
        await carol.write("Name", name)
        await carol.choose("Supervisor", "car", "Carol, Director")
        await carol.press("Add")
        await expect(carol.dialog("Teams")).to_contain_text(name)


async def two_people(carol: Person) -> None:
    """alice of East and dan of West; Slack knows both by their e-mail."""
    await open_of_menu(carol, 0, "Staff")
    for name, team in (("Alice", "East"), ("Dan", "West")):
        await carol.press("Add a person")
        await carol.write("Name", name)
        await carol.write("Title", "Case manager")
        await carol.write("E-mail", f"{name.lower()}@agency.example")
        await carol.choose("Team", "", team)
        await carol.press("Add")
        await expect(carol.dialog("Staff")).to_contain_text(f"{name} · Case manager · {team}")


async def one_client(carol: Person, who: Newcomer) -> None:
    """A client of alice's."""
    await open_of_menu(carol, 1, "Clients")
    await carol.press("Add a client")
    await carol.write("Client ID", who.agency_id)
    await carol.write("Last name", who.last)
    await carol.write("First name", who.first)
    await carol.write("Date of birth", "4/30/1961")
    await carol.choose("Primary case manager", "ali", "Alice, Case manager")
    await carol.write("How often to be seen", "visit every 90 days, grace 10")
    await carol.press("Add")
    card = carol.dialog("Clients")
    await expect(card).to_contain_text(f"{who.last}, {who.first} · {who.agency_id}")
    await expect(card).to_contain_text("born 1961-04-30 · visit every 90 days, grace 10")
    await expect(card).to_contain_text("Primary case manager: Alice")


async def backed_up(carol: Person) -> None:
    """carol herself is the backup."""
    await carol.press("Change")
    await carol.choose("Backup", "car", "Carol, Director")
    await carol.press("Save")
    await expect(carol.dialog("Clients")).to_contain_text("Backup: Carol")


async def the_assigned_one_opens_a_form(stage: Play, browser: Browser, who: Newcomer) -> None:
    """alice finds her client and writes about them."""
    async with at_the_page(browser, stage, ALICE) as alice, pictured(alice, "roster-alice") as album:
        await alice.command("/note call")
        await alice.choose("Client", who.last[:6], who.label)
        await expect(alice.field("Goals")).to_be_attached()
        await expect(alice.dialog("Collateral contact")).to_contain_text(f"ID {who.agency_id}")
        await album.keep("form")
    assert stage.count(FormRow) == 1


async def another_team_finds_nobody(stage: Play, browser: Browser, who: Newcomer) -> None:
    """dan does not, by name or by ID."""
    async with at_the_page(browser, stage, DAN) as dan, pictured(dan, "roster-dan") as album:
        await dan.command("/note call")
        for query in (who.last[:6], who.agency_id):
            await dan.tab_to(dan.field("Client"))
            await dan.keys("<Control+a>", query)
            await expect(dan.page.locator(".listbox:visible:not(.waiting)")).to_be_visible()
            await expect(dan.page.get_by_role("option")).to_have_count(0)
            await album.keep("nobody")
            await dan.keys("<Escape>")
        await dan.leave()
