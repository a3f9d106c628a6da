"""Importing clients.csv, on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator, Iterable
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select, update
from sqlalchemy.orm import Session

from models.base import new_id
from models.clients import Assignment, AssignmentKind, Client, ClientKey, ClientProfile, ClientStatus
from models.engine import make_engine
from models.requirements import Requirement
from models.staff import Staff, StaffProfile, StaffState
from privacy.grants import Purpose, system_grant
from privacy.kek import FileKek
from privacy.phi import Phi
from services import access, audit, audit_trail, requirements, roster
from services.roster import CLIENT_FILE, NewClient, NewStaff, PlanError
from services.roster_client_steps import ClientSteps
from services.roster_plan import Plan, keep, look, make_plan
from services.work import Work
from tests.canary import Canary
from tests.conftest import Agency, StandingClock, make_agency
from tests.services.roster_store import Store, told

STAFF = """email,name,title,time_zone
alice@north.org,Alice Moore,Case Manager,America/New_York
bob@north.org,Bob Lee,Case Manager,Pacific/Guam
dan@north.org,Dan Poe,Case Manager,America/Los_Angeles
"""
HEADER = "client_id,last_name,first_name,preferred_name,dob,medicaid_id,phone,program,status,plan_review_due,primary_cm_email,backup_cm_email"
ANA = (
    "4417,Rivera,Ana,Annie,4/12/1985,M-1,804 555 0142,Supported living,active,2026-04-01,alice@north.org,bob@north.org"
)
BEN = "AB-9,Osei,Ben,,,,,,,,bob@north.org,"
TODAY = dt.date(2026, 3, 2)
DAY = dt.timedelta(1)


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    """An agency with three case managers and no client."""
    store = Store(engine, agency, clock)
    assert store.import_staff(STAFF).applied
    return store


@pytest.fixture
def quick(sqlite_url: str, clock: StandingClock, kek: FileKek) -> Generator[Store]:
    """The same on SQLite only, for rules that store nothing."""
    engine = make_engine(sqlite_url)
    store = Store(engine, make_agency(engine, clock, kek), clock)
    assert store.import_staff(STAFF).applied
    yield store
    engine.dispose()


def load(store: Store, *lines: str, dry_run: bool = False) -> roster.Report:
    return store.import_clients("\n".join((HEADER, *lines)), dry_run=dry_run)


def clear(values: Iterable[Phi[str]]) -> list[str]:
    return [value.reveal(system_grant(Purpose.IMPORT)) for value in values]


def assignments(store: Store, agency_id: str) -> list[tuple[str, AssignmentKind, dt.date, dt.date | None]]:
    """Who, as what, from and until, by the day they began and by name."""
    client, _ = store.client(agency_id)
    names = {store.staff(f"{name}@north.org")[0].id: name for name in ("alice", "bob", "dan")}
    rows = store.run(
        lambda work: work.session.scalars(select(Assignment).where(Assignment.client_id == client.id)).all()
    )
    found = [(names[row.staff_id], row.kind, row.from_on, row.until_on) for row in rows]
    return sorted(found, key=lambda row: (row[2], row[0]))


def test_a_client_is_stored_with_everything_the_file_says(store: Store) -> None:
    report = load(store, ANA, BEN)
    assert (told(report), report.problems, report.notes) == (["row 2: new", "row 3: new"], (), ())
    client, profile = store.client("4417")
    assert clear((profile.agency_id, profile.last_name, profile.first_name)) == ["4417", "Rivera", "Ana"]
    assert clear((profile.preferred_name, profile.born_on, profile.medicaid_id)) == ["Annie", "1985-04-12", "M-1"]
    assert clear((profile.phone, profile.program)) == ["804 555 0142", "Supported living"]
    assert (client.status, client.plan_review_on) == (ClientStatus.ACTIVE, dt.date(2026, 4, 1))
    ben, profile = store.client("ab-9")
    assert clear((profile.agency_id, profile.preferred_name, profile.born_on)) == ["AB-9", "", ""]
    assert (ben.status, ben.plan_review_on) == (ClientStatus.ACTIVE, None)


def test_case_managers_see_their_new_clients_at_once_wherever_they_are(store: Store) -> None:
    load(store, ANA, BEN)
    # Noon in New York is the next morning on Guam.
    assert assignments(store, "4417") == [
        ("alice", AssignmentKind.PRIMARY, TODAY, None),
        ("bob", AssignmentKind.BACKUP, TODAY + DAY, None),
    ]
    for email, seen in {"alice@north.org": 1, "bob@north.org": 2, "dan@north.org": 0}.items():
        actor = store.actor(email)
        assert (
            len(store.run(lambda work, actor=actor: work.session.scalars(access.caseload(work, actor)).all())) == seen
        )


def test_everything_stored_is_recorded_in_the_trail(store: Store) -> None:
    load(store, ANA)
    assert [(entry.action.value, entry.rule) for entry in store.recorded] == [
        ("client:import", "primary.backup"),
        ("roster:import", "clients"),
    ]
    before, _ = store.client("4417")
    load(store, ANA.replace("Rivera", "Rivera-Cruz").replace("alice@", "dan@"))
    assert [(entry.action.value, entry.rule, entry.object_version) for entry in store.recorded] == [
        ("client:import", "", 2),
        ("assignment:change", "primary:close", 0),
        ("assignment:change", "primary:open", 0),
        ("roster:import", "clients", 0),
    ]
    after, _ = store.client("4417")
    assert after.changed_seq > before.changed_seq > 0
    assert store.run(audit_trail.verify).findings == ()


def test_a_second_run_of_the_same_file_changes_nothing_and_says_so(store: Store) -> None:
    load(store, ANA, BEN)
    for moved in (0, 5, 12, 24):
        store.clock.advance(hours=moved)
        report = load(store, ANA, BEN.replace("AB-9", "ab-9"))
        assert report.summary == "Nothing to change: all 2 rows are stored already."
        assert [entry.action for entry in store.recorded] == [audit.Action.ROSTER_IMPORT]
    assert clear([store.client("AB-9")[1].agency_id]) == ["AB-9"]


def test_a_dry_run_says_what_would_change_and_stores_nothing(store: Store) -> None:
    load(store, BEN)
    changed = "AB-9,Osei,Ben,,,,804 555 0199,Day program,closed,3/1/2027,alice@north.org,dan@north.org"
    report = load(store, ANA, changed, dry_run=True)
    assert told(report) == [
        "row 2: new",
        "row 3: changed: phone, program, status, plan_review_due, primary_cm_email, backup_cm_email",
    ]
    assert report.summary == "Nothing was imported yet. An import would make: 1 new, 1 changed, 0 the same."
    assert store.recorded == []
    assert store.client("AB-9")[0].status is ClientStatus.ACTIVE
    assert load(store, ANA, changed).summary == "1 new, 1 changed, 0 the same."
    assert told(load(store, ANA, changed)) == ["row 2: same", "row 3: same"]


def test_an_empty_cell_clears_and_an_absent_column_does_not(quick: Store) -> None:
    load(quick, ANA)
    report = quick.import_clients(
        "client_id,last_name,first_name,phone,plan_review_due,status,primary_cm_email\n4417,Rivera,Ana,,,,alice@north.org\n"
    )
    assert told(report) == ["row 2: changed: phone, plan_review_due"]
    client, profile = quick.client("4417")
    assert clear((profile.phone, profile.program, profile.born_on)) == ["", "Supported living", "1985-04-12"]
    assert (client.status, client.plan_review_on, client.profile_version) == (ClientStatus.ACTIVE, None, 2)
    assert [kind for _, kind, _, until in assignments(quick, "4417") if until is None] == [
        AssignmentKind.PRIMARY,
        AssignmentKind.BACKUP,
    ]


def test_the_mark_of_part_2_is_taken_away_by_a_plain_no_alone(quick: Store) -> None:
    header = "client_id,last_name,first_name,primary_cm_email"
    row = "4417,Rivera,Ana,alice@north.org"

    def marked(*columns: str) -> bool:
        assert not quick.import_clients("\n".join(columns)).problems
        return quick.client("4417")[1].part2

    assert not marked(header, row)
    assert marked(f"{header},part2", f"{row},yes")
    assert marked(f"{header},part2", f"{row},")
    assert marked(header, row)
    assert not marked(f"{header},part2", f"{row},no")
    assert quick.import_clients(f"{header},part2\n{row},perhaps").problems


def test_a_change_of_state_alone_leaves_the_sealed_profile(store: Store) -> None:
    load(store, ANA)
    before, _ = store.client("4417")
    assert told(load(store, ANA.replace("active", "closed"))) == ["row 2: changed: status"]
    after, _ = store.client("4417")
    assert (after.status, after.profile_version, after.profile) == (ClientStatus.CLOSED, 1, before.profile)
    assert after.changed_seq > before.changed_seq


def test_a_new_primary_begins_today_and_the_old_one_ended_yesterday(store: Store) -> None:
    load(store, ANA)
    store.clock.advance(days=10)
    assert told(load(store, ANA.replace("alice@", "dan@"))) == ["row 2: changed: primary_cm_email"]
    today = TODAY + 10 * DAY
    assert assignments(store, "4417") == [
        ("alice", AssignmentKind.PRIMARY, TODAY, today - DAY),
        ("bob", AssignmentKind.BACKUP, TODAY + DAY, None),
        ("dan", AssignmentKind.PRIMARY, today, None),
    ]
    assert told(load(store, ANA)) == ["row 2: changed: primary_cm_email"]
    assert assignments(store, "4417")[-2:] == [
        ("alice", AssignmentKind.PRIMARY, today, None),
        ("dan", AssignmentKind.PRIMARY, today, today - DAY),
    ]


def test_a_backup_ends_when_the_cell_is_empty_or_they_become_the_primary(store: Store) -> None:
    load(store, ANA)
    store.clock.advance(days=3)
    load(store, ANA.replace("bob@north.org", ""))
    assert assignments(store, "4417")[1][3] == TODAY + 3 * DAY
    load(store, ANA)
    report = store.import_clients("client_id,last_name,first_name,primary_cm_email\n4417,Rivera,Ana,bob@north.org\n")
    assert told(report) == ["row 2: changed: primary_cm_email, backup_cm_email"]
    assert [row[:2] for row in assignments(store, "4417") if row[3] is None] == [("bob", AssignmentKind.PRIMARY)]


def test_every_problem_is_told_at_once_and_nothing_is_half_imported(quick: Store) -> None:
    report = load(
        quick,
        BEN,
        "4417,,Ana,,12/31/2026,1.2E+11,,,pending,soon,nobody@north.org,alice",
        "ab-9,Osei,Ben,,,,,,,,bob@north.org,",
        ",Roe,Eve,,1850-01-01,,,,,2101-01-01,,",
        "5,Roe,Eve,,,,,,,,alice@north.org,Alice@north.org",
    )
    assert [(problem.row, problem.column) for problem in report.problems] == [
        (3, "backup_cm_email"),
        (3, "dob"),
        (3, "last_name"),
        (3, "medicaid_id"),
        (3, "plan_review_due"),
        (3, "primary_cm_email"),
        (3, "status"),
        (4, "client_id"),
        (5, "client_id"),
        (5, "dob"),
        (5, "plan_review_due"),
        (5, "primary_cm_email"),
        (6, "backup_cm_email"),
    ]
    assert (report.applied, quick.recorded) == (False, [])
    assert quick.run(lambda work: work.session.scalars(select(Client)).all()) == []


def test_a_client_is_given_to_nobody_who_left(quick: Store) -> None:
    quick.run(lambda work: work.session.execute(update(Staff).values(state=StaffState.LEFT)))
    assert [str(problem) for problem in load(quick, BEN).problems] == [
        "row 2, primary_cm_email: This staff member is marked as having left. Name someone who works here."
    ]


def test_a_destroyed_record_does_not_come_back(quick: Store) -> None:
    load(quick, BEN)

    def shred(work: Work) -> None:
        work.session.delete(work.session.scalars(select(ClientKey)).one())

    quick.run(shred)
    assert [(problem.row, problem.column) for problem in load(quick, BEN).problems] == [(2, "client_id")]


def planned(store: Store, *lines: str) -> Plan[ClientSteps]:
    sheet = roster.read_clients("\n".join((HEADER, *lines)).encode())
    return store.run(lambda work: make_plan(work, CLIENT_FILE, look(work, CLIENT_FILE), sheet))


def test_a_plan_is_refused_when_the_roster_changed_since(store: Store) -> None:
    plan = planned(store, BEN)
    load(store, ANA)
    with pytest.raises(PlanError, match="run the import again"):
        store.run(lambda work: keep(work, CLIENT_FILE, plan))


def test_a_plan_does_not_mind_what_changes_nothing_of_it(store: Store) -> None:
    plan = planned(store, ANA, BEN)
    load(store, dry_run=True)
    for action, kind in (
        (audit.Action.STAFF_BIND, "staff"),
        (audit.Action.CLIENT_READ, "client"),
        (audit.Action.REMINDER_SEND, "staff"),
    ):
        store.run(
            lambda work, action=action, kind=kind: audit.record(work, action, actor=None, subject=(kind, new_id()))
        )
    assert store.recorded
    store.run(lambda work: keep(work, CLIENT_FILE, plan))
    assert told(load(store, ANA, BEN)) == ["row 2: same", "row 3: same"]


def test_a_plan_with_problems_is_never_stored(quick: Store) -> None:
    plan = planned(quick, BEN.replace("bob@", "nobody@"))
    with pytest.raises(PlanError, match="problems"):
        quick.run(lambda work: keep(work, CLIENT_FILE, plan))


def test_a_plan_asks_the_database_for_nothing(store: Store) -> None:
    load(store, BEN)
    sheet = roster.read_clients("\n".join((HEADER, ANA, BEN.replace("Osei", "Osei-Ba"))).encode())
    looked = store.run(lambda work: look(work, CLIENT_FILE))
    statements: list[object] = []
    event.listen(store.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    with Session(store.engine) as idle:
        work = Work(idle, store.agency.id, store.agency.keys, store.clock.now())
        plan = make_plan(work, CLIENT_FILE, looked, sheet)
    assert statements == []
    store.run(lambda work: keep(work, CLIENT_FILE, plan))
    assert told(load(store, ANA, BEN.replace("Osei", "Osei-Ba"))) == ["row 2: same", "row 3: same"]


def test_no_client_stands_in_clear_anywhere(store: Store, canary: Canary, sqlite_url: str) -> None:
    words = {name: canary.text(name) for name in ("id", "last", "first", "preferred", "medicaid", "program")}
    row = (
        f"{words['id']},{words['last']},{words['first']},{words['preferred']},,{words['medicaid']},,{words['program']}"
    )
    reports = [
        load(store, f"{row},active,,alice@north.org,"),
        load(store, f"{row}x,active,,bob@north.org,", dry_run=True),
        load(store, f"{row},{words['program']},{words['id']},{words['last']},{words['first']}", *[f"{row},,,,"] * 2),
    ]
    for report in reports:
        canary.watch_text("a report", repr(report) + report.summary + "".join(map(str, report.problems + report.lines)))
        canary.watch_text("an error file", roster.problems_file(report.problems))
    assert [report.applied for report in reports] == [True, False, False]
    if store.engine.dialect.name == "sqlite":
        canary.watch_sqlite(Path(sqlite_url.removeprefix("sqlite:///")))


def test_one_client_is_added_without_a_file(store: Store) -> None:
    def add(work: Work) -> Client:
        profile = StaffProfile(name="Eve Roe", title="Case Manager", email="eve@north.org")
        eve = roster.add_staff(work, NewStaff(profile))
        client = ClientProfile(agency_id=Phi("7"), last_name=Phi("Osei"), first_name=Phi("Ben"))
        return roster.add_client(work, NewClient(client, eve.id, since=TODAY - 30 * DAY))

    client = store.run(add)
    stored, profile = store.client("7")
    assert (stored.id, stored.ref) == (client.id, client.ref)
    assert clear([profile.last_name]) == ["Osei"]
    actor = store.actor("eve@north.org")
    assert store.run(lambda work: access.client_by_ref(work, actor, client.ref)) is not None
    assert store.run(lambda work: work.session.scalars(select(Assignment.from_on)).all()) == [TODAY - 30 * DAY]
    assert store.run(audit_trail.verify).findings == ()


def test_a_large_file_asks_the_database_no_more_than_a_small_one(quick: Store) -> None:
    def asked(count: int) -> int:
        rows = [f"{count}-{each},Osei,Ben,,,,,,,,alice@north.org,bob@north.org" for each in range(count)]
        sheet = roster.read_clients("\n".join((HEADER, *rows)).encode())
        statements: list[object] = []

        def run(work: Work) -> int:
            event.listen(work.session.connection(), "before_cursor_execute", lambda *call: statements.append(call[2]))
            assert roster.import_clients(work, sheet, dry_run=False).count(roster.Outcome.NEW) == count
            return len(statements)

        return quick.run(run)

    assert asked(2) == asked(200)


def test_the_windows_of_a_new_client_are_those_that_counting_anew_finds(store: Store) -> None:
    lines = [
        "client_id,last_name,first_name,primary_cm_email,requirements,last_face_to_face,last_home_visit,last_contact",
        "1,Roe,Ann,alice@north.org,visit every 90 days,2026-01-15,,",
        '2,Roe,Bea,alice@north.org,"visit every 30 days, grace 10, home every 2; contact every month",2026-02-01,2025-12-24,2026-02-20',
        "3,Roe,Cal,alice@north.org,visit every month,,,",
        "4,Roe,Dee,alice@north.org,none,,,2025-03-01",
        "5,Roe,Eli,alice@north.org,va-id,2025-03-01,,",
    ]
    assert store.import_clients("\n".join(lines)).problems == ()

    def windows(work: Work) -> list[tuple[object, ...]]:
        rows = work.session.execute(select(Requirement.__table__).order_by(Requirement.id))
        newest = work.session.execute(select(Client.id, Client.last_contact_on).order_by(Client.id))
        return [*map(tuple, rows), *map(tuple, newest)]

    before = store.run(windows)
    assert len(before) > 5 + 4
    store.run(lambda work: requirements.recount_all(work, work.session.scalars(select(Client.id)).all()))
    assert store.run(windows) == before
