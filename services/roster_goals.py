"""goals.csv: from rows to the goals of clients' care plans.

Here: the file's columns, what each row means beside what is stored, and storing it. Not here: reading files (csv_files), cells
(csv_cells), goals in a form (goals). Goals that are not in the file stay as they are. No sentence made here repeats a cell.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select, update

from models import bulk
from models.base import new_id, new_reference
from models.goals import Goal, GoalState, GoalText
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from privacy.sealed import Sealed
from services import audit, csv_cells
from services.clients import folded
from services.csv_cells import RowReading
from services.csv_files import Column, Layout, Sheet, read
from services.goals import GOAL
from services.roster_known import KeyedClient, client_of_row, keyed_clients
from services.roster_marks import changes_of
from services.roster_plan import Draft, Report, RosterFile, Step, Watch, bring_in
from services.work import Work

LAYOUT: Final = Layout(
    "goals",
    (
        Column("client_id", ("agency id", "record number", "case number", "mrn"), required=True),
        Column("code", ("goal code", "goal", "goal number", "number"), required=True),
        Column("text", ("goal text", "words", "description", "objective"), required=True),
        Column("target", ("measure", "outcome")),
        Column("status", ("state",)),
    ),
)


@dataclass(frozen=True, slots=True)
class SealedGoal:
    """A goal's row as it will be, new or over the old one."""

    id: uuid.UUID
    client_id: uuid.UUID
    text: Sealed
    position: int
    state: GoalState


@dataclass(slots=True)
class GoalSteps:
    """What a file of goals changes."""

    new: list[SealedGoal] = field(default_factory=list[SealedGoal])
    changed: list[SealedGoal] = field(default_factory=list[SealedGoal])


@dataclass(frozen=True, slots=True)
class _KnownGoal:
    id: uuid.UUID
    text: Sealed
    position: int
    state: GoalState


@dataclass(frozen=True, slots=True)
class _Known:
    """All clients by the index of their ID, and the goals of each in the plan's order."""

    clients: Mapping[bytes, KeyedClient | None]
    goals: Mapping[uuid.UUID, Sequence[_KnownGoal]]


@dataclass(slots=True)
class _Plan:
    """One client's goals while the file is read: those stored by code, and how many there will be."""

    stored: dict[str, tuple[_KnownGoal, GoalText]] = field(repr=False)
    positions: int


@dataclass(slots=True)
class _Planning:
    """What the rows have in common while the plan is made."""

    work: Work
    known: _Known
    draft: Draft
    steps: GoalSteps = field(default_factory=GoalSteps)
    rows: dict[tuple[uuid.UUID, str], int] = field(default_factory=dict[tuple[uuid.UUID, str], int], repr=False)
    plans: dict[uuid.UUID, _Plan] = field(default_factory=dict[uuid.UUID, _Plan])


def read_goals(data: bytes) -> Sheet:
    """The rows of a goals.csv."""
    return read(data, LAYOUT)


def import_goals(work: Work, sheet: Sheet, *, dry_run: bool, actor: uuid.UUID | None = None) -> Report:
    """Plan and, unless it is a dry run or there are problems, store in the same transaction."""
    return bring_in(work, GOAL_FILE, sheet, dry_run=dry_run, actor=actor)


def _look(work: Work) -> _Known:
    goals: dict[uuid.UUID, list[_KnownGoal]] = {}
    query = select(Goal.client_id, Goal.id, Goal.text, Goal.position, Goal.state)
    for row in work.session.execute(
        query.where(Goal.workspace_id == work.workspace_id).order_by(Goal.position, Goal.id)
    ):
        goals.setdefault(row.client_id, []).append(_KnownGoal(row.id, row.text, row.position, row.state))
    return _Known(keyed_clients(work), goals)


def _make(work: Work, known: _Known, draft: Draft) -> GoalSteps:
    """A goal is the same when client and code are; new ones follow those that the client has, in the order of the file."""
    planning = _Planning(work, known, draft)
    for row in draft.rows():
        cells = row.cells.reveal(system_grant(Purpose.IMPORT))
        _read(planning, RowReading(row.number, cells, draft.problems))
    return planning.steps


