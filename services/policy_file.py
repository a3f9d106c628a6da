"""The policy's file: YAML text into plain values, and every mistake with its line, its column and its key.

Here: reading the text, laying it over the defaults, naming mistakes. Not here: which policy is in force (policies), and what
makes a policy wrong (models.policy). Only plain YAML is read: mappings, lists, text, whole numbers, true, false and null.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Final, Protocol, TypeAlias

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from models.policy import Place, Policy
from services import checkers

BYTES_MOST: Final = 256 * 1024
DEPTH_MOST: Final = 10
VALUES_MOST: Final = 20_000
PROBLEMS_MOST: Final = 50
OWN_SOURCE: Final = "Set by the agency."

Value: TypeAlias = "str | int | bool | list[Value] | dict[str, Value] | None"
Spot: TypeAlias = tuple[int, int]

_SECTIONS: Final = (
    "agency",
    "business_hours",
    "daily_times",
    "deadlines",
    "notes",
    "units",
    "snooze",
    "digest",
    "quality",
)
_NUMBER: Final = re.compile(r"-?\d{1,9}")
_PLAIN: Final[Mapping[str, bool | None]] = {"": None, "~": None, "null": None, "true": True, "false": False}

_TAGS: Final[Mapping[type, str]] = {
    type(None): "tag:yaml.org,2002:null",
    bool: "tag:yaml.org,2002:bool",
    int: "tag:yaml.org,2002:int",
    str: "tag:yaml.org,2002:str",
}

# By pydantic's type of error. Its own message is not read, because it may quote what stands in the file.
_SENTENCES: Final[Mapping[str, str]] = {
    "missing": "This key is missing.",
    "extra_forbidden": "There is no such key here.",
    "bool_type": "Write true or false.",
    "bool_parsing": "Write true or false.",
    "int_type": "Write a whole number.",
    "string_type": "Write text; put it in quotes.",
    "string_too_short": "Write something here.",
    "string_too_long": "This is too long; the most is {max_length} characters.",
    "string_pattern_mismatch": "Write small letters, digits and single hyphens.",
    "tuple_type": "Write a list: [one, another].",
    "too_short": "Write at least one.",
    "too_long": "Write at most {max_length}.",
    "greater_than_equal": "This is too small; the least is {ge}.",
    "less_than_equal": "This is too large; the most is {le}.",
    "enum": "Write one of these: {expected}.",
    "literal_error": "Write {expected}.",
    "model_type": "Write keys and values here.",
    "model_attributes_type": "Write keys and values here.",
    "mapping_type": "Write keys and values here.",
    "dict_type": "Write keys and values here.",
}


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake of a policy's file. Line and column count from 1; the key is written as a path."""

    line: int
    column: int
    key: str
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}{self.key and f', {self.key}'}: {self.sentence}"


