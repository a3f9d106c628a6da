"""Contacts that are kept in a moment: one that has just ended and is written about later, and a visit that is planned."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

from pydantic import AwareDatetime, Field
from sqlalchemy import select

from models.base import blank, new_id, new_reference
from models.contact_words import ContactWords
from models.contacts import Contact, ContactKind, ContactOrigin, ContactState
from models.forms import Answers, FormRow, FormStage
from models.note_document import Place
from privacy.documents import Document
from privacy.phi import Phi
from services import audit, contact_words, contacts, form_clients, form_rows
from services.access import Reached
from services.contact_words import CONTACT
from services.refusals import ClientOutOfScope, FormGone, NotFound
from services.staff import Actor
from services.work import Work


class Later(Document):
    """What *Note it later* says."""

    client_ref: str
    kind: ContactKind
    jot: Phi[str] = Field(default_factory=blank)


class Plan(Document):
    """What *Plan a visit* says."""

    client_ref: str
    starts_at: AwareDatetime
    minutes: int
    place: Place


@dataclass(frozen=True, slots=True)
class KeepForm:
    """Keep what stands in a form as a contact without a note, or as a planned visit."""

    nonce: str
    content: Later | Plan
    answers: Answers


_STATES: Final = {Later: ContactState.UNNOTED, Plan: ContactState.PLANNED}


def keep(work: Work, actor: Actor, command: KeepForm) -> int:
    """Keep the contact, and say how many of the actor's wait for a note. The same form again is the same contact.

    What was changed before it was sent again changes the contact, as long as nobody has gone on with it.
    Errors: FormGone, ClientOutOfScope, Part2Closed.
    """
    row = form_rows.find(work, actor, command.nonce, for_update=True)
    if row is None or row.stage is FormStage.DISCARDED:
        raise FormGone
    content_hash = work.keys.house_key.fingerprint(command.content)
    content = command.content
    day = content.starts_at if isinstance(content, Plan) else row.opened_at
    reached = form_clients.signed_for(work, actor, row, content.client_ref, day)
    if row.stage is FormStage.SIGNED:
        if row.signed_hash != content_hash and reached is not None:
            form_clients.require_open(work, reached.client)
            _change(work, actor, row, reached, content)
            row.signed_hash = content_hash
        return contacts.count_unnoted(work, actor)
    if reached is None:
        raise ClientOutOfScope
    form_clients.require_open(work, reached.client)
    form_rows.store(work, actor, row, command.answers)
    contact = _new(work, actor, row, reached.client.id, content)
    work.session.add(contact)
    work.session.flush()
    _write(work, actor, contact, content, reached)
    row.stage = FormStage.SIGNED
    row.contact_id = contact.id
    row.signed_hash = content_hash
    return contacts.count_unnoted(work, actor)


def _new(work: Work, actor: Actor, row: FormRow, client_id: uuid.UUID, content: Later | Plan) -> Contact:
    return Contact(
        workspace_id=work.workspace_id,
        id=new_id(),
        ref=new_reference("K"),
        client_id=client_id,
        staff_id=actor.id,
        kind=ContactKind.FACE_TO_FACE,
        state=_STATES[type(content)],
        started_at=None,
        # The person opens the form when the contact is over, and may be called away before they send it.
        ended_at=row.opened_at,
        created_at=work.now,
        origin=ContactOrigin.PLANNED if isinstance(content, Plan) else ContactOrigin.LATER,
    )


def _change(work: Work, actor: Actor, row: FormRow, reached: Reached, content: Later | Plan) -> None:
    contact = work.session.scalars(
        select(Contact).where(Contact.workspace_id == work.workspace_id, Contact.id == row.contact_id).with_for_update()
    ).one()
    if contact.state is not _STATES[type(content)] or contact.staff_id != actor.id:
        raise NotFound
    contact.client_id = reached.client.id
    _write(work, actor, contact, content, reached)


def _write(work: Work, actor: Actor, contact: Contact, content: Later | Plan, reached: Reached) -> None:
    """Set what is known, seal the words, and record it."""
    if isinstance(content, Plan):
        contact.started_at = content.starts_at
        contact.ended_at = content.starts_at + dt.timedelta(minutes=content.minutes)
        contact.minutes = content.minutes
        sealed = contact_words.write(work, contact, ContactWords(place=content.place))
    else:
        contact.kind = content.kind
        sealed = contact_words.write(work, contact, ContactWords(jot=content.jot))
    action = audit.Action.CONTACT_PLAN if isinstance(content, Plan) else audit.Action.CONTACT_KEEP
    audit.record(
        work,
        action,
        actor=actor.id,
        subject=(CONTACT, contact.id),
        version=contact.words_version,
        sealed=sealed,
        rule=reached.decision.rule,
    )
