"""A client's notes: who reads which, what each reading leaves in the trail, and what a page may be narrowed to."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine, update

from models.addenda import Addendum, AddendumKind
from models.base import new_id, new_reference
from models.clients import Assignment
from models.contacts import ContactKind
from models.forms import FormKind
from models.glass import BreakGlass, GlassReason
from models.goals import Goal, GoalText
from models.note_document import GoalProgress, Place
from models.note_templates import Heading, Template
from models.notes import Note, NoteVersion
from models.staff import Role, Staff
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from services import audit, clients, note_reading, policies, summaries, timelines
from services.addenda import Added
from services.events import Action
from services.note_content import GoalAnswer
from services.policies import PolicyError
from services.refusals import NoteDamaged, NotFound
from services.timelines import Narrowing, NotePage, Period
from services.work import Work
from tests.conftest import Agency, StandingClock
from tests.services.day_store import ALICE, BOB, CAROL, DAN, HERS, furnished, promise
from tests.services.note_store import note_of, opened, signed, written
from tests.services.roster_store import Store
from tests.services.test_addenda import add
from tests.services.test_note_search import looked
from tests.services.trails import tamper

GRANT = system_grant(Purpose.VALIDATE)
EVERYTHING = Narrowing()


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    return furnished(engine, agency, clock)


def ref(store: Store, agency_id: str = HERS) -> str:
    return store.client(agency_id)[0].ref


def listed(store: Store, who: str, narrowing: Narrowing = EVERYTHING, number: int = 0) -> NotePage:
    actor, client_ref = store.actor(who), ref(store)
    return store.run(lambda work: timelines.listed(work, actor, client_ref, narrowing, number))[0]


def read(store: Store, who: str, note_ref: str, version: int = 0) -> note_reading.NoteSheet:
    actor = store.actor(who)
    return store.run(lambda work: note_reading.open_note(work, actor, note_ref, version))


def copied(store: Store, who: str, note_ref: str) -> note_reading.NoteSheet:
    actor = store.actor(who)
    return store.run(lambda work: note_reading.copy(work, actor, note_ref))


def summed_up(store: Store, who: str, client_ref: str) -> summaries.Summary:
    actor = store.actor(who)
    return store.run(lambda work: summaries.summary(work, actor, client_ref))


def visited(store: Store, who: str, agency_id: str = HERS) -> Note:
    """A note of a visit."""
    sheet = opened(store, who, agency_id, FormKind.FACE_TO_FACE)
    result = signed(
        store, who, sheet, method=None, place=Place.OFFICE, wellbeing=Phi("Rested, in clean clothes, no injuries.")
    )
    return store.run(lambda work: note_of(work, result))


def gives_role(store: Store, who: str, *roles: Role) -> None:
    staff_id, words = store.staff(who)[0].id, " ".join(each.value for each in roles)
    store.run(lambda work: work.session.execute(update(Staff).where(Staff.id == staff_id).values(roles=words)))


def breaks_glass(store: Store, who: str, agency_id: str) -> None:
    """Somebody opens an emergency for this client."""
    staff_id, client_id = store.actor(who).id, store.client(agency_id)[0].id

    def open_one(work: Work) -> None:
        row_id = new_id()
        sealed = work.keys.house_key.seal(GlassReason(words=Phi("x")), work.cell("break_glass", "reason", row_id))
        work.session.add(
            BreakGlass(
                workspace_id=work.workspace_id,
                id=row_id,
                ref=new_reference("E"),
                staff_id=staff_id,
                client_id=client_id,
                reason=sealed,
                opened_at=work.now,
                ends_at=work.now + dt.timedelta(hours=1),
            )
        )

    store.run(open_one)


def test_the_newest_contact_stands_first_whenever_it_was_written_about(store: Store) -> None:
    now = store.clock.now()
    old = written(store, ALICE, HERS, ended_at=now - dt.timedelta(days=2))
    older = written(store, BOB, HERS, ended_at=now - dt.timedelta(days=3))
    page = listed(store, BOB)
    assert [line.ref for line in page.lines] == [old.ref, older.ref]
    assert [line.author for line in page.lines] == ["Alice Ames", "Bob Bell"]
    assert [line.label for line in page.choices.authors] == ["Alice Ames", "Bob Bell"]


@pytest.mark.parametrize(
    ("who", "rule"),
    [(ALICE, "care:own_caseload"), (BOB, "care:backup"), (CAROL, "review:supervised")],
)
def test_a_list_is_one_event_and_each_note_that_is_opened_another_with_what_it_was_for(
    store: Store, who: str, rule: str
) -> None:
    note = written(store, ALICE, HERS)
    listed(store, who)
    assert [(each.action, each.object_id, each.rule) for each in store.recorded] == [
        (Action.NOTE_LIST, note.client_id, rule)
    ]
    read(store, who, note.ref)
    assert [(each.action, each.object_id, each.object_version, each.rule) for each in store.recorded] == [
        (Action.NOTE_READ, note.id, 1, rule)
    ]


def test_an_auditor_and_an_emergency_read_under_words_of_their_own(store: Store) -> None:
    note = written(store, ALICE, HERS)
    breaks_glass(store, DAN, HERS)
    assert read(store, DAN, note.ref).may_copy is False
    assert [each.rule for each in store.recorded] == ["emergency"]
    gives_role(store, DAN, Role.AUDITOR)
    assert listed(store, DAN).count == 1
    assert [each.rule for each in store.recorded] == ["audit:auditing"]


@pytest.mark.parametrize("role", [None, Role.CASE_MANAGER, Role.ADMIN, Role.PRIVACY_OFFICER])
def test_out_of_reach_is_not_found_like_what_does_not_exist(store: Store, role: Role | None) -> None:
    note = written(store, ALICE, HERS)
    gives_role(store, DAN, *([role] if role else []))
    actor = store.actor(DAN)
    for client_ref in (ref(store), "C-0000000000000000", "C-"):
        with pytest.raises(NotFound):
            store.run(lambda work, which=client_ref: timelines.listed(work, actor, which, Narrowing()))
        with pytest.raises(NotFound):
            summed_up(store, DAN, client_ref)
    for note_ref in (note.ref, "N-0000000000000000"):
        for open_it in (read, copied):
            with pytest.raises(NotFound):
                open_it(store, DAN, note_ref)


def test_who_was_there_reads_that_contact_s_own_note_and_no_list(store: Store) -> None:
    """alice loses the client; what she wrote about while she had them stays hers to read, what came after does not."""
    mine = written(store, ALICE, HERS)
    store.clock.advance(days=2)
    hers = (Assignment.client_id == mine.client_id, Assignment.staff_id == store.actor(ALICE).id)
    yesterday = store.clock.now().date() - dt.timedelta(1)
    store.run(lambda work: work.session.execute(update(Assignment).where(*hers).values(until_on=yesterday)))
    store.clock.advance(days=3)
    later = written(store, BOB, HERS)
    assert read(store, ALICE, mine.ref).may_copy
    assert [each.rule for each in store.recorded] == ["care:was_there"]
    for refused in (lambda: read(store, ALICE, later.ref), lambda: listed(store, ALICE)):
        with pytest.raises(NotFound):
            refused()


def test_pages_follow_each_other_and_one_beyond_the_last_is_the_last(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timelines, "PAGE", 2)
    now = store.clock.now()
    notes = [written(store, ALICE, HERS, ended_at=now - dt.timedelta(hours=hours)) for hours in range(1, 4)]
    first, second = listed(store, ALICE), listed(store, ALICE, number=7)
    assert [line.ref for line in (*first.lines, *second.lines)] == [note.ref for note in notes]
    assert (first.count, first.has_next, second.number, second.has_next) == (3, True, 1, False)


def test_notes_are_narrowed_by_kind_author_and_period(store: Store) -> None:
    call = written(store, ALICE, HERS, ended_at=store.clock.now() - dt.timedelta(days=40))
    visit = visited(store, BOB)
    bobs = store.staff(BOB)[0].ref
    for narrowing, there in (
        (Narrowing(kind=ContactKind.FACE_TO_FACE), [visit.ref]),
        (Narrowing(kind=ContactKind.COLLATERAL), [call.ref]),
        (Narrowing(author=bobs), [visit.ref]),
        (Narrowing(author="S-0000000000000000"), []),
        (Narrowing(period=Period.MONTH), [visit.ref]),
        (Narrowing(period=Period.QUARTER), [visit.ref, call.ref]),
        (Narrowing(ContactKind.COLLATERAL, Period.MONTH), []),
    ):
        assert [line.ref for line in listed(store, ALICE, narrowing).lines] == there


def test_every_version_is_read_and_one_that_there_is_not_is_not_found(store: Store) -> None:
    note = written(store, ALICE, HERS, "Asked again and got another day.")
    newest = read(store, CAROL, note.ref)
    assert (newest.version, [number for number, _ in newest.versions]) == (2, [1, 2])
    first = read(store, CAROL, note.ref, 1)
    assert first.document.done.reveal(GRANT) == "Asked the manager for a later day and she agreed."
    assert [each.object_version for each in store.recorded] == [1]
    with pytest.raises(NotFound):
        read(store, CAROL, note.ref, 3)


def test_a_damaged_note_is_named_in_the_list_and_refused_when_it_is_opened(store: Store) -> None:
    good, bad = written(store, ALICE, HERS), written(store, ALICE, HERS)
    tamper(store.engine, update(NoteVersion).where(NoteVersion.note_id == bad.id).values(content_hash=b"x" * 32))
    page = listed(store, ALICE)
    assert {line.ref: line.document is None for line in page.lines} == {good.ref: False, bad.ref: True}
    assert [each.rule for each in store.recorded if each.action is Action.ACCESS_DENY] == ["note_damaged"]
    for open_it in (read, copied):
        with pytest.raises(NoteDamaged):
            open_it(store, ALICE, bad.ref)


def test_what_was_added_is_read_found_and_counted_beside_its_note(store: Store) -> None:
    note = written(store, ALICE, HERS)
    assert add(store, CAROL, note, "I never agreed to a trombone.", AddendumKind.DISAGREEMENT) is Added.SIGNED
    [line] = listed(store, BOB).lines
    assert [each.kind for each in line.addenda] == [AddendumKind.DISAGREEMENT]
    for who, changes, adds in ((ALICE, True, True), (BOB, False, True), (CAROL, False, True)):
        sheet = read(store, who, note.ref)
        assert [each.words.reveal(GRANT) for each in sheet.addenda] == ["I never agreed to a trombone."]
        assert (sheet.may_change, sheet.may_add) == (changes, adds)
    assert looked(store, ALICE, "trombone later", HERS)[0].count == 1
    tamper(store.engine, update(Addendum).where(Addendum.note_id == note.id).values(number=2))
    assert looked(store, ALICE, "later", HERS)[1].damaged == (note.ref,)
    assert [each.document for each in listed(store, ALICE).lines] == [None]


def test_copying_is_recorded_as_an_export_of_the_one_note_and_may_be_less_than_reading(store: Store) -> None:
    note = written(store, ALICE, HERS)
    sheet = copied(store, ALICE, note.ref)
    assert [str(each) for each in sheet.order] == ["contact", "activities", "observations", "follow_up", "signed"]
    assert [(each.action, each.object_id, each.rule) for each in store.recorded] == [
        (Action.NOTE_COPY, note.id, "care:own_caseload")
    ]
    breaks_glass(store, DAN, HERS)
    with pytest.raises(NotFound):
        copied(store, DAN, note.ref)


def test_the_policy_says_how_a_note_reads_and_in_which_order_it_is_copied(store: Store) -> None:
    note = written(store, ALICE, HERS)
    text = "format: 1\nnotes: {template: soap, copy_template: sarp, copy_order: [plan]}"
    store.run(lambda work: policies.apply(work, text))
    assert read(store, ALICE, note.ref).template is Template.SOAP
    sheet = copied(store, ALICE, note.ref)
    assert (sheet.template, sheet.order[:2]) == (Template.SARP, (Heading.PLAN, Heading.CONTACT))
    with pytest.raises(PolicyError):
        store.run(lambda work: policies.apply(work, "format: 1\nnotes: {template: soap, copy_order: [response]}"))


def test_a_summary_has_the_last_word_on_each_goal_and_what_is_open(store: Store) -> None:
    client_id = store.client(HERS)[0].id
    kept, unnamed = (goal(store, HERS, code) for code in ("G1", "G2"))
    now = store.clock.now()
    written(store, ALICE, HERS, goals=(GoalAnswer(ref=kept, progress=GoalProgress.SETBACK),), no_goal=())
    written(
        store,
        BOB,
        HERS,
        goals=(GoalAnswer(ref=kept, progress=GoalProgress.PROGRESS),),
        no_goal=(),
        ended_at=now - dt.timedelta(days=9),
    )
    promise(store, BOB, HERS, "Call back about the lease", now.date())
    page = summed_up(store, CAROL, ref(store))
    stands = {each.goal.ref: each.progress for each in page.goals}
    assert stands == {kept: GoalProgress.SETBACK, unnamed: None}
    assert [(each.what.reveal(GRANT), each.owner) for each in page.follow_ups] == [
        ("Call back about the lease", "Bob Bell")
    ]
    assert [each.staff for each in page.contacts] == ["Alice Ames", "Bob Bell"]
    assert [(each.action, each.object_id, each.rule) for each in store.recorded] == [
        (Action.CLIENT_SUMMARY, client_id, "review:supervised")
    ]


def goal(store: Store, agency_id: str, code: str) -> str:
    """A goal of the client's plan; its reference."""
    client_id = store.client(agency_id)[0].id

    def add(work: Work) -> str:
        row_id, goal_ref = new_id(), new_reference("G")
        text = GoalText(code=Phi(code), text=Phi("Keep an apartment"))
        sealed = clients.key_of(work, client_id).seal(text, work.cell("goal", "text", row_id))
        work.session.add(
            Goal(
                workspace_id=work.workspace_id,
                id=row_id,
                ref=goal_ref,
                client_id=client_id,
                text=sealed,
                position=int(code[1:]),
            )
        )
        audit.record(work, audit.Action.GOAL_IMPORT, actor=None, subject=("goal", row_id), sealed=sealed)
        return goal_ref

    return store.run(add)
