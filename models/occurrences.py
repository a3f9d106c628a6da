"""Occurrences: one thing owed to one person for one local day, and how often it was put off."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, new_id, words
from models.policy import RuleName


class OccurrenceState(StrEnum):
    """Whether the receiver was told, or why not."""

    DUE = "due"
    TOLD = "told"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    FAILED = "failed"


class Occurrence(Base, kw_only=True):
    """One firing of a rule: its subject (a contact, a form, a follow-up …), its step, and the day it is owed for.

    The unique key makes planning twice harmless. The receiver is a staff member, or a team for its digest.
    """

    __tablename__ = "occurrence"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "delivery_id"], ["delivery.workspace_id", "delivery.id"]),
        UniqueConstraint(
            "workspace_id", "receiver_id", "rule", "subject_id", "step", "local_on", name="uq_occurrence_once"
        ),
        Index("ix_occurrence_due", "workspace_id", "state", "due_at"),
        Index("ix_occurrence_receiver", "workspace_id", "receiver_id", "state", "due_at"),
        Index("ix_occurrence_day", "workspace_id", "local_on"),
        Index("ix_occurrence_delivery", "workspace_id", "delivery_id"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    rule: Mapped[RuleName] = mapped_column(words(RuleName))
    subject_id: Mapped[uuid.UUID]
    step: Mapped[str] = mapped_column(String(32))
    local_on: Mapped[dt.date]
    receiver_id: Mapped[uuid.UUID]
    due_at: Mapped[dt.datetime]
    state: Mapped[OccurrenceState] = mapped_column(words(OccurrenceState), default=OccurrenceState.DUE)
    delivery_id: Mapped[uuid.UUID | None] = mapped_column(default=None)


class Snooze(Base, kw_only=True):
    """How often a person put one thing off, and until when. Nobody else is told."""

    __tablename__ = "snooze"
    __table_args__ = (ForeignKeyConstraint(["workspace_id", "staff_id"], ["staff.workspace_id", "staff.id"]),)

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    times: Mapped[int]
    until_at: Mapped[dt.datetime]
