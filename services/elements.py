"""The nine elements that a record of a contact has to hold, and which of them a note holds.

Here: a pure function of what is or will be signed. Not here: asking for what is missing, which is the forms' part.
Source: 42 CFR 441.18(a)(7)(i) to (viii); the ninth is what Texas adds, 1 TAC 354.2657(a).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from models.note_document import Activity, Matter, Method, NoGoal, NoteDocument, Place

# Contacts of these kinds may be with nobody.
WITH_NOBODY: Final = frozenset({Method.RECORDS, Method.REFERRAL})


class Element(StrEnum):
    """One of the nine, by its paragraph."""

    NAME = "i"
    DATE = "ii"
    PROVIDER = "iii"
    CONTENT = "iv"
    DECLINED = "v"
    COORDINATION = "vi"
    TIMELINE = "vii"
    REVIEW = "viii"
    ENCOUNTER = "texas"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the elements depend on. A note always belongs to a client, and ended at a time: the database holds both."""

    title: str
    goals: int
    no_goal: Sequence[NoGoal]
    activities: Sequence[Activity]
    matters: Sequence[Matter]
    promises: int
    plan_review_on: dt.date | None
    method: Method | None
    place: Place | None
    people: int

    @property
    def needs_service(self) -> bool:
        """Whether the note says that a service is to be obtained."""
        return Activity.REFERRED in self.activities or self.method is Method.REFERRAL


def of(document: NoteDocument) -> Facts:
    """The facts of a signed note."""
    return Facts(
        title=document.signature.title,
        goals=len(document.goals),
        no_goal=document.no_goal,
        activities=document.activities,
        matters=document.matters,
        promises=len(document.promises),
        plan_review_on=document.plan_review_on,
        method=document.method,
        place=document.place,
        people=len(document.participants),
    )


def missing(facts: Facts) -> tuple[Element, ...]:
    """The elements that are not there, in their order; all the others of the nine are."""
    return tuple(element for element in Element if not _MET[element](facts))


def _always(_: Facts) -> bool:
    return True


def _answered(facts: Facts) -> bool:
    """One question asks for significant events, services declined and other case managers; *none* answers all of it."""
    return bool(facts.matters)


def _has_content(facts: Facts) -> bool:
    return bool(facts.activities) and bool(facts.goals or facts.no_goal)


def _has_timeline(facts: Facts) -> bool:
    return facts.promises > 0 or not facts.needs_service


def _has_encounter(facts: Facts) -> bool:
    return (facts.method is not None or facts.place is not None) and (facts.people > 0 or facts.method in WITH_NOBODY)


_MET: Final[Mapping[Element, Callable[[Facts], bool]]] = MappingProxyType(
    {
        Element.NAME: _always,
        Element.DATE: _always,
        Element.PROVIDER: lambda facts: bool(facts.title),
        Element.CONTENT: _has_content,
        Element.DECLINED: _answered,
        Element.COORDINATION: _answered,
        Element.TIMELINE: _has_timeline,
        Element.REVIEW: lambda facts: facts.plan_review_on is not None,
        Element.ENCOUNTER: _has_encounter,
    }
)
