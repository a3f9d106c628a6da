"""One signed note on the screen: read under the agency's template, with its versions; and as texts to be copied elsewhere."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from privacy.safetext import Ref
from services.note_reading import NoteSheet
from views.blocks import Block, PrivateView, actions, button, context, modal, plain, section
from views.ids import FormId, ReadingId
from views.note_reading import TEXT_LONGEST, Reader, ReadSection, day_and_year, note_blocks, pieces, read, zone_word
from views.timelines import REVIEWS

VERSIONS_SHOWN: Final = 10
_VERSION: Final = re.compile(r"version\.(?P<number>[0-9]{1,4})", re.ASCII)


def note(sheet: NoteSheet, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The note, with a way to its other versions, and to its text for another system where it may be taken."""
    blocks = [
        context("client_line", sheet.client.line(sheet.grant, now.astimezone(zone).date())),
        context("standing", _standing(sheet)),
        *note_blocks(_sections(sheet, zone)),
        *_versions(sheet, zone),
    ]
    if sheet.may_copy and sheet.version == sheet.versions[-1][0]:
        blocks.append(actions("copy", button("Copy for another system", ReadingId.COPY, Ref(sheet.ref))))
    view = modal(ReadingId.READ, "Note", blocks).view
    return PrivateView(view)


def copy(sheet: NoteSheet, zone: ZoneInfo) -> PrivateView:
    """One text box per section, filled in, so that pressing and holding copies it. What is typed there goes nowhere."""
    by_heading = {each.heading: each for each in _sections(sheet, zone)}
    boxes = [box for heading in sheet.order for box in _boxes(by_heading[heading])]
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
        parts += filter(None, [REVIEWS.get(sheet.review, "")])
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


def _boxes(read_section: ReadSection) -> Iterator[Block]:
    texts = list(pieces(read_section.text))
    for number, text in enumerate(texts, 1):
        title = read_section.title if len(texts) == 1 else f"{read_section.title} ({number} of {len(texts)})"
        yield {
            "type": "input",
            "block_id": f"{read_section.heading}_{number}",
            "label": plain(title),
            "optional": True,
            "element": {
                "type": "plain_text_input",
                "action_id": FormId.ANSWER,
                "multiline": True,
                "max_length": TEXT_LONGEST,
                "initial_value": text,
            },
        }
