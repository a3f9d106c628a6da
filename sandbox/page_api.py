"""The page and the JSON it talks: /, /assets and /ui. What a person can do stands in driver."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.answers import NO_OPTIONS, TROUBLE
from sandbox.conversations import Message
from sandbox.driver import Driver
from sandbox.journal import Delivery
from sandbox.shape import JsonObject, as_object, as_text, is_object
from sandbox.state import RefusedError, fields
from sandbox.workspace import Workspace
from sandbox.world import NOTICE

PAGE = Path(__file__).parent / "page"
Deed = Callable[[Driver, JsonObject], Awaitable[JsonObject]]


class PageApi:
    """Answers the page. Every answer is JSON with `ok`; a refusal is a sentence, never a status."""

    def __init__(self, workspace: Workspace, person: Callable[[str], Driver]) -> None:
        self._workspace = workspace
        self._person = person

    def routes(self) -> list[BaseRoute]:
        """The routes of the page."""
        deeds: dict[str, Deed] = {
            "command": self._command,
            "shortcut": self._shortcut,
            "home": self._home,
            "action": self._action,
            "suggest": self._suggest,
            "submit": self._submit,
            "close": self._close,
        }
        posts = [Route(f"/ui/{name}", self._endpoint(deed), methods=["POST"]) for name, deed in deeds.items()]
        return [
            Route("/", self._index),
            Route("/ui/world", self._world),
            Route("/ui/state", self._state),
            Route("/ui/events", self._events),
            *posts,
            Mount("/assets", StaticFiles(directory=PAGE, check_dir=False)),
        ]

    def _endpoint(self, deed: Deed) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            answer: JsonObject
            try:
                body = await _body(request)
                answer = await deed(self._person(as_text(body.get("as"))), body)
            except KeyError:
                answer = {"ok": False, "error": "Nobody here has this id."}
            except RefusedError as refused:
                answer = {"ok": False, "error": refused.sentence}
                if refused.errors:
                    answer["errors"] = refused.errors
            return JSONResponse(answer)

        return endpoint

    async def _index(self, _request: Request) -> Response:
        return FileResponse(PAGE / "index.html", headers={"cache-control": "no-store"})

    async def _world(self, _request: Request) -> Response:
        installation = self._workspace.installation
        commands = [_only(one, "command", "description", "usage_hint") for one in installation.commands]
        shortcuts = [_only(one, "callback_id", "name", "description") for one in installation.shortcuts]
        people = [{"id": p.id, "name": p.name, "real_name": p.real_name} for p in installation.people if not p.is_bot]
        return JSONResponse(
            {
                "ok": True,
                "notice": NOTICE,
                "team": {"id": installation.team_id, "name": installation.team_name},
                "app": {"name": installation.app_name},
                "people": people,
                "channels": [{"id": one.id, "name": one.name} for one in installation.channels],
                "commands": commands,
                "shortcuts": shortcuts,
            }
        )

    async def _state(self, request: Request) -> Response:
        workspace = self._workspace
        try:
            driver = self._person(request.query_params.get("as", ""))
        except KeyError:
            return JSONResponse({"ok": False, "error": "Nobody here has this id."})
        shown = driver.modals + ([driver.home] if driver.home else [])
        channels = {
            one.id: _shown(workspace.conversations.in_channel(one.id)) for one in workspace.installation.channels
        }
        return JSONResponse(
            {
                "ok": True,
                "rev": workspace.watch.revisions.get(driver.user_id, 0),
                "home": driver.home,
                "modals": driver.modals,
                "dms": _shown(driver.dms),
                "channels": channels,
                "notices": [notice.shown() for notice in driver.notices],
                "typed": {as_text(view["id"]): driver.typed(as_text(view["id"])) for view in shown},
            }
        )

    async def _events(self, request: Request) -> Response:
        async def lines() -> AsyncIterator[str]:
            async for rev in self._workspace.watch.follow(request.query_params.get("as", "")):
                yield f"data: {json.dumps({'rev': rev})}\n\n"

        return StreamingResponse(lines(), media_type="text/event-stream", headers={"cache-control": "no-store"})

    async def _command(self, driver: Driver, body: JsonObject) -> JsonObject:
        # A failed command stands among the notices, as in Slack; so it is no failure of the page's request.
        channel = as_text(body.get("channel")) or None
        await driver.command(as_text(body.get("command")), as_text(body.get("text")), channel=channel)
        return {"ok": True}

    async def _shortcut(self, driver: Driver, body: JsonObject) -> JsonObject:
        return _delivered(await driver.shortcut(as_text(body.get("callback_id"))))

    async def _home(self, driver: Driver, _body: JsonObject) -> JsonObject:
        return _delivered(await driver.open_home())

    async def _action(self, driver: Driver, body: JsonObject) -> JsonObject:
        container = as_object(body.get("container"))
        block_id, action_id = as_text(body.get("block_id")), as_text(body.get("action_id"))
        value = body.get("element_value")
        if container.get("type") == "message":
            message = self._message(driver, container)
            return _delivered(await driver.click(message, block_id, action_id, value))
        view_id = as_text(container.get("view_id"))
        return _delivered(await driver.click(view_id, block_id, action_id, value, self._known(view_id, body)))

    async def _suggest(self, driver: Driver, body: JsonObject) -> JsonObject:
        view_id = as_text(body.get("view_id"))
        where = view_id, as_text(body.get("block_id")), as_text(body.get("action_id"))
        found = await driver.suggest(*where, as_text(body.get("query")), self._known(view_id, body))
        return {"ok": True, **found} if found else {"ok": False, "error": NO_OPTIONS}

    async def _submit(self, driver: Driver, body: JsonObject) -> JsonObject:
        view_id = as_text(body.get("view_id"))
        done = await driver.submit(view_id, self._known(view_id, body))
        if done.sentence:
            return {"ok": False, "error": done.sentence}
        return {"ok": True, "closed": done.closed, **({"errors": done.errors} if done.errors else {})}

    async def _close(self, driver: Driver, body: JsonObject) -> JsonObject:
        await driver.close(as_text(body.get("view_id")), clear=body.get("clear") is True)
        return {"ok": True}

    def _message(self, driver: Driver, container: JsonObject) -> Message:
        channel = as_text(container.get("channel")) or self._workspace.conversations.dm_id(driver.user_id)
        message = self._workspace.conversations.find(channel, as_text(container.get("ts")))
        if message is None:
            raise RefusedError("This message is gone.")
        return message

    def _known(self, view_id: str, body: JsonObject) -> JsonObject:
        """The state that the page sent, without fields that a redraw has taken away in the meantime."""
        view = self._workspace.views.find(view_id)
        there = (
            {(field.block_id, field.action_id) for field in fields(view.content)} if view else set[tuple[str, str]]()
        )
        known: JsonObject = {}
        for block_id, entry in as_object(body.get("state")).items():
            held = {key: value for key, value in as_object(entry).items() if (block_id, key) in there}
            if held:
                known[block_id] = held
        return known


def _delivered(delivery: Delivery | None) -> JsonObject:
    if delivery is None or delivery.ok:
        return {"ok": True}
    return {"ok": False, "error": TROUBLE}


def _shown(messages: list[Message]) -> list[JsonObject]:
    return [message.shown() for message in messages]


def _only(entry: JsonObject, *names: str) -> JsonObject:
    return {name: entry.get(name, "") for name in names}


async def _body(request: Request) -> JsonObject:
    # Another site's page could post a form here, but not JSON: the browser would have to ask first.
    is_json = request.headers.get("content-type", "").startswith("application/json")
    try:
        body: object = json.loads(await request.body())
    except ValueError:
        body = None
    if not is_json or not is_object(body):
        raise RefusedError("The page sent something that is no JSON object.")
    return dict(body)
