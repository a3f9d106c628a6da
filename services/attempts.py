"""Attempts: someone was tried and not reached. Signed, sealed in their contact, and perhaps to be tried again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from models.base import new_id, new_reference
from models.clients import Client
from models.contact_words import Attempt, AttemptOutcome, ContactWords
from models.contacts import Contact, ContactKind, ContactOrigin, ContactState
from models.forms import Answers, FormRow, FormStage
from models.note_document import Participant, Promise, Signature
from privacy.documents import Document
from privacy.keys import RecordKey
from privacy.phi import Phi
from services import (
    audit,
    clients,
    contact_words,
    contacts,
    follow_ups,
    form_clients,
    form_contacts,
    form_rows,
    people,
    unit_days,
)
from services.access import Reached
from services.contact_words import CONTACT
from services.refusals import ClientOutOfScope, FieldRefused, FormGone, Overtaken
from services.staff import Actor
from services.work import Work

TRY_AGAIN: Final = "Try again"


class AttemptContent(Document):
    """What the attempt form says; references are not resolved yet. Two equal ones are the same attempt."""

    client_ref: str
    outcome: AttemptOutcome
    client_tried: bool
    people: tuple[str, ...]
    try_again_on: dt.date | None


@dataclass(frozen=True, slots=True)
class SignAttempt:
    """Sign what stands in a form. `answers` are kept if it cannot be signed."""

    nonce: str
    content: AttemptContent
    answers: Answers


@dataclass(frozen=True, slots=True)
class SignedAttempt:
    """The result of signing. `left` is how many contacts of the list, if the form came from one, may still be written about."""

    kept_as_draft: bool
    left: int = 0


def sign(work: Work, actor: Actor, command: SignAttempt) -> SignedAttempt:
    """Sign the form's attempt, settle its contact, open its follow-up.

    The same content again is the same attempt again; other content for a signed form is kept as a draft of its own.
    Errors: FormGone, Overtaken, ClientOutOfScope, Part2Closed, ContactSettled, ContactElsewhere, FieldRefused.
    """
    row = form_rows.find(work, actor, command.nonce, for_update=True)
    if row is None or row.stage is FormStage.DISCARDED:
        raise FormGone
    content_hash = work.keys.house_key.fingerprint(command.content)
    if row.stage is FormStage.SIGNED:
        if row.signed_hash == content_hash:
            return SignedAttempt(kept_as_draft=False, left=contacts.left(work, actor, row))
        form_rows.keep_as_new_draft(work, actor, row, command.answers)
        return SignedAttempt(kept_as_draft=True)
    if command.answers.overtaken_by(form_rows.answers_of(work, row)):
        raise Overtaken
    reached = form_clients.signed_for(work, actor, row, command.content.client_ref, None)
    if reached is None:
        raise ClientOutOfScope
    form_clients.require_open(work, reached.client)
    form_rows.store(work, actor, row, command.answers)
    contact = _settled(work, actor, row, reached, command.content)
    row.stage = FormStage.SIGNED
    row.contact_id = contact.id
    row.signed_hash = content_hash
    work.session.flush()
    return SignedAttempt(kept_as_draft=False, left=contacts.left(work, actor, row))


def _settled(work: Work, actor: Actor, row: FormRow, reached: Reached, content: AttemptContent) -> Contact:
    """The contact that was tried, with its signed attempt sealed in it; the signature's event comes last."""
    client = reached.client
    key = clients.key_of(work, client.id)
    attempt = _attempt(work, actor, client, key, content)
    contact = _contact(work, actor, row, client)
    jot = contact_words.read(work, contact).jot
    contact.client_id = client.id
    sealed = contact_words.write(work, contact, ContactWords(jot=jot, attempt=attempt))
    work.session.flush()
    if content.try_again_on is not None:
        promise = Promise(what=Phi(TRY_AGAIN), owner_id=actor.id, due_on=content.try_again_on)
        follow_ups.open_for_contact(work, actor, client.id, contact.id, key, promise)
    audit.record(
        work,
        audit.Action.CONTACT_ATTEMPT,
        actor=actor.id,
        subject=(CONTACT, contact.id),
        version=contact.words_version,
        sealed=sealed,
        rule=reached.decision.rule,
    )
    return contact


def _attempt(work: Work, actor: Actor, client: Client, key: RecordKey, content: AttemptContent) -> Attempt:
    profile = clients.opened(work, client, key)
    known = {person.ref: person for person in people.known(work, client.id, key)}
    if not set(content.people) <= set(known):
        raise FieldRefused("people", "choose")
    tried = [known[ref] for ref in content.people]
    people.touch(work, tried)
    named = [Participant(name=each.profile.name, role=each.profile.role, spoke=False) for each in tried]
    themselves: list[Participant] = []
    if content.client_tried:
        themselves = [Participant(name=clients.full_name(profile), is_client=True, spoke=False)]
    signature = Signature(name=actor.name, title=actor.title, credential=actor.credential, signed_at=work.now)
    counted = unit_days.of_attempt(work, profile)
    return Attempt(outcome=content.outcome, tried=(*themselves, *named), units=counted, signature=signature)


def _contact(work: Work, actor: Actor, row: FormRow, client: Client) -> Contact:
    """The contact that was tried: the one the form was opened for, or a new one."""
    contact = form_contacts.to_settle(work, actor, row)
    if contact is None or contact.client_id not in {None, client.id}:
        contact = Contact(
            workspace_id=work.workspace_id,
            id=new_id(),
            ref=new_reference("K"),
            client_id=client.id,
            staff_id=actor.id,
            kind=ContactKind.ATTEMPT,
            state=ContactState.ATTEMPTED,
            started_at=None,
            # An attempt asks for no time: it was made when its form was opened.
            ended_at=row.opened_at,
            created_at=work.now,
            origin=ContactOrigin.ATTEMPT,
        )
        work.session.add(contact)
    contact.kind = ContactKind.ATTEMPT
    contact.state = ContactState.ATTEMPTED
    contact.ended_at = min(contact.ended_at, work.now)
    contact.minutes = None
    contact.billable = False
    return contact
