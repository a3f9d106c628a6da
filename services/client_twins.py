"""One person under two client IDs, by hand: whether somebody who is about to be stored may have a record already.

Here: asking the directory, and opening the few who may be meant. Not here: the same for a file, against all that is stored (roster_twins).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from models.clients import ClientProfile
from services import access, clients, directory
from services.likeness import marks_of
from services.refusals import FieldsRefused
from services.work import Work

APART: Final = "apart"


@dataclass(frozen=True, slots=True)
class Compared:
    """A profile was compared with everybody who was stored up to an event; whether somebody else may be the same person."""

    seq: int
    is_held: bool


def compare(work: Work, profile: ClientProfile, own: uuid.UUID | None = None) -> Compared:
    """Whether somebody else than this client has the same name and day of birth, or the same Medicaid number.

    Ask in the reading door, which has the directory.
    Errors: FieldsRefused while the directory is still being read: nobody is stored unseen.
    """
    marks = [mark for _, mark in marks_of(profile)]
    if not marks:
        return Compared(0, is_held=False)
    whole = directory.read_on(work)
    book = work.names
    if book is None or not whole:
        raise FieldsRefused({"last_name": "still_reading"})
    near = book.alike(hash(mark) for mark in marks) - ({own} if own is not None else set())
    return Compared(book.mark[0], is_held=_is_anybody(work, near, marks))


def is_held(work: Work, profile: ClientProfile, compared: Compared, own: uuid.UUID | None = None) -> bool:
    """The same at the moment of storing: also somebody who was stored since."""
    marks = [mark for _, mark in marks_of(profile)]
    if compared.is_held or not marks:
        return compared.is_held
    since = access.changed_since(work, compared.seq) - ({own} if own is not None else set())
    return _is_anybody(work, since, marks)


def _is_anybody(work: Work, client_ids: Iterable[uuid.UUID], marks: list[tuple[str, ...]]) -> bool:
    opened = clients.profiles_of(work, list(client_ids))
    return any(mark in marks for each in opened for _, mark in marks_of(each))
