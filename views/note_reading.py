"""A signed note as it is read: the one stored document under the headings of a template, as text and as blocks.

Here: which words a part is read as. Not here: which part stands under which heading (models.note_templates), and who may read
it: whoever calls this has checked access and holds the grant of the reading's event.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from models.contacts import ContactKind
from models.note_document import GoalNote, Matter, NoteDocument, Participant, Signature
from models.note_templates import Heading, NotePart, Template, sections
from privacy.grants import Grant
from privacy.phi import Phi
from views.blocks import Block, context, header, one_line, section
from views.known import day_words
from views.note_words import (
    ACTIVITIES,
    EVENTS,
    HEADINGS,
    MATTERS,
    METHODS,
    NO_GOAL,
    PLACES,
    PROGRESS,
    RECORDS,
    SATISFACTION_AT_VISIT,
)
from views.signed_checks import said_before
from views.unit_words import component_words, units_words

# Slack takes no more in one text, and no more blocks in one view; the rest of the view needs some, too.
TEXT_LONGEST: Final = 3000
BLOCKS_MOST: Final = 80
NAME_LONGEST: Final = 300
SOMEBODY: Final = "A colleague"


@dataclass(frozen=True, slots=True)
class Reader:
    """With what a document is read: the grant, the reader's zone, and the names of the staff members whom the note names."""

    grant: Grant
    zone: ZoneInfo
    staff: Mapping[uuid.UUID, str] = field(default_factory=dict[uuid.UUID, str])

    def words(self, value: Phi[str] | None) -> str:
        """What was typed, or nothing."""
        return value.reveal(self.grant) if value is not None else ""

    def line(self, value: Phi[str] | None) -> str:
        """What was typed, as a part of one line."""
        return one_line(self.words(value), TEXT_LONGEST)


@dataclass(frozen=True, slots=True)
class Passage:
    """One part of a note: what it is called, and its words."""

    part: NotePart
    label: str
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReadSection:
    """What stands under one heading."""

    heading: Heading
    passages: tuple[Passage, ...] = field(repr=False)

    @property
    def title(self) -> str:
        """The heading, as the screen says it."""
        return HEADINGS[self.heading]

    @property
    def text(self) -> str:
        """All of it as one text, each part under its name, unless it is the only one."""
        if len(self.passages) == 1:
            return self.passages[0].words
        return "\n\n".join(f"{each.label}:\n{each.words}" for each in self.passages)


def read(document: NoteDocument, reader: Reader, template: Template) -> tuple[ReadSection, ...]:
    """The note under the headings of a template. Every word of the document stands under at least one of them."""
    return tuple(
        ReadSection(heading, tuple(passage for part in parts if (passage := _passage(document, reader, part)).words))
        for heading, parts in sections(template).items()
    )


def note_blocks(read_sections: Sequence[ReadSection], name: str = "note") -> list[Block]:
    """The sections as blocks, whose ids begin with the name; a text that is longer than Slack takes is cut between two words.

    Where a label above each part would be too many blocks, the parts of a section are read as one text.
    """
    roomy = list(_blocks(read_sections, name, _apart))
    return roomy if len(roomy) <= BLOCKS_MOST else list(_blocks(read_sections, name, _together))


def pieces(text: str, longest: int = TEXT_LONGEST) -> Iterator[str]:
    """A text in pieces of at most so many characters, cut at the end of a line or between two words where there is one."""
    while len(text) > longest:
        cut = max(text.rfind("\n", 1, longest + 1), 0) or max(text.rfind(" ", 1, longest + 1), 0) or longest
        yield text[:cut]
        text = text[cut:].lstrip(" \n") if text[cut] in " \n" else text[cut:]
    if text:
        yield text


def day_and_year(day: dt.date) -> str:
    """A day of a record, which may be years old: `Mon 23 Nov 2026`."""
    return f"{day_words(day)} {day.year}"


def zone_word(local: dt.datetime) -> str:
    """Which clock a time is of: `EST`, or `UTC+03` where the zone has no letters."""
    name = f"{local:%Z}"
    return name if name[:1].isalpha() else f"UTC{name}"


def contact_time(document: NoteDocument, zone: ZoneInfo) -> str:
    """`Mon 23 Nov 2026, 14:02–14:06 EST`; the start is the end less the minutes, also over a change of the clocks."""
    end = document.ended_at.astimezone(zone)
    start = (document.ended_at - dt.timedelta(minutes=document.minutes)).astimezone(zone)
    until = f"{end:%H:%M}" if end.date() == start.date() else f"{day_words(end.date())} {end:%H:%M}"
    return f"{day_and_year(start.date())}, {start:%H:%M}–{until} {zone_word(end)}"


def how_words(document: NoteDocument, reader: Reader) -> str:
    """`Phone`, or `Face-to-face visit · Community · At the library`."""
    parts = ["Face-to-face visit"] if document.kind is ContactKind.FACE_TO_FACE else []
    if document.method is not None:
        parts.append(METHODS[document.method])
    if document.place is not None:
        parts.append(PLACES[document.place])
    return " · ".join([*parts, *filter(None, [reader.line(document.place_words)])]) or "Collateral contact"


def minutes_words(minutes: int) -> str:
    """`1 minute`, `4 minutes`."""
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _blocks(
    read_sections: Sequence[ReadSection], name: str, draw: Callable[[ReadSection, str], Iterator[Block]]
) -> Iterator[Block]:
    for each in read_sections:
        place = f"{name}.{each.heading}"
        yield header(place, each.title)
        yield from draw(each, place)


def _apart(read_section: ReadSection, place: str) -> Iterator[Block]:
    for passage in read_section.passages:
        if len(read_section.passages) > 1:
            yield context(f"{place}.{passage.part}", passage.label)
        yield from _texts(passage.words, f"{place}.{passage.part}.words")


