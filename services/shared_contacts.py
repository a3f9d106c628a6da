"""One visit or conference about several clients: a contact for each, the minutes split, and nothing else in common.

Here: who is proposed with how many minutes, and keeping them. Not here: the notes, which are written one by one like any other, and
where a group counts (units: the split contacts of one group do not overlap). Of one client nothing says who else was there.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from models.base import new_id, new_reference
from models.contact_words import ContactWords
from models.contacts import Contact, ContactKind, ContactOrigin, ContactReason, ContactState
from models.forms import Answers, FormKind, FormRow
from models.note_document import MINUTES_MOST, Place
from privacy.grants import Grant
from services import access, audit, clients, contact_words, contacts, form_clients, form_contacts, form_rows, units
from services.access import Reached
from services.clients import ClientLine
from services.contact_words import CONTACT
from services.decisions import Deed
from services.form_contacts import ENDED, LOCATION, MINUTES
from services.refusals import FieldRefused, FormGone, NotFound
from services.staff import Actor
from services.work import Work

CLIENTS: Final = "clients"
OTHERS_MOST: Final = 9
_KINDS: Final = {FormKind.COLLATERAL: ContactKind.COLLATERAL, FormKind.FACE_TO_FACE: ContactKind.FACE_TO_FACE}


@dataclass(frozen=True, slots=True)
class Share:
    """One client of several, and how many of the minutes are theirs."""

    client: ClientLine
    minutes: int


@dataclass(frozen=True, slots=True)
class KeepShared:
    """Keep a contact for each of these clients, the form's own first; whoever has no minutes was not there."""

    nonce: str
    shares: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class _Shared:
    """The form behind it, when its contact ended, and its own client."""

    row: FormRow
    answers: Answers
    ended_at: dt.datetime
    own: Reached


def begin(work: Work, actor: Actor, nonce: str) -> tuple[int | None, Grant]:
    """The minutes of all of them, as far as the form and those who were kept before say it, and the grant of its client search.

    Errors: FormGone; FieldRefused while the form has no client.
    """
    shared = _shared(work, actor, nonce)
    said = next(iter(shared.answers.chosen.get(MINUTES, ())), "")
    minutes = int(said) if said.isascii() and said.isdigit() and len(said) <= 3 else 0
    kept = [each.minutes or 0 for each in _members(work, shared.row).values() if each.state is ContactState.UNNOTED]
    total = minutes + sum(kept) if minutes else 0
    return (total if 1 <= total <= MINUTES_MOST else None), _grant(work, actor, shared.row)


def propose(work: Work, actor: Actor, nonce: str, refs: Sequence[str], minutes: int) -> tuple[tuple[Share, ...], Grant]:
    """The clients of one visit, the form's own first, and the minutes split equally; what is left over is the first one's.

    Those who were kept before are among them.
    Errors: FormGone, NotFound for a client out of reach, Part2Closed; FieldRefused for nobody else, too many, or too few minutes.
    """
    shared = _shared(work, actor, nonce)
    reached = {shared.own.client.id: shared.own}
    for member in _members(work, shared.row).values():
        about = access.reach_contacts(work, actor, [member], Deed.NOTE_WRITE).get(member.id)
        if about is not None and member.state is ContactState.UNNOTED:
            reached.setdefault(about.client.id, about)
    for ref in refs:
        found = _reach(work, actor, shared, ref)
        if found.client.id not in reached:
            access.tell(work, actor, found)
            reached[found.client.id] = found
    if not 2 <= len(reached) <= OTHERS_MOST + 1:
        raise FieldRefused(CLIENTS, "choose")
    if minutes < len(reached):
        raise FieldRefused(MINUTES, "minute_each")
    for each in reached.values():
        form_clients.require_open(work, each.client)
    lines = {line.id: line for line in clients.lines_of(work, [each.client for each in reached.values()])}
    shares = units.split(minutes, len(reached))
    split = tuple(Share(lines[client_id], share) for client_id, share in zip(reached, shares, strict=True))
    return split, _grant(work, actor, shared.row)


def keep(work: Work, actor: Actor, command: KeepShared) -> int:
    """Keep a contact for each client that waits for its note, bound together; how many others there are. Twice is once.

    The form goes on about its own client, with their share of the minutes; of whoever was taken out again nothing is owed.
    Errors: FormGone, NotFound for a client out of reach, Part2Closed, ContactSettled, ContactElsewhere.
    """
    shared = _shared(work, actor, command.nonce)
    (own_ref, own_minutes), *others = command.shares
    if own_ref != shared.own.client.ref or own_minutes is None:
        raise NotFound
    reached = [(_reach(work, actor, shared, ref), minutes) for ref, minutes in others]
    for each, _ in [(shared.own, own_minutes), *reached]:
        form_clients.require_open(work, each.client)
    own = form_contacts.to_settle(work, actor, shared.row)
    members = dict(_members(work, shared.row))
    group_id = own.group_id if own is not None and own.group_id is not None else uuid.uuid4()
    mine = own if own is not None else _waiting(work, actor, shared, shared.own, own_minutes)
    _keep_one(work, actor, shared, shared.own, own_minutes, mine, group_id)
    for each, minutes in reached:
        member = members.pop(each.client.id, None)
        if minutes is None:
            _take_out(work, actor, member)
        else:
            found = member if member is not None else _waiting(work, actor, shared, each, minutes)
            _keep_one(work, actor, shared, each, minutes, found, group_id)
    _go_on(work, actor, shared, own_minutes)
    return sum(minutes is not None for _, minutes in reached)


