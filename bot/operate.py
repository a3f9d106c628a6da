"""What an operator does once or now and then: making a workspace, recording the surface decision, asking the doctor."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bot import offline, wall
from bot.backup import Manifest, make_backup, verify_backup
from bot.schema import engine_of, refuse_newer, upgrade, whole_url
from bot.settings import Settings, StoreSettings
from bot.trouble import OperatorError
from desk.clock import Clock, SystemClock
from desk.surface import SlackFailedError, Surface
from desk.tenants import Tenant, Tenants
from migrations import run as migrations
from models.calls import Provider
from models.engine import StoreError, store_errors
from models.workspaces import Surface as PhiSurface
from privacy.kek import FileKek, KekError, open_kek
from services import alarms, audit_trail, hooks, surfaces, workspaces
from services.alarms import Reach
from services.audit_findings import Report
from services.csv_files import Problem, problems_file
from services.surfaces import DecideSurface, Standing
from services.work import Work

T = TypeVar("T")

NO_PUBLIC_URL = (
    "Set NOTED_PUBLIC_URL to the address under which Twilio reaches this server, and restart noted serve: Twilio signs it. "
    "Until then its calls are refused."
)
_REACHED = {
    Reach.TOLD: "a privacy officer is told when somebody opens a client's record in an emergency",
    Reach.NO_OFFICER: (
        "Nobody is privacy officer, so emergencies are told to the supervisor alone and nobody reviews them: give somebody the "
        "role, in staff.csv or by /note roster."
    ),
    Reach.NOT_IN_SLACK: (
        "No privacy officer was seen in Slack yet, so none can be told of an emergency: ask one of them to type /note once."
    ),
}
# What PostgreSQL says to a role that may not do something.
NO_RIGHT = "42501"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the doctor looked at."""

    name: str
    fine: bool
    says: str


def init(
    settings: StoreSettings, slack_team_id: str, decision: DecideSurface | None, clock: Clock, *, demo: bool = False
) -> PhiSurface | None:
    """Keys, database and workspace, made where they are missing; the surface decision, if one is given; the one that counts now.

    Errors: OperatorError, KekError, StoreError.
    """
    upgrade(settings)
    engine = engine_of(settings)
    try:
        _refuse_a_second_workspace(engine, slack_team_id)
        _make_kek_for_a_new_database(settings, engine)
        tenant = offline.make_workspace(engine, open_kek(settings.noted_kek_uri), clock, slack_team_id, demo=demo)
        if decision is not None:
            offline.transact(engine, tenant, clock, surfaces.decide_surface, decision)
        return offline.read(engine, tenant, clock, workspaces.surface)
    finally:
        engine.dispose()


def _refuse_a_second_workspace(engine: Engine, slack_team_id: str) -> None:
    """SQLite has no second wall between workspaces, so a file is one agency's."""
    if engine.dialect.name == "sqlite" and set(_team_ids(engine)) - {slack_team_id}:
        raise OperatorError(
            "This SQLite file holds another workspace already, and a file is one agency's: name a new file in "
            "NOTED_DATABASE_URL, or use PostgreSQL."
        )


def _make_kek_for_a_new_database(settings: StoreSettings, engine: Engine) -> None:
    """A new key is made only where nothing is wrapped yet: beside old rows it would hide that the old key is missing."""
    kind, _, path = settings.noted_kek_uri.partition(":")
    if kind == "file" and not _team_ids(engine) and not Path(path).exists():
        FileKek.create(Path(path))


def slack_team_of(settings: Settings) -> str:
    """The Slack team in which the token is installed.

    Errors: OperatorError.
    """
    try:
        return asyncio.run(_identity(settings))
    except SlackFailedError as error:
        raise OperatorError(
            f"Slack did not accept the bot token ({error.code}): check SLACK_BOT_TOKEN, or name the team with --team."
        ) from None


