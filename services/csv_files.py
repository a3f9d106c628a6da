"""CSV files as agencies really have them, read into rows whose cells are wrapped.

Here: delimiters, the header, row numbers as Excel shows them, and the list of problems. Not here: encodings and what is wrong
with any cell (csv_text), what a cell means (csv_cells) and what becomes of a row (roster). A problem never repeats a cell, nor an unknown header: a file without
a header has a client in its first row.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from privacy.phi import Phi
from services.csv_days import BOTH_WAYS, in_doubt
from services.csv_text import BYTES_MOST, decoded, refusal, tidy

_DELIMITERS: Final = ",;\t|"
_SEPARATOR: Final = re.compile(r"sep=([,;\t|])[,;\t|]*\r?\n", re.IGNORECASE)

# The reader's own limit stops at the first long cell, and the rows after it would never be looked at.
csv.field_size_limit(BYTES_MOST)


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a file may have, under this name or another one that agencies use. `day` says that it holds days."""

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    day: bool = False


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
    days: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Reading:
    """What was found so far."""

    layout: Layout
    header: _Header = field(default_factory=_Header)
    rows: list[Row] = field(default_factory=list[Row], repr=False)
    problems: list[Problem] = field(default_factory=list[Problem])
    notes: list[str] = field(default_factory=list[str])
    days: dict[str, list[tuple[int, str]]] = field(default_factory=dict[str, list[tuple[int, str]]], repr=False)

    def refuse(self, row: int, column: str, text: str) -> None:
        self.problems.append(Problem(row, column, text))


def read(data: bytes, layout: Layout) -> Sheet:
    """The file's rows, or what is wrong with it. Never raises for what a file holds.

    Shape: encodings as csv_text knows them; delimiter comma, semicolon, tab or bar as the header shows; blank rows are skipped.
    """
    reading = _Reading(layout)
    file = decoded(data)
    if file.text is None:
        reading.refuse(0, "", file.problem)
    else:
        reading.notes += [file.note] if file.note else []
        _read_text(file.text, reading)
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


def _read_text(text: str, reading: _Reading) -> None:
    # Excel obeys a first line `sep=;` and does not count it as a row.
    named = _SEPARATOR.match(text)
    body = text[named.end() :] if named else text
    delimiter = named[1] if named else _delimiter(body, reading.layout)
    for number, cells in enumerate(_records(body, delimiter), start=1):
        if cells is None:
            reading.refuse(number, "", "This row cannot be read: a quotation mark in it is not closed or stands alone.")
            continue
        tidied = [tidy(cell) for cell in cells]
        if not any(tidied):
            continue
        if reading.header.number:
            _read_row(number, tidied, reading)
        elif not _read_header(number, tidied, reading):
            return
    _doubt_days(reading)
    if not reading.rows and not reading.problems:
        reading.refuse(0, "", "This file has column names and no rows.")


def _records(text: str, delimiter: str) -> Iterator[list[str] | None]:
    """The records of the text, None for one that cannot be read; one record is one row of Excel, line breaks within cells included."""
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            yield next(records)
        except StopIteration:
            return
        except csv.Error:
            # The reader begins anew with the next line, so the rows after this one are still checked.
            yield None


def _delimiter(text: str, layout: Layout) -> str:
    """The one that makes the most known columns of the first line."""
    lines = io.StringIO(text, newline="")
    first = next((line for line in lines if line.strip(_DELIMITERS + " \r\n")), "")
    return max(
        _DELIMITERS,
        key=lambda mark: sum(layout.column(cell.strip('" \r\n')) is not None for cell in first.split(mark)),
    )


def _doubt_days(reading: _Reading) -> None:
    for column, cells in reading.days.items():
        for number in in_doubt(cells):
            reading.refuse(number, column, BOTH_WAYS)


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
    header.days = frozenset(column.name for column in reading.layout.columns if column.day)
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
        refused = refusal(cell)
        if refused:
            # The row is kept without this cell, so that its other cells are checked in the same run.
            reading.refuse(number, name, refused)
        else:
            row[name] = cell
            if cell and name in header.days:
                reading.days.setdefault(name, []).append((number, cell))
    reading.rows.append(Row(number, Phi(row)))


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
