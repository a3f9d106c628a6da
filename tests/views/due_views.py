"""The states of *Who is due*, and of the modal that says that a client is away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from models.requirements import PauseReason, RequiredContact
from services.requirements import Away, DueLine
from services.windows import DAY, Window, WindowState
from tests.views import samples
from views import requirements
from views.blocks import PrivateView
from views.requirements import Whence

TODAY = samples.NOW.astimezone(samples.ZONE).date()
VISIT, ANY = RequiredContact.FACE_TO_FACE, RequiredContact.ANY


def line(
    number: int,
    state: WindowState,
    closes_in: int | None,
    grace: int = 0,
    *,
    kind: RequiredContact = VISIT,
    home_due: bool = False,
    away: Away | None = None,
) -> DueLine:
    """One line about the sample client, whose window closes in so many days."""
    closes = TODAY + closes_in * DAY if closes_in is not None else None
    ends = closes + grace * DAY if closes is not None else None
    return DueLine(f"Q-{number:016d}", samples.client(), kind, home_due, Window(closes, ends, state), away)


def every_state() -> list[DueLine]:
    """A line of each kind."""
    hospital = Away(PauseReason.HOSPITAL, TODAY - 2 * DAY, None)
    elsewhere = Away(PauseReason.INSTITUTION, TODAY - 2 * DAY, TODAY + 5 * DAY)
    trip = Away(PauseReason.AWAY, TODAY + 3 * DAY, TODAY + 5 * DAY)
    return [
        line(1, WindowState.LAPSED, -14, 10, home_due=True),
        line(2, WindowState.LAPSED, -1),
        line(3, WindowState.GRACE, -10, 10),
        line(4, WindowState.GRACE, -4, 10, home_due=True),
        line(5, WindowState.OPEN, 0),
        replace(line(6, WindowState.OPEN, 1, kind=ANY), backup=True),
        line(7, WindowState.OPEN, 30, away=trip),
        line(8, WindowState.PAUSED, None, away=hospital),
        line(9, WindowState.PAUSED, 20, away=elsewhere),
    ]


def many(page: int) -> PrivateView:
    """A page of 25 lines."""
    lines = [line(number, WindowState.OPEN, number) for number in range(1, 26)]
    return requirements.who_is_due(lines, samples.GRANT, TODAY, page)


def pausing() -> PrivateView:
    """The modal for the sample client."""
    whence = Whence("Q-0000000000000001")
    return requirements.away(samples.client(), samples.GRANT, whence, samples.NOW, samples.ZONE)


VIEWS: dict[str, Callable[[], PrivateView]] = {
    "due": lambda: requirements.who_is_due(every_state(), samples.GRANT, TODAY),
    "due_none": lambda: requirements.who_is_due([], samples.GRANT, TODAY),
    "due_first_page": lambda: many(0),
    "due_last_page": lambda: many(dt.MAXYEAR),
    "due_away": pausing,
}
