"""Deliveries: one attempt to send one or more occurrences in one message. The row is written before the send."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import Final

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, new_id, words


class Slot(StrEnum):
    """When a message may be sent: at the three times of a person's working day, at once, after a call, to a team, or at any hour."""

    START = "start"
    MIDDLE = "middle"
    END = "end"
    URGENT = "urgent"
    CALL = "call"
    DIGEST = "digest"
    EMERGENCY = "emergency"


# The three times at which everything that became due is one message.
DAILY: Final = (Slot.START, Slot.MIDDLE, Slot.END)


class DeliveryState(StrEnum):
    """What became of a delivery.

    *claimed* is held by one process until its lease ends and was surely not sent. *sending* may be on its way.
    *unknown* means that Slack's answer was lost; it is not sent again blindly.
    """

    DUE = "due"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"


class Delivery(Base, kw_only=True):
    """One message to one receiver: a staff member, or a team's channel for a digest. The unique key makes it one.

    `send_at` is the earliest instant, `expires_at` the instant from which the next message says it instead.
    `number` counts messages of one slot on one day; the three daily ones have 0. `lease_until` is by the database's clock.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("workspace_id", "receiver_id", "local_on", "slot", "number"),
        Index("ix_delivery_state", "workspace_id", "state", "send_at"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    receiver_id: Mapped[uuid.UUID]
    local_on: Mapped[dt.date]
    slot: Mapped[Slot] = mapped_column(words(Slot))
    number: Mapped[int] = mapped_column(default=0)
    state: Mapped[DeliveryState] = mapped_column(words(DeliveryState), default=DeliveryState.DUE)
    send_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    token: Mapped[uuid.UUID | None] = mapped_column(default=None)
    lease_until: Mapped[dt.datetime | None] = mapped_column(default=None)
    channel_id: Mapped[str | None] = mapped_column(String(32), default=None)
    message_ts: Mapped[str | None] = mapped_column(String(32), default=None)
    sent_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    answered_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    done_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    reported_at: Mapped[dt.datetime | None] = mapped_column(default=None)
