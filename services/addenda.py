"""Addenda: adding to a signed note, which itself stays as it is. What was signed here is never changed and never deleted.

An author adds to their own note for as long as they may amend it, also after it was approved. What the client disagrees with is taken
down by whoever may write about them now, by the author, or by the author's supervisor.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select

from models.addenda import Addendum, AddendumDocument, AddendumKind
from models.forms import Answers, FormRow, FormStage
from models.note_document import Signature
from models.notes import Note
from privacy.documents import Document
from privacy.phi import Phi
from services import access, audit, clients, form_clients, form_rows, note_access, signed_notes
from services.decisions import Decision, Deed
from services.refusals import ClientOutOfScope, FieldRefused, FormGone, Overtaken
from services.signed_parts import ADDENDUM
from services.staff import Actor
from services.work import Work

OWN_KINDS: Final = (AddendumKind.ADDITION, AddendumKind.CORRECTION, AddendumKind.LATE_ENTRY)


class AddendumContent(Document):
    """What the form of an addendum says. Two equal ones of one form are the same addendum."""

    kind: AddendumKind
    words: Phi[str]


@dataclass(frozen=True, slots=True)
class SignAddendum:
    """Sign what stands in the form of an addendum. `answers` are kept if it cannot be signed."""

    nonce: str
    content: AddendumContent
    answers: Answers


class Added(StrEnum):
    """What became of it."""

    SIGNED = "signed"
    SAME_AGAIN = "same_again"
    KEPT_AS_DRAFT = "kept_as_draft"


def offered(work: Work, actor: Actor, note: Note) -> dict[AddendumKind, Decision]:
    """What this actor may add to the note, each with the decision that allows it."""
    amends = note_access.reach(work, actor, note, Deed.NOTE_AMEND)
    if amends is not None:
        return dict.fromkeys(AddendumKind, amends.decision)
    writes = note_access.reach(work, actor, note, Deed.NOTE_WRITE)
    decision = writes.decision if writes is not None else note_access.may_review(work, actor, note)
    return {AddendumKind.DISAGREEMENT: decision} if decision.allowed else {}


def sign(work: Work, actor: Actor, command: SignAddendum) -> Added:
    """Sign the addendum of this form; the same again is the same one, and other words after it are kept as a draft.

    Errors: FormGone, Overtaken, FieldRefused; ClientOutOfScope when the actor may not add to the note any more; Part2Closed; NoteDamaged.
    """
    row = form_rows.find(work, actor, command.nonce, for_update=True)
    if row is None or row.note_id is None or row.stage is FormStage.DISCARDED:
        raise FormGone
    content_hash = work.keys.house_key.fingerprint(command.content)
    if row.stage is FormStage.SIGNED:
        if row.signed_hash == content_hash:
            return Added.SAME_AGAIN
        form_rows.keep_as_new_draft(work, actor, row, command.answers)
        return Added.KEPT_AS_DRAFT
    if command.answers.overtaken_by(form_rows.answers_of(work, row)):
        raise Overtaken
    note = note_access.by_id(work, row.note_id, for_update=True)
    may = offered(work, actor, note)
    if not may:
        raise ClientOutOfScope
    if command.content.kind not in may:
        raise FieldRefused("kind", "choose")
    form_clients.require_open(work, access.clients_of_notes(work, {note.client_id})[0])
    # Nothing is added to what does not stand as it was signed.
    signed_notes.open_note(work, note)
    form_rows.store(work, actor, row, command.answers)
    _write(work, actor, note, command.content, may[command.content.kind])
    _close(row, content_hash)
    return Added.SIGNED


def _write(work: Work, actor: Actor, note: Note, content: AddendumContent, decision: Decision) -> None:
    """Seal it under the client's key, in its place; the event comes last."""
    mine = (Addendum.workspace_id == work.workspace_id, Addendum.note_id == note.id)
    number = (work.session.scalar(select(func.max(Addendum.number)).where(*mine)) or 0) + 1
    key = clients.key_of(work, note.client_id)
    document = AddendumDocument(
        kind=content.kind,
        words=content.words,
        signature=Signature(name=actor.name, title=actor.title, credential=actor.credential, signed_at=work.now),
    )
    sealed = key.seal(document, work.cell(ADDENDUM, "document", note.id, number))
    work.session.add(
        Addendum(
            workspace_id=work.workspace_id,
            note_id=note.id,
            number=number,
            kind=content.kind,
            document=sealed,
            content_hash=key.fingerprint(document),
            author_id=actor.id,
            signed_at=work.now,
        )
    )
    audit.record(
        work,
        audit.Action.NOTE_ADD,
        actor=actor.id,
        subject=(ADDENDUM, note.id),
        version=number,
        sealed=sealed,
        rule=decision.rule,
    )


def _close(row: FormRow, content_hash: bytes) -> None:
    row.stage = FormStage.SIGNED
    row.signed_hash = content_hash
