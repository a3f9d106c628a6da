"""Notes and their versions. Signed is signed: a version is never changed and never deleted."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, new_id, words
from models.contacts import ContactKind
from privacy.sealed import Sealed


class Review(StrEnum):
    """A supervisor's decision on a note."""

    NOT_NEEDED = "not_needed"
    PENDING = "pending"
    APPROVED = "approved"
    RETURNED = "returned"


class Note(Base, kw_only=True):
    """What was written about one contact. Its words stand sealed in its versions.

    `urgent` says that its event asks for another contact soon; which event it was stands sealed.
    """

    __tablename__ = "note"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "client_id"], ["client.workspace_id", "client.id"]),
        ForeignKeyConstraint(["workspace_id", "contact_id"], ["contact.workspace_id", "contact.id"]),
        ForeignKeyConstraint(["workspace_id", "author_id"], ["staff.workspace_id", "staff.id"]),
        UniqueConstraint("workspace_id", "ref"),
        UniqueConstraint("workspace_id", "contact_id"),
        Index("ix_note_author", "workspace_id", "author_id", "signed_at"),
        Index("ix_note_review", "workspace_id", "review", "signed_at"),
        Index("ix_note_client", "workspace_id", "client_id", "signed_at"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    ref: Mapped[str] = mapped_column(String(24))
    client_id: Mapped[uuid.UUID]
    contact_id: Mapped[uuid.UUID]
    author_id: Mapped[uuid.UUID]
    kind: Mapped[ContactKind] = mapped_column(words(ContactKind))
    review: Mapped[Review] = mapped_column(words(Review))
    latest_version: Mapped[int]
    signed_at: Mapped[dt.datetime]
    urgent: Mapped[bool] = mapped_column(default=False)
    reviewed_at: Mapped[dt.datetime | None] = mapped_column(default=None)


class NoteVersion(Base, kw_only=True):
    """One signed version of a note: the sealed document, its content hash and the instant."""

    __tablename__ = "note_version"
    __table_args__ = (ForeignKeyConstraint(["workspace_id", "note_id"], ["note.workspace_id", "note.id"]),)

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    note_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[Sealed]
    content_hash: Mapped[bytes]
    signed_at: Mapped[dt.datetime]
