"""What a check of the trail may find, in closed words, and what it reports."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What is wrong. The first group is about events, the second about the rows they speak of."""

    EDITED = "edited"
    WRONG_MAC = "wrong_mac"
    REMOVED = "removed"
    RENUMBERED = "renumbered"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    FORKED = "forked"
    KEYS = "keys_unreadable"

    CHANGED = "changed"
    SWAPPED = "swapped"
    ROLLED_BACK = "rolled_back"
    MISSING = "missing"
    UNRECORDED = "unrecorded"


_SAYS: Final[Mapping[Kind, str]] = {
    Kind.EDITED: "was edited or forged",
    Kind.WRONG_MAC: "carries a wrong MAC; its words are unchanged",
    Kind.REMOVED: "is missing",
    Kind.RENUMBERED: "and those after it were renumbered: one before it was removed or put in",
    Kind.REORDERED: "does not stand in its own place",
    Kind.TRUNCATED: "and all after it were cut off",
    Kind.FORKED: "does not agree with the head of the trail",
    Kind.KEYS: "is the first that does not verify, and so does no other: these are not the trail's keys",
    Kind.CHANGED: "is not what was recorded",
    Kind.SWAPPED: "holds what belongs to another row",
    Kind.ROLLED_BACK: "was set back to an older state",
    Kind.MISSING: "is gone",
    Kind.UNRECORDED: "was never recorded",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. For a row, `seq` is the event that recorded it last; for a note's, `note` is the note's reference."""

    kind: Kind
    seq: int | None
    object_type: str = ""
    object_id: uuid.UUID | None = None
    number: int = field(default=0, compare=False)
    note: str = field(default="", compare=False)

    def __str__(self) -> str:
        event = "" if self.seq is None else f"event {self.seq}"
        if not self.object_type:
            return f"{event.capitalize()} {_SAYS[self.kind]}."
        row = f"{self.object_type} {self.object_id}"
        if self.note:
            row += f" ({f'number {self.number} of ' if self.number else ''}note {self.note})"
        return f"{row} {_SAYS[self.kind]}{event and f' (recorded by {event})'}."


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found; nothing is good news only as far as docs/security.md says."""

    events: int
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """0 whole, 10 tampered, 11 truncated or forked, 13 keys unreadable."""
        kinds = {finding.kind for finding in self.findings}
        if not kinds:
            return 0
        if Kind.KEYS in kinds:
            return 13
        return 11 if kinds <= {Kind.TRUNCATED, Kind.FORKED} else 10
