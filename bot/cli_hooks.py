"""`noted hooks`: the addresses at which phone systems tell of ended calls. What they have to send is in docs/phone.md."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bot.cli_shared import Team, plainly, store_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from bot.settings import StoreSettings
    from desk.tenants import Tenant
    from models.calls import Provider
    from privacy.phi import Phi

app = typer.Typer(no_args_is_help=True, help="Where phone systems tell of ended calls.")

LEAST_SECRET: Final = 16
SecretFile = Annotated[
    Path | None,
    typer.Option(
        "--secret-file", help="A file, readable by you alone, that holds the secret; for twilio the auth token."
    ),
]


@app.command("add")
def add(
    provider: Annotated[str, typer.Argument(help="generic or twilio.")],
    secret_file: SecretFile = None,
    team: Team = None,
) -> None:
    """Make an address for a phone system, and print it. For generic its new secret is printed too, this once."""
    from models.calls import Provider

    if provider not in set(Provider):
        typer.echo("The phone system is generic or twilio.", err=True)
        raise typer.Exit(2)
    kind = Provider(provider)
    with plainly(), _workspace(team) as (settings, engine, tenant):
        from bot import offline
        from bot.operate import NO_PUBLIC_URL
        from desk.clock import SystemClock
        from privacy.grants import Purpose, system_grant
        from services import hooks

        given = _given_secret(kind, secret_file)
        secret = hooks.new_secret() if given is None else given
        line = offline.transact(engine, tenant, SystemClock(), hooks.add, kind, secret)
        typer.echo(f"Address: {_address(settings, kind, line.ref)}")
        if given is None:
            typer.echo(f"Secret: {secret.reveal(system_grant(Purpose.SEAL))}")
            typer.echo("The secret is not shown again. docs/phone.md says how to sign with it.")
        if kind is Provider.TWILIO and settings.noted_public_url is None:
            typer.echo(NO_PUBLIC_URL, err=True)


@app.command("list")
def list_(team: Team = None) -> None:
    """Print the addresses, since when they stand, and how many calls each has taken."""
    with plainly(), _workspace(team) as (settings, engine, tenant):
        from bot import offline
        from bot.operate import NO_PUBLIC_URL
        from desk.clock import SystemClock
        from models.calls import Provider
        from services import hooks

        lines = offline.read(engine, tenant, SystemClock(), hooks.listed)
        for line in lines:
            calls = "1 call" if line.calls == 1 else f"{line.calls} calls"
            typer.echo(f"{line.ref}  {line.provider.value:8}since {line.created_at:%Y-%m-%d}, {calls}")
        if not lines:
            typer.echo("No phone system tells Noted of calls yet: run noted hooks add.")
        if settings.noted_public_url is None and any(line.provider is Provider.TWILIO for line in lines):
            typer.echo(NO_PUBLIC_URL, err=True)


@app.command("remove")
def remove(
    ref: Annotated[str, typer.Argument(help="The reference that noted hooks list prints.")], team: Team = None
) -> None:
    """Take nothing at this address any more. What came of its calls stays."""
    with plainly(), _workspace(team) as (_, engine, tenant):
        from bot import offline
        from bot.operate import OperatorError
        from desk.clock import SystemClock
        from services import hooks

        if not offline.transact(engine, tenant, SystemClock(), hooks.remove, ref):
            raise OperatorError("There is no such address: run noted hooks list.")
        typer.echo("Removed. Calls that are told there are refused from now on.")


@contextmanager
def _workspace(team: str | None) -> Generator[tuple[StoreSettings, Engine, Tenant]]:
    from bot.operate import engine_of, tenant_of

    settings = store_of()
    engine = engine_of(settings)
    try:
        yield settings, engine, tenant_of(settings, engine, team)
    finally:
        engine.dispose()


def _given_secret(provider: Provider, file: Path | None) -> Phi[str] | None:
    """The secret that the operator brings, or None where one is made. Never an argument: those stand in the list of processes."""
    from bot.operate import OperatorError
    from bot.settings import content
    from models.calls import Provider as Providers
    from privacy.phi import Phi

    if file is not None:
        secret = content(file, "--secret-file", secret=True)
    elif provider is Providers.GENERIC:
        return None
    elif sys.stdin.isatty():
        secret = typer.prompt("Twilio's auth token", hide_input=True).strip()
    else:
        raise OperatorError("Name the file that holds Twilio's auth token: --secret-file FILE.")
    if len(secret) < LEAST_SECRET:
        raise OperatorError(f"This secret is too short: it needs at least {LEAST_SECRET} characters.")
    return Phi(secret)


def _address(settings: StoreSettings, provider: Provider, ref: str) -> str:
    """The address as the phone system calls it; where nobody has said how others reach us, its path."""
    return f"{(settings.noted_public_url or '').rstrip('/')}/hooks/calls/{provider.value}/{ref}"
