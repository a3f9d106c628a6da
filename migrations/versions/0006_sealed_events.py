"""The events that recorded a sealed row are found by themselves, however often the row was read since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make an index of the events that commit to stored bytes."""
    there = sa.text("digest IS NOT NULL")
    op.create_index(
        "ix_audit_event_sealed",
        "audit_event",
        ["workspace_id", "object_id", "object_type"],
        sqlite_where=there,
        postgresql_where=there,
    )
