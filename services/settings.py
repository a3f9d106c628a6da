"""One's own settings: whether a message follows each call, the days on which others cover, and what follows from the roster."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from models.staff import Staff
from privacy.grants import Grant
from services import audit, policies
from services.days import calendar_of
from services.refusals import FieldRefused
from services.staff import STAFF, Actor
from services.work import Work

AWAY_MOST = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True)
class MySettings:
    """What the settings show. Units: `times` are those of a working day, on the person's own clock."""

    after_call: bool
    away_from: dt.date | None
    away_until: dt.date | None
    times: tuple[dt.time, ...]


@dataclass(frozen=True, slots=True)
class ChangeSettings:
    """Change what a person may change themselves."""

    after_call: bool
    away_from: dt.date | None
    away_until: dt.date | None


def current(work: Work, actor: Actor) -> tuple[MySettings, Grant]:
    """The actor's settings, and the grant to draw them."""
    grant = audit.record(work, audit.Action.STAFF_READ, actor=actor.id, subject=(STAFF, actor.id))
    row = _row(work, actor)
    policy = policies.in_force(work)
    slots = calendar_of(policy, actor.zone).slots(
        actor.today(work.now), actor.work_starts_minute, actor.work_ends_minute, policy.daily_times
    )
    times = tuple(at.astimezone(actor.zone).time() for _, at in slots)
    return MySettings(row.after_call, row.away_from, row.away_until, times), grant


def change(work: Work, actor: Actor, command: ChangeSettings) -> None:
    """Change the actor's settings; the same again changes nothing.

    Errors: FieldRefused for days that are no absence.
    """
    row = _row(work, actor)
    stored = (row.after_call, row.away_from, row.away_until)
    if stored == (command.after_call, command.away_from, command.away_until):
        return
    if (row.away_from, row.away_until) != (command.away_from, command.away_until):
        _check(command, row.away_from, actor.today(work.now))
    row.after_call, row.away_from, row.away_until = command.after_call, command.away_from, command.away_until
    audit.record(work, audit.Action.STAFF_SETTINGS, actor=actor.id, subject=(STAFF, actor.id))


def _check(command: ChangeSettings, stored_from: dt.date | None, today: dt.date) -> None:
    """Both days or none, in order, not over already, and at most a year ahead. Who is away may still change the last day."""
    first, last = command.away_from, command.away_until
    if first is None and last is None:
        return
    if first is None or last is None:
        raise FieldRefused("away_from" if first is None else "away_until", "both_days")
    if first < today and first != stored_from:
        raise FieldRefused("away_from", "day_past")
    if last < first:
        raise FieldRefused("away_until", "days_in_order")
    if last < today:
        raise FieldRefused("away_until", "day_past")
    if last > today + AWAY_MOST:
        raise FieldRefused("away_until", "day_far")


def _row(work: Work, actor: Actor) -> Staff:
    return work.session.scalars(
        select(Staff).where(Staff.workspace_id == work.workspace_id, Staff.id == actor.id)
    ).one()
