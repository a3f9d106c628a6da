"""The team's digest: totals of a team for its channel. Nobody is named in it, and small teams are not counted."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from models.clients import Assignment, AssignmentKind, Client, ClientStatus
from models.contacts import Contact, ContactKind, ContactState
from models.notes import Note
from models.policy import Every, RuleName
from models.staff import Team
from services import open_items
from services.days import last_day_in_time
from services.firings import Firing
from services.hours import Calendar, instant_of
from services.open_items import Scene, assigned_on
from services.rounds import SOON
from services.tidings import VISITS

# A digest that could not be posted by then is not posted any more.
KEEPS: Final = dt.timedelta(hours=4)
_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Digest:
    """What a team's digest says. `in_time` is a percentage, or None where it would speak of too few.

    Units: `days` is how many days it looks back on.
    """

    channel_id: str
    days: int
    contacts: int
    noted: int
    in_time: int | None
    without_note: int
    overdue: int
    windows: int
    for_review: int

    @property
    def says_something(self) -> bool:
        """Whether there is anything to say."""
        return bool(self.contacts or self.without_note or self.overdue or self.windows or self.for_review)


def due(scene: Scene) -> Iterator[Firing]:
    """The digests that are due today, one for each team with a channel."""
    digest = scene.policy.digest
    if digest.every is Every.NEVER or not scene.policy.rule(RuleName.TEAM_DIGEST).on:
        return
    calendar = calendar_of(scene)
    today = scene.now.astimezone(calendar.zone).date()
    at = instant_of(today, digest.at, calendar.zone)
    if not at <= scene.now < at + KEEPS or not _is_day(scene, calendar, today):
        return
    for team_id, channel_id in _teams(scene):
        if channel_id:
            yield Firing(RuleName.TEAM_DIGEST, team_id, digest.every.value, team_id, today, at)


def calendar_of(scene: Scene) -> Calendar:
    """The agency's own calendar."""
    return Calendar(scene.policy.agency, scene.policy.business_hours, ZoneInfo(scene.policy.agency.zone))


def compose(scene: Scene, team_id: uuid.UUID) -> Digest | None:
    """What the team's digest says now; None where nothing may or need be said."""
    team = scene.work.session.get(Team, (scene.work.workspace_id, team_id))
    writers = [member.id for member in scene.crew.values() if member.team_id == team_id]
    limits = scene.policy.digest
    if team is None or not team.channel_id or _caseload(scene, writers) < limits.least_caseload:
        return None
    calendar = calendar_of(scene)
    today = scene.now.astimezone(calendar.zone).date()
    first, last = _span(scene, calendar, today)
    contacts, noted, in_time, writing = _contacts(scene, calendar, writers, first, last)
    tells = writing >= limits.least_writers and contacts >= limits.least_contacts and noted > 0
    items = open_items.find(scene, writers)
    digest = Digest(
        channel_id=team.channel_id,
        days=(last - first).days + 1,
        contacts=contacts,
        noted=noted,
        in_time=100 * in_time // contacts if tells else None,
        without_note=sum(item.rule is RuleName.UNNOTED_CONTACT for item in items),
        overdue=sum(item.rule is RuleName.FOLLOW_UP and _before(item.anchor, today) for item in items),
        windows=sum(item.rule in VISITS and _closes_soon(item.anchor, today) for item in items),
        for_review=sum(item.rule is RuleName.REVIEW_QUEUE for item in items),
    )
    return digest if digest.says_something else None


def _contacts(
    scene: Scene, calendar: Calendar, writers: Sequence[uuid.UUID], first: dt.date, last: dt.date
) -> tuple[int, int, int, int]:
    """Of these days: the contacts, those with a note, those noted in time, and how many staff wrote."""
    begins, ends = (instant_of(day, 0, calendar.zone) for day in (first, last + _DAY))
    rows = scene.work.session.execute(
        select(Contact.staff_id, Contact.state, Contact.ended_at, Note.signed_at)
        .outerjoin(Note, (Note.workspace_id == Contact.workspace_id) & (Note.contact_id == Contact.id))
        .where(
            Contact.workspace_id == scene.work.workspace_id,
            Contact.staff_id.in_(writers),
            Contact.kind != ContactKind.ATTEMPT,
            Contact.state.in_((ContactState.NOTED, ContactState.UNNOTED)),
            Contact.ended_at >= begins,
            Contact.ended_at < ends,
        )
    ).all()
    signed = [(row.staff_id, row.ended_at, row.signed_at) for row in rows if row.signed_at is not None]
    in_time = sum(
        scene.crew[staff_id].day(signed_at) <= last_day_in_time(scene.policy, scene.crew[staff_id].calendar, ended_at)
        for staff_id, ended_at, signed_at in signed
    )
    return len(rows), len(signed), in_time, len({staff_id for staff_id, _, _ in signed})


def _caseload(scene: Scene, writers: Sequence[uuid.UUID]) -> int:
    count = (
        select(func.count(func.distinct(Assignment.client_id)))
        .join(Client, (Client.workspace_id == Assignment.workspace_id) & (Client.id == Assignment.client_id))
        .where(
            Assignment.workspace_id == scene.work.workspace_id,
            Assignment.staff_id.in_(writers),
            Assignment.kind == AssignmentKind.PRIMARY,
            Client.status == ClientStatus.ACTIVE,
            *assigned_on(scene.now.date()),
        )
    )
    return scene.work.session.scalar(count) or 0


def _is_day(scene: Scene, calendar: Calendar, today: dt.date) -> bool:
    """Whether today is the digest's day: its weekday, or the first business day after one that is a holiday."""
    if not calendar.is_business_day(today):
        return False
    if scene.policy.digest.every is Every.DAY:
        return True
    day = _weekday_of(scene, today)
    return day == today or all(
        not calendar.is_business_day(day + number * _DAY) for number in range((today - day).days)
    )


def _span(scene: Scene, calendar: Calendar, today: dt.date) -> tuple[dt.date, dt.date]:
    """The first and the last day that a digest of today tells of: none is left out by the next one, or told of twice."""
    if scene.policy.digest.every is Every.DAY:
        before = today - _DAY
        while not calendar.is_business_day(before):
            before -= _DAY
        return before, today - _DAY
    day = _weekday_of(scene, today)
    return day - 7 * _DAY, day - _DAY


def _weekday_of(scene: Scene, today: dt.date) -> dt.date:
    """The newest day, up to today, that is the digest's weekday."""
    return today - (today.isoweekday() - scene.policy.digest.on.iso) % 7 * _DAY


def _teams(scene: Scene) -> Sequence[tuple[uuid.UUID, str | None]]:
    rows = scene.work.session.execute(
        select(Team.id, Team.channel_id).where(Team.workspace_id == scene.work.workspace_id)
    )
    return [(team_id, channel_id) for team_id, channel_id in rows]


def _closes_soon(anchor: dt.datetime | dt.date, today: dt.date) -> bool:
    return _before(anchor, today + SOON) and not _before(anchor, today)


def _before(anchor: dt.datetime | dt.date, day: dt.date) -> bool:
    return not isinstance(anchor, dt.datetime) and anchor < day
