"""Reviews: a supervisor's decisions on notes. A decision is never changed and never deleted; the next one stands beside it."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from pydantic import Field
from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, blank, words
from models.note_document import Signature
from privacy.documents import Document
from privacy.phi import Phi
from privacy.sealed import Sealed


class ReviewDecision(StrEnum):
    """What a supervisor decides on one version of a note."""

    APPROVED = "approved"
    RETURNED = "returned"


class NoteReview(Base, kw_only=True):
    """One decision, found by its note and its number in it; `version` is the version that was read."""

    __tablename__ = "note_review"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "note_id"], ["note.workspace_id", "note.id"], name="fk_note_review_note"),
        ForeignKeyConstraint(
            ["workspace_id", "reviewer_id"], ["staff.workspace_id", "staff.id"], name="fk_note_review_reviewer"
        ),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    note_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]
    decision: Mapped[ReviewDecision] = mapped_column(words(ReviewDecision))
    document: Mapped[Sealed]
    reviewer_id: Mapped[uuid.UUID]
    decided_at: Mapped[dt.datetime]


class ReviewDocument(Document):
    """What was decided, by whom, and what should change: the author reads it in the form only."""

    decision: ReviewDecision
    version: int
    comment: Phi[str] = Field(default_factory=blank)
    signature: Signature
