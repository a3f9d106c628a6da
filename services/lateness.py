"""Whether a note is late, by the policy's limit: the same rule by which the digest counts *in time*."""

from __future__ import annotations

import datetime as dt

from services import policies
from services.days import calendar_of, last_day_in_time
from services.staff import Actor
from services.work import Work


def business_days_late(work: Work, actor: Actor, ended_at: dt.datetime) -> int | None:
    """Business days from the contact to today, if its note is late when it is signed today; else None.

    Units: days are the actor's own. A limit of hours may be over on the same business day: then it is 0.
    """
    policy = policies.in_force(work)
    calendar = calendar_of(policy, actor.zone)
    today = actor.today(work.now)
    if today <= last_day_in_time(policy, calendar, ended_at):
        return None
    return calendar.business_days_between(actor.today(ended_at), today)
