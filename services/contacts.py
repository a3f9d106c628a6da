"""Contacts before their notes: what becomes of one that was planned, kept or told of by a phone.

Here: changes, counts, and which one a note is surely about. Not here: the lists that show whom they are about
(contact_lists), keeping and planning new ones (kept), attempts (attempts).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from models.contacts import Contact, ContactKind, ContactOrigin, ContactReason, ContactState
from models.forms import FormRow
from models.notes import Note
from models.staff import Staff, StaffState
from services import access, audit
from services.contact_words import CONTACT
from services.decisions import Deed
from services.follow_ups import OwnerLine
from services.refusals import FieldRefused, NotFound
from services.staff import Actor, profile_of
from services.work import Work

SAME_CONTACT: Final = dt.timedelta(minutes=10)
# Why a contact that took place needs no note of its own, and why a planned visit did not take place.
DISMISSALS: Final = (ContactReason.PERSONAL, ContactReason.NOT_A_CLIENT, ContactReason.ALREADY_NOTED)
CANCELLATIONS: Final = (ContactReason.CLIENT_CANCELLED, ContactReason.STAFF_CANCELLED, ContactReason.NO_SHOW)


def unnoted(work: Work, actor: Actor) -> Select[Contact]:
    """The actor's contacts without a note."""
    return select(Contact).where(
        Contact.workspace_id == work.workspace_id,
        Contact.staff_id == actor.id,
        Contact.state == ContactState.UNNOTED,
    )


def newest_first() -> tuple[ColumnElement[dt.datetime], ColumnElement[uuid.UUID]]:
    """The order of every list of contacts without a note."""
    return Contact.ended_at.desc(), Contact.id.desc()


def count_unnoted(work: Work, actor: Actor) -> int:
    """How many contacts of the actor have no note."""
    return work.session.scalar(select(func.count()).select_from(unnoted(work, actor).subquery())) or 0


def next_to_write(work: Work, actor: Actor) -> tuple[int, str]:
    """How many contacts without a note the actor may write about, and the next one's reference, or nothing.

    The others of the visit or conference that was written about last come first, then the newest.
    """
    mine = unnoted(work, actor).where(Contact.was_there_id.is_(None))
    waiting = work.session.scalars(mine.order_by(*newest_first())).all()
    reached = access.reach_contacts(work, actor, waiting, Deed.NOTE_WRITE)
    group_id = _last_group(work, actor) if any(each.group_id is not None for each in waiting) else None
    in_order = sorted(waiting, key=lambda each: group_id is None or each.group_id != group_id)
    refs = [each.ref for each in in_order if each.client_id is None or each.id in reached]
    return len(refs), refs[0] if refs else ""


def _last_group(work: Work, actor: Actor) -> uuid.UUID | None:
    """The visit or conference of the note that the actor signed last, if it was about several clients."""
    return work.session.scalar(
        select(Contact.group_id)
        .join(Note, and_(Note.workspace_id == Contact.workspace_id, Note.contact_id == Contact.id))
        .where(Note.workspace_id == work.workspace_id, Note.author_id == actor.id)
        .order_by(Note.signed_at.desc(), Note.id.desc())
        .limit(1)
    )


def left(work: Work, actor: Actor, row: FormRow) -> int:
    """How many contacts may still be written about, for a form that was opened from their list; 0 for any other."""
    return next_to_write(work, actor)[0] if row.from_list else 0


def waiting(
    work: Work, actor: Actor, client_id: uuid.UUID, kind: ContactKind, started_at: dt.datetime, ended_at: dt.datetime
) -> Contact | None:
    """The contact without a note that a note of this kind and time is surely about, the nearest one, or None.

    It ended within ten minutes of the note's end, or was planned for a time that the note's overlaps. Without it, a note
    begun with `/note call` would leave the call that is already known waiting, and it would be noted twice.
    """
    near = Contact.ended_at.between(ended_at - SAME_CONTACT, ended_at + SAME_CONTACT)
    planned = and_(
        Contact.origin == ContactOrigin.PLANNED, Contact.started_at <= ended_at, Contact.ended_at >= started_at
    )
    found = work.session.scalars(
        select(Contact)
        .where(
            Contact.workspace_id == work.workspace_id,
            Contact.staff_id == actor.id,
            Contact.client_id == client_id,
            Contact.kind == kind,
            Contact.state.in_((ContactState.UNNOTED, ContactState.PLANNED)),
            Contact.was_there_id.is_(None),
            or_(near, planned),
        )
        .with_for_update()
    ).all()
    return min(found, key=lambda each: abs(each.ended_at - ended_at), default=None)


