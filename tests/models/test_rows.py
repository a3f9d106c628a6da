"""The second wall: whatever statement is sent, a transaction reaches the rows of the workspace that it named and no other.

Everything here runs as the role of the running program, on PostgreSQL.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest
from sqlalchemy import Connection, Engine, Index, UniqueConstraint, insert, text

from migrations import wall
from migrations.run import upgrade
from models.base import new_id
from models.engine import StoreError, make_engine, reading, store_errors
from models.rows import WorkspaceSession, enter, leave
from models.schema import metadata
from models.staff import Team
from models.workspaces import Workspace
from privacy.kek import FileKek
from tests.conftest import NOON, Agency, StandingClock, make_agency
from tests.postgres import RUNTIME, as_owner, unwalled

CHECKOUTS: Final = 10_000
THREADS: Final = 6
WALLED: Final = sorted(set(metadata.tables) - {wall.OPEN_TO_READ})
# The one table that is found by a name from outside, before anything is known. Its own id is the workspace.
FOUND_BY_NAME: Final = {("workspace", ("id",)), ("workspace", ("slack_team_id",))}

FORBIDDEN: Final = (
    "SET row_security = off; SELECT * FROM team",
    "SET ROLE noted_owner",
    "SET SESSION AUTHORIZATION noted",
    "SET session_replication_role = replica",
    "ALTER ROLE noted_app BYPASSRLS",
    "ALTER TABLE team NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE team DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE audit_event DISABLE TRIGGER ALL",
    "DROP POLICY noted_workspace ON team",
    "CREATE POLICY mine ON team USING (true)",
    "DROP TABLE snooze",
    "CREATE TABLE copies (x int)",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "TRUNCATE team",
    "DELETE FROM team",
    "DELETE FROM audit_event",
    "UPDATE audit_event SET rule = 'x'",
    "UPDATE note_version SET version = 2",
    "UPDATE alembic_version SET version_num = 'x'",
    "COPY team TO PROGRAM 'cat'",
    "COPY team TO '/tmp/noted-teams'",
    "COPY team FROM '/dev/null'",
    "COPY (SELECT * FROM team) TO PROGRAM 'cat'",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT * FROM pg_authid",
    "LOCK TABLE audit_event IN ACCESS EXCLUSIVE MODE",
)


@pytest.fixture
def engine(postgres_url: str) -> Generator[Engine]:
    engine = make_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def other(engine: Engine, clock: StandingClock, kek: FileKek) -> Agency:
    """The agency of somebody else, with a team."""
    return with_team(engine, make_agency(engine, clock, kek, "T0BETA"))


def with_team(engine: Engine, agency: Agency) -> Agency:
    row_id = new_id()
    _, sealed = agency.keys.new_client_key(row_id)
    team = Team(workspace_id=agency.id, id=row_id, ref=f"T-{agency.id}"[:24], name_index=row_id.bytes, profile=sealed)
    with WorkspaceSession(engine, agency.id) as session, session.begin():
        session.add(team)
    return agency


def seen(connection: Connection, table: str = "team") -> set[uuid.UUID]:
    """The workspaces whose rows a statement without any condition returns."""
    return set(connection.execute(text(f"SELECT workspace_id FROM {table}")).scalars())


def refused(engine: Engine, statement: str, workspace_id: uuid.UUID | None = None, **values: object) -> str:
    """The code with which PostgreSQL refuses a statement."""

    def run() -> None:
        with store_errors(), engine.begin() as connection:
            if workspace_id:
                enter(connection, workspace_id)
            for each in statement.split("; "):
                connection.execute(text(each), values)

    with pytest.raises(StoreError) as caught:
        run()
    return caught.value.code


def test_every_table_stands_behind_its_policies(engine: Engine) -> None:
    with engine.connect() as connection:
        assert wall.gaps(connection) == {}
        found = set(connection.execute(text("SELECT DISTINCT tablename FROM pg_policies")).scalars())
    assert found == set(metadata.tables)


@pytest.mark.parametrize(
    "damage",
    [
        "ALTER TABLE note NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE note DISABLE ROW LEVEL SECURITY",
        "DROP POLICY noted_workspace ON note",
        "CREATE POLICY helpful ON note USING (true)",
    ],
)
def test_a_gap_is_found_and_mended_by_the_next_upgrade(engine: Engine, agency: Agency, damage: str) -> None:
    with as_owner(engine) as owner:
        with owner.begin() as connection:
            connection.execute(text(damage))
        with engine.connect() as connection:
            assert list(wall.gaps(connection)) == ["note"]
        upgrade(owner, RUNTIME)
    with engine.connect() as connection:
        assert wall.gaps(connection) == {}


def test_without_a_workspace_there_are_no_rows(engine: Engine, agency: Agency, other: Agency) -> None:
    with engine.begin() as connection:
        assert {table: seen(connection, table) for table in WALLED} == {table: set() for table in WALLED}
        enter(connection, agency.id)
        assert seen(connection, "audit_event") == {agency.id}
        leave(connection)
        assert {table: seen(connection, table) for table in WALLED} == {table: set() for table in WALLED}


def test_a_named_workspace_is_gone_with_its_transaction(engine: Engine, agency: Agency) -> None:
    for ending in ("commit", "rollback"):
        with engine.connect() as connection:
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            enter(connection, agency.id)
            assert seen(connection, "audit_event") == {agency.id}
            getattr(connection, ending)()
            assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar() == pid
            assert seen(connection, "audit_event") == set()


def test_what_is_no_workspace_is_an_error_and_no_row(engine: Engine, agency: Agency) -> None:
    statement = "SELECT set_config('noted.workspace', 'everything', true); SELECT workspace_id FROM team"
    assert refused(engine, statement) == "22P02"


def test_a_session_names_its_workspace_in_every_transaction_and_savepoint(
    engine: Engine, agency: Agency, other: Agency
) -> None:
    with WorkspaceSession(engine, other.id) as session:
        for _ in range(2):
            assert session.query(Team.workspace_id).all() == [(other.id,)]
            session.rollback()
        with session.begin_nested():
            leave(session.connection())
            assert session.query(Team.workspace_id).all() == []
            with session.begin_nested():
                assert session.query(Team.workspace_id).all() == [(other.id,)]
    with WorkspaceSession(reading(engine), agency.id) as session:
        assert session.query(Team.workspace_id).all() == []


def test_no_statement_reaches_the_rows_of_another_workspace(engine: Engine, agency: Agency, other: Agency) -> None:
    with_team(engine, agency)
    with engine.begin() as connection:
        enter(connection, agency.id)
        theirs = {"theirs": other.id}
        assert seen(connection) == {agency.id}
        for query in (
            "SELECT count(*) FROM team WHERE workspace_id = :theirs",
            "SELECT count(*) FROM workspace_key WHERE workspace_id = :theirs OR true AND workspace_id = :theirs",
            "SELECT count(*) FROM workspace JOIN audit_event ON workspace_id = workspace.id AND workspace.id = :theirs",
            "SELECT count(*) FROM (TABLE team UNION ALL TABLE team) AS twice WHERE workspace_id = :theirs",
        ):
            assert connection.execute(text(query), theirs).scalar() == 0
        for change in (
            "UPDATE team SET ref = 'T-9' WHERE workspace_id = :theirs",
            "UPDATE workspace SET demo = true WHERE id = :theirs",
            "UPDATE audit_head SET seq = 0 WHERE workspace_id = :theirs",
        ):
            assert connection.execute(text(change), theirs).rowcount == 0
    with unwalled(engine) as free, free.connect() as connection:
        assert seen(connection) == {agency.id, other.id}
        assert connection.execute(text("SELECT count(*) FROM team WHERE ref = 'T-9'")).scalar() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO snooze SELECT :theirs, gen_random_uuid(), gen_random_uuid(), 1, now()",
        "INSERT INTO team (workspace_id, {columns}) SELECT :theirs, {columns} FROM team",
        "UPDATE team SET workspace_id = :theirs",
        "UPDATE workspace SET id = :theirs WHERE id <> :theirs",
        "INSERT INTO workspace (id, slack_team_id, created_at, demo) VALUES (gen_random_uuid(), 'T9', now(), false)",
    ],
)
def test_nothing_is_written_into_another_workspace(
    engine: Engine, agency: Agency, other: Agency, statement: str
) -> None:
    with_team(engine, agency)
    columns = ", ".join(column.name for column in metadata.tables["team"].columns if column.name != "workspace_id")
    assert refused(engine, statement.format(columns=columns), agency.id, theirs=other.id) == "42501"


def test_a_workspace_without_a_name_in_the_transaction_cannot_be_made(engine: Engine) -> None:
    with pytest.raises(StoreError, match="42501"), store_errors(), WorkspaceSession(engine, new_id()) as session:
        session.execute(insert(Workspace).values(id=new_id(), slack_team_id="T9", created_at=NOON, demo=False))


def test_the_programs_role_may_do_its_work_and_nothing_more(engine: Engine, agency: Agency) -> None:
    with_team(engine, agency)
    # No right; or, for a copy of rows that policies hide, no such feature.
    answers = {statement: refused(engine, statement, agency.id) for statement in FORBIDDEN}
    assert {statement for statement, code in answers.items() if code not in {"42501", "0A000"}} == set()


def test_a_copy_out_holds_the_own_rows_only_and_a_copy_in_is_refused(
    engine: Engine, agency: Agency, other: Agency
) -> None:
    with engine.connect() as connection:
        enter(connection, agency.id)
        driver = connection.connection.cursor()
        with driver.copy("COPY audit_event TO STDOUT") as copied:  # pyright: ignore[reportAttributeAccessIssue] - psycopg's own
            rows = b"".join(bytes(part) for part in copied).decode().splitlines()
    assert len(rows) == 1
    assert str(agency.id) in rows[0]
    assert refused(engine, "COPY team FROM STDIN", agency.id) == "0A000"


def reached(
    connection: Connection, luck: random.Random, mine: uuid.UUID | None, others: list[uuid.UUID]
) -> tuple[set[uuid.UUID], set[uuid.UUID]]:
    """The workspaces whose rows one statement by hand reads or changes, and those whose it should."""
    own = {mine} if mine is not None else set[uuid.UUID]()
    match luck.randrange(8):
        case 0 | 1:
            changed = connection.execute(text("UPDATE team SET ref = ref RETURNING workspace_id"))
            return set(changed.scalars()), own
        case 2:
            theirs = {"theirs": luck.choice(others)}
            wanted = text("UPDATE team SET ref = 'T-9' WHERE workspace_id = :theirs RETURNING workspace_id")
            return set(connection.execute(wanted, theirs).scalars()), set()
        case 3:
            row = text("INSERT INTO snooze SELECT :theirs, gen_random_uuid(), gen_random_uuid(), 1, now()")
            with pytest.raises(StoreError, match="42501"), store_errors():
                connection.execute(row, {"theirs": luck.choice(others)})
            connection.rollback()
            return set(), set()
        case _:
            return seen(connection), own


def test_ten_thousand_checkouts_reach_no_row_of_another_workspace(
    engine: Engine, clock: StandingClock, kek: FileKek
) -> None:
    """Sessions of many workspaces share a pool: they read, write, commit, roll back, fail or name nothing, and each reaches its own."""
    ids = [with_team(engine, make_agency(engine, clock, kek, f"T{number}")).id for number in range(5)]

    def check_out(worker: int) -> list[set[uuid.UUID]]:
        luck = random.Random(worker)
        wrong: list[set[uuid.UUID]] = []
        for _ in range(CHECKOUTS // THREADS + 1):
            mine = luck.choice([None, *ids])
            with engine.connect() as connection:
                if mine is not None:
                    enter(connection, mine)
                rows, right = reached(connection, luck, mine, [each for each in ids if each != mine])
                if rows != right:
                    wrong.append(rows)
                match luck.randrange(3):
                    case 0:
                        connection.commit()
                    case 1:
                        connection.rollback()
                    case _:
                        pass
        return wrong

    with ThreadPoolExecutor(THREADS) as pool:
        assert [rows for each in pool.map(check_out, range(THREADS)) for rows in each] == []
    with unwalled(engine) as free, free.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM team WHERE ref = 'T-9'")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM snooze")).scalar() == 0


def test_every_key_and_index_starts_with_the_workspace() -> None:
    keys: set[tuple[str, tuple[str, ...]]] = set()
    for table in metadata.tables.values():
        keys.add((table.name, tuple(column.name for column in table.primary_key.columns)))
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint):
                keys.add((table.name, tuple(column.name for column in constraint.columns)))
        for index in table.indexes:
            assert isinstance(index, Index)
            keys.add((table.name, tuple(column.name for column in index.columns)))
    assert {(table, names) for table, names in keys if names[0] != "workspace_id"} == FOUND_BY_NAME
