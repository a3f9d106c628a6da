"""Contact requirements as a file says them: the name of a pack of the policy, or words.

Here: from one cell's text to requirements. Not here: storing them (requirements). No sentence repeats the cell.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Final

from models.policy import Pack, Policy
from models.requirements import RequiredContact
from services.csv_cells import UnreadableError
from services.requirements import NewRequirement

NONE: Final = "none"
MOST: Final = 6
DAYS_MOST: Final = 366
GRACE_MOST: Final = 60
HOME_MOST: Final = 12

_RHYTHM: Final = re.compile(r"(visit|contact) (?:every|each) (?:(\d{1,3}) days?|month)", re.ASCII)
_GRACE: Final = re.compile(r"grace (\d{1,3})(?: days?)?", re.ASCII)
_HOME: Final = re.compile(r"home every (\d{1,3})", re.ASCII)
_KINDS: Final = {"visit": RequiredContact.FACE_TO_FACE, "contact": RequiredContact.ANY}


def read_requirements(cell: str, policy: Policy, today: dt.date) -> tuple[NewRequirement, ...]:
    """The requirements that a cell names, parted by semicolons; `none` alone says that there are none.

    Errors: UnreadableError.
    """
    parts = [" ".join(part.split()).lower() for part in cell.split(";") if part.strip()]
    if parts == [NONE]:
        return ()
    found: list[NewRequirement] = []
    for part in parts:
        pack = policy.packs.get(part)
        if pack is not None and pack.until is not None and pack.until < today:
            raise UnreadableError("A pack that is named here has ended. Name another one, or write it in words.")
        found += _of_pack(part, pack) if pack is not None else [_in_words(part)]
    if len(set(found)) < len(found):
        raise UnreadableError("The same requirement stands here twice. Keep one of the two.")
    if len(found) > MOST:
        raise UnreadableError("These are more than six requirements. Keep those that matter.")
    return tuple(found)


def in_words(standing: Iterable[NewRequirement]) -> str:
    """Requirements as a cell would name them: each pack once, everything else in words; none is `none`."""
    parts = (each.pack or _words(each) for each in standing)
    return "; ".join(dict.fromkeys(parts)) or NONE


def of_program(policy: Policy, program: str, today: dt.date) -> tuple[NewRequirement, ...]:
    """The requirements that the policy has for a client's program; a pack that has ended asks for nothing."""
    name = policy.programs.get(program)
    pack = policy.packs[name] if name is not None else None
    if name is None or pack is None or (pack.until is not None and pack.until < today):
        return ()
    return tuple(_of_pack(name, pack))


def _of_pack(name: str, pack: Pack) -> list[NewRequirement]:
    return [
        NewRequirement(
            RequiredContact(each.kind.value),
            each.every_days,
            each.grace_days,
            each.home_every,
            name,
            pack.from_,
            pack.until,
        )
        for each in pack.requirements
    ]


def _words(each: NewRequirement) -> str:
    kind = next(word for word, kind in _KINDS.items() if kind is each.kind)
    rhythm = "month" if each.every_days is None else "1 day" if each.every_days == 1 else f"{each.every_days} days"
    grace = f", grace {each.grace_days}" if each.grace_days else ""
    home = f", home every {each.home_every}" if each.home_every else ""
    return f"{kind} every {rhythm}{grace}{home}"


def _in_words(part: str) -> NewRequirement:
    """`visit every 90 days, grace 10, home every 2`, or `contact every month`."""
    rhythm, *more = [each.strip() for each in part.split(",")]
    match = _RHYTHM.fullmatch(rhythm)
    if match is None:
        raise UnreadableError(
            "This is no contact requirement. Name a pack of the policy, or write words such as: "
            "visit every 90 days, grace 10, home every 2; contact every month."
        )
    days = int(match[2]) if match[2] else None
    if days is not None and not 1 <= days <= DAYS_MOST:
        raise UnreadableError("A contact can be asked for every 1 to 366 days.")
    grace, home = 0, 0
    for each in more:
        if (said := _GRACE.fullmatch(each)) and not grace:
            grace = int(said[1])
        elif (said := _HOME.fullmatch(each)) and not home:
            home = int(said[1])
        else:
            raise UnreadableError("After the first comma only this may stand, each once: grace 10, home every 2.")
    if grace > GRACE_MOST or (days is not None and grace >= days):
        raise UnreadableError("The days of grace are at most 60, and fewer than the days between two contacts.")
    if home > HOME_MOST or (home and match[1] != "visit"):
        raise UnreadableError("Only a visit can be at home, and at least every twelfth one.")
    return NewRequirement(_KINDS[match[1]], days, grace, home)
