"""What Slack sends, as typed values. Everything a person typed is wrapped before anything else looks at it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from privacy.phi import Phi
from views.answers import RawState

Payload = Mapping[str, object]


# Where `bot.listeners` puts the second in which Slack sent a request; it stands in a signed header, not in the body.
SENT_AT = "noted.sent_at"


# Slack's own are shorter; whatever is longer is not Slack's.
PRESS_LONGEST = 120

# It is stored in clear, so it must not be anything else.
_MOMENT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?", re.ASCII)


class BadPayloadError(Exception):
    """A payload without the parts that every payload of its kind has."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent it, as Slack says. `team_id` is the person's own team, `app_team_id` the one the app is installed in."""

    user_id: str
    team_id: str
    app_team_id: str


@dataclass(frozen=True, slots=True)
class OpenView:
    """A modal or App Home as it stood when the person acted. `shape` is each input's block id and whether it may be empty.

    `below_id` is the id of the modal that lies under this one, or nothing; `root_id` is that of the lowest one, and
    `depth` counts this one and those under it. `buttons` names the rows of buttons and what they hold.
    """

    id: str
    hash: str
    kind: str
    callback_id: str
    nonce: str
    state: Phi[RawState]
    shape: tuple[tuple[str, bool], ...]
    below_id: str = ""
    buttons: tuple[str, ...] = ()
    root_id: str = ""
    depth: int = 1

    def block_for(self, field_name: str) -> str | None:
        """The block id under which a field stands now, or None when it is not on the screen."""
        return next((block for block, _ in self.shape if block.partition("~")[0] == field_name), None)


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command. Its text is kept as one lower-case word and never repeated."""

    name: str
    word: str = field(repr=False)
    trigger_id: str


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A global shortcut."""

    callback_id: str
    trigger_id: str


