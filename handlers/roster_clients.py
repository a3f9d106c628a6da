"""Clients in the roster: looking for one, adding one, their facts, closing and serving again."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, Submission, Suggestion
from desk.routes import Routes
from handlers.opening import show
from handlers.roster_cards import card, card_below, draw_card, mended, saved
from models.clients import ClientStatus
from models.forms import Answers
from privacy.grants import Purpose, system_grant
from services import client_cards, client_changes
from services.refusals import NotFound
from views import roster_clients as screen
from views.answers import read_answers
from views.blocks import PrivateOptions, option
from views.ids import RosterId
from views.roster_clients import About, FactsForm, NewClientForm


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(RosterId.CLIENTS)(open_search)
    routes.action(RosterId.FIND_CLIENT)(choose)
    routes.suggestion(RosterId.FIND_CLIENT)(find)
    routes.action(RosterId.CLIENT_ADD)(open_new)
    routes.submission(RosterId.CLIENT_ADD)(add)
    routes.action(RosterId.CLIENT_EDIT)(open_edit)
    routes.submission(RosterId.CLIENT_EDIT)(change)
    routes.action(RosterId.CLIENT_CLOSE, RosterId.CLIENT_REOPEN)(set_status)


async def open_search(desk: Desk, action: Action, reply: Reply) -> None:
    """*Clients* in the menu."""
    await show(desk, action, await card(desk, ""))
    await reply.done()


async def find(desk: Desk, suggestion: Suggestion, reply: Reply) -> None:
    """The search for a client to change."""
    query = suggestion.query.reveal(system_grant(Purpose.MATCH))
    lines, grant = await desk.read(client_cards.find, desk.actor, query)
    await reply.options(PrivateOptions(options=[option(line.label(grant), line.ref) for line in lines]))


async def choose(desk: Desk, action: Action, reply: Reply) -> None:
    """Whoever was found is shown below the search."""
    if action.view is None:
        raise NotFound
    drawn = await card(desk, action.value)
    await reply.done()
    desk.later.start(desk.surface.update_modal(action.view.id, "", drawn))


async def open_new(desk: Desk, action: Action, reply: Reply) -> None:
    """*Add a client*."""
    grant = await desk.transact(client_changes.begin, desk.actor)
    await show(desk, action, screen.new_client(grant, desk.now(), desk.actor.zone))
    await reply.done()


async def add(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Add*: the newcomer is shown below."""

    async def store(answers: Answers) -> str:
        command = NewClientForm.parse(answers, desk.now(), desk.actor.zone).added()
        compared = await desk.read(client_changes.compare_new, desk.actor, command)
        return await desk.transact(client_changes.add, desk.actor, command, compared)

    ref = await mended(store(read_answers(submission.view.state)), reply)
    if ref is not None:
        await card_below(desk, submission.view, ref, reply)


async def open_edit(desk: Desk, action: Action, reply: Reply) -> None:
    """*Edit* below a client's name."""
    sheet, grant = await desk.transact(client_changes.look, desk.actor, action.value)
    await show(desk, action, screen.edit_client(sheet, grant, desk.now(), desk.actor.zone))
    await reply.done()


async def change(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Save* of a client's facts."""

    async def store(about: About, answers: Answers) -> None:
        command = FactsForm.parse(answers, desk.now(), desk.actor.zone).changed(about)
        compared = await desk.read(client_changes.compare_changed, desk.actor, command)
        await desk.transact(client_changes.change, desk.actor, command, compared)

    await saved(desk, submission, reply, store)


async def set_status(desk: Desk, action: Action, reply: Reply) -> None:
    """*Close this client*, after it was asked whether, and *Serve again*."""
    status = ClientStatus.CLOSED if action.action_id == RosterId.CLIENT_CLOSE else ClientStatus.ACTIVE
    await desk.transact(client_changes.set_status, desk.actor, action.value, status)
    await reply.done()
    if action.view is not None:
        desk.later.start(draw_card(desk, action.view.id, action.value))
