"""Backups: whole, consistent while staff write, private, and never with the key that opens them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sqlite3
import stat
import subprocess
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from bot.backup import MANIFEST, SQLITE_FILE, BackupError, make_backup, restore, verify_backup
from desk.doors import Doors
from migrations.run import revision
from models.base import new_id
from models.clients import ClientProfile
from models.engine import make_engine, reading
from models.rows import WorkspaceSession
from models.staff import Team
from privacy.kek import FileKek
from privacy.keys import Keyring
from privacy.phi import Phi
from services import audit
from services.audit_trail import verify
from services.work import Work
from services.workspaces import wrapped_keys
from tests.conftest import NOON, Agency, StandingClock, make_agency
from tests.postgres import OWNER, RUNTIME, Server, owner_url

CANARY = "Quillwort-Canary-7731"
KEK_URI = "file:/somewhere/kek"


def add_team(work: Work, ref: str) -> None:
    row = new_id()
    profile = ClientProfile(agency_id=Phi(CANARY), last_name=Phi(CANARY), first_name=Phi(CANARY))
    sealed = work.keys.house_key.seal(profile, work.cell("team", "profile", row))
    work.session.add(Team(workspace_id=work.workspace_id, id=row, ref=ref, name_index=row.bytes, profile=sealed))
    audit.record(work, audit.Action.TEAM_IMPORT, actor=None, subject=("team", row), sealed=sealed)


def store_team(engine: Engine, agency: Agency, ref: str = "T-1") -> None:
    with WorkspaceSession(engine, agency.id) as session, session.begin():
        work = Work(session, agency.id, agency.keys, NOON)
        add_team(work, ref)
        session.flush()
        audit.append_all(work)


@pytest.fixture
def tools(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's programs, of the version that the tests' server has."""
    monkeypatch.setenv("PG_BIN", str(postgres.bin))


def test_a_backup_is_complete_and_says_what_it_holds(
    engine: Engine, database_url: str, agency: Agency, tmp_path: Path, tools: None
) -> None:
    made = make_backup(owner_url(database_url), tmp_path / "b", KEK_URI, now=NOON)
    assert verify_backup(tmp_path / "b") == made
    assert made.revision == revision(engine)
    assert made.made_at == NOON
    assert made.kek_uri == KEK_URI
    assert sorted(file.name for file in (tmp_path / "b").iterdir()) == sorted([MANIFEST, made.file])


def test_a_backup_is_for_this_user_alone(
    engine: Engine, database_url: str, agency: Agency, tmp_path: Path, tools: None
) -> None:
    before = os.umask(0)
    try:
        make_backup(owner_url(database_url), tmp_path / "b", KEK_URI, now=NOON)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "b").iterdir()} == {0o600}


def test_a_backup_holds_neither_clear_words_nor_the_key(
    engine: Engine, database_url: str, agency: Agency, kek: FileKek, tmp_path: Path, tools: None
) -> None:
    store_team(engine, agency)
    make_backup(owner_url(database_url), tmp_path / "b", kek.uri, now=NOON)
    everything = b"".join(file.read_bytes() for file in (tmp_path / "b").iterdir())
    assert CANARY.encode() not in everything
    secret = Path(kek.uri.removeprefix("file:")).read_bytes()
    assert len(secret) == 32
    assert secret not in everything
    assert secret.hex().encode() not in everything


def test_a_backup_does_not_replace_another(sqlite_url: str, tmp_path: Path) -> None:
    make_backup(sqlite_url, tmp_path / "b", KEK_URI, now=NOON)
    with pytest.raises(BackupError, match="exists"):
        make_backup(sqlite_url, tmp_path / "b", KEK_URI, now=NOON)
    assert verify_backup(tmp_path / "b")


