"""The policy: the agency's own settings, as data. What is here is right by construction; a wrong policy cannot be made.

Here: the shapes of the policy file and every check that needs nothing but the policy itself. Not here: the values it is
written in (models.policy_words), the file's text and the lines of its mistakes (services.policies), and the defaults, which
stand in services/default_policy.yaml and nowhere else: no field has one here unless leaving it out means *none*.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Final, Literal, Self

import holidays
from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from models.note_templates import Heading, Template, sections
from models.policy_part import Part
from models.policy_units import Units
from models.policy_words import (
    CalendarLength,
    DailyTime,
    Day,
    DayLength,
    Length,
    Minute,
    Number,
    PackName,
    Seconds,
    SignedOffset,
    Time,
    Weekday,
    Words,
    Zone,
    wrong,
)
from models.requirements import RequiredContact

LEAST_WORKING_DAY: Final = 120


class Receiver(StrEnum):
    """To whom a step goes."""

    OWNER = "owner"
    SUPERVISOR = "supervisor"
    BACKUP = "backup"
    ADMIN = "admin"
    TEAM = "team"


class Anchor(StrEnum):
    """What the steps of a rule are counted from: something that happened, a day on which something is due, or nothing."""

    INSTANT = "instant"
    DAY = "day"
    NONE = "none"


class RuleName(StrEnum):
    """The reminder rules there are."""

    UNNOTED_CONTACT = "unnoted_contact"
    UNSIGNED_DRAFT = "unsigned_draft"
    DRAFT_EXPIRY = "draft_expiry"
    NOTE_DEADLINE = "note_deadline"
    FOLLOW_UP = "follow_up"
    VISIT_WINDOW = "visit_window"
    MONTHLY_VISIT = "monthly_visit"
    MONTHLY_CONTACT = "monthly_contact"
    SAFETY_FOLLOW_UP = "safety_follow_up"
    RETURNED_NOTE = "returned_note"
    REVIEW_QUEUE = "review_queue"
    PLAN_REVIEW = "plan_review"
    NO_CONTACT = "no_contact"
    MORNING_PLAN = "morning_plan"
    END_OF_DAY = "end_of_day"
    TEAM_DIGEST = "team_digest"
    COVERAGE = "coverage"
    ROSTER_SANITY = "roster_sanity"
    EMERGENCY_REVIEW = "emergency_review"


ANCHORS: Final[Mapping[RuleName, Anchor]] = MappingProxyType(
    {
        RuleName.UNNOTED_CONTACT: Anchor.INSTANT,
        RuleName.UNSIGNED_DRAFT: Anchor.INSTANT,
        RuleName.DRAFT_EXPIRY: Anchor.DAY,
        RuleName.NOTE_DEADLINE: Anchor.DAY,
        RuleName.FOLLOW_UP: Anchor.DAY,
        RuleName.VISIT_WINDOW: Anchor.DAY,
        RuleName.MONTHLY_VISIT: Anchor.DAY,
        RuleName.MONTHLY_CONTACT: Anchor.DAY,
        RuleName.SAFETY_FOLLOW_UP: Anchor.INSTANT,
        RuleName.RETURNED_NOTE: Anchor.INSTANT,
        RuleName.REVIEW_QUEUE: Anchor.INSTANT,
        RuleName.PLAN_REVIEW: Anchor.DAY,
        RuleName.NO_CONTACT: Anchor.INSTANT,
        RuleName.MORNING_PLAN: Anchor.NONE,
        RuleName.END_OF_DAY: Anchor.NONE,
        RuleName.TEAM_DIGEST: Anchor.NONE,
        RuleName.COVERAGE: Anchor.NONE,
        RuleName.ROSTER_SANITY: Anchor.NONE,
        RuleName.EMERGENCY_REVIEW: Anchor.INSTANT,
    }
)


class Agency(Part):
    """Where the agency is, and the days on which it works although, or rests although."""

    country: Words
    subdivision: Words | None
    zone: Zone
    extra_holidays: tuple[Day, ...]
    working_holidays: tuple[Day, ...]

    @model_validator(mode="after")
    def _known_place(self) -> Self:
        subdivisions = holidays.list_supported_countries().get(self.country)
        if subdivisions is None:
            raise at(("country",), wrong('No holidays are known for this country. Write its two letters: "US".'))
        if self.subdivision is not None and self.subdivision not in subdivisions:
            raise at(
                ("subdivision",), wrong('The country has no such subdivision. Write its letters, like "VA", or null.')
            )
        return self


class BusinessHours(Part):
    """When the agency works."""

    days: Annotated[tuple[Weekday, ...], Field(min_length=1)]
    from_: Minute = Field(alias="from")
    until: Minute

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until - self.from_ < LEAST_WORKING_DAY:
            raise at(("until",), wrong("The working day ends at least two hours after it starts."))
        if len(set(self.days)) < len(self.days):
            raise at(("days",), wrong("A day of the week stands here twice."))
        return self

    @cached_property
    def week(self) -> frozenset[int]:
        """The days of the week as ISO numbers, 1 for Monday."""
        return frozenset(day.iso for day in self.days)


class DailyTimes(Part):
    """The three times of a person's own working day at which they may be reminded."""

    first: Time
    second: Time
    third: Time


