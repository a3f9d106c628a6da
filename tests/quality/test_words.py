"""A text is cut into words, sentences and quotations, whatever stands in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.quotes import quoted
from quality.words import Text


def skipped(text: str) -> str:
    """The words that stand in a quotation which the rules leave alone."""
    cut = Text.of(text)
    return " ".join(cut.raw[at] for at in sorted(quoted(cut)))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two! Three?", 3),
        ("Mr. May called Dr. Nuts. He was out.", 2),
        ("It was 3.5 miles, at 2:30 p.m. on 4 May.", 1),
        ("Ana B. Rivera signed. She left.", 2),
        ("One\nTwo", 2),
        ("", 0),
        (" \t ", 0),
    ],
)
def test_sentences_end_where_they_end(text: str, count: int) -> None:
    assert len(list(Text.of(text).sentences())) == count


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('He said, "I am not going back there."', "I am not going back there ."),
        ("He said, “I am not going back there.”", "I am not going back there ."),
        ("She told me 'I want my own bed' and smiled.", "I want my own bed"),
        ('He said, "no way" and left.', "no way"),
        ('"Got it," she said.', "Got it ,"),
        ('Staff called him "lazy" again.', ""),
        ('His mother says that he is "lazy".', ""),
        ('The "crazy" neighbor was out.', ""),
        ("The boys' room and the girls' room are clean.", ""),
        ("He is 5'6\" and walks a mile to the store each day", ""),
        ('An open "quotation that never ends', ""),
        ('One line "that opens\nand another that closes" it', ""),
    ],
)
def test_a_quoted_sentence_and_the_clients_words_are_skipped_and_a_label_is_not(text: str, words: str) -> None:
    assert skipped(text) == words


@given(st.text(max_size=300))
def test_every_place_is_a_place_of_the_text(text: str) -> None:
    cut = Text.of(text)
    assert [text[start:end] for start, end in zip(cut.starts, cut.ends, strict=True)] == list(cut.raw)
    assert len(cut.words) == len(cut.sentence) == len(cut.raw)
    assert all(cut.words)
    assert all(0 <= at < len(cut.words) for at in quoted(cut))


def test_a_name_has_capitals_that_no_sentence_asked_for() -> None:
    text = Text.of("Rich High met Mr. May. Clean Slate called: Fine.")
    assert [text.raw[at] for at in range(len(text.words)) if text.is_name(at, at + 1)] == ["High", "Mr", "May", "Slate"]
