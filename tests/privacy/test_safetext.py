"""SafeText: literals and a closed set of parts; everything else is refused before it is text."""

from __future__ import annotations

import enum
from functools import partial
from typing import Any

import pytest

from privacy.phi import Phi, PhiLeakError
from privacy.safetext import Mention, Ref, SafeText, Word, join, plural, safe


class Kind(Word):
    CALL = "call"
    BOTH = "calls & visits <all>"


class Level(enum.IntEnum):
    HIGH = 3


CAROL = Mention("U0CAR0L")
ANY: Any = safe
ANY_PLURAL: Any = plural


def test_a_template_is_filled_with_its_parts() -> None:
    text = safe("{who}: {n} {kind} at {h:02d}:{m:02d}", who=CAROL, n=1200, kind=Kind.CALL, h=9, m=5)
    assert text.text == "<@U0CAR0L>: 1200 call at 09:05"
    assert text.plain == text.text


def test_mrkdwn_is_escaped_and_plain_text_is_not() -> None:
    text = safe("Follow-ups & goals <now> {{x}}: {kind}", kind=Kind.BOTH)
    assert text.text == "Follow-ups &amp; goals &lt;now&gt; {x}: calls &amp; visits &lt;all&gt;"
    assert text.plain == "Follow-ups & goals <now> {x}: calls & visits <all>"


def test_text_inside_text_is_escaped_once() -> None:
    assert safe("({inner})", inner=safe("a & b")).text == "(a &amp; b)"


@pytest.mark.parametrize(
    "part",
    [
        "Amber Quince",
        Phi("Amber Quince"),
        Phi(3),
        True,
        None,
        2.5,
        b"Amber",
        ["Amber"],
        Level.HIGH,
        Ref("7F3KQ2"),
        ValueError("Amber"),
        Word,
    ],
    ids=lambda part: type(part).__name__,
)
@pytest.mark.parametrize("template", ["{part}", "{part:02d}"])
def test_a_part_of_another_type_is_refused_without_being_shown(template: str, part: object) -> None:
    for attempt in (ANY, partial(ANY_PLURAL, 2, "one")):
        with pytest.raises(PhiLeakError) as refusal:
            attempt(template, part=part)
        assert "Amber" not in str(refusal.value)


@pytest.mark.parametrize(
    ("template", "parts"),
    [
        ("{n}", {}),
        ("no field", {"n": 1}),
        ("{n}", {"n": 1, "m": 1}),
        ("{}", {"n": 1}),
        ("{0}", {"n": 1}),
        ("{n.real}", {"n": 1}),
        ("{n[0]}", {"n": 1}),
        ("{n!r}", {"n": 1}),
        ("{n:>9}", {"n": 1}),
        ("{n:c}", {"n": 1}),
        ("{n:099d}", {"n": 1}),
        ("{n:{m}d}", {"n": 1, "m": 2}),
        ("{who:02d}", {"who": CAROL}),
        ("{kind:02d}", {"kind": Kind.CALL}),
        ("{text:02d}", {"text": safe("x")}),
        ("{n", {"n": 1}),
        ("n}", {"n": 1}),
    ],
)
def test_a_template_that_does_not_fit_is_refused(template: str, parts: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the standard library words some of them
        ANY(template, **parts)


@pytest.mark.parametrize("template", [Phi("{n}"), 7, None, b"{n}"])
def test_a_template_is_text(template: object) -> None:
    with pytest.raises(PhiLeakError):
        ANY(template, n=1)


def test_one_is_singular_and_all_else_is_plural() -> None:
    texts = [plural(n, "One contact has no note.", "{n} contacts have no note.").text for n in (0, 1, 2)]
    assert texts == ["0 contacts have no note.", "One contact has no note.", "2 contacts have no note."]


def test_both_forms_are_checked_whichever_is_used() -> None:
    assert plural(1, "{n} note of {who}", "{n} notes", who=CAROL).text == "1 note of <@U0CAR0L>"
    with pytest.raises(ValueError, match="same"):
        plural(1, "one", "{n} of {who}")
    with pytest.raises(ValueError, match="same"):
        plural(2, "one", "{n}", who=CAROL)


@pytest.mark.parametrize("n", [True, "3", Phi(3), 2.0, None])
def test_a_number_is_a_number(n: object) -> None:
    with pytest.raises(PhiLeakError):
        ANY_PLURAL(n, "one", "many")


def test_texts_are_joined() -> None:
    assert join(" & ", [safe("a"), safe("<")]).text == "a &amp; &lt;"
    assert join(" & ", [safe("a"), safe("<")]).plain == "a & <"
    assert join("\n", []).text == ""


@pytest.mark.parametrize("part", ["Amber", Phi("Amber"), 3, CAROL, None])
def test_only_safe_text_is_joined(part: Any) -> None:
    with pytest.raises(PhiLeakError) as refusal:
        join(", ", [safe("a"), part])
    assert "Amber" not in str(refusal.value)


def test_safe_text_is_not_made_by_hand() -> None:
    with pytest.raises(PhiLeakError):
        SafeText(object(), "Amber Quince", "Amber Quince")


def test_safe_text_does_not_add_up_with_text() -> None:
    text: Any = safe("a")
    for attempt in (lambda: text + "b", lambda: "b" + text, lambda: text + text):
        with pytest.raises(TypeError):
            attempt()


def test_safe_text_cannot_be_changed() -> None:
    text: Any = safe("a")
    with pytest.raises(AttributeError):
        text.text = "Amber Quince"


def test_equal_texts_are_equal() -> None:
    assert safe("{n}", n=1) == safe("1")
    assert len({safe("a"), safe("a"), safe("b")}) == 2
    assert safe("a") != "a"
    assert repr(safe("a")) == "SafeText('a')"


@pytest.mark.parametrize("user", ["U0CAR0L", "W012ABCDEF", "U00"])
def test_a_mention_is_of_a_slack_user(user: str) -> None:
    assert safe("{who}", who=Mention(user)).text == f"<@{user}>"


@pytest.mark.parametrize(
    "user", ["", "U", "U1", "C012345", "u0carol", "U0CAR0L\n", "U0> Amber", "U" + "A" * 21, "!channel"]
)
def test_nothing_else_is_mentioned(user: str) -> None:
    with pytest.raises(ValueError, match="Slack user id"):
        Mention(user)


@pytest.mark.parametrize("value", ["7F3KQ2", "C-7F3KQ2", "0123456789ABCDEFGHJKMNPQRS"])
def test_a_reference_is_crockford(value: str) -> None:
    assert Ref(value).value == value


@pytest.mark.parametrize(
    "value", ["", "7F3KQ", "c-7F3KQ2", "7F3KQI", "7F3KQU", "C7-F3KQ2", "7F3KQ2\n", "A" * 27, "Amber Quince"]
)
def test_nothing_else_is_a_reference(value: str) -> None:
    with pytest.raises(ValueError, match="Crockford"):
        Ref(value)


@pytest.mark.parametrize("value", [Phi("U0CAR0L"), None, 7])
def test_a_wrapped_value_is_neither_mention_nor_reference(value: Any) -> None:
    with pytest.raises(PhiLeakError):
        Mention(value)
    with pytest.raises(PhiLeakError):
        Ref(value)
