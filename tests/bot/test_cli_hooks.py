"""`noted hooks` and `noted import people`, as an operator types them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from tests.canary import Canary

Noted = Callable[..., Result]
PUBLIC = "https://noted.example.org/app"
STAFF = "email,name,title\nalice@agency.example,Alice Moore,Case manager\n"
CLIENTS = "client_id,last_name,first_name,primary_cm_email\n4417,Rivera,Ana,alice@agency.example\n"


@pytest.fixture
def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Noted:
    """`noted …` in a folder of its own with a workspace in it."""
    monkeypatch.chdir(tmp_path)
    for name in ("NOTED_DATABASE_URL", "NOTED_KEK_URI", "NOTED_PUBLIC_URL", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"):
        monkeypatch.delenv(name, raising=False)
    runner = CliRunner()

    def run(*arguments: str) -> Result:
        return runner.invoke(app, list(arguments))

    assert run("init", "--team", "T1").exit_code == 0
    return run


@pytest.fixture
def token(tmp_path: Path, canary: Canary) -> Path:
    """A file with a made-up auth token that only this user can read."""
    path = tmp_path / "token"
    path.write_text(canary.text("token") + "\n")
    path.chmod(0o600)
    return path


def test_a_generic_hook_is_made_listed_and_removed(noted: Noted, tmp_path: Path) -> None:
    assert noted("hooks", "list").output.startswith("No phone system")
    added = noted("hooks", "add", "generic")
    assert added.exit_code == 0
    address = re.search(r"^Address: (/hooks/calls/generic/(H-[0-9A-Z]{16}))$", added.stdout, re.MULTILINE)
    secret = re.search(r"^Secret: ([\w-]{43})$", added.stdout, re.MULTILINE)
    assert address is not None
    assert secret is not None
    assert secret[1].encode() not in (tmp_path / "var" / "noted.sqlite3").read_bytes()
    listed = noted("hooks", "list").output
    assert re.fullmatch(rf"{address[2]}  generic since \d{{4}}-\d\d-\d\d, 0 calls\n", listed)
    assert noted("hooks", "remove", address[2]).exit_code == 0
    assert noted("hooks", "remove", address[2]).exit_code == 1
    assert noted("hooks", "list").output.startswith("No phone system")
    assert noted("audit", "verify").exit_code == 0


def test_the_address_is_told_whole_when_it_is_known(noted: Noted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTED_PUBLIC_URL", PUBLIC + "/")
    assert f"Address: {PUBLIC}/hooks/calls/generic/H-" in noted("hooks", "add", "generic").output


def test_twilio_needs_its_token_from_a_file_and_a_public_address(
    noted: Noted, token: Path, tmp_path: Path, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = noted("hooks", "add", "twilio")
    assert (refused.exit_code, "--secret-file" in refused.output) == (1, True)
    added = noted("hooks", "add", "twilio", "--secret-file", str(token))
    assert added.exit_code == 0
    assert "Set NOTED_PUBLIC_URL" in added.stderr
    assert "Set NOTED_PUBLIC_URL" in noted("hooks", "list").stderr
    for name, value in (("SLACK_BOT_TOKEN", "xoxb-made-up"), ("SLACK_SIGNING_SECRET", "made-up")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    monkeypatch.setenv("NOTED_ENV", "development")
    assert "MEND  calls: Set NOTED_PUBLIC_URL" in noted("doctor").output
    monkeypatch.setenv("NOTED_PUBLIC_URL", PUBLIC)
    assert "ok    calls: " in noted("doctor").output
    assert "Set NOTED_PUBLIC_URL" not in noted("hooks", "list").output
    canary.watch_text("what was printed", refused.output + added.output)
    canary.watch_sqlite(tmp_path / "var" / "noted.sqlite3")


def test_a_secret_that_others_can_read_or_guess_is_refused(noted: Noted, token: Path) -> None:
    token.chmod(0o644)
    assert "chmod 600" in noted("hooks", "add", "twilio", "--secret-file", str(token)).output
    token.chmod(0o600)
    token.write_text("short")
    assert "too short" in noted("hooks", "add", "generic", "--secret-file", str(token)).output
    assert noted("hooks", "add", "generic", "--secret-file", "nowhere").exit_code == 1
    assert noted("hooks", "list").output.startswith("No phone system")


def test_an_unknown_phone_system_is_wrong_usage(noted: Noted) -> None:
    assert noted("hooks", "add", "carrier-pigeon").exit_code == 2
    assert noted("hooks").exit_code == 2


def test_people_are_imported_whole_or_not_at_all(noted: Noted, tmp_path: Path, canary: Canary) -> None:
    for name, text in (("staff", STAFF), ("clients", CLIENTS)):
        (tmp_path / f"{name}.csv").write_text(text)
        assert noted("import", name, f"{name}.csv").exit_code == 0
    good = f"client_id,name,role,phone\n4417,{canary.text('name')},{canary.text('role')},804 555 0150\n"
    (tmp_path / "people.csv").write_text(good + "9,B,C,\n")
    assert noted("import", "people", "people.csv", "--errors", "problems.csv").exit_code == 1
    assert "client_id" in (tmp_path / "problems.csv").read_text()
    (tmp_path / "people.csv").write_text(good)
    assert "would make: 1 new" in noted("import", "people", "people.csv", "--dry-run").output
    assert "1 new, 0 changed" in noted("import", "people", "people.csv").output
    assert "Nothing to change" in noted("import", "people", "people.csv").output
    assert noted("audit", "verify").exit_code == 0
    canary.watch_sqlite(tmp_path / "var" / "noted.sqlite3")
