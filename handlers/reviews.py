"""Review: a supervisor's queue, reading and deciding note by note, and an author's notes that were returned."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, Submission
from desk.routes import Routes
from handlers.filling import submitted
from handlers.home import refresh
from handlers.opening import Opening, show
from models.forms import Answers
from services import note_forms, returned_notes, reviews
from services.reviews import Decided, DecideNote
from views import lists, screens
from views import reviews as screen
from views.blocks import PrivateView
from views.follow_ups import page_of
from views.ids import NoteId, ReviewId
from views.reviews import ReviewForm


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(ReviewId.LIST)(open_queue)
    routes.action(ReviewId.NEXT, ReviewId.PREVIOUS)(turn_page)
    routes.action(ReviewId.READ)(open_review)
    routes.action(ReviewId.APPROVE_READ)(approve_read)
    routes.submission(ReviewId.DECIDE)(decide)
    routes.action(NoteId.LIST_RETURNED)(open_returned)


async def open_queue(desk: Desk, request: Opening, reply: Reply) -> None:
    """`/note review`, *Review* in App Home and in a message: the notes that wait, which names people."""
    await show(desk, request, await _queue(desk, 0))
    await reply.done()


async def turn_page(desk: Desk, action: Action, reply: Reply) -> None:
    """*Next ten* and *Previous ten*: the queue in place of itself."""
    await reply.done()
    if action.view is not None:
        turn = 1 if action.action_id == ReviewId.NEXT else -1
        desk.later.start(_queue_again(desk, action.view.id, max(0, page_of(action.view.nonce) + turn)))


async def open_review(desk: Desk, action: Action, reply: Reply) -> None:
    """*Read* beside a note that waits."""
    sheet = await desk.transact(reviews.open_review, desk.actor, action.value)
    await show(desk, action, screens.draw(sheet, desk.now(), desk.actor.zone))
    await reply.done()
    if action.view is not None:
        # Beside the note it says now that it was read.
        desk.later.start(_queue_again(desk, action.view.id, page_of(action.view.nonce)))


async def decide(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Decide*: the next note that waits takes the place of this one."""
    view = submission.view

    async def commit(form: ReviewForm, answers: Answers) -> Decided:
        return await desk.transact(reviews.decide_note, desk.actor, DecideNote(view.nonce, form.content(), answers))

    decided = await submitted(desk, submission, reply, ReviewForm, commit)
    if decided is None:
        return None
    following = await desk.transact(reviews.open_next, desk.actor, view.nonce)
    desk.later.start(refresh(desk))
    if view.below_id:
        desk.later.start(_queue_again(desk, view.below_id, 0))
    if following is None:
        return await reply.update(lists.notice(screen.NOTHING_WAITS))
    return await reply.update(screens.draw(following, desk.now(), desk.actor.zone))


async def approve_read(desk: Desk, action: Action, reply: Reply) -> None:
    """*Approve the notes you read*: all of one author that were read in this sitting and stand as they did."""
    await desk.transact(reviews.approve_read, desk.actor, action.value)
    await reply.done()
    if action.view is not None:
        desk.later.start(_queue_again(desk, action.view.id, 0))
    desk.later.start(refresh(desk))


async def open_returned(desk: Desk, request: Opening, reply: Reply) -> None:
    """*Open* in the message about returned notes: the only one's form at once, else the list."""
    lines, grant = await desk.transact(returned_notes.listed, desk.actor)
    if len(lines) == 1 and lines[0].client is not None:
        sheet = await desk.transact(note_forms.open_version, desk.actor, lines[0].ref)
        await show(desk, request, screens.draw(sheet, desk.now(), desk.actor.zone))
    else:
        await show(desk, request, screen.returned(lines, grant, desk.now(), desk.actor.zone))
    await reply.done()


async def _queue(desk: Desk, page: int) -> PrivateView:
    found, grant = await desk.transact(reviews.queue, desk.actor, page)
    return screen.queue(found, grant, desk.now(), desk.actor.zone)


async def _queue_again(desk: Desk, view_id: str, page: int) -> None:
    await desk.surface.update_modal(view_id, "", await _queue(desk, page))
