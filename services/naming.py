"""Whose names a note may hold and whose it may not, as the rules about words want to know it.

Here: what is compared, for one check. Not here: finding a name in a text (quality.names).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from sqlalchemy import Select, select

from models.note_document import Participant
from models.staff import Staff
from privacy.grants import Purpose, system_grant
from quality.names import NameIndex
from quality.note import Author, Client, Name
from services import clients, directory
from services.clients import ClientLine
from services.people import PersonLine
from services.staff import Actor, profile_of
from services.work import Work

# Credentials whose holders may name clinical states.
LICENSED: Final = frozenset(
    {"lcsw", "licsw", "lmsw", "lpc", "lpcc", "lmhc", "lmft", "rn", "np", "pmhnp", "md", "do", "psyd", "phd", "bcba"}
)


def others(work: Work, actor: Actor, line: ClientLine) -> NameIndex:
    """The names of other clients: everybody's whole name, and of the actor's own caseload also a first name or a surname alone.

    While the directory is still being read it is the caseload alone: a form does not wait for the others.
    """
    index = directory.other_names(work, actor)
    if directory.is_whole(work):
        return index
    near = [_name(each) for each in clients.caseload(work, actor) if each.id != line.id]
    return NameIndex.of(near, near)


def of_people(known: Iterable[PersonLine]) -> list[str]:
    """The names of the people around a client."""
    grant = system_grant(Purpose.MATCH)
    return [person.profile.name.reveal(grant) for person in known]


def of_participants(participants: Iterable[Participant]) -> list[str]:
    """The names of people who were typed."""
    grant = system_grant(Purpose.MATCH)
    return [each.name.reveal(grant) for each in participants]


def of_staff(work: Work) -> list[str]:
    """The names of everyone on the staff list. They are asked for only where a name was found: most notes hold none."""
    return [profile_of(work, row).name for row in work.session.scalars(_staff(work))]


def client_of(line: ClientLine, today: dt.date) -> Client:
    """What is known of the client that changes what a rule says."""
    born_on = line.profile.born_on.reveal(system_grant(Purpose.MATCH))
    age: int | None = None
    with suppress(ValueError):
        born = dt.date.fromisoformat(born_on)
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return Client(name=_name(line), age=age)


def author_of(actor: Actor, dismissed: frozenset[str]) -> Author:
    """What is known of who signs."""
    words = set(re.findall(r"[a-z]+", actor.credential.lower()))
    return Author(licensed=not words.isdisjoint(LICENSED), dismissed=dismissed)


def _name(line: ClientLine) -> Name:
    grant = system_grant(Purpose.MATCH)
    profile = line.profile
    also = profile.preferred_name.reveal(grant)
    return Name(
        first=profile.first_name.reveal(grant), last=profile.last_name.reveal(grant), also=(also,) if also else ()
    )


def _staff(work: Work) -> Select[Staff]:
    return select(Staff).where(Staff.workspace_id == work.workspace_id)
