"""The agency's policy as it was applied, version by version. What stands in one is `models.policy`."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, new_id
from privacy.documents import Document
from privacy.sealed import Sealed


class PolicyVersion(Base, kw_only=True):
    """One applied policy. The newest version is in force; none means the defaults."""

    __tablename__ = "policy_version"
    __table_args__ = (ForeignKeyConstraint(["workspace_id"], ["workspace.id"]),)

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(default_factory=new_id)
    document: Mapped[Sealed]
    applied_at: Mapped[dt.datetime]


class PolicyText(Document):
    """The YAML text that was applied, as it was written."""

    text: str
