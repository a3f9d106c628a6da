"""Drafts: forms that were saved and not signed. Listed, brought back exactly, or put away."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import defer

from models.base import new_reference
from models.forms import Answers, FormKind, FormRow, FormStage
from privacy.grants import Grant
from services import access, audit, clients, note_access, workspaces
from services.access import Reached
from services.decisions import Deed
from services.draft_expiry import is_draft
from services.form_rows import FORM, answers_of, forget, store, writable
from services.note_fields import BEGUN_FROM
from services.sheets import Sheet, sheet_of
from services.staff import Actor
from services.work import Work


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft as a list shows it; `lost` where it is about somebody whom its author may not write about now."""

    nonce: str
    kind: FormKind
    saved_at: dt.datetime
    client: clients.ClientLine | None
    lost: bool = False


def listed(work: Work, actor: Actor) -> tuple[list[DraftLine], Grant]:
    """The actor's drafts, the newest first, and the grant to show whose they are.

    Errors: SurfaceClosed.
    """
    workspaces.require_modal_surface(work)
    grant = audit.record(work, audit.Action.FORM_LIST, actor=actor.id, subject=None)
    found = rows(work, actor)
    whose = _lines(work, actor, {row.client_id for row in found if row.client_id is not None})
    lines = [
        DraftLine(
            *(row.nonce, row.kind, row.saved_at or row.opened_at),
            client=whose.get(row.client_id) if row.client_id else None,
            lost=row.client_id is not None and row.client_id not in whose,
        )
        for row in found
    ]
    return lines, grant


def rows(work: Work, actor: Actor) -> list[FormRow]:
    """The actor's drafts as rows, unopened: for counting and for App Home."""
    return list(work.session.scalars(_drafts(work, actor)))


def resume(work: Work, actor: Actor, nonce: str) -> Sheet:
    """Bring a draft back exactly as it was left, under a new nonce.

    A screen on which it is still open elsewhere loses its hold: its next tap must not overwrite what is typed here.
    Errors: SurfaceClosed; FormGone.
    """
    workspaces.require_modal_surface(work)
    row = writable(work, actor, nonce)
    row.nonce = new_reference("Z")
    row.stage = FormStage.OPEN
    # Whoever brings a draft back wants to keep it.
    row.saved_at = work.now
    answers = _caught_up(work, actor, row, answers_of(work, row))
    grant = audit.record(work, audit.Action.FORM_RECOVER, actor=actor.id, subject=(FORM, row.id))
    _tell(work, actor, {row.client_id} if row.client_id is not None else set())
    return sheet_of(work, actor, row, answers, grant)


def discard(work: Work, actor: Actor, nonce: str) -> None:
    """Put a draft away for good.

    Errors: FormGone.
    """
    row = writable(work, actor, nonce)
    forget(work, row)
    audit.record(work, audit.Action.FORM_DISCARD, actor=actor.id, subject=(FORM, row.id))


def _caught_up(work: Work, actor: Actor, row: FormRow, answers: Answers) -> Answers:
    """The answers of a form about a note. Where a newer version was signed since it was begun, it says so, and may be signed after that one."""
    if row.note_id is None:
        return answers
    newest = note_access.by_id(work, row.note_id).latest_version
    if row.note_version in {None, newest}:
        return answers
    behind = answers.model_copy(update={"chosen": {**answers.chosen, BEGUN_FROM: (str(row.note_version),)}})
    row.note_version = newest
    store(work, actor, row, behind)
    return behind


def _lines(work: Work, actor: Actor, client_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, clients.ClientLine]:
    """Those of these clients whom the actor reaches today and who were not shredded."""
    reached = _tell(work, actor, client_ids)
    return {line.id: line for line in clients.lines_of(work, [each.client for each in reached.values()])}


def _tell(work: Work, actor: Actor, client_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Reached]:
    """Those whom the actor reaches; what an emergency shows is told to the trail."""
    reached = access.reach_all(work, actor, client_ids, Deed.CLIENT_READ)
    for each in reached.values():
        access.tell(work, actor, each)
    return reached


def _drafts(work: Work, actor: Actor) -> Select[FormRow]:
    return (
        select(FormRow)
        .where(
            FormRow.workspace_id == work.workspace_id,
            FormRow.staff_id == actor.id,
            is_draft(),
        )
        .order_by(FormRow.saved_at.desc())
        .options(defer(FormRow.answers))
    )
