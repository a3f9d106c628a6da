"""`noted reminders`: what would be sent, and one tick by hand. No client stands in what these print."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_shared import Team, plainly, settings_of, store_of

if TYPE_CHECKING:
    from services.previews import PreviewLine

app = typer.Typer(no_args_is_help=True, help="Reminders: a preview, and one tick by hand.")

At = Annotated[
    str | None,
    typer.Option(
        "--at", help="When, such as 2026-12-01T09:00 in the agency's zone, or with an offset; now if left out."
    ),
]
DAYS_MOST = 62


@app.command("preview")
def preview(
    at: At = None,
    days: Annotated[int, typer.Option(min=0, max=DAYS_MOST, help="For how many days from then on.")] = 0,
    team: Team = None,
) -> None:
    """Show what would be sent to whom, why and when, if nothing changed until then. Nothing is sent."""
    with plainly():
        from bot import offline
        from bot.operate import engine_of, tenant_of
        from desk.clock import SystemClock
        from services import policies, previews

        settings = store_of()
        engine = engine_of(settings)
        try:
            tenant = tenant_of(settings, engine, team)
            zone = offline.read(engine, tenant, SystemClock(), policies.in_force).agency.zone
            lines = offline.read(engine, tenant, SystemClock(), previews.preview, _instant(at, zone), days)
        finally:
            engine.dispose()
    if not lines:
        typer.echo("Nothing would be sent.")
        return
    show(lines)


@app.command("run")
def run(at: At = None, team: Team = None) -> None:
    """One tick: send what is due, now or as if it were another time. What was sent before is not sent again."""
    with plainly():
        from bot.tick import tick_once

        ticked = tick_once(settings_of(), team, lambda zone: _instant(at, zone))
    typer.echo(f"{ticked.sent} sent, {ticked.unknown} unknown, {ticked.failed} failed.")
    if ticked.missed:
        typer.echo("The database did not let the planning of what comes next through. Run this again.", err=True)
    if ticked.failed or ticked.missed:
        raise typer.Exit(1)


def _instant(words: str | None, zone: str) -> dt.datetime:
    """The instant that was written, in the agency's zone where it names none."""
    from zoneinfo import ZoneInfo

    if words is None:
        return dt.datetime.now(dt.UTC)
    try:
        instant = dt.datetime.fromisoformat(words)
    except ValueError:
        typer.echo("--at is a day and a time: 2026-12-01T09:00.", err=True)
        raise typer.Exit(2) from None
    return (instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(zone))).astimezone(dt.UTC)


def show(lines: list[PreviewLine]) -> None:
    """One row a message, its reasons one a line: the rule, its step, and how many things it is about."""
    from itertools import groupby

    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    table = Table("When", "To", "Message", "Why", box=SIMPLE)
    for (at, receiver, slot), reasons in groupby(lines, key=lambda line: (line.at, line.receiver, line.slot)):
        why = "\n".join(_reason(each) for each in reasons)
        table.add_row(f"{at:%a %d %b %H:%M %Z}", receiver, slot.value, why)
    Console().print(table)


def _reason(line: PreviewLine) -> str:
    rule = line.rule.value.replace("_", " ")
    return f"{rule} ({line.step}): {line.count}" if line.step != "day" else rule
