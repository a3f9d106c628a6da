"""One's own day, and the contact that an item marked urgent asks for."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action
from desk.routes import Routes
from handlers.opening import Opening, show
from services import day
from views import day as screen
from views import screens
from views.blocks import PrivateView
from views.ids import DayId


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(DayId.OPEN)(open_day)
    routes.action(DayId.NOTE_URGENT)(note_urgent)


async def open_day(desk: Desk, request: Opening, reply: Reply) -> None:
    """`/note today`, *My day* in App Home, *Open my day* in a message. Whosever message it is, each sees their own day."""
    await show(desk, request, await drawn(desk))
    await reply.done()


async def note_urgent(desk: Desk, action: Action, reply: Reply) -> None:
    """*Note it* beside an urgent item; in a message, which knows no item, the oldest one."""
    sheet = await desk.transact(day.note_urgent, desk.actor, action.value)
    await show(desk, action, screens.draw(sheet, desk.now(), desk.actor.zone))
    await reply.done()


async def drawn(desk: Desk) -> PrivateView:
    """The day as it is now, drawn."""
    found, grant = await desk.transact(day.my_day, desk.actor)
    return screen.my_day(found, grant, desk.now(), desk.actor.zone)
