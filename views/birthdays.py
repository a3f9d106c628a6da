"""A day long ago, typed: choosing it in a calendar takes a tap for every month since."""

from __future__ import annotations

from dataclasses import dataclass

from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from services import csv_days
from views.known import Look
from views.widgets import Raw, Text


@dataclass(frozen=True, kw_only=True)
class Birthday(Text):
    """A date of birth, in one of the ways in which files write days."""

    most: int = 20

    def raw(self, look: Look, name: str) -> Raw | None:
        """The day as ISO writes it, or what was typed where that is no day; None when nothing was."""
        typed = super().raw(look, name)
        day = _day(typed)
        return typed if day is None else day

    def problem(self, raw: Raw) -> str | None:
        """Whatever cannot be read as a day."""
        return "not_a_birthday" if isinstance(raw, Phi) else None


def _day(typed: Raw | None) -> str | None:
    if not isinstance(typed, Phi):
        return None
    try:
        return csv_days.day(typed.reveal(system_grant(Purpose.VALIDATE)).strip()).isoformat()
    except csv_days.UnreadableError:
        return None
