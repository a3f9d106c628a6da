"""Units of one author's note: counted with the contacts of its day or month, and what has to be looked at before it is signed.

Here: reading what counts together, by the policy in force. Not here: the rules themselves (units). Days and months are the author's own.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, select

from models.clients import ClientProfile
from models.contacts import Contact, ContactState
from models.note_document import Activity, Method
from models.policy_units import Units
from models.units import FrozenUnits, NotBilled
from privacy.grants import Purpose, system_grant
from services import policies, units
from services.hours import instant_of
from services.staff import Actor
from services.units import NEWEST, Rule, Stretch, Together
from services.work import Work

# So many contacts of one author in one day are looked at; nobody has as many.
A_DAY_MOST: Final = 200
# So many contacts about one client in one month count together.
A_MONTH_MOST: Final = 1000
_A_DAY: Final = dt.timedelta(1)


@dataclass(frozen=True, slots=True)
class Spent:
    """A contact as its units are counted: whose, when, how long, how, and doing what.

    `contact_id` is its own row, if it has one, which is not counted beside itself; `group_id` that of its visit to several clients.
    """

    client_id: uuid.UUID
    ended_at: dt.datetime
    minutes: int
    method: Method | None
    activities: Collection[Activity]
    contact_id: uuid.UUID | None = None
    group_id: uuid.UUID | None = None

    @property
    def started_at(self) -> dt.datetime:
        """The start, which nobody is asked for."""
        return self.ended_at - dt.timedelta(minutes=self.minutes)

    def stretch(self, *, billed: bool) -> Stretch:
        """Its time among that of others."""
        return Stretch(self.client_id, self.started_at, self.ended_at, self.minutes, billed, self.group_id)


@dataclass(frozen=True, slots=True)
class UnitsAhead:
    """What a note's units would be if it were signed now, and how many its author's day makes with it.

    `day_units` is None where the rule counts no quarter hours.
    """

    counted: FrozenUnits
    day_units: int | None
    day_most: int

    @property
    def too_many(self) -> bool:
        """Whether the author's day has more units than the agency lets pass without a word."""
        return self.counted.units > 0 and self.day_units is not None and self.day_units > self.day_most


def count(work: Work, actor: Actor, profile: ClientProfile, spent: Spent) -> FrozenUnits:
    """The units of a note as it is signed, by the rule of its client's programme.

    Errors: PolicyError.
    """
    policy = policies.in_force(work).units
    return _counted(work, actor, policy, _rule(policy, profile), spent)


def of_attempt(work: Work, profile: ClientProfile) -> FrozenUnits:
    """The units of somebody who was tried and not reached: none, by any rule.

    Errors: PolicyError.
    """
    return units.freeze(_rule(policies.in_force(work).units, profile), 0, (), NotBilled.ATTEMPT)


def ahead(work: Work, actor: Actor, profile: ClientProfile, spent: Spent) -> UnitsAhead:
    """The units that a note would have, and how many the author's day makes with it.

    Errors: PolicyError.
    """
    policy = policies.in_force(work).units
    rule = _rule(policy, profile)
    counted = _counted(work, actor, policy, rule, spent)
    mine = spent.stretch(billed=counted.not_billed is None)
    today = _authors(work, actor, *_day(actor, spent.ended_at), spent.contact_id)
    return UnitsAhead(counted, units.day_units(rule, [*today, mine]), policy.day_most)


def _rule(policy: Units, profile: ClientProfile) -> Rule:
    return NEWEST[policy.rule_of(profile.program.reveal(system_grant(Purpose.MATCH)))]


def _counted(work: Work, actor: Actor, policy: Units, rule: Rule, spent: Spent) -> FrozenUnits:
    methods, alone = frozenset(policy.unbilled_methods), frozenset(policy.unbilled_alone)
    lowered = units.not_billed(spent.method, spent.activities, methods, alone)
    before = () if lowered is not None else _before(work, actor, rule, spent)
    return units.freeze(rule, spent.minutes, before, lowered)


def _before(work: Work, actor: Actor, rule: Rule, spent: Spent) -> Sequence[int]:
    """The minutes of the contacts that are counted with this one, which have notes and may be billed."""
    match rule.together:
        case Together.ALONE:
            return ()
        case Together.DAY:
            since, until = _day(actor, spent.ended_at)
        case Together.MONTH | Together.MONTH_OF_AUTHOR:
            since, until = _month(actor, spent.ended_at)
    whose = [Contact.staff_id == actor.id] if rule.together is Together.MONTH_OF_AUTHOR else []
    found = work.session.scalars(
        select(Contact.minutes)
        .where(*_noted(work, since, until, spent.contact_id), Contact.client_id == spent.client_id, *whose)
        .where(Contact.billable.is_not(False))
        .order_by(Contact.ended_at, Contact.id)
        .limit(A_MONTH_MOST)
    )
    return [minutes for minutes in found if minutes is not None]


def _authors(
    work: Work, actor: Actor, since: dt.datetime, until: dt.datetime, but: uuid.UUID | None
) -> Sequence[Stretch]:
    """The author's noted contacts that ended in this time."""
    rows = work.session.execute(
        select(
            Contact.client_id,
            Contact.started_at,
            Contact.ended_at,
            Contact.minutes,
            Contact.billable,
            Contact.group_id,
        )
        .where(*_noted(work, since, until, but), Contact.staff_id == actor.id)
        .order_by(Contact.ended_at, Contact.id)
        .limit(A_DAY_MOST)
    )
    return [
        Stretch(client_id, started_at, ended_at, minutes, billable is not False, group_id)
        for client_id, started_at, ended_at, minutes, billable, group_id in rows
        if started_at is not None and minutes is not None
    ]


def _noted(
    work: Work, since: dt.datetime, until: dt.datetime, but: uuid.UUID | None
) -> tuple[ColumnElement[bool], ...]:
    found = (
        Contact.workspace_id == work.workspace_id,
        Contact.state == ContactState.NOTED,
        Contact.ended_at >= since,
        Contact.ended_at < until,
    )
    return found if but is None else (*found, Contact.id != but)


def _day(actor: Actor, moment: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    day = actor.today(moment)
    return instant_of(day, 0, actor.zone), instant_of(day + _A_DAY, 0, actor.zone)


def _month(actor: Actor, moment: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    first = actor.today(moment).replace(day=1)
    after = (first + dt.timedelta(31)).replace(day=1)
    return instant_of(first, 0, actor.zone), instant_of(after, 0, actor.zone)
