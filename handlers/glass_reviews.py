"""Reviews of emergencies: their list, one emergency, recording what a privacy officer thought of it."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, Submission
from desk.routes import Routes
from handlers.home import refresh
from handlers.opening import Opening, show
from services import glass_reviews
from views import glass_reviews as screen
from views.answers import read_answers
from views.blocks import PrivateView
from views.form import FormError
from views.glass_reviews import ReviewForm
from views.ids import GlassId


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(GlassId.REVIEWS)(open_list)
    routes.action(GlassId.LOOK)(look)
    routes.submission(GlassId.REVIEW)(review)


async def open_list(desk: Desk, request: Opening, reply: Reply) -> None:
    """*Review* in App Home and in the message; `/note emergency` of who breaks no glass."""
    await show(desk, request, await _list(desk))
    await reply.done()


async def look(desk: Desk, action: Action, reply: Reply) -> None:
    """*Review* beside an emergency."""
    sheet, grant = await desk.transact(glass_reviews.look, desk.actor, action.value)
    await show(desk, action, screen.review(sheet, grant, desk.now(), desk.actor.zone))
    await reply.done()


async def review(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Record review*."""
    view = submission.view
    try:
        form = ReviewForm.parse(read_answers(view.state), desk.now(), desk.actor.zone)
    except FormError as error:
        return await reply.errors(error.by_field)
    await desk.transact(glass_reviews.review, desk.actor, view.nonce, form.words)
    await reply.done()
    if view.below_id:
        desk.later.start(_draw_again(desk, view.below_id))
    desk.later.start(refresh(desk))
    return None


async def _draw_again(desk: Desk, view_id: str) -> None:
    await desk.surface.update_modal(view_id, "", await _list(desk))


async def _list(desk: Desk) -> PrivateView:
    lines, _ = await desk.transact(glass_reviews.listed, desk.actor)
    return screen.review_list(lines, desk.now(), desk.actor.zone)
