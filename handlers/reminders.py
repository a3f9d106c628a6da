"""Reminders: putting one off, and remembering that one was answered."""

from __future__ import annotations

from desk.desk import Desk
from desk.done import say_done
from desk.reply import Reply
from desk.requests import Action
from desk.routes import Routes
from desk.surface import Posted
from handlers import after_call
from services import deliveries, schedule, snoozes
from services.refusals import NotFound
from services.snoozes import Later
from views.ids import ReminderId
from views.reminders import later_message


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(ReminderId.LATER)(put_off)


async def put_off(desk: Desk, action: Action, reply: Reply) -> None:
    """*Later* in a reminder: its things move, and the message says until when."""
    if action.value not in set(Later) or not action.channel_id:
        raise NotFound
    later = Later(action.value)
    await desk.transact(snoozes.put_off, desk.actor, action.message_ts, later)
    await reply.done()
    desk.later.start(desk.surface.edit(Posted(action.channel_id, action.message_ts), later_message(later)))


async def answered(desk: Desk, message_ts: str) -> None:
    """A button in a message was pressed: what becomes due next is a new message."""
    await desk.transact(deliveries.answer, desk.actor.id, message_ts)


async def say_what_is_done(desk: Desk) -> None:
    """Let the actor's messages say that all of theirs is done, where it is."""
    for done in await desk.read(schedule.done_for, desk.actor.id):
        await say_done(desk.office.doors, desk.tenant, desk.surface, done)
    await after_call.redraw(desk)
