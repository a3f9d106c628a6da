"""The command line. Exit 0: done; 1: the job failed; 2: wrong usage; `audit verify` has codes of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import cli_hooks, cli_imports, cli_policy, cli_quality, cli_reminders
from bot.cli_shared import Team, plainly, settings_of, store_of

if TYPE_CHECKING:
    from models.workspaces import Surface
    from services.surfaces import DecideSurface

# The rest is imported where it is used: `noted --help` must not wait for the whole program.
app = typer.Typer(
    name="noted",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Every contact, noted.",
)
db = typer.Typer(no_args_is_help=True, help="The database's schema.")
audit = typer.Typer(no_args_is_help=True, help="The audit trail.")
app.add_typer(db, name="db")
app.add_typer(audit, name="audit")
app.add_typer(cli_hooks.app, name="hooks")
app.add_typer(cli_imports.app, name="import")
app.add_typer(cli_policy.app, name="policy")
app.add_typer(cli_quality.app, name="quality")
app.add_typer(cli_reminders.app, name="reminders")

KEYS_UNREADABLE = 13


def main() -> None:
    """Run the command line."""
    app()


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="The port of the page; 0 takes any.")] = 8300,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its database; it is made anew.")] = Path(
        "var/demo"
    ),
) -> None:
    """Run the app with a made-up agency beside a stand-in for Slack, and print the page's address."""
    with plainly():
        from bot.demo import run

        run(port, folder)


@app.command()
def serve() -> None:
    """Serve Slack's requests over HTTP on NOTED_BIND until stopped."""
    with plainly():
        from bot import logs
        from bot.app import build
        from bot.operate import require_current_schema
        from bot.web import listen, make_server

        settings = settings_of()
        logs.configure()
        require_current_schema(settings)
        make_server(build(settings).web).run(sockets=[listen(settings.host, settings.port)])


@app.command()
def init(
    team: Team = None,
    phi_surface: Annotated[
        str | None, typer.Option(help="modal or none: may client data stand in Slack forms?")
    ] = None,
    decided_by: Annotated[str, typer.Option(help="Name and title of the person who decided.")] = "",
    agreement: Annotated[str, typer.Option(help="The agreement with Slack: its date and where it is kept.")] = "",
) -> None:
    """Make keys, database and workspace where they are missing, and record where client data may go."""
    with plainly():
        from bot.operate import init as make
        from bot.operate import slack_team_of
        from desk.clock import SystemClock
        from services.surfaces import DecideSurface

        surface = _surface(phi_surface)
        if surface is not None and (len(decided_by) < 5 or not agreement):
            typer.echo("Give --decided-by (name and title) and --agreement (its date and place) too.", err=True)
            raise typer.Exit(2)
        decision = DecideSurface(surface, decided_by, agreement) if surface is not None else _ask_decision()
        team = team or slack_team_of(settings_of())
        decided = make(store_of(), team, decision, SystemClock())
        typer.echo(f"The workspace {team} is ready.")
        if decided is None:
            typer.echo(
                "Nobody has decided yet where client data may go, so /note says so. An admin decides it in App Home, "
                "or run noted init again."
            )


def _surface(word: str | None) -> Surface | None:
    from models.workspaces import Surface

    if word is None:
        return None
    if word not in {Surface.MODAL, Surface.NONE}:
        typer.echo("--phi-surface is modal or none.", err=True)
        raise typer.Exit(2)
    return Surface(word)


def _ask_decision() -> DecideSurface | None:
    """Ask on a terminal; without one nothing is asked and nothing is decided."""
    from models.workspaces import Surface
    from services.surfaces import DecideSurface

    if not sys.stdin.isatty():
        return None
    typer.echo(
        "What is typed in a Slack form passes through Slack. Your agency has to decide whether client data may go there:\n"
        "others report that Slack's terms ask for the Enterprise plan and a signed agreement, and do not name forms."
    )
    if not typer.confirm("Has your agency decided to allow client data in Slack forms?", default=False):
        return None
    decided_by = typer.prompt("Decided by (name and title)")
    agreement = typer.prompt("Agreement with Slack: its date and where it is kept")
    return DecideSurface(Surface.MODAL, decided_by, agreement)


@app.command()
def doctor() -> None:
    """Check everything that has to be right before staff can write."""
    with plainly():
        from bot.operate import examine

        findings = list(examine(settings_of()))
        for finding in findings:
            typer.echo(f"{'ok  ' if finding.fine else 'MEND'}  {finding.name}: {finding.says}")
        if not all(finding.fine for finding in findings):
            raise typer.Exit(1)


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the newest schema."""
    with plainly():
        from bot.operate import upgrade

        upgrade(store_of())
        typer.echo("The database has the newest schema.")


@audit.command("verify")
def audit_verify(team: Team = None) -> None:
    """Check the audit trail and the sealed rows against it. Exit 10: tampered; 11: truncated; 13: keys unreadable."""
    with plainly():
        from bot.operate import verify
        from privacy.kek import KekError

        try:
            report = verify(store_of(), team)
        except KekError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(KEYS_UNREADABLE) from None
        for finding in report.findings:
            typer.echo(str(finding), err=True)
        typer.echo(f"{report.events} events, {len(report.findings)} finding{'' if len(report.findings) == 1 else 's'}.")
        if report.exit_code:
            raise typer.Exit(report.exit_code)


@app.command()
def backup(target: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")]) -> None:
    """Copy the database and its wrapped keys, consistently. The key-encryption key is not in it: keep that apart."""
    with plainly():
        from bot.operate import back_up

        manifest = back_up(store_of(), target)
        typer.echo(
            f"{target} holds {manifest.file} ({manifest.bytes} bytes), checked. Keep the key-encryption key apart."
        )


@app.command()
def restore(folder: Annotated[Path, typer.Argument(help="A folder that noted backup made.")]) -> None:
    """Put a backup of a SQLite database where NOTED_DATABASE_URL points; never over one that is there."""
    with plainly():
        from bot.backup import restore as put_back

        put_back(folder, store_of().noted_database_url.get_secret_value())
        typer.echo("Restored. Put the key-encryption key back where NOTED_KEK_URI points, then run noted audit verify.")
