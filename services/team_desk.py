"""A supervisor's desk: how much is open of each person whom they supervise, and of one person what, with whom it is about.

Here: the counts, and the list behind them. Not here: what counts as open (open_items), telling of it (letters), reviewing (reviews).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from models.contacts import ContactKind
from models.policy import RuleName
from models.staff import Staff, StaffState
from privacy.grants import Grant
from services import access, audit, clients, open_items, policies, staff, workspaces
from services.clients import ClientLine
from services.decisions import Deed, Relation, decide
from services.open_items import OpenItem, Scene, scene_of
from services.rounds import SOON
from services.staff import STAFF, Actor
from services.tidings import VISITS
from services.work import Work

_SUPERVISED: Final = frozenset({Relation.SUPERVISED})


@dataclass(frozen=True, slots=True)
class WorkCounts:
    """What is open of one person: contacts without a note, notes past their deadline, follow-ups past their day, visit windows that
    close within a week or have closed, and notes that wait for their review.
    """

    unnoted: int = 0
    late: int = 0
    overdue: int = 0
    windows: int = 0
    for_review: int = 0

    @property
    def says_something(self) -> bool:
        """Whether anything is open."""
        return bool(self.unnoted or self.late or self.overdue or self.windows or self.for_review)


@dataclass(frozen=True, slots=True)
class TeamLine:
    """One person's counts, without a name: App Home shows a mention, where Slack knows them."""

    ref: str
    slack_user_id: str
    counts: WorkCounts


@dataclass(frozen=True, slots=True)
class NamedLine:
    """The same with the person's name, for a modal."""

    ref: str
    name: str
    counts: WorkCounts


@dataclass(frozen=True, slots=True)
class WorkLine:
    """One open thing of a person's. `client` is None for somebody whom the supervisor does not reach, or whom nobody has named yet.

    Units: `age` is since it ended or was signed; `days` are those until its day, below 0 once that has passed; `grace` those of grace left.
    """

    client: ClientLine | None
    kind: ContactKind | None = None
    age: dt.timedelta = dt.timedelta()
    days: int = 0
    grace: int | None = None
    is_late: bool = False
    is_named: bool = True


@dataclass(frozen=True, slots=True)
class PersonWork:
    """What is open of one person, the oldest first."""

    name: str
    contacts: tuple[WorkLine, ...]
    follow_ups: tuple[WorkLine, ...]
    windows: tuple[WorkLine, ...]
    reviews: tuple[WorkLine, ...]


def may_look(actor: Actor) -> bool:
    """Whether this person sees how much is open of those whom they supervise."""
    return decide(access.asker(actor), Deed.WORK_COUNT, _SUPERVISED).allowed


def lines(work: Work, actor: Actor) -> tuple[TeamLine, ...]:
    """Everybody whom the actor supervises, those with the most late things first; no name is opened."""
    return tuple(TeamLine(row.ref, row.slack_user_id or "", counts) for row, counts in _counted(work, actor))


def board(work: Work, actor: Actor) -> tuple[list[NamedLine], Grant]:
    """The same with names, and the grant to show it.

    Errors: NotFound for whoever supervises nobody by role.
    """
    access.require(work, actor, Deed.WORK_COUNT, _SUPERVISED)
    grant = audit.record(work, audit.Action.WORK_COUNT, actor=actor.id, subject=(STAFF, actor.id))
    return [
        NamedLine(row.ref, staff.profile_of(work, row).name, counts) for row, counts in _counted(work, actor)
    ], grant


def open_work(work: Work, actor: Actor, ref: str) -> tuple[PersonWork, Grant]:
    """What is open of one person, with whom it is about, and the grant to show it.

    Errors: SurfaceClosed; NotFound for whom the actor does not supervise.
    """
    workspaces.require_modal_surface(work)
    person = access.staff_by_ref(work, actor, ref, Deed.WORK_COUNT)
    grant = audit.record(work, audit.Action.WORK_READ, actor=actor.id, subject=(STAFF, person.id))
    scene = scene_of(work, policies.in_force(work))
    items = open_items.find(scene, [person.id]) if person.id in scene.crew else []
    named = _named(work, actor, {each.client_id for each in items if each.client_id is not None})
    late = {each.subject_id for each in items if _is_late(scene, each)}
    found = PersonWork(
        name=staff.profile_of(work, person).name,
        contacts=_shown(scene, items, {RuleName.UNNOTED_CONTACT}, named, late),
        follow_ups=_shown(scene, [each for each in items if _is_overdue(scene, each)], {RuleName.FOLLOW_UP}, named),
        windows=_shown(scene, [each for each in items if _is_near(scene, each)], VISITS, named),
        reviews=_shown(scene, items, {RuleName.REVIEW_QUEUE}, named),
    )
    return found, grant


