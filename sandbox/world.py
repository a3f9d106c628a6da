"""Who and what exists in the stand-in: people, channels, and the app as its manifest describes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.shape import JsonObject, as_list, as_object, as_objects, as_text

NOTICE = "A stand-in for Slack. Everyone here is made up."


@dataclass
class Person:
    """Someone with a Slack id. An empty team_id is the installation's own workspace."""

    id: str
    name: str
    real_name: str
    email: str
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    deleted: bool = False
    is_bot: bool = False
    team_id: str = ""
    tz: str = "America/New_York"


@dataclass
class Channel:
    """A channel that everyone here can read."""

    id: str
    name: str
    bot_is_member: bool = True


@dataclass
class Installation:
    """One app, installed in one workspace.

    Shape: manifest is what a YAML parser makes of manifest.yml. app_url is where Slack posts to.
    """

    team_id: str
    team_name: str
    bot_token: str
    signing_secret: str
    app_url: str
    manifest: Mapping[str, object]
    bot_user_id: str
    people: Sequence[Person]
    channels: Sequence[Channel] = field(default_factory=list[Channel])
    app_id: str = "A0SANDBOX0"
    bot_id: str = "B0SANDBOX0"

    def __post_init__(self) -> None:
        """Whoever has no workspace belongs to this one."""
        for person in self.people:
            person.team_id = person.team_id or self.team_id

    @property
    def domain(self) -> str:
        """The workspace's name as it stands in an address."""
        return "-".join("".join(c if c.isalnum() else " " for c in self.team_name.lower()).split())

    @property
    def app_name(self) -> str:
        """The app's name as people see it."""
        return as_text(as_object(self.manifest.get("display_information")).get("name"))

    @property
    def scopes(self) -> list[str]:
        """What the bot may do."""
        scopes = as_object(as_object(self.manifest.get("oauth_config")).get("scopes"))
        return [as_text(scope) for scope in as_list(scopes.get("bot"))]

    @property
    def commands(self) -> list[JsonObject]:
        """The slash commands of the manifest."""
        return as_objects(self._feature("slash_commands"))

    @property
    def shortcuts(self) -> list[JsonObject]:
        """The global shortcuts of the manifest."""
        return [one for one in as_objects(self._feature("shortcuts")) if one.get("type") == "global"]

    @property
    def events(self) -> list[str]:
        """The bot events that the manifest subscribes to."""
        return [as_text(name) for name in as_list(as_object(self._settings("event_subscriptions")).get("bot_events"))]

    @property
    def messages_tab(self) -> bool:
        """Whether the app can write to a person at all."""
        return as_object(self._feature("app_home")).get("messages_tab_enabled") is True

    @property
    def home_tab(self) -> bool:
        """Whether the app has a home."""
        return as_object(self._feature("app_home")).get("home_tab_enabled") is True

    @property
    def is_interactive(self) -> bool:
        """Whether Slack tells the app of clicks, shortcuts and submits."""
        return as_object(self._settings("interactivity")).get("is_enabled") is True

    @property
    def answers_searches(self) -> bool:
        """Whether Slack knows where to ask for the options of an external select."""
        by_http = bool(as_object(self._settings("interactivity")).get("message_menu_options_url"))
        return by_http or self._settings("socket_mode_enabled") is True

    def _feature(self, name: str) -> object:
        return as_object(self.manifest.get("features")).get(name)

    def _settings(self, name: str) -> object:
        return as_object(self.manifest.get("settings")).get(name)
