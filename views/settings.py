"""One's own settings on the screen. They name nobody but the person themselves."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, ClassVar

from models.forms import Answers
from privacy.grants import Grant
from services.settings import ChangeSettings, MySettings
from services.staff import Actor
from views.blocks import PrivateView, one_line, section
from views.form import Form
from views.ids import SettingsId
from views.known import Known
from views.quiet import QuietDay, QuietRadio
from views.widgets import always


class Switch(StrEnum):
    """On or off."""

    ON = "on"
    OFF = "off"


class SettingsForm(Form):
    """What a person may change themselves."""

    callback_id: ClassVar[str] = SettingsId.SAVE
    title: ClassVar[str] = "Settings"
    submit: ClassVar[str] = "Save"

    after_call: Annotated[
        Switch,
        QuietRadio(
            label="After each call",
            hint="A message when a call ends, with a button for its note.",
            words={Switch.ON: "Write to me", Switch.OFF: "Do not write to me"},
        ),
    ]
    away_from: Annotated[dt.date | None, QuietDay(label="Away from", optional=always)] = None
    away_until: Annotated[
        dt.date | None,
        QuietDay(label="Away until", hint="The last day. You get no messages, and others cover.", optional=always),
    ] = None

    def command(self) -> ChangeSettings:
        """The form as the service takes it."""
        return ChangeSettings(self.after_call is Switch.ON, self.away_from, self.away_until)


def settings(mine: MySettings, actor: Actor, grant: Grant, now: dt.datetime) -> PrivateView:
    """The settings as they are now, below what follows from the roster."""
    chosen = {
        "after_call": (Switch.ON if mine.after_call else Switch.OFF,),
        "away_from": _day(mine.away_from),
        "away_until": _day(mine.away_until),
    }
    drawn = SettingsForm.draw(Answers(chosen=chosen), Known(grant, now, actor.zone), "").view
    about = [section("prints", _prints(actor)), section("times", _times(mine.times))]
    return PrivateView({**drawn, "blocks": [*about, *drawn.get("blocks", [])]})


def _prints(actor: Actor) -> str:
    """Who signs, as a note prints it."""
    signature = ", ".join(part for part in (actor.name, actor.title, actor.credential) if part)
    return one_line(f"Your notes are signed: {signature}", 300)


def _times(times: tuple[dt.time, ...]) -> str:
    """When messages may come. Nobody sets it here: it follows the working hours."""
    if not times:
        return "No messages come: your working hours in the staff list are too short for them."
    *first, last = (f"{each:%H:%M}" for each in times)
    when = f"{', '.join(first)} and {last}" if first else last
    return f"Messages come at {when} on your working days, when there is something to say. Your admin sets your working hours."


def _day(day: dt.date | None) -> tuple[str, ...]:
    return (day.isoformat(),) if day is not None else ()
