"""The canary: what a test types as PHI is a string found nowhere else, and after the test it may stand nowhere but where it belongs.

A pytest plugin: tests/conftest.py names it in `pytest_plugins`, and from then on the guard runs around every test. It searches the
log, what was printed, registered database files and dumps, and registered journals of the stand-in. It does not see what a test itself
took away with capsys or capfd.
"""

from __future__ import annotations

import base64
import logging
import secrets
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

import pytest

ALLOWED_CALLS = frozenset(
    {"views.open", "views.update", "views.push", "answer.view_submission", "answer.block_suggestion"}
)
# These stand in a view but are not shown in it: Slack keeps them, and sends them back.
NEVER_SHOWN = frozenset({"private_metadata", "callback_id", "external_id", "block_id", "action_id", "value"})
DATABASE_SUFFIXES = ("", "-wal", "-shm", "-journal")
PLAIN_RECORD = frozenset(vars(logging.makeLogRecord({})))

_SECTIONS = pytest.StashKey[Sequence[tuple[str, str]]]()


class SlackCall(Protocol):
    """What the guard reads of one thing that the app sent to Slack."""

    @property
    def method(self) -> str:
        """A Web API method, or `answer.` and the kind of what is answered."""
        ...

    @property
    def arguments(self) -> Mapping[str, object]:
        """What was sent."""
        ...


@dataclass(frozen=True)
class Leak:
    """One canary in one place where it must not be."""

    label: str
    encoding: str
    place: str

    def __str__(self) -> str:
        return f"The canary “{self.label}” stands in {self.place} ({self.encoding})."


@dataclass
class Canary:
    """Makes strings found nowhere else, and knows where to look for them."""

    _typed: dict[str, str] = field(default_factory=dict[str, str])
    _texts: list[tuple[str, str | bytes]] = field(default_factory=list[tuple[str, str | bytes]])
    _files: list[Path] = field(default_factory=list[Path])
    _journals: list[Iterable[SlackCall]] = field(default_factory=list[Iterable[SlackCall]])

    @property
    def used(self) -> bool:
        """Whether anything was typed; a costly dump is worth making only then."""
        return bool(self._typed)

    def text(self, label: str) -> str:
        """A new string of letters and digits, found nowhere else; `label` says in a failure which one leaked."""
        made = f"Zq{len(self._typed)}canary{secrets.token_hex(8)}"
        self._typed[made] = label
        return made

    def watch_text(self, place: str, content: str | bytes) -> None:
        """Search this, for example the text of a pg_dump."""
        self._texts.append((place, content))

    def watch_sqlite(self, path: Path) -> None:
        """Search this database file, its write-ahead log and its journal, after the test."""
        self._files.append(path)

    def watch_journal(self, journal: Iterable[SlackCall]) -> None:
        """Search what the app sends to Slack, after the test. Only an open modal may show what was typed, and only show it."""
        self._journals.append(journal)

    def leaks(self) -> list[Leak]:
        """Every canary in everything that is watched."""
        found = [leak for place, content in self._texts for leak in self.leaks_in(place, content)]
        for path in self._files:
            found += self._leaks_in_database(path)
        for call in (call for journal in self._journals for call in journal):
            text = repr(list(hidden(call.arguments)) if call.method in ALLOWED_CALLS else call.arguments)
            found += self.leaks_in(f"a call of {call.method}", text)
        return found

    def leaks_in(self, place: str, content: str | bytes) -> list[Leak]:
        """Every canary in this text, in any encoding that it may have gone through."""
        data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        folded = data.lower()
        found: list[Leak] = []
        for typed, label in self._typed.items():
            matching = (name for name, form, case in forms(typed) if form in (data if case else folded))
            found += [Leak(label, name, place) for name in list(matching)[:1]]
        return found

    def _leaks_in_database(self, path: Path) -> list[Leak]:
        files = [Path(f"{path}{suffix}") for suffix in DATABASE_SUFFIXES]
        there = [file for file in files if file.exists()]
        if not there:
            raise FileNotFoundError(f"The canary watches {path.name}, and there is no such database.")
        return [leak for file in there for leak in self.leaks_in(file.name, file.read_bytes())]


def forms(typed: str) -> Iterator[tuple[str, bytes, bool]]:
    """What a string may look like after an encoding. The last part says whether its case matters; the rest is lower case.

    A part of base64 is the same wherever it stands only from a whole group of three bytes on, hence three ways.
    """
    for text, is_folded in ((typed, False), (typed.casefold(), True)):
        for shift in range(3):
            encoded = base64.b64encode(b"\0" * shift + text.encode()).rstrip(b"=")
            inner = encoded[4 * (shift > 0) : len(encoded) - 1]
            name = f"base64, {shift} bytes in{', in lower case' if is_folded else ''}"
            yield name, inner, True
            yield f"{name}, for URLs", inner.translate(bytes.maketrans(b"+/", b"-_")), True
    text = typed.lower()
    yield "as it is", text.encode(), False
    yield "UTF-16 LE", text.encode("utf-16-le"), False
    yield "UTF-16 BE", text.encode("utf-16-be"), False
    for name, cased in (("hex", typed), ("hex, in lower case", text)):
        yield name, cased.encode().hex().encode(), False
        yield f"URL-encoded {name}", "".join(f"%{byte:02x}" for byte in cased.encode()).encode(), False
        yield f"JSON-escaped {name}", "".join(f"\\u{ord(letter):04x}" for letter in cased).encode(), False


def hidden(value: object) -> Iterator[object]:
    """What a view carries without showing it."""
    if isinstance(value, Mapping):
        for key, inner in cast("Mapping[object, object]", value).items():
            if key in NEVER_SHOWN:
                yield inner
            else:
                yield from hidden(inner)
    elif isinstance(value, (list, tuple)):
        for inner in cast("Sequence[object]", value):
            yield from hidden(inner)


def record_text(record: logging.LogRecord) -> str:
    """All that a handler could print of a record: message, arguments, exception, stack and extras."""
    parts = [
        attempt(record.getMessage),
        attempt(lambda: repr(record.args)),
        record.exc_text or "",
        record.stack_info or "",
    ]
    if record.exc_info and record.exc_info[1]:
        error = record.exc_info[1]
        parts.append(attempt(lambda: "".join(traceback.format_exception(error))))
    extras = {name: value for name, value in vars(record).items() if name not in PLAIN_RECORD}
    parts += [attempt(lambda value=value: repr(value)) for value in extras.values()]
    return "\n".join(parts)


def attempt(show: Callable[[], str]) -> str:
    """The text, or nothing where the value refuses to be one, as Phi does."""
    try:
        return show()
    except Exception:  # noqa: BLE001 - whatever it refuses with, it refused
        return ""


@pytest.fixture
def canary() -> Canary:
    """This test's canaries."""
    return Canary()


@pytest.fixture(autouse=True)
def canary_guard(canary: Canary, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test afterwards where a canary stands in a place that it must not reach."""
    yield
    if not canary.used:
        return
    for phase in ("setup", "call"):
        for record in caplog.get_records(phase):
            canary.watch_text(f"a log record of {record.name}", record_text(record))
    item = cast("pytest.Item", request.node)
    for title, content in item.stash.get(_SECTIONS, ()):
        canary.watch_text(title.lower(), content)
    leaks = canary.leaks()
    if leaks:
        pytest.fail("\n".join(dict.fromkeys(map(str, leaks))), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what the test printed where the guard finds it; the captured text is public only in the report."""
    report = yield
    item.stash[_SECTIONS] = tuple(report.sections)
    return report
