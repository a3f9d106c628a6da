"""What Slack writes to the app: the bodies of commands, interactions and events. Sending them stands in delivery."""

from __future__ import annotations

import secrets

from sandbox.conversations import Message
from sandbox.limits import elements_of
from sandbox.shape import JsonObject, as_objects
from sandbox.views import View
from sandbox.workspace import Workspace

# Slack still sends this deprecated word; nobody may rely on it.
VERIFICATION_WORD = "not-a-secret"


def team(workspace: Workspace) -> JsonObject:
    """The workspace, as interactions name it."""
    return {"id": workspace.installation.team_id, "domain": workspace.installation.domain}


def user(workspace: Workspace, user_id: str) -> JsonObject:
    """A person, as interactions name them."""
    person = workspace.person(user_id)
    return {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team_id}


def _interaction(workspace: Workspace, kind: str, user_id: str) -> JsonObject:
    return {
        "type": kind,
        "team": team(workspace),
        "user": user(workspace, user_id),
        "api_app_id": workspace.installation.app_id,
        "token": VERIFICATION_WORD,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _moment(workspace: Workspace) -> str:
    return f"{workspace.clock():.6f}"


def command(workspace: Workspace, user_id: str, name: str, text: str, channel: str) -> dict[str, str]:
    """The form fields of a slash command.

    Shape: text has Slack's three escapes, for ampersand and angle brackets.
    """
    installation, person = workspace.installation, workspace.person(user_id)
    known = workspace.channel(channel)
    return {
        "token": VERIFICATION_WORD,
        "team_id": person.team_id,
        "team_domain": installation.domain,
        "channel_id": channel,
        "channel_name": known.name if known else "directmessage",
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
        "api_app_id": installation.app_id,
        "is_enterprise_install": "false",
        "response_url": workspace.new_response_url(user_id, channel),
        "trigger_id": workspace.triggers.send(user_id),
    }


def shortcut(workspace: Workspace, user_id: str, callback_id: str) -> JsonObject:
    """A global shortcut. Slack does not name the app in it."""
    body = _interaction(workspace, "shortcut", user_id)
    del body["api_app_id"]
    return {
        **body,
        "callback_id": callback_id,
        "action_ts": _moment(workspace),
        "trigger_id": workspace.triggers.send(user_id),
    }


def _action(workspace: Workspace, block_id: str, element: JsonObject, held: JsonObject) -> JsonObject:
    named: JsonObject = {
        "type": element.get("type"),
        "block_id": block_id,
        "action_id": element.get("action_id"),
        "action_ts": _moment(workspace),
    }
    if element.get("type") == "button":
        named |= {key: element[key] for key in ("text", "value", "style", "url") if key in element}
    return {**named, **held}


def view_actions(workspace: Workspace, view: View, block_id: str, element: JsonObject, held: JsonObject) -> JsonObject:
    """block_actions in a modal or a home."""
    return {
        **_interaction(workspace, "block_actions", view.user_id),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": workspace.triggers.send(view.user_id, in_modal=view.type == "modal"),
        "view": workspace.views.payload(view),
        "actions": [_action(workspace, block_id, element, held)],
    }


def message_actions(
    workspace: Workspace, user_id: str, message: Message, block_id: str, element: JsonObject, held: JsonObject
) -> JsonObject:
    """block_actions in a message. Of an ephemeral one Slack sends the place, not the message."""
    known = workspace.channel(message.channel)
    body: JsonObject = {
        **_interaction(workspace, "block_actions", user_id),
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": bool(message.only_for),
        },
        "channel": {"id": message.channel, "name": known.name if known else "directmessage"},
        "state": {"values": {}},
        "response_url": workspace.new_response_url(user_id, message.channel, message),
        "trigger_id": workspace.triggers.send(user_id),
        "actions": [_action(workspace, block_id, element, held)],
    }
    if not message.only_for:
        body["message"] = {**message.shown(), "bot_id": workspace.installation.bot_id}
    return body


def suggestion(workspace: Workspace, view: View, block_id: str, action_id: str, query: str) -> JsonObject:
    """block_suggestion: what stands in the search box of an external select, and the whole view."""
    return {
        **_interaction(workspace, "block_suggestion", view.user_id),
        "container": {"type": "view", "view_id": view.id},
        "block_id": block_id,
        "action_id": action_id,
        "value": query,
        "view": workspace.views.payload(view),
    }


def submission(workspace: Workspace, view: View) -> JsonObject:
    """view_submission."""
    return {
        **_interaction(workspace, "view_submission", view.user_id),
        "trigger_id": workspace.triggers.send(view.user_id, in_modal=True),
        "view": workspace.views.payload(view),
        "response_urls": [],
    }


def closed(workspace: Workspace, view: View, *, cleared: bool) -> JsonObject:
    """view_closed: without any input block, so without anything that was typed."""
    shown = workspace.views.payload(view)
    shown["blocks"] = [block for block in as_objects(shown["blocks"]) if block.get("type") != "input"]
    shown["state"] = {"values": {}}
    return {**_interaction(workspace, "view_closed", view.user_id), "view": shown, "is_cleared": cleared}


def event(workspace: Workspace, content: JsonObject) -> JsonObject:
    """An event in the envelope of the Events API."""
    installation = workspace.installation
    authorization = {
        "enterprise_id": None,
        "team_id": installation.team_id,
        "user_id": installation.bot_user_id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": VERIFICATION_WORD,
        "team_id": installation.team_id,
        "api_app_id": installation.app_id,
        "event": {**content, "event_ts": _moment(workspace)},
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(workspace.clock()),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": secrets.token_urlsafe(12),
    }


def find_element(blocks: object, block_id: str, action_id: str) -> tuple[JsonObject, JsonObject] | None:
    """The block and the element with these ids, or None."""
    for block in as_objects(blocks):
        for element in elements_of(block):
            if block.get("block_id") == block_id and element.get("action_id") == action_id:
                return block, element
    return None
