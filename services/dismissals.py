"""The suggestions that a person does not want to see again: kept for them alone, and taken back all at once."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from models.dismissals import Dismissals, DismissedKeys
from services import audit
from services.staff import STAFF, Actor
from services.work import Work

TABLE: Final = "dismissal"
# Whoever wants none of so many suggestions wants the rules silenced for the agency. The oldest are suggested again.
KEPT_MOST: Final = 200


def keys(work: Work, actor: Actor) -> frozenset[str]:
    """The keys of the findings that are not suggested to this actor."""
    row = _row(work, actor)
    return frozenset(_opened(work, row)) if row is not None else frozenset()


def add(work: Work, actor: Actor, key: str) -> None:
    """Never suggest this to the actor again; twice is once."""
    row = _row(work, actor, for_update=True)
    known = _opened(work, row) if row is not None else ()
    if key not in known:
        _write(work, actor, row, (*known, key)[-KEPT_MOST:])


def forget(work: Work, actor: Actor) -> None:
    """Suggest everything again."""
    row = _row(work, actor, for_update=True)
    if row is not None and _opened(work, row):
        _write(work, actor, row, ())


def _write(work: Work, actor: Actor, row: Dismissals | None, kept: tuple[str, ...]) -> None:
    version = row.version + 1 if row is not None else 1
    cell = work.cell(TABLE, "document", actor.id, version)
    sealed = work.keys.house_key.seal(DismissedKeys(keys=kept), cell)
    if row is None:
        work.session.add(Dismissals(workspace_id=work.workspace_id, staff_id=actor.id, document=sealed))
    else:
        row.document, row.version = sealed, version
    audit.record(work, audit.Action.SUGGESTION_DISMISS, actor=actor.id, subject=(STAFF, actor.id))


def _opened(work: Work, row: Dismissals) -> tuple[str, ...]:
    cell = work.cell(TABLE, "document", row.staff_id, row.version)
    return work.keys.house_key.open(DismissedKeys, row.document, cell).keys


def _row(work: Work, actor: Actor, *, for_update: bool = False) -> Dismissals | None:
    query = select(Dismissals).where(Dismissals.workspace_id == work.workspace_id, Dismissals.staff_id == actor.id)
    return work.session.scalar(query.with_for_update() if for_update else query)
