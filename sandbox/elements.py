"""The Block Kit elements and composition objects that the stand-in knows, each with its limits. Blocks stand in limits.

Stricter than Slack: an action_id is demanded, option values end at 75 characters, and an element that is not here is refused.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal

from sandbox.grammar import Check, Problems, Rule, Shape, by_type, flag, list_of, matching, one_of, string, whole
from sandbox.shape import JsonObject, as_object, as_objects, as_text, length

MOST_OPTIONS = 100


def plain_text(most: int) -> Check:
    """A plain_text object."""
    return by_type(
        {"plain_text": Shape({"type": one_of("plain_text"), "text": string(most)}, {"emoji": flag})}, {"plain_text"}
    )


def any_text(most: int) -> Check:
    """A plain_text or mrkdwn object."""
    mrkdwn = Shape({"type": one_of("mrkdwn"), "text": string(most)}, {"verbatim": flag})
    return by_type({"plain_text": plain_text(most), "mrkdwn": mrkdwn}, {"plain_text", "mrkdwn"})


def is_number(text: str, *, decimals: bool) -> bool:
    """Whether a text is a number as a number field takes it: digits, no spaces, no exponent."""
    return bool(re.fullmatch(r"-?[0-9]+(\.[0-9]+)?" if decimals else r"-?[0-9]+", text))


def is_date(text: str) -> bool:
    """Whether a text is a day, YYYY-MM-DD."""
    try:
        return len(text) == len("2026-01-01") and bool(dt.date.fromisoformat(text))
    except ValueError:
        return False


def is_time(text: str) -> bool:
    """Whether a text is a time of day, HH:mm."""
    return bool(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text))


def _time(value: object, at: str, problems: Problems) -> None:
    if not is_time(as_text(value)):
        problems.add("must be a time: HH:mm", at)


def _date(value: object, at: str, problems: Problems) -> None:
    if not is_date(as_text(value)):
        problems.add("must be a date: YYYY-MM-DD", at)


def choices(element: JsonObject) -> list[JsonObject]:
    """Every option that an element or an answer to a search offers, those in groups too."""
    groups = as_objects(element.get("option_groups"))
    return as_objects(element.get("options")) + [one for group in groups for one in as_objects(group.get("options"))]


def _distinct_values(options: Sequence[JsonObject], at: str, problems: Problems) -> None:
    seen: set[str] = set()
    for option in options:
        value = as_text(option.get("value"))
        if value in seen:
            problems.add(f"option value stands twice: {value}", at)
        seen.add(value)


def _options_or_groups(element: JsonObject, at: str, problems: Problems) -> None:
    if ("options" in element) == ("option_groups" in element):
        problems.add("must have either options or option_groups", at)


def _initial_among(element: JsonObject, at: str, problems: Problems) -> None:
    offered = choices(element)
    _distinct_values(offered, at, problems)
    if "initial_option" in element and as_object(element["initial_option"]) not in offered:
        problems.add("must be one of the options", f"{at}/initial_option")
    for index, option in enumerate(as_objects(element.get("initial_options"))):
        if option not in offered:
            problems.add("must be one of the options", f"{at}/initial_options/{index}")


def _initial_count(element: JsonObject, at: str, problems: Problems) -> None:
    initial = as_objects(element.get("initial_options"))
    _distinct_values(initial, f"{at}/initial_options", problems)
    most = element.get("max_selected_items")
    if isinstance(most, int) and len(initial) > most:
        problems.add("more than max_selected_items", f"{at}/initial_options")


def _text_lengths(element: JsonObject, at: str, problems: Problems) -> None:
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if not isinstance(least, int) or not isinstance(most, int):
        return
    if least > most:
        problems.add("min_length is more than max_length", at)
    initial = element.get("initial_value")
    if isinstance(initial, str) and not least <= length(initial) <= most:
        problems.add("must be as long as min_length and max_length say", f"{at}/initial_value")


def _number_range(element: JsonObject, at: str, problems: Problems) -> None:
    decimals = element.get("is_decimal_allowed") is True
    numbers: dict[str, Decimal] = {}
    for name in ("min_value", "initial_value", "max_value"):
        text = element.get(name)
        if text is None:
            continue
        if not isinstance(text, str) or not is_number(text, decimals=decimals):
            problems.add("must be a number, as a string", f"{at}/{name}")
        else:
            numbers[name] = Decimal(text)
    if list(numbers.values()) != sorted(numbers.values()):
        problems.add("min_value, initial_value and max_value must rise", at)


ACTION_ID = string(255)
CONFIRM = Shape(
    {"title": plain_text(100), "text": any_text(300), "confirm": plain_text(30), "deny": plain_text(30)},
    {"style": one_of("primary", "danger")},
)
_DISPATCH = Shape(
    {"trigger_actions_on": list_of(one_of("on_enter_pressed", "on_character_entered"), 2)},
)
_VALUE = string(75)
OPTION = Shape({"text": plain_text(75), "value": _VALUE}, {"description": plain_text(75)})
_TICK_OPTION = Shape({"text": any_text(75), "value": _VALUE}, {"description": any_text(75)})
_MENU_OPTION = Shape(
    {"text": plain_text(75), "value": _VALUE},
    {"description": plain_text(75), "url": matching(r"https?://\S+", "a URL")},
)
GROUP = Shape({"label": plain_text(75), "options": list_of(OPTION, MOST_OPTIONS)})


def _element(name: str, required: dict[str, Check], optional: dict[str, Check], *rules: Rule) -> Shape:
    return Shape({"type": one_of(name), "action_id": ACTION_ID, **required}, optional, rules)


_FOCUS: dict[str, Check] = {"focus_on_load": flag}
_FIELD: dict[str, Check] = {**_FOCUS, "placeholder": plain_text(150)}
_PICK: dict[str, Check] = {**_FIELD, "confirm": CONFIRM}
_STATIC: dict[str, Check] = {
    **_PICK,
    "options": list_of(OPTION, MOST_OPTIONS),
    "option_groups": list_of(GROUP, MOST_OPTIONS),
}
_EXTERNAL: dict[str, Check] = {**_PICK, "min_query_length": whole(0, 300)}
_ONE: dict[str, Check] = {"initial_option": OPTION}
_MANY: dict[str, Check] = {
    "initial_options": list_of(OPTION, MOST_OPTIONS),
    "max_selected_items": whole(1, MOST_OPTIONS),
}
_TICKS: dict[str, Check] = {"options": list_of(_TICK_OPTION, 10)}
_CONVERSATIONS = Shape(
    {},
    {
        "include": list_of(one_of("im", "mpim", "private", "public"), 4),
        "exclude_bot_users": flag,
        "exclude_external_shared_channels": flag,
    },
)

ELEMENTS: dict[str, Shape] = {
    "plain_text_input": _element(
        "plain_text_input",
        {},
        {
            **_FIELD,
            "initial_value": string(3000),
            "multiline": flag,
            "min_length": whole(0, 3000),
            "max_length": whole(1, 3000),
            "dispatch_action_config": _DISPATCH,
        },
        _text_lengths,
    ),
    "number_input": _element(
        "number_input",
        {"is_decimal_allowed": flag},
        {
            **_FIELD,
            "initial_value": string(100),
            "min_value": string(100),
            "max_value": string(100),
            "dispatch_action_config": _DISPATCH,
        },
        _number_range,
    ),
    "static_select": _element("static_select", {}, {**_STATIC, **_ONE}, _options_or_groups, _initial_among),
    "multi_static_select": _element(
        "multi_static_select", {}, {**_STATIC, **_MANY}, _options_or_groups, _initial_among, _initial_count
    ),
    "external_select": _element("external_select", {}, {**_EXTERNAL, **_ONE}),
    "multi_external_select": _element("multi_external_select", {}, {**_EXTERNAL, **_MANY}, _initial_count),
    "users_select": _element("users_select", {}, {**_PICK, "initial_user": matching(r"[UW][A-Z0-9]+", "a user id")}),
    "conversations_select": _element(
        "conversations_select",
        {},
        {**_PICK, "initial_conversation": matching(r"[CGD][A-Z0-9]+", "a conversation id"), "filter": _CONVERSATIONS},
    ),
    "datepicker": _element("datepicker", {}, {**_PICK, "initial_date": _date}),
    "timepicker": _element(
        "timepicker",
        {},
        {**_PICK, "initial_time": _time, "timezone": string(100)},
    ),
    "datetimepicker": _element(
        "datetimepicker",
        {},
        {**_FOCUS, "confirm": CONFIRM, "initial_date_time": whole(1_000_000_000, 9_999_999_999)},
    ),
    "checkboxes": _element(
        "checkboxes",
        _TICKS,
        {**_FOCUS, "confirm": CONFIRM, "initial_options": list_of(_TICK_OPTION, 10)},
        _initial_among,
        _initial_count,
    ),
    "radio_buttons": _element(
        "radio_buttons", _TICKS, {**_FOCUS, "confirm": CONFIRM, "initial_option": _TICK_OPTION}, _initial_among
    ),
    "button": _element(
        "button",
        {"text": plain_text(75)},
        {
            "value": string(2000),
            "url": string(3000),
            "style": one_of("primary", "danger"),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
        },
    ),
    "overflow": _element("overflow", {"options": list_of(_MENU_OPTION, 5)}, {"confirm": CONFIRM}, _initial_among),
}

EXTERNAL = frozenset({"external_select", "multi_external_select"})
SINGLE = frozenset({"static_select", "external_select", "radio_buttons"})
MULTIPLE = frozenset({"multi_static_select", "multi_external_select", "checkboxes"})
IN_INPUT = frozenset(ELEMENTS) - {"button", "overflow"}
IN_SECTION = frozenset(ELEMENTS) - {"plain_text_input", "number_input", "datetimepicker"}
IN_ACTIONS = frozenset(ELEMENTS) - {"plain_text_input", "number_input", "multi_static_select", "multi_external_select"}


def check_suggestions(answer: JsonObject) -> list[str]:
    """What is wrong with an app's answer to a search: options or option_groups, and their limits."""
    problems = Problems()
    most = list_of(OPTION, MOST_OPTIONS, least=0)
    groups = list_of(GROUP, MOST_OPTIONS, least=0)
    Shape({}, {"options": most, "option_groups": groups}, (_options_or_groups,))(answer, "", problems)
    if not problems.messages:
        _distinct_values(choices(answer), "", problems)
    return problems.messages
