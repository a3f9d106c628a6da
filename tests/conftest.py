"""Fixtures that every test may use: two kinds of database, a clock that stands still, an agency with keys."""

from __future__ import annotations

import datetime as dt
import shutil
import uuid
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Engine

from desk.doors import Doors
from migrations.run import upgrade
from models.base import new_id
from models.engine import make_engine
from models.rows import WorkspaceSession
from privacy.kek import FileKek
from privacy.keys import Keyring, WrappedKey
from services import workspaces
from services.audit import append_all
from services.work import Work
from tests.postgres import Server, running_server

pytest_plugins = ["tests.canary"]

NOON: Final = dt.datetime(2026, 3, 2, 17, 0, tzinfo=dt.UTC)
# A loaded machine must not fail a story.
PATIENT: Final = 20.0
_TEMPLATE: Final = "noted_template"
_numbers = count(1)


@dataclass
class StandingClock:
    """A clock that moves only when a test moves it."""

    instant: dt.datetime = NOON

    def now(self) -> dt.datetime:
        """The instant it was set to."""
        return self.instant

    def advance(self, **by: float) -> None:
        """Move it on, by timedelta's own words."""
        self.instant += dt.timedelta(**by)


@dataclass(frozen=True)
class Agency:
    """A workspace that is stored, and its keys."""

    id: uuid.UUID
    keys: Keyring
    wrapped: list[WrappedKey] = field(repr=False)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Generator[Server]:
    """The PostgreSQL of this run, started by the first test that wants it."""
    with running_server() as server:
        server.create(_TEMPLATE)
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    path = tmp_path_factory.mktemp("template") / "noted.sqlite3"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh, migrated SQLite database of this test's own."""
    path = tmp_path / "noted.sqlite3"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: Server) -> Generator[str]:
    """A fresh, migrated PostgreSQL database of this test's own, as the role of the running program sees it."""
    name = f"noted_{next(_numbers)}"
    postgres.create(name, _TEMPLATE)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database of this test's own, once of each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def engine(database_url: str) -> Generator[Engine]:
    """The way to `database_url`."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> StandingClock:
    """A Monday noon in New York, until the test moves it."""
    return StandingClock()


@pytest.fixture
async def doors(engine: Engine, clock: StandingClock, anyio_backend: str) -> AsyncGenerator[Doors]:
    """The doors to `engine`, open while the test runs."""
    doors = Doors(engine, clock)
    doors.start()
    yield doors
    await doors.close()


@pytest.fixture
async def patient(engine: Engine, clock: StandingClock, anyio_backend: str) -> AsyncGenerator[Doors]:
    """Doors that wait longer than anybody in Slack would: for stories in which lateness is not the point."""
    doors = Doors(engine, clock, budget=PATIENT)
    doors.start()
    yield doors
    await doors.close()


@pytest.fixture(scope="session")
def kek(tmp_path_factory: pytest.TempPathFactory) -> FileKek:
    """A key-encryption key in a file, the same for the whole run."""
    return FileKek.create(tmp_path_factory.mktemp("kek") / "kek")


@pytest.fixture
def agency(engine: Engine, clock: StandingClock, kek: FileKek) -> Agency:
    """An empty workspace in `engine`, its audit trail begun."""
    return make_agency(engine, clock, kek)


def make_agency(engine: Engine, clock: StandingClock, kek: FileKek, slack_team_id: str = "T0ALPHA") -> Agency:
    """Store a new workspace with keys of its own."""
    workspace_id = new_id()
    keys, wrapped = Keyring.create(kek, str(workspace_id))
    with WorkspaceSession(engine, workspace_id) as session, session.begin():
        work = Work(session, workspace_id, keys, clock.now())
        workspaces.create(work, slack_team_id, wrapped)
        session.flush()
        append_all(work)
    return Agency(workspace_id, keys, wrapped)
