"""The views that are open: one home and a stack of at most three modals for each person, with hashes and triggers."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.limits import with_block_ids
from sandbox.shape import JsonObject, as_objects, as_text
from sandbox.state import Values, carried, initial_values, searched
from sandbox.world import Installation

STACK = 3
TRIGGER_SECONDS = 3.0

Clock = Callable[[], float]


class ApiError(Exception):
    """An error name of Slack's, with what goes beside it in the answer."""

    def __init__(self, error: str, **beside: object) -> None:
        super().__init__(error)
        self.error = error
        self.beside = beside


def invalid(*messages: str) -> ApiError:
    """The error invalid_arguments, with what is wrong."""
    return ApiError("invalid_arguments", response_metadata={"messages": list(messages)})


@dataclass
class Trigger:
    """A person's deed that lets the app open one view.

    Units: sent_at in seconds of the stand-in's clock.
    """

    user_id: str
    sent_at: float
    in_modal: bool
    used: bool = False


class Triggers:
    """The trigger ids that were sent to the app."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sent: dict[str, Trigger] = {}

    def send(self, user_id: str, *, in_modal: bool = False) -> str:
        """A new trigger id; its three seconds begin now."""
        trigger_id = f"{secrets.randbelow(10**12):012d}.{secrets.randbelow(10**10):010d}.{secrets.token_hex(16)}"
        self._sent[trigger_id] = Trigger(user_id, self._clock(), in_modal)
        return trigger_id

    def look(self, trigger_id: str) -> Trigger:
        """The trigger, if it can be used now.

        Errors: ApiError invalid_trigger_id, exchanged_trigger_id, expired_trigger_id.
        """
        trigger = self._sent.get(trigger_id)
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if self._clock() - trigger.sent_at > TRIGGER_SECONDS:
            raise ApiError("expired_trigger_id")
        return trigger


@dataclass
class View:
    """One view as the app sent it, and what its person has filled in."""

    id: str
    user_id: str
    content: JsonObject
    hash: str
    root_view_id: str
    previous_view_id: str | None = None
    is_open: bool = True
    values: Values = field(default_factory=dict[str, JsonObject])
    offered: dict[tuple[str, str], list[JsonObject]] = field(default_factory=dict[tuple[str, str], list[JsonObject]])

    @property
    def type(self) -> str:
        """`modal` or `home`."""
        return as_text(self.content.get("type"))

    def offer(self, more: Mapping[tuple[str, str], list[JsonObject]]) -> None:
        """Remember options that a search has shown."""
        for where, options in more.items():
            known = self.offered.setdefault(where, [])
            known.extend(option for option in options if option not in known)


class Views:
    """Every view there is. Closed ones are kept, so that a test can forge a late request."""

    def __init__(self, installation: Installation, clock: Clock) -> None:
        self._installation = installation
        self._clock = clock
        self._all: dict[str, View] = {}
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}

    def stack(self, user_id: str) -> list[View]:
        """A person's modals, the lowest first."""
        return list(self._stacks.get(user_id, ()))

    def home(self, user_id: str) -> View | None:
        """A person's home, or None before the first publish."""
        return self._homes.get(user_id)

    def find(self, view_id: str) -> View | None:
        """A view by its id, closed ones too."""
        return self._all.get(view_id)

    def by_external_id(self, external_id: str) -> View | None:
        """The open view with this external id."""
        return next((v for v in self._all.values() if v.is_open and v.content.get("external_id") == external_id), None)

    def open(self, user_id: str, content: Mapping[str, object]) -> View:
        """Put a modal in the place of whatever modals the person had."""
        self._refuse_duplicate(content, None)
        self.close_all(user_id)
        return self._stack(user_id, content)

    def push(self, user_id: str, content: Mapping[str, object]) -> View:
        """Put a modal on top.

        Errors: ApiError push_limit_reached; not_found when there is nothing to push on.
        """
        stack = self._stacks.get(user_id, [])
        if not stack:
            raise ApiError("not_found")
        if len(stack) >= STACK:
            raise ApiError("push_limit_reached")
        self._refuse_duplicate(content, None)
        return self._stack(user_id, content)

    def publish(self, user_id: str, content: Mapping[str, object], wanted: str = "") -> View:
        """Make or redraw a person's home.

        Errors: ApiError hash_conflict.
        """
        home = self._homes.get(user_id)
        if home is not None:
            return self.update(home, content, wanted)
        if wanted:
            raise ApiError("hash_conflict")
        self._refuse_duplicate(content, None)
        home = self._new(user_id, content, None)
        self._homes[user_id] = home
        return home

    def update(self, view: View, content: Mapping[str, object], wanted: str = "") -> View:
        """Redraw a view; what was filled in stays where block_id and action_id stay.

        Errors: ApiError not_found for a closed view, hash_conflict for an old hash, duplicate_external_id.
        """
        if not view.is_open:
            raise ApiError("not_found")
        if wanted and wanted != view.hash:
            raise ApiError("hash_conflict")
        if content.get("type") != view.type:
            raise invalid("[ERROR] a view keeps its type [json-pointer:/view/type]")
        self._refuse_duplicate(content, view)
        view.content = {**content, "blocks": with_block_ids(as_objects(content.get("blocks")))}
        view.hash = self._hash()
        view.values = carried(view.values, view.content, view.offered)
        view.offer(searched(view.content, view.values))
        view.offer(searched(view.content, initial_values(view.content)))
        return view

    def close(self, view: View) -> None:
        """Take one modal off its stack."""
        stack = self._stacks.get(view.user_id, [])
        if view in stack:
            stack.remove(view)
        view.is_open = False

    def close_all(self, user_id: str) -> None:
        """Take every modal of a person away."""
        for view in self.stack(user_id):
            self.close(view)

    def payload(self, view: View) -> JsonObject:
        """The view as Slack writes it in answers and payloads."""
        content = view.content
        shown: JsonObject = {
            "id": view.id,
            "team_id": self._installation.team_id,
            "type": view.type,
            "blocks": content.get("blocks"),
            "private_metadata": content.get("private_metadata", ""),
            "callback_id": content.get("callback_id", ""),
            "external_id": content.get("external_id", ""),
            "state": {"values": view.values},
            "hash": view.hash,
            "root_view_id": view.root_view_id,
            "previous_view_id": view.previous_view_id,
            "app_id": self._installation.app_id,
            "app_installed_team_id": self._installation.team_id,
            "bot_id": self._installation.bot_id,
            "title": content.get("title"),
            "submit": content.get("submit"),
            "close": content.get("close"),
            "clear_on_close": content.get("clear_on_close", False),
            "notify_on_close": content.get("notify_on_close", False),
        }
        return shown

    def _stack(self, user_id: str, content: Mapping[str, object]) -> View:
        stack = self._stacks.setdefault(user_id, [])
        view = self._new(user_id, content, stack[-1] if stack else None)
        stack.append(view)
        return view

    def _new(self, user_id: str, content: Mapping[str, object], below: View | None) -> View:
        view_id = f"V{secrets.token_hex(5).upper()}"
        kept = {**content, "blocks": with_block_ids(as_objects(content.get("blocks")))}
        view = View(
            id=view_id,
            user_id=user_id,
            content=kept,
            hash=self._hash(),
            root_view_id=below.root_view_id if below else view_id,
            previous_view_id=below.id if below else None,
            values=initial_values(kept),
        )
        view.offer(searched(kept, view.values))
        self._all[view_id] = view
        return view

    def _hash(self) -> str:
        return f"{int(self._clock())}.{secrets.token_hex(4)}"

    def _refuse_duplicate(self, content: Mapping[str, object], view: View | None) -> None:
        external_id = as_text(content.get("external_id"))
        if external_id and self.by_external_id(external_id) not in (None, view):
            raise ApiError("duplicate_external_id")
