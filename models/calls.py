"""Phone systems that tell Noted of calls, and the calls they told of."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, new_id, words
from privacy.documents import Document
from privacy.phi import Phi
from privacy.sealed import Sealed


class Provider(StrEnum):
    """The phone systems whose calls can be received."""

    GENERIC = "generic"
    TWILIO = "twilio"


class CallHook(Base, kw_only=True):
    """One address at which a phone system tells of ended calls. Its random reference stands in the URL."""

    __tablename__ = "call_hook"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"]),
        UniqueConstraint("workspace_id", "ref"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    ref: Mapped[str] = mapped_column(String(24))
    provider: Mapped[Provider] = mapped_column(words(Provider))
    secret: Mapped[Sealed]
    created_at: Mapped[dt.datetime]
    removed_at: Mapped[dt.datetime | None] = mapped_column(default=None)


class HookSecret(Document):
    """What a provider signs with."""

    secret: Phi[str]


class PhoneCall(Base, kw_only=True):
    """A call that was told of, by the keyed hash of its id, so that telling it twice changes nothing.

    `contact_id` is None where nothing came of it, `delivery_id` until a message to the staff member speaks of it.
    """

    __tablename__ = "phone_call"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "hook_id"], ["call_hook.workspace_id", "call_hook.id"]),
        ForeignKeyConstraint(["workspace_id", "contact_id"], ["contact.workspace_id", "contact.id"]),
        ForeignKeyConstraint(["workspace_id", "delivery_id"], ["delivery.workspace_id", "delivery.id"]),
        UniqueConstraint("workspace_id", "call_index"),
        Index("ix_phone_call_contact", "workspace_id", "contact_id"),
        Index("ix_phone_call_delivery", "workspace_id", "delivery_id"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    hook_id: Mapped[uuid.UUID]
    call_index: Mapped[bytes]
    contact_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    delivery_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    received_at: Mapped[dt.datetime]
