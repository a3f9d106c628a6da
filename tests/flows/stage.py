"""The stage of a conversation: the real app and the stand-in Slack, both served on loopback in the test's own loop.

alice is a case manager, bob is on her team, carol supervises them, dan belongs to another team, eve to another workspace.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import yaml
from pydantic import SecretStr
from sqlalchemy import inspect, select, text

from bot import offline
from bot.app import App, Patience, build
from bot.settings import Settings, Stage
from desk.tenants import Tenant
from models.audit import AuditEvent
from models.base import Base
from models.engine import sqlite_path
from models.note_document import NoteDocument
from models.notes import Note, NoteVersion
from models.rows import WorkspaceSession
from models.schema import metadata
from models.workspaces import Surface
from privacy.grants import Grant, Purpose, system_grant
from privacy.kek import FileKek
from sandbox.answers import Submission
from sandbox.driver import Driver
from sandbox.serve import serve
from sandbox.shape import JsonObject, as_list, as_object, as_objects, as_text
from sandbox.slack import Sandbox
from sandbox.world import Installation, Person
from services import clients, roster, surfaces
from services.surfaces import DecideSurface
from services.work import Work
from tests.canary import Canary
from tests.conftest import StandingClock
from tests.postgres import unwalled

ROOT = Path(__file__).parent.parent.parent
TEAM = "T0ALPHA"
# A loaded machine must not fail a conversation; what is late is tested where lateness is the point.
PATIENT = 20.0
ALICE, BOB, CAROL, DAN, EVE = "U0ALICE", "U0BOB", "U0CAROL", "U0DAN", "U0EVE"
STRANGER, GUEST, GONE = "U0STRANGER", "U0GUEST", "U0GONE"
NAMES = {ALICE: "alice", BOB: "bob", CAROL: "carol", DAN: "dan", GUEST: "guest", GONE: "gone"}


@dataclass(frozen=True)
class Names:
    """The canaries of one client of alice's, and one of dan's."""

    last: str
    first: str
    agency_id: str
    dans: str


@dataclass
class Play:
    """One running app with its Slack."""

    app: App
    sandbox: Sandbox
    tenant: Tenant
    clock: StandingClock
    names: Names
    address: str

    def person(self, user_id: str) -> Driver:
        """Be someone."""
        return self.sandbox.person(user_id)

    async def settle(self) -> None:
        """Wait until everything that follows an answer is done; a second passes, as between two taps of a person."""
        await self.app.office.later.drain()
        self.clock.advance(seconds=1)

    def rows(self, table: type[Base]) -> list[Base]:
        """Every row of a table, in the order of their ids."""
        with WorkspaceSession(self.app.engine, self.tenant.id) as session:
            return list(session.scalars(select(table).order_by(*inspect(table).primary_key)))

    def count(self, table: type[Base]) -> int:
        """How many rows a table has."""
        return len(self.rows(table))

    @property
    def grant(self) -> Grant:
        """A grant for the test itself."""
        return system_grant(Purpose.VALIDATE)

    def documents(self) -> list[NoteDocument]:
        """Every signed version of every note, opened."""

        def opened(work: Work) -> list[NoteDocument]:
            rows = work.session.execute(select(NoteVersion, Note.client_id).join(Note, Note.id == NoteVersion.note_id))
            return [
                clients.key_of(work, client_id).open(
                    NoteDocument, row.document, work.cell("note_version", "document", row.note_id, row.version)
                )
                for row, client_id in rows
            ]

        return offline.read(self.app.engine, self.tenant, self.clock, opened)

    def actions(self) -> list[str]:
        """The audit trail's actions in order."""
        with WorkspaceSession(self.app.engine, self.tenant.id) as session:
            return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)))


