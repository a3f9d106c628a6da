"""Every key starts with the workspace, and rows are shown only to a transaction that named it.

The policies themselves are not of one version: migrations.wall makes them after every upgrade, for new tables too. An address
of a phone system is looked for in each workspace in turn, so its reference is unique within one.
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Change the one key that did not begin with the workspace."""
    with op.batch_alter_table("call_hook") as call_hook:
        call_hook.drop_constraint("uq_call_hook_ref", type_="unique")
        call_hook.create_unique_constraint("uq_call_hook_workspace_id_ref", ["workspace_id", "ref"])
