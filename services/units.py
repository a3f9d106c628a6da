"""Units: from minutes to what is billed, one pure function a rule. Integers only; nothing here reads or stores anything.

Here: the rules with their versions, what a contact adds to its day or month, what is never billed, overlaps, and a day's most.
Not here: whose contacts count together (unit_days), and which rule a client's programme has (the policy).
A rule that changes gets a new version beside the old one: what was signed is counted by the version it names, for ever.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from models.note_document import Activity, Method
from models.units import Component, FrozenUnits, NotBilled, UnitRule

Total: TypeAlias = Callable[[Sequence[int]], int]

QUARTER: Final = 15
_A_MINUTE: Final = dt.timedelta(minutes=1)


class Together(StrEnum):
    """Which contacts are counted together: each alone, or those about one client, of a day or of a month."""

    ALONE = "alone"
    DAY = "day"
    MONTH = "month"
    MONTH_OF_AUTHOR = "month_of_author"


class Carried(NamedTuple):
    """Whole units, and the minutes that are left for a later contact."""

    units: int
    minutes: int


def cms8(minutes: int) -> int:
    """8 to 22 minutes are one unit, 23 to 37 two, and so on.

    Source: CMS 100-04 chapter 5 §20.2.
    """
    return (minutes + 7) // QUARTER


def az_first1_half(minutes: int) -> int:
    """One minute is the first unit; each further one needs at least half of it.

    Source: AHCCCS, T1016 billing instructions, revised. Half of a unit are 7.5 minutes, so 8 whole ones.
    """
    return max(1, (minutes + 7) // QUARTER) if minutes > 0 else 0


def whole_units_carry(minutes: int, carried: int = 0) -> Carried:
    """Complete units only; what is left is carried to the author's next contact about the client in the month.

    Source: Missouri, EVV rounding and rollover (for home care; confirm it for case management).
    """
    return Carried(*divmod(minutes + carried, QUARTER))


def min15_sum_day(day: Sequence[int]) -> int:
    """Whole quarter hours of all that was done for the client on the day: less than one is none.

    Source: Broward CSC, case management billing guidelines.
    """
    return sum(day) // QUARTER


def nearest_quarter(minutes: int) -> int:
    """Quarter hours, rounded to the nearest.

    Source: Dane County, Wisconsin, case noting.
    """
    return (2 * minutes + QUARTER) // (2 * QUARTER)


def exact_minutes(minutes: int) -> int:
    """The minutes themselves, not rounded.

    Source: Accend, Minnesota; CMS questions and answers.
    """
    return minutes


def month(contacts: int) -> int:
    """One unit for a month with at least one contact that counts.

    Source: 12VAC30-50-440 A.2.
    """
    return min(1, contacts)


def five_min(minutes: int) -> int:
    """Whole units of five minutes.

    Source: Missouri DMH, targeted case management (confirm it).
    """
    return minutes // 5


def _each(count: Callable[[int], int]) -> Total:
    return lambda several: sum(count(minutes) for minutes in several)


def _carrying(several: Sequence[int]) -> int:
    units, left = 0, 0
    for minutes in several:
        counted = whole_units_carry(minutes, left)
        units, left = units + counted.units, counted.minutes
    return units


def _months(several: Sequence[int]) -> int:
    return month(len(several))


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of one version: which contacts it counts together, and how. `quarters`: its unit is a quarter of an hour."""

    name: UnitRule
    version: int
    total: Total
    together: Together = Together.ALONE
    quarters: bool = True

    def adds(self, before: Sequence[int], minutes: int) -> int:
        """The units that a contact adds to those it is counted with: with the others, less without them."""
        return self.total([*before, minutes]) - self.total(before)


_ALL: Final = (
    Rule(UnitRule.CMS8, 1, _each(cms8)),
    Rule(UnitRule.AZ_FIRST1_HALF, 1, _each(az_first1_half)),
    Rule(UnitRule.WHOLE_UNITS_CARRY, 1, _carrying, Together.MONTH_OF_AUTHOR),
    Rule(UnitRule.MIN15_SUM_DAY, 1, min15_sum_day, Together.DAY),
    Rule(UnitRule.NEAREST_QUARTER, 1, _each(nearest_quarter)),
    Rule(UnitRule.EXACT_MINUTES, 1, _each(exact_minutes), quarters=False),
    Rule(UnitRule.MONTH, 1, _months, Together.MONTH, quarters=False),
    Rule(UnitRule.FIVE_MIN, 1, _each(five_min), quarters=False),
)
# Every version there ever was, and the newest of each rule.
RULES: Final[Mapping[tuple[UnitRule, int], Rule]] = MappingProxyType({(rule.name, rule.version): rule for rule in _ALL})
NEWEST: Final[Mapping[UnitRule, Rule]] = MappingProxyType({rule.name: rule for rule in _ALL})


