"""The Web API with the real SDK: error names, scopes, people, messages, and the ways in which arguments may come."""

from __future__ import annotations

import json

import pytest

from sandbox.shape import JsonObject, as_object, as_objects, as_text
from tests.sandbox.stage import MANIFEST, Stage, actions, button, manifest, modal, refused, sdk, section, stage

pytestmark = pytest.mark.anyio
AUTHORIZATION = {"authorization": "Bearer xoxb-made-up"}


async def answered(slack: Stage, method: str, **how: object) -> JsonObject:
    """The raw answer to a raw POST."""
    url = f"{slack.sandbox.base_url}/api/{method}"
    async with slack.http.post(url, **how) as response:  # type: ignore[arg-type]  # aiohttp's own keyword arguments
        return as_object(await response.json())


async def test_the_token_is_asked_for(slack: Stage) -> None:
    stranger = sdk(slack.sandbox.base_url, slack.http, "xoxb-other")
    await refused(stranger.auth_test(), "invalid_auth")
    assert await answered(slack, "auth.test") == {"ok": False, "error": "not_authed"}
    assert (await answered(slack, "auth.test", data={"token": "xoxb-made-up"}))["ok"] is True
    assert (await answered(slack, "auth.test", headers=AUTHORIZATION))["user_id"] == "UBOT"


async def test_arguments_come_as_json_or_as_a_form(slack: Stage) -> None:
    blocks = [section("In blocks")]
    sent = {"channel": "C1", "text": "Words", "blocks": blocks}
    assert (await answered(slack, "chat.postMessage", headers=AUTHORIZATION, json=sent))["ok"] is True
    form = {"channel": "C1", "text": "Words", "blocks": json.dumps(blocks), "token": "xoxb-made-up"}
    assert (await answered(slack, "chat.postMessage", data=form))["ok"] is True
    first, second = slack.sandbox.journal.of("chat.postMessage")
    assert first.arguments == second.arguments == sent
    assert slack.sandbox.journal == [first, second]


async def test_what_is_no_json_is_refused(slack: Stage) -> None:
    headers = {**AUTHORIZATION, "content-type": "application/json"}
    assert (await answered(slack, "chat.postMessage", headers=headers, data="{"))["error"] == "invalid_json"
    assert (await answered(slack, "chat.postMessage", headers=headers, data="[]"))["error"] == "json_not_object"
    form = {"token": "xoxb-made-up", "trigger_id": "x", "view": "{"}
    assert (await answered(slack, "views.open", data=form))["error"] == "invalid_json"


async def test_unknown_methods_and_arguments_are_refused(slack: Stage) -> None:
    assert (await answered(slack, "chat.shout", headers=AUTHORIZATION))["error"] == "unknown_method"
    await refused(slack.client.chat_postMessage(channel="C1", text="x", icon_emoji=":x:"), "invalid_arguments")
    answer = await answered(slack, "views.open", headers=AUTHORIZATION, json={"view": modal()})
    assert answer["response_metadata"] == {"messages": ["[ERROR] missing required field: trigger_id [json-pointer:/]"]}
    answer = await answered(slack, "views.update", headers=AUTHORIZATION, json={"view": modal()})
    assert answer["error"] == "invalid_arguments"


@pytest.mark.parametrize(
    ("scope", "method", "arguments"),
    [
        ("chat:write", "chat_postMessage", {"channel": "U1", "text": "x"}),
        ("chat:write", "chat_postEphemeral", {"channel": "C1", "user": "U1", "text": "x"}),
        ("chat:write", "chat_update", {"channel": "C1", "ts": "1.0", "text": "x"}),
        ("im:write", "conversations_open", {"users": "U1"}),
        ("users:read", "users_info", {"user": "U1"}),
        ("users:read", "users_list", {}),
        ("users:read.email", "users_lookupByEmail", {"email": "alice@agency.example"}),
    ],
)
async def test_a_scope_that_is_not_in_the_manifest_is_missing(
    scope: str, method: str, arguments: dict[str, object]
) -> None:
    scopes = ["commands", "chat:write", "im:write", "users:read", "users:read.email"]
    scopes.remove(scope)
    async with stage(manifest(oauth_config={"scopes": {"bot": scopes}})) as slack:
        caught = await refused(getattr(slack.client, method)(**arguments), "missing_scope")
        assert scope in caught
        assert slack.sandbox.journal[-1].response["provided"] == ",".join(scopes)


async def test_an_email_shows_only_with_its_scope(slack: Stage) -> None:
    answer = await slack.client.users_info(user="U1")
    assert answer["user"]["profile"]["email"] == "alice@agency.example"
    async with stage(manifest(oauth_config={"scopes": {"bot": ["users:read"]}})) as other:
        answer = await other.client.users_info(user="U1")
        assert "email" not in answer["user"]["profile"]


async def test_people_are_told_apart(slack: Stage) -> None:
    gone = await slack.client.users_info(user="U3")
    assert gone["user"]["deleted"] is True
    eve = await slack.client.users_info(user="U4")
    assert (eve["user"]["is_stranger"], eve["user"]["team_id"]) == (True, "T2")
    await refused(slack.client.users_info(user="U0"), "user_not_found")
    found = await slack.client.users_lookupByEmail(email="Bob@agency.example")
    assert found["user"]["id"] == "U2"
    for unknown in ("gone@agency.example", "eve@other.example", "nobody@agency.example"):
        await refused(slack.client.users_lookupByEmail(email=unknown), "users_not_found")


