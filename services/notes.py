"""Signing notes: one note per form, whatever Slack or the person repeats; the old version stays readable.

Reading, reviewing and amending notes come to this noun with their own screens.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from enum import StrEnum

from pydantic import AwareDatetime
from sqlalchemy import select

from models.base import new_reference
from models.contacts import Contact, ContactKind
from models.forms import Answers, FormRow, FormStage
from models.note_document import (
    Activity,
    EventKind,
    GoalNote,
    GoalProgress,
    Matter,
    Method,
    NoGoal,
    NoteDocument,
    Participant,
    Place,
    Promise,
    Record,
    Satisfaction,
    Signature,
)
from models.notes import Note, NoteVersion, Review
from privacy.documents import Document
from privacy.keys import RecordKey
from privacy.phi import Phi
from services import (
    audit,
    clients,
    contacts,
    follow_ups,
    form_clients,
    form_rows,
    goals,
    people,
    requirements,
    settling,
)
from services.access import Reached
from services.decisions import Deed
from services.refusals import ClientOutOfScope, FieldRefused, FormGone, Overtaken
from services.staff import Actor
from services.work import Work

NOTE_VERSION = "note_version"
# Events after which a person may be in danger or alone, so that somebody should be in touch again soon. A move, a loss, a new job or
# medication ask for attention too, but the note's own follow-up sets their day.
URGENT_EVENTS = frozenset({EventKind.CRISIS, EventKind.HOSPITAL, EventKind.POLICE, EventKind.ABUSE, EventKind.FALL})


class GoalAnswer(Document):
    """A goal that was chosen, by reference, and where it stands."""

    ref: str
    progress: GoalProgress


class NewPromise(Document):
    """A follow-up that was promised. `owner_ref` is None for the author."""

    what: Phi[str]
    owner_ref: str | None
    due_on: dt.date


class Content(Document):
    """What a form says, read and judged; references are not resolved yet. Two equal ones are the same note."""

    kind: ContactKind
    client_ref: str
    ended_at: AwareDatetime
    minutes: int
    method: Method | None = None
    place: Place | None = None
    place_words: Phi[str] | None = None
    client_there: bool
    people: tuple[str, ...]
    roles: tuple[Participant, ...]
    newcomers: tuple[Participant, ...]
    also_there: Phi[str] | None = None
    activities: tuple[Activity, ...]
    records: tuple[Record, ...]
    done: Phi[str]
    wellbeing: Phi[str] | None = None
    observations: Phi[str]
    goals: tuple[GoalAnswer, ...]
    no_goal: tuple[NoGoal, ...]
    promises: tuple[NewPromise, ...]
    matters: tuple[Matter, ...]
    event_kind: EventKind | None
    matter_words: Phi[str] | None
    satisfaction: Satisfaction
    satisfaction_words: Phi[str] | None


@dataclass(frozen=True, slots=True)
class SignNote:
    """Sign what stands in a form. `answers` are kept if it cannot be signed."""

    nonce: str
    content: Content
    answers: Answers


class Outcome(StrEnum):
    """What became of a signature."""

    SIGNED = "signed"
    SAME_AGAIN = "same_again"
    NEW_VERSION = "new_version"
    KEPT_AS_DRAFT = "kept_as_draft"


@dataclass(frozen=True, slots=True)
class Signed:
    """The result of signing. `left` is how many contacts of the list, if the form came from one, may still be written about."""

    outcome: Outcome
    note_id: uuid.UUID
    version: int
    left: int = 0


def sign(work: Work, actor: Actor, command: SignNote) -> Signed:
    """Sign the form's note: settle its contact, open its follow-ups, remember its people, close the form.

    The same content again is the same note again; other content for a signed form is a new version while the note is
    not approved, and a draft after that. What Slack sent before the words that are stored is never signed over them.
    Errors: FormGone, Overtaken, ClientOutOfScope, ContactSettled, ContactElsewhere, FieldRefused.
    """
    row = form_rows.find(work, actor, command.nonce, for_update=True)
    if row is None or row.stage is FormStage.DISCARDED:
        raise FormGone
    content_hash = work.keys.house_key.fingerprint(command.content)
    if row.stage is FormStage.SIGNED:
        return _signed_before(work, actor, row, command, content_hash)
    if command.answers.overtaken_by(form_rows.answers_of(work, row)):
        raise Overtaken
    content = command.content
    reached = form_clients.signed_for(work, actor, row, content.client_ref, content.ended_at)
    if reached is None:
        raise ClientOutOfScope
    client = reached.client
    form_rows.store(work, actor, row, command.answers)
    contact = settling.settle(work, actor, row, client, _happened(content))
    note = Note(
        workspace_id=work.workspace_id,
        ref=new_reference("N"),
        client_id=client.id,
        contact_id=contact.id,
        author_id=actor.id,
        kind=content.kind,
        review=Review.PENDING if actor.cosign_required else Review.NOT_NEEDED,
        latest_version=1,
        signed_at=work.now,
        urgent=is_urgent(content),
    )
    work.session.add(note)
    work.session.flush()
    _write_version(work, actor, note, content, reached)
    _close(row, note, content_hash)
    return Signed(Outcome.SIGNED, note.id, 1, contacts.left(work, actor, row))


def _signed_before(work: Work, actor: Actor, row: FormRow, command: SignNote, content_hash: bytes) -> Signed:
    note = work.session.scalars(
        select(Note).where(Note.workspace_id == work.workspace_id, Note.id == row.note_id)
    ).one()
    if row.signed_hash == content_hash:
        return Signed(Outcome.SAME_AGAIN, note.id, note.latest_version, contacts.left(work, actor, row))
    ref, ended_at = command.content.client_ref, command.content.ended_at
    reached = form_clients.signed_for(work, actor, row, ref, ended_at, Deed.NOTE_AMEND)
    is_late = command.answers.overtaken_by(form_rows.answers_of(work, row))
    if is_late or note.review is Review.APPROVED or reached is None or reached.client.id != note.client_id:
        form_rows.keep_as_new_draft(work, actor, row, command.answers)
        return Signed(Outcome.KEPT_AS_DRAFT, note.id, note.latest_version)
    contact = work.session.scalars(
        select(Contact).where(Contact.workspace_id == work.workspace_id, Contact.id == note.contact_id)
    ).one()
    settling.set_facts(contact, _happened(command.content))
    note.urgent = is_urgent(command.content)
    form_rows.store(work, actor, row, command.answers)
    follow_ups.drop_for_note(work, actor, note.id)
    note.latest_version += 1
    note.review = Review.PENDING if actor.cosign_required else Review.NOT_NEEDED
    _write_version(work, actor, note, command.content, reached)
    _close(row, note, content_hash)
    return Signed(Outcome.NEW_VERSION, note.id, note.latest_version, contacts.left(work, actor, row))


def _write_version(work: Work, actor: Actor, note: Note, content: Content, reached: Reached) -> None:
    """Seal the note's newest version, with everything that follows from it; the signature's event comes last."""
    key = clients.key_of(work, note.client_id)
    document = _document(work, actor, note.client_id, key, content)
    sealed = key.seal(document, work.cell(NOTE_VERSION, "document", note.id, note.latest_version))
    work.session.add(
        NoteVersion(
            workspace_id=work.workspace_id,
            note_id=note.id,
            version=note.latest_version,
            document=sealed,
            content_hash=key.fingerprint(document),
            signed_at=work.now,
        )
    )
    people.remember(work, actor, note.client_id, key, content.newcomers)
    for promise in document.promises:
        follow_ups.open_for_note(work, actor, note.client_id, note.id, key, promise)
    requirements.recount(work, note.client_id)
    audit.record(
        work,
        audit.Action.NOTE_SIGN,
        actor=actor.id,
        subject=(NOTE_VERSION, note.id),
        version=note.latest_version,
        sealed=sealed,
        rule=reached.decision.rule,
    )


def _document(work: Work, actor: Actor, client_id: uuid.UUID, key: RecordKey, content: Content) -> NoteDocument:
    """The document that is sealed: every reference replaced by what it means today."""
    return NoteDocument(
        kind=content.kind,
        ended_at=content.ended_at,
        minutes=content.minutes,
        method=content.method,
        place=content.place,
        place_words=content.place_words,
        participants=_participants(work, client_id, key, content),
        also_there=content.also_there,
        activities=content.activities,
        records=content.records,
        done=content.done,
        wellbeing=content.wellbeing,
        observations=content.observations,
        goals=_goals(work, client_id, key, content),
        no_goal=content.no_goal,
        promises=_promises(work, actor, client_id, content),
        matters=content.matters,
        event_kind=content.event_kind,
        matter_words=content.matter_words,
        satisfaction=content.satisfaction,
        satisfaction_words=content.satisfaction_words,
        signature=Signature(name=actor.name, title=actor.title, credential=actor.credential, signed_at=work.now),
    )


def _participants(work: Work, client_id: uuid.UUID, key: RecordKey, content: Content) -> tuple[Participant, ...]:
    known = {person.ref: person for person in people.known(work, client_id, key)}
    if not set(content.people) <= set(known):
        raise FieldRefused("people", "choose")
    chosen = [known[ref] for ref in content.people]
    people.touch(work, chosen)
    named = [Participant(name=person.profile.name, role=person.profile.role) for person in chosen]
    themselves: list[Participant] = []
    if content.client_there:
        profile = clients.profile_by_id(work, client_id)
        themselves = [Participant(name=clients.full_name(profile), is_client=True)]
    return (*themselves, *content.roles, *named, *content.newcomers)


def _goals(work: Work, client_id: uuid.UUID, key: RecordKey, content: Content) -> tuple[GoalNote, ...]:
    active = {goal.ref: goal for goal in goals.active(work, client_id, key)}
    if not {answer.ref for answer in content.goals} <= set(active):
        raise FieldRefused("goals", "choose")
    return tuple(
        GoalNote(goal_id=goal.id, code=goal.text.code, text=goal.text.text, progress=answer.progress)
        for answer in content.goals
        for goal in [active[answer.ref]]
    )


def _promises(work: Work, actor: Actor, client_id: uuid.UUID, content: Content) -> tuple[Promise, ...]:
    owners = {owner.ref: owner.id for owner in follow_ups.owners(work, actor, client_id)}
    if not {each.owner_ref for each in content.promises if each.owner_ref} <= set(owners):
        raise FieldRefused("follow_up_owner", "choose")
    return tuple(
        Promise(what=each.what, owner_id=owners[each.owner_ref] if each.owner_ref else actor.id, due_on=each.due_on)
        for each in content.promises
    )


def is_urgent(content: Content) -> bool:
    """Whether the note's event asks for another contact soon."""
    return Matter.EVENT in content.matters and content.event_kind in URGENT_EVENTS


def _happened(content: Content) -> settling.Happened:
    return settling.Happened(content.kind, content.ended_at, content.minutes, content.place)


def _close(row: FormRow, note: Note, content_hash: bytes) -> None:
    row.stage = FormStage.SIGNED
    row.note_id = note.id
    row.signed_hash = content_hash
