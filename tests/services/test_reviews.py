"""Review: who decides on what in which state, once, on the version that was read; and what happens to the note."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, delete, select, update

from models.addenda import AddendumKind
from models.engine import make_engine
from models.forms import FormKind, FormRow
from models.notes import Note, NoteVersion, Review
from models.reviews import NoteReview, ReviewDecision
from models.staff import Role, Staff
from privacy.grants import Purpose, system_grant
from privacy.kek import FileKek
from privacy.phi import Phi
from services import addenda, audit, audit_trail, note_forms, notes, returned_notes, reviews, signed_notes
from services.audit_findings import Kind
from services.note_content import SignNote
from services.refusals import (
    AlreadyDecided,
    FieldRefused,
    NewerVersion,
    NoteApproved,
    NoteDamaged,
    NotFound,
    NothingRead,
    Refused,
)
from services.reviews import Decided, DecideNote, ReviewContent
from services.sheets import Sheet
from services.work import Work
from tests.conftest import Agency, StandingClock, make_agency
from tests.services.day_store import ALICE, BOB, CAROL, DAN, HERS, furnished
from tests.services.note_store import written
from tests.services.roster_store import Store
from tests.services.trails import tamper
from views.notes import NOTE_FORMS

GRANT = system_grant(Purpose.VALIDATE)
APPROVED, RETURNED = ReviewDecision.APPROVED, ReviewDecision.RETURNED


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    store = furnished(engine, agency, clock)
    store.run(cosigned)
    return store


def cosigned(work: Work) -> None:
    """Everybody's notes are reviewed."""
    work.session.execute(update(Staff).values(cosign_required=True))
    audit.record(work, audit.Action.STAFF_IMPORT, actor=None)


def read(store: Store, who: str, note: Note) -> Sheet:
    actor = store.actor(who)
    return store.run(lambda work: reviews.open_review(work, actor, note.ref))


def decide(store: Store, who: str, sheet: Sheet, decision: ReviewDecision, comment: str = "") -> Decided:
    actor = store.actor(who)
    command = DecideNote(sheet.nonce, ReviewContent(decision=decision, comment=Phi(comment)), sheet.answers)
    return store.run(lambda work: reviews.decide_note(work, actor, command))


def again(store: Store, who: str, note: Note) -> int:
    """They sign the next version as it was opened; its number."""
    actor = store.actor(who)
    sheet = store.run(lambda work: note_forms.open_version(work, actor, note.ref))
    form = NOTE_FORMS[sheet.kind].parse(sheet.answers, store.clock.now(), actor.zone, fixed_client=True)
    command = SignNote(sheet.nonce, form.content(), sheet.answers)
    return store.run(lambda work: notes.sign(work, actor, command)).version


def row(store: Store, note: Note) -> Note:
    return store.run(lambda work: work.session.get_one(Note, (work.workspace_id, note.id)))


def test_a_note_goes_back_with_a_comment_comes_again_and_is_approved(store: Store) -> None:
    note = written(store, ALICE, HERS)
    first = read(store, CAROL, note)
    decide(store, CAROL, first, RETURNED, "Say who asked.")
    store.clock.advance(minutes=5)
    alice = store.actor(ALICE)
    lines, _ = store.run(lambda work: returned_notes.listed(work, alice))
    assert [(line.ref, line.reviewer, line.client is not None) for line in lines] == [(note.ref, "Carol Benitez", True)]
    sheet = store.run(lambda work: note_forms.open_version(work, alice, note.ref))
    assert sheet.about is not None
    assert sheet.about.asked is not None
    assert (sheet.about.asked.name, sheet.about.asked.comment.reveal(GRANT)) == ("Carol Benitez", "Say who asked.")
    assert again(store, ALICE, note) == 2
    assert (row(store, note).review, row(store, note).reviewed_at) == (Review.PENDING, None)
    decide(store, CAROL, read(store, CAROL, note), APPROVED)
    assert row(store, note).review is Review.APPROVED
    newest = row(store, note)
    found = store.run(lambda work: signed_notes.open_note(work, newest))
    assert [(each.document.decision, each.document.version) for each in found.reviews] == [(RETURNED, 1), (APPROVED, 2)]
    assert store.run(audit_trail.verify).findings == ()


STATES = (Review.PENDING, Review.RETURNED, Review.APPROVED)
# Who does what in which state: everything else is refused.
ALLOWED = {
    ("approve", CAROL, Review.PENDING),
    ("return", CAROL, Review.PENDING),
    ("version", ALICE, Review.PENDING),
    ("version", ALICE, Review.RETURNED),
    *(("addition", ALICE, state) for state in STATES),
    *(("disagreement", who, state) for who in (ALICE, BOB, CAROL) for state in STATES),
}
ACTS = ("approve", "return", "version", "addition", "disagreement")


