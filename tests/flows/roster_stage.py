"""What the conversations about the roster and about the surface share: roles by hand, and looking people up."""

from __future__ import annotations

from sqlalchemy import select, update

from models.audit import AuditEvent
from models.rows import WorkspaceSession
from models.staff import Role, Staff
from tests.flows.stage import Play


def gives(stage: Play, user_id: str, *roles: Role) -> None:
    """Somebody has exactly these roles from now on."""
    with WorkspaceSession(stage.app.engine, stage.tenant.id) as session, session.begin():
        session.execute(
            update(Staff).where(Staff.slack_user_id == user_id).values(roles=" ".join(role.value for role in roles))
        )


def staff(stage: Play, user_id: str) -> Staff:
    """The staff member with this Slack id, as stored now."""
    with WorkspaceSession(stage.app.engine, stage.tenant.id) as session:
        return session.scalars(select(Staff).where(Staff.slack_user_id == user_id)).one()


def last_event(stage: Play) -> AuditEvent:
    """The newest event of the trail."""
    with WorkspaceSession(stage.app.engine, stage.tenant.id) as session:
        return session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)).one()
