"""What stands open for one staff member, as counts, kinds and ages: for App Home and the reminders. No client in it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select

from models.contacts import Contact, ContactKind, ContactState
from models.forms import FormKind, FormRow
from models.notes import Note, Review
from services import access, drafts
from services.follow_ups import DueCounts, due_counts
from services.staff import Actor
from services.work import Work

SHOWN_MOST = 5


@dataclass(frozen=True, slots=True)
class OwedLine:
    """A contact without a note. Units: `age` since it ended."""

    ref: str
    kind: ContactKind
    age: dt.timedelta
    minutes: int | None


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


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that App Home shows."""

    now: dt.datetime
    owed: Owed
    drafts: tuple[DraftCount, ...]
    due: DueCounts
    clients: int
    notes_this_month: int
    waiting_for_review: int

    @property
    def nothing_open(self) -> bool:
        """Whether everything is noted and nothing is due."""
        return not (self.owed.count or self.drafts or self.due.today or self.due.overdue)


def owed(work: Work, actor: Actor) -> Owed:
    """The actor's contacts that have no note, the newest first."""
    rows = work.session.scalars(
        select(Contact)
        .where(
            Contact.workspace_id == work.workspace_id,
            Contact.staff_id == actor.id,
            Contact.state == ContactState.UNNOTED,
        )
        .order_by(Contact.ended_at.desc())
    ).all()
    lines = tuple(OwedLine(row.ref, row.kind, work.now - row.ended_at, row.minutes) for row in rows)
    visits = sum(line.kind is ContactKind.FACE_TO_FACE for line in lines)
    oldest = lines[-1].age if lines else dt.timedelta()
    return Owed(len(lines) - visits, visits, oldest, lines[:SHOWN_MOST])


def overview(work: Work, actor: Actor) -> Overview:
    """What stands open for the actor now."""
    month = actor.today(work.now).replace(day=1)
    begins = dt.datetime.combine(month, dt.time(), actor.zone)
    mine = (
        select(func.count()).select_from(Note).where(Note.workspace_id == work.workspace_id, Note.author_id == actor.id)
    )
    return Overview(
        now=work.now.astimezone(actor.zone),
        owed=owed(work, actor),
        drafts=tuple(_draft(work, row) for row in drafts.rows(work, actor)),
        due=due_counts(work, actor),
        clients=work.session.scalar(select(func.count()).select_from(access.caseload(work, actor).subquery())) or 0,
        notes_this_month=work.session.scalar(mine.where(Note.signed_at >= begins)) or 0,
        waiting_for_review=work.session.scalar(mine.where(Note.review == Review.PENDING)) or 0,
    )


def _draft(work: Work, row: FormRow) -> DraftCount:
    return DraftCount(row.nonce, row.kind, work.now - (row.saved_at or row.opened_at))
