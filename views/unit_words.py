"""Units and components of service as the screens say them."""

from __future__ import annotations

from collections.abc import Iterable

from models.units import Component, FrozenUnits, NotBilled, UnitRule

RULES = {
    UnitRule.CMS8: "8-minute rule",
    UnitRule.AZ_FIRST1_HALF: "first unit from 1 minute",
    UnitRule.WHOLE_UNITS_CARRY: "whole quarter hours, the rest carried over",
    UnitRule.MIN15_SUM_DAY: "whole quarter hours of the day",
    UnitRule.NEAREST_QUARTER: "nearest quarter hour",
    UnitRule.EXACT_MINUTES: "exact minutes",
    UnitRule.MONTH: "1 a month",
    UnitRule.FIVE_MIN: "5-minute units",
}
NOT_BILLED = {
    NotBilled.ATTEMPT: "an attempt is never billed",
    NotBilled.METHOD: "not billed when made this way",
    NotBilled.DIRECT_SERVICE: "direct service alone is not billed",
}
COMPONENTS = {
    Component.ASSESSMENT: "Assessment",
    Component.CARE_PLAN: "Care plan",
    Component.REFERRAL: "Referral and related activities",
    Component.MONITORING: "Monitoring and follow-up",
}


def units_words(counted: FrozenUnits) -> str:
    """`1 unit (8-minute rule)`, or why there are none: `0 units (direct service alone is not billed)`."""
    why = RULES[counted.rule] if counted.not_billed is None else NOT_BILLED[counted.not_billed]
    return f"{'1 unit' if counted.units == 1 else f'{counted.units} units'} ({why})"


def component_words(components: Iterable[Component]) -> str:
    """`Component: Assessment, Care plan`, or nothing for none."""
    words = ", ".join(COMPONENTS[each] for each in components)
    return f"Component: {words}" if words else ""