class Deadlines(Part):
    """Until when a note is in time, from which length on a call counts, and how long a draft is kept."""

    note_late_after: Length
    call_counts_from: Seconds
    draft_kept: CalendarLength


class Snooze(Part):
    """How often one item may be put off."""

    most: Annotated[Number, Field(ge=0, le=5)]


class Notes(Part):
    """In which format a note is read, and in which format and order it is offered to be copied into another system.

    Without a `copy_template` it is copied as it is read. Headings that `copy_order` leaves out follow after those it names.
    """

    template: Template
    copy_template: Template | None
    copy_order: tuple[Heading, ...]

    @property
    def copied_as(self) -> Template:
        """The format in which a note is copied."""
        return self.copy_template or self.template

    @model_validator(mode="after")
    def _known_headings(self) -> Self:
        if not set(self.copy_order) <= set(sections(self.copied_as)):
            raise at(("copy_order",), wrong("One of these is no heading of the format in which notes are copied."))
        if len(set(self.copy_order)) < len(self.copy_order):
            raise at(("copy_order",), wrong("A heading stands here twice."))
        return self


class Every(StrEnum):
    """How often the team's digest is posted."""

    WEEK = "week"
    DAY = "day"
    NEVER = "never"


class Digest(Part):
    """The team's digest. Its limits protect staff and clients from being counted singly; they can be raised only."""

    every: Every
    on: Weekday
    at: Minute
    least_writers: Annotated[Number, Field(ge=3, le=1000)]
    least_contacts: Annotated[Number, Field(ge=10, le=1000)]
    least_caseload: Annotated[Number, Field(ge=5, le=1000)]


class Step(Part):
    """One reminder of a rule: when, to whom, and from then on how often."""

    at: SignedOffset
    to: Receiver = Receiver.OWNER
    every: DayLength | None = None


class Rule(Part):
    """A reminder rule: whether it is on, where it comes from, and its steps."""

    on: bool
    source: Words
    steps: Annotated[tuple[Step, ...], Field(max_length=12)]


class Quality(Part):
    """What the agency decides about the rules on a note's words: abbreviations its readers know, rules it does not want, phrases in
    which nothing is found, and the words of its own forms. Whether such rules exist, `services.checkers` says.
    """

    glossary: tuple[Words, ...] | None
    silenced: tuple[Words, ...]
    allowed: tuple[Words, ...]
    template: tuple[Words, ...]


class Period(StrEnum):
    """A stretch of the calendar in which a contact must happen once."""

    MONTH = "month"


class PackRequirement(Part):
    """How often a client must be seen: every so many days, or once per calendar month.

    Units: `home_every` is 0 where no visit has to be at home, 1 for each, 2 for every second one.
    """

    kind: RequiredContact
    every: CalendarLength | None = None
    per: Period | None = None
    grace: CalendarLength | None = None
    home_every: Annotated[Number, Field(ge=0, le=12)] = 0

    @model_validator(mode="after")
    def _one_rhythm(self) -> Self:
        if (self.every is None) == (self.per is None):
            raise wrong('Write either every: "90 days" or per: month.')
        if self.home_every and self.kind is not RequiredContact.FACE_TO_FACE:
            raise at(("home_every",), wrong("Only a face-to-face visit can be at home."))
        return self

    @property
    def every_days(self) -> int | None:
        """Days from one contact to the next, or None when the calendar counts."""
        return self.every.amount if self.every else None

    @property
    def grace_days(self) -> int:
        """Days after the window in which a contact still counts as in grace."""
        return self.grace.amount if self.grace else 0


