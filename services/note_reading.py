"""Reading one signed note: opened as it was signed, each reading recorded; and its text on the way to another system."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import select

from models.addenda import AddendumDocument
from models.contacts import Contact
from models.forms import FormKind
from models.note_document import NoteDocument, Signature
from models.note_templates import Heading, Template, copied
from models.notes import Note, Review
from privacy.grants import Grant
from services import about_notes, access, addenda, audit, clients, policies, signed_notes, staff, workspaces
from services.access import Reached
from services.clients import ClientLine
from services.decisions import Deed
from services.events import Action
from services.refusals import NotFound
from services.signed_notes import SignedNote
from services.signed_parts import NOTE_VERSION
from services.staff import Actor
from services.work import Work


@dataclass(frozen=True, slots=True)
class NoteSheet:
    """One version of a note, and what is needed to read it. `staff` are the names of whom it names.

    `order` are the headings in the order in which the text is copied; empty where it is only read. `decided` is who decided last on the
    note as it stands, and when.
    """

    ref: str
    client: ClientLine
    version: int
    versions: tuple[tuple[int, dt.datetime], ...]
    review: Review
    document: NoteDocument = field(repr=False)
    template: Template
    staff: Mapping[uuid.UUID, str]
    may_copy: bool
    grant: Grant
    order: tuple[Heading, ...] = ()
    addenda: tuple[AddendumDocument, ...] = field(default=(), repr=False)
    decided: Signature | None = None
    may_change: bool = False
    may_add: bool = False


def open_note(work: Work, actor: Actor, ref: str, version: int = 0) -> NoteSheet:
    """The note, its newest version or the one that is asked for.

    Errors: SurfaceClosed; NotFound for a note that is not the actor's to read, and for a version that there is not; NoteDamaged.
    """
    note, contact, reached = _reached(work, actor, ref, Deed.NOTE_READ)
    signed = signed_notes.open_note(work, note, every_version=True)
    may_copy = access.reach_contacts(work, actor, [contact], Deed.NOTE_COPY).get(contact.id) is not None
    template = policies.in_force(work).notes.template
    sheet = _sheet(work, actor, signed, reached, Action.NOTE_READ, version, template, may_copy=may_copy)
    amends = about_notes.allowed(work, actor, note, FormKind(note.kind.value)) is not None
    return replace(
        sheet,
        may_change=amends and note.review is not Review.APPROVED,
        may_add=bool(addenda.offered(work, actor, note)),
    )


def copy(work: Work, actor: Actor, ref: str) -> NoteSheet:
    """The note's newest version, section by section as another system asks for it; recorded as one note's export.

    Errors: as `open_note`.
    """
    note, _, reached = _reached(work, actor, ref, Deed.NOTE_COPY)
    signed = signed_notes.open_note(work, note, every_version=True)
    formats = policies.in_force(work).notes
    order = copied(formats.copied_as, formats.copy_order)
    return _sheet(work, actor, signed, reached, Action.NOTE_COPY, 0, formats.copied_as, may_copy=True, order=order)


def _reached(work: Work, actor: Actor, ref: str, deed: Deed) -> tuple[Note, Contact, Reached]:
    """The note with its contact, and the decision; by the contact also for whoever was there.

    Whether there is no such note or it is out of reach, the same is asked of the database.
    """
    workspaces.require_modal_surface(work)
    found = work.session.execute(
        select(Note, Contact)
        .join(Contact, (Contact.workspace_id == Note.workspace_id) & (Contact.id == Note.contact_id))
        .where(Note.workspace_id == work.workspace_id, Note.ref == ref)
    ).one_or_none()
    reached = access.reach_contacts(work, actor, [found[1]] if found else [], deed)
    if found is None or found[1].id not in reached:
        raise NotFound
    return found[0], found[1], reached[found[1].id]


def _sheet(
    work: Work,
    actor: Actor,
    signed: SignedNote,
    reached: Reached,
    action: Action,
    version: int,
    template: Template,
    *,
    may_copy: bool,
    order: tuple[Heading, ...] = (),
) -> NoteSheet:
    every = {each.number: each.document for each in (*signed.earlier, signed.latest)}
    number = version or signed.latest.number
    if number not in every:
        raise NotFound
    document = every[number]
    grant = audit.record(
        work,
        action,
        actor=actor.id,
        subject=(NOTE_VERSION, signed.note.id),
        version=number,
        rule=reached.decision.reading,
    )
    return NoteSheet(
        ref=signed.note.ref,
        client=clients.line_of(work, reached.client),
        version=number,
        versions=tuple((each, every[each].signature.signed_at) for each in sorted(every)),
        review=signed.note.review,
        document=document,
        template=template,
        staff=staff.names_of(work, {each.owner_id for each in document.promises}),
        may_copy=may_copy,
        grant=grant,
        order=order,
        addenda=tuple(each.document for each in signed.addenda),
        decided=_decided(signed),
    )


def _decided(signed: SignedNote) -> Signature | None:
    """Who approved or returned the note, where that is how it stands now."""
    if signed.note.review not in {Review.APPROVED, Review.RETURNED} or not signed.reviews:
        return None
    return signed.reviews[-1].document.signature
