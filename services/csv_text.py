"""The bytes of a CSV file as text, and one cell of it as it should stand: what programs leave in a cell besides its words.

Here: encodings, and what is mended or refused whatever the column. Not here: rows and columns (csv_files), what a cell means
(csv_cells). No sentence repeats a cell.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

CELL_MOST: Final = 10_000
BYTES_MOST: Final = 64 * 1024 * 1024

_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_EXCEL_ERRORS: Final = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})
# Programs that want Excel to keep leading zeros write a number as ="00417".
_KEPT_AS_TEXT: Final = re.compile(r'="([\w .#/-]*)"', re.ASCII)
_FORMULA: Final = re.compile(r"[=@]|[+-](?![\d\s().x/,;+-]*$)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text, or why it is none; `note` is worth telling and stops nothing."""

    text: str | None = field(default=None, repr=False)
    problem: str = ""
    note: str = ""


def decoded(data: bytes) -> Decoded:
    """The file as text.

    Shape: UTF-8 with or without BOM, UTF-16 as Excel's “Unicode Text”, else Windows-1252.
    """
    if data.startswith(_WORKBOOKS):
        return Decoded(problem="This is an Excel workbook. Save it in Excel as “CSV UTF-8” and import that.")
    if len(data) > BYTES_MOST:
        return Decoded(problem="This file is larger than 64 MB. Split it: each part needs the row of column names.")
    if not data.strip():
        return Decoded(problem="This file is empty. Its first row must hold the column names.")
    if data.startswith(_UTF16) or _looks_like_utf16(data):
        return _utf16(data)
    try:
        return Decoded(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _windows(data)


def tidy(cell: str) -> str:
    """The cell without outer blanks, in one Unicode form, its odd spaces made ordinary ones."""
    cell = cell.strip()
    if not cell.isascii():
        cell = "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in cell)
        cell = unicodedata.normalize("NFC", cell).strip()
    kept = _KEPT_AS_TEXT.fullmatch(cell) if cell.startswith("=") else None
    return kept[1].strip() if kept else cell


def refusal(cell: str) -> str:
    """Why this tidy cell is refused whatever its column, or nothing."""
    if len(cell) > CELL_MOST:
        return "This cell has more than 10,000 characters."
    if "\0" in cell:
        return "This cell holds a NUL character, which no text has. Type it again."
    if cell in _EXCEL_ERRORS:
        return "This cell holds an error of Excel's. Correct the formula or type the value."
    if _FORMULA.match(cell):
        return "This cell begins as a formula does. Type the value instead."
    if not cell.isascii() and _is_garbled(cell):
        return "This cell was saved in a wrong encoding. Type it again, and save the file as “CSV UTF-8”."
    return ""


def _looks_like_utf16(data: bytes) -> bool:
    # A header is ASCII, so without a mark every other byte of it is zero.
    head = data[:64]
    return len(head) > 3 and b"\0" in head and (not any(head[1::2]) or not any(head[::2]))


def _utf16(data: bytes) -> Decoded:
    name = "utf-16" if data.startswith(_UTF16) else "utf-16-be" if data[0] == 0 else "utf-16-le"
    try:
        return Decoded(data.decode(name))
    except UnicodeDecodeError:
        return Decoded(
            problem="This file begins as UTF-16 and does not go on so. Save it as “CSV UTF-8” and import that."
        )


def _windows(data: bytes) -> Decoded:
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return Decoded(problem="This file is neither UTF-8 nor Windows-1252. Save it as “CSV UTF-8” and import that.")
    return Decoded(text, note="The file is not UTF-8 and was read as Windows-1252. Check a name with an accent.")


def _is_garbled(cell: str) -> bool:
    """Whether letters were lost, or UTF-8 was once read as Windows-1252: Zoë became ZoÃ«."""
    if "\N{REPLACEMENT CHARACTER}" in cell:
        return True
    try:
        cell.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return False
    return True
