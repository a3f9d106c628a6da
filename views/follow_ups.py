"""Follow-ups on the screen: their list, and the small modal of each thing that can become of one.

Here: words and widgets. Not here: who may do what to a follow-up (services.follow_ups).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar, Self
from zoneinfo import ZoneInfo

from models.follow_ups import DropReason, ReferralOutcome
from models.forms import Answers
from privacy.grants import Grant
from privacy.phi import Phi
from privacy.safetext import Ref, safe
from services.follow_up_lists import FollowUpLine, FollowUpPage, FollowUpSheet
from services.follow_ups import DROP_REASONS
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
from views.ids import FollowUpId
from views.known import Known, Look
from views.note_parts import DueDay
from views.quiet import QuietChoice, QuietDay, QuietRadio
from views.widgets import Text, always

WORDS_MOST = 1000
LINE_LONGEST = 450
OUTSIDE = "Client outside your caseload"
NOBODY_ELSE = safe("Nobody else may take this follow-up. Ask your admin to add a backup for this client.")

REASONS = dict(
    zip(
        DROP_REASONS,
        ("It is not needed any more", "The client declined it", "Someone else did it", "It was written by mistake"),
        strict=True,
    )
)
REFERRAL = {
    ReferralOutcome.ATTENDED: "They went",
    ReferralOutcome.NOT_ATTENDED: "They did not go",
    ReferralOutcome.DECLINED: "They declined it",
    ReferralOutcome.OTHER: "This was about something else",
}
CHOSEN_REFERRAL = {outcome: text for outcome, text in REFERRAL.items() if outcome is not ReferralOutcome.OTHER}
_WHENCE = re.compile(r"(?P<ref>F-[0-9A-Z]{16})\.(?P<where>day|list)\.(?P<page>[0-9]{1,4})", re.ASCII)


class More(StrEnum):
    """What the menu beside a follow-up offers."""

    MOVE = "move"
    HAND_OVER = "hand_over"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Whence:
    """Which follow-up a small modal is about, and which list lies below it, to be drawn again."""

    ref: str
    from_day: bool = False
    page: int = 0

    @property
    def text(self) -> str:
        """What stands in the modal's metadata: a random reference, a word and a number."""
        return f"{self.ref}.{'day' if self.from_day else 'list'}.{self.page}"

    @classmethod
    def read(cls, text: str) -> Self:
        """The same from a modal's metadata; anything else is about no follow-up."""
        found = _WHENCE.fullmatch(text)
        return cls(found["ref"], found["where"] == "day", int(found["page"])) if found else cls("")


def _receivers(_: Look, known: Known) -> list[Option]:
    return [option(owner.label, owner.ref) for owner in known.owners]


class FinishForm(Form):
    """A follow-up that was done."""

    callback_id: ClassVar[str] = FollowUpId.FINISH
    title: ClassVar[str] = "Follow-up done"
    submit: ClassVar[str] = "Done"

    words: Annotated[
        Phi[str] | None,
        Text(
            label="What came of it?",
            hint="Was it about the client? Then write its note next: this line is no note.",
            lines=True,
            most=WORDS_MOST,
            optional=always,
        ),
    ] = None
    referral: Annotated[
        ReferralOutcome | None,
        QuietChoice(label="If it was a referral", placeholder="Choose", words=CHOSEN_REFERRAL, optional=always),
    ] = None


class ReferralForm(FinishForm):
    """A referral of which it is known what became."""

    title: ClassVar[str] = "Referral"
    order: ClassVar[tuple[str, ...]] = ("referral", "words")

    referral: Annotated[ReferralOutcome | None, QuietRadio(label="What became of the referral?", words=REFERRAL)] = None


class AgainForm(Form):
    """A referral to which nobody came, and which is followed up again."""

    callback_id: ClassVar[str] = FollowUpId.AGAIN
    title: ClassVar[str] = "Follow up again"
    submit: ClassVar[str] = "Follow up again"

    due_on: Annotated[
        DueDay, QuietDay(label="By when", hint="They did not go. If nobody needs to look after it again, close this.")
    ]


class MoveForm(Form):
    """A follow-up that is put off, or brought forward."""

    callback_id: ClassVar[str] = FollowUpId.MOVE
    title: ClassVar[str] = "Another day"
    submit: ClassVar[str] = "Move"

    due_on: Annotated[DueDay, QuietDay(label="New day")]


class GiveForm(Form):
    """A follow-up that is given to somebody else."""

    callback_id: ClassVar[str] = FollowUpId.HAND_OVER
    title: ClassVar[str] = "Give to someone else"
    submit: ClassVar[str] = "Give"

    owner: Annotated[str, QuietChoice(label="Give to", placeholder="Choose", source=_receivers)]


