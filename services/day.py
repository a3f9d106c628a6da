"""One's own day, with whom it is about: what is urgent, planned, due, and what waits for its words.

Here: what stands in the modal *My day*. Not here: the same without names, for App Home (overview).
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from models.clients import Client
from models.forms import FormKind
from privacy.grants import Grant
from services import (
    access,
    audit,
    clients,
    contact_lists,
    contacts,
    drafts,
    follow_up_lists,
    follow_ups,
    requirements,
    urgent,
    workspaces,
)
from services.clients import ClientLine
from services.contact_lists import PlannedVisit
from services.follow_up_lists import FollowUpLine
from services.forms import OpenForm, open_form
from services.hours import instant_of
from services.refusals import NotFound
from services.requirements import SOON_DAYS, DueLine
from services.sheets import Sheet
from services.staff import Actor
from services.urgent import UrgentItem
from services.windows import WindowState
from services.work import Work

A_DAY = dt.timedelta(1)
URGENT_MOST = 5
FOLLOW_UPS_MOST = 10
WINDOWS_MOST = 10


@dataclass(frozen=True, slots=True)
class UrgentLine:
    """A note whose event asks for another contact. Units: `age` since its contact ended."""

    ref: str
    client: ClientLine
    age: dt.timedelta


@dataclass(frozen=True, slots=True)
class MyDay:
    """One's day. `due` counts every follow-up that is due or overdue, also beyond the ones shown; so do the other counts."""

    urgent: tuple[UrgentLine, ...]
    urgent_count: int
    planned: tuple[PlannedVisit, ...]
    waiting: int
    follow_ups: tuple[FollowUpLine, ...]
    due: int
    windows: tuple[DueLine, ...]
    windows_count: int
    drafts: int

    @property
    def nothing_open(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.urgent or self.planned or self.waiting or self.follow_ups or self.windows_count or self.drafts)


def my_day(work: Work, actor: Actor) -> tuple[MyDay, Grant]:
    """The actor's day, and the grant to show whom it is about.

    Errors: SurfaceClosed.
    """
    workspaces.require_modal_surface(work)
    contacts.pass_planned(work, actor.id)
    work.session.flush()
    grant = audit.record(work, audit.Action.DAY_READ, actor=actor.id, subject=None)
    today = actor.today(work.now)
    marked = _urgent(work, actor)
    since, until = (instant_of(day, 0, actor.zone) for day in (today, today + A_DAY))
    counts = follow_ups.due_counts(work, actor)
    windows = [line for line in requirements.due(work, actor)[0] if not line.backup and _is_near(line, today)]
    found = MyDay(
        urgent=tuple(marked[:URGENT_MOST]),
        urgent_count=len(marked),
        planned=tuple(contact_lists.planned(work, actor, since, until)),
        waiting=contacts.count_unnoted(work, actor),
        follow_ups=follow_up_lists.due(work, actor, FOLLOW_UPS_MOST),
        due=counts.today + counts.overdue,
        windows=tuple(windows[:WINDOWS_MOST]),
        windows_count=len(windows),
        drafts=len(drafts.rows(work, actor)),
    )
    return found, grant


def note_urgent(work: Work, actor: Actor, note_ref: str) -> Sheet:
    """The form for the contact that an urgent note asks for; without a reference, for the oldest one.

    Errors: SurfaceClosed; NotFound when nothing is asked for any more, or not of the actor.
    """
    for item in reachable(work, actor):
        if note_ref in {"", item.note_ref}:
            client = access.client_by_id(work, actor, item.client_id)
            if client is not None:
                return open_form(work, actor, OpenForm(FormKind.COLLATERAL, client_ref=client.ref))
    raise NotFound


def reachable(work: Work, actor: Actor) -> list[UrgentItem]:
    """The actor's urgent items about clients of the caseload, the oldest first."""
    items = urgent.open_items(work, [actor.id])
    if not items:
        return []
    mine = _caseload(work, actor)
    return [item for item in items if item.client_id in mine]


def _urgent(work: Work, actor: Actor) -> list[UrgentLine]:
    items = reachable(work, actor)
    wanted = {item.client_id for item in items}
    rows = work.session.scalars(access.caseload(work, actor).where(Client.id.in_(wanted))).all()
    lines = {line.id: line for line in clients.lines_of(work, rows)}
    return [
        UrgentLine(item.note_ref, lines[item.client_id], work.now - item.at)
        for item in items
        if item.client_id in lines
    ]


def _caseload(work: Work, actor: Actor) -> set[uuid.UUID]:
    return set(work.session.scalars(access.caseload(work, actor).with_only_columns(Client.id).order_by(None)))


def _is_near(line: DueLine, today: dt.date) -> bool:
    """Whether a window closes within a week, or is in its days of grace."""
    window = line.window
    if window.state is WindowState.GRACE:
        return True
    closes = window.closes_on
    return window.state is WindowState.OPEN and closes is not None and (closes - today).days <= SOON_DAYS