@dataclass(frozen=True, slots=True)
class Action:
    """A tap on an element of a view or a message. Units: `sent_at` as in `models.forms.Answers`.

    `value` is a button's, or that of the option which was chosen.
    """

    action_id: str
    block_id: str
    value: str
    action_ts: str
    trigger_id: str
    view: OpenView | None
    sent_at: int = 0
    message_ts: str = ""
    channel_id: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """A submitted modal. `press` is Slack's name for this press of its button. Units: `sent_at` as in `models.forms.Answers`."""

    view: OpenView
    sent_at: int = 0
    press: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Closed:
    """A modal that was closed without being submitted. Slack sends none of its inputs along."""

    callback_id: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A search in an external select."""

    action_id: str
    block_id: str
    query: Phi[str]
    view: OpenView


@dataclass(frozen=True, slots=True)
class Event:
    """An event: its type, the tab for `app_home_opened`, and whether the account it tells of is deactivated."""

    type: str
    tab: str
    deactivated: bool = False


def sender(body: Payload) -> Sender:
    """Who sent a command, an interaction or an event."""
    if "command" in body:
        team = _text(body, "team_id")
        return Sender(_text(body, "user_id"), team, team)
    if "event" in body:
        return _event_sender(body)
    user, team = _map(body, "user"), _map(body, "team", optional=True)
    app_team = str(team.get("id") or user.get("team_id") or "")
    return Sender(_text(user, "id"), str(user.get("team_id") or app_team), app_team)


def command(body: Payload) -> Command:
    """A slash command. A text of several words is no known word."""
    words = str(body.get("text") or "").split()
    word = "" if not words else words[0].lower() if len(words) == 1 else "?"
    return Command(_text(body, "command"), word, _text(body, "trigger_id"))


def shortcut(body: Payload) -> Shortcut:
    """A global shortcut."""
    return Shortcut(_text(body, "callback_id"), _text(body, "trigger_id"))


def action(body: Payload) -> Action:
    """The first action of a `block_actions` payload; Slack sends one."""
    each = next(iter(_maps(body, "actions")), None)
    if each is None:
        raise BadPayloadError
    view = open_view(_map(body, "view")) if body.get("view") else None
    container = _map(body, "container", optional=True)
    return Action(
        action_id=_text(each, "action_id"),
        block_id=_text(each, "block_id"),
        value=str(each.get("value") or _map(each, "selected_option", optional=True).get("value") or ""),
        action_ts=_moment(each, "action_ts"),
        trigger_id=_text(body, "trigger_id"),
        view=view,
        sent_at=_sent_at(body),
        message_ts=str(container.get("message_ts") or ""),
        channel_id=str(container.get("channel_id") or ""),
    )


def submission(body: Payload) -> Submission:
    """A `view_submission` payload."""
    return Submission(open_view(_map(body, "view")), _sent_at(body), str(body.get("trigger_id") or "")[:PRESS_LONGEST])


def closed(body: Payload) -> Closed:
    """A `view_closed` payload."""
    return Closed(_text(_map(body, "view"), "callback_id"))


def suggestion(body: Payload) -> Suggestion:
    """A `block_suggestion` payload."""
    return Suggestion(
        _text(body, "action_id"),
        _text(body, "block_id"),
        Phi(str(body.get("value") or "")),
        open_view(_map(body, "view")),
    )


def event(body: Payload) -> Event:
    """An event."""
    inner = _map(body, "event")
    user = inner.get("user")
    deactivated = isinstance(user, dict) and cast("Payload", user).get("deleted") is True
    return Event(_text(inner, "type"), str(inner.get("tab") or ""), deactivated)


def open_view(view: Payload) -> OpenView:
    """The view part of a payload."""
    values = _map(_map(view, "state", optional=True), "values", optional=True)
    return OpenView(
        id=_text(view, "id"),
        hash=str(view.get("hash") or ""),
        kind=str(view.get("type") or ""),
        callback_id=str(view.get("callback_id") or ""),
        nonce=str(view.get("private_metadata") or ""),
        state=Phi(_values(values)),
        shape=tuple(_shape(view)),
        below_id=str(view.get("previous_view_id") or ""),
        buttons=tuple(_buttons(view)),
        root_id=str(view.get("root_view_id") or ""),
        depth=_depth(view),
    )


def _depth(view: Payload) -> int:
    """How many modals lie there; Slack lets three, and names the one below and the lowest."""
    below = view.get("previous_view_id")
    if not below:
        return 1
    return 2 if below == view.get("root_view_id") else 3


def _moment(payload: Payload, name: str) -> str:
    value = _text(payload, name)
    if not _MOMENT.fullmatch(value):
        raise BadPayloadError
    return value


def _sent_at(body: Payload) -> int:
    value = str(body.get(SENT_AT) or "")
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 12 else 0


def _values(values: Payload) -> RawState:
    """Only what has the shape of a state: block → action → value."""
    state: dict[str, dict[str, Mapping[str, object]]] = {}
    for block_id, elements in values.items():
        if isinstance(elements, dict):
            inner = cast("Mapping[str, object]", elements)
            state[block_id] = {
                action_id: cast("Mapping[str, object]", value)
                for action_id, value in inner.items()
                if isinstance(value, dict)
            }
    return state


def _shape(view: Payload) -> list[tuple[str, bool]]:
    inputs = [block for block in _maps(view, "blocks") if block.get("type") == "input"]
    return [(str(block.get("block_id") or ""), block.get("optional") is True) for block in inputs]


def _buttons(view: Payload) -> list[str]:
    rows = [block for block in _maps(view, "blocks") if block.get("type") == "actions"]
    return [
        " ".join(
            str(name or "")
            for name in (row.get("block_id"), *(each.get("action_id") for each in _maps(row, "elements")))
        )
        for row in rows
    ]


def _event_sender(body: Payload) -> Sender:
    inner = _map(body, "event")
    user = inner.get("user")
    user_id = str(cast("Payload", user).get("id") or "") if isinstance(user, dict) else str(user or "")
    team = str(body.get("team_id") or "")
    return Sender(user_id, team, team)


def _text(payload: Payload, name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str) or not value:
        raise BadPayloadError
    return value


def _maps(payload: Payload, name: str) -> list[Payload]:
    values = payload.get(name)
    every = cast("list[object]", values) if isinstance(values, list) else []
    return [cast("Payload", each) for each in every if isinstance(each, dict)]


def _map(payload: Payload, name: str, *, optional: bool = False) -> Payload:
    value = payload.get(name)
    if isinstance(value, dict):
        return cast("Payload", value)
    if optional:
        return {}
    raise BadPayloadError
