"""Who works with whom: one client assigned, a caseload handed over, a caseload covered."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, OpenView, Submission, Suggestion
from desk.routes import Routes
from handlers.opening import show
from handlers.roster_cards import mended, saved
from handlers.roster_staff import draw_list
from models.forms import Answers
from privacy.grants import Purpose, system_grant
from privacy.safetext import SafeText
from services import assigning, caseloads
from services.decisions import Deed
from services.refusals import NotFound
from views import lists
from views import roster_assignments as screen
from views.answers import read_answers
from views.blocks import PrivateOptions, option
from views.ids import RosterId
from views.roster_assignments import AssignForm, CoverForm, HandOverForm, Whose
from views.roster_clients import About
from views.roster_staff import page_of


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(RosterId.ASSIGN)(open_assign)
    routes.submission(RosterId.ASSIGN)(assign)
    routes.action(RosterId.HAND_OVER)(open_hand_over)
    routes.submission(RosterId.HAND_OVER)(hand_over)
    routes.suggestion(RosterId.FIND_OF_CASELOAD)(find_client)
    routes.action(RosterId.COVER)(open_cover)
    routes.submission(RosterId.COVER)(cover)
    routes.action(RosterId.COVER_END)(end_cover)


async def open_assign(desk: Desk, action: Action, reply: Reply) -> None:
    """*Change* beside those who work with a client."""
    sheet, grant = await desk.transact(assigning.look, desk.actor, action.value)
    await show(desk, action, screen.assign(sheet, grant, desk.now(), desk.actor.zone))
    await reply.done()


async def assign(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Save* of who works with a client."""

    async def store(about: About, answers: Answers) -> None:
        form = AssignForm.parse(answers, desk.now(), desk.actor.zone)
        await desk.transact(assigning.assign, desk.actor, about.client, about.mark, form.primary, form.backup)

    await saved(desk, submission, reply, store)


async def open_hand_over(desk: Desk, action: Action, reply: Reply) -> None:
    """*Hand over* beside somebody."""
    sheet, grant = await desk.transact(caseloads.look, desk.actor, action.value, Deed.CASELOAD_HAND_OVER)
    await show(desk, action, screen.hand_over(sheet, grant, desk.now(), desk.actor.zone, _page(action.view)))
    await reply.done()


async def hand_over(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Hand over*: the caseload, or the clients that were chosen, go to a colleague."""
    whose = Whose.read(submission.view.nonce)

    async def store(answers: Answers) -> SafeText:
        form = HandOverForm.parse(answers, desk.now(), desk.actor.zone)
        count = await desk.transact(caseloads.hand_over, desk.actor, whose.ref, form.to, form.clients)
        return screen.handed_over(count)

    await _said(desk, submission.view, whose, await mended(store(read_answers(submission.view.state)), reply), reply)


async def find_client(desk: Desk, suggestion: Suggestion, reply: Reply) -> None:
    """The search among the clients that are handed over."""
    query = suggestion.query.reveal(system_grant(Purpose.MATCH))
    whose = Whose.read(suggestion.view.nonce)
    lines, grant = await desk.read(caseloads.find, desk.actor, whose.ref, query)
    await reply.options(PrivateOptions(options=[option(line.label(grant), line.ref) for line in lines]))


async def open_cover(desk: Desk, action: Action, reply: Reply) -> None:
    """*Cover* beside somebody."""
    sheet, grant = await desk.transact(caseloads.look, desk.actor, action.value, Deed.CASELOAD_COVER)
    await show(desk, action, screen.cover(sheet, grant, desk.now(), desk.actor.zone, _page(action.view)))
    await reply.done()


async def cover(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Save*: a colleague covers from a day to a day."""
    whose = Whose.read(submission.view.nonce)

    async def store(answers: Answers) -> SafeText:
        form = CoverForm.parse(answers, desk.now(), desk.actor.zone)
        return screen.covered(await desk.transact(caseloads.cover, desk.actor, form.command(whose)))

    await _said(desk, submission.view, whose, await mended(store(read_answers(submission.view.state)), reply), reply)


async def end_cover(desk: Desk, action: Action, reply: Reply) -> None:
    """*End* beside a cover, after it was asked whether; the form is drawn again without it."""
    if action.view is None:
        raise NotFound
    whose = Whose.read(action.view.nonce)
    await desk.transact(caseloads.end_cover, desk.actor, whose.ref, screen.cover_of(action.block_id))
    await reply.done()
    desk.later.start(_draw_cover(desk, action.view.id, whose))


async def _draw_cover(desk: Desk, view_id: str, whose: Whose) -> None:
    sheet, grant = await desk.transact(caseloads.look, desk.actor, whose.ref, Deed.CASELOAD_COVER)
    drawn = screen.cover(sheet, grant, desk.now(), desk.actor.zone, whose.page)
    await desk.surface.update_modal(view_id, "", drawn)


async def _said(desk: Desk, view: OpenView, whose: Whose, sentence: SafeText | None, reply: Reply) -> None:
    """What became of it stands in place of the form, and the list below is drawn again."""
    if sentence is None:
        return
    await reply.update(lists.notice(sentence))
    if view.below_id:
        desk.later.start(draw_list(desk, view.below_id, whose.page))


def _page(view: OpenView | None) -> int:
    return page_of(view.nonce) if view is not None else 0