def _team_ids(engine: Engine) -> tuple[str, ...]:
    with store_errors(), Session(engine) as session:
        return workspaces.team_ids(session)


def tenant_of(settings: StoreSettings, engine: Engine, slack_team_id: str | None = None) -> Tenant:
    """The workspace that a command is about: the one that is named, or the only one.

    Errors: OperatorError, StoreError, KekError.
    """
    known = _team_ids(engine)
    if slack_team_id is None and len(known) > 1:
        raise OperatorError("There are several workspaces in this database: name one with --team.")
    wanted = slack_team_id or next(iter(known), None)
    tenant = Tenants(engine, open_kek(settings.noted_kek_uri)).load(wanted) if wanted else None
    if tenant is None:
        raise OperatorError("There is no such workspace in this database: run noted init first.")
    return tenant


def require_current_schema(settings: StoreSettings) -> None:
    """Stop before serving from an old schema, in a role that may do too much, or with a key that does not open.

    Errors: OperatorError, KekError, StoreError.
    """
    engine = engine_of(settings)
    try:
        _check_schema(engine)
        _check_wall(engine)
        for team_id in _team_ids(engine):
            tenant_of(settings, engine, team_id)
    finally:
        engine.dispose()


def verify(settings: StoreSettings, slack_team_id: str | None) -> Report:
    """What is wrong with a workspace's audit trail and with the sealed rows it speaks of.

    Errors: OperatorError, KekError, StoreError.
    """
    engine = engine_of(settings)
    try:
        tenant = tenant_of(settings, engine, slack_team_id)
        return offline.read(engine, tenant, SystemClock(), audit_trail.verify)
    finally:
        engine.dispose()


def back_up(settings: StoreSettings, target: Path) -> Manifest:
    """A checked copy of the database, and the event that says so, in every workspace it holds.

    Errors: BackupError, OperatorError, KekError, StoreError.
    """
    clock = SystemClock()
    make_backup(whole_url(settings), target, settings.noted_kek_uri, now=clock.now())
    manifest = verify_backup(target)
    engine = engine_of(settings)
    try:
        for team_id in _team_ids(engine):
            offline.transact(engine, tenant_of(settings, engine, team_id), clock, workspaces.record_backup)
    finally:
        engine.dispose()
    return manifest


def read_file(path: Path) -> bytes:
    """The bytes of a file that somebody named.

    Errors: OperatorError.
    """
    try:
        return path.read_bytes()
    except OSError:
        raise OperatorError(f"{path} cannot be read: check the path and its owner.") from None


def write_problems(path: Path, problems: Iterable[Problem]) -> None:
    """Write the problems to a file that only this user can open.

    Errors: OperatorError, also when the file is there already.
    """
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(problems_file(problems))
    except OSError:
        raise OperatorError(f"{path} cannot be written, or is there already: name another file.") from None


def examine(settings: Settings) -> Iterator[Finding]:
    """Everything that has to be right before staff can write, in the order in which it fails."""
    engine = engine_of(settings)
    try:
        yield _found("key", lambda: open_kek(settings.noted_kek_uri).check(), "the key-encryption key opens")
        yield _found("database", lambda: _check_schema(engine), "the database answers and its schema is the newest")
        yield _found("wall", lambda: _check_wall(engine), _wall_of(engine))
        yield _found("workspace", lambda: _check_workspace(settings, engine), "the workspace's keys unwrap")
        yield from _decision(settings, engine)
        yield from _emergencies(settings, engine)
        yield from _twilio(settings, engine)
        yield _found("slack", lambda: _check_slack(settings, engine), "Slack accepts the token for this workspace")
    finally:
        engine.dispose()


