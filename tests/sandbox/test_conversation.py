"""Commands, shortcuts, clicks and events, as the real Bolt takes them."""

from __future__ import annotations

import asyncio

import pytest
from slack_bolt.async_app import AsyncAck, AsyncRespond

from sandbox.shape import JsonObject
from sandbox.state import RefusedError
from sandbox.world import Person
from tests.sandbox.stage import Stage, actions, button, home, modal, section, stage, words

pytestmark = pytest.mark.anyio
Body = dict[str, object]


async def test_a_command_opens_a_modal(slack: Stage) -> None:
    @slack.app.command("/note")
    async def note(ack: AsyncAck, body: Body) -> None:
        slack.seen.append(body)
        await ack()
        await slack.client.views_open(trigger_id=str(body["trigger_id"]), view=modal(words()))

    alice = slack.sandbox.person("U1")
    delivery = await alice.command("/note", "call <Ana> & co", channel="C1")
    assert delivery.ok
    assert alice.modal["callback_id"] == "form"
    seen = slack.seen[0]
    assert seen["text"] == "call &lt;Ana&gt; &amp; co"
    assert (seen["channel_id"], seen["channel_name"], seen["user_id"], seen["team_id"]) == (
        "C1",
        "team-one",
        "U1",
        "T1",
    )


async def test_a_command_that_is_not_in_the_manifest_does_not_exist(slack: Stage) -> None:
    with pytest.raises(RefusedError, match="not a valid command"):
        await slack.sandbox.person("U1").command("/other")
    assert not slack.sandbox.journal.deliveries


async def test_nobody_gone_or_foreign_has_commands(slack: Stage) -> None:
    for nobody in ("U3", "U4"):
        with pytest.raises(RefusedError, match="no active member"):
            await slack.sandbox.person(nobody).command("/note")


async def test_a_forged_command_of_a_stranger_is_sent_when_a_test_asks(slack: Stage) -> None:
    @slack.app.command("/note")
    async def note(ack: AsyncAck, body: Body) -> None:
        slack.seen.append(body)
        await ack()

    assert (await slack.sandbox.person("U4").command("/note", check=False)).ok
    assert slack.seen[0]["team_id"] == "T2"


async def test_the_text_of_an_ack_is_an_ephemeral_message(slack: Stage) -> None:
    @slack.app.command("/note")
    async def note(ack: AsyncAck) -> None:
        await ack("Only for <@U1>")

    alice, bob = slack.sandbox.person("U1"), slack.sandbox.person("U2")
    await alice.command("/note")
    assert [message.text for message in alice.ephemerals] == ["Only for <@U1>"]
    assert [notice.kind for notice in alice.notices] == ["ephemeral"]
    assert not bob.ephemerals
    answer = slack.sandbox.journal.of("answer.command")[0]
    assert [(token.kind, token.target) for token in answer.tokens] == [("user", "U1")]


async def test_a_failing_command_shows_slacks_sentence(slack: Stage) -> None:
    alice = slack.sandbox.person("U1")
    delivery = await alice.command("/note")
    assert (delivery.status, delivery.problem) == (404, "status")
    assert [notice.kind for notice in alice.notices] == ["error"]
    assert slack.sandbox.journal.of("answer.command")[0].response["error"] == "http_service_error"


async def test_an_ack_after_the_deadline_is_operation_timeout(slack: Stage) -> None:
    never = asyncio.Event()

    @slack.app.command("/note")
    async def note(ack: AsyncAck) -> None:
        await never.wait()
        await ack()

    slack.sandbox.courier.ack_seconds = 0.05
    alice = slack.sandbox.person("U1")
    delivery = await alice.command("/note")
    never.set()
    assert delivery.problem == "timeout"
    assert "operation_timeout" in alice.notices[0].text


async def test_an_app_that_is_away_is_dispatch_failed(slack: Stage) -> None:
    slack.sandbox.installation.app_url = "http://127.0.0.1:9/slack/events"
    alice = slack.sandbox.person("U1")
    assert (await alice.command("/note")).problem == "unreachable"
    assert "dispatch_failed" in alice.notices[0].text


async def test_a_wrong_signing_secret_is_refused_by_bolt(slack: Stage) -> None:
    slack.sandbox.installation.signing_secret = "another"
    assert (await slack.sandbox.person("U1").command("/note")).status == 401


async def test_a_shortcut_reaches_its_listener(slack: Stage) -> None:
    @slack.app.shortcut("note.call")
    async def call(ack: AsyncAck, body: Body) -> None:
        slack.seen.append(body)
        await ack()
        await slack.client.views_open(trigger_id=str(body["trigger_id"]), view=modal())

    alice = slack.sandbox.person("U1")
    assert (await alice.shortcut("note.call")).ok
    assert len(alice.modals) == 1
    assert slack.seen[0]["user"] == {"id": "U1", "username": "alice", "name": "alice", "team_id": "T1"}
    assert "api_app_id" not in slack.seen[0]
    with pytest.raises(RefusedError):
        await alice.shortcut("other")


