"""Opening what was signed: nothing of a note is given out that does not stand as it was signed.

Here: each version, addendum and review against its seal, its content hash, the event that recorded it, and the note's own row. Not here:
who may read, and the event of a reading, which are the caller's; and the check of the whole trail (audit_trail), which also finds that
the newest events were cut off with all that they recorded.
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from models.addenda import AddendumDocument
from models.chunks import chunks
from models.note_document import NoteDocument
from models.notes import Note, Review
from models.reviews import ReviewDocument
from privacy.documents import Document
from privacy.keys import RecordKey
from privacy.sealed import FieldAuthError, Sealed
from services import clients, signed_parts
from services.audit_findings import Kind
from services.refusals import NoteDamaged, NotFound
from services.signed_parts import ADDENDUM, NOTE_REVIEW, NOTE_VERSION, DamagedPartError, Recorded, StoredPart
from services.staff import Actor, deny
from services.work import Work

D = TypeVar("D", bound=Document)

NOTE: Final = "note"


@dataclass(frozen=True, slots=True)
class SignedVersion:
    """One version as it was signed."""

    number: int
    document: NoteDocument = field(repr=False)
    content_hash: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedAddendum:
    """One addendum as it was signed, and by whom."""

    number: int
    document: AddendumDocument = field(repr=False)
    author_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class SignedReview:
    """One decision as it was made, and by whom."""

    number: int
    document: ReviewDocument = field(repr=False)
    reviewer_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A note that stands as it was signed: its newest version, all that was added and decided, oldest first, and the earlier versions
    where they were asked for.
    """

    note: Note
    latest: SignedVersion
    earlier: tuple[SignedVersion, ...] = ()
    addenda: tuple[SignedAddendum, ...] = ()
    reviews: tuple[SignedReview, ...] = ()


@dataclass(frozen=True, slots=True)
class Damage:
    """A note that does not stand as it was signed, and what is wrong with it first: with which part, and which one of them."""

    note: Note
    kind: Kind
    part: str
    number: int


@dataclass(frozen=True, slots=True)
class Opened:
    """Several notes, by id: those that stand, and those of which nothing may be shown. Those of shredded clients are in neither."""

    notes: Mapping[uuid.UUID, SignedNote]
    damaged: Mapping[uuid.UUID, Damage]


def open_note(work: Work, note: Note, *, every_version: bool = False) -> SignedNote:
    """The note as it was signed; whoever calls this has checked access.

    Errors: NoteDamaged, which names the note; NotFound when its client was shredded.
    """
    opened = open_notes(work, [note], every_version=every_version)
    if note.id in opened.damaged:
        raise NoteDamaged(note.id, note.ref)
    if note.id not in opened.notes:
        raise NotFound
    return opened.notes[note.id]


def open_notes(work: Work, notes: Sequence[Note], *, every_version: bool = False) -> Opened:
    """These notes as they were signed, in five statements for every 500; whoever calls this has checked access.

    Every part is compared with its event, whichever are opened: of a note from which a version was removed, none is shown.
    """
    good: dict[uuid.UUID, SignedNote] = {}
    damaged: dict[uuid.UUID, Damage] = {}
    for some in chunks(notes):
        for note, result in _chunk(work, some, every_version=every_version):
            if isinstance(result, SignedNote):
                good[note.id] = result
            else:
                damaged[note.id] = Damage(note, result.kind, result.part, result.number)
    return Opened(good, damaged)


def tell_damage(work: Work, actor: Actor, opened: Opened) -> None:
    """Record that these notes were found damaged, so that the trail says when somebody was told."""
    for note_id in opened.damaged:
        deny(work, actor.id, NoteDamaged.rule, (NOTE, note_id))


def _chunk(
    work: Work, notes: Sequence[Note], *, every_version: bool
) -> Iterator[tuple[Note, SignedNote | DamagedPartError]]:
    keys = clients.keys_of(work, {note.client_id for note in notes})
    readable = [note for note in notes if note.client_id in keys]
    stored = signed_parts.fetch(work, {note.id for note in readable})
    for note in readable:
        try:
            yield note, _Opening(work, note, keys[note.client_id], stored[note.id]).open(every_version=every_version)
        except DamagedPartError as error:
            yield note, error