def freeze(rule: Rule, minutes: int, before: Sequence[int], not_billed: NotBilled | None = None) -> FrozenUnits:
    """What a note keeps of its units. A reason not to bill makes them none; nothing ever makes them more."""
    units = 0 if not_billed is not None else rule.adds(before, minutes)
    return FrozenUnits(rule=rule.name, version=rule.version, minutes=minutes, units=units, not_billed=not_billed)


def not_billed(
    method: Method | None,
    activities: Collection[Activity],
    methods: AbstractSet[Method],
    alone: AbstractSet[Activity],
) -> NotBilled | None:
    """Why a note's minutes count for nothing, or None: its method is never billed, or nothing but such activities were done.

    It lowers only. Attempts are no notes: they have no minutes and no units.
    """
    if method is not None and method in methods:
        return NotBilled.METHOD
    if activities and set(activities) <= alone:
        return NotBilled.DIRECT_SERVICE
    return None


# Source: 42 CFR 440.169(d)(1) to (4). Crisis support alone is none of them.
_COMPONENTS: Final[Mapping[Activity, Component]] = MappingProxyType(
    {
        Activity.ASSESSED: Component.ASSESSMENT,
        Activity.PLANNED: Component.CARE_PLAN,
        Activity.LINKED: Component.REFERRAL,
        Activity.REFERRED: Component.REFERRAL,
        Activity.COORDINATED: Component.REFERRAL,
        Activity.ADVOCATED: Component.REFERRAL,
        Activity.EDUCATED: Component.REFERRAL,
        Activity.MONITORED: Component.MONITORING,
        Activity.REVIEWED: Component.MONITORING,
    }
)


def components(activities: Iterable[Activity]) -> tuple[Component, ...]:
    """The components of service that these activities belong to, in the order of the rule."""
    found = {_COMPONENTS[each] for each in activities if each in _COMPONENTS}
    return tuple(each for each in Component if each in found)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time of one contact of an author. `group_id` binds contacts whose minutes were split among the clients of one visit."""

    client_id: uuid.UUID | None
    started_at: dt.datetime
    ended_at: dt.datetime
    minutes: int
    billed: bool = True
    group_id: uuid.UUID | None = None


def overlap_minutes(mine: Stretch, others: Iterable[Stretch]) -> int:
    """How many whole minutes of a contact lie in other contacts of its author, each minute once.

    The contacts of one group end together and share out their minutes: they do not overlap each other.
    """
    parts = sorted(
        (max(mine.started_at, other.started_at), min(mine.ended_at, other.ended_at))
        for other in others
        if mine.group_id is None or other.group_id != mine.group_id
    )
    found, until = dt.timedelta(), mine.started_at
    for starts, ends in parts:
        begins = max(starts, until)
        if ends > begins:
            found += ends - begins
            until = ends
    return found // _A_MINUTE


def day_units(rule: Rule, day: Iterable[Stretch]) -> int | None:
    """The quarter hours that an author's contacts of one day make by a rule, client by client; None for a rule in other units."""
    if not rule.quarters:
        return None
    of_client: defaultdict[uuid.UUID | None, list[int]] = defaultdict(list)
    for each in day:
        if each.billed:
            of_client[each.client_id].append(each.minutes)
    return sum(rule.total(minutes) for minutes in of_client.values())


def split(minutes: int, clients: int) -> tuple[int, ...]:
    """The minutes of one visit shared out equally among its clients; what is left over goes to the first.

    Errors: ValueError for fewer minutes than clients, or no client.
    """
    if clients < 1 or minutes < clients:
        raise ValueError("Each client needs a minute of their own.")
    share, rest = divmod(minutes, clients)
    return (share + rest, *[share] * (clients - 1))
