"""The migrations make exactly the tables that the models describe."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from migrations.run import pending, revision, upgrade
from models.engine import StoreError, make_engine, store_errors
from models.schema import metadata
from tests.conftest import Agency
from tests.postgres import RUNTIME, as_owner, unwalled


def test_a_migrated_database_has_the_models_tables_and_nothing_else(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_an_empty_database_is_pending_until_it_is_upgraded(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    assert revision(engine) is None
    assert pending(engine)
    upgrade(engine)
    assert not pending(engine)
    engine.dispose()


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    before = revision(engine)
    with as_owner(engine) as owner:
        upgrade(owner, RUNTIME)
    assert revision(engine) == before
    assert not pending(engine)


def test_the_programs_role_finds_nothing_to_do_in_a_database_that_is_up_to_date(engine: Engine) -> None:
    upgrade(engine)
    assert not pending(engine)


def test_a_database_of_a_newer_program_is_not_this_schema(engine: Engine) -> None:
    with as_owner(engine) as owner, owner.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert pending(engine)


@pytest.mark.parametrize("change", ["UPDATE audit_event SET rule = 'x'", "DELETE FROM audit_event"])
def test_the_trail_refuses_changes_by_raw_sql(engine: Engine, agency: Agency, change: str) -> None:
    with (
        as_owner(engine) as owner,
        pytest.raises(StoreError, match=r"23001|TRIGGER"),
        store_errors(),
        owner.begin() as connection,
    ):
        connection.execute(text(change))
    with unwalled(engine) as free, free.connect() as connection:
        rows = connection.execute(text("SELECT rule FROM audit_event")).all()
    assert [row.rule for row in rows] == [""]


def test_the_trail_refuses_to_be_emptied_in_postgresql(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    with (
        as_owner(engine) as owner,
        pytest.raises(StoreError, match="23001"),
        store_errors(),
        owner.begin() as connection,
    ):
        connection.execute(text("TRUNCATE audit_event"))
    engine.dispose()
