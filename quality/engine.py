"""Finding: every rule over every text of a note, in time that grows with the text and no faster.

Here: the order of the work, and who is listened to. Not here: what the rules say (rules.toml), nor the checks that need more than
words (checks, whole, names, copies).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from quality.checks import CHECKS
from quality.findings import Finding, Severity
from quality.guards import Compiled, Place, Seen
from quality.note import Note
from quality.phrases import Phrase, parse
from quality.reading import Reading, Situation, Spot
from quality.rules import Policy, Rule, book
from quality.whole import CONDITIONS, WHOLE
from quality.words import Text


@dataclass(frozen=True, slots=True)
class _Worded:
    """One phrase of a rule, with the rule's guards."""

    rule: Rule
    phrase: Phrase
    unless: Compiled
    needs: Compiled


@dataclass(frozen=True, slots=True)
class _Starts:
    """Which phrases may begin with a word: by the word itself, by its capital, and those that may begin with any."""

    by_word: dict[str, list[_Worded]] = field(default_factory=dict[str, list[_Worded]])
    capitals: list[_Worded] = field(default_factory=list[_Worded])
    any_word: list[_Worded] = field(default_factory=list[_Worded])

    def add(self, worded: _Worded) -> None:
        """Make a phrase be found."""
        words, capital = worded.phrase.opening, worded.phrase.begins_with_capital
        if capital is not None:
            self.capitals.append(worded)
        elif words is None:
            self.any_word.append(worded)
        for word in words or capital or ():
            self.by_word.setdefault(word, []).append(worded)

    def at(self, text: Text, at: int) -> Iterator[_Worded]:
        """The phrases that may begin with this token."""
        yield from self.by_word.get(text.words[at], ())
        yield from self.any_word
        if text.raw[at][0].isupper():
            yield from self.capitals


class Checker:
    """The rules as one agency has them, compiled once; it keeps nothing of what it checks.

    An agency's own rules come after Noted's. Make a new one when the policy changes.
    """

    def __init__(self, policy: Policy | None = None) -> None:
        self._policy = policy or Policy()
        self._lists = book().words()
        self._rules = [rule for rule in (*book().rule, *self._policy.rules) if rule.id not in self._policy.silenced]
        self._allowed = tuple(parse(each, self._lists) for each in self._policy.allowed)
        own = self._policy.glossary
        self._glossary = frozenset(book().glossary) if own is None else own
        self._starts: dict[str, _Starts] = {}
        for rule in self._rules:
            self._add(rule)

    def text(self, text: str, field_name: str = "done", situation: Situation | None = None) -> tuple[Finding, ...]:
        """What the rules say of one field's text, by place. Rules about a whole note are not asked.

        Errors: NoteError where there is no such field.
        """
        reading = self._read(Note.model_validate({field_name: text}), situation)
        return _sorted(reading, [*self._words(reading, whole=False), *self._checks(reading, whole=False)])

    def note(self, note: Note, situation: Situation | None = None) -> tuple[Finding, ...]:
        """What the rules say of a note, by field and place; in a field, what is about the whole of it comes first."""
        reading = self._read(note, situation)
        checked = [*self._checks(reading, whole=True), *self._checks(reading, whole=False)]
        return _sorted(reading, [*checked, *self._words(reading, whole=True)])

    def _add(self, rule: Rule) -> None:
        unless, needs = Compiled.of(rule.unless, self._lists), Compiled.of(rule.needs, self._lists)
        for source in rule.phrases:
            worded = _Worded(rule, parse(source, self._lists), unless, needs)
            for name in rule.fields:
                self._starts.setdefault(name, _Starts()).add(worded)

    def _read(self, note: Note, situation: Situation | None) -> Reading:
        return Reading.of(note, situation or Situation(), self._glossary, self._policy.template, self._lists)

    def _words(self, reading: Reading, *, whole: bool) -> Iterator[Finding]:
        met = frozenset(name for name, condition in CONDITIONS.items() if whole and condition(reading))
        for name, text in reading.texts.items():
            starts = self._starts.get(name)
            if starts is not None:
                yield from _Search(reading, name, text, starts, self._allowed, met).findings()

    def _checks(self, reading: Reading, *, whole: bool) -> Iterator[Finding]:
        table = WHOLE if whole else CHECKS
        for rule in self._rules:
            if rule.check in table and _listens(rule, reading, ""):
                for spot in table[rule.check](reading, rule):
                    yield _finding(rule, reading, spot, "")


@dataclass(slots=True)
class _Search:
    """One text and the phrases of the rules that are about its field."""

    reading: Reading
    name: str
    text: Text
    starts: _Starts
    allowed: Sequence[Phrase]
    met: frozenset[str]
    seen: Seen = field(default_factory=dict[tuple[int, int], bool])

    def findings(self) -> Iterator[Finding]:
        """Each rule's findings from left to right, the longest at each place, none inside another of the same rule."""
        free_from: dict[str, int] = {}
        for at in range(len(self.text.words)):
            best: dict[str, tuple[int, _Worded]] = {}
            for worded in self.starts.at(self.text, at):
                rule = worded.rule
                if free_from.get(rule.id, 0) > at or (rule.when and rule.when not in self.met):
                    continue
                after = self._matched(worded, at)
                if after > best.get(rule.id, (0, worded))[0]:
                    best[rule.id] = (after, worded)
            for after, worded in best.values():
                free_from[worded.rule.id] = after
                spot = self.reading.spot(self.name, at, after)
                yield _finding(worded.rule, self.reading, spot, worded.phrase.wording(self.text, at, after))

    def _matched(self, worded: _Worded, at: int) -> int:
        """The end of the longest place where the phrase counts, or 0."""
        rule = worded.rule
        after = max(worded.phrase.ends(self.text, at), default=0)
        if not after or not _listens(rule, self.reading, worded.phrase.wording(self.text, at, after)):
            return 0
        place = (at, after)
        silent = (
            (not rule.in_quotes and at in self.reading.quotes[self.name])
            or (not rule.names and self.text.is_name(at, after))
            or worded.unless.holds(self.text, place, self.seen)
            or not (worded.needs.is_empty or worded.needs.holds(self.text, place, self.seen))
            or self._is_allowed(place)
        )
        return 0 if silent else after

    def _is_allowed(self, place: Place) -> bool:
        first, after = place
        places = range(max(0, first - len(max((each.parts for each in self.allowed), key=len, default=()))), first + 1)
        return any(max(each.ends(self.text, at), default=0) >= after for each in self.allowed for at in places)


def _listens(rule: Rule, reading: Reading, wording: str) -> bool:
    """Whether the rule speaks to this author about this client."""
    client, author = reading.situation.client, reading.situation.author
    return not (
        (rule.person_first and client.identity_first)
        or (rule.adults and client.age is not None and client.age < 18)
        or (rule.unlicensed and author.licensed)
        or (rule.severity is not Severity.BLOCK and not author.dismissed.isdisjoint({rule.id, f"{rule.id}:{wording}"}))
    )


def _finding(rule: Rule, reading: Reading, spot: Spot, wording: str) -> Finding:
    text = reading.texts.get(spot.field)
    found = text.given[spot.start : spot.end] if text and not spot.is_name else ""
    return Finding(
        rule.id,
        rule.severity,
        spot.kind or rule.kind,
        spot.field,
        spot.start,
        spot.end,
        found,
        rule.suggest,
        rule.why,
        wording,
        spot.earlier,
    )


def _sorted(reading: Reading, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    order = {name: at for at, name in enumerate(reading.texts)}
    return tuple(sorted(findings, key=lambda each: (order.get(each.field, -1), each.start, each.end, each.rule)))
