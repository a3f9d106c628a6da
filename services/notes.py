"""Signing notes: one note per form, whatever Slack or the person repeats. Later versions stand in note_versions."""

from __future__ import annotations

from models.base import new_reference
from models.forms import FormStage
from models.notes import Note, Review
from services import contacts, form_clients, form_rows, lateness, note_versions, settling
from services.note_content import Outcome, Signed, SignNote
from services.refusals import ClientOutOfScope, FormGone, LateByNow, Overtaken
from services.staff import Actor
from services.work import Work


def sign(work: Work, actor: Actor, command: SignNote) -> Signed:
    """Sign the form's note: settle its contact, open its follow-ups, remember its people, close the form.

    A form that has a note already, because it was signed before or was opened to change it, becomes the note's next version
    (`note_versions`). What Slack sent before the words that are stored is never signed over them, and no late note is
    signed without its reason.
    Errors: FormGone, Overtaken, ClientOutOfScope, Part2Closed, LateByNow, ContactSettled, ContactElsewhere, FieldRefused; those of
    `note_versions.sign_again`.
    """
    row = form_rows.find(work, actor, command.nonce, for_update=True)
    if row is None or row.stage is FormStage.DISCARDED:
        raise FormGone
    content_hash = work.keys.house_key.fingerprint(command.content)
    if row.note_id is not None:
        return note_versions.sign_again(work, actor, row, command, content_hash)
    if note_versions.is_overtaken(work, row, command):
        raise Overtaken
    content = command.content
    reached = form_clients.signed_for(work, actor, row, content.client_ref, content.ended_at)
    if reached is None:
        raise ClientOutOfScope
    form_clients.require_open(work, reached.client)
    has_reason = command.checked is not None and command.checked.late is not None
    if not has_reason and lateness.business_days_late(work, actor, content.ended_at) is not None:
        raise LateByNow
    client = reached.client
    form_rows.store(work, actor, row, command.answers)
    contact = settling.settle(work, actor, row, client, content.happened)
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
        urgent=content.is_urgent,
    )
    work.session.add(note)
    work.session.flush()
    note_versions.write(work, actor, note, command, reached)
    note_versions.close(row, note, content_hash)
    return Signed(Outcome.SIGNED, note.id, note.ref, 1, contacts.left(work, actor, row))
