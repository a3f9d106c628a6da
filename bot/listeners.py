"""The typed wrapper around Bolt: one listener per kind of payload, each request checked for who sent it, then dispatched by id.

Bolt walks its listeners one by one and logs what it cannot place, so there are few, and each takes everything of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar, cast

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from desk import identity, requests
from desk.desk import Desk, Office
from desk.reply import Ack, Reply
from desk.requests import (
    Action,
    BadPayloadError,
    Closed,
    Command,
    Event,
    Payload,
    Sender,
    Shortcut,
    Submission,
    Suggestion,
)
from desk.routes import Routes, Table
from desk.surface import SlackFailedError, TriggerExpired
from desk.tenants import Tenant
from handlers.reminders import answered
from models.engine import CommitUnknown, StoreError
from privacy.safetext import Ref, SafeText
from services import staff
from services.refusals import NoAccount, NotOnTheRoster, Refused
from services.staff import Actor
from views import lists
from views.blocks import PrivateOptions, SafeBlocks, safe_section
from views.messages import DATABASE_DOWN, FAILED, MAYBE_SAVED, NOT_SAVED

P = TypeVar("P")
log = structlog.get_logger("bot.listeners")
EVERYTHING = re.compile(r".*", re.DOTALL)
# Somebody in the workspace, staff or not: Slack tells of each change to any account, and of each new one.
USER_EVENTS = frozenset({"user_change", "team_join"})
HOME_OPENED = "app_home_opened"


@dataclass(frozen=True, slots=True)
class Sent(Generic[P]):
    """One request on its way: who sent it, what it says, whom we know them to be; which reference a refusal in a modal names."""

    sender: Sender
    payload: P
    reply: Reply
    actor: Actor | None = None
    about: Ref | None = None


@dataclass(frozen=True, slots=True)
class Kind(Generic[P]):
    """One kind of payload: how it is read, which table answers it, how a sentence reaches the person."""

    name: str
    parse: Callable[[Payload], P]
    id_of: Callable[[P], str]
    table: Callable[[Routes], Table[P]]
    say: Callable[[Office, Sent[P], SafeText], Awaitable[None]]
    saving: bool = False


async def _say_in_command(_: Office, sent: Sent[Command], sentence: SafeText) -> None:
    await sent.reply.sentence(sentence)


async def _say_in_message(office: Office, sent: Sent[Any], sentence: SafeText) -> None:
    await office.surface.post(sent.sender.user_id, SafeBlocks(sentence, (safe_section("sentence", sentence),)))
    await sent.reply.done()


async def _say_in_action(office: Office, sent: Sent[Action], sentence: SafeText) -> None:
    """A small modal where the person is looking; where Slack lets none open, a direct message."""
    view = sent.payload.view
    if sent.actor is not None and sentence is not TriggerExpired.sentence:
        show = office.surface.push_modal if view is not None and view.kind == "modal" else office.surface.open_modal
        try:
            await show(sent.payload.trigger_id, lists.notice(sentence, sent.about))
            return await sent.reply.done()
        except (Refused, SlackFailedError):
            log.info("listeners.notice_not_shown")
    return await _say_in_message(office, sent, sentence)


async def _say_in_submission(_: Office, sent: Sent[Submission], sentence: SafeText) -> None:
    """On the first input, so that the modal stays open with everything typed."""
    shape = sent.payload.view.shape
    if shape:
        await sent.reply.errors({shape[0][0]: lists.naming(sentence, sent.about)})
    else:
        await sent.reply.update(lists.notice(sentence, sent.about))


async def _say_in_search(_: Office, sent: Sent[Suggestion], __: SafeText) -> None:
    await sent.reply.options(PrivateOptions())


async def _say_nothing(_: Office, sent: Sent[Any], __: SafeText) -> None:
    await sent.reply.done()


async def _say_in_event(office: Office, sent: Sent[Event], sentence: SafeText) -> None:
    """On App Home, which would otherwise stay empty; other events have nowhere to say anything."""
    await sent.reply.done()
    if sent.payload.type == HOME_OPENED:
        await office.surface.publish_home(
            sent.sender.user_id, SafeBlocks(sentence, (safe_section("sentence", sentence),))
        )


COMMAND = Kind("command", requests.command, lambda each: each.name, lambda routes: routes.command, _say_in_command)
SHORTCUT: Kind[Shortcut] = Kind(
    "shortcut", requests.shortcut, lambda each: each.callback_id, lambda routes: routes.shortcut, _say_in_message
)
ACTION = Kind("action", requests.action, lambda each: each.action_id, lambda routes: routes.action, _say_in_action)
SUBMISSION = Kind(
    "submission",
    requests.submission,
    lambda each: each.view.callback_id,
    lambda routes: routes.submission,
    _say_in_submission,
    saving=True,
)
SUGGESTION = Kind(
    "suggestion", requests.suggestion, lambda each: each.action_id, lambda routes: routes.suggestion, _say_in_search
)
EVENT = Kind("event", requests.event, lambda each: each.type, lambda routes: routes.event, _say_in_event)
CLOSED: Kind[Closed] = Kind(
    "closed", requests.closed, lambda each: each.callback_id, lambda routes: routes.closed, _say_nothing
)


class Listeners:
    """Takes every request of one app."""

    def __init__(self, routes: Routes, office: Office) -> None:
        self._routes = routes
        self._office = office

    async def handle(self, kind: Kind[P], body: Payload, ack: Ack) -> None:
        """Answer one request, whatever happens; nothing that a person typed reaches a log or an exception."""
        reply = Reply(ack)
        try:
            sent = Sent(requests.sender(body), kind.parse(body), reply)
        except BadPayloadError:
            log.warning("listeners.bad_payload", kind=kind.name)
            return await reply.done()
        try:
            await self._known(kind, sent)
        except Refused as refusal:
            await self._say(kind, sent, refusal.sentence)
        except CommitUnknown:
            await self._say(kind, sent, MAYBE_SAVED)
        except StoreError as error:
            log.error("listeners.store", kind=kind.name, error=type(error).__name__)
            await self._say(kind, sent, NOT_SAVED if kind.saving else DATABASE_DOWN)
        except Exception as error:  # noqa: BLE001 - whatever it is, the person gets a sentence and the log its type
            log.error("listeners.failed", kind=kind.name, error=type(error).__name__)
            await self._say(kind, sent, FAILED)
        return None

    async def _known(self, kind: Kind[P], sent: Sent[P]) -> None:
        """Find out who asks, then let the handler answer. Every refusal is an audit event."""
        if isinstance(sent.payload, Event) and sent.payload.type in USER_EVENTS:
            return await self._user_changed(sent.sender, sent.payload, sent.reply)
        tenant = await self._office.tenants.get(sent.sender.app_team_id)
        if tenant is None:
            log.warning("listeners.unknown_team")
            only = await self._office.tenants.only()
            if only is not None:
                await self._deny(only, None, NoAccount())
            raise NoAccount
        actor: Actor | None = None
        try:
            actor = await self._identify(tenant, sent.sender)
            await self._handle(kind, Sent(sent.sender, sent.payload, sent.reply, actor), tenant, actor)
        except Refused as refusal:
            await self._deny(tenant, actor, refusal)
            if actor is None:
                raise
            await self._say(kind, replace(sent, actor=actor, about=refusal.about), refusal.sentence)
        return None

    async def _user_changed(self, sender: Sender, event: Event, reply: Reply) -> None:
        """Ask Slack again about this account next time; about one that is deactivated, at once. What is lost here the sweep finds."""
        self._office.users.forget(sender.user_id)
        await reply.done()
        if event.deactivated:
            self._office.later.start(identity.follow(self._office, sender.app_team_id, sender.user_id))

    async def _identify(self, tenant: Tenant, sender: Sender) -> Actor:
        """The staff member behind a Slack user, as Slack and the roster say now."""
        user = await self._office.users.get(sender.user_id)
        doors, team = self._office.doors, tenant.slack_team_id
        try:
            return await doors.read(tenant.keys, tenant.id, staff.identify, user, team)
        except NotOnTheRoster:
            if not user.email:
                raise
            return await doors.transact(tenant.keys, tenant.id, staff.bind, user, team)

    async def _handle(self, kind: Kind[P], sent: Sent[P], tenant: Tenant, actor: Actor) -> None:
        handler = kind.table(self._routes).get(kind.id_of(sent.payload))
        if handler is None:
            log.warning("listeners.unknown_id", kind=kind.name)
            # An empty answer would close the modal with everything in it, as after an upgrade of another replica.
            return await (self._say(kind, sent, NOT_SAVED) if kind.saving else sent.reply.done())
        desk = Desk(self._office, tenant, actor)
        if isinstance(sent.payload, Action) and sent.payload.message_ts:
            desk.later.start(answered(desk, sent.payload.message_ts))
        return await handler(desk, sent.payload, sent.reply)

    async def _deny(self, tenant: Tenant, actor: Actor | None, refusal: Refused) -> None:
        actor_id = actor.id if actor is not None else None
        doors, subject = self._office.doors, refusal.subject
        await doors.transact(tenant.keys, tenant.id, staff.deny, actor_id, refusal.rule, subject)

    async def _say(self, kind: Kind[P], sent: Sent[P], sentence: SafeText) -> None:
        if sent.reply.answered:
            return
        try:
            await kind.say(self._office, sent, sentence)
        except (Refused, SlackFailedError) as error:
            log.warning("listeners.not_said", kind=kind.name, error=type(error).__name__)
            await sent.reply.done()


def attach(app: AsyncApp, listeners: Listeners) -> None:
    """Give Bolt its few listeners."""

    def listener(kind: Kind[Any]) -> Callable[..., Awaitable[None]]:
        async def listen(ack: Ack, body: Mapping[str, object], request: AsyncBoltRequest) -> None:
            await listeners.handle(kind, {**body, requests.SENT_AT: _sent_at(request)}, ack)

        return listen

    bolt = cast("Any", app)
    bolt.command(EVERYTHING)(listener(COMMAND))
    bolt.shortcut(EVERYTHING)(listener(SHORTCUT))
    bolt.action(EVERYTHING)(listener(ACTION))
    bolt.view_submission(EVERYTHING)(listener(SUBMISSION))
    bolt.options(EVERYTHING)(listener(SUGGESTION))
    bolt.event(EVERYTHING)(listener(EVENT))
    bolt.view_closed(EVERYTHING)(listener(CLOSED))


def _sent_at(request: AsyncBoltRequest) -> str:
    """The second in which Slack sent it, from the header that our front verified; Socket Mode has none."""
    return next(iter(request.headers.get("x-slack-request-timestamp", ())), "")
