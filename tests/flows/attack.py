"""What an attack needs: a second process over the same database, payloads sent by hand to either, and what they answered."""

from __future__ import annotations

import contextlib
import copy
import io
import json
from collections.abc import AsyncGenerator, Generator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp
from pydantic import SecretStr
from sqlalchemy import event

from bot import offline
from bot.app import App, build
from bot.settings import Settings, Stage
from models.base import Base
from models.forms import FormRow, FormStage
from models.rows import WorkspaceSession
from privacy.kek import FileKek
from sandbox import payloads
from sandbox.delivery import signature
from sandbox.serve import serve
from sandbox.shape import JsonObject, as_object, as_objects, as_text
from services.audit_trail import verify
from tests.flows.stage import ALICE, Play, call_state, start

# To everything that may be asked before a note is signed.
ANSWERS = {"late_reason": "forgot", "basis": "nothing_shared", "other_name_reason": "relative"}


@dataclass(frozen=True)
class Answer:
    """What the app answered to one request; `status` is 0 when it hung up."""

    status: int
    body: JsonObject

    @property
    def errors(self) -> JsonObject:
        """The sentences under the fields."""
        return as_object(self.body.get("errors"))

    @property
    def clears(self) -> bool:
        """Whether every modal closes, which is how a signed note looks."""
        return self.status == 200 and self.body == {"response_action": "clear"}


async def send(stage: Play, payload: Mapping[str, object], address: str = "", *, later: float = 0) -> Answer:
    """Sign a payload as Slack would `later` seconds from now, and send it to the app at this address."""
    body = urlencode({"payload": json.dumps(payload)}).encode()
    moment = str(int(stage.clock.now().timestamp() + later))
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": moment,
        "x-slack-signature": signature(stage.sandbox.installation.signing_secret, moment, body),
    }
    return await deliver(stage, body, headers, as_text(payload["type"]), address)


async def deliver(
    stage: Play, body: bytes, headers: Mapping[str, str], kind: str = "view_submission", address: str = ""
) -> Answer:
    """Send bytes that are signed already, as somebody does who has kept them; the canary reads what comes back."""
    url = f"{address or stage.address}/slack/events"
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=io.BytesIO(body), headers=headers) as response,
        ):
            text = (await response.read()).decode()
            status = response.status
    except aiohttp.ClientError:
        return Answer(0, {})
    answer: JsonObject = as_object(json.loads(text)) if text.startswith("{") else {"text": text}
    stage.sandbox.workspace.note(f"answer.{kind}", answer, {"ok": status == 200})
    return Answer(status, answer)


def submission(stage: Play, view_id: str, **typed: str) -> JsonObject:
    """What Slack would send if this modal were submitted now, with other words in some of its text boxes."""
    view = stage.sandbox.workspace.views.find(view_id)
    assert view is not None
    payload = copy.deepcopy(payloads.submission(stage.sandbox.workspace, view))
    for name, words in typed.items():
        put(payload, name, {"form.answer": {"type": "plain_text_input", "value": words}})
    return payload


def action(stage: Play, view_id: str, at: float | None = None, **typed: str) -> JsonObject:
    """What Slack would send for a tap on *Save draft* now, or with another `action_ts`."""
    view = stage.sandbox.workspace.views.find(view_id)
    assert view is not None
    found = payloads.find_element(view.content.get("blocks"), "after_observations", "form.save")
    assert found is not None
    payload = copy.deepcopy(payloads.view_actions(stage.sandbox.workspace, view, "after_observations", found[1], {}))
    actions = payload["actions"]
    assert isinstance(actions, list)
    if at is not None:
        actions[0]["action_ts"] = f"{at:.6f}"
    for name, words in typed.items():
        put(payload, name, {"form.answer": {"type": "plain_text_input", "value": words}})
    return payload


async def looked_over(stage: Play, user: str, answer: Answer, *, later: float = 1, **answers: str) -> Answer:
    """What follows the answer to a signed form once everything that is asked before has been answered; itself where nothing is asked."""
    if answer.body.get("response_action") != "push":
        return answer
    views, content = stage.sandbox.workspace.views, as_object(answer.body["view"])
    laid = (views.push if views.stack(user) else views.open)(user, content)
    payload = payloads.submission(stage.sandbox.workspace, laid)
    asked = {block["block_id"] for block in as_objects(content["blocks"]) if block["type"] == "input"}
    for block_id, word in {**ANSWERS, **answers}.items():
        if block_id in asked:
            put(payload, block_id, {"form.answer": chosen(word, "static_select")})
    return await send(stage, payload, later=later)


def put(payload: JsonObject, block_id: str, state: Mapping[str, object]) -> None:
    """Write into a payload's state what somebody forged."""
    view = payload["view"]
    assert isinstance(view, dict)
    view["state"]["values"][block_id] = dict(state)


def chosen(value: str, kind: str = "external_select") -> JsonObject:
    """A chosen option that was never offered, as Slack writes it."""
    option = {"text": {"type": "plain_text", "text": "x"}, "value": value}
    return (
        {"type": kind, "selected_options": [option]} if "multi" in kind else {"type": kind, "selected_option": option}
    )


async def filled(stage: Play, user: str = ALICE, word: str = "call", **changed: object) -> str:
    """A form with everything in it that a note needs, saved as a draft; its view id."""
    view = await start(stage, user, word)
    await stage.person(user).click(view, "after_observations", "form.save", state=call_state(stage.clock, **changed))
    await stage.settle()
    return view


@contextlib.contextmanager
def counting(stage: Play) -> Generator[list[str]]:
    """Every statement that the app sends to its database meanwhile."""
    sent: list[str] = []

    def listen(_: object, __: object, statement: str, *___: object) -> None:
        sent.append(statement)

    event.listen(stage.app.engine, "before_cursor_execute", listen)
    try:
        yield sent
    finally:
        event.remove(stage.app.engine, "before_cursor_execute", listen)


def forms(stage: Play) -> list[FormRow]:
    """Every form, the oldest first."""
    with WorkspaceSession(stage.app.engine, stage.tenant.id) as session:
        return list(session.query(FormRow).order_by(FormRow.id))


def stages(stage: Play) -> list[FormStage]:
    """How far every form has come, the oldest first."""
    return [row.stage for row in forms(stage)]


def counts(stage: Play, *tables: type[Base]) -> list[int]:
    """How many rows each of these tables has."""
    return [stage.count(table) for table in tables]


def trail_is_whole(stage: Play) -> bool:
    """Whether the audit trail verifies, with everything that it recorded."""
    return not offline.read(stage.app.engine, stage.tenant, stage.clock, verify).findings


def second_app(stage: Play, kek: FileKek) -> App:
    """A second app over the same database and the same Slack, as another replica is."""
    settings = Settings.load(
        slack_bot_token=SecretStr(stage.sandbox.installation.bot_token),
        slack_signing_secret=SecretStr(stage.sandbox.installation.signing_secret),
        slack_api_url=f"{stage.sandbox.base_url}/api/",
        noted_env=Stage.DEVELOPMENT,
        noted_database_url=SecretStr(stage.app.engine.url.render_as_string(hide_password=False)),
        noted_kek_uri=kek.uri,
    )
    return build(settings, stage.clock, ticking=False)


@contextlib.asynccontextmanager
async def another_process(stage: Play, kek: FileKek) -> AsyncGenerator[tuple[App, str]]:
    """A second app, served; and its address."""
    app = second_app(stage, kek)
    async with serve(app.web) as address:
        yield app, address
        await app.office.later.drain()
