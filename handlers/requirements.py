"""Who is due: the list, planning a visit from it, and saying that a client is away or back."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, Submission
from desk.routes import Routes
from handlers.home import refresh
from handlers.opening import Opening, open_form, show
from models.forms import FormKind
from services import pauses, requirements
from services.forms import OpenForm
from services.refusals import FieldRefused, NotFound
from views import requirements as screen
from views.answers import read_answers
from views.blocks import PrivateView
from views.form import FormError, sentence
from views.ids import RequirementId
from views.requirements import AwayForm, More, Whence


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(RequirementId.LIST)(open_list)
    routes.action(RequirementId.NEXT, RequirementId.PREVIOUS)(turn_page)
    routes.action(RequirementId.PLAN)(plan_visit)
    routes.action(RequirementId.MORE)(on_more)
    routes.submission(RequirementId.AWAY)(pause)


async def open_list(desk: Desk, request: Opening, reply: Reply) -> None:
    """The list of who is due, which names people."""
    await show(desk, request, await _list(desk, 0))
    await reply.done()


async def turn_page(desk: Desk, action: Action, reply: Reply) -> None:
    """*Next ten* and *Previous ten*: the list in place of itself."""
    await reply.done()
    if action.view is not None:
        turn = 1 if action.action_id == RequirementId.NEXT else -1
        page = max(0, screen.page_of(action.view.nonce) + turn)
        await desk.surface.update_modal(action.view.id, "", await _list(desk, page))


async def plan_visit(desk: Desk, action: Action, reply: Reply) -> None:
    """*Plan a visit* beside a client: the form for it, about this client."""
    await open_form(desk, action, OpenForm(FormKind.PLAN, client_ref=action.value), reply)


async def on_more(desk: Desk, action: Action, reply: Reply) -> None:
    """The menu beside a client. The row is named by the requirement."""
    if action.view is None:
        raise NotFound
    whence = Whence(action.block_id, screen.page_of(action.view.nonce))
    if action.value == More.BACK:
        await desk.transact(pauses.resume, desk.actor, whence.ref)
        await reply.done()
        return _draw_again(desk, action.view.id, whence)
    client, grant = await desk.transact(pauses.whose, desk.actor, whence.ref)
    await show(desk, action, screen.away(client, grant, whence, desk.now(), desk.actor.zone))
    return await reply.done()


async def pause(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Save*: the client is away, and their windows wait."""
    whence = Whence.read(submission.view.nonce)
    try:
        form = AwayForm.parse(read_answers(submission.view.state), desk.now(), desk.actor.zone)
        await desk.transact(pauses.pause, desk.actor, form.command(whence))
    except FormError as error:
        return await reply.errors(error.by_field)
    except FieldRefused as refusal:
        return await reply.errors({refusal.field: sentence(refusal.kind, None)})
    _draw_again(desk, submission.view.below_id, whence)
    return await reply.done()


def _draw_again(desk: Desk, view_id: str, whence: Whence) -> None:
    """The list, and App Home, as they stand now."""
    if view_id:
        desk.later.start(_list_again(desk, view_id, whence))
    desk.later.start(refresh(desk))


async def _list_again(desk: Desk, view_id: str, whence: Whence) -> None:
    await desk.surface.update_modal(view_id, "", await _list(desk, whence.page))


async def _list(desk: Desk, page: int) -> PrivateView:
    lines, grant = await desk.transact(requirements.due, desk.actor)
    return screen.who_is_due(lines, grant, desk.actor.today(desk.now()), page)
