"""A client on one page, for whoever takes over: goals, last contacts, open follow-ups, people, windows. No narrative stands in it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select

from models.chunks import chunks
from models.contacts import Contact, ContactKind, ContactState
from models.follow_ups import FollowUp, FollowUpState, FollowUpText
from models.note_document import GoalProgress
from models.notes import Note
from privacy.grants import Grant
from privacy.keys import RecordKey
from privacy.phi import Phi
from services import audit, clients, goals, people, requirements, signed_notes, staff, timelines
from services.clients import CLIENT, ClientLine
from services.follow_ups import FOLLOW_UP
from services.goals import GoalLine
from services.people import PersonLine
from services.requirements import DueLine
from services.staff import Actor
from services.timelines import Narrowing
from services.work import Work

CONTACTS_MOST: Final = 5
FOLLOW_UPS_MOST: Final = 20
PEOPLE_MOST: Final = 20
# So many notes are looked through for where each goal stands last.
NOTES_MOST: Final = 200
AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class GoalStand:
    """An active goal, and where the last note that names it says it stands; None where none of the last notes does."""

    goal: GoalLine
    progress: GoalProgress | None = None
    ended_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ContactLine:
    """A contact that took place or was tried. Units: minutes."""

    kind: ContactKind
    ended_at: dt.datetime
    minutes: int | None
    staff: str


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """An open follow-up."""

    what: Phi[str] = field(repr=False)
    owner: str
    due_on: dt.date


@dataclass(frozen=True, slots=True)
class Summary:
    """What somebody who takes over has to know first. The counts are of all that there are; `damaged` notes were left out."""

    client: ClientLine
    goals: tuple[GoalStand, ...]
    contacts: tuple[ContactLine, ...]
    follow_ups: tuple[PromiseLine, ...]
    follow_up_count: int
    people: tuple[PersonLine, ...]
    people_count: int
    windows: tuple[DueLine, ...]
    damaged: tuple[str, ...]
    grant: Grant


def summary(work: Work, actor: Actor, client_ref: str) -> Summary:
    """The client's page.

    Errors: SurfaceClosed; NotFound for a client whose notes are not the actor's to read.
    """
    reached = timelines.reach(work, actor, client_ref)
    client_id, key = reached.client.id, clients.key_of(work, reached.client.id)
    grant = audit.record(
        work, audit.Action.CLIENT_SUMMARY, actor=actor.id, subject=(CLIENT, client_id), rule=reached.decision.reading
    )
    line = clients.line_of(work, reached.client)
    stands, damaged = _goals(work, actor, client_id, goals.active(work, client_id, key))
    promises = _promises(work, client_id, key)
    known = people.known(work, client_id, key)
    return Summary(
        client=line,
        goals=stands,
        contacts=_contacts(work, client_id),
        follow_ups=promises[:FOLLOW_UPS_MOST],
        follow_up_count=len(promises),
        people=known[:PEOPLE_MOST],
        people_count=len(known),
        windows=requirements.of_client(work, line, actor.today(work.now)),
        damaged=damaged,
        grant=grant,
    )


def _goals(
    work: Work, actor: Actor, client_id: uuid.UUID, active: Sequence[GoalLine]
) -> tuple[tuple[GoalStand, ...], tuple[str, ...]]:
    """Where each goal stands in the newest note that names it, and which notes could not be asked."""
    query = timelines.of_clients(work, actor, Note.client_id == client_id, Narrowing()).limit(NOTES_MOST)
    rows = work.session.execute(query).all()
    found: dict[uuid.UUID, tuple[GoalProgress, dt.datetime]] = {}
    damaged: list[str] = []
    for some in chunks(rows, AT_ONCE):
        if all(goal.id in found for goal in active):
            break
        opened = signed_notes.open_notes(work, [note for note, _ in some])
        signed_notes.tell_damage(work, actor, opened)
        damaged += [each.note.ref for each in opened.damaged.values()]
        for note, contact in some:
            signed = opened.notes.get(note.id)
            for each in signed.latest.document.goals if signed is not None else ():
                found.setdefault(each.goal_id, (each.progress, contact.ended_at))
    return tuple(GoalStand(goal, *found.get(goal.id, (None, None))) for goal in active), tuple(damaged)


def _contacts(work: Work, client_id: uuid.UUID) -> tuple[ContactLine, ...]:
    rows = work.session.scalars(
        select(Contact)
        .where(Contact.workspace_id == work.workspace_id, Contact.client_id == client_id)
        .where(Contact.state.in_((ContactState.NOTED, ContactState.ATTEMPTED)))
        .order_by(Contact.ended_at.desc(), Contact.id.desc())
        .limit(CONTACTS_MOST)
    ).all()
    names = staff.names_of(work, {row.staff_id for row in rows})
    return tuple(ContactLine(row.kind, row.ended_at, row.minutes, names[row.staff_id]) for row in rows)


def _promises(work: Work, client_id: uuid.UUID, key: RecordKey) -> tuple[PromiseLine, ...]:
    rows = work.session.scalars(
        select(FollowUp)
        .where(FollowUp.workspace_id == work.workspace_id, FollowUp.client_id == client_id)
        .where(FollowUp.state == FollowUpState.OPEN)
        .order_by(FollowUp.due_on, FollowUp.id)
    ).all()
    names = staff.names_of(work, {row.owner_id for row in rows})
    return tuple(
        PromiseLine(
            key.open(FollowUpText, row.text, work.cell(FOLLOW_UP, "text", row.id)).what, names[row.owner_id], row.due_on
        )
        for row in rows
    )
