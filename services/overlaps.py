"""Minutes that a person has counted twice: their other contacts at the time of a note."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import or_, select

from models.contacts import Contact, ContactOrigin, ContactState
from services import units
from services.staff import Actor
from services.units import Stretch
from services.work import Work


@dataclass(frozen=True, slots=True)
class Shared:
    """Whole minutes that lie in other contacts too, and whether one of these has a note; else all of them are calls that wait for one."""

    minutes: int = 0
    is_noted: bool = False


def shared(work: Work, actor: Actor, mine: Stretch, but: uuid.UUID | None) -> Shared:
    """How much of a note's time lies in another contact of the actor's that has a note, or in a call that waits for one.

    What waits about the same client may be the contact that this note is about, and does not count; `but` is the note's own. The
    contacts of one visit to several clients share out its minutes, and do not overlap.
    """
    waits = (Contact.state == ContactState.UNNOTED) & (Contact.origin == ContactOrigin.CALL)
    about_others = or_(Contact.client_id.is_(None), Contact.client_id != mine.client_id)
    rows = work.session.execute(
        select(Contact.state, Contact.client_id, Contact.started_at, Contact.ended_at, Contact.group_id)
        .where(
            Contact.workspace_id == work.workspace_id,
            Contact.staff_id == actor.id,
            or_(Contact.state == ContactState.NOTED, waits & about_others),
            Contact.started_at < mine.ended_at,
            Contact.ended_at > mine.started_at,
            *([Contact.id != but] if but is not None else []),
            *([Contact.group_id.is_distinct_from(mine.group_id)] if mine.group_id is not None else []),
        )
        .order_by(Contact.started_at)
    ).all()
    others = [Stretch(whose, begins or ends, ends, 0, group_id=group_id) for _, whose, begins, ends, group_id in rows]
    minutes = units.overlap_minutes(mine, others)
    return Shared(minutes, any(row.state is ContactState.NOTED for row in rows))
