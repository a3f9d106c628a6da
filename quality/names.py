"""Other clients' names in a text.

A full name is a sign by itself. A first name or a surname alone is one only for clients near at hand (the author's caseload, the
same house), because an agency's whole roster holds nearly every first name there is.

Here: the index and the search, by the words' places only. Not here: whose name it is; nothing that leaves this module says that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from quality.note import Name
from quality.words import TITLES, TOKEN, Text, fold, is_capitalised, is_word

MOST_WORDS: Final = 5
Words = tuple[str, ...]
_C = TypeVar("_C", bound=Words | str)


@dataclass(frozen=True, slots=True, repr=False)
class NameIndex:
    """Other clients' names, ready to be looked up. Make it once for a roster; it shows only how many there are."""

    full: Container[Words]
    turned: Container[Words]
    initial: frozenset[Words]
    begins: Container[str]
    first: frozenset[str]
    last: frozenset[str]
    count: int

    def __repr__(self) -> str:
        return f"NameIndex({self.count})"

    __str__ = __repr__

    @classmethod
    def of(cls, names: Iterable[Name], nearby: Iterable[Name] = ()) -> NameIndex:
        """The index of a roster and, within it, of those near at hand. The client of the note must not be among them."""
        close = list(nearby)
        register = NameRegister()
        for name in (*names, *close):
            register.add(name)
        return register.index(close)


class NameRegister:
    """Every whole name of a roster, one added or taken away at a time, so that thousands are not read again for one that changed."""

    __slots__ = ("_begins", "_count", "_full", "_turned")

    def __init__(self) -> None:
        self._full: Counter[Words] = Counter()
        self._turned: Counter[Words] = Counter()
        self._begins: Counter[str] = Counter()
        self._count = 0

    def __repr__(self) -> str:
        return f"NameRegister({self._count})"

    def add(self, name: Name) -> None:
        """Somebody of this name is there now."""
        for first, last in _pairs(name):
            self._count += 1
            if last:
                self._full[first + last] += 1
                self._turned[last + first] += 1
                self._begins[first[0]] += 1
                self._begins[last[0]] += 1

    def remove(self, name: Name) -> None:
        """One who was added under this name is not there any more; others of the same name are."""
        for first, last in _pairs(name):
            self._count -= 1
            if last:
                _less(self._full, first + last)
                _less(self._turned, last + first)
                _less(self._begins, first[0])
                _less(self._begins, last[0])

    def index(self, nearby: Iterable[Name] = ()) -> NameIndex:
        """The index of everyone who is there and, within it, of those near at hand. It goes on with what is added and removed later.

        The client of the note may be in it if the search is told who that is: their own name is nobody else's.
        """
        close_pairs = [pair for name in nearby for pair in _pairs(name)]
        return NameIndex(
            full=self._full,
            turned=self._turned,
            begins=self._begins,
            initial=frozenset((*first, last[0][0]) for first, last in close_pairs if last),
            first=frozenset(first[0] for first, _ in close_pairs),
            last=frozenset(last[0] for _, last in close_pairs if len(last) == 1),
            count=self._count,
        )


def name_words(name: str) -> Words:
    """A name's words, folded, without marks or a possessive."""
    if name.isascii() and name.isalpha():  # Most names of a roster, and an index reads thousands at once.
        return (name.lower(),)
    return tuple(_bare(fold(word)) for word in TOKEN.findall(name) if is_word(word))


def _less(counted: Counter[_C], each: _C) -> None:
    counted[each] -= 1
    if counted[each] <= 0:
        del counted[each]


def _pairs(name: Name) -> Iterator[tuple[Words, Words]]:
    last = name_words(name.last)
    for first in (name.first, *name.also):
        words = name_words(first)
        if words:
            yield words, last


def _bare(word: str) -> str:
    return word.removesuffix("'s").removesuffix("'")


@dataclass(frozen=True, slots=True)
class _Known:
    """Who may be named: whole names, and the words that they are made of."""

    names: frozenset[Words]
    words: frozenset[str]

    @classmethod
    def of(cls, people: Iterable[str], client: Name | None) -> _Known:
        names = [name_words(each) for each in people]
        words = {word for name in names for word in name}
        if client is not None:
            words.update(word for first, last in _pairs(client) for word in first + last)
            names += [first + last for first, last in _pairs(client)]
        return cls(frozenset(names), frozenset(words))

    def allows(self, words: Words) -> bool:
        """Whether this is someone who may be named, or a part of such a name."""
        return words in self.names or any(set(words) <= set(name) for name in self.names if len(words) <= len(name))


