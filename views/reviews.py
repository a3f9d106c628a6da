"""Review on the screen: a supervisor's queue, the form in which a note is read and decided on, and an author's returned notes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Final
from zoneinfo import ZoneInfo

from models.reviews import ReviewDecision
from privacy.grants import Grant
from privacy.phi import Phi
from privacy.safetext import Ref, safe
from services.returned_notes import ReturnedLine
from services.reviews import Queue, QueueLine, ReviewContent
from views.ages import age, kind_word
from views.blocks import Block, Element, PrivateView, actions, asking, button, modal, one_line, section
from views.form import Form
from views.ids import NoteId, ReviewId
from views.known import Look, moment_words
from views.widgets import Radio, Text

LINE_LONGEST: Final = 450
COMMENT_MOST: Final = 1000
NOTHING_WAITS: Final = safe("Nothing waits for your review.")

DECISIONS: Final[Mapping[ReviewDecision, str]] = {
    ReviewDecision.APPROVED: "Approve",
    ReviewDecision.RETURNED: "Return",
}


def _needs_no_comment(look: Look) -> bool:
    return look.one("decision") != ReviewDecision.RETURNED


class ReviewForm(Form):
    """A note that was read, and what is decided on it."""

    callback_id: ClassVar[str] = ReviewId.DECIDE
    title: ClassVar[str] = "Review"
    submit: ClassVar[str] = "Decide"

    client: str = ""
    decision: Annotated[ReviewDecision, Radio(label="Decision", words=DECISIONS)]
    comment: Annotated[
        Phi[str] | None,
        Text(
            label="What should change?",
            hint="The author sees this in the form only.",
            least=3,
            most=COMMENT_MOST,
            lines=True,
            optional=_needs_no_comment,
        ),
    ] = None

    def content(self) -> ReviewContent:
        """What was answered, as the service takes it."""
        return ReviewContent(decision=self.decision, comment=self.comment if self.comment is not None else Phi(""))


def queue(page: Queue, grant: Grant, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The notes that wait, the longest first; those of one author that were read in this sitting may be approved together."""
    blocks: list[Block] = []
    for line in page.lines:
        text = one_line(_queue_words(line, grant, now, zone), LINE_LONGEST)
        blocks.append(section(line.ref, text, button("Read", ReviewId.READ, Ref(line.ref))))
    for ref, (name, count) in page.read.items():
        blocks.append(actions(f"read.{ref}", _approve(ref, name, count)))
    if not blocks:
        blocks = [section("none", NOTHING_WAITS.plain)]
    turns: list[Element] = []
    if page.number:
        turns.append(button("Previous ten", ReviewId.PREVIOUS))
    if page.has_next:
        turns.append(button("Next ten", ReviewId.NEXT))
    if turns:
        blocks.append(actions("turn", *turns))
    drawn = modal(ReviewId.QUEUE, "Notes to review", blocks, close="Done")
    return PrivateView({**drawn.view, "private_metadata": str(page.number)})


def returned(lines: Sequence[ReturnedLine], grant: Grant, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """One's own notes that were returned, each with the way to its next version."""
    blocks: list[Block] = []
    for line in lines:
        open_it = button("Open", NoteId.CHANGE, Ref(line.ref), primary=True) if line.client is not None else None
        who = line.client.name(grant) if line.client is not None else "Client outside your caseload"
        parts = [
            who,
            kind_word(line.kind).value.lower(),
            moment_words(line.ended_at, now, zone),
            f"returned by {line.reviewer}",
            f"{age(now - line.returned_at).plain} ago",
        ]
        blocks.append(section(line.ref, one_line(" · ".join(parts), LINE_LONGEST), open_it))
    if not blocks:
        blocks = [section("none", "No note waits for a change.")]
    return modal(NoteId.RETURNED, "Returned notes", blocks, close="Done")


def _approve(ref: str, name: str, count: int) -> Element:
    notes = "the note" if count == 1 else f"the {count} notes"
    return asking(
        button(f"Approve {notes} of {name} you read", ReviewId.APPROVE_READ, Ref(ref)),
        "Approve what you read?",
        f"{notes.capitalize()} of {one_line(name)} that you read in this sitting. A decision is not taken back.",
        yes="Approve",
        no="Not yet",
    )


def _queue_words(line: QueueLine, grant: Grant, now: dt.datetime, zone: ZoneInfo) -> str:
    parts = [
        line.author,
        line.client.name(grant),
        kind_word(line.kind).value.lower(),
        moment_words(line.ended_at, now, zone),
        *([f"version {line.version}"] if line.version > 1 else []),
        f"waits {age(now - line.waits_since).plain}",
        *(["read"] if line.read else []),
    ]
    return " · ".join(parts)
