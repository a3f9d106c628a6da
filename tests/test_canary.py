"""The canary guard finds a planted leak of each kind, and lets pass what belongs where it stands."""

from __future__ import annotations

import base64
import json
import logging
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.canary import Canary, Leak, record_text

pytest_plugins = ["pytester"]


@dataclass(frozen=True)
class Call:
    """A call as the stand-in's journal has it."""

    method: str
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])


class Refusing:
    """A value that refuses to be text, as Phi does."""

    def __repr__(self) -> str:
        raise TypeError("not text")

    __str__ = __repr__


@pytest.fixture
def planted() -> Canary:
    """A canary of its own: the guard around these tests does not know it."""
    return Canary()


def labels(leaks: list[Leak]) -> list[str]:
    return sorted({leak.label for leak in leaks})


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "lower case": lambda text: text.lower().encode(),
    "upper case": lambda text: text.upper().encode(),
    "UTF-16 LE": lambda text: text.encode("utf-16-le"),
    "UTF-16 BE": lambda text: text.encode("utf-16-be"),
    "hex": lambda text: text.encode().hex().encode(),
    "hex in capitals": lambda text: text.encode().hex().upper().encode(),
    "hex of lower case": lambda text: text.lower().encode().hex().encode(),
    "URL-encoded": lambda text: quote(f"né {text} é").encode(),
    "URL-encoded whole": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()).encode(),
    "JSON": lambda text: json.dumps({"note": f"né “{text}”"}).encode(),
    "JSON in JSON": lambda text: json.dumps(json.dumps({"note": text})).encode(),
    "JSON-escaped whole": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text).encode(),
    "base64": lambda text: base64.b64encode(f"{text} went home".encode()),
    "base64, one byte in": lambda text: base64.b64encode(f"x{text} went home".encode()),
    "base64, two bytes in": lambda text: base64.b64encode(f"xx{text} went home".encode()),
    "base64, at the end": lambda text: base64.b64encode(f"xxxx{text}".encode()),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(f"??>{text}".encode()),
    "base64 of lower case": lambda text: base64.b64encode(f"x{text.lower()}.".encode()),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_leak_is_found_in_every_encoding(planted: Canary, encoding: str) -> None:
    text, other = planted.text("note"), planted.text("name")
    leaked = b"before " + ENCODINGS[encoding](text) + b" after"
    assert labels(planted.leaks_in("here", leaked)) == ["note"]
    assert other.encode() not in leaked


def test_what_is_not_there_is_not_found(planted: Canary) -> None:
    planted.text("note")
    assert planted.leaks_in("here", Canary().text("note")) == []
    assert not Canary().used
    assert planted.used


def test_a_leak_says_what_leaked_where_and_how_but_not_the_text(planted: Canary) -> None:
    text = planted.text("note")
    [leak] = planted.leaks_in("a dump", text)
    assert str(leak) == "The canary “note” stands in a dump (as it is)."


def test_a_lone_surrogate_beside_it_hides_nothing(planted: Canary) -> None:
    assert labels(planted.leaks_in("here", f"\ud800{planted.text('note')}")) == ["note"]


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_leak_is_found_in_a_database_and_in_its_log(planted: Canary, tmp_path: Path, mode: str) -> None:
    path = tmp_path / "noted.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute(f"pragma journal_mode={mode}")
    connection.execute("create table note (body)")
    planted.watch_sqlite(path)
    assert planted.leaks() == []
    connection.execute("insert into note values (?)", (planted.text("note"),))
    connection.commit()
    leaks = planted.leaks()
    connection.close()
    assert {leak.place for leak in leaks} == {"noted.sqlite3-wal" if mode == "wal" else "noted.sqlite3"}
    assert labels(leaks) == ["note"]


def test_a_leak_is_found_in_what_was_deleted_but_still_stands_in_the_file(planted: Canary, tmp_path: Path) -> None:
    path = tmp_path / "noted.sqlite3"
    planted.watch_sqlite(path)
    with sqlite3.connect(path) as connection:
        connection.execute("pragma secure_delete=off")
        connection.execute("create table note (body)")
        connection.execute("insert into note values (?)", (planted.text("note"),))
        connection.commit()
        connection.execute("delete from note")
    connection.close()
    assert labels(planted.leaks()) == ["note"]


def test_a_database_that_is_not_there_is_no_proof(planted: Canary, tmp_path: Path) -> None:
    planted.text("note")
    planted.watch_sqlite(tmp_path / "misspelt.sqlite3")
    with pytest.raises(FileNotFoundError, match="misspelt"):
        planted.leaks()


def test_a_leak_is_found_in_a_dump(planted: Canary) -> None:
    planted.watch_text("pg_dump", f"COPY note FROM stdin;\n1\t{planted.text('note')}\n")
    assert [leak.place for leak in planted.leaks()] == ["pg_dump"]


def view(**block: object) -> dict[str, object]:
    return {"type": "modal", "blocks": [{"type": "input", "block_id": "client", **block}]}


