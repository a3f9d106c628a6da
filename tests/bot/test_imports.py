"""`noted import …` as an operator types it, and what everybody else notices of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.imports import import_file
from bot.settings import StoreSettings
from bot.trouble import OperatorError
from services.audit import Event
from services.roster import CLIENT_FILE
from services.roster_plan import Asked, Step
from tests.canary import Canary

Noted = Callable[..., Result]
STAFF = "email,name,title\nalice@agency.example,Alice Moore,Case manager\n"
HEADER = "client_id,last_name,first_name,dob,primary_cm_email\n"
ROWS = "".join(f"{number},Roe{number},Eve,1985-04-12,alice@agency.example\n" for number in range(600))
TWIN = "4418,ROE1,eve,4/12/1985,alice@agency.example\n"


@pytest.fixture
def agency(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Noted:
    """`noted …` in a folder with a workspace and one case manager."""
    monkeypatch.chdir(tmp_path)
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "NOTED_DATABASE_URL", "NOTED_KEK_URI"):
        monkeypatch.delenv(name, raising=False)
    runner = CliRunner()

    def run(*arguments: str) -> Result:
        return runner.invoke(app, list(arguments))

    assert run("init", "--team", "T1").exit_code == 0
    Path("staff.csv").write_text(STAFF)
    assert run("import", "staff", "staff.csv").exit_code == 0
    return run


def writes() -> bool:
    """Whether somebody else can begin to write at once."""
    connection = sqlite3.connect("var/noted.sqlite3", timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True


def test_goals_come_in_after_their_clients(agency: Noted) -> None:
    Path("clients.csv").write_text(HEADER + ROWS[: ROWS.index("\n") + 1])
    Path("goals.csv").write_text("client_id,code,text\n0,G1,Keep an apartment\n")
    assert "No client has this ID" in agency("import", "goals", "goals.csv").output
    assert agency("import", "clients", "clients.csv").exit_code == 0
    assert "1 new" in agency("import", "goals", "goals.csv", "--dry-run").output
    assert "1 new" in agency("import", "goals", "goals.csv").output
    assert "Nothing to change" in agency("import", "goals", "goals.csv").output
    assert agency("audit", "verify").exit_code == 0


def test_who_may_be_one_person_twice_is_held_until_somebody_decides(agency: Noted) -> None:
    Path("clients.csv").write_text(HEADER + ROWS + TWIN)
    for arguments in ((), ("--dry-run",), ("--not-duplicates", "7, 12")):
        result = agency("import", "clients", "clients.csv", *arguments)
        assert result.exit_code == 1
        assert "row 602, client_id: This may be the client of row 3" in result.output
        assert "Nothing was imported: 1 problem to fix." in result.output
    assert "601 new" in agency("import", "clients", "clients.csv", "--not-duplicates", "602", "--dry-run").output
    assert "601 new" in agency("import", "clients", "clients.csv", "--not-duplicates", "602").output
    assert "all 601 rows are stored already" in agency("import", "clients", "clients.csv").output


def test_all_may_be_said_to_be_people_of_their_own_and_nothing_else(agency: Noted) -> None:
    Path("clients.csv").write_text(HEADER + ROWS + TWIN)
    assert agency("import", "clients", "clients.csv", "--not-duplicates", "Roe").exit_code == 2
    assert "601 new" in agency("import", "clients", "clients.csv", "--not-duplicates", "all").output


def test_everybody_else_may_write_while_rows_are_checked_and_sealed(agency: Noted) -> None:
    told: list[tuple[Step, int, int]] = []
    free: list[bool] = []

    def watch(step: Step, done: int, of: int, /) -> None:
        told.append((step, done, of))
        free.append(writes())

    report = import_file(StoreSettings.load(), None, CLIENT_FILE, (HEADER + ROWS).encode(), Asked(watch), dry_run=False)
    assert report.applied
    checks = [each for each in told if each[0] is Step.CHECK]
    assert checks == [(Step.CHECK, done, 600) for done in (0, 250, 500, 600)]
    assert free[: len(checks)] == [True] * len(checks)
    # Storing is one transaction of 600 clients, keys and assignments.
    assert [each for each in told if each[0] is Step.STORE][-1][1:] == (1800, 1800)


def test_a_roster_that_changed_in_the_meantime_stops_the_import(agency: Noted) -> None:
    Path("other.csv").write_text(HEADER + TWIN)

    def watch(step: Step, done: int, of: int, /) -> None:
        if (step, done) == (Step.CHECK, of):
            assert agency("import", "clients", "other.csv").exit_code == 0

    with pytest.raises(OperatorError, match="Nothing was imported: run the import again"):
        import_file(StoreSettings.load(), None, CLIENT_FILE, (HEADER + ROWS).encode(), Asked(watch), dry_run=False)
    Path("clients.csv").write_text(HEADER + ROWS)
    assert "may be a client who is stored" in agency("import", "clients", "clients.csv").output


def test_a_bar_is_drawn_on_a_terminal_alone(agency: Noted, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("clients.csv").write_text(HEADER + ROWS)
    assert Step.CHECK.value not in agency("import", "clients", "clients.csv", "--dry-run").output
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    assert Step.CHECK.value in agency("import", "clients", "clients.csv", "--dry-run").output


def test_no_cell_is_repeated_whatever_is_wrong(agency: Noted, canary: Canary) -> None:
    cell = canary.text("cell")
    Path("clients.csv").write_text(
        HEADER + f"={cell},{cell}\x07,{cell * 200},{cell},{cell}\n1,{cell},{cell},1985-04-12,alice@agency.example\n" * 2
    )
    result = agency("import", "clients", "clients.csv", "--errors", "problems.csv")
    assert result.exit_code == 1
    canary.watch_text("the output", result.output)
    canary.watch_text("the error file", Path("problems.csv").read_text())


def test_the_events_of_new_clients_are_written_before_anybody_has_to_wait(
    agency: Noted, monkeypatch: pytest.MonkeyPatch
) -> None:
    could_write: list[bool] = []
    canonical = Event.canonical

    def watched(event: Event) -> bytes:
        could_write.append(writes())
        return canonical(event)

    monkeypatch.setattr(Event, "canonical", watched)
    Path("clients.csv").write_text(HEADER + "".join(ROWS.splitlines(keepends=True)[:20]))
    assert agency("import", "clients", "clients.csv").exit_code == 0
    # The last one says that the file came in, and is known only then.
    assert could_write == [True] * 20 + [False]
    assert agency("audit", "verify").exit_code == 0
