"""Every handler in one table."""

from __future__ import annotations

from desk.routes import Routes
from handlers import (
    calls,
    commands,
    contact_lists,
    contacts,
    day,
    filling,
    follow_ups,
    glass,
    glass_reviews,
    home,
    notes,
    opening,
    reminders,
    requirements,
    roster_staff,
    roster_teams,
    settings,
    surface,
    team_desk,
)


def routes() -> Routes:
    """The table of the app."""
    table = Routes()
    for module in (
        calls,
        commands,
        contact_lists,
        contacts,
        day,
        filling,
        follow_ups,
        glass,
        glass_reviews,
        home,
        notes,
        opening,
        reminders,
        requirements,
        roster_staff,
        roster_teams,
        settings,
        surface,
        team_desk,
    ):
        module.register(table)
    return table
