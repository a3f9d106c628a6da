"""The states of emergencies: the form, one that is open, their reviews, the message, and App Home."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from privacy.phi import Phi
from services.alarms import Alarm, Broken
from services.glass import Emergency, OpenGlass
from services.glass_reviews import GlassLine, GlassSheet, Kind, Owed
from tests.views.samples import GRANT, NOW, ZONE, client, overview
from views.blocks import PrivateView, SafeBlocks
from views.glass import alarm_message, glass_form, opened
from views.glass_reviews import review, review_list
from views.home import home

OPEN: Final = Emergency("E-0000000000000001", client(), 43, NOW + dt.timedelta(minutes=43))
LATE: Final = GlassLine(
    "E-0000000000000002", "Dan Doe", NOW - dt.timedelta(days=4), 60, is_open=False, is_late=True, reviewed_at=None
)
FRESH: Final = replace(LATE, ref="E-0000000000000003", opened_at=NOW - dt.timedelta(hours=3), minutes=1, is_late=False)
RUNNING: Final = replace(FRESH, ref="E-0000000000000004", opened_at=NOW - dt.timedelta(minutes=17), is_open=True)
DONE: Final = replace(LATE, ref="E-0000000000000005", is_late=False, reviewed_at=NOW)
SHEET: Final = GlassSheet(
    LATE, Phi("Her sister called: she stands on the bridge."), {Kind.READ: 3, Kind.SIGNED: 1}, None
)

VIEWS: Final[Mapping[str, Callable[[], PrivateView]]] = {
    "glass_form": lambda: glass_form([], GRANT, NOW, ZONE),
    "glass_form_open": lambda: glass_form([OPEN], GRANT, NOW, ZONE),
    "glass_opened": lambda: opened(replace(OPEN, left=1), GRANT, ZONE),
    "glass_reviews": lambda: review_list([LATE, FRESH, RUNNING, DONE], NOW, ZONE),
    "glass_reviews_none": lambda: review_list([], NOW, ZONE),
    "glass_review": lambda: review(SHEET, GRANT, NOW, ZONE),
    "glass_review_nothing": lambda: review(GlassSheet(FRESH, None, {}, None), GRANT, NOW, ZONE),
    "glass_review_done": lambda: review(replace(SHEET, line=DONE, review=Phi("Needed.")), GRANT, NOW, ZONE),
}
MESSAGES: Final[Mapping[str, Callable[[], SafeBlocks]]] = {
    "message_glass": lambda: alarm_message(Alarm((Broken("U0DAN", 60),), reviews=False)),
    "message_glass_officer": lambda: alarm_message(Alarm((Broken("U0DAN", 60), Broken("", 60)), reviews=True)),
    "home_glass": lambda: home(
        replace(
            overview(busy=False),
            emergencies=(OpenGlass(OPEN.ref, 43), OpenGlass(FRESH.ref, 1)),
            may_break=True,
            reviews=Owed(2, 1, dt.timedelta(days=4)),
        )
    ),
}
