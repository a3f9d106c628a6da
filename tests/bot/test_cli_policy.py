"""`noted policy` as an operator types it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app

Noted = Callable[..., Result]


@pytest.fixture
def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Noted:
    """`noted …` in a folder of its own, with a workspace in it."""
    monkeypatch.chdir(tmp_path)
    for name in ("NOTED_DATABASE_URL", "NOTED_KEK_URI"):
        monkeypatch.delenv(name, raising=False)
    runner = CliRunner()

    def run(*arguments: str) -> Result:
        return runner.invoke(app, list(arguments))

    assert run("init", "--team", "T1").exit_code == 0
    return run


def test_what_is_shown_can_be_changed_and_applied(noted: Noted, tmp_path: Path) -> None:
    shown = noted("policy", "show")
    assert shown.exit_code == 0
    assert shown.stdout.startswith("# Noted's defaults are in force.\nformat: 1\n")
    file = tmp_path / "policy.yaml"
    file.write_text(shown.stdout.replace("  most: 2\n", "  most: 1\n"))
    assert "Version 1 is in force." in noted("policy", "apply", "policy.yaml").stdout
    again = noted("policy", "show").stdout
    assert again.startswith("# Version 1 is in force.\n")
    assert "  most: 1\n" in again
    assert noted("audit", "verify").exit_code == 0


def test_the_defaults_with_their_comments_are_a_file_to_begin_with(noted: Noted, tmp_path: Path) -> None:
    shown = noted("policy", "show", "--defaults").stdout
    assert "# Noted's policy, as it is while your agency has applied none" in shown
    (tmp_path / "policy.yaml").write_text(shown)
    applied = noted("policy", "apply", "policy.yaml")
    assert applied.exit_code == 0
    assert applied.stdout == "Nothing to change: Noted's own policy is in force and says the same.\n"


def test_one_that_says_the_same_is_no_new_version(noted: Noted, tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("format: 1\nsnooze: {most: 0}\n")
    noted("policy", "apply", "policy.yaml")
    assert "Nothing to change: version 1 is in force" in noted("policy", "apply", "policy.yaml").stdout


def test_mistakes_are_told_a_line_each_and_nothing_changes(noted: Noted, tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("format: 1\nsnooze:\n  most: 7\nrulez: {}\n")
    for command in ("check", "apply"):
        result = noted("policy", command, "policy.yaml")
        assert result.exit_code == 1
        assert result.stderr.splitlines() == [
            "line 3, column 3, snooze.most: This is too large; the most is 5.",
            "line 4, column 1, rulez: There is no such key here.",
            "The policy has 2 mistakes.",
        ]
    assert noted("policy", "show").stdout.startswith("# Noted's defaults are in force.")


def test_checking_applies_nothing_and_needs_no_database(noted: Noted, tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_bytes(b"\xef\xbb\xbfformat: 1\n")
    (tmp_path / "var" / "noted.sqlite3").unlink()
    assert noted("policy", "check", "policy.yaml").exit_code == 0


def test_a_file_that_cannot_be_read_is_a_sentence(noted: Noted, tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_bytes(b"format: \xff")
    for name, sentence in (("nowhere.yaml", "cannot be read"), ("policy.yaml", "is not UTF-8 text")):
        result = noted("policy", "check", name)
        assert result.exit_code == 1
        assert sentence in result.stderr
