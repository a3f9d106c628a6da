"""`noted reminders` as an operator runs it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import cli_reminders, tick
from bot.cli import app
from models.deliveries import Slot
from models.policy import RuleName
from reminders.engine import Ticked
from services.previews import PreviewLine


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty agency in a folder of its own."""
    monkeypatch.setenv("NOTED_DATABASE_URL", f"sqlite:///{tmp_path / 'noted.sqlite3'}")
    monkeypatch.setenv("NOTED_KEK_URI", f"file:{tmp_path / 'kek'}")
    made = CliRunner().invoke(
        app,
        ["init", "--team", "T0ALPHA", "--phi-surface", "modal", "--decided-by", "Pia Officer", "--agreement", "BAA"],
    )
    assert made.exit_code == 0, made.output
    return tmp_path


@pytest.fixture
def slack_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of an app that nobody asks."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-made-up")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "made-up")


def test_an_agency_without_staff_would_be_sent_nothing(store: Path) -> None:
    shown = CliRunner().invoke(app, ["reminders", "preview", "--at", "2026-03-02T09:00", "--days", "2"])
    assert (shown.exit_code, shown.output) == (0, "Nothing would be sent.\n")


@pytest.mark.parametrize("words", ["tomorrow", "2026-13-01", "9:00"])
def test_a_time_that_is_none_is_wrong_usage(store: Path, words: str) -> None:
    shown = CliRunner().invoke(app, ["reminders", "preview", "--at", words])
    assert shown.exit_code == 2
    assert "2026-12-01T09:00" in shown.output


def test_a_message_is_one_row_with_all_its_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    at = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
    lines = [
        PreviewLine(at, "Alice Ames", Slot.START, RuleName.MORNING_PLAN, "day", 1),
        PreviewLine(at, "Alice Ames", Slot.START, RuleName.FOLLOW_UP, "0 days", 2),
    ]
    cli_reminders.show(lines)
    text = capsys.readouterr().out
    assert text.count("Alice Ames") == 1
    assert "morning plan" in text
    assert "follow up (0 days): 2" in text


def test_a_tick_that_could_not_plan_says_so_and_ends_with_one(
    store: Path, slack_settings: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unplanned(*_: object) -> Ticked:
        return Ticked(sent=2, missed=1)

    monkeypatch.setattr(tick, "tick_once", unplanned)
    shown = CliRunner().invoke(app, ["reminders", "run"])
    assert shown.exit_code == 1
    assert "2 sent, 0 unknown, 0 failed." in shown.output
    assert "Run this again." in shown.output
