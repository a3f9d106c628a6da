"""The small language in which rules name words, and the matcher for it.

    refused|refuses     one of these words            @family     a word of this list
    the?                this word, or nothing         suicid*     a word that begins so; *ing: that ends so
    ~3                  up to three words between     #           a number
    ^  $                a sentence begins, ends       =MR         exactly these letters
    non-compliant       also "non compliant"          &           a word with a capital
    !@month|noon        any word but these

There is no repetition without a bound, so a phrase costs at each place of a text no more than its own length: an agency's
own rules cannot make a check slow, which no one can promise of regular expressions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from quality.words import PAUSES, TOKEN, Text, fold

LONGEST_GAP: Final = 12
MOST_GAPS: Final = 3
MOST_PARTS: Final = 16
NOWHERE: Final[frozenset[int]] = frozenset()
MEANING = frozenset("|?*@~#^$=&!")

Lists = Mapping[str, frozenset[str]]


class PhraseError(ValueError):
    """A phrase that the language does not know; the message quotes the rule's data, never a note."""


@dataclass(frozen=True, slots=True)
class Part:
    """One place of a phrase: a word to match, a gap, or an anchor."""

    exact: frozenset[str] = frozenset()
    begins: tuple[str, ...] = ()
    finishes: tuple[str, ...] = ()
    cased: frozenset[str] = frozenset()
    number: bool = False
    capital: bool = False
    inverted: bool = False
    optional: bool = False
    gap: int = 0
    anchor: str = ""

    @property
    def must_fit(self) -> bool:
        """Whether a word has to be there for it."""
        return not (self.optional or self.gap or self.anchor)

    @property
    def listed(self) -> frozenset[str] | None:
        """The words that it matches, in small letters; None where they cannot be listed."""
        if self.begins or self.finishes or self.number or self.capital or self.gap or self.inverted:
            return None
        return self.exact | {each.lower() for each in self.cased}

    def fits(self, text: Text, at: int) -> bool:
        """Whether this part matches the token."""
        return self._has(text, at) != self.inverted

    def _has(self, text: Text, at: int) -> bool:
        word = text.words[at]
        return (
            word in self.exact
            or (bool(self.begins) and word.startswith(self.begins))
            or (bool(self.finishes) and word.endswith(self.finishes) and word not in self.finishes)
            or (self.number and word[0].isdigit())
            or (self.capital and text.raw[at][0].isupper())
            or (bool(self.cased) and text.raw[at] in self.cased)
        )


@dataclass(frozen=True, slots=True)
class Phrase:
    """A compiled phrase; `source` is how the rule wrote it."""

    source: str
    parts: tuple[Part, ...] = field(repr=False)
    opening: frozenset[str] | None = field(repr=False)

    def wording(self, text: Text, first: int, after: int) -> str:
        """What to call the words found: themselves, where the phrase lists every one of them, else the phrase as it is written.

        So it is always a wording of the rule's, and never of the note alone.
        """
        closed = all(part.anchor or part.listed is not None for part in self.parts)
        return " ".join(text.words[first:after]) if closed else self.source

    @property
    def begins_with_capital(self) -> frozenset[str] | None:
        """Where only a capital, or one of these words, may stand first: the words; else None."""
        first = self.parts[0]
        if not first.capital or not first.must_fit or first.begins or first.finishes or first.number or first.inverted:
            return None
        return first.exact

    def ends(self, text: Text, start: int) -> frozenset[int]:
        """Every token after which the phrase, begun at `start`, may be over; none where it does not match.

        It never leaves the sentence that it began in. The work is bounded by the phrase, whatever the text.
        """
        if self.opening is not None and (start >= len(text.words) or text.words[start] not in self.opening):
            return NOWHERE
        if self.parts[0].must_fit and (start >= len(text.words) or not self.parts[0].fits(text, start)):
            return NOWHERE
        places = {start}
        for part in self.parts:
            places = _step(part, text, start, places)
            if not places:
                break
        return frozenset(places)


