"""What roles need: emergencies, and the way from a supervisor to the caseloads of those they supervise."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the new tables and indexes."""
    _break_glass()
    _assignments()
    _teams_and_leaving()


def _break_glass() -> None:
    op.create_table(
        "break_glass",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.String(length=24), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("review", sa.LargeBinary(), nullable=True),
        _refers("client_id", "client", "fk_break_glass_client"),
        _refers("staff_id", "staff", "fk_break_glass_staff"),
        _refers("reviewed_by", "staff", "fk_break_glass_reviewed_by"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_break_glass"),
        sa.UniqueConstraint("workspace_id", "ref", name="uq_break_glass_ref"),
    )
    op.create_index("ix_break_glass_client", "break_glass", ["workspace_id", "client_id"])
    op.create_index("ix_break_glass_review", "break_glass", ["workspace_id", "reviewed_at", "opened_at"])
    op.create_index("ix_break_glass_staff", "break_glass", ["workspace_id", "staff_id", "ends_at"])


def _assignments() -> None:
    """Every access asks for a person's assignments by day, and a supervisor's for those of their staff."""
    op.create_index("ix_staff_supervisor", "staff", ["workspace_id", "supervisor_id"])


def _teams_and_leaving() -> None:
    """A team may be renamed and has a supervisor; Slack is asked nightly who left; a contact stays the one's who was there."""
    with op.batch_alter_table("team") as team:
        team.add_column(sa.Column("profile_version", sa.Integer(), nullable=False, server_default="1"))
        team.add_column(sa.Column("supervisor_id", sa.Uuid(), nullable=True))
        team.create_foreign_key(
            "fk_team_supervisor", "staff", ["workspace_id", "supervisor_id"], ["workspace_id", "id"]
        )
    with op.batch_alter_table("team") as team:
        team.alter_column("profile_version", existing_type=sa.Integer(), server_default=None)
    op.add_column("staff", sa.Column("asked_on", sa.Date(), nullable=True))
    with op.batch_alter_table("contact") as contact:
        contact.add_column(sa.Column("was_there_id", sa.Uuid(), nullable=True))
        contact.create_foreign_key(
            "fk_contact_was_there", "staff", ["workspace_id", "was_there_id"], ["workspace_id", "id"]
        )


def _refers(column: str, table: str, name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["workspace_id", column], [f"{table}.workspace_id", f"{table}.id"], name=name)
