"""What was seen and answered before a note was signed, for whoever decides on it: elements, lateness, and what was kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from models.note_checked import Checked, LateEntry
from models.note_document import NoteDocument
from privacy.grants import Grant
from services import elements
from services.elements import Element
from views.blocks import Block, context, one_line
from views.signing_words import BASES, ELEMENTS, LATE_REASONS, OTHER_NAMES

WORDS_LONGEST: Final = 300
KEPT_MOST: Final = 5
RELEASES_MOST: Final = 8


def record_block(document: NoteDocument) -> Block:
    """How many of the required elements the record holds, and which it lacks."""
    missing = elements.missing(elements.of(document))
    lines = [f"Record: {len(Element) - len(missing)} of {len(Element)} elements."]
    lines += [f"Missing: {ELEMENTS[each]}." for each in missing]
    return context("record", "\n".join(lines))


def said_before(checked: Checked, grant: Grant) -> Iterator[str]:
    """What was answered before signing, line by line: lateness, another's name, releases, and what was kept as it was written."""
    if checked.late is not None:
        yield _late(checked.late, grant)
    if checked.other_name is not None:
        yield f"Another client's name stays in it: {OTHER_NAMES[checked.other_name]}."
    for each in checked.releases[:RELEASES_MOST]:
        person = one_line(each.person.reveal(grant), WORDS_LONGEST)
        yield f"No current release of {person}: {BASES[each.basis]}."
    words = [one_line(each.words.reveal(grant), WORDS_LONGEST) for each in checked.kept]
    quoted = [f"“{each}”" for each in words if each]
    if checked.kept:
        more = len(checked.kept) - len(quoted[:KEPT_MOST])
        shown = [*quoted[:KEPT_MOST], *([f"{more} more"] if more and quoted else [])]
        yield f"Pointed out and kept: {', '.join(shown) or len(checked.kept)}."


def _late(late: LateEntry, grant: Grant) -> str:
    days = "1 business day" if late.business_days == 1 else f"{late.business_days} business days"
    words = one_line(late.words.reveal(grant), WORDS_LONGEST)
    return f"Late entry, {days}: {LATE_REASONS[late.reason]}." + (f" {words}" if words else "")
