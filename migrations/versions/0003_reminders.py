"""What reminders need: occurrences and deliveries, policies, requirements, calls; contacts before their notes.

The former ledger of reminders told of one rule only; the new one takes its place and starts empty.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add columns to the tables that are there, then make the new ones."""
    _contacts()
    _follow_ups()
    _clients()
    _people()
    _forms()
    _staff_and_notes()
    op.drop_table("delivery")
    _call_hook()
    _delivery()
    _occurrence()
    _pause()
    _phone_call()
    _policy_version()
    _requirement()
    _snooze()


def _contacts() -> None:
    """A contact may wait for its client, knows where it came from, and holds what is known before its note."""
    with op.batch_alter_table("contact") as contact:
        contact.alter_column("client_id", existing_type=sa.Uuid(), nullable=True)
        contact.add_column(sa.Column("origin", sa.String(length=32), nullable=False, server_default="note"))
        contact.add_column(sa.Column("reason", sa.String(length=32), nullable=True))
        contact.add_column(sa.Column("in_home", sa.Boolean(), nullable=True))
        contact.add_column(sa.Column("words", sa.LargeBinary(), nullable=True))
        contact.add_column(sa.Column("words_version", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("contact") as contact:
        contact.alter_column("origin", existing_type=sa.String(length=32), server_default=None)
        contact.alter_column("words_version", existing_type=sa.Integer(), server_default=None)
    op.create_index("ix_contact_state", "contact", ["workspace_id", "state", "ended_at"])


def _follow_ups() -> None:
    """A promise may come from an attempt, remembers its first day, and how it ended."""
    with op.batch_alter_table("follow_up") as follow_up:
        follow_up.alter_column("note_id", existing_type=sa.Uuid(), nullable=True)
        follow_up.add_column(sa.Column("contact_id", sa.Uuid(), nullable=True))
        follow_up.add_column(sa.Column("promised_on", sa.Date(), nullable=True))
        follow_up.add_column(sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
        follow_up.add_column(sa.Column("drop_reason", sa.String(length=32), nullable=True))
        follow_up.add_column(sa.Column("outcome", sa.LargeBinary(), nullable=True))
        follow_up.create_foreign_key(
            "fk_follow_up_contact", "contact", ["workspace_id", "contact_id"], ["workspace_id", "id"]
        )
    op.execute("UPDATE follow_up SET promised_on = due_on")
    op.execute("UPDATE follow_up SET drop_reason = 'new_version' WHERE state = 'dropped'")
    with op.batch_alter_table("follow_up") as follow_up:
        follow_up.alter_column("promised_on", existing_type=sa.Date(), nullable=False)
    op.create_index("ix_follow_up_late", "follow_up", ["workspace_id", "owner_id", "state", "promised_on"])
    op.create_index("ix_follow_up_open", "follow_up", ["workspace_id", "state", "due_on"])
    op.create_index("ix_follow_up_promised", "follow_up", ["workspace_id", "state", "promised_on"])


def _clients() -> None:
    """What was known of contacts before Noted, and the newest of all."""
    for name in ("last_contact_on", "before_contact_on", "before_visit_on", "before_home_visit_on"):
        op.add_column("client", sa.Column(name, sa.Date(), nullable=True))
    op.create_index("ix_client_last_contact", "client", ["workspace_id", "status", "last_contact_on"])
    op.create_index("ix_client_plan_review", "client", ["workspace_id", "status", "plan_review_on"])
    op.add_column("workspace", sa.Column("roster_imported_at", sa.DateTime(timezone=True), nullable=True))


def _people() -> None:
    """An import may change what is known of a person."""
    with op.batch_alter_table("person") as person:
        person.add_column(sa.Column("profile_version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("person") as person:
        person.alter_column("profile_version", existing_type=sa.Integer(), server_default=None)


def _forms() -> None:
    """A form remembers that it was opened from a list."""
    with op.batch_alter_table("form") as form:
        form.add_column(sa.Column("from_list", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("form") as form:
        form.alter_column("from_list", existing_type=sa.Boolean(), server_default=None)


def _staff_and_notes() -> None:
    """Who is away, who wants no message after a call; which notes are urgent, and when one was reviewed."""
    with op.batch_alter_table("staff") as staff:
        staff.add_column(sa.Column("after_call", sa.Boolean(), nullable=False, server_default=sa.true()))
        staff.add_column(sa.Column("away_from", sa.Date(), nullable=True))
        staff.add_column(sa.Column("away_until", sa.Date(), nullable=True))
    with op.batch_alter_table("staff") as staff:
        staff.alter_column("after_call", existing_type=sa.Boolean(), server_default=None)
    with op.batch_alter_table("note") as note:
        note.add_column(sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
        note.add_column(sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("note") as note:
        note.alter_column("urgent", existing_type=sa.Boolean(), server_default=None)
    op.create_index("ix_note_review", "note", ["workspace_id", "review", "signed_at"])


def _call_hook() -> None:
    op.create_table(
        "call_hook",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.String(length=24), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        _belongs("fk_call_hook_workspace"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_call_hook"),
        sa.UniqueConstraint("ref", name="uq_call_hook_ref"),
    )


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("receiver_id", sa.Uuid(), nullable=False),
        sa.Column("local_on", sa.Date(), nullable=False),
        sa.Column("slot", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("token", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channel_id", sa.String(length=32), nullable=True),
        sa.Column("message_ts", sa.String(length=32), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_delivery"),
        sa.UniqueConstraint(
            "workspace_id",
            "receiver_id",
            "local_on",
            "slot",
            "number",
            name="uq_delivery_workspace_id_receiver_id_local_on_slot_number",
        ),
    )
    op.create_index("ix_delivery_state", "delivery", ["workspace_id", "state", "send_at"])


def _occurrence() -> None:
    op.create_table(
        "occurrence",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("local_on", sa.Date(), nullable=False),
        sa.Column("receiver_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        _refers("delivery_id", "delivery", "fk_occurrence_delivery"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_occurrence"),
        sa.UniqueConstraint(
            "workspace_id",
            "receiver_id",
            "rule",
            "subject_id",
            "step",
            "local_on",
            name="uq_occurrence_once",
        ),
    )
    op.create_index("ix_occurrence_day", "occurrence", ["workspace_id", "local_on"])
    op.create_index("ix_occurrence_delivery", "occurrence", ["workspace_id", "delivery_id"])
    op.create_index("ix_occurrence_due", "occurrence", ["workspace_id", "state", "due_at"])
    op.create_index("ix_occurrence_receiver", "occurrence", ["workspace_id", "receiver_id", "state", "due_at"])


def _pause() -> None:
    op.create_table(
        "pause",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        _refers("client_id", "client", "fk_pause_client"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_pause"),
    )
    op.create_index("ix_pause_client", "pause", ["workspace_id", "client_id"])


def _phone_call() -> None:
    op.create_table(
        "phone_call",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hook_id", sa.Uuid(), nullable=False),
        sa.Column("call_index", sa.LargeBinary(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        _refers("hook_id", "call_hook", "fk_phone_call_call_hook"),
        _refers("contact_id", "contact", "fk_phone_call_contact"),
        _refers("delivery_id", "delivery", "fk_phone_call_delivery"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_phone_call"),
        sa.UniqueConstraint("workspace_id", "call_index", name="uq_phone_call_workspace_id_call_index"),
    )
    op.create_index("ix_phone_call_contact", "phone_call", ["workspace_id", "contact_id"])
    op.create_index("ix_phone_call_delivery", "phone_call", ["workspace_id", "delivery_id"])


def _policy_version() -> None:
    op.create_table(
        "policy_version",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        _belongs("fk_policy_version_workspace"),
        sa.PrimaryKeyConstraint("workspace_id", "version", name="pk_policy_version"),
    )


def _requirement() -> None:
    op.create_table(
        "requirement",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.String(length=24), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("every_days", sa.Integer(), nullable=True),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("home_every", sa.Integer(), nullable=False),
        sa.Column("pack", sa.String(length=32), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("anchor_on", sa.Date(), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("home_due", sa.Boolean(), nullable=False),
        _refers("client_id", "client", "fk_requirement_client"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_requirement"),
        sa.UniqueConstraint("workspace_id", "ref", name="uq_requirement_workspace_id_ref"),
    )
    op.create_index("ix_requirement_client", "requirement", ["workspace_id", "client_id"])
    op.create_index("ix_requirement_closes", "requirement", ["workspace_id", "closes_on"])


def _snooze() -> None:
    op.create_table(
        "snooze",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        _refers("staff_id", "staff", "fk_snooze_staff"),
        sa.PrimaryKeyConstraint("workspace_id", "staff_id", "subject_id", name="pk_snooze"),
    )


def _belongs(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=name)


def _refers(column: str, table: str, name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["workspace_id", column], [f"{table}.workspace_id", f"{table}.id"], name=name)
