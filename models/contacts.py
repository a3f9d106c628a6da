"""Contacts: one interaction with or about a client, from planned to noted, attempted or cancelled."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, new_id, words
from privacy.sealed import Sealed


class ContactKind(StrEnum):
    """Whether the client was seen: everything not face to face is collateral. An attempt reached nobody."""

    COLLATERAL = "collateral"
    FACE_TO_FACE = "face_to_face"
    ATTEMPT = "attempt"


class ContactState(StrEnum):
    """Where a contact stands on its way to a note."""

    PLANNED = "planned"
    UNNOTED = "unnoted"
    NOTED = "noted"
    ATTEMPTED = "attempted"
    CANCELLED = "cancelled"


class ContactOrigin(StrEnum):
    """How a contact became known."""

    NOTE = "note"
    LATER = "later"
    PLANNED = "planned"
    ATTEMPT = "attempt"
    CALL = "call"


class ContactReason(StrEnum):
    """Why a contact was cancelled: a planned visit that did not take place, or a contact that needs no note of its own."""

    CLIENT_CANCELLED = "client_cancelled"
    STAFF_CANCELLED = "staff_cancelled"
    NO_SHOW = "no_show"
    PERSONAL = "personal"
    NOT_A_CLIENT = "not_a_client"
    NOT_THERE = "not_there"
    ALREADY_NOTED = "already_noted"
    AUTHOR_LEFT = "author_left"
    CLIENT_CLOSED = "client_closed"


class Contact(Base, kw_only=True):
    """One interaction. What is known of it before its note stands in `words`; what happened stands in its note.

    `client_id` is None only while a call waits for the person to say whom it was about. A planned contact has its
    planned times in `started_at` and `ended_at`. `was_there_id` is who was there, where somebody who was not has to settle it
    because they have left. `billable` says of a noted contact whether its minutes may count as units. `group_id` binds the contacts of one
    visit or conference whose minutes were split among several clients; it means nothing outside.
    """

    __tablename__ = "contact"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "client_id"], ["client.workspace_id", "client.id"]),
        ForeignKeyConstraint(["workspace_id", "staff_id"], ["staff.workspace_id", "staff.id"]),
        ForeignKeyConstraint(
            ["workspace_id", "was_there_id"], ["staff.workspace_id", "staff.id"], name="fk_contact_was_there"
        ),
        UniqueConstraint("workspace_id", "ref"),
        UniqueConstraint("workspace_id", "group_id", "client_id", name="uq_contact_group"),
        Index("ix_contact_owed", "workspace_id", "staff_id", "state", "ended_at"),
        Index("ix_contact_state", "workspace_id", "state", "ended_at"),
        Index("ix_contact_client", "workspace_id", "client_id", "ended_at"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    ref: Mapped[str] = mapped_column(String(24))
    client_id: Mapped[uuid.UUID | None]
    staff_id: Mapped[uuid.UUID]
    kind: Mapped[ContactKind] = mapped_column(words(ContactKind))
    state: Mapped[ContactState] = mapped_column(words(ContactState))
    started_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime]
    minutes: Mapped[int | None] = mapped_column(default=None)
    created_at: Mapped[dt.datetime]
    origin: Mapped[ContactOrigin] = mapped_column(words(ContactOrigin), default=ContactOrigin.NOTE)
    reason: Mapped[ContactReason | None] = mapped_column(words(ContactReason), default=None)
    in_home: Mapped[bool | None] = mapped_column(default=None)
    words: Mapped[Sealed | None] = mapped_column(default=None)
    words_version: Mapped[int] = mapped_column(default=0)
    was_there_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    billable: Mapped[bool | None] = mapped_column(default=None)
    group_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
