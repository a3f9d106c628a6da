"""A form from opening to signing: prefilled, saved with every action, brought on to its kind, kept when it cannot be signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.contacts import Contact
from models.forms import Answers, FormKind, FormRow, FormStage
from services import access, audit, form_clients, form_contacts, workspaces
from services.access import Reached
from services.form_contacts import ENDED
from services.form_rows import CLIENT_FIELD, FORM, answers_of, client_ref_of, new_row, store, writable
from services.note_fields import FOLLOW_UP_COPIES, FOLLOW_UPS_MOST
from services.refusals import FormGone, NotFound
from services.sheets import Sheet, sheet_of
from services.staff import Actor, deny
from services.work import Work

# What a screen that was not drawn again yet still shows of before.
OF_SCREEN = ("minutes",)
# What belongs to the client who was chosen before, and has to be chosen again for another one.
OF_CLIENT = ("people", "goals", "follow_up_owner")


@dataclass(frozen=True, slots=True)
class OpenForm:
    """Open a form: for a contact that has no note yet, about a client, or for anyone in the caseload.

    A contact decides the kind of its form itself, unless it is to be an attempt. `from_list`: the next one is offered after signing.
    """

    kind: FormKind = FormKind.COLLATERAL
    client_ref: str | None = None
    contact_ref: str | None = None
    from_list: bool = False
    presets: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


@dataclass(frozen=True, slots=True)
class SaveForm:
    """Save what stands in an open form, as one of its actions brought it along.

    `from_check`: it comes from the screen before signing, under which the form lies as it was submitted.
    """

    nonce: str
    answers: Answers
    action_ts: str
    add_follow_up: bool = False
    release_client: bool = False
    from_check: bool = False


def open_form(work: Work, actor: Actor, command: OpenForm) -> Sheet:
    """Open a form and prefill it as far as things are known.

    Errors: SurfaceClosed; NotFound when the contact or the client is not the actor's.
    """
    workspaces.require_modal_surface(work)
    contact = form_contacts.find(work, actor, command.contact_ref, command.kind) if command.contact_ref else None
    reached = _chosen_client(work, actor, command, contact)
    chosen = {ENDED: (str(int(work.now.timestamp()) // 60 * 60),), **command.presets}
    if contact is not None:
        chosen.update(form_contacts.prefilled(work, contact))
    if reached is not None:
        chosen[CLIENT_FIELD] = (reached.client.ref,)
    answers = Answers(chosen=chosen)
    row = new_row(work, actor, _kind(command, contact), answers)
    row.contact_id = contact.id if contact else None
    row.from_list = command.from_list
    work.session.add(row)
    grant = audit.record(work, audit.Action.FORM_OPEN, actor=actor.id, subject=(FORM, row.id))
    return sheet_of(work, actor, row, answers, grant)


@audit.unaudited("a draft's autosave")
def save(work: Work, actor: Actor, command: SaveForm) -> Sheet:
    """Keep what stands in an open form; an older action than the last one saved changes nothing.

    Errors: FormGone when the form was signed, discarded or never the actor's.
    """
    row = writable(work, actor, command.nonce)
    stored = answers_of(work, row)
    answers = stored
    if _is_newer(command.action_ts, row.last_action_ts) and not command.answers.overtaken_by(stored):
        answers = _merged(work, actor, row, stored, command)
        store(work, actor, row, answers)
        row.last_action_ts = command.action_ts
        if not command.from_check:
            row.stage = FormStage.OPEN
    return _standing(work, actor, row, answers)


@audit.unaudited("a draft's autosave")
def save_submitted(work: Work, actor: Actor, nonce: str, answers: Answers) -> Sheet:
    """Save what was submitted and cannot be signed as it is, as the form's draft; what came late changes nothing.

    Errors: FormGone.
    """
    row = writable(work, actor, nonce)
    stored = answers_of(work, row)
    if answers.overtaken_by(stored):
        return _standing(work, actor, row, stored)
    store(work, actor, row, answers)
    row.stage = FormStage.OPEN
    return _standing(work, actor, row, answers)


@audit.unaudited("a draft's autosave")
def choose(work: Work, actor: Actor, nonce: str, kind: FormKind, client_ref: str) -> Sheet:
    """Go on from the choice of a kind to its form, about the client who was chosen, if one was.

    A form in which something was saved has gone on already: asked again, it stays as it is.

    Errors: FormGone; NotFound when the client is not in the caseload.
    """
    row = writable(work, actor, nonce)
    stored = answers_of(work, row)
    if row.saved_at is not None:
        return _standing(work, actor, row, stored)
    chosen = dict(stored.chosen)
    if client_ref:
        chosen[CLIENT_FIELD] = (_offered(work, actor, kind, client_ref).client.ref,)
    row.kind = kind
    answers = Answers(chosen=chosen)
    store(work, actor, row, answers)
    row.saved_at = None
    return _standing(work, actor, row, answers)


def _standing(work: Work, actor: Actor, row: FormRow, answers: Answers) -> Sheet:
    """The sheet of a form that this actor opened before: that event covers it."""
    grant = audit.standing_grant(work, row.id, actor.id)
    if grant is None:
        raise FormGone
    return sheet_of(work, actor, row, answers, grant)


def _merged(work: Work, actor: Actor, row: FormRow, stored: Answers, command: SaveForm) -> Answers:
    """What was stored, with what the action brought; another client clears what belonged to the one before."""
    brought = command.answers.chosen
    if command.answers.client_turn != stored.client_turn:
        # The screen had not been drawn again yet: these answers are about the client before.
        brought = {name: value for name, value in brought.items() if not name.startswith((*OF_CLIENT, *OF_SCREEN))}
    chosen = {**stored.chosen, **brought}
    typed = {**stored.typed, **command.answers.typed}
    turn = stored.client_turn
    before = client_ref_of(stored.chosen)
    releases = command.release_client and row.note_id is None
    ref = "" if releases else client_ref_of(chosen)
    if not ref and before and not releases and _is_lost(work, actor, row, before, stored):
        # The screen could not show whom it is about; nobody took the choice back.
        ref = before
    if ref not in {"", before}:
        ref = _if_offered(work, actor, row.kind, ref)
    if before not in {"", ref}:
        turn += 1
        chosen = {name: value for name, value in chosen.items() if not name.startswith(OF_CLIENT)}
    chosen.pop(CLIENT_FIELD, None)
    if ref:
        chosen[CLIENT_FIELD] = (ref,)
    if releases:
        contact = form_contacts.of_row(work, row)
        # A contact without a client keeps its form: only the choice is taken back.
        row.contact_id = contact.id if contact is not None and contact.client_id is None else None
    if command.add_follow_up:
        count = int(chosen.get(FOLLOW_UP_COPIES, ("1",))[0])
        chosen[FOLLOW_UP_COPIES] = (str(min(FOLLOW_UPS_MOST, count + 1)),)
    brought_along = {"chosen": chosen, "typed": typed, "client_turn": turn, "sent_at": command.answers.sent_at}
    return stored.model_copy(update=brought_along)


def _is_lost(work: Work, actor: Actor, row: FormRow, ref: str, stored: Answers) -> bool:
    return form_clients.standing_in(work, actor, row, ref, stored) is None


def _kind(command: OpenForm, contact: Contact | None) -> FormKind:
    if contact is None or command.kind is FormKind.ATTEMPT:
        return command.kind
    return FormKind(contact.kind.value)


def _chosen_client(work: Work, actor: Actor, command: OpenForm, contact: Contact | None) -> Reached | None:
    """Whom the form is about from the start, or None. A call may not say it.

    Errors: NotFound.
    """
    if contact is not None and contact.client_id is not None:
        reached = form_contacts.whose(work, actor, contact, form_clients.deed_of(_kind(command, contact)))
        access.tell(work, actor, reached)
        return reached
    if contact is None and command.client_ref is not None:
        return _offered(work, actor, command.kind, command.client_ref)
    return None


def _offered(work: Work, actor: Actor, kind: FormKind, ref: str) -> Reached:
    """A client who may be chosen in a form of this kind.

    Errors: NotFound.
    """
    reached = access.reach(work, actor, ref, form_clients.deed_of(kind))
    if reached is None:
        raise NotFound
    access.tell(work, actor, reached)
    return reached


def _if_offered(work: Work, actor: Actor, kind: FormKind, ref: str) -> str:
    """The reference that was chosen, or nothing for one that was never offered, which the trail is told."""
    try:
        return _offered(work, actor, kind, ref).client.ref
    except NotFound as refusal:
        deny(work, actor.id, refusal.rule)
        return ""


def _is_newer(action_ts: str, last: str) -> bool:
    """Slack's action_ts are decimal seconds; compared as numbers, padded so that no precision is lost."""
    return action_ts.rjust(24, "0") > last.rjust(24, "0")
