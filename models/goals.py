"""The goals of a client's care plan."""

from __future__ import annotations

import uuid
from enum import StrEnum

from pydantic import Field
from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, blank, new_id, words
from privacy.documents import Document
from privacy.phi import Phi
from privacy.sealed import Sealed


class GoalState(StrEnum):
    """Whether a goal still stands in the plan."""

    ACTIVE = "active"
    CLOSED = "closed"


class Goal(Base, kw_only=True):
    """One goal of the care plan, sealed under the client's key."""

    __tablename__ = "goal"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "client_id"], ["client.workspace_id", "client.id"]),
        UniqueConstraint("workspace_id", "ref"),
        Index("ix_goal_client", "workspace_id", "client_id"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    ref: Mapped[str] = mapped_column(String(24))
    client_id: Mapped[uuid.UUID]
    text: Mapped[Sealed]
    position: Mapped[int]
    state: Mapped[GoalState] = mapped_column(words(GoalState), default=GoalState.ACTIVE)


class GoalText(Document):
    """A goal's code in the plan (`G2`), its words, and what is to be reached."""

    code: Phi[str]
    text: Phi[str]
    target: Phi[str] = Field(default_factory=blank)