def _counted(work: Work, actor: Actor) -> list[tuple[Staff, WorkCounts]]:
    if not may_look(actor):
        return []
    rows = work.session.scalars(
        select(Staff)
        .where(
            Staff.workspace_id == work.workspace_id,
            Staff.supervisor_id == actor.id,
            Staff.id != actor.id,
            Staff.state == StaffState.ACTIVE,
        )
        .order_by(Staff.id)
    ).all()
    if not rows:
        return []
    scene = scene_of(work, policies.in_force(work))
    items: dict[uuid.UUID, list[OpenItem]] = {row.id: [] for row in rows}
    for item in open_items.find(scene, list(items)):
        items[item.owner_id].append(item)
    counted = [(row, _counts(scene, items[row.id])) for row in rows]
    return sorted(counted, key=lambda each: _weight(each[1]), reverse=True)


def _weight(counts: WorkCounts) -> tuple[int, ...]:
    return (counts.late, counts.overdue, counts.unnoted, counts.windows, counts.for_review)


def _counts(scene: Scene, items: Sequence[OpenItem]) -> WorkCounts:
    return WorkCounts(
        unnoted=sum(each.rule is RuleName.UNNOTED_CONTACT for each in items),
        late=sum(_is_late(scene, each) for each in items),
        overdue=sum(_is_overdue(scene, each) for each in items),
        windows=sum(_is_near(scene, each) for each in items),
        for_review=sum(each.rule is RuleName.REVIEW_QUEUE for each in items),
    )


def _named(work: Work, actor: Actor, client_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, ClientLine]:
    """Those of these clients whom the actor reaches, opened; what an emergency shows is told to the trail."""
    reached = access.reach_all(work, actor, client_ids, Deed.CLIENT_READ)
    for each in reached.values():
        access.tell(work, actor, each)
    return {each.id: each for each in clients.lines_of(work, [each.client for each in reached.values()])}


def _shown(
    scene: Scene,
    items: Sequence[OpenItem],
    rules: Collection[RuleName],
    named: Mapping[uuid.UUID, ClientLine],
    late: Collection[uuid.UUID] = (),
) -> tuple[WorkLine, ...]:
    """The lines of these items by these rules, the oldest first."""
    found = [(_line(scene, item, named, is_late=item.subject_id in late), item) for item in items if item.rule in rules]
    found.sort(key=lambda each: (-each[0].age, each[0].days, each[1].subject_id))
    return tuple(line for line, _ in found)


def _line(scene: Scene, item: OpenItem, named: Mapping[uuid.UUID, ClientLine], *, is_late: bool) -> WorkLine:
    client = named.get(item.client_id) if item.client_id is not None else None
    is_named = item.client_id is not None
    if isinstance(item.first, dt.datetime):
        return WorkLine(client, item.kind, scene.now - item.first, is_late=is_late, is_named=is_named)
    today, day = scene.today(item.owner_id), item.day
    grace = (item.until - today).days if item.until is not None and day < today <= item.until else None
    return WorkLine(client, item.kind, days=(day - today).days, grace=grace, is_late=is_late, is_named=is_named)


def _is_late(scene: Scene, item: OpenItem) -> bool:
    return item.rule is RuleName.NOTE_DEADLINE and item.day < scene.today(item.owner_id)


def _is_overdue(scene: Scene, item: OpenItem) -> bool:
    return item.rule is RuleName.FOLLOW_UP and item.day < scene.today(item.owner_id)


def _is_near(scene: Scene, item: OpenItem) -> bool:
    return item.rule in VISITS and item.day <= scene.today(item.owner_id) + SOON
