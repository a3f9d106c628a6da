"""`noted import …`: the roster's files. Rows and problems are told by row number, without names."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bot.cli_shared import Team, plainly, store_of

if TYPE_CHECKING:
    from services.roster_plan import RosterFile, Step, Watch

app = typer.Typer(no_args_is_help=True, help="Bring the roster in from CSV files.")

K = TypeVar("K")
S = TypeVar("S")
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")]
Errors = Annotated[Path | None, typer.Option("--errors", help="Write the problems to this CSV file.")]
NotDuplicates = Annotated[
    str, typer.Option("--not-duplicates", help="Rows that are people of their own, as 7,12; or all.")
]


@app.command("staff")
def import_staff(file: Path, dry_run: DryRun = False, errors: Errors = None, team: Team = None) -> None:
    """Bring in staff.csv: new people, changes, teams, supervisors."""
    from services.roster_staff import STAFF_FILE

    _import(STAFF_FILE, file, errors, team, dry_run=dry_run)


@app.command("clients")
def import_clients(
    file: Path, dry_run: DryRun = False, errors: Errors = None, not_duplicates: NotDuplicates = "", team: Team = None
) -> None:
    """Bring in clients.csv: new clients, changes, who works with whom."""
    from services.roster_clients import CLIENT_FILE

    _import(CLIENT_FILE, file, errors, team, dry_run=dry_run, apart=_rows(not_duplicates))


@app.command("people")
def import_people(file: Path, dry_run: DryRun = False, errors: Errors = None, team: Team = None) -> None:
    """Bring in people.csv: the people around clients, how to reach them, until when a release stands."""
    from services.roster_people import PEOPLE_FILE

    _import(PEOPLE_FILE, file, errors, team, dry_run=dry_run)


@app.command("goals")
def import_goals(file: Path, dry_run: DryRun = False, errors: Errors = None, team: Team = None) -> None:
    """Bring in goals.csv: the goals of clients' care plans."""
    from services.roster_goals import GOAL_FILE

    _import(GOAL_FILE, file, errors, team, dry_run=dry_run)


def _import(
    kind: RosterFile[K, S],
    file: Path,
    errors: Path | None,
    team: str | None,
    *,
    dry_run: bool,
    apart: frozenset[int] | None = frozenset(),
) -> None:
    """Import one file whole, or nothing of it."""
    with plainly():
        from bot.imports import import_file
        from bot.operate import read_file, write_problems
        from services.roster_plan import Asked

        data = read_file(file)
        with _bar() as watch:
            report = import_file(store_of(), team, kind, data, Asked(watch, apart), dry_run=dry_run)
        for line in (*report.lines, *report.notes):
            typer.echo(str(line))
        for problem in report.problems:
            typer.echo(str(problem), err=True)
        if errors is not None and report.problems:
            write_problems(errors, report.problems)
        typer.echo(report.summary)
        if report.problems:
            raise typer.Exit(1)


def _rows(words: str) -> frozenset[int] | None:
    """The rows that somebody named, or None for all of them."""
    if words.strip().casefold() == "all":
        return None
    rows = [each for each in re.split(r"[\s,;]+", words) if each]
    if not all(each.isascii() and each.isdigit() for each in rows):
        typer.echo("--not-duplicates takes row numbers, such as 7,12, or all.", err=True)
        raise typer.Exit(2)
    return frozenset(map(int, rows))


@contextmanager
def _bar() -> Generator[Watch]:
    """A bar on a terminal; nothing where the output goes elsewhere."""
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from services.roster_plan import unwatched

    console = Console(stderr=True)
    if not console.is_terminal:
        yield unwatched
        return
    with Progress(console=console, transient=True) as progress:
        tasks: dict[Step, TaskID] = {}

        def show(step: Step, done: int, of: int, /) -> None:
            if step not in tasks:
                tasks[step] = progress.add_task(step.value)
            progress.update(tasks[step], completed=done, total=of)

        yield show
