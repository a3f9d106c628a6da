"""Days as people and Excel write them, and those that could be two different days.

Here: from a cell's text to a day. Not here: which days a column allows (the roster's files).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Final, LiteralString

_MIDNIGHT: Final = r"(?:[ T]0?0:00(?::00(?:\.0+)?)?)?"
_ISO: Final = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})" + _MIDNIGHT, re.ASCII)
_AMERICAN: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})" + _MIDNIGHT, re.ASCII)
_NAMED: Final = re.compile(r"(\d{1,2})[- ]([a-z]{3,9})\.?[- ](\d{4})" + _MIDNIGHT, re.ASCII | re.IGNORECASE)
_SHORT_YEAR: Final = re.compile(
    r"\d{1,2}[-./ ](?:\d{1,2}|[a-z]{3,9}\.?)[-./ ]'?\d{2}" + _MIDNIGHT, re.ASCII | re.IGNORECASE
)
_DOTTED: Final = re.compile(r"\d{1,2}[-. ]\d{1,2}[-. ]\d{4}" + _MIDNIGHT, re.ASCII)
_SERIAL: Final = re.compile(r"\d{1,6}(?:\.0+)?", re.ASCII)
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS_A_YEAR: Final = 12

# Excel counts days from here, once past the 29 February 1900 that it believes in.
_EXCEL_EPOCH: Final = dt.date(1899, 12, 30)
_EXCEL_FALSE_DAY: Final = 60

BOTH_WAYS: Final = "Another row of this column writes the day before the month, so this can be read in two ways. Write it as 2026-07-31."


class UnreadableError(Exception):
    """A cell cannot be what its column needs. The sentence is a literal and says what to write."""

    def __init__(self, sentence: LiteralString) -> None:
        super().__init__("unreadable")
        self.sentence: LiteralString = sentence


def day(cell: str) -> dt.date:
    """A day: 2026-07-31, 7/31/2026, 31-Jul-2026, or the number that Excel counts days with.

    Errors: UnreadableError, also for a day that can be read in two ways.
    """
    parts = _parts(cell)
    if parts is not None:
        try:
            return dt.date(*parts)
        except ValueError:
            raise UnreadableError("There is no such day. Write it as 2026-07-31 or 7/31/2026.") from None
    if _SERIAL.fullmatch(cell):
        return _excel_day(int(cell.partition(".")[0]))
    if _SHORT_YEAR.fullmatch(cell):
        raise UnreadableError(
            "This year has two digits and can be read in two ways. Write the day as 2026-07-31 or 7/31/2026."
        )
    if _DOTTED.fullmatch(cell):
        raise UnreadableError("Day and month can be read in two ways here. Write it as 2026-07-31 or 7/31/2026.")
    raise UnreadableError("This is not a day. Write it as 2026-07-31 or 7/31/2026, with four digits for the year.")


def in_doubt(cells: Iterable[tuple[int, str]]) -> list[int]:
    """The rows whose day could be another one, because a row of the same column puts the day before the month."""
    day_first = False
    doubtful: list[int] = []
    for row, cell in cells:
        found = _AMERICAN.fullmatch(cell)
        if found:
            first, second = int(found[1]), int(found[2])
            day_first = day_first or first > _MONTHS_A_YEAR >= second
            if first != second and max(first, second) <= _MONTHS_A_YEAR:
                doubtful.append(row)
    return doubtful if day_first else []


def _parts(cell: str) -> tuple[int, int, int] | None:
    """Year, month and day, where the cell says which is which; the month is 0 where its name is none."""
    if found := _ISO.fullmatch(cell):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _AMERICAN.fullmatch(cell):
        return int(found[3]), int(found[1]), int(found[2])
    if found := _NAMED.fullmatch(cell):
        name = found[2].casefold()
        month = next((place for place, each in enumerate(_MONTHS, start=1) if each.startswith(name)), 0)
        return int(found[3]), month, int(found[1])
    return None


def _excel_day(serial: int) -> dt.date:
    # As a serial this would be a day in 1905 and following; somebody typed a year.
    if 1900 <= serial <= 2100:
        raise UnreadableError("This is a year and not a day. Write it as 2026-07-31 or 7/31/2026.")
    if serial in {0, _EXCEL_FALSE_DAY}:
        raise UnreadableError("There is no such day. Write it as 2026-07-31 or 7/31/2026.")
    return _EXCEL_EPOCH + dt.timedelta(serial + (serial < _EXCEL_FALSE_DAY))
