"""In what two clients may be one person: what is compared, and nothing else of them.

Here: the marks of a profile. Not here: comparing a file with all that is stored (roster_twins), and one client by hand (client_twins).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TypeAlias

from models.clients import ClientProfile
from privacy.grants import Purpose, system_grant
from services.name_book import folded

Mark: TypeAlias = tuple[str, ...]


class Likeness(StrEnum):
    """In what two clients are the same."""

    BIRTH = "the same name and day of birth"
    MEDICAID = "the same Medicaid number"


def is_same_person(old: ClientProfile, new: ClientProfile) -> bool:
    """Whether nothing changed of what makes two clients one person."""
    return list(marks_of(old)) == list(marks_of(new))


def marks_of(profile: ClientProfile) -> Iterator[tuple[Likeness, Mark]]:
    """What another client may not have too without being the same person, or said to be another."""
    grant = system_grant(Purpose.MATCH)
    born_on = profile.born_on.reveal(grant)
    if born_on:
        name = folded(profile.last_name.reveal(grant)), folded(profile.first_name.reveal(grant))
        yield Likeness.BIRTH, (Likeness.BIRTH, *name, born_on)
    number = "".join(filter(str.isalnum, profile.medicaid_id.reveal(grant).casefold()))
    # `none`, `000000000` and `999999999` stand where there is no number.
    if any(map(str.isdigit, number)) and len(set(number)) > 1:
        yield Likeness.MEDICAID, (Likeness.MEDICAID, number)
