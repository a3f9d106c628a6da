"""The composition root: every part made once and handed to the next. Nothing is decided here but what belongs to what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Route

from bot.front import Front, bolt_dispatch
from bot.hooks import PATH, Hooks
from bot.listeners import Listeners, attach
from bot.metrics import Metrics
from bot.settings import Settings
from bot.web import make_web
from desk import directories
from desk.clock import Clock, SystemClock
from desk.desk import Office
from desk.doors import BUDGET_SECONDS, Doors
from desk.later import Later
from desk.surface import OPEN_SECONDS, Surface
from desk.tenants import Tenants
from desk.users import Users
from handlers.table import routes
from models.engine import StoreError, make_engine
from privacy.kek import open_kek
from reminders import ticker
from reminders.engine import Reminders
from reminders.sweep import Sweep
from services import checkers, policies

log: structlog.typing.FilteringBoundLogger = structlog.get_logger("bot.app")


@dataclass(frozen=True, slots=True)
class App:
    """One process: what is served, and what stands behind it."""

    web: Starlette
    office: Office
    engine: Engine
    reminders: Reminders
    sweep: Sweep


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request waits. Units: seconds; Slack itself waits three for an answer."""

    transaction: float = BUDGET_SECONDS
    opening: float = OPEN_SECONDS


def build(
    settings: Settings, clock: Clock | None = None, *, ticking: bool = True, patience: Patience | None = None
) -> App:
    """Make the app. Nothing is connected before its lifespan begins.

    Errors: KekError when the key-encryption key cannot be used.
    """
    clock = clock or SystemClock()
    engine = make_engine(settings.noted_database_url.get_secret_value())
    office = _office(settings, clock, engine, patience or Patience())
    tenants = office.tenants
    reminders, sweep = Reminders(office.doors, office.surface), Sweep(office.doors, office.surface)
    metrics = Metrics()
    front = _front(settings, office)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with running(office, engine, tick if ticking else None):
            yield

    async def tick() -> None:
        """One tick of every workspace, also of those that came since the start."""
        try:
            served = await tenants.team_ids()
            metrics.beat(clock.now(), await reminders.tick_all(tenants, served))
            await sweep.tick_all(tenants, served)
            await directories.read_every(office.doors, tenants, served)
        except StoreError as error:
            log.error("app.tick", error=type(error).__name__)

    async def ready() -> bool:
        served = await tenants.team_ids()
        return bool(served) and all([await tenants.get(team_id) for team_id in served])

    hooks = Hooks(office, settings.noted_public_url)
    return App(
        make_web(
            front, ready, lifespan, more=[Route(PATH, hooks.take, methods=["POST"]), Route("/metrics", metrics.page)]
        ),
        office,
        engine,
        reminders,
        sweep,
    )


def _office(settings: Settings, clock: Clock, engine: Engine, patience: Patience) -> Office:
    """What every desk shares."""
    surface = Surface(
        settings.slack_bot_token.get_secret_value(), settings.slack_api_url, open_seconds=patience.opening
    )
    tenants = Tenants(engine, open_kek(settings.noted_kek_uri))
    doors = Doors(engine, clock, budget=patience.transaction)
    return Office(surface, doors, Later(), clock, Users(surface), tenants)


def _front(settings: Settings, office: Office) -> Front:
    """What answers Slack."""
    bolt = _bolt(settings.slack_bot_token.get_secret_value())
    attach(bolt, Listeners(routes(), office))
    secret = settings.slack_signing_secret.get_secret_value()
    return Front(bolt_dispatch(bolt), secret, clock=lambda: office.clock.now().timestamp())


@asynccontextmanager
async def running(office: Office, engine: Engine, tick: Callable[[], Awaitable[None]] | None) -> AsyncGenerator[None]:
    """Start what has to run and stop it in the opposite order: nothing under way is cut off."""
    await office.surface.start()
    office.doors.start()
    office.later.start(_read_names(office))
    office.later.start(_read_rules())
    scheduler = ticker.start(tick) if tick else None
    try:
        yield
    finally:
        if scheduler is not None:
            scheduler.shutdown(wait=False)
        await office.later.drain()
        await office.doors.close()
        await office.tenants.close()
        await office.surface.close()
        engine.dispose()


async def _read_names(office: Office) -> None:
    """Read the directories of names, while the first forms are opened; a tick goes on with what is left."""
    try:
        await directories.read_every(office.doors, office.tenants, await office.tenants.team_ids())
    except StoreError as error:
        log.error("app.names", error=type(error).__name__)


async def _read_rules() -> None:
    """Compile the rules about words, so that whoever signs first does not wait for it."""
    await asyncio.to_thread(checkers.of, policies.defaults().quality)


def _bolt(token: str) -> AsyncApp:
    """Bolt, for parsing payloads and acknowledging them. Our front verified the request; our surface calls Slack."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=token)

    return AsyncApp(
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
