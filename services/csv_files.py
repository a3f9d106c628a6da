"""CSV files as agencies really have them, read into rows whose cells are wrapped.

Here: encodings, delimiters, the header, row numbers as Excel shows them, and the list of problems. Not here: what a cell
means (csv_cells) and what becomes of a row (roster). A problem never repeats a cell, nor an unknown header: a file without
a header has a client in its first row.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from privacy.phi import Phi

CELL_MOST: Final = 10_000
BYTES_MOST: Final = 64 * 1024 * 1024

_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_SEPARATOR: Final = re.compile(r"sep=([,;])[,;]*\r?\n", re.IGNORECASE)
_EXCEL_ERRORS: Final = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a file may have, under this name or another one that agencies use."""

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one kind of file."""

    name: str
    columns: tuple[Column, ...]

    def column(self, header: str) -> Column | None:
        """The column that a header names: case, blanks, hyphens and a star at the end do not matter."""
        wanted = _folded(header)
        return next((each for each in self.columns if wanted in {each.name, *map(_folded, each.aliases)}), None)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Why a file is refused. The text is a fixed sentence of ours; row 0 is the file as a whole."""

    row: int
    column: str
    text: str

    def __str__(self) -> str:
        if not self.row:
            return self.text
        return f"row {self.row}, {self.column}: {self.text}" if self.column else f"row {self.row}: {self.text}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as Excel shows it, and the cells by column name, stripped; refused cells are absent."""

    number: int
    cells: Phi[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that was read. With problems it is not imported; notes are worth telling and stop nothing."""

    layout: Layout
    columns: frozenset[str] = frozenset()
    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Header:
    """Where each known column stands."""

    number: int = 0
    places: dict[str, int] = field(default_factory=dict[str, int])
    width: int = 0


@dataclass(slots=True)
class _Reading:
    """What was found so far."""

    layout: Layout
    header: _Header = field(default_factory=_Header)
    rows: list[Row] = field(default_factory=list[Row], repr=False)
    problems: list[Problem] = field(default_factory=list[Problem])
    notes: list[str] = field(default_factory=list[str])

    def refuse(self, row: int, column: str, text: str) -> None:
        self.problems.append(Problem(row, column, text))


def read(data: bytes, layout: Layout) -> Sheet:
    """The file's rows, or what is wrong with it. Never raises for what a file holds.

    Shape: UTF-8 with or without BOM, else Windows-1252; delimiter , or ; as the header shows; blank rows are skipped.
    """
    reading = _Reading(layout)
    text = _decoded(data, reading)
    if text is not None:
        _read_text(text, reading)
    return Sheet(
        layout,
        frozenset(reading.header.places),
        tuple(reading.rows),
        tuple(reading.problems),
        tuple(reading.notes),
    )


def problems_file(problems: Iterable[Problem]) -> str:
    """The problems as CSV text, to keep beside the file and to work through.

    Shape: row,column,problem with CRLF, as Excel likes it.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(("row", "column", "problem"))
    writer.writerows((each.row or "", each.column, each.text) for each in problems)
    return out.getvalue()


def _decoded(data: bytes, reading: _Reading) -> str | None:
    if data.startswith(_WORKBOOKS):
        reading.refuse(0, "", "This is an Excel workbook. Save it in Excel as “CSV UTF-8” and import that.")
    elif data.startswith(_UTF16):
        reading.refuse(0, "", "This file is in UTF-16. Save it as “CSV UTF-8” and import that.")
    elif len(data) > BYTES_MOST:
        reading.refuse(0, "", "This file is larger than 64 MB. Split it: each part needs the row of column names.")
    elif not data.strip():
        reading.refuse(0, "", "This file is empty. Its first row must hold the column names.")
    else:
        return _text(data, reading)
    return None


def _text(data: bytes, reading: _Reading) -> str | None:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        reading.refuse(0, "", "This file is neither UTF-8 nor Windows-1252. Save it as “CSV UTF-8” and import that.")
        return None
    reading.notes.append("The file is not UTF-8 and was read as Windows-1252. Check a name with an accent.")
    return text


def _read_text(text: str, reading: _Reading) -> None:
    # Excel obeys a first line `sep=;` and does not count it as a row.
    named = _SEPARATOR.match(text)
    body = text[named.end() :] if named else text
    delimiter = named[1] if named else _delimiter(body, reading.layout)
    number = 0
    try:
        for number, cells in enumerate(_records(body, delimiter), start=1):
            stripped = [cell.strip() for cell in cells]
            if not any(stripped):
                continue
            if reading.header.number:
                _read_row(number, stripped, reading)
            elif not _read_header(number, stripped, reading):
                return
    except csv.Error:
        reading.refuse(
            number + 1, "", "This row cannot be read: a quotation mark is not closed, or a cell is far too long."
        )
        return
    if not reading.rows and not reading.problems:
        reading.refuse(0, "", "This file has column names and no rows.")


def _records(text: str, delimiter: str) -> Iterable[list[str]]:
    """The records of the text; one record is one row of Excel, line breaks within cells included."""
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _delimiter(text: str, layout: Layout) -> str:
    """The one of , and ; that makes more known columns of the first line."""
    first = next((line for line in text.splitlines() if line.strip(",; \t")), "")
    known = {mark: sum(layout.column(cell.strip('"')) is not None for cell in first.split(mark)) for mark in ",;"}
    return ";" if known[";"] > known[","] else ","


def _read_header(number: int, cells: Sequence[str], reading: _Reading) -> bool:
    header = reading.header
    header.number, header.width = number, len(cells)
    found = {place: reading.layout.column(cell) for place, cell in enumerate(cells) if cell}
    exact = {column.name for place, column in found.items() if column and _folded(cells[place]) == column.name}
    unknown: list[str] = []
    for place, column in found.items():
        # Beside the column of that very name, another that could mean the same is somebody's own.
        if column is None or (column.name in exact and _folded(cells[place]) != column.name):
            unknown.append(letters(place))
        elif column.name in header.places:
            both = f"columns {letters(header.places[column.name])} and {letters(place)}"
            reading.refuse(number, column.name, f"This column stands twice, in {both}. Remove one.")
        else:
            header.places[column.name] = place
    _check_columns(reading)
    if unknown and not reading.problems:
        reading.notes.append(f"Not known to Noted and left out: {_named(unknown)}.")
    return not reading.problems


def _check_columns(reading: _Reading) -> None:
    header = reading.header
    for column in reading.layout.columns:
        if column.required and column.name not in header.places:
            reading.refuse(
                header.number, column.name, "This column is missing. The first row must hold the column names."
            )


def _named(columns: Sequence[str]) -> str:
    return ("column " if len(columns) == 1 else "columns ") + ", ".join(columns)


def _read_row(number: int, cells: Sequence[str], reading: _Reading) -> None:
    header = reading.header
    if any(cells[header.width :]):
        reading.refuse(
            number, "", "This row has more cells than the first row. A cell that holds a comma needs quotation marks."
        )
        return
    row: dict[str, str] = {}
    for name, place in header.places.items():
        cell = cells[place] if place < len(cells) else ""
        refused = _refused(cell)
        if refused:
            # The row is kept without this cell, so that its other cells are checked in the same run.
            reading.refuse(number, name, refused)
        else:
            row[name] = cell
    reading.rows.append(Row(number, Phi(row)))


def _refused(cell: str) -> str:
    """Why this cell is refused whatever its column, or nothing."""
    if len(cell) > CELL_MOST:
        return "This cell has more than 10,000 characters."
    if "\0" in cell:
        return "This cell holds a NUL character, which no text has. Type it again."
    if cell in _EXCEL_ERRORS:
        return "This cell holds an error of Excel's. Correct the formula or type the value."
    return ""


def _folded(header: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", header.casefold()).strip("_")


def letters(place: int) -> str:
    """The letters above a column in Excel: 0 is A, 26 is AA."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
