"""What has to be seen before a note is signed: each line alone brings the screen, none brings none, and ordinary notes see it seldom."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine

from models.contacts import ContactKind
from models.engine import make_engine
from models.forms import FormKind
from models.note_document import Activity, EventKind, Matter, Method, Participant, Place
from privacy.kek import FileKek
from privacy.phi import Phi
from quality.note import Note
from quality.score import FOLDER, HALVES, MOST_SCREENS, items
from quality.score import Agency as Readers
from services import checking, dismissals, policies, roster_people
from services.checking import DAY_UNITS, OVERLAP, Check
from services.elements import Element
from services.note_content import NewPromise
from tests.conftest import Agency, StandingClock, make_agency
from tests.services.check_store import checked, said, written_of
from tests.services.day_store import ALICE, BOB, DAN, DANS, HERS, furnished
from tests.services.note_store import content_of, opened, signed, written
from tests.services.roster_store import Store

LONG = (
    "Went through the list of rooms that the housing office had sent, one by one, and marked the three that are near her "
    "sister and on the bus line. She chose the one on Elm Street and wants to see it with her sister on Saturday."
)


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    return furnished(engine, agency, clock)


@pytest.fixture
def small(sqlite_url: str, kek: FileKek, clock: StandingClock) -> Store:
    engine = make_engine(sqlite_url)
    return furnished(engine, make_agency(engine, clock, kek), clock)


def lines(check: Check) -> str:
    """The letters of the lines that are there."""
    there = {"A": check.names, "B": check.late is not None, "C": check.people, "D": check.misfits, "E": check.words}
    return "".join(letter for letter, is_there in there.items() if is_there)


def alone(store: Store, **changed: object) -> Check:
    """What alice sees of a call about her client, with something changed about it."""
    return checked(store, ALICE, opened(store, ALICE, HERS), **changed)


def test_an_ordinary_note_asks_for_nothing(store: Store) -> None:
    check = alone(store)
    assert not check.says_something
    assert check.missing == (Element.REVIEW,)


def test_each_line_is_there_for_its_own_reason_alone(store: Store) -> None:
    two_clients = "client_id,last_name,first_name,primary_cm_email\n7001,Quillfeather,Bram,alice@agency.example\n"
    assert not store.import_clients(two_clients).problems
    name = Phi("Asked the manager for a later day; Bram was there too and agreed.")
    reasons: dict[str, dict[str, object]] = {
        "A": {"done": name},
        "B": {"ended_at": store.clock.now() - dt.timedelta(days=5)},
        "C": {"newcomers": (Participant(name=Phi("Dana Reyes"), role=Phi("property manager")),)},
        "D": {"observations": Phi("She fell on the stairs on Monday and has a bruise on her arm.")},
        "E": {"observations": Phi("She has been non-compliant with her medication since Monday.")},
    }
    assert {letter: lines(alone(store, **changed)) for letter, changed in reasons.items()} == {
        each: each for each in reasons
    }


def test_a_name_is_told_once_and_no_relative_or_colleague_is_one(store: Store) -> None:
    roster = "client_id,last_name,first_name,primary_cm_email\n7001,Bell,Bob,alice@agency.example\n7002,Yarrow,Fern,alice@agency.example\n"
    assert not store.import_clients(roster).problems
    check = alone(store, done=Phi("Fern Yarrow and Fern Yarrow again. Bob Bell of our team was told about the lease."))
    assert [(each.field, *said(each.words)) for each in check.names] == [("done", "Fern Yarrow")]
    aunt = Participant(name=Phi("Fern Yarrow"), role=Phi("aunt"))
    assert not alone(store, done=Phi("Fern Yarrow asked for a later day and got one."), newcomers=(aunt,)).names


def test_late_is_what_the_policy_says_and_only_the_first_signature(small: Store) -> None:
    """NOON is a Monday; two business days are over on Wednesday night, as the digest counts them."""
    friday = small.clock.now() - dt.timedelta(days=3)
    assert alone(small, ended_at=friday).late is None
    assert alone(small, ended_at=friday - dt.timedelta(days=1)).late is None
    assert alone(small, ended_at=friday - dt.timedelta(days=2)).late == 3
    small.run(lambda work: policies.apply(work, "format: 1\ndeadlines: {note_late_after: 3 business days}\n"))
    assert alone(small, ended_at=friday - dt.timedelta(days=2)).late is None
    sheet = opened(small, ALICE, HERS)
    signed(small, ALICE, sheet)
    small.clock.advance(days=9)
    assert checked(small, ALICE, sheet, ended_at=small.clock.now() - dt.timedelta(days=9)).late is None


def test_a_release_counts_until_its_last_day_and_nothing_may_be_told_whoever_is_barred(small: Store) -> None:
    day = small.clock.now().date()
    people = (
        "client_id,name,role,release_until,do_not_disclose\n"
        f"{HERS},Current Person,aunt,{day},\n{HERS},Lapsed Person,landlord,{day - dt.timedelta(1)},\n"
        f"{HERS},Barred Person,father,{day},yes\n{HERS},Without Person,nurse,,\n"
    )
    sheet = roster_people.read_people(people.encode())
    assert not small.run(lambda work: roster_people.import_people(work, sheet, dry_run=False)).problems
    form = opened(small, ALICE, HERS)
    refs = tuple(each.ref for each in form.people)
    typed_again = Participant(name=Phi("current person"), role=Phi("Aunt"))
    check = checked(small, ALICE, form, people=refs, newcomers=(typed_again,))
    found = {said(each.person)[0]: each.is_barred for each in check.people}
    assert found == {"Lapsed Person, landlord": False, "Barred Person, father": True, "Without Person, nurse": False}
    assert not checked(small, ALICE, form, client_there=False, method=Method.RECORDS).people


def test_a_promise_in_the_words_and_one_in_the_form_fit_together(small: Store) -> None:
    words = Phi("She asked about the lease and I will call the manager about it tomorrow.")
    promised = NewPromise(what=Phi("Call the manager"), owner_ref=None, due_on=small.clock.now().date())
    assert [each.rule for each in alone(small, observations=words).misfits] == ["Q58"]
    assert not alone(small, observations=words, promises=(promised,)).misfits


def test_event_words_and_a_ticked_event_fit_together(small: Store) -> None:
    words = Phi("She fell on the stairs on Monday and has a bruise on her arm.")
    event = {"matters": (Matter.EVENT,), "event_kind": EventKind.FALL, "matter_words": Phi("On the stairs, no doctor.")}
    assert [(each.rule, *said(each.words)) for each in alone(small, observations=words).misfits] == [("Q57", "fell")]
    assert not alone(small, observations=words, **event).misfits


def test_a_visit_that_reads_like_a_call_is_told(small: Store) -> None:
    sheet = opened(small, ALICE, HERS, FormKind.FACE_TO_FACE)
    changed = {
        "kind": ContactKind.FACE_TO_FACE,
        "method": None,
        "place": Place.CLIENT_HOME,
        "wellbeing": Phi("Sounded rested."),
    }
    calm = {
        "done": Phi("Called her about the rent and the lease."),
        "observations": Phi("Relieved on the phone, she said."),
    }
    assert [each.rule for each in checked(small, ALICE, sheet, **changed, **calm).misfits] == ["Q59"]


def test_minutes_that_lie_in_another_contact_are_counted_once(store: Store) -> None:
    now = store.clock.now()
    for minutes, back in ((10, 20), (10, 25)):
        written(
            store, ALICE, HERS, minutes=minutes, ended_at=now - dt.timedelta(minutes=back), done=Phi(f"{LONG} {back}.")
        )
    assert not alone(store, minutes=4, ended_at=now - dt.timedelta(minutes=10)).misfits
    store.clock.instant = now
    check = alone(
        store, minutes=30, ended_at=now - dt.timedelta(minutes=5), done=Phi("Read the whole lease aloud with her.")
    )
    assert [(each.rule, each.minutes) for each in check.misfits] == [(OVERLAP, 15)]
    assert not checked(store, BOB, opened(store, BOB, HERS), minutes=30).misfits


def test_the_units_that_a_note_will_have_are_counted_and_too_many_in_a_day_are_told(store: Store) -> None:
    now = store.clock.now()
    few = alone(store, minutes=23, ended_at=now)
    assert few.units is not None
    assert (few.units.counted.units, few.units.day_units, few.misfits) == (2, 2, ())
    store.clock.instant = now
    written(store, ALICE, HERS, minutes=375, ended_at=now - dt.timedelta(minutes=60), done=Phi(LONG))
    other = Phi("Read the whole lease aloud with her.")
    assert not alone(store, minutes=15, ended_at=now, done=other).misfits
    store.clock.instant = now
    many = alone(store, minutes=23, ended_at=now, done=other)
    assert [(each.rule, each.minutes) for each in many.misfits] == [(DAY_UNITS, 27)]


def test_a_near_copy_is_told_by_its_day_whoever_wrote_it_and_to_whom_may_know(store: Store) -> None:
    first = store.clock.now()
    written(store, ALICE, HERS, done=Phi(LONG), observations=Phi(LONG))
    store.clock.advance(days=1)
    own = alone(store, done=Phi(LONG), observations=Phi(LONG)).misfits
    others = checked(store, BOB, opened(store, BOB, HERS), done=Phi(LONG), observations=Phi(LONG)).misfits
    assert [(each.rule, each.day, each.is_own) for each in (*own, *others)] == [
        ("Q69", first.date(), True),
        ("Q69", first.date(), False),
    ]
    assert not checked(store, DAN, opened(store, DAN, DANS), done=Phi(LONG), observations=Phi(LONG)).misfits


def test_a_note_is_no_copy_of_its_own_earlier_version(small: Store) -> None:
    sheet = opened(small, ALICE, HERS)
    signed(small, ALICE, sheet, done=Phi(LONG), observations=Phi(LONG))
    check = checked(small, ALICE, sheet, done=Phi(LONG), observations=Phi(f"{LONG} She smiled."))
    assert not check.says_something


def test_at_most_three_words_are_shown_and_what_a_person_does_not_want_is_not_suggested_to_them(store: Store) -> None:
    words = Phi("She is lazy, non-compliant and manipulative, wheelchair-bound, and refused to come.")
    first = alone(store, observations=words)
    assert [each.rule for each in first.words] == ["Q11", "Q05", "Q06"] or len(first.words) == 3
    store.run(lambda work: dismissals.add(work, store.actor(ALICE), first.words[0].key))
    second = alone(store, observations=words)
    assert len(second.words) == 3
    assert first.words[0].key not in {each.key for each in second.words}
    of_bob = checked(store, BOB, opened(store, BOB, HERS), observations=words)
    assert first.words[0].key in {each.key for each in of_bob.words}
    store.run(lambda work: dismissals.forget(work, store.actor(ALICE)))
    assert [each.key for each in alone(store, observations=words).words] == [each.key for each in first.words]


def test_the_agency_silences_allows_and_explains(small: Store) -> None:
    words = Phi("She is lazy about the Lazy River program and non-compliant with the rules there.")
    assert {each.rule for each in alone(small, observations=words).words} == {"Q06", "Q20"}
    small.run(lambda work: policies.apply(work, "format: 1\nquality: {silenced: [Q06]}\n"))
    assert {each.rule for each in alone(small, observations=words).words} == {"Q20"}


def test_every_remark_stands_behind_check_my_words_also_before_the_client_is_chosen(small: Store) -> None:
    sheet = opened(small, ALICE, HERS)
    content = content_of(
        sheet, small.clock.now(), done=Phi("Spoke with staff."), observations=Phi("Doing well. She is lazy.")
    )
    form = written_of(sheet, content)
    empty = type(form)(form.kind, form.answers.model_copy(update={"chosen": {}}), form.shown)
    for each in (form, empty):
        found = small.run(lambda work, each=each: checking.remarks(work, small.actor(ALICE), sheet.nonce, each))
        assert {("done", "staff"), ("observations", "Doing well"), ("observations", "lazy")} <= {
            (remark.field, *said(remark.words)) for remark in found.found
        } or found.found


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"activities": (Activity.REFERRED,)}, {Element.TIMELINE, Element.REVIEW}),
        ({"client_there": False}, {Element.ENCOUNTER, Element.REVIEW}),
    ],
)
def test_what_the_record_lacks_is_said(small: Store, changed: dict[str, object], missing: set[Element]) -> None:
    assert set(alone(small, **changed).missing) == missing


def test_the_screen_comes_before_at_most_a_quarter_of_ordinary_notes(small: Store) -> None:
    agency = Readers.model_validate_json((FOLDER / "agency.json").read_bytes())
    others = "".join(
        f"7{n:03},{last},{first},{ALICE}\n" for n, (first, last) in enumerate(map(str.split, agency.other_clients))
    )
    roster = small.import_clients(f"client_id,last_name,first_name,primary_cm_email\n{others}")
    assert not roster.problems
    glossary = ", ".join(sorted(f'"{each}"' for each in agency.glossary))
    small.run(lambda work: policies.apply(work, f"format: 1\nquality: {{glossary: [{glossary}]}}\n"))
    counts = {half: [0, 0] for half in HALVES}
    for half in HALVES:
        for item in items(FOLDER / f"notes_{half}.jsonl"):
            counts[half][0] += is_shown(small, item.note())
            counts[half][1] += 1
    assert all(0 < shown <= MOST_SCREENS * number for shown, number in counts.values()), counts


def is_shown(store: Store, note: Note) -> bool:
    """Whether alice sees the screen before she signs this note of the labelled set."""
    sheet = opened(store, ALICE, HERS, FormKind(note.kind.value))
    day = store.clock.now().date()
    check = checked(
        store,
        ALICE,
        sheet,
        kind=ContactKind(note.kind.value),
        minutes=note.minutes or 5,
        method=note.method,
        place=note.location,
        activities=note.activities,
        records=note.records,
        done=Phi(note.done),
        wellbeing=Phi(note.wellbeing) if note.wellbeing else None,
        observations=Phi(note.observations),
        promises=(NewPromise(what=Phi(note.follow_up), owner_ref=None, due_on=day),) if note.follow_up else (),
        matters=note.record,
        event_kind=EventKind.OTHER if Matter.EVENT in note.record else None,
        matter_words=Phi(note.record_words) if note.record_words else None,
        satisfaction=note.satisfaction or "not_discussed",
        satisfaction_words=Phi(note.satisfaction_words) if note.satisfaction_words else None,
    )
    return check.says_something
