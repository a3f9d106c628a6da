"""What Slack's client lets a person fill in, and what of it survives a redraw."""

from __future__ import annotations

import pytest

from sandbox.shape import JsonObject
from sandbox.state import COMPLETE_THIS, RefusedError, carried, initial_values, merged, unfinished
from tests.sandbox.stage import actions, asks, button, modal, option, options, section, words

PICK: JsonObject = {"type": "static_select", "options": options("a", "b")}
MANY: JsonObject = {"type": "multi_static_select", "options": options("a", "b", "c"), "max_selected_items": 2}
NUMBER: JsonObject = {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "720"}


def filled(view: JsonObject, **given: object) -> dict[str, JsonObject]:
    return merged(view, initial_values(view), given, {})


def test_initial_values_stand_in_the_state() -> None:
    view = modal(words(initial_value="x"), asks("pick", {**PICK, "initial_option": option("b")}), asks("many", MANY))
    assert initial_values(view) == {
        "words": {"value": {"type": "plain_text_input", "value": "x"}},
        "pick": {"value": {"type": "static_select", "selected_option": option("b")}},
        "many": {"value": {"type": "multi_static_select", "selected_options": []}},
    }


def test_buttons_and_menus_hold_nothing() -> None:
    menu: JsonObject = {"type": "overflow", "action_id": "more", "options": options("a")}
    assert initial_values(modal(actions(button()), section(accessory=menu))) == {}


def test_plain_values_become_slacks_own() -> None:
    view = modal(words(), asks("pick", PICK), asks("many", MANY), asks("minutes", NUMBER))
    values = filled(view, words="typed", pick="a", many=["a", "c"], minutes=4)
    assert values["words"]["value"] == {"type": "plain_text_input", "value": "typed"}
    assert values["pick"]["value"] == {"type": "static_select", "selected_option": option("a")}
    assert values["many"]["value"] == {"type": "multi_static_select", "selected_options": options("a", "c")}
    assert values["minutes"]["value"] == {"type": "number_input", "value": "4"}
    own = {"value": {"type": "plain_text_input", "value": "typed"}}
    assert filled(view, words=own)["words"] == own


def test_an_emptied_text_is_null() -> None:
    assert filled(modal(words(initial_value="x")), words="")["words"]["value"] == {
        "type": "plain_text_input",
        "value": None,
    }


@pytest.mark.parametrize(
    ("block", "value", "why"),
    [
        (words(max_length=5), "123456", "No more than 5"),
        (words(), "two\nlines", "single line"),
        (words(), 7, "takes a text"),
        (asks("words", PICK), "z", "no option"),
        (asks("words", PICK), option("z"), "not offered"),
        (asks("words", MANY), ["a", "b", "c"], "No more than 2"),
        (asks("words", MANY), ["a", "a"], "twice"),
        (asks("words", {"type": "external_select"}), option("z"), "not offered"),
        (asks("words", {"type": "datepicker"}), "23.11.2026", "takes a day"),
        (asks("words", {"type": "timepicker"}), "9:30", "takes a time"),
        (asks("words", {"type": "datetimepicker"}), "now", "takes a moment"),
        (words(), {"value": {"type": "number_input", "value": "1"}}, "This is a plain_text_input"),
        (words(), {"other": {"type": "plain_text_input", "value": "1"}}, "has no field 'other'"),
    ],
)
def test_what_no_client_can_hold_is_refused(block: JsonObject, value: object, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        filled(modal(block), words=value)


def test_a_block_that_is_not_there_is_refused() -> None:
    with pytest.raises(RefusedError, match="no field in a block 'other'"):
        filled(modal(words()), other="x")


def test_an_option_that_a_search_offered_can_be_chosen() -> None:
    view = modal(asks("client", {"type": "external_select"}))
    values = merged(view, initial_values(view), {"client": "c1"}, {("client", "value"): [option("c1")]})
    assert values["client"]["value"]["selected_option"] == option("c1")  # type: ignore[index]  # a JSON object


@pytest.mark.parametrize(
    ("block", "value", "sentence"),
    [
        (words(), None, COMPLETE_THIS),
        (asks("words", MANY), [], COMPLETE_THIS),
        (asks("words", PICK), None, COMPLETE_THIS),
        (words(min_length=3), "ab", "This field needs at least 3 characters."),
        (asks("words", NUMBER), "x", "Please enter a whole number."),
        (asks("words", NUMBER), "1_0", "Please enter a whole number."),
        (asks("words", NUMBER), " 4", "Please enter a whole number."),
        (asks("words", NUMBER), "1.5", "Please enter a whole number."),
        (asks("words", NUMBER), "0", "Please enter 1 or more."),
        (asks("words", NUMBER), "721", "Please enter 720 or less."),
    ],
)
def test_what_must_be_put_right_before_a_submit(block: JsonObject, value: object, sentence: str) -> None:
    view = modal(block)
    assert unfinished(view, filled(view, words=value)) == {"words": sentence}
    assert not unfinished(modal({**block, "optional": True}), {}) or value is not None


def test_input_survives_a_redraw_only_where_both_ids_stay() -> None:
    old = modal(words("same"), words("block"), asks("action", {"type": "plain_text_input", "action_id": "old"}))
    typed = filled(old, same="1", block="2", action="3")
    fresh = modal(
        words("same", initial_value="new"),
        words("block~2", initial_value="new"),
        asks("action", {"type": "plain_text_input", "action_id": "fresh", "initial_value": "new"}),
    )
    kept = carried(typed, fresh, {})
    assert kept["same"]["value"] == {"type": "plain_text_input", "value": "1"}
    assert kept["block~2"]["value"] == {"type": "plain_text_input", "value": "new"}
    assert kept["action"]["fresh"] == {"type": "plain_text_input", "value": "new"}
    assert "block" not in kept


def test_an_option_that_a_redraw_takes_away_is_gone() -> None:
    typed = filled(modal(asks("pick", PICK)), pick="b")
    kept = carried(typed, modal(asks("pick", {"type": "static_select", "options": options("a")})), {})
    assert kept["pick"]["value"] == {"type": "static_select", "selected_option": None}


def test_a_field_of_another_type_begins_anew() -> None:
    kept = carried(filled(modal(words()), words="4"), modal(asks("words", NUMBER)), {})
    assert kept["words"]["value"] == {"type": "number_input", "value": None}


def test_people_and_channels_are_held_by_their_ids() -> None:
    person: JsonObject = {"type": "users_select", "initial_user": "U1"}
    view = modal(asks("person", person), asks("channel", {"type": "conversations_select"}))
    assert initial_values(view) == {
        "person": {"value": {"type": "users_select", "selected_user": "U1"}},
        "channel": {"value": {"type": "conversations_select", "selected_conversation": None}},
    }
    values = filled(view, person="U2", channel="C1")
    assert values["channel"]["value"] == {"type": "conversations_select", "selected_conversation": "C1"}
    with pytest.raises(RefusedError, match="takes an id"):
        filled(view, person="bob")
