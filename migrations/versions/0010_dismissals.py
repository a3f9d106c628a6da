"""The suggestions that a staff member does not want to see again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """One sealed value for each staff member."""
    op.create_table(
        "dismissal",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "staff_id"], ["staff.workspace_id", "staff.id"], name="fk_dismissal_staff"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "staff_id", name="pk_dismissal"),
    )
