"""Words are found in the notes that somebody may read and in no others, in a bounded number of them, and leave their trail."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event, update

from models.contacts import ContactKind
from models.note_document import Participant
from models.notes import Note, NoteVersion
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from services import note_search
from services.events import Action
from services.note_search import Hits, Search
from services.note_texts import Wanted
from services.refusals import NotFound
from services.timelines import Narrowing, NotePage, Period
from tests.conftest import Agency, StandingClock
from tests.services.day_store import ALICE, BOB, CAROL, DAN, DANS, HERS, furnished
from tests.services.note_store import written
from tests.services.roster_store import Store
from tests.services.trails import tamper
from tests.views.test_note_reading import sample

GRANT = system_grant(Purpose.VALIDATE)


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    return furnished(engine, agency, clock)


def looked(store: Store, who: str, words: str, client: str = "", **more: object) -> tuple[Hits, NotePage]:
    """What somebody finds."""
    actor = store.actor(who)
    client_ref = store.client(client)[0].ref if client else ""
    search = Search(Phi(words), client_ref, **more)  # type: ignore[arg-type] - the rest of a search
    hits = store.run(lambda work: note_search.look(work, actor, search))
    assert store.recorded == []
    return hits, store.run(lambda work: note_search.show(work, actor, search, hits))[0]


def test_words_are_found_whatever_their_case_and_accents_and_by_their_beginnings(store: Store) -> None:
    note = written(store, ALICE, HERS, done=Phi("Asked José about the LEASE; O'Brien's office agreed at once."))
    written(store, ALICE, HERS)
    for words in ("lease", "jose lea", "o'brien", "(lease)", "Relieved LEASE"):
        hits, page = looked(store, BOB, words, HERS)
        assert [line.ref for line in page.lines] == [note.ref]
        assert hits.looked_at == 2
    for words in ("ease", "lease tomorrow", "nothing", "?"):
        assert looked(store, BOB, words, HERS)[0].count == (2 if words == "?" else 0)


def test_names_places_goals_and_promises_are_looked_through_too(store: Store) -> None:
    written(store, ALICE, HERS, newcomers=(Participant(name=Phi("Wilhelmina Xanthopoulos"), role=Phi("aunt")),))
    assert looked(store, ALICE, "xanth", HERS)[0].count == 1


def test_only_the_newest_version_is_looked_through(store: Store) -> None:
    written(store, ALICE, HERS, "Asked again and got another day.")
    assert looked(store, ALICE, "later", HERS)[0].count == 0
    assert looked(store, ALICE, "another", HERS)[0].count == 1


def test_a_caseload_is_one_s_own_and_that_of_one_s_staff(store: Store) -> None:
    hers, dans = written(store, ALICE, HERS), written(store, DAN, DANS)
    found = {who: {line.ref for line in looked(store, who, "manager")[1].lines} for who in (ALICE, BOB, CAROL, DAN)}
    assert found == {ALICE: {hers.ref}, BOB: {hers.ref}, CAROL: {hers.ref}, DAN: {dans.ref}}
    page = looked(store, CAROL, "manager")[1]
    assert [line.client.name(GRANT) for line in page.lines if line.client is not None] == ["Rivera, Ana"]
    assert [(each.action, each.object_id, each.rule) for each in store.recorded] == [
        (Action.NOTE_SEARCH, None, ""),
        (Action.NOTE_SEARCH, hers.client_id, "review:supervised"),
    ]


def test_a_search_in_one_client_s_notes_is_one_event_and_another_s_client_is_not_found(store: Store) -> None:
    note = written(store, ALICE, HERS)
    looked(store, ALICE, "manager", HERS)
    assert [(each.action, each.object_id, each.rule) for each in store.recorded] == [
        (Action.NOTE_SEARCH, note.client_id, "care:own_caseload")
    ]
    dan, search = store.actor(DAN), Search(Phi("manager"), store.client(HERS)[0].ref)
    with pytest.raises(NotFound):
        store.run(lambda work: note_search.look(work, dan, search))
    with pytest.raises(NotFound):
        store.run(lambda work: note_search.show(work, dan, search, Hits((note.id,), 0, 1, 1, "", ())))


def test_what_was_lost_between_looking_and_showing_is_not_shown(store: Store) -> None:
    note = written(store, ALICE, HERS)
    dan = store.actor(DAN)
    page = store.run(
        lambda work: note_search.show(work, dan, Search(Phi("manager")), Hits((note.id,), 0, 1, 1, "", ()))
    )[0]
    assert page.lines == ()


def test_the_search_is_bounded_and_goes_on_where_it_stopped(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(note_search, "LOOKED_AT_MOST", 2)
    now = store.clock.now()
    refs = [written(store, ALICE, HERS, ended_at=now - dt.timedelta(hours=hours)).ref for hours in (3, 3, 3, 4, 5)]
    refs[:3] = sorted(refs[:3], key=refs.index, reverse=True)
    seen: list[str] = []
    after = ""
    for _ in range(3):
        hits, page = looked(store, ALICE, "manager", HERS, after=after)
        seen += [line.ref for line in page.lines]
        after = hits.older
    assert (seen, after) == (refs, "")
    with pytest.raises(NotFound):
        looked(store, DAN, "manager", DANS, after=refs[1])


def test_on_a_busy_machine_a_search_stops_in_time_and_goes_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(note_search, "SECONDS_MOST", -1.0)
    now = store.clock.now()
    refs = [written(store, ALICE, HERS, ended_at=now - dt.timedelta(hours=hours)).ref for hours in (1, 2)]
    hits, page = looked(store, ALICE, "manager", HERS)
    assert ([line.ref for line in page.lines], hits.looked_at, hits.older) == (refs[:1], 1, refs[0])
    hits, page = looked(store, ALICE, "manager", HERS, after=hits.older)
    assert ([line.ref for line in page.lines], hits.older) == (refs[1:], "")


def test_a_search_is_narrowed_like_the_list(store: Store) -> None:
    written(store, ALICE, HERS, ended_at=store.clock.now() - dt.timedelta(days=40))
    for narrowing, count in (
        (Narrowing(kind=ContactKind.FACE_TO_FACE), 0),
        (Narrowing(period=Period.MONTH), 0),
        (Narrowing(period=Period.QUARTER), 1),
        (Narrowing(goal="G-0000000000000000"), 0),
    ):
        assert looked(store, ALICE, "manager", HERS, narrowing=narrowing)[0].count == count


def test_a_note_that_does_not_open_is_named_and_hides_no_other(store: Store) -> None:
    bad, good = written(store, ALICE, HERS), written(store, ALICE, HERS)
    other = store.run(lambda work: work.session.get_one(NoteVersion, (work.workspace_id, good.id, 1)).document)
    tamper(store.engine, update(NoteVersion).where(NoteVersion.note_id == bad.id).values(document=other))
    hits, page = looked(store, ALICE, "manager", HERS)
    assert ([line.ref for line in page.lines], hits.damaged) == ([good.ref], ((bad.id, bad.ref),))
    assert page.damaged == (bad.ref,)
    assert [each.object_id for each in store.recorded if each.rule == "note_damaged"] == [bad.id]


def test_a_note_that_opens_but_was_not_signed_so_shows_nothing(store: Store) -> None:
    bad = written(store, ALICE, HERS)
    tamper(store.engine, update(Note).where(Note.id == bad.id).values(kind=ContactKind.FACE_TO_FACE))
    page = looked(store, ALICE, "manager", HERS)[1]
    assert [(line.ref, line.document) for line in page.lines] == [(bad.ref, None)]


def test_the_words_are_no_parameter_of_any_statement(store: Store) -> None:
    written(store, ALICE, HERS, done=Phi("This speaks of a trombone and of nothing else."))
    heard: list[str] = []

    def hear(*heard_of: object) -> None:
        heard.append(f"{heard_of[2]} {heard_of[3]}")

    event.listen(store.engine, "before_cursor_execute", hear)
    assert looked(store, ALICE, "trombone", HERS)[0].count == 1
    event.remove(store.engine, "before_cursor_execute", hear)
    assert heard
    assert not [each for each in heard if "trombone" in each]


@given(before=st.text(max_size=300), after=st.text(max_size=300))
def test_a_word_is_found_and_shown_wherever_it_stands(before: str, after: str) -> None:
    document = sample(done=Phi(f"{before} trombone {after}"))
    wanted = Wanted.of(Phi("Trom"))
    assert wanted.stand_in(document)
    shown = wanted.extract(document, GRANT)
    assert "trombone" in shown
    assert len(shown) <= 230


@given(word=st.text(st.characters(categories=("L",)), min_size=1, max_size=20))
def test_any_word_finds_itself(word: str) -> None:
    assert Wanted.of(Phi(word)).stand_in(sample(observations=Phi(f"Said ({word}) and left.")))


def test_an_extract_is_cut_between_words_and_says_where() -> None:
    text = "first " * 30 + "trombone " + "last " * 40
    shown = Wanted.of(Phi("trombone")).extract(sample(done=Phi(text)), GRANT)
    assert shown.startswith("…first ")
    assert shown.endswith(" last…")
    assert Wanted.of(Phi("")).extract(sample(), GRANT) == ""
