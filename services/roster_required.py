"""The columns of clients.csv that say how often a client must be seen, and when they were seen last before Noted.

Here: reading these columns and what they change. Not here: the words of a requirement (requirement_words), the other columns
(roster_clients).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from models.clients import ClientProfile
from models.policy import Policy
from privacy.grants import Purpose, system_grant
from services import csv_cells
from services.csv_cells import RowReading
from services.csv_files import Column
from services.requirement_words import of_program, read_requirements
from services.requirements import NewRequirement
from services.roster_known import KnownClient
from services.roster_rows import Before

REQUIREMENTS: Final = "requirements"
COLUMNS: Final = (
    Column(REQUIREMENTS, ("contact requirements",)),
    Column("last_face_to_face", ("last f2f", "last f2f date", "last face to face date"), day=True),
    Column("last_home_visit", ("last home f2f date", "last home visit date"), day=True),
    Column("last_contact", ("last contact date",), day=True),
)

_FIRST_DAY: Final = dt.date(2000, 1, 1)
_BEFORE_COLUMNS: Final[Mapping[str, str]] = {
    "contact_on": "last_contact",
    "visit_on": "last_face_to_face",
    "home_visit_on": "last_home_visit",
}


def read_before(reading: RowReading, stored: KnownClient | None, latest: dt.date) -> Before:
    """When the client was seen last, as this row says; what the file has no column for is as stored."""
    old = stored.before if stored else Before()

    def day(name: str, before: dt.date | None) -> dt.date | None:
        column = _BEFORE_COLUMNS[name]
        return reading.get(column, lambda cell: _past(cell, latest)) if reading.has(column) else before

    return Before(
        day("contact_on", old.contact_on),
        day("visit_on", old.visit_on),
        day("home_visit_on", old.home_visit_on),
    )


def before_differences(old: Before, new: Before) -> list[str]:
    """The columns in which a row differs from what is stored."""
    return [column for name, column in _BEFORE_COLUMNS.items() if getattr(old, name) != getattr(new, name)]


def read_wanted(
    reading: RowReading, stored: KnownClient | None, profile: ClientProfile, policy: Policy, today: dt.date
) -> tuple[NewRequirement, ...] | None:
    """The requirements that a client is to have, or None where they stay as they are.

    An empty cell stands for what the policy has for the client's program, also where a new client's file has no such column.
    """
    said = reading.get(REQUIREMENTS, lambda cell: read_requirements(cell, policy, today))
    if stored is not None and not reading.has(REQUIREMENTS):
        return None
    if said is None:
        said = of_program(policy, profile.program.reveal(system_grant(Purpose.IMPORT)), today)
    standing = stored.requirements if stored else ()
    return None if set(said) == set(standing) else said


def _past(cell: str, latest: dt.date) -> dt.date:
    day = csv_cells.day(cell)
    if not _FIRST_DAY <= day <= latest:
        raise csv_cells.UnreadableError("This day lies in the future or before 2000.")
    return day
