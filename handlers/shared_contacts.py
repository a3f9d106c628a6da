"""One visit or conference about several clients: opened from a note's form, chosen, split, and the form goes on."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, Submission
from desk.routes import Routes
from handlers.home import refresh
from handlers.opening import show
from services import forms, shared_contacts, sheets
from services.forms import SaveForm
from services.refusals import FieldRefused, NotFound
from services.shared_contacts import KeepShared
from views import lists, screens
from views import shared_contacts as screen
from views.answers import read_answers
from views.form import FormError, sentence
from views.ids import SharedId
from views.messages import CLIENT_FIRST
from views.shared_contacts import ChooseClientsForm, Whose


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(SharedId.OPEN)(open_choice)
    routes.submission(SharedId.CHOOSE)(choose)
    routes.submission(SharedId.SPLIT)(keep)


async def open_choice(desk: Desk, action: Action, reply: Reply) -> None:
    """*More clients at this visit*: what stands in the form is saved, and who else was there is asked on top of it."""
    view = action.view
    if view is None or view.callback_id not in screens.SAVED:
        raise NotFound
    answers = read_answers(view.state, action.sent_at)
    await desk.transact(forms.save, desk.actor, SaveForm(view.nonce, answers, action.action_ts))
    try:
        minutes, grant = await desk.transact(shared_contacts.begin, desk.actor, view.nonce)
        drawn = screen.choose(minutes, grant, desk.now(), desk.actor.zone, view.nonce)
    except FieldRefused:
        drawn = lists.notice(CLIENT_FIRST)
    await show(desk, action, drawn)
    await reply.done()


async def choose(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Split*: the minutes of each, equally at first."""
    nonce = submission.view.nonce
    try:
        form = ChooseClientsForm.parse(read_answers(submission.view.state), desk.now(), desk.actor.zone)
        shares, grant = await desk.transact(shared_contacts.propose, desk.actor, nonce, form.clients, form.minutes)
    except FormError as error:
        return await reply.errors(error.by_field)
    except FieldRefused as refusal:
        field = refusal.field if refusal.field in ChooseClientsForm.model_fields else shared_contacts.CLIENTS
        return await reply.errors({field: sentence(refusal.kind, None)})
    return await reply.update(screen.split(shares, grant, desk.now(), desk.actor.zone, nonce))


async def keep(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Keep*: each client has a contact that waits for its note, and the form below goes on about its own."""
    whose = Whose.read(submission.view.nonce)
    shares, mistakes = screen.shares_of(whose, read_answers(submission.view.state))
    if mistakes:
        return await reply.errors(mistakes)
    if not shares:
        raise NotFound
    others = await desk.transact(shared_contacts.keep, desk.actor, KeepShared(whose.nonce, shares))
    if submission.view.below_id:
        desk.later.start(_form_again(desk, submission.view.below_id, whose.nonce))
    desk.later.start(refresh(desk))
    return await reply.update(lists.notice(screen.kept(others)))


async def _form_again(desk: Desk, view_id: str, nonce: str) -> None:
    """The form below, with its own client's minutes."""
    sheet = await desk.read(sheets.for_search, desk.actor, nonce, None)
    await desk.surface.update_modal(view_id, "", screens.draw(sheet, desk.now(), desk.actor.zone))
