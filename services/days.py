"""The agency's calendar as its policy in force has it. The arithmetic itself is in `hours`."""

from __future__ import annotations

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
