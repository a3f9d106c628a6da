"""One signed note: reading it and its versions, and its text for another system."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, Submission
from desk.routes import Routes
from handlers.opening import show
from services import note_reading
from views import notes_read as screen
from views.ids import ReadingId


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(ReadingId.OPEN)(open_note)
    routes.action(ReadingId.VERSION, ReadingId.BACK)(open_in_place)
    routes.action(ReadingId.COPY)(open_copy)
    routes.submission(ReadingId.COPIED)(on_copied)


async def open_note(desk: Desk, action: Action, reply: Reply) -> None:
    """*Read* beside a note."""
    sheet = await desk.transact(note_reading.open_note, desk.actor, action.value)
    await show(desk, action, screen.note(sheet, desk.now(), desk.actor.zone))
    await reply.done()


async def open_in_place(desk: Desk, action: Action, reply: Reply) -> None:
    """*Read* beside a version, and *Back to the note*: in place of what is read now; Slack lays at most three modals upon each other."""
    number = screen.version_of(action.block_id)
    sheet = await desk.transact(note_reading.open_note, desk.actor, action.value, number)
    await reply.done()
    if action.view is not None:
        await desk.surface.update_modal(action.view.id, "", screen.note(sheet, desk.now(), desk.actor.zone))


async def open_copy(desk: Desk, action: Action, reply: Reply) -> None:
    """*Copy for another system*: the note's text, section by section, in place of the note."""
    sheet = await desk.transact(note_reading.copy, desk.actor, action.value)
    await reply.done()
    if action.view is not None:
        await desk.surface.update_modal(action.view.id, "", screen.copy(sheet, desk.actor.zone))


async def on_copied(_: Desk, __: Submission, reply: Reply) -> None:
    """*Done*: nothing of what stands in the boxes is kept."""
    await reply.done()
