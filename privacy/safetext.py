"""SafeText: the only text that may stand in a message, on App Home, in a log line or in an audit row.

Here: how it is made from literals and a closed set of part types. Not here: the words themselves, which are views', and
Slack's length limits, which are the surface's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from string import Formatter
from typing import Final, LiteralString, TypeAlias, final

from privacy.phi import PhiLeakError

_MAKER: Final = object()
_USER_ID: Final = re.compile(r"[UW][A-Z0-9]{2,20}")
_REFERENCE: Final = re.compile(r"([A-Z]-)?[0-9A-HJKMNP-TV-Z]{6,26}")
_NUMBER_FORMAT: Final = re.compile(r"0?[0-9]?d")
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@final
class SafeText:
    """Text without PHI, made by safe(), plural() and join() only."""

    __slots__ = ("_plain", "_text")

    def __init__(self, maker: object, text: str, plain: str) -> None:
        if maker is not _MAKER:
            raise PhiLeakError("SafeText is made by safe(), plural() and join() only.")
        self._text = text
        self._plain = plain

    @property
    def text(self) -> str:
        """For mrkdwn: & < > of literals and words are escaped, mentions are Slack's own markup."""
        return self._text

    @property
    def plain(self) -> str:
        """The same for plain_text, where Slack wants no escapes."""
        return self._plain

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SafeText) and (self._text, self._plain) == (other.text, other.plain)

    def __hash__(self) -> int:
        return hash((self._text, self._plain))

    def __repr__(self) -> str:
        return f"SafeText({self._text!r})"


@final
@dataclass(frozen=True, slots=True)
class Mention:
    """A staff member, shown by Slack under the name they have there."""

    user_id: str

    def __post_init__(self) -> None:
        _check(self.user_id, _USER_ID, "A mention needs a Slack user id.")


class Word(StrEnum):
    """Base of the closed sets of words that may stand in messages: each set is a subclass with its members."""


@final
@dataclass(frozen=True, slots=True)
class Ref:
    """A random reference that means nothing outside; it stands in button values and metadata, not in text."""

    value: str

    def __post_init__(self) -> None:
        _check(self.value, _REFERENCE, "A reference is 6 to 26 Crockford characters.")


SafePart: TypeAlias = int | Mention | Word | SafeText


def safe(template: LiteralString, **parts: SafePart) -> SafeText:
    """The template with its parts filled in: {name} for any part, {name:02d} for whole numbers.

    Errors: ValueError when fields and parts do not match; PhiLeakError for a part of any other type.
    """
    _check_fields(_fields(template), parts, frozenset())
    return _fill(template, parts)


def plural(n: int, one: LiteralString, many: LiteralString, **parts: SafePart) -> SafeText:
    """One of two templates by number, {n} in either being the number itself.

    Errors: as safe(); both templates are checked, whichever is used.
    """
    every: dict[str, SafePart] = {**parts, "n": n}
    _check_fields(_fields(one) | _fields(many), every, frozenset({"n"}))
    _render(n, "")
    return _fill(one if n == 1 else many, every)


def join(separator: LiteralString, parts: Iterable[SafeText]) -> SafeText:
    """The parts with the separator between them.

    Errors: PhiLeakError when one is not SafeText.
    """
    items = list(parts)
    for item in items:
        if type(item) is not SafeText:
            raise PhiLeakError(f"A {type(item).__name__} cannot stand in a message.")
    escaped = separator.translate(_ESCAPES)
    return SafeText(_MAKER, escaped.join(i.text for i in items), separator.join(i.plain for i in items))


def _check(value: object, pattern: re.Pattern[str], otherwise: str) -> None:
    if type(value) is not str:
        raise PhiLeakError(otherwise)
    if not pattern.fullmatch(value):
        raise ValueError(otherwise)


@lru_cache(maxsize=1024)
def _parse(template: str) -> tuple[tuple[str, str | None, str], ...]:
    """The template as (literal, field or None, format) triples."""
    pieces: list[tuple[str, str | None, str]] = []
    for literal, field, spec, conversion in Formatter().parse(template):
        named = field is None or field.isidentifier()
        if conversion or not named or (spec and not _NUMBER_FORMAT.fullmatch(spec)):
            raise ValueError("A template has {name} and {name:02d} fields only.")
        pieces.append((literal, field, spec or ""))
    return tuple(pieces)


def _fields(template: str) -> frozenset[str]:
    if type(template) is not str:
        raise PhiLeakError("A template is a literal text.")
    return frozenset(field for _, field, _ in _parse(template) if field is not None)


def _check_fields(fields: frozenset[str], parts: Mapping[str, SafePart], optional: frozenset[str]) -> None:
    if not fields <= parts.keys() <= fields | optional:
        raise ValueError("The template's fields and the given parts are not the same.")


def _fill(template: str, parts: Mapping[str, SafePart]) -> SafeText:
    text: list[str] = []
    plain: list[str] = []
    for literal, field, spec in _parse(template):
        text.append(literal.translate(_ESCAPES))
        plain.append(literal)
        if field is not None:
            part = _render(parts[field], spec)
            text.append(part.text)
            plain.append(part.plain)
    return SafeText(_MAKER, "".join(text), "".join(plain))


def _render(part: SafePart, spec: str) -> SafeText:
    # Exactly int: True would read as "1", and other subclasses may print anything.
    if type(part) is int:
        number = format(part, spec)
        return SafeText(_MAKER, number, number)
    if isinstance(part, Word):
        rendered = SafeText(_MAKER, part.value.translate(_ESCAPES), part.value)
    elif type(part) is Mention:
        rendered = SafeText(_MAKER, f"<@{part.user_id}>", f"<@{part.user_id}>")
    elif type(part) is SafeText:
        rendered = part
    else:
        raise PhiLeakError(f"A {type(part).__name__} cannot stand in a message.")
    if spec:
        raise ValueError("Only a whole number takes a format, such as {n:02d}.")
    return rendered
