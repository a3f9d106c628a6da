"""Slack answering badly: nothing, garbage, 429, 5xx, too late. Nothing hangs, nothing is sent twice, no word of it is repeated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from desk.surface import Posted, SlackFailedError, Surface
from models.deliveries import Delivery, DeliveryState
from models.forms import FormStage
from models.notes import Note
from privacy.safetext import safe
from sandbox.serve import serve
from sandbox.shape import as_text
from services.refusals import Refused
from tests.canary import Canary
from tests.flows.attack import action, chosen, filled, put, send, stages, submission
from tests.flows.contact_stage import STORIES
from tests.flows.stage import ALICE, Play, blocks
from tests.flows.test_home import leave_open
from tests.flows.ticking import MIDDLE, tick
from views import lists
from views.reminders import done_message

pytestmark = pytest.mark.anyio
TROUBLE = ("rate_limit", "lose_answer", "lose_request", "server_error", "garbage")
JSON = "application/json"
ANSWERS = {
    "nothing": (200, JSON, b""),
    "list": (200, JSON, b"[]"),
    "full list": (200, JSON, b'[{"ok": true}]'),
    "null": (200, JSON, b"null"),
    "number": (200, JSON, b"7"),
    "text": (200, JSON, b'"ok"'),
    "half": (200, JSON, b'{"ok": tru'),
    "not UTF-8": (200, JSON, b'{"ok": \xff\xfe}'),
    "deep": (200, JSON, b"[" * 100_000),
    "page": (200, "text/html", b"<html>Sign in</html>"),
    "plain": (200, "text/plain", b"ok"),
    "no error": (200, JSON, b'{"ok": false}'),
    "odd error": (200, JSON, b'{"ok": false, "error": {"a": 1}}'),
    "gateway": (502, "text/html", b"<html>Bad gateway</html>"),
    "unavailable": (503, JSON, b""),
    "teapot": (418, JSON, b'{"ok": true}'),
    "no retry": (429, JSON, b""),
}
Call = Callable[[Surface], Awaitable[object]]
CALLS: dict[str, Call] = {
    "open": lambda surface: surface.open_modal("1.2.3", lists.notice(safe("Hello."))),
    "push": lambda surface: surface.push_modal("1.2.3", lists.notice(safe("Hello."))),
    "update": lambda surface: surface.update_modal("V1", "h", lists.notice(safe("Hello."))),
    "publish": lambda surface: surface.publish_home("U1", done_message(noted_only=True)),
    "post": lambda surface: surface.post("U1", done_message(noted_only=True)),
    "edit": lambda surface: surface.edit(Posted("D1", "1.0"), done_message(noted_only=True)),
    "user": lambda surface: surface.user("U1"),
}


@dataclass
class Odd:
    """A Slack that answers every call in one way."""

    answer: tuple[int, str, bytes] = (200, JSON, b"")
    calls: list[str] = field(default_factory=list[str])

    async def __call__(self, request: Request) -> Response:
        """The answer."""
        self.calls.append(request.path_params["method"])
        status, kind, body = self.answer
        return Response(body, status, media_type=kind)


@pytest.fixture
async def odd(anyio_backend: str) -> AsyncGenerator[tuple[Odd, Surface]]:
    """A Slack that is not quite itself, and our way to it."""
    slack = Odd()

    async def answer(request: Request) -> Response:
        return await slack(request)

    async with serve(Starlette(routes=[Route("/api/{method}", answer, methods=["GET", "POST"])])) as address:
        surface = Surface("xoxb-made-up", f"{address}/api/")
        await surface.start()
        yield slack, surface
        await surface.close()


@pytest.mark.parametrize("name", CALLS)
async def test_an_answer_that_is_not_slacks_is_one_error_and_one_call(odd: tuple[Odd, Surface], name: str) -> None:
    slack, surface = odd
    for kind, answer in ANSWERS.items():
        slack.answer = answer
        slack.calls.clear()
        with pytest.raises(SlackFailedError) as raised:
            await CALLS[name](surface)
        assert len(slack.calls) == 1, kind
        assert raised.value.sent, kind
        assert str(raised.value) == "no_answer", kind


async def test_an_answer_without_its_parts_makes_nobody_of_anybody(odd: tuple[Odd, Surface]) -> None:
    slack, surface = odd
    for body in (b'{"ok": true}', b'{"ok": true, "user": []}', b'{"ok": true, "user": {"profile": 7}}'):
        slack.answer = (200, JSON, body)
        user = await surface.user("U1")
        assert (user.team_id, user.email) == ("", "")
        with pytest.raises(SlackFailedError) as raised:
            await surface.post("U1", done_message(noted_only=True))
        assert raised.value.sent


async def test_the_words_of_an_answer_are_never_repeated(odd: tuple[Odd, Surface], canary: Canary) -> None:
    slack, surface = odd
    secret = canary.text("an echo")
    for body in (f'{{"ok": tru{secret}', f'{{"ok": false, "x": "{secret}"}}', f'["{secret}"]', f'"{secret}"'):
        slack.answer = (200, JSON, body.encode())
        for call in CALLS.values():
            with pytest.raises((SlackFailedError, Refused)) as raised:
                await call(surface)
            canary.watch_text("an error", f"{raised.value!r} {raised.value.__cause__!r}")


async def test_a_command_whose_form_does_not_open_says_so(small: Play) -> None:
    alice = small.person(ALICE)
    for n, trouble in enumerate(TROUBLE):
        for method in ("users.info", "views.open"):
            small.app.office.users.forget(ALICE)
            # A question may be asked twice, by aiohttp, when its connection breaks; a form is opened once.
            getattr(small.sandbox.faults, trouble)(method, times=2)
            delivery = await alice.command("/note", "call")
            assert delivery.status == 200, trouble
            assert "Please try again" in alice.ephemerals[-1].text, trouble
            small.sandbox.faults.clear()
        assert len(alice.ephemerals) == 2 * (n + 1)
        assert len(small.sandbox.journal.of("views.open")) == n + 1
    assert small.count(Note) == 0


async def test_a_note_is_signed_whatever_becomes_of_app_home(small: Play) -> None:
    for trouble, (done, observations) in zip(TROUBLE, STORIES, strict=False):
        ended = int(small.clock.now().timestamp()) - 3600 * small.count(Note)
        view = await filled(small, done=done, observations=observations, ended_at=ended)
        getattr(small.sandbox.faults, trouble)("views.publish")
        assert (await send(small, submission(small, view))).clears, trouble
        await small.settle()
        small.sandbox.faults.clear()
        small.sandbox.workspace.views.close_all(ALICE)
    assert small.count(Note) == len(TROUBLE)


async def test_who_cannot_be_asked_about_signs_nothing_and_loses_nothing(small: Play) -> None:
    view = await filled(small)
    payload = submission(small, view)
    for later, trouble in enumerate(TROUBLE):
        small.app.office.users.forget(ALICE)
        getattr(small.sandbox.faults, trouble)("users.info", times=2)
        assert list((await send(small, payload, later=later)).errors) == ["client"], trouble
        small.sandbox.faults.clear()
        assert stages(small) == [FormStage.OPEN]
    assert (await send(small, payload, later=9)).clears


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_a_form_that_could_not_be_laid_on_top_leaves_the_draft_alone(small: Play, trouble: str) -> None:
    alice = small.person(ALICE)
    await alice.close(await filled(small))
    await alice.command("/note", "drafts")
    row = next(name for name in blocks(alice.modal) if name.endswith(".buttons"))
    getattr(small.sandbox.faults, trouble)("views.push")
    delivery = await alice.click(as_text(alice.modal["id"]), row, "draft.continue")
    assert delivery.status == 200
    assert stages(small) == [FormStage.OPEN]


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_a_reminder_that_met_trouble_is_settled_and_not_sent_again(small: Play, trouble: str) -> None:
    leave_open(small)
    getattr(small.sandbox.faults, trouble)("chat.postMessage")
    for _ in range(3):
        await tick(small, MIDDLE)
    assert len(small.sandbox.journal.of("chat.postMessage")) == 1
    row = small.rows(Delivery)[0]
    assert isinstance(row, Delivery)
    assert row.state is (DeliveryState.DUE if trouble == "rate_limit" else DeliveryState.UNKNOWN)


async def test_fifty_taps_at_once_leave_the_form_as_the_last_one_saw_it(small: Play) -> None:
    view = await filled(small)
    now = small.clock.now().timestamp()
    taps = [action(small, view, now + n) for n in range(50)]
    for n, tap in enumerate(taps):
        put(tap, "satisfaction", {"form.answer": chosen("satisfied" if n % 2 else "mixed", "static_select")})
    small.sandbox.faults.rate_limit("views.update", times=20)
    answers = await asyncio.gather(*(send(small, tap) for tap in reversed(taps)))
    assert {answer.status for answer in answers} == {200}
    await small.settle()
    small.sandbox.faults.clear()
    await small.person(ALICE).click(view, "after_observations", "form.save")
    await small.settle()
    assert "satisfaction_words" not in blocks(small.person(ALICE).modal)
    assert (await send(small, submission(small, view), later=1)).clears
    assert small.count(Note) == 1
