"""Notes: going on from the choice of a kind, signing one, and writing the next of a list."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import OpenView, Submission
from desk.routes import Routes
from handlers import contact_lists
from handlers.home import refresh
from services import contacts, forms
from services.forms import OpenForm
from views import contacts as contact_forms
from views import screens
from views.answers import read_answers
from views.form import FormError
from views.ids import NoteId
from views.lists import ChooseForm


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.submission(NoteId.CHOOSE)(choose)
    routes.submission(NoteId.SIGNED)(write_next)


async def choose(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Go on* after `/note`: the form of the chosen kind takes the place of the choice."""
    try:
        form = ChooseForm.parse(read_answers(submission.view.state), desk.now(), desk.actor.zone)
    except FormError as error:
        return await reply.errors(error.by_field)
    sheet = await desk.transact(forms.choose, desk.actor, submission.view.nonce, form.kind, form.client)
    return await reply.update(screens.draw(sheet, desk.now(), desk.actor.zone))


async def after_signing(desk: Desk, view: OpenView, left: int, reply: Reply, note_ref: str = "") -> None:
    """Close everything, or offer the next contact of the list from which the form was opened."""
    desk.later.start(refresh(desk))
    if not left:
        return await reply.clear()
    if view.below_id:
        desk.later.start(contact_lists.draw_again(desk, view.below_id, ""))
    return await reply.update(contact_forms.signed(left, note_ref))


async def write_next(desk: Desk, _: Submission, reply: Reply) -> None:
    """*Write the next*: the newest contact that still waits."""
    left, ref = await desk.read(contacts.next_to_write, desk.actor)
    if not left:
        return await reply.clear()
    sheet = await desk.transact(forms.open_form, desk.actor, OpenForm(contact_ref=ref, from_list=True))
    return await reply.update(screens.draw(sheet, desk.now(), desk.actor.zone))
