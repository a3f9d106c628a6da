"""Review: a supervisor's queue of notes, and their decisions. A decision is never changed; the next version is decided on anew.

Here: who decides on what, and what becomes of the note. Not here: telling the author, which the reminders do from the note's state.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Select, select

from models.contacts import Contact, ContactKind
from models.forms import Answers, FormKind, FormRow, FormStage
from models.note_document import Signature
from models.notes import Note, NoteVersion, Review
from models.reviews import NoteReview, ReviewDecision, ReviewDocument
from models.staff import Staff
from privacy.documents import Document
from privacy.grants import Grant
from privacy.phi import Phi
from services import access, audit, clients, form_rows, note_access, note_forms, signed_notes, staff, workspaces
from services.clients import ClientLine
from services.decisions import Decision, Deed, Relation, decide
from services.form_rows import CLIENT_FIELD
from services.refusals import AlreadyDecided, FormGone, NewerVersion, NoteDamaged, NotFound, NothingRead, Overtaken
from services.sheets import Sheet
from services.signed_parts import NOTE_REVIEW
from services.staff import Actor
from services.work import Work

A_PAGE: Final = 10
# What was opened so long ago was read in another sitting, and is opened again before it is approved with others.
SITTING: Final = dt.timedelta(hours=4)
ACTIONS: Final = {
    ReviewDecision.APPROVED: audit.Action.NOTE_APPROVE,
    ReviewDecision.RETURNED: audit.Action.NOTE_RETURN,
}


class ReviewContent(Document):
    """What the form of a review says. Two equal ones of one form are the same decision."""

    decision: ReviewDecision
    comment: Phi[str]


@dataclass(frozen=True, slots=True)
class DecideNote:
    """Decide on the note of this form. `answers` are kept if it cannot be decided."""

    nonce: str
    content: ReviewContent
    answers: Answers


class Decided(StrEnum):
    """What became of it."""

    DECIDED = "decided"
    SAME_AGAIN = "same_again"


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A note that waits. `waits_since` is when its newest version was signed; `read` says that it was opened in this sitting."""

    ref: str
    author: str
    client: ClientLine
    kind: ContactKind
    ended_at: dt.datetime
    version: int
    waits_since: dt.datetime
    read: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """Ten notes that wait, the longest first, out of so many; pages are numbered from 0.

    `read` says by each author's reference what they are called and how many of their notes that wait were read in this sitting.
    """

    lines: tuple[QueueLine, ...]
    number: int
    count: int
    read: Mapping[str, tuple[str, int]]

    @property
    def has_next(self) -> bool:
        """Whether more come after these."""
        return (self.number + 1) * A_PAGE < self.count


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many notes wait for the actor, and since when the longest of them does."""

    count: int
    oldest: dt.timedelta


def is_reviewer(actor: Actor) -> bool:
    """Whether the actor decides on anybody's notes."""
    return decide(access.asker(actor), Deed.NOTE_REVIEW, {Relation.SUPERVISED}).allowed


def waiting(work: Work, actor: Actor) -> Waiting | None:
    """What waits for the actor's review, as counts; None for whoever reviews nothing."""
    if not is_reviewer(actor):
        return None
    times = work.session.scalars(_pending(work, actor).with_only_columns(NoteVersion.signed_at)).all()
    return Waiting(len(times), work.now - min(times, default=work.now))


