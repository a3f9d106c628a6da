"""What one cell of a CSV file means: a parser for each kind, and the reading of one row.

Here: from a cell's text to a value, or to a fixed sentence that says what to write. Not here: files (csv_files), and rules
that need other rows or the database (roster_staff, roster_clients).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, LiteralString, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.clients import ClientStatus
from models.goals import GoalState
from models.staff import Role
from services.csv_days import UnreadableError, day
from services.csv_files import Problem

__all__ = (
    "RowReading",
    "UnreadableError",
    "code",
    "day",
    "email",
    "goal_state",
    "line",
    "phones",
    "roles",
    "slack_channel",
    "slack_user",
    "status",
    "text",
    "time_zone",
    "work_days",
    "work_hours",
    "yes_no",
)

T = TypeVar("T")

LINE_MOST: Final = 80
PHONES_MOST: Final = 10
TEXT_MOST: Final = 1_000

_EMAIL: Final = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]+")
_SCIENTIFIC: Final = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)
_HOUR: Final = re.compile(r"(\d{1,2})(?::(\d{2}))?(?::00)?([ap]m)?", re.ASCII)
_PHONE: Final = re.compile(r"\+?[\d ().x/-]+", re.ASCII | re.IGNORECASE)
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_YES: Final = frozenset({"yes", "y", "true", "1", "x"})
_NO: Final = frozenset({"no", "n", "false", "0"})


@dataclass(slots=True)
class RowReading:
    """One row on its way to values. What is wrong with it is collected in `problems`."""

    number: int
    cells: Mapping[str, str] = field(repr=False)
    problems: list[Problem]
    refused: bool = False

    def refuse(self, column: str, sentence: LiteralString) -> None:
        """Note what is wrong with this row."""
        self.refused = True
        self.problems.append(Problem(self.number, column, sentence))

    def has(self, column: str) -> bool:
        """Whether the file has this column."""
        return column in self.cells

    def get(self, column: str, parse: Callable[[str], T]) -> T | None:
        """The cell's value; None when it is empty, absent, or refused."""
        cell = self.cells.get(column, "")
        if not cell:
            return None
        try:
            return parse(cell)
        except UnreadableError as error:
            self.refuse(column, error.sentence)
            return None

    def need(self, column: str, parse: Callable[[str], T]) -> T | None:
        """As `get`, where an empty cell is a problem too."""
        if self.cells.get(column) == "":
            self.refuse(column, "This cell is empty. It must be filled in.")
        return self.get(column, parse)


def line(cell: str) -> str:
    """One line of at most 80 characters: a name, a title."""
    if len(cell) > LINE_MOST:
        raise UnreadableError("This is longer than 80 characters. Shorten it.")
    if not cell.isprintable():
        raise UnreadableError("This holds a line break or another invisible character. Type it again on one line.")
    return cell


def text(cell: str) -> str:
    """Some sentences of at most 1,000 characters; line breaks become blanks."""
    words = " ".join(cell.split())
    if len(words) > TEXT_MOST:
        raise UnreadableError("This is longer than 1,000 characters. Shorten it.")
    if not words.isprintable():
        raise UnreadableError("This holds an invisible character. Type it again.")
    return words


def code(cell: str) -> str:
    """A number or code that a program gave, such as a client's ID."""
    if _SCIENTIFIC.fullmatch(cell):
        raise UnreadableError(
            "Excel has rounded this number, as in 1.2E+11. Format the column as text and type it again."
        )
    return line(cell)


def email(cell: str) -> str:
    """One e-mail address."""
    if len(cell) > 254 or not cell.isprintable() or not _EMAIL.fullmatch(cell):
        raise UnreadableError("This is not one e-mail address, such as jordan@agency.org.")
    return cell


def roles(cell: str) -> frozenset[Role]:
    """One role or several."""
    words = cell.casefold().replace("-", "_")
    for role in Role:
        words = words.replace(role.value.replace("_", " "), role.value)
    try:
        return frozenset(Role(word) for word in re.split(r"[\s,;]+", words) if word)
    except ValueError:
        raise UnreadableError(
            "The roles are case_manager, supervisor, admin, auditor and privacy_officer; write one or several."
        ) from None


def slack_user(cell: str) -> str:
    """A Slack member ID."""
    if not re.fullmatch(r"[UW][A-Z0-9]{2,20}", cell, re.ASCII):
        raise UnreadableError(
            "This is not a Slack member ID, such as U0123ABCD. Slack shows it in the person's profile."
        )
    return cell


