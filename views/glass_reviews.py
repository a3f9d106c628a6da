"""Reviews of emergencies on the screen: their list, and one with its reason, what was done, and the reviewer's words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Final
from zoneinfo import ZoneInfo

from models.forms import Answers
from privacy.grants import Grant
from privacy.phi import Phi
from privacy.safetext import Ref, plural, safe
from services.glass_reviews import GlassLine, GlassSheet, Kind, Owed
from views.ages import age
from views.blocks import Block, PrivateView, button, header, modal, one_line, safe_section, section
from views.form import Form
from views.ids import GlassId
from views.known import Known, moment_words
from views.widgets import Text

LINE_LONGEST: Final = 300
WORDS: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.READ: ("opened the record once", "opened the record {n} times"),
    Kind.FOUND: ("found them in 1 search", "found them in {n} searches"),
    Kind.SIGNED: ("signed 1 note", "signed {n} notes"),
    Kind.ATTEMPTED: ("signed 1 attempt", "signed {n} attempts"),
    Kind.KEPT: ("kept 1 contact for later", "kept {n} contacts for later"),
}


class ReviewForm(Form):
    """What a privacy officer thought of an emergency."""

    callback_id: ClassVar[str] = GlassId.REVIEW
    title: ClassVar[str] = "Review an emergency"
    submit: ClassVar[str] = "Record review"

    words: Annotated[
        Phi[str],
        Text(
            label="Your review",
            hint="Was it needed, and what follows? Do not name the client.",
            lines=True,
            least=5,
            most=2000,
        ),
    ]


def review_list(lines: Sequence[GlassLine], now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """Every emergency of others that is to be reviewed, and what was reviewed lately."""
    blocks: list[Block] = []
    for line in lines:
        look = None if line.is_open else button("Open" if line.reviewed_at else "Review", GlassId.LOOK, Ref(line.ref))
        text = f"{line.name} · {moment_words(line.opened_at, now, zone)} · {_state(line)}"
        blocks.append(section(line.ref, one_line(text, LINE_LONGEST), look))
    if not blocks:
        blocks = [section("none", "No emergency waits for a review.")]
    return modal(GlassId.REVIEW_LIST, "Emergencies", blocks, close="Done")


def review(sheet: GlassSheet, grant: Grant, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """One emergency; with the form for its review, unless it has one."""
    above = _facts(sheet, grant, now, zone)
    if sheet.review is not None:
        words = sheet.review.reveal(grant)
        blocks = [*above, header("review", "The review"), *_paragraph("reviewed", words)]
        return modal(GlassId.REVIEWED, "Emergency", blocks)
    drawn = ReviewForm.draw(Answers(), Known(grant, now, zone), "").view
    return PrivateView({**drawn, "blocks": [*above, *drawn.get("blocks", [])], "private_metadata": sheet.line.ref})


def home_reviews(owed: Owed | None) -> list[Block]:
    """The line of App Home about the reviews that are owed."""
    if owed is None or not owed.count:
        return []
    text = safe("*Emergencies to review*: {n}, oldest {age}", n=owed.count, age=age(owed.oldest))
    if owed.late:
        late = plural(owed.late, "{n} for more than 72 hours", "{n} for more than 72 hours")
        text = safe("{text} · *{late}*", text=text, late=late)
    return [safe_section("glass_reviews", text, button("Review", GlassId.REVIEWS))]


def _facts(sheet: GlassSheet, grant: Grant, now: dt.datetime, zone: ZoneInfo) -> list[Block]:
    line = sheet.line
    minutes = "1 minute" if line.minutes == 1 else f"{line.minutes} minutes"
    done = [
        one if sheet.done.get(kind) == 1 else many.format(n=sheet.done[kind])
        for kind, (one, many) in WORDS.items()
        if sheet.done.get(kind)
    ]
    reason = (
        sheet.reason.reveal(grant)
        if sheet.reason is not None
        else "The client's record was destroyed, and the reason with it."
    )
    return [
        section("who", one_line(f"{line.name} · {moment_words(line.opened_at, now, zone)} · {minutes}", LINE_LONGEST)),
        section("done", f"Under it they {', '.join(done)}." if done else "Nothing was read or signed under it."),
        header("reason", "The reason"),
        *_paragraph("reason_words", reason),
    ]


def _paragraph(block_id: str, words: str) -> list[Block]:
    """Words of a person's, as they were typed."""
    return [section(block_id, words)]


def _state(line: GlassLine) -> str:
    if line.reviewed_at is not None:
        return "reviewed"
    if line.is_open:
        return "still open"
    return "not reviewed for more than 72 hours" if line.is_late else "not reviewed"
