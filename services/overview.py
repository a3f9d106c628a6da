"""What stands open for one staff member, as counts, kinds and ages: for App Home and the reminders. No client in it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy import Row, func, or_, select

from models.contacts import Contact, ContactKind, ContactState
from models.forms import FormKind, FormRow
from models.notes import Note, Review
from models.policy import Policy
from models.workspaces import Surface
from services import access, drafts, glass, glass_reviews, policies, requirements, surfaces, team_desk, urgent
from services.days import calendar_of, last_day_in_time
from services.follow_ups import DueCounts, due_counts
from services.glass import OpenGlass
from services.hours import Calendar, instant_of
from services.requirements import WindowCounts
from services.reviews import Waiting
from services.reviews import waiting as waiting_for_review
from services.staff import Actor
from services.team_desk import TeamLine
from services.work import Work

_NoteRow: TypeAlias = Row[Note, dt.datetime]

SHOWN_MOST = 5
A_DAY = dt.timedelta(1)


@dataclass(frozen=True, slots=True)
class OwedLine:
    """A contact without a note; an `inherited` one can only be settled otherwise. Units: `age` since it ended."""

    ref: str
    kind: ContactKind
    age: dt.timedelta
    minutes: int | None
    inherited: bool = False


@dataclass(frozen=True, slots=True)
class DraftCount:
    """A draft. Units: `age` since it was saved last."""

    nonce: str
    kind: FormKind
    age: dt.timedelta


@dataclass(frozen=True, slots=True)
class Owed:
    """The contacts without a note: how many of each kind, the oldest, and the newest few."""

    phone: int
    visits: int
    oldest: dt.timedelta
    newest: tuple[OwedLine, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return self.phone + self.visits


class Weight(StrEnum):
    """Why something stands first, the weightiest first."""

    URGENT = "urgent"
    RETURNED = "returned"
    LATE = "late"
    DUE_TODAY = "due_today"


@dataclass(frozen=True, slots=True)
class FirstLine:
    """Something that cannot wait: an urgent item or a returned note by its note's reference, else a contact. Units: `age` since it ended, or came back."""

    weight: Weight
    ref: str
    kind: ContactKind
    age: dt.timedelta


@dataclass(frozen=True, slots=True)
class Covering:
    """How many clients the actor covers for colleagues, and the day on which the first of that ends, if it does."""

    clients: int = 0
    until_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Month:
    """The notes of this month by the actor: how many, how many of them in time, and how many wait for their review, ever."""

    notes: int = 0
    in_time: int = 0
    waiting_for_review: int = 0


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """Where client data may go now, for whoever decides it; None while nobody has. Units: `overdue` counts days."""

    surface: Surface | None
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that App Home shows. Units: `now` is on the person's own clock.

    `may_break` says whether emergency access is offered; `reviews` is None for whoever reviews none. `reads` says whether they may read
    anybody's notes.
    """

    now: dt.datetime
    first: tuple[FirstLine, ...]
    owed: Owed
    drafts: tuple[DraftCount, ...]
    due: DueCounts
    planned_today: int
    windows: WindowCounts
    clients: int
    covering: Covering
    month: Month
    decision: DecisionLine | None = None
    emergencies: tuple[OpenGlass, ...] = ()
    may_break: bool = False
    reviews: glass_reviews.Owed | None = None
    team: tuple[TeamLine, ...] = ()
    reads: bool = False
    for_review: Waiting | None = None

    @property
    def nothing_open(self) -> bool:
        """Whether everything is noted and nothing is due. Visits to come are no reason to say otherwise."""
        waits = self.for_review is not None and self.for_review.count
        return not (self.first or self.owed.count or self.drafts or self.due.today or self.due.overdue or waits)


def owed(work: Work, actor: Actor) -> Owed:
    """The actor's contacts that have no note, the newest first."""
    return _owed(work, _waiting(work, actor))


def overview(work: Work, actor: Actor) -> Overview:
    """What stands open for the actor now."""
    policy = policies.in_force(work)
    calendar = calendar_of(policy, actor.zone)
    waiting = _waiting(work, actor)
    mine = _caseload(work, actor)
    begins = instant_of(actor.today(work.now).replace(day=1), 0, actor.zone)
    notes = _notes(work, actor, begins)
    marked = [
        FirstLine(Weight.URGENT, each.note_ref, ContactKind.COLLATERAL, work.now - each.at)
        for each in urgent.open_items(work, [actor.id])
        if each.client_id in mine
    ]
    return Overview(
        now=work.now.astimezone(actor.zone),
        first=(*marked, *_returned(work, notes), *_pressing(work, actor, waiting, policy, calendar)),
        owed=_owed(work, waiting),
        drafts=tuple(_draft(work, row) for row in drafts.rows(work, actor)),
        due=due_counts(work, actor),
        planned_today=_planned_today(work, actor),
        windows=requirements.counts(work, actor),
        clients=len(mine),
        covering=_covering(work, actor, mine),
        month=_month(actor, notes, begins, policy, calendar),
        decision=_decision(work, actor) if surfaces.may_decide(actor) else None,
        emergencies=glass.open_now(work, actor),
        may_break=glass.may_break(actor),
        reviews=glass_reviews.owed(work, actor) if glass_reviews.may_review(actor) else None,
        team=team_desk.lines(work, actor),
        reads=access.reads_notes(work, actor),
        for_review=waiting_for_review(work, actor),
    )


