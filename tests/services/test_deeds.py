"""Everything that can be asked of Noted stands in one list (deeds.csv) with the deed that it asks for; nothing else stands there.

A row whose deed is `none` shows nobody anything about a client: whoever stands in `asked_by` is no person of the agency.
"""

from __future__ import annotations

import ast
import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
import typer
import yaml
from pydantic import SecretStr
from starlette.routing import Route
from typer.core import TyperGroup

from bot.app import build
from bot.cli import app
from bot.settings import Settings
from handlers.commands import WORDS
from handlers.table import routes
from privacy.kek import FileKek
from services.decisions import Deed

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OF_NO_DEED = {"anybody", "clock", "operator", "phone system", "slack"}


def listed() -> list[dict[str, str]]:
    """The rows of the list."""
    with (HERE / "deeds.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def commands(command: object, before: str = "") -> Iterator[str]:
    """Every command of the command line, with the groups it stands in."""
    if not isinstance(command, TyperGroup):
        yield before.strip()
        return
    for name, each in command.commands.items():
        yield from commands(each, f"{before} {name}")


def jobs() -> set[str]:
    """What the clock starts: whatever is asked in bot/app.py to tick for every workspace."""
    calls = (node for node in ast.walk(ast.parse((ROOT / "bot" / "app.py").read_text())) if isinstance(node, ast.Call))
    return {ast.unparse(call.func) for call in calls if ast.unparse(call.func).endswith(".tick_all")}


def from_slack() -> dict[str, set[str]]:
    """What Slack may send, by kind."""
    table = routes()
    manifest = cast("dict[str, dict[str, dict[str, list[str]]]]", yaml.safe_load((ROOT / "manifest.yml").read_text()))
    return {
        "command": {*table.command.ids},
        "word": {*WORDS},
        "shortcut": {*table.shortcut.ids},
        "action": {*table.action.ids},
        "submission": {*table.submission.ids},
        "suggestion": {*table.suggestion.ids},
        "closed": {*table.closed.ids},
        "event": {*table.event.ids, *manifest["settings"]["event_subscriptions"]["bot_events"]},
    }


def over_http(kek: FileKek, url: str) -> set[str]:
    """Every address of the server, with what it takes."""
    settings = Settings.load(
        slack_bot_token=SecretStr("xoxb-made-up"),
        slack_signing_secret=SecretStr("not-a-real-secret"),
        noted_database_url=SecretStr(url),
        noted_kek_uri=kek.uri,
    )
    served = [route for route in build(settings, ticking=False).web.routes if isinstance(route, Route)]
    return {f"{method} {each.path}" for each in served for method in (each.methods or ()) if method != "HEAD"}


def test_whatever_can_be_asked_stands_in_the_list_and_nothing_else(kek: FileKek, sqlite_url: str) -> None:
    there = from_slack()
    there |= {
        "route": over_http(kek, sqlite_url),
        "cli": set(commands(typer.main.get_command(app))),
        "job": jobs(),
    }
    assert {(kind, id_) for kind, ids in there.items() for id_ in ids} == {(row["kind"], row["id"]) for row in listed()}


def test_nothing_stands_there_twice() -> None:
    assert not [key for key, times in Counter((row["kind"], row["id"]) for row in listed()).items() if times > 1]


@pytest.mark.parametrize("row", listed(), ids=lambda row: f"{row['kind']}-{row['id'] or 'none'}")
def test_whoever_of_the_agency_asks_for_a_deed_that_somebody_decides(row: dict[str, str]) -> None:
    if row["deed"] == "none":
        assert row["asked_by"] in OF_NO_DEED
    else:
        assert Deed(row["deed"])
        assert row["asked_by"] in {"actor", "operator"}
