"""The agency's calendar as its policy in force has it. The arithmetic itself is in `hours`."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from models.policy import Policy
from services import policies
from services.hours import Calendar
from services.work import Work


def calendar(work: Work, zone: ZoneInfo) -> Calendar:
    """The agency's business days and hours, by the clocks of this zone.

    Errors: PolicyError.
    """
    return calendar_of(policies.in_force(work), zone)


def calendar_of(policy: Policy, zone: ZoneInfo) -> Calendar:
    """The same by a policy that is at hand."""
    return Calendar(policy.agency, policy.business_hours, zone)


def last_day_in_time(policy: Policy, calendar: Calendar, ended_at: dt.datetime) -> dt.date:
    """The last day, by the calendar's own clocks, on which the note of a contact is in time."""
    late_after = policy.deadlines.note_late_after
    if late_after.unit.counts_days:
        return calendar.add_to_day(ended_at.astimezone(calendar.zone).date(), late_after)
    return calendar.add(ended_at, late_after).astimezone(calendar.zone).date()
