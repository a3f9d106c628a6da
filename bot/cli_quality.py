"""`noted quality`: check a text against the note-quality rules, and measure the rules. Nothing is stored, nothing is sent."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from quality.findings import Finding
    from quality.score import Score

app = typer.Typer(no_args_is_help=True, help="The note-quality rules.")
LARGEST = 1_000_000


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="A text file, a note as a .json file, or - for standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per finding and line.")] = False,
) -> None:
    """Say what the rules find in a text. It prints the words that it found: run it where client data may be seen."""
    from quality.engine import Checker
    from quality.note import Note, NoteError

    text = _read(file)
    try:
        checker = Checker()
        findings = checker.note(Note.model_validate_json(text)) if file.suffix == ".json" else checker.text(text)
    except (NoteError, ValueError):
        typer.echo(f"{file} is not a note: its fields and words are those of docs/quality.md.", err=True)
        raise typer.Exit(1) from None
    for finding in findings:
        typer.echo(_json(finding) if as_json else _line(finding))
    if not as_json:
        typer.echo(f"{len(findings)} finding{'' if len(findings) == 1 else 's'}.")


def _read(file: Path) -> str:
    """The file's text.

    Errors: exit 1 where it cannot be read, is not text, or is larger than any note.
    """
    try:
        data = sys.stdin.buffer.read(LARGEST + 1) if str(file) == "-" else _head(file)
        if len(data) <= LARGEST:
            return data.decode()
    except (OSError, UnicodeDecodeError):
        pass
    typer.echo(f"{file} cannot be read as a text of at most {LARGEST} bytes.", err=True)
    raise typer.Exit(1)


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(LARGEST + 1)


def _json(finding: Finding) -> str:
    names = ("rule", "severity", "field", "start", "end", "found", "suggestion")
    return json.dumps({name: getattr(finding, name) for name in names}, ensure_ascii=False)


def _line(finding: Finding) -> str:
    found = f"“{finding.found}” " if finding.found else ""
    return f"{finding.field} {finding.start}-{finding.end} {finding.rule} {finding.severity}: {found}→ {finding.suggestion}. {finding.why}"


@app.command("score")
def score(
    rules: Annotated[bool, typer.Option(help="Each rule's counts too.")] = True,
) -> None:
    """Measure the rules against the labelled set. Exit 1 where the half that nobody looks at misses a goal."""
    from quality.score import HALVES
    from quality.score import score as measure

    scores = [measure(half) for half in HALVES]
    for each in scores:
        _print(each, rules=rules)
    if not scores[-1].meets_goals:
        typer.echo("The half that was not looked at misses a goal.", err=True)
        raise typer.Exit(1)


def _print(score: Score, *, rules: bool) -> None:
    from quality.score import LEAST_PRECISION, LEAST_RECALL, MOST_SCREENS

    typer.echo(f"{score.half.replace('_', ' ')}")
    warnings = score.warnings
    for name, counts in (*score.by_kind.items(), ("warnings", warnings)):
        typer.echo(
            f"  {name:<10} precision {counts.precision:.3f}  recall {counts.recall:.3f}"
            f"  ({counts.right} right, {counts.wrong} wrong, {counts.missed} missed)"
        )
    typer.echo(f"  goals      precision {LEAST_PRECISION:.3f}  recall {LEAST_RECALL:.3f}")
    share = f"{score.screens} of {score.notes} ordinary notes, {score.screen_share:.0%}"
    typer.echo(f"  second screen: {share}; goal at most {MOST_SCREENS:.0%}")
    if rules:
        typer.echo("  rule  right  wrong  missed  found instead")
        for rule, counts in sorted(score.by_rule.items()):
            instead = ", ".join(
                f"{found} ×{n}" for (label, found), n in sorted(score.confused.items()) if label == rule
            )
            typer.echo(f"  {rule}  {counts.right:>6} {counts.wrong:>6} {counts.missed:>7}  {instead}")
