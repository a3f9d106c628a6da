"""Whom a form may be about: whoever its author may write about today, or whose contact they were at when they had the client.

Here: the day that counts, and telling the trail of an unusual reason. Not here: the rule itself (decisions), finding clients (access).
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from models.clients import Client
from models.forms import Answers, FormKind, FormRow
from services import access, clients, form_contacts
from services.access import Reached
from services.decisions import Deed, Obligation
from services.form_contacts import ENDED
from services.refusals import Part2Closed
from services.staff import Actor
from services.work import Work

_NOTES: Final = frozenset({FormKind.COLLATERAL, FormKind.FACE_TO_FACE})


def deed_of(kind: FormKind) -> Deed:
    """What signing a form of this kind does."""
    return Deed.NOTE_WRITE if kind in _NOTES else Deed.CONTACT_KEEP


def standing_in(work: Work, actor: Actor, row: FormRow, ref: str, answers: Answers) -> Reached | None:
    """The client of this reference, if a form in which these answers stand may be about them; else None, as if there were none."""
    return signed_for(work, actor, row, ref, end_of(answers))


def signed_for(
    work: Work, actor: Actor, row: FormRow, ref: str, ended_at: dt.datetime | None, deed: Deed | None = None
) -> Reached | None:
    """The client of this reference, if the form's contact, which ended then, may be written about; else None.

    Whoever lost the client meanwhile must have had them on the day of the contact, and either on the day on which the form was
    opened or as the contact's own client: a form that is begun later is about somebody else.
    """
    contact = form_contacts.of_row(work, row)
    about = contact.client_id if contact is not None else None
    if ended_at is None:
        ended_at = contact.ended_at if contact is not None else row.opened_at
    days = {actor.today(ended_at), *([actor.today(row.opened_at)] if about is None else [])}
    reached = access.reach(work, actor, ref, deed or deed_of(row.kind), days)
    if reached is None or about in {None, reached.client.id}:
        return reached
    return None if Obligation.THIS_CONTACT_ONLY in reached.decision.obligations else reached


def require_open(work: Work, client: Client) -> None:
    """Stop before anything is signed about a client whose records Noted cannot hold yet.

    Errors: Part2Closed.
    """
    if clients.opened(work, client, clients.key_of(work, client.id)).part2:
        raise Part2Closed


def end_of(answers: Answers) -> dt.datetime | None:
    """When the contact ended, as far as the form says it."""
    chosen = next(iter(answers.chosen.get(ENDED, ())), "")
    try:
        return dt.datetime.fromtimestamp(int(chosen), dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None
