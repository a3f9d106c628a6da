"""One person under two client IDs: found before the second half of a record begins, and held until somebody decides.

Here: who may be the same person as whom. Not here: files and what becomes of a row (roster_clients). Nothing here shows a name.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from models.clients import ClientProfile
from privacy.sealed import FieldAuthError
from services.csv_files import Problem
from services.likeness import Likeness, Mark, marks_of
from services.roster_known import KnownClients, open_client
from services.roster_plan import Draft
from services.work import Work


@dataclass(frozen=True, slots=True)
class Identity:
    """A client that a row speaks of. It asks when the client is new, or what makes them one person is."""

    id: uuid.UUID
    row: int
    profile: ClientProfile
    asks: bool


def hold_twins(work: Work, known: KnownClients, draft: Draft, identities: Iterable[Identity]) -> set[uuid.UUID]:
    """Refuse every row that may speak of a client who has a record already; the clients of those said to be no duplicates."""
    # Rows that ask nothing come first, so that the newcomer is held and not who was there.
    rows = sorted(identities, key=lambda each: (each.asks, each.row))
    apart: set[uuid.UUID] = set()
    if not any(each.asks for each in rows):
        return apart
    first: dict[Mark, tuple[uuid.UUID, int]] = {}
    for client_id, profile in _others(work, known, {each.id for each in rows}):
        _remember(first, client_id, 0, profile)
    for each in rows:
        found = _remember(first, each.id, each.row, each.profile)
        if found is None or not each.asks:
            continue
        if draft.asked.is_apart(each.row):
            apart.add(each.id)
        else:
            draft.problems.append(Problem(each.row, "client_id", _sentence(*found, each.row)))
    return apart


def _others(
    work: Work, known: KnownClients, in_file: Collection[uuid.UUID]
) -> Iterator[tuple[uuid.UUID, ClientProfile]]:
    """The stored clients that the file does not speak of; whoever was shredded or does not open cannot be compared."""
    for stored in known.clients.values():
        if stored.key is not None and stored.id not in in_file:
            with suppress(FieldAuthError):
                yield stored.id, open_client(work, stored)


def _remember(
    first: dict[Mark, tuple[uuid.UUID, int]], client_id: uuid.UUID, row: int, profile: ClientProfile
) -> tuple[Likeness, int] | None:
    """In what this client is like one who came before, and that one's row."""
    found: tuple[Likeness, int] | None = None
    for likeness, mark in marks_of(profile):
        other_id, other_row = first.setdefault(mark, (client_id, row))
        if other_id != client_id and found is None:
            found = likeness, other_row
    return found


def _sentence(likeness: Likeness, other: int, row: int) -> str:
    who = f"the client of row {other}" if other else "a client who is stored under another client_id"
    return f"This may be {who}: {likeness.value}. If they are two people, import again with --not-duplicates {row}."
