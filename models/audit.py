"""The audit trail: gapless, chained, ids and closed words only."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class AuditHead(Base, kw_only=True):
    """The last event of a workspace's chain. Locked while an event is appended."""

    __tablename__ = "audit_head"
    __table_args__ = (ForeignKeyConstraint(["workspace_id"], ["workspace.id"]),)

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    mac: Mapped[bytes]


class AuditEvent(Base, kw_only=True):
    """One thing that was done, read or refused. The events that commit to a sealed row are found apart from those of its readings."""

    __tablename__ = "audit_event"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"]),
        Index("ix_audit_event_object", "workspace_id", "object_id"),
        Index(
            "ix_audit_event_sealed",
            "workspace_id",
            "object_id",
            "object_type",
            sqlite_where=text("digest IS NOT NULL"),
            postgresql_where=text("digest IS NOT NULL"),
        ),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime]
    actor_id: Mapped[uuid.UUID | None]
    action: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(16))
    object_type: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[uuid.UUID | None]
    object_version: Mapped[int]
    digest: Mapped[bytes | None]
    rule: Mapped[str] = mapped_column(String(64))
    request_id: Mapped[uuid.UUID]
    key_id: Mapped[uuid.UUID]
    mac: Mapped[bytes]