class DropForm(Form):
    """A follow-up that does not stand any more."""

    callback_id: ClassVar[str] = FollowUpId.DROP
    title: ClassVar[str] = "Not needed any more"
    submit: ClassVar[str] = "Close it"

    reason: Annotated[DropReason, QuietRadio(label="Why?", words=REASONS)]
    words: Annotated[Phi[str] | None, Text(label="Say more", lines=True, most=WORDS_MOST, optional=always)] = None


SMALL: dict[More, type[Form]] = {More.MOVE: MoveForm, More.HAND_OVER: GiveForm, More.DROP: DropForm}


def small(form: type[Form], sheet: FollowUpSheet, whence: Whence, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """One of the small modals, with whom the follow-up is about and what was promised above its inputs."""
    known = Known(sheet.grant, now, zone, client=sheet.line.client, owners=sheet.owners)
    preset = Answers(chosen={"due_on": (sheet.next_business_day.isoformat(),)})
    drawn = form.draw(preset, known, "").view
    inputs = drawn.get("blocks", [])
    if sheet.line.client is None:
        about = section("promised", f"{OUTSIDE} · {due_words(sheet.line.due_on, known.today)}")
        return PrivateView({**drawn, "blocks": [about, *inputs], "private_metadata": whence.text})
    client, *inputs = inputs
    promised = f"{sheet.line.what.reveal(sheet.grant)} · {due_words(sheet.line.due_on, known.today)}"
    about = section("promised", one_line(promised, LINE_LONGEST))
    return PrivateView({**drawn, "blocks": [client, about, *inputs], "private_metadata": whence.text})


def done(whence: Whence, *, declined: bool = False) -> PrivateView:
    """What follows *Done* when a note about it can be written. A service that was declined belongs into it."""
    blocks = [section("done", "Done. If you were in touch with the client or about them, it needs a note.")]
    if declined:
        blocks.append(section("declined", "Record there that the service was declined, and the reason they gave."))
    drawn = modal(FollowUpId.WRITE, "Follow-up done", blocks, submit="Write its note")
    return PrivateView({**drawn.view, "private_metadata": whence.text})


def follow_ups(page: FollowUpPage, grant: Grant, today: dt.date) -> PrivateView:
    """The list of one's open follow-ups, ten a page, those due first at the top."""
    blocks = rows(page.lines, grant, today)
    if not blocks:
        blocks = [section("none", "No follow-up is open.")]
    turns: list[Element] = []
    if page.number:
        turns.append(button("Previous ten", FollowUpId.PREVIOUS))
    if page.has_next:
        turns.append(button("Next ten", FollowUpId.NEXT))
    if turns:
        blocks.append(actions("turn", *turns))
    drawn = modal(FollowUpId.OPEN_LIST, "Follow-ups", blocks)
    return PrivateView({**drawn.view, "private_metadata": str(page.number)})


def page_of(metadata: str) -> int:
    """Which page a list shows, from its metadata."""
    return int(metadata) if metadata.isascii() and metadata.isdigit() and len(metadata) <= 4 else 0


def rows(lines: Iterable[FollowUpLine], grant: Grant, today: dt.date) -> list[Block]:
    """A follow-up a row, each with *Done* and a menu. The row of buttons is named by the follow-up's reference."""
    blocks: list[Block] = []
    for line in lines:
        blocks.append(section(f"{line.ref}.line", one_line(_line_words(line, grant, today), LINE_LONGEST)))
        blocks.append(_buttons(line))
    return blocks


def _line_words(line: FollowUpLine, grant: Grant, today: dt.date) -> str:
    if line.client is None:
        return f"{OUTSIDE} · {due_words(line.due_on, today)}"
    referral = " · referral" if line.referral else ""
    return f"{line.client.name(grant)} · {line.what.reveal(grant)}{referral} · {due_words(line.due_on, today)}"


def _buttons(line: FollowUpLine) -> Block:
    """*Done* and the menu. What is about somebody else's client by now can be given away or dropped, and nothing else."""
    away = [option("Give to…", More.HAND_OVER), option("Not needed any more", More.DROP)]
    if line.client is None:
        return actions(line.ref, overflow(FollowUpId.MORE, *away))
    menu = overflow(FollowUpId.MORE, option("Another day", More.MOVE), *away)
    return actions(line.ref, button("Done", FollowUpId.DONE, Ref(line.ref)), menu)


def due_words(due_on: dt.date, today: dt.date) -> str:
    """`due today`, `2 days late`, `in 3 days`."""
    days = (due_on - today).days
    if not days:
        return "due today"
    count = "1 day" if abs(days) == 1 else f"{abs(days)} days"
    return f"in {count}" if days > 0 else f"{count} late"
