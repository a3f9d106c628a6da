"""A preview of reminders: what would be sent to whom, why and when, if nothing changed until then. It only reads."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from models.deliveries import Slot
from models.occurrences import Occurrence, OccurrenceState
from models.policy import RuleName
from models.staff import Staff
from services import digests, occurrences, open_items, policies
from services.crew import Member
from services.firings import AT_ONCE, Firing
from services.hours import instant_of
from services.open_items import Scene, scene_of
from services.staff import profile_of
from services.work import Work

TEAM: Final = "a team's channel"


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One reason for one message. Units: `at` is in the receiver's own zone."""

    at: dt.datetime
    receiver: str
    slot: Slot
    rule: RuleName
    step: str
    count: int


def preview(work: Work, at: dt.datetime, days: int) -> list[PreviewLine]:
    """What would be sent from an instant on, for so many days. No client stands in it.

    Units: `at` is aware.
    """
    policy = policies.in_force(work)
    scene = scene_of(replace(work, now=at), policy)
    names = _names(work)
    waiting: dict[tuple[object, ...], Firing] = {each.key: each for each in _written(work)}
    seen = set(waiting)
    lines: list[PreviewLine] = []
    for instant in _instants(scene, at, at + dt.timedelta(days=days)):
        then = scene_of(replace(work, now=instant), policy)
        for each in occurrences.fresh(then, open_items.find(then)):
            if each.key not in seen:
                seen.add(each.key)
                waiting[each.key] = each
        sent = [each for each in waiting.values() if _is_sent(then, each)]
        for each in sent:
            del waiting[each.key]
        lines += _lines(then, sent, names)
    return lines


def _instants(scene: Scene, begins: dt.datetime, ends: dt.datetime) -> list[dt.datetime]:
    """Every instant within the span at which somebody may be told something, and the first one."""
    found = {begins}
    for member in scene.crew.values():
        day = member.day(begins)
        while day <= member.day(ends):
            found.update(at for _, at in member.slots(day) if begins <= at <= ends)
            day += dt.timedelta(1)
    calendar = digests.calendar_of(scene)
    day = begins.astimezone(calendar.zone).date()
    while day <= ends.astimezone(calendar.zone).date():
        at = instant_of(day, scene.policy.digest.at, calendar.zone)
        found.update({at} if begins <= at <= ends else ())
        day += dt.timedelta(1)
    return sorted(found)


def _written(work: Work) -> Iterator[Firing]:
    rows = work.session.scalars(
        select(Occurrence).where(
            Occurrence.workspace_id == work.workspace_id,
            Occurrence.state == OccurrenceState.DUE,
            Occurrence.delivery_id.is_(None),
        )
    )
    for row in rows:
        yield Firing(row.rule, row.subject_id, row.step, row.receiver_id, row.local_on, row.due_at)


def _is_sent(scene: Scene, firing: Firing) -> bool:
    if firing.due_at > scene.now:
        return False
    if firing.rule is RuleName.TEAM_DIGEST:
        return True
    member = scene.crew.get(firing.receiver_id)
    if member is None:
        return False
    if firing.rule in AT_ONCE:
        return member.is_working(scene.now)
    found = member.slot_at(scene.now)
    return found is not None and firing.due_at <= found[1]


def _lines(scene: Scene, sent: list[Firing], names: dict[uuid.UUID, str]) -> Iterator[PreviewLine]:
    counts = Counter((each.receiver_id, each.rule, each.step) for each in sent)
    for (receiver_id, rule, step), count in sorted(counts.items(), key=str):
        member = scene.crew.get(receiver_id)
        zone = member.zone if member else ZoneInfo(scene.policy.agency.zone)
        name = names.get(receiver_id, TEAM)
        yield PreviewLine(scene.now.astimezone(zone), name, _slot(scene, member, rule), rule, step, count)


def _slot(scene: Scene, member: Member | None, rule: RuleName) -> Slot:
    if member is None:
        return Slot.DIGEST
    found = member.slot_at(scene.now)
    return Slot.URGENT if rule in AT_ONCE or found is None else found[0]


def _names(work: Work) -> dict[uuid.UUID, str]:
    """Staff are no clients: their names may stand in an operator's table."""
    rows = work.session.scalars(select(Staff).where(Staff.workspace_id == work.workspace_id))
    return {row.id: profile_of(work, row).name for row in rows}
