"""Importing staff.csv, on both databases."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from sqlalchemy import Engine, select

from models.engine import make_engine
from models.staff import Role, Staff, StaffProfile, StaffState, Team, TeamProfile
from privacy.grants import Purpose, system_grant
from privacy.kek import FileKek
from services import audit_trail, roster, staff
from services.roster import STAFF_FILE, NewStaff, Outcome
from services.roster_plan import keep, look, make_plan
from services.work import Work
from tests.conftest import Agency, StandingClock, make_agency
from tests.services.roster_store import Store, told

HEADER = "email,name,title,roles,team,team_channel,supervisor_email,phone_numbers,time_zone,work_hours,cosign_required"
ALICE = "alice@north.org,Alice Moore,Case Manager,,North,,carol@north.org,804 555 0100,America/Chicago,9:00-17:30,yes"
CAROL = "carol@north.org,Carol Diaz,Supervisor,supervisor admin,North,C0NORTH,,,,,"


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    """An agency without staff."""
    return Store(engine, agency, clock)


@pytest.fixture
def quick(sqlite_url: str, clock: StandingClock, kek: FileKek) -> Generator[Store]:
    """The same on SQLite only, for rules that store nothing."""
    engine = make_engine(sqlite_url)
    store = Store(engine, make_agency(engine, clock, kek), clock)
    yield store
    engine.dispose()


def load(store: Store, *lines: str, dry_run: bool = False) -> roster.Report:
    return store.import_staff("\n".join((HEADER, *lines)), dry_run=dry_run)


def count(store: Store) -> int:
    return store.run(lambda work: len(work.session.scalars(select(Staff)).all()))


def test_staff_and_their_team_are_stored_with_everything_the_file_says(store: Store) -> None:
    report = load(store, ALICE, CAROL)
    assert (told(report), report.problems, report.notes) == (["row 2: new", "row 3: new"], (), ())
    (alice, profile), (carol, _) = store.staff("ALICE@north.org"), store.staff("carol@north.org")
    assert (profile.name, profile.title, profile.credential) == ("Alice Moore", "Case Manager", "")
    assert profile.phone_numbers.reveal(system_grant(Purpose.IMPORT)) == ("804 555 0100",)
    assert alice.role_set == {Role.CASE_MANAGER}
    assert carol.role_set == {Role.SUPERVISOR, Role.ADMIN}
    assert (alice.supervisor_id, carol.supervisor_id) == (carol.id, None)
    assert (alice.time_zone, alice.work_days) == ("America/Chicago", "12345")
    assert (alice.work_starts_minute, alice.work_ends_minute, alice.cosign_required) == (540, 1050, True)
    assert (carol.time_zone, carol.cosign_required, carol.state) == ("America/New_York", False, StaffState.ACTIVE)

    def team(work: Work) -> tuple[Team, TeamProfile]:
        row = work.session.scalars(select(Team)).one()
        cell = work.cell("team", "profile", row.id)
        return row, work.keys.house_key.open(TeamProfile, row.profile, cell)

    north, name = store.run(team)
    assert (name.name, north.channel_id) == ("North", "C0NORTH")
    assert alice.team_id == carol.team_id == north.id


def test_everything_stored_is_recorded_in_the_trail(store: Store) -> None:
    load(store, ALICE, CAROL)
    assert [entry.action.value for entry in store.recorded] == [
        "team:import",
        "staff:import",
        "staff:import",
        "roster:import",
    ]
    load(store, ALICE.replace("Moore", "Moore-Lee"), CAROL.replace("C0NORTH", "C0SOUTH"))
    assert [(entry.action.value, entry.object_version) for entry in store.recorded] == [
        ("team:import", 0),
        ("staff:import", 2),
        ("roster:import", 0),
    ]
    assert store.run(audit_trail.verify).findings == ()


def test_a_second_run_of_the_same_file_changes_nothing_and_says_so(store: Store) -> None:
    load(store, ALICE, CAROL)
    report = load(store, ALICE, CAROL.replace("carol@", "Carol@"))
    assert told(report) == ["row 2: same", "row 3: same"]
    assert report.summary == "Nothing to change: all 2 rows are stored already."
    assert [entry.action.value for entry in store.recorded] == ["roster:import"]


def test_a_dry_run_says_what_would_change_and_stores_nothing(store: Store) -> None:
    report = load(store, ALICE, CAROL, dry_run=True)
    assert report.summary == "Nothing was imported yet. An import would make: 2 new, 0 changed, 0 the same."
    assert (count(store), store.recorded) == (0, [])
    load(store, ALICE, CAROL)
    report = load(
        store, ALICE.replace("yes", "no").replace("0100", "0199"), CAROL.replace("Diaz", "Diaz-Roe"), dry_run=True
    )
    assert told(report) == ["row 2: changed: phone_numbers, cosign_required", "row 3: changed: name"]
    assert store.staff("carol@north.org")[1].name == "Carol Diaz"


def test_a_changed_row_changes_what_it_says_and_nothing_else(store: Store) -> None:
    load(store, ALICE, CAROL)
    report = load(store, "alice@north.org,Alice Moore,Senior Case Manager,,,,,,,,")
    assert told(report) == ["row 2: changed: title, phone_numbers, team, supervisor_email"]
    assert [report.count(each) for each in Outcome] == [0, 1, 0]
    alice, profile = store.staff("alice@north.org")
    assert (profile.title, alice.profile_version, alice.team_id, alice.supervisor_id) == (
        "Senior Case Manager",
        2,
        None,
        None,
    )
    # What may not be empty is left by an empty cell.
    assert (alice.time_zone, alice.cosign_required, alice.work_starts_minute) == ("America/Chicago", True, 540)


def test_a_column_that_the_file_does_not_have_changes_nothing(quick: Store) -> None:
    load(quick, ALICE, CAROL)
    report = quick.import_staff("E-mail,Full name,Job title\nalice@north.org,Alice Moore,Lead\n")
    assert told(report) == ["row 2: changed: title"]
    alice, profile = quick.staff("alice@north.org")
    assert alice.supervisor_id is not None
    assert profile.phone_numbers.reveal(system_grant(Purpose.IMPORT)) == ("804 555 0100",)


def test_an_empty_slack_id_leaves_the_one_that_slack_gave(store: Store) -> None:
    load(store, CAROL)

    def bind(work: Work) -> None:
        user = staff.SlackUser("U0CAROL", "T0ALPHA", email="carol@north.org")
        staff.bind(work, user, "T0ALPHA")

    store.run(bind)
    report = store.import_staff("email,name,title,slack_user_id\ncarol@north.org,Carol Diaz,Supervisor,\n")
    assert told(report) == ["row 2: same"]
    assert store.staff("carol@north.org")[0].slack_user_id == "U0CAROL"


def test_every_problem_is_told_at_once_and_nothing_is_half_imported(quick: Store) -> None:
    report = load(
        quick,
        CAROL,
        "dan,,Case Manager,boss,North,C0OTHER,,,EST,9-5,maybe",
        "carol@north.org,Carol Twice,Supervisor,,,,,,,,",
        "eve@north.org,Eve Roe,Case Manager,,,C0EAST,nobody@north.org,,,,",
        "fay@north.org,Fay Poe,Case Manager,,North,C0SOUTH,fay@north.org,,,,",
    )
    assert [(problem.row, problem.column) for problem in report.problems] == [
        (3, "cosign_required"),
        (3, "email"),
        (3, "name"),
        (3, "roles"),
        (3, "time_zone"),
        (3, "work_hours"),
        (4, "email"),
        (5, "supervisor_email"),
        (5, "team_channel"),
        (6, "supervisor_email"),
        (6, "team_channel"),
    ]
    assert report.summary == "Nothing was imported: 11 problems to fix."
    assert (count(quick), quick.recorded, report.applied) == (0, [], False)


def test_a_slack_id_belongs_to_one_person(quick: Store) -> None:
    data = "email,name,title,slack_user_id\n{}@north.org,A B,Case Manager,U0SAME\n"
    quick.import_staff(data.format("ann"))
    report = quick.import_staff(data.format("ben"))
    assert [str(problem) for problem in report.problems] == [
        "row 2, slack_user_id: Another staff member has this Slack member ID."
    ]


def test_a_supervisor_without_the_role_is_noted(quick: Store) -> None:
    report = load(quick, ALICE, CAROL.replace("supervisor admin", "admin"))
    assert report.notes == ("row 2, supervisor_email: this person does not have the role supervisor.",)
    assert report.applied


def test_who_left_stays_so_and_supervises_nobody(quick: Store) -> None:
    load(quick, CAROL)

    def leave(work: Work) -> None:
        work.session.scalars(select(Staff)).one().state = StaffState.LEFT

    quick.run(leave)
    assert "left" in load(quick, CAROL).notes[0]
    assert [str(problem) for problem in load(quick, ALICE).problems] == [
        "row 2, supervisor_email: This supervisor is marked as having left."
    ]


def test_two_people_may_supervise_each_other_in_one_file(store: Store) -> None:
    load(store, CAROL.replace("C0NORTH,", "C0NORTH,alice@north.org"), ALICE)
    assert store.staff("carol@north.org")[0].supervisor_id == store.staff("alice@north.org")[0].id


def test_a_plan_is_refused_when_the_roster_changed_since(store: Store) -> None:
    sheet = roster.read_staff("\n".join((HEADER, CAROL)).encode())
    plan = store.run(lambda work: make_plan(work, STAFF_FILE, look(work, STAFF_FILE), sheet))
    load(store, CAROL)
    with pytest.raises(roster.PlanError, match="run the import again"):
        store.run(lambda work: keep(work, STAFF_FILE, plan))


def test_one_staff_member_and_a_team_are_added_without_a_file(store: Store) -> None:
    def add(work: Work) -> Staff:
        team = roster.add_team(work, "North", "C0NORTH")
        carol = roster.add_staff(
            work,
            NewStaff(
                StaffProfile(name="Carol Diaz", title="Supervisor", email="carol@north.org"),
                frozenset({Role.SUPERVISOR}),
                "U0CAROL",
                team.id,
            ),
        )
        profile = StaffProfile(name="Alice Moore", title="Case Manager", email="alice@north.org")
        return roster.add_staff(work, NewStaff(profile, supervisor_id=carol.id, cosign_required=True))

    alice = store.run(add)
    assert [entry.action.value for entry in store.recorded] == ["team:import", "staff:import", "staff:import"]
    carol, _ = store.staff("carol@north.org")
    assert (alice.supervisor_id, carol.slack_user_id) == (carol.id, "U0CAROL")
    assert store.run(audit_trail.verify).findings == ()
