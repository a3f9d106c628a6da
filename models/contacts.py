"""Contacts: one interaction with or about a client, from planned to noted."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, new_id, words


class ContactKind(StrEnum):
    """Whether the client was seen: everything not face to face is collateral."""

    COLLATERAL = "collateral"
    FACE_TO_FACE = "face_to_face"


class ContactState(StrEnum):
    """Where a contact stands on its way to a note."""

    PLANNED = "planned"
    UNNOTED = "unnoted"
    NOTED = "noted"
    ATTEMPTED = "attempted"
    CANCELLED = "cancelled"


class Contact(Base, kw_only=True):
    """One interaction. It holds no words; those stand in its note."""

    __tablename__ = "contact"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "client_id"], ["client.workspace_id", "client.id"]),
        ForeignKeyConstraint(["workspace_id", "staff_id"], ["staff.workspace_id", "staff.id"]),
        UniqueConstraint("workspace_id", "ref"),
        Index("ix_contact_owed", "workspace_id", "staff_id", "state", "ended_at"),
        Index("ix_contact_client", "workspace_id", "client_id", "ended_at"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    ref: Mapped[str] = mapped_column(String(24))
    client_id: Mapped[uuid.UUID]
    staff_id: Mapped[uuid.UUID]
    kind: Mapped[ContactKind] = mapped_column(words(ContactKind))
    state: Mapped[ContactState] = mapped_column(words(ContactState))
    started_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime]
    minutes: Mapped[int | None] = mapped_column(default=None)
    created_at: Mapped[dt.datetime]
