"""Phone numbers as people and phone systems write them."""

from __future__ import annotations

import pytest

from services.phone_numbers import Line, line_of, lines_in


@pytest.mark.parametrize(
    "text",
    [
        "804 555 0100",
        "(804) 555-0100",
        "+1 804 555 0100",
        "1-804-555-0100",
        "011 1 804 555 0100",
        "804.555.0100 cell",
        "+18045550100",
    ],
)
def test_one_number_is_the_same_however_it_is_written(text: str) -> None:
    assert line_of(text) == Line("8045550100")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("804 555 0100 x204", Line("8045550100", "204")),
        ("804 555 0100 ext. 204", Line("8045550100", "204")),
        ("x204", Line("", "204")),
        ("204", Line("", "204")),
        ("+44 20 7946 0958", Line("442079460958")),
        ("0044 20 7946 0958", Line("442079460958")),
        ("anonymous", None),
        ("", None),
        ("client:alice", None),
        ("1" * 30, None),
        ("٨٠٤٥٥٥٠١٠٠", None),
    ],
)
def test_extensions_and_other_countries(text: str, line: Line | None) -> None:
    assert line_of(text) == line


@pytest.mark.parametrize(
    ("stored", "called", "reached"),
    [
        ("804 555 0100", "+18045550100", True),
        ("804 555 0100", "+18045550101", False),
        ("804 555 0100 x204", "204", True),
        ("804 555 0100 x204", "+18045550100", True),
        ("804 555 0100 x204", "804 555 0100 x204", True),
        ("804 555 0100 x204", "804 555 0100 x205", False),
        ("804 555 0100 x204", "205", False),
        ("804 555 0100", "204", False),
    ],
)
def test_a_line_is_reached_by_its_number_or_its_extension(stored: str, called: str, reached: bool) -> None:
    own, other = line_of(stored), line_of(called)
    assert own is not None
    assert other is not None
    assert own.reaches(other) is reached


def test_a_cell_may_hold_several_numbers() -> None:
    assert lines_in(["804 555 0100; 804-555-0101, home", "none"]) == (Line("8045550100"), Line("8045550101"))


def test_a_line_shows_no_digits() -> None:
    assert "804" not in repr(line_of("804 555 0100 x204"))
