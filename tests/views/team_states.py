"""The states of a supervisor's desk: the people with their counts, one person's open work, and App Home."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from models.contacts import ContactKind
from services.team_desk import NamedLine, PersonWork, TeamLine, WorkCounts, WorkLine
from tests.views.samples import GRANT, client, overview
from views.blocks import PrivateView, SafeBlocks
from views.home import home
from views.team_desk import board, person_work

ONE: Final = WorkCounts(1, 1, 1, 1, 1)
MANY: Final = WorkCounts(4, 2, 3, 2, 5)
NOTHING: Final = WorkCounts()
HOURS: Final = dt.timedelta(hours=1)
WORK: Final = PersonWork(
    name="Bob Bell",
    contacts=(
        WorkLine(client(), ContactKind.COLLATERAL, 75 * HOURS, is_late=True),
        WorkLine(None, ContactKind.FACE_TO_FACE, 5 * HOURS),
        WorkLine(None, ContactKind.ATTEMPT, HOURS / 2, is_named=False),
    ),
    follow_ups=(WorkLine(client(), days=-3), WorkLine(client(), days=-1)),
    windows=(
        WorkLine(client(), days=-20),
        WorkLine(client(), days=-2, grace=8),
        WorkLine(client(), days=0),
        WorkLine(client(), days=1),
    ),
    reviews=(WorkLine(client(), age=50 * HOURS),),
)
QUIET: Final = PersonWork("Bob Bell", (), (), (), ())

VIEWS: Final[Mapping[str, Callable[[], PrivateView]]] = {
    "team_board": lambda: board([_named(1, MANY), _named(2, ONE), _named(3, NOTHING)]),
    "team_board_none": lambda: board([]),
    "team_board_many": lambda: board([_named(number, ONE) for number in range(1, 96)]),
    "team_person": lambda: person_work(WORK, GRANT),
    "team_person_nothing": lambda: person_work(QUIET, GRANT),
    "team_person_many": lambda: person_work(
        replace(WORK, contacts=WORK.contacts * 10, follow_ups=WORK.follow_ups * 15, windows=WORK.windows * 9), GRANT
    ),
}
MESSAGES: Final[Mapping[str, Callable[[], SafeBlocks]]] = {
    "home_team": lambda: home(
        replace(overview(busy=False), team=(_line(1, MANY), _line(2, ONE), _line(3, NOTHING), _line(4, ONE, "")))
    ),
    "home_team_many": lambda: home(replace(overview(busy=False), team=tuple(_line(n, MANY) for n in range(1, 14)))),
}


def _named(number: int, counts: WorkCounts) -> NamedLine:
    return NamedLine(f"S-{number:016d}", f"Bob Bell {number}", counts)


def _line(number: int, counts: WorkCounts, user: str = "U0BOB") -> TeamLine:
    return TeamLine(f"S-{number:016d}", user, counts)
