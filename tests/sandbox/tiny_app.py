"""An app of a few lines without any framework, with a form of every element, for the tests of the page."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import aiohttp
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.shape import JsonObject, as_object, as_objects, as_text
from sandbox.slack import Sandbox
from tests.sandbox.stage import actions, asks, button, home, modal, option, options, section, words

PEOPLE = ("Adams, Ada", "Baker, Bea", "Banks, Ben", "Clark, Cy")


def plain(text: str) -> JsonObject:
    return {"type": "plain_text", "text": text}


def labelled(block_id: str, label: str, element: JsonObject, **more: object) -> JsonObject:
    return asks(block_id, element, **{**more, "label": plain(label)})


GROUPS: list[JsonObject] = [
    {"label": plain("Fruit"), "options": [option("apple", "Apple"), option("pear", "Pear")]},
    {"label": plain("Roots"), "options": [option("beet", "Beet")]},
]
CLIENT = labelled("client", "Client", {"type": "external_select", "min_query_length": 2}, dispatch_action=True)
FOOD = labelled("food", "Food", {"type": "multi_static_select", "option_groups": GROUPS})
EVERYTHING: list[JsonObject] = [
    section("*Bold* and <b>not bold</b> for <@U2>\n> quoted", accessory=button("side", text=plain("Change"))),
    CLIENT,
    labelled("words", "Words", {"type": "plain_text_input", "max_length": 20}, hint=plain("A few.")),
    labelled("story", "Story", {"type": "plain_text_input", "multiline": True, "max_length": 3000}),
    labelled("minutes", "Minutes", {"type": "number_input", "is_decimal_allowed": False, "min_value": "1"}),
    labelled("how", "How", {"type": "static_select", "options": options("Phone", "Video", "Letter")}),
    FOOD,
    labelled("with", "With whom", {"type": "multi_external_select", "min_query_length": 0}),
    labelled("day", "Day", {"type": "datepicker"}),
    labelled("hour", "Hour", {"type": "timepicker"}),
    labelled("ended", "Ended", {"type": "datetimepicker", "initial_date_time": 1_795_460_640}),
    labelled("also", "Also to record", {"type": "checkboxes", "options": options("Event", "Plan")}),
    labelled("decision", "Decision", {"type": "radio_buttons", "options": options("Approve", "Return")}),
    labelled("extra", "Extra", {"type": "plain_text_input"}, optional=True),
    actions(
        button("press", text=plain("Save draft")),
        {"type": "overflow", "action_id": "more", "options": options("Hide", "Show")},
    ),
    actions(
        {"type": "static_select", "action_id": "later", "placeholder": plain("Later"), "options": options("1 hour")},
        block_id="chosen",
    ),
]
GOALS = labelled("goals", "Goals", {"type": "static_select", "options": options("G1", "G2")})


@dataclass
class TinyApp:
    """An app without any framework: it keeps what it is sent and answers by a small table."""

    sandbox: Sandbox
    http: aiohttp.ClientSession
    form: list[JsonObject] = field(default_factory=lambda: EVERYTHING)
    answers: list[JsonObject] = field(default_factory=list[JsonObject])
    submitted: list[JsonObject] = field(default_factory=list[JsonObject])
    pressed: list[JsonObject] = field(default_factory=list[JsonObject])

    async def call(self, method: str, **body: object) -> None:
        headers = {"authorization": f"Bearer {self.sandbox.installation.bot_token}"}
        async with self.http.post(f"{self.sandbox.base_url}/api/{method}", json=body, headers=headers) as response:
            answer = as_object(await response.json())
        assert answer["ok"], answer

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        if request.headers["content-type"].startswith("application/json"):
            return await self.event(as_object(as_object(json.loads(body))["event"]))
        fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if "payload" in fields:
            return await self.interaction(as_object(json.loads(fields["payload"])))
        if fields.get("text") == "fail":
            return Response(status_code=500)
        if fields.get("text") == "say":
            return JSONResponse({"text": "Only for *you*."})
        await self.call("views.open", trigger_id=fields["trigger_id"], view=modal(*self.form))
        return Response()

    async def event(self, event: JsonObject) -> Response:
        view = home(section("Everything is noted.", accessory=button("open", text=plain("Write"))))
        await self.call("views.publish", user_id=event["user"], view=view)
        return Response()

    async def interaction(self, payload: JsonObject) -> Response:
        if payload["type"] == "block_suggestion":
            found = [name for name in PEOPLE if as_text(payload["value"]).lower() in name.lower()]
            return JSONResponse({"options": options(*found)})
        if payload["type"] == "view_submission":
            self.submitted.append(as_object(as_object(as_object(payload["view"])["state"])["values"]))
            return JSONResponse(self.answers.pop(0)) if self.answers else Response()
        if payload["type"] != "block_actions":
            await self.call("views.open", trigger_id=payload["trigger_id"], view=modal(words()))
            return Response()
        [action] = as_objects(payload["actions"])
        self.pressed.append(action)
        view = as_object(payload.get("view"))
        if action["block_id"] == "client":
            known = modal(section("Known: *Banks, Ben*"), *self.form[1:4], GOALS, *self.form[4:])
            await self.call("views.update", view_id=view["id"], hash=view["hash"], view=known)
        if action["action_id"] in ("side", "open"):
            method = "views.push" if action["action_id"] == "side" else "views.open"
            await self.call(method, trigger_id=payload["trigger_id"], view=modal(words()))
        return Response()