def _step(part: Part, text: Text, start: int, places: set[int]) -> set[int]:
    if part.anchor == "^":
        return {at for at in places if text.opens(at)}
    if part.anchor == "$":
        return {at for at in places if text.closes(at)}
    if part.gap:
        return {at for place in places for at in _reach(text, start, place, part.gap)}
    after = {at + 1 for at in places if _inside(text, start, at) and part.fits(text, at)}
    return after | places if part.optional else after


def _inside(text: Text, start: int, at: int) -> bool:
    return at < len(text.words) and text.sentence[at] == text.sentence[start]


def _reach(text: Text, start: int, place: int, gap: int) -> Iterator[int]:
    yield place
    for at in range(place, place + gap):
        if not _inside(text, start, at) or text.words[at] in PAUSES:
            return
        yield at + 1


def parse(source: str, lists: Lists, *, beside: bool = False) -> Phrase:
    """The phrase as written in the rules. One that says what stands `beside` other words may begin with a gap or be an anchor.

    Errors: PhraseError where it says nothing, or more than the language allows.
    """
    parts = tuple(part for piece in source.split() for part in _parts(piece, lists))
    gaps = sum(1 for part in parts if part.gap)
    if len(parts) > MOST_PARTS or gaps > MOST_GAPS or any(part.gap > LONGEST_GAP for part in parts):
        raise PhraseError(f"The phrase {source!r} is too long.")
    if not beside and (all(part.optional or part.gap or part.anchor for part in parts) or parts[0].gap):
        raise PhraseError(f"The phrase {source!r} has no word to begin with.")
    return Phrase(source, parts, _opening(parts))


def _opening(parts: Sequence[Part]) -> frozenset[str] | None:
    """The words that may stand first, or None where any may."""
    words: frozenset[str] = frozenset()
    for part in (each for each in parts if not each.anchor):
        listed = part.listed
        if listed is None:
            return None
        words |= listed
        if not part.optional:
            return words
    return None


def _parts(piece: str, lists: Lists) -> Iterator[Part]:
    if piece in {"^", "$"}:
        yield Part(anchor=piece)
    elif piece.startswith("~"):
        if not piece[1:].isdecimal() or piece == "~0":
            raise PhraseError(f"{piece!r} is no gap: write ~ and a number.")
        yield Part(gap=int(piece[1:]))
    elif "|" in piece or MEANING & set(piece):
        yield _choice(piece, lists)
    else:
        yield from _joined(piece)


def _joined(piece: str) -> Iterator[Part]:
    """The tokens of a plain word; a hyphen inside one may be left out."""
    for each in TOKEN.findall(piece):
        yield Part(exact=frozenset({fold(each)}), optional=each == "-" and piece != "-")


def _choice(piece: str, lists: Lists) -> Part:
    inverted = piece.startswith("!") and piece != "!"
    optional = piece.endswith("?") and piece != "?"
    exact: set[str] = set()
    cased: set[str] = set()
    begins: list[str] = []
    finishes: list[str] = []
    number = capital = False
    bare = piece.removeprefix("!") if inverted else piece
    for word in (bare.removesuffix("?") if optional else bare).split("|"):
        if word == "#":
            number = True
        elif word == "&":
            capital = True
        elif word.startswith("@"):
            exact |= _listed(word[1:], lists)
        elif word.startswith("="):
            cased.add(word[1:])
        elif word.endswith("*"):
            begins.append(fold(word[:-1]))
        elif word.startswith("*"):
            finishes.append(fold(word[1:]))
        else:
            exact.add(_single(word))
    endings = (tuple(begins), tuple(finishes))
    return Part(frozenset(exact), *endings, frozenset(cased), number, capital, inverted, optional)


def _listed(name: str, lists: Lists) -> frozenset[str]:
    if name not in lists:
        raise PhraseError(f"There is no list of words called {name!r}.")
    return lists[name]


def _single(word: str) -> str:
    tokens: Sequence[str] = TOKEN.findall(word)
    if len(tokens) != 1:
        raise PhraseError(f"{word!r} in a choice is not one word: write a phrase of its own.")
    return fold(tokens[0])
