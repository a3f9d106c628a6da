"""A note being read: its texts cut up once, with what is known around them, for every rule to use.

Here: what rules and checks share. Not here: any rule. A Reading lives as long as one check.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from quality.findings import Kind
from quality.names import NameIndex
from quality.note import Author, Client, Earlier, Note, Timing
from quality.quotes import quoted
from quality.words import Text


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known around a note.

    `people` are those who may be named: who took part, the client's relatives and contacts, staff. `others` is the index of other
    clients. `earlier` holds the client's notes and the author's own, newest first.
    """

    client: Client = field(default_factory=Client)
    author: Author = field(default_factory=Author)
    people: Sequence[str] = field(default=(), repr=False)
    others: NameIndex | None = None
    earlier: Sequence[Earlier] = field(default=(), repr=False)
    timing: Timing = field(default_factory=Timing)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that a check found. Units: characters of the field."""

    field: str
    start: int = 0
    end: int = 0
    kind: Kind | None = None
    earlier: str = ""
    is_name: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One note, its texts, and which of their words are somebody else's."""

    note: Note
    situation: Situation
    texts: Mapping[str, Text] = field(repr=False)
    quotes: Mapping[str, frozenset[int]] = field(repr=False)
    glossary: frozenset[str]
    template: Sequence[str] = field(repr=False)
    lists: Mapping[str, frozenset[str]] = field(repr=False)

    @classmethod
    def of(
        cls,
        note: Note,
        situation: Situation,
        glossary: frozenset[str],
        template: Sequence[str],
        lists: Mapping[str, frozenset[str]],
    ) -> Reading:
        """The note, read."""
        texts = {name: Text.of(text) for name, text in note.texts().items()}
        quotes = {name: quoted(text) for name, text in texts.items()}
        return cls(note, situation, texts, quotes, glossary, template, lists)

    def spot(self, name: str, first: int, after: int) -> Spot:
        """The place of these tokens."""
        text = self.texts[name]
        return Spot(name, text.starts[first], text.ends[after - 1])
