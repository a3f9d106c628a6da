"""What stands around a client, such as goals and people: reached by its reference, and only through the client whose it is."""

from __future__ import annotations

import uuid
from typing import Protocol, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from models.clients import Client
from services import access
from services.decisions import Deed
from services.form_clients import require_open
from services.refusals import NotFound
from services.staff import Actor
from services.work import Work


class OfClient(Protocol):
    """A row of one client's."""

    workspace_id: Mapped[uuid.UUID]
    client_id: Mapped[uuid.UUID]
    ref: Mapped[str]


R = TypeVar("R", bound=OfClient)


def reached(work: Work, actor: Actor, ref: str, deed: Deed) -> Client:
    """The client with whom the actor may do this, also one whose records Noted cannot hold yet.

    Errors: NotFound.
    """
    found = access.client_by_ref(work, actor, ref, deed)
    if found is None:
        raise NotFound
    return found


def client_for(work: Work, actor: Actor, ref: str, deed: Deed) -> Client:
    """The client with whom the actor may do this.

    Errors: NotFound, Part2Closed.
    """
    found = reached(work, actor, ref, deed)
    require_open(work, found)
    return found


def row_for(work: Work, actor: Actor, table: type[R], ref: str, deed: Deed) -> tuple[R, Client]:
    """A row with its client, with whom the actor may do this.

    Errors: NotFound, Part2Closed.
    """
    row = work.session.scalar(select(table).where(table.workspace_id == work.workspace_id, table.ref == ref))
    client = access.client_by_id(work, actor, row.client_id, deed) if row is not None else None
    if row is None or client is None:
        raise NotFound
    require_open(work, client)
    return row, client