@pytest.mark.parametrize(
    "method", ["views.open", "views.update", "views.push", "answer.view_submission", "answer.block_suggestion"]
)
def test_an_open_modal_may_show_what_was_typed(planted: Canary, method: str) -> None:
    shown = view(
        label={"text": planted.text("name")},
        element={"type": "plain_text_input", "initial_value": planted.text("note")},
    )
    planted.watch_journal([Call(method, {"view": shown})])
    assert planted.leaks() == []


HIDING: dict[str, Callable[[str], Mapping[str, object]]] = {
    "metadata": lambda text: {"view": {"private_metadata": json.dumps({"note": text})}},
    "callback": lambda text: {"view": {"callback_id": text}},
    "external id": lambda text: {"view": {"external_id": text}},
    "block": lambda text: {"view": view(block_id=text)},
    "action": lambda text: {"view": view(element={"action_id": text})},
    "option": lambda text: {"view": view(element={"options": [{"text": {"text": "x"}, "value": text}]})},
    "button": lambda text: {"view": view(element={"type": "button", "value": text})},
}


@pytest.mark.parametrize("place", HIDING)
def test_an_open_modal_may_hide_nothing(planted: Canary, place: str) -> None:
    planted.watch_journal([Call("views.open", HIDING[place](planted.text("note")))])
    assert [leak.place for leak in planted.leaks()] == ["a call of views.open"]


@pytest.mark.parametrize(
    "method",
    [
        "chat.postMessage",
        "chat.update",
        "chat.postEphemeral",
        "views.publish",
        "response_url",
        "answer.command",
        "answer.block_actions",
    ],
)
def test_nothing_else_may_hold_it(planted: Canary, method: str) -> None:
    planted.watch_journal([Call(method, view(label={"text": f"Call {planted.text('name')} back"}))])
    assert [leak.place for leak in planted.leaks()] == [f"a call of {method}"]


def test_calls_made_after_the_journal_was_registered_are_searched(planted: Canary) -> None:
    journal: list[Call] = []
    planted.watch_journal(journal)
    journal.append(Call("chat.postMessage", {"text": planted.text("name")}))
    assert labels(planted.leaks()) == ["name"]


def record(message: str, *args: object, error: BaseException | None = None, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord(
        "app", logging.INFO, "app.py", 1, message, args, (type(error), error, None) if error else None
    )
    vars(made).update(extra)
    return made


RECORDS: dict[str, Callable[[str], logging.LogRecord]] = {
    "message": record,
    "argument": lambda text: record("signed %s", text),
    "argument too many": lambda text: record("signed", text),
    "beside what refuses": lambda text: record("signed %s %s", Refusing(), extra=text),
    "exception": lambda text: record("signed", error=ValueError(text)),
    "extra": lambda text: record("signed", body={"note": text}),
}


@pytest.mark.parametrize("part", RECORDS)
def test_a_leak_is_found_in_every_part_of_a_record(planted: Canary, part: str) -> None:
    assert labels(planted.leaks_in("the log", record_text(RECORDS[part](planted.text("note"))))) == ["note"]


def test_a_record_of_a_value_that_refuses_is_no_leak_and_no_failure() -> None:
    assert record_text(record("signed %s", Refusing())).strip() == ""


GUARDED = """
    import logging, sys, sqlite3, warnings
    import pytest
    from tests.canary import Canary

    class Call:
        method, arguments = "chat.postMessage", {"text": "nothing"}

    @pytest.fixture
    def setting_up(canary):
        print("set up with", canary.text("note"))

    def test_clean(canary, tmp_path):
        text = canary.text("note")
        with sqlite3.connect(tmp_path / "db") as connection:
            connection.execute("create table note (body)")
        connection.close()
        canary.watch_sqlite(tmp_path / "db")
        canary.watch_journal([Call()])
        logging.warning("signed")
        print("signed", len(text))

    def test_printed(canary):
        print(canary.text("note"))

    def test_printed_to_stderr(canary):
        print(canary.text("note"), file=sys.stderr)

    def test_printed_while_setting_up(setting_up):
        pass

    def test_logged(canary):
        logging.getLogger("slack_bolt").warning("body: %s", {"note": canary.text("note")})

    def test_stored(canary, tmp_path):
        with sqlite3.connect(tmp_path / "db") as connection:
            connection.execute("create table note (body)")
            connection.execute("insert into note values (?)", (canary.text("note"),))
        connection.close()
        canary.watch_sqlite(tmp_path / "db")

    def test_sent(canary):
        call = Call()
        call.arguments = {"text": canary.text("note")}
        canary.watch_journal([call])

    def test_dumped(canary):
        canary.watch_text("pg_dump", canary.text("note"))
"""


def test_the_guard_fails_the_test_that_leaks_and_no_other(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(GUARDED)
    result = pytester.runpytest_inprocess("-p", "tests.canary", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=8, errors=7)
    said = result.stdout.str()
    for name in ("printed", "printed_to_stderr", "printed_while_setting_up", "logged", "stored", "sent", "dumped"):
        assert f"ERROR at teardown of test_{name} " in said
    assert said.count("The canary “note” stands in ") >= 7
