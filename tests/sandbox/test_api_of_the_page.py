"""The JSON that the page talks, over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck

from sandbox.answers import TROUBLE
from sandbox.shape import JsonObject, as_object, as_objects, as_text
from tests.sandbox.stage import Stage, actions, asks, button, home, modal, option, words

pytestmark = pytest.mark.anyio
Body = dict[str, object]


async def post(slack: Stage, path: str, **body: object) -> JsonObject:
    async with slack.http.post(f"{slack.sandbox.base_url}/ui/{path}", json=body) as response:
        return as_object(await response.json())


async def get(slack: Stage, path: str) -> JsonObject:
    async with slack.http.get(f"{slack.sandbox.base_url}{path}") as response:
        return as_object(await response.json())


async def state(slack: Stage, person: str = "U1") -> JsonObject:
    return await get(slack, f"/ui/state?as={person}")


def form(slack: Stage, view: JsonObject) -> None:
    """`/note` opens this view."""

    @slack.app.command("/note")
    async def note(ack: AsyncAck, body: Body) -> None:
        slack.seen.append(body)
        await ack()
        await slack.client.views_open(trigger_id=body["trigger_id"], view=view)


async def test_the_page_says_that_everyone_is_made_up(slack: Stage) -> None:
    world = await get(slack, "/ui/world")
    assert world["notice"] == "A stand-in for Slack. Everyone here is made up."
    assert (as_object(world["team"])["name"], as_object(world["app"])["name"]) == ("Example Agency", "Noted")
    assert [person["id"] for person in as_objects(world["people"])] == ["U1", "U2", "U3", "U4"]
    assert world["channels"] == [{"id": "C1", "name": "team-one"}, {"id": "C2", "name": "elsewhere"}]
    assert world["commands"] == [{"command": "/note", "description": "Write", "usage_hint": "[call]"}]
    assert [one["callback_id"] for one in as_objects(world["shortcuts"])] == ["note.call"]


async def test_a_form_from_command_to_submit(slack: Stage) -> None:
    search: JsonObject = {"type": "external_select", "min_query_length": 0}
    form(slack, modal(words(), asks("client", search, dispatch_action=True)))

    @slack.app.options("value")
    async def find(ack: Callable[..., Awaitable[object]]) -> None:
        await ack(options=[option("c1")])

    @slack.app.action("value")
    async def chosen(ack: AsyncAck) -> None:
        await ack()

    @slack.app.view("form")
    async def submit(ack: Callable[..., Awaitable[object]], body: Body) -> None:
        values = as_object(as_object(as_object(body["view"])["state"])["values"])
        if as_object(as_object(values["words"])["value"])["value"] == "bad":
            await ack(response_action="errors", errors={"words": "Say more."})
        else:
            await ack()

    assert await post(slack, "command", **{"as": "U1", "channel": "C1", "command": "/note", "text": ""}) == {"ok": True}
    view_id = as_text(as_objects((await state(slack))["modals"])[0]["id"])
    assert not (await state(slack, "U2"))["modals"]
    where: JsonObject = {"as": "U1", "view_id": view_id, "block_id": "client", "action_id": "value", "query": ""}
    assert await post(slack, "suggest", **where, state={}) == {"ok": True, "options": [option("c1")]}
    typed = {"words": {"value": {"type": "plain_text_input", "value": "so far"}}}
    container = {"type": "view", "view_id": view_id}
    act: JsonObject = {"as": "U1", "container": container, "block_id": "client", "action_id": "value"}
    gone: JsonObject = {"gone": {"value": {"type": "plain_text_input", "value": "of a redraw"}}}
    chosen_one: JsonObject = {"selected_option": option("c1")}
    assert (await post(slack, "action", **act, element_value=chosen_one, state={**typed, **gone}))["ok"] is True
    known = as_object(as_object((await state(slack))["typed"])[view_id])
    assert known["words"] == typed["words"]
    assert known["client"] == {"value": {"type": "external_select", "selected_option": option("c1")}}
    bad = {"words": {"value": {"type": "plain_text_input", "value": "bad"}}}
    answer = await post(slack, "submit", **{"as": "U1", "view_id": view_id, "state": bad})
    assert answer == {"ok": True, "closed": False, "errors": {"words": "Say more."}}
    answer = await post(slack, "submit", **{"as": "U1", "view_id": view_id, "state": typed})
    assert answer == {"ok": True, "closed": True}
    assert not (await state(slack))["modals"]


async def test_what_the_client_would_refuse_is_a_sentence(slack: Stage) -> None:
    form(slack, modal(words()))
    await post(slack, "command", **{"as": "U1", "channel": None, "command": "/note", "text": ""})
    view_id = as_objects((await state(slack))["modals"])[0]["id"]
    empty: JsonObject = {}
    answer = await post(slack, "submit", **{"as": "U1", "view_id": view_id, "state": empty})
    assert answer["ok"] is False
    assert answer["errors"] == {"words": "Please complete this required field."}
    assert (await post(slack, "close", **{"as": "U1", "view_id": view_id, "clear": False}))["ok"] is True
    assert (await post(slack, "close", **{"as": "U1", "view_id": view_id, "clear": False}))["ok"] is False
    assert (await post(slack, "home", **{"as": "U0"}))["error"] == "Nobody here has this id."
    assert (await get(slack, "/ui/state?as=U0"))["ok"] is False


async def test_an_app_that_is_away_is_shown_as_slack_shows_it(slack: Stage) -> None:
    form(slack, modal(words()))
    await post(slack, "command", **{"as": "U1", "channel": None, "command": "/note", "text": ""})
    view_id = as_objects((await state(slack))["modals"])[0]["id"]
    slack.sandbox.installation.app_url = "http://127.0.0.1:9/"
    typed = {"words": {"value": {"type": "plain_text_input", "value": "x"}}}
    answer = await post(slack, "submit", **{"as": "U1", "view_id": view_id, "state": typed})
    assert answer == {"ok": False, "error": TROUBLE}
    assert (await post(slack, "shortcut", **{"as": "U1", "callback_id": "note.call"}))["error"] == TROUBLE
    await post(slack, "command", **{"as": "U1", "channel": "C1", "command": "/note", "text": ""})
    notices = as_objects((await state(slack))["notices"])
    assert [(notice["kind"], notice["text"]) for notice in notices] == [
        ("error", "/note failed with the error “dispatch_failed”")
    ]


async def test_messages_and_the_home_stand_in_the_state(slack: Stage) -> None:
    @slack.app.event("app_home_opened")
    async def opened(event: Body) -> None:
        await slack.client.views_publish(user_id=event["user"], view=home(actions(button())))

    @slack.app.action("press")
    async def press(ack: AsyncAck, body: Body) -> None:
        slack.seen.append(body)
        await ack()

    assert (await post(slack, "home", **{"as": "U1"}))["ok"] is True
    await slack.client.chat_postMessage(channel="U1", text="Hello", blocks=[actions(button())])
    await slack.client.chat_postMessage(channel="C1", text="To all")
    await slack.client.chat_postEphemeral(channel="C1", user="U1", text="To alice")
    mine = await state(slack)
    message = as_objects(mine["dms"])[0]
    assert as_object(mine["home"])["type"] == "home"
    assert [one["text"] for one in as_objects(as_object(mine["channels"])["C1"])] == ["To all"]
    assert [one["text"] for one in as_objects(mine["notices"])] == ["To alice"]
    container = {"type": "message", "channel": message["channel"], "ts": message["ts"]}
    where: JsonObject = {"as": "U1", "container": container, "block_id": "buttons", "action_id": "press"}
    assert (await post(slack, "action", **where, element_value={"value": "1"}, state={}))["ok"] is True
    assert as_object(slack.seen[0]["message"])["text"] == "Hello"
    gone: JsonObject = {**where, "container": {"type": "message", "channel": message["channel"], "ts": "1.0"}}
    assert (await post(slack, "action", **gone, element_value={}, state={}))["error"] == "This message is gone."


async def test_events_tell_of_each_change_of_this_person(slack: Stage) -> None:
    async with slack.http.get(f"{slack.sandbox.base_url}/ui/events?as=U1") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        first = await next_rev(stream)
        await slack.client.chat_postMessage(channel="U2", text="Not for alice")
        await slack.client.chat_postMessage(channel="U1", text="For alice")
        assert await next_rev(stream) == first + 1
        assert (await state(slack))["rev"] == first + 1


async def next_rev(stream: aiohttp.ClientResponse) -> int:
    async with asyncio.timeout(5):
        line = (await stream.content.readline()).decode()
        await stream.content.readline()
    return int(json.loads(line.removeprefix("data: "))["rev"])


async def test_the_page_is_served(slack: Stage) -> None:
    async with slack.http.get(f"{slack.sandbox.base_url}/") as response:
        assert response.status == 200
        assert response.headers["cache-control"] == "no-store"
    async with slack.http.get(f"{slack.sandbox.base_url}/assets/index.html") as response:
        assert response.status == 200


async def test_only_json_is_taken(slack: Stage) -> None:
    url = f"{slack.sandbox.base_url}/ui/home"
    async with slack.http.post(url, data=json.dumps({"as": "U1"}), headers={"content-type": "text/plain"}) as response:
        assert (await response.json())["ok"] is False
    assert not slack.sandbox.journal.deliveries
