"""What a person has filled in: from initial values, over redraws, to what Slack's client lets through.

Shape: values is Slack's `view.state.values`: {block_id: {action_id: {"type": …, field: …}}}.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sandbox.elements import EXTERNAL, MULTIPLE, SINGLE, choices, is_date, is_number, is_time
from sandbox.limits import elements_of
from sandbox.shape import JsonObject, as_list, as_object, as_objects, as_text, is_list, is_object, length

Values = dict[str, JsonObject]
Offered = Mapping[tuple[str, str], Sequence[JsonObject]]

_HOLDS = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    **dict.fromkeys(SINGLE, ("selected_option", "initial_option")),
    **dict.fromkeys(MULTIPLE, ("selected_options", "initial_options")),
}
_IDS = {"users_select": r"[UW][A-Z0-9]+", "conversations_select": r"[CGD][A-Z0-9]+"}
COMPLETE_THIS = "Please complete this required field."


class RefusedError(ValueError):
    """Slack's client would not have sent this.

    Shape: errors is {block_id: sentence} where a field is to blame, else empty.
    """

    def __init__(self, sentence: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.errors = dict(errors or {})


@dataclass(frozen=True)
class Field:
    """An element that holds a value, where it stands."""

    block: JsonObject
    element: JsonObject

    @property
    def block_id(self) -> str:
        """The block's id."""
        return as_text(self.block.get("block_id"))

    @property
    def action_id(self) -> str:
        """The element's id."""
        return as_text(self.element.get("action_id"))

    @property
    def kind(self) -> str:
        """The element's type."""
        return as_text(self.element.get("type"))

    @property
    def holds(self) -> str:
        """The name under which the value stands in the state."""
        return _HOLDS[self.kind][0]

    def initial(self) -> JsonObject:
        """The value before anyone touches it."""
        empty: object = [] if self.kind in MULTIPLE else None
        return {"type": self.kind, self.holds: self.element.get(_HOLDS[self.kind][1], empty)}


def fields(view: Mapping[str, object]) -> list[Field]:
    """Every element of a view that holds a value."""
    found = [Field(block, element) for block in as_objects(view.get("blocks")) for element in elements_of(block)]
    return [field for field in found if field.kind in _HOLDS]


def initial_values(view: Mapping[str, object]) -> Values:
    """What stands in a view when it opens."""
    values: Values = {}
    for field in fields(view):
        values.setdefault(field.block_id, {})[field.action_id] = field.initial()
    return values


def carried(old: Mapping[str, JsonObject], view: Mapping[str, object], offered: Offered) -> Values:
    """What stands in a view after it was redrawn: a value stays only where block_id, action_id and type are the same.

    A chosen option that the redrawn view no longer offers is gone too.
    """
    values = initial_values(view)
    for field in fields(view):
        kept = as_object(old.get(field.block_id, {}).get(field.action_id))
        # Slack never asks again whether a searched option is still offered.
        fits = field.kind in EXTERNAL or not _impossible(field, kept, offered)
        if kept.get("type") == field.kind and fits:
            values[field.block_id][field.action_id] = kept
    return values


def merged(view: Mapping[str, object], known: Values, given: Mapping[str, object], offered: Offered) -> Values:
    """What stands in a view once the given state is laid over the known one.

    Shape: each block of `given` is either Slack's own {action_id: {"type": …, field: …}} or, for a block with one
    field, the plain value: text, number, day, an option's value, or a list of those.
    Errors: RefusedError for what no client can send: unknown block or action, option not offered, text too long.
    """
    by_id = {(field.block_id, field.action_id): field for field in fields(view)}
    values = {block_id: dict(held) for block_id, held in known.items()}
    for block_id, entry in given.items():
        here = [field for field in by_id.values() if field.block_id == block_id]
        if not here:
            raise RefusedError(f"This view has no field in a block {block_id!r}.")
        for action_id, value in spelled_out(here, entry, offered).items():
            field = by_id.get((block_id, action_id))
            if field is None:
                raise RefusedError(f"Block {block_id!r} has no field {action_id!r}.")
            problem = _impossible(field, value, offered)
            if problem:
                raise RefusedError(f"{block_id}: {problem}", {block_id: problem})
            # An empty box is null, as from Slack's client.
            held = None if value.get(field.holds) == "" else value.get(field.holds)
            values[block_id][action_id] = {"type": field.kind, field.holds: held}
    return values


def searched(view: Mapping[str, object], values: Mapping[str, JsonObject]) -> dict[tuple[str, str], list[JsonObject]]:
    """The options that stand in a view's external selects."""
    found: dict[tuple[str, str], list[JsonObject]] = {}
    for field in fields(view):
        held = as_object(values.get(field.block_id, {}).get(field.action_id)).get(field.holds)
        if field.kind in EXTERNAL:
            found[field.block_id, field.action_id] = as_objects(held if is_list(held) else [held])
    return found


