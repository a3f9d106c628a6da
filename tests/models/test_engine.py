"""Engines: how a database is opened, and that its failures quote nothing."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import traceback
import uuid
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

from models.base import new_id
from models.engine import (
    CommitUnknown,
    Conflict,
    StoreDown,
    StoreError,
    in_transaction,
    make_engine,
    reading,
    store_errors,
)
from models.people import Person
from models.rows import WorkspaceSession
from models.workspaces import Workspace
from tests.conftest import NOON, Agency
from tests.postgres import Server

CANARY = "Quillwort-Canary-7731"


def whole_story(error: BaseException) -> str:
    """Everything that any logger could print of an exception, linked ones included."""
    parts = ["".join(traceback.format_exception(error)), repr(error), str(error), repr(error.args)]
    links = [link for link in (error.__cause__, error.__context__) if link is not None]
    return "\n".join([*parts, *map(whole_story, links)])


def store_workspace(engine: Engine, slack_team_id: str, workspace_id: uuid.UUID | None = None) -> None:
    new = Workspace(id=workspace_id or new_id(), slack_team_id=slack_team_id, created_at=NOON)
    with WorkspaceSession(engine, new.id) as session, session.begin():
        session.add(new)


def test_another_database_is_refused() -> None:
    with pytest.raises(ValueError, match="SQLite file"):
        make_engine("mysql://localhost/noted")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_sqlite_lives_in_a_file(url: str) -> None:
    with pytest.raises(ValueError, match="in a file"):
        make_engine(url)


def test_a_sqlite_file_and_its_logs_belong_to_this_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "noted.sqlite3"
    engine = make_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (x)"))
        files = sorted(path.parent.iterdir())
        assert [file.name for file in files] == ["noted.sqlite3", "noted.sqlite3-shm", "noted.sqlite3-wal"]
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    engine.dispose()


def test_a_sqlite_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "noted.sqlite3"
    path.touch(mode=0o644)
    path.chmod(0o644)
    make_engine(f"sqlite:///{path}").dispose()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_sqlite_keeps_its_promises(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    with engine.connect() as connection:
        values = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete")
        }
    engine.dispose()
    assert values == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 1500,
        "secure_delete": 1,
    }


def test_postgresql_stops_a_statement_that_takes_too_long(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "2s"
        connection.exec_driver_sql("SET statement_timeout = '10ms'")
        with pytest.raises(StoreDown) as caught, store_errors():
            connection.exec_driver_sql("SELECT pg_sleep(5)")
    engine.dispose()
    assert caught.value.code == "57014"


def test_a_reading_transaction_sees_one_moment_and_writes_nothing(engine: Engine, agency: Agency) -> None:
    count = text("SELECT count(*) FROM workspace")
    with reading(engine).connect() as reader:
        assert reader.scalar(count) == 1
        store_workspace(engine, "T0OTHER")
        assert reader.scalar(count) == 1
        with pytest.raises(StoreError), store_errors():
            reader.execute(text("UPDATE workspace SET demo = true"))
    with engine.connect() as connection:
        assert connection.scalar(count) == 2
        assert connection.scalar(text("SELECT count(*) FROM workspace WHERE demo")) == 0


def test_a_connection_that_read_may_write_afterwards(engine: Engine) -> None:
    with reading(engine).connect() as reader:
        reader.execute(text("SELECT 1"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE delivery SET attempts = 0"))


def test_two_writers_on_sqlite_wait_for_each_other(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    failures: list[Exception] = []

    def write(number: int) -> None:
        try:
            new = Workspace(slack_team_id=f"T{number}", created_at=NOON)
            with WorkspaceSession(engine, new.id) as session, session.begin():
                session.execute(text("SELECT count(*) FROM workspace"))
                session.add(new)
        except Exception as error:  # noqa: BLE001 - the test looks at whatever it is
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as connection:
        stored = connection.scalar(text("SELECT count(*) FROM workspace"))
    engine.dispose()
    assert failures == []
    assert stored == 8


def test_a_locked_sqlite_database_is_down(sqlite_url: str, tmp_path: Path) -> None:
    holder = sqlite3.connect(tmp_path / "noted.sqlite3", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    engine = make_engine(sqlite_url)
    with reading(engine).connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
    with pytest.raises(StoreDown) as caught, store_errors(), engine.begin():
        pass
    engine.dispose()
    holder.close()
    assert caught.value.code == "SQLITE_BUSY"


def test_a_full_disk_is_down(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        with pytest.raises(StoreDown) as caught, store_errors():
            connection.execute(text("CREATE TABLE big AS SELECT zeroblob(1000000)"))
    engine.dispose()
    assert caught.value.code == "SQLITE_FULL"


def test_a_server_that_cannot_be_reached_is_down() -> None:
    engine = make_engine("postgresql://noted:hunter2@127.0.0.1:1/noted")
    with pytest.raises(StoreDown) as caught, store_errors():
        engine.connect()
    engine.dispose()
    assert caught.value.code == "connection"
    assert "hunter2" not in whole_story(caught.value)


def test_a_duplicate_is_a_conflict_with_the_same_name_on_both(engine: Engine, agency: Agency) -> None:
    with pytest.raises(Conflict) as caught, store_errors():
        store_workspace(engine, "T0ALPHA")
    assert caught.value.constraint == "uq_workspace_slack_team_id"
    with pytest.raises(Conflict) as caught, store_errors():
        store_workspace(engine, "T0NEW", agency.id)
    assert caught.value.constraint == "pk_workspace"


def test_a_missing_parent_is_a_conflict(engine: Engine, agency: Agency) -> None:
    row_id = new_id()
    _, sealed = agency.keys.new_client_key(row_id)
    with pytest.raises(Conflict), store_errors(), WorkspaceSession(engine, agency.id) as session, session.begin():
        session.add(Person(workspace_id=agency.id, ref="P-1", client_id=new_id(), profile=sealed))


def test_no_error_quotes_a_value(engine: Engine, agency: Agency) -> None:
    statements = [
        f"INSERT INTO workspace (id, slack_team_id, created_at, demo) SELECT id, '{CANARY}', NULL, demo FROM workspace",
        f"SELECT CAST('{CANARY}' AS no_such_type_at_all) FROM nowhere_{CANARY.replace('-', '')}",
        f"SELECT '{CANARY}",
    ]
    for statement in statements:
        with pytest.raises(StoreError) as caught, store_errors(), engine.begin() as connection:
            connection.execute(text(statement.replace(":", "\\:")))
        story = whole_story(caught.value)
        assert CANARY not in story.replace(statement, "")
        assert caught.value.__context__ is None
        assert caught.value.__cause__ is None


def store_text(engine: Engine, value: str) -> None:
    with store_errors():
        store_workspace(engine, value)


def test_a_text_that_no_database_keeps_is_refused_without_it(engine: Engine) -> None:
    with pytest.raises(StoreError) as caught:
        store_text(engine, f"{CANARY}\ud800")
    assert CANARY not in whole_story(caught.value)


def test_postgresql_refuses_a_nul_without_the_text_around_it(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    with pytest.raises(StoreError) as caught:
        store_text(engine, f"{CANARY}\x00")
    engine.dispose()
    assert CANARY not in whole_story(caught.value)


def test_an_exception_of_ours_raised_from_the_drivers_loses_that_link(engine: Engine, agency: Agency) -> None:
    class OwnError(Exception):
        pass

    def service() -> None:
        try:
            store_workspace(engine, "T0ALPHA")
        except Exception as error:
            raise OwnError from error

    with pytest.raises(OwnError) as caught, store_errors():
        service()
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_a_connection_lost_in_a_commit_is_unknown_and_before_it_is_down(postgres: Server, postgres_url: str) -> None:
    def lose(*, committing: bool) -> None:
        engine = make_engine(postgres_url)
        with store_errors(committing=committing), engine.connect() as connection:
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            connection.commit() if committing else connection.exec_driver_sql("SELECT 1")
        engine.dispose()

    with pytest.raises(CommitUnknown):
        lose(committing=True)
    with pytest.raises(StoreDown):
        lose(committing=False)


def test_the_server_is_asked_whether_the_transaction_is_whole(engine: Engine) -> None:
    with engine.connect() as connection, connection.begin():
        connection.execute(text("SELECT 1"))
        assert in_transaction(connection)
        connection.exec_driver_sql("ROLLBACK")
        assert not in_transaction(connection)


def test_an_engine_shows_neither_password_nor_parameters() -> None:
    engine = make_engine("postgresql://noted:hunter2@db/noted")
    assert "hunter2" not in repr(engine)
    assert engine.hide_parameters
    engine.dispose()


def test_a_restarted_server_costs_nobody_an_error(postgres: Server, postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    with engine.connect() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    engine.dispose()


def test_the_file_mode_does_not_depend_on_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_engine(f"sqlite:///{tmp_path / 'open.sqlite3'}").dispose()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "open.sqlite3").stat().st_mode) == 0o600
