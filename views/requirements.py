"""Who is due: the windows of a caseload by what lapses first, and the small modal of a client who is away.

Here: words and widgets. Not here: how a window is counted (services.windows).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self
from zoneinfo import ZoneInfo

from models.forms import Answers
from models.requirements import PauseReason, RequiredContact
from privacy.grants import Grant
from privacy.safetext import Ref
from services.clients import ClientLine
from services.pauses import PauseClient
from services.requirements import DueLine
from services.windows import WindowState
from views.blocks import (
    Block,
    Element,
    Option,
    PrivateView,
    actions,
    button,
    modal,
    one_line,
    option,
    overflow,
    section,
)
from views.form import Form
from views.ids import RequirementId, TimelineId
from views.known import Known, day_words
from views.quiet import QuietDay, QuietRadio
from views.widgets import always

PAGE: Final = 10
LINE_LONGEST: Final = 300
REASONS: Final = {
    PauseReason.HOSPITAL: "In hospital",
    PauseReason.INSTITUTION: "In another institution",
    PauseReason.AWAY: "Away for another reason",
}
_AWAY_WORDS: Final = {
    PauseReason.HOSPITAL: "in hospital",
    PauseReason.INSTITUTION: "in an institution",
    PauseReason.AWAY: "away",
}
_WHENCE: Final = re.compile(r"(?P<ref>Q-[0-9A-Z]{16})\.(?P<page>[0-9]{1,4})", re.ASCII)


class More(StrEnum):
    """What the menu beside a client offers."""

    AWAY = "away"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Whence:
    """Whose requirement a small modal is about, and which page of the list lies below it, to be drawn again."""

    ref: str
    page: int = 0

    @property
    def text(self) -> str:
        """What stands in the modal's metadata: a random reference and a number."""
        return f"{self.ref}.{self.page}"

    @classmethod
    def read(cls, text: str) -> Self:
        """The same from a modal's metadata; anything else is about nobody."""
        found = _WHENCE.fullmatch(text)
        return cls(found["ref"], int(found["page"])) if found else cls("")


class AwayForm(Form):
    """A client who is in hospital or away, whose windows wait."""

    callback_id: ClassVar[str] = RequirementId.AWAY
    title: ClassVar[str] = "In hospital or away"
    submit: ClassVar[str] = "Save"

    reason: Annotated[PauseReason, QuietRadio(label="Where are they?", words=REASONS)]
    from_on: Annotated[dt.date, QuietDay(label="From")]
    until_on: Annotated[
        dt.date | None,
        QuietDay(label="Until", hint="The last day away. Leave it empty if nobody knows yet.", optional=always),
    ] = None

    def command(self, whence: Whence) -> PauseClient:
        """The form as the service takes it."""
        return PauseClient(whence.ref, self.reason, self.from_on, self.until_on)


def who_is_due(lines: Sequence[DueLine], grant: Grant, today: dt.date, page: int = 0) -> PrivateView:
    """The list of who is due, ten a page, what lapses first at the top."""
    last_page = max(0, (len(lines) - 1) // PAGE)
    page = min(page, last_page)
    blocks: list[Block] = []
    for line in lines[page * PAGE : (page + 1) * PAGE]:
        text = f"{line.client.name(grant)} · {window_words(line, today)}"
        blocks.append(section(f"{line.ref}.line", one_line(text, LINE_LONGEST)))
        plan = button("Plan a visit", RequirementId.PLAN, Ref(line.client.ref))
        notes = button("Notes", TimelineId.OPEN, Ref(line.client.ref))
        blocks.append(actions(line.ref, plan, notes, overflow(RequirementId.MORE, _offered(line))))
    if not blocks:
        blocks = [section("none", "Nobody of your caseload is due.")]
    turns: list[Element] = []
    if page:
        turns.append(button("Previous ten", RequirementId.PREVIOUS))
    if page < last_page:
        turns.append(button("Next ten", RequirementId.NEXT))
    if turns:
        blocks.append(actions("turn", *turns))
    drawn = modal(RequirementId.OPEN_LIST, "Who is due", blocks, close="Done")
    return PrivateView({**drawn.view, "private_metadata": str(page)})


def page_of(metadata: str) -> int:
    """Which page a list shows, from its metadata."""
    return int(metadata) if metadata.isascii() and metadata.isdigit() and len(metadata) <= 4 else 0


def away(client: ClientLine, grant: Grant, whence: Whence, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The small modal that says that a client is away."""
    known = Known(grant, now, zone, client=client)
    preset = Answers(chosen={"from_on": (known.today.isoformat(),)})
    drawn = AwayForm.draw(preset, known, "").view
    whom, *inputs = drawn.get("blocks", [])
    says = section("says", "These days do not count: windows close later, and nobody is reminded meanwhile.")
    return PrivateView({**drawn, "blocks": [whom, says, *inputs], "private_metadata": whence.text})


def window_words(line: DueLine, today: dt.date) -> str:
    """`visit at home · closes in 3 days`, `contact · in grace, 6 days left`, `visit · lapsed 4 days ago · you are the backup`."""
    what = "contact" if line.kind is RequiredContact.ANY else "visit at home" if line.home_due else "visit"
    stands = _stands(line, today)
    if line.away is not None and line.window.state is not WindowState.PAUSED:
        stands = f"{stands} · {_AWAY_WORDS[line.away.reason]} from {day_words(line.away.from_on)}"
    return f"{what} · {stands} · you are the backup" if line.backup else f"{what} · {stands}"


def _stands(line: DueLine, today: dt.date) -> str:
    closes_on, grace_ends_on = line.window.closes_on, line.window.grace_ends_on
    match line.window.state:
        case WindowState.PAUSED:
            return _paused(line)
        case WindowState.GRACE:
            left = (grace_ends_on - today).days if grace_ends_on else None
            return "in grace" if left is None else f"in grace, {_days(left)} left" if left else "in grace, last day"
        case WindowState.LAPSED if grace_ends_on is not None:
            return f"lapsed {_days((today - grace_ends_on).days)} ago"
        case _:
            days = (closes_on - today).days if closes_on else 0
            return f"closes in {_days(days)}" if days else "closes today"


def _paused(line: DueLine) -> str:
    if line.away is None:
        return "paused"
    until = f" until {day_words(line.away.until_on)}" if line.away.until_on else ""
    return f"paused: {_AWAY_WORDS[line.away.reason]}{until}"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _offered(line: DueLine) -> Option:
    if line.away is not None:
        return option("Back again", More.BACK)
    return option("In hospital or away…", More.AWAY)
