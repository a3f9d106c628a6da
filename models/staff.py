"""Staff members and their teams."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from pydantic import Field
from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, new_id, words
from privacy.documents import Document
from privacy.phi import Phi
from privacy.sealed import Sealed


class Role(StrEnum):
    """What a staff member is for; one person may hold several."""

    CASE_MANAGER = "case_manager"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    AUDITOR = "auditor"
    PRIVACY_OFFICER = "privacy_officer"


class StaffState(StrEnum):
    """Whether a staff member works here."""

    ACTIVE = "active"
    LEFT = "left"


class Team(Base, kw_only=True):
    """Staff members with one Slack channel for their digest. `supervisor_id` is given to whoever joins it without one."""

    __tablename__ = "team"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"]),
        UniqueConstraint("workspace_id", "name_index"),
        UniqueConstraint("workspace_id", "ref"),
        ForeignKeyConstraint(
            ["workspace_id", "supervisor_id"],
            ["staff.workspace_id", "staff.id"],
            name="fk_team_supervisor",
            # Staff refer to their team too; without this, neither table could be made first.
            use_alter=True,
        ),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    ref: Mapped[str] = mapped_column(String(24))
    name_index: Mapped[bytes]
    profile: Mapped[Sealed]
    profile_version: Mapped[int] = mapped_column(default=1)
    channel_id: Mapped[str | None] = mapped_column(String(32), default=None)
    supervisor_id: Mapped[uuid.UUID | None] = mapped_column(default=None)


class TeamProfile(Document):
    """What a team is called."""

    name: str


class Staff(Base, kw_only=True):
    """A person of the agency. Found by Slack id, or by e-mail until the Slack id is known."""

    __tablename__ = "staff"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"]),
        ForeignKeyConstraint(["workspace_id", "team_id"], ["team.workspace_id", "team.id"]),
        ForeignKeyConstraint(
            ["workspace_id", "supervisor_id"], ["staff.workspace_id", "staff.id"], name="fk_staff_supervisor"
        ),
        UniqueConstraint("workspace_id", "slack_user_id"),
        UniqueConstraint("workspace_id", "email_index"),
        UniqueConstraint("workspace_id", "ref"),
        Index("ix_staff_supervisor", "workspace_id", "supervisor_id"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    ref: Mapped[str] = mapped_column(String(24))
    email_index: Mapped[bytes]
    profile: Mapped[Sealed]
    profile_version: Mapped[int] = mapped_column(default=1)
    roles: Mapped[str] = mapped_column(String(120))
    slack_user_id: Mapped[str | None] = mapped_column(String(32), default=None)
    team_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    supervisor_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    time_zone: Mapped[str] = mapped_column(String(64), default="America/New_York")
    work_days: Mapped[str] = mapped_column(String(7), default="12345")
    work_starts_minute: Mapped[int] = mapped_column(default=8 * 60 + 30)
    work_ends_minute: Mapped[int] = mapped_column(default=17 * 60)
    cosign_required: Mapped[bool] = mapped_column(default=False)
    state: Mapped[StaffState] = mapped_column(words(StaffState), default=StaffState.ACTIVE)
    after_call: Mapped[bool] = mapped_column(default=True)
    away_from: Mapped[dt.date | None] = mapped_column(default=None)
    away_until: Mapped[dt.date | None] = mapped_column(default=None)
    asked_on: Mapped[dt.date | None] = mapped_column(default=None)

    @property
    def role_set(self) -> frozenset[Role]:
        """The roles this person holds; they add up."""
        return frozenset(Role(word) for word in self.roles.split())


def no_numbers() -> Phi[tuple[str, ...]]:
    """No phone numbers; a factory, because a Phi cannot be copied."""
    return Phi(())


class StaffProfile(Document):
    """Who a staff member is, as a note prints it."""

    name: str
    title: str
    credential: str = ""
    email: str
    phone_numbers: Phi[tuple[str, ...]] = Field(default_factory=no_numbers)
