"""What an import would do, and what it did: the same for every file of the roster.

Here: lines, plans, reports, and the way from a sheet to stored rows: look, plan, store. Not here: how a line comes about
(roster_staff, roster_clients, roster_people, roster_goals). None of it repeats a cell.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Generic, Protocol, TypeVar

from services import audit
from services.csv_files import Layout, Problem, Row, Sheet
from services.events import Action
from services.roster_marks import has_moved, last_event
from services.work import Work

K = TypeVar("K")
S = TypeVar("S")

# The watch is told after so many rows.
_EVERY: Final = 250


class Outcome(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


class Step(StrEnum):
    """What an import is busy with."""

    CHECK = "Checking and sealing"
    STORE = "Storing"


class Watch(Protocol):
    """Told how far an import is: so many of so many rows."""

    def __call__(self, step: Step, done: int, of: int, /) -> None:
        """Show it, or do nothing."""
        ...


def unwatched(step: Step, done: int, of: int, /) -> None:
    """Nobody waits for this import."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an operator asked for beside the file: who is told how far it is, and which rows are no duplicates for sure.

    `apart` is None where every row is taken for a person of their own.
    """

    watch: Watch = unwatched
    apart: frozenset[int] | None = frozenset()

    def is_apart(self, row: int) -> bool:
        """Whether this row was said to be no duplicate."""
        return self.apart is None or row in self.apart


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

    `since` is the last event of the trail that the plan knows of.
    """

    since: int
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
    asked: Asked = field(default_factory=Asked)
    problems: list[Problem] = field(default_factory=list[Problem])
    notes: list[str] = field(default_factory=list[str])
    lines: list[Line] = field(default_factory=list[Line])

    def __post_init__(self) -> None:
        self.problems += self.sheet.problems
        self.notes += self.sheet.notes

    def rows(self) -> Iterator[Row]:
        """The rows of the sheet, told as they go by."""
        total = len(self.sheet.rows)
        for done, row in enumerate(self.sheet.rows):
            if done % _EVERY == 0:
                self.asked.watch(Step.CHECK, done, total)
            yield row
        self.asked.watch(Step.CHECK, total, total)

    def tell(self, row: int, columns: tuple[str, ...] | None) -> None:
        """Add a row's line: new where there are no columns to compare, the same where none differs."""
        if columns is None:
            self.lines.append(Line(row, Outcome.NEW))
        else:
            self.lines.append(Line(row, Outcome.CHANGED if columns else Outcome.SAME, columns))

    def plan(self, since: int, steps: S) -> Plan[S]:
        """The finished plan; with problems it has nothing to apply."""
        return Plan(
            since,
            tuple(sorted(self.lines, key=lambda line: line.row)),
            tuple(sorted(set(self.problems))),
            tuple(self.notes),
            None if self.problems else steps,
        )


@dataclass(frozen=True, slots=True)
class Looked(Generic[K]):
    """What the database holds that a plan needs, as it was at the event `since`."""

    known: K = field(repr=False)
    since: int


@dataclass(frozen=True, slots=True)
class RosterFile(Generic[K, S]):
    """One kind of file: its columns, what is read of the database, what a sheet makes of it, and storing that.

    `make` asks the database for nothing, so that nobody waits while thousands of rows are checked and sealed; nor does `record`,
    which records the events that can be written before the transaction begins.
    """

    layout: Layout
    relied: frozenset[Action]
    read: Callable[[Work], K]
    make: Callable[[Work, K, Draft], S]
    keep: Callable[[Work, S, uuid.UUID | None, Watch], None]
    record: Callable[[Work, S, uuid.UUID | None], None] | None = None


def look(work: Work, file: RosterFile[K, S]) -> Looked[K]:
    """What a plan for such a file needs to know. Use a snapshot, or the transaction that stores the plan."""
    return Looked(file.read(work), last_event(work))


def make_plan(
    work: Work, file: RosterFile[K, S], looked: Looked[K], sheet: Sheet, asked: Asked | None = None
) -> Plan[S]:
    """What importing this sheet would do, with every new value sealed. Nothing is stored or asked of the database.

    A cell that is empty clears what may be empty and leaves what may not; a column that is absent changes nothing.
    """
    draft = Draft(sheet, asked or Asked())
    steps = file.make(work, looked.known, draft)
    return draft.plan(looked.since, steps)


def keep(
    work: Work, file: RosterFile[K, S], plan: Plan[S], actor: uuid.UUID | None = None, watch: Watch = unwatched
) -> None:
    """Store what was planned, all of it, in the caller's transaction.

    Errors: PlanError when the plan has problems or the roster changed since.
    """
    if plan.steps is None:
        raise PlanError("This file has problems, so nothing of it is imported. Fix them and run the import again.")
    if file.record is not None:
        file.record(work, plan.steps, actor)
    audit.prepare(work)
    # With this the transaction begins, and on SQLite everybody else waits until it ends.
    _require_unmoved(work, file, plan)
    file.keep(work, plan.steps, actor, watch)
    work.session.flush()
    # Again, now that the trail is held: on PostgreSQL somebody else may have committed in the meantime.
    _require_unmoved(work, file, plan, holding=True)


def bring_in(
    work: Work, file: RosterFile[K, S], sheet: Sheet, *, dry_run: bool, actor: uuid.UUID | None = None
) -> Report:
    """Look, plan and, unless it is a dry run or there are problems, store, all in one transaction: for files of some rows."""
    plan = make_plan(work, file, look(work, file), sheet)
    applied = not dry_run and plan.steps is not None
    if applied:
        keep(work, file, plan, actor)
    return plan.report(applied=applied)


def _require_unmoved(work: Work, file: RosterFile[K, S], plan: Plan[S], *, holding: bool = False) -> None:
    if has_moved(work, plan.since, file.relied, holding=holding):
        raise PlanError("The roster was changed while this file was read. Nothing was imported: run the import again.")
