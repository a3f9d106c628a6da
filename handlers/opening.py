"""Opening forms from a command, a shortcut, App Home or a list, and the list of drafts."""

from __future__ import annotations

from typing import TypeAlias

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, Command, Shortcut
from desk.routes import Routes
from handlers.home import refresh
from models.forms import FormKind
from models.note_document import Method
from services import drafts, forms
from services.forms import OpenForm
from services.sheets import Sheet
from views import lists, screens
from views.blocks import PrivateView
from views.ids import DraftId, HomeId, ReadingId, ShortcutId

# Whatever a form or a list may be opened from.
Opening: TypeAlias = Command | Shortcut | Action

A_CALL = OpenForm(FormKind.COLLATERAL, presets={"method": (Method.PHONE,)})
A_VISIT = OpenForm(FormKind.FACE_TO_FACE)
UNDECIDED = OpenForm(FormKind.COLLATERAL)


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.shortcut(ShortcutId.CALL)(open_call)
    routes.shortcut(ShortcutId.VISIT)(open_visit)
    routes.action(HomeId.LOG_CALL)(open_call)
    routes.action(HomeId.LOG_VISIT)(open_visit)
    routes.action(DraftId.CONTINUE)(continue_draft)
    routes.action(DraftId.LIST)(open_drafts)
    routes.action(DraftId.DISCARD)(discard_draft)


async def open_choice(desk: Desk, request: Opening, reply: Reply) -> None:
    """The small form that asks which kind of note."""
    sheet = await desk.transact(forms.open_form, desk.actor, UNDECIDED)
    await show(desk, request, screens.draw_choice(sheet, desk.now(), desk.actor.zone))
    await reply.done()


async def open_call(desk: Desk, request: Opening, reply: Reply) -> None:
    """A new note of a call or another collateral contact."""
    await open_form(desk, request, A_CALL, reply)


async def open_visit(desk: Desk, request: Opening, reply: Reply) -> None:
    """A new note of a visit."""
    await open_form(desk, request, A_VISIT, reply)


async def open_drafts(desk: Desk, request: Opening, reply: Reply) -> None:
    """The list of drafts."""
    await show(desk, request, await _drafts(desk))
    await reply.done()


async def open_form(desk: Desk, request: Opening, command: OpenForm, reply: Reply) -> None:
    """Any form, as the command says."""
    sheet = await desk.transact(forms.open_form, desk.actor, command)
    await show(desk, request, _drawn(desk, sheet))
    await reply.done()


async def continue_draft(desk: Desk, action: Action, reply: Reply) -> None:
    """*Continue* beside a draft: the form exactly as it was left."""
    sheet = await desk.transact(drafts.resume, desk.actor, action.value)
    await show(desk, action, _drawn(desk, sheet))
    await reply.done()
    desk.later.start(refresh(desk))


async def discard_draft(desk: Desk, action: Action, reply: Reply) -> None:
    """*Discard* beside a draft; the list is drawn again without it."""
    await desk.transact(drafts.discard, desk.actor, action.value)
    await reply.done()
    if action.view is not None and action.view.kind == "modal":
        desk.later.start(_list_again(desk, action.view.id))
    desk.later.start(refresh(desk))


async def show(desk: Desk, request: Opening, view: PrivateView) -> None:
    """Open a modal, on top of the one in which the button stands if there is one; a form about a note that is read, in its place.

    Slack lays at most three modals upon each other, and a form needs room for what is asked before it is signed.
    """
    if isinstance(request, Action) and request.view is not None and request.view.callback_id == ReadingId.READ:
        await desk.surface.update_modal(request.view.id, "", view)
    elif isinstance(request, Action) and request.view is not None and request.view.kind == "modal":
        await desk.surface.push_modal(request.trigger_id, view)
    else:
        await desk.surface.open_modal(request.trigger_id, view)


async def _drafts(desk: Desk) -> PrivateView:
    lines, grant = await desk.transact(drafts.listed, desk.actor)
    return lists.drafts(lines, grant, desk.now(), desk.actor.zone)


async def _list_again(desk: Desk, view_id: str) -> None:
    await desk.surface.update_modal(view_id, "", await _drafts(desk))


def _drawn(desk: Desk, sheet: Sheet) -> PrivateView:
    return screens.draw(sheet, desk.now(), desk.actor.zone)
