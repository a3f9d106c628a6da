"""The page of the stand-in, driven by keyboard in a real Chromium against the real Sandbox and a tiny app."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import aiohttp
import pytest
from playwright.async_api import Browser, Locator, Page, expect
from starlette.applications import Starlette
from starlette.routing import Route

from sandbox.serve import serve
from sandbox.shape import as_object
from sandbox.slack import Sandbox
from tests.sandbox.stage import installation, modal, option, options, section, words
from tests.sandbox.tiny_app import CLIENT, EVERYTHING, FOOD, TinyApp, labelled

pytest_plugins = ("tests.browser",)
pytestmark = [pytest.mark.browser, pytest.mark.anyio]


@pytest.fixture
async def app(anyio_backend: str) -> AsyncGenerator[TinyApp]:
    sandbox = Sandbox(installation())
    async with sandbox.serving(), aiohttp.ClientSession() as http:
        tiny = TinyApp(sandbox, http)
        async with serve(Starlette(routes=[Route("/slack/events", tiny.answer, methods=["POST"])])) as url:
            sandbox.installation.app_url = f"{url}/slack/events"
            yield tiny


@pytest.fixture
async def page(browser: Browser, app: TinyApp) -> AsyncGenerator[Page]:
    context = await browser.new_context(timezone_id="America/New_York", viewport={"width": 1100, "height": 800})
    context.set_default_timeout(5_000)
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    await page.goto(f"{app.sandbox.base_url}/?as=U1")
    await page.wait_for_selector("body[data-ready]")
    yield page
    await context.close()
    assert not wrong


async def type_command(page: Page, text: str) -> None:
    await page.get_by_label("Slash command").fill(text)
    await page.keyboard.press("Enter")


async def open_form(page: Page) -> None:
    await type_command(page, "/note form")
    await expect(page.get_by_role("dialog", name="A form")).to_be_visible()


async def settled(page: Page) -> None:
    await page.wait_for_function("document.body.dataset.pending === '0'")


async def top(thing: Locator) -> float:
    """How far below the upper edge of the window a thing stands."""
    box = await thing.bounding_box()
    assert box is not None
    return box["y"]


async def keys(page: Page, label: str, *presses: str) -> None:
    """Go to a control and use the keyboard only: a word is typed, a name of a key in <> is pressed."""
    await page.get_by_label(label, exact=True).first.focus()
    for press in presses:
        if press.startswith("<"):
            await page.keyboard.press(press[1:-1])
        else:
            await page.keyboard.type(press)


async def choose(page: Page, label: str, query: str, text: str) -> None:
    await keys(page, label, query, *([] if query else ["<ArrowDown>"]))
    await expect(page.get_by_role("option", name=text)).to_be_visible()
    while not await page.locator("[role=option].active", has_text=text).count():
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")


async def fill_everything(page: Page) -> None:
    await choose(page, "Client", "ba", "Banks, Ben")
    await expect(page.get_by_label("Goals")).to_be_visible()
    await keys(page, "Words", "a few")
    await keys(page, "Story", "one", "<Enter>", "two")
    await keys(page, "Minutes", "4")
    await choose(page, "How", "vi", "Video")
    await choose(page, "Food", "", "Pear")
    await choose(page, "Food", "be", "Beet")
    await choose(page, "With whom", "", "Clark, Cy")
    await keys(page, "Day", "11242026")
    await keys(page, "Hour", "0915AM")
    await keys(page, "Ended", "<Tab>", "<Tab>", "<Tab>", "<Tab>", "05")
    await page.get_by_label("Event").press(" ")
    await page.get_by_label("Plan").press(" ")
    await page.get_by_label("Approve").press(" ")
    await page.keyboard.press("ArrowDown")
    await choose(page, "Goals", "", "G2")


async def test_every_value_arrives_in_the_submission(page: Page, app: TinyApp) -> None:
    await open_form(page)
    await fill_everything(page)
    await page.get_by_role("button", name="Sign").press("Enter")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    [values] = app.submitted
    held = {
        block_id: {name: value for name, value in as_object(state).items() if name != "type"}
        for block_id, entry in values.items()
        for state in as_object(entry).values()
        if block_id != "chosen"
    }
    assert held == {
        "client": {"selected_option": option("Banks, Ben")},
        "words": {"value": "a few"},
        "story": {"value": "one\ntwo"},
        "minutes": {"value": "4"},
        "how": {"selected_option": option("Video")},
        "food": {"selected_options": [option("pear", "Pear"), option("beet", "Beet")]},
        "with": {"selected_options": [option("Clark, Cy")]},
        "day": {"selected_date": "2026-11-24"},
        "hour": {"selected_time": "09:15"},
        "ended": {"selected_date_time": 1_795_460_700},
        "also": {"selected_options": options("Event", "Plan")},
        "decision": {"selected_option": option("Return")},
        "extra": {"value": None},
        "goals": {"selected_option": option("G2")},
    }
    await expect(page.get_by_label("Slash command")).to_be_focused()


async def test_what_is_missing_is_said_at_its_field_and_nothing_is_sent(page: Page, app: TinyApp) -> None:
    await open_form(page)
    await keys(page, "Words", "x" * 21)
    await page.get_by_role("button", name="Sign").press("Enter")
    await expect(page.get_by_label("Client")).to_be_focused()
    await expect(page.get_by_label("Client")).to_have_accessible_description("This is required.")
    await expect(page.get_by_label("Client")).to_have_attribute("aria-invalid", "true")
    words_box = page.get_by_label("Words")
    await expect(words_box).to_have_accessible_description("A few. Use at most 20 characters. At most 20 characters.")
    await expect(page.get_by_label("Extra")).not_to_have_attribute("aria-invalid", "true")
    await keys(page, "Words", "<Backspace>")
    await expect(words_box).not_to_have_attribute("aria-invalid", "true")
    assert not app.submitted


async def test_the_apps_errors_stand_under_their_fields_and_nothing_typed_is_lost(page: Page, app: TinyApp) -> None:
    app.form = [words("first"), words("second"), words("third")]
    app.answers = [{"response_action": "errors", "errors": {"third": "Say why.", "second": "Say more."}}]
    await open_form(page)
    for label in ("first", "second", "third"):
        await keys(page, label, f"{label} words")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("second")).to_be_focused()
    await expect(page.get_by_label("second")).to_have_accessible_description("Say more.")
    await expect(page.get_by_label("third")).to_have_accessible_description("Say why.")
    await expect(page.get_by_label("first")).to_have_value("first words")
    await page.get_by_role("button", name="Sign").press("Enter")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert len(app.submitted) == 2


async def test_an_update_leaves_words_focus_and_scroll_where_they_are(page: Page, app: TinyApp) -> None:
    above = [section(f"Line {n}", block_id=f"line-{n}") for n in range(20)]
    below = [section(f"More {n}") for n in range(20)]
    app.form = [*above, words("story", multiline=True), *below]
    await open_form(page)
    await keys(page, "story", "one three", *["<ArrowLeft>"] * 5)
    story = page.get_by_label("story")
    before = await top(story)
    [view] = app.sandbox.person("U1").modals
    update = modal(*above, words("goals"), words("story", multiline=True), *below)
    await app.call("views.update", view_id=view["id"], view=update)
    await expect(page.get_by_label("goals")).to_be_attached()
    await page.keyboard.type("two ")
    await expect(story).to_be_focused()
    await expect(story).to_have_value("one two three")
    # The browser scrolls by whole pixels, so a part of one may be lost.
    assert abs(await top(story) - before) < 1
    update = modal(*above, words("story~1", multiline=True, initial_value="new"), *below)
    await app.call("views.update", view_id=view["id"], view=update)
    await expect(page.get_by_label("story~1")).to_have_value("new")
    await expect(page.get_by_label("story~1")).to_be_focused()


async def test_a_search_waits_for_its_least_length_and_escape_closes_the_list_first(page: Page, app: TinyApp) -> None:
    await open_form(page)
    await keys(page, "Client", "b")
    await expect(page.get_by_role("listbox")).to_have_text("Type at least 2 characters.")
    await page.keyboard.type("a")
    await expect(page.get_by_role("option")).to_have_text(["Baker, Bea", "Banks, Ben"])
    await page.keyboard.type("x")
    await expect(page.get_by_role("listbox")).to_have_text("Nothing found.")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("listbox")).to_have_count(0)
    await expect(page.get_by_label("Client")).to_have_value("")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert not app.pressed


async def test_one_of_many_can_be_taken_back(page: Page, app: TinyApp) -> None:
    app.form = [CLIENT, FOOD]
    await open_form(page)
    for name in ("Apple", "Pear", "Beet"):
        await choose(page, "Food", "", name)
        await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Remove Pear").press("Enter")
    await expect(page.get_by_label("Food")).to_be_focused()
    await page.keyboard.press("Backspace")
    await expect(page.get_by_role("button", name="Remove")).to_have_count(1)
    await expect(page.get_by_label("Food")).to_have_accessible_description("Chosen: Apple.")


async def test_what_is_pressed_or_chosen_outside_inputs_goes_out_at_once(page: Page, app: TinyApp) -> None:
    dispatching = labelled("line", "Line", {"type": "plain_text_input"}, dispatch_action=True)
    app.form = [*EVERYTHING, dispatching]
    await open_form(page)
    await page.get_by_role("button", name="Save draft").press("Enter")
    await page.get_by_role("button", name="More actions").press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await choose(page, "Later", "", "1 hour")
    await keys(page, "Line", "a line", "<Enter>")
    await settled(page)
    known = ("selected_option", "value")
    assert [[action["action_id"], *[action[name] for name in known if name in action]] for action in app.pressed] == [
        ["press"],
        ["more", option("Show")],
        ["later", option("1 hour")],
        ["value", "a line"],
    ]
    await expect(page.get_by_role("dialog")).to_be_visible()


async def test_a_view_on_top_returns_to_what_was_typed_below(page: Page, app: TinyApp) -> None:
    await open_form(page)
    await keys(page, "Words", "below")
    await page.get_by_role("button", name="Change").press("Enter")
    await expect(page.get_by_label("words", exact=True)).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Change")).to_be_focused()
    await expect(page.get_by_label("Words")).to_have_value("below")
    await page.reload()
    await expect(page.get_by_label("Words")).to_have_value("below")


async def test_the_focus_stays_in_the_modal_and_returns_to_its_button(page: Page, app: TinyApp) -> None:
    opener = page.get_by_role("button", name="Write")
    await opener.press("Enter")
    await expect(page.get_by_label("words", exact=True)).to_be_focused()
    stops: list[object] = []
    for _ in range(5):
        await page.keyboard.press("Tab")
        stops.append(await page.evaluate("document.activeElement.textContent"))
    assert stops == ["Cancel", "Sign", "×", "", "Cancel"]
    await page.keyboard.press("Escape")
    await expect(opener).to_be_focused()


async def test_words_of_the_app_are_never_markup(page: Page, app: TinyApp) -> None:
    await open_form(page)
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Bold and <b>not bold</b> for @bob")
    await expect(dialog.locator("b")).to_have_count(0)
    await expect(dialog.locator("strong")).to_have_text("Bold")
    await expect(dialog.locator("blockquote")).to_have_text("quoted")


async def test_an_app_that_fails_is_said_to_be_trouble(page: Page, app: TinyApp) -> None:
    app.form = [words()]
    app.answers = [{"response_action": "nonsense"}]
    await open_form(page)
    await keys(page, "words", "kept", "<Enter>")
    await expect(page.get_by_role("alert")).to_have_text("We had some trouble connecting. Try again?")
    await expect(page.get_by_label("words", exact=True)).to_have_value("kept")


async def test_the_message_box_takes_slash_commands_only(page: Page, app: TinyApp) -> None:
    await type_command(page, "hello")
    await expect(page.get_by_role("alert")).to_have_text("Only slash commands work here. Type / to see them.")
    await page.get_by_label("Slash command").fill("/")
    await expect(page.get_by_role("listbox").get_by_role("option")).to_have_text("/note [call]Write")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Slash command")).to_have_value("/note ")
    await page.keyboard.type("say")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("ephemeral")).to_contain_text("Only visible to youOnly for you.")
    await expect(page.get_by_role("status")).to_contain_text("Only visible to you: Only for you.")
    await type_command(page, "/note fail")
    await expect(page.get_by_test_id("error")).to_contain_text("/note failed with the error")
    await page.get_by_role("button", name="Shortcuts").press("Enter")
    await page.get_by_role("menuitem", name="Log a call").press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()


async def test_a_new_message_is_announced_and_counted_for_its_reader_only(page: Page, app: TinyApp) -> None:
    await app.call("chat.postMessage", channel="U1", text="3 contacts have no note yet.")
    await expect(page.get_by_role("status")).to_contain_text("Noted: 3 contacts have no note yet.")
    await page.get_by_role("button", name="Noted 1 new").wait_for()
    await page.get_by_role("tab", name="Home").press("ArrowRight")
    await expect(page.get_by_role("tabpanel")).to_contain_text("3 contacts have no note yet.")
    await page.get_by_label("You are").select_option(label="Bob Made Up")
    await expect(page.get_by_text("No messages yet.").filter(visible=True)).to_be_visible()
    await expect(page.get_by_role("tabpanel")).not_to_contain_text("3 contacts")


UNNAMED = """() => {
  const controls = [...document.querySelectorAll("button, input, select, textarea, a, [role]")];
  const named = (node) => node.ariaLabel || node.labels?.length || node.textContent.trim() || node.ariaLabelledByElements?.length;
  const roles = ["presentation", "list", "status", "alert"];
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  const pointers = ["aria-labelledby", "aria-describedby", "aria-controls", "aria-activedescendant", "for"];
  const broken = pointers.flatMap((name) => [...document.querySelectorAll(`[${name}]`)]
    .flatMap((node) => node.getAttribute(name).split(" ")).filter((id) => !document.getElementById(id)));
  return [
    ...controls.filter((node) => !roles.includes(node.role) && !named(node)).map((node) => node.outerHTML),
    ...ids.filter((id, at) => ids.indexOf(id) !== at),
    ...broken,
  ];
}"""


async def test_every_control_has_a_name_and_a_phone_shows_it_whole(page: Page, app: TinyApp) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    assert await page.evaluate(UNNAMED) == []
    await open_form(page)
    await choose(page, "Food", "", "Pear")
    assert await page.evaluate(UNNAMED) == []
    wide = "[...document.querySelectorAll('body, .scroll, .listbox')].filter((box) => box.scrollWidth > innerWidth)"
    assert await page.evaluate(f"{wide}.length") == 0
    await expect(page.get_by_role("button", name="Sign")).to_be_in_viewport(ratio=1)


async def test_people_and_channels_are_chosen_from_those_of_the_workspace(page: Page, app: TinyApp) -> None:
    app.form = [
        labelled("person", "Who", {"type": "users_select"}),
        labelled("channel", "Where", {"type": "conversations_select", "initial_conversation": "C2"}),
    ]
    await open_form(page)
    await expect(page.get_by_label("Where")).to_have_value("#elsewhere")
    for label, name in (("Who", "Bob Made Up"), ("Where", "#team-one")):
        await page.get_by_label(label).click()
        await page.get_by_role("option", name=name).click()
    await page.get_by_role("button", name="Sign").click()
    await settled(page)
    [values] = app.submitted
    assert as_object(values["person"])["value"] == {"type": "users_select", "selected_user": "U2"}
    assert as_object(values["channel"])["value"] == {"type": "conversations_select", "selected_conversation": "C1"}
