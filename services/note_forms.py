"""Opening a form about a note that is signed already: its next version, or something added to it. The note itself is never reopened."""

from __future__ import annotations

from models.forms import Answers, FormKind, FormRow
from models.notes import Note, Review
from privacy.grants import Grant
from services import about_notes, audit, clients, note_access, note_answers, signed_notes, workspaces
from services.about_notes import Allowed
from services.form_rows import CLIENT_FIELD, FORM, new_row
from services.refusals import NoteApproved, NotFound
from services.sheets import Sheet, sheet_of
from services.signed_notes import SignedNote
from services.signed_parts import NOTE_VERSION
from services.staff import Actor
from services.work import Work


def open_version(work: Work, actor: Actor, ref: str) -> Sheet:
    """The form of the note's kind, filled in exactly as the note stands, from which its author signs the next version.

    Errors: SurfaceClosed; NotFound when the note is not the actor's to change; NoteApproved; NoteDamaged.
    """
    workspaces.require_modal_surface(work)
    note = note_access.by_ref(work, ref)
    kind = FormKind(note.kind.value)
    found = require(work, actor, note, kind)
    if note.review is Review.APPROVED:
        raise NoteApproved
    signed = signed_notes.open_note(work, note)
    key = clients.key_of(work, note.client_id)
    offered = note_answers.offered(work, actor, note.client_id, key, signed.latest.document)
    answers = note_answers.answers_of(signed.latest.document, actor, found.client.ref, offered)
    return opened(work, actor, kind, found, signed, answers)


def open_addendum(work: Work, actor: Actor, ref: str) -> Sheet:
    """An empty form for something that is added to the note.

    Errors: SurfaceClosed; NotFound when the actor may add nothing to the note; NoteDamaged.
    """
    workspaces.require_modal_surface(work)
    found = require(work, actor, note_access.by_ref(work, ref), FormKind.ADDENDUM)
    signed = signed_notes.open_note(work, found.note)
    return opened(work, actor, FormKind.ADDENDUM, found, signed, Answers(chosen={CLIENT_FIELD: (found.client.ref,)}))


def require(work: Work, actor: Actor, note: Note, kind: FormKind) -> Allowed:
    """The note, if the actor may write about it in a form of this kind.

    Errors: NotFound.
    """
    found = about_notes.allowed(work, actor, note, kind)
    if found is None:
        raise NotFound
    return found


def opened(work: Work, actor: Actor, kind: FormKind, found: Allowed, signed: SignedNote, answers: Answers) -> Sheet:
    """A new form about this note, and the events of opening it and of reading the note in it."""
    row = new_row(work, actor, kind, answers)
    row.contact_id = found.note.contact_id if kind not in about_notes.ABOUT_NOTES else None
    row.note_id, row.note_version = found.note.id, found.note.latest_version
    work.session.add(row)
    grant = _recorded(work, actor, row, found, signed)
    return sheet_of(work, actor, row, answers, grant)


def _recorded(work: Work, actor: Actor, row: FormRow, found: Allowed, signed: SignedNote) -> Grant:
    audit.record(
        work,
        audit.Action.NOTE_READ,
        actor=actor.id,
        subject=(NOTE_VERSION, found.note.id),
        version=signed.latest.number,
        rule=found.decision.reading,
    )
    return audit.record(work, audit.Action.FORM_OPEN, actor=actor.id, subject=(FORM, row.id))