def attempt(store: Store, act: str, who: str, note: Note) -> bool:
    """Whether they may, by doing it."""
    try:
        if act in {"approve", "return"}:
            decide(store, who, read(store, who, note), APPROVED if act == "approve" else RETURNED, "Say more.")
        elif act == "version":
            again(store, who, note)
        else:
            actor = store.actor(who)
            kind = AddendumKind.ADDITION if act == "addition" else AddendumKind.DISAGREEMENT
            sheet = store.run(lambda work: note_forms.open_addendum(work, actor, note.ref))
            content = addenda.AddendumContent(kind=kind, words=Phi("There is more."))
            command = addenda.SignAddendum(sheet.nonce, content, sheet.answers)
            store.run(lambda work: addenda.sign(work, actor, command))
    except (Refused, FieldRefused):
        return False
    return True


@pytest.mark.parametrize("state", STATES)
def test_who_may_do_what_in_which_state(sqlite_url: str, kek: FileKek, clock: StandingClock, state: Review) -> None:
    engine = make_engine(sqlite_url)
    store = furnished(engine, make_agency(engine, clock, kek), clock)
    store.run(cosigned)
    admin, auditor = "ann@agency.example", "otto@agency.example"
    store.import_staff(
        "email,slack_user_id,name,title,roles\n"
        f"{admin},U0ANN,Ann Admin,Admin,admin\n{auditor},U0OTTO,Otto Audit,Auditor,auditor\n"
    )

    def one() -> Note:
        note = written(store, ALICE, HERS)
        if state is not Review.PENDING:
            decide(store, CAROL, read(store, CAROL, note), ReviewDecision(state.value), "Say more.")
        return note

    found: set[tuple[str, str, Review]] = set()
    note = one()
    for act in ACTS:
        for who in (ALICE, BOB, CAROL, DAN, admin, auditor):
            if attempt(store, act, who, note):
                found.add((act, who, state))
                note = one() if act in {"approve", "return", "version"} else note
    assert found == {each for each in ALLOWED if each[2] is state}
    engine.dispose()


def test_a_supervisor_neither_sees_nor_decides_on_their_own_note(store: Store) -> None:
    carol_id = store.staff(CAROL)[0].id

    def make_own_boss(work: Work) -> None:
        work.session.execute(update(Staff).where(Staff.id == carol_id).values(supervisor_id=carol_id))
        audit.record(work, audit.Action.STAFF_IMPORT, actor=None)

    store.run(make_own_boss)
    note = written(store, CAROL, HERS)
    carol = store.actor(CAROL)
    page, _ = store.run(lambda work: reviews.queue(work, carol))
    assert page.lines == ()
    with pytest.raises(NotFound):
        read(store, CAROL, note)


def test_a_decision_sent_twice_is_one_and_another_one_after_it_is_refused(store: Store) -> None:
    note = written(store, ALICE, HERS)
    sheet = read(store, CAROL, note)
    assert [decide(store, CAROL, sheet, RETURNED, "Say who.") for _ in range(2)] == [
        Decided.DECIDED,
        Decided.SAME_AGAIN,
    ]
    with pytest.raises(AlreadyDecided):
        decide(store, CAROL, sheet, APPROVED)
    assert len(store.run(lambda work: list(work.session.scalars(select(NoteReview))))) == 1


def test_of_two_screens_the_second_decides_nothing_and_neither_does_one_that_shows_an_older_version(
    store: Store,
) -> None:
    note = written(store, ALICE, HERS)
    first, second = read(store, CAROL, note), read(store, CAROL, note)
    decide(store, CAROL, first, RETURNED, "Say who.")
    with pytest.raises(AlreadyDecided):
        decide(store, CAROL, second, APPROVED)
    again(store, ALICE, note)
    with pytest.raises(NewerVersion):
        decide(store, CAROL, second, APPROVED)
    assert row(store, note).review is Review.PENDING
    decide(store, CAROL, read(store, CAROL, note), APPROVED)
    with pytest.raises(NoteApproved):
        again(store, ALICE, note)


def test_a_supervisor_who_lost_the_author_while_the_note_was_open_decides_nothing(store: Store) -> None:
    note = written(store, ALICE, HERS)
    sheet = read(store, CAROL, note)

    def change(work: Work) -> None:
        work.session.execute(update(Staff).values(supervisor_id=None))
        audit.record(work, audit.Action.STAFF_IMPORT, actor=None)

    store.run(change)
    with pytest.raises(NotFound):
        decide(store, CAROL, sheet, APPROVED)


