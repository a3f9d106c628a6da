"""Triggers, hashes, the stack, and what the app's answer to a submit does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from slack_bolt.async_app import AsyncAck

from sandbox.answers import TROUBLE
from sandbox.shape import JsonObject, as_object, as_objects, as_text
from sandbox.state import RefusedError
from tests.sandbox.stage import (
    Stage,
    actions,
    asks,
    button,
    home,
    manifest,
    modal,
    option,
    options,
    refused,
    section,
    stage,
    words,
)

pytestmark = pytest.mark.anyio
Body = dict[str, object]


def opens(slack: Stage, view: JsonObject) -> None:
    """`/note` opens this view; every trigger goes to slack.seen."""

    @slack.app.command("/note")
    async def note(ack: AsyncAck, body: Body) -> None:
        slack.seen.append(body)
        await ack()
        await slack.client.views_open(trigger_id=body["trigger_id"], view=view)


async def opened(slack: Stage, view: JsonObject) -> str:
    """The id of a modal that alice has opened."""
    opens(slack, view)
    alice = slack.sandbox.person("U1")
    await alice.command("/note")
    return as_text(alice.modal["id"])


def answers(slack: Stage, **answer: object) -> None:
    """A submit is answered so."""

    @slack.app.view("form")
    async def submit(ack: Callable[..., Awaitable[object]], body: Body) -> None:
        slack.seen.append(body)
        await ack(**answer)


async def test_a_trigger_is_good_once_and_for_three_seconds(slack: Stage) -> None:
    @slack.app.command("/note")
    async def note(ack: AsyncAck, body: Body) -> None:
        slack.seen.append(body)
        await ack()

    alice = slack.sandbox.person("U1")
    await alice.command("/note")
    await alice.command("/note")
    first, second = (as_text(body["trigger_id"]) for body in slack.seen)
    slack.clock.now += 3
    await slack.client.views_open(trigger_id=first, view=modal())
    await refused(slack.client.views_open(trigger_id=first, view=modal()), "exchanged_trigger_id")
    slack.clock.now += 0.001
    await refused(slack.client.views_open(trigger_id=second, view=modal()), "expired_trigger_id")
    await refused(slack.client.views_open(trigger_id="made.up", view=modal()), "invalid_trigger_id")


async def test_a_refused_view_names_what_is_wrong(slack: Stage) -> None:
    caught = await refused(
        slack.client.views_open(trigger_id="x", view=modal(title={"type": "plain_text", "text": "x" * 25})),
        "invalid_arguments",
    )
    assert "must be less than 25 characters [json-pointer:/view/title/text]" in caught
    await refused(slack.client.views_open(trigger_id="x", view=modal(*[section("x" * 3000)] * 90)), "view_too_large")
    await refused(slack.client.views_open(trigger_id="x", view=home()), "invalid_arguments")


async def test_an_update_needs_the_newest_hash_when_it_names_one(slack: Stage) -> None:
    view_id = await opened(slack, modal())
    before = as_text(slack.sandbox.person("U1").modal["hash"])
    await slack.client.views_update(view_id=view_id, hash=before, view=modal(section("One")))
    await refused(slack.client.views_update(view_id=view_id, hash=before, view=modal()), "hash_conflict")
    await slack.client.views_update(view_id=view_id, view=modal(section("Two")))
    alice = slack.sandbox.person("U1")
    assert alice.modal["hash"] != before
    assert alice.modal["id"] == view_id


async def test_a_closed_view_is_not_found(slack: Stage) -> None:
    view_id = await opened(slack, modal())
    await slack.sandbox.person("U1").close(view_id)
    await refused(slack.client.views_update(view_id=view_id, view=modal()), "not_found")
    await refused(slack.client.views_update(view_id="V0", view=modal()), "not_found")


async def test_an_external_id_stands_once(slack: Stage) -> None:
    await opened(slack, modal(external_id="one"))
    await slack.client.views_update(external_id="one", view=modal(section("New"), external_id="one"))
    bob = slack.sandbox.person("U2")
    await bob.command("/note")
    assert not bob.modals
    assert slack.sandbox.journal.of("views.open")[-1].response["error"] == "duplicate_external_id"


async def test_the_stack_has_three_views(slack: Stage) -> None:
    @slack.app.action("press")
    async def press(ack: AsyncAck, body: Body) -> None:
        await ack()
        await slack.client.views_push(trigger_id=body["trigger_id"], view=modal(actions(button())))

    await opened(slack, modal(actions(button())))
    alice = slack.sandbox.person("U1")
    for _ in range(3):
        await alice.click(as_text(alice.modal["id"]), "buttons", "press")
    first, second, third = alice.modals
    assert slack.sandbox.journal.of("views.push")[-1].response["error"] == "push_limit_reached"
    assert (second["previous_view_id"], third["root_view_id"]) == (first["id"], first["id"])
    with pytest.raises(RefusedError, match="not the one on top"):
        await alice.submit(as_text(first["id"]))


async def test_a_trigger_of_a_modal_pushes_and_does_not_open(slack: Stage) -> None:
    @slack.app.action("press")
    async def press(ack: AsyncAck, body: Body) -> None:
        slack.seen.append(body)
        await ack()

    view_id = await opened(slack, modal(actions(button())))
    await slack.sandbox.person("U1").click(view_id, "buttons", "press")
    trigger = slack.seen[-1]["trigger_id"]
    await refused(slack.client.views_open(trigger_id=trigger, view=modal()), "invalid_arguments")
    await slack.sandbox.person("U1").command("/note", check=False)
    await refused(
        slack.client.views_push(trigger_id=slack.seen[-1]["trigger_id"], view=modal()), "exchanged_trigger_id"
    )


async def test_a_click_carries_the_whole_state_and_its_hash(slack: Stage) -> None:
    @slack.app.action("value")
    async def pick(ack: AsyncAck, body: Body) -> None:
        slack.seen.append(body)
        await ack()

    pick_one: JsonObject = {"type": "static_select", "options": options("a", "b")}
    view_id = await opened(slack, modal(words(), asks("pick", pick_one, dispatch_action=True)))
    alice = slack.sandbox.person("U1")
    await alice.click(view_id, "pick", "value", "b", {"words": "typed so far"})
    body = slack.seen[-1]
    view = as_object(body["view"])
    values = as_object(as_object(view["state"])["values"])
    assert values["words"] == {"value": {"type": "plain_text_input", "value": "typed so far"}}
    assert values["pick"] == {"value": {"type": "static_select", "selected_option": option("b")}}
    assert view["hash"] == alice.modal["hash"]
    assert body["container"] == {"type": "view", "view_id": view_id}
    assert "response_url" not in body
    pressed = body["actions"]
    assert isinstance(pressed, list)
    assert pressed[0]["selected_option"] == option("b")
    assert pressed[0]["action_ts"]


async def test_an_input_that_does_not_dispatch_sends_nothing(slack: Stage) -> None:
    view_id = await opened(slack, modal(words()))
    with pytest.raises(RefusedError, match="does not tell"):
        await slack.sandbox.person("U1").click(view_id, "words", "value", "x")


async def test_typed_words_survive_an_update_and_are_submitted(slack: Stage) -> None:
    @slack.app.action("press")
    async def press(ack: AsyncAck, body: Body) -> None:
        await ack()
        view = as_object(body["view"])
        fresh = modal(words(), words("more", initial_value="prefilled"), actions(button()))
        await slack.client.views_update(view_id=view["id"], hash=view["hash"], view=fresh)

    answers(slack)
    view_id = await opened(slack, modal(words(), actions(button())))
    alice = slack.sandbox.person("U1")
    await alice.click(view_id, "buttons", "press", state={"words": "kept"})
    done = await alice.submit(view_id)
    assert (done.ok, done.closed, alice.modals) == (True, True, [])
    body = slack.seen[-1]
    state = as_object(as_object(as_object(body["view"])["state"])["values"])
    assert state["words"] == {"value": {"type": "plain_text_input", "value": "kept"}}
    assert state["more"] == {"value": {"type": "plain_text_input", "value": "prefilled"}}
    assert body["response_urls"] == []


async def test_a_required_field_is_asked_for_before_anything_is_sent(slack: Stage) -> None:
    view_id = await opened(slack, modal(words()))
    with pytest.raises(RefusedError) as caught:
        await slack.sandbox.person("U1").submit(view_id)
    assert caught.value.errors == {"words": "Please complete this required field."}
    assert [delivery.kind for delivery in slack.sandbox.journal.deliveries] == ["command"]


async def test_errors_of_the_app_keep_the_modal_and_the_words(slack: Stage) -> None:
    answers(slack, response_action="errors", errors={"words": "Add a little more."})
    view_id = await opened(slack, modal(words()))
    alice = slack.sandbox.person("U1")
    done = await alice.submit(view_id, {"words": "x"})
    assert (done.ok, done.errors, done.closed) == (False, {"words": "Add a little more."}, False)
    assert alice.typed(view_id)["words"]["value"] == {"type": "plain_text_input", "value": "x"}


async def test_errors_for_what_is_no_input_are_trouble(slack: Stage) -> None:
    answers(slack, response_action="errors", errors={"buttons": "No."})
    view_id = await opened(slack, modal(words(), actions(button())))
    done = await slack.sandbox.person("U1").submit(view_id, {"words": "x"})
    assert (done.sentence, done.errors) == (TROUBLE, {})
    answer = slack.sandbox.journal.of("answer.view_submission")[0]
    assert answer.response["error"] == "invalid_arguments"
    assert slack.sandbox.journal.refused() == [answer]


async def test_an_update_as_answer_redraws_the_view(slack: Stage) -> None:
    answers(slack, response_action="update", view=modal(section("Signed.")))
    view_id = await opened(slack, modal(words()))
    alice = slack.sandbox.person("U1")
    before = alice.modal["hash"]
    done = await alice.submit(view_id, {"words": "x"})
    assert (done.ok, done.closed) == (True, False)
    assert alice.modal["id"] == view_id
    assert alice.modal["hash"] != before


async def test_push_as_answer_stacks_and_an_empty_answer_closes_one(slack: Stage) -> None:
    answers(slack, response_action="push", view=modal(callback_id="check"))

    @slack.app.view("check")
    async def check(ack: AsyncAck) -> None:
        await ack()

    view_id = await opened(slack, modal(words()))
    alice = slack.sandbox.person("U1")
    await alice.submit(view_id, {"words": "x"})
    assert len(alice.modals) == 2
    await alice.submit(as_text(alice.modal["id"]))
    assert [view["id"] for view in alice.modals] == [view_id]


async def test_clear_as_answer_closes_all(slack: Stage) -> None:
    answers(slack, response_action="clear")
    alice = slack.sandbox.person("U1")
    view_id = await opened(slack, modal())
    assert (await alice.submit(view_id)).closed
    assert not alice.modals


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "explode"},
        {"response_action": "errors", "errors": {}},
        {"response_action": "update", "view": modal(title={"type": "plain_text", "text": "x" * 25})},
        {"response_action": "update", "view": home()},
    ],
)
async def test_an_answer_that_slack_would_not_take_is_trouble(slack: Stage, answer: dict[str, object]) -> None:
    answers(slack, **answer)
    view_id = await opened(slack, modal())
    alice = slack.sandbox.person("U1")
    assert (await alice.submit(view_id)).sentence == TROUBLE
    assert len(alice.modals) == 1


async def test_a_submit_that_nobody_takes_is_trouble_and_keeps_the_words(slack: Stage) -> None:
    view_id = await opened(slack, modal(words()))
    alice = slack.sandbox.person("U1")
    assert (await alice.submit(view_id, {"words": "x"})).sentence == TROUBLE
    assert alice.typed(view_id)["words"]["value"]["value"] == "x"  # type: ignore[index]  # a JSON object


async def test_two_submits_at_once_both_reach_the_app(slack: Stage) -> None:
    answers(slack)
    view_id = await opened(slack, modal())
    alice = slack.sandbox.person("U1")
    first, second = await asyncio.gather(alice.submit(view_id), alice.submit(view_id))
    assert first.ok
    assert second.ok
    assert not alice.modals
    with pytest.raises(RefusedError, match="not open"):
        await alice.submit(view_id)
    await alice.submit(view_id, check=False)
    assert len([one for one in slack.sandbox.journal.deliveries if one.kind == "view_submission"]) == 3


async def test_closing_is_told_only_when_asked_and_without_what_was_typed(slack: Stage) -> None:
    @slack.app.view_closed("form")
    async def closed(ack: AsyncAck, body: Body) -> None:
        slack.seen.append(body)
        await ack()

    view_id = await opened(slack, modal(words(), section(), notify_on_close=True))
    assert await slack.sandbox.person("U1").close(view_id, clear=True)
    body = slack.seen[-1]
    view = as_object(body["view"])
    assert [block["type"] for block in as_objects(view["blocks"])] == ["section"]
    assert view["state"] == {"values": {}}
    assert body["is_cleared"] is True


async def test_a_silent_close_tells_nobody(slack: Stage) -> None:
    view_id = await opened(slack, modal())
    assert await slack.sandbox.person("U1").close(view_id) is None


async def test_a_search_offers_what_can_then_be_chosen(slack: Stage) -> None:
    @slack.app.options("value")
    async def search(ack: Callable[..., Awaitable[object]], body: Body) -> None:
        slack.seen.append(body)
        await ack(options=[option("c1", f"Found {body['value']}")])

    answers(slack)
    view_id = await opened(slack, modal(words(), asks("client", {"type": "external_select", "min_query_length": 2})))
    alice = slack.sandbox.person("U1")
    with pytest.raises(RefusedError, match="begins at 2"):
        await alice.suggest(view_id, "client", "value", "r")
    with pytest.raises(RefusedError, match="no option"):
        await alice.submit(view_id, {"words": "x", "client": "c1"})
    found = await alice.suggest(view_id, "client", "value", "ri", {"words": "so far"})
    assert found == {"options": [option("c1", "Found ri")]}
    values = as_object(as_object(as_object(slack.seen[-1]["view"])["state"])["values"])
    assert as_object(as_object(values["words"])["value"])["value"] == "so far"
    assert (await alice.submit(view_id, {"client": "c1"})).ok


async def test_a_search_with_a_bad_answer_offers_nothing(slack: Stage) -> None:
    @slack.app.options("value")
    async def search(ack: Callable[..., Awaitable[object]]) -> None:
        await ack(options=options("a", "a"))

    view_id = await opened(slack, modal(asks("client", {"type": "external_select", "min_query_length": 0})))
    assert await slack.sandbox.person("U1").suggest(view_id, "client", "value") == {}
    assert slack.sandbox.journal.of("answer.block_suggestion")[0].response["error"] == "invalid_arguments"


async def test_without_an_address_for_options_nobody_is_asked() -> None:
    of = manifest(settings={"interactivity": {"is_enabled": True}})
    async with stage(of) as slack:
        view_id = await opened(slack, modal(asks("client", {"type": "external_select", "min_query_length": 0})))
        with pytest.raises(RefusedError, match="message_menu_options_url"):
            await slack.sandbox.person("U1").suggest(view_id, "client", "value")


async def test_a_home_is_published_only_as_a_home_and_with_its_hash(slack: Stage) -> None:
    await slack.client.views_publish(user_id="U1", view=home())
    alice = slack.sandbox.person("U1")
    assert alice.home
    await refused(slack.client.views_publish(user_id="U1", view=home(), hash="old"), "hash_conflict")
    await slack.client.views_publish(user_id="U1", view=home(section("New")), hash=alice.home["hash"])
    await refused(slack.client.views_publish(user_id="U1", view=modal()), "invalid_arguments")
    await refused(slack.client.views_publish(user_id="U0", view=home()), "invalid_arguments")
    with pytest.raises(RefusedError, match="cannot be closed"):
        await alice.close(as_text(alice.home["id"]))


async def test_a_button_of_the_home_opens_a_modal(slack: Stage) -> None:
    @slack.app.action("press")
    async def press(ack: AsyncAck, body: Body) -> None:
        await ack()
        await slack.client.views_open(trigger_id=body["trigger_id"], view=modal())

    await slack.client.views_publish(user_id="U1", view=home(actions(button())))
    alice = slack.sandbox.person("U1")
    assert alice.home
    await alice.click(as_text(alice.home["id"]), "buttons", "press")
    assert len(alice.modals) == 1


async def test_without_a_home_tab_or_interactivity_there_is_neither() -> None:
    of = manifest(
        features={"app_home": {"messages_tab_enabled": True}}, settings={"interactivity": {"is_enabled": False}}
    )
    async with stage(of) as slack:
        await refused(slack.client.views_publish(user_id="U1", view=home()), "not_enabled")
        with pytest.raises(RefusedError, match="interactivity"):
            await slack.sandbox.person("U1").shortcut("note.call")
