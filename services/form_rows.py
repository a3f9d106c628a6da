"""The row behind every form: finding it, opening and sealing what stands in it. What happens to it stands in `forms`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy import select

from models.base import new_id, new_reference
from models.forms import Answers, FormKind, FormRow, FormStage
from privacy.grants import Purpose, system_grant
from privacy.keys import RecordKey
from privacy.phi import Phi
from privacy.sealed import Sealed
from services import access, audit, clients
from services.refusals import FormGone
from services.staff import Actor
from services.work import Work

FORM = "form"
CLIENT_FIELD = "client"
# A form in one of these stages may still be written in.
WRITABLE = frozenset({FormStage.OPEN, FormStage.SUBMITTED})


def new_row(work: Work, actor: Actor, kind: FormKind, answers: Answers) -> FormRow:
    """A row for a new form, with what it starts from sealed inside; the caller adds it to the session."""
    row_id = new_id()
    ref = client_ref_of(answers.chosen)
    client_id = access.owner_of_words(work, actor, ref, None) if ref else None
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


def keep_as_new_draft(work: Work, actor: Actor, row: FormRow, answers: Answers) -> None:
    """Keep words that came after their form was signed, and cannot change what was, as a draft of their own.

    It stays a draft about the same note, unless another client was chosen in it.
    """
    draft = new_row(work, actor, row.kind, answers)
    if draft.client_id == row.client_id:
        draft.note_id, draft.note_version = row.note_id, row.note_version
    draft.saved_at = work.now
    work.session.add(draft)
    audit.record(work, audit.Action.FORM_OPEN, actor=actor.id, subject=(FORM, draft.id), rule="edit_not_stored")


def find(work: Work, actor: Actor, nonce: str, *, for_update: bool = False) -> FormRow | None:
    """The actor's own form with this nonce, or None."""
    query = select(FormRow).where(
        FormRow.workspace_id == work.workspace_id, FormRow.nonce == nonce, FormRow.staff_id == actor.id
    )
    return work.session.scalar(query.with_for_update() if for_update else query)


def writable(work: Work, actor: Actor, nonce: str) -> FormRow:
    """The actor's own form with this nonce, locked, while it may still be written in.

    Errors: FormGone when it was signed, discarded or never the actor's.
    """
    row = find(work, actor, nonce, for_update=True)
    if row is None or row.stage not in WRITABLE:
        raise FormGone
    return row


def answers_of(work: Work, row: FormRow) -> Answers:
    """What stands in the form, opened."""
    return _key(work, row.client_id).open(Answers, row.answers, work.cell(FORM, "answers", row.id, row.revision))


def store(work: Work, actor: Actor, row: FormRow, answers: Answers) -> None:
    """Seal what stands in the form as its new revision."""
    ref = client_ref_of(answers.chosen)
    row.client_id = access.owner_of_words(work, actor, ref, row.client_id) if ref else None
    row.revision += 1
    row.answers = _seal(work, row.id, row.client_id, storable(answers), row.revision)
    row.saved_at = work.now


def forget(work: Work, row: FormRow) -> None:
    """Put a form away for good: nothing that was typed or chosen in it is left in its row."""
    row.stage = FormStage.DISCARDED
    row.client_id = None
    row.revision += 1
    row.answers = _seal(work, row.id, None, Answers(), row.revision)


def storable(answers: Answers) -> Answers:
    """The answers without what no database can keep: halves of surrogate pairs become a visible mark in the draft."""
    grant = system_grant(Purpose.SEAL)
    typed = {
        name: Phi(words.reveal(grant).encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
        for name, words in answers.typed.items()
    }
    return answers.model_copy(update={"typed": typed})


def client_ref_of(chosen: Mapping[str, tuple[str, ...]]) -> str:
    """The reference of the client who is chosen, or nothing; a cleared choice is there as empty."""
    return next(iter(chosen.get(CLIENT_FIELD, ())), "")


def _key(work: Work, client_id: uuid.UUID | None) -> RecordKey:
    return clients.key_of(work, client_id) if client_id is not None else work.keys.house_key


def _seal(work: Work, row_id: uuid.UUID, client_id: uuid.UUID | None, answers: Answers, revision: int) -> Sealed:
    return _key(work, client_id).seal(answers, work.cell(FORM, "answers", row_id, revision))