class PolicyError(Exception):
    """The file is no policy; `problems` say why, in the order of their lines."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(f"The policy has {len(problems)} mistake{'' if len(problems) == 1 else 's'}.")
        self.problems: Final = tuple(sorted(problems))


@lru_cache(maxsize=1)
def default_text() -> str:
    """The defaults as they are written, with their comments."""
    return (files("services") / "default_policy.yaml").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def defaults() -> Policy:
    """The policy of an agency that has applied none."""
    return _validated(_reading(default_text()), lay_over=False)


def check(text: str) -> Policy:
    """The policy that this text makes, together with the defaults of what it leaves out.

    Errors: PolicyError.
    """
    return _validated(_reading(text), lay_over=True)


def to_yaml(policy: Policy) -> str:
    """The whole policy as a file that `check` reads as the same policy. It has no comments."""
    plain = policy.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


class _Dumper(yaml.SafeDumper):
    """Writes what `_scalar` reads: a plain on, no or 08:00 is text, and needs no quotes."""

    def resolve(self, kind: type[yaml.Node], value: str, implicit: tuple[bool, bool]) -> str:
        """The tag that a plain value would be read with."""
        if kind is yaml.ScalarNode:
            return _TAGS[type(_plain(value))] if implicit[0] else self.DEFAULT_SCALAR_TAG
        return self.DEFAULT_SEQUENCE_TAG if kind is yaml.SequenceNode else self.DEFAULT_MAPPING_TAG


@dataclass(slots=True)
class _Reading:
    """The values of a file and where each stands, while it is read from YAML's events.

    Events are taken one by one, so that aliases, tags and depth are refused before anything is built from them.
    """

    events: Iterator[yaml.Event]
    spots: dict[Place, Spot] = field(default_factory=lambda: {(): (1, 1)})
    problems: list[Problem] = field(default_factory=list[Problem])
    count: int = 0
    root: Value = None

    def read(self) -> None:
        """Read the one document there is."""
        event = self._next()
        while isinstance(event, (yaml.StreamStartEvent, yaml.DocumentStartEvent)):
            event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            raise PolicyError(Problem(1, 1, "", 'The file is empty. It needs at least "format: 1".'))
        self.root = self._value(event, ())
        if isinstance(self._next(), yaml.DocumentEndEvent) and isinstance(
            more := self._next(), yaml.DocumentStartEvent
        ):
            raise self._stop(more, (), "The file holds a second document. Keep one.")
        if self.root is None:
            raise PolicyError(Problem(1, 1, "", 'The file is empty. It needs at least "format: 1".'))
        if not isinstance(self.root, dict):
            raise PolicyError(Problem(*self.spots[()], "", 'The file holds no keys. It begins with "format: 1".'))

    def _next(self) -> yaml.Event:
        return next(self.events)

    def _value(self, event: yaml.Event, place: Place) -> Value:
        self.count += 1
        if isinstance(event, yaml.AliasEvent):
            raise self._stop(event, place, "An alias (*) is not allowed. Write the value again.")
        if not isinstance(event, yaml.NodeEvent):
            raise self._stop(event, place, "This is not YAML. Check the colons, the quotes and the indentation.")
        if event.anchor is not None:
            raise self._stop(event, place, "An anchor (&) is not allowed. Write the value at each place.")
        if getattr(event, "tag", None) is not None:
            raise self._stop(event, place, "A tag (!) is not allowed. Write the value alone.")
        if len(place) > DEPTH_MOST or self.count > VALUES_MOST:
            raise self._stop(event, place, "This is too deep or too much for a policy.")
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        return self._list(place) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(place)

    def _list(self, place: Place) -> Value:
        items: list[Value] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            inside = (*place, len(items))
            self.spots[inside] = _spot(event.start_mark)
            items.append(self._value(event, inside))
        return items

    def _mapping(self, place: Place) -> Value:
        items: dict[str, Value] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None or event.tag is not None:
                raise self._stop(event, place, "A key is plain text.")
            inside = (*place, event.value)
            spot = _spot(event.start_mark)
            value = self._value(self._next(), inside)
            if event.value in items:
                first = self.spots[inside][0]
                self.problems.append(
                    Problem(*spot, path(inside), f"This key stands here twice; first in line {first}.")
                )
                continue
            items[event.value] = value
            self.spots[inside] = spot
        return items

    def _stop(self, event: yaml.Event, place: Place, sentence: str) -> PolicyError:
        return PolicyError(Problem(*_spot(event.start_mark), path(place), sentence))


def _reading(text: str) -> _Reading:
    """The file's values and spots.

    Errors: PolicyError.
    """
    if len(text.encode(errors="surrogatepass")) > BYTES_MOST:
        raise PolicyError(Problem(1, 1, "", "The file is larger than 256 KB. A policy is not."))
    try:
        reading = _Reading(iter(yaml.parse(text, Loader=yaml.SafeLoader)))
        reading.read()
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        spot = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise PolicyError(Problem(*spot, "", "This character cannot stand in the file.")) from None
    except yaml.MarkedYAMLError as error:
        raise PolicyError(_not_yaml(text, error)) from None
    return reading


def _not_yaml(text: str, error: yaml.MarkedYAMLError) -> Problem:
    line, column = _spot(error.problem_mark or error.context_mark)
    lines = text.splitlines()
    words = lines[line - 1] if line <= len(lines) else ""
    if "\t" in words[: len(words) - len(words.lstrip())] or words[column - 1 : column] == "\t":
        return Problem(line, column, "", "There is a tab here. Indent with spaces.")
    return Problem(line, column, "", "This is not YAML. Check the colons, the quotes and the indentation.")


class _Mark(Protocol):
    line: int
    column: int


def _spot(mark: _Mark | None) -> Spot:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _scalar(event: yaml.ScalarEvent) -> Value:
    return event.value if event.style is not None else _plain(event.value)


def _plain(word: str) -> str | int | bool | None:
    """The value of a word without quotes: all but true, false, null and whole numbers is text."""
    if word in _PLAIN:
        return _PLAIN[word]
    return int(word) if _NUMBER.fullmatch(word) else word


def path(place: Place) -> str:
    """A place as an operator reads it: rules.follow_up.steps[2].at."""
    words = ""
    for step in place:
        words += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if words else step
    return words


def _laid_over(own: dict[str, Value]) -> dict[str, Value]:
    """The file's values over the defaults: key by key in each section and each rule, pack by pack."""
    base = _reading(default_text()).root
    if not isinstance(base, dict):
        raise TypeError("The defaults are no mapping.")
    whole: dict[str, Value] = {**base, **own}
    for section in (*_SECTIONS, "packs"):
        whole[section] = _merged(base[section], own.get(section, {}))
    whole["units"] = _sourced(whole["units"], own.get("units"), "rule")
    whole["rules"] = _rules(base["rules"], own.get("rules", {}))
    if "format" not in own:
        del whole["format"]
    return whole


