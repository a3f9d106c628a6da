"""How minutes become units, as the policy says it. The arithmetic stands in services.units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from models.note_document import Activity, Method
from models.policy_part import Part
from models.policy_words import Number, Words
from models.units import UnitRule


class Units(Part):
    """How minutes become units, for the agency and for single programmes, and from how many in a day a person is warned.

    For no unit at all count contacts made in one of the `unbilled_methods`, and those in which nothing but `unbilled_alone` was done.
    """

    rule: UnitRule
    source: Words
    programs: Mapping[Words, UnitRule]
    day_most: Annotated[Number, Field(ge=1, le=96)]
    unbilled_methods: tuple[Method, ...]
    unbilled_alone: tuple[Activity, ...]

    def rule_of(self, program: str) -> UnitRule:
        """The rule for a client of this programme."""
        return self.programs.get(program, self.rule)
