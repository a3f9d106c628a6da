"""Block Kit as typed dicts, and short factories for what we use. The factories keep to Slack's lengths.

Source: Slack's Block Kit reference; the limits are checked again, whole, by the tests.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NotRequired, TypeAlias, TypedDict

from privacy.safetext import Ref, SafeText

OPTION_LONGEST = 75
BUTTON_LONGEST = 75

# Controls that turn or hide text: they could make a list show another name than the one that is stored.
BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Text(TypedDict):
    """A text object."""

    type: Literal["plain_text", "mrkdwn"]
    text: str
    emoji: NotRequired[bool]


class Option(TypedDict):
    """One choice of a select, a radio group or a group of checkboxes."""

    text: Text
    value: str
    description: NotRequired[Text]


class OptionGroup(TypedDict):
    """Choices under a heading."""

    label: Text
    options: list[Option]


class Confirm(TypedDict):
    """What is asked before a button does anything."""

    title: Text
    text: Text
    confirm: Text
    deny: Text


class ConversationFilter(TypedDict):
    """Which conversations a select offers."""

    include: list[Literal["im", "mpim", "private", "public"]]
    exclude_external_shared_channels: bool
    exclude_bot_users: bool


class Element(TypedDict, total=False):
    """An interactive element. Which keys belong to which type is checked by the tests."""

    type: str
    action_id: str
    placeholder: Text
    initial_value: str
    multiline: bool
    max_length: int
    is_decimal_allowed: bool
    min_value: str
    max_value: str
    options: list[Option]
    option_groups: list[OptionGroup]
    initial_option: Option
    initial_options: list[Option]
    initial_date: str
    initial_date_time: int
    initial_user: str
    initial_conversation: str
    filter: ConversationFilter
    min_query_length: int
    max_selected_items: int
    text: Text
    value: str
    style: Literal["primary", "danger"]
    confirm: Confirm


class Block(TypedDict, total=False):
    """A layout block."""

    type: str
    block_id: str
    text: Text
    label: Text
    hint: Text
    element: Element
    elements: list[Element | Text]
    accessory: Element
    dispatch_action: bool
    optional: bool


class View(TypedDict, total=False):
    """A modal or App Home."""

    type: Literal["modal", "home"]
    callback_id: str
    title: Text
    submit: Text
    close: Text
    private_metadata: str
    notify_on_close: bool
    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class PrivateView:
    """A modal, drawn after access was checked and audited. The only thing that may carry client data to Slack."""

    view: View = field(repr=False)


Options: TypeAlias = list[Option] | list[OptionGroup]


@dataclass(frozen=True, slots=True)
class PrivateOptions:
    """The answer to a search in a form: choices, or choices under headings."""

    options: Sequence[Option] = field(default=(), repr=False)
    groups: Sequence[OptionGroup] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class SafeBlocks:
    """Blocks made of SafeText alone, and the notification text that goes with them."""

    text: SafeText
    blocks: tuple[Block, ...] = field(repr=False)


def plain(text: str) -> Text:
    """Plain text, shown letter by letter."""
    return {"type": "plain_text", "text": text, "emoji": False}


def one_line(text: str, longest: int = OPTION_LONGEST) -> str:
    """Words from outside as one list entry: no line breaks, no turning controls, cut with … at the limit.

    Marks beyond a few on one letter are left out, because they would cover the neighbouring entries.
    """
    kept: list[str] = []
    marks = 0
    for letter in " ".join(text.split()):
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if letter not in BIDI_CONTROLS and marks <= 4 and unicodedata.category(letter) != "Cc":
            kept.append(letter)
    shown = "".join(kept)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def option(text: str, value: str) -> Option:
    """One choice."""
    return {"text": plain(one_line(text) or "–"), "value": value}


def group(label: str, options: list[Option]) -> OptionGroup:
    """Choices under a heading."""
    return {"label": plain(one_line(label) or "–"), "options": options}


def button(text: str, action_id: str, value: Ref | None = None, *, primary: bool = False) -> Element:
    """A button; its value is a reference or nothing."""
    element: Element = {"type": "button", "action_id": action_id, "text": plain(one_line(text, BUTTON_LONGEST))}
    if value is not None:
        element["value"] = value.value
    if primary:
        element["style"] = "primary"
    return element


def menu(text: str, action_id: str, options: Sequence[Option]) -> Element:
    """A button that offers a few choices, each of them a closed word."""
    return {"type": "static_select", "action_id": action_id, "placeholder": plain(text), "options": list(options)}


def asking(element: Element, title: str, text: str, *, yes: str, no: str) -> Element:
    """The same button, which asks before it does anything."""
    element["confirm"] = {"title": plain(title), "text": plain(text), "confirm": plain(yes), "deny": plain(no)}
    return element


def overflow(action_id: str, *options: Option) -> Element:
    """A menu behind three dots. Its options are closed words; the block in which it stands says what they are about."""
    return {"type": "overflow", "action_id": action_id, "options": list(options)}


def actions(block_id: str, *buttons: Element) -> Block:
    """A row of buttons."""
    return {"type": "actions", "block_id": block_id, "elements": list(buttons)}


def context(block_id: str, text: str) -> Block:
    """A small grey line of plain text."""
    return {"type": "context", "block_id": block_id, "elements": [plain(text)]}


def header(block_id: str, text: str) -> Block:
    """A heading."""
    return {"type": "header", "block_id": block_id, "text": plain(text)}


def section(block_id: str, text: str, accessory: Element | None = None) -> Block:
    """A paragraph of plain text, perhaps with one element beside it."""
    block: Block = {"type": "section", "block_id": block_id, "text": plain(text)}
    if accessory is not None:
        block["accessory"] = accessory
    return block


def safe_section(block_id: str, text: SafeText, accessory: Element | None = None) -> Block:
    """A paragraph of safe text for messages and App Home."""
    block: Block = {"type": "section", "block_id": block_id, "text": {"type": "mrkdwn", "text": text.text}}
    if accessory is not None:
        block["accessory"] = accessory
    return block


def safe_context(block_id: str, text: SafeText) -> Block:
    """A small grey line of safe text."""
    return {"type": "context", "block_id": block_id, "elements": [{"type": "mrkdwn", "text": text.text}]}


def modal(
    callback_id: str, title: str, blocks: list[Block], *, submit: str = "", close: str = "Close", nonce: str = ""
) -> PrivateView:
    """A modal. `nonce` alone stands in its metadata; one that has a nonce tells the app when it is closed."""
    view: View = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title),
        "close": plain(close),
        "blocks": blocks,
    }
    if submit:
        view["submit"] = plain(submit)
    if nonce:
        view["private_metadata"] = nonce
        view["notify_on_close"] = True
    return PrivateView(view)
