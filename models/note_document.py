"""The one document that a note's version seals, and the closed words that it is made of."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from models.base import blank
from models.contacts import ContactKind
from models.note_checked import Checked
from models.units import Component, FrozenUnits
from privacy.documents import Document
from privacy.phi import Phi

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
MINUTES_MOST = 720


class Method(StrEnum):
    """How a collateral contact was made."""

    PHONE = "phone"
    VIDEO = "video"
    EMAIL = "email"
    TEXT = "text"
    LETTER_FAX = "letter_fax"
    RECORDS = "record_review"
    REFERRAL = "referral"
    CONFERENCE = "case_conference"
    OTHER = "other"


class Place(StrEnum):
    """Where a visit took place."""

    CLIENT_HOME = "client_home"
    FAMILY_HOME = "family_home"
    GROUP_HOME = "group_home"
    SPONSORED_HOME = "sponsored_home"
    DAY_PROGRAM = "day_program"
    WORK = "work"
    SCHOOL = "school"
    CLINIC = "clinic"
    HOSPITAL = "hospital"
    JAIL = "jail"
    OFFICE = "office"
    COMMUNITY = "community"
    OTHER = "other"

    @property
    def in_the_home(self) -> bool:
        """Whether a visit here counts as one in the home."""
        return self in {Place.CLIENT_HOME, Place.FAMILY_HOME, Place.GROUP_HOME, Place.SPONSORED_HOME}


class Activity(StrEnum):
    """What a case manager did. Source: 42 CFR 441.18(a)(7)(iv), 440.169(d)."""

    LINKED = "linked"
    MONITORED = "monitored"
    COORDINATED = "coordinated"
    REFERRED = "referred"
    ASSESSED = "assessed"
    PLANNED = "planned"
    ADVOCATED = "advocated"
    EDUCATED = "educated"
    REVIEWED = "reviewed_records"
    CRISIS = "crisis"


class Record(StrEnum):
    """Records that were reviewed."""

    BEHAVIOR = "behavior_log"
    MEDICATION = "medication_record"
    PROVIDER = "provider_notes"
    QUARTERLY = "quarterly_report"
    INCIDENT = "incident_report"
    FINANCES = "finances"
    OTHER = "other"


class GoalProgress(StrEnum):
    """Where a goal stands. A goal that is not in the note was not addressed."""

    ACHIEVED = "achieved"
    PROGRESS = "progress"
    NO_CHANGE = "no_change"
    SETBACK = "setback"


class NoGoal(StrEnum):
    """Why a contact was not about a goal of the plan."""

    INTAKE = "intake_or_assessment"
    BENEFITS = "benefits_or_eligibility"
    CRISIS = "crisis_or_safety"
    OTHER = "other"


class Matter(StrEnum):
    """What else a note must answer. Source: 42 CFR 441.18(a)(7)(v), (vi), (viii)."""

    EVENT = "significant_event"
    DECLINED = "service_declined"
    OTHER_MANAGER = "other_case_manager"
    PLAN_CHANGE = "plan_needs_change"
    NONE = "none"


class EventKind(StrEnum):
    """The kind of a significant event."""

    CRISIS = "crisis"
    HOSPITAL = "hospital"
    POLICE = "police"
    MOVE = "move"
    DEATH_LOSS = "death_or_loss"
    JOB_SCHOOL = "job_or_school"
    MEDICATION = "medication_change"
    ABUSE = "abuse_or_neglect"
    FALL = "fall_or_injury"
    OTHER = "other"


class Satisfaction(StrEnum):
    """What the client, or someone for them, said about the services."""

    SATISFIED = "satisfied"
    MIXED = "mixed"
    DISSATISFIED = "dissatisfied"
    SAID_SATISFIED = "said_satisfied"
    SAID_NOT = "said_not_satisfied"
    NOT_DISCUSSED = "not_discussed"

    @property
    def asks_why(self) -> bool:
        """Whether the note must say what about, and what was agreed."""
        return self in {Satisfaction.MIXED, Satisfaction.DISSATISFIED, Satisfaction.SAID_NOT}


class Participant(Document):
    """Someone in a contact, by name and title as they stood on that day."""

    name: Phi[str]
    role: Phi[str] = Field(default_factory=blank)
    is_client: bool = False
    spoke: bool = True


class GoalNote(Document):
    """One goal of the plan and where it stands after this contact."""

    goal_id: uuid.UUID
    code: Phi[str]
    text: Phi[str]
    progress: GoalProgress


class Promise(Document):
    """A follow-up as the note records it, and whether the note that promises it refers the client somewhere."""

    what: Phi[Line]
    owner_id: uuid.UUID
    due_on: dt.date
    referral: bool = False


class Signature(Document):
    """Who signed, as their name, title and credential stood at that instant."""

    name: str
    title: str
    credential: str
    signed_at: AwareDatetime


class NoteDocument(Document):
    """Everything a note says. Sealed once per version; never stored in any other form.

    Units: `minutes` are of contact time, 1 to 720; the start is the end less the minutes. `plan_review_on` is the day of the client's
    next plan review as it stood at the signature; `checked` is None where nothing was asked before it.
    `components` and `units` are derived at signing; notes signed before there were any have none. `review_asked` is whether this
    version needs a supervisor's review, and None in notes signed before that was sealed.
    Source: 42 CFR 441.18(a)(7).
    """

    kind: ContactKind
    ended_at: AwareDatetime
    minutes: int = Field(ge=1, le=MINUTES_MOST)
    method: Method | None = None
    place: Place | None = None
    place_words: Phi[str] | None = None
    participants: tuple[Participant, ...] = ()
    also_there: Phi[str] | None = None
    activities: tuple[Activity, ...]
    records: tuple[Record, ...] = ()
    done: Phi[str]
    wellbeing: Phi[str] | None = None
    observations: Phi[str]
    goals: tuple[GoalNote, ...] = ()
    no_goal: tuple[NoGoal, ...] = ()
    promises: tuple[Promise, ...] = ()
    matters: tuple[Matter, ...]
    event_kind: EventKind | None = None
    matter_words: Phi[str] | None = None
    satisfaction: Satisfaction = Satisfaction.NOT_DISCUSSED
    satisfaction_words: Phi[str] | None = None
    components: tuple[Component, ...] = ()
    units: FrozenUnits | None = None
    plan_review_on: dt.date | None = None
    checked: Checked | None = None
    review_asked: bool | None = None
    signature: Signature
