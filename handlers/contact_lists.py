"""The lists of contacts, and what is done to one beside it: writing it, dismissing it, giving it away, calling a visit off."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, OpenView, Submission
from desk.routes import Routes
from handlers import day
from handlers.home import refresh
from handlers.opening import open_form, show
from models.contacts import ContactReason
from models.forms import FormKind
from services import contact_lists, contacts
from services.forms import OpenForm
from services.refusals import FieldRefused, NotFound
from views import contact_lists as views
from views import lists
from views.answers import read_answers
from views.blocks import PrivateView
from views.contact_lists import DISMISSALS, More
from views.contacts import GiveForm, give
from views.form import FormError, sentence
from views.ids import ContactId, DayId
from views.messages import NOBODY_TO_GIVE


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(ContactId.LIST)(list_contacts)
    routes.action(ContactId.OLDER, ContactId.NEWEST)(turn_page)
    routes.action(ContactId.WRITE)(write_contact)
    routes.action(ContactId.MORE)(on_menu)
    routes.action(ContactId.LIST_PLANNED)(list_planned)
    routes.action(ContactId.CANCEL)(cancel)
    routes.submission(ContactId.GIVE)(give_away)


async def list_contacts(desk: Desk, action: Action, reply: Reply) -> None:
    """The list of contacts without a note, which names people."""
    await show(desk, action, await _page(desk, ""))
    await reply.done()


async def turn_page(desk: Desk, action: Action, reply: Reply) -> None:
    """*Older* and *Newest* under the list."""
    await reply.done()
    if action.view is not None:
        desk.later.start(draw_again(desk, action.view.id, action.value))


async def write_contact(desk: Desk, action: Action, reply: Reply) -> None:
    """*Write* beside a contact: its form, prefilled from it."""
    command = OpenForm(contact_ref=action.value, from_list=_from_list(action.view))
    await open_form(desk, action, command, reply)


async def on_menu(desk: Desk, action: Action, reply: Reply) -> None:
    """The menu beside a contact; the block in which it stands is the contact's."""
    ref = action.block_id
    match action.value:
        case More.ATTEMPT:
            command = OpenForm(FormKind.ATTEMPT, contact_ref=ref, from_list=_from_list(action.view))
            await open_form(desk, action, command, reply)
        case More.GIVE:
            await _open_give(desk, action, reply)
        case value if value in DISMISSALS:
            await desk.transact(contacts.cancel, desk.actor, ref, DISMISSALS[More(value)])
            await reply.done()
            _redraw(desk, action.view)
        case _:
            raise NotFound


async def give_away(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Give*: the contact stands in somebody else's list now."""
    view = submission.view
    ref, _, cursor = view.nonce.partition(" ")
    try:
        form = GiveForm.parse(read_answers(view.state), desk.now(), desk.actor.zone)
        await desk.transact(contacts.give, desk.actor, ref, form.receiver)
    except FormError as error:
        return await reply.errors(error.by_field)
    except FieldRefused as refusal:
        return await reply.errors({refusal.field: sentence(refusal.kind, None)})
    await reply.done()
    desk.later.start(refresh(desk))
    if view.below_id:
        desk.later.start(draw_again(desk, view.below_id, cursor))
    return None


async def list_planned(desk: Desk, action: Action, reply: Reply) -> None:
    """Every visit that is planned."""
    await show(desk, action, await _planned(desk, again=False))
    await reply.done()


async def cancel(desk: Desk, action: Action, reply: Reply) -> None:
    """Why a planned visit did not take place. Somebody who did not come was tried: the attempt is offered."""
    ref = action.block_id
    reason = ContactReason(action.value) if action.value in contacts.CANCELLATIONS else None
    if reason is None:
        raise NotFound
    await desk.transact(contacts.cancel, desk.actor, ref, reason)
    if reason is ContactReason.NO_SHOW:
        await open_form(desk, action, OpenForm(FormKind.ATTEMPT, contact_ref=ref), reply)
    else:
        await reply.done()
    _redraw(desk, action.view)


async def draw_again(desk: Desk, view_id: str, cursor: str) -> None:
    """Draw the list of contacts without a note as it is now."""
    await desk.surface.update_modal(view_id, "", await _page(desk, cursor))


def _redraw(desk: Desk, view: OpenView | None) -> None:
    """Whatever shows the contact, without it."""
    desk.later.start(refresh(desk))
    if view is None:
        return
    if view.callback_id == ContactId.TO_NOTE:
        desk.later.start(draw_again(desk, view.id, view.nonce))
    elif view.callback_id == ContactId.PLANNED:
        desk.later.start(_draw_planned_again(desk, view.id))
    elif view.callback_id == DayId.READ:
        desk.later.start(_draw_day_again(desk, view.id))


async def _draw_planned_again(desk: Desk, view_id: str) -> None:
    await desk.surface.update_modal(view_id, "", await _planned(desk, again=False))


async def _draw_day_again(desk: Desk, view_id: str) -> None:
    await desk.surface.update_modal(view_id, "", await day.drawn(desk))


async def _open_give(desk: Desk, action: Action, reply: Reply) -> None:
    giving, grant = await desk.transact(contact_lists.to_give, desk.actor, action.block_id)
    cursor = action.view.nonce if action.view is not None else ""
    if giving.receivers:
        metadata = f"{action.block_id} {cursor}".strip()
        await show(desk, action, give(giving, grant, desk.now(), desk.actor.zone, metadata))
    else:
        await show(desk, action, lists.notice(NOBODY_TO_GIVE))
    await reply.done()


def _from_list(view: OpenView | None) -> bool:
    """Whether the button stands in a list of contacts that wait, so that the next one is offered after signing."""
    return view is not None and (view.kind == "home" or view.callback_id == ContactId.TO_NOTE)


async def _page(desk: Desk, cursor: str) -> PrivateView:
    page, grant = await desk.transact(contact_lists.to_note, desk.actor, cursor)
    return views.contacts_to_note(page, grant, desk.now(), desk.actor.zone)


async def _planned(desk: Desk, *, again: bool) -> PrivateView:
    visits, grant = await desk.transact(contact_lists.all_planned, desk.actor)
    return views.planned(visits, grant, desk.now(), desk.actor.zone, again=again)
