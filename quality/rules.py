"""The rules as data: their shape, how they are read, and what an agency may change about them.

Here: validation of rules.toml and of an agency's own rules. Not here: how a rule is found in a text.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from quality.findings import Kind, Severity
from quality.note import TEXTS, Author, Client, Earlier, Name, Note, Timing
from quality.phrases import PhraseError, parse

RULES: Final = Path(__file__).with_name("rules.toml")
RuleId = Annotated[str, Field(pattern=r"^[A-Z]{1,4}[0-9]{2,3}$")]
Words = Annotated[str, Field(min_length=1, max_length=400)]


class Data(BaseModel):
    """A frozen piece of the rules. It may be printed: it is ours or the agency's, and about nobody."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Guard(Data):
    """Places, named by phrases: around the words found, right before or after them, near them, or in their sentence.

    Units: `near` reaches six words to either side.
    """

    over: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    sentence: tuple[str, ...] = ()

    def phrases(self) -> Iterable[str]:
        """All phrases of the guard."""
        return (*self.over, *self.before, *self.after, *self.near, *self.sentence)


class Example(Data):
    """A text, or a note with what is known around it, in which a rule must or must not speak."""

    note: Note = Note()
    field: str = "done"
    client: Client = Client()
    author: Author = Author()
    people: tuple[str, ...] = ()
    others: tuple[Name, ...] = ()
    nearby: tuple[Name, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    timing: Timing = Timing()
    text: str = ""
    repeat: int = 1

    def whole(self) -> Note:
        """The note of the example: its text in its field."""
        return self.note.model_copy(update={self.field: self.text * self.repeat})


class Rule(Data):
    """One rule. It names phrases, or a check in code that needs more than words; `limits` are that check's numbers.
    `when` names a condition on the whole note under which alone the phrases count.

    `unless` keeps it silent, `needs` makes it speak only there. `names` lets it speak of capitalised words, which otherwise count as
    somebody's or something's name. `person_first` rules are silent for a client who prefers identity first, `adults` rules for
    children, `unlicensed` rules for authors whose credential covers it.
    """

    id: RuleId
    name: Words
    severity: Severity
    kind: Kind
    phrases: tuple[Words, ...] = ()
    check: str | None = None
    when: str | None = None
    limits: Mapping[str, float] = Field(default_factory=dict[str, float])
    fields: tuple[str, ...] = TEXTS
    unless: Guard = Guard()
    needs: Guard = Guard()
    names: bool = False
    in_quotes: bool = False
    person_first: bool = False
    adults: bool = False
    unlicensed: bool = False
    suggest: Words
    why: Words
    source: tuple[Words, ...]
    finds: tuple[str | Example, ...] = Field(min_length=1)
    leaves: tuple[str | Example, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _has_one_way_to_find(self) -> Self:
        if not (self.phrases or self.check):
            raise ValueError(f"{self.id} needs phrases or a check")
        return self


class OwnRule(Rule):
    """A rule that an agency adds: words only, a warning or a tip, and examples of both kinds like any other."""

    @model_validator(mode="after")
    def _is_about_words(self) -> Self:
        if self.check or self.when or self.severity is Severity.BLOCK or self.id.startswith("Q"):
            raise ValueError(f"{self.id}: an agency's rule has phrases, cannot block, and its id does not begin with Q")
        return self


class Book(Data):
    """All of rules.toml: the rules in order, lists of words that phrases name with @, and what the sources' short names mean."""

    lists: Mapping[str, tuple[str, ...]]
    sources: Mapping[str, str]
    glossary: tuple[str, ...]
    rule: tuple[Rule, ...]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        ids = [rule.id for rule in self.rule]
        if len(set(ids)) != len(ids):
            raise ValueError("two rules have the same id")
        unknown = {short for rule in self.rule for short in rule.source} - set(self.sources)
        if unknown:
            raise ValueError(f"unknown sources: {sorted(unknown)}")
        check_phrases(self.rule, self.words())
        return self

    def words(self) -> Mapping[str, frozenset[str]]:
        """The lists of words as the phrases' language wants them."""
        return {name: frozenset(word for line in lines for word in line.split()) for name, lines in self.lists.items()}


class Policy(Data):
    """What an agency decides about the rules. A rule that can block is never silenced.

    `glossary` holds abbreviations that its readers know, instead of Noted's; `allowed` phrases in which nothing is found, such as a
    program's name; `template` the words of its forms, which are nobody's.
    """

    glossary: frozenset[str] | None = None
    allowed: tuple[Words, ...] = ()
    silenced: frozenset[str] = frozenset()
    rules: tuple[OwnRule, ...] = ()
    template: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names_known_rules(self) -> Self:
        known = {rule.id: rule for rule in (*book().rule, *self.rules)}
        if len(known) != len(book().rule) + len(self.rules):
            raise ValueError("two rules have the same id")
        if not self.silenced <= known.keys():
            raise ValueError(f"unknown rules: {sorted(self.silenced - known.keys())}")
        if any(known[each].severity is Severity.BLOCK for each in self.silenced):
            raise ValueError("a rule that can block cannot be silenced")
        check_phrases(self.rules, book().words())
        for source in self.allowed:
            parse(source, book().words())
        return self


def check_phrases(rules: Iterable[Rule], lists: Mapping[str, frozenset[str]]) -> None:
    """Refuse rules whose phrases the language does not know.

    Errors: ValueError, naming the rule.
    """
    for rule in rules:
        beside = (*rule.unless.phrases(), *rule.needs.phrases())
        for source, may_be_beside in (*((each, False) for each in rule.phrases), *((each, True) for each in beside)):
            try:
                parse(source, lists, beside=may_be_beside)
            except PhraseError:
                raise ValueError(f"{rule.id}: the phrase {source!r} says nothing, or too much") from None


@cache
def book() -> Book:
    """The rules that come with Noted."""
    return Book.model_validate(tomllib.loads(RULES.read_text(encoding="utf-8")))
