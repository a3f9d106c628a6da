"""What was seen before a note was signed, and what its author answered: sealed with the note."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from models.base import blank
from privacy.documents import Document
from privacy.phi import Phi


class OtherName(StrEnum):
    """Why a name that is another client's stays in a note."""

    RELATIVE = "relative"
    STAFF = "staff_or_provider"
    SAME_NAME = "same_name"


class LateReason(StrEnum):
    """Why a note is late."""

    MANY_CONTACTS = "many_contacts"
    AWAY = "away_or_sick"
    NO_SYSTEM = "no_signal_or_system"
    WAITED = "waited_for_information"
    FORGOT = "forgot"
    OTHER = "other"


class Basis(StrEnum):
    """Why something about the client could be shared with a person without a current release. Source: 45 CFR 164.506, 508, 510, 512."""

    NOTHING = "nothing_shared"
    CLIENT_AGREED = "client_agreed"
    TREATMENT = "treatment_or_coordination"
    FAMILY = "family_or_involved"
    EMERGENCY = "emergency"
    LAW = "required_by_law"
    TO_BE_FILED = "release_to_be_filed"


class LateEntry(Document):
    """The mark *late entry*. Units: `business_days` from the contact to the signature."""

    business_days: int
    reason: LateReason
    words: Phi[str] = Field(default_factory=blank)


class ReleaseBasis(Document):
    """A person of the contact without a current release, and why something could be shared with them."""

    person: Phi[str]
    basis: Basis


class KeptFinding(Document):
    """Something that was pointed out and stayed as it was written: the rule, the field, and the words, if there are any."""

    rule: str
    field: str
    words: Phi[str] = Field(default_factory=blank)


class Checked(Document):
    """Everything that the screen before signing said and asked."""

    other_name: OtherName | None = None
    late: LateEntry | None = None
    releases: tuple[ReleaseBasis, ...] = ()
    kept: tuple[KeptFinding, ...] = ()