@dataclass(frozen=True, slots=True)
class _Opening:
    """One note on its way; `stored` is None where the database holds what nobody can read."""

    work: Work
    note: Note
    key: RecordKey
    stored: Recorded | None

    def open(self, *, every_version: bool) -> SignedNote:
        """The note, once every part of it stands."""
        if self.stored is None:
            raise DamagedPartError(Kind.CHANGED)
        versions = self.stored.checked(NOTE_VERSION, lambda _: self.note.author_id)
        addenda = self.stored.checked(ADDENDUM, lambda each: each.clear["author_id"])
        reviews = self.stored.checked(NOTE_REVIEW, lambda each: each.clear["reviewer_id"])
        if [each.number for each in versions] != list(range(1, self.note.latest_version + 1)):
            raise DamagedPartError(Kind.ROLLED_BACK, NOTE_VERSION, self.note.latest_version)
        opened = tuple(self._version(each) for each in (versions if every_version else versions[-1:]))
        decided = tuple(self._review(each) for each in reviews)
        self._review_stands(opened[-1].document, decided)
        return SignedNote(self.note, opened[-1], opened[:-1], tuple(self._addendum(each) for each in addenda), decided)

    def _version(self, stored: StoredPart) -> SignedVersion:
        document, content_hash = self._opened(NoteDocument, stored)
        signed_at = document.signature.signed_at
        _same(
            stored,
            hmac.compare_digest(content_hash, stored.clear["content_hash"]),
            stored.clear["signed_at"] == signed_at,
            stored.number > 1 or self.note.signed_at == signed_at,
            document.kind is self.note.kind,
        )
        return SignedVersion(stored.number, document, content_hash)

    def _addendum(self, stored: StoredPart) -> SignedAddendum:
        document, content_hash = self._opened(AddendumDocument, stored)
        _same(
            stored,
            hmac.compare_digest(content_hash, stored.clear["content_hash"]),
            stored.clear["signed_at"] == document.signature.signed_at,
            stored.clear["kind"] is document.kind,
        )
        return SignedAddendum(stored.number, document, stored.clear["author_id"])

    def _review(self, stored: StoredPart) -> SignedReview:
        document, _ = self._opened(ReviewDocument, stored)
        _same(
            stored,
            stored.clear["version"] == document.version,
            stored.clear["decision"] is document.decision,
            stored.clear["decided_at"] == document.signature.signed_at,
        )
        return SignedReview(stored.number, document, stored.clear["reviewer_id"])

    def _review_stands(self, newest: NoteDocument, decided: Sequence[SignedReview]) -> None:
        """The note's row says what was decided on its newest version, and where nothing was, what its signature asked for."""
        last = decided[-1].document if decided else None
        if last is not None and last.version == self.note.latest_version:
            stands = (Review(last.decision.value), last.signature.signed_at)
        else:
            stands = (self._asked(newest), None)
        if stands != (self.note.review, self.note.reviewed_at):
            raise DamagedPartError(Kind.CHANGED, NOTE_REVIEW, len(decided))

    def _asked(self, newest: NoteDocument) -> Review | None:
        if newest.review_asked is not None:
            return Review.PENDING if newest.review_asked else Review.NOT_NEEDED
        return self.note.review if self.note.review in {Review.PENDING, Review.NOT_NEEDED} else None

    def _opened(self, kind: type[D], stored: StoredPart) -> tuple[D, bytes]:
        cell = self.work.cell(stored.part, "document", self.note.id, stored.number)
        try:
            return self.key.open_and_fingerprint(kind, Sealed(stored.blob), cell)
        except FieldAuthError:
            raise stored.damaged() from None


def _same(stored: StoredPart, *agreements: bool) -> None:
    """What stands in clear beside a part says the same as what was sealed."""
    if not all(agreements):
        raise stored.damaged()
