"""What units, visits to several clients and the outcome of a referral need of the tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns; contacts of one group are of different clients, and a follow-up is followed by one other at most."""
    with op.batch_alter_table("contact") as contact:
        contact.add_column(sa.Column("billable", sa.Boolean(), nullable=True))
        contact.add_column(sa.Column("group_id", sa.Uuid(), nullable=True))
        contact.create_unique_constraint("uq_contact_group", ["workspace_id", "group_id", "client_id"])
    with op.batch_alter_table("follow_up") as follow_up:
        follow_up.add_column(sa.Column("after_id", sa.Uuid(), nullable=True))
        follow_up.create_unique_constraint("uq_follow_up_after", ["workspace_id", "after_id"])
        follow_up.create_foreign_key(
            "fk_follow_up_after", "follow_up", ["workspace_id", "after_id"], ["workspace_id", "id"]
        )
