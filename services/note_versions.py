"""A note's versions: writing the first and every later one. The old stays readable; nothing is ever changed in it.

Not here: opening one (signed_notes), and what is settled with the first (notes).
"""

from __future__ import annotations

from sqlalchemy import select

from models.clients import ClientProfile
from models.contacts import Contact
from models.forms import FormRow, FormStage
from models.notes import Note, NoteVersion, Review
from models.units import FrozenUnits
from services import (
    audit,
    clients,
    contacts,
    follow_ups,
    form_clients,
    form_rows,
    people,
    requirements,
    settling,
    unit_days,
)
from services.access import Reached
from services.decisions import Deed
from services.note_content import Content, Outcome, Signed, SignNote
from services.note_documents import document_of
from services.signed_notes import NOTE_VERSION
from services.staff import Actor
from services.unit_days import Spent
from services.work import Work


def sign_again(work: Work, actor: Actor, row: FormRow, command: SignNote, content_hash: bytes) -> Signed:
    """What becomes of a form that was signed before and is signed again: the same note, its new version, or a draft."""
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
    form_clients.require_open(work, reached)
    contact = work.session.scalars(
        select(Contact).where(Contact.workspace_id == work.workspace_id, Contact.id == note.contact_id)
    ).one()
    settling.set_facts(contact, command.content.happened)
    note.urgent = command.content.is_urgent
    form_rows.store(work, actor, row, command.answers)
    follow_ups.drop_for_note(work, actor, note.id)
    note.latest_version += 1
    note.review = Review.PENDING if actor.cosign_required else Review.NOT_NEEDED
    write(work, actor, note, command.content, reached)
    close(row, note, content_hash)
    return Signed(Outcome.NEW_VERSION, note.id, note.latest_version, contacts.left(work, actor, row))


def write(work: Work, actor: Actor, note: Note, content: Content, reached: Reached) -> None:
    """Seal the note's newest version, with everything that follows from it; the signature's event comes last."""
    key = clients.key_of(work, note.client_id)
    counted = _count(work, actor, note, clients.opened(work, reached.client, key), content)
    document = document_of(work, actor, reached.client, key, content, counted)
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
    row.signed_hash = content_hash
