"""What is added to a signed note: by whom, as what, never changed afterwards, and found where somebody changes it all the same."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, Executable, delete, insert, select, text, update

from models.addenda import Addendum, AddendumKind
from models.base import new_id
from models.engine import StoreError, store_errors
from models.forms import Answers, FormRow
from models.notes import Note, Review
from models.staff import Staff
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from privacy.sealed import Sealed
from services import addenda, audit, audit_trail, note_forms, signed_notes
from services.addenda import Added, AddendumContent, SignAddendum
from services.audit_findings import Kind
from services.refusals import ClientOutOfScope, FieldRefused, NoteDamaged, NotFound
from services.work import Work
from tests.conftest import Agency, StandingClock
from tests.postgres import as_owner
from tests.services.day_store import ALICE, BOB, CAROL, DAN, HERS, furnished
from tests.services.note_store import written
from tests.services.roster_store import Store
from tests.services.trails import tamper

GRANT = system_grant(Purpose.VALIDATE)


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    return furnished(engine, agency, clock)


def add(store: Store, who: str, note: Note, words: str, kind: AddendumKind = AddendumKind.ADDITION) -> Added:
    actor = store.actor(who)
    sheet = store.run(lambda work: note_forms.open_addendum(work, actor, note.ref))
    command = SignAddendum(sheet.nonce, AddendumContent(kind=kind, words=Phi(words)), sheet.answers)
    return store.run(lambda work: addenda.sign(work, actor, command))


def change(store: Store, *statements: Executable) -> None:
    def run(work: Work) -> None:
        for statement in statements:
            work.session.execute(statement)
        audit.record(work, audit.Action.FORM_LIST, actor=None)

    store.run(run)


def test_an_addendum_stands_beside_its_note_with_who_signed_it_and_changes_nothing_in_it(store: Store) -> None:
    change(store, update(Staff).values(cosign_required=False))
    note = written(store, ALICE, HERS)
    assert add(store, ALICE, note, "The landlord called back.") is Added.SIGNED
    assert add(store, CAROL, note, "That is not what I said.", AddendumKind.DISAGREEMENT) is Added.SIGNED
    found = store.run(lambda work: signed_notes.open_note(work, note))
    told = [(each.number, each.document.kind, each.document.words.reveal(GRANT)) for each in found.addenda]
    assert told == [
        (1, AddendumKind.ADDITION, "The landlord called back."),
        (2, AddendumKind.DISAGREEMENT, "That is not what I said."),
    ]
    first = found.addenda[0].document.signature
    assert (first.name, first.title, first.credential) == ("Alice Ames", "Case manager", "QMHP")
    assert (found.latest.number, found.note.review) == (1, Review.NOT_NEEDED)
    assert store.run(audit_trail.verify).findings == ()


@pytest.mark.parametrize(
    ("who", "kinds"),
    [
        (ALICE, set(AddendumKind)),
        (BOB, {AddendumKind.DISAGREEMENT}),
        (CAROL, {AddendumKind.DISAGREEMENT}),
        (DAN, set[AddendumKind]()),
    ],
)
def test_the_author_adds_anything_and_whoever_may_write_of_the_client_their_disagreement(
    store: Store, who: str, kinds: set[AddendumKind]
) -> None:
    note = written(store, ALICE, HERS)
    actor = store.actor(who)
    assert set(store.run(lambda work: addenda.offered(work, actor, note))) == kinds
    if not kinds:
        with pytest.raises(NotFound):
            add(store, who, note, "Anything.")
    elif AddendumKind.ADDITION not in kinds:
        with pytest.raises(FieldRefused):
            add(store, who, note, "Anything.")


def test_whoever_lost_the_client_while_the_form_was_open_adds_nothing(store: Store) -> None:
    note = written(store, ALICE, HERS)
    actor = store.actor(BOB)
    sheet = store.run(lambda work: note_forms.open_addendum(work, actor, note.ref))
    tamper(store.engine, "DELETE FROM assignment")
    command = SignAddendum(
        sheet.nonce, AddendumContent(kind=AddendumKind.DISAGREEMENT, words=Phi("Not so.")), sheet.answers
    )
    with pytest.raises(ClientOutOfScope):
        store.run(lambda work: addenda.sign(work, actor, command))


def test_the_same_addendum_twice_is_one_and_other_words_after_it_are_a_draft_about_the_note(store: Store) -> None:
    note = written(store, ALICE, HERS)
    actor = store.actor(ALICE)
    sheet = store.run(lambda work: note_forms.open_addendum(work, actor, note.ref))

    def sign(words: str) -> Added:
        content = AddendumContent(kind=AddendumKind.CORRECTION, words=Phi(words))
        answers = Answers(chosen=sheet.answers.chosen, typed={"words": Phi(words)})
        return store.run(lambda work: addenda.sign(work, actor, SignAddendum(sheet.nonce, content, answers)))

    assert [sign("Twenty minutes."), sign("Twenty minutes."), sign("Thirty minutes.")] == list(Added)
    rows = store.run(lambda work: list(work.session.scalars(select(FormRow).where(FormRow.note_id == note.id))))
    assert [row.note_id for row in rows if row.signed_hash is None] == [note.id]
    assert len(store.run(lambda work: signed_notes.open_note(work, note)).addenda) == 1


def test_nothing_is_added_to_a_note_that_does_not_stand_as_it_was_signed(store: Store) -> None:
    note = written(store, ALICE, HERS)
    actor = store.actor(ALICE)
    sheet = store.run(lambda work: note_forms.open_addendum(work, actor, note.ref))
    tamper(store.engine, update(Note).values(kind="face_to_face"))
    command = SignAddendum(sheet.nonce, AddendumContent(kind=AddendumKind.ADDITION, words=Phi("More.")), sheet.answers)
    with pytest.raises(NoteDamaged):
        store.run(lambda work: addenda.sign(work, actor, command))


def moved(first: Note, second: Note) -> list[Executable]:
    mine = (Addendum.note_id == first.id, Addendum.number == 2)
    return [update(Addendum).where(*mine).values(note_id=second.id, number=1)]


def test_an_addendum_that_was_moved_removed_put_in_or_changed_is_found_and_its_note_not_shown(store: Store) -> None:
    notes = [written(store, ALICE, HERS) for _ in range(6)]
    whole, source, target, shorter, other, worded = notes
    for note in (whole, source, shorter, other, worded):
        add(store, ALICE, note, "The landlord called back.")
        add(store, ALICE, note, "And again.")
    row = store.run(lambda work: work.session.get_one(Addendum, (work.workspace_id, other.id, 1)))
    values = {"kind": row.kind, "document": row.document, "content_hash": row.content_hash, "signed_at": row.signed_at}
    blob = row.document.blob
    flipped = Sealed(blob[:-1] + bytes([blob[-1] ^ 1]))
    tamper(
        store.engine,
        *moved(source, target),
        delete(Addendum).where(Addendum.note_id == shorter.id, Addendum.number == 2),
        insert(Addendum).values(
            workspace_id=row.workspace_id, note_id=other.id, number=3, author_id=row.author_id, **values
        ),
        update(Addendum).where(Addendum.note_id == worded.id, Addendum.number == 1).values(document=flipped),
    )
    ids = [note.id for note in notes]
    found = store.run(
        lambda work: signed_notes.open_notes(work, work.session.scalars(select(Note).where(Note.id.in_(ids))).all())
    )
    assert list(found.notes) == [whole.id]
    told = {note_id: (each.kind, each.part, each.number) for note_id, each in found.damaged.items()}
    assert told == {
        source.id: (Kind.MISSING, "addendum", 2),
        target.id: (Kind.UNRECORDED, "addendum", 1),
        shorter.id: (Kind.MISSING, "addendum", 2),
        other.id: (Kind.UNRECORDED, "addendum", 3),
        worded.id: (Kind.CHANGED, "addendum", 1),
    }
    report = store.run(audit_trail.verify)
    assert report.exit_code == 10
    assert {each.note for each in report.findings} == {note.ref for note in notes[1:]}


@pytest.mark.parametrize("table", ["addendum", "note_review", "note_version"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET note_id = note_id", "DELETE FROM {}"])
def test_neither_the_program_nor_the_owner_changes_or_deletes_a_part_of_a_note(
    store: Store, table: str, statement: str
) -> None:
    note = written(store, ALICE, HERS)
    add(store, ALICE, note, "The landlord called back.")
    sealed = store.agency.keys.new_client_key(new_id())[1]
    change(
        store,
        text(
            "INSERT INTO note_review (workspace_id, note_id, number, version, decision, document, reviewer_id, decided_at) "
            "SELECT workspace_id, id, 9, 1, 'approved', :blob, author_id, signed_at FROM note"
        ).bindparams(blob=sealed.blob),
    )
    with pytest.raises(StoreError), store_errors(), as_owner(store.engine) as owner, owner.begin() as connection:
        connection.execute(text(statement.format(table)))
    with pytest.raises(StoreError), store_errors():
        change(store, text(statement.format(table)))
