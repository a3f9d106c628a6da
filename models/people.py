"""The people around a client: family, providers, landlords. Remembered so that nobody types a name twice."""

from __future__ import annotations

import datetime as dt
import uuid

from pydantic import Field
from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, blank, new_id
from privacy.documents import Document
from privacy.phi import Phi
from privacy.sealed import Sealed


class Person(Base, kw_only=True):
    """Someone known for one client."""

    __tablename__ = "person"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "client_id"], ["client.workspace_id", "client.id"]),
        UniqueConstraint("workspace_id", "ref"),
        Index("ix_person_client", "workspace_id", "client_id"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    ref: Mapped[str] = mapped_column(String(24))
    client_id: Mapped[uuid.UUID]
    profile: Mapped[Sealed]
    profile_version: Mapped[int] = mapped_column(default=1)
    last_used_at: Mapped[dt.datetime | None] = mapped_column(default=None)


class PersonProfile(Document):
    """A person's name, what they are to the client, such as *property manager*, and how to reach them.

    `release_until` is the last day of the client's release for them. `do_not_disclose`: nothing about the client may be told them.
    `ended` is set once they are not around the client any more: they are not offered, and stay in the notes that name them.
    """

    name: Phi[str]
    role: Phi[str] = Field(default_factory=blank)
    organisation: Phi[str] = Field(default_factory=blank)
    phone: Phi[str] = Field(default_factory=blank)
    email: Phi[str] = Field(default_factory=blank)
    release_until: dt.date | None = None
    do_not_disclose: bool = False
    ended: bool = False
