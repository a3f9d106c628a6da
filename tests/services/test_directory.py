"""The directory of names: it finds what opening everybody would find, follows what changes, and forgets who was shredded."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import Engine, delete, event

from desk.doors import Doors
from models.clients import Client, ClientKey
from models.engine import reading
from models.rows import WorkspaceSession
from models.staff import Role
from privacy.keys import RecordKey
from privacy.sealed import Cell, Sealed
from services import audit, clients, directory
from services.audit import Action
from services.decisions import Deed
from services.name_book import NameBook, folded
from services.staff import Actor
from services.work import Work
from tests.canary import Canary
from tests.conftest import Agency, StandingClock
from tests.postgres import unwalled
from tests.services.day_store import ALICE, CAROL, DAN, furnished
from tests.services.roster_store import Store

NAMES = (
    ("4501", "Rivera-Soto", "Ana", "Annie"),
    ("4502", "O'Brien", "Niamh", ""),
    ("4503", "Müller", "Zoë", ""),
    ("4504", "Riverton", "Anatole", ""),
)


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    """alice and bob of one team, dan of another; some clients of dan's beside."""
    store = furnished(engine, agency, clock)
    bring(store, NAMES)
    return store


def bring(store: Store, people: Sequence[tuple[str, str, str, str]], whose: str = DAN) -> None:
    """Import clients."""
    lines = (f"{number},{last},{first},{also},{whose}\n" for number, last, first, also in people)
    text = "client_id,last_name,first_name,preferred_name,primary_cm_email\n" + "".join(lines)
    assert not store.import_clients(text).problems


def look(store: Store, book: NameBook) -> Work:
    """Work as the reading door gives it."""
    session = WorkspaceSession(reading(store.engine), store.agency.id)
    return Work(session, store.agency.id, store.agency.keys, store.clock.now(), names=book)


def admin(store: Store) -> Actor:
    """carol, if she were an admin."""
    return replace(store.actor(CAROL), roles=frozenset({Role.ADMIN}))


def searched(store: Store, book: NameBook | None, actor: Actor, query: str, deed: Deed = Deed.CLIENT_FIND) -> list[str]:
    """The references that a search finds."""
    with WorkspaceSession(reading(store.engine), store.agency.id) as session:
        work = Work(session, store.agency.id, store.agency.keys, store.clock.now(), names=book)
        return [line.ref for line in clients.search(work, actor, query, deed).others]


def read_all(store: Store, book: NameBook) -> None:
    """Read until the book holds everybody."""
    with look(store, book).session as session:
        work = Work(session, store.agency.id, store.agency.keys, store.clock.now(), names=book)
        while not directory.read_on(work):
            pass


@pytest.mark.parametrize(
    "query",
    ["riv", "ana riv", "annie", "soto", "o brien", "obrien", "mul", "zoe", "MÜLLER zo", "450", "4503", "x", "a"],
)
def test_it_finds_whom_opening_everybody_finds(store: Store, query: str) -> None:
    book = NameBook()
    read_all(store, book)
    for actor in (admin(store), store.actor(CAROL), store.actor(DAN), store.actor(ALICE)):
        assert searched(store, book, actor, query) == searched(store, None, actor, query)


def test_whom_the_rule_keeps_out_is_not_offered(store: Store) -> None:
    book = NameBook()
    read_all(store, book)
    assert len(searched(store, book, admin(store), "450")) == len(NAMES)
    assert searched(store, book, store.actor(ALICE), "450") == []
    assert searched(store, book, store.actor(CAROL), "450") == []


def test_a_search_opens_only_whom_it_offers(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(store, [(f"7{number:03}", "Many", f"Person{number}", "") for number in range(60)])
    book = NameBook()
    read_all(store, book)
    opened: list[str] = []
    plain = RecordKey.open_bytes

    def counted(self: RecordKey, sealed: Sealed, cell: Cell) -> bytes:
        opened.append(cell.table)
        return plain(self, sealed, cell)

    monkeypatch.setattr(RecordKey, "open_bytes", counted)
    assert len(searched(store, book, admin(store), "person7")) == 1
    assert opened.count("client") == 1


def test_what_changes_is_read_before_the_next_search_and_nothing_else(store: Store) -> None:
    book, who = NameBook(), admin(store)
    read_all(store, book)
    sent: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *args: sent.append(args[2]))
    before = len(sent)
    assert searched(store, book, who, "niamh") == [store.client("4502")[0].ref]
    quiet = [each for each in sent[before:] if "changed_seq" in each and "client_key" not in each]
    assert any("changed_seq, client.id) >" in each for each in quiet)
    bring(store, [("4502", "Byrne", "Niamh", ""), ("4600", "Newcomer", "Una", "")])
    assert searched(store, book, who, "brien") == []
    assert searched(store, book, who, "byrne") == [store.client("4502")[0].ref]
    assert searched(store, book, who, "una newc") == [store.client("4600")[0].ref]


