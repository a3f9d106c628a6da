"""Whom somebody means in an emergency: a client by an agency ID or a whole name, typed exactly. Nobody is listed or suggested.

Here: from what was typed to one client, or none. Not here: whether the actor may (glass).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from models.clients import Client, ClientProfile
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from services import access, clients, directory
from services.clients import CLIENT
from services.decisions import Deed
from services.refusals import FieldRefused
from services.staff import Actor
from services.work import Work

# So many clients whose names begin alike are opened and compared.
OPENED_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed to say who is meant. The ID decides alone; the day of birth only tells two people of one name apart."""

    agency_id: Phi[str] | None
    name: Phi[str] | None
    born_on: dt.date | None = None


def meant(work: Work, actor: Actor, typed: Typed) -> uuid.UUID | None:
    """The id of the one client whom this fits, or None, also where it fits several.

    Errors: NotFound for whoever may break no glass; FieldRefused when nothing was typed, or the names are still being read.
    """
    access.require(work, actor, Deed.GLASS_BREAK)
    grant = system_grant(Purpose.MATCH)
    if typed.agency_id is not None:
        index = work.keys.index(CLIENT, "agency_id", typed.agency_id.reveal(grant))
        mine = Client.workspace_id == work.workspace_id
        return work.session.scalar(select(Client.id).where(mine, Client.agency_id_index == index))
    if typed.name is None:
        raise FieldRefused("agency_id", "id_or_name")
    wanted = sorted(clients.folded(typed.name.reveal(grant)).split())
    found = {client_id for client_id, profile in _profiles(work, wanted) if _fits(profile, wanted, typed.born_on)}
    return found.pop() if len(found) == 1 else None


def _fits(profile: ClientProfile, wanted: list[str], born_on: dt.date | None) -> bool:
    """Whether this is the whole name, in either order, with the first or the preferred one; and the day of birth, if one was typed."""
    grant = system_grant(Purpose.MATCH)
    last = profile.last_name.reveal(grant)
    firsts = {each.reveal(grant) for each in (profile.first_name, profile.preferred_name)} - {""}
    if not any(sorted(clients.folded(f"{first} {last}").split()) == wanted for first in firsts):
        return False
    return born_on is None or profile.born_on.reveal(grant) == born_on.isoformat()


def _profiles(work: Work, wanted: Sequence[str]) -> Iterator[tuple[uuid.UUID, ClientProfile]]:
    """Whom the directory of names finds, opened; everybody where there is none.

    Errors: FieldRefused while the directory is still being read: whom it does not find yet may be there.
    """
    query = select(Client).where(Client.workspace_id == work.workspace_id).order_by(Client.id)
    if work.names is not None:
        ids = directory.everybody(work, wanted, OPENED_MOST)
        if not directory.is_whole(work):
            raise FieldRefused("agency_id", "names_unread")
        query = query.where(Client.id.in_(ids))
    rows = work.session.scalars(query).all()
    keys = clients.keys_of(work, [row.id for row in rows])
    for row in rows:
        if row.id in keys:
            yield row.id, clients.opened(work, row, keys[row.id])
