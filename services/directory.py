"""The directory of names: whom a search over the whole agency finds, and whose names a note may not hold, without opening every client.

Here: reading on in the database, and asking the book. Not here: the book (name_book), the rule (access), a search in a form (clients).
Only the reading door hands out the book: what a transaction has not committed yet must not get into it.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Final

from sqlalchemy import literal, select, tuple_

from models.clients import Client, ClientKey, ClientProfile
from privacy.grants import Purpose, system_grant
from privacy.sealed import FieldAuthError, Sealed
from quality.names import NameIndex
from services import access
from services.decisions import Deed
from services.likeness import marks_of
from services.name_book import Listed, NameBook
from services.staff import Actor
from services.work import Work

CLIENT: Final = "client"
# So many are read in one step; somebody who searches reads one step at most.
STEP: Final = 500
_FIRST_ASKED: Final = 50
_MOST_ASKED: Final = 5_000


def read_on(work: Work) -> bool:
    """Read what changed since the book was read last, one step of it; whether the book holds everybody now."""
    book = work.names
    if book is None:
        return False
    query = (
        select(Client.id, Client.changed_seq, Client.profile, Client.profile_version)
        .where(Client.workspace_id == work.workspace_id)
        .where(tuple_(Client.changed_seq, Client.id) > tuple_(literal(book.mark[0]), literal(book.mark[1])))
        .order_by(Client.changed_seq, Client.id)
        .limit(STEP)
    )
    rows = work.session.execute(query).all()
    keys = _keys(work, [row.id for row in rows])
    read = {
        row.id: _listed(work, row.id, row.changed_seq, row.profile, row.profile_version, keys.get(row.id))
        for row in rows
    }
    mark = (rows[-1].changed_seq, rows[-1].id) if rows else book.mark
    book.take(read, mark, is_whole=len(rows) < STEP)
    return book.is_whole


def find(
    work: Work, actor: Actor, wanted: Sequence[str], deed: Deed, most: int, but: Collection[uuid.UUID] = ()
) -> list[Client]:
    """Whom these folded words find among those to whom the actor may do this, by name; of those read so far."""
    book = work.names
    if book is None or not wanted:
        return []
    read_on(work)
    found: list[Client] = []
    for ids in _more_each_time(book.find(wanted, but)):
        rows = work.session.scalars(access.clients(work, actor, deed).where(Client.id.in_(ids)))
        reached = {each.id: each for each in rows}
        found += [reached[each] for each in ids if each in reached]
        if len(found) >= most:
            break
    return found[:most]


def everybody(work: Work, wanted: Sequence[str], most: int) -> list[uuid.UUID]:
    """The ids of whom these folded words find, whoever reaches them: for who looks for one client and is shown nobody."""
    book = work.names
    if book is None or not wanted:
        return []
    read_on(work)
    return list(islice(book.find(wanted), most))


def is_whole(work: Work) -> bool:
    """Whether the book holds everybody, so that whom it does not find is not there."""
    return work.names is not None and work.names.is_whole


def other_names(work: Work, actor: Actor) -> NameIndex:
    """The names that a note of this actor's may not hold: everybody's whole name, and their own caseload's also in part.

    The note's client is among them, so the check has to be told who that is. While the directory is still being read, it holds those
    who were read so far. Ask in the reading door, and take the answer along.
    """
    book = work.names or NameBook()
    read_on(work)
    caseload = access.caseload(work, actor).with_only_columns(Client.id).order_by(None)
    return book.index(work.session.scalars(caseload).all())


def _more_each_time(found: Iterator[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    """The ids in portions, each larger than the last: most searches end with the first, and none asks the database for ever."""
    size = _FIRST_ASKED
    while portion := list(islice(found, size)):
        yield portion
        size = min(4 * size, _MOST_ASKED)


def _keys(work: Work, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[uuid.UUID, Sealed]]:
    rows = work.session.execute(
        select(ClientKey.client_id, ClientKey.id, ClientKey.sealed)
        .where(ClientKey.workspace_id == work.workspace_id, ClientKey.client_id.in_(ids))
        .order_by(ClientKey.version)
    )
    return {client_id: (key_id, sealed) for client_id, key_id, sealed in rows}


def _listed(
    work: Work, client_id: uuid.UUID, seq: int, profile: Sealed, version: int, key: tuple[uuid.UUID, Sealed] | None
) -> Listed:
    """A client as the book holds them; nobody, where the key was destroyed or does not open."""
    if key is None:
        return Listed(seq)
    grant = system_grant(Purpose.MATCH)
    try:
        record_key = work.keys.passing_client_key(client_id, *key)
        opened = record_key.open(ClientProfile, profile, work.cell(CLIENT, "profile", client_id, version))
    except FieldAuthError:
        return Listed(seq)
    return Listed.under(
        seq,
        opened.last_name.reveal(grant),
        opened.first_name.reveal(grant),
        opened.preferred_name.reveal(grant),
        opened.agency_id.reveal(grant),
        tuple(hash(mark) for _, mark in marks_of(opened)),
    )
