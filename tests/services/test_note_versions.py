"""A note's next version starts from exactly what stands in the note, and only its author signs it, until it is approved."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

import pytest
from sqlalchemy import Engine, select, update

from models.base import new_id, new_reference
from models.contacts import Contact
from models.follow_ups import FollowUp, FollowUpState
from models.forms import Answers, FormKind, FormRow, FormStage
from models.goals import Goal, GoalState, GoalText
from models.note_document import (
    Activity,
    EventKind,
    GoalProgress,
    Matter,
    NoGoal,
    NoteDocument,
    Participant,
    Place,
    Record,
    Satisfaction,
)
from models.notes import Note, Review
from models.people import Person
from models.staff import Staff
from privacy.documents import Document
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from services import audit, audit_trail, clients, drafts, follow_ups, form_rows, note_forms, notes, signed_notes
from services.note_content import GoalAnswer, NewPromise, Outcome, Signed, SignNote
from services.refusals import ApprovedMeanwhile, NoteApproved, NotFound, Overtaken, VersionElsewhere
from services.sheets import Sheet
from services.work import Work
from tests.conftest import Agency, StandingClock
from tests.services.day_store import ALICE, BOB, CAROL, DAN, DANS, HERS, furnished
from tests.services.note_store import opened, signed, written
from tests.services.roster_store import Store
from views.notes import NOTE_FORMS

GRANT = system_grant(Purpose.MATCH)


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    return furnished(engine, agency, clock)


def next_version(store: Store, who: str, note: Note) -> Sheet:
    return store.run(lambda work: note_forms.open_version(work, store.actor(who), note.ref))


def sign_form(store: Store, who: str, sheet: Sheet, answers: Answers | None = None) -> Signed:
    """They press *Sign* under what the form shows."""
    actor = store.actor(who)
    answers = answers or sheet.answers
    form = NOTE_FORMS[sheet.kind].parse(answers, store.clock.now(), actor.zone, fixed_client=sheet.fixed_client)
    return store.run(lambda work: notes.sign(work, actor, SignNote(sheet.nonce, form.content(), answers)))


def documents(store: Store, note: Note) -> list[NoteDocument]:
    def read(work: Work) -> list[NoteDocument]:
        row = work.session.get_one(Note, (work.workspace_id, note.id))
        found = signed_notes.open_note(work, row, every_version=True)
        return [each.document for each in (*found.earlier, found.latest)]

    return store.run(read)


def plain(value: Any) -> Any:
    """A document with its words in clear."""
    match value:
        case Phi():
            return cast("Phi[Any]", value).reveal(GRANT)
        case tuple():
            return [plain(each) for each in cast("tuple[Any, ...]", value)]
        case Document():
            return {name: plain(getattr(value, name)) for name in type(value).model_fields}
        case _:
            return value


def add_goal(store: Store, code: str) -> tuple[str, Goal]:
    client = store.client(HERS)[0]

    def add(work: Work) -> tuple[str, Goal]:
        row_id, ref = new_id(), new_reference("G")
        sealed = clients.key_of(work, client.id).seal(
            GoalText(code=Phi(code), text=Phi("Keep an apartment")), work.cell("goal", "text", row_id)
        )
        row = Goal(workspace_id=work.workspace_id, id=row_id, ref=ref, client_id=client.id, text=sealed, position=1)
        work.session.add(row)
        audit.record(work, audit.Action.GOAL_IMPORT, actor=None, subject=("goal", row_id), sealed=sealed)
        return ref, row

    return store.run(add)


def everything(store: Store, kind: FormKind) -> dict[str, object]:
    """What a note may hold at most, with a day that passes soon, and people of every sort."""
    ref, _ = add_goal(store, "G2")
    said: dict[str, object] = {
        "newcomers": (Participant(name=Phi("Dana Reyes"), role=Phi("Property manager")), Participant(name=Phi("Mo"))),
        "roles": (Participant(name=Phi("House manager")),),
        "activities": (Activity.REVIEWED, Activity.CRISIS),
        "records": (Record.MEDICATION, Record.OTHER),
        "goals": (GoalAnswer(ref=ref, progress=GoalProgress.SETBACK),),
        "no_goal": (NoGoal.CRISIS,),
        "promises": (
            NewPromise(what=Phi("Call back about the lease"), owner_ref=None, due_on=dt.date(2026, 3, 3)),
            NewPromise(what=Phi("Ask the pharmacy"), owner_ref=store.staff(CAROL)[0].ref, due_on=dt.date(2026, 3, 9)),
        ),
        "matters": (Matter.EVENT, Matter.DECLINED),
        "event_kind": EventKind.FALL,
        "matter_words": Phi("Fell on the stairs.\nDeclined the walker."),
        "satisfaction": Satisfaction.MIXED,
        "satisfaction_words": Phi("The wait. Agreed to call earlier."),
    }
    if kind is FormKind.FACE_TO_FACE:
        said |= {
            "method": None,
            "place": Place.COMMUNITY,
            "place_words": Phi("At the library, on the corner"),
            "also_there": Phi("A neighbour"),
            "wellbeing": Phi("Dressed for the weather, tired, moved slowly."),
            "observations": Phi("Says she would rather stay where she is than move again. Concerned about the stairs."),
        }
    return said


@pytest.mark.parametrize("kind", [FormKind.COLLATERAL, FormKind.FACE_TO_FACE])
def test_a_version_that_is_signed_as_it_was_opened_says_what_the_one_before_it_says(
    store: Store, kind: FormKind
) -> None:
    """Also weeks later, when a promised day has passed, a goal has left the plan, and somebody has another title."""
    result = signed(store, ALICE, opened(store, ALICE, HERS, kind), **everything(store, kind))
    note = store.run(lambda work: work.session.get_one(Note, (work.workspace_id, result.note_id)))
    store.clock.advance(days=20)
    somebody_else = store.client(DANS)[0].id

    def change(work: Work) -> None:
        work.session.execute(update(Goal).values(state=GoalState.CLOSED))
        for row in work.session.scalars(select(Person)):
            # Whoever was known then is known by nobody now.
            row.client_id = somebody_else
        audit.record(work, audit.Action.PERSON_IMPORT, actor=None)

    store.run(change)
    sheet = next_version(store, ALICE, note)
    assert sheet.fixed_client
    assert sign_form(store, ALICE, sheet).outcome is Outcome.NEW_VERSION
    before, after = documents(store, note)
    first, second = plain(before), plain(after)
    for each in (first, second):
        # Who is offered today stands before those of the earlier version.
        each["participants"] = sorted(map(str, each["participants"]))
    assert {name for name in first if first[name] != second[name]} == {"signature"}
    assert after.signature.signed_at > before.signature.signed_at


def promise(words: str, day: int = 4) -> NewPromise:
    return NewPromise(what=Phi(words), owner_ref=None, due_on=dt.date(2026, 3, day))


def promised(store: Store) -> dict[str, FollowUp]:
    """Every follow-up by its words."""
    client_id = store.client(HERS)[0].id

    def read(work: Work) -> dict[str, FollowUp]:
        key = clients.key_of(work, client_id)
        rows = work.session.scalars(select(FollowUp)).all()
        cells = [(row, work.cell("follow_up", "text", row.id)) for row in rows]
        return {key.open(follow_ups.FollowUpText, row.text, cell).what.reveal(GRANT): row for row, cell in cells}

    return store.run(read)


def states(store: Store) -> dict[str, FollowUpState]:
    return {words: row.state for words, row in promised(store).items()}


def test_what_was_promised_and_done_meanwhile_stays_done_and_nothing_is_promised_twice(store: Store) -> None:
    note = written(store, ALICE, HERS, promises=(promise("Call the landlord"), promise("Ask the pharmacy")))
    ref = promised(store)["Call the landlord"].ref
    store.run(lambda work: follow_ups.finish(work, store.actor(ALICE), ref, Phi("She answered.")))
    sheet = next_version(store, ALICE, note)
    sign_form(store, ALICE, sheet)
    assert states(store) == {"Call the landlord": FollowUpState.DONE, "Ask the pharmacy": FollowUpState.OPEN}


def test_a_promise_that_the_new_version_does_not_make_is_dropped_and_a_new_one_opened(store: Store) -> None:
    note = written(store, ALICE, HERS, promises=(promise("Call the landlord"), promise("Ask the pharmacy")))
    actor, ref = store.actor(ALICE), promised(store)["Ask the pharmacy"].ref
    store.run(lambda work: follow_ups.reschedule(work, actor, ref, dt.date(2026, 3, 20)))
    sheet = next_version(store, ALICE, note)
    typed = {**sheet.answers.typed, "follow_up_what": Phi("Write to the landlord")}
    sign_form(store, ALICE, sheet, sheet.answers.model_copy(update={"typed": typed}))
    assert states(store) == {
        "Call the landlord": FollowUpState.DROPPED,
        "Ask the pharmacy": FollowUpState.OPEN,
        "Write to the landlord": FollowUpState.OPEN,
    }


@pytest.mark.parametrize("who", [BOB, CAROL, DAN])
def test_nobody_but_its_author_opens_the_next_version(store: Store, who: str) -> None:
    note = written(store, ALICE, HERS)
    with pytest.raises(NotFound):
        next_version(store, who, note)


def set_note(store: Store, note: Note, **values: object) -> None:
    def change(work: Work) -> None:
        work.session.execute(update(Note).where(Note.id == note.id).values(**values))
        audit.record(work, audit.Action.FORM_LIST, actor=None)

    store.run(change)


def test_an_approved_note_opens_for_no_version_and_a_form_that_was_open_keeps_its_words(store: Store) -> None:
    note = written(store, ALICE, HERS)
    sheet = next_version(store, ALICE, note)
    set_note(store, note, review=Review.APPROVED)
    with pytest.raises(ApprovedMeanwhile):
        sign_form(store, ALICE, sheet)
    with pytest.raises(NoteApproved):
        next_version(store, ALICE, note)


def test_of_two_forms_of_the_next_version_the_second_is_kept_and_may_be_signed_once_it_was_looked_at(
    store: Store,
) -> None:
    note = written(store, ALICE, HERS)
    first, second = next_version(store, ALICE, note), next_version(store, ALICE, note)
    assert sign_form(store, ALICE, first).version == 2
    with pytest.raises(VersionElsewhere):
        sign_form(store, ALICE, second)
    again = store.run(lambda work: drafts.resume(work, store.actor(ALICE), second.nonce))
    assert again.about is not None
    assert (again.about.version, again.answers.chosen["note.begun_from"]) == (2, ("1",))
    assert sign_form(store, ALICE, again).version == 3
    assert store.run(audit_trail.verify).findings == ()


def test_a_form_that_was_signed_long_ago_does_not_sign_over_a_newer_version(store: Store) -> None:
    sheet = opened(store, ALICE, HERS)
    result = signed(store, ALICE, sheet)
    note = store.run(lambda work: work.session.get_one(Note, (work.workspace_id, result.note_id)))
    sign_form(store, ALICE, next_version(store, ALICE, note))
    late = signed(store, ALICE, sheet, done=Phi("Words from a screen that was left open."))
    assert (late.outcome, late.version) == (Outcome.KEPT_AS_DRAFT, 2)
    kept = store.run(lambda work: drafts.rows(work, store.actor(ALICE)))
    assert [(row.note_id, row.note_version, row.stage) for row in kept] == [(note.id, 1, FormStage.OPEN)]


def test_the_same_version_signed_twice_is_one(store: Store) -> None:
    note = written(store, ALICE, HERS)
    sheet = next_version(store, ALICE, note)
    outcomes = [sign_form(store, ALICE, sheet) for _ in range(2)]
    assert [(each.outcome, each.version) for each in outcomes] == [(Outcome.NEW_VERSION, 2), (Outcome.SAME_AGAIN, 2)]


def test_what_slack_sent_before_the_words_that_are_stored_is_not_signed_over_them(store: Store) -> None:
    note = written(store, ALICE, HERS)
    sheet, actor = next_version(store, ALICE, note), store.actor(ALICE)

    def later(work: Work) -> None:
        row = work.session.scalars(select(FormRow).where(FormRow.nonce == sheet.nonce)).one()
        form_rows.store(work, actor, row, sheet.answers.model_copy(update={"sent_at": 200}))
        audit.record(work, audit.Action.FORM_LIST, actor=None)

    store.run(later)
    with pytest.raises(Overtaken):
        sign_form(store, ALICE, sheet, sheet.answers.model_copy(update={"sent_at": 100}))


def test_a_new_version_moves_its_contact_and_goes_back_into_the_queue(store: Store) -> None:
    def ask_review(work: Work) -> None:
        work.session.execute(update(Staff).values(cosign_required=True))
        audit.record(work, audit.Action.STAFF_IMPORT, actor=None)

    store.run(ask_review)
    note = written(store, ALICE, HERS)
    sheet = next_version(store, ALICE, note)
    chosen = {**sheet.answers.chosen, "minutes": ("9",)}
    sign_form(store, ALICE, sheet, sheet.answers.model_copy(update={"chosen": chosen}))
    row = store.run(lambda work: work.session.get_one(Note, (work.workspace_id, note.id)))
    contact = store.run(lambda work: work.session.get_one(Contact, (work.workspace_id, note.contact_id)))
    assert (row.review, row.latest_version, contact.minutes) == (Review.PENDING, 2, 9)
