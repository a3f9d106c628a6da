"""Slack's limits on blocks, views and messages. Elements stand in elements; what a person may type stands in state.

Source: docs.slack.dev, reference/block-kit and reference/views; where documents disagree, the stricter one.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence

from sandbox.elements import ELEMENTS, EXTERNAL, IN_ACTIONS, IN_INPUT, IN_SECTION, any_text, plain_text
from sandbox.grammar import Check, Problems, Shape, by_type, flag, list_of, one_of, string
from sandbox.shape import JsonObject, as_object, as_objects, as_text, is_object

VIEW_BYTES = 250_000
BLOCKS_OF_A_VIEW = 100
BLOCKS_OF_A_MESSAGE = 50
TEXT_OF_A_MESSAGE = 4_000


def _text_or_fields(block: JsonObject, at: str, problems: Problems) -> None:
    if "text" not in block and "fields" not in block:
        problems.add("must have text or fields", at)


def _block(name: str, required: dict[str, Check], optional: dict[str, Check] | None = None) -> Shape:
    rules = (_text_or_fields,) if name == "section" else ()
    return Shape({"type": one_of(name), **required}, {"block_id": string(255), **(optional or {})}, rules)


BLOCKS: dict[str, Shape] = {
    "section": _block(
        "section",
        {},
        {
            "text": any_text(3000),
            "fields": list_of(any_text(2000), 10),
            "accessory": by_type(ELEMENTS, IN_SECTION),
            "expand": flag,
        },
    ),
    "header": _block("header", {"text": plain_text(150)}),
    "divider": _block("divider", {}),
    "context": _block("context", {"elements": list_of(any_text(2000), 10)}),
    "actions": _block("actions", {"elements": list_of(by_type(ELEMENTS, IN_ACTIONS), 25)}),
    "input": _block(
        "input",
        {"label": plain_text(2000), "element": by_type(ELEMENTS, IN_INPUT)},
        {"hint": plain_text(2000), "optional": flag, "dispatch_action": flag},
    ),
    "alert": _block(
        "alert", {"text": any_text(3000)}, {"level": one_of("default", "info", "warning", "error", "success")}
    ),
}

IN_MODAL = frozenset(BLOCKS)
IN_HOME = frozenset(BLOCKS) - {"alert"}
# Slack takes inputs in messages too; the stand-in does not play them, and Noted asks nothing in a message.
IN_MESSAGE = frozenset(BLOCKS) - {"alert", "input"}


def elements_of(block: Mapping[str, object]) -> list[JsonObject]:
    """The elements of a block that a person can use."""
    kind = block.get("type")
    if kind == "actions":
        return as_objects(block.get("elements"))
    name = {"input": "element", "section": "accessory"}.get(as_text(kind), "")
    return [as_object(block[name])] if is_object(block.get(name)) else []


def with_block_ids(blocks: Sequence[JsonObject]) -> list[JsonObject]:
    """The blocks with an id made up for each that has none, as Slack does."""
    return [{"block_id": secrets.token_urlsafe(4), **block} for block in blocks]


def _distinct_ids(blocks: Sequence[JsonObject], at: str, problems: Problems) -> None:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = as_text(block.get("block_id"))
        if block_id and block_id in seen:
            problems.add(f"`block_id` already exists: {block_id}", f"{at}/{index}/block_id")
        seen.add(block_id)
        actions = [as_text(element.get("action_id")) for element in elements_of(block)]
        for action_id in sorted({action for action in actions if actions.count(action) > 1}):
            problems.add(f"`action_id` already exists in this block: {action_id}", f"{at}/{index}")


def _one_focus(blocks: Sequence[JsonObject], at: str, problems: Problems) -> None:
    focused = [element for block in blocks for element in elements_of(block) if element.get("focus_on_load") is True]
    if len(focused) > 1:
        problems.add("focus_on_load may stand once in a view", at)


def _submit_with_inputs(view: JsonObject, at: str, problems: Problems) -> None:
    if "submit" not in view and any(block.get("type") == "input" for block in as_objects(view.get("blocks"))):
        problems.add("missing required field: submit (the view has an input block)", at)


def _blocks_fit_together(view: JsonObject, at: str, problems: Problems) -> None:
    blocks = as_objects(view.get("blocks"))
    _distinct_ids(blocks, f"{at}/blocks", problems)
    _one_focus(blocks, f"{at}/blocks", problems)


def _small_enough(view: JsonObject, at: str, problems: Problems) -> None:
    if too_large(view):
        problems.add(f"must be less than {VIEW_BYTES + 1} bytes", at)


_ANY_VIEW: dict[str, Check] = {
    "private_metadata": string(3000, least=0),
    "callback_id": string(255),
    "external_id": string(255),
}
_VIEWS: dict[str, Check] = {
    "modal": Shape(
        {
            "type": one_of("modal"),
            "title": plain_text(24),
            "blocks": list_of(by_type(BLOCKS, IN_MODAL), BLOCKS_OF_A_VIEW),
        },
        {
            **_ANY_VIEW,
            "submit": plain_text(24),
            "close": plain_text(24),
            "clear_on_close": flag,
            "notify_on_close": flag,
        },
        (_submit_with_inputs, _blocks_fit_together, _small_enough),
    ),
    "home": Shape(
        {"type": one_of("home"), "blocks": list_of(by_type(BLOCKS, IN_HOME), BLOCKS_OF_A_VIEW)},
        _ANY_VIEW,
        (_blocks_fit_together, _small_enough),
    ),
}
_VIEW = by_type(_VIEWS, _VIEWS)
_MESSAGE = list_of(by_type(BLOCKS, IN_MESSAGE), BLOCKS_OF_A_MESSAGE, least=0)


def too_large(view: Mapping[str, object]) -> bool:
    """Whether a view is over 250 kB as JSON, the one limit with an error name of its own."""
    return len(json.dumps(view, ensure_ascii=False).encode("utf-8", "surrogatepass")) > VIEW_BYTES


def check_view(view: Mapping[str, object]) -> list[str]:
    """What is wrong with a modal or a home, in Slack's words with JSON pointers; empty when nothing is."""
    problems = Problems()
    _VIEW(view, "/view", problems)
    return problems.messages


def check_message(blocks: Sequence[object]) -> list[str]:
    """What is wrong with the blocks of a message, in Slack's words with JSON pointers; empty when nothing is."""
    problems = Problems()
    _MESSAGE(blocks, "/blocks", problems)
    found = as_objects(blocks)
    _distinct_ids(found, "/blocks", problems)
    for index, block in enumerate(found):
        # Slack allows them; a message cannot carry the view that Noted's search asks for.
        if any(element.get("type") in EXTERNAL for element in elements_of(block)):
            problems.add("the stand-in has no search in messages", f"/blocks/{index}")
    return problems.messages
