"""The row behind every open form: opening it, saving what is typed, bringing a draft back, and closing it when it is signed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Select, select

from models.base import new_id, new_reference
from models.clients import Client
from models.contacts import Contact, ContactKind, ContactState
from models.forms import Answers, FormRow, FormStage
from privacy.grants import Grant, Purpose, system_grant
from privacy.keys import RecordKey
from privacy.phi import Phi
from privacy.sealed import Sealed
from services import access, audit, clients, days, follow_ups, goals, people, workspaces
from services.refusals import FormGone, NotFound
from services.staff import Actor
from services.work import Work

FORM = "form"
CLIENT_FIELD = "client"
ENDED = "ended_at"
MINUTES = "minutes"
FOLLOW_UP_COPIES = "follow_up.copies"
FOLLOW_UPS_MOST = 5
# What belongs to the client who was chosen before, and has to be chosen again for another one.
OF_CLIENT = ("people", "goals", "follow_up_owner")


@dataclass(frozen=True, slots=True)
class OpenForm:
    """Open a form: for a contact that has no note yet, about a client, or for anyone in the caseload."""

    kind: ContactKind
    client_ref: str | None = None
    contact_ref: str | None = None
    presets: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


@dataclass(frozen=True, slots=True)
class SaveForm:
    """Save what stands in an open form, as one of its actions brought it along."""

    nonce: str
    answers: Answers
    action_ts: str
    add_follow_up: bool = False
    release_client: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything a form needs to be drawn. `grant` is good once the transaction behind it is committed."""

    nonce: str
    kind: ContactKind
    answers: Answers
    fixed_client: bool
    grant: Grant
    next_business_day: dt.date
    client: clients.ClientLine | None = None
    goals: tuple[goals.GoalLine, ...] = ()
    people: tuple[people.PersonLine, ...] = ()
    owners: tuple[follow_ups.OwnerLine, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft as a list shows it."""

    nonce: str
    kind: ContactKind
    saved_at: dt.datetime
    client: clients.ClientLine | None


def open_form(work: Work, actor: Actor, command: OpenForm) -> Sheet:
    """Open a form and prefill it as far as things are known.

    Errors: SurfaceClosed; NotFound when the contact or the client is not the actor's.
    """
    workspaces.require_modal_surface(work)
    contact = _owed_contact(work, actor, command.contact_ref) if command.contact_ref else None
    client = _chosen_client(work, actor, command, contact)
    chosen = {ENDED: (str(int(work.now.timestamp()) // 60 * 60),), **command.presets}
    if client is not None:
        chosen[CLIENT_FIELD] = (client.ref,)
    if contact is not None:
        chosen[ENDED] = (str(int(contact.ended_at.timestamp())),)
        if contact.minutes is not None:
            chosen[MINUTES] = (str(contact.minutes),)
    answers = Answers(chosen=chosen)
    row = new_row(work, actor, contact.kind if contact else command.kind, answers)
    row.contact_id = contact.id if contact else None
    work.session.add(row)
    grant = audit.record(work, audit.Action.FORM_OPEN, actor=actor.id, subject=(FORM, row.id))
    return _sheet(work, actor, row, answers, grant)


@audit.unaudited("a draft's autosave")
def save(work: Work, actor: Actor, command: SaveForm) -> Sheet:
    """Keep what stands in an open form; an older action than the last one saved changes nothing.

    Errors: FormGone when the form was signed, discarded or never the actor's.
    """
    row = find(work, actor, command.nonce, for_update=True)
    if row is None or row.stage not in {FormStage.OPEN, FormStage.SUBMITTED}:
        raise FormGone
    stored = answers_of(work, row)
    answers = stored
    if _is_newer(command.action_ts, row.last_action_ts):
        answers = _merged(work, actor, row, stored, command)
        store(work, row, answers)
        row.last_action_ts = command.action_ts
    grant = audit.standing_grant(work, row.id, actor.id)
    if grant is None:
        raise FormGone
    return _sheet(work, actor, row, answers, grant)


def sheet_for_submission(work: Work, actor: Actor, nonce: str) -> Sheet:
    """What is known behind a form that was submitted, also when it was signed before and its answer was lost.

    Errors: FormGone.
    """
    row = find(work, actor, nonce)
    grant = audit.standing_grant(work, row.id, actor.id) if row is not None else None
    if row is None or grant is None:
        raise FormGone
    return _sheet(work, actor, row, answers_of(work, row), grant)


@audit.unaudited("a draft's autosave")
def save_submitted(work: Work, actor: Actor, nonce: str, answers: Answers) -> Sheet:
    """Save what was submitted before every field stood on the screen, so that the form can be drawn with all of them.

    Errors: FormGone.
    """
    row = find(work, actor, nonce, for_update=True)
    grant = audit.standing_grant(work, row.id, actor.id) if row is not None else None
    if row is None or grant is None or row.stage not in {FormStage.OPEN, FormStage.SUBMITTED}:
        raise FormGone
    store(work, row, answers)
    return _sheet(work, actor, row, answers, grant)


@audit.unaudited("a draft's autosave")
def keep(work: Work, actor: Actor, nonce: str, answers: Answers) -> None:
    """Keep what was submitted but could not be signed, as the form's draft.

    Errors: FormGone as `save`.
    """
    row = find(work, actor, nonce, for_update=True)
    if row is None or row.stage not in {FormStage.OPEN, FormStage.SUBMITTED}:
        raise FormGone
    store(work, row, answers.model_copy(update={"client_turn": answers_of(work, row).client_turn}))


@audit.unaudited("a draft's autosave")
def choose(work: Work, actor: Actor, nonce: str, kind: ContactKind, client_ref: str) -> Sheet:
    """Go on from the choice of a kind to its form, about the client who was chosen, if one was.

    Errors: FormGone; NotFound when the client is not in the caseload.
    """
    row = find(work, actor, nonce, for_update=True)
    grant = audit.standing_grant(work, row.id, actor.id) if row is not None else None
    if row is None or grant is None or row.stage is not FormStage.OPEN:
        raise FormGone
    chosen = dict(answers_of(work, row).chosen)
    if client_ref:
        if access.client_by_ref(work, actor, client_ref) is None:
            raise NotFound
        chosen[CLIENT_FIELD] = (client_ref,)
    row.kind = kind
    answers = Answers(chosen=chosen)
    store(work, row, answers)
    row.saved_at = None
    return _sheet(work, actor, row, answers, grant)


def resume(work: Work, actor: Actor, nonce: str) -> Sheet:
    """Bring a draft back exactly as it was left.

    Errors: SurfaceClosed; FormGone.
    """
    workspaces.require_modal_surface(work)
    row = find(work, actor, nonce)
    if row is None or row.stage not in {FormStage.OPEN, FormStage.SUBMITTED}:
        raise FormGone
    answers = answers_of(work, row)
    grant = audit.record(work, audit.Action.FORM_RECOVER, actor=actor.id, subject=(FORM, row.id))
    return _sheet(work, actor, row, answers, grant)


def discard(work: Work, actor: Actor, nonce: str) -> None:
    """Put a draft away for good.

    Errors: FormGone.
    """
    row = find(work, actor, nonce, for_update=True)
    if row is None or row.stage not in {FormStage.OPEN, FormStage.SUBMITTED}:
        raise FormGone
    row.stage = FormStage.DISCARDED
    audit.record(work, audit.Action.FORM_DISCARD, actor=actor.id, subject=(FORM, row.id))


def sheet_for_search(work: Work, actor: Actor, nonce: str, client_ref: str | None) -> Sheet:
    """What an open form may offer in its search boxes. The event that opened the form covers it.

    Errors: FormGone.
    """
    row = find(work, actor, nonce)
    grant = audit.standing_grant(work, row.id, actor.id) if row is not None else None
    if row is None or grant is None or row.stage not in {FormStage.OPEN, FormStage.SUBMITTED}:
        raise FormGone
    answers = answers_of(work, row)
    if client_ref is not None:
        answers = answers.model_copy(update={"chosen": {**answers.chosen, CLIENT_FIELD: (client_ref,)}})
    return _sheet(work, actor, row, answers, grant)


def drafts(work: Work, actor: Actor) -> tuple[list[DraftLine], Grant]:
    """The actor's drafts, the newest first, and the grant to show whose they are."""
    grant = audit.record(work, audit.Action.FORM_LIST, actor=actor.id, subject=None)
    lines: list[DraftLine] = []
    for row in work.session.scalars(_drafts(work, actor)):
        client = access.client_by_id(work, actor, row.client_id) if row.client_id else None
        line = clients.line_of(work, client) if client else None
        lines.append(DraftLine(row.nonce, row.kind, row.saved_at or row.opened_at, line))
    return lines, grant


def draft_rows(work: Work, actor: Actor) -> list[FormRow]:
    """The actor's drafts as rows, unopened: for counting and for App Home."""
    return list(work.session.scalars(_drafts(work, actor)))


def new_row(work: Work, actor: Actor, kind: ContactKind, answers: Answers) -> FormRow:
    """A row for a new form, with what it starts from sealed inside; the caller adds it to the session."""
    row_id = new_id()
    ref = answers.chosen.get(CLIENT_FIELD, ("",))[0]
    client_id = _client_id(work, ref) if ref else None
    return FormRow(
        workspace_id=work.workspace_id,
        id=row_id,
        nonce=new_reference("Z"),
        staff_id=actor.id,
        kind=kind,
        client_id=client_id,
        answers=_seal(work, row_id, client_id, storable(answers), 1),
        opened_at=work.now,
    )


def find(work: Work, actor: Actor, nonce: str, *, for_update: bool = False) -> FormRow | None:
    """The actor's own form with this nonce, or None."""
    query = select(FormRow).where(
        FormRow.workspace_id == work.workspace_id, FormRow.nonce == nonce, FormRow.staff_id == actor.id
    )
    return work.session.scalar(query.with_for_update() if for_update else query)


def answers_of(work: Work, row: FormRow) -> Answers:
    """What stands in the form, opened."""
    return _key(work, row.client_id).open(Answers, row.answers, work.cell(FORM, "answers", row.id, row.revision))


def store(work: Work, row: FormRow, answers: Answers) -> None:
    """Seal what stands in the form as its new revision."""
    client_ref = answers.chosen.get(CLIENT_FIELD, ("",))[0]
    row.client_id = _client_id(work, client_ref) if client_ref else None
    row.revision += 1
    row.answers = _seal(work, row.id, row.client_id, storable(answers), row.revision)
    row.saved_at = work.now


def storable(answers: Answers) -> Answers:
    """The answers without what no database can keep: halves of surrogate pairs become a visible mark in the draft."""
    grant = system_grant(Purpose.SEAL)
    typed = {
        name: Phi(words.reveal(grant).encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
        for name, words in answers.typed.items()
    }
    return answers.model_copy(update={"typed": typed})


def _merged(work: Work, actor: Actor, row: FormRow, stored: Answers, command: SaveForm) -> Answers:
    """What was stored, with what the action brought; another client clears what belonged to the one before."""
    brought = command.answers.chosen
    if command.answers.client_turn != stored.client_turn:
        # The screen had not been drawn again yet: these answers are about the client before.
        brought = {name: value for name, value in brought.items() if not name.startswith(OF_CLIENT)}
    chosen = {**stored.chosen, **brought}
    typed = {**stored.typed, **command.answers.typed}
    turn = stored.client_turn
    ref = chosen.get(CLIENT_FIELD, ("",))[0] if not command.release_client else ""
    if ref and access.client_by_ref(work, actor, ref) is None:
        ref = ""
    if ref != stored.chosen.get(CLIENT_FIELD, ("",))[0]:
        turn += 1
        chosen = {name: value for name, value in chosen.items() if not name.startswith(OF_CLIENT)}
    chosen.pop(CLIENT_FIELD, None)
    if ref:
        chosen[CLIENT_FIELD] = (ref,)
    if command.release_client:
        row.contact_id = None
    if command.add_follow_up:
        count = int(chosen.get(FOLLOW_UP_COPIES, ("1",))[0])
        chosen[FOLLOW_UP_COPIES] = (str(min(FOLLOW_UPS_MOST, count + 1)),)
    return Answers(chosen=chosen, typed=typed, client_turn=turn)


def _sheet(work: Work, actor: Actor, row: FormRow, answers: Answers, grant: Grant) -> Sheet:
    ref = answers.chosen.get(CLIENT_FIELD, ("",))[0]
    client = access.client_by_ref(work, actor, ref) if ref else None
    sheet = Sheet(
        nonce=row.nonce,
        kind=row.kind,
        answers=answers,
        fixed_client=row.contact_id is not None and client is not None,
        grant=grant,
        next_business_day=days.next_business_day(actor.today(work.now)),
    )
    if client is None:
        return sheet
    key = clients.key_of(work, client.id)
    return replace(
        sheet,
        client=clients.line_of(work, client),
        goals=goals.active(work, client.id, key),
        people=people.known(work, client.id, key),
        owners=follow_ups.owners(work, actor, client.id),
    )


def _owed_contact(work: Work, actor: Actor, ref: str) -> Contact:
    contact = work.session.scalar(
        select(Contact).where(
            Contact.workspace_id == work.workspace_id,
            Contact.ref == ref,
            Contact.staff_id == actor.id,
            Contact.state == ContactState.UNNOTED,
        )
    )
    if contact is None:
        raise NotFound
    return contact


def _chosen_client(work: Work, actor: Actor, command: OpenForm, contact: Contact | None) -> Client | None:
    if contact is not None:
        client = access.client_by_id(work, actor, contact.client_id)
    elif command.client_ref is not None:
        client = access.client_by_ref(work, actor, command.client_ref)
    else:
        return None
    if client is None:
        raise NotFound
    return client


def _client_id(work: Work, ref: str) -> uuid.UUID | None:
    return work.session.scalar(select(Client.id).where(Client.workspace_id == work.workspace_id, Client.ref == ref))


def _key(work: Work, client_id: uuid.UUID | None) -> RecordKey:
    return clients.key_of(work, client_id) if client_id is not None else work.keys.house_key


def _seal(work: Work, row_id: uuid.UUID, client_id: uuid.UUID | None, answers: Answers, revision: int) -> Sealed:
    return _key(work, client_id).seal(answers, work.cell(FORM, "answers", row_id, revision))


def _is_newer(action_ts: str, last: str) -> bool:
    """Slack's action_ts are decimal seconds; compared as numbers, padded so that no precision is lost."""
    return action_ts.rjust(24, "0") > last.rjust(24, "0")


def _drafts(work: Work, actor: Actor) -> Select[FormRow]:
    return (
        select(FormRow)
        .where(
            FormRow.workspace_id == work.workspace_id,
            FormRow.staff_id == actor.id,
            FormRow.stage.in_([FormStage.OPEN, FormStage.SUBMITTED]),
            FormRow.saved_at.is_not(None),
        )
        .order_by(FormRow.saved_at.desc())
    )
