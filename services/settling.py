"""The contact that a note settles: the one its form was opened for, one that surely waits for it, or a new one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from models.base import new_id, new_reference
from models.clients import Client
from models.contact_words import ContactWords
from models.contacts import Contact, ContactKind, ContactState
from models.forms import FormRow
from models.note_document import Place
from privacy.sealed import Sealed
from services import audit, contact_words, contacts, form_contacts
from services.contact_words import CONTACT
from services.staff import Actor
from services.work import Work


@dataclass(frozen=True, slots=True)
class Happened:
    """What a note says of its contact itself. Units: `minutes` ended at `ended_at`."""

    kind: ContactKind
    ended_at: dt.datetime
    minutes: int
    place: Place | None

    @property
    def started_at(self) -> dt.datetime:
        """The start, which nobody is asked for."""
        return self.ended_at - dt.timedelta(minutes=self.minutes)


def settle(work: Work, actor: Actor, row: FormRow, client: Client, happened: Happened) -> Contact:
    """The contact of this form's note, noted.

    Errors: ContactSettled, ContactElsewhere.
    """
    contact = form_contacts.to_settle(work, actor, row)
    if row.contact_id is None:
        contact = contacts.waiting(work, actor, client.id, happened.kind, happened.started_at, happened.ended_at)
    if contact is None or contact.client_id not in {None, client.id}:
        contact = Contact(
            workspace_id=work.workspace_id,
            id=new_id(),
            ref=new_reference("K"),
            client_id=client.id,
            staff_id=actor.id,
            kind=happened.kind,
            state=ContactState.NOTED,
            started_at=None,
            ended_at=happened.ended_at,
            created_at=work.now,
        )
        work.session.add(contact)
    sealed = _name_client(work, contact, client)
    contact.state = ContactState.NOTED
    contact.kind = happened.kind
    set_facts(contact, happened)
    work.session.flush()
    audit.record(
        work,
        audit.Action.CONTACT_SETTLE,
        actor=actor.id,
        subject=(CONTACT, contact.id),
        version=contact.words_version if sealed else 0,
        sealed=sealed,
    )
    return contact


def set_facts(contact: Contact, happened: Happened) -> None:
    """What reports and requirements need of a note without opening it."""
    contact.ended_at = happened.ended_at
    contact.minutes = happened.minutes
    contact.started_at = happened.started_at
    contact.in_home = happened.place.in_the_home if happened.place is not None else None


def _name_client(work: Work, contact: Contact, client: Client) -> Sealed | None:
    """Say whom a call was about: its words move under the client's key, and who else it might have been is forgotten."""
    if contact.client_id is not None:
        return None
    words = contact_words.read(work, contact)
    contact.client_id = client.id
    return contact_words.write(work, contact, ContactWords(jot=words.jot, place=words.place))
