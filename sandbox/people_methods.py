"""The Web API methods about the app itself and about people: auth.test, users.*, conversations.open."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from sandbox.shape import JsonObject, as_text
from sandbox.views import ApiError, invalid
from sandbox.workspace import Workspace
from sandbox.world import Person

PAGE = 200


def auth_test(workspace: Workspace, _arguments: JsonObject) -> JsonObject:
    """Who the token belongs to."""
    installation = workspace.installation
    return {
        "url": f"https://{installation.domain}.slack.example/",
        "team": installation.team_name,
        "team_id": installation.team_id,
        "user": installation.app_name.lower(),
        "user_id": installation.bot_user_id,
        "bot_id": installation.bot_id,
        "is_enterprise_install": False,
    }


def user_object(workspace: Workspace, person: Person) -> JsonObject:
    """A person as users.info and user_change write them; the e-mail only for those who may see it."""
    offset = dt.datetime.fromtimestamp(workspace.clock(), ZoneInfo(person.tz)).utcoffset() or dt.timedelta()
    profile: JsonObject = {
        "real_name": person.real_name,
        "display_name": person.name,
        "team": person.team_id,
    }
    if "users:read.email" in workspace.installation.scopes:
        profile["email"] = person.email
    shown: JsonObject = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "real_name": person.real_name,
        "deleted": person.deleted,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
        "tz": person.tz,
        "tz_offset": int(offset.total_seconds()),
        "profile": profile,
    }
    if person.is_stranger:
        shown["is_stranger"] = True
    return shown


def users_info(workspace: Workspace, arguments: JsonObject) -> JsonObject:
    """One person."""
    person = workspace.find_person(as_text(arguments["user"]))
    if person is None:
        raise ApiError("user_not_found")
    return {"user": user_object(workspace, person)}


def users_list(workspace: Workspace, arguments: JsonObject) -> JsonObject:
    """The members of the workspace, page by page."""
    own = [p for p in workspace.installation.people if p.team_id == workspace.installation.team_id]
    limit, cursor = str(arguments.get("limit", PAGE)), str(arguments.get("cursor") or "0")
    if not limit.isdecimal() or not 1 <= int(limit) <= 1000:
        raise ApiError("invalid_limit")
    if not cursor.isdecimal():
        raise ApiError("invalid_cursor")
    start, end = int(cursor), int(cursor) + int(limit)
    return {
        "members": [user_object(workspace, person) for person in own[start:end]],
        "response_metadata": {"next_cursor": str(end) if end < len(own) else ""},
    }


def users_lookup_by_email(workspace: Workspace, arguments: JsonObject) -> JsonObject:
    """The member with an e-mail address."""
    wanted = as_text(arguments["email"]).lower()
    for person in workspace.installation.people:
        own = person.team_id == workspace.installation.team_id
        if own and not person.deleted and person.email.lower() == wanted:
            return {"user": user_object(workspace, person)}
    raise ApiError("users_not_found")


def conversations_open(workspace: Workspace, arguments: JsonObject) -> JsonObject:
    """The direct message with one person."""
    users = as_text(arguments["users"])
    if "," in users:
        raise invalid("[ERROR] the stand-in opens direct messages with one person [json-pointer:/users]")
    person = workspace.find_person(users)
    if person is None:
        raise ApiError("user_not_found")
    if person.deleted:
        raise ApiError("user_disabled")
    if person.is_bot:
        raise ApiError("cannot_dm_bot")
    return {"channel": {"id": workspace.conversations.dm_id(person.id)}}
