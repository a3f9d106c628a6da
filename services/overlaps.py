"""Minutes that a person has counted twice: their other contacts at the time of a note."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import or_, select

from models.contacts import Contact, ContactOrigin, ContactState
from services.staff import Actor
from services.work import Work

_MINUTE: Final = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shared:
    """Whole minutes that lie in other contacts too, and whether one of these has a note; else all of them are calls that wait for one."""

    minutes: int = 0
    is_noted: bool = False


def shared(
    work: Work,
    actor: Actor,
    started_at: dt.datetime,
    ended_at: dt.datetime,
    *,
    client_id: uuid.UUID,
    but: uuid.UUID | None,
) -> Shared:
    """How much of this time lies in another contact of the actor's that has a note, or in a call that waits for one.

    What waits about the same client may be the contact that this note is about, and does not count; `but` is the note's own.
    """
    waits = (Contact.state == ContactState.UNNOTED) & (Contact.origin == ContactOrigin.CALL)
    about_others = or_(Contact.client_id.is_(None), Contact.client_id != client_id)
    rows = work.session.execute(
        select(Contact.state, Contact.started_at, Contact.ended_at)
        .where(
            Contact.workspace_id == work.workspace_id,
            Contact.staff_id == actor.id,
            or_(Contact.state == ContactState.NOTED, waits & about_others),
            Contact.started_at < ended_at,
            Contact.ended_at > started_at,
            *([Contact.id != but] if but is not None else []),
        )
        .order_by(Contact.started_at)
    ).all()
    total, counted_to = dt.timedelta(), started_at
    for _, begins, ends in rows:
        first, last = max(begins or ends, counted_to), min(ends, ended_at)
        if last > first:
            total += last - first
            counted_to = last
    return Shared(total // _MINUTE, any(state is ContactState.NOTED for state, _, _ in rows))
