"""Break-glass: one person's access to one client in an emergency, for an hour, and what a privacy officer thought of it."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, new_id
from privacy.documents import Document
from privacy.phi import Phi
from privacy.sealed import Sealed


class BreakGlass(Base, kw_only=True):
    """An emergency: open from `opened_at` until `ends_at`, or until it was closed before. Its review is owed afterwards."""

    __tablename__ = "break_glass"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "client_id"], ["client.workspace_id", "client.id"], name="fk_break_glass_client"
        ),
        ForeignKeyConstraint(
            ["workspace_id", "staff_id"], ["staff.workspace_id", "staff.id"], name="fk_break_glass_staff"
        ),
        ForeignKeyConstraint(
            ["workspace_id", "reviewed_by"], ["staff.workspace_id", "staff.id"], name="fk_break_glass_reviewed_by"
        ),
        UniqueConstraint("workspace_id", "ref", name="uq_break_glass_ref"),
        Index("ix_break_glass_staff", "workspace_id", "staff_id", "ends_at"),
        Index("ix_break_glass_client", "workspace_id", "client_id"),
        Index("ix_break_glass_review", "workspace_id", "reviewed_at", "opened_at"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    ref: Mapped[str] = mapped_column(String(24))
    staff_id: Mapped[uuid.UUID]
    client_id: Mapped[uuid.UUID]
    reason: Mapped[Sealed]
    opened_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    reviewed_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    reviewed_by: Mapped[uuid.UUID | None] = mapped_column(default=None)
    review: Mapped[Sealed | None] = mapped_column(default=None)


class GlassReason(Document):
    """Why somebody broke the glass, in their words."""

    words: Phi[str]


class GlassReview(Document):
    """What the privacy officer thought of it, in their words."""

    words: Phi[str]