def _shared(work: Work, actor: Actor, nonce: str) -> _Shared:
    """The form, locked, with its client.

    Errors: FormGone; FieldRefused while the form has no client or no end.
    """
    row = form_rows.writable(work, actor, nonce)
    answers = form_rows.answers_of(work, row)
    if row.kind not in _KINDS:
        raise FormGone
    ref, ended_at = form_rows.client_ref_of(answers.chosen), form_clients.end_of(answers)
    own = form_clients.signed_for(work, actor, row, ref, ended_at) if ref else None
    if own is None:
        raise FieldRefused(form_rows.CLIENT_FIELD, "choose")
    if ended_at is None or ended_at > work.now + dt.timedelta(minutes=1):
        raise FieldRefused(ENDED, "moment")
    return _Shared(row, answers, ended_at, own)


def _reach(work: Work, actor: Actor, shared: _Shared, ref: str) -> Reached:
    """A client about whom the actor may write, today or because they had them that day.

    Errors: NotFound.
    """
    days = {actor.today(shared.ended_at), actor.today(shared.row.opened_at)}
    reached = access.reach(work, actor, ref, Deed.NOTE_WRITE, days)
    if reached is None:
        raise NotFound
    return reached


def _members(work: Work, row: FormRow) -> Mapping[uuid.UUID, Contact]:
    """The other contacts of the group of this form's contact, by client, locked."""
    own = form_contacts.of_row(work, row)
    if own is None or own.group_id is None:
        return {}
    rows = work.session.scalars(
        select(Contact)
        .where(Contact.workspace_id == work.workspace_id, Contact.group_id == own.group_id, Contact.id != own.id)
        .where(Contact.staff_id == own.staff_id)
        .order_by(Contact.id)
        .with_for_update()
    )
    return {each.client_id: each for each in rows if each.client_id is not None}


def _waiting(work: Work, actor: Actor, shared: _Shared, reached: Reached, minutes: int) -> Contact | None:
    """A contact that was known before and waits for just this note, such as a planned visit to one of them."""
    started_at = shared.ended_at - dt.timedelta(minutes=minutes)
    kind = _KINDS[shared.row.kind]
    return contacts.waiting(work, actor, reached.client.id, kind, started_at, shared.ended_at)


def _keep_one(
    work: Work,
    actor: Actor,
    shared: _Shared,
    reached: Reached,
    minutes: int,
    contact: Contact | None,
    group_id: uuid.UUID,
) -> None:
    """One client's contact: the end and the kind of place are all that they have in common."""
    if contact is None:
        contact = Contact(
            workspace_id=work.workspace_id,
            id=new_id(),
            ref=new_reference("K"),
            client_id=reached.client.id,
            staff_id=actor.id,
            kind=_KINDS[shared.row.kind],
            state=ContactState.UNNOTED,
            started_at=None,
            ended_at=shared.ended_at,
            created_at=work.now,
            origin=ContactOrigin.LATER,
        )
        work.session.add(contact)
        contact_words.write(work, contact, ContactWords(place=_place(shared.answers)))
    elif contact.state not in {ContactState.UNNOTED, ContactState.PLANNED, ContactState.CANCELLED}:
        # Its note is signed, with the minutes that stood there then.
        return
    facts = (contact.state, contact.minutes, contact.ended_at, contact.group_id)
    contact.state, contact.reason = ContactState.UNNOTED, None
    contact.minutes, contact.ended_at, contact.group_id = minutes, shared.ended_at, group_id
    if facts != (contact.state, contact.minutes, contact.ended_at, contact.group_id):
        _record(work, actor, audit.Action.CONTACT_KEEP, contact, reached.decision.rule)
    if reached is shared.own:
        shared.row.contact_id = contact.id


def _take_out(work: Work, actor: Actor, member: Contact | None) -> None:
    """Whoever was not there after all owes no note; one that is signed stands."""
    if member is not None and member.state is ContactState.UNNOTED:
        member.state, member.reason = ContactState.CANCELLED, ContactReason.NOT_THERE
        _record(work, actor, audit.Action.CONTACT_CANCEL, member, ContactReason.NOT_THERE.value)


def _record(work: Work, actor: Actor, action: audit.Action, contact: Contact, rule: str) -> None:
    work.session.flush()
    audit.record(
        work,
        action,
        actor=actor.id,
        subject=(CONTACT, contact.id),
        version=contact.words_version,
        sealed=contact.words,
        rule=rule,
    )


def _go_on(work: Work, actor: Actor, shared: _Shared, minutes: int) -> None:
    """Let the form be about its own client's share, drawn anew, and the next one follow after it."""
    shared.row.from_list = True
    if shared.answers.chosen.get(MINUTES) == (str(minutes),):
        return
    chosen = {**shared.answers.chosen, MINUTES: (str(minutes),)}
    # What the person sees has to give way to the share: a new turn replaces the inputs that are drawn with it.
    answers = shared.answers.model_copy(update={"chosen": chosen, "client_turn": shared.answers.client_turn + 1})
    form_rows.store(work, actor, shared.row, answers)


def _place(answers: Answers) -> Place | None:
    said = next(iter(answers.chosen.get(LOCATION, ())), "")
    return Place(said) if said in set(Place) else None


def _grant(work: Work, actor: Actor, row: FormRow) -> Grant:
    """The form's own: one event covers the caseload that is offered and searched in it until it closes.

    Errors: FormGone.
    """
    grant = audit.standing_grant(work, row.id, actor.id)
    if grant is None:
        raise FormGone
    return grant
