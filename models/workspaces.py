"""The workspace (one agency's Slack workspace), its wrapped keys and its decision on where client data may go."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, new_id, words
from privacy.documents import Document
from privacy.sealed import Sealed


class Surface(StrEnum):
    """Where staff may type and read client data."""

    MODAL = "modal"
    WEB = "web"
    NONE = "none"


class KeyKind(StrEnum):
    """What a wrapped key is for."""

    WORKSPACE = "workspace"
    AUDIT = "audit"


class Workspace(Base, kw_only=True):
    """One agency. The only table that is found by a name from outside, the Slack team's id."""

    __tablename__ = "workspace"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    slack_team_id: Mapped[str] = mapped_column(String(32), unique=True)
    created_at: Mapped[dt.datetime]
    demo: Mapped[bool] = mapped_column(default=False)
    roster_imported_at: Mapped[dt.datetime | None] = mapped_column(default=None)


class WorkspaceKey(Base, kw_only=True):
    """A workspace or audit key, wrapped by the key-encryption key. Useless without it."""

    __tablename__ = "workspace_key"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"]),
        UniqueConstraint("workspace_id", "kind", "version"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[KeyKind] = mapped_column(words(KeyKind))
    version: Mapped[int]
    wrapped: Mapped[bytes]
    kek_uri: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[dt.datetime]


class SurfaceDecision(Base, kw_only=True):
    """One recorded decision on where client data may go. The newest version counts; none means closed."""

    __tablename__ = "surface_decision"
    __table_args__ = (ForeignKeyConstraint(["workspace_id"], ["workspace.id"]),)

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(default_factory=new_id)
    surface: Mapped[Surface] = mapped_column(words(Surface))
    reasons: Mapped[Sealed]
    recorded_at: Mapped[dt.datetime]


class DecisionDocument(Document):
    """Who decided on the surface, and which agreement they named."""

    decided_by: str
    agreement: str
