"""Words in a note's text: whether they all stand in it, and the few words around the first of them.

Here: pure comparing, without case and accents, as names are searched. Not here: which notes are looked through (note_search).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from models.addenda import AddendumDocument
from models.note_document import NoteDocument
from privacy.grants import Grant, Purpose, system_grant
from privacy.phi import Phi
from services.name_book import folded

WORDS_MOST: Final = 8
BEFORE: Final = 60
AROUND: Final = 160


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: the folded beginnings of words. All of them have to stand in one note."""

    parts: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, query: Phi[str] | None) -> Wanted:
        """The words of a query; without any, every note fits. Of more than eight, the first eight count."""
        words = query.reveal(system_grant(Purpose.MATCH)) if query is not None else ""
        plain = re.findall(r"\w+", folded(words))
        return cls(tuple(re.compile(rf"(?<!\w){re.escape(part)}") for part in plain[:WORDS_MOST]))

    def stand_in(self, document: NoteDocument, addenda: Sequence[AddendumDocument] = ()) -> bool:
        """Whether every word stands in the note, or in what was added to it."""
        if not self.parts:
            return True
        grant = system_grant(Purpose.MATCH)
        text = folded("\n".join(text.reveal(grant) for text in texts(document, addenda)))
        return all(part.search(text) for part in self.parts)

    def extract(self, document: NoteDocument, grant: Grant, addenda: Sequence[AddendumDocument] = ()) -> str:
        """The words around the first one that is found, on one line; nothing when nothing was looked for."""
        for text in texts(document, addenda) if self.parts else ():
            words = " ".join(text.reveal(grant).split())
            place = self._place(words)
            if place is not None:
                return _around(words, place)
        return ""

    def _place(self, words: str) -> int | None:
        """Where in the text as it was typed the first found word begins."""
        pieces = [folded(letter) for letter in words]
        text = "".join(pieces)
        starts = [found.start() for part in self.parts if (found := part.search(text)) is not None]
        if not starts:
            return None
        first, passed = min(starts), 0
        for place, piece in enumerate(pieces):
            passed += len(piece)
            if passed > first:
                return place
        return None


def texts(document: NoteDocument, addenda: Sequence[AddendumDocument] = ()) -> Iterator[Phi[str]]:
    """Everything in a note that somebody typed, what was done first, and what was added last."""
    for text in (
        document.done,
        document.observations,
        document.wellbeing,
        document.matter_words,
        document.satisfaction_words,
        document.place_words,
        document.also_there,
    ):
        if text is not None:
            yield text
    yield from (promise.what for promise in document.promises)
    for person in document.participants:
        yield from (person.name, person.role)
    for goal in document.goals:
        yield from (goal.code, goal.text)
    yield from (addendum.words for addendum in addenda)


def _around(words: str, place: int) -> str:
    """The text around a place, cut between two words, with … where it was cut."""
    start = words.find(" ", max(0, place - BEFORE)) + 1 if place > BEFORE else 0
    start = min(start, place)
    end = words.rfind(" ", place, start + AROUND) if len(words) > start + AROUND else len(words)
    end = end if end > place else min(len(words), start + AROUND)
    return f"{'…' if start else ''}{words[start:end]}{'…' if end < len(words) else ''}"
