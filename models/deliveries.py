"""Deliveries: one attempt to send a staff member one message. The row is written before the send."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, words


class Slot(StrEnum):
    """The three times in a person's working day at which they may be reminded."""

    START = "start"
    MIDDLE = "middle"
    END = "end"


class DeliveryState(StrEnum):
    """What became of a delivery. *unknown* means that Slack's answer was lost; it is not sent again blindly."""

    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"


class Delivery(Base, kw_only=True):
    """One of the day's messages to one person. The key makes it happen once, whoever ticks."""

    __tablename__ = "delivery"
    __table_args__ = (ForeignKeyConstraint(["workspace_id", "staff_id"], ["staff.workspace_id", "staff.id"]),)

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    local_on: Mapped[dt.date] = mapped_column(primary_key=True)
    slot: Mapped[Slot] = mapped_column(words(Slot), primary_key=True)
    state: Mapped[DeliveryState] = mapped_column(words(DeliveryState))
    claimed_at: Mapped[dt.datetime]
    channel_id: Mapped[str | None] = mapped_column(String(32), default=None)
    message_ts: Mapped[str | None] = mapped_column(String(32), default=None)