class Pack(Part):
    """The contact requirements of one programme, the rule they come from, and the days from and until which it holds."""

    source: Words
    from_: Day | None = Field(default=None, alias="from")
    until: Day | None = None
    requirements: Annotated[tuple[PackRequirement, ...], Field(min_length=1, max_length=6)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_ and self.until and self.until < self.from_:
            raise at(("until",), wrong("The pack ends before it begins."))
        return self

    def holds_on(self, day: dt.date) -> bool:
        """Whether the pack is in effect on this day."""
        return (self.from_ is None or self.from_ <= day) and (self.until is None or day <= self.until)


class Policy(Part):
    """The whole policy."""

    format: Literal[1]
    agency: Agency
    business_hours: BusinessHours
    daily_times: DailyTimes
    deadlines: Deadlines
    notes: Notes
    units: Units
    snooze: Snooze
    digest: Digest
    quality: Quality
    rules: Mapping[RuleName, Rule]
    packs: Mapping[PackName, Pack]
    programs: Mapping[Words, PackName]

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        mistakes = [*_daily_mistakes(self), *_rule_mistakes(self.rules), *_program_mistakes(self)]
        if mistakes:
            raise _refusal(mistakes)
        return self

    def rule(self, name: RuleName) -> Rule:
        """The rule of this name."""
        return self.rules[name]

    def pack_of(self, program: str) -> Pack | None:
        """The requirements of a client's programme, or None."""
        name = self.programs.get(program)
        return self.packs[name] if name is not None else None


Place = tuple[str | int, ...]
Mistake = tuple[Place, PydanticCustomError]


def at(place: Place, mistake: PydanticCustomError) -> ValidationError:
    """The mistake with the place of the key that has to change, inside the part that found it."""
    return _refusal([(place, mistake)])


def _refusal(mistakes: list[Mistake]) -> ValidationError:
    lines = [InitErrorDetails(type=mistake, loc=place, input=None) for place, mistake in mistakes]
    return ValidationError.from_exception_data("Policy", lines, hide_input=True)


def _daily_mistakes(policy: Policy) -> Iterator[Mistake]:
    starts, ends = policy.business_hours.from_, policy.business_hours.until
    before = starts
    for name in ("first", "second", "third"):
        time: DailyTime = getattr(policy.daily_times, name)
        minute = time.minute(starts, ends)
        if not starts <= minute < ends:
            yield ("daily_times", name), wrong("This time is outside the business hours.")
        elif name != "first" and minute <= before:
            yield (
                ("daily_times", name),
                wrong("The daily times are in the wrong order: this one is not after the one before."),
            )
        before = minute


def _rule_mistakes(rules: Mapping[RuleName, Rule]) -> Iterator[Mistake]:
    for name in RuleName:
        if name not in rules:
            yield ("rules", name.value), wrong("This rule is missing.")
            continue
        steps, anchor = rules[name].steps, ANCHORS[name]
        if rules[name].on and not steps and anchor is not Anchor.NONE:
            yield ("rules", name.value), wrong("Give this rule steps, or write on: false.")
        if steps and anchor is Anchor.NONE:
            yield ("rules", name.value, "steps"), wrong("This rule takes no steps; it is on or off.")
            continue
        for number, step in enumerate(steps):
            place = ("rules", name.value, "steps", number)
            if anchor is Anchor.INSTANT and step.at.amount < 0:
                yield (
                    (*place, "at"),
                    wrong("A negative offset cannot stand here: this rule counts from what has happened."),
                )
            if anchor is Anchor.DAY and not step.at.unit.counts_days:
                yield (*place, "at"), wrong("This rule counts from a day. Write days or business days.")
            if any((step.at, step.to) == (other.at, other.to) for other in steps[:number]):
                yield place, wrong("The same step stands here twice.")


def _program_mistakes(policy: Policy) -> Iterator[Mistake]:
    for program, pack in policy.programs.items():
        if pack not in policy.packs:
            yield ("programs", program), wrong("There is no pack of this name.")
