"""Contact requirements: how often a client must be seen, and the times in which that is paused."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, new_id, words


class RequiredContact(StrEnum):
    """Which contacts satisfy a requirement: any noted contact, or only one face to face."""

    ANY = "any"
    FACE_TO_FACE = "face_to_face"


class PauseReason(StrEnum):
    """Why the requirements of a client wait."""

    HOSPITAL = "hospital"
    INSTITUTION = "institution"
    AWAY = "away"


class Requirement(Base, kw_only=True):
    """How often one client must be seen: once per calendar month when `every_days` is None, else every so many days.

    `home_every` is 0 where the place does not matter, 1 where every visit must be in the home, 2 for every other one.
    `anchor_on`, `closes_on` and `home_due` are what `services.requirements` computed last from the signed notes:
    the contact the window counts from, its last day before grace, and whether the next visit must be in the home.
    """

    __tablename__ = "requirement"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "client_id"], ["client.workspace_id", "client.id"]),
        UniqueConstraint("workspace_id", "ref"),
        Index("ix_requirement_client", "workspace_id", "client_id"),
        Index("ix_requirement_closes", "workspace_id", "closes_on"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    ref: Mapped[str] = mapped_column(String(24))
    client_id: Mapped[uuid.UUID]
    kind: Mapped[RequiredContact] = mapped_column(words(RequiredContact))
    every_days: Mapped[int | None] = mapped_column(default=None)
    grace_days: Mapped[int] = mapped_column(default=0)
    home_every: Mapped[int] = mapped_column(default=0)
    pack: Mapped[str | None] = mapped_column(String(32), default=None)
    from_on: Mapped[dt.date]
    until_on: Mapped[dt.date | None] = mapped_column(default=None)
    anchor_on: Mapped[dt.date | None] = mapped_column(default=None)
    closes_on: Mapped[dt.date | None] = mapped_column(default=None)
    home_due: Mapped[bool] = mapped_column(default=False)


class Pause(Base, kw_only=True):
    """Days in which a client's requirements wait, such as a stay in hospital; open-ended until someone ends it."""

    __tablename__ = "pause"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "client_id"], ["client.workspace_id", "client.id"]),
        Index("ix_pause_client", "workspace_id", "client_id"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    client_id: Mapped[uuid.UUID]
    reason: Mapped[PauseReason] = mapped_column(words(PauseReason))
    from_on: Mapped[dt.date]
    until_on: Mapped[dt.date | None] = mapped_column(default=None)