def installation() -> Installation:
    """The app as manifest.yml describes it, in a workspace with everyone."""
    people = [Person(user_id, name, name.title(), f"{name}@agency.example") for user_id, name in NAMES.items()]
    people = [replace(each, is_restricted=each.id == GUEST, deleted=each.id == GONE, team_id="") for each in people]
    people.append(Person(EVE, "eve", "Eve", "eve@other.example", team_id="T0OTHER", is_stranger=True))
    people.append(Person(STRANGER, "stranger", "Stranger", "stranger@agency.example"))
    return Installation(
        team_id=TEAM,
        team_name="Alpha Agency",
        bot_token="xoxb-made-up",
        signing_secret="not-a-real-secret",
        app_url="",
        manifest=cast("Mapping[str, object]", yaml.safe_load((ROOT / "manifest.yml").read_text())),
        bot_user_id="U0BOT",
        people=people,
    )


@contextlib.asynccontextmanager
async def play(
    url: str, kek: FileKek, clock: StandingClock, canary: Canary, *, decided: bool = True, empty: bool = False
) -> AsyncGenerator[Play]:
    """Raise the curtain: a seeded database, the app and the stand-in, with the canary watching both.

    Where it is empty, carol alone is on the staff list, as an admin who may everything else too.
    """
    sandbox = Sandbox(installation(), clock=lambda: clock.now().timestamp(), ack_seconds=PATIENT)
    async with sandbox.serving() as slack:
        settings = Settings.load(
            slack_bot_token=SecretStr(sandbox.installation.bot_token),
            slack_signing_secret=SecretStr(sandbox.installation.signing_secret),
            slack_api_url=f"{slack}/api/",
            noted_env=Stage.DEVELOPMENT,
            noted_database_url=SecretStr(url),
            noted_kek_uri=kek.uri,
        )
        app = build(settings, clock, ticking=False, patience=Patience(PATIENT, PATIENT))
        names = Names(canary.text("Last"), canary.text("First"), canary.text("id"), canary.text("Other"))
        tenant = await asyncio.to_thread(found if empty else seed, app, kek, clock, names, decided=decided)
        async with serve(app.web) as address:
            sandbox.installation.app_url = f"{address}/slack/events"
            canary.watch_journal(sandbox.journal)
            yield Play(app, sandbox, tenant, clock, names, address)
            await asyncio.to_thread(watch_database, app, canary)


def found(app: App, kek: FileKek, clock: StandingClock, names: Names, *, decided: bool) -> Tenant:
    """The agency before anything: what `noted init` and the first line of a staff file make."""
    assert decided
    assert names.last
    tenant = offline.make_workspace(app.engine, kek, clock, TEAM)
    decision = DecideSurface(Surface.MODAL, "Pia Officer, privacy officer", "BAA of 2026-01-02, safe 3")
    offline.transact(app.engine, tenant, clock, surfaces.decide_surface, decision)
    staff = f"email,slack_user_id,name,title,roles\ncarol@agency.example,{CAROL},Carol,Director,admin supervisor privacy_officer\n"
    sheet = roster.read_staff(staff.encode())
    assert not offline.transact(app.engine, tenant, clock, roster.import_staff, sheet, dry_run=False).problems
    return tenant


def seed(app: App, kek: FileKek, clock: StandingClock, names: Names, *, decided: bool) -> Tenant:
    """The agency: four staff, one client of alice's with bob as backup, one of dan's."""
    tenant = offline.make_workspace(app.engine, kek, clock, TEAM)
    if decided:
        decision = DecideSurface(Surface.MODAL, "Pia Officer, privacy officer", "BAA of 2026-01-02, safe 3")
        offline.transact(app.engine, tenant, clock, surfaces.decide_surface, decision)
    staff = "email,slack_user_id,name,title,roles,team,supervisor_email\n" + "".join(
        f"{name}@agency.example,{user_id},{name.title()},Case manager,"
        f"{'supervisor' if name == 'carol' else 'case_manager'},{'West' if name == 'dan' else 'East'},"
        f"{'' if name in {'carol', 'dan'} else 'carol@agency.example'}\n"
        for user_id, name in NAMES.items()
    )
    clients = (
        "client_id,last_name,first_name,primary_cm_email,backup_cm_email\n"
        f"{names.agency_id},{names.last},{names.first},alice@agency.example,bob@agency.example\n"
        f"{names.dans},{names.dans},{names.dans},dan@agency.example,\n"
    )
    sheet = roster.read_staff(staff.encode())
    assert not offline.transact(app.engine, tenant, clock, roster.import_staff, sheet, dry_run=False).problems
    sheet = roster.read_clients(clients.encode())
    assert not offline.transact(app.engine, tenant, clock, roster.import_clients, sheet, dry_run=False).problems
    return tenant


