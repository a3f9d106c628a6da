"""The command line as an operator types it: what it prints, what it leaves behind, how it exits."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot import offline, operate
from bot.cli import app
from bot.settings import StoreSettings
from desk.clock import SystemClock
from models.base import new_id
from models.workspaces import DecisionDocument, Surface, SurfaceDecision
from privacy.phi import Phi
from services.work import Work
from tests.canary import Canary

Noted = Callable[..., Result]
STAFF = "email,name,title,slack_user_id\nalice@agency.example,Alice Moore,Case manager,U0ALICE\n"


@pytest.fixture
def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Noted:
    """`noted …` in a folder of its own, with nothing but a database and a key set."""
    monkeypatch.chdir(tmp_path)
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "NOTED_DATABASE_URL", "NOTED_KEK_URI"):
        monkeypatch.delenv(name, raising=False)
    runner = CliRunner()

    def run(*arguments: str) -> Result:
        return runner.invoke(app, list(arguments))

    return run


@pytest.fixture
def agency(noted: Noted, tmp_path: Path) -> Noted:
    """The same, with a workspace and one case manager in it."""
    assert noted("init", "--team", "T1").exit_code == 0
    (tmp_path / "staff.csv").write_text(STAFF)
    assert noted("import", "staff", "staff.csv").exit_code == 0
    return noted


def test_init_makes_everything_for_this_user_alone_and_decides_nothing_by_itself(noted: Noted, tmp_path: Path) -> None:
    result = noted("init", "--team", "T1")
    assert result.exit_code == 0
    assert "Nobody has decided yet" in result.output
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "var").iterdir()} == {0}
    assert noted("init", "--team", "T1").exit_code == 0


def test_a_decision_needs_who_and_under_which_agreement(noted: Noted) -> None:
    assert noted("init", "--team", "T1", "--phi-surface", "modal").exit_code == 2
    assert noted("init", "--team", "T1", "--phi-surface", "chat").exit_code == 2
    decided = noted(
        "init", "--team", "T1", "--phi-surface", "modal", "--decided-by", "Pia Officer, CPO", "--agreement", "BAA 2026"
    )
    assert decided.exit_code == 0
    assert "Nobody has decided" not in decided.output


def test_a_lost_key_is_never_replaced_by_a_new_one(agency: Noted, tmp_path: Path) -> None:
    (tmp_path / "var" / "kek").unlink()
    assert agency("init", "--team", "T1").exit_code == 1
    assert agency("audit", "verify").exit_code == 13
    assert not (tmp_path / "var" / "kek").exists()


def test_clients_are_imported_whole_or_not_at_all(agency: Noted, tmp_path: Path, canary: Canary) -> None:
    header = "client_id,last_name,first_name,primary_cm_email\n"
    good = f"{canary.text('id')},{canary.text('last')},{canary.text('first')},alice@agency.example\n"
    (tmp_path / "clients.csv").write_text(header + good + "2,B,C,nobody@agency.example\n")
    refused = agency("import", "clients", "clients.csv", "--errors", "problems.csv")
    assert refused.exit_code == 1
    assert (tmp_path / "problems.csv").stat().st_mode & 0o077 == 0
    (tmp_path / "clients.csv").write_text(header + good)
    assert "would make: 1 new" in agency("import", "clients", "clients.csv", "--dry-run").output
    assert "1 new, 0 changed" in agency("import", "clients", "clients.csv").output
    assert "Nothing to change" in agency("import", "clients", "clients.csv").output
    canary.watch_sqlite(tmp_path / "var" / "noted.sqlite3")


def test_a_file_that_is_not_there_is_a_sentence(agency: Noted) -> None:
    result = agency("import", "staff", "nowhere.csv")
    assert result.exit_code == 1
    assert "cannot be read" in result.output


def test_the_trail_is_verified_and_tampering_has_its_own_exit_code(agency: Noted, tmp_path: Path) -> None:
    assert agency("audit", "verify").exit_code == 0
    with sqlite3.connect(tmp_path / "var" / "noted.sqlite3") as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE audit_event SET rule = 'changed' WHERE seq = 1")
    connection.close()
    result = agency("audit", "verify")
    assert result.exit_code == 10
    assert "vent 1" in result.output


def test_a_backup_comes_back_and_is_never_put_over_a_database(agency: Noted, tmp_path: Path) -> None:
    assert agency("backup", "copy").exit_code == 0
    assert agency("backup", "copy").exit_code == 1
    assert agency("restore", "copy").exit_code == 1
    for path in (tmp_path / "var").glob("noted.sqlite3*"):
        path.unlink()
    assert agency("restore", "copy").exit_code == 0
    assert agency("audit", "verify").exit_code == 0
    assert "Nothing to change" in agency("import", "staff", "staff.csv").output


def test_serve_and_doctor_say_which_settings_are_missing(agency: Noted) -> None:
    for command in ("serve", "doctor"):
        result = agency(command)
        assert result.exit_code == 1
        assert "Set SLACK_BOT_TOKEN" in result.output
        assert "Set SLACK_SIGNING_SECRET" in result.output


def test_the_doctor_names_what_is_to_mend(agency: Noted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-made-up")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "made-up")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    monkeypatch.setenv("NOTED_ENV", "development")
    result = agency("doctor")
    assert result.exit_code == 1
    lines = {line.split(":")[0].split()[1]: line.split()[0] for line in result.output.splitlines() if ":" in line}
    assert lines == {
        "key": "ok",
        "database": "ok",
        "workspace": "ok",
        "wall": "ok",
        "decision": "MEND",
        "emergency": "MEND",
        "slack": "MEND",
    }
    assert "Nobody is privacy officer" in result.output


@pytest.mark.parametrize(("days", "marks"), [(30, ["ok"]), (-1, ["ok", "MEND"])])
def test_the_doctor_says_when_the_decision_is_to_be_looked_at_again(
    agency: Noted, monkeypatch: pytest.MonkeyPatch, days: int, marks: list[str]
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-made-up")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "made-up")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    monkeypatch.setenv("NOTED_ENV", "development")
    review_on = (SystemClock().now() + dt.timedelta(days=days)).date()
    document = DecisionDocument(decided_by=Phi("Pia Officer, CPO"), review_on=review_on)
    store = StoreSettings.load()
    engine = operate.engine_of(store)
    row_id = new_id()

    def record(work: Work) -> None:
        reasons = work.keys.house_key.seal(document, work.cell("surface_decision", "reasons", row_id))
        work.session.add(
            SurfaceDecision(
                workspace_id=work.workspace_id,
                version=1,
                id=row_id,
                surface=Surface.MODAL,
                reasons=reasons,
                recorded_at=work.now,
            )
        )

    offline.transact(engine, operate.tenant_of(store, engine), SystemClock(), record)
    engine.dispose()
    shown = agency("doctor").output.splitlines()
    lines = [line for line in shown if line.split()[1:2] in (["decision:"], ["review:"])]
    assert [line.split()[0] for line in lines] == marks
    assert f"to be looked at again on {review_on}" in lines[0]


def test_a_database_of_a_newer_version_is_left_alone(agency: Noted, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "var" / "noted.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    result = agency("db", "upgrade")
    assert result.exit_code == 1
    assert "newer version" in result.output


def test_init_says_nothing_of_a_missing_decision_once_there_is_one(agency: Noted) -> None:
    given = ("--phi-surface", "none", "--decided-by", "Pia Officer, CPO", "--agreement", "none yet")
    assert agency("init", "--team", "T1", *given).exit_code == 0
    assert "Nobody has decided" not in agency("init", "--team", "T1").output


def test_without_a_workspace_every_command_says_to_run_init(noted: Noted) -> None:
    assert noted("db", "upgrade").exit_code == 0
    result = noted("audit", "verify")
    assert result.exit_code == 1
    assert "noted init" in result.output
