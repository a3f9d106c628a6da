"""What every part of the command line shares: how failures are told, where the settings come from. No command stands here."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.settings import Settings, StoreSettings

Team = Annotated[str | None, typer.Option("--team", help="The Slack team id (T…), where there are several.")]


@contextmanager
def plainly() -> Generator[None]:
    """Every failure as one sentence that says what to do, and exit code 1."""
    from bot.backup import BackupError
    from bot.operate import OperatorError
    from bot.settings import SettingsError
    from bot.web import ListenError
    from models.engine import StoreError
    from privacy.kek import KekError

    try:
        yield
    except SettingsError as error:
        for problem in error.problems:
            typer.echo(problem, err=True)
        raise typer.Exit(1) from None
    except (OperatorError, BackupError, KekError, StoreError, ListenError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def settings_of() -> Settings:
    """The settings of this environment, Slack's among them.

    Errors: SettingsError.
    """
    from bot.settings import Settings

    return Settings.load()


def store_of() -> StoreSettings:
    """The settings of this environment that say where the database and the keys are.

    Errors: SettingsError.
    """
    from bot.settings import StoreSettings

    return StoreSettings.load()
