"""Follow-ups: their list, and finishing, moving, giving away or dropping one."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, Submission
from desk.routes import Routes
from handlers import day
from handlers.home import refresh
from handlers.opening import Opening, show
from models.follow_ups import FollowUpState, ReferralOutcome
from services import follow_up_lists, follow_ups, referrals
from services.refusals import FieldRefused, NotFound
from views import follow_ups as screen
from views import lists, screens
from views.answers import read_answers
from views.blocks import PrivateView
from views.follow_ups import AgainForm, DropForm, FinishForm, GiveForm, More, MoveForm, ReferralForm, Whence
from views.form import FormError, sentence
from views.ids import DayId, FollowUpId


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(FollowUpId.LIST)(open_list)
    routes.action(FollowUpId.NEXT, FollowUpId.PREVIOUS)(turn_page)
    routes.action(FollowUpId.DONE, FollowUpId.MORE)(open_small)
    routes.submission(FollowUpId.FINISH)(finish)
    routes.submission(FollowUpId.AGAIN)(again)
    routes.submission(FollowUpId.MOVE)(move)
    routes.submission(FollowUpId.HAND_OVER)(hand_over)
    routes.submission(FollowUpId.DROP)(drop)
    routes.submission(FollowUpId.WRITE)(write_note)


async def open_list(desk: Desk, request: Opening, reply: Reply) -> None:
    """`/note follow-ups`, *Open* in App Home: the list of one's open follow-ups, which names people."""
    await show(desk, request, await _list(desk, 0))
    await reply.done()


async def turn_page(desk: Desk, action: Action, reply: Reply) -> None:
    """*Next ten* and *Previous ten*: the list in place of itself."""
    await reply.done()
    if action.view is not None:
        turn = 1 if action.action_id == FollowUpId.NEXT else -1
        page = max(0, screen.page_of(action.view.nonce) + turn)
        desk.later.start(_list_again(desk, action.view.id, Whence("", page=page)))


async def open_small(desk: Desk, action: Action, reply: Reply) -> None:
    """*Done*, or a line of the menu beside a follow-up: its small modal. The row is named by the follow-up."""
    whence = _whence(action)
    form = screen.SMALL.get(More(action.value)) if action.value in set(More) else FinishForm
    sheet = await desk.transact(follow_up_lists.look, desk.actor, whence.ref)
    if form is None or (form is GiveForm and not sheet.owners):
        drawn = lists.notice(screen.NOBODY_ELSE)
    else:
        form = ReferralForm if form is FinishForm and sheet.line.referral else form
        drawn = screen.small(form, sheet, whence, desk.now(), desk.actor.zone)
    await show(desk, action, drawn)
    await reply.done()


async def finish(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Done*: it is closed, and where it can be, its note is offered."""
    whence = Whence.read(submission.view.nonce)
    try:
        form = FinishForm.parse(read_answers(submission.view.state), desk.now(), desk.actor.zone)
        done = await desk.transact(follow_ups.finish, desk.actor, whence.ref, form.words, form.referral)
    except FormError as error:
        return await reply.errors(error.by_field)
    except FieldRefused as refusal:
        return await reply.errors({refusal.field: sentence(refusal.kind, None)})
    _draw_again(desk, submission, whence)
    if done.referral is ReferralOutcome.NOT_ATTENDED:
        sheet = await desk.transact(follow_up_lists.look, desk.actor, whence.ref, FollowUpState.DONE)
        return await reply.update(screen.small(AgainForm, sheet, whence, desk.now(), desk.actor.zone))
    declined = done.referral is ReferralOutcome.DECLINED
    return await (reply.update(screen.done(whence, declined=declined)) if done.may_write else reply.done())


async def again(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Follow up again*: the referral goes on under another day, and where it can be, the note of what was done is offered."""
    whence = Whence.read(submission.view.nonce)
    try:
        form = AgainForm.parse(read_answers(submission.view.state), desk.now(), desk.actor.zone)
    except FormError as error:
        return await reply.errors(error.by_field)
    may_write = await desk.transact(referrals.again, desk.actor, whence.ref, form.due_on)
    _draw_again(desk, submission, whence)
    return await (reply.update(screen.done(whence)) if may_write else reply.done())


async def move(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Move*: another day."""
    whence = Whence.read(submission.view.nonce)
    try:
        form = MoveForm.parse(read_answers(submission.view.state), desk.now(), desk.actor.zone)
    except FormError as error:
        return await reply.errors(error.by_field)
    await desk.transact(follow_ups.reschedule, desk.actor, whence.ref, form.due_on)
    _draw_again(desk, submission, whence)
    return await reply.done()


async def hand_over(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Give*: somebody else has it from now on."""
    whence = Whence.read(submission.view.nonce)
    try:
        form = GiveForm.parse(read_answers(submission.view.state), desk.now(), desk.actor.zone)
        await desk.transact(follow_ups.hand_over, desk.actor, whence.ref, form.owner)
    except FormError as error:
        return await reply.errors(error.by_field)
    except FieldRefused as refusal:
        return await reply.errors({refusal.field: sentence(refusal.kind, None)})
    _draw_again(desk, submission, whence)
    return await reply.done()


async def drop(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Close it*: it is not needed any more, and why."""
    whence = Whence.read(submission.view.nonce)
    try:
        form = DropForm.parse(read_answers(submission.view.state), desk.now(), desk.actor.zone)
        await desk.transact(follow_ups.drop, desk.actor, whence.ref, form.reason, form.words)
    except FormError as error:
        return await reply.errors(error.by_field)
    except FieldRefused as refusal:
        return await reply.errors({refusal.field: sentence(refusal.kind, None)})
    _draw_again(desk, submission, whence)
    return await reply.done()


async def write_note(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Write its note*: which kind it was is asked, about whom is known."""
    whence = Whence.read(submission.view.nonce)
    sheet = await desk.transact(follow_up_lists.write_note, desk.actor, whence.ref)
    await reply.update(screens.draw_choice(sheet, desk.now(), desk.actor.zone))


def _whence(action: Action) -> Whence:
    view = action.view
    if view is None:
        raise NotFound
    return Whence(action.block_id, view.callback_id == DayId.READ, screen.page_of(view.nonce))


def _draw_again(desk: Desk, submission: Submission, whence: Whence) -> None:
    """The list below, and App Home, as they stand now."""
    if submission.view.below_id:
        desk.later.start(_list_again(desk, submission.view.below_id, whence))
    desk.later.start(refresh(desk))


async def _list_again(desk: Desk, view_id: str, whence: Whence) -> None:
    drawn = await (day.drawn(desk) if whence.from_day else _list(desk, whence.page))
    await desk.surface.update_modal(view_id, "", drawn)


async def _list(desk: Desk, page: int) -> PrivateView:
    found, grant = await desk.transact(follow_up_lists.mine, desk.actor, page)
    return screen.follow_ups(found, grant, desk.actor.today(desk.now()))