def test_another_process_sees_the_change_too(store: Store) -> None:
    mine, theirs, who = NameBook(), NameBook(), admin(store)
    read_all(store, mine)
    read_all(store, theirs)
    bring(store, [("4502", "Byrne", "Niamh", "")])
    assert searched(store, mine, who, "byrne") == searched(store, theirs, who, "byrne") != []


def shred(work: Work, row: Client) -> None:
    """Destroy the client's keys, as a shred will: with an event of the client's own that commits to the row."""
    stored = work.session.get_one(Client, (work.workspace_id, row.id))
    work.session.execute(delete(ClientKey).where(ClientKey.client_id == row.id))
    audit.record(work, Action.CLIENT_IMPORT, actor=None, subject=("client", row.id), sealed=stored.profile)


def test_who_was_shredded_is_forgotten(store: Store) -> None:
    book, who = NameBook(), admin(store)
    read_all(store, book)
    row = store.client("4503")[0]
    held = len(book)
    with unwalled(store.engine) as owners:
        Store(owners, store.agency, store.clock).run(lambda work: shred(work, row))
    assert searched(store, book, who, "zoe") == []
    assert len(book) == held - 1
    with look(store, book).session as session:
        work = Work(session, store.agency.id, store.agency.keys, store.clock.now(), names=book)
        assert ("zoe", "müller") not in directory.other_names(work, who).full


def test_until_everybody_is_read_a_search_still_finds_them(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "STEP", 1)
    book = NameBook()
    for query in ("riv", "zoe", "niamh"):
        assert searched(store, book, admin(store), query) == searched(store, None, admin(store), query)
    assert not book.is_whole


def test_an_older_look_never_undoes_a_newer_one(store: Store) -> None:
    book, who = NameBook(), admin(store)
    read_all(store, book)
    old = look(store, book)
    assert old.session.get(Client, (old.workspace_id, store.client("4502")[0].id)) is not None
    bring(store, [("4502", "Byrne", "Niamh", "")])
    read_all(store, book)
    directory.read_on(old)
    old.session.close()
    assert searched(store, book, who, "byrne") != []
    assert book.is_whole


async def test_the_reading_door_has_the_book_and_the_writing_door_has_none(
    doors: Doors, agency: Agency, anyio_backend: str
) -> None:
    def has(work: Work) -> NameBook | None:
        return work.names

    first = await doors.read(agency.keys, agency.id, has)
    assert first is not None
    assert await doors.survey(agency.keys, agency.id, has) is first
    assert await doors.transact(agency.keys, agency.id, has) is None


def test_the_names_for_a_note_are_everybodys_and_the_own_caseloads_in_part(store: Store) -> None:
    book, dan = NameBook(), store.actor(DAN)
    read_all(store, book)
    with look(store, book).session as session:
        work = Work(session, store.agency.id, store.agency.keys, store.clock.now(), names=book)
        index = directory.other_names(work, dan)
        elsewhere = directory.other_names(work, store.actor(ALICE))
    assert ("annie", "rivera", "soto") in index.full or ("annie", "rivera-soto") in index.full
    assert "niamh" in index.first
    assert "niamh" not in elsewhere.first
    assert repr(index) == f"NameIndex({index.count})"


def test_a_book_shows_stores_and_copies_nothing(store: Store, canary: Canary) -> None:
    book = NameBook()
    bring(store, [("4700", canary.text("last"), canary.text("first"), "")])
    read_all(store, book)
    canary.watch_text("a book's repr", repr(book))
    for way in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="neither copied nor stored"):
            way(book)


def test_a_bracket_or_an_apostrophe_is_no_part_of_a_word() -> None:
    assert folded("O'Brien, Niamh (Nia)").split() == ["o", "brien", "niamh", "nia"]