async def test_people_are_listed_page_by_page(slack: Stage) -> None:
    first = await slack.client.users_list(limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    second = await slack.client.users_list(limit=2, cursor=cursor)
    assert [member["id"] for member in [*first["members"], *second["members"]]] == ["U1", "U2", "U3", "UBOT"]
    assert second["response_metadata"]["next_cursor"] == ""
    await refused(slack.client.users_list(limit=0), "invalid_limit")
    await refused(slack.client.users_list(cursor="x"), "invalid_cursor")


async def test_a_message_to_a_person_is_their_direct_message(slack: Stage) -> None:
    direct = await slack.client.conversations_open(users="U1")
    sent = await slack.client.chat_postMessage(channel="U1", text="3 contacts have no note yet.")
    alice = slack.sandbox.person("U1")
    assert sent["channel"] == direct["channel"]["id"] == alice.dms[0].channel
    assert [message.text for message in alice.dms] == ["3 contacts have no note yet."]
    assert not slack.sandbox.person("U2").dms
    assert float(alice.dms[0].ts) == pytest.approx(slack.clock.now)


async def test_no_two_messages_have_the_same_ts(slack: Stage) -> None:
    sent = [await slack.client.chat_postMessage(channel="C1", text="x") for _ in range(3)]
    stamps = [as_text(one["ts"]) for one in sent]
    assert stamps == sorted(set(stamps))


async def test_places_where_the_app_cannot_write(slack: Stage) -> None:
    post = slack.client.chat_postMessage
    await refused(post(channel="C9", text="x"), "channel_not_found")
    await refused(post(channel="U9", text="x"), "channel_not_found")
    await refused(post(channel="U3", text="x"), "channel_not_found")
    await refused(post(channel="UBOT", text="x"), "channel_not_found")
    await refused(post(channel="C2", text="x"), "not_in_channel")
    await refused(slack.client.conversations_open(users="U3"), "user_disabled")
    await refused(slack.client.conversations_open(users="U9"), "user_not_found")
    direct = await slack.client.conversations_open(users="U2")
    await slack.sandbox.change("U2", deleted=True)
    await refused(post(channel=direct["channel"]["id"], text="x"), "is_archived")


async def test_with_the_messages_tab_off_there_are_no_direct_messages() -> None:
    async with stage(manifest(features={"app_home": {"home_tab_enabled": True}})) as slack:
        await refused(slack.client.chat_postMessage(channel="U1", text="x"), "messages_tab_disabled")
        assert (await slack.client.chat_postMessage(channel="C1", text="x"))["ok"]


async def test_a_message_needs_text_even_with_blocks(slack: Stage) -> None:
    blank: JsonObject = {"channel": "C1", "text": " ", "blocks": [section()]}
    assert (await answered(slack, "chat.postMessage", headers=AUTHORIZATION, json=blank))["error"] == "no_text"
    await refused(slack.client.chat_postMessage(channel="C1", text="x" * 4001), "msg_too_long")
    caught = await refused(
        slack.client.chat_postMessage(channel="C1", text="x", blocks=[section("x" * 3001)]), "invalid_blocks"
    )
    assert "/blocks/0/text/text" in caught


async def test_an_update_stands_in_place(slack: Stage) -> None:
    blocks = [actions(button())]
    sent = await slack.client.chat_postMessage(channel="U1", text="Before", blocks=blocks)
    where = {"channel": sent["channel"], "ts": sent["ts"]}
    await slack.client.chat_update(**where, text="After")
    alice = slack.sandbox.person("U1")
    assert [(one.text, one.blocks, one.edited) for one in alice.dms] == [("After", [], True)]
    await refused(slack.client.chat_update(channel=sent["channel"], ts="1.0", text="x"), "message_not_found")
    await refused(slack.client.chat_update(channel="U1", ts=sent["ts"], text="x"), "channel_not_found")


async def test_an_ephemeral_message_is_for_one_person(slack: Stage) -> None:
    sent = await slack.client.chat_postEphemeral(channel="C1", user="U1", text="Psst")
    assert [one.text for one in slack.sandbox.person("U1").ephemerals] == ["Psst"]
    assert not slack.sandbox.person("U2").ephemerals
    assert not slack.sandbox.workspace.conversations.in_channel("C1")
    await refused(slack.client.chat_update(channel="C1", ts=sent["message_ts"], text="x"), "message_not_found")
    await refused(slack.client.chat_postEphemeral(channel="C1", user="U3", text="x"), "user_not_in_channel")


async def test_the_journal_keeps_calls_as_they_were_and_their_tokens(slack: Stage) -> None:
    blocks = [section("<!channel> see <https://example.org|here>")]
    await slack.client.chat_postMessage(channel="C1", text="<@U1>: <#C1|team-one>", blocks=blocks)
    call = slack.sandbox.journal.of("chat.postMessage")[0]
    assert [(token.kind, token.target, token.label) for token in call.tokens] == [
        ("user", "U1", ""),
        ("channel", "C1", "team-one"),
        ("special", "channel", ""),
        ("link", "https://example.org", "here"),
    ]
    assert call.ok
    assert call.at == slack.clock.now
    assert "token" not in call.arguments
    slack.sandbox.workspace.conversations.in_channel("C1")[0].blocks.clear()
    assert as_objects(call.arguments["blocks"])


def test_the_manifest_of_the_stage_stays_as_it_is() -> None:
    assert "home_tab_enabled" in as_object(as_object(MANIFEST["features"])["app_home"])
