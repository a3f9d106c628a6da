"""The demo: the real app with a made-up agency, beside the stand-in for Slack, in one process on loopback.

Its folder holds the database, the key file, the log, and `environment`: the settings with which the other commands, in a
shell of their own, work on the running demo. They hold the demo's two secrets, so only this user can read that file.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import secrets
import shlex
import shutil
import signal
import socket
from pathlib import Path
from typing import cast

import typer
import yaml
from pydantic import SecretStr
from tzlocal import get_localzone_name

from bot import demo_agency, logs, offline
from bot.app import App, build
from bot.operate import init, tenant_of
from bot.settings import Settings, Stage
from desk.clock import SystemClock
from models.workspaces import Surface
from sandbox.serve import serve
from sandbox.slack import Sandbox
from sandbox.world import Channel, Installation, Person
from services import policies, roster, roster_people
from services.surfaces import DecideSurface

MANIFEST = Path(__file__).parent.parent / "manifest.yml"
TEAM = "T0DEMO0000"
ENVIRONMENT = "environment"
DECISION = DecideSurface(Surface.MODAL, "Decided in advance for this demo only", "None: everyone here is made up")


def run(port: int, folder: Path) -> None:
    """Run until interrupted."""
    stop_logging = logs.configure((_fresh(folder) / "demo.log").open("a"))
    try:
        asyncio.run(_run(port, folder.resolve()))
    finally:
        stop_logging()


async def _run(port: int, folder: Path) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    sandbox = Sandbox(_installation())
    async with contextlib.AsyncExitStack() as stack:
        page = await stack.enter_async_context(sandbox.serving(port=_free(port)))
        settings = _settings(sandbox.installation, page, folder)
        typer.echo("Making the agency: six staff, forty clients …")
        app = await asyncio.to_thread(_prepare, settings)
        address = await stack.enter_async_context(serve(app.web))
        sandbox.installation.app_url = f"{address}/slack/events"
        _tell_others(settings, address, folder)
        await app.reminders.tick_all(app.office.tenants, (TEAM,))
        typer.echo(f"\n  Open {page}\n")
        typer.echo(
            "Everyone there is made up, and the page is a stand-in for Slack. Type /note call. Stop with Ctrl-C."
        )
        await stopped.wait()


def _prepare(settings: Settings) -> App:
    """Keys, database and agency, then the app on top of them."""
    now = SystemClock().now()
    begun = demo_agency.PastClock(now - dt.timedelta(days=demo_agency.HISTORY_DAYS + 1))
    init(settings, TEAM, DECISION, begun, demo=True)
    app = build(settings)
    tenant = tenant_of(settings, app.engine)
    local = now.astimezone()
    offline.transact(app.engine, tenant, begun, policies.apply, demo_agency.policy_yaml(local.date()))
    staff = demo_agency.staff_csv(local, get_localzone_name() or "UTC")
    sheet = roster.read_staff(staff.encode())
    offline.transact(app.engine, tenant, begun, roster.import_staff, sheet, dry_run=False)
    sheet = roster.read_clients(demo_agency.clients_csv(local.date()).encode())
    offline.transact(app.engine, tenant, begun, roster.import_clients, sheet, dry_run=False)
    sheet = roster_people.read_people(demo_agency.people_csv().encode())
    offline.transact(app.engine, tenant, begun, roster_people.import_people, sheet, dry_run=False)
    demo_agency.make_history(app.engine, tenant, now)
    return app


def _fresh(folder: Path) -> Path:
    """An empty folder that only this user can open. It is only ever emptied where an earlier demo made it."""
    mark = folder / "made-by-noted-demo"
    if mark.exists():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        typer.echo(f"{folder} is not empty and no demo made it: name another folder with --folder.", err=True)
        raise typer.Exit(1)
    mark.touch()
    return folder


def _settings(installation: Installation, page: str, folder: Path) -> Settings:
    return Settings.load(
        slack_bot_token=SecretStr(installation.bot_token),
        slack_signing_secret=SecretStr(installation.signing_secret),
        slack_api_url=f"{page}/api/",
        noted_env=Stage.DEVELOPMENT,
        noted_database_url=SecretStr(f"sqlite:///{folder / 'noted.sqlite3'}"),
        noted_kek_uri=f"file:{folder / 'kek'}",
    )


def _tell_others(settings: Settings, address: str, folder: Path) -> None:
    """Write the settings of the running demo, as a shell reads them."""
    lines = {
        "SLACK_BOT_TOKEN": settings.slack_bot_token.get_secret_value(),
        "SLACK_SIGNING_SECRET": settings.slack_signing_secret.get_secret_value(),
        "SLACK_API_URL": settings.slack_api_url,
        "NOTED_ENV": settings.noted_env.value,
        "NOTED_DATABASE_URL": settings.noted_database_url.get_secret_value(),
        "NOTED_KEK_URI": settings.noted_kek_uri,
        "NOTED_PUBLIC_URL": address,
    }
    file = folder / ENVIRONMENT
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in lines.items()))


def _installation() -> Installation:
    manifest = cast("dict[str, object]", yaml.safe_load(MANIFEST.read_text()))
    people = [Person(each.slack_id, each.handle, each.name, each.email) for each in demo_agency.STAFF]
    people.append(Person("U0DEMOG000", "gina.guest", "Gina Guest", "gina@example.org", is_restricted=True))
    return Installation(
        team_id=TEAM,
        team_name="Juniper Street Services",
        bot_token="xoxb-" + secrets.token_hex(12),
        signing_secret=secrets.token_hex(16),
        app_url="",
        manifest=manifest,
        bot_user_id="U0DEMOBOT0",
        people=people,
        channels=[Channel("C0DEMOEAST", "team-east"), Channel("C0DEMOWEST", "team-west")],
    )


def _free(port: int) -> int:
    """The port, or any free one when it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port
