"""Covers whose last day has passed are found by themselves: what is open with those who covered goes on."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make an index of assignments by kind and last day."""
    op.create_index("ix_assignment_ends", "assignment", ["workspace_id", "kind", "until_on"])
