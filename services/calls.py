"""Calls that ended: each becomes one contact that waits for its note, an attempt that waits for its word, or nothing.

Here: storing what a phone system told. Not here: whose call it was (callers), how it was told (phone_systems, hooks), and
the message to the staff member (after_call). No number is stored.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import select

from models.base import new_id, new_reference
from models.calls import PhoneCall
from models.contact_words import ContactWords
from models.contacts import Contact, ContactKind, ContactOrigin, ContactState
from services import audit, contact_words, policies
from services.callers import Whose
from services.phone_systems import Call
from services.work import Work

PHONE_CALL: Final = "phone_call"
# The forms take no more; a line that stood open longer was not spoken on.
MINUTES_MOST: Final = 720


class Outcome(StrEnum):
    """What came of a call."""

    KNOWN = "known"
    NOBODY = "nobody"
    TOO_SHORT = "too_short"
    CONTACT = "contact"
    ATTEMPT = "attempt"


@dataclass(frozen=True, slots=True)
class Received:
    """What came of a call, and who is to be told."""

    outcome: Outcome
    staff_id: uuid.UUID | None = None


def receive(work: Work, hook_id: uuid.UUID, call: Call, whose: Whose) -> Received:
    """Store a call once, and the contact that it was. The same call told again changes nothing.

    Errors: Conflict when the same call is stored by another process at this moment.
    """
    index = work.keys.index(PHONE_CALL, "call", f"{hook_id}:{call.id}")
    known = select(PhoneCall.id).where(PhoneCall.workspace_id == work.workspace_id, PhoneCall.call_index == index)
    if work.session.scalar(known) is not None:
        return Received(Outcome.KNOWN)
    outcome = _outcome(work, call, whose)
    contact_id = None
    if outcome in {Outcome.CONTACT, Outcome.ATTEMPT} and whose.staff_id is not None:
        contact_id = _open_contact(work, call, whose, whose.staff_id)
    row_id = new_id()
    work.session.add(
        PhoneCall(
            workspace_id=work.workspace_id,
            id=row_id,
            hook_id=hook_id,
            call_index=index,
            contact_id=contact_id,
            received_at=work.now,
        )
    )
    audit.record(work, audit.Action.CALL_RECEIVE, actor=None, subject=(PHONE_CALL, row_id), rule=outcome.value)
    return Received(outcome, whose.staff_id if contact_id else None)


def _outcome(work: Work, call: Call, whose: Whose) -> Outcome:
    if whose.staff_id is None:
        return Outcome.NOBODY
    if not call.answered:
        return Outcome.ATTEMPT
    counts = call.seconds >= policies.in_force(work).deadlines.call_counts_from
    return Outcome.CONTACT if counts else Outcome.TOO_SHORT


def _open_contact(work: Work, call: Call, whose: Whose, staff_id: uuid.UUID) -> uuid.UUID:
    minutes = -(-call.seconds // 60)
    row = Contact(
        workspace_id=work.workspace_id,
        ref=new_reference("K"),
        client_id=whose.client_ids[0] if len(whose.client_ids) == 1 else None,
        staff_id=staff_id,
        kind=ContactKind.COLLATERAL if call.answered else ContactKind.ATTEMPT,
        state=ContactState.UNNOTED,
        origin=ContactOrigin.CALL,
        started_at=call.ended_at - dt.timedelta(seconds=call.seconds) if call.answered else None,
        ended_at=call.ended_at,
        minutes=minutes if call.answered and minutes <= MINUTES_MOST else None,
        created_at=work.now,
    )
    # Several clients have this number: who it may have been is kept sealed until the person says who it was.
    several = ContactWords(candidates=whose.client_ids) if len(whose.client_ids) > 1 else None
    words = contact_words.write(work, row, several) if several else None
    work.session.add(row)
    work.session.flush()
    audit.record(
        work,
        audit.Action.CONTACT_OPEN,
        actor=None,
        subject=(contact_words.CONTACT, row.id),
        version=row.words_version,
        sealed=words,
        rule=row.origin.value,
    )
    return row.id