def _found(name: str, check: Callable[[], None], fine: str) -> Finding:
    try:
        check()
    except OperatorError as error:
        return Finding(name, fine=False, says=error.sentence)
    except KekError:
        return Finding(
            name, fine=False, says="The key-encryption key cannot be used: check NOTED_KEK_URI, the file and its owner."
        )
    except StoreError as error:
        return Finding(
            name,
            fine=False,
            says=f"The database does not answer as it should ({error.code}): check NOTED_DATABASE_URL.",
        )
    return Finding(name, fine=True, says=fine)


def _check_schema(engine: Engine) -> None:
    try:
        with store_errors():
            refuse_newer(engine)
            pending = migrations.pending(engine)
    except StoreError as error:
        if error.code != NO_RIGHT:
            raise
        raise OperatorError(
            "The role of NOTED_DATABASE_URL has no rights on the tables: run noted db upgrade with NOTED_MIGRATION_DATABASE_URL set."
        ) from None
    if pending:
        raise OperatorError("The database has no tables or an older schema: run noted db upgrade.")


def _check_wall(engine: Engine) -> None:
    found = wall.faults(engine)
    if found:
        raise OperatorError(" ".join(found))


def _wall_of(engine: Engine) -> str:
    if engine.dialect.name == "postgresql":
        return "row-level security keeps workspaces apart, and the role cannot go around it"
    return "the SQLite file is one agency's"


def _check_workspace(settings: StoreSettings, engine: Engine) -> None:
    tenant_of(settings, engine)


def _decision(settings: StoreSettings, engine: Engine) -> Iterator[Finding]:
    """Whether /note is open, and when the agency wants to look at that again."""
    standing: list[Standing] = []

    def check() -> None:
        standing.append(offline.read(engine, tenant_of(settings, engine), SystemClock(), surfaces.standing))
        if standing[0].surface is not PhiSurface.MODAL:
            raise OperatorError(
                "Nobody has decided that client data may stand in Slack forms, so /note stays closed: an admin or privacy "
                "officer records the decision in App Home, Client data in Slack."
            )

    found = _found("decision", check, "client data may stand in Slack forms")
    day = standing[0].review_on if standing else None
    if day is None:
        yield found
    else:
        yield replace(found, says=f"{found.says.removesuffix('.')}. The decision is to be looked at again on {day}.")
        if day <= SystemClock().now().date():
            yield Finding(
                "review",
                fine=False,
                says="The day has come to look at that decision again: App Home, Client data in Slack.",
            )


def _twilio(settings: StoreSettings, engine: Engine) -> Iterator[Finding]:
    """What Twilio's addresses need, where there are any."""
    lines = _read(settings, engine, hooks.listed) or ()
    if any(line.provider is Provider.TWILIO for line in lines):
        fine = settings.noted_public_url is not None
        yield Finding("calls", fine, "Twilio's calls can be verified" if fine else NO_PUBLIC_URL)


def _emergencies(settings: StoreSettings, engine: Engine) -> Iterator[Finding]:
    """Whether a privacy officer would be told of an emergency, once anybody works here who could open one."""
    reach = _read(settings, engine, alarms.reach)
    if reach is not None and reach is not Reach.NOBODY_WORKS_HERE:
        yield Finding("emergency", reach is Reach.TOLD, _REACHED[reach])


def _read(settings: StoreSettings, engine: Engine, service: Callable[[Work], T]) -> T | None:
    """What stands in the workspace, or None where it cannot be read: that is said already, of the key, the database or the workspace."""
    try:
        return offline.read(engine, tenant_of(settings, engine), SystemClock(), service)
    except (OperatorError, KekError, StoreError):
        return None


def _check_slack(settings: Settings, engine: Engine) -> None:
    team = slack_team_of(settings)
    if team != tenant_of(settings, engine).slack_team_id:
        raise OperatorError("The token belongs to another Slack workspace than the database: check SLACK_BOT_TOKEN.")


async def _identity(settings: Settings) -> str:
    surface = Surface(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    await surface.start()
    try:
        team_id, _ = await surface.identity()
        return team_id
    finally:
        await surface.close()
