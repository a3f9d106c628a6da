"""What one cell means, and what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clients import ClientStatus
from models.staff import Role
from services import csv_cells, csv_days
from services.csv_cells import RowReading, UnreadableError
from services.csv_files import Problem

JULY = dt.date(2026, 7, 31)


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "2026-07-31",
            "2026-7-31",
            "2026/07/31",
            "7/31/2026",
            "07/31/2026",
            "46234",
            "46234.0",
            "2026-07-31 00:00:00",
        ),
        *("31-Jul-2026", "31 July 2026", "31-JUL-2026", "31-Jul.-2026", "7/31/2026 0:00"),
    ],
)
def test_a_day_is_read_as_people_and_excel_write_it(cell: str) -> None:
    assert csv_cells.day(cell) == JULY


@given(st.dates(dt.date(1900, 3, 1), dt.date(2099, 12, 31)))
def test_a_day_means_the_same_in_each_form(day: dt.date) -> None:
    serial = (day - dt.date(1899, 12, 30)).days
    assert csv_cells.day(day.isoformat()) == day
    assert csv_cells.day(f"{day.month}/{day.day}/{day.year}") == day
    if not 1900 <= serial <= 2100:
        assert csv_cells.day(str(serial)) == day


@pytest.mark.parametrize("cell", ["7/31/26", "31-Jul-26", "1-2-26", "3.4.2026", "03-04-2026", "1 2 1985", "4/5/'85"])
def test_a_day_that_can_be_read_in_two_ways_says_so(cell: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        csv_cells.day(cell)
    assert "two ways" in caught.value.sentence


def test_a_column_that_puts_the_day_first_anywhere_leaves_its_other_rows_in_doubt() -> None:
    cells = [(2, "3/4/1985"), (3, "31/7/1985"), (4, "5/5/1985"), (5, "7/31/1985"), (6, "12/12/1985"), (7, "1985-03-04")]
    assert csv_days.in_doubt(cells) == [2]
    assert csv_days.in_doubt(cell for cell in cells if cell[0] != 3) == []


def test_excels_first_days_step_over_the_one_that_never_was() -> None:
    assert csv_cells.day("1") == dt.date(1900, 1, 1)
    assert csv_cells.day("59") == dt.date(1900, 2, 28)
    assert csv_cells.day("61") == dt.date(1900, 3, 1)


@pytest.mark.parametrize(
    "cell",
    [
        "7/31/26",
        "31/7/2026",
        "31-Feb-2026",
        "2026-02-30",
        "1985",
        "60",
        "0",
        "5-Foo-1985",
        "soon",
        "2026-07-31 09:30",
        "1234567",
        "-5",
        "٣١",
    ],
)
def test_what_is_no_day_or_two_is_refused(cell: str) -> None:
    with pytest.raises(UnreadableError):
        csv_cells.day(cell)


@pytest.mark.parametrize(
    ("cell", "days"),
    [
        ("12345", "12345"),
        ("531", "135"),
        ("1-5", "12345"),
        ("Mon-Fri", "12345"),
        ("M-F", "12345"),
        ("monday – friday", "12345"),
        ("Monday to Thursday", "1234"),
        ("Mon, Tue; Thu", "124"),
        ("Tues Thurs. Sat", "246"),
        ("Sat-Wed", "12367"),
        ("Su", "7"),
    ],
)
def test_working_days_are_read(cell: str, days: str) -> None:
    assert csv_cells.work_days(cell) == days


@pytest.mark.parametrize("cell", ["T", "8", "weekdays", "Mon-", "-", ",", "0-5"])
def test_words_that_are_no_days_are_refused(cell: str) -> None:
    with pytest.raises(UnreadableError):
        csv_cells.work_days(cell)


@pytest.mark.parametrize(
    "cell", ["08:30-17:00", "8:30 – 17", "8:30am-5pm", "8:30 AM to 5:00 PM", "8:30 a.m. - 5 p.m.", "08:30:00-17:00:00"]
)
def test_working_hours_are_read(cell: str) -> None:
    assert csv_cells.work_hours(cell) == (510, 1020)


@pytest.mark.parametrize(
    "cell", ["9-5", "08:30", "17:00-08:30", "08:00-08:30", "8:75-17", "13pm-14", "0:00-24:00", "x-y"]
)
def test_hours_that_are_none_are_refused(cell: str) -> None:
    with pytest.raises(UnreadableError):
        csv_cells.work_hours(cell)


def test_roles_are_read_with_any_separator() -> None:
    both = frozenset({Role.CASE_MANAGER, Role.PRIVACY_OFFICER})
    for cell in ("case_manager privacy_officer", "Case Manager, Privacy Officer", "case-manager;privacy_officer"):
        assert csv_cells.roles(cell) == both


def test_phone_numbers_are_a_list() -> None:
    assert csv_cells.phones("+1 804 555 0100; (804) 555-0101\n804.555.0102 x12") == (
        "+1 804 555 0100",
        "(804) 555-0101",
        "804.555.0102 x12",
    )


REFUSED: list[tuple[Callable[[str], object], str]] = [
    (csv_cells.roles, "boss"),
    (csv_cells.phones, "call the office"),
    (csv_cells.phones, "12345"),
    (csv_cells.phones, ";".join(["804 555 0100"] * 11)),
    (csv_cells.email, "ana.rivera"),
    (csv_cells.email, "a@b.org, c@d.org"),
    (csv_cells.email, "a@" + "b" * 250 + ".org"),
    (csv_cells.line, "x" * 81),
    (csv_cells.line, "two\nlines"),
    (csv_cells.line, "bell\x07"),
    (csv_cells.code, "4.17E+12"),
    (csv_cells.time_zone, "EST"),
    (csv_cells.time_zone, "Eastern"),
    (csv_cells.time_zone, "America/Nowhere"),
    (csv_cells.time_zone, "../../etc/passwd"),
    (csv_cells.time_zone, "Europe/"),
    (csv_cells.slack_user, "@jordan"),
    (csv_cells.slack_user, "U0123abcd"),
    (csv_cells.slack_channel, "#team-north"),
    (csv_cells.yes_no, "maybe"),
    (csv_cells.status, "pending"),
    (csv_cells.goal_state, "met"),
]


@pytest.mark.parametrize(("parse", "cell"), REFUSED)
def test_a_cell_that_cannot_be_read_is_refused_without_repeating_it(parse: Callable[[str], object], cell: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        parse(cell)
    assert cell not in caught.value.sentence
    assert cell not in str(caught.value)


def test_a_text_of_several_lines_becomes_one() -> None:
    assert csv_cells.text("Use the bus\n alone,\ttwice\r\na week") == "Use the bus alone, twice a week"
    for cell in ("x" * 1001, "bus\u202e", "bus\x07"):
        with pytest.raises(UnreadableError):
            csv_cells.text(cell)


def test_closed_words_are_read_in_any_case() -> None:
    assert csv_cells.time_zone("America/Chicago") == "America/Chicago"
    assert csv_cells.time_zone("UTC") == "UTC"
    assert csv_cells.status("Closed") is ClientStatus.CLOSED
    assert (csv_cells.yes_no("Yes"), csv_cells.yes_no("N")) == (True, False)


def test_a_row_collects_what_is_wrong_with_it() -> None:
    problems: list[Problem] = []
    reading = RowReading(7, {"email": "", "name": "Ana", "day": "soon"}, problems)
    assert reading.need("name", csv_cells.line) == "Ana"
    assert reading.need("email", csv_cells.email) is None
    assert reading.get("day", csv_cells.day) is None
    assert reading.get("absent", csv_cells.line) is None
    assert reading.refused
    assert [(problem.row, problem.column) for problem in problems] == [(7, "email"), (7, "day")]
    assert "Ana" not in repr(reading)
