"""The formats under which a note may be read, as data: which part of the one stored document stands under which heading.

Here: the closed words and the table. Not here: the headings' words and the text of a part (views.note_reading). A template
leaves no part out; a part may stand under two headings, where both ask for it. `docs/policy.md` has the same table in words.
Source: the common meanings of SOAP, DAP and BIRP; *services needed, action, response, plan* and *activities, observations,
follow-up* are case managers' own.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Template(StrEnum):
    """A format that a note may be read in."""

    ACTIVITIES = "activities"
    SARP = "sarp"
    SOAP = "soap"
    DAP = "dap"
    BIRP = "birp"


class Heading(StrEnum):
    """A heading of some template. `contact` and `signed` stand around every one."""

    CONTACT = "contact"
    ACTIVITIES = "activities"
    OBSERVATIONS = "observations"
    FOLLOW_UP = "follow_up"
    NEEDED = "services_needed"
    ACTION = "action"
    RESPONSE = "response"
    PLAN = "plan"
    SUBJECTIVE = "subjective"
    OBJECTIVE = "objective"
    ASSESSMENT = "assessment"
    DATA = "data"
    BEHAVIOR = "behavior"
    INTERVENTION = "intervention"
    SIGNED = "signed"


class NotePart(StrEnum):
    """A part of the document that is read as one: a text, or a list of closed words.

    `needs` are the goals that the contact was about; `goals` says of each where it stands.
    """

    CONTACT = "contact"
    PEOPLE = "people"
    NEEDS = "needs"
    ACTIVITIES = "activities"
    DONE = "done"
    RECORDS = "records"
    WELLBEING = "wellbeing"
    OBSERVATIONS = "observations"
    GOALS = "goals"
    SATISFACTION = "satisfaction"
    MATTERS = "matters"
    FOLLOW_UPS = "follow_ups"
    SIGNATURE = "signature"


_FOUND: Final = (NotePart.OBSERVATIONS, NotePart.GOALS, NotePart.SATISFACTION)
_DID: Final = (NotePart.ACTIVITIES, NotePart.DONE)
_SEEN: Final = (NotePart.WELLBEING, NotePart.RECORDS)
_CAME_UP: Final = (NotePart.NEEDS, NotePart.MATTERS)
_PROMISED: Final = (NotePart.FOLLOW_UPS,)

TEMPLATES: Final[Mapping[Template, Mapping[Heading, tuple[NotePart, ...]]]] = MappingProxyType(
    {
        Template.ACTIVITIES: {
            Heading.ACTIVITIES: _DID,
            Heading.OBSERVATIONS: (*_SEEN, *_FOUND, NotePart.MATTERS),
            Heading.FOLLOW_UP: _PROMISED,
        },
        Template.SARP: {
            Heading.NEEDED: _CAME_UP,
            Heading.ACTION: (*_DID, NotePart.RECORDS),
            Heading.RESPONSE: (NotePart.WELLBEING, *_FOUND),
            Heading.PLAN: _PROMISED,
        },
        Template.SOAP: {
            Heading.SUBJECTIVE: _CAME_UP,
            Heading.OBJECTIVE: (*_DID, *_SEEN),
            Heading.ASSESSMENT: _FOUND,
            Heading.PLAN: _PROMISED,
        },
        Template.DAP: {
            Heading.DATA: (*_CAME_UP, *_DID, *_SEEN),
            Heading.ASSESSMENT: _FOUND,
            Heading.PLAN: _PROMISED,
        },
        Template.BIRP: {
            Heading.BEHAVIOR: (*_CAME_UP, *_SEEN),
            Heading.INTERVENTION: _DID,
            Heading.RESPONSE: _FOUND,
            Heading.PLAN: _PROMISED,
        },
    }
)
_FIRST: Final = (NotePart.CONTACT, NotePart.PEOPLE)
_LAST: Final = (NotePart.SIGNATURE,)


def sections(template: Template) -> Mapping[Heading, tuple[NotePart, ...]]:
    """The headings of a template in their order, each with what stands under it; who and when first, the signature last."""
    return {Heading.CONTACT: _FIRST, **TEMPLATES[template], Heading.SIGNED: _LAST}


def copied(template: Template, order: tuple[Heading, ...] = ()) -> tuple[Heading, ...]:
    """The headings in the order in which another system asks for them; those that it does not name follow in the template's own."""
    return tuple(dict.fromkeys([*order, *sections(template)]))
