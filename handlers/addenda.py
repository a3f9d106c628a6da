"""Adding to a signed note: the form, and signing it."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, Submission
from desk.routes import Routes
from handlers.filling import submitted
from handlers.home import refresh
from handlers.opening import show
from models.forms import Answers
from services import addenda, note_forms
from services.addenda import Added, SignAddendum
from services.refusals import EditNotStored
from views import lists, screens
from views.addenda import AddendumForm
from views.ids import AddendumId


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(AddendumId.OPEN)(open_addendum)
    routes.submission(AddendumId.SIGN)(sign)


async def open_addendum(desk: Desk, action: Action, reply: Reply) -> None:
    """*Add to it* beside a signed note."""
    sheet = await desk.transact(note_forms.open_addendum, desk.actor, action.value)
    await show(desk, action, screens.draw(sheet, desk.now(), desk.actor.zone))
    await reply.done()


async def sign(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Sign* under an addendum."""

    async def commit(form: AddendumForm, answers: Answers) -> Added:
        return await desk.transact(
            addenda.sign, desk.actor, SignAddendum(submission.view.nonce, form.content(), answers)
        )

    added = await submitted(desk, submission, reply, AddendumForm, commit)
    if added is None:
        return None
    desk.later.start(refresh(desk))
    if added is Added.KEPT_AS_DRAFT:
        return await reply.update(lists.notice(EditNotStored.sentence))
    return await reply.done()
