"""Addenda: what is added to a signed note later. An addendum is never changed and never deleted, and changes nothing in the note."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, words
from models.note_document import Signature
from privacy.documents import Document
from privacy.phi import Phi
from privacy.sealed import Sealed


class AddendumKind(StrEnum):
    """What an addendum is, so that it is identified as such for ever.

    Source: Medicare Program Integrity Manual 100-08, 3.3.2.5; 45 CFR 164.526(d) for what a client disagrees with.
    """

    ADDITION = "addition"
    CORRECTION = "correction"
    LATE_ENTRY = "late_entry"
    DISAGREEMENT = "client_disagreement"


class Addendum(Base, kw_only=True):
    """One addendum, found by its note and its number in it. The content hash is over everything that is sealed."""

    __tablename__ = "addendum"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "note_id"], ["note.workspace_id", "note.id"], name="fk_addendum_note"),
        ForeignKeyConstraint(
            ["workspace_id", "author_id"], ["staff.workspace_id", "staff.id"], name="fk_addendum_author"
        ),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    note_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[AddendumKind] = mapped_column(words(AddendumKind))
    document: Mapped[Sealed]
    content_hash: Mapped[bytes]
    author_id: Mapped[uuid.UUID]
    signed_at: Mapped[dt.datetime]


class AddendumDocument(Document):
    """What an addendum says. Of a client's disagreement the words are the client's own statement, and the signature is whose who took it."""

    kind: AddendumKind
    words: Phi[str]
    signature: Signature
