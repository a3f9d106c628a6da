"""Open items: everything of which somebody may have to be reminded, found by state alone and without a name.

Here: one query for each kind of thing, and what its rule counts from. Not here: which step is due when (firings), and what
a message says of it (letters).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, and_, exists, or_, select, union

from models.chunks import chunks
from models.clients import Assignment, AssignmentKind, Client, ClientStatus
from models.contacts import Contact, ContactKind, ContactState
from models.follow_ups import FollowUp, FollowUpState
from models.forms import FormRow
from models.glass import BreakGlass
from models.notes import Note, NoteVersion, Review
from models.policy import Policy, RuleName
from models.requirements import Pause, Requirement
from models.staff import Role
from services import draft_expiry, urgent
from services.crew import Crew, crew_of
from services.days import last_day_in_time
from services.hours import instant_of
from services.requirements import pauses_of, window_of
from services.work import Work

# A visit due more often than this is a monthly one, with steps of its own.
MONTHLY_DAYS: Final = 45
_NAMED_MOST: Final = 5_000
_DAY: Final = dt.timedelta(days=1)
Primaries: TypeAlias = Mapping[uuid.UUID, Sequence[uuid.UUID]]


@dataclass(frozen=True, slots=True)
class Scene:
    """What everything is judged by: the transaction, the policy in force, and who works when."""

    work: Work
    policy: Policy
    crew: Crew

    @property
    def now(self) -> dt.datetime:
        """The instant that decides what is due."""
        return self.work.now

    def today(self, staff_id: uuid.UUID) -> dt.date:
        """A staff member's own day."""
        return self.crew[staff_id].day(self.now)

    @property
    def last_day(self) -> dt.date:
        """The newest day anywhere, from which windows of days are counted."""
        return (self.now + _DAY).date()


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One thing that is open, whose it is, and what its rule's steps count from: an instant or a day.

    A supervisor's steps count from `first`, which no putting off can move. Steps that repeat stop after `until`.
    """

    rule: RuleName
    subject_id: uuid.UUID
    owner_id: uuid.UUID
    anchor: dt.datetime | dt.date
    first: dt.datetime | dt.date
    client_id: uuid.UUID | None = None
    kind: ContactKind | None = None
    at_home: bool = False
    until: dt.date | None = None

    @property
    def day(self) -> dt.date:
        """The day that its rule counts from."""
        return self.anchor.date() if isinstance(self.anchor, dt.datetime) else self.anchor


def scene_of(work: Work, policy: Policy) -> Scene:
    """The scene of this transaction."""
    return Scene(work, policy, crew_of(work, policy))


def find(scene: Scene, owners: Collection[uuid.UUID] | None = None) -> list[OpenItem]:
    """Everything open that belongs to these staff members, or to all."""
    primaries = _primaries(scene, owners)
    found = (
        *_contacts(scene, owners),
        *_drafts(scene, owners),
        *_follow_ups(scene, owners),
        *_windows(scene, owners, primaries),
        *_urgent(scene, owners),
        *_reviews(scene, owners),
        *_clients(scene, owners, primaries),
        *_emergencies(scene, owners),
    )
    return [item for item in found if item.owner_id in scene.crew]


def covers(scene: Scene) -> dict[uuid.UUID, uuid.UUID]:
    """Who covers for which client today: whoever was named to cover, else the backup who is there."""
    rows = scene.work.session.execute(
        select(Assignment.client_id, Assignment.staff_id)
        .where(
            Assignment.workspace_id == scene.work.workspace_id,
            Assignment.kind.in_((AssignmentKind.BACKUP, AssignmentKind.COVERING)),
            *assigned_on(scene.now.date()),
        )
        .order_by(Assignment.kind)
    )
    return {
        client_id: staff_id
        for client_id, staff_id in rows
        if staff_id in scene.crew and not scene.crew[staff_id].is_away(scene.today(staff_id))
    }


def assigned_on(day: dt.date) -> tuple[ColumnElement[bool], ...]:
    """The conditions under which an assignment counts on a day."""
    return (Assignment.from_on <= day, or_(Assignment.until_on.is_(None), Assignment.until_on >= day))


def _theirs(column: Any, owners: Collection[uuid.UUID] | None) -> tuple[ColumnElement[bool], ...]:
    return () if owners is None else (column.in_(owners),)


def _contacts(scene: Scene, owners: Collection[uuid.UUID] | None) -> Iterator[OpenItem]:
    """Contacts without a note, and the day until which each note is in time."""
    rows = scene.work.session.execute(
        select(
            Contact.id, Contact.staff_id, Contact.client_id, Contact.kind, Contact.ended_at, Contact.was_there_id
        ).where(
            Contact.workspace_id == scene.work.workspace_id,
            or_(
                Contact.state == ContactState.UNNOTED,
                and_(Contact.state == ContactState.PLANNED, Contact.ended_at <= scene.now),
            ),
            *_theirs(Contact.staff_id, owners),
        )
    )
    for row_id, staff_id, client_id, kind, ended_at, was_there_id in rows:
        yield OpenItem(RuleName.UNNOTED_CONTACT, row_id, staff_id, ended_at, ended_at, client_id=client_id, kind=kind)
        # What somebody who left cannot write any more has no day until which its note would be in time.
        if kind is not ContactKind.ATTEMPT and was_there_id is None and staff_id in scene.crew:
            last = last_day_in_time(scene.policy, scene.crew[staff_id].calendar, ended_at)
            yield OpenItem(RuleName.NOTE_DEADLINE, row_id, staff_id, last, last, client_id=client_id, kind=kind)


def _drafts(scene: Scene, owners: Collection[uuid.UUID] | None) -> Iterator[OpenItem]:
    """Drafts, and the day on which each that nobody touches is put away."""
    rows = scene.work.session.execute(
        select(FormRow.id, FormRow.staff_id, FormRow.client_id, FormRow.saved_at).where(
            FormRow.workspace_id == scene.work.workspace_id, draft_expiry.is_draft(), *_theirs(FormRow.staff_id, owners)
        )
    ).all()
    near = scene.last_day + _ahead(scene, RuleName.DRAFT_EXPIRY)
    ending: list[tuple[OpenItem, dt.date]] = []
    for row_id, staff_id, client_id, saved_at in rows:
        if saved_at is None:
            continue
        yield OpenItem(RuleName.UNSIGNED_DRAFT, row_id, staff_id, saved_at, saved_at, client_id=client_id)
        if staff_id in scene.crew:
            day = draft_expiry.expires_on(scene.policy, saved_at, scene.crew[staff_id].zone)
            if day <= near:
                ending.append((OpenItem(RuleName.DRAFT_EXPIRY, row_id, staff_id, day, day, client_id), day))
    warned = draft_expiry.warned(scene.work, [item.subject_id for item, _ in ending])
    for item, day in ending:
        warned_at, zone = warned.get(item.subject_id), scene.crew[item.owner_id].zone
        yield replace(item, until=draft_expiry.ends_on(day, warned_at, scene.now, zone))


def _follow_ups(scene: Scene, owners: Collection[uuid.UUID] | None) -> Iterator[OpenItem]:
    """Those due soon or overdue, and those that were promised for a day that has passed, however often they were moved."""
    soon = scene.last_day + _ahead(scene, RuleName.FOLLOW_UP)
    # Two queries and not one with "or": each reads one index from its start, however many are open and due much later.
    halves = (FollowUp.due_on <= soon, FollowUp.promised_on <= scene.last_day)
    rows = scene.work.session.execute(
        union(
            *(
                select(FollowUp.id, FollowUp.owner_id, FollowUp.client_id, FollowUp.due_on, FollowUp.promised_on).where(
                    FollowUp.workspace_id == scene.work.workspace_id,
                    FollowUp.state == FollowUpState.OPEN,
                    half,
                    *_theirs(FollowUp.owner_id, owners),
                )
                for half in halves
            )
        )
    )
    for row_id, owner_id, client_id, due_on, promised_on in rows:
        yield OpenItem(RuleName.FOLLOW_UP, row_id, owner_id, due_on, promised_on, client_id=client_id)


def _windows(scene: Scene, owners: Collection[uuid.UUID] | None, primaries: Primaries) -> Iterator[OpenItem]:
    """Windows that close soon, are in grace or lapsed, of clients whose requirements do not wait."""
    ahead = max(
        _ahead(scene, rule) for rule in (RuleName.VISIT_WINDOW, RuleName.MONTHLY_VISIT, RuleName.MONTHLY_CONTACT)
    )
    today = scene.now.date()
    rows = scene.work.session.scalars(
        select(Requirement).where(
            Requirement.workspace_id == scene.work.workspace_id,
            Requirement.closes_on <= scene.last_day + ahead,
            or_(Requirement.until_on.is_(None), Requirement.until_on >= today),
            ~_paused(today),
            *_among(Requirement.client_id, primaries, owners),
        )
    ).all()
    served = _served(scene, {row.client_id for row in rows} & primaries.keys())
    pauses = pauses_of(scene.work, sorted(served))
    for row in rows:
        window = window_of(row, pauses[row.client_id], today) if row.client_id in served else None
        if window is None or window.closes_on is None:
            continue
        for staff_id in primaries[row.client_id]:
            closes_on = window.closes_on
            item = OpenItem(_window_rule(row.every_days), row.id, staff_id, closes_on, closes_on, row.client_id)
            yield replace(item, at_home=row.home_due, until=window.grace_ends_on)


def _primaries(scene: Scene, owners: Collection[uuid.UUID] | None) -> Primaries:
    """The primary case managers of today by client.

    They are put together with what is open here and not in the database: a PostgreSQL that has not counted its tables yet, as
    after an import, reads all clients once for each assignment.
    """
    found: defaultdict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    rows = scene.work.session.execute(
        select(Assignment.client_id, Assignment.staff_id).where(
            Assignment.workspace_id == scene.work.workspace_id,
            Assignment.kind == AssignmentKind.PRIMARY,
            *assigned_on(scene.now.date()),
            *_theirs(Assignment.staff_id, owners),
        )
    )
    for client_id, staff_id in rows:
        found[client_id].append(staff_id)
    return found


def _among(
    column: Any, client_ids: Collection[uuid.UUID], owners: Collection[uuid.UUID] | None
) -> tuple[ColumnElement[bool], ...]:
    """A narrower condition for a caseload; whoever asks looks again whose each row is."""
    return () if owners is None or len(client_ids) > _NAMED_MOST else (column.in_(client_ids),)


def _served(scene: Scene, client_ids: AbstractSet[uuid.UUID]) -> AbstractSet[uuid.UUID]:
    """Those of these clients whom the agency serves now."""
    active = select(Client.id).where(
        Client.workspace_id == scene.work.workspace_id, Client.status == ClientStatus.ACTIVE
    )
    parts = chunks(sorted(client_ids))
    return {found for some in parts for found in scene.work.session.scalars(active.where(Client.id.in_(some)))}


def _paused(day: dt.date) -> ColumnElement[bool]:
    """Whether the client of a requirement is in hospital or away on this day."""
    return exists().where(
        Pause.workspace_id == Requirement.workspace_id,
        Pause.client_id == Requirement.client_id,
        Pause.from_on <= day,
        or_(Pause.until_on.is_(None), Pause.until_on >= day),
    )


def _window_rule(every_days: int | None) -> RuleName:
    if every_days is None:
        return RuleName.MONTHLY_CONTACT
    return RuleName.MONTHLY_VISIT if every_days <= MONTHLY_DAYS else RuleName.VISIT_WINDOW


def _urgent(scene: Scene, owners: Collection[uuid.UUID] | None) -> Iterator[OpenItem]:
    for item in urgent.open_items(scene.work, owners):
        yield OpenItem(
            RuleName.SAFETY_FOLLOW_UP, item.note_id, item.author_id, item.at, item.at, client_id=item.client_id
        )


def _reviews(scene: Scene, owners: Collection[uuid.UUID] | None) -> Iterator[OpenItem]:
    """Notes that wait for their review since their newest version was signed, and those that came back."""
    newest = NoteVersion.signed_at
    rows = scene.work.session.execute(
        select(Note.id, Note.author_id, Note.client_id, Note.review, Note.signed_at, Note.reviewed_at, newest)
        .outerjoin(
            NoteVersion,
            (NoteVersion.workspace_id == Note.workspace_id)
            & (NoteVersion.note_id == Note.id)
            & (NoteVersion.version == Note.latest_version),
        )
        .where(
            Note.workspace_id == scene.work.workspace_id,
            Note.review.in_((Review.PENDING, Review.RETURNED)),
            *_theirs(Note.author_id, owners),
        )
    )
    for row_id, author_id, client_id, review, first_at, reviewed_at, newest_at in rows:
        signed_at = newest_at or first_at
        if review is Review.PENDING:
            yield OpenItem(RuleName.REVIEW_QUEUE, row_id, author_id, signed_at, signed_at, client_id=client_id)
        else:
            since = reviewed_at or signed_at
            yield OpenItem(RuleName.RETURNED_NOTE, row_id, author_id, since, since, client_id=client_id)


def _clients(scene: Scene, owners: Collection[uuid.UUID] | None, primaries: Primaries) -> Iterator[OpenItem]:
    """Plans to review, and clients of whom nothing was heard."""
    reviewed_by = scene.last_day + _ahead(scene, RuleName.PLAN_REVIEW)
    least = _least(scene, RuleName.NO_CONTACT)
    rows = scene.work.session.execute(
        select(Client.id, Client.plan_review_on, Client.last_contact_on).where(
            Client.workspace_id == scene.work.workspace_id,
            Client.status == ClientStatus.ACTIVE,
            or_(Client.plan_review_on <= reviewed_by, Client.last_contact_on <= scene.last_day - least),
            *_among(Client.id, primaries, owners),
        )
    )
    for row_id, review_on, last_on in rows:
        for staff_id in primaries.get(row_id, ()):
            if review_on is not None and review_on <= reviewed_by:
                yield OpenItem(RuleName.PLAN_REVIEW, row_id, staff_id, review_on, review_on, client_id=row_id)
            if last_on is not None and staff_id in scene.crew and last_on <= scene.today(staff_id) - least:
                last = instant_of(last_on, 0, scene.crew[staff_id].zone)
                yield OpenItem(RuleName.NO_CONTACT, row_id, staff_id, last, last, client_id=row_id)


def _emergencies(scene: Scene, owners: Collection[uuid.UUID] | None) -> Iterator[OpenItem]:
    """The reviews that are owed: of each emergency by every privacy officer, until one of them has done it; never of one's own."""
    officers = [each.id for each in scene.crew.values() if Role.PRIVACY_OFFICER in each.roles]
    officers = [each for each in officers if owners is None or each in owners]
    if not officers:
        return
    rows = scene.work.session.execute(
        select(BreakGlass.id, BreakGlass.staff_id, BreakGlass.opened_at).where(
            BreakGlass.workspace_id == scene.work.workspace_id, BreakGlass.reviewed_at.is_(None)
        )
    )
    for row_id, staff_id, opened_at in rows:
        for officer_id in officers:
            if officer_id != staff_id:
                yield OpenItem(RuleName.EMERGENCY_REVIEW, row_id, officer_id, opened_at, opened_at)


def _ahead(scene: Scene, rule: RuleName) -> dt.timedelta:
    """How long before its day a rule may remind. Business days reach over weekends and holidays."""
    days = (step.at.amount * (1 if step.at.unit.value == "day" else 3) for step in scene.policy.rule(rule).steps)
    return -min((*days, 0)) * _DAY


def _least(scene: Scene, rule: RuleName) -> dt.timedelta:
    """How long after its instant a rule reminds first."""
    days = [step.at.amount for step in scene.policy.rule(rule).steps if step.at.unit.counts_days]
    return min(days, default=0) * _DAY
