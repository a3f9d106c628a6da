"""One person under two IDs: held until somebody decides, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, delete, select

from models.clients import Client, ClientKey
from services import audit_trail, csv_files
from services.roster import CLIENT_FILE, Report
from services.roster_plan import Asked, keep, look, make_plan
from services.work import Work
from tests.conftest import Agency, StandingClock
from tests.postgres import unwalled
from tests.services.roster_store import Store, told

HEADER = "client_id,last_name,first_name,dob,medicaid_id,phone,primary_cm_email"
ANA = "4417,Rivera,Ana,1985-04-12,M-100-27,,alice@north.org"
AGAIN = "9001,RIVÉRA,ana,4/12/1985,,,alice@north.org"
BEN = "5000,Osei,Ben,,VA 31-7,,alice@north.org"
BENNY = "5001,Osei,Benjamin,,va317,,alice@north.org"


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    """An agency with one case manager."""
    store = Store(engine, agency, clock)
    assert store.import_staff("email,name,title\nalice@north.org,Alice Moore,Case Manager\n").applied
    return store


def load(store: Store, *lines: str, apart: frozenset[int] | None = frozenset()) -> Report:
    sheet = csv_files.read("\n".join((HEADER, *lines)).encode(), CLIENT_FILE.layout)

    def run(work: Work) -> Report:
        plan = make_plan(work, CLIENT_FILE, look(work, CLIENT_FILE), sheet, Asked(apart=apart))
        if plan.steps is not None:
            keep(work, CLIENT_FILE, plan)
        return plan.report(applied=plan.steps is not None)

    return store.run(run)


def held(report: Report) -> list[str]:
    return [str(problem) for problem in report.problems]


def stored(store: Store) -> int:
    return store.run(lambda work: len(work.session.scalars(select(Client.id)).all()))


def test_the_later_of_two_rows_is_held_and_nothing_is_imported(store: Store) -> None:
    assert held(load(store, ANA, AGAIN, BEN, BENNY)) == [
        "row 3, client_id: This may be the client of row 2: the same name and day of birth. "
        "If they are two people, import again with --not-duplicates 3.",
        "row 5, client_id: This may be the client of row 4: the same Medicaid number. "
        "If they are two people, import again with --not-duplicates 5.",
    ]
    assert stored(store) == 0


def test_a_newcomer_who_is_stored_under_another_id_is_held(store: Store) -> None:
    load(store, ANA, BEN)
    assert held(load(store, AGAIN)) == [
        "row 2, client_id: This may be a client who is stored under another client_id: the same name and day of birth. "
        "If they are two people, import again with --not-duplicates 2."
    ]
    # Where the file has that client too, the row is named, wherever it stands.
    assert [text.partition(". If")[0] for text in held(load(store, AGAIN, ANA))] == [
        "row 2, client_id: This may be the client of row 3: the same name and day of birth"
    ]


def test_who_was_said_to_be_somebody_else_is_imported_and_never_asked_about_again(store: Store) -> None:
    report = load(store, ANA, AGAIN, apart=frozenset({3}))
    assert told(report) == ["row 2: new", "row 3: new"]
    rules = [entry.rule for entry in store.recorded if entry.action.value == "client:import"]
    assert rules == ["primary", "primary.no_duplicate"]
    assert told(load(store, ANA, AGAIN)) == ["row 2: same", "row 3: same"]
    assert told(load(store, ANA, AGAIN.replace("12/1985,,", "12/1985,,555 0100 222"))) == [
        "row 2: same",
        "row 3: changed: phone",
    ]
    assert store.run(audit_trail.verify).findings == ()


def test_all_rows_may_be_said_to_be_people_of_their_own(store: Store) -> None:
    assert load(store, ANA, AGAIN, BEN, BENNY, apart=None).applied
    assert stored(store) == 4


def test_only_the_rows_that_were_named_pass(store: Store) -> None:
    assert [problem.row for problem in load(store, ANA, AGAIN, BEN, BENNY, apart=frozenset({3})).problems] == [5]


def test_a_change_of_what_makes_them_one_person_is_held_too(store: Store) -> None:
    load(store, ANA, AGAIN.replace("1985", "1986"))
    assert [problem.row for problem in load(store, AGAIN).problems] == [2]


def test_what_stands_where_there_is_no_number_makes_nobody_a_twin(store: Store) -> None:
    lines = [
        f"{number},Roe{number},Eve,,{word},,alice@north.org"
        for number, word in enumerate(["none", "N/A", "000000000", "999-999-999", "-"] * 2)
    ]
    assert load(store, *lines).applied


def test_a_name_alone_makes_nobody_a_twin(store: Store) -> None:
    assert load(store, ANA.replace("1985-04-12,M-100-27", ","), AGAIN.replace("4/12/1985", "")).applied


def test_a_destroyed_client_cannot_be_compared(store: Store) -> None:
    load(store, ANA)
    with unwalled(store.engine) as engine, engine.begin() as connection:
        connection.execute(delete(ClientKey))
    assert load(store, AGAIN).applied
