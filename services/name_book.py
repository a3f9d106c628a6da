"""The names of a workspace's clients in the memory of one process: added, changed, taken away, searched.

Here: the book itself. Not here: the database and who may find whom (directory). A book is never written, copied or shown; it holds
names and IDs and nothing else of a client.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from threading import Lock
from typing import Final, NoReturn, SupportsIndex, TypeAlias

from models.chunks import chunks
from quality.names import NameIndex, NameRegister
from quality.note import Name

# Before the first event of any client, and before any client.
BEGINNING: Final = (-1, uuid.UUID(int=0))
Mark: TypeAlias = tuple[int, uuid.UUID]
# Clients on a page of the book: one who is added or changed costs one page.
PAGE: Final = 1_000
_BLANKS: Final = frozenset("-'’,·()")
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_ASCII: Final = dict.fromkeys(map(ord, _BLANKS), " ")


def folded(text: str) -> str:
    """A name as search compares it: no case, no accents; apostrophes, hyphens and brackets as blanks."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    if plain.isascii():
        return plain.translate(_ASCII)
    # By the letters that occur, not by those of the text: a note has thousands of letters, and few that are not ASCII.
    for letter in {*_BEYOND_ASCII.findall(plain), *_BLANKS}:
        if letter in _BLANKS:
            plain = plain.replace(letter, " ")
        elif unicodedata.combining(letter):
            plain = plain.replace(letter, "")
    return plain


@dataclass(frozen=True, slots=True, repr=False)
class Listed:
    """One client in the book, as the event `seq` left them. Without a line there is nobody to find: the client was shredded.

    Shape: `line` holds a blank before every word, so that a word's beginning is found as a piece of text. `marks` are Python's own
    hashes, other ones in every process, of what two records of one person have in common.
    """

    seq: int
    last: str = ""
    first: str = ""
    also: str = ""
    line: str = ""
    marks: Sequence[int] = ()

    @classmethod
    def under(cls, seq: int, last: str, first: str, also: str, agency_id: str, marks: Sequence[int] = ()) -> Listed:
        """A client with this name, perhaps another first name, this ID, and these marks of one person."""
        words = folded(f"{last} {first} {also} {agency_id}").split()
        return cls(seq, last, first, also, f" {' '.join(words)}", marks)

    @property
    def name(self) -> Name:
        """The name, as the check of a note takes it."""
        return Name(first=self.first, last=self.last, also=(self.also,) if self.also else ())


Line: TypeAlias = tuple[str, uuid.UUID]


@dataclass(frozen=True, slots=True, repr=False)
class _Page:
    """Some clients in the order of their names, as one text of lines: looking through it costs less than through a list."""

    lines: Sequence[Line]
    text: str
    starts: Sequence[int]

    @classmethod
    def of(cls, lines: Sequence[Line]) -> _Page:
        return cls(
            lines,
            "".join(f"{line}\n" for line, _ in lines),
            list(accumulate((len(line) + 1 for line, _ in lines[:-1]), initial=0)),
        )

    def found(self, parts: Sequence[str]) -> Iterator[uuid.UUID]:
        """Those whose line holds all of these, in order."""
        at = self.text.find(parts[0])
        while at >= 0:
            line, client_id = self.lines[bisect_right(self.starts, at) - 1]
            if all(part in line for part in parts[1:]):
                yield client_id
            at = self.text.find(parts[0], self.text.index("\n", at))


class NameBook:
    """One workspace's clients by name. Readers never wait: what they look through is replaced, not changed."""

    __slots__ = ("_listed", "_lock", "_marked", "_pages", "_register", "is_whole", "mark")

    def __init__(self) -> None:
        self.mark: Mark = BEGINNING
        self.is_whole = False
        self._lock = Lock()
        self._listed: dict[uuid.UUID, Listed] = {}
        self._register = NameRegister()
        self._marked: dict[int, frozenset[uuid.UUID]] = {}
        self._pages: tuple[_Page, ...] | None = ()

    def __repr__(self) -> str:
        return f"NameBook({len(self._listed)})"

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        raise TypeError("A NameBook is neither copied nor stored.")

    def __len__(self) -> int:
        return sum(bool(each.line) for each in self._listed.values())

    def take(self, read: Mapping[uuid.UUID, Listed], mark: Mark, *, is_whole: bool) -> None:
        """Take in what was read up to this mark; what an older look at the database says of somebody is dropped."""
        with self._lock:
            out: set[Line] = set()
            into: set[Line] = set()
            for client_id, each in read.items():
                before = self._listed.get(client_id)
                if before is not None and before.seq > each.seq:
                    continue
                if before is not None and before.line:
                    self._forget(client_id, before)
                    out.add((before.line, client_id))
                if each.line:
                    self._remember(client_id, each)
                    into.add((each.line, client_id))
                self._listed[client_id] = each
            if out or into:
                # While everybody is being read, each step would write every page anew; the next search does it once.
                self._pages = _changed(self._pages, out, into) if self.is_whole and self._pages else None
            if mark >= self.mark:
                self.mark, self.is_whole = mark, is_whole

    def find(self, wanted: Sequence[str], but: Collection[uuid.UUID] = ()) -> Iterator[uuid.UUID]:
        """Those of whom each of these folded words begins a part of the name or the ID, by name."""
        parts = sorted((f" {part}" for part in wanted), key=len, reverse=True)
        return (each for page in self._written() for each in page.found(parts) if each not in but)

    def index(self, nearby: Iterable[uuid.UUID]) -> NameIndex:
        """Everybody's names for the check of a note, and these clients' as those near at hand."""
        found = (self._listed.get(each) for each in nearby)
        return self._register.index([each.name for each in found if each is not None and each.line])

    def alike(self, marks: Iterable[int]) -> set[uuid.UUID]:
        """Those who have one of these marks."""
        return {client_id for mark in marks for client_id in self._marked.get(mark, ())}

    def _remember(self, client_id: uuid.UUID, each: Listed) -> None:
        self._register.add(each.name)
        for mark in each.marks:
            self._marked[mark] = self._marked.get(mark, frozenset()) | {client_id}

    def _forget(self, client_id: uuid.UUID, each: Listed) -> None:
        self._register.remove(each.name)
        for mark in each.marks:
            left = self._marked.pop(mark, frozenset[uuid.UUID]()) - {client_id}
            if left:
                self._marked[mark] = left

    def _written(self) -> tuple[_Page, ...]:
        pages = self._pages
        if pages is None:
            with self._lock:
                lines = sorted((each.line, at) for at, each in self._listed.items() if each.line)
                pages = self._pages = _paged(lines)
        return pages


def _paged(lines: Sequence[Line]) -> tuple[_Page, ...]:
    return tuple(_Page.of(some) for some in chunks(lines, PAGE))


def _changed(pages: Sequence[_Page], out: Collection[Line], into: Collection[Line]) -> tuple[_Page, ...]:
    """The pages without some lines and with others; those that neither touches are the same."""
    firsts = [page.lines[0] for page in pages]
    touched: dict[int, set[Line]] = {}
    for line in (*out, *into):
        at = max(0, bisect_right(firsts, line) - 1)
        touched.setdefault(at, set(pages[at].lines))
    for line in out:
        touched[max(0, bisect_right(firsts, line) - 1)].discard(line)
    for line in into:
        touched[max(0, bisect_right(firsts, line) - 1)].add(line)
    made: list[_Page] = []
    for at, page in enumerate(pages):
        made += _paged(sorted(touched[at])) if at in touched else (page,)
    return tuple(made)
