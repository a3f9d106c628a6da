"""Where a rule keeps silent, and where alone it speaks: a rule's guards, compiled.

Here: the five kinds of places. Not here: the words in them, which are data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from quality.phrases import Lists, Phrase, parse
from quality.rules import Guard
from quality.words import Text

NEAR: Final = 6
BACK: Final = 12
Place = tuple[int, int]
Seen = dict[tuple[int, int], bool]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A guard with its phrases parsed."""

    over: tuple[Phrase, ...]
    before: tuple[Phrase, ...]
    after: tuple[Phrase, ...]
    near: tuple[Phrase, ...]
    sentence: tuple[Phrase, ...]

    @classmethod
    def of(cls, guard: Guard, lists: Lists) -> Compiled:
        """The guard as its rule wrote it, compiled."""
        groups = (guard.over, guard.before, guard.after, guard.near, guard.sentence)
        return cls(*(tuple(parse(each, lists, beside=True) for each in group) for group in groups))

    @property
    def is_empty(self) -> bool:
        """Whether it names no place at all."""
        return not (self.over or self.before or self.after or self.near or self.sentence)

    def holds(self, text: Text, place: Place, seen: Seen) -> bool:
        """Whether the words at this place stand where the guard says.

        `seen` keeps what each sentence holds, so that a long one with many findings is searched once, not once for each.
        """
        first, after = place
        earlier = range(max(0, first - BACK), first)
        return (
            any(max(each.ends(text, at), default=0) >= after for each in self.over for at in (*earlier, first))
            or any(first in each.ends(text, at) for each in self.before for at in earlier)
            or any(each.ends(text, after) for each in self.after)
            or any(each.ends(text, at) for each in self.near for at in _around(text, place))
            or (bool(self.sentence) and self._in_sentence(text, first, seen))
        )

    def _in_sentence(self, text: Text, first: int, seen: Seen) -> bool:
        key = (id(self), text.sentence[first])
        if key not in seen:
            seen[key] = any(each.ends(text, at) for at in _sentence(text, first) for each in self.sentence)
        return seen[key]


def _same(text: Text, one: int, other: int) -> bool:
    return text.sentence[one] == text.sentence[other]


def _around(text: Text, place: Place) -> Iterator[int]:
    first, after = place
    for at in (*range(max(0, first - NEAR), first), *range(after, min(len(text.words), after + NEAR))):
        if _same(text, first, at):
            yield at


def _sentence(text: Text, at: int) -> Iterator[int]:
    """The tokens of this token's sentence."""
    first = at
    while first and _same(text, first - 1, at):
        first -= 1
    while first < len(text.words) and _same(text, first, at):
        yield first
        first += 1
