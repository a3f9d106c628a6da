"""What the app knows when it draws a form: the client, their goals and people, who may own a follow-up, today."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from models.forms import Answers
from privacy.grants import Grant
from privacy.phi import Phi
from services.about_notes import AboutNote
from services.clients import ClientLine
from services.follow_ups import OwnerLine
from services.goals import GoalLine
from services.people import PersonLine


@dataclass(frozen=True, slots=True)
class Look:
    """A look at the answers so far, from one copy of a repeated part or from the form itself."""

    answers: Answers
    copy: int = 1

    def name(self, field: str) -> str:
        """The answer's name in this copy: `follow_up` in the first, `follow_up_2` in the second."""
        return field if self.copy == 1 else f"{field}_{self.copy}"

    def all(self, field: str) -> tuple[str, ...]:
        """Everything that is chosen for a field."""
        return self.answers.chosen.get(self.name(field), ())

    def one(self, field: str) -> str | None:
        """The one thing that is chosen for a field, or None."""
        chosen = self.all(field)
        return chosen[0] if chosen else None


@dataclass(frozen=True, slots=True)
class Known:
    """Everything a form is prefilled from. `grant` came from the audit event that opened the form.

    `about` is the signed note that the form changes, adds to or reviews, if it does.
    """

    grant: Grant
    now: dt.datetime
    zone: ZoneInfo
    client: ClientLine | None = None
    goals: tuple[GoalLine, ...] = ()
    people: tuple[PersonLine, ...] = ()
    owners: tuple[OwnerLine, ...] = ()
    jot: Phi[str] | None = None
    closed: bool = False
    client_lost: bool = False
    next_business_day: dt.date = field(default=dt.date.max)
    about: AboutNote | None = None

    @property
    def today(self) -> dt.date:
        """The author's own day."""
        return self.now.astimezone(self.zone).date()


def moment_words(moment: dt.datetime, now: dt.datetime, zone: ZoneInfo) -> str:
    """A moment of the past as people say it, in their own zone: `today 14:06`, `yesterday 09:30`, `Mon 23 Nov 14:06`."""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    near = {today: "today", today - dt.timedelta(1): "yesterday"}
    return f"{near.get(local.date()) or day_words(local.date())} {local:%H:%M}"


def coming_words(moment: dt.datetime, now: dt.datetime, zone: ZoneInfo) -> str:
    """A moment to come as people say it, in their own zone: `today 14:06`, `tomorrow 09:30`, `Mon 23 Nov 14:06`."""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    near = {today: "today", today + dt.timedelta(1): "tomorrow"}
    return f"{near.get(local.date()) or day_words(local.date())} {local:%H:%M}"


def day_words(day: dt.date) -> str:
    """A day as people say it: `Mon 23 Nov`."""
    return f"{day:%a} {day.day} {day:%b}"