def slack_channel(cell: str) -> str:
    """A Slack channel ID."""
    if not re.fullmatch(r"[CG][A-Z0-9]{2,20}", cell, re.ASCII):
        raise UnreadableError(
            "This is not a Slack channel ID, such as C0123ABCD. Slack shows it at the end of the channel's details."
        )
    return cell


def phones(cell: str) -> tuple[str, ...]:
    """Phone numbers, separated by comma, semicolon or line break."""
    numbers = tuple(part.strip() for part in re.split(r"[,;\n]", cell) if part.strip())
    if len(numbers) > PHONES_MOST:
        raise UnreadableError("These are more than 10 phone numbers. Keep those that the person calls from.")
    for number in numbers:
        digits = sum(letter.isdigit() for letter in number)
        if not _PHONE.fullmatch(number) or not 7 <= digits <= 20:
            raise UnreadableError(
                "This is not a list of phone numbers. Write them as +1 804 555 0100; +1 804 555 0101."
            )
    return numbers


@lru_cache(maxsize=64)
def time_zone(cell: str) -> str:
    """An IANA time zone."""
    # EST and its like are IANA names too, without daylight saving time: nobody who writes them means that.
    if ("/" in cell or cell == "UTC") and len(cell) <= 64:
        try:
            return ZoneInfo(cell).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise UnreadableError("This is not a time zone. Write it as America/New_York, America/Chicago, America/Denver …")


def work_days(cell: str) -> str:
    """Working days as ISO digits, Monday is 1: `12345` for Mon-Fri.

    Shape: accepts 12345, 1-5, Mon-Fri, M-F, "Mon, Tue, Thu", Sat-Wed.
    """
    if re.fullmatch(r"[1-7]+", cell, re.ASCII):
        return "".join(sorted(set(cell)))
    text = re.sub(r"\s*(?:-|–|\bto\b|\bthrough\b)\s*", "-", cell.casefold())
    days: set[int] = set()
    for part in re.split(r"[\s,;&+]+", text):
        if not part:
            continue
        first, mark, last = part.partition("-")
        begin, end = _weekday(first), _weekday(last if mark else first)
        days |= {(begin + step) % 7 for step in range((end - begin) % 7 + 1)}
    if not days:
        raise UnreadableError("These are not working days. Write them as Mon-Fri, or Mon, Tue, Thu.")
    return "".join(str(each + 1) for each in sorted(days))


def _weekday(word: str) -> int:
    if re.fullmatch(r"[1-7]", word, re.ASCII):
        return int(word) - 1
    found = [place for place, name in enumerate(_DAYS) if name.startswith(word.rstrip("."))]
    if len(found) != 1:
        raise UnreadableError("These are not working days. Write them as Mon-Fri, or Mon, Tue, Thu.")
    return found[0]


def work_hours(cell: str) -> tuple[int, int]:
    """Working hours as minutes after midnight: 08:30-17:00, 8:30am - 5pm."""
    text = re.sub(r"\s+|\.(?=m)|(?<=m)\.", "", cell.casefold()).replace("–", "-").replace("to", "-")
    first, mark, last = text.partition("-")
    begin, end = _minute(first), _minute(last)
    if not mark or begin is None or end is None:
        raise UnreadableError("These are not working hours. Write them as 08:30-17:00.")
    if end - begin < 60:
        raise UnreadableError("These working hours end before they begin, or too soon. Write them as 08:30-17:00.")
    return begin, end


def _minute(text: str) -> int | None:
    found = _HOUR.fullmatch(text)
    if not found:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    total = 60 * hour + minute
    return total if minute < 60 and total < 24 * 60 else None


def yes_no(cell: str) -> bool:
    """Yes or no."""
    word = cell.casefold()
    if word not in _YES | _NO:
        raise UnreadableError("Write yes or no.")
    return word in _YES


def status(cell: str) -> ClientStatus:
    """Whether the agency serves the client."""
    try:
        return ClientStatus(cell.casefold())
    except ValueError:
        raise UnreadableError("Write active or closed.") from None


def goal_state(cell: str) -> GoalState:
    """Whether a goal stands in the plan."""
    try:
        return GoalState(cell.casefold())
    except ValueError:
        raise UnreadableError("Write active or closed.") from None
