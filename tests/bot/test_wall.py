"""Two roles on PostgreSQL: what makes them, what refuses the wrong one, and who may copy everything."""

from __future__ import annotations

from collections.abc import Generator
from itertools import count
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy import make_url, text
from typer.testing import CliRunner

from bot import operate, wall
from bot.cli import app
from bot.schema import upgrade
from bot.settings import StoreSettings
from bot.trouble import OperatorError
from desk.clock import SystemClock
from migrations import run as migrations
from models.engine import StoreError, make_engine, store_errors
from tests.postgres import OWNER, RUNTIME, SUPERUSER, Server

_numbers = count(1)


@pytest.fixture
def empty(postgres: Server) -> Generator[str]:
    """The name of a database without a table."""
    name = f"empty_{next(_numbers)}"
    postgres.create_empty(name)
    yield name
    postgres.drop(name)


def settings(
    postgres: Server, name: str, folder: Path, role: str = RUNTIME, owner: str | None = OWNER
) -> StoreSettings:
    return StoreSettings(
        noted_database_url=SecretStr(postgres.url(name, role)),
        noted_migration_database_url=SecretStr(postgres.url(name, owner)) if owner else None,
        noted_kek_uri=f"file:{folder}/kek",
    )


def faults(postgres: Server, name: str, role: str = RUNTIME) -> str:
    """What the doctor says of a role, in one text."""
    engine = make_engine(postgres.url(name, role))
    try:
        return " ".join(wall.faults(engine))
    finally:
        engine.dispose()


def as_role(postgres: Server, name: str, role: str, *statements: str) -> None:
    engine = make_engine(postgres.url(name, role))
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()


def test_init_makes_tables_as_the_owner_and_the_workspace_as_the_program(
    postgres: Server, empty: str, tmp_path: Path
) -> None:
    found = settings(postgres, empty, tmp_path)
    for _ in range(2):
        operate.init(found, "T1", None, SystemClock())
    assert faults(postgres, empty) == ""
    operate.require_current_schema(found)
    operate.init(settings(postgres, empty, tmp_path, owner=None), "T1", None, SystemClock())
    assert operate.verify(found, "T1").exit_code == 0


def test_several_workspaces_are_served_and_verified_each_by_itself(
    postgres: Server, empty: str, tmp_path: Path
) -> None:
    found = settings(postgres, empty, tmp_path)
    for team in ("T1", "T2"):
        operate.init(found, team, None, SystemClock())
    operate.require_current_schema(found)
    assert [operate.verify(found, team).exit_code for team in ("T1", "T2")] == [0, 0]


@pytest.mark.parametrize(("role", "owner"), [(RUNTIME, None), (OWNER, OWNER), (RUNTIME, RUNTIME)])
def test_one_role_cannot_be_both(postgres: Server, empty: str, tmp_path: Path, role: str, owner: str | None) -> None:
    with pytest.raises(OperatorError, match="NOTED_MIGRATION_DATABASE_URL"):
        upgrade(settings(postgres, empty, tmp_path, role, owner))


def test_a_role_that_may_too_much_is_refused(postgres: Server, postgres_url: str, tmp_path: Path) -> None:
    name = str(make_url(postgres_url).database)
    assert faults(postgres, name) == ""
    for role in (SUPERUSER, OWNER):
        assert "goes around row-level security" in faults(postgres, name, role)
        with pytest.raises(OperatorError, match="another role"):
            operate.require_current_schema(settings(postgres, name, tmp_path, role))


def test_every_way_around_the_wall_is_found(postgres: Server, postgres_url: str) -> None:
    name = str(make_url(postgres_url).database)
    for statement, told in (
        (sql.SQL("CREATE ROLE noted_odd LOGIN"), "less than it needs"),
        (sql.SQL("CREATE ROLE noted_odd LOGIN CREATEROLE"), "goes around"),
        (sql.SQL("CREATE ROLE noted_odd LOGIN IN ROLE noted_owner"), "noted_owner"),
        (sql.SQL("CREATE ROLE noted_odd LOGIN IN ROLE pg_execute_server_program"), "goes around"),
    ):
        postgres.run(statement)
        try:
            assert told in faults(postgres, name, "noted_odd")
        finally:
            postgres.run(sql.SQL("DROP ROLE noted_odd"))


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("GRANT TRUNCATE ON team TO noted_app", "more than it needs (team)"),
        ("GRANT DELETE ON team TO PUBLIC", "more than it needs (team)"),
        ("GRANT UPDATE (rule) ON audit_event TO noted_app", "more than it needs (audit_event)"),
        ("REVOKE INSERT ON note FROM noted_app", "less than it needs (note)"),
        ("ALTER TABLE note NO FORCE ROW LEVEL SECURITY", "not behind their policies (note)"),
        ("CREATE POLICY helpful ON note USING (true)", "not behind their policies (note)"),
        ("ALTER TABLE note OWNER TO noted_app", "owns Noted's tables"),
        ("GRANT CREATE ON SCHEMA public TO noted_app", "tables of its own"),
    ],
)
def test_a_wrong_right_or_a_missing_policy_is_found(
    postgres: Server, postgres_url: str, statement: str, told: str
) -> None:
    name = str(make_url(postgres_url).database)
    as_role(postgres, name, SUPERUSER, statement)
    assert told in faults(postgres, name)


def test_the_next_upgrade_mends_rights_and_policies(postgres: Server, postgres_url: str, tmp_path: Path) -> None:
    name = str(make_url(postgres_url).database)
    as_role(
        postgres,
        name,
        OWNER,
        "GRANT ALL ON audit_event TO noted_app",
        "REVOKE ALL ON alembic_version FROM noted_app",
        "DROP POLICY noted_workspace ON note",
    )
    with pytest.raises(OperatorError, match="noted db upgrade"):
        operate.require_current_schema(settings(postgres, name, tmp_path))
    upgrade(settings(postgres, name, tmp_path))
    assert faults(postgres, name) == ""


def test_a_version_that_would_not_see_the_rows_it_changes_fails(
    postgres: Server, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change_rows(config: Config, _: str) -> None:
        config.attributes["connection"].execute(text("UPDATE team SET ref = ref"))

    monkeypatch.setattr(command, "upgrade", change_rows)
    engine = make_engine(postgres_url.replace(RUNTIME, OWNER))
    migrations.upgrade(engine)
    postgres.run(sql.SQL("ALTER ROLE noted_owner NOBYPASSRLS"))
    try:
        with pytest.raises(StoreError, match="42501"), store_errors():
            migrations.upgrade(engine)
    finally:
        postgres.run(sql.SQL("ALTER ROLE noted_owner BYPASSRLS"))
        engine.dispose()


def test_only_the_owner_can_copy_everything(
    postgres: Server, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PG_BIN", str(postgres.bin))
    found = settings(postgres, empty, tmp_path)
    operate.init(found, "T1", None, SystemClock())
    with pytest.raises(OperatorError, match="NOTED_MIGRATION_DATABASE_URL"):
        operate.back_up(settings(postgres, empty, tmp_path, owner=None), tmp_path / "one")
    assert operate.back_up(found, tmp_path / "two").database == "postgresql"


def test_a_sqlite_file_is_one_agencys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    assert runner.invoke(app, ["init", "--team", "T1"]).exit_code == 0
    second = runner.invoke(app, ["init", "--team", "T2"])
    assert second.exit_code == 1
    assert "one agency's" in second.output
