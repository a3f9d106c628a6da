"""What a check says: which rule, where, and what to write instead.

A finding holds words of a note while it is used. It shows its rule and its place only, wherever it is printed, logged or raised.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

WORDS_SHOWN: Final = 3


class Severity(StrEnum):
    """How much a finding weighs: only `block` can keep a note from being signed."""

    BLOCK = "block"
    WARN = "warn"
    TIP = "tip"


class Kind(StrEnum):
    """What a rule is about; it decides where its findings are shown."""

    OTHER_NAME = "other name"
    LATE = "late"
    FIT = "fit"
    RESPECT = "respect"
    JUDGEMENT = "judgement"
    VAGUE = "vague"
    CONTENT = "content"
    PLAIN = "plain"
    PRIVACY = "privacy"


# The order on the screen before signing. All other kinds stand behind "Check my words".
BEFORE_SIGNING: Final = (Kind.OTHER_NAME, Kind.LATE, Kind.FIT, Kind.RESPECT, Kind.JUDGEMENT)
ABOUT_WORDS: Final = frozenset({Kind.RESPECT, Kind.JUDGEMENT})


@dataclass(frozen=True, slots=True, repr=False)
class Finding:
    """One place that a rule speaks about.

    `found` is empty where it would be somebody's name. `wording` is one that the rule itself lists, never the note's alone: with the
    rule's id it makes the `key` by which an author's "do not suggest this again" is kept. `earlier` refers to a near copy.
    Units: `start` and `end` count characters of the field; both are 0 where the finding is about the whole of it.
    """

    rule: str
    severity: Severity
    kind: Kind
    field: str
    start: int
    end: int
    found: str
    suggestion: str
    why: str
    wording: str = ""
    earlier: str = ""

    def __repr__(self) -> str:
        return f"Finding({self.rule}, {self.field} {self.start}-{self.end})"

    __str__ = __repr__

    @property
    def key(self) -> str:
        """What to keep when the author does not want this suggested again. It holds no word but the rule's own."""
        return f"{self.rule}:{self.wording}" if self.wording else self.rule


def before_signing(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that stand on the screen before signing, in its order; none means that signing needs no second screen.

    Tips do not count, each word stands once, and at most three words are shown, respect before judgement.
    """
    shown: list[Finding] = []
    words: set[str] = set()
    ranked = [each for each in findings if each.kind in BEFORE_SIGNING and each.severity is not Severity.TIP]
    for each in sorted(ranked, key=lambda each: BEFORE_SIGNING.index(each.kind)):
        if each.kind in ABOUT_WORDS:
            if len(words) == WORDS_SHOWN or each.key in words:
                continue
            words.add(each.key)
        shown.append(each)
    return tuple(shown)