def _keep(work: Work, steps: GoalSteps, actor: uuid.UUID | None, watch: Watch) -> None:
    total = len(steps.new) + len(steps.changed)
    watch(Step.STORE, 0, total)
    bulk.insert(work.session, Goal, [_new_row(work, each) for each in steps.new])
    if steps.changed:
        work.session.execute(update(Goal), [_changed_row(work, each) for each in steps.changed])
        # Such an update passes by the objects that the session holds already.
        work.session.expire_all()
    for each in (*steps.new, *steps.changed):
        audit.record(work, audit.Action.GOAL_IMPORT, actor=actor, subject=(GOAL, each.id), sealed=each.text)
    watch(Step.STORE, total, total)


GOAL_FILE: Final = RosterFile(LAYOUT, changes_of("client", "goal"), _look, _make, _keep)


def _new_row(work: Work, goal: SealedGoal) -> dict[str, object]:
    return {
        **_changed_row(work, goal),
        "ref": new_reference("G"),
        "client_id": goal.client_id,
        "position": goal.position,
    }


def _changed_row(work: Work, goal: SealedGoal) -> dict[str, object]:
    return {"workspace_id": work.workspace_id, "id": goal.id, "text": goal.text, "state": goal.state}


def _read(planning: _Planning, reading: RowReading) -> None:
    client = client_of_row(planning.work, reading, planning.known.clients)
    code, words = reading.need("code", csv_cells.code), reading.need("text", csv_cells.text)
    target, state = reading.get("target", csv_cells.text), reading.get("status", csv_cells.goal_state)
    if client is None or code is None or words is None:
        return
    if planning.rows.setdefault((client.id, folded(code)), reading.number) != reading.number:
        reading.refuse("code", "Another row above has the same client and code. Keep one of the two.")
    if reading.refused:
        return
    plan = _plan_of(planning, client)
    stored = plan.stored.get(folded(code))
    given = {"text": Phi(words), **({"target": Phi(target or "")} if reading.has("target") else {})}
    if stored is None:
        plan.positions += 1
        text = GoalText.model_validate({"code": Phi(code), **given})
        sealed = _sealed(planning.work, client, new_id(), text, plan.positions, state or GoalState.ACTIVE)
        planning.steps.new.append(sealed)
        planning.draft.tell(reading.number, None)
        return
    known, old = stored
    text = old.model_copy(update=given)
    differing = _differences(old, text)
    if differing or state not in {None, known.state}:
        changed = _sealed(planning.work, client, known.id, text, known.position, state or known.state)
        planning.steps.changed.append(changed)
    planning.draft.tell(reading.number, (*differing, *(("status",) if state not in {None, known.state} else ())))


def _plan_of(planning: _Planning, client: KeyedClient) -> _Plan:
    """The client's goals as stored, each opened once whatever the number of rows."""
    if client.id not in planning.plans:
        key, stored = client.key(planning.work), dict[str, tuple[_KnownGoal, GoalText]]()
        goals = planning.known.goals.get(client.id, ())
        for each in goals:
            text = key.open(GoalText, each.text, planning.work.cell(GOAL, "text", each.id))
            stored.setdefault(folded(text.code.reveal(system_grant(Purpose.IMPORT))), (each, text))
        planning.plans[client.id] = _Plan(stored, max((each.position for each in goals), default=0))
    return planning.plans[client.id]


def _sealed(
    work: Work, client: KeyedClient, row_id: uuid.UUID, text: GoalText, position: int, state: GoalState
) -> SealedGoal:
    sealed = client.key(work).seal(text, work.cell(GOAL, "text", row_id))
    return SealedGoal(row_id, client.id, sealed, position, state)


def _differences(old: GoalText, new: GoalText) -> tuple[str, ...]:
    grant = system_grant(Purpose.IMPORT)
    before = {"text": old.text.reveal(grant), "target": old.target.reveal(grant)}
    after = {"text": new.text.reveal(grant), "target": new.target.reveal(grant)}
    return tuple(column for column in before if before[column] != after[column])
