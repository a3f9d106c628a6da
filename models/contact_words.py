"""What is sealed inside a contact: what is known of it before its note, and the signed attempt."""

from __future__ import annotations

import uuid
from enum import StrEnum

from pydantic import Field

from models.base import blank
from models.note_document import Participant, Place, Signature
from models.units import FrozenUnits
from privacy.documents import Document
from privacy.phi import Phi


class AttemptOutcome(StrEnum):
    """What happened when someone was tried and not reached."""

    NO_ANSWER = "no_answer"
    LEFT_A_MESSAGE = "left_a_message"
    NOT_AT_HOME = "not_at_home"
    DID_NOT_COME = "did_not_come"
    THEY_CANCELLED = "they_cancelled"
    NUMBER_NOT_WORKING = "number_not_working"


class Attempt(Document):
    """A signed attempt: what happened, and who was tried. It has no units, whatever the rule, and says so."""

    outcome: AttemptOutcome
    tried: tuple[Participant, ...] = ()
    units: FrozenUnits | None = None
    signature: Signature


class ContactWords(Document):
    """What is known of a contact before its note, sealed under its client's key, or under the house's while there is no client.

    Shape: `candidates` are ids of clients whose number called.
    """

    jot: Phi[str] = Field(default_factory=blank)
    place: Place | None = None
    candidates: tuple[uuid.UUID, ...] = ()
    attempt: Attempt | None = None
