"""`noted policy`: show the policy in force, check a file, put one in force. What stands in a policy is in docs/policy.md."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_shared import Team, plainly, store_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from desk.tenants import Tenant
    from services.work import Work

app = typer.Typer(no_args_is_help=True, help="The agency's policy: deadlines, rules, holidays, contact requirements.")

File = Annotated[Path, typer.Argument(help="The policy, as YAML.")]


@app.command("show")
def show(
    defaults: Annotated[
        bool, typer.Option("--defaults", help="Noted's own policy instead, with its comments: a file to begin with.")
    ] = False,
    team: Team = None,
) -> None:
    """Print the policy in force as a file, with the defaults of what it leaves out."""
    from services.policies import default_text

    if defaults:
        typer.echo(default_text(), nl=False)
        return
    with _plainly(), _workspace(team) as (engine, tenant):
        from bot import offline
        from desk.clock import SystemClock

        version, text = offline.read(engine, tenant, SystemClock(), _whole)
    typer.echo(f"# Version {version} is in force." if version else "# Noted's defaults are in force.")
    typer.echo(text, nl=False)


@app.command("check")
def check(file: File) -> None:
    """Say whether this file is a policy; if not, each mistake with its line and key, and exit code 1."""
    from services import policies

    with _plainly():
        policies.check(_text(file))
    typer.echo("This is a policy. It is in force once you apply it.")


@app.command("apply")
def apply(file: File, team: Team = None) -> None:
    """Put this file in force as a new version. One that says the same changes nothing."""
    with _plainly(), _workspace(team) as (engine, tenant):
        from bot import offline
        from desk.clock import SystemClock
        from services import policies

        text = _text(file)
        policies.check(text)
        before = offline.read(engine, tenant, SystemClock(), policies.version_in_force)
        version = offline.transact(engine, tenant, SystemClock(), policies.apply, text)
    if version != before:
        typer.echo(f"Version {version} is in force.")
    else:
        in_force = f"version {version}" if version else "Noted's own policy"
        typer.echo(f"Nothing to change: {in_force} is in force and says the same.")


def _whole(work: Work) -> tuple[int, str]:
    """The number and the text of what is in force, from one moment."""
    from services import policies

    return policies.version_in_force(work), policies.to_yaml(policies.in_force(work))


def _text(file: Path) -> str:
    from bot.operate import OperatorError, read_file

    try:
        return read_file(file).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise OperatorError(f"{file} is not UTF-8 text: save it as UTF-8.") from None


@contextmanager
def _workspace(team: str | None) -> Generator[tuple[Engine, Tenant]]:
    """The database and the workspace that the command is about."""
    from bot.operate import engine_of, tenant_of

    settings = store_of()
    engine = engine_of(settings)
    try:
        yield engine, tenant_of(settings, engine, team)
    finally:
        engine.dispose()


@contextmanager
def _plainly() -> Generator[None]:
    """Every failure as sentences; a policy's mistakes one a line."""
    from services.policies import PolicyError

    with plainly():
        try:
            yield
        except PolicyError as error:
            for problem in error.problems:
                typer.echo(str(problem), err=True)
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None
