"""Emergencies on the screen: the form that breaks the glass, what is open by it, and the message that tells of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, ClassVar, Final
from zoneinfo import ZoneInfo

from models.forms import Answers
from privacy.grants import Grant
from privacy.phi import Phi
from privacy.safetext import Mention, Ref, SafeText, plural, safe
from services.alarms import Alarm, Broken
from services.glass import REASON_LEAST, Emergency, OpenGlass
from services.glass_clients import Typed
from views.birthdays import Birthday
from views.blocks import (
    Block,
    Element,
    PrivateView,
    SafeBlocks,
    actions,
    asking,
    button,
    header,
    modal,
    one_line,
    safe_section,
    section,
)
from views.form import Form
from views.ids import GlassId, TimelineId
from views.known import Known
from views.widgets import Text, always

LINE_LONGEST: Final = 300
RULES: Final = safe(
    "For one client whom you do not work with, for 60 minutes. Your supervisor and the privacy officers are told at once who "
    "and for how long, without the client's name. Everything that you read or sign is marked, and a privacy officer reviews it."
)
ENDED: Final = safe("The emergency has ended. You do not reach this client any more.")


class GlassForm(Form):
    """What breaks the glass: whom it is about, typed exactly, and why."""

    callback_id: ClassVar[str] = GlassId.BREAK
    title: ClassVar[str] = "Emergency access"
    submit: ClassVar[str] = "Open for 60 minutes"

    agency_id: Annotated[
        Phi[str] | None, Text(label="Agency ID", hint="Exactly as your agency writes it.", most=80, optional=always)
    ] = None
    name: Annotated[
        Phi[str] | None,
        Text(
            label="Or the full name", hint="First and last, exactly. Nothing is suggested.", most=160, optional=always
        ),
    ] = None
    born_on: Annotated[
        dt.date | None,
        Birthday(
            label="Date of birth", hint="Tells two people of one name apart.", placeholder="4/30/1961", optional=always
        ),
    ] = None
    reason: Annotated[
        Phi[str],
        Text(
            label="Reason",
            hint="What is happening, and why it cannot wait. A privacy officer reads this.",
            lines=True,
            least=REASON_LEAST,
            most=1000,
        ),
    ]

    def typed(self) -> Typed:
        """Whom the form means."""
        return Typed(self.agency_id, self.name, self.born_on)


def glass_form(standing: Sequence[Emergency], grant: Grant, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The form, below what is open already."""
    drawn = GlassForm.draw(Answers(), Known(grant, now, zone), "").view
    above = [block for each in standing for block in _emergency(each, grant, zone)]
    if above:
        above = [header("open", "Open now"), *above, header("another", "Another client")]
    return PrivateView({**drawn, "blocks": [*above, safe_section("rules", RULES), *drawn.get("blocks", [])]})


def opened(emergency: Emergency, grant: Grant, zone: ZoneInfo) -> PrivateView:
    """What the form becomes once the glass is broken."""
    blocks = _emergency(emergency, grant, zone)
    blocks.append(
        section(
            "how", "Search them by name in any note until then. App Home shows how long is left, and ends it sooner."
        )
    )
    return modal(GlassId.STANDING, "Emergency access", blocks)


def home_emergencies(standing: Sequence[OpenGlass]) -> list[Block]:
    """The lines of App Home about what is open now."""
    return [
        safe_section(
            f"glass.{each.ref}", safe("*Emergency access*: 1 client · {left}", left=_left(each.left)), _end(each.ref)
        )
        for each in standing
    ]


def alarm_message(alarm: Alarm) -> SafeBlocks:
    """What a supervisor and the privacy officers read at once."""
    lines = [_broken(each) for each in alarm.opened]
    blocks: list[Block] = [safe_section(f"line.{number}", line) for number, line in enumerate(lines)]
    if alarm.reviews:
        blocks.append(safe_section("owed", safe("A review is owed within 72 hours.")))
        blocks.append(actions("glass", button("Review", GlassId.REVIEWS)))
    return SafeBlocks(text=lines[0], blocks=tuple(blocks))


def _broken(broken: Broken) -> SafeText:
    minutes = plural(broken.minutes, "{n} minute", "{n} minutes")
    if not broken.slack_user_id:
        return safe(
            "Somebody without a Slack account has emergency access to 1 client, for {minutes}.", minutes=minutes
        )
    who = Mention(broken.slack_user_id)
    return safe("{who} has opened emergency access to 1 client, for {minutes}.", who=who, minutes=minutes)


def _emergency(emergency: Emergency, grant: Grant, zone: ZoneInfo) -> list[Block]:
    """Whom an open emergency is about, how long is left, and what can be done."""
    client, ref = emergency.client, Ref(emergency.ref)
    until = f"{emergency.ends_at.astimezone(zone):%H:%M}"
    text = f"{client.name(grant)} · ID {client.profile.agency_id.reveal(grant)}"
    return [
        section(emergency.ref, one_line(text, LINE_LONGEST)),
        section(f"{emergency.ref}.left", f"{_left(emergency.left).plain}, until {until}."),
        actions(
            f"{emergency.ref}.buttons",
            button("Summary", TimelineId.SUMMARY, Ref(client.ref), primary=True),
            button("Notes", TimelineId.OPEN, Ref(client.ref)),
            button("Log a call", GlassId.CALL, ref),
            button("Log a visit", GlassId.VISIT, ref),
            _end(emergency.ref),
        ),
    ]


def _end(ref: str) -> Element:
    return asking(
        button("End now", GlassId.END, Ref(ref)),
        "End the emergency?",
        "You will not reach this client any more. What you began stays under Drafts.",
        yes="End now",
        no="Go on",
    )


def _left(minutes: int) -> SafeText:
    return plural(minutes, "{n} minute left", "{n} minutes left")
