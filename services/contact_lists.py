"""The lists that show whom contacts are about: those without a note, the visits that are planned, and whom to give one to."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from models.base import blank
from models.clients import Client
from models.contact_words import ContactWords
from models.contacts import Contact, ContactKind, ContactState
from models.note_document import Place
from privacy.grants import Grant
from privacy.phi import Phi
from services import access, audit, clients, contact_words, contacts, workspaces
from services.clients import ClientLine
from services.contact_words import CONTACT
from services.decisions import Deed
from services.follow_ups import OwnerLine
from services.refusals import NotFound
from services.staff import Actor
from services.work import Work

PAGE = 10
PLANNED_MOST = 40
A_DAY = dt.timedelta(days=1)
A_YEAR = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True)
class OwedContact:
    """A contact without a note, as the list in a modal shows it.

    `client` is None while nobody has said whom a call was about, and for somebody outside the actor's caseload (`outside`).
    `callers` is how many clients of the caseload have the number that called. `inherited` ones came from somebody who left: nobody
    who was there is left to write about them, and what they jotted down for themselves is not shown.
    """

    ref: str
    kind: ContactKind
    ended_at: dt.datetime
    minutes: int | None
    client: ClientLine | None
    jot: Phi[str]
    outside: bool = False
    callers: int = 0
    inherited: bool = False


@dataclass(frozen=True, slots=True)
class ContactPage:
    """One page of the list. `cursor` is the contact after which it begins; the buttons to other pages hold references too."""

    contacts: Sequence[OwedContact]
    waiting: int
    cursor: str = ""
    older: str = ""


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A visit that is planned, as a list shows it. `has_begun` visits may be written about."""

    ref: str
    client: ClientLine
    starts_at: dt.datetime
    minutes: int | None
    place: Place | None
    has_begun: bool


@dataclass(frozen=True, slots=True)
class Giving:
    """A contact that is about to be given away: whom it is about, who may have it, and whether words were kept with it."""

    client: ClientLine | None
    receivers: Sequence[OwnerLine]
    has_words: bool


def to_note(work: Work, actor: Actor, cursor: str = "") -> tuple[ContactPage, Grant]:
    """A page of the actor's contacts without a note, newest first, and the grant to show whom they are about.

    Planned ones whose end has passed stand in it too.
    Errors: SurfaceClosed.
    """
    workspaces.require_modal_surface(work)
    contacts.pass_planned(work, actor.id)
    work.session.flush()
    grant = audit.record(work, audit.Action.CONTACT_LIST, actor=actor.id, subject=None)
    last = _by_ref(work, actor, cursor) if cursor else None
    rows = _rows(work, actor, last)
    if last is not None and not rows:
        # Everything on this page was settled meanwhile.
        last, rows = None, _rows(work, actor, None)
    page = ContactPage(
        contacts=_owed(work, actor, rows[:PAGE]),
        waiting=contacts.count_unnoted(work, actor),
        cursor=last.ref if last is not None else "",
        older=rows[PAGE - 1].ref if len(rows) > PAGE else "",
    )
    return page, grant


def planned(work: Work, actor: Actor, since: dt.datetime, until: dt.datetime) -> list[PlannedVisit]:
    """The actor's visits that are planned to begin in this time and are not over, the first one first.

    The caller records the reading.
    """
    rows = work.session.scalars(
        select(Contact)
        .where(
            Contact.workspace_id == work.workspace_id,
            Contact.staff_id == actor.id,
            Contact.state == ContactState.PLANNED,
            Contact.started_at >= since,
            Contact.started_at < until,
            Contact.ended_at > work.now,
        )
        .order_by(Contact.started_at, Contact.id)
        .limit(PLANNED_MOST)
    ).all()
    lines = _lines(work, actor, rows, Deed.CONTACT_KEEP)
    words = contact_words.read_all(work, [row for row in rows if row.id in lines])
    visits: list[PlannedVisit] = []
    for row in rows:
        line = lines.get(row.id)
        if line is not None and row.started_at is not None:
            begun = row.started_at <= work.now
            visits.append(PlannedVisit(row.ref, line, row.started_at, row.minutes, words[row.id].place, begun))
    return visits


