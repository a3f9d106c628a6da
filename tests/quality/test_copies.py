"""Near copies: the thresholds of Q69, the last ten notes, the last 90 days, and words that are nobody's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.copies import likeness, near_copies, runs
from quality.engine import Checker
from quality.findings import Kind
from quality.note import Earlier, Note
from quality.reading import Situation
from quality.rules import Policy, book

LIMITS = next(rule.limits for rule in book().rule if rule.id == "Q69")
WORDS = [f"word{number}" for number in range(200)]


def earlier(text: str, *, same: bool = True, days: int = 30, ref: str = "N-1") -> Earlier:
    """One earlier note."""
    return Earlier(ref=ref, same_client=same, days_ago=days, texts={"done": text})


def copies(text: str, *notes: Earlier, template: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Which earlier notes the text is like."""
    return near_copies({"done": text}, notes, template, LIMITS)


def sharing(shared: int, own: int) -> tuple[str, str]:
    """Two texts with this many runs of five in common, and as many more each of their own."""
    common, left = WORDS[: shared + 4], WORDS[100 : 100 + own]
    return " ".join([*left, *common]), " ".join([*WORDS[150 : 150 + own], *common])


def test_the_likeness_of_two_texts_is_the_share_of_runs_that_both_have() -> None:
    one, other = sharing(60, 20)
    assert likeness(runs(one), runs(other)) == 60 / 100


@pytest.mark.parametrize(
    ("shared", "own", "same", "copied"),
    [(60, 20, True, True), (60, 21, True, False), (50, 25, False, True), (50, 26, False, False), (50, 25, True, False)],
)
def test_the_thresholds_are_those_of_the_rule(shared: int, own: int, *, same: bool, copied: bool) -> None:
    one, other = sharing(shared, own)
    assert bool(copies(one, earlier(other, same=same))) is copied


def test_case_marks_and_line_breaks_hide_no_copy() -> None:
    text = " ".join(WORDS[:40])
    assert copies(text.upper().replace(" ", ",\n"), earlier(text)) == ("N-1",)


def test_the_clients_last_ten_notes_count_and_the_authors_last_90_days() -> None:
    text, other = " ".join(WORDS[:40]), " ".join(WORDS[100:140])
    ten = [earlier(other, ref=f"N-{number}") for number in range(10)]
    assert not copies(text, *ten, earlier(text, ref="N-old"))
    assert copies(text, *ten[1:], earlier(text, ref="N-old")) == ("N-old",)
    assert copies(text, earlier(text, same=False, days=90)) == ("N-1",)
    assert not copies(text, earlier(text, same=False, days=91))


def test_a_templates_words_are_nobodys() -> None:
    form = " ".join(WORDS[:60])
    one, other = f"{form} {' '.join(WORDS[100:110])}", f"{form} {' '.join(WORDS[150:160])}"
    assert copies(one, earlier(other))
    assert not copies(one, earlier(other), template=(form,))


def test_the_same_150_characters_at_the_beginning_are_enough() -> None:
    opening = " ".join(WORDS[:40])[:150]
    one, other = f"{opening} {' '.join(WORDS[60:120])}", f"{opening} {' '.join(WORDS[130:200])}"
    assert copies(one, earlier(other)) == ("N-1",)
    assert not copies(one[1:], earlier(other))


def test_a_few_words_are_no_copy() -> None:
    assert not copies("Called Ana about the lease today.", earlier("Called Ana about the lease today."))


def test_the_likest_note_is_named_by_its_reference(checker: Checker) -> None:
    text = " ".join(WORDS[:60])
    notes = (earlier(f"{text} more words of its own here", ref="N-1"), earlier(text, ref="N-2"))
    [finding] = [each for each in checker.note(Note(done=text), Situation(earlier=notes)) if each.rule == "Q69"]
    assert (finding.earlier, finding.kind, finding.found) == ("N-2", Kind.FIT, "")
    silent = Checker(Policy(template=(text,)))
    assert not [each for each in silent.note(Note(done=text), Situation(earlier=notes)) if each.rule == "Q69"]


@given(st.lists(st.sampled_from(WORDS[:12]), max_size=60), st.lists(st.sampled_from(WORDS[:12]), max_size=60))
def test_likeness_is_symmetric_and_between_nothing_and_all(one: list[str], other: list[str]) -> None:
    first, second = runs(" ".join(one)), runs(" ".join(other))
    assert likeness(first, second) == likeness(second, first)
    assert 0 <= likeness(first, second) <= 1
    assert not first or likeness(first, first) == 1
