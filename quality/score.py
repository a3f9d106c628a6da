"""How well the rules agree with people: the labelled set, and what the rules find in it.

Here: precision and recall by rule, on the half that rules may be tuned on and on the half that nobody looks at. What leaves this
module is numbers and ids, never a sentence of the set. Not here: printing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from quality.engine import Checker
from quality.findings import Finding, Severity, before_signing
from quality.names import NameIndex
from quality.note import Name, Note
from quality.reading import Situation
from quality.rules import Policy, book

FOLDER: Final = Path(__file__).with_name("set")
Half = Literal["tuning", "held_out"]
Kind = Literal["sentences", "notes"]
HALVES: Final[tuple[Half, ...]] = ("tuning", "held_out")
KINDS: Final[tuple[Kind, ...]] = ("sentences", "notes")
LEAST_PRECISION, LEAST_RECALL, MOST_SCREENS = 0.90, 0.80, 0.25


class Label(BaseModel):
    """One finding that a person expects. An empty `found` is about the whole field."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    found: str
    field: str = ""


class Item(BaseModel):
    """One sentence or note of the set: its id, its labels, and what stands in it."""

    model_config = ConfigDict(frozen=True, extra="allow")

    id: str
    findings: tuple[Label, ...]
    field: str = ""
    text: str = ""

    def note(self) -> Note:
        """What the rules read: the whole note, or the sentence in its field."""
        given = dict(self.model_extra or {})
        return Note.model_validate({**given, self.field: self.text} if self.field else given)


class Agency(BaseModel):
    """What the set's readers know beside a text, and which rules were not labelled."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    glossary: frozenset[str]
    other_clients: tuple[str, ...]
    known_people: tuple[str, ...]
    unlabelled: Mapping[Kind, frozenset[str]]


@dataclass(slots=True)
class Counts:
    """Findings that a label expects, findings that none does, and labels without a finding."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """The share of the findings that are right; 1 where there are none."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The share of the labels that were found; 1 where there are none."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    def add(self, other: Counts) -> None:
        """Count these too."""
        self.right += other.right
        self.wrong += other.wrong
        self.missed += other.missed


@dataclass(slots=True)
class Score:
    """One half of the set. `confused` counts, for a missed label, what was found in its place."""

    half: Half
    by_rule: dict[str, Counts] = field(default_factory=dict[str, Counts])
    by_kind: dict[Kind, Counts] = field(default_factory=dict[Kind, Counts])
    confused: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    notes: int = 0
    screens: int = 0
    wrong_ids: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    @property
    def warnings(self) -> Counts:
        """The counts over all rules that warn or block."""
        total = Counts()
        for rule, counts in self.by_rule.items():
            if rule in _weighty():
                total.add(counts)
        return total

    @property
    def screen_share(self) -> float:
        """The share of the ordinary notes that would need the second screen."""
        return self.screens / self.notes if self.notes else 0.0

    @property
    def meets_goals(self) -> bool:
        """Whether warnings are precise and complete enough, and the second screen rare enough."""
        warnings = self.warnings
        good = warnings.precision >= LEAST_PRECISION and warnings.recall >= LEAST_RECALL
        return good and self.screen_share <= MOST_SCREENS


def score(half: Half, folder: Path = FOLDER) -> Score:
    """What the rules find in one half of the set, against its labels.

    Errors: FileNotFoundError where the set is not there.
    """
    agency = Agency.model_validate_json((folder / "agency.json").read_bytes())
    checker = Checker(Policy(glossary=agency.glossary))
    situation = Situation(people=agency.known_people, others=NameIndex.of(map(_name, agency.other_clients)))
    made = Score(half)
    for kind in KINDS:
        for item in items(folder / f"{kind}_{half}.jsonl"):
            note = item.note()
            findings = checker.text(item.text, item.field, situation) if item.field else checker.note(note, situation)
            _compare(made, kind, item, _labelled(findings, agency.unlabelled[kind]), note)
            if kind == "notes":
                made.notes += 1
                made.screens += bool(before_signing(findings))
    return made


def _labelled(findings: Iterable[Finding], unlabelled: frozenset[str]) -> list[Finding]:
    return [each for each in findings if each.rule not in unlabelled]


def items(file: Path) -> Iterator[Item]:
    """What stands in one file of the set."""
    for line in file.read_text(encoding="utf-8").splitlines():
        yield Item.model_validate(json.loads(line))


def _name(full: str) -> Name:
    first, _, last = full.partition(" ")
    return Name(first=first, last=last)


def _weighty() -> frozenset[str]:
    return frozenset(rule.id for rule in book().rule if rule.severity is not Severity.TIP)


def _compare(made: Score, kind: Kind, item: Item, findings: Sequence[Finding], note: Note) -> None:
    """Count one item. Several findings of a rule at one label count once."""
    matched: set[int] = set()
    missed: list[Label] = []
    for label in item.findings:
        hits = [at for at, each in enumerate(findings) if each.rule == label.rule and _overlap(label, each, item, note)]
        matched.update(hits)
        _count(made, kind, label.rule, Counts(right=1) if hits else Counts(missed=1))
        if not hits:
            missed.append(label)
            made.wrong_ids.setdefault(label.rule, []).append(f"-{item.id}")
    for at, each in enumerate(findings):
        if at not in matched:
            _count(made, kind, each.rule, Counts(wrong=1))
            made.wrong_ids.setdefault(each.rule, []).append(f"+{item.id}")
            made.confused.update((label.rule, each.rule) for label in missed if _overlap(label, each, item, note))


def _count(made: Score, kind: Kind, rule: str, counts: Counts) -> None:
    made.by_rule.setdefault(rule, Counts()).add(counts)
    if rule in _weighty():
        made.by_kind.setdefault(kind, Counts()).add(counts)


def _overlap(label: Label, finding: Finding, item: Item, note: Note) -> bool:
    """Whether the finding is at the label's place, or either of them is about a whole field."""
    if not label.found or finding.start == finding.end:
        return True
    name = label.field or item.field
    start = note.texts().get(name, "").find(label.found)
    return name == finding.field and start < finding.end and finding.start < start + len(label.found)