async def test_opening_the_home_is_an_event_with_the_published_view(slack: Stage) -> None:
    @slack.app.event("app_home_opened")
    async def opened(event: Body, body: Body) -> None:
        slack.seen.append(body)
        await slack.client.views_publish(user_id=str(event["user"]), view=home(section("Hello")))

    alice = slack.sandbox.person("U1")
    assert alice.home is None
    await alice.open_home()
    await alice.open_home()
    first, second = (seen["event"] for seen in slack.seen)
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert "view" not in first
    assert second["view"]["blocks"][0]["text"]["text"] == "Hello"
    assert slack.seen[0]["event_id"] != slack.seen[1]["event_id"]


async def test_events_that_the_manifest_does_not_name_are_not_sent() -> None:
    async with stage({"settings": {}}) as slack:
        assert await slack.sandbox.person("U1").open_home() is None
        assert await slack.sandbox.change("U1", deleted=True) is None
        assert not slack.sandbox.journal.deliveries


async def test_a_change_and_a_new_person_are_told(slack: Stage) -> None:
    @slack.app.event("user_change")
    async def changed(event: Body) -> None:
        slack.seen.append(event)

    @slack.app.event("team_join")
    async def joined(event: Body) -> None:
        slack.seen.append(event)

    await slack.sandbox.change("U2", deleted=True)
    await slack.sandbox.join(Person("U9", "new", "New Made Up", "new@agency.example"))
    users = [seen["user"] for seen in slack.seen]
    assert isinstance(users[0], dict)
    assert isinstance(users[1], dict)
    assert users[0]["deleted"] is True
    assert users[1]["id"] == "U9"
    assert slack.sandbox.person("U9").person.team_id == "T1"


async def test_a_button_in_a_message_can_answer_to_its_response_url(slack: Stage) -> None:
    @slack.app.action("press")
    async def press(ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        slack.seen.append(body)
        await ack()
        await respond(text="Done", replace_original=True)

    await slack.client.chat_postMessage(channel="U1", text="Press", blocks=[actions(button(value="7"))])
    alice = slack.sandbox.person("U1")
    assert (await alice.click(alice.dms[0], "buttons", "press")).ok
    assert (alice.dms[0].text, alice.dms[0].blocks, alice.dms[0].edited) == ("Done", [], True)
    body = slack.seen[0]
    assert body["container"] == {
        "type": "message",
        "message_ts": alice.dms[0].ts,
        "channel_id": alice.dms[0].channel,
        "is_ephemeral": False,
    }
    pressed = body["actions"]
    assert isinstance(pressed, list)
    assert (pressed[0]["value"], pressed[0]["type"]) == ("7", "button")


async def test_a_message_of_another_person_cannot_be_pressed(slack: Stage) -> None:
    await slack.client.chat_postMessage(channel="U1", text="Press", blocks=[actions(button())])
    alice, bob = slack.sandbox.person("U1"), slack.sandbox.person("U2")
    with pytest.raises(RefusedError, match="does not see"):
        await bob.click(alice.dms[0], "buttons", "press")


async def test_a_menu_line_in_a_message_is_chosen_by_its_value(slack: Stage) -> None:
    @slack.app.action("later")
    async def later(ack: AsyncAck, body: Body) -> None:
        slack.seen.append(body)
        await ack()

    hour = {"text": {"type": "plain_text", "text": "1 hour"}, "value": "hour"}
    menu: JsonObject = {"type": "overflow", "action_id": "later", "options": [hour]}
    await slack.client.chat_postMessage(channel="U1", text="Later?", blocks=[actions(menu)])
    alice = slack.sandbox.person("U1")
    await alice.click(alice.dms[0], "buttons", "later", "hour")
    chosen = slack.seen[0]["actions"]
    assert isinstance(chosen, list)
    assert chosen[0]["selected_option"] == hour
    with pytest.raises(RefusedError, match="not in the menu"):
        await alice.click(alice.dms[0], "buttons", "later", "day")


async def test_a_click_that_nobody_takes_is_trouble(slack: Stage) -> None:
    await slack.client.chat_postMessage(channel="C1", text="Press", blocks=[actions(button())])
    message = slack.sandbox.workspace.conversations.in_channel("C1")[0]
    assert not (await slack.sandbox.person("U1").click(message, "buttons", "press")).ok
    assert slack.sandbox.journal.of("answer.block_actions")[0].response["error"] == "http_service_error"


async def test_a_response_url_lives_five_uses_and_thirty_minutes(slack: Stage) -> None:
    @slack.app.command("/note")
    async def note(ack: AsyncAck, body: Body) -> None:
        slack.seen.append(body)
        await ack()

    alice = slack.sandbox.person("U1")
    await alice.command("/note")
    url = str(slack.seen[0]["response_url"])
    answers: list[int] = []
    for _ in range(6):
        async with slack.http.post(url, json={"text": "Again"}) as response:
            answers.append(response.status)
    assert answers == [200] * 5 + [404]
    assert len(alice.ephemerals) == 5
    await alice.command("/note")
    slack.clock.now += 30 * 60 + 1
    async with slack.http.post(str(slack.seen[1]["response_url"]), json={"text": "Late"}) as response:
        assert (await response.json())["error"] == "expired_url"
    async with slack.http.post(f"{slack.sandbox.base_url}/response/made-up", json={"text": "x"}) as response:
        assert response.status == 404
    assert [call.response.get("error") for call in slack.sandbox.journal.of("response_url")][5:] == [
        "used_url",
        "expired_url",
        "no_such_url",
    ]
