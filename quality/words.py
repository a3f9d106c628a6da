"""A text as the rules see it: words, marks, sentences, and what stands in quotes.

Here: cutting a text up, once and in linear time. Not here: any rule. What is cut up may be about a client, so a Text shows nothing.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

# One pass, one choice for each character: a letter or digit goes on with its word, a mark stands alone.
# A joint (apostrophe, point or colon between digits, combining accent) belongs to a word only with a letter or digit after it.
TOKEN = re.compile(
    r"[^\W_](?:[^\W_]|[\u0300-\u036f]|['’](?=[^\W_])|(?<=[0-9])[.,:](?=[0-9]))*|[^\w\s]|_|\n",
)
ENDS = frozenset(".!?\n")
PAUSES = frozenset(";")
OPENERS = frozenset("([{:-–—•*\"“'‘>/|")
TITLES = frozenset({"mr", "mrs", "ms", "mx", "dr", "st", "prof", "rev", "miss", "judge", "officer", "nurse", "sgt"})
SHORTENED = TITLES | {"jr", "sr", "vs", "etc", "approx", "appt", "dept", "apt", "ave", "no", "inc", "e.g", "i.e"}


@dataclass(frozen=True, slots=True)
class Text:
    """One field's text, cut into words and marks; positions count characters of the text as it was given."""

    raw: Sequence[str] = field(repr=False)
    words: Sequence[str] = field(repr=False)
    starts: Sequence[int] = field(repr=False)
    ends: Sequence[int] = field(repr=False)
    sentence: Sequence[int] = field(repr=False)
    given: str = field(repr=False)

    @classmethod
    def of(cls, given: str) -> Text:
        """The text, cut up. Words are in lower case, without accents, with straight apostrophes."""
        found = list(TOKEN.finditer(given))
        raw = [each.group() for each in found]
        words = [fold(each) for each in raw]
        return cls(
            raw,
            words,
            [each.start() for each in found],
            [each.end() for each in found],
            list(_numbered(raw, words)),
            given,
        )

    def sentences(self) -> Iterator[tuple[int, int]]:
        """Each sentence as its first token and the one after its last."""
        first = 0
        for at in range(1, len(self.sentence) + 1):
            if at == len(self.sentence) or self.sentence[at] != self.sentence[first]:
                yield first, at
                first = at

    def opens(self, at: int) -> bool:
        """Whether a capital at this token says nothing: it begins a sentence, a quotation or what follows a colon."""
        return at == 0 or self.sentence[at - 1] != self.sentence[at] or self.words[at - 1] in OPENERS

    def closes(self, at: int) -> bool:
        """Whether nothing is said after the token before this one: the sentence, or the text, is over."""
        over = at >= len(self.words) or self.sentence[at] != self.sentence[at - 1]
        return over or self.words[at] in ENDS | PAUSES or self.words[at] in {")", "”", '"'}

    def token_at(self, position: int) -> int:
        """The first token that begins at this character or after it."""
        return bisect_left(self.starts, position)

    def is_name(self, first: int, after: int) -> bool:
        """Whether these tokens read as a name: each word with a capital, and not because a sentence begins there."""
        capital = [is_capitalised(self.raw[at]) for at in range(first, after) if self.words[at][0].isalpha()]
        if not capital or not all(capital):
            return False
        return not self.opens(first) or (len(capital) == 1 and self._after_title(first))

    def _after_title(self, at: int) -> bool:
        back = at - 1 - (at > 0 and self.words[at - 1] == ".")
        return back >= 0 and self.words[back] in TITLES


def fold(word: str) -> str:
    """A word in lower case, without accents and with straight apostrophes."""
    lower = word.lower().replace("’", "'")
    if lower.isascii():
        return lower
    plain = "".join(each for each in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(each))
    return plain or lower


def is_capitalised(word: str) -> bool:
    """Whether a word is written like a name: a capital, then small letters."""
    return len(word) > 1 and word[0].isupper() and not word.isupper()


def is_word(word: str) -> bool:
    """Whether a token is a word or a number, not a mark."""
    return word[0].isalnum()


def _numbered(raw: Sequence[str], words: Sequence[str]) -> Iterator[int]:
    """For each token, the number of its sentence; the mark that ends a sentence belongs to it."""
    number = 0
    for at, word in enumerate(words):
        yield number
        if word in ENDS and not (word == "." and _goes_on(raw, words, at)):
            number += 1


def _goes_on(raw: Sequence[str], words: Sequence[str], at: int) -> bool:
    """Whether the point at this token belongs to a short form, such as Mr. or p.m., and ends nothing."""
    if at == 0 or at + 1 >= len(words) or raw[at + 1] == "\n":
        return False
    before, after = words[at - 1], raw[at + 1]
    if before in SHORTENED:
        return before in TITLES or not after[0].isupper()
    return len(before) == 1 and before.isalpha() and (raw[at - 1].isupper() or not after[0].isupper())
