"""The words of billing units, and what of them stands frozen in a signed note.

Here: which rules there are, why minutes may count for none, and the component of service. Not here: the arithmetic (services.units),
and which rule counts where (the policy).
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from privacy.documents import Document


class UnitRule(StrEnum):
    """How minutes become units. Each word stands for ever: a signed note names the rule and the version it was counted by."""

    CMS8 = "cms8"
    AZ_FIRST1_HALF = "az_first1_half"
    WHOLE_UNITS_CARRY = "whole_units_carry"
    MIN15_SUM_DAY = "min15_sum_day"
    NEAREST_QUARTER = "nearest_quarter"
    EXACT_MINUTES = "exact_minutes"
    MONTH = "month"
    FIVE_MIN = "five_min"


class NotBilled(StrEnum):
    """Why the minutes of a contact count for no unit, whatever the rule says: it lowers only."""

    ATTEMPT = "attempt"
    METHOD = "method_not_billed"
    DIRECT_SERVICE = "direct_service"


class Component(StrEnum):
    """The four components of case management. Source: 42 CFR 440.169(d)."""

    ASSESSMENT = "assessment"
    CARE_PLAN = "care_plan"
    REFERRAL = "referral_and_related"
    MONITORING = "monitoring_and_follow_up"


class FrozenUnits(Document):
    """The units of a note as they were counted when it was signed, beside the minutes they were counted from.

    Units: `minutes` are the raw ones, kept for ever; `units` are what this contact adds by the rule, in that rule's own unit.
    """

    rule: UnitRule
    version: int = Field(ge=1)
    minutes: int = Field(ge=0)
    units: int = Field(ge=0)
    not_billed: NotBilled | None = None