@pytest.mark.anyio
async def test_a_backup_while_staff_write_is_one_moments_state(
    sqlite_url: str, clock: StandingClock, kek: FileKek, tmp_path: Path
) -> None:
    engine = make_engine(sqlite_url)
    agency = make_agency(engine, clock, kek)
    doors = Doors(engine, clock, budget=30)
    doors.start()
    done = threading.Event()

    def back_up() -> None:
        make_backup(sqlite_url, tmp_path / "b", KEK_URI, now=NOON)
        done.set()

    copying = asyncio.create_task(asyncio.to_thread(back_up))
    written = 0
    while not done.is_set():
        await asyncio.gather(*(doors.transact(agency.keys, agency.id, add_team, f"T-{written + n}") for n in range(8)))
        written += 8
        if copying.done():
            break
    await copying
    await doors.close()
    engine.dispose()
    verify_backup(tmp_path / "b")
    restore(tmp_path / "b", f"sqlite:///{tmp_path / 'copy.sqlite3'}")
    copy = make_engine(f"sqlite:///{tmp_path / 'copy.sqlite3'}")
    with Session(reading(copy)) as session:
        assert verify(Work(session, agency.id, agency.keys, NOON)).findings == ()
        teams = session.scalar(text("SELECT count(*) FROM team"))
        assert session.scalar(text("SELECT seq FROM audit_head")) == (teams or 0) + 1
    copy.dispose()


def test_a_restored_backup_opens_with_the_key_that_was_kept_apart(
    sqlite_url: str, clock: StandingClock, kek: FileKek, tmp_path: Path
) -> None:
    engine = make_engine(sqlite_url)
    agency = make_agency(engine, clock, kek)
    store_team(engine, agency)
    engine.dispose()
    make_backup(sqlite_url, tmp_path / "b", kek.uri, now=NOON)
    target = tmp_path / "new" / "noted.sqlite3"
    restore(tmp_path / "b", f"sqlite:///{target}")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [file.name for file in target.parent.iterdir()] == ["noted.sqlite3"]
    restored = make_engine(f"sqlite:///{target}")
    with Session(restored) as session:
        keys = Keyring.unlock(kek, str(agency.id), wrapped_keys(session, agency.id))
        team = session.query(Team).one()
        profile = keys.house_key.open(
            ClientProfile, team.profile, Work(session, agency.id, keys, NOON).cell("team", "profile", team.id)
        )
    restored.dispose()
    assert isinstance(profile.last_name, Phi)


@pytest.mark.parametrize("left", ["noted.sqlite3", "noted.sqlite3-wal", "noted.sqlite3-shm", "noted.sqlite3.restoring"])
def test_restoring_overwrites_nothing(sqlite_url: str, tmp_path: Path, left: str) -> None:
    make_backup(sqlite_url, tmp_path / "b", KEK_URI, now=NOON)
    target = tmp_path / "new" / "noted.sqlite3"
    target.parent.mkdir()
    (target.parent / left).write_bytes(b"precious")
    with pytest.raises(BackupError, match="exists"):
        restore(tmp_path / "b", f"sqlite:///{target}")
    assert (target.parent / left).read_bytes() == b"precious"
    assert len(list(target.parent.iterdir())) == 1


def test_restoring_postgresql_says_how(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="pg_restore"):
        restore(tmp_path, "postgresql://noted@db/noted")


def test_a_restored_postgresql_backup_opens(
    postgres: Server, postgres_url: str, clock: StandingClock, kek: FileKek, tmp_path: Path, tools: None
) -> None:
    engine = make_engine(postgres_url)
    agency = make_agency(engine, clock, kek)
    store_team(engine, agency)
    engine.dispose()
    made = make_backup(owner_url(postgres_url), tmp_path / "b", KEK_URI, now=NOON)
    postgres.create_empty("restored")
    address = f"host={postgres.socket} user={OWNER} dbname=restored"
    command = [
        str(postgres.bin / "pg_restore"),
        "--exit-on-error",
        f"--dbname={address}",
        str(tmp_path / "b" / made.file),
    ]
    subprocess.run(command, check=True, env={"PATH": os.environ["PATH"]})
    restored = make_engine(postgres.url("restored"))
    with WorkspaceSession(reading(restored), agency.id) as session:
        assert verify(Work(session, agency.id, agency.keys, NOON)).findings == ()
        assert session.scalar(text("SELECT count(*) FROM team")) == 1
    restored.dispose()
    postgres.drop("restored")


def test_a_backup_without_its_manifest_is_not_complete(sqlite_url: str, tmp_path: Path) -> None:
    make_backup(sqlite_url, tmp_path / "b", KEK_URI, now=NOON)
    (tmp_path / "b" / MANIFEST).unlink()
    with pytest.raises(BackupError, match="missing"):
        verify_backup(tmp_path / "b")


