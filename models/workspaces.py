"""The workspace (one agency's Slack workspace), its wrapped keys and its decision on where client data may go."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from pydantic import Field
from sqlalchemy import ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, blank, new_id, words
from privacy.documents import Document
from privacy.phi import Phi
from privacy.sealed import Sealed


class Surface(StrEnum):
    """Where staff may type and read client data."""

    MODAL = "modal"
    WEB = "web"
    NONE = "none"


class KeyKind(StrEnum):
    """What a wrapped key is for."""

    WORKSPACE = "workspace"
    AUDIT = "audit"


class Workspace(Base, kw_only=True):
    """One agency. The only table that is found by a name from outside, the Slack team's id."""

    __tablename__ = "workspace"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default_factory=new_id)
    slack_team_id: Mapped[str] = mapped_column(String(32), unique=True)
    created_at: Mapped[dt.datetime]
    demo: Mapped[bool] = mapped_column(default=False)
    roster_imported_at: Mapped[dt.datetime | None] = mapped_column(default=None)


class WorkspaceKey(Base, kw_only=True):
    """A workspace or audit key, wrapped by the key-encryption key. Useless without it."""

    __tablename__ = "workspace_key"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"]),
        UniqueConstraint("workspace_id", "kind", "version"),
    )

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[KeyKind] = mapped_column(words(KeyKind))
    version: Mapped[int]
    wrapped: Mapped[bytes]
    kek_uri: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[dt.datetime]


class SurfaceDecision(Base, kw_only=True):
    """One recorded decision on where client data may go. The newest version counts; none means closed."""

    __tablename__ = "surface_decision"
    __table_args__ = (ForeignKeyConstraint(["workspace_id"], ["workspace.id"]),)

    workspace_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(default_factory=new_id)
    surface: Mapped[Surface] = mapped_column(words(Surface))
    reasons: Mapped[Sealed]
    recorded_at: Mapped[dt.datetime]


class Agreement(StrEnum):
    """Whether the agency has a business associate agreement with Slack."""

    SIGNED = "signed"
    NOT_SIGNED = "not_signed"
    UNKNOWN = "unknown"


class SlackPlan(StrEnum):
    """On which of Slack's plans the agency is."""

    ENTERPRISE = "enterprise"
    OTHER = "other"
    UNKNOWN = "unknown"


class SlackAnswer(StrEnum):
    """What Slack said in writing about forms."""

    COVERED = "covered"
    NO_ANSWER = "no_answer"
    NOT_ASKED = "not_asked"


class Operator(StrEnum):
    """Who runs this installation."""

    AGENCY = "agency"
    VENDOR = "vendor"
    VENDOR_WITHOUT = "vendor_without"


class Labels(StrEnum):
    """How clients stand in search lists."""

    FULL = "full"
    FIRST = "first"
    ID = "id"


class DecisionDocument(Document):
    """Every answer of one decision. What older ones were not asked is empty; `text_version` 0 was recorded without the screen.

    `agreement` says its date and where it is kept.
    """

    decided_by: Phi[str]
    agreement: Phi[str] = Field(default_factory=blank)
    agreement_state: Agreement | None = None
    plan: SlackPlan | None = None
    answer: SlackAnswer | None = None
    operator: Operator | None = None
    labels: Labels = Labels.FULL
    reason: Phi[str] = Field(default_factory=blank)
    review_on: dt.date | None = None
    text_version: int = 0
