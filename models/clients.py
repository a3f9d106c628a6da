"""Clients, the keys that shred them, and who works with whom."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from pydantic import Field
from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, blank, new_id, words
from privacy.documents import Document
from privacy.phi import Phi
from privacy.sealed import Sealed


class ClientStatus(StrEnum):
    """Whether the agency serves this client now."""

    ACTIVE = "active"
    CLOSED = "closed"


class AssignmentKind(StrEnum):
    """How a staff member works with a client."""

    PRIMARY = "primary"
    BACKUP = "backup"
    COVERING = "covering"


class Client(Base, kw_only=True):
    """The person served. Everything that says who they are is sealed under their own key.

    The `before_…` days are what the agency knew before Noted; `last_contact_on` is the newest of all, kept by `requirements`.
    """

    __tablename__ = "client"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"]),
        UniqueConstraint("workspace_id", "ref"),
        UniqueConstraint("workspace_id", "agency_id_index"),
        Index("ix_client_changed", "workspace_id", "changed_seq"),
        Index("ix_client_last_contact", "workspace_id", "status", "last_contact_on"),
        Index("ix_client_plan_review", "workspace_id", "status", "plan_review_on"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    ref: Mapped[str] = mapped_column(String(24))
    agency_id_index: Mapped[bytes]
    profile: Mapped[Sealed]
    profile_version: Mapped[int] = mapped_column(default=1)
    changed_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    status: Mapped[ClientStatus] = mapped_column(words(ClientStatus), default=ClientStatus.ACTIVE)
    plan_review_on: Mapped[dt.date | None] = mapped_column(default=None)
    last_contact_on: Mapped[dt.date | None] = mapped_column(default=None)
    before_contact_on: Mapped[dt.date | None] = mapped_column(default=None)
    before_visit_on: Mapped[dt.date | None] = mapped_column(default=None)
    before_home_visit_on: Mapped[dt.date | None] = mapped_column(default=None)


class ClientProfile(Document):
    """Who a client is, and whether their records are under 42 CFR Part 2, about which Noted keeps nothing yet."""

    agency_id: Phi[str]
    last_name: Phi[str]
    first_name: Phi[str]
    preferred_name: Phi[str] = Field(default_factory=blank)
    born_on: Phi[str] = Field(default_factory=blank)
    medicaid_id: Phi[str] = Field(default_factory=blank)
    phone: Phi[str] = Field(default_factory=blank)
    program: Phi[str] = Field(default_factory=blank)
    part2: bool = False


class ClientKey(Base, kw_only=True):
    """A client's own key, sealed under the workspace's. Deleting it shreds the client."""

    __tablename__ = "client_key"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "client_id"], ["client.workspace_id", "client.id"]),
        UniqueConstraint("workspace_id", "client_id", "version"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    client_id: Mapped[uuid.UUID]
    version: Mapped[int]
    sealed: Mapped[Sealed]
    created_at: Mapped[dt.datetime]


class Assignment(Base, kw_only=True):
    """Who works with which client, from a day to a day. A staff member's open assignments are the caseload."""

    __tablename__ = "assignment"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "client_id"], ["client.workspace_id", "client.id"]),
        ForeignKeyConstraint(["workspace_id", "staff_id"], ["staff.workspace_id", "staff.id"]),
        Index("ix_assignment_staff", "workspace_id", "staff_id"),
        Index("ix_assignment_client", "workspace_id", "client_id"),
        Index("ix_assignment_ends", "workspace_id", "kind", "until_on"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    client_id: Mapped[uuid.UUID]
    staff_id: Mapped[uuid.UUID]
    kind: Mapped[AssignmentKind] = mapped_column(words(AssignmentKind))
    from_on: Mapped[dt.date]
    until_on: Mapped[dt.date | None] = mapped_column(default=None)
