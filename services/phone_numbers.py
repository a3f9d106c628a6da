"""Phone numbers as they are compared: digits and an extension, without the ways people write them.

Here: reading and comparing, in memory. Not here: where numbers are stored (staff, clients, people), and they are always sealed there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

LEAST_DIGITS: Final = 7
MOST_DIGITS: Final = 15
EXTENSION_MOST: Final = 6

_SEPARATORS: Final = re.compile(r"[,;\n]")
_EXTENSION: Final = re.compile(r"(?:ext(?:ension)?\.?|x|#)\s*(?P<digits>[0-9]{1,6})\s*$", re.ASCII | re.IGNORECASE)
_DIGITS: Final = re.compile(r"[0-9]", re.ASCII)
# Written in front of a country code when dialling from North America or from elsewhere.
_ABROAD: Final = ("011", "00")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: the number with the country code 1 left out, and an extension. Either may be empty, not both."""

    digits: str = field(repr=False)
    extension: str = field(default="", repr=False)

    def reaches(self, other: Line) -> bool:
        """Whether a call on the other line is a call on this one: the same number, and no other extension.

        A line that is only an extension is that extension at any number.
        """
        if not self.digits or not other.digits:
            return bool(self.extension) and self.extension == other.extension
        return self.digits == other.digits and other.extension in {"", self.extension}


def line_of(text: str) -> Line | None:
    """The line that somebody wrote, or None where it is none, as *anonymous* or *unknown*.

    Shape: `+1 (804) 555-0100 x204`, `8045550100`, `204`; a number of up to six digits is an extension.
    """
    named = _EXTENSION.search(text)
    extension = named["digits"] if named else ""
    main = text[: named.start()] if named else text
    digits = "".join(_DIGITS.findall(main))
    if "+" not in main:
        digits = next((digits.removeprefix(each) for each in _ABROAD if digits.startswith(each)), digits)
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    if not extension and 0 < len(digits) <= EXTENSION_MOST:
        return Line("", digits)
    if not LEAST_DIGITS <= len(digits) <= MOST_DIGITS:
        return Line("", extension) if extension and not digits else None
    return Line(digits, extension)


def lines_in(texts: Iterable[str]) -> tuple[Line, ...]:
    """The lines in cells that may hold several numbers each."""
    found = (line_of(part) for text in texts for part in _SEPARATORS.split(text))
    return tuple(line for line in found if line is not None)
