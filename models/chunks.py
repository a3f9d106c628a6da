"""Rows a few at a time: a statement has room for some thousands of values, and memory for less than a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

T = TypeVar("T")

# So many rows are named in one statement.
TOGETHER: Final = 500


def chunks(things: Sequence[T], most: int = TOGETHER) -> Iterator[Sequence[T]]:
    """The same things in the same order, at most so many at once."""
    for start in range(0, len(things), most):
        yield things[start : start + most]