def spelled_out(here: Sequence[Field], entry: object, offered: Offered) -> dict[str, JsonObject]:
    """What was given for one block as {action_id: state}."""
    if is_object(entry) and all(is_object(value) and "type" in value for value in entry.values()):
        return {action_id: as_object(value) for action_id, value in entry.items()}
    if len(here) != 1:
        raise RefusedError("A plain value needs a block with one field.")
    return {here[0].action_id: plain(here[0], entry, offered)}


def plain(field: Field, value: object, offered: Offered) -> JsonObject:
    """A plain Python value as the state of a field."""
    return {"type": field.kind, field.holds: _converted(field, value, offered)}


def _converted(field: Field, value: object, offered: Offered) -> object:
    if field.kind in SINGLE:
        return None if value is None else _option(field, value, offered)
    if field.kind in MULTIPLE:
        return [_option(field, one, offered) for one in (as_list(value) if is_list(value) else [])]
    if field.kind == "number_input" and isinstance(value, (int, float)):
        return str(value)
    return value


def _option(field: Field, value: object, offered: Offered) -> JsonObject:
    if is_object(value):
        return as_object(value)
    for option in _offers(field, offered):
        if option.get("value") == value:
            return option
    raise RefusedError(f"{field.block_id}: no option {value!r} is offered.", {field.block_id: "No such option."})


def _offers(field: Field, offered: Offered) -> list[JsonObject]:
    if field.kind not in EXTERNAL:
        return choices(field.element)
    return list(offered.get((field.block_id, field.action_id), ()))


def _impossible(field: Field, state: Mapping[str, object], offered: Offered) -> str:
    """Why a client could not hold this value, or nothing."""
    value = state.get(field.holds)
    if state.get("type", field.kind) != field.kind:
        return f"This is a {field.kind}."
    if value is None and field.kind not in MULTIPLE:
        return ""
    if field.kind in SINGLE:
        return "" if value in _offers(field, offered) else "This option was not offered."
    if field.kind in MULTIPLE:
        return _impossible_options(field, value, offered)
    return _impossible_plain(field, value)


def _impossible_options(field: Field, value: object, offered: Offered) -> str:
    if not is_list(value):
        return "This takes a list of options."
    chosen, most = as_list(value), field.element.get("max_selected_items")
    offers = _offers(field, offered)
    if any(option not in offers for option in chosen):
        return "This option was not offered."
    if any(chosen.count(option) > 1 for option in chosen):
        return "An option was chosen twice."
    return f"No more than {most} can be chosen." if isinstance(most, int) and len(chosen) > most else ""


def _impossible_plain(field: Field, value: object) -> str:
    if field.kind == "datetimepicker":
        whole = isinstance(value, int) and not isinstance(value, bool)
        return "" if whole else "This takes a moment, as whole seconds."
    if not isinstance(value, str):
        return "This takes a text."
    if field.kind == "datepicker":
        return "" if is_date(value) else "This takes a day, YYYY-MM-DD."
    if field.kind in _IDS:
        return "" if re.fullmatch(_IDS[field.kind], value) else "This takes an id."
    if field.kind == "timepicker":
        return "" if is_time(value) else "This takes a time, HH:mm."
    if field.kind == "plain_text_input":
        return _impossible_text(field, value)
    return ""


def _impossible_text(field: Field, value: str) -> str:
    most = field.element.get("max_length", 3000)
    if isinstance(most, int) and length(value) > most:
        return f"No more than {most} characters fit."
    if "\n" in value and field.element.get("multiline") is not True:
        return "This is a single line."
    return ""


def unfinished(view: Mapping[str, object], values: Mapping[str, JsonObject]) -> dict[str, str]:
    """What Slack's client asks to be put right before it sends a submit: {block_id: sentence}."""
    errors: dict[str, str] = {}
    for field in fields(view):
        if field.block.get("type") != "input":
            continue
        value = as_object(values.get(field.block_id, {}).get(field.action_id)).get(field.holds)
        sentence = _unfinished(field, value)
        if sentence:
            errors[field.block_id] = sentence
    return errors


def _unfinished(field: Field, value: object) -> str:
    if value is None or value in ("", []):
        return "" if field.block.get("optional") is True else COMPLETE_THIS
    least = field.element.get("min_length", 0)
    if isinstance(value, str) and isinstance(least, int) and length(value) < least:
        return f"This field needs at least {least} characters."
    return _unfit_number(field, as_text(value)) if field.kind == "number_input" else ""


def _unfit_number(field: Field, value: str) -> str:
    decimals = field.element.get("is_decimal_allowed") is True
    if not is_number(value, decimals=decimals):
        return "Please enter a number." if decimals else "Please enter a whole number."
    least, most = field.element.get("min_value"), field.element.get("max_value")
    if isinstance(least, str) and Decimal(value) < Decimal(least):
        return f"Please enter {least} or more."
    if isinstance(most, str) and Decimal(value) > Decimal(most):
        return f"Please enter {most} or less."
    return ""
