"""Every limit of Block Kit that the stand-in holds: at the limit it is taken, beyond it is refused, and the pointer says where."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.elements import check_suggestions
from sandbox.limits import check_message, check_view
from sandbox.shape import JsonObject
from tests.sandbox.stage import actions, asks, button, home, modal, option, options, section, words

Made = Callable[[int], JsonObject]


def plain(text: str) -> JsonObject:
    return {"type": "plain_text", "text": text}


def select(**more: object) -> JsonObject:
    return {"type": "static_select", "options": options("a"), **more}


def ticks(kind: str, count: int) -> JsonObject:
    return {"type": kind, "options": [option(str(index)) for index in range(count)]}


def in_section(element: JsonObject) -> JsonObject:
    return section(accessory={"action_id": "use", **element})


def with_option(name: str, length: int) -> JsonObject:
    return asks("pick", select(options=[{**option("a"), name: plain("x" * length)}]))


def asked_with(element: JsonObject) -> JsonObject:
    return modal(asks("field", element))


def confirmed(name: str, length: int) -> JsonObject:
    confirm: JsonObject = {"title": plain("t"), "text": plain("t"), "confirm": plain("y"), "deny": plain("n")}
    return modal(actions(button(confirm={**confirm, name: plain("x" * length)})))


LENGTHS: list[tuple[str, int, Made]] = [
    ("title", 24, lambda n: modal(title=plain("x" * n))),
    ("submit", 24, lambda n: modal(submit=plain("x" * n))),
    ("close", 24, lambda n: modal(close=plain("x" * n))),
    ("private_metadata", 3000, lambda n: modal(private_metadata="x" * n)),
    ("callback_id", 255, lambda n: modal(callback_id="x" * n)),
    ("external_id", 255, lambda n: modal(external_id="x" * n)),
    ("blocks of a view", 100, lambda n: modal(*[section()] * n)),
    ("block_id", 255, lambda n: modal(section(block_id="x" * n))),
    ("action_id", 255, lambda n: modal(actions(button("x" * n)))),
    ("section text", 3000, lambda n: modal(section("x" * n))),
    ("section fields", 10, lambda n: modal({"type": "section", "fields": [plain("x")] * n})),
    ("section field text", 2000, lambda n: modal({"type": "section", "fields": [plain("x" * n)]})),
    ("header", 150, lambda n: modal({"type": "header", "text": plain("x" * n)})),
    ("context elements", 10, lambda n: modal({"type": "context", "elements": [plain("x")] * n})),
    ("alert", 3000, lambda n: modal({"type": "alert", "text": plain("x" * n), "level": "warning"})),
    ("actions elements", 25, lambda n: modal(actions(*[button(str(index)) for index in range(n)]))),
    ("label", 2000, lambda n: modal({**words(), "label": plain("x" * n)})),
    ("hint", 2000, lambda n: modal(asks("a", {"type": "plain_text_input"}, hint=plain("x" * n)))),
    ("placeholder", 150, lambda n: modal(words(placeholder=plain("x" * n)))),
    ("initial_value", 3000, lambda n: modal(words(initial_value="x" * n))),
    ("max_length", 3000, lambda n: modal(words(max_length=n))),
    ("button text", 75, lambda n: modal(actions(button(text=plain("x" * n))))),
    ("button value", 2000, lambda n: modal(actions(button(value="x" * n)))),
    ("button url", 3000, lambda n: modal(actions(button(url="x" * n)))),
    ("options of a select", 100, lambda n: asked_with(ticks("static_select", n))),
    ("options of checkboxes", 10, lambda n: asked_with(ticks("checkboxes", n))),
    ("options of radio buttons", 10, lambda n: asked_with(ticks("radio_buttons", n))),
    ("lines of a menu", 5, lambda n: modal(in_section(ticks("overflow", n)))),
    ("option text", 75, lambda n: modal(with_option("text", n))),
    ("option description", 75, lambda n: modal(with_option("description", n))),
    ("option value", 75, lambda n: asked_with(select(options=[option("x" * n, "text")]))),
    (
        "option groups",
        100,
        lambda n: asked_with(
            {
                "type": "static_select",
                "option_groups": [{"label": plain("g"), "options": options(str(index))} for index in range(n)],
            }
        ),
    ),
    (
        "group label",
        75,
        lambda n: asked_with(
            {"type": "static_select", "option_groups": [{"label": plain("x" * n), "options": options("a")}]}
        ),
    ),
    ("confirm title", 100, lambda n: confirmed("title", n)),
    ("confirm text", 300, lambda n: confirmed("text", n)),
    ("confirm yes", 30, lambda n: confirmed("confirm", n)),
    ("confirm no", 30, lambda n: confirmed("deny", n)),
]


@pytest.mark.parametrize(
    ("limit", "made"), [(limit, made) for _, limit, made in LENGTHS], ids=[n for n, _, _ in LENGTHS]
)
def test_a_limit_is_taken_and_one_more_is_refused(limit: int, made: Made) -> None:
    assert check_view(made(limit)) == []
    assert check_view(made(limit + 1))


WRONG: list[tuple[str, JsonObject, str]] = [
    ("unknown key of a view", modal(colour="red"), "unknown field: colour [json-pointer:/view/colour]"),
    (
        "unknown key of a block",
        modal(section(colour="red")),
        "unknown field: colour [json-pointer:/view/blocks/0/colour]",
    ),
    (
        "unknown key of an element",
        modal(words(size=3)),
        "unknown field: size [json-pointer:/view/blocks/0/element/size]",
    ),
    ("unknown block", modal({"type": "markdown"}), "unsupported type: markdown [json-pointer:/view/blocks/0/type]"),
    ("unknown element", asked_with({"type": "file_input"}), "unsupported type: file_input"),
    ("unknown view", {"type": "dialog"}, "unsupported type: dialog [json-pointer:/view/type]"),
    ("no title", {"type": "modal", "blocks": [section()]}, "missing required field: title [json-pointer:/view]"),
    ("no blocks", modal(blocks=[]), "no less than 1 items allowed [json-pointer:/view/blocks]"),
    (
        "inputs without submit",
        {k: v for k, v in modal(words()).items() if k != "submit"},
        "missing required field: submit",
    ),
    ("mrkdwn in a title", modal(title={"type": "mrkdwn", "text": "x"}), "unsupported type: mrkdwn"),
    ("an empty text", modal(section("")), "must be more than 0 characters [json-pointer:/view/blocks/0/text/text]"),
    ("a title in a home", {**home(), "title": plain("x")}, "unknown field: title"),
    ("an alert in a home", home({"type": "alert", "text": plain("x")}), "unsupported type: alert"),
    ("no label", modal({"type": "input", "element": {"type": "plain_text_input", "action_id": "a"}}), "field: label"),
    ("a button in an input", asked_with(button()), "unsupported type: button"),
    ("a text box in actions", modal(actions({"type": "plain_text_input", "action_id": "a"})), "unsupported type"),
    ("an element without action_id", modal(actions({"type": "button", "text": plain("x")})), "field: action_id"),
    ("two blocks with one id", modal(words("a"), words("a")), "`block_id` already exists: a"),
    (
        "two elements with one id",
        modal(actions(button("a"), button("a"))),
        "`action_id` already exists in this block: a",
    ),
    ("two with focus", modal(words("a", focus_on_load=True), words("b", focus_on_load=True)), "focus_on_load"),
    ("a section with nothing", modal({"type": "section"}), "must have text or fields"),
    ("a select with nothing", asked_with({"type": "static_select"}), "either options or option_groups"),
    ("no options", asked_with(select(options=[])), "no less than 1 items allowed"),
    (
        "an initial option that is not there",
        asked_with(select(initial_option=option("b"))),
        "must be one of the options",
    ),
    (
        "initial options that are not there",
        asked_with({"type": "checkboxes", "options": options("a"), "initial_options": options("b")}),
        "must be one of the options [json-pointer:/view/blocks/0/element/initial_options/0]",
    ),
    (
        "more initial options than may be chosen",
        asked_with({"type": "multi_external_select", "initial_options": options("a", "b"), "max_selected_items": 1}),
        "more than max_selected_items",
    ),
    ("an option value twice", asked_with(select(options=options("a", "a"))), "option value stands twice: a"),
    ("a day that is none", asked_with({"type": "datepicker", "initial_date": "2026-02-30"}), "must be a date"),
    ("a time that is none", asked_with({"type": "timepicker", "initial_time": "24:00"}), "must be a time"),
    (
        "a moment in milliseconds",
        asked_with({"type": "datetimepicker", "initial_date_time": 1_700_000_000_000}),
        "between",
    ),
    (
        "a number that is none",
        asked_with({"type": "number_input", "is_decimal_allowed": True, "min_value": "x"}),
        "number",
    ),
    (
        "a decimal where none may be",
        asked_with({"type": "number_input", "is_decimal_allowed": False, "initial_value": "1.5"}),
        "must be a number",
    ),
    (
        "a number beyond its limits",
        asked_with({"type": "number_input", "is_decimal_allowed": False, "initial_value": "9", "max_value": "8"}),
        "must rise",
    ),
    ("no word on decimals", asked_with({"type": "number_input"}), "missing required field: is_decimal_allowed"),
    ("a text shorter than its least", modal(words(min_length=5, initial_value="abc")), "as long as min_length"),
    ("least above most", modal(words(min_length=5, max_length=4)), "min_length is more than max_length"),
    ("a style that is none", modal(actions(button(style="loud"))), "must be one of: primary, danger"),
    ("a flag that is none", modal(words(multiline="yes")), "must be a boolean"),
    (
        "a dispatch that is none",
        modal(words(dispatch_action_config={"trigger_actions_on": ["on_blur"]})),
        "must be one of",
    ),
    ("blocks that are no list", modal(blocks="x"), "must be an array"),
    ("a block that is no object", modal(blocks=["x"]), "unsupported type: (none)"),
    ("a value that is no text", asked_with(select(options=[{**option("a"), "value": 7}])), "must be a string"),
    ("too many bytes", modal(*[section("é" * 3000)] * 60), "must be less than 250001 bytes"),
]


@pytest.mark.parametrize(("view", "message"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_what_is_wrong_is_named_with_its_place(view: JsonObject, message: str) -> None:
    assert [found for found in check_view(view) if message in found]
    assert all(found.startswith("[ERROR] ") and found.endswith("]") for found in check_view(view))


def test_every_element_in_use_is_taken() -> None:
    search: JsonObject = {"type": "external_select", "min_query_length": 0, "initial_option": option("c1")}
    grouped = {"label": plain("G1"), "options": options("x", "y")}
    view = modal(
        words(multiline=True, min_length=2, max_length=300, focus_on_load=True),
        asks("client", search, dispatch_action=True),
        asks("people", {"type": "multi_external_select", "max_selected_items": 6, "placeholder": plain("Choose")}),
        asks("goals", {"type": "multi_static_select", "option_groups": [grouped], "initial_options": options("y")}),
        asks("minutes", {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "720"}),
        asks("day", {"type": "datepicker", "initial_date": "2026-11-23"}, optional=True),
        asks("time", {"type": "timepicker", "initial_time": "09:30"}),
        asks("ended", {"type": "datetimepicker", "initial_date_time": 1_795_000_000}),
        asks("record", {**ticks("checkboxes", 3), "initial_options": options("0")}),
        asks("kind", {**ticks("radio_buttons", 2), "initial_option": option("1")}, hint=plain("One")),
        {"type": "header", "text": plain("Header")},
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "*Rivera*"}]},
        {"type": "alert", "text": plain("No names"), "level": "info"},
        in_section(ticks("overflow", 2)),
        actions(button(style="primary", value="1"), {**select(), "action_id": "pick"}),
        notify_on_close=True,
        clear_on_close=False,
        private_metadata="",
    )
    assert check_view(view) == []


def test_length_is_counted_as_slacks_clients_count() -> None:
    assert check_view(modal(title=plain("🙂" * 12))) == []
    assert check_view(modal(title=plain("🙂" * 13)))


def test_a_message_has_fifty_blocks_and_no_inputs() -> None:
    assert check_message([section()] * 50) == []
    assert check_message([section()] * 51) == ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]
    assert check_message([words()])
    assert check_message([{"type": "alert", "text": plain("x")}])
    assert check_message([section(block_id="a"), section(block_id="a")])
    assert check_message([in_section({"type": "external_select"})])
    assert check_message([actions(button())]) == []


def test_an_answer_to_a_search_has_options_or_groups() -> None:
    group = {"label": plain("Recent"), "options": options("a")}
    assert check_suggestions({"options": []}) == []
    assert check_suggestions({"option_groups": [group]}) == []
    assert check_suggestions({})
    assert check_suggestions({"options": [], "option_groups": []})
    assert check_suggestions({"options": [option(str(index)) for index in range(101)]})
    assert check_suggestions({"options": options("a", "a")})
    assert check_suggestions({"option_groups": [group, group]})
    assert check_suggestions({"options": [option("x" * 76, "x")]})