def pass_planned(work: Work, staff_id: uuid.UUID | None = None) -> int:
    """Let every planned contact whose end has passed wait for its note, of one staff member or of all; how many they were."""
    passed = work.session.scalars(
        select(Contact)
        .where(
            Contact.workspace_id == work.workspace_id,
            Contact.state == ContactState.PLANNED,
            Contact.ended_at <= work.now,
            *([Contact.staff_id == staff_id] if staff_id is not None else []),
        )
        .order_by(Contact.id)
        .with_for_update()
    ).all()
    for contact in passed:
        contact.state = ContactState.UNNOTED
        audit.record(work, audit.Action.CONTACT_PASS, actor=None, subject=(CONTACT, contact.id))
    return len(passed)


def cancel(work: Work, actor: Actor, ref: str, reason: ContactReason) -> None:
    """Say why a planned visit did not take place, or why a contact needs no note. Nothing is deleted; twice is once.

    Errors: NotFound when it is not the actor's, or was noted or cancelled otherwise.
    """
    contact = _own(work, actor, ref)
    if contact.state is ContactState.CANCELLED and contact.reason is reason:
        return
    open_states = {ContactState.PLANNED, ContactState.UNNOTED} if reason in CANCELLATIONS else {ContactState.UNNOTED}
    # Whoever did not come to a call was not reached: that is an attempt.
    never_planned = reason in CANCELLATIONS and contact.origin is not ContactOrigin.PLANNED
    nobody_left = reason is ContactReason.AUTHOR_LEFT and contact.was_there_id is None
    if contact.state not in open_states or never_planned or nobody_left:
        raise NotFound
    contact.state = ContactState.CANCELLED
    contact.reason = reason
    audit.record(work, audit.Action.CONTACT_CANCEL, actor=actor.id, subject=(CONTACT, contact.id), rule=reason.value)


def give(work: Work, actor: Actor, ref: str, receiver_ref: str) -> None:
    """Give a contact without a note to somebody who has its client too, or to the supervisor; it stands in their list then.

    Errors: NotFound when it is not the actor's or has a note; FieldRefused for anybody else.
    """
    contact = _own(work, actor, ref)
    if contact.state is not ContactState.UNNOTED:
        raise NotFound
    receiver = next((each for each in receivers(work, actor, contact) if each.ref == receiver_ref), None)
    if receiver is None:
        raise FieldRefused("receiver", "choose")
    contact.staff_id = receiver.id
    contact.was_there_id = None
    audit.record(work, audit.Action.CONTACT_GIVE, actor=actor.id, subject=(CONTACT, contact.id))


def receivers(work: Work, actor: Actor, contact: Contact) -> Sequence[OwnerLine]:
    """Who may be given a contact: whoever else has its client today, and the actor's supervisor.

    What came from somebody who left goes back to them alone, once they work here again: nobody else was there.
    """
    if contact.was_there_id is not None:
        return _back_again(work, contact.was_there_id)
    colleagues = access.who_has(work, contact.client_id, actor.today(work.now))
    rows = work.session.scalars(
        select(Staff)
        .where(Staff.workspace_id == work.workspace_id, Staff.state == StaffState.ACTIVE, Staff.id != actor.id)
        .where(or_(Staff.id.in_(colleagues), Staff.id == actor.supervisor_id))
        .order_by(Staff.id)
    )
    return [
        OwnerLine(
            row.id,
            row.ref,
            f"{'Supervisor' if row.id == actor.supervisor_id else 'Colleague'}: {profile_of(work, row).name}",
        )
        for row in rows
    ]


def _back_again(work: Work, staff_id: uuid.UUID) -> Sequence[OwnerLine]:
    row = work.session.get_one(Staff, (work.workspace_id, staff_id))
    if row.state is not StaffState.ACTIVE:
        return ()
    return [OwnerLine(row.id, row.ref, f"Was there: {profile_of(work, row).name}")]


def _own(work: Work, actor: Actor, ref: str) -> Contact:
    """The actor's contact with this reference, locked.

    Errors: NotFound.
    """
    contact = work.session.scalar(
        select(Contact)
        .where(Contact.workspace_id == work.workspace_id, Contact.ref == ref, Contact.staff_id == actor.id)
        .with_for_update()
    )
    if contact is None:
        raise NotFound
    return contact
