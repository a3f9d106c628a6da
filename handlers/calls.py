"""The buttons of the message after a call: writing what waits, or putting it away as no client's contact."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action
from desk.routes import Routes
from handlers import contact_lists
from handlers.home import refresh
from services import after_call
from views.ids import CallId


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(CallId.WRITE)(write)
    routes.action(CallId.LIST)(open_list)
    routes.action(CallId.DISMISS)(dismiss)


async def write(desk: Desk, action: Action, reply: Reply) -> None:
    """*Write note*: the form of the call's contact, prefilled."""
    await contact_lists.write_contact(desk, action, reply)
    desk.later.start(_answered(desk, action.value))


async def open_list(desk: Desk, action: Action, reply: Reply) -> None:
    """*Write notes*: the list of contacts without a note."""
    await contact_lists.list_contacts(desk, action, reply)
    desk.later.start(_answered(desk, action.value))


async def dismiss(desk: Desk, action: Action, reply: Reply) -> None:
    """*Not a client contact*: the calls that the person saw in the message are put away, and it says so."""
    await desk.transact(after_call.dismiss, desk.actor, action.value)
    await reply.done()
    desk.later.start(refresh(desk))


async def _answered(desk: Desk, ref: str) -> None:
    await desk.transact(after_call.press, desk.actor, ref)
