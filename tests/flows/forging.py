"""Requests made by hand, with references that were never offered to whoever sends them."""

from __future__ import annotations

from sandbox import payloads
from sandbox.shape import JsonObject, as_object
from tests.flows.attack import chosen
from tests.flows.stage import DAN, Play
from tests.flows.test_attack_scope import press


def forged(stage: Play, kind: str, id_: str, ref: str, nonce: str, client: str, user: str = DAN) -> JsonObject:
    """What somebody would send, had they every reference of somebody else's."""
    payload = press(stage, user, id_, ref)
    if kind == "action":
        actions = payload["actions"]
        assert isinstance(actions, list)
        actions[0] |= {"block_id": ref, "selected_option": {"value": client}, "action_ts": "9.000000"}
        home = as_object(payload["view"]) or {"id": "V0FORGED", "type": "home", "callback_id": "note.sign_collateral"}
        return {**payload, "view": {**home, "private_metadata": nonce}}
    state = {"client": {"form.search_client": chosen(client)}}
    view: JsonObject = {
        "id": "V0FORGED",
        "type": "modal",
        "callback_id": id_,
        "private_metadata": nonce if kind == "suggestion" or id_.startswith(("note", "contact")) else ref,
        "hash": "1.x",
        "blocks": [],
        "state": {"values": state},
        "root_view_id": "V0FORGED",
        "previous_view_id": None,
        "app_id": "A0",
        "bot_id": "B0",
        "team_id": "T0ALPHA",
    }
    person: JsonObject = {
        "user": payloads.user(stage.sandbox.workspace, user),
        "team": payloads.team(stage.sandbox.workspace),
        "view": view,
    }
    if kind == "submission":
        return {"type": "view_submission", **person, "trigger_id": payload["trigger_id"]}
    return {"type": "block_suggestion", **person, "action_id": id_, "block_id": "client", "value": stage.names.last[:6]}
