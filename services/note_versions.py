"""A note's versions: writing the first and every later one. The old stays readable; nothing is ever changed in it.

Not here: opening one (signed_notes), and what is settled with the first (notes).
"""

from __future__ import annotations

import uuid

from models.clients import ClientProfile
from models.contacts import Contact
from models.forms import FormRow, FormStage
from models.note_document import NoteDocument
from models.notes import Note, NoteVersion, Review
from models.units import FrozenUnits
from services import (
    audit,
    checked_notes,
    clients,
    contacts,
    follow_ups,
    form_clients,
    form_rows,
    note_access,
    people,
    requirements,
    settling,
    signed_notes,
    unit_days,
)
from services.access import Reached
from services.decisions import Deed
from services.note_content import Content, Outcome, Signed, SignNote
from services.note_documents import document_of
from services.refusals import ApprovedMeanwhile, ClientOutOfScope, FormGone, Overtaken, Refused, VersionElsewhere
from services.signed_parts import NOTE_VERSION
from services.staff import Actor
from services.unit_days import Spent
from services.work import Work


def sign_again(work: Work, actor: Actor, row: FormRow, command: SignNote, content_hash: bytes) -> Signed:
    """What becomes of signing a form that has a note already: the note's next version, or the same again.

    What cannot be signed is kept: in the form itself while it is open, else as a draft of its own.
    Errors: Overtaken, ClientOutOfScope, ApprovedMeanwhile, VersionElsewhere where the form is open; FieldRefused; NoteDamaged.
    """
    note = note_access.by_id(work, _note_of(row), for_update=True)
    if row.signed_hash == content_hash:
        if row.stage is not FormStage.SIGNED:
            # Its words were changed after it was signed, and changed back.
            row.stage = FormStage.SIGNED
            subject = (form_rows.FORM, row.id)
            audit.record(work, audit.Action.FORM_DISCARD, actor=actor.id, subject=subject, rule="same_again")
        return Signed(Outcome.SAME_AGAIN, note.id, note.ref, note.latest_version, contacts.left(work, actor, row))
    ref, ended_at = command.content.client_ref, command.content.ended_at
    reached = form_clients.signed_for(work, actor, row, ref, ended_at, Deed.NOTE_AMEND)
    refusal = _refusal(note, reached, row, late=is_overtaken(work, row, command))
    if reached is None or refusal is not None:
        if row.signed_hash is None:
            raise refusal or ClientOutOfScope()
        row.stage = FormStage.SIGNED
        form_rows.keep_as_new_draft(work, actor, row, command.answers)
        return Signed(Outcome.KEPT_AS_DRAFT, note.id, note.ref, note.latest_version)
    form_clients.require_open(work, reached.client)
    earlier = signed_notes.open_note(work, note).latest.document
    settling.set_facts(note_access.contact_of(work, note), command.content.happened)
    form_rows.store(work, actor, row, command.answers)
    note.urgent = command.content.is_urgent
    note.latest_version += 1
    note.review = Review.PENDING if actor.cosign_required else Review.NOT_NEEDED
    note.reviewed_at = None
    write(work, actor, note, command, reached, earlier)
    close(row, note, content_hash)
    return Signed(Outcome.NEW_VERSION, note.id, note.ref, note.latest_version, contacts.left(work, actor, row))


def _note_of(row: FormRow) -> uuid.UUID:
    if row.note_id is None:
        raise FormGone
    return row.note_id


def _refusal(note: Note, reached: Reached | None, row: FormRow, *, late: bool) -> Refused | None:
    """Why this form cannot become the note's next version, or None."""
    if late:
        return Overtaken()
    if reached is None or reached.client.id != note.client_id:
        return ClientOutOfScope()
    if note.review is Review.APPROVED:
        return ApprovedMeanwhile()
    return VersionElsewhere() if row.note_version not in {None, note.latest_version} else None


def is_overtaken(work: Work, row: FormRow, command: SignNote) -> bool:
    """Whether the form holds newer words by now than those that are to be signed, or others than those that were looked over."""
    stored = form_rows.answers_of(work, row)
    if command.answers.overtaken_by(stored):
        return True
    looked_over = row.stage is FormStage.SUBMITTED and stored.submission == command.submission
    return command.submission > 0 and not looked_over


def write(
    work: Work, actor: Actor, note: Note, command: SignNote, reached: Reached, earlier: NoteDocument | None = None
) -> None:
    """Seal the note's newest version, with everything that follows from it; the signature's event comes last."""
    content, key = command.content, clients.key_of(work, note.client_id)
    counted = _count(work, actor, note, clients.opened(work, reached.client, key), content)
    document = document_of(work, actor, reached.client, key, content, counted, earlier).model_copy(
        update={
            "checked": checked_notes.of(command.checked, earlier),
            "review_asked": note.review is Review.PENDING,
        }
    )
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
    follow_ups.restate(work, actor, note, key, earlier.promises if earlier is not None else (), document.promises)
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


def _count(work: Work, actor: Actor, note: Note, profile: ClientProfile, content: Content) -> FrozenUnits:
    """The note's units, and of its contact whether they may be billed."""
    contact = work.session.get_one(Contact, (work.workspace_id, note.contact_id))
    counted = unit_days.count(
        work,
        actor,
        profile,
        Spent(
            client_id=note.client_id,
            ended_at=content.ended_at,
            minutes=content.minutes,
            method=content.method,
            activities=content.activities,
            contact_id=contact.id,
        ),
    )
    contact.billable = counted.not_billed is None
    return counted


def close(row: FormRow, note: Note, content_hash: bytes) -> None:
    """Close a form whose note was signed, and remember what was."""
    row.stage = FormStage.SIGNED
    row.note_id = note.id
    row.note_version = note.latest_version
    row.signed_hash = content_hash
