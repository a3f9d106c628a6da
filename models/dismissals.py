"""The suggestions that a staff member does not want to see again."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from privacy.documents import Document
from privacy.sealed import Sealed


class Dismissals(Base, kw_only=True):
    """One staff member's, all in one sealed value."""

    __tablename__ = "dismissal"
    __table_args__ = (ForeignKeyConstraint(["workspace_id", "staff_id"], ["staff.workspace_id", "staff.id"]),)

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    document: Mapped[Sealed]
    version: Mapped[int] = mapped_column(default=1)


class DismissedKeys(Document):
    """What is not suggested: keys of findings, which hold a rule and a wording that the rule itself lists."""

    keys: tuple[str, ...] = ()
