"""Messages: in channels, in direct messages with the app, and those only one person sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sandbox.shape import JsonObject
from sandbox.world import Installation


@dataclass
class Message:
    """One message of the app.

    Shape: only_for is the id of the one person who sees an ephemeral message, else empty.
    """

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[JsonObject] = field(default_factory=list[JsonObject])
    edited: bool = False
    only_for: str = ""

    def shown(self) -> JsonObject:
        """The message as the page and the payloads have it."""
        return {
            "type": "message",
            "ts": self.ts,
            "channel": self.channel,
            "user": self.user,
            "text": self.text,
            "blocks": self.blocks,
            "edited": self.edited,
        }


@dataclass(frozen=True)
class Notice:
    """One line that a person sees outside any view: `ephemeral` by the app, `error` by Slack itself."""

    id: int
    text: str
    kind: str
    message: Message | None = None

    def shown(self) -> JsonObject:
        """The notice as the page has it."""
        beside = {"channel": self.message.channel, "ts": self.message.ts} if self.message else {}
        blocks = self.message.blocks if self.message else []
        return {"id": self.id, "text": self.text, "kind": self.kind, "blocks": blocks, **beside}


class Conversations:
    """Every conversation of the workspace that the app has to do with."""

    def __init__(self, installation: Installation, clock: Callable[[], float]) -> None:
        self._installation = installation
        self._clock = clock
        self._messages: list[Message] = []
        self._notices: dict[str, list[Notice]] = {}
        self._newest = 0

    def dm_id(self, user_id: str) -> str:
        """The id of the direct message between a person and the app."""
        return f"D{user_id[1:]}"

    def person_of(self, channel_id: str) -> str:
        """The person of a direct message, or nothing."""
        return next((p.id for p in self._installation.people if self.dm_id(p.id) == channel_id), "")

    def post(self, channel: str, text: str, blocks: Sequence[JsonObject], *, only_for: str = "") -> Message:
        """Write a message at the clock's time; no two have the same ts."""
        self._newest = max(self._newest + 1, int(self._clock() * 1_000_000))
        ts = f"{self._newest // 1_000_000}.{self._newest % 1_000_000:06d}"
        message = Message(ts, channel, self._installation.bot_user_id, text, list(blocks), only_for=only_for)
        self._messages.append(message)
        if only_for:
            self.notice(only_for, text, "ephemeral", message)
        return message

    def find(self, channel: str, ts: str) -> Message | None:
        """A message by its place and time."""
        return next((m for m in self._messages if (m.channel, m.ts) == (channel, ts)), None)

    def remove(self, message: Message) -> None:
        """Take a message away."""
        self._messages = [one for one in self._messages if one is not message]
        lines = self._notices.get(message.only_for, [])
        lines[:] = [line for line in lines if line.message is not message]

    def in_channel(self, channel: str) -> list[Message]:
        """The messages that everyone in a channel or direct message sees, oldest first."""
        return [m for m in self._messages if m.channel == channel and not m.only_for]

    def ephemerals(self, user_id: str) -> list[Message]:
        """The messages that only this person sees, oldest first."""
        return [m for m in self._messages if m.only_for == user_id]

    def notice(self, user_id: str, text: str, kind: str, message: Message | None = None) -> None:
        """Show a line to one person."""
        lines = self._notices.setdefault(user_id, [])
        lines.append(Notice(lines[-1].id + 1 if lines else 1, text, kind, message))

    def notices(self, user_id: str) -> list[Notice]:
        """The lines that a person was shown, oldest first."""
        return list(self._notices.get(user_id, ()))
