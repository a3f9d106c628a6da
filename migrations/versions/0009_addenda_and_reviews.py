"""Addenda and reviews, which nobody can change or delete afterwards; a form knows which version of a note it has seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

APPEND_ONLY = ("addendum", "note_review")


def upgrade() -> None:
    """Make both tables, and put a trigger before every change of what stands in them."""
    _addendum()
    _note_review()
    op.add_column("form", sa.Column("note_version", sa.Integer(), nullable=True))
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "postgresql":
            _postgresql(table)
        else:
            _sqlite(table)


def _addendum() -> None:
    op.create_table(
        "addendum",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        _refers("note_id", "note", "fk_addendum_note"),
        _refers("author_id", "staff", "fk_addendum_author"),
        sa.PrimaryKeyConstraint("workspace_id", "note_id", "number", name="pk_addendum"),
    )


def _note_review() -> None:
    op.create_table(
        "note_review",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=32), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        _refers("note_id", "note", "fk_note_review_note"),
        _refers("reviewer_id", "staff", "fk_note_review_reviewer"),
        sa.PrimaryKeyConstraint("workspace_id", "note_id", "number", name="pk_note_review"),
    )


def _sqlite(table: str) -> None:
    for change in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{change} BEFORE {change.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _postgresql(table: str) -> None:
    """The function was made with the first of these tables."""
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _refers(column: str, table: str, name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["workspace_id", column], [f"{table}.workspace_id", f"{table}.id"], name=name)
