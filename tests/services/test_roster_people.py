"""Importing people.csv, on both databases."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select

from models.clients import ClientKey
from models.note_document import Participant
from models.people import Person, PersonProfile
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from services import audit_trail, clients, people, roster, roster_people
from services.roster_people import PEOPLE_FILE
from services.roster_plan import keep, look, make_plan
from services.work import Work
from tests.canary import Canary
from tests.conftest import Agency, StandingClock
from tests.postgres import unwalled
from tests.services.roster_store import Store, told

ALICE = "alice@north.org"
HEADER = "client_id,name,role,organisation,phone,email,release_until,do_not_disclose"
DANA = "4417,Dana Reyes,Property manager,Elm Homes,804 555 0150; 804 555 0151,dana@elm.example,2026-12-31,no"
JO = "4417,Jo Marsh,aunt,,,,,yes"


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    """A case manager with one client."""
    store = Store(engine, agency, clock)
    assert store.import_staff(f"email,name,title\n{ALICE},Alice Moore,Case Manager\n").applied
    text = f"client_id,last_name,first_name,primary_cm_email\n4417,Rivera,Ana,{ALICE}\nab-9,Osei,Ben,{ALICE}\n"
    assert store.import_clients(text).applied
    return store


def load(store: Store, *lines: str, header: str = HEADER, dry_run: bool = False) -> roster.Report:
    """Import these rows."""
    sheet = roster_people.read_people("\n".join((header, *lines)).encode())
    return store.run(lambda work: roster_people.import_people(work, sheet, dry_run=dry_run))


def known(store: Store, agency_id: str = "4417") -> list[PersonProfile]:
    """The people of a client, as the forms read them, by name."""
    client_id = store.client(agency_id)[0].id
    found = store.run(lambda work: people.known(work, client_id, clients.key_of(work, client_id)))
    return sorted((each.profile for each in found), key=lambda each: clear(each.name))


def clear(value: Phi[str]) -> str:
    """What a wrapped text says."""
    return value.reveal(system_grant(Purpose.IMPORT))


def test_people_are_stored_with_everything_the_file_says(store: Store) -> None:
    report = load(store, DANA, JO)
    assert (told(report), report.problems, report.notes) == (["row 2: new", "row 3: new"], (), ())
    assert [entry.action.value for entry in store.recorded] == ["person:import", "person:import"]
    dana, jo = known(store)
    assert [clear(each) for each in (dana.name, dana.role, dana.organisation)] == [
        "Dana Reyes",
        "Property manager",
        "Elm Homes",
    ]
    assert [clear(each) for each in (dana.phone, dana.email)] == ["804 555 0150; 804 555 0151", "dana@elm.example"]
    assert (dana.release_until, dana.do_not_disclose) == (dt.date(2026, 12, 31), False)
    assert (clear(jo.phone), jo.release_until, jo.do_not_disclose) == ("", None, True)
    assert store.run(audit_trail.verify).findings == ()


def test_a_second_run_of_the_same_file_changes_nothing(store: Store) -> None:
    load(store, DANA, JO)
    report = load(store, DANA.replace("Dana Reyes", "DANA REYES"), JO.replace("aunt", "Aunt"))
    assert report.summary == "Nothing to change: all 2 rows are stored already."
    assert store.recorded == []
    assert clear(known(store)[0].name) == "Dana Reyes"


def test_a_dry_run_stores_nothing(store: Store) -> None:
    report = load(store, DANA, dry_run=True)
    assert report.summary == "Nothing was imported yet. An import would make: 1 new, 0 changed, 0 the same."
    assert known(store) == []


def test_a_change_is_a_new_version_of_the_same_person(store: Store) -> None:
    load(store, DANA, JO)
    report = load(store, DANA.replace("0151", "0152").replace("2026-12-31", "1/31/2027"), JO)
    assert told(report) == ["row 2: changed: phone, release_until", "row 3: same"]
    assert [(entry.action.value, entry.object_version) for entry in store.recorded] == [("person:import", 2)]
    assert clear(known(store)[0].phone) == "804 555 0150; 804 555 0152"
    assert store.run(audit_trail.verify).findings == ()


def test_an_empty_cell_clears_and_an_absent_column_does_not(store: Store) -> None:
    load(store, DANA)
    assert told(load(store, "4417,Dana Reyes,Property manager,", header="client_id,name,role,phone")) == [
        "row 2: changed: phone"
    ]
    (dana,) = known(store)
    assert (clear(dana.phone), clear(dana.email)) == ("", "dana@elm.example")


def test_who_was_typed_into_a_note_is_the_same_person(store: Store) -> None:
    client_id = store.client("4417")[0].id
    actor = store.actor(ALICE)

    def remember(work: Work) -> None:
        newcomer = Participant(name=Phi("dana reyes"), role=Phi("property manager"))
        people.remember(work, actor, client_id, clients.key_of(work, client_id), [newcomer])

    store.run(remember)
    assert told(load(store, DANA)) == ["row 2: changed: organisation, phone, email, release_until"]
    (dana,) = known(store)
    assert clear(dana.name) == "dana reyes"


def test_every_problem_is_told_at_once_and_nothing_is_half_imported(store: Store) -> None:
    report = load(
        store,
        JO,
        "9,Dana Reyes,Landlord,,,,,",
        "4417,,,,12,dana,someday,maybe",
        "4417,JO MARSH,Aunt,,,,,",
        "4417,Kim Poe,Nurse,,,,1999-12-31,",
    )
    assert [(problem.row, problem.column) for problem in report.problems] == [
        (3, "client_id"),
        (4, "do_not_disclose"),
        (4, "email"),
        (4, "name"),
        (4, "phone"),
        (4, "release_until"),
        (4, "role"),
        (5, "name"),
        (6, "release_until"),
    ]
    assert (report.applied, known(store)) == (False, [])


def test_a_destroyed_client_gets_nobody(store: Store) -> None:
    load(store, DANA)
    with unwalled(store.engine) as engine, engine.begin() as connection:
        connection.execute(delete(ClientKey))
    assert [(problem.row, problem.column) for problem in load(store, DANA).problems] == [(2, "client_id")]


def test_a_plan_is_refused_when_people_changed_since(store: Store) -> None:
    sheet = roster_people.read_people(f"{HEADER}\n{JO}".encode())
    plan = store.run(lambda work: make_plan(work, PEOPLE_FILE, look(work, PEOPLE_FILE), sheet))
    load(store, DANA)
    with pytest.raises(roster.PlanError, match="run the import again"):
        store.run(lambda work: keep(work, PEOPLE_FILE, plan))


def test_no_person_stands_in_clear_anywhere(store: Store, canary: Canary, sqlite_url: str) -> None:
    name, role, house = canary.text("name"), canary.text("role"), canary.text("organisation")
    good = f"4417,{name},{role},{house},,{canary.text('mail')}@a.example,,"
    reports = [load(store, good), load(store, f"4417,{name},{role},{house}x,{name},{role},{house},{name}")]
    assert [report.applied for report in reports] == [True, False]
    for report in reports:
        canary.watch_text("a report", repr(report) + report.summary + "".join(map(str, report.problems)))
    assert store.run(lambda work: len(work.session.scalars(select(Person)).all())) == 1
    if store.engine.dialect.name == "sqlite":
        canary.watch_sqlite(Path(sqlite_url.removeprefix("sqlite:///")))
