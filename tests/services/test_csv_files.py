"""Reading CSV files: encodings, delimiters, headers, row numbers, and what is refused."""

from __future__ import annotations

import csv
import io

import pytest

from privacy.grants import Purpose, system_grant
from services.csv_files import Column, Layout, Problem, Sheet, letters, problems_file, read
from services.csv_text import CELL_MOST

LAYOUT = Layout(
    "things",
    (
        Column("key", ("thing id",), required=True),
        Column("name", ("full name",), required=True),
        Column("note"),
    ),
)


def rows(sheet: Sheet) -> list[tuple[int, dict[str, str]]]:
    assert sheet.problems == ()
    return [(row.number, dict(row.cells.reveal(system_grant(Purpose.IMPORT)))) for row in sheet.rows]


def texts(sheet: Sheet) -> list[str]:
    return [str(problem) for problem in sheet.problems]


@pytest.mark.parametrize(
    "data",
    [
        "key,name\n1,Zoë\n".encode(),
        "\ufeffkey,name\r\n1,Zoë\r\n".encode(),
        "key,name\n1,Zoë\n".encode("cp1252"),
        "key;name\n1;Zoë\n".encode(),
        'sep=;\r\n"key";"name"\r\n"1";"Zoë"\r\n'.encode(),
        "sep=;;\r\nkey;name\r\n1;Zoë\r\n".encode(),
        "KEY , Full-Name*\n 1 ,\u00a0Zoë \n".encode(),
        "Thing ID,Full name\r1,Zoë\r".encode(),
        "key\tname\r\n1\tZoë\r\n".encode("utf-16"),
        "key,name\n1,Zoë\n".encode("utf-16-le"),
        "key,name\n1,Zoë\n".encode("utf-16-be"),
        "key|name\n1|Zoë\n".encode(),
        "sep=\t\nkey\tname\n1\tZoë\n".encode(),
        'key,name,,\n"=""1""",Zoe\u0308,,\n,,,\n\n'.encode(),
    ],
)
def test_a_file_as_agencies_save_it_is_read(data: bytes) -> None:
    assert rows(read(data, LAYOUT)) == [(2, {"key": "1", "name": "Zoë"})]


def test_a_file_in_windows_1252_is_read_and_said_to_be() -> None:
    sheet = read("key,name\n1,Zoë\n".encode("cp1252"), LAYOUT)
    assert ["Windows-1252" in note for note in sheet.notes] == [True]


def test_row_numbers_are_those_of_excel() -> None:
    data = b'\n\nkey,name\n1,"two\nlines"\n,,\n\n2,b\n'
    assert [(number, cells["key"]) for number, cells in rows(read(data, LAYOUT))] == [(4, "1"), (7, "2")]


def test_a_short_row_has_empty_cells_at_its_end() -> None:
    assert rows(read(b"key,name,note\n1,a\n", LAYOUT)) == [(2, {"key": "1", "name": "a", "note": ""})]


def test_a_row_with_more_cells_than_the_header_is_refused() -> None:
    assert texts(read(b"key,name\n1,a,,\n2,Rivera, Ana\n", LAYOUT)) == [
        "row 3: This row has more cells than the first row. A cell that holds a comma needs quotation marks."
    ]


def test_an_unknown_header_is_told_by_its_letter_and_never_repeated() -> None:
    sheet = read(b"key,Ana Rivera,name,Secret\n1,x,a,y\n", LAYOUT)
    assert rows(sheet) == [(2, {"key": "1", "name": "a"})]
    assert sheet.notes == ("Not known to Noted and left out: columns B, D.",)


def test_a_file_without_a_header_repeats_nothing_of_its_first_row() -> None:
    sheet = read(b"4417,Rivera\n", LAYOUT)
    assert [(problem.row, problem.column) for problem in sheet.problems] == [(1, "key"), (1, "name")]
    assert "Rivera" not in repr(sheet)


def test_a_column_that_stands_twice_is_refused() -> None:
    assert texts(read(b"key,name,NAME\n1,a,b\n", LAYOUT)) == [
        "row 1, name: This column stands twice, in columns B and C. Remove one."
    ]


