"""Finding the tokens in Slack's mrkdwn: mentions, channels, links. Drawing them is the page's work."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.shape import as_list, as_text, is_list, is_object

_TOKEN = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")


@dataclass(frozen=True)
class Token:
    """One thing in angle brackets.

    Shape: kind is `user`, `channel`, `special` (`!channel`, `!here`, `!everyone`, `!date…`) or `link`.
    """

    kind: str
    target: str
    label: str = ""


def tokens(text: str) -> list[Token]:
    """Every mention, channel and link of a text, in order."""
    kinds = {"@": "user", "#": "channel", "!": "special"}
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        target, label = match[1], match[2] or ""
        kind = kinds.get(target[0], "link")
        found.append(Token(kind, target if kind == "link" else target[1:], label))
    return found


def tokens_of(text: str, blocks: Sequence[object] = ()) -> tuple[Token, ...]:
    """Every token of a message: of its text, then of the mrkdwn in its blocks."""
    return (*tokens(text), *_walk(blocks))


def _walk(value: object) -> list[Token]:
    if is_list(value):
        return [token for item in as_list(value) for token in _walk(item)]
    if not is_object(value):
        return []
    return _in_object(value)


def _in_object(value: Mapping[str, object]) -> list[Token]:
    if value.get("type") == "mrkdwn":
        return tokens(as_text(value.get("text")))
    return [token for item in value.values() for token in _walk(item)]
