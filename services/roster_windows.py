"""The contact requirements of clients who are new: counted from what the agency knew before Noted, as rows to store.

Here: clients without contacts and pauses in Noted, thousands of them without asking the database. Not here: everybody else
(requirements), the arithmetic (windows).
"""

from __future__ import annotations

import datetime as dt
import uuid

from models.base import new_id, new_reference
from services import windows
from services.requirements import NewRequirement
from services.roster_rows import Before
from services.windows import Rhythm, Seen, WindowState


def first_window(client_id: uuid.UUID, facts: NewRequirement, before: Before, today: dt.date) -> dict[str, object]:
    """The row of a requirement that begins today for a client who is new."""
    from_on = max(today, facts.from_on or today)
    rhythm = Rhythm(facts.kind, facts.every_days, facts.grace_days, facts.home_every, from_on, facts.until_on)
    counted = windows.count(rhythm, _seen(before), ())
    window = windows.look(rhythm, counted.closes_on, (), today)
    return {
        "id": new_id(),
        "ref": new_reference("Q"),
        "client_id": client_id,
        "kind": facts.kind,
        "every_days": facts.every_days,
        "grace_days": facts.grace_days,
        "home_every": facts.home_every,
        "pack": facts.pack,
        "from_on": from_on,
        "until_on": facts.until_on,
        "anchor_on": counted.anchor_on,
        "closes_on": None if window.state is WindowState.ENDED else window.closes_on,
        "home_due": counted.home_due,
    }


def _seen(before: Before) -> list[Seen]:
    return [
        Seen(each, face_to_face=face_to_face, at_home=at_home)
        for each, face_to_face, at_home in (
            (before.contact_on, False, False),
            (before.visit_on, True, False),
            (before.home_visit_on, True, True),
        )
        if each is not None
    ]
