"""A client's notes on the screen: finding the client, the list with what narrows it, and the results of looking for words."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Final, Self
from zoneinfo import ZoneInfo

from models.contacts import ContactKind
from models.forms import Answers
from models.notes import Review
from privacy.grants import Grant, Purpose, system_grant
from privacy.phi import Phi
from privacy.safetext import Ref
from services.note_texts import Wanted
from services.timelines import Narrowing, NoteLine, NotePage, Period
from views.blocks import Block, Element, Option, PrivateView, actions, button, context, modal, one_line, option, section
from views.form import Form
from views.ids import ReadingId, TimelineId
from views.known import Known, Look
from views.note_reading import Reader, day_and_year, how_words, minutes_words
from views.quiet import QuietChoice
from views.widgets import ClientSearch, Text, always

LINE_LONGEST: Final = 400
KINDS: Final = {ContactKind.COLLATERAL: "Collateral contacts", ContactKind.FACE_TO_FACE: "Face-to-face visits"}
PERIODS: Final = {
    Period.MONTH: "The last 30 days",
    Period.QUARTER: "The last 3 months",
    Period.YEAR: "The last 12 months",
}
REVIEWS: Final = {
    Review.PENDING: "waits for review",
    Review.APPROVED: "approved",
    Review.RETURNED: "returned for a change",
}
DAMAGED: Final = (
    "does not stand as it was signed, so nothing of it is shown. Tell your admin and your privacy officer today."
)
DAMAGED_SHOWN: Final = 5
_WHENCE: Final = re.compile(
    r"(?P<client>C-[0-9A-Z]{16}|mine)\.(?P<narrow>[01])\.(?P<page>[0-9]{1,4})\.(?P<after>N-[0-9A-Z]{16}|none)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Whence:
    """Which list is on the screen: whose notes, whether what narrows it is open, which page, and after which note a search goes on."""

    client_ref: str
    narrow: bool = False
    page: int = 0
    after: str = ""

    @property
    def text(self) -> str:
        """What stands in the modal's metadata: random references and numbers."""
        return f"{self.client_ref or 'mine'}.{int(self.narrow)}.{self.page}.{self.after or 'none'}"

    @classmethod
    def read(cls, text: str) -> Self:
        """The same from a modal's metadata; anything else is about a client whom there is not."""
        found = _WHENCE.fullmatch(text)
        if found is None:
            return cls("C-")
        client, after = found["client"], found["after"]
        return cls(
            "" if client == "mine" else client,
            found["narrow"] == "1",
            int(found["page"]),
            "" if after == "none" else after,
        )


def _authors(_: Look, known: Known) -> list[Option]:
    return [option(owner.label, owner.ref) for owner in known.owners]


def _goals(_: Look, known: Known) -> list[Option]:
    return [option(f"{goal.code(known.grant)} {goal.words(known.grant)}", goal.ref) for goal in known.goals[:100]]


class NotesForm(Form):
    """What a client's notes are narrowed by."""

    callback_id: ClassVar[str] = TimelineId.SHOW
    title: ClassVar[str] = "Notes"
    submit: ClassVar[str] = "Show"

    words: Annotated[
        Phi[str] | None,
        Text(label="Words", hint="Notes that have all of them, or words that begin so.", most=100, optional=always),
    ] = None
    kind: Annotated[
        ContactKind | None, QuietChoice(label="Kind", placeholder="All kinds", words=KINDS, optional=always)
    ] = None
    period: Annotated[
        Period | None, QuietChoice(label="Since when", placeholder="All notes", words=PERIODS, optional=always)
    ] = None
    author: Annotated[str, QuietChoice(label="Author", placeholder="All authors", source=_authors, optional=always)] = (
        ""
    )
    goal: Annotated[str, QuietChoice(label="Goal", placeholder="All goals", source=_goals, optional=always)] = ""

    def narrowing(self) -> Narrowing:
        """The same as the service takes it, without the words."""
        return Narrowing(self.kind, self.period, self.author, self.goal)


class CaseloadForm(NotesForm):
    """What is looked for in the notes of a whole caseload: always for words."""

    title: ClassVar[str] = "Search my notes"
    submit: ClassVar[str] = "Search"
    order: ClassVar[tuple[str, ...]] = ("words", "kind", "period")

    words: Annotated[
        Phi[str] | None, Text(label="Words", hint="Notes that have all of them, or words that begin so.", most=100)
    ] = None


class ReadableSearch(ClientSearch):
    """A search among those whose notes may be read."""

    saves: ClassVar[bool] = False

    def element(self, look: Look, name: str, known: Known) -> Element:
        """A search box of its own."""
        return {**super().element(look, name, known), "action_id": TimelineId.SEARCH_CLIENT}


class FindForm(Form):
    """Whose notes to open."""

    callback_id: ClassVar[str] = TimelineId.CHOOSE
    title: ClassVar[str] = "Find a client"
    submit: ClassVar[str] = "Open"

    client: Annotated[str, ReadableSearch(label="Client", placeholder="Type two letters of a name, or an ID")]


