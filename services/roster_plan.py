"""What an import would do, and what it did: the same lines for staff, clients, and the files that come later.

Here: lines, plans and reports. Not here: how a line comes about (roster_staff, roster_clients). None of it repeats a cell.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from services.csv_files import Problem, Sheet

S = TypeVar("S")


class Outcome(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of one row, and in which columns it differs from what is stored."""

    row: int
    outcome: Outcome
    columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        changed = f": {', '.join(self.columns)}" if self.columns else ""
        return f"row {self.row}: {self.outcome.value}{changed}"


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did, or with `applied` false would do. With problems nothing was done, not for any row.

    Shape: lines, problems and notes are in the order of the rows; notes are worth telling and stop nothing.
    """

    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    applied: bool

    def count(self, outcome: Outcome) -> int:
        """How many rows have this outcome."""
        return sum(line.outcome is outcome for line in self.lines)

    @property
    def summary(self) -> str:
        """One sentence for the end of the run."""
        if self.problems:
            return f"Nothing was imported: {len(self.problems)} problem{'' if len(self.problems) == 1 else 's'} to fix."
        counted = Counter(line.outcome for line in self.lines)
        if counted[Outcome.SAME] == len(self.lines):
            return f"Nothing to change: all {len(self.lines)} rows are stored already."
        counts = f"{counted[Outcome.NEW]} new, {counted[Outcome.CHANGED]} changed, {counted[Outcome.SAME]} the same."
        return counts if self.applied else f"Nothing was imported yet. An import would make: {counts}"


@dataclass(frozen=True, slots=True)
class Plan(Generic[S]):
    """What an import would do, checked and sealed: `steps` is what is stored when the plan is applied.

    `mark` names the state of the database that the plan was made for.
    """

    mark: bytes
    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    steps: S | None = field(repr=False)

    def report(self, *, applied: bool) -> Report:
        """The plan in words."""
        return Report(self.lines, self.problems, self.notes, applied)


class PlanError(Exception):
    """A plan cannot be applied. `sentence` says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(slots=True)
class Draft:
    """The lines of a plan while it is made."""

    sheet: Sheet
    problems: list[Problem] = field(default_factory=list[Problem])
    notes: list[str] = field(default_factory=list[str])
    lines: list[Line] = field(default_factory=list[Line])

    def __post_init__(self) -> None:
        self.problems += self.sheet.problems
        self.notes += self.sheet.notes

    def tell(self, row: int, columns: tuple[str, ...] | None) -> None:
        """Add a row's line: new where there are no columns to compare, the same where none differs."""
        if columns is None:
            self.lines.append(Line(row, Outcome.NEW))
        else:
            self.lines.append(Line(row, Outcome.CHANGED if columns else Outcome.SAME, columns))

    def plan(self, mark: bytes, steps: S) -> Plan[S]:
        """The finished plan; with problems it has nothing to apply."""
        return Plan(
            mark,
            tuple(sorted(self.lines, key=lambda line: line.row)),
            tuple(sorted(set(self.problems))),
            tuple(self.notes),
            None if self.problems else steps,
        )


def steps_of(plan: Plan[S], mark: bytes) -> S:
    """What to store, if the plan may be applied to the database as it is now.

    Errors: PlanError when the plan has problems or the database changed since.
    """
    if plan.steps is None:
        raise PlanError("This file has problems, so nothing of it is imported. Fix them and run the import again.")
    if plan.mark != mark:
        raise PlanError("The roster was changed while this file was read. Nothing was imported: run the import again.")
    return plan.steps
