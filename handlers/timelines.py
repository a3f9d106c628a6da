"""A client's notes: finding the client, the list, what narrows it, looking for words, and the client on one page."""

from __future__ import annotations

import uuid
from dataclasses import replace

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, OpenView, Submission, Suggestion
from desk.routes import Routes
from handlers.opening import Opening, show
from models.forms import Answers
from privacy.grants import Purpose, system_grant
from services import access, client_search, note_search, summaries, timelines
from services.note_search import Search
from services.refusals import NotFound
from views import screens
from views import summaries as summary_screen
from views import timelines as screen
from views.answers import read_answers
from views.blocks import PrivateView
from views.form import FormError
from views.ids import TimelineId
from views.timelines import FindForm, Whence


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(TimelineId.FIND)(open_find)
    routes.suggestion(TimelineId.SEARCH_CLIENT)(search_clients)
    routes.submission(TimelineId.CHOOSE)(choose)
    routes.action(TimelineId.MINE)(open_mine)
    routes.action(TimelineId.OPEN)(open_timeline)
    routes.action(TimelineId.NARROW, TimelineId.ALL)(narrow)
    routes.action(TimelineId.NEXT, TimelineId.PREVIOUS, TimelineId.OLDER, TimelineId.NEWEST)(turn_page)
    routes.action(TimelineId.SUMMARY)(open_summary)
    routes.submission(TimelineId.SHOW)(look)


async def open_find(desk: Desk, request: Opening, reply: Reply) -> None:
    """`/note find`, *Find a client* in App Home: the search for a client whose notes may be read."""
    search_id, grant = await desk.transact(client_search.begin, desk.actor)
    await show(desk, request, screen.find(search_id.hex, grant, desk.now(), desk.actor.zone))
    await reply.done()


async def search_clients(desk: Desk, suggestion: Suggestion, reply: Reply) -> None:
    """Whom the search offers. Whoever is found by an emergency is told to the trail first."""
    query = suggestion.query.reveal(system_grant(Purpose.MATCH))
    search_id = _search_id(suggestion.view.nonce)
    found, grant = await desk.read(client_search.offered, desk.actor, search_id, query)
    if found.in_emergency:
        await desk.transact(access.tell_found, desk.actor, found.in_emergency)
    await reply.options(screens.client_options(found, grant))


async def choose(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Open*: the notes of the client who was found, in place of the search."""
    try:
        form = FindForm.parse(read_answers(submission.view.state), desk.now(), desk.actor.zone)
    except FormError as error:
        return await reply.errors(error.by_field)
    return await reply.update(await _drawn(desk, Whence(form.client), Answers()))


async def open_mine(desk: Desk, action: Action, reply: Reply) -> None:
    """*Search all my clients' notes*: the search, before anything is looked for."""
    _, grant = await desk.transact(client_search.begin, desk.actor)
    await show(desk, action, screen.empty_search(grant, desk.now(), desk.actor.zone))
    await reply.done()


async def open_timeline(desk: Desk, action: Action, reply: Reply) -> None:
    """*Notes* beside a client: the list of the client's notes, in place of the list they stood in, so that a form has room above it."""
    drawn = await _drawn(desk, Whence(action.value), Answers())
    await reply.done()
    if action.view is not None:
        await desk.surface.update_modal(action.view.id, "", drawn)


async def narrow(desk: Desk, action: Action, reply: Reply) -> None:
    """*Search or filter*, and *All notes*: the list with what narrows it, or without."""
    await reply.done()
    if action.view is not None:
        whence = Whence.read(action.view.nonce)
        opened = Whence(whence.client_ref, narrow=action.action_id == TimelineId.NARROW)
        desk.later.start(_again(desk, action.view.id, opened, Answers()))


async def turn_page(desk: Desk, action: Action, reply: Reply) -> None:
    """The buttons under the list: another page of it, or the search in what is older."""
    await reply.done()
    if action.view is None:
        return
    whence = Whence.read(action.view.nonce)
    match action.action_id:
        case TimelineId.NEXT:
            whence = replace(whence, page=whence.page + 1)
        case TimelineId.PREVIOUS:
            whence = replace(whence, page=max(0, whence.page - 1))
        case _:
            whence = replace(whence, page=0, after=action.value)
    desk.later.start(_again(desk, action.view.id, whence, _answers(action.view)))


async def look(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Show*, *Search*: the list as it is narrowed now."""
    whence = replace(Whence.read(submission.view.nonce), page=0, after="")
    try:
        return await reply.update(await _drawn(desk, whence, _answers(submission.view)))
    except FormError as error:
        return await reply.errors(error.by_field)


async def open_summary(desk: Desk, action: Action, reply: Reply) -> None:
    """*Hand-over summary*: what somebody who takes over has to know first."""
    sheet = await desk.transact(summaries.summary, desk.actor, action.value)
    await show(desk, action, summary_screen.summary(sheet, desk.now(), desk.actor.zone))
    await reply.done()


async def _again(desk: Desk, view_id: str, whence: Whence, answers: Answers) -> None:
    try:
        drawn = await _drawn(desk, whence, answers)
    except FormError:
        # Only the words of a search can be missing: the list stays as it is until they are there and sent.
        return
    await desk.surface.update_modal(view_id, "", drawn)


async def _drawn(desk: Desk, whence: Whence, answers: Answers) -> PrivateView:
    """The list. What has to be looked for is found in a reading first, so that nobody's writing waits for it."""
    form = screen.form_of(whence).parse(answers, desk.now(), desk.actor.zone)
    if whence.client_ref and not screen.is_looked_for(answers):
        page, grant = await desk.transact(
            timelines.listed, desk.actor, whence.client_ref, form.narrowing(), whence.page
        )
    else:
        search = Search(form.words, whence.client_ref, form.narrowing(), whence.page, whence.after)
        hits = await desk.read(note_search.look, desk.actor, search)
        page, grant = await desk.transact(note_search.show, desk.actor, search, hits)
    return screen.notes(page, answers, whence, grant, desk.now(), desk.actor.zone)


def _answers(view: OpenView) -> Answers:
    return read_answers(view.state)


def _search_id(text: str) -> uuid.UUID:
    """The search that is open, from its modal's metadata; anything else is a search that nobody opened."""
    try:
        return uuid.UUID(hex=text)
    except ValueError:
        raise NotFound from None
