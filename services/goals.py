"""The goals of a client's care plan, opened for a form."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select, true

from models.goals import Goal, GoalState, GoalText
from privacy.grants import Grant
from privacy.keys import RecordKey
from services.work import Work

GOAL = "goal"


@dataclass(frozen=True, slots=True)
class GoalLine:
    """A goal as a form offers it."""

    id: uuid.UUID
    ref: str
    text: GoalText

    def code(self, grant: Grant) -> str:
        """`G2`."""
        return self.text.code.reveal(grant)

    def words(self, grant: Grant) -> str:
        """`Keep an apartment`."""
        return self.text.text.reveal(grant)


def active(work: Work, client_id: uuid.UUID, key: RecordKey) -> tuple[GoalLine, ...]:
    """The client's active goals, in the plan's order."""
    return _opened(work, client_id, key, Goal.state == GoalState.ACTIVE)


def every(work: Work, client_id: uuid.UUID, key: RecordKey) -> tuple[GoalLine, ...]:
    """Every goal that the client has or had, in the plan's order."""
    return _opened(work, client_id, key, true())


def _opened(work: Work, client_id: uuid.UUID, key: RecordKey, which: ColumnElement[bool]) -> tuple[GoalLine, ...]:
    rows = work.session.scalars(
        select(Goal)
        .where(Goal.workspace_id == work.workspace_id, Goal.client_id == client_id, which)
        .order_by(Goal.position, Goal.id)
    )
    return tuple(
        GoalLine(row.id, row.ref, key.open(GoalText, row.text, work.cell(GOAL, "text", row.id))) for row in rows
    )


def refs_of(work: Work, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The references of these goals, also of those that do not stand in the plan any more."""
    rows = work.session.execute(
        select(Goal.id, Goal.ref).where(Goal.workspace_id == work.workspace_id, Goal.id.in_(ids))
    )
    return dict(rows.all())
