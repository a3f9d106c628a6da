"""The first schema: every table of the core. No data stands here, and what later steps add comes in later versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, each after those it refers to."""
    _workspace()
    _audit_event()
    _audit_head()
    _client()
    _surface_decision()
    _team()
    _workspace_key()
    _client_key()
    _goal()
    _person()
    _staff()
    _assignment()
    _contact()
    _delivery()
    _note()
    _follow_up()
    _form()
    _note_version()


def _workspace() -> None:
    op.create_table(
        "workspace",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slack_team_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workspace"),
        sa.UniqueConstraint("slack_team_id", name="uq_workspace_slack_team_id"),
    )


def _audit_event() -> None:
    op.create_table(
        "audit_event",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("object_type", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("object_version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        _belongs("fk_audit_event_workspace"),
        sa.PrimaryKeyConstraint("workspace_id", "seq", name="pk_audit_event"),
    )
    op.create_index("ix_audit_event_object", "audit_event", ["workspace_id", "object_id"])


def _audit_head() -> None:
    op.create_table(
        "audit_head",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        _belongs("fk_audit_head_workspace"),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_audit_head"),
    )


def _client() -> None:
    op.create_table(
        "client",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.String(length=24), nullable=False),
        sa.Column("agency_id_index", sa.LargeBinary(), nullable=False),
        sa.Column("profile", sa.LargeBinary(), nullable=False),
        sa.Column("profile_version", sa.Integer(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("plan_review_on", sa.Date(), nullable=True),
        _belongs("fk_client_workspace"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_client"),
        sa.UniqueConstraint("workspace_id", "agency_id_index", name="uq_client_workspace_id_agency_id_index"),
        sa.UniqueConstraint("workspace_id", "ref", name="uq_client_workspace_id_ref"),
    )
    op.create_index("ix_client_changed", "client", ["workspace_id", "changed_seq"])


def _surface_decision() -> None:
    op.create_table(
        "surface_decision",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("surface", sa.String(length=32), nullable=False),
        sa.Column("reasons", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        _belongs("fk_surface_decision_workspace"),
        sa.PrimaryKeyConstraint("workspace_id", "version", name="pk_surface_decision"),
    )


def _team() -> None:
    op.create_table(
        "team",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.String(length=24), nullable=False),
        sa.Column("name_index", sa.LargeBinary(), nullable=False),
        sa.Column("profile", sa.LargeBinary(), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=True),
        _belongs("fk_team_workspace"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_team"),
        sa.UniqueConstraint("workspace_id", "name_index", name="uq_team_workspace_id_name_index"),
        sa.UniqueConstraint("workspace_id", "ref", name="uq_team_workspace_id_ref"),
    )


def _workspace_key() -> None:
    op.create_table(
        "workspace_key",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("kek_uri", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _belongs("fk_workspace_key_workspace"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_workspace_key"),
        sa.UniqueConstraint("workspace_id", "kind", "version", name="uq_workspace_key_workspace_id_kind_version"),
    )


def _client_key() -> None:
    op.create_table(
        "client_key",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _refers("client_id", "client", "fk_client_key_client"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_client_key"),
        sa.UniqueConstraint(
            "workspace_id", "client_id", "version", name="uq_client_key_workspace_id_client_id_version"
        ),
    )


def _goal() -> None:
    op.create_table(
        "goal",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.String(length=24), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        _refers("client_id", "client", "fk_goal_client"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_goal"),
        sa.UniqueConstraint("workspace_id", "ref", name="uq_goal_workspace_id_ref"),
    )
    op.create_index("ix_goal_client", "goal", ["workspace_id", "client_id"])


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.String(length=24), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("profile", sa.LargeBinary(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        _refers("client_id", "client", "fk_person_client"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_person"),
        sa.UniqueConstraint("workspace_id", "ref", name="uq_person_workspace_id_ref"),
    )
    op.create_index("ix_person_client", "person", ["workspace_id", "client_id"])


def _staff() -> None:
    op.create_table(
        "staff",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.String(length=24), nullable=False),
        sa.Column("email_index", sa.LargeBinary(), nullable=False),
        sa.Column("profile", sa.LargeBinary(), nullable=False),
        sa.Column("profile_version", sa.Integer(), nullable=False),
        sa.Column("roles", sa.String(length=120), nullable=False),
        sa.Column("slack_user_id", sa.String(length=32), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("supervisor_id", sa.Uuid(), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("work_days", sa.String(length=7), nullable=False),
        sa.Column("work_starts_minute", sa.Integer(), nullable=False),
        sa.Column("work_ends_minute", sa.Integer(), nullable=False),
        sa.Column("cosign_required", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        _refers("supervisor_id", "staff", "fk_staff_supervisor"),
        _refers("team_id", "team", "fk_staff_team"),
        _belongs("fk_staff_workspace"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_staff"),
        sa.UniqueConstraint("workspace_id", "email_index", name="uq_staff_workspace_id_email_index"),
        sa.UniqueConstraint("workspace_id", "ref", name="uq_staff_workspace_id_ref"),
        sa.UniqueConstraint("workspace_id", "slack_user_id", name="uq_staff_workspace_id_slack_user_id"),
    )


def _assignment() -> None:
    op.create_table(
        "assignment",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        _refers("client_id", "client", "fk_assignment_client"),
        _refers("staff_id", "staff", "fk_assignment_staff"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_assignment"),
    )
    op.create_index("ix_assignment_client", "assignment", ["workspace_id", "client_id"])
    op.create_index("ix_assignment_staff", "assignment", ["workspace_id", "staff_id"])


def _contact() -> None:
    op.create_table(
        "contact",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.String(length=24), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _refers("client_id", "client", "fk_contact_client"),
        _refers("staff_id", "staff", "fk_contact_staff"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_contact"),
        sa.UniqueConstraint("workspace_id", "ref", name="uq_contact_workspace_id_ref"),
    )
    op.create_index("ix_contact_client", "contact", ["workspace_id", "client_id", "ended_at"])
    op.create_index("ix_contact_owed", "contact", ["workspace_id", "staff_id", "state", "ended_at"])


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("local_on", sa.Date(), nullable=False),
        sa.Column("slot", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=True),
        sa.Column("message_ts", sa.String(length=32), nullable=True),
        _refers("staff_id", "staff", "fk_delivery_staff"),
        sa.PrimaryKeyConstraint("workspace_id", "staff_id", "local_on", "slot", name="pk_delivery"),
    )


def _note() -> None:
    op.create_table(
        "note",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.String(length=24), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("review", sa.String(length=32), nullable=False),
        sa.Column("latest_version", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        _refers("author_id", "staff", "fk_note_staff"),
        _refers("client_id", "client", "fk_note_client"),
        _refers("contact_id", "contact", "fk_note_contact"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_note"),
        sa.UniqueConstraint("workspace_id", "contact_id", name="uq_note_workspace_id_contact_id"),
        sa.UniqueConstraint("workspace_id", "ref", name="uq_note_workspace_id_ref"),
    )
    op.create_index("ix_note_author", "note", ["workspace_id", "author_id", "signed_at"])
    op.create_index("ix_note_client", "note", ["workspace_id", "client_id", "signed_at"])


def _follow_up() -> None:
    op.create_table(
        "follow_up",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.String(length=24), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _refers("client_id", "client", "fk_follow_up_client"),
        _refers("note_id", "note", "fk_follow_up_note"),
        _refers("owner_id", "staff", "fk_follow_up_staff"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_follow_up"),
        sa.UniqueConstraint("workspace_id", "ref", name="uq_follow_up_workspace_id_ref"),
    )
    op.create_index("ix_follow_up_due", "follow_up", ["workspace_id", "owner_id", "state", "due_on"])


def _form() -> None:
    op.create_table(
        "form",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("note_id", sa.Uuid(), nullable=True),
        sa.Column("signed_hash", sa.LargeBinary(), nullable=True),
        sa.Column("last_action_ts", sa.String(length=24), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        _refers("client_id", "client", "fk_form_client"),
        _refers("contact_id", "contact", "fk_form_contact"),
        _refers("note_id", "note", "fk_form_note"),
        _refers("staff_id", "staff", "fk_form_staff"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_form"),
        sa.UniqueConstraint("workspace_id", "nonce", name="uq_form_workspace_id_nonce"),
    )
    op.create_index("ix_form_staff", "form", ["workspace_id", "staff_id", "stage"])


def _note_version() -> None:
    op.create_table(
        "note_version",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        _refers("note_id", "note", "fk_note_version_note"),
        sa.PrimaryKeyConstraint("workspace_id", "note_id", "version", name="pk_note_version"),
    )


def _belongs(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=name)


def _refers(column: str, table: str, name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["workspace_id", column], [f"{table}.workspace_id", f"{table}.id"], name=name)