def queue(work: Work, actor: Actor, number: int = 0) -> tuple[Queue, Grant]:
    """A page of the notes that wait for the actor, and the grant to show whom they are about. A page beyond the last is the last.

    Errors: SurfaceClosed; NotFound for whoever reviews nothing.
    """
    workspaces.require_modal_surface(work)
    access.require(work, actor, Deed.NOTE_REVIEW, {Relation.SUPERVISED})
    grant = audit.record(work, audit.Action.REVIEW_LIST, actor=actor.id)
    waits = work.session.execute(_pending(work, actor)).all()
    number = max(0, min(number, (len(waits) - 1) // A_PAGE))
    rows = waits[number * A_PAGE : (number + 1) * A_PAGE]
    named = clients.lines_of(work, access.clients_of_notes(work, {note.client_id for note, *_ in rows}))
    whose = {line.id: line for line in named}
    read = _read(work, actor)
    names = staff.names_of(work, {author.id for _, _, author, _ in waits})
    lines = tuple(
        QueueLine(
            ref=note.ref,
            author=names[author.id],
            client=whose[note.client_id],
            kind=note.kind,
            ended_at=contact.ended_at,
            version=note.latest_version,
            waits_since=since,
            read=(note.id, note.latest_version) in read,
        )
        for note, contact, author, since in rows
        if note.client_id in whose
    )
    counts = Counter(author for note, _, author, _ in waits if (note.id, note.latest_version) in read)
    return Queue(lines, number, len(waits), {each.ref: (names[each.id], n) for each, n in counts.items()}), grant


def open_review(work: Work, actor: Actor, ref: str) -> Sheet:
    """The form in which the actor reads this note and decides.

    Errors: SurfaceClosed; NotFound when the note is not the actor's to decide on; AlreadyDecided; NoteDamaged.
    """
    workspaces.require_modal_surface(work)
    found = note_forms.require(work, actor, note_access.by_ref(work, ref), FormKind.REVIEW)
    if found.note.review is not Review.PENDING:
        raise AlreadyDecided
    signed = signed_notes.open_note(work, found.note)
    answers = Answers(chosen={CLIENT_FIELD: (found.client.ref,)})
    return note_forms.opened(work, actor, FormKind.REVIEW, found, signed, answers)


def open_next(work: Work, actor: Actor, after: str) -> Sheet | None:
    """The note that has waited longest, but for the one of this form; None where nothing waits that can be read.

    Errors: SurfaceClosed.
    """
    row = form_rows.find(work, actor, after)
    but = row.note_id if row is not None else None
    for note, *_ in work.session.execute(_pending(work, actor).limit(A_PAGE)).all():
        if note.id == but:
            continue
        try:
            return open_review(work, actor, note.ref)
        except NoteDamaged as damage:
            # Whoever opens it from the queue is told; it must not keep them from the next one.
            staff.deny(work, actor.id, damage.rule, damage.subject)
        except NotFound:
            continue
    return None


def decide_note(work: Work, actor: Actor, command: DecideNote) -> Decided:
    """Approve or return the version that was read in this form; the same again is the same decision.

    Errors: FormGone, Overtaken; NotFound when the note is not the actor's to decide on any more; AlreadyDecided; NewerVersion; NoteDamaged.
    """
    row = form_rows.find(work, actor, command.nonce, for_update=True)
    if row is None or row.note_id is None or row.stage is FormStage.DISCARDED:
        raise FormGone
    content_hash = work.keys.house_key.fingerprint(command.content)
    if row.stage is FormStage.SIGNED:
        if row.signed_hash == content_hash:
            return Decided.SAME_AGAIN
        raise AlreadyDecided
    if command.answers.overtaken_by(form_rows.answers_of(work, row)):
        raise Overtaken
    note = note_access.by_id(work, row.note_id, for_update=True)
    decision = _require(work, actor, note)
    if note.latest_version != row.note_version:
        raise NewerVersion
    if note.review is not Review.PENDING:
        raise AlreadyDecided
    _decide(work, actor, note, command.content, decision)
    form_rows.store(work, actor, row, command.answers)
    row.stage = FormStage.SIGNED
    row.signed_hash = content_hash
    return Decided.DECIDED


def approve_read(work: Work, actor: Actor, author_ref: str) -> int:
    """Approve every note of this author that waits and was read in this sitting, as it stands; how many that were.

    Errors: NotFound for somebody whom the actor does not supervise; NothingRead; NoteDamaged.
    """
    author = access.staff_by_ref(work, actor, author_ref, Deed.NOTE_REVIEW)
    read = _read(work, actor)
    ids = work.session.scalars(
        _pending(work, actor).where(Note.author_id == author.id).with_only_columns(Note.id)
    ).all()
    approved = 0
    for note_id in ids:
        note = note_access.by_id(work, note_id, for_update=True)
        # Whatever was signed or decided since it was read is left for another look.
        if note.review is Review.PENDING and (note.id, note.latest_version) in read:
            content = ReviewContent(decision=ReviewDecision.APPROVED, comment=Phi(""))
            _decide(work, actor, note, content, _require(work, actor, note))
            approved += 1
    if not approved:
        raise NothingRead
    return approved


def _require(work: Work, actor: Actor, note: Note) -> Decision:
    decision = note_access.may_review(work, actor, note)
    if not decision.allowed:
        raise NotFound
    return decision


def _decide(work: Work, actor: Actor, note: Note, content: ReviewContent, decision: Decision) -> None:
    """Seal the decision in its place, and let the note's row say it; the event comes last."""
    # Nobody approves what does not stand as it was signed.
    number = len(signed_notes.open_note(work, note).reviews) + 1
    document = ReviewDocument(
        decision=content.decision,
        version=note.latest_version,
        comment=content.comment,
        signature=Signature(name=actor.name, title=actor.title, credential=actor.credential, signed_at=work.now),
    )
    sealed = clients.key_of(work, note.client_id).seal(document, work.cell(NOTE_REVIEW, "document", note.id, number))
    work.session.add(
        NoteReview(
            workspace_id=work.workspace_id,
            note_id=note.id,
            number=number,
            version=note.latest_version,
            decision=content.decision,
            document=sealed,
            reviewer_id=actor.id,
            decided_at=work.now,
        )
    )
    note.review = Review(content.decision.value)
    note.reviewed_at = work.now
    audit.record(
        work,
        ACTIONS[content.decision],
        actor=actor.id,
        subject=(NOTE_REVIEW, note.id),
        version=number,
        sealed=sealed,
        rule=decision.rule,
    )


def _pending(work: Work, actor: Actor) -> Select[Note, Contact, Staff, dt.datetime]:
    """The notes that wait for this supervisor, the longest first: those of their staff, also of who left, and never their own."""
    return (
        select(Note, Contact, Staff, NoteVersion.signed_at)
        .join(Contact, (Contact.workspace_id == Note.workspace_id) & (Contact.id == Note.contact_id))
        .join(Staff, (Staff.workspace_id == Note.workspace_id) & (Staff.id == Note.author_id))
        .join(
            NoteVersion,
            (NoteVersion.workspace_id == Note.workspace_id)
            & (NoteVersion.note_id == Note.id)
            & (NoteVersion.version == Note.latest_version),
        )
        .where(
            Note.workspace_id == work.workspace_id,
            Note.review == Review.PENDING,
            Staff.supervisor_id == actor.id,
            Staff.id != actor.id,
        )
        .order_by(NoteVersion.signed_at, Note.id)
    )


def _read(work: Work, actor: Actor) -> frozenset[tuple[uuid.UUID | None, int | None]]:
    """Which versions of which notes the actor opened for review in this sitting."""
    rows = work.session.execute(
        select(FormRow.note_id, FormRow.note_version).where(
            FormRow.workspace_id == work.workspace_id,
            FormRow.staff_id == actor.id,
            FormRow.kind == FormKind.REVIEW,
            FormRow.opened_at >= work.now - SITTING,
        )
    )
    return frozenset((note_id, version) for note_id, version in rows)