def _merged(base: Value, own: Value) -> Value:
    return {**base, **own} if isinstance(base, dict) and isinstance(own, dict) else own


def _rules(base: Value, own: Value) -> Value:
    if not isinstance(base, dict) or not isinstance(own, dict):
        return own
    rules = dict(base)
    for name, rule in own.items():
        rules[name] = _sourced(_merged(base.get(name, {}), rule), rule, "steps")
    return rules


def _sourced(merged: Value, own: Value, key: str) -> Value:
    """The source of Noted's own steps or units says nothing about those of an agency."""
    if isinstance(merged, dict) and isinstance(own, dict) and key in own and "source" not in own:
        return {**merged, "source": OWN_SOURCE}
    return merged


def _validated(reading: _Reading, *, lay_over: bool) -> Policy:
    root = reading.root
    if isinstance(root, dict) and lay_over:
        root = _laid_over(root)
    problems = list(reading.problems)
    try:
        policy = Policy.model_validate(root)
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False)
        problems += [_problem(each, reading.spots) for each in details if not _is_echo(each, details)]
    else:
        problems += [_at(("quality", *place), reading.spots, said) for place, said in checkers.mistakes(policy.quality)]
        if not problems:
            return policy
    raise PolicyError(*problems[:PROBLEMS_MOST])


def _is_echo(error: ErrorDetails, others: list[ErrorDetails]) -> bool:
    """Whether another mistake explains this one: a refused name its contents, refused items a list that is too short."""
    place = error["loc"]
    if error["type"] == "too_short":
        return any(len(other["loc"]) > len(place) and other["loc"][: len(place)] == place for other in others)
    names = [other["loc"][:-1] for other in others if other["loc"][-1:] == ("[key]",)]
    return place[-1:] != ("[key]",) and any(place[: len(name)] == name for name in names)


def _problem(error: ErrorDetails, spots: Mapping[Place, Spot]) -> Problem:
    """The mistake at its key, or at the nearest key around it when the key itself is not in the file."""
    return _at(tuple(step for step in error["loc"] if step != "[key]"), spots, _sentence(error))


def _at(place: Place, spots: Mapping[Place, Spot], said: str) -> Problem:
    known = next(place[:length] for length in range(len(place), -1, -1) if place[:length] in spots)
    return Problem(*spots[known], path(place), said)


def _sentence(error: ErrorDetails) -> str:
    if error["type"] == "policy":
        return error["msg"]
    words = _SENTENCES.get(error["type"], "This cannot stand here.")
    return words.format_map(error.get("ctx", {}))
