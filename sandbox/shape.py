"""Reading JSON whose shape nobody promised. What a shape must be stands in limits; here a wrong one is just empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard

JsonObject = dict[str, object]


def is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    """Whether the value is a JSON object."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[list[object] | tuple[object, ...]]:
    """Whether the value is a JSON array."""
    return isinstance(value, (list, tuple))


def as_object(value: object) -> JsonObject:
    """The value as a JSON object, or an empty one."""
    return dict(value) if is_object(value) else {}


def as_list(value: object) -> list[object]:
    """The value as a JSON array, or an empty one."""
    return list(value) if is_list(value) else []


def as_objects(value: object) -> list[JsonObject]:
    """The objects of a JSON array; what is not an object is left out."""
    return [as_object(item) for item in as_list(value) if is_object(item)]


def as_text(value: object) -> str:
    """The value as text, or the empty text."""
    return value if isinstance(value, str) else ""


def length(text: str) -> int:
    """How long a text is for Slack's clients, which count as JavaScript does.

    Units: UTF-16 code units, so an emoji is two.
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
