"""Every implicit way out of a Phi that we know of: whatever happens there, the value does not come along.

A channel either fails or gives something; both are searched, with tracebacks that print local variables, with what was
printed, and with what was logged.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import builtins
import copy
import csv
import dataclasses
import decimal
import functools
import hashlib
import inspect
import io
import json
import math
import operator
import os
import pickle
import pprint
import shlex
import sqlite3
import string
import struct
import sys
import traceback
import urllib.parse
import warnings
import weakref
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from typing import Any, Final

import pytest
import structlog
import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError
from rich.console import Console
from rich.pretty import pretty_repr

from privacy.phi import Phi, PhiLeakError

# In two pieces, because tracebacks print source lines too.
CANARY: Final = "Amber" + "Quince4711"
Channel = Callable[[Any], object]


def in_sqlite(phi: Any) -> object:
    """As a parameter of a statement."""
    with closing(sqlite3.connect(":memory:")) as connection:
        return connection.execute("select ?", [phi])


class Holder(BaseModel):
    name: Phi[str]
    minutes: int


class Wanting(BaseModel):
    name: Phi[int]


@dataclasses.dataclass
class Record:
    name: Any


@dataclasses.dataclass(order=True, frozen=True)
class Ordered:
    name: Any


class Attribute:
    def __init__(self, phi: object) -> None:
        self.name = phi


def _match(phi: object) -> str:
    match phi:
        case "Amber":
            return "yes"
        case _:
            return "no"


def _plus(text: Any, phi: Any) -> Any:
    text += phi
    return text


def _raise_value(value: object) -> None:
    raise ValueError(value)


def _enter(phi: Any) -> None:
    with phi:
        pass


def _element(phi: Any) -> ET.Element:
    element = ET.Element("name")
    element.text = phi
    return element


def _raise(error: Exception) -> None:
    raise error


def raise_chain(phi: object) -> None:
    try:
        raise KeyError(phi)
    except KeyError as error:
        raise RuntimeError("outer") from error


def _raise_noted(phi: object) -> None:
    error = ValueError("with a note")
    error.add_note(repr(phi))
    raise error


def _assert(phi: object) -> None:
    assert phi is None, phi


def _errors(model: type[BaseModel], values: dict[str, object]) -> ValidationError:
    with pytest.raises(ValidationError) as refusal:
        model.model_validate(values)
    return refusal.value


def _rich_traceback(phi: object) -> str:
    out = io.StringIO()
    try:
        raise_chain(phi)
    except RuntimeError:
        Console(file=out, width=200).print_exception(show_locals=True)
    return out.getvalue()


# These must raise PhiLeakError itself.
REFUSED: dict[str, Channel] = {
    "str": str,
    "format": format,
    "format with a width": lambda phi: format(phi, ">20"),
    "f-string": lambda phi: f"{phi}",
    "f-string with a width": lambda phi: f"{phi:>20}",
    "f-string with !s": lambda phi: f"{phi!s}",
    "str.format": "{}".format,
    "percent s": lambda phi: "%s" % phi,  # noqa: UP031 - the channel under test
    "string.Template": lambda phi: string.Template("$name").substitute(name=phi),
    "print": print,
    "print in a list of arguments": functools.partial(print, "name:", sep="\t"),
    "bytes": bytes,
    "fspath": os.fspath,
    "open": builtins.open,
    "iter": iter,
    "list": list,
    "unpacking": lambda phi: [*phi],
    "loop": lambda phi: [part for part in phi],  # noqa: C416 - the channel under test
    "len": len,
    "reversed": lambda phi: list(reversed(phi)),
    "getitem": lambda phi: phi[0],
    "slice": lambda phi: phi[:3],
    "contains": lambda phi: "Amber" in phi,
    "call": lambda phi: phi(),
    "bool": bool,
    "if": lambda phi: "yes" if phi else "no",
    "not": lambda phi: not phi,
    "and": lambda phi: phi and "yes",
    "any": lambda phi: any([phi]),
    "equal": lambda phi: phi == "Amber",
    "equal, reflected": lambda phi: phi.__class__("Amber") == phi,
    "not equal": lambda phi: phi != "Amber",
    "member of a list": lambda phi: phi in ["Amber", "Opal"],
    "list.index": ["Amber"].index,
    "list.count": ["Amber"].count,
    "less": lambda phi: phi < "Amber",
    "greater or equal": lambda phi: phi >= "Amber",
    "sort": lambda phi: sorted([phi, phi]),
    "max": lambda phi: max(phi, "Amber"),
    "hash": hash,
    "lru_cache": functools.lru_cache(repr),
    "set": lambda phi: {phi},
    "dictionary key": lambda phi: {phi: 1},
    "Counter": lambda phi: Counter([phi]),
    "match": _match,
    "index": operator.index,
    "int": int,
    "float": float,
    "complex": complex,
    "round": round,
    "trunc": math.trunc,
    "floor": math.floor,
    "ceil": math.ceil,
    "hex": hex,
    "range": range,
    "list position": functools.partial(operator.getitem, ["a", "b"]),
    "add": lambda phi: phi + "x",
    "add, reflected": lambda phi: "x" + phi,
    "add in place": functools.partial(_plus, "x"),
    "sum": lambda phi: sum(list[Any]([phi])),
    "times": lambda phi: phi * 2,
    "times, reflected": lambda phi: 2 * phi,
    "modulo": lambda phi: phi % 2,
    "or": lambda phi: phi | {},
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": pickle.dumps,
    "pickle, oldest protocol": lambda phi: pickle.dumps(phi, 0),
    "pickle in an object": lambda phi: pickle.dumps(Attribute(phi)),
    "reduce": lambda phi: phi.__reduce__(),
    "getstate": lambda phi: phi.__getstate__(),
    "json with default=str": lambda phi: json.dumps({"name": phi}, default=str),
    "json with default=vars of an object": lambda phi: json.dumps(Attribute(phi), default=lambda o: str(o.name)),
    "yaml": lambda phi: yaml.dump({"name": phi}),
    "csv": lambda phi: csv.writer(io.StringIO()).writerow([phi]),
    "dataclass asdict": lambda phi: dataclasses.asdict(Record(phi)),
    "dataclass equality": lambda phi: Record(phi) == Record("Amber"),
    "dataclass order": lambda phi: Ordered(phi) < Ordered("Amber"),
    "dataclass hash": lambda phi: hash(Ordered(phi)),
    "pydantic equality": lambda phi: Holder(name=phi, minutes=1) == Holder(name=Phi("Amber"), minutes=1),
    "pydantic deep copy": lambda phi: Holder(name=phi, minutes=1).model_copy(deep=True),
    "exception text": lambda phi: str(ValueError(phi)),
    "console of rich": lambda phi: Console(file=io.StringIO()).print(f"{phi}"),
    "url": lambda phi: urllib.parse.urlencode({"name": phi}),
}

# These raise some other error, or give something without the value.
HARMLESS: dict[str, Channel] = {
    "repr": repr,
    "ascii": ascii,
    "f-string with !r": lambda phi: f"{phi!r}",
    "percent r": lambda phi: "%r" % phi,  # noqa: UP031 - the channel under test
    "percent d": lambda phi: "%d" % phi,  # noqa: UP031 - the channel under test
    "str of a container": lambda phi: str([{"name": phi}]),
    "join": lambda phi: ", ".join([phi]),
    "encode": lambda phi: phi.encode(),
    "upper": lambda phi: phi.upper(),
    "getattr": lambda phi: phi.value,
    "setattr": lambda phi: setattr(phi, "name", "x"),
    "vars": vars,
    "dict": lambda phi: phi.__dict__,
    "dir": dir,
    "inspect.getmembers": inspect.getmembers,
    "type and id": lambda phi: f"{type(phi)} {id(phi)}",
    "sizeof": sys.getsizeof,
    "length hint": operator.length_hint,
    "os.path.join": lambda phi: os.path.join("a", phi),  # noqa: PTH118 - the channel under test
    "weakref": weakref.ref,
    "json": lambda phi: json.dumps({"name": phi}),
    "json with default=repr": lambda phi: json.dumps({"name": phi}, default=repr),
    "json with default=vars": lambda phi: json.dumps({"name": phi}, default=vars),
    "json key": lambda phi: json.dumps([("name", phi)]),
    "pprint": pprint.pformat,
    "rich pretty": pretty_repr,
    "rich locals": _rich_traceback,
    "shlex": shlex.quote,
    "base64": base64.b64encode,
    "sha256": lambda phi: hashlib.sha256(phi).digest(),
    "struct": lambda phi: struct.pack("10s", phi),
    "bytearray": bytearray,
    "memoryview": memoryview,
    "Decimal": decimal.Decimal,
    "await": lambda phi: asyncio.run(asyncio.wait_for(phi, 1)),
    "with": _enter,
    "StringIO": lambda phi: io.StringIO().write(phi),
    "sys.stdout": sys.stdout.write,
    "xml": lambda phi: ET.tostring(_element(phi)),
    "sqlite": in_sqlite,
    "subprocess arguments": lambda phi: argparse.ArgumentParser(exit_on_error=False).parse_args([phi]),
    "environment": lambda phi: os.environ.__setitem__("NOTED_TEST", phi),
    "warning": lambda phi: warnings.warn(repr(phi), stacklevel=1),
    "exception repr": lambda phi: repr(ValueError(phi)),
    "raised": lambda phi: _raise(ValueError(phi)),
    "raised KeyError": lambda phi: _raise(KeyError(phi)),
    "raised in a chain": raise_chain,
    "raised from a frame with locals": lambda phi: [1 / 0 for _ in [phi]],
    "raised with a note": _raise_noted,
    "assert": _assert,
    "map that fails": lambda phi: phi.map(int),
    "map that raises the value": lambda phi: phi.map(_raise_value),
    "map result": lambda phi: phi.map(str.upper),
    "reveal without a grant": lambda phi: phi.reveal(None),
    "reveal without an argument": lambda phi: phi.reveal(),
    "namedtuple repr": lambda phi: repr(operator.itemgetter(0)([phi])),
    "dataclass repr": lambda phi: repr(Record(phi)),
    "partial repr": lambda phi: repr(functools.partial(print, phi)),
    "object attributes": lambda phi: str(vars(Attribute(phi))),
    "inspect signature": lambda phi: str(inspect.signature(phi)),
    "pydantic repr": lambda phi: repr(Holder(name=phi, minutes=1)),
    "pydantic str": lambda phi: str(Holder(name=phi, minutes=1)),
    "pydantic fields": lambda phi: repr(dict(Holder(name=phi, minutes=1))),
    "pydantic model_dump": lambda phi: Holder(name=phi, minutes=1).model_dump(),
    "pydantic model_dump as json": lambda phi: Holder(name=phi, minutes=1).model_dump(mode="json"),
    "pydantic model_dump_json": lambda phi: Holder(name=phi, minutes=1).model_dump_json(),
    "pydantic model_copy": lambda phi: repr(Holder(name=phi, minutes=1).model_copy(update={"minutes": 2})),
    "pydantic as str": lambda phi: TypeAdapter(str).validate_python(phi),
    "pydantic as str, strict": lambda phi: TypeAdapter(str).validate_python(phi, strict=True),
    "pydantic as Any, dumped": lambda phi: TypeAdapter(Any).dump_json(phi),
    "pydantic as Any, dumped with fallback": lambda phi: TypeAdapter(Any).dump_json(phi, fallback=str),
    "pydantic error text": lambda phi: str(_errors(Wanting, {"name": phi})),
    "pydantic errors": lambda phi: repr(_errors(Wanting, {"name": phi}).errors()),
    "pydantic errors without input": lambda phi: _errors(Wanting, {"name": phi}).json(include_input=False),
    "pydantic errors as json": lambda phi: _errors(Wanting, {"name": phi}).json(),
    "pydantic missing sibling": lambda phi: repr(_errors(Holder, {"name": phi}).errors()),
    "pydantic missing sibling, text": lambda phi: str(_errors(Holder, {"name": phi})),
    "pydantic errors of a bare value": lambda _: repr(_errors(Wanting, {"name": "Amber" + "Quince4711"}).errors()),
    "pydantic error text of a bare value": lambda _: str(_errors(Wanting, {"name": "Amber" + "Quince4711"})),
    "pydantic error raised": lambda phi: Wanting.model_validate({"name": phi}),
}


def everything_of(error: BaseException) -> str:
    """The error as loggers see it: text, arguments and the whole chain, local variables printed."""
    shown = [repr(error), repr(error.args)]
    shown += traceback.TracebackException.from_exception(error, capture_locals=True).format()
    shown.append(json.dumps(structlog.tracebacks.ExceptionDictTransformer(show_locals=True)(_info(error))))
    return "\n".join(shown)


def _info(error: BaseException) -> tuple[type[BaseException], BaseException, Any]:
    return type(error), error, error.__traceback__


def through(channel: Channel) -> tuple[object, BaseException | None]:
    try:
        return channel(Phi(CANARY)), None
    except Exception as error:  # noqa: BLE001 - every error of every channel is searched
        return None, error


def assert_clean(shown: str) -> None:
    # A plain assert would have pytest print the value.
    if CANARY.lower() in shown.lower() or base64.b64encode(CANARY.encode()).decode()[:16] in shown:
        pytest.fail("the value came out")


@pytest.mark.parametrize("name", REFUSED)
def test_an_implicit_exit_is_refused(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    _, error = through(REFUSED[name])
    assert isinstance(error, PhiLeakError)
    assert_clean(everything_of(error) + "".join(capfd.readouterr()))


@pytest.mark.parametrize("name", HARMLESS)
def test_no_other_channel_carries_the_value(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    given, error = through(HARMLESS[name])
    shown = repr(given) + (given if isinstance(given, str) else "")
    if error:
        shown += everything_of(error)
    assert_clean(shown + "".join(capfd.readouterr()))


def test_the_search_finds_a_planted_leak() -> None:
    for leak in (
        CANARY,
        CANARY.upper(),
        base64.b64encode(CANARY.encode()).decode(),
        everything_of(ValueError(CANARY)),
    ):
        with pytest.raises(pytest.fail.Exception):
            assert_clean(f"some text, {leak}, more text")


def test_there_are_at_least_as_many_channels_as_we_promise() -> None:
    assert len(REFUSED) + len(HARMLESS) >= 45
