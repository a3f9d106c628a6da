"""Inputs of the roster's forms: searches in it, and the people and channels that Slack itself offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from services.staff_lists import Choice
from views.blocks import Element, PrivateOptions, option
from views.ids import FormId, RosterId
from views.known import Known, Look
from views.widgets import Raw, Widget, too_many


@dataclass(frozen=True, slots=True)
class RosterKnown(Known):
    """What the app knows when it draws a form of the roster: what is chosen already, by reference, in words."""

    labels: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class Lookup(Widget):
    """A search in the roster, sent with its form only."""

    search: RosterId
    saves: ClassVar[bool] = False

    def element(self, look: Look, name: str, known: Known) -> Element:
        """A search box that offers everyone, or everything, before a letter is typed."""
        element: Element = {"type": "external_select", "action_id": self.search, "min_query_length": 0}
        ref = look.one(name)
        if ref is not None and isinstance(known, RosterKnown) and ref in known.labels:
            element["initial_option"] = option(known.labels[ref], ref)
        return element


@dataclass(frozen=True, kw_only=True)
class Lookups(Widget):
    """A search in the roster for several, sent with its form only."""

    search: RosterId
    most: int = 100
    saves: ClassVar[bool] = False

    def element(self, look: Look, name: str, known: Known) -> Element:
        """A search box for several, empty at first."""
        return {
            "type": "multi_external_select",
            "action_id": self.search,
            "min_query_length": 0,
            "max_selected_items": self.most,
        }

    def raw(self, look: Look, name: str) -> Raw | None:
        """All that are chosen, or None."""
        return look.all(name) or None

    def problem(self, raw: Raw) -> str | None:
        """More than may be chosen."""
        return too_many(raw, self.most)


@dataclass(frozen=True, kw_only=True)
class Account(Widget):
    """A Slack account, chosen from those that Slack knows."""

    saves: ClassVar[bool] = False

    def element(self, look: Look, name: str, known: Known) -> Element:
        """Slack's own list of people."""
        element: Element = {"type": "users_select", "action_id": FormId.ANSWER}
        chosen = look.one(name)
        if chosen:
            element["initial_user"] = chosen
        return element


@dataclass(frozen=True, kw_only=True)
class Channel(Widget):
    """A channel of the workspace, public or private, without guests from elsewhere."""

    saves: ClassVar[bool] = False

    def element(self, look: Look, name: str, known: Known) -> Element:
        """Slack's own list of channels."""
        element: Element = {
            "type": "conversations_select",
            "action_id": FormId.ANSWER,
            "filter": {
                "include": ["public", "private"],
                "exclude_external_shared_channels": True,
                "exclude_bot_users": True,
            },
        }
        chosen = look.one(name)
        if chosen:
            element["initial_conversation"] = chosen
        return element


def choices(found: Sequence[Choice]) -> PrivateOptions:
    """What a search in the roster offers."""
    return PrivateOptions(options=[option(each.label, each.ref) for each in found])
