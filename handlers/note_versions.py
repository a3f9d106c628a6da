"""Signing the next version of a note: its form, filled in as the note stands. What is signed in it is signed like any note."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action
from desk.routes import Routes
from handlers.opening import show
from services import note_forms
from views import screens
from views.ids import NoteId


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(NoteId.CHANGE)(open_version)


async def open_version(desk: Desk, action: Action, reply: Reply) -> None:
    """*Change it* beside one's own note that is not approved, and *Open* beside one that was returned."""
    sheet = await desk.transact(note_forms.open_version, desk.actor, action.value)
    await show(desk, action, screens.draw(sheet, desk.now(), desk.actor.zone))
    await reply.done()