def watch_database(app: App, canary: Canary) -> None:
    """Let the canary search everything that is stored: the file as it lies there, or every row as PostgreSQL prints it."""
    path = sqlite_path(app.engine.url)
    if path is not None:
        canary.watch_sqlite(path)
        return
    with unwalled(app.engine) as engine, engine.connect() as connection:
        for name in metadata.tables:
            rows = connection.execute(text(f'SELECT each::text FROM "{name}" AS each')).scalars()
            canary.watch_text(f"the table {name}", "\n".join(rows))


async def start(stage: Play, user_id: str, word: str) -> str:
    """Someone opens a form, chooses the client, and looks at whom they may choose; the form's view id."""
    person = stage.person(user_id)
    await person.command("/note", word)
    await choose_client(person, "")
    await stage.settle()
    view_id = as_text(person.modal["id"])
    await person.suggest(view_id, "people", "form.search_people")
    return view_id


async def choose_client(driver: Driver, query: str) -> str:
    """Search a client in the form that is open, and choose the first one found; the option's value."""
    view_id = as_text(driver.modal["id"])
    found = options(await driver.suggest(view_id, "client", "form.search_client", query))
    value = as_text(found[0]["value"])
    await driver.click(view_id, "client", "form.search_client", value)
    return value


async def look_over(person: Driver, **answers: object) -> Submission:
    """Sign on *Before you sign*, with these answers to what it asks."""
    assert words(as_object(person.modal["title"])) == "Before you sign"
    return await person.submit(as_text(person.modal["id"]), answers)


def options(found: JsonObject) -> list[JsonObject]:
    """All options of a search's answer, out of their groups."""
    groups = as_objects(found.get("option_groups"))
    return as_objects(found.get("options")) + [each for group in groups for each in as_objects(group.get("options"))]


def blocks(view: JsonObject) -> dict[str, JsonObject]:
    """A view's blocks by id."""
    return {as_text(block.get("block_id")): block for block in as_objects(view.get("blocks"))}


def words(view: JsonObject) -> str:
    """Everything a person can read in a view."""
    found: list[str] = []

    def walk(node: object) -> None:
        content = as_object(node)
        if isinstance(content.get("text"), str):
            found.append(as_text(content["text"]))
        for value in (*content.values(), *as_list(node)):
            walk(value)

    walk(view)
    return " ".join(found)


def typed(words: str) -> dict[str, object]:
    """The state of a text box as Slack writes it, for what is sent without the client's own checks."""
    return {"form.answer": {"type": "plain_text_input", "value": words}}


def call_state(clock: StandingClock, **changed: object) -> dict[str, object]:
    """What alice fills in for a call, her client being chosen."""
    ended = int((clock.now() - dt.timedelta(minutes=5)).timestamp())
    state: dict[str, object] = {
        "people": ["client"],
        "ended_at": ended,
        "minutes": "4",
        "activities": ["coordinated"],
        "done": "Asked the manager for a later day and she agreed to it.",
        "observations": "Relieved. The rent is paid until the end of the month.",
        "goals": ["benefits_or_eligibility"],
        "follow_up": "none",
        "record": ["none"],
    }
    return {**state, **changed}