def test_the_column_of_the_very_name_wins_over_another_name_for_it() -> None:
    sheet = read(b"full name,key,name\nx,1,a\n", LAYOUT)
    assert rows(sheet) == [(2, {"key": "1", "name": "a"})]
    assert sheet.notes == ("Not known to Noted and left out: column A.",)


def test_cells_that_no_text_has_are_refused_and_the_rest_is_still_checked() -> None:
    long, nul = "x" * (CELL_MOST + 1), "a\0b"
    data = f"key,name,note\n1,{long},{nul}\n2,#REF!,{'x' * CELL_MOST}\n".encode()
    sheet = read(data, LAYOUT)
    assert [(problem.row, problem.column) for problem in sheet.problems] == [(2, "name"), (2, "note"), (3, "name")]
    assert "10,000" in sheet.problems[0].text
    assert "NUL" in sheet.problems[1].text


def test_a_row_that_cannot_be_read_is_named_and_the_others_are_still_checked() -> None:
    sheet = read(b'key,name\n1,a\n2,"b" c\n3,=1+1\n4,"open\n5,d\n', LAYOUT)
    assert [(problem.row, problem.column) for problem in sheet.problems] == [(3, ""), (4, "name"), (5, "")]
    assert "quotation mark" in sheet.problems[0].text


def test_a_cell_of_a_megabyte_does_not_hide_the_rows_after_it() -> None:
    sheet = read(b'key,name\n1,"' + b"x\n" * 500_000 + b'"\n2,#N/A\n', LAYOUT)
    assert [(problem.row, problem.column) for problem in sheet.problems] == [(2, "name"), (3, "name")]


@pytest.mark.parametrize("cell", ["=1+1", "=HYPERLINK(a)", "@SUM(A1)", "+cmd|x", "-2+cmd"])
def test_a_cell_that_begins_as_a_formula_is_refused(cell: str) -> None:
    assert [problem.column for problem in read(f"key,name\n1,{cell}\n".encode(), LAYOUT).problems] == ["name"]


@pytest.mark.parametrize(
    "cell", ["+1 804 555 0100", "-", "-5", '"+1 804 555 0100; +1 804 555 0101"', "(804) 555-0100 x12"]
)
def test_a_number_with_a_sign_is_none(cell: str) -> None:
    assert rows(read(f"key,name\n1,{cell}\n".encode(), LAYOUT)) == [(2, {"key": "1", "name": cell.strip('"')})]


@pytest.mark.parametrize("cell", ["ZoÃ«", "Zo\ufffd", "Nu\u00c3\u00b1ez"])
def test_letters_that_were_garbled_before_are_refused(cell: str) -> None:
    assert [
        "wrong encoding" in problem.text for problem in read(f"key,name\n1,{cell}\n".encode(), LAYOUT).problems
    ] == [True]


@pytest.mark.parametrize("cell", ["Zoë", "Núñez", "Ångström", "Dvořák", "李", "Łukasz", "Renée", "Ñ"])
def test_names_with_other_letters_are_names(cell: str) -> None:
    assert rows(read(f"key,name\n1,{cell}\n".encode(), LAYOUT)) == [(2, {"key": "1", "name": cell})]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b" \r\n ", "empty"),
        (b"PK\x03\x04rest", "workbook"),
        ("key,name\n1,a\n".encode("utf-16")[:-1], "UTF-16"),
        (b"key,name\n1,\x81\xff\n", "neither"),
        (b"key,name\n", "no rows"),
    ],
)
def test_a_file_that_is_none_is_refused_with_what_to_do(data: bytes, word: str) -> None:
    (problem,) = read(data, LAYOUT).problems
    assert problem.row == 0
    assert word in str(problem)


def test_cells_do_not_show_in_a_repr() -> None:
    assert "Rivera" not in repr(read(b"key,name\n1,Rivera\n", LAYOUT))


def test_the_problems_make_a_csv_file() -> None:
    made = problems_file([Problem(0, "", "All of it."), Problem(4, "dob", "Say “when”, or not.")])
    assert list(csv.reader(io.StringIO(made))) == [
        ["row", "column", "problem"],
        ["", "", "All of it."],
        ["4", "dob", "Say “when”, or not."],
    ]


def test_letters_are_those_above_excels_columns() -> None:
    assert [letters(place) for place in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
