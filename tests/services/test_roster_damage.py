"""Files damaged in every way that files are: each damaged row is named, nothing of the file is imported, no cell is repeated."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import pytest

from models.engine import make_engine
from privacy.kek import FileKek
from services import roster
from services.csv_files import problems_file
from services.roster import Report
from tests.canary import Canary
from tests.conftest import StandingClock, make_agency
from tests.services.roster_store import Store, told

STAFF_HEADER = "email,name,title,roles,team,team_channel,supervisor_email,time_zone,work_days,work_hours"
CLIENT_HEADER = (
    "client_id,last_name,first_name,dob,medicaid_id,phone,status,plan_review_due,last_contact,requirements,primary_cm_email,"
    "backup_cm_email"
)
# What the damaged rows hold where they are not damaged. Nowhere may it be repeated.
SECRET = "Quixley"
FINE = f"1,{SECRET},Ana,1985-04-12,M-71,804 555 0142,active,2026-09-01,2026-01-05,none,alice@north.org,"

Named = set[tuple[int, str]]


@dataclass(frozen=True)
class Damage:
    """One kind of damage: a whole file, or the rows after a fine one, and the places that must be named."""

    kind: str
    rows: tuple[str, ...] = ()
    named: frozenset[tuple[int, str]] = frozenset()
    data: bytes = b""
    staff: bool = False


def row(**cells: str) -> str:
    """A client of their own with these cells."""
    values = dict(zip(CLIENT_HEADER.split(","), FINE.split(","), strict=True))
    number = cells.get("client_id", "2")
    values |= {
        "client_id": number,
        "first_name": "Ben",
        "dob": f"1986-04-1{number}",
        "medicaid_id": f"M-7{number}",
    } | cells
    return ",".join(values.values())


def worker(**cells: str) -> str:
    """A staff member with these cells."""
    fine = "bob@north.org,Bob Quixley,Case Manager,case_manager,North,C0NORTH,,America/New_York,Mon-Fri,08:30-17:00"
    return ",".join((dict(zip(STAFF_HEADER.split(","), fine.split(","), strict=True)) | cells).values())


def client(kind: str, column: str, *rows: str) -> Damage:
    """Rows after the fine one, each of them refused for this column."""
    return Damage(kind, rows, frozenset((number, column) for number in range(3, 3 + len(rows))))


def staff(kind: str, column: str, **cells: str) -> Damage:
    """One staff row, refused for this column."""
    return Damage(kind, (worker(**cells),), frozenset({(2, column)}), staff=True)


def whole(kind: str, data: bytes, *named: tuple[int, str]) -> Damage:
    """A file that is damaged as such."""
    return Damage(kind, data=data, named=frozenset(named))


TEXT = f"{CLIENT_HEADER}\n{FINE}\n"
KINDS = [
    whole("no required columns", f"client_id,first_name\n1,{SECRET}\n".encode(), (1, "last_name"), (1, "primary_cm_email")),
    whole("no row of names", f"{FINE}\n".encode(), *((1, name) for name in ("client_id", "last_name", "first_name", "primary_cm_email"))),
    whole("a column twice", f"{CLIENT_HEADER},DOB\n{FINE},x\n".encode(), (1, "dob")),
    whole("nothing in it", b" \r\n\r\n", (0, "")),
    whole("names and no rows", f"{CLIENT_HEADER}\n".encode(), (0, "")),
    whole("a workbook", b"PK\x03\x04" + TEXT.encode(), (0, "")),
    whole("bytes of no encoding", TEXT.encode() + b"\x81\x8d\xff\n", (0, "")),
    whole("UTF-16 cut in the middle", TEXT.encode("utf-16")[:-1], (0, "")),
    whole("UTF-8 and Windows-1252 mixed", f"{TEXT}{row(last_name='Zoë')}\n".encode() + row(client_id="3", last_name="Zoë").encode("cp1252"), (3, "last_name")),
    client("letters garbled before", "last_name", row(last_name="ZoÃ«")),
    client("letters lost before", "first_name", row(first_name="Zo\ufffd")),
    Damage("a quotation mark never closed", (row(last_name='"Roe'),), frozenset({(3, "")})),
    Damage("a stray quotation mark", (row(last_name='"Roe" x'), row(client_id="")), frozenset({(3, ""), (4, "client_id")})),
    Damage("more cells than names", (row(last_name="Roe, Eve, Bo"),), frozenset({(3, "")})),
    client("a cell of a megabyte", "last_name", row(last_name=f'"{SECRET * 150_000}"')),
    client("a NUL", "first_name", row(first_name="A\0na")),
    client("a control character", "first_name", row(first_name="An\x07a")),
    client("letters that turn the direction", "last_name", row(last_name="\u202eyelxiuQ"), row(client_id="3", last_name="B\u2066en")),
    client("a line break in a name", "last_name", row(last_name='"Roe\nEve"')),
    client("formulas", "last_name", row(last_name="=1+1"), row(client_id="3", last_name="@SUM(A1)"), row(client_id="4", last_name="+cmd|x"), row(client_id="5", last_name="-2+cmd")),
    client("errors of Excel's", "phone", row(phone="#REF!")),
    client("a number that Excel rounded", "medicaid_id", row(medicaid_id="1.2E+11")),
    client("a name far too long", "last_name", row(last_name=SECRET * 20)),
    client("empty cells", "client_id", row(client_id="")),
    client("the same key twice", "client_id", row(client_id="1")),
    client("days with two readings", "dob", row(dob="3/4/85"), row(client_id="3", dob="4.3.1985"), row(client_id="4", dob="12-Apr-85")),
    Damage("days before months in one column", (row(dob="31/7/1985"), row(client_id="3", dob="3/4/1985"), row(client_id="4", dob="5-Apr-1985")), frozenset({(3, "dob"), (4, "dob")})),
    client("days that never were", "dob", row(dob="2026-02-30"), row(client_id="3", dob="60"), row(client_id="4", dob="1985"), row(client_id="5", dob="5-Foo-1985")),
    client("days that cannot be", "dob", row(dob="2031-01-01"), row(client_id="3", dob="1850-01-01")),
    client("contacts to come", "last_contact", row(last_contact="2031-01-01")),
    client("requirements that say nothing", "requirements", row(requirements="often")),
    client("a state that is none", "status", row(status="pending")),
    client("case managers nobody knows", "primary_cm_email", row(primary_cm_email="quixley@north.org"), row(client_id="3", primary_cm_email="quixley")),
    client("one person as both", "backup_cm_email", row(backup_cm_email="ALICE@north.org")),
    client("one person twice", "client_id", row(first_name="Ana", dob="4/12/1985"), row(client_id="3", medicaid_id="m 71")),
    staff("roles that are none", "roles", roles="boss"),
    staff("a zone that is none", "time_zone", time_zone="EST"),
    staff("hours reversed", "work_hours", work_hours="17:00-08:30"),
    staff("days of work that are none", "work_days", work_days="weekends"),
    staff("supervisors nobody knows", "supervisor_email", supervisor_email="quixley@north.org"),
    staff("somebody who supervises themselves", "supervisor_email", supervisor_email="bob@north.org"),
    staff("a channel's name", "team_channel", team_channel="#quixley"),
    Damage("an e-mail twice", (worker(), worker(email="BOB@north.org")), frozenset({(3, "email")}), staff=True),
    Damage("two channels for a team", (worker(), worker(email="q@north.org", team_channel="C0SOUTH")), frozenset({(3, "team_channel")}), staff=True),
]  # fmt: skip


@pytest.fixture
def quick(sqlite_url: str, clock: StandingClock, kek: FileKek) -> Generator[Store]:
    """An agency with one case manager, on SQLite: nothing of a damaged file reaches a database."""
    engine = make_engine(sqlite_url)
    store = Store(engine, make_agency(engine, clock, kek), clock)
    assert store.import_staff("email,name,title\nalice@north.org,Alice Moore,Case Manager\n").applied
    yield store
    engine.dispose()


def load(store: Store, data: bytes, *, of_staff: bool) -> Report:
    if of_staff:
        return store.run(lambda work: roster.import_staff(work, roster.read_staff(data), dry_run=False))
    return store.run(lambda work: roster.import_clients(work, roster.read_clients(data), dry_run=False))


def file_of(damage: Damage) -> bytes:
    if damage.data:
        return damage.data
    lines = (STAFF_HEADER, *damage.rows) if damage.staff else (CLIENT_HEADER, FINE, *damage.rows)
    return "\n".join((*lines, "")).encode()


def places(report: Report) -> Named:
    return {(problem.row, problem.column) for problem in report.problems}


@pytest.mark.parametrize("damage", KINDS, ids=lambda damage: damage.kind)
def test_every_damaged_row_is_named_and_nothing_of_the_file_is_imported(quick: Store, damage: Damage) -> None:
    quick.recorded.clear()
    report = load(quick, file_of(damage), of_staff=damage.staff)
    assert places(report) == damage.named
    assert (report.applied, quick.recorded) == (False, [])
    said = "".join((repr(report), report.summary, problems_file(report.problems), *report.notes))
    assert SECRET.casefold() not in said.casefold()


def test_there_are_more_kinds_than_the_37_that_were_asked_for() -> None:
    assert len({damage.kind for damage in KINDS}) == len(KINDS) > 37


def test_one_file_with_every_damage_that_a_row_can_have_names_every_damaged_row(quick: Store, canary: Canary) -> None:
    secret = canary.text("cell")
    lines, named = [FINE], Named()
    for damage in KINDS:
        # An open quotation mark takes the rest of the file with it; rows about one another are about others here.
        if damage.staff or damage.data or damage.kind in {"a quotation mark never closed", "one person twice"}:
            continue
        first = len(lines) + 2
        lines += [each.replace(SECRET, secret, 1) for each in damage.rows]
        named |= {(number - 3 + first, column) for number, column in damage.named}
    report = load(quick, "\n".join((CLIENT_HEADER, *lines, "")).encode(), of_staff=False)
    assert {number for number, _ in named} <= {number for number, _ in places(report)}
    assert (report.applied, quick.recorded) == (False, [])
    canary.watch_text("a report", repr(report) + problems_file(report.problems))


def test_the_same_rows_without_damage_are_imported_and_the_second_time_the_same(quick: Store) -> None:
    data = f"{CLIENT_HEADER}\n{FINE}\n{row(dob='5-Apr-1985', phone='+1 804 555 0142')}\n".encode()
    assert load(quick, data, of_staff=False).applied
    for again in (
        data,
        b"\xef\xbb\xbf" + data,
        data.decode().encode("utf-16"),
        data.replace(b",", b"\t"),
        data.replace(b",", b";"),
    ):
        report = load(quick, again, of_staff=False)
        assert (told(report), report.problems) == (["row 2: same", "row 3: same"], ())