def _together(read_section: ReadSection, place: str) -> Iterator[Block]:
    return _texts(read_section.text, f"{place}.words")


def _texts(words: str, place: str) -> Iterator[Block]:
    for number, piece in enumerate(pieces(words)):
        yield section(f"{place}.{number}" if number else place, piece)


def _passage(document: NoteDocument, reader: Reader, part: NotePart) -> Passage:
    label, words = _READ[part]
    return Passage(part, label if isinstance(label, str) else label(document), words(document, reader).strip())


def _contact(document: NoteDocument, reader: Reader) -> str:
    counted = f" · {units_words(document.units)}" if document.units is not None else ""
    when = f"{contact_time(document, reader.zone)} · {minutes_words(document.minutes)}{counted}"
    return f"{how_words(document, reader)}\n{when}"


def _people(document: NoteDocument, reader: Reader) -> str:
    lines = [_person(each, reader) for each in document.participants]
    also = reader.line(document.also_there)
    return "\n".join([*lines, *([f"Also there: {also}"] if also else [])])


def _person(participant: Participant, reader: Reader) -> str:
    name, role = reader.line(participant.name), reader.line(participant.role)
    who = f"{name}, {role}" if role else name
    if participant.is_client:
        who = f"{who} (the client)"
    return who if participant.spoke else f"{who} (there, not talked with)"


def _activities(document: NoteDocument, _: Reader) -> str:
    return "\n".join([*(ACTIVITIES[each] for each in document.activities), component_words(document.components)])


def _records(document: NoteDocument, _: Reader) -> str:
    return "\n".join(RECORDS[each] for each in document.records)


def _needs(document: NoteDocument, reader: Reader) -> str:
    return "\n".join([*(_goal(each, reader) for each in document.goals), *_no_goal(document)])


def _goals(document: NoteDocument, reader: Reader) -> str:
    stands = [f"{_goal(each, reader)}: {PROGRESS[each.progress]}" for each in document.goals]
    return "\n".join([*stands, *_no_goal(document)])


def _goal(goal: GoalNote, reader: Reader) -> str:
    return f"{reader.line(goal.code)} {reader.line(goal.text)}"


def _no_goal(document: NoteDocument) -> list[str]:
    return [f"Not about a goal: {NO_GOAL[each]}" for each in document.no_goal]


def _satisfaction(document: NoteDocument, reader: Reader) -> str:
    said = SATISFACTION_AT_VISIT[document.satisfaction]
    return f"{said}\n{reader.words(document.satisfaction_words)}"


def _matters(document: NoteDocument, reader: Reader) -> str:
    lines = [MATTERS[each] for each in document.matters if each is not Matter.EVENT]
    if Matter.EVENT in document.matters or document.event_kind is not None:
        kind = f": {EVENTS[document.event_kind]}" if document.event_kind is not None else ""
        lines.insert(0, f"{MATTERS[Matter.EVENT]}{kind}")
    return "\n".join([*lines, reader.words(document.matter_words)])


def _follow_ups(document: NoteDocument, reader: Reader) -> str:
    lines = [
        f"{reader.line(each.what)} · {reader.staff.get(each.owner_id, SOMEBODY)} · by {day_and_year(each.due_on)}"
        for each in document.promises
    ]
    return "\n".join(lines) or "None needed"


def _signature(document: NoteDocument, reader: Reader) -> str:
    lines = [signed_words(document.signature, reader.zone)]
    if document.plan_review_on is not None:
        lines.append(f"Next plan review then: {day_and_year(document.plan_review_on)}")
    if document.checked is not None:
        lines += said_before(document.checked, reader.grant)
    return "\n".join(lines)


def signed_words(signed: Signature, zone: ZoneInfo) -> str:
    """Who signed, as they stood then, and below it when."""
    at = signed.signed_at.astimezone(zone)
    who = ", ".join(filter(None, [signed.name, signed.title, signed.credential]))
    return f"{one_line(who, NAME_LONGEST)}\n{day_and_year(at.date())}, {at:%H:%M} {zone_word(at)}"


def _observed(document: NoteDocument) -> str:
    """What the form calls it, which differs between the two kinds."""
    return "How things are going" if document.kind is ContactKind.FACE_TO_FACE else "What it means for the client"


def _done(document: NoteDocument, reader: Reader) -> str:
    return reader.words(document.done)


def _wellbeing(document: NoteDocument, reader: Reader) -> str:
    return reader.words(document.wellbeing)


def _observations(document: NoteDocument, reader: Reader) -> str:
    return reader.words(document.observations)


_READ: Final[Mapping[NotePart, tuple[str | Callable[[NoteDocument], str], Callable[[NoteDocument, Reader], str]]]] = {
    NotePart.CONTACT: ("How and when", _contact),
    NotePart.PEOPLE: ("People", _people),
    NotePart.NEEDS: ("Goals", _needs),
    NotePart.ACTIVITIES: ("Activities", _activities),
    NotePart.DONE: ("What was done", _done),
    NotePart.RECORDS: ("Records reviewed", _records),
    NotePart.WELLBEING: ("Appearance, mood, health, safety", _wellbeing),
    NotePart.OBSERVATIONS: (_observed, _observations),
    NotePart.GOALS: ("Where the goals stand", _goals),
    NotePart.SATISFACTION: ("Satisfied with services?", _satisfaction),
    NotePart.MATTERS: ("Also recorded", _matters),
    NotePart.FOLLOW_UPS: ("Follow-up", _follow_ups),
    NotePart.SIGNATURE: ("Signed", _signature),
}