def find(search_id: str, grant: Grant, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The search for a client, and the way to all of one's clients at once."""
    drawn = FindForm.draw(Answers(), Known(grant, now, zone), "").view
    every = actions("all", button("Search all my clients' notes", TimelineId.MINE))
    return PrivateView({**drawn, "private_metadata": search_id, "blocks": [*drawn.get("blocks", []), every]})


def form_of(whence: Whence) -> type[NotesForm]:
    """What narrows this list."""
    return NotesForm if whence.client_ref else CaseloadForm


def empty_search(grant: Grant, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The search in all of one's clients' notes, before anything is looked for."""
    drawn = CaseloadForm.draw(Answers(), Known(grant, now, zone), "").view
    says = context("scope", "Looks through the notes of your clients, and of those of the staff you supervise.")
    whence = Whence("", narrow=True)
    return PrivateView({**drawn, "private_metadata": whence.text, "blocks": [*drawn.get("blocks", []), says]})


def notes(
    page: NotePage, answers: Answers, whence: Whence, grant: Grant, now: dt.datetime, zone: ZoneInfo
) -> PrivateView:
    """A page of notes. `answers` are what the list is narrowed by now; they stay in their inputs."""
    known = Known(grant, now, zone, page.client, page.choices.goals, owners=page.choices.authors)
    drawn = form_of(whence).draw(answers, known, "").view
    inputs = [each for each in drawn.get("blocks", []) if each.get("type") != "input" or _has_options(each)]
    if not whence.narrow:
        inputs = [each for each in inputs if each.get("type") != "input"]
    blocks = [
        *inputs,
        *_tools(whence),
        *(section(f"says.{number}", text) for number, text in enumerate(_says(page, whence))),
        *_lines(page, answers, Reader(grant, zone)),
        *_turns(page, whence),
    ]
    form = form_of(whence)
    view = modal(TimelineId.SHOW, form.title, blocks, close="Done", submit=form.submit if whence.narrow else "").view
    return PrivateView({**view, "private_metadata": replace(whence, page=page.number).text})


def is_looked_for(answers: Answers) -> bool:
    """Whether the list cannot be narrowed by what stands in clear: there are words, or a goal, to look for in the notes."""
    grant = system_grant(Purpose.VALIDATE)
    words = answers.typed.get("words")
    return bool(answers.chosen.get("goal")) or (words is not None and bool(words.reveal(grant).strip()))


def _tools(whence: Whence) -> list[Block]:
    if not whence.client_ref:
        return []
    ref = Ref(whence.client_ref)
    narrow = (
        button("All notes", TimelineId.ALL, ref)
        if whence.narrow
        else button("Search or filter", TimelineId.NARROW, ref)
    )
    return [actions("tools", narrow, button("Hand-over summary", TimelineId.SUMMARY, ref))]


def _says(page: NotePage, whence: Whence) -> Iterator[str]:
    """How many there are, and what could not be looked through."""
    if page.looked_at:
        yield f"Found: {page.count:,} of {_notes(page.looked_at)}."
        if page.older:
            by = "a kind, an author or since when" if page.client is not None else "a client, a kind or since when"
            yield (
                f"{_notes(page.looked_at)} were looked through, the newest first, and there are older ones: go on with them "
                f"below, or choose {by}."
            )
    elif page.count:
        yield f"{_notes(page.count)}."
    else:
        yield "No note fits." if whence.narrow else "There are no notes."
    for ref in page.damaged[:DAMAGED_SHOWN]:
        yield f"Note {ref} {DAMAGED}"
    if len(page.damaged) > DAMAGED_SHOWN:
        yield f"And {len(page.damaged) - DAMAGED_SHOWN} more that do not stand as they were signed."


def _notes(count: int) -> str:
    return "1 note" if count == 1 else f"{count:,} notes"


def _lines(page: NotePage, answers: Answers, reader: Reader) -> Iterator[Block]:
    wanted = Wanted.of(answers.typed.get("words"))
    for line in page.lines:
        if line.document is None:
            yield section(line.ref, f"{_day(line, reader)} · Note {line.ref} {DAMAGED}")
            continue
        text = one_line(_line(line, reader), LINE_LONGEST)
        extract = wanted.extract(line.document, reader.grant, line.addenda)
        read = button("Read", ReadingId.OPEN, Ref(line.ref))
        yield section(line.ref, f"{text}\n{one_line(extract, LINE_LONGEST)}" if extract else text, read)


def _line(line: NoteLine, reader: Reader) -> str:
    """`Rivera, Ana · Mon 23 Nov 2026 14:06 · Phone · 4 minutes · Nadia Benali · version 2 · waits for review`."""
    parts = [line.client.name(reader.grant)] if line.client is not None else []
    parts.append(_day(line, reader))
    if line.document is not None:
        parts += [how_words(line.document, reader), minutes_words(line.document.minutes)]
    parts.append(line.author)
    if line.versions > 1:
        parts.append(f"version {line.versions}")
    if line.addenda:
        parts.append("1 addition" if len(line.addenda) == 1 else f"{len(line.addenda)} additions")
    return " · ".join([*parts, *filter(None, [REVIEWS.get(line.review, "")])])


def _day(line: NoteLine, reader: Reader) -> str:
    local = line.ended_at.astimezone(reader.zone)
    return f"{day_and_year(local.date())} {local:%H:%M}"


def _turns(page: NotePage, whence: Whence) -> list[Block]:
    turns: list[Element] = []
    if page.number:
        turns.append(button("Previous ten", TimelineId.PREVIOUS))
    if page.has_next:
        turns.append(button("Next ten", TimelineId.NEXT))
    elif page.older:
        turns.append(button("Search older notes", TimelineId.OLDER, Ref(page.older)))
    if whence.after and not page.number:
        turns.append(button("Search the newest", TimelineId.NEWEST))
    return [actions("turn", *turns)] if turns else []


def _has_options(block: Block) -> bool:
    """Slack takes no select without a choice, as of the goals of a client who has none."""
    element = block.get("element", Element())
    return element.get("type") != "static_select" or bool(element.get("options"))
