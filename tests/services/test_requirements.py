"""Contact requirements of clients, on both databases: imported, counted from notes, read by caseload, paused."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select, update

from models.base import new_reference
from models.clients import Client
from models.contacts import Contact, ContactKind, ContactState
from models.requirements import Pause, PauseReason, Requirement
from models.staff import Staff
from models.workspaces import Surface, Workspace
from privacy.grants import Purpose, system_grant
from services import audit, pauses, policies, requirements, surfaces
from services.pauses import PauseClient
from services.refusals import FieldRefused, NotFound, SurfaceClosed
from services.requirements import Away, WindowCounts
from services.surfaces import DecideSurface
from services.windows import WindowState
from services.work import Work
from tests.conftest import Agency, StandingClock
from tests.services.roster_store import Store, told

STAFF = """email,name,title,roles,time_zone
alice@north.org,Alice Moore,Case Manager,case_manager,America/New_York
bob@north.org,Bob Lee,Case Manager,case_manager,Pacific/Guam
"""
HEADER = "client_id,last_name,first_name,program,primary_cm_email,requirements,last_face_to_face,last_home_visit,last_contact"
TODAY = dt.date(2026, 3, 2)
DAY = dt.timedelta(1)


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    """An agency with two case managers, no client, and forms allowed."""
    store = Store(engine, agency, clock)
    assert store.import_staff(STAFF).applied
    store.run(lambda work: surfaces.decide_surface(work, DecideSurface(Surface.MODAL, "Pia", "BAA")))
    return store


def load(store: Store, *rows: str, dry_run: bool = False) -> list[str]:
    """Import clients; the lines of the report, or its problems."""
    report = store.import_clients("\n".join((HEADER, *rows)), dry_run=dry_run)
    return [str(problem) for problem in report.problems] or told(report)


def ana(requirements: str = "visit every 90 days, grace 10", *before: str, by: str = "alice") -> str:
    days = [*before, "", "", ""][:3]
    return ",".join(["1", "Rivera", "Ana", "ID waiver", f"{by}@north.org", f'"{requirements}"', *days])


def rows(store: Store) -> list[Requirement]:
    """Every requirement, by the day it began and the day its window closes."""
    found = store.run(lambda work: work.session.scalars(select(Requirement)).all())
    return sorted(found, key=lambda row: (row.from_on, row.closes_on or dt.date.min))


def counted(store: Store) -> list[tuple[dt.date | None, dt.date | None, bool]]:
    return [(row.anchor_on, row.closes_on, row.home_due) for row in rows(store)]


def noted(
    store: Store, ended_at: dt.datetime, kind: ContactKind = ContactKind.FACE_TO_FACE, *, in_home: bool = False
) -> None:
    """A noted contact with client 1, by alice."""
    client, _ = store.client("1")
    actor = store.actor("alice@north.org")

    def settle(work: Work) -> None:
        contact = Contact(
            workspace_id=work.workspace_id,
            ref=new_reference("K"),
            client_id=client.id,
            staff_id=actor.id,
            kind=kind,
            state=ContactState.NOTED,
            started_at=None,
            ended_at=ended_at,
            created_at=work.now,
            in_home=in_home,
        )
        work.session.add(contact)
        requirements.recount(work, client.id)

    store.run(settle)


def utc(year: int, month: int, day: int, hour: int = 17) -> dt.datetime:
    return dt.datetime(year, month, day, hour, tzinfo=dt.UTC)


def due(store: Store, by: str = "alice") -> list[tuple[str, WindowState, dt.date | None, Away | None]]:
    actor = store.actor(f"{by}@north.org")
    lines, _ = store.run(lambda work: requirements.due(work, actor))
    grant = system_grant(Purpose.VALIDATE)
    return [(each.client.name(grant), each.window.state, each.window.closes_on, each.away) for each in lines]


def ref(store: Store) -> str:
    """The reference of the requirement that stands."""
    return next(row.ref for row in rows(store) if row.until_on is None)


def test_a_file_says_how_often_a_client_is_seen_and_when_last(store: Store) -> None:
    assert load(store, ana("visit every 90 days, grace 10; contact every month", "2026-01-10", "", "2026-02-20")) == [
        "row 2: new"
    ]
    assert counted(store) == [
        (dt.date(2026, 2, 20), dt.date(2026, 3, 31), False),
        (dt.date(2026, 1, 10), dt.date(2026, 4, 10), False),
    ]
    client, _ = store.client("1")
    assert client.last_contact_on == dt.date(2026, 2, 20)
    assert (client.before_visit_on, client.before_home_visit_on) == (dt.date(2026, 1, 10), None)


def test_the_same_file_again_changes_no_requirement(store: Store) -> None:
    load(store, ana())
    before = [(row.id, row.from_on) for row in rows(store)]
    store.clock.advance(days=3)
    assert load(store, ana("Visit every 90 days , grace 10 days")) == ["row 2: same"]
    assert [entry.action for entry in store.recorded] == [audit.Action.ROSTER_IMPORT]
    assert [(row.id, row.from_on) for row in rows(store)] == before


def test_a_requirement_that_is_not_named_any_more_ends(store: Store) -> None:
    load(store, ana("visit every 90 days; contact every month"))
    store.clock.advance(days=3)
    assert load(store, ana("visit every 30 days; contact every month"), dry_run=True) == [
        "row 2: changed: requirements"
    ]
    assert len(rows(store)) == 2
    assert load(store, ana("visit every 30 days; contact every month")) == ["row 2: changed: requirements"]
    assert [entry.action.value for entry in store.recorded] == [
        "requirement:end",
        "requirement:begin",
        "roster:import",
    ]
    assert [(row.every_days, row.from_on, row.until_on) for row in rows(store)] == [
        (90, TODAY, TODAY + 2 * DAY),
        (None, TODAY, None),
        (30, TODAY + 3 * DAY, None),
    ]
    assert [(closes, state) for _, state, closes, _ in due(store)] == [
        (dt.date(2026, 3, 31), WindowState.OPEN),
        (dt.date(2026, 4, 4), WindowState.OPEN),
    ]


def test_an_empty_cell_stands_for_the_program_and_an_absent_column_for_no_change(store: Store) -> None:
    store.run(lambda work: policies.apply(work, "format: 1\nprograms: {ID waiver: va-id}\n"))
    load(store, ana(""))
    assert [(row.pack, row.every_days, row.grace_days) for row in rows(store)] == [("va-id", 90, 10)]
    assert load(store, ana("none")) == ["row 2: changed: requirements"]
    without = "client_id,last_name,first_name,primary_cm_email\n1,Rivera,Ana,alice@north.org"
    assert told(store.import_clients(without)) == ["row 2: same"]
    assert load(store, ana("va-id")) == ["row 2: changed: requirements"]
    assert sorted(row.until_on is None for row in rows(store)) == [False, True]


def test_a_day_that_is_corrected_counts_anew(store: Store) -> None:
    load(store, ana("visit every 30 days, home every 2", "2026-02-20"))
    assert counted(store) == [(dt.date(2026, 2, 20), dt.date(2026, 3, 22), True)]
    assert load(store, ana("visit every 30 days, home every 2", "2026-02-20", "2026-02-24")) == [
        "row 2: changed: last_home_visit"
    ]
    assert counted(store) == [(dt.date(2026, 2, 24), dt.date(2026, 3, 26), False)]
    assert store.client("1")[0].last_contact_on == dt.date(2026, 2, 24)


def test_what_cannot_be_read_is_named_by_row_and_column_and_stores_nothing(store: Store) -> None:
    assert load(store, ana("now and then", "2026-03-04", "1999-12-31", "soon")) == [
        "row 2, last_contact: This is not a day. Write it as 2026-07-31 or 7/31/2026, with four digits for the year.",
        "row 2, last_face_to_face: This day lies in the future or before 2000.",
        "row 2, last_home_visit: This day lies in the future or before 2000.",
        "row 2, requirements: This is no contact requirement. Name a pack of the policy, or write words such as: "
        "visit every 90 days, grace 10, home every 2; contact every month.",
    ]
    assert rows(store) == []


def test_every_import_is_remembered_with_its_time(store: Store) -> None:
    def imported(work: Work) -> dt.datetime | None:
        return work.session.get_one(Workspace, work.workspace_id).roster_imported_at

    store.clock.advance(hours=2)
    load(store, ana())
    assert store.run(imported) == store.clock.now()


def test_only_a_noted_visit_of_the_right_kind_and_place_moves_the_window(store: Store) -> None:
    load(store, ana("visit every 30 days, home every 2"))
    noted(store, utc(2026, 3, 2), ContactKind.COLLATERAL)
    assert counted(store) == [(TODAY, dt.date(2026, 4, 1), False)]
    store.clock.advance(days=5)
    noted(store, utc(2026, 3, 6))
    assert counted(store) == [(dt.date(2026, 3, 6), dt.date(2026, 4, 5), True)]
    noted(store, utc(2026, 3, 7))
    assert counted(store) == [(dt.date(2026, 3, 6), dt.date(2026, 4, 5), True)]
    assert store.client("1")[0].last_contact_on == dt.date(2026, 3, 7)
    noted(store, utc(2026, 3, 7), in_home=True)
    assert counted(store) == [(dt.date(2026, 3, 7), dt.date(2026, 4, 6), False)]


def test_a_contact_counts_on_the_day_it_was_for_its_author(store: Store) -> None:
    load(store, ana("visit every 30 days"))
    store.clock.advance(days=5)
    noted(store, utc(2026, 3, 6, hour=3))
    assert counted(store)[0][0] == dt.date(2026, 3, 5)


def test_who_is_due_stands_by_what_lapses_first_in_ones_own_caseload(store: Store) -> None:
    load(
        store,
        ana("visit every 90 days, grace 10", "2025-12-01"),
        '2,Bell,Bo,,alice@north.org,"visit every 30 days",2026-02-05,,',
        '3,Cole,Cy,,alice@north.org,"visit every 30 days, grace 10",2026-01-30,,',
        "4,Dorn,Di,,alice@north.org,none,,,",
        '5,Eck,Ed,,bob@north.org,"visit every 30 days",2026-01-05,,',
    )
    listed = due(store)
    assert [entry.action.value for entry in store.recorded] == ["requirement:list"]
    assert [line[:3] for line in listed] == [
        ("Bell, Bo", WindowState.OPEN, dt.date(2026, 3, 7)),
        ("Cole, Cy", WindowState.GRACE, dt.date(2026, 3, 1)),
        ("Rivera, Ana", WindowState.GRACE, dt.date(2026, 3, 1)),
    ]
    assert [line[:2] for line in due(store, "bob")] == [("Eck, Ed", WindowState.LAPSED)]


def test_counts_say_how_a_caseload_stands_without_a_name(store: Store) -> None:
    assert counts(store) == WindowCounts()
    load(
        store,
        ana("visit every 30 days, home every 1", "", "2026-02-05"),
        '2,Bell,Bo,,alice@north.org,"visit every 30 days",2026-02-04,,',
        '3,Cole,Cy,,alice@north.org,"visit every 30 days, grace 10",2026-01-30,,',
        '4,Dorn,Di,,alice@north.org,"visit every 30 days",2025-12-30,,',
        '5,Eck,Ed,,alice@north.org,"visit every 90 days",2026-02-05,,',
    )
    assert counts(store) == WindowCounts(
        closing=2, closing_at_home=1, first_closes_in=4, in_grace=1, grace_days_left=9, lapsed=1
    )


def test_a_backup_sees_who_is_due_and_counts_it_only_while_the_primary_is_away(store: Store) -> None:
    header = HEADER.replace("primary_cm_email", "primary_cm_email,backup_cm_email")
    row = '1,Rivera,Ana,,alice@north.org,bob@north.org,"visit every 30 days; contact every month",2026-02-05,,'
    store.import_clients(f"{header}\n{row}")
    alice, bob = store.actor("alice@north.org"), store.actor("bob@north.org")
    one = WindowCounts(closing=1, first_closes_in=5)
    assert (counts(store), counts(store, "bob")) == (one, WindowCounts())
    assert [each.backup for each in store.run(lambda work: requirements.due(work, alice))[0]] == [False, False]
    assert [each.backup for each in store.run(lambda work: requirements.due(work, bob))[0]] == [True, True]
    row_of_alice, _ = store.staff("alice@north.org")
    away = update(Staff).where(Staff.id == row_of_alice.id).values(away_from=TODAY)
    store.run(lambda work: work.session.execute(away))
    assert counts(store, "bob").closing == 1


def test_a_month_without_a_contact_is_counted_apart_from_the_windows_of_visits(store: Store) -> None:
    load(store, ana("contact every month", "2026-02-05"))
    assert counts(store) == WindowCounts()
    store.clock.advance(days=23)
    assert counts(store) == WindowCounts(silent_this_month=1)


def counts(store: Store, by: str = "alice") -> WindowCounts:
    actor = store.actor(f"{by}@north.org")
    return store.run(lambda work: requirements.counts(work, actor))


def test_a_stay_in_hospital_waits_and_its_end_counts_on(store: Store) -> None:
    load(store, ana("visit every 30 days, grace 10"))
    alice = store.actor("alice@north.org")
    stay = PauseClient(ref(store), PauseReason.HOSPITAL, TODAY - DAY)
    store.run(lambda work: pauses.pause(work, alice, stay))
    assert [(entry.action.value, entry.rule) for entry in store.recorded] == [("pause:begin", "hospital")]
    store.run(lambda work: pauses.pause(work, alice, stay))
    assert store.run(lambda work: len(work.session.scalars(select(Pause)).all())) == 1
    assert due(store) == [("Rivera, Ana", WindowState.PAUSED, None, Away(PauseReason.HOSPITAL, TODAY - DAY, None))]
    assert counts(store) == WindowCounts()
    store.clock.advance(days=5)
    store.run(lambda work: pauses.resume(work, alice, ref(store)))
    assert [entry.action.value for entry in store.recorded] == ["pause:end"]
    assert due(store) == [("Rivera, Ana", WindowState.OPEN, dt.date(2026, 4, 5), None)]
    store.run(lambda work: pauses.resume(work, alice, ref(store)))
    assert store.recorded == []


def test_a_pause_that_is_still_to_come_can_be_taken_back(store: Store) -> None:
    load(store, ana("visit every 30 days"))
    alice = store.actor("alice@north.org")
    trip = PauseClient(ref(store), PauseReason.AWAY, TODAY + DAY, TODAY + 10 * DAY)
    store.run(lambda work: pauses.pause(work, alice, trip))
    assert due(store) == [
        (
            "Rivera, Ana",
            WindowState.OPEN,
            dt.date(2026, 4, 11),
            Away(PauseReason.AWAY, TODAY + DAY, TODAY + 10 * DAY),
        )
    ]
    store.run(lambda work: pauses.resume(work, alice, ref(store)))
    assert due(store) == [("Rivera, Ana", WindowState.OPEN, dt.date(2026, 4, 1), None)]


@pytest.mark.parametrize(
    ("first", "last", "refused"),
    [
        (-367, None, ("from_on", "day_far")),
        (367, None, ("from_on", "day_far")),
        (0, 367, ("until_on", "day_far")),
        (3, 2, ("until_on", "days_in_order")),
    ],
)
def test_a_day_typed_wrong_does_not_put_a_client_out_of_sight(
    store: Store, first: int, last: int | None, refused: tuple[str, str]
) -> None:
    load(store, ana())
    alice, until = store.actor("alice@north.org"), None if last is None else TODAY + last * DAY
    away = PauseClient(ref(store), PauseReason.AWAY, TODAY + first * DAY, until)
    with pytest.raises(FieldRefused) as refusal:
        store.run(lambda work: pauses.pause(work, alice, away))
    assert (refusal.value.field, refusal.value.kind) == refused


def test_nobody_pauses_names_or_lists_a_client_of_others(store: Store) -> None:
    load(store, ana())
    bob = store.actor("bob@north.org")
    with pytest.raises(NotFound):
        store.run(lambda work: pauses.pause(work, bob, PauseClient(ref(store), PauseReason.AWAY, TODAY)))
    with pytest.raises(NotFound):
        store.run(lambda work: pauses.resume(work, bob, ref(store)))
    with pytest.raises(NotFound):
        store.run(lambda work: pauses.whose(work, bob, ref(store)))
    assert due(store, "bob") == []
    assert store.run(lambda work: work.session.scalars(select(Pause)).all()) == []


def test_while_forms_are_closed_no_list_names_anyone(store: Store) -> None:
    load(store, ana())
    store.run(lambda work: surfaces.decide_surface(work, DecideSurface(Surface.NONE, "Pia", "none")))
    with pytest.raises(SurfaceClosed):
        due(store)


def test_a_month_that_has_passed_rolls_over_and_nothing_else(store: Store) -> None:
    load(store, ana("contact every month; visit every 20 days"))
    store.clock.advance(days=45)
    store.run(requirements.roll_over)
    assert [row.closes_on for row in rows(store)] == [dt.date(2026, 3, 22), dt.date(2026, 4, 30)]
    assert audit.why_unaudited(requirements.roll_over)


def test_hundreds_of_clients_are_counted_in_a_few_statements(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "TOGETHER", 2)
    people = [
        f'{number},Roe,Jo,,alice@north.org,"visit every 30 days",2026-02-{number:02d},,' for number in range(1, 6)
    ]
    load(store, *people)
    found = store.run(
        lambda work: (
            work.session.execute(select(Client.last_contact_on).order_by(Client.last_contact_on)).scalars().all()
        )
    )
    assert found == [dt.date(2026, 2, number) for number in range(1, 6)]
    assert [closes for _, closes, _ in counted(store)] == [day + 30 * DAY for day in found if day]


def test_two_notes_signed_at_once_both_count(store: Store, database_url: str) -> None:
    load(store, ana("visit every 30 days"))
    store.clock.advance(days=20)

    def sign(day: int) -> None:
        noted(store, utc(2026, 3, day))

    with ThreadPoolExecutor(1 if database_url.startswith("sqlite") else 2) as staff:
        list(staff.map(sign, (20, 10)))
    assert counted(store) == [(dt.date(2026, 3, 20), dt.date(2026, 4, 19), False)]
    assert store.client("1")[0].last_contact_on == dt.date(2026, 3, 20)
