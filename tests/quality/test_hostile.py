"""No text makes a check slow: the steps grow with the text and no faster, whatever stands in it.

Steps are counted, not timed: every call of a function, ours or Python's own. What a pattern does inside one call is not seen there,
so the shape of each pattern is checked as well.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import quality
from quality.engine import Checker
from quality.names import NameIndex
from quality.note import Earlier, Name, Note
from quality.reading import Situation
from quality.rules import book

CHECKER = Checker()
LONGEST = 3_000
TRIGGERS = sorted({word for rule in book().rule for phrase in rule.phrases for word in re.findall(r"[a-z']+", phrase)})
MARKS = [
    '"',
    "“",
    "”",
    "'",
    ".",
    "\n",
    ";",
    ":",
    "!",
    ">",
    "-",
    "(",
    "$",
    "<>",
    "_",
    "é",
    "e\u0301",
    "\u200b",
    "😀",
    "\x00",
]
PIECES = st.one_of(
    st.sampled_from(TRIGGERS),
    st.sampled_from(MARKS),
    st.sampled_from(["Kalo", "Mi", "K.", "AB", "3.5", "1-2", "a" * 50]),
)
AROUND = Situation(
    others=NameIndex.of(
        [Name(first="Kalo", last=f"Mi{number}") for number in range(200)], [Name(first="Kalo", last="Mi")]
    ),
    earlier=[Earlier(ref="N-1", same_client=True, texts={"done": "Kalo Mi refused it. " * 20})],
)
ORDINARY = "Ana asked about the lease, and we called the office together. She said that she wants to move by May. "


def steps(text: str) -> int:
    """How many calls one check of this text takes."""
    count = 0

    def counted(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    note = Note(done=text)
    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        CHECKER.note(note, AROUND)
    finally:
        sys.setprofile(before)
    return count


def filled(pieces: Sequence[str], length: int) -> str:
    """The pieces again and again, to this length."""
    unit = " ".join(pieces) + " "
    return (unit * (length // len(unit) + 1))[:length]


@settings(max_examples=15, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=6))
def test_twice_the_text_takes_twice_the_steps(pieces: list[str]) -> None:
    half, whole = steps(filled(pieces, LONGEST // 2)), steps(filled(pieces, LONGEST))
    assert whole <= 2.2 * half + 2_000


@settings(max_examples=15, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=12))
def test_no_text_takes_ten_times_the_steps_of_an_ordinary_one(pieces: list[str]) -> None:
    assert steps(filled(pieces, LONGEST)) <= 10 * ORDINARY_STEPS


@pytest.mark.parametrize("piece", [*MARKS, "refused", "was told by", "AB", "Kalo Mi", "1-2 3", "no no no", "\"“'"])
def test_one_thing_again_and_again_is_no_trouble(piece: str) -> None:
    assert steps((piece * LONGEST)[:LONGEST]) <= 10 * ORDINARY_STEPS


def test_every_trigger_at_once_is_no_trouble() -> None:
    assert steps(" ".join(TRIGGERS)[:LONGEST]) <= 10 * ORDINARY_STEPS


def patterns() -> Iterator[str]:
    """Every regular expression that the package compiles, read from its source."""
    for file in Path(quality.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re."):
                assert ast.unparse(node.func) == "re.compile", f"{file.name}: compile it once, where it is named"
                [pattern] = [each for each in node.args if isinstance(each, ast.Constant)]
                assert isinstance(pattern.value, str)
                yield pattern.value


def test_no_pattern_repeats_a_repetition() -> None:
    found = list(patterns())
    assert found
    for pattern in found:
        bare = re.sub(r"\\.|\[(?:\\.|[^\]])*\]", "x", pattern)
        assert not re.search(r"[*+}][^()]*\)[?]?[*+{]", bare), pattern
        assert not re.search(r"[*+}][*+{]", bare), pattern
        unbounded = re.findall(r"[*+]|\{\d+,\}", bare)
        assert len(unbounded) <= 1, pattern


ORDINARY_STEPS = steps(filled([ORDINARY], LONGEST))
