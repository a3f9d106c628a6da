"""Finding a client whose notes are to be read. Here: the search that is open. Not here: what is compared (clients)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Final

from models.base import new_id
from privacy.grants import Grant
from services import audit, clients, workspaces
from services.clients import Found
from services.decisions import Deed
from services.refusals import NotFound
from services.staff import Actor
from services.work import Work

SEARCH: Final = "client_search"
# Slack closes a modal that nobody touches within the day.
OPEN_FOR: Final = dt.timedelta(days=1)


def begin(work: Work, actor: Actor) -> tuple[uuid.UUID, Grant]:
    """Open a search; its event covers whom it offers until it closes.

    Errors: SurfaceClosed.
    """
    workspaces.require_modal_surface(work)
    search_id = new_id()
    return search_id, audit.record(work, audit.Action.CLIENT_FIND, actor=actor.id, subject=(SEARCH, search_id))


def offered(work: Work, actor: Actor, search_id: uuid.UUID, query: str) -> tuple[Found, Grant]:
    """Whom an open search offers: those whose notes the actor may read today.

    Errors: SurfaceClosed; NotFound for a search that the actor did not open.
    """
    workspaces.require_modal_surface(work)
    grant = audit.standing_grant(work, search_id, actor.id, (audit.Action.CLIENT_FIND,), within=OPEN_FOR)
    if grant is None:
        raise NotFound
    return clients.search(work, actor, query, Deed.NOTE_READ), grant
