"""Near copies: a note worded like an earlier one.

Texts are compared by their runs of five words, so that a changed date or name does not hide a copy and a shared phrase does not make
one. Here: the comparison. Not here: which earlier notes exist, and who may read them.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from quality.note import NARRATIVE, Earlier

RUN: Final = 5
# Marks part words. One table and one split are three times as fast here as a pattern, and a hundred texts are compared at once.
MARKS: Final = str.maketrans(dict.fromkeys(f"{string.punctuation}’‘“”–—…•", " "))
Runs = frozenset[int]


def runs(text: str) -> Runs:
    """Every run of five words, as numbers that mean something only while this program runs."""
    words = text.lower().translate(MARKS).split()
    return frozenset(map(hash, zip(words, words[1:], words[2:], words[3:], words[4:], strict=False)))


def likeness(one: Runs, other: Runs) -> float:
    """The Jaccard index of two sets of runs: 0 where nothing is shared, 1 where all is."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0


def near_copies(
    texts: Mapping[str, str], earlier: Sequence[Earlier], template: Iterable[str], limits: Mapping[str, float]
) -> tuple[str, ...]:
    """The references of earlier notes that this one is like, the likest first.

    The client's own last notes count, by their number, and the author's notes about others, by their age. Words of a template are
    nobody's. Units: `limits` has same_client and other_client (0 to 1), notes, days, runs (fewest to compare), opening (characters).
    Source: quality rule Q69.
    """
    common = _together(map(runs, template))
    new = _of_note(texts) - common
    head = _head(texts, limits, common)
    likest: list[tuple[float, str]] = []
    same = 0
    for note in earlier:
        same += note.same_client
        if note.same_client and same > limits["notes"]:
            continue
        if not note.same_client and note.days_ago > limits["days"]:
            continue
        least = limits["same_client" if note.same_client else "other_client"]
        how = _compared(new, _of_note(note.texts) - common, least, limits["runs"])
        if how >= least or (head and head == _head(note.texts, limits, common)):
            likest.append((how, note.ref))
    return tuple(ref for _, ref in sorted(likest, key=lambda each: -each[0]))


def _of_note(texts: Mapping[str, str]) -> Runs:
    return _together(runs(texts[name]) for name in NARRATIVE if texts.get(name))


def _together(sets: Iterable[Runs]) -> Runs:
    nothing: Runs = frozenset()
    return nothing.union(*sets)


def _compared(one: Runs, other: Runs, least: float, fewest: float) -> float:
    if min(len(one), len(other)) < fewest or min(len(one), len(other)) < least * max(len(one), len(other)):
        return 0.0
    return likeness(one, other)


def _head(texts: Mapping[str, str], limits: Mapping[str, float], common: Runs) -> str:
    """The opening of what was done, or nothing where it is too short, or a template's."""
    length = int(limits["opening"])
    opening = " ".join(texts.get("done", "")[: 2 * length].lower().split())[:length]
    return opening if len(opening) == length and runs(opening) - common else ""
