"""Importing goals.csv, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select

from models.clients import ClientKey
from models.goals import Goal, GoalState
from privacy.grants import Purpose, system_grant
from services import audit_trail, clients, goals, roster_goals
from services.roster import PlanError, Report
from services.roster_goals import GOAL_FILE
from services.roster_plan import keep, look, make_plan
from tests.canary import Canary
from tests.conftest import Agency, StandingClock
from tests.postgres import unwalled
from tests.services.roster_store import Store, told

STAFF = "email,name,title\nalice@north.org,Alice Moore,Case Manager\n"
CLIENTS = """client_id,last_name,first_name,primary_cm_email
4417,Rivera,Ana,alice@north.org
AB-9,Osei,Ben,alice@north.org
"""
HEADER = "client_id,code,text,target,status"
HOME = "4417,G1,Keep an apartment,Rent paid 12 months in a row,active"
BUS = "4417,G2,Use the bus alone,,"
WORK = "ab-9,G1,Find work,,"


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    """An agency with two clients."""
    store = Store(engine, agency, clock)
    assert store.import_staff(STAFF).applied
    assert store.import_clients(CLIENTS).applied
    return store


def load(store: Store, *lines: str, header: str = HEADER, dry_run: bool = False) -> Report:
    sheet = roster_goals.read_goals("\n".join((header, *lines)).encode())
    return store.run(lambda work: roster_goals.import_goals(work, sheet, dry_run=dry_run))


def active(store: Store, agency_id: str) -> list[tuple[str, str, str]]:
    """Code, words and target of a client's goals as a form offers them."""
    client, _ = store.client(agency_id)
    grant = system_grant(Purpose.IMPORT)
    lines = store.run(lambda work: goals.active(work, client.id, clients.key_of(work, client.id)))
    return [(line.code(grant), line.words(grant), line.text.target.reveal(grant)) for line in lines]


def test_goals_are_stored_in_the_order_of_the_file(store: Store) -> None:
    assert told(load(store, BUS, WORK, HOME)) == ["row 2: new", "row 3: new", "row 4: new"]
    assert [entry.action.value for entry in store.recorded] == ["goal:import"] * 3
    assert active(store, "4417") == [
        ("G2", "Use the bus alone", ""),
        ("G1", "Keep an apartment", "Rent paid 12 months in a row"),
    ]
    assert active(store, "AB-9") == [("G1", "Find work", "")]
    assert store.run(audit_trail.verify).findings == ()


def test_a_second_run_of_the_same_file_changes_nothing(store: Store) -> None:
    load(store, HOME, BUS)
    report = load(store, HOME.replace("G1", "g1"), BUS)
    assert report.summary == "Nothing to change: all 2 rows are stored already."
    assert store.recorded == []


def test_a_change_is_told_by_column_and_keeps_its_place(store: Store) -> None:
    load(store, HOME, BUS)
    report = load(
        store, HOME.replace("an apartment", "the\napartment").replace(",Keep", ',"Keep').replace("ment,", 'ment",')
    )
    assert told(report) == ["row 2: changed: text"]
    load(store, "4417,G3,Cook,,")
    assert [code for code, _, _ in active(store, "4417")] == ["G1", "G2", "G3"]
    assert active(store, "4417")[0][1] == "Keep the apartment"
    assert store.run(audit_trail.verify).findings == ()


def test_a_closed_goal_leaves_the_forms_and_comes_back(store: Store) -> None:
    load(store, HOME, BUS)
    assert told(load(store, "4417,G2,Use the bus alone,,Closed")) == ["row 2: changed: status"]
    assert [code for code, _, _ in active(store, "4417")] == ["G1"]
    # Without a word about it a goal stays as it is.
    assert told(load(store, BUS)) == ["row 2: same"]
    assert told(load(store, BUS + "active")) == ["row 2: changed: status"]
    assert store.run(lambda work: work.session.scalars(select(Goal.state)).all()) == [GoalState.ACTIVE] * 2


def test_an_empty_cell_clears_and_an_absent_column_does_not(store: Store) -> None:
    load(store, HOME)
    assert told(load(store, "4417,G1,Keep an apartment", header="client_id,code,text")) == ["row 2: same"]
    assert told(load(store, "4417,G1,Keep an apartment,,")) == ["row 2: changed: target"]
    assert active(store, "4417") == [("G1", "Keep an apartment", "")]


def test_every_problem_is_told_at_once_and_nothing_is_half_imported(store: Store) -> None:
    report = load(
        store,
        HOME,
        "9,G1,Find work,,",
        "4417,,,,maybe",
        "4417,g1,The same again,,",
        f"4417,G3,{'long ' * 250},,",
        "4417,G4,Hidden\u202e words,,",
    )
    assert [(problem.row, problem.column) for problem in report.problems] == [
        (3, "client_id"),
        (4, "code"),
        (4, "status"),
        (4, "text"),
        (5, "code"),
        (6, "text"),
        (7, "text"),
    ]
    assert (report.applied, store.recorded, active(store, "4417")) == (False, [], [])


def test_a_dry_run_stores_nothing(store: Store) -> None:
    store.recorded.clear()
    assert load(store, HOME, dry_run=True).summary.endswith("1 new, 0 changed, 0 the same.")
    assert (store.recorded, active(store, "4417")) == ([], [])


def test_a_destroyed_client_gets_no_goals(store: Store) -> None:
    client_id = store.client("4417")[0].id
    with unwalled(store.engine) as engine, engine.begin() as connection:
        connection.execute(delete(ClientKey).where(ClientKey.client_id == client_id))
    assert [(problem.row, problem.column) for problem in load(store, HOME).problems] == [(2, "client_id")]


def test_a_plan_is_refused_when_goals_changed_since(store: Store) -> None:
    sheet = roster_goals.read_goals(f"{HEADER}\n{BUS}".encode())
    made = store.run(lambda work: make_plan(work, GOAL_FILE, look(work, GOAL_FILE), sheet))
    load(store, HOME)
    with pytest.raises(PlanError, match="run the import again"):
        store.run(lambda work: keep(work, GOAL_FILE, made))


def test_no_goal_stands_in_clear_anywhere(store: Store, canary: Canary, sqlite_url: str) -> None:
    code, words, target = canary.text("code"), canary.text("words"), canary.text("target")
    reports = [load(store, f"4417,{code},{words},{target},"), load(store, f"4417,{code},,{target},{words}")]
    assert [report.applied for report in reports] == [True, False]
    for report in reports:
        canary.watch_text("a report", repr(report) + report.summary + "".join(map(str, report.problems)))
    if store.engine.dialect.name == "sqlite":
        canary.watch_sqlite(Path(sqlite_url.removeprefix("sqlite:///")))
