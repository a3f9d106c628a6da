"""pyright refuses exactly the marked lines of tests/typing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final, TypedDict

import pytest

FOLDER: Final = Path(__file__).parent.parent / "typing"
MARK: Final = "  # refused"


class Position(TypedDict):
    line: int


class Range(TypedDict):
    start: Position


class Diagnostic(TypedDict):
    file: str
    severity: str
    range: Range


@pytest.fixture(scope="module")
def refused() -> dict[str, set[int]]:
    """The numbers of the lines that pyright refuses, by file; one run for all."""
    command = [sys.executable, "-m", "pyright", "-p", str(FOLDER), "--pythonpath", sys.executable, "--outputjson"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    diagnostics: list[Diagnostic] = json.loads(found.stdout)["generalDiagnostics"]
    lines: dict[str, set[int]] = {}
    for diagnostic in diagnostics:
        if diagnostic["severity"] == "error":
            lines.setdefault(Path(diagnostic["file"]).name, set()).add(diagnostic["range"]["start"]["line"] + 1)
    return lines


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_exactly_the_marked_lines_do_not_type_check(path: Path, refused: dict[str, set[int]]) -> None:
    marked = {n for n, line in enumerate(path.read_text().splitlines(), 1) if line.endswith(MARK)}
    assert len(marked) >= 20
    assert refused.get(path.name, set()) == marked
