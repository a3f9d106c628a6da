"""Follow-ups: something promised, with a due day and an owner."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from pydantic import Field
from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, blank, new_id, words
from privacy.documents import Document
from privacy.phi import Phi
from privacy.sealed import Sealed


class FollowUpState(StrEnum):
    """Whether a promise still stands."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class DropReason(StrEnum):
    """Why a promise does not stand any more."""

    NOT_NEEDED = "not_needed"
    CLIENT_DECLINED = "client_declined"
    DONE_BY_OTHERS = "done_by_others"
    MISTAKE = "mistake"
    NEW_VERSION = "new_version"
    CLIENT_CLOSED = "client_closed"


class ReferralOutcome(StrEnum):
    """What became of a referral. It stands sealed: whether somebody went to a service, or declined it, is what happened to them.

    A note that refers may promise other things too: those have nothing to do with it.
    """

    ATTENDED = "attended"
    NOT_ATTENDED = "not_attended"
    DECLINED = "declined"
    OTHER = "about_something_else"


class FollowUp(Base, kw_only=True):
    """One promise that came out of a note, or out of an attempt. `promised_on` is the day that was promised first.

    `after_id` is the one that was closed and goes on in this one, such as a referral to which nobody came.
    """

    __tablename__ = "follow_up"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "client_id"], ["client.workspace_id", "client.id"]),
        ForeignKeyConstraint(["workspace_id", "note_id"], ["note.workspace_id", "note.id"]),
        ForeignKeyConstraint(["workspace_id", "contact_id"], ["contact.workspace_id", "contact.id"]),
        ForeignKeyConstraint(["workspace_id", "owner_id"], ["staff.workspace_id", "staff.id"]),
        ForeignKeyConstraint(
            ["workspace_id", "after_id"], ["follow_up.workspace_id", "follow_up.id"], name="fk_follow_up_after"
        ),
        UniqueConstraint("workspace_id", "ref"),
        UniqueConstraint("workspace_id", "after_id", name="uq_follow_up_after"),
        Index("ix_follow_up_due", "workspace_id", "owner_id", "state", "due_on"),
        Index("ix_follow_up_late", "workspace_id", "owner_id", "state", "promised_on"),
        Index("ix_follow_up_open", "workspace_id", "state", "due_on"),
        Index("ix_follow_up_promised", "workspace_id", "state", "promised_on"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    ref: Mapped[str] = mapped_column(String(24))
    client_id: Mapped[uuid.UUID]
    note_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    contact_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    owner_id: Mapped[uuid.UUID]
    due_on: Mapped[dt.date]
    promised_on: Mapped[dt.date]
    text: Mapped[Sealed]
    state: Mapped[FollowUpState] = mapped_column(words(FollowUpState), default=FollowUpState.OPEN)
    created_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    drop_reason: Mapped[DropReason | None] = mapped_column(words(DropReason), default=None)
    outcome: Mapped[Sealed | None] = mapped_column(default=None)
    after_id: Mapped[uuid.UUID | None] = mapped_column(default=None)


class FollowUpText(Document):
    """What was promised, and whether it is about a referral, so that it closes with what became of that."""

    what: Phi[str]
    referral: bool = False


class FollowUpOutcome(Document):
    """What came of it, or why it was dropped; of a referral also what became of that."""

    words: Phi[str] = Field(default_factory=blank)
    referral: ReferralOutcome | None = None
