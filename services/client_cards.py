"""A client in the roster: the search that finds them, and everything the roster has about them on one screen.

Here: what is shown. Not here: changing any of it (client_changes, assigning, goal_changes, person_changes).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from models.clients import AssignmentKind, Client, ClientStatus
from models.staff import Staff
from privacy.grants import Grant
from services import access, assignments, audit, client_rows, clients, goals, people, requirements, staff
from services.clients import ClientLine
from services.decisions import Deed
from services.goals import GoalLine
from services.people import PersonLine
from services.refusals import NotFound
from services.requirement_words import in_words
from services.staff import STAFF, Actor
from services.work import Work

CLIENT: Final = "client"


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who works with a client, from a day and perhaps until one."""

    name: str
    kind: AssignmentKind
    from_on: dt.date
    until_on: dt.date | None


@dataclass(frozen=True, slots=True)
class ClientCard:
    """A client as the roster shows them."""

    ref: str
    line: ClientLine
    status: ClientStatus
    requirements: str
    workers: Sequence[Worker]
    goals: Sequence[GoalLine]
    people: Sequence[PersonLine]


def begin(work: Work, actor: Actor) -> Grant:
    """The grant of looking for clients to change, which covers the searches on that screen.

    Errors: NotFound for whoever keeps no roster.
    """
    access.require(work, actor, Deed.CLIENT_ADD)
    return audit.record(work, audit.Action.CLIENT_LIST, actor=actor.id, subject=(STAFF, actor.id))


def find(work: Work, actor: Actor, query: str) -> tuple[Sequence[ClientLine], Grant]:
    """Whom the actor may change, by the letters that a name's words or the ID begin with, and the grant of the event that opened the screen.

    Errors: NotFound, also where no screen was opened.
    """
    access.require(work, actor, Deed.CLIENT_ADD)
    grant = audit.standing_grant(work, actor.id, actor.id, (audit.Action.CLIENT_LIST,), within=audit.A_DAY)
    if grant is None:
        raise NotFound
    return clients.reached(work, actor, query, Deed.CLIENT_CHANGE), grant


def look(work: Work, actor: Actor, ref: str) -> tuple[ClientCard, Grant]:
    """Everything the roster has about a client, and the grant to draw it.

    Errors: NotFound.
    """
    client = client_rows.reached(work, actor, ref, Deed.CLIENT_CHANGE)
    grant = audit.record(work, audit.Action.CLIENT_READ, actor=actor.id, subject=(CLIENT, client.id), rule="roster")
    key = clients.key_of(work, client.id)
    card = ClientCard(
        ref=client.ref,
        line=clients.line_of(work, client),
        status=client.status,
        requirements=in_words(requirements.standing_of(work, client.id)),
        workers=_workers(work, client),
        goals=goals.active(work, client.id, key),
        people=people.known(work, client.id, key),
    )
    return card, grant


def _workers(work: Work, client: Client) -> list[Worker]:
    rank = {kind: place for place, kind in enumerate(AssignmentKind)}
    rows = sorted(assignments.of_client(work, client.id), key=lambda each: (rank[each.kind], each.from_on))
    return [
        Worker(
            staff.profile_of(work, work.session.get_one(Staff, (work.workspace_id, each.staff_id))).name,
            each.kind,
            each.from_on,
            each.until_on,
        )
        for each in rows
    ]
