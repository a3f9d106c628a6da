"""Forms about a note that is signed already: a new version, an addendum, a review. What such a form shows of its note.

Here: whether its note is still theirs to write about, and what is shown. Not here: opening the form (note_forms) and signing it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from models.addenda import AddendumKind
from models.clients import Client
from models.contacts import ContactKind
from models.forms import FormKind, FormRow
from models.note_document import NoteDocument
from models.note_templates import Template
from models.notes import Note, Review
from models.reviews import ReviewDecision
from privacy.phi import Phi
from services import access, addenda, note_access, policies, signed_notes, staff
from services.decisions import Decision, Deed
from services.refusals import NoteDamaged, NotFound
from services.signed_notes import SignedNote
from services.staff import Actor
from services.work import Work

ABOUT_NOTES = frozenset({FormKind.ADDENDUM, FormKind.REVIEW})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a supervisor asked for when they returned the note, and who that was."""

    name: str
    comment: Phi[str]


@dataclass(frozen=True, slots=True)
class AboutNote:
    """A signed note as a form about it shows it.

    `seen` is the version that stood in the form when it was opened, `version` the newest now. `document` is None where the note does not
    stand as it was signed: then nothing of it is shown. `staff` are the names of whom it names.
    """

    ref: str
    kind: ContactKind
    author: str
    seen: int
    version: int
    review: Review
    ended_at: dt.datetime
    document: NoteDocument | None = field(repr=False)
    template: Template
    staff: Mapping[uuid.UUID, str]
    asked: Asked | None = None
    addable: tuple[AddendumKind, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowed:
    """A note that the actor may write about in a form of some kind: its client, and the decision."""

    note: Note
    client: Client
    decision: Decision


@dataclass(frozen=True, slots=True)
class Shown:
    """What a form shows of its note, and whom that is about."""

    note: AboutNote
    client: Client


def allowed(work: Work, actor: Actor, note: Note, kind: FormKind) -> Allowed | None:
    """Whether the actor may write about this note in a form of this kind; None if not, as if there were no such note."""
    match kind:
        case FormKind.REVIEW:
            decision = note_access.may_review(work, actor, note)
        case FormKind.ADDENDUM:
            decision = next(iter(addenda.offered(work, actor, note).values()), None)
        case _:
            reached = note_access.reach(work, actor, note, Deed.NOTE_AMEND)
            decision = reached.decision if reached is not None else None
    if decision is None or not decision.allowed:
        return None
    return Allowed(note, access.clients_of_notes(work, {note.client_id})[0], decision)


def of_row(work: Work, actor: Actor, row: FormRow) -> Shown | None:
    """What a form shows of the note it is about; None for a form about none, or about one that is out of reach."""
    if row.note_id is None:
        return None
    found = allowed(work, actor, note_access.by_id(work, row.note_id), row.kind)
    return Shown(_shown(work, actor, row, found), found.client) if found is not None else None


def asked_of(signed: SignedNote, names: Mapping[uuid.UUID, str]) -> Asked | None:
    """What should change in the note as it stands, if it was returned."""
    if signed.note.review is not Review.RETURNED:
        return None
    last = signed.reviews[-1]
    return Asked(names[last.reviewer_id], last.document.comment)


def last_asked(signed: SignedNote, names: Mapping[uuid.UUID, str]) -> Asked | None:
    """What should change when the note was returned last, whatever became of it since."""
    returned = [each for each in signed.reviews if each.document.decision is ReviewDecision.RETURNED]
    return Asked(names[returned[-1].reviewer_id], returned[-1].document.comment) if returned else None


def _shown(work: Work, actor: Actor, row: FormRow, found: Allowed) -> AboutNote:
    note, signed = found.note, None
    # What is typed in the form of a damaged note must still be saved; it cannot be signed.
    with contextlib.suppress(NoteDamaged, NotFound):
        signed = signed_notes.open_note(work, note)
    document = signed.latest.document if signed is not None else None
    named = {note.author_id, *(each.owner_id for each in (document.promises if document is not None else ()))}
    names = staff.names_of(work, named | {each.reviewer_id for each in (signed.reviews if signed is not None else ())})
    asked = None
    if signed is not None:
        asked = last_asked(signed, names) if row.kind is FormKind.REVIEW else asked_of(signed, names)
    return AboutNote(
        ref=note.ref,
        kind=note.kind,
        author=names[note.author_id],
        seen=row.note_version or note.latest_version,
        version=note.latest_version,
        review=note.review,
        ended_at=note_access.contact_of(work, note).ended_at,
        document=document,
        template=policies.in_force(work).notes.template,
        staff=names,
        asked=asked,
        addable=tuple(addenda.offered(work, actor, note)) if row.kind is FormKind.ADDENDUM else (),
    )
