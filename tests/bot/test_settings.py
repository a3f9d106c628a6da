"""Settings come from the environment or from files, and say what is wrong without saying a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError, Stage

TOKEN = "xoxb-settings-canary-token"
SECRET = "settings-canary-signing-secret"


@pytest.fixture(autouse=True)
def environ(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment that is complete, and nothing of the real one."""
    values = {"SLACK_BOT_TOKEN": TOKEN, "SLACK_SIGNING_SECRET": SECRET}
    monkeypatch.setattr(Settings, "environ", values)
    return values


def problems() -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return " ".join(caught.value.problems)


def secret_file(folder: Path, text: str, mode: int = 0o600) -> str:
    path = folder / "secret"
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def test_the_defaults_are_those_of_one_machine() -> None:
    settings = Settings.load()
    assert settings.slack_bot_token.get_secret_value() == TOKEN
    assert settings.noted_database_url.get_secret_value() == "sqlite:///var/noted.sqlite3"
    assert (settings.noted_kek_uri, settings.noted_env) == ("file:var/kek", Stage.PRODUCTION)
    assert (settings.host, settings.port) == ("127.0.0.1", 3000)
    assert settings.slack_api_url == "https://slack.com/api/"


def test_no_secret_stands_in_a_printed_setting(environ: dict[str, str]) -> None:
    environ["NOTED_DATABASE_URL"] = "postgresql://noted:database-canary@localhost/noted"
    settings = Settings.load()
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert TOKEN not in shown
        assert SECRET not in shown
        assert "database-canary" not in shown


def test_a_file_holds_the_value(environ: dict[str, str], tmp_path: Path) -> None:
    del environ["SLACK_SIGNING_SECRET"]
    environ["SLACK_SIGNING_SECRET_FILE"] = secret_file(tmp_path, f"  {SECRET}\n")
    assert Settings.load().slack_signing_secret.get_secret_value() == SECRET


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_secret_that_others_can_read_is_refused(environ: dict[str, str], tmp_path: Path, mode: int) -> None:
    del environ["SLACK_SIGNING_SECRET"]
    environ["SLACK_SIGNING_SECRET_FILE"] = secret_file(tmp_path, SECRET, mode)
    said = problems()
    assert "chmod 600" in said
    assert SECRET not in said


def test_a_file_without_a_secret_may_be_read_by_all(environ: dict[str, str], tmp_path: Path) -> None:
    environ["NOTED_BIND_FILE"] = secret_file(tmp_path, "[::1]:8080", 0o644)
    settings = Settings.load()
    assert (settings.host, settings.port) == ("::1", 8080)


def test_a_value_and_a_file_together_are_refused(environ: dict[str, str], tmp_path: Path) -> None:
    environ["SLACK_BOT_TOKEN_FILE"] = secret_file(tmp_path, TOKEN)
    assert "SLACK_BOT_TOKEN or SLACK_BOT_TOKEN_FILE, not both" in problems()


@pytest.mark.parametrize("content", [b"", b"  \n", b"\xff\xfe", b"x" * 70_000])
def test_a_file_that_holds_no_value_is_refused(environ: dict[str, str], tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "url"
    path.write_bytes(content)
    environ["NOTED_PUBLIC_URL_FILE"] = str(path)
    assert "must name a text file" in problems()


def test_a_folder_or_a_missing_file_is_refused(environ: dict[str, str], tmp_path: Path) -> None:
    environ["NOTED_PUBLIC_URL_FILE"] = str(tmp_path / "none")
    environ["NOTED_KEK_URI_FILE"] = str(tmp_path)
    environ["NOTED_BIND_FILE"] = "/dev/null"
    said = problems()
    assert said.count("cannot be read") == 2
    assert "NOTED_BIND_FILE must name a regular file" in said


def test_all_that_is_missing_is_told_at_once(environ: dict[str, str]) -> None:
    environ.clear()
    environ["SLACK_BOT_TOKEN"] = " "
    said = problems()
    assert "Set SLACK_BOT_TOKEN to" in said
    assert "SLACK_SIGNING_SECRET_FILE may name" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NOTED_ENV", "staging-canary"),
        ("NOTED_BIND", "canary"),
        ("NOTED_BIND", "127.0.0.1:65536"),
        ("NOTED_BIND", "127.0.0.1:3000 "[::-1]),
        ("NOTED_DATABASE_URL", "mysql://noted:canary@localhost"),
        ("NOTED_MIGRATION_DATABASE_URL", "canary"),
        ("NOTED_KEK_URI", "canary"),
        ("NOTED_PUBLIC_URL", "ftp://canary"),
    ],
)
def test_a_malformed_value_is_named_and_not_repeated(environ: dict[str, str], name: str, value: str) -> None:
    environ[name] = value
    said = problems()
    assert said.startswith(f"Set {name} to")
    assert "canary" not in said
    assert TOKEN not in said


def test_an_empty_secret_given_by_the_program_is_refused() -> None:
    with pytest.raises(SettingsError, match="Set SLACK_SIGNING_SECRET"):
        Settings.load(slack_signing_secret="  ")


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SettingsError, match="no setting called NOTED_PORT"):
        Settings.load(noted_port="3000")


def test_what_the_program_gives_stands_before_the_environment(environ: dict[str, str]) -> None:
    environ.clear()
    settings = Settings.load(slack_bot_token="xoxb-given", slack_signing_secret="given", noted_bind="127.0.0.1:0")
    assert (settings.slack_bot_token.get_secret_value(), settings.port) == ("xoxb-given", 0)


def test_another_slack_needs_development(environ: dict[str, str]) -> None:
    environ["SLACK_API_URL"] = "http://127.0.0.1:4000/api"
    assert "NOTED_ENV=development" in problems()
    environ["NOTED_ENV"] = "development"
    assert Settings.load().slack_api_url == "http://127.0.0.1:4000/api/"


def test_slacks_own_address_may_lack_its_last_slash(environ: dict[str, str]) -> None:
    environ["SLACK_API_URL"] = "https://slack.com/api"
    assert Settings.load().slack_api_url == "https://slack.com/api/"
