"""Trouble on demand, as the real SDK meets it."""

from __future__ import annotations

import json

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from tests.sandbox.stage import Stage, refused

pytestmark = pytest.mark.anyio


async def test_a_rate_limit_says_when_to_come_back(slack: Stage) -> None:
    slack.sandbox.faults.rate_limit("chat.postMessage", retry_after=7)
    with pytest.raises(SlackApiError) as caught:
        await slack.client.chat_postMessage(channel="U1", text="x")
    assert caught.value.response.status_code == 429  # type: ignore[attr-defined]  # the SDK leaves it untyped
    assert caught.value.response.headers["Retry-After"] == "7"  # type: ignore[attr-defined]  # the SDK leaves it untyped
    assert not slack.sandbox.person("U1").dms
    await slack.client.chat_postMessage(channel="U1", text="x")
    assert [call.fault for call in slack.sandbox.journal] == ["rate_limited", ""]


async def test_a_lost_answer_leaves_the_message(slack: Stage) -> None:
    slack.sandbox.faults.lose_answer("chat.postMessage")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await slack.client.chat_postMessage(channel="U1", text="x")
    assert [message.text for message in slack.sandbox.person("U1").dms] == ["x"]
    call = slack.sandbox.journal[0]
    assert (call.ok, call.fault) == (True, "lost_answer")


async def test_a_lost_request_leaves_nothing(slack: Stage) -> None:
    slack.sandbox.faults.lose_request("chat.postMessage")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await slack.client.chat_postMessage(channel="U1", text="x")
    assert not slack.sandbox.person("U1").dms


async def test_a_broken_server_answers_no_json(slack: Stage) -> None:
    slack.sandbox.faults.server_error(status=502, times=2)
    for method in (slack.client.auth_test, slack.client.users_list):
        with pytest.raises(SlackApiError, match="502"):
            await method()
    assert (await slack.client.auth_test())["ok"]


async def test_garbage_is_no_json(slack: Stage) -> None:
    slack.sandbox.faults.garbage("auth.test")
    with pytest.raises((SlackApiError, json.JSONDecodeError)):
        await slack.client.auth_test()


async def test_any_error_of_slacks_can_be_asked_for(slack: Stage) -> None:
    slack.sandbox.faults.refuse("chat.postMessage", "fatal_error")
    slack.sandbox.faults.refuse("users.info", "never_met")
    await refused(slack.client.chat_postMessage(channel="U1", text="x"), "fatal_error")
    slack.sandbox.faults.clear()
    assert (await slack.client.users_info(user="U1"))["ok"]


async def test_a_response_url_can_fail_too(slack: Stage) -> None:
    url = slack.sandbox.workspace.new_response_url("U1", "C1")
    slack.sandbox.faults.server_error("response_url")
    async with slack.http.post(url, json={"text": "x"}) as response:
        assert response.status == 503
    slack.sandbox.faults.lose_answer("response_url")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await slack.http.post(url, json={"text": "x"})
    assert len(slack.sandbox.person("U1").ephemerals) == 1
