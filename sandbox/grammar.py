"""The words that limits are written in: small checks that can be put together. No Slack rule stands here."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from sandbox.shape import JsonObject, as_list, as_object, as_text, is_list, is_object, length


class Problems:
    """What was found wrong, worded as Slack words it in response_metadata.messages."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def add(self, sentence: str, at: str) -> None:
        """Note one thing that is wrong at a JSON pointer."""
        self.messages.append(f"[ERROR] {sentence} [json-pointer:{at}]")


Check = Callable[[object, str, Problems], None]
Rule = Callable[[JsonObject, str, Problems], None]


def string(most: int, least: int = 1) -> Check:
    """A text of least to most characters."""

    def check(value: object, at: str, problems: Problems) -> None:
        if not isinstance(value, str):
            return problems.add("must be a string", at)
        if length(value) > most:
            problems.add(f"must be less than {most + 1} characters", at)
        if length(value) < least:
            problems.add(f"must be more than {least - 1} characters", at)
        return None

    return check


def matching(pattern: str, name: str) -> Check:
    """A text that is wholly of the given pattern."""
    compiled = re.compile(pattern)

    def check(value: object, at: str, problems: Problems) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            problems.add(f"must be {name}", at)

    return check


def flag(value: object, at: str, problems: Problems) -> None:
    """True or false."""
    if not isinstance(value, bool):
        problems.add("must be a boolean", at)


def whole(least: int, most: int) -> Check:
    """A whole number from least to most."""

    def check(value: object, at: str, problems: Problems) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            return problems.add("must be an integer", at)
        if not least <= value <= most:
            problems.add(f"must be between {least} and {most}", at)
        return None

    return check


def one_of(*words: str) -> Check:
    """One of a few words."""

    def check(value: object, at: str, problems: Problems) -> None:
        if value not in words:
            problems.add(f"must be one of: {', '.join(words)}", at)

    return check


def list_of(item: Check, most: int, least: int = 1) -> Check:
    """An array of least to most items, each of which is checked."""

    def check(value: object, at: str, problems: Problems) -> None:
        if not is_list(value):
            return problems.add("must be an array", at)
        items = as_list(value)
        if len(items) > most:
            problems.add(f"no more than {most} items allowed", at)
        if len(items) < least:
            problems.add(f"no less than {least} items allowed", at)
        for index, entry in enumerate(items):
            item(entry, f"{at}/{index}", problems)
        return None

    return check


@dataclass(frozen=True)
class Shape:
    """An object with required and optional fields, no others, and rules over the whole of it."""

    required: Mapping[str, Check] = field(default_factory=dict[str, Check])
    optional: Mapping[str, Check] = field(default_factory=dict[str, Check])
    rules: tuple[Rule, ...] = ()

    def __call__(self, value: object, at: str, problems: Problems) -> None:
        """Check an object field by field, then by the rules."""
        if not is_object(value):
            return problems.add("must be an object", at)
        content = as_object(value)
        for name in self.required:
            if name not in content:
                problems.add(f"missing required field: {name}", at)
        for name, entry in content.items():
            check = self.required.get(name) or self.optional.get(name)
            if check is None:
                problems.add(f"unknown field: {name}", f"{at}/{name}")
            else:
                check(entry, f"{at}/{name}", problems)
        for rule in self.rules:
            rule(content, at, problems)
        return None


def by_type(table: Mapping[str, Check], allowed: Collection[str]) -> Check:
    """An object whose `type` says which of the allowed checks holds for it."""

    def check(value: object, at: str, problems: Problems) -> None:
        kind = as_text(as_object(value).get("type"))
        if kind in table and kind in allowed:
            return table[kind](value, at, problems)
        return problems.add(f"unsupported type: {kind or '(none)'}", f"{at}/type")

    return check
