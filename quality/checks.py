"""Checks that need more than phrases, of one text at a time: lengths, capitals, abbreviations, numbers, names.

Here: one function for each `check` that rules.toml names; the numbers and the words come from there. CHECKS are asked of any text.
Checks of a note as a whole are in whole.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from quality.names import Search
from quality.reading import Reading, Spot
from quality.rules import Rule
from quality.words import Text, is_word

Check = Callable[[Reading, Rule], Iterable[Spot]]

SHORTEST, LONGEST = 2, 6
SHOUTED_SHARE: Final = 0.6
# Each is a fixed number of steps for each character: no part of them repeats without a bound.
SOCIAL: Final = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
CARD: Final = re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])")


def long_sentences(reading: Reading, rule: Rule) -> Iterator[Spot]:
    """Sentences of more words than `words`."""
    for name, text in _fields(reading, rule):
        for first, after in text.sentences():
            if sum(1 for at in range(first, after) if is_word(text.words[at])) > rule.limits["words"]:
                yield reading.spot(name, first, after)


def long_fields(reading: Reading, rule: Rule) -> Iterator[Spot]:
    """Fields of more characters than `characters`."""
    for name, text in _fields(reading, rule):
        if len(text.given) > rule.limits["characters"]:
            yield Spot(name)


def hard_reading(reading: Reading, rule: Rule) -> Iterator[Spot]:
    """Fields above the school grade `grade`, where there are at least `words` words to judge by.

    Source: the Automated Readability Index (Senter and Smith, AMRL-TR-66-220, 1967), which counts letters and needs no syllables.
    """
    for name, text in _fields(reading, rule):
        words = [word for word in text.words if is_word(word)]
        if len(words) >= rule.limits["words"] and grade(text) > rule.limits["grade"]:
            yield Spot(name)


def grade(text: Text) -> float:
    """The school grade by the Automated Readability Index; 0 for an empty text."""
    words = [word for word in text.words if is_word(word)]
    spoken = [1 for first, after in text.sentences() if any(is_word(text.words[at]) for at in range(first, after))]
    if not words:
        return 0.0
    return 4.71 * sum(map(len, words)) / len(words) + 0.5 * len(words) / len(spoken) - 21.43


def shouting(reading: Reading, rule: Rule) -> Iterator[Spot]:
    """A field with `words` words in capitals or more, or two exclamation marks together."""
    for name, text in _fields(reading, rule):
        loud = [at for at, raw in enumerate(text.raw) if _is_capitals(raw) and raw not in reading.glossary]
        loud = [at for at in loud if at not in reading.quotes[name]]
        if len(loud) >= rule.limits["words"]:
            yield reading.spot(name, loud[0], loud[-1] + 1)
        marks = [at for at in range(len(text.raw) - 1) if text.raw[at] == text.raw[at + 1] == "!"]
        if marks and marks[0] not in reading.quotes[name]:
            yield reading.spot(name, marks[0], marks[0] + 2)


def abbreviations(reading: Reading, rule: Rule) -> Iterator[Spot]:
    """Two to six capitals that neither the agency's glossary nor Noted's explains; each once in a field."""
    for name, text in _fields(reading, rule):
        told: set[str] = set()
        for first, after in text.sentences():
            if _is_shouted(text, first, after):
                continue
            for at in range(first, after):
                raw = text.raw[at]
                plain = text.words[at] in reading.lists["emphasis"] | reading.lists["plain_capitals"]
                known = plain or raw in reading.glossary or raw in told
                if _is_capitals(raw) and len(raw) <= LONGEST and not known and at not in reading.quotes[name]:
                    if _is_explained(text, at):
                        continue
                    told.add(raw)
                    yield reading.spot(name, at, at + 1)


def private_numbers(reading: Reading, rule: Rule) -> Iterator[Spot]:
    """Social security numbers and card numbers, by their shape and a card's check digit."""
    for name, text in _fields(reading, rule):
        for found in SOCIAL.finditer(text.given):
            yield Spot(name, found.start(), found.end())
        for found in CARD.finditer(text.given):
            if _is_card(found.group()):
                yield Spot(name, found.start(), found.end())


def other_names(reading: Reading, rule: Rule) -> Iterator[Spot]:
    """Other clients' names. The spot says where, and that its words must not be repeated."""
    around = reading.situation
    if around.others is None:
        return
    calendar = reading.lists["month"] | reading.lists["weekday"]
    names, places = reading.lists["name_words"], reading.lists["places"]
    search = Search(around.others, around.people, around.client.name, names, calendar, places)
    for name, text in _fields(reading, rule):
        for first, after in search.found(text):
            yield Spot(name, text.starts[first], text.ends[after - 1], is_name=True)


def _fields(reading: Reading, rule: Rule) -> Iterator[tuple[str, Text]]:
    return ((name, text) for name, text in reading.texts.items() if name in rule.fields)


def _is_capitals(raw: str) -> bool:
    return len(raw) >= SHORTEST and raw.isalpha() and raw.isascii() and raw.isupper()


def _is_shouted(text: Text, first: int, after: int) -> bool:
    words = [text.raw[at] for at in range(first, after) if text.raw[at].isalpha()]
    return len(words) >= 4 and sum(1 for word in words if word.isupper()) >= SHOUTED_SHARE * len(words)


def _is_explained(text: Text, at: int) -> bool:
    """Whether its long form stands right before it: "Money Follows the Person (MFP)"."""
    if at < 2 or text.words[at - 1] != "(":
        return False
    return text.words[at - 2][0].isalpha() and len(text.words[at - 2]) > LONGEST // 2


def _is_card(digits: str) -> bool:
    """Whether the last digit is right by Luhn's rule."""
    numbers = [int(each) for each in digits if each.isdecimal()][::-1]
    doubled = [sum(divmod(2 * each, 10)) for each in numbers[1::2]]
    return (sum(numbers[0::2]) + sum(doubled)) % 10 == 0


CHECKS: Mapping[str | None, Check] = {
    "long_sentences": long_sentences,
    "long_fields": long_fields,
    "hard_reading": hard_reading,
    "shouting": shouting,
    "abbreviations": abbreviations,
    "private_numbers": private_numbers,
    "other_names": other_names,
}
