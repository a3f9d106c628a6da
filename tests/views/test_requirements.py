"""Who is due: what a line says, and what stands in a modal's metadata."""

from __future__ import annotations

import pytest

from tests.views.due_views import TODAY, every_state, many
from views.requirements import Whence, page_of, window_words


def test_a_line_says_what_is_owed_and_how_long_there_is() -> None:
    assert [window_words(line, TODAY) for line in every_state()] == [
        "visit at home · lapsed 4 days ago",
        "visit · lapsed 1 day ago",
        "visit · in grace, last day",
        "visit at home · in grace, 6 days left",
        "visit · closes today",
        "contact · closes in 1 day · you are the backup",
        "visit · closes in 30 days · away from Thu 26 Nov",
        "visit · paused: in hospital",
        "visit · paused: in an institution until Sat 28 Nov",
    ]


def test_what_stands_in_the_metadata_says_whose_requirement_and_which_page() -> None:
    whence = Whence("Q-0123456789ABCDEF", 2)
    assert Whence.read(whence.text) == whence


@pytest.mark.parametrize("text", ["", "Q-1.0", "C-0123456789ABCDEF.0", "Q-0123456789ABCDEF.x", "Q-0123456789ABCDEF"])
def test_other_metadata_is_about_nobody(text: str) -> None:
    assert Whence.read(text) == Whence("")


def test_a_page_beyond_the_last_one_is_the_last_one() -> None:
    assert many(9).view.get("private_metadata") == "2"
    assert [page_of(text) for text in ("", "7", "-1", "12345", "x")] == [0, 7, 0, 0, 0]
