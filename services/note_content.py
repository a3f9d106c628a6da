"""What a note form says, and what becomes of signing it: the command and its result. The rules of signing stand in notes and note_versions."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from enum import StrEnum

from pydantic import AwareDatetime

from models.contacts import ContactKind
from models.forms import Answers
from models.note_checked import Checked
from models.note_document import (
    Activity,
    EventKind,
    GoalProgress,
    Matter,
    Method,
    NoGoal,
    Participant,
    Place,
    Record,
    Satisfaction,
)
from privacy.documents import Document
from privacy.phi import Phi
from services.settling import Happened

# Events after which a person may be in danger or alone, so that somebody should be in touch again soon. A move, a loss, a new job or
# medication ask for attention too, but the note's own follow-up sets their day.
URGENT_EVENTS = frozenset({EventKind.CRISIS, EventKind.HOSPITAL, EventKind.POLICE, EventKind.ABUSE, EventKind.FALL})


class GoalAnswer(Document):
    """A goal that was chosen, by reference, and where it stands."""

    ref: str
    progress: GoalProgress


class NewPromise(Document):
    """A follow-up that was promised. `owner_ref` is None for the author."""

    what: Phi[str]
    owner_ref: str | None
    due_on: dt.date


class Content(Document):
    """What a form says, read and judged; references are not resolved yet. Two equal ones are the same note.

    `kept` are people of the note's earlier version, by their place in it.
    """

    kind: ContactKind
    client_ref: str
    ended_at: AwareDatetime
    minutes: int
    method: Method | None = None
    place: Place | None = None
    place_words: Phi[str] | None = None
    client_there: bool
    people: tuple[str, ...]
    kept: tuple[int, ...] = ()
    roles: tuple[Participant, ...]
    newcomers: tuple[Participant, ...]
    also_there: Phi[str] | None = None
    activities: tuple[Activity, ...]
    records: tuple[Record, ...]
    done: Phi[str]
    wellbeing: Phi[str] | None = None
    observations: Phi[str]
    goals: tuple[GoalAnswer, ...]
    no_goal: tuple[NoGoal, ...]
    promises: tuple[NewPromise, ...]
    matters: tuple[Matter, ...]
    event_kind: EventKind | None
    matter_words: Phi[str] | None
    satisfaction: Satisfaction
    satisfaction_words: Phi[str] | None

    @property
    def is_urgent(self) -> bool:
        """Whether the note's event asks for another contact soon."""
        return Matter.EVENT in self.matters and self.event_kind in URGENT_EVENTS

    @property
    def happened(self) -> Happened:
        """What the note says of its contact itself."""
        return Happened(self.kind, self.ended_at, self.minutes, self.place)


@dataclass(frozen=True, slots=True)
class SignNote:
    """Sign what stands in a form. `answers` are kept if it cannot be signed.

    `checked` is what was seen and answered before it, in answer to this `submission` of the form; both are empty where nothing was asked.
    """

    nonce: str
    content: Content
    answers: Answers
    checked: Checked | None = None
    submission: int = 0


class Outcome(StrEnum):
    """What became of a signature."""

    SIGNED = "signed"
    SAME_AGAIN = "same_again"
    NEW_VERSION = "new_version"
    KEPT_AS_DRAFT = "kept_as_draft"


@dataclass(frozen=True, slots=True)
class Signed:
    """The result of signing. `left` is how many contacts of the list, if the form came from one, may still be written about."""

    outcome: Outcome
    note_id: uuid.UUID
    note_ref: str
    version: int
    left: int = 0
