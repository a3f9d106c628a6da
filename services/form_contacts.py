"""The contact a form was opened for: whether it still waits for this person, and what it fills in before anybody types."""

from __future__ import annotations

from sqlalchemy import select

from models.contact_words import AttemptOutcome
from models.contacts import Contact, ContactKind, ContactReason, ContactState
from models.forms import FormKind, FormRow
from models.note_document import Method
from services import access, contact_words
from services.access import Reached
from services.decisions import Deed
from services.refusals import ContactElsewhere, ContactSettled, NotFound
from services.staff import Actor
from services.work import Work

ENDED = "ended_at"
MINUTES = "minutes"
METHOD = "method"
LOCATION = "location"
OUTCOME = "outcome"


def find(work: Work, actor: Actor, ref: str, kind: FormKind) -> Contact:
    """The actor's contact that a form of this kind may be opened for.

    Errors: NotFound when it is not the actor's or does not wait.
    """
    contact = work.session.scalar(
        select(Contact).where(
            Contact.workspace_id == work.workspace_id, Contact.ref == ref, Contact.staff_id == actor.id
        )
    )
    if contact is None or not waits(work, contact, kind):
        raise NotFound
    return contact


def whose(work: Work, actor: Actor, contact: Contact, deed: Deed) -> Reached:
    """The client of a contact, if the actor may do this to them today, or because they were there.

    Errors: NotFound.
    """
    reached = access.reach_contacts(work, actor, [contact], deed).get(contact.id)
    if reached is None:
        raise NotFound
    return reached


def of_row(work: Work, row: FormRow) -> Contact | None:
    """The contact a form was opened for, or None."""
    if row.contact_id is None:
        return None
    return work.session.scalar(
        select(Contact).where(Contact.workspace_id == work.workspace_id, Contact.id == row.contact_id)
    )


def to_settle(work: Work, actor: Actor, row: FormRow) -> Contact | None:
    """The contact that signing this form settles, locked; None when the form was opened for none.

    Errors: ContactSettled when it was written about meanwhile; ContactElsewhere when it is not the actor's any more.
    """
    if row.contact_id is None:
        return None
    contact = work.session.scalars(
        select(Contact).where(Contact.workspace_id == work.workspace_id, Contact.id == row.contact_id).with_for_update()
    ).one()
    _require_waiting(work, actor, row, contact)
    return contact


def require_waiting(work: Work, actor: Actor, row: FormRow) -> None:
    """Stop where the contact of a form that is not signed yet does not wait for this person any more.

    Errors: as `to_settle`.
    """
    contact = of_row(work, row)
    if contact is not None:
        _require_waiting(work, actor, row, contact)


def _require_waiting(work: Work, actor: Actor, row: FormRow, contact: Contact) -> None:
    if contact.state in {ContactState.NOTED, ContactState.ATTEMPTED}:
        raise ContactSettled
    if contact.staff_id != actor.id or not waits(work, contact, row.kind):
        raise ContactElsewhere


def waits(work: Work, contact: Contact, kind: FormKind) -> bool:
    """Whether something may still be written about this contact: also about a planned one that has begun.

    A visit to which the client did not come may still be signed as an attempt. Nobody writes for somebody who was there and left.
    """
    if contact.was_there_id is not None:
        return False
    match contact.state:
        case ContactState.UNNOTED:
            return True
        case ContactState.PLANNED:
            return contact.started_at is not None and contact.started_at <= work.now
        case ContactState.CANCELLED:
            return contact.reason is ContactReason.NO_SHOW and kind is FormKind.ATTEMPT
        case _:
            return False


def prefilled(work: Work, contact: Contact) -> dict[str, tuple[str, ...]]:
    """What the form of this contact starts with."""
    # A visit may end before its planned time; the form refuses a time to come.
    chosen = {ENDED: (str(int(min(contact.ended_at, work.now).timestamp())),)}
    if contact.minutes is not None:
        chosen[MINUTES] = (str(contact.minutes),)
    place = contact_words.read(work, contact).place
    if place is not None:
        chosen[LOCATION] = (place.value,)
    if contact.kind is ContactKind.COLLATERAL:
        # Most are calls, those about several clients conferences; the form shows it and lets it be changed.
        chosen[METHOD] = ((Method.PHONE if contact.group_id is None else Method.CONFERENCE).value,)
    if contact.reason is ContactReason.NO_SHOW:
        chosen[OUTCOME] = (AttemptOutcome.DID_NOT_COME.value,)
    return chosen
