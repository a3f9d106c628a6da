"""The language of phrases says what its page says, and nothing without a bound."""

from __future__ import annotations

import pytest

from quality.phrases import PhraseError, parse
from quality.words import Text

LISTS = {"family": frozenset({"mother", "aunt"})}


def found(phrase: str, text: str, *, beside: bool = False) -> str | None:
    """The first and longest place of the phrase, or None."""
    made, cut = parse(phrase, LISTS, beside=beside), Text.of(text)
    for at in range(len(cut.words) + 1):
        ends = made.ends(cut, at)
        if ends:
            last = max(ends)
            return text[cut.starts[at] : cut.ends[last - 1]] if last > at else ""
    return None


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("refused|refuses", "Ana refuses it.", "refuses"),
        ("refused", "REFUSED!", "REFUSED"),
        ("refused", "unrefused", None),
        ("the? bus", "Took bus 4", "bus"),
        ("the? bus", "Took the bus", "the bus"),
        ("@family called", "Her aunt called.", "aunt called"),
        ("suicid*", "suicidal words", "suicidal"),
        ("is *ing", "She is walking.", "is walking"),
        ("is *ing", "She is ing.", None),
        ("one ~2 four", "one two three four", "one two three four"),
        ("one ~2 four", "one two three and four", None),
        ("one ~2 four", "one. four", None),
        ("one ~2 four", "one; four", None),
        ("on #", "on 4 May", "on 4"),
        ("^ no", "No. I said no.", "No"),
        ("fine $", "She is fine now, or fine.", "fine"),
        ("=MR", "Mr. May has MR", "MR"),
        ("non-compliant", "non compliant", "non compliant"),
        ("non-compliant", "Non-Compliant", "Non-Compliant"),
        ("w/", "met w/ Ana", "w/"),
        ("to &", "to school, to Oakview", "to Oakview"),
        ("by !#|noon", "by 4, by noon, by Dana", "by Dana"),
        ("resume", "her Résumé", "Résumé"),
        ("don't", "I don’t", "don’t"),
        ("is fine", "is\nfine", None),
    ],
)
def test_a_phrase_means_what_its_page_says(phrase: str, text: str, expected: str | None) -> None:
    assert found(phrase, text) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "^",
        "~3 word",
        "the?",
        "word ~",
        "word ~x",
        "word ~0",
        "word ~99 word",
        "@nobody",
        "a|b-c",
        "x ~1 x ~1 x ~1 x ~1 x",
        "a " * 17,
    ],
)
def test_a_phrase_that_says_nothing_or_too_much_is_refused(wrong: str) -> None:
    with pytest.raises(PhraseError):
        parse(wrong, LISTS)


def test_what_stands_beside_other_words_may_be_an_anchor_or_begin_with_a_gap() -> None:
    assert found("$", "over", beside=True) == ""
    assert found("~1 bus", "the bus", beside=True) == "the bus"
