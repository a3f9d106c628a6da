"""The goals of a client's plan by hand: adding, changing and ending one, under the rules of a goals file. A code stands for one goal."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

from sqlalchemy import func, select

from models.base import new_id, new_reference
from models.goals import Goal, GoalState, GoalText
from privacy.grants import Grant, Purpose, system_grant
from privacy.keys import RecordKey
from privacy.phi import Phi
from services import audit, clients, csv_cells
from services.by_hand import Reading
from services.client_rows import client_for, row_for
from services.clients import ClientLine
from services.decisions import Deed
from services.goals import GOAL
from services.name_book import folded
from services.refusals import ChangedMeanwhile, FieldsRefused
from services.staff import Actor
from services.work import Work


@dataclass(frozen=True, slots=True)
class GoalAnswers:
    """What somebody typed about a goal."""

    code: Phi[str]
    text: Phi[str]
    target: Phi[str] | None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class GoalSheet:
    """A goal as a form shows it, or the client of a new one. `mark` changes with every change to it."""

    client: ClientLine
    ref: str = ""
    mark: str = ""
    text: GoalText | None = None


def begin(work: Work, actor: Actor, client_ref: str) -> tuple[GoalSheet, Grant]:
    """What the form for a new goal shows, and the grant to draw it.

    Errors: NotFound, Part2Closed.
    """
    client = client_for(work, actor, client_ref, Deed.GOAL_CHANGE)
    grant = audit.record(work, audit.Action.CLIENT_READ, actor=actor.id, subject=("client", client.id), rule="goals")
    return GoalSheet(clients.line_of(work, client)), grant


def look(work: Work, actor: Actor, ref: str) -> tuple[GoalSheet, Grant]:
    """A goal as a form shows it, and the grant to draw it.

    Errors: NotFound, Part2Closed.
    """
    row, client = row_for(work, actor, Goal, ref, Deed.GOAL_CHANGE)
    grant = audit.record(work, audit.Action.CLIENT_READ, actor=actor.id, subject=("client", client.id), rule="goals")
    text = _text(work, clients.key_of(work, client.id), row)
    return GoalSheet(clients.line_of(work, client), row.ref, mark_of(row), text), grant


def add(work: Work, actor: Actor, client_ref: str, answers: GoalAnswers) -> None:
    """Add a goal to a client's plan, after those that are there; one of this code that had ended stands again. Twice is once.

    Errors: NotFound, Part2Closed; FieldsRefused.
    """
    client = client_for(work, actor, client_ref, Deed.GOAL_CHANGE)
    wanted = _read(work, answers)
    key = clients.key_of(work, client.id)
    there = _of_code(work, key, client.id, wanted)
    if there is None:
        _begin(work, actor, key, client.id, wanted)
    elif there.state is GoalState.CLOSED:
        there.state = GoalState.ACTIVE
        _store(work, actor, key, there, wanted)
    elif key.fingerprint(_text(work, key, there)) != key.fingerprint(wanted):
        raise FieldsRefused({"code": "taken_goal"})


def change(work: Work, actor: Actor, ref: str, mark: str, answers: GoalAnswers) -> None:
    """Change a goal's words, or end it: forms offer it no more, and notes that name it stay as they are. The same again changes nothing.

    Errors: NotFound, Part2Closed; FieldsRefused; ChangedMeanwhile when it was changed since the form was drawn.
    """
    row, client = row_for(work, actor, Goal, ref, Deed.GOAL_CHANGE)
    work.session.refresh(row, with_for_update=True)
    wanted, state = _read(work, answers), GoalState.CLOSED if answers.ended else GoalState.ACTIVE
    key = clients.key_of(work, client.id)
    if key.fingerprint(_text(work, key, row)) == key.fingerprint(wanted) and row.state is state:
        return
    if mark_of(row) != mark or row.state is not GoalState.ACTIVE:
        raise ChangedMeanwhile
    other = _of_code(work, key, client.id, wanted)
    if other is not None and other.id != row.id:
        raise FieldsRefused({"code": "taken_goal"})
    row.state = state
    _store(work, actor, key, row, wanted)


def mark_of(row: Goal) -> str:
    """What changes whenever the goal does. It says nothing of it."""
    return hashlib.sha256(repr((row.id, row.state)).encode() + row.text.digest()).hexdigest()[:16]


def _read(work: Work, answers: GoalAnswers) -> GoalText:
    reading = Reading(work)
    text = GoalText(
        code=Phi(reading.need("code", answers.code, csv_cells.code, "line") or ""),
        text=Phi(reading.need("text", answers.text, csv_cells.text, "unstorable") or ""),
        target=Phi(reading.words("target", answers.target, csv_cells.text, "unstorable") or ""),
    )
    reading.require()
    return text


def _of_code(work: Work, key: RecordKey, client_id: uuid.UUID, wanted: GoalText) -> Goal | None:
    """The client's goal of the same code, whether it stands or has ended; one that stands first."""
    rows = work.session.scalars(
        select(Goal)
        .where(Goal.workspace_id == work.workspace_id, Goal.client_id == client_id)
        .order_by(Goal.state, Goal.position, Goal.id)
        .with_for_update()
    )
    return next((row for row in rows if _code(_text(work, key, row)) == _code(wanted)), None)


def _code(text: GoalText) -> str:
    return folded(text.code.reveal(system_grant(Purpose.IMPORT)))


def _text(work: Work, key: RecordKey, row: Goal) -> GoalText:
    return key.open(GoalText, row.text, work.cell(GOAL, "text", row.id))


def _begin(work: Work, actor: Actor, key: RecordKey, client_id: uuid.UUID, text: GoalText) -> None:
    """Store a goal after those that the client has."""
    theirs = (Goal.workspace_id == work.workspace_id, Goal.client_id == client_id)
    last = work.session.scalar(select(func.max(Goal.position)).where(*theirs))
    row_id = new_id()
    sealed = key.seal(text, work.cell(GOAL, "text", row_id))
    work.session.add(
        Goal(
            workspace_id=work.workspace_id,
            id=row_id,
            ref=new_reference("G"),
            client_id=client_id,
            text=sealed,
            position=(last or 0) + 1,
        )
    )
    audit.record(work, audit.Action.GOAL_CHANGE, actor=actor.id, subject=(GOAL, row_id), sealed=sealed)


def _store(work: Work, actor: Actor, key: RecordKey, row: Goal, text: GoalText) -> None:
    row.text = key.seal(text, work.cell(GOAL, "text", row.id))
    rule = "end" if row.state is GoalState.CLOSED else ""
    audit.record(work, audit.Action.GOAL_CHANGE, actor=actor.id, subject=(GOAL, row.id), sealed=row.text, rule=rule)
