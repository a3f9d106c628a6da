"""What is known about an open form: everything it is drawn from and may offer in its searches."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from models.clients import Client
from models.contacts import Contact
from models.forms import Answers, FormKind, FormRow, FormStage
from privacy.grants import Grant
from privacy.phi import Phi
from services import (
    about_notes,
    access,
    audit,
    clients,
    contact_words,
    days,
    follow_ups,
    form_clients,
    form_contacts,
    note_answers,
    workspaces,
)
from services.about_notes import AboutNote
from services.form_rows import CLIENT_FIELD, WRITABLE, answers_of, client_ref_of, find
from services.goals import GoalLine
from services.people import PersonLine
from services.refusals import FormGone, NotFound
from services.staff import Actor
from services.work import Work


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything a form needs to be drawn. `grant` is good once the transaction behind it is committed."""

    nonce: str
    kind: FormKind
    answers: Answers
    fixed_client: bool
    grant: Grant
    next_business_day: dt.date
    client: clients.ClientLine | None = None
    goals: tuple[GoalLine, ...] = ()
    people: tuple[PersonLine, ...] = ()
    owners: tuple[follow_ups.OwnerLine, ...] = ()
    jot: Phi[str] | None = None
    about: AboutNote | None = None

    @property
    def closed(self) -> bool:
        """Whether it is about a client of whom Noted holds nothing yet, so that nothing of it can be signed."""
        return self.client is not None and self.client.profile.part2

    @property
    def client_lost(self) -> bool:
        """Whether it is about somebody whom its author may not write about now: the words can be read and copied."""
        return self.client is None and bool(client_ref_of(self.answers.chosen))


def for_search(work: Work, actor: Actor, nonce: str, client_ref: str | None) -> Sheet:
    """What an open form may offer in its people search, and what it is drawn from again.

    Errors: SurfaceClosed, FormGone; NotFound when the client on the screen is none whom the form may be about.
    """
    row, grant = _open_row(work, actor, nonce)
    answers = answers_of(work, row)
    if client_ref is not None:
        answers = answers.model_copy(update={"chosen": {**answers.chosen, CLIENT_FIELD: (client_ref,)}})
    sheet = sheet_of(work, actor, row, answers, grant)
    if client_ref and sheet.client is None:
        raise NotFound
    return sheet


def find_clients(work: Work, actor: Actor, nonce: str, query: str) -> tuple[clients.Found, Grant]:
    """Whom an open form may offer in its client search: first, before a letter is typed, those whose number called.

    Errors: SurfaceClosed, FormGone.
    """
    row, grant = _open_row(work, actor, nonce)
    contact = form_contacts.of_row(work, row)
    waits = contact is not None and contact.client_id is None
    candidates = contact_words.read(work, contact).candidates if contact is not None and waits else ()
    return clients.search(work, actor, query, form_clients.deed_of(row.kind), candidates), grant


def for_submission(work: Work, actor: Actor, nonce: str) -> tuple[Answers, bool]:
    """What stands in a form that was submitted, and whether its client is fixed; also when it was signed before and its answer was lost.

    Errors: FormGone.
    """
    row, _ = _opened(work, actor, nonce)
    if row.stage is FormStage.DISCARDED:
        raise FormGone
    answers = answers_of(work, row)
    reached = form_clients.standing_in(work, actor, row, client_ref_of(answers.chosen), answers)
    fixed = reached is not None and _is_fixed(form_contacts.of_row(work, row))
    return answers, fixed or row.kind in about_notes.ABOUT_NOTES


def _open_row(work: Work, actor: Actor, nonce: str) -> tuple[FormRow, Grant]:
    """A form that may still be written in, and the grant of the event that opened it, which covers its searches.

    Errors: SurfaceClosed, FormGone.
    """
    workspaces.require_modal_surface(work)
    row, grant = _opened(work, actor, nonce)
    if row.stage not in WRITABLE:
        raise FormGone
    return row, grant


def _opened(work: Work, actor: Actor, nonce: str) -> tuple[FormRow, Grant]:
    row = find(work, actor, nonce)
    grant = audit.standing_grant(work, row.id, actor.id) if row is not None else None
    if row is None or grant is None:
        raise FormGone
    return row, grant


def sheet_of(work: Work, actor: Actor, row: FormRow, answers: Answers, grant: Grant) -> Sheet:
    """The sheet of a form with these answers."""
    contact = form_contacts.of_row(work, row)
    about = about_notes.of_row(work, actor, row)
    client = about.client if about is not None else _client(work, actor, row, answers)
    sheet = Sheet(
        nonce=row.nonce,
        kind=row.kind,
        answers=answers,
        fixed_client=client is not None and (about is not None or _is_fixed(contact)),
        grant=grant,
        next_business_day=days.calendar(work, actor.zone).next_business_day(actor.today(work.now)),
        jot=_jot(work, actor, row, contact) if about is None else None,
        about=about.note if about is not None else None,
    )
    if client is None:
        return sheet
    sheet = replace(sheet, client=clients.line_of(work, client))
    if sheet.closed:
        return sheet
    earlier = about.note.document if about is not None else None
    offered = note_answers.offered(work, actor, client.id, clients.key_of(work, client.id), earlier)
    return replace(
        sheet,
        goals=offered.goals,
        people=offered.people,
        owners=offered.owners,
    )


def _client(work: Work, actor: Actor, row: FormRow, answers: Answers) -> Client | None:
    ref = client_ref_of(answers.chosen)
    reached = form_clients.standing_in(work, actor, row, ref, answers) if ref else None
    return reached.client if reached is not None else None


def _is_fixed(contact: Contact | None) -> bool:
    """Whether the form's contact says whom it is about. A call whose client is not known yet lets the person choose."""
    return contact is not None and contact.client_id is not None


def _jot(work: Work, actor: Actor, row: FormRow, contact: Contact | None) -> Phi[str] | None:
    """The few words that were kept for later, while the contact is the actor's."""
    if contact is None or contact.staff_id != actor.id:
        return None
    about = access.reach_contacts(work, actor, [contact], form_clients.deed_of(row.kind))
    if contact.client_id is not None and contact.id not in about:
        return None
    return contact_words.read(work, contact).jot
