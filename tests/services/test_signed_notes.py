"""What was signed is opened as it was signed, or not at all: whatever somebody does to it behind the app's back is named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, Executable, LargeBinary, delete, insert, literal, select, update

from models.audit import AuditEvent
from models.clients import ClientKey
from models.contacts import ContactKind
from models.engine import make_engine
from models.notes import Note, NoteVersion
from privacy.grants import Purpose, system_grant
from privacy.kek import FileKek
from privacy.sealed import Sealed
from services import audit_trail, signed_notes
from services.audit_findings import Kind
from services.refusals import NoteDamaged, NotFound
from services.signed_notes import Opened
from tests.conftest import NOON, Agency, StandingClock, make_agency
from tests.services.day_store import ALICE, DAN, DANS, HERS, furnished
from tests.services.note_store import written
from tests.services.roster_store import Store
from tests.services.trails import tamper

GRANT = system_grant(Purpose.VALIDATE)


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    return furnished(engine, agency, clock)


def read(store: Store, *notes: Note, every_version: bool = False) -> Opened:
    ids = [note.id for note in notes]
    return store.run(
        lambda work: signed_notes.open_notes(
            work, work.session.scalars(select(Note).where(Note.id.in_(ids))).all(), every_version=every_version
        )
    )


def test_a_note_opens_as_it_was_signed_with_its_earlier_versions_where_they_are_asked_for(store: Store) -> None:
    note = written(store, ALICE, HERS, "Asked again and got another day.")
    found = read(store, note, every_version=True).notes[note.id]
    assert [each.number for each in (*found.earlier, found.latest)] == [1, 2]
    assert found.earlier[0].document.done.reveal(GRANT) == "Asked the manager for a later day and she agreed."
    assert found.latest.document.done.reveal(GRANT) == "Asked again and got another day."
    assert read(store, note).notes[note.id].earlier == ()


def test_several_notes_are_opened_with_the_same_statements_as_one(store: Store) -> None:
    notes = [written(store, ALICE, HERS, minutes=minutes) for minutes in range(1, 6)]
    assert set(read(store, *notes).notes) == {note.id for note in notes}


def test_the_notes_of_a_shredded_client_are_in_neither_list_and_not_found(store: Store) -> None:
    note = written(store, ALICE, HERS)
    tamper(store.engine, delete(ClientKey).where(ClientKey.client_id == note.client_id))
    assert read(store, note) == Opened({}, {})
    with pytest.raises(NotFound):
        store.run(lambda work: signed_notes.open_note(work, note))


def version_of(note: Note, number: int) -> tuple[object, ...]:
    return NoteVersion.note_id == note.id, NoteVersion.version == number


def set_version(note: Note, number: int, **values: object) -> Executable:
    return update(NoteVersion).where(*version_of(note, number)).values(**values)  # type: ignore[arg-type] - two conditions


def set_note(note: Note, **values: object) -> Executable:
    return update(Note).where(Note.id == note.id).values(**values)


def stored(store: Store, note: Note, number: int) -> NoteVersion:
    return store.run(lambda work: work.session.get_one(NoteVersion, (work.workspace_id, note.id, number)))


def flipped(blob: bytes) -> Sealed:
    return Sealed(blob[:-1] + bytes([blob[-1] ^ 1]))


def changed_words(store: Store, note: Note) -> list[Executable]:
    return [set_version(note, 1, document=flipped(stored(store, note, 1).document.blob))]


def changed_words_and_event(store: Store, note: Note) -> list[Executable]:
    document = flipped(stored(store, note, 1).document.blob)
    mine = (AuditEvent.object_id == note.id, AuditEvent.object_version == 1, AuditEvent.digest.is_not(None))
    return [set_version(note, 1, document=document), update(AuditEvent).where(*mine).values(digest=document.digest())]


def older_words(store: Store, note: Note) -> list[Executable]:
    return [set_version(note, 2, document=stored(store, note, 1).document)]


def no_seal(_: Store, note: Note) -> list[Executable]:
    return [set_version(note, 1, document=literal(b"junk", LargeBinary))]


def other_hash(_: Store, note: Note) -> list[Executable]:
    return [set_version(note, 1, content_hash=b"h" * 32)]


def signed_earlier(_: Store, note: Note) -> list[Executable]:
    earlier = note.signed_at - dt.timedelta(days=1)
    return [set_version(note, 1, signed_at=earlier), set_note(note, signed_at=earlier)]


def signed_earlier_on_the_note(_: Store, note: Note) -> list[Executable]:
    return [set_note(note, signed_at=note.signed_at - dt.timedelta(days=1))]


def signed_earlier_in_version(_: Store, note: Note) -> list[Executable]:
    return [set_version(note, 2, signed_at=note.signed_at - dt.timedelta(days=1))]


def other_kind(_: Store, note: Note) -> list[Executable]:
    return [set_note(note, kind=ContactKind.FACE_TO_FACE)]


def other_author(store: Store, note: Note) -> list[Executable]:
    return [set_note(note, author_id=store.staff(DAN)[0].id)]


def other_client(store: Store, note: Note) -> list[Executable]:
    return [set_note(note, client_id=store.client(DANS)[0].id)]


def set_back(_: Store, note: Note) -> list[Executable]:
    return [set_note(note, latest_version=1)]


def removed(_: Store, note: Note) -> list[Executable]:
    return [delete(NoteVersion).where(*version_of(note, 2))]  # type: ignore[arg-type] - two conditions


def removed_and_set_back(store: Store, note: Note) -> list[Executable]:
    return [*removed(store, note), set_note(note, latest_version=1)]


def first_removed(_: Store, note: Note) -> list[Executable]:
    return [delete(NoteVersion).where(*version_of(note, 1))]  # type: ignore[arg-type] - two conditions


def put_in(store: Store, note: Note) -> list[Executable]:
    row = stored(store, note, 2)
    values = {"document": row.document, "content_hash": row.content_hash, "signed_at": row.signed_at}
    return [insert(NoteVersion).values(workspace_id=row.workspace_id, note_id=note.id, version=3, **values)]


def event_removed(_: Store, note: Note) -> list[Executable]:
    return [delete(AuditEvent).where(AuditEvent.object_id == note.id, AuditEvent.object_version == 2)]


def event_moved(_: Store, note: Note) -> list[Executable]:
    mine = (AuditEvent.object_id == note.id, AuditEvent.object_version == 2)
    return [update(AuditEvent).where(*mine).values(at=NOON - dt.timedelta(days=9))]


Change = Callable[[Store, Note], list[Executable]]
CHANGES: list[tuple[Change, Kind, int]] = [
    (changed_words, Kind.CHANGED, 1),
    (changed_words_and_event, Kind.EDITED, 1),
    (older_words, Kind.CHANGED, 2),
    (no_seal, Kind.CHANGED, 1),
    (other_hash, Kind.CHANGED, 1),
    (signed_earlier, Kind.CHANGED, 1),
    (signed_earlier_on_the_note, Kind.CHANGED, 1),
    (signed_earlier_in_version, Kind.CHANGED, 2),
    (other_kind, Kind.CHANGED, 1),
    (other_author, Kind.SWAPPED, 1),
    (other_client, Kind.CHANGED, 1),
    (set_back, Kind.ROLLED_BACK, 1),
    (removed, Kind.MISSING, 2),
    (removed_and_set_back, Kind.MISSING, 2),
    (first_removed, Kind.MISSING, 1),
    (put_in, Kind.UNRECORDED, 3),
    (event_removed, Kind.UNRECORDED, 2),
    (event_moved, Kind.EDITED, 2),
]


TWO_VERSIONS = {
    older_words,
    signed_earlier_in_version,
    set_back,
    removed,
    removed_and_set_back,
    first_removed,
    put_in,
    event_removed,
    event_moved,
}


def test_whatever_was_done_to_a_signed_note_it_is_named_and_the_others_are_shown(store: Store) -> None:
    """One note for each thing that somebody may do to it with the database alone, and one to which nothing was done."""
    whole = written(store, ALICE, HERS, "Asked again and got another day.")
    more = [("Asked again and got another day.",) if change in TWO_VERSIONS else () for change, _, _ in CHANGES]
    notes = [written(store, ALICE, HERS, *words) for words in more]
    statements = [change(store, note) for (change, _, _), note in zip(CHANGES, notes, strict=True)]
    tamper(store.engine, *(each for several in statements for each in several))
    found = read(store, whole, *notes, every_version=True)
    named = [
        (change.__name__, found.damaged[note.id].kind) for (change, _, _), note in zip(CHANGES, notes, strict=True)
    ]
    assert named == [(change.__name__, kind) for change, kind, _ in CHANGES]
    assert list(found.notes) == [whole.id]
    numbers = [found.damaged[note.id].number for note in notes]
    assert numbers == [number for _, _, number in CHANGES]
    report = store.run(audit_trail.verify)
    assert {each.note for each in report.findings if each.note} == {note.ref for note in notes}
    assert report.exit_code == 10


def test_a_damaged_note_is_refused_by_its_reference_and_nothing_of_it_is_given_out(store: Store) -> None:
    note = written(store, ALICE, HERS)
    tamper(store.engine, *changed_words(store, note))
    with pytest.raises(NoteDamaged) as refusal:
        store.run(lambda work: signed_notes.open_note(work, note))
    assert refusal.value.about is not None
    assert refusal.value.about.value == note.ref
    assert refusal.value.subject == ("note", note.id)


def test_a_row_that_nobody_can_read_hides_no_other(sqlite_url: str, kek: FileKek, clock: StandingClock) -> None:
    engine = make_engine(sqlite_url)
    store = furnished(engine, make_agency(engine, clock, kek), clock)
    good, bad = written(store, ALICE, HERS), written(store, ALICE, HERS)
    tamper(engine, f"UPDATE note_version SET signed_at = 'yesterday' WHERE note_id = '{bad.id.hex}'")
    found = read(store, good, bad)
    assert (list(found.notes), list(found.damaged)) == ([good.id], [bad.id])
    engine.dispose()


def test_what_is_found_damaged_is_told_to_the_trail_by_its_note(store: Store) -> None:
    note = written(store, ALICE, HERS)
    tamper(store.engine, *changed_words(store, note))
    found = read(store, note)
    store.run(lambda work: signed_notes.tell_damage(work, store.actor(ALICE), found))
    assert [(each.object_type, each.object_id, each.rule) for each in store.recorded] == [
        ("note", note.id, "note_damaged")
    ]
