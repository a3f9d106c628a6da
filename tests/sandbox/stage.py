"""A small world with a real Bolt app in it, served on loopback."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

import aiohttp
import pytest
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.serve import serve
from sandbox.shape import JsonObject
from sandbox.slack import Sandbox
from sandbox.world import Channel, Installation, Person

MANIFEST: JsonObject = {
    "display_information": {"name": "Noted"},
    "features": {
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": True,
        },
        "bot_user": {"display_name": "noted"},
        "slash_commands": [{"command": "/note", "description": "Write", "usage_hint": "[call]"}],
        "shortcuts": [{"name": "Log a call", "type": "global", "callback_id": "note.call", "description": "Log it"}],
    },
    "oauth_config": {
        "scopes": {"bot": ["commands", "chat:write", "im:write", "users:read", "users:read.email"]},
    },
    "settings": {
        "event_subscriptions": {"bot_events": ["app_home_opened", "user_change", "team_join"]},
        "interactivity": {"is_enabled": True, "message_menu_options_url": "https://noted.example/slack/events"},
    },
}


class Clock:
    """A clock that moves when it is told to. It starts near now, because Bolt compares signatures with real time."""

    def __init__(self) -> None:
        self.now = float(int(time.time()))

    def __call__(self) -> float:
        return self.now


def manifest(**changes: JsonObject) -> JsonObject:
    """The manifest with other features, settings or oauth_config laid over it, one level deep."""
    changed = dict(MANIFEST)
    for name, parts in changes.items():
        known = changed[name]
        assert isinstance(known, dict)
        changed[name] = {**known, **parts}
    return changed


def installation(of: JsonObject | None = None) -> Installation:
    return Installation(
        team_id="T1",
        team_name="Example Agency",
        bot_token="xoxb-made-up",
        signing_secret="not-a-real-secret",
        app_url="http://127.0.0.1:9/slack/events",
        manifest=MANIFEST if of is None else of,
        bot_user_id="UBOT",
        people=[
            Person("U1", "alice", "Alice Made Up", "alice@agency.example"),
            Person("U2", "bob", "Bob Made Up", "bob@agency.example"),
            Person("U3", "gone", "Gone Made Up", "gone@agency.example", deleted=True),
            Person("U4", "eve", "Eve Made Up", "eve@other.example", is_stranger=True, team_id="T2"),
            Person("UBOT", "noted", "Noted", "", is_bot=True),
        ],
        channels=[Channel("C1", "team-one"), Channel("C2", "elsewhere", bot_is_member=False)],
    )


class Register(Protocol):
    """One of Bolt's decorators, with the types that it does not say itself."""

    def __call__(self, name: str) -> Callable[[Callable[..., Coroutine[None, None, None]]], object]: ...


class App(Protocol):
    """The decorators of Bolt's AsyncApp that the tests use."""

    command: Register
    shortcut: Register
    action: Register
    options: Register
    view: Register
    view_closed: Register
    event: Register


class Reply(Protocol):
    """An answer of the Web API. Its values are Any because tests compare them, whatever they are."""

    def __getitem__(self, key: str) -> Any: ...


class Method(Protocol):
    """One method of the SDK's client, with the types that it does not say itself."""

    async def __call__(self, **arguments: object) -> Reply: ...


class Client(Protocol):
    """The methods of the SDK's AsyncWebClient that the tests use."""

    api_test: Method
    auth_test: Method
    chat_postEphemeral: Method  # noqa: N815 - the SDK's name
    chat_postMessage: Method  # noqa: N815 - the SDK's name
    chat_update: Method
    conversations_open: Method
    users_info: Method
    users_list: Method
    users_lookupByEmail: Method  # noqa: N815 - the SDK's name
    views_open: Method
    views_publish: Method
    views_push: Method
    views_update: Method


@dataclass
class Stage:
    """A stand-in and a Bolt app that know each other."""

    sandbox: Sandbox
    app: App
    client: Client
    http: aiohttp.ClientSession
    clock: Clock
    seen: list[dict[str, object]] = field(default_factory=list[dict[str, object]])


@contextlib.asynccontextmanager
async def stage(of: JsonObject | None = None) -> AsyncGenerator[Stage]:
    clock = Clock()
    sandbox = Sandbox(installation(of), clock)
    async with sandbox.serving() as url, aiohttp.ClientSession() as http:
        client = sdk(url, http)
        app = AsyncApp(
            client=cast("AsyncWebClient", client), signing_secret="not-a-real-secret", process_before_response=True
        )
        handler = AsyncSlackRequestHandler(app)

        async def events(request: Request) -> Response:
            return await handler.handle(request)

        served = Starlette(routes=[Route("/slack/events", events, methods=["POST"])])
        async with serve(served) as app_url:
            sandbox.installation.app_url = f"{app_url}/slack/events"
            yield Stage(sandbox, cast("App", app), client, http, clock)


async def refused(call: Awaitable[object], error: str) -> str:
    """What the SDK says of a call that must end with this error name."""
    with pytest.raises(SlackApiError) as caught:
        await call
    assert f"'error': '{error}'" in str(caught.value)
    return str(caught.value)


def sdk(url: str, http: aiohttp.ClientSession, token: str = "xoxb-made-up") -> Client:
    """The real client of the stand-in's Web API, without retries."""
    return cast("Client", AsyncWebClient(token, base_url=f"{url}/api/", session=http, retry_handlers=[]))


def modal(*blocks: JsonObject, **more: object) -> JsonObject:
    """A modal with these blocks."""
    return {
        "type": "modal",
        "callback_id": "form",
        "title": {"type": "plain_text", "text": "A form"},
        "submit": {"type": "plain_text", "text": "Sign"},
        "blocks": list(blocks) or [section()],
        **more,
    }


def home(*blocks: JsonObject) -> JsonObject:
    """A home with these blocks."""
    return {"type": "home", "blocks": list(blocks) or [section()]}


def section(text: str = "Words", **more: object) -> JsonObject:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def asks(block_id: str, element: JsonObject, **more: object) -> JsonObject:
    """An input block; the element's action_id is `value` unless it has one."""
    label = {"type": "plain_text", "text": block_id}
    return {
        "type": "input",
        "block_id": block_id,
        "label": label,
        "element": {"action_id": "value", **element},
        **more,
    }


def words(block_id: str = "words", **more: object) -> JsonObject:
    return asks(block_id, {"type": "plain_text_input", **more})


def option(value: str, text: str = "") -> JsonObject:
    return {"text": {"type": "plain_text", "text": text or value}, "value": value}


def options(*values: str) -> list[JsonObject]:
    return [option(value) for value in values]


def button(action_id: str = "press", **more: object) -> JsonObject:
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": "Press"}, **more}


def actions(*elements: JsonObject, block_id: str = "buttons") -> JsonObject:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}
