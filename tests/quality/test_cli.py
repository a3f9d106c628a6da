"""`noted quality` as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app

RUN = CliRunner()


def written(folder: Path, name: str, text: str | bytes) -> str:
    """A file of this name with this content."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_a_text_is_checked_line_by_line(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["quality", "check", written(tmp_path, "n.txt", "Ana claims that she paid.")])
    assert result.exit_code == 0
    assert result.output.startswith("done 4-10 Q01 warn: “claims” → reports, states, said.")
    assert result.output.endswith("1 finding.\n")


def test_json_is_one_object_for_each_finding(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["quality", "check", written(tmp_path, "n.txt", "Ana claims it. He was rude."), "--json"])
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert [row["rule"] for row in rows] == ["Q01", "Q22"]
    assert rows[0] == {
        "rule": "Q01",
        "severity": "warn",
        "field": "done",
        "start": 4,
        "end": 10,
        "found": "claims",
        "suggestion": "reports, states, said",
    }


def test_a_note_is_checked_as_a_whole_and_standard_input_as_a_text(tmp_path: Path) -> None:
    note = json.dumps({"kind": "collateral", "done": "Called Ana."})
    result = RUN.invoke(app, ["quality", "check", written(tmp_path, "n.json", note), "--json"])
    assert {"Q52", "Q54"} <= {json.loads(line)["rule"] for line in result.output.splitlines()}
    piped = RUN.invoke(app, ["quality", "check", "-"], input="Nothing to say about it.")
    assert piped.output == "0 findings.\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("n.json", '{"done": "Ana", "mood": "rude"}'),
        ("n.json", "{"),
        ("n.txt", b"\xff\xfe"),
        ("n.txt", b"a" * 1_000_001),
    ],
)
def test_what_is_no_note_is_refused_without_its_words(tmp_path: Path, name: str, content: str | bytes) -> None:
    result = RUN.invoke(app, ["quality", "check", written(tmp_path, name, content)])
    assert result.exit_code == 1
    assert "Ana" not in result.output


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["quality", "check", str(tmp_path / "none.txt")])
    assert result.exit_code == 1
    assert "cannot be read" in result.output


def test_the_score_prints_both_halves_and_no_sentence_of_the_set() -> None:
    result = RUN.invoke(app, ["quality", "score"])
    assert result.exit_code == 0, result.output
    assert result.output.count("precision") == 8
    assert "second screen" in result.output
    assert "claims" not in result.output