def _decision(work: Work, actor: Actor) -> DecisionLine:
    standing = surfaces.standing(work)
    overdue = (actor.today(work.now) - standing.review_on).days if standing.review_on is not None else 0
    return DecisionLine(standing.surface, max(0, overdue))


def _waiting(work: Work, actor: Actor) -> Sequence[Contact]:
    """The actor's contacts without a note, also planned ones whose end has passed since the clock ticked last."""
    passed = (Contact.state == ContactState.PLANNED) & (Contact.ended_at <= work.now)
    return work.session.scalars(
        select(Contact)
        .where(
            Contact.workspace_id == work.workspace_id,
            Contact.staff_id == actor.id,
            or_(Contact.state == ContactState.UNNOTED, passed),
        )
        .order_by(Contact.ended_at.desc())
    ).all()


def _owed(work: Work, rows: Sequence[Contact]) -> Owed:
    lines = tuple(
        OwedLine(row.ref, row.kind, work.now - row.ended_at, row.minutes, row.was_there_id is not None) for row in rows
    )
    visits = sum(line.kind is ContactKind.FACE_TO_FACE for line in lines)
    oldest = lines[-1].age if lines else dt.timedelta()
    return Owed(len(lines) - visits, visits, oldest, lines[:SHOWN_MOST])


def _pressing(
    work: Work, actor: Actor, rows: Sequence[Contact], policy: Policy, calendar: Calendar
) -> Iterator[FirstLine]:
    """The contacts whose note is late, then those whose note is due today, the oldest first. An attempt has no deadline, nor has what nobody can write."""
    today = actor.today(work.now)
    asked = [row for row in reversed(rows) if row.kind is not ContactKind.ATTEMPT and row.was_there_id is None]
    days = {row.id: last_day_in_time(policy, calendar, row.ended_at) for row in asked}
    for row in asked:
        if days[row.id] < today:
            yield FirstLine(Weight.LATE, row.ref, row.kind, work.now - row.ended_at)
    for row in asked:
        if days[row.id] == today:
            yield FirstLine(Weight.DUE_TODAY, row.ref, row.kind, work.now - row.ended_at)


def _returned(work: Work, rows: Sequence[_NoteRow]) -> Iterator[FirstLine]:
    """The actor's notes that were returned for a change, the longest ago first. Units: the age since then."""
    back = [(note.reviewed_at or note.signed_at, note) for note, _ in rows if note.review is Review.RETURNED]
    for returned_at, note in sorted(back, key=lambda each: (each[0], each[1].id)):
        yield FirstLine(Weight.RETURNED, note.ref, note.kind, work.now - returned_at)


def _planned_today(work: Work, actor: Actor) -> int:
    today = actor.today(work.now)
    return (
        work.session.scalar(
            select(func.count())
            .select_from(Contact)
            .where(
                Contact.workspace_id == work.workspace_id,
                Contact.staff_id == actor.id,
                Contact.state == ContactState.PLANNED,
                Contact.ended_at > work.now,
                Contact.started_at >= instant_of(today, 0, actor.zone),
                Contact.started_at < instant_of(today + A_DAY, 0, actor.zone),
            )
        )
        or 0
    )


def _caseload(work: Work, actor: Actor) -> frozenset[uuid.UUID]:
    mine = access.caseload(work, actor).order_by(None).subquery()
    return frozenset(work.session.scalars(select(mine.c.id)))


def _covering(work: Work, actor: Actor, mine: frozenset[uuid.UUID]) -> Covering:
    covered = [(client_id, until_on) for client_id, until_on in access.covered(work, actor) if client_id in mine]
    ends = [until_on for _, until_on in covered if until_on is not None]
    return Covering(len({client_id for client_id, _ in covered}), min(ends, default=None))


def _notes(work: Work, actor: Actor, begins: dt.datetime) -> Sequence[_NoteRow]:
    """The actor's notes that were signed since then, that wait for their review, or that were returned, each with its contact's end."""
    return work.session.execute(
        select(Note, Contact.ended_at)
        .join(Contact, (Contact.workspace_id == Note.workspace_id) & (Contact.id == Note.contact_id))
        .where(Note.workspace_id == work.workspace_id, Note.author_id == actor.id)
        .where(or_(Note.signed_at >= begins, Note.review.in_((Review.PENDING, Review.RETURNED))))
    ).all()


def _month(actor: Actor, rows: Sequence[_NoteRow], begins: dt.datetime, policy: Policy, calendar: Calendar) -> Month:
    signed = [(note, ended_at) for note, ended_at in rows if note.signed_at >= begins]
    in_time = sum(
        actor.today(note.signed_at) <= last_day_in_time(policy, calendar, ended_at) for note, ended_at in signed
    )
    return Month(len(signed), in_time, sum(note.review is Review.PENDING for note, _ in rows))


def _draft(work: Work, row: FormRow) -> DraftCount:
    return DraftCount(row.nonce, row.kind, work.now - (row.saved_at or row.opened_at))