def all_planned(work: Work, actor: Actor) -> tuple[list[PlannedVisit], Grant]:
    """Every visit that the actor plans, and the grant to show them.

    Errors: SurfaceClosed.
    """
    workspaces.require_modal_surface(work)
    grant = audit.record(work, audit.Action.CONTACT_LIST, actor=actor.id, subject=None, rule="planned")
    return planned(work, actor, work.now - A_DAY, work.now + A_YEAR), grant


def to_give(work: Work, actor: Actor, ref: str) -> tuple[Giving, Grant]:
    """To whom the actor may give this contact, and the grant to show whom it is about.

    Errors: SurfaceClosed, NotFound.
    """
    workspaces.require_modal_surface(work)
    contact = _by_ref(work, actor, ref)
    if contact is None or contact.state is not ContactState.UNNOTED:
        raise NotFound
    grant = audit.record(work, audit.Action.CONTACT_LIST, actor=actor.id, subject=(CONTACT, contact.id), rule="give")
    client = _lines(work, actor, [contact], Deed.NOTE_WRITE).get(contact.id)
    return Giving(client, contacts.receivers(work, actor, contact), contact.words is not None), grant


def _rows(work: Work, actor: Actor, last: Contact | None) -> Sequence[Contact]:
    """One contact more than a page holds, so that the page knows whether another follows."""
    query = contacts.unnoted(work, actor).order_by(*contacts.newest_first())
    if last is not None:
        earlier = and_(Contact.ended_at == last.ended_at, Contact.id < last.id)
        query = query.where(or_(Contact.ended_at < last.ended_at, earlier))
    return work.session.scalars(query.limit(PAGE + 1)).all()


def _owed(work: Work, actor: Actor, rows: Sequence[Contact]) -> list[OwedContact]:
    lines = _lines(work, actor, rows, Deed.NOTE_WRITE)
    words = contact_words.read_all(work, [row for row in rows if row.client_id is None or row.id in lines])
    callers = {each for row in rows if row.client_id is None for each in words[row.id].candidates}
    mine = set(
        work.session.scalars(
            access.caseload(work, actor).with_only_columns(Client.id).order_by(None).where(Client.id.in_(callers))
        )
    )
    return [_line(row, words.get(row.id, ContactWords()), lines, mine) for row in rows]


def _line(
    row: Contact,
    words: ContactWords,
    lines: Mapping[uuid.UUID, ClientLine],
    mine: set[uuid.UUID],
) -> OwedContact:
    return OwedContact(
        ref=row.ref,
        kind=row.kind,
        ended_at=row.ended_at,
        minutes=row.minutes,
        client=lines.get(row.id),
        jot=words.jot if row.was_there_id is None else blank(),
        inherited=row.was_there_id is not None,
        outside=row.client_id is not None and row.id not in lines,
        callers=len(mine.intersection(words.candidates)),
    )


def _lines(work: Work, actor: Actor, rows: Sequence[Contact], deed: Deed) -> dict[uuid.UUID, ClientLine]:
    """Whom these contacts are about, by the contact's id, where the actor may write of it; also because they were there."""
    reached = access.reach_contacts(work, actor, rows, deed)
    unusual = {each.client.id: each for each in reached.values()}
    for each in unusual.values():
        access.tell(work, actor, each)
    lines = {line.id: line for line in clients.lines_of(work, [each.client for each in unusual.values()])}
    return {row_id: lines[each.client.id] for row_id, each in reached.items() if each.client.id in lines}


def _by_ref(work: Work, actor: Actor, ref: str) -> Contact | None:
    return work.session.scalar(
        select(Contact).where(
            Contact.workspace_id == work.workspace_id, Contact.ref == ref, Contact.staff_id == actor.id
        )
    )
