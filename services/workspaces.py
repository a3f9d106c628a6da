"""The workspace itself: making it, its keys, and whether it is open. What was decided, and by whom, stands in surfaces."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.workspaces import KeyKind, Surface, SurfaceDecision, Workspace, WorkspaceKey
from privacy.keys import WrappedKey
from services import audit
from services.refusals import SurfaceClosed
from services.work import Work


def find(session: Session, slack_team_id: str) -> Workspace | None:
    """The workspace of a Slack team, or None."""
    return session.scalar(select(Workspace).where(Workspace.slack_team_id == slack_team_id))


def team_ids(session: Session) -> tuple[str, ...]:
    """The Slack teams whose workspaces stand in this database."""
    return tuple(session.scalars(select(Workspace.slack_team_id).order_by(Workspace.slack_team_id)))


def wrapped_keys(session: Session, workspace_id: uuid.UUID) -> list[WrappedKey]:
    """The workspace's keys as they are stored."""
    rows = session.scalars(select(WorkspaceKey).where(WorkspaceKey.workspace_id == workspace_id))
    return [WrappedKey(row.id, row.kind.value, row.version, row.wrapped, row.kek_uri) for row in rows]


def create(work: Work, slack_team_id: str, wrapped: list[WrappedKey], *, demo: bool = False) -> None:
    """Make the workspace whose id and keys `work` was made with."""
    work.session.add(Workspace(id=work.workspace_id, slack_team_id=slack_team_id, created_at=work.now, demo=demo))
    work.session.flush()
    for key in wrapped:
        work.session.add(
            WorkspaceKey(
                workspace_id=work.workspace_id,
                id=key.id,
                kind=KeyKind(key.kind),
                version=key.version,
                wrapped=key.blob,
                kek_uri=key.kek_uri,
                created_at=work.now,
            )
        )
    audit.start(work)
    audit.record(work, audit.Action.WORKSPACE_INIT, actor=None, subject=("workspace", work.workspace_id))


def record_backup(work: Work) -> None:
    """Record that the database was copied."""
    audit.record(work, audit.Action.BACKUP_MAKE, actor=None, subject=("workspace", work.workspace_id))


def surface(work: Work) -> Surface | None:
    """Where client data may go now, or None while nobody has decided."""
    return work.session.scalar(
        select(SurfaceDecision.surface)
        .where(SurfaceDecision.workspace_id == work.workspace_id)
        .order_by(SurfaceDecision.version.desc())
        .limit(1)
    )


def require_modal_surface(work: Work) -> None:
    """Stop unless client data may stand in Slack forms.

    Errors: SurfaceClosed.
    """
    if surface(work) is not Surface.MODAL:
        raise SurfaceClosed
