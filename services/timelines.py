"""A client's notes in the order of their contacts, the newest first: a page of lines, and what it may be narrowed by.

Here: which notes, and their lines. Not here: opening one (note_reading), and looking for words in them (note_search).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from sqlalchemy import ColumnElement, Row, Select, func, select

from models.addenda import AddendumDocument
from models.contacts import Contact, ContactKind
from models.goals import Goal
from models.note_document import NoteDocument
from models.notes import Note, Review
from models.staff import Staff
from privacy.grants import Grant
from services import access, audit, clients, goals, signed_notes, staff, workspaces
from services.access import Reached
from services.clients import CLIENT, ClientLine
from services.decisions import Deed
from services.follow_ups import OwnerLine
from services.goals import GoalLine
from services.name_book import folded
from services.refusals import NotFound
from services.signed_notes import SignedNote
from services.staff import Actor
from services.work import Work

PAGE: Final = 10
Found: TypeAlias = Row[Note, Contact]


class Period(StrEnum):
    """Since when."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_DAYS: Final[Mapping[Period, int]] = {Period.MONTH: 30, Period.QUARTER: 91, Period.YEAR: 366}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which notes of those that there are. Authors and goals are named by their references."""

    kind: ContactKind | None = None
    period: Period | None = None
    author: str = ""
    goal: str = ""


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A note in a list. `document` is None where it does not stand as it was signed: then nothing of it is shown."""

    ref: str
    kind: ContactKind
    ended_at: dt.datetime
    minutes: int | None
    author: str
    versions: int
    review: Review
    document: NoteDocument | None = field(repr=False)
    client: ClientLine | None = None
    addenda: tuple[AddendumDocument, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Choices:
    """Whom and what a client's notes may be narrowed to."""

    authors: tuple[OwnerLine, ...] = ()
    goals: tuple[GoalLine, ...] = ()


@dataclass(frozen=True, slots=True)
class NotePage:
    """Ten notes out of so many; pages are numbered from 0. Without a client they are those of a caseload.

    Where notes were looked through for words, `looked_at` says how many, and `older` is the note after which to go on, or nothing.
    `damaged` are notes that could not be looked through.
    """

    client: ClientLine | None
    lines: tuple[NoteLine, ...]
    number: int
    count: int
    choices: Choices
    looked_at: int = 0
    older: str = ""
    damaged: tuple[str, ...] = ()

    @property
    def has_next(self) -> bool:
        """Whether more come after these."""
        return (self.number + 1) * PAGE < self.count


def listed(work: Work, actor: Actor, client_ref: str, narrowing: Narrowing, number: int = 0) -> tuple[NotePage, Grant]:
    """A page of the client's notes, and the grant to show it. A page beyond the last is the last.

    Errors: SurfaceClosed; NotFound for a client whose notes are not the actor's to read.
    """
    reached = reach(work, actor, client_ref)
    grant = audit.record(
        work,
        audit.Action.NOTE_LIST,
        actor=actor.id,
        subject=(CLIENT, reached.client.id),
        rule=reached.decision.reading,
    )
    query = of_clients(work, actor, Note.client_id == reached.client.id, narrowing)
    count = work.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    number = max(0, min(number, (count - 1) // PAGE))
    rows = work.session.execute(query.offset(number * PAGE).limit(PAGE)).all()
    page = NotePage(
        client=clients.line_of(work, reached.client),
        lines=lines_of(work, actor, rows),
        number=number,
        count=count,
        choices=choices_of(work, reached.client.id),
    )
    return page, grant


def reach(work: Work, actor: Actor, client_ref: str) -> Reached:
    """The client whose notes are read, and the decision that allows it; who was only there at a contact has that note alone.

    Errors: SurfaceClosed, NotFound.
    """
    workspaces.require_modal_surface(work)
    reached = access.reach(work, actor, client_ref, Deed.NOTE_READ)
    if reached is None:
        raise NotFound
    return reached


def of_clients(work: Work, actor: Actor, whose: ColumnElement[bool], narrowing: Narrowing) -> Select[Note, Contact]:
    """The notes of these clients with their contacts, the newest contact first. Goals stand sealed and are looked for later."""
    query = (
        select(Note, Contact)
        .join(Contact, (Contact.workspace_id == Note.workspace_id) & (Contact.id == Note.contact_id))
        .where(Note.workspace_id == work.workspace_id, whose)
        .order_by(Contact.ended_at.desc(), Note.id.desc())
    )
    if narrowing.kind is not None:
        query = query.where(Note.kind == narrowing.kind)
    if narrowing.period is not None:
        first_day = actor.today(work.now) - dt.timedelta(_DAYS[narrowing.period])
        query = query.where(Contact.ended_at >= dt.datetime.combine(first_day, dt.time(), actor.zone))
    if narrowing.author:
        query = query.where(
            Note.author_id.in_(
                select(Staff.id).where(Staff.workspace_id == work.workspace_id, Staff.ref == narrowing.author)
            )
        )
    return query


def lines_of(
    work: Work, actor: Actor, rows: Sequence[Found], named: Mapping[uuid.UUID, ClientLine] | None = None
) -> tuple[NoteLine, ...]:
    """The lines of these notes, each opened as it was signed; `named` says whose they are, where that is not known otherwise."""
    opened = signed_notes.open_notes(work, [note for note, _ in rows])
    signed_notes.tell_damage(work, actor, opened)
    names = staff.names_of(work, {note.author_id for note, _ in rows})
    return tuple(
        _line(note, contact, opened.notes.get(note.id), names[note.author_id], (named or {}).get(note.client_id))
        for note, contact in rows
        if note.id in opened.notes or note.id in opened.damaged
    )


def _line(note: Note, contact: Contact, signed: SignedNote | None, author: str, client: ClientLine | None) -> NoteLine:
    return NoteLine(
        ref=note.ref,
        kind=note.kind,
        ended_at=contact.ended_at,
        minutes=contact.minutes,
        author=author,
        versions=note.latest_version,
        review=note.review,
        document=signed.latest.document if signed is not None else None,
        client=client,
        addenda=tuple(each.document for each in signed.addenda) if signed is not None else (),
    )


def choices_of(work: Work, client_id: uuid.UUID) -> Choices:
    """Whoever wrote about the client, by name, and every goal that the client has or had."""
    wrote = select(Note.author_id).where(Note.workspace_id == work.workspace_id, Note.client_id == client_id)
    authors = work.session.scalars(
        select(Staff).where(Staff.workspace_id == work.workspace_id, Staff.id.in_(wrote))
    ).all()
    named = sorted((OwnerLine(each.id, each.ref, staff.profile_of(work, each).name) for each in authors), key=_label)
    every = goals.every(work, client_id, clients.key_of(work, client_id))
    return Choices(tuple(named), every)


def goal_id(work: Work, narrowing: Narrowing) -> uuid.UUID | None:
    """The goal that is asked for. One that is not there is in no note, like one of another client."""
    if not narrowing.goal:
        return None
    found = work.session.scalar(
        select(Goal.id).where(Goal.workspace_id == work.workspace_id, Goal.ref == narrowing.goal)
    )
    return found or uuid.UUID(int=0)


def _label(line: OwnerLine) -> str:
    return folded(line.label)
