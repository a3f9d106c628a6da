"""The staff as the clock sees them: who works when, who is away, who supervises whom. No name is opened here."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import select

from models.deliveries import Slot
from models.policy import Policy
from models.staff import Role, Staff, StaffState
from services.hours import Calendar, instant_of
from services.work import Work

# Nobody is looked for longer than this: whoever does not work in it gets no message.
DAYS_AHEAD: Final = 30


@dataclass(frozen=True, slots=True)
class Member:
    """A staff member's working days, hours and absence.

    Units: the working hours are minutes after midnight in the calendar's zone; `work_days` holds ISO weekdays.
    """

    id: uuid.UUID
    slack_user_id: str
    roles: frozenset[Role]
    team_id: uuid.UUID | None
    supervisor_id: uuid.UUID | None
    calendar: Calendar
    policy: Policy
    work_days: str
    starts: int
    ends: int
    away_from: dt.date | None
    away_until: dt.date | None

    @property
    def zone(self) -> ZoneInfo:
        """Their time zone."""
        return self.calendar.zone

    def day(self, instant: dt.datetime) -> dt.date:
        """Their own day."""
        return instant.astimezone(self.zone).date()

    def is_away(self, day: dt.date) -> bool:
        """Whether others cover for them on this day."""
        return self.away_from is not None and self.away_from <= day <= (self.away_until or dt.date.max)

    def works_on(self, day: dt.date) -> bool:
        """Whether this is a working day of theirs: one of the agency's, or a weekday on which only they work."""
        if str(day.isoweekday()) not in self.work_days or self.is_away(day):
            return False
        only_theirs = day.isoweekday() not in self.policy.business_hours.week and not self.calendar.is_holiday(day)
        return only_theirs or self.calendar.is_business_day(day)

    def is_working(self, instant: dt.datetime) -> bool:
        """Whether this instant is inside their working hours."""
        day = self.day(instant)
        opens, closes = (instant_of(day, minute, self.zone) for minute in (self.starts, self.ends))
        return self.works_on(day) and opens <= instant < closes

    def slots(self, day: dt.date) -> list[tuple[Slot, dt.datetime]]:
        """The times of this day at which they may be reminded, in order; none on a day off."""
        if not self.works_on(day):
            return []
        return self.calendar.slots(day, self.starts, self.ends, self.policy.daily_times)

    def slot_at(self, now: dt.datetime) -> tuple[Slot, dt.datetime, dt.datetime] | None:
        """The daily time that came last: which, since when, and until when it may still be used. None outside the working day."""
        if not self.is_working(now):
            return None
        day = self.day(now)
        found: tuple[Slot, dt.datetime, dt.datetime] | None = None
        for slot, at in reversed(self.slots(day)):
            if at <= now:
                found = slot, at, self._next(day, at)
                break
        return found

    def next_time(self, at: dt.datetime, slot: Slot | None = None) -> dt.datetime | None:
        """The first of their daily times at or after an instant, or the first one of this slot; None when they do not work soon."""
        day = self.day(at)
        for number in range(DAYS_AHEAD):
            for each, instant in self.slots(day + dt.timedelta(number)):
                if instant >= at and slot in {None, each}:
                    return instant
        return None

    def _next(self, day: dt.date, at: dt.datetime) -> dt.datetime:
        later = (instant for _, instant in self.slots(day) if instant > at)
        return next(later, instant_of(day, self.ends, self.zone))


Crew: TypeAlias = Mapping[uuid.UUID, Member]


def crew_of(work: Work, policy: Policy) -> Crew:
    """Everyone who works here, by id."""
    rows = work.session.execute(
        select(
            Staff.id,
            Staff.slack_user_id,
            Staff.roles,
            Staff.team_id,
            Staff.supervisor_id,
            Staff.time_zone,
            Staff.work_days,
            Staff.work_starts_minute,
            Staff.work_ends_minute,
            Staff.away_from,
            Staff.away_until,
        ).where(Staff.workspace_id == work.workspace_id, Staff.state == StaffState.ACTIVE)
    )
    return {
        row.id: Member(
            id=row.id,
            slack_user_id=row.slack_user_id or "",
            roles=frozenset(Role(word) for word in row.roles.split()),
            team_id=row.team_id,
            supervisor_id=row.supervisor_id,
            calendar=Calendar(policy.agency, policy.business_hours, ZoneInfo(row.time_zone)),
            policy=policy,
            work_days=row.work_days,
            starts=row.work_starts_minute,
            ends=row.work_ends_minute,
            away_from=row.away_from,
            away_until=row.away_until,
        )
        for row in rows
    }
