"""Every handler in one table."""

from __future__ import annotations

from desk.routes import Routes
from handlers import commands, home, notes, opening


def routes() -> Routes:
    """The table of the app."""
    table = Routes()
    for module in (commands, home, notes, opening):
        module.register(table)
    return table