@dataclass(frozen=True, slots=True)
class Search:
    """One search of a text. `ordinary` are words that are names too, such as Will; those of the `calendar` are never a name alone; `places`
    follow a name in a place's.
    """

    index: NameIndex
    people: Sequence[str] = field(repr=False)
    client: Name | None
    ordinary: frozenset[str]
    calendar: frozenset[str]
    places: frozenset[str]

    def found(self, text: Text) -> Iterator[tuple[int, int]]:
        """The tokens of each other client's name, from left to right."""
        known = _Known.of(self.people, self.client)
        at = 0
        while at < len(text.words):
            after = self._whole(text, at, known) or self._alone(text, at, known)
            if after:
                yield at, after
            at = after or at + 1

    def _whole(self, text: Text, at: int, known: _Known) -> int:
        """The end of a whole name that begins here, or 0."""
        if _bare(text.words[at]) not in self.index.begins:
            return 0
        for words, after in _stretches(text, at):
            turned = "," in words
            plain = tuple(word for word in words if word != ",")
            there = plain in (self.index.turned if turned else self.index.full)
            short = not turned and len(plain) > 1 and plain in self.index.initial and text.raw[after - 1].isupper()
            if not (there or short) or self._is_place(text, after):
                continue
            if not self._is_written_as_name(text, at, after) or self._may_be_named(plain, known, turned=turned):
                continue
            return after
        return 0

    def _may_be_named(self, words: Words, known: _Known, *, turned: bool) -> bool:
        if known.allows(words):
            return True
        # "Ana R." is allowed where an Ana whose other name begins with r is.
        *first, letter = words
        short = not turned and len(letter) == 1
        return short and any(set(first) <= set(name) and any(w[0] == letter for w in name) for name in known.names)

    def _is_written_as_name(self, text: Text, at: int, after: int) -> bool:
        words = [place for place in range(at, after) if is_word(text.words[place])]
        if all(text.raw[place][0].isupper() for place in words):
            return True
        small = all(text.raw[place].islower() for place in words)
        return small and not all(_bare(text.words[place]) in self.ordinary for place in words)

    def _alone(self, text: Text, at: int, known: _Known) -> int:
        """The end of a single name of somebody near at hand, or 0."""
        word = _bare(text.words[at])
        titled = _after_title(text, at)
        if word not in (self.index.last if titled else self.index.first | self.index.last):
            return 0
        if not is_capitalised(text.raw[at]) or word in known.words or self._is_place(text, at + 1):
            return 0
        if not titled and (word in self.calendar or (word in self.ordinary and not _acts(text, at))):
            return 0
        neighbours = (at - 1, at + 1) if not titled else (at + 1,)
        return 0 if any(_is_part_of_name(text, each) for each in neighbours) else at + 1

    def _is_place(self, text: Text, after: int) -> bool:
        return after < len(text.words) and text.words[after] in self.places and is_capitalised(text.raw[after])


def _stretches(text: Text, at: int) -> Iterator[tuple[Words, int]]:
    """Words that stand together from here on, longest first, with a comma where one stands; a middle initial may be left out."""
    words: list[str] = []
    made: list[tuple[Words, int]] = []
    place = at
    while place < len(text.words) and text.sentence[place] == text.sentence[at] and len(words) <= MOST_WORDS:
        word = text.words[place]
        if not is_word(word) and word not in {",", "-", "."}:
            break
        if is_word(word):
            words.append(_bare(word))
            made.append((tuple(words), place + 1))
            if len(words) == 3 and "," not in words and len(words[1]) == 1:
                made.append(((words[0], words[2]), place + 1))
        elif word == ",":
            words.append(word)
        place += 1
    return reversed([each for each in made if len(each[0]) > 1])


def _after_title(text: Text, at: int) -> bool:
    back = at - 1 - (at > 0 and text.words[at - 1] == ".")
    return back >= 0 and text.words[back] in TITLES


def _acts(text: Text, at: int) -> bool:
    """Whether an ordinary word is used as a name: with a capital where no sentence begins, and no number after it."""
    followed = at + 1 < len(text.words) and text.words[at + 1][0].isdigit()
    return not text.opens(at) and not followed


def _is_part_of_name(text: Text, at: int) -> bool:
    """Whether the neighbour makes a longer name of it, which is then somebody else's."""
    return 0 <= at < len(text.words) and is_capitalised(text.raw[at]) and not text.opens(at)
