"""What somebody typed in a form of the roster, read as a file's cell with the same words would be.

Here: from answers to values, and which of them cannot stand. Not here: what a cell may hold (csv_cells).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from services.csv_cells import UnreadableError
from services.refusals import FieldsRefused
from services.work import Work

T = TypeVar("T")


@dataclass(slots=True)
class Reading:
    """Answers on their way to facts, and which of them cannot stand."""

    work: Work
    wrong: dict[str, str] = field(default_factory=dict[str, str])

    def words(self, name: str, typed: Phi[str] | None, parse: Callable[[str], T], kind: str) -> T | None:
        """What a file's cell with the same words would be; None when it is empty or cannot stand."""
        words = typed.reveal(system_grant(Purpose.IMPORT)).strip() if typed is not None else ""
        if not words:
            return None
        try:
            return parse(words)
        except UnreadableError:
            self.wrong[name] = kind
            return None

    def need(self, name: str, typed: Phi[str], parse: Callable[[str], T], kind: str) -> T | None:
        """As `words`, where nothing is a mistake too."""
        found = self.words(name, typed, parse, kind)
        if found is None:
            self.wrong.setdefault(name, "write")
        return found

    def chosen(self, name: str, word: str, parse: Callable[[str], T], kind: str = "choose") -> T | None:
        """What was chosen, as a cell with the same word would be; None when it cannot stand."""
        try:
            return parse(word)
        except UnreadableError:
            self.wrong[name] = kind
            return None

    def require(self) -> None:
        """Go on only if everything can stand.

        Errors: FieldsRefused.
        """
        if self.wrong:
            raise FieldsRefused(self.wrong)
