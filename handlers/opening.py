"""Opening note forms: from a command, a shortcut, App Home, a list or a draft."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, Command, Shortcut
from desk.routes import Routes
from handlers.home import refresh
from models.forms import FormKind
from models.note_document import Method
from services import contacts, drafts, forms
from services.forms import OpenForm
from services.sheets import Sheet
from views import lists, screens
from views.blocks import PrivateView
from views.ids import ContactId, DraftId, HomeId, ShortcutId
from views.messages import HELP, UNKNOWN_WORD

NOTE_COMMANDS = ("/note", "/noted")
A_CALL = OpenForm(FormKind.COLLATERAL, presets={"method": (Method.PHONE,)})
A_VISIT = OpenForm(FormKind.FACE_TO_FACE)
UNDECIDED = OpenForm(FormKind.COLLATERAL)


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.command(*NOTE_COMMANDS)(on_command)
    routes.shortcut(*ShortcutId)(on_shortcut)
    routes.action(HomeId.LOG_CALL, HomeId.LOG_VISIT)(on_home_button)
    routes.action(ContactId.WRITE)(write_contact)
    routes.action(ContactId.LIST)(list_contacts)
    routes.action(DraftId.CONTINUE)(continue_draft)
    routes.action(DraftId.LIST)(list_drafts)
    routes.action(DraftId.DISCARD)(discard_draft)


async def on_command(desk: Desk, command: Command, reply: Reply) -> None:
    """`/note`, with one of its words or none. Any other text gets a fixed sentence and is not repeated."""
    match command.word:
        case "":
            sheet = await desk.transact(forms.open_form, desk.actor, UNDECIDED)
            await desk.surface.open_modal(command.trigger_id, screens.draw_choice(sheet, desk.now(), desk.actor.zone))
        case "call":
            await _open(desk, command.trigger_id, A_CALL)
        case "visit":
            await _open(desk, command.trigger_id, A_VISIT)
        case "drafts":
            await desk.surface.open_modal(command.trigger_id, await _drafts(desk))
        case "help":
            return await reply.sentence(HELP)
        case _:
            return await reply.sentence(UNKNOWN_WORD)
    return await reply.done()


async def on_shortcut(desk: Desk, shortcut: Shortcut, reply: Reply) -> None:
    """The two global shortcuts."""
    await _open(desk, shortcut.trigger_id, A_VISIT if shortcut.callback_id == ShortcutId.VISIT else A_CALL)
    await reply.done()


async def on_home_button(desk: Desk, action: Action, reply: Reply) -> None:
    """*Log a call* and *Log a visit* in App Home."""
    await _open(desk, action.trigger_id, A_VISIT if action.action_id == HomeId.LOG_VISIT else A_CALL)
    await reply.done()


async def write_contact(desk: Desk, action: Action, reply: Reply) -> None:
    """*Write* beside a contact without a note: the form, prefilled from the contact."""
    command = OpenForm(FormKind.COLLATERAL, contact_ref=action.value, presets=A_CALL.presets)
    sheet = await desk.transact(forms.open_form, desk.actor, command)
    await show(desk, action, _drawn(desk, sheet))
    await reply.done()


async def list_contacts(desk: Desk, action: Action, reply: Reply) -> None:
    """The list of contacts without a note, which names people."""
    owed, grant = await desk.transact(contacts.to_note, desk.actor)
    await show(desk, action, lists.contacts_to_note(owed, grant, desk.now(), desk.actor.zone))
    await reply.done()


async def continue_draft(desk: Desk, action: Action, reply: Reply) -> None:
    """*Continue* beside a draft: the form exactly as it was left."""
    sheet = await desk.transact(drafts.resume, desk.actor, action.value)
    await show(desk, action, _drawn(desk, sheet))
    await reply.done()
    desk.later.start(refresh(desk))


async def list_drafts(desk: Desk, action: Action, reply: Reply) -> None:
    """The list of drafts."""
    await show(desk, action, await _drafts(desk))
    await reply.done()


async def discard_draft(desk: Desk, action: Action, reply: Reply) -> None:
    """*Discard* beside a draft; the list is drawn again without it."""
    await desk.transact(drafts.discard, desk.actor, action.value)
    await reply.done()
    if action.view is not None and action.view.kind == "modal":
        desk.later.start(_list_again(desk, action.view.id))
    desk.later.start(refresh(desk))


async def show(desk: Desk, action: Action, view: PrivateView) -> None:
    """Open a modal, on top of the one in which the button stands if there is one."""
    if action.view is not None and action.view.kind == "modal":
        await desk.surface.push_modal(action.trigger_id, view)
    else:
        await desk.surface.open_modal(action.trigger_id, view)


async def _open(desk: Desk, trigger_id: str, command: OpenForm) -> None:
    sheet = await desk.transact(forms.open_form, desk.actor, command)
    await desk.surface.open_modal(trigger_id, _drawn(desk, sheet))


async def _drafts(desk: Desk) -> PrivateView:
    lines, grant = await desk.transact(drafts.listed, desk.actor)
    return lists.drafts(lines, grant, desk.now(), desk.actor.zone)


async def _list_again(desk: Desk, view_id: str) -> None:
    await desk.surface.update_modal(view_id, "", await _drafts(desk))


def _drawn(desk: Desk, sheet: Sheet) -> PrivateView:
    return screens.draw(sheet, desk.now(), desk.actor.zone)
