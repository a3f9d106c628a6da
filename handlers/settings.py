"""One's own settings."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, Submission
from desk.routes import Routes
from services import settings
from services.refusals import FieldRefused
from views import settings as screen
from views.answers import read_answers
from views.form import FormError, sentence
from views.ids import HomeId, SettingsId
from views.settings import SettingsForm


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(HomeId.SETTINGS)(open_settings)
    routes.submission(SettingsId.SAVE)(save)


async def open_settings(desk: Desk, action: Action, reply: Reply) -> None:
    """*Settings* in App Home."""
    mine, grant = await desk.transact(settings.current, desk.actor)
    await desk.surface.open_modal(action.trigger_id, screen.settings(mine, desk.actor, grant, desk.now()))
    await reply.done()


async def save(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Save*."""
    try:
        form = SettingsForm.parse(read_answers(submission.view.state), desk.now(), desk.actor.zone)
        await desk.transact(settings.change, desk.actor, form.command())
    except FormError as error:
        return await reply.errors(error.by_field)
    except FieldRefused as refusal:
        return await reply.errors({refusal.field: sentence(refusal.kind, None)})
    return await reply.done()
