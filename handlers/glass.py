"""Emergencies: breaking the glass, writing under it, ending it."""

from __future__ import annotations

from desk.courier import Courier
from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, Submission
from desk.routes import Routes
from handlers import glass_reviews
from handlers.home import refresh
from handlers.opening import A_CALL, A_VISIT, Opening, show
from models.deliveries import Slot
from services import glass, glass_clients
from services.refusals import FieldRefused
from views import glass as screen
from views import lists, screens
from views.answers import read_answers
from views.form import FormError, sentence
from views.glass import GlassForm
from views.ids import GlassId


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(GlassId.OPEN)(open_glass)
    routes.action(GlassId.CALL, GlassId.VISIT)(write)
    routes.action(GlassId.END)(end)
    routes.submission(GlassId.BREAK)(break_glass)


async def open_emergency(desk: Desk, request: Opening, reply: Reply) -> None:
    """`/note emergency`: the form; for who reviews emergencies and breaks no glass, what is to be reviewed."""
    if not glass.may_break(desk.actor):
        return await glass_reviews.open_list(desk, request, reply)
    return await open_glass(desk, request, reply)


async def open_glass(desk: Desk, request: Opening, reply: Reply) -> None:
    """The form that breaks the glass, below what is open already."""
    standing, grant = await desk.transact(glass.look, desk.actor)
    await show(desk, request, screen.glass_form(standing, grant, desk.now(), desk.actor.zone))
    await reply.done()


async def break_glass(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Open for 60 minutes*. Who has to know is told as soon as it is stored."""
    try:
        form = GlassForm.parse(read_answers(submission.view.state), desk.now(), desk.actor.zone)
        client_id = await desk.read(glass_clients.meant, desk.actor, form.typed())
        found = await desk.transact(glass.break_glass, desk.actor, form.reason, client_id)
    except FormError as error:
        return await reply.errors(error.by_field)
    except FieldRefused as refusal:
        return await reply.errors({refusal.field: sentence(refusal.kind, None)})
    if found is None:
        return await reply.errors({"agency_id": sentence("no_such_client", None)})
    emergency, grant = found
    await reply.update(screen.opened(emergency, grant, desk.actor.zone))
    desk.later.start(_sound(desk))
    desk.later.start(refresh(desk))
    return None


async def write(desk: Desk, action: Action, reply: Reply) -> None:
    """*Log a call* and *Log a visit* beside an open emergency."""
    form = A_CALL if action.action_id == GlassId.CALL else A_VISIT
    sheet = await desk.transact(glass.write, desk.actor, action.value, form)
    await show(desk, action, screens.draw(sheet, desk.now(), desk.actor.zone))
    await reply.done()


async def end(desk: Desk, action: Action, reply: Reply) -> None:
    """*End now*."""
    await desk.transact(glass.end, desk.actor, action.value)
    await reply.done()
    if action.view is not None and action.view.kind == "modal":
        desk.later.start(desk.surface.update_modal(action.view.id, "", lists.notice(screen.ENDED)))
    desk.later.start(refresh(desk))


async def _sound(desk: Desk) -> None:
    """Send what tells of it at once; what Slack does not take now goes with the clock's next tick."""
    await Courier(desk.office.doors, desk.surface).deliver(desk.tenant, (Slot.EMERGENCY,))