def test_only_what_was_read_in_this_sitting_as_it_stands_is_approved_together(store: Store) -> None:
    stale, unread, changed, whole, other = (written(store, ALICE, HERS) for _ in range(5))
    bobs = written(store, BOB, HERS)
    carol = store.actor(CAROL)
    read(store, CAROL, stale)
    store.clock.advance(hours=5)
    for note in (changed, whole, other, bobs):
        read(store, CAROL, note)
    again(store, ALICE, changed)
    page, _ = store.run(lambda work: reviews.queue(work, carol))
    alice_ref = store.staff(ALICE)[0].ref
    assert page.read[alice_ref] == ("Alice Ames", 2)
    assert store.run(lambda work: reviews.approve_read(work, carol, alice_ref)) == 2
    states = [row(store, note).review for note in (stale, unread, changed, whole, other, bobs)]
    pending, approved = Review.PENDING, Review.APPROVED
    assert states == [pending, pending, pending, approved, approved, pending]
    with pytest.raises(NothingRead):
        store.run(lambda work: reviews.approve_read(work, carol, alice_ref))
    dans_ref = store.staff(DAN)[0].ref
    with pytest.raises(NotFound):
        store.run(lambda work: reviews.approve_read(work, carol, dans_ref))


def test_the_queue_stands_in_the_order_in_which_the_newest_versions_were_signed(store: Store) -> None:
    first, second = written(store, ALICE, HERS), written(store, BOB, HERS)
    again(store, ALICE, first)
    carol = store.actor(CAROL)
    page, _ = store.run(lambda work: reviews.queue(work, carol))
    assert [(line.ref, line.version) for line in page.lines] == [(second.ref, 1), (first.ref, 2)]
    waiting = store.run(lambda work: reviews.waiting(work, carol))
    assert waiting is not None
    assert waiting.count == 2
    alice = store.actor(ALICE)
    assert store.run(lambda work: reviews.waiting(work, alice)) is None


def test_a_decision_that_was_changed_removed_or_only_claimed_is_found_and_its_note_not_shown(store: Store) -> None:
    whole, claimed, changed, removed, reversed_, unasked = (written(store, ALICE, HERS) for _ in range(6))
    for note in (whole, changed, removed, reversed_):
        decide(store, CAROL, read(store, CAROL, note), RETURNED, "Say who.")
    tamper(
        store.engine,
        update(Note).where(Note.id == claimed.id).values(review=Review.APPROVED, reviewed_at=store.clock.now()),
        update(NoteReview).where(NoteReview.note_id == changed.id).values(decision=APPROVED),
        delete(NoteReview).where(NoteReview.note_id == removed.id),
        update(Note).where(Note.id == reversed_.id).values(review=Review.APPROVED),
        update(Note).where(Note.id == unasked.id).values(review=Review.NOT_NEEDED),
    )
    found = store.run(lambda work: signed_notes.open_notes(work, work.session.scalars(select(Note)).all()))
    assert list(found.notes) == [whole.id]
    told = {note_id: (each.kind, each.part) for note_id, each in found.damaged.items()}
    assert told == {
        claimed.id: (Kind.CHANGED, "note_review"),
        changed.id: (Kind.CHANGED, "note_review"),
        removed.id: (Kind.MISSING, "note_review"),
        reversed_.id: (Kind.CHANGED, "note_review"),
        unasked.id: (Kind.CHANGED, "note_review"),
    }
    report = store.run(audit_trail.verify)
    assert report.exit_code == 10
    damaged = (claimed, changed, removed, reversed_, unasked)
    assert {each.note for each in report.findings} == {each.ref for each in damaged}


def test_a_damaged_note_is_neither_decided_on_nor_keeps_the_next_from_being_read(store: Store) -> None:
    bad, good = written(store, ALICE, HERS), written(store, ALICE, HERS)
    sheet = read(store, CAROL, bad)
    tamper(store.engine, update(NoteVersion).where(NoteVersion.note_id == bad.id).values(content_hash=b"h" * 32))
    with pytest.raises(NoteDamaged):
        decide(store, CAROL, sheet, APPROVED)
    carol = store.actor(CAROL)
    following = store.run(lambda work: reviews.open_next(work, carol, "Z-0000000000000000"))
    assert following is not None
    assert following.about is not None
    assert following.about.ref == good.ref
    assert ("note", bad.id, "note_damaged") in [(e.object_type, e.object_id, e.rule) for e in store.recorded]


def test_whoever_only_manages_reviews_nothing(store: Store) -> None:
    def change(work: Work) -> None:
        work.session.execute(update(Staff).where(Staff.id == carol_id).values(roles=Role.ADMIN.value))
        audit.record(work, audit.Action.STAFF_IMPORT, actor=None)

    carol_id = store.staff(CAROL)[0].id
    note = written(store, ALICE, HERS)
    store.run(change)
    carol = store.actor(CAROL)
    with pytest.raises(NotFound):
        store.run(lambda work: reviews.queue(work, carol))
    with pytest.raises(NotFound):
        read(store, CAROL, note)
    rows = store.run(lambda work: list(work.session.scalars(select(FormRow).where(FormRow.kind == FormKind.REVIEW))))
    assert rows == []
