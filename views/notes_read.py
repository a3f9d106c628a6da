"""One signed note on the screen: read under the agency's template, with its versions; and as texts to be copied elsewhere."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from privacy.safetext import Ref
from services.note_reading import NoteSheet
from views.addenda import KINDS
from views.blocks import Block, PrivateView, actions, button, context, header, modal, one_line, plain, section
from views.ids import AddendumId, FormId, NoteId, ReadingId
from views.note_reading import (
    TEXT_LONGEST,
    Reader,
    ReadSection,
    day_and_year,
    note_blocks,
    pieces,
    read,
    signed_words,
    zone_word,
)
from views.timelines import REVIEWS

VERSIONS_SHOWN: Final = 10
APART_MOST: Final = 8
# Slack takes no more in one modal.
BLOCKS_MOST: Final = 100
_VERSION: Final = re.compile(r"version\.(?P<number>[0-9]{1,4})", re.ASCII)


def note(sheet: NoteSheet, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The note, with a way to its other versions, and to its text for another system where it may be taken."""
    blocks = [
        context("client_line", sheet.client.line(sheet.grant, now.astimezone(zone).date())),
        context("standing", _standing(sheet)),
        *note_blocks(_sections(sheet, zone)),
    ]
    after = [*_versions(sheet, zone), *_offered(sheet)]
    blocks += [*_fitting(list(_added(sheet, zone)), BLOCKS_MOST - len(blocks) - len(after)), *after]
    return modal(ReadingId.READ, "Note", blocks)


def copy(sheet: NoteSheet, zone: ZoneInfo) -> PrivateView:
    """One text box per section, filled in, so that pressing and holding copies it. What is typed there goes nowhere."""
    by_heading = {each.heading: each for each in _sections(sheet, zone)}
    boxes = [box for heading in sheet.order for box in _boxes(by_heading[heading])]
    boxes += [
        box for number, title, text in _addenda(sheet, zone) for box in _text_boxes(f"added_{number}", title, text)
    ]
    says = section("says", "Press and hold a text to copy it. What you change here is not kept.")
    back = actions("back", button("Back to the note", ReadingId.BACK, Ref(sheet.ref)))
    return modal(ReadingId.COPIED, "Copy for another system", [says, *boxes, back], submit="Done")


def version_of(block_id: str) -> int:
    """Which version the button in this row opens; 0, the newest, for another row."""
    found = _VERSION.fullmatch(block_id)
    return int(found["number"]) if found else 0


def _sections(sheet: NoteSheet, zone: ZoneInfo) -> tuple[ReadSection, ...]:
    return read(sheet.document, Reader(sheet.grant, zone, sheet.staff), sheet.template)


def _standing(sheet: NoteSheet) -> str:
    newest = sheet.versions[-1][0]
    parts = [f"Note {sheet.ref}"]
    if newest > 1:
        parts.append(f"version {sheet.version} of {newest}")
    if sheet.version == newest:
        parts += filter(None, [_review(sheet)])
    else:
        parts.append("replaced by a later version")
    return " · ".join(parts)


def _versions(sheet: NoteSheet, zone: ZoneInfo) -> Iterator[Block]:
    """The other versions, the newest first."""
    others = [each for each in reversed(sheet.versions) if each[0] != sheet.version]
    for number, signed_at in others[:VERSIONS_SHOWN]:
        local = signed_at.astimezone(zone)
        text = f"Version {number} · signed {day_and_year(local.date())}, {local:%H:%M} {zone_word(local)}"
        yield section(f"version.{number}", text, button("Read", ReadingId.VERSION, Ref(sheet.ref)))


def _review(sheet: NoteSheet) -> str:
    """`approved by Carol Benitez, Supervisor`."""
    word = REVIEWS.get(sheet.review, "")
    if sheet.decided is None:
        return word
    return one_line(f"{word} by {sheet.decided.name}, {sheet.decided.title}", TEXT_LONGEST)


def _added(sheet: NoteSheet, zone: ZoneInfo) -> Iterator[Block]:
    """What was added to the note later, the oldest first. It changes nothing in the note above."""
    for number, title, text in _addenda(sheet, zone):
        yield header(f"added.{number}", title)
        for place, piece in enumerate(pieces(text)):
            yield section(f"added.{number}.{place}", piece)


def _fitting(added: list[Block], room: int) -> list[Block]:
    """As much of what was added as one modal takes, the newest; where something is left out it says so."""
    if len(added) <= room:
        return added
    return [section("added.more", "Earlier additions have no room here."), *added[len(added) - room + 1 :]]


def _addenda(sheet: NoteSheet, zone: ZoneInfo) -> Iterator[tuple[int, str, str]]:
    """Each addendum: its number, what it is, its words and who signed them. Many of them are read as one text, which takes less room."""
    reader = Reader(sheet.grant, zone)
    every = [
        (KINDS[each.kind], f"{reader.words(each.words)}\n\n{signed_words(each.signature, zone)}")
        for each in sheet.addenda
    ]
    if len(every) > APART_MOST:
        every = [("Additions", "\n\n".join(f"{title}:\n{text}" for title, text in every))]
    for number, (title, text) in enumerate(every, 1):
        yield number, title, text


def _offered(sheet: NoteSheet) -> list[Block]:
    """What this person may do with the newest version."""
    if sheet.version != sheet.versions[-1][0]:
        return []
    ref = Ref(sheet.ref)
    offered = (
        (sheet.may_change, button("Change it", NoteId.CHANGE, ref)),
        (sheet.may_add, button("Add to it", AddendumId.OPEN, ref)),
        (sheet.may_copy, button("Copy for another system", ReadingId.COPY, ref)),
    )
    buttons = [each for may, each in offered if may]
    return [actions("offered", *buttons)] if buttons else []


def _boxes(read_section: ReadSection) -> Iterator[Block]:
    return _text_boxes(read_section.heading, read_section.title, read_section.text)


def _text_boxes(name: str, title: str, text: str) -> Iterator[Block]:
    texts = list(pieces(text))
    for number, piece in enumerate(texts, 1):
        yield {
            "type": "input",
            "block_id": f"{name}_{number}",
            "label": plain(title if len(texts) == 1 else f"{title} ({number} of {len(texts)})"),
            "optional": True,
            "element": {
                "type": "plain_text_input",
                "action_id": FormId.ANSWER,
                "multiline": True,
                "max_length": TEXT_LONGEST,
                "initial_value": piece,
            },
        }
