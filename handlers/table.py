"""Every handler in one table."""

from __future__ import annotations

from desk.routes import Routes
from handlers import (
    addenda,
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
    note_versions,
    notes,
    notes_read,
    opening,
    reminders,
    requirements,
    reviews,
    roster_assignments,
    roster_clients,
    roster_plans,
    roster_staff,
    roster_teams,
    settings,
    shared_contacts,
    signing,
    surface,
    team_desk,
    timelines,
)


def routes() -> Routes:
    """The table of the app."""
    table = Routes()
    for module in (
        addenda,
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
        note_versions,
        notes,
        notes_read,
        opening,
        reminders,
        requirements,
        roster_assignments,
        roster_clients,
        roster_plans,
        reviews,
        roster_staff,
        roster_teams,
        settings,
        shared_contacts,
        signing,
        surface,
        team_desk,
        timelines,
    ):
        module.register(table)
    return table
