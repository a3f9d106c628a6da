"""The manifest is valid by Slack's own schema, asks for the least, and says what the code answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from jsonschema import Draft7Validator

from bot.listeners import USER_EVENTS
from handlers.table import routes

ROOT = Path(__file__).parent.parent
SCHEMA = Path(__file__).parent / "data" / "manifest.schema.2.0.0.json"
SCOPES = {"commands", "chat:write", "im:write", "users:read", "users:read.email"}
PLACEHOLDER = "https://example.invalid/slack/events"
Manifest = dict[str, Any]


@pytest.fixture
def manifest() -> Manifest:
    return yaml.safe_load((ROOT / "manifest.yml").read_text())


def problems(manifest: Manifest) -> list[str]:
    """What Slack's schema finds wrong.

    Source: github.com/slackapi/manifest-schema v0.5.0, MIT; the copy and its licence stand in tests/data/.
    """
    validator = cast("Any", Draft7Validator(json.loads(SCHEMA.read_text())))
    return [str(error.message) for error in validator.iter_errors(manifest)]


def addresses(value: object) -> Iterator[str]:
    """Every address anywhere in the manifest."""
    if isinstance(value, dict):
        for inner in cast("dict[str, object]", value).values():
            yield from addresses(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from addresses(inner)
    elif isinstance(value, str) and "://" in value:
        yield value


def test_slack_would_take_it(manifest: Manifest) -> None:
    assert problems(manifest) == []


@pytest.mark.parametrize(
    "spoil",
    [
        {"display_information": {"name": "Noted", "description": "x" * 141}},
        {"features": {"slash_commands": [{"command": "note", "description": "x"}]}},
        {"features": {"shortcuts": [{"name": "x" * 25, "type": "global", "callback_id": "x", "description": "x"}]}},
        {"features": {"app_home": {"home_tab": True}}},
        {"settings": {"socket_mode": True}},
    ],
)
def test_the_schema_finds_what_slack_would_refuse(manifest: Manifest, spoil: Manifest) -> None:
    assert problems({**manifest, **spoil}) != []


def test_it_asks_for_these_scopes_and_no_other(manifest: Manifest) -> None:
    scopes = manifest["oauth_config"]["scopes"]
    assert set(scopes) == {"bot"}
    assert set(scopes["bot"]) == SCOPES
    assert len(scopes["bot"]) == len(SCOPES)


def test_it_can_read_no_conversation(manifest: Manifest) -> None:
    asked = manifest["oauth_config"]["scopes"]["bot"]
    kinds = ("channels:", "groups:", "mpim:", "files:", "search:", "metadata.", "reactions:")
    assert not [scope for scope in asked if scope.endswith(":history") or scope.startswith(kinds)]
    assert not [
        event
        for event in manifest["settings"]["event_subscriptions"]["bot_events"]
        if event.startswith(("message", "app_mention"))
    ]


def test_its_commands_shortcuts_and_events_are_those_that_are_answered(manifest: Manifest) -> None:
    answered = routes()
    assert {each["command"] for each in manifest["features"]["slash_commands"]} == answered.command.ids
    assert {each["callback_id"] for each in manifest["features"]["shortcuts"]} == answered.shortcut.ids
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == answered.event.ids | USER_EVENTS


def test_both_commands_are_the_same(manifest: Manifest) -> None:
    first, second = manifest["features"]["slash_commands"]
    assert {**first, "command": "", "description": ""} == {**second, "command": "", "description": ""}


def test_people_get_messages_and_cannot_write_any(manifest: Manifest) -> None:
    home = manifest["features"]["app_home"]
    assert home == {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": True}


def test_every_address_is_the_placeholder(manifest: Manifest) -> None:
    assert list(addresses(manifest)) == [PLACEHOLDER] * 5


def test_nothing_is_switched_on_that_nothing_uses(manifest: Manifest) -> None:
    settings = manifest["settings"]
    assert not [
        name for name in ("org_deploy_enabled", "socket_mode_enabled", "token_rotation_enabled") if settings[name]
    ]
    assert set(manifest["features"]) == {"app_home", "bot_user", "shortcuts", "slash_commands"}
