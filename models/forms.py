"""The row behind every open form, so that nothing typed is lost and nothing is signed twice."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from pydantic import Field
from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, new_id, words
from privacy.documents import Document
from privacy.phi import Phi
from privacy.sealed import Sealed


class FormKind(StrEnum):
    """Which form it is. The words of a contact's kind are the same here."""

    COLLATERAL = "collateral"
    FACE_TO_FACE = "face_to_face"
    ATTEMPT = "attempt"
    LATER = "later"
    PLAN = "plan"
    ADDENDUM = "addendum"
    REVIEW = "review"


class FormStage(StrEnum):
    """How far a form has come. A signed or discarded one never opens again."""

    OPEN = "open"
    SUBMITTED = "submitted"
    SIGNED = "signed"
    DISCARDED = "discarded"


class FormRow(Base, kw_only=True):
    """One form that was opened, found by its nonce, which alone stands in `private_metadata`.

    `from_list` says that it was opened from a list of contacts, whose next one is offered after signing. `note_id` is the note it became, or
    the one that it changes, adds to or reviews, and `note_version` the version of it that this form has seen.
    """

    __tablename__ = "form"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "staff_id"], ["staff.workspace_id", "staff.id"]),
        ForeignKeyConstraint(["workspace_id", "client_id"], ["client.workspace_id", "client.id"]),
        ForeignKeyConstraint(["workspace_id", "contact_id"], ["contact.workspace_id", "contact.id"]),
        ForeignKeyConstraint(["workspace_id", "note_id"], ["note.workspace_id", "note.id"]),
        UniqueConstraint("workspace_id", "nonce"),
        Index("ix_form_staff", "workspace_id", "staff_id", "stage"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    nonce: Mapped[str] = mapped_column(String(32))
    staff_id: Mapped[uuid.UUID]
    kind: Mapped[FormKind] = mapped_column(words(FormKind))
    stage: Mapped[FormStage] = mapped_column(words(FormStage), default=FormStage.OPEN)
    answers: Mapped[Sealed]
    revision: Mapped[int] = mapped_column(default=1)
    client_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    contact_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    from_list: Mapped[bool] = mapped_column(default=False)
    note_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    note_version: Mapped[int | None] = mapped_column(default=None)
    signed_hash: Mapped[bytes | None] = mapped_column(default=None)
    last_action_ts: Mapped[str] = mapped_column(String(24), default="")
    opened_at: Mapped[dt.datetime]
    saved_at: Mapped[dt.datetime | None] = mapped_column(default=None)


class Answers(Document):
    """What a person has answered so far: the words they typed, and what they chose.

    Shape: `chosen` holds closed words, references, numbers, days and epoch seconds, each as text.
    `submission` counts how often the form was sent to be signed and something was asked first; `press` is Slack's name for the last
    time, so that the same press is known again.
    Units: `sent_at` is the second, by Slack's clock, in which Slack sent this; 0 where nobody knows.
    """

    typed: dict[str, Phi[str]] = Field(default_factory=dict[str, Phi[str]])
    chosen: dict[str, tuple[str, ...]] = Field(default_factory=dict[str, tuple[str, ...]])
    client_turn: int = 0
    sent_at: int = 0
    submission: int = 0
    press: str = ""

    def overtaken_by(self, stored: Answers) -> bool:
        """Whether Slack sent these before what is stored, so that they hold less of what was typed."""
        return 0 < self.sent_at < stored.sent_at