@pytest.mark.parametrize("manifest", ["", "[]", '{"format": 2}', '{"format": 1, "file": "../noted.sqlite3"}'])
def test_a_manifest_of_something_else_is_refused(sqlite_url: str, tmp_path: Path, manifest: str) -> None:
    made = make_backup(sqlite_url, tmp_path / "b", KEK_URI, now=NOON)
    words = made.model_dump(mode="json")
    (tmp_path / "b" / MANIFEST).write_text(
        json.dumps(words | json.loads(manifest)) if manifest.startswith("{") else manifest
    )
    with pytest.raises(BackupError, match="no manifest"):
        verify_backup(tmp_path / "b")


def test_a_changed_or_shortened_copy_is_found(sqlite_url: str, tmp_path: Path) -> None:
    make_backup(sqlite_url, tmp_path / "b", KEK_URI, now=NOON)
    copy = tmp_path / "b" / SQLITE_FILE
    whole = copy.read_bytes()
    for changed in (whole[:-1], whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:], b""):
        copy.write_bytes(changed)
        with pytest.raises(BackupError, match="not the file"):
            verify_backup(tmp_path / "b")
        with pytest.raises(BackupError, match="not the file"):
            restore(tmp_path / "b", f"sqlite:///{tmp_path / 'new.sqlite3'}")
    copy.unlink()
    with pytest.raises(BackupError, match="not the file"):
        verify_backup(tmp_path / "b")


def test_a_copy_that_is_no_database_is_found_although_its_digest_fits(sqlite_url: str, tmp_path: Path) -> None:
    made = make_backup(sqlite_url, tmp_path / "b", KEK_URI, now=NOON)
    junk = b"x" * 10000
    (tmp_path / "b" / SQLITE_FILE).write_bytes(junk)
    forged = made.model_copy(update={"bytes": len(junk), "sha256": hashlib.sha256(junk).hexdigest()})
    (tmp_path / "b" / MANIFEST).write_text(forged.model_dump_json())
    with pytest.raises(BackupError, match="does not open"):
        verify_backup(tmp_path / "b")


def test_without_pg_dump_the_sentence_says_what_to_install(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PG_BIN", str(tmp_path))
    with pytest.raises(BackupError, match="Install PostgreSQL's client programs"):
        make_backup(postgres_url, tmp_path / "b", KEK_URI, now=NOON)
    assert not (tmp_path / "b").exists()


def test_a_failing_pg_dump_leaves_nothing_and_repeats_nothing(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "pg_dump"
    program.write_text("#!/bin/sh\necho secret >&2\nexit 3\n")
    program.chmod(0o700)
    monkeypatch.setenv("PG_BIN", str(tmp_path))
    with pytest.raises(BackupError, match="exit 3") as caught:
        make_backup(postgres_url, tmp_path / "b", KEK_URI, now=NOON)
    assert "secret" not in str(caught.value)
    assert not (tmp_path / "b").exists()


def test_the_password_is_not_an_argument_and_our_secrets_are_not_handed_on(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "pg_dump"
    program.write_text(f'#!/bin/sh\nenv > "{tmp_path}/env"\necho "$@" > "{tmp_path}/args"\n')
    program.chmod(0o700)
    monkeypatch.setenv("PG_BIN", str(tmp_path))
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    make_backup(postgres_url.replace(f"{RUNTIME}@", f"{RUNTIME}:hunter2@"), tmp_path / "b", KEK_URI, now=NOON)
    assert "hunter2" not in (tmp_path / "args").read_text()
    environment = (tmp_path / "env").read_text()
    assert "PGPASSWORD=hunter2" in environment
    assert "xoxb-secret" not in environment


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="no database"):
        make_backup(f"sqlite:///{tmp_path / 'none.sqlite3'}", tmp_path / "b", KEK_URI, now=NOON)
    assert list(tmp_path.iterdir()) == []


def test_a_database_without_a_schema_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "empty.sqlite3")
    connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.close()
    with pytest.raises(BackupError, match="no schema"):
        make_backup(f"sqlite:///{tmp_path / 'empty.sqlite3'}", tmp_path / "b", KEK_URI, now=NOON)
