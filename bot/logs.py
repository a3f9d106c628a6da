"""Logging: one JSON line per event on stderr, and no word that came from a person. What is worth logging is decided elsewhere.

Ours are `log = structlog.get_logger()` and `log.info("note.signed", note=note_id)`: numbers, ids, enums and short tokens.
Everything else that logs, whoever it is, is written without its text: Bolt logs what a person typed at WARNING, slack_sdk
logs messages at DEBUG, and PostgreSQL puts values into its errors.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import sys
import threading
import traceback
import uuid
import warnings
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import ExitStack
from enum import Enum
from pathlib import PurePath
from types import TracebackType
from typing import Any, TextIO, cast

import structlog

HIDDEN = "•"
FOREIGN = "third party record"
MOST_FRAMES = 20
MOST_CAUSES = 5

_TOKEN = re.compile(r"[A-Za-z0-9_.:-]{1,80}", re.ASCII)


def configure(stream: TextIO | None = None) -> Callable[[], None]:
    """Send every event of the process to `stream` (default stderr), and return what puts everything back.

    Call it before anything else is made: Bolt copies the root's level when an app is built.
    """
    undo = ExitStack()
    handler = _Lines(stream or sys.stderr)
    root, old_level = logging.getLogger(), logging.getLogger().level
    undo.callback(root.setLevel, old_level)
    undo.callback(root.removeHandler, handler)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # No logger says anything below INFO, even one that somebody sets to DEBUG.
    undo.callback(logging.disable, logging.root.manager.disable)
    logging.disable(logging.DEBUG)
    undo.callback(logging.setLogRecordFactory, logging.getLogRecordFactory())
    logging.setLogRecordFactory(_record)
    undo.callback(_restore_structlog, structlog.get_config())
    structlog.configure(
        processors=[_ours],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=_stdlib,
        cache_logger_on_first_use=False,
    )
    for place, name, hook in (
        (sys, "excepthook", _process_failed),
        (sys, "unraisablehook", _unraisable),
        (threading, "excepthook", _thread_failed),
        (warnings, "showwarning", _warned),
    ):
        undo.callback(setattr, place, name, getattr(place, name))
        setattr(place, name, hook)
    return undo.close


class _Line(str):
    """A finished line of ours. Only these keep their text."""

    __slots__ = ()


class _Foreign(logging.LogRecord):
    """A record that somebody else made, already without text, arguments, exception text and stack."""

    def __init__(
        self, name: str, level: int, path: str, line: int, error: BaseException | None, function: str | None
    ) -> None:
        super().__init__(name, level, path, line, FOREIGN, (), None, function)
        self.raised = raised(error) if error else None


class _Lines(logging.StreamHandler[TextIO]):
    """Writes our lines as they are and others as a place; what others say below WARNING is nothing without its text."""

    def filter(self, record: logging.LogRecord) -> bool:
        return type(record.msg) is _Line or record.levelno >= logging.WARNING

    def format(self, record: logging.LogRecord) -> str:
        if type(record.msg) is _Line:
            return record.msg
        line: dict[str, object] = {
            "at": _instant(),
            "level": record.levelname.lower(),
            "event": FOREIGN,
            "logger": _shown(record.name),
            "where": _shown(f"{record.module}:{record.lineno}"),
        }
        if isinstance(record, _Foreign) and record.raised:
            line["raised"] = record.raised
        return json.dumps(line)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say nothing: a line that cannot be written must not stop the work, and Python would print the record."""


def raised(error: BaseException) -> Mapping[str, object]:
    """What may be said of an exception: its type, where it passed, and the types of its causes. Never its text."""
    frames = [
        f"{'/'.join(PurePath(frame.f_code.co_filename).parts[-2:])}:{line} {frame.f_code.co_qualname}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    shown: dict[str, object] = {"type": _kind(error), "frames": frames[-MOST_FRAMES:]}
    causes = _causes(error)
    if causes:
        shown["causes"] = causes
    return shown


def _causes(error: BaseException) -> list[str]:
    waiting: list[BaseException] = [error]
    found: list[BaseException] = []
    while waiting and len(found) <= MOST_CAUSES:
        each = waiting.pop(0)
        if any(each is one for one in found):
            continue
        found.append(each)
        if isinstance(each, BaseExceptionGroup):
            waiting.extend(cast("BaseExceptionGroup[BaseException]", each).exceptions)
        cause = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
        if cause:
            waiting.append(cause)
    return [_kind(each) for each in found[1:]]


def _kind(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _record(
    name: str,
    level: int,
    path: str,
    line: int,
    msg: object,
    args: object,  # noqa: ARG001 - logging's signature
    exc_info: object,
    func: str | None = None,
    sinfo: str | None = None,  # noqa: ARG001 - logging's signature
    **_: object,
) -> logging.LogRecord:
    """Make a record. This stands before every filter and handler, ours or not, so what is dropped here reaches none."""
    if type(msg) is _Line:
        return logging.LogRecord(name, level, path, line, msg, (), None, func)
    return _Foreign(name, level, path, line, _error(exc_info), func)


def _ours(_: object, method: str, event: MutableMapping[str, Any]) -> str:
    """Turn an event of ours into its line; json.dumps escapes line breaks, control characters and all that is not ASCII."""
    error = _error(event.pop("exc_info", None))
    line: dict[str, object] = {
        "at": _instant(),
        "level": {"warn": "warning", "exception": "error"}.get(method, method),
        "event": _shown(event.pop("event", None)),
    }
    line.update((key if _TOKEN.fullmatch(key) else HIDDEN, _shown(value)) for key, value in event.items())
    if error:
        line["raised"] = raised(error)
    return _Line(json.dumps(line))


def _shown(value: object) -> int | str | None:
    """A value that may stand in a log, or a dot. What it refuses is never asked for its text."""
    if isinstance(value, Enum):
        value = value.value
    if value is None or type(value) is int or type(value) is bool:
        return value
    if isinstance(value, uuid.UUID):
        return str(value)
    if type(value) is str and _TOKEN.fullmatch(value):
        return value
    return HIDDEN


def _error(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        parts = cast("tuple[object, ...]", exc_info)
        return next((each for each in parts if isinstance(each, BaseException)), None)
    return sys.exception() if exc_info else None


def _instant() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")


def _stdlib(*_: object) -> logging.Logger:
    return logging.getLogger("noted")


def _restore_structlog(config: dict[str, Any]) -> None:
    structlog.configure(**config)


def _log() -> structlog.typing.FilteringBoundLogger:
    return structlog.get_logger()


def _process_failed(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
    _log().critical("process.failed", exc_info=error)


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    _log().critical("thread.failed", exc_info=failed.exc_value)


def _unraisable(failed: sys.UnraisableHookArgs) -> None:
    _log().error("process.unraisable", exc_info=failed.exc_value)


def _warned(
    message: Warning | str,  # noqa: ARG001 - the text of a warning may quote a value
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001 - warnings' signature
    line: str | None = None,  # noqa: ARG001 - warnings' signature
) -> None:
    _log().warning("process.warned", kind=category.__name__, module=PurePath(filename).name, line=lineno)
