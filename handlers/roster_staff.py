"""The roster's menu, and its staff: their list, adding somebody, changing them, leaving and coming back."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, OpenView, Submission, Suggestion
from desk.routes import Routes
from desk.surface import SlackFailedError
from handlers.opening import Opening, show
from models.staff import Role
from privacy.grants import Purpose, system_grant
from services import leaving, staff_changes, staff_lists
from services.assignments import WRITERS
from services.refusals import FieldsRefused, NotFound
from services.staff import SlackUser
from views import lists
from views import roster_staff as screen
from views.answers import read_answers
from views.blocks import PrivateView
from views.form import FormError, sentence
from views.ids import RosterId
from views.roster_inputs import choices
from views.roster_menu import menu
from views.roster_staff import STILL_DEACTIVATED, DetailsForm, NewStaffForm, StaffForm, Whence


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(RosterId.STAFF)(open_list)
    routes.action(RosterId.STAFF_NEXT, RosterId.STAFF_PREVIOUS)(turn_page)
    routes.action(RosterId.STAFF_ADD)(open_new)
    routes.action(RosterId.STAFF_EDIT, RosterId.PICK_STAFF)(open_edit)
    routes.action(RosterId.STAFF_LEAVE)(mark_left)
    routes.action(RosterId.STAFF_RETURN)(bring_back)
    routes.submission(RosterId.STAFF_ADD)(add)
    routes.submission(RosterId.STAFF_EDIT)(change)
    routes.suggestion(RosterId.FIND_STAFF)(find_staff)
    routes.suggestion(RosterId.PICK_STAFF)(find_changeable)


async def open_menu(desk: Desk, request: Opening, reply: Reply) -> None:
    """`/note roster`: what the actor may look after."""
    drawn = menu(desk.actor)
    if drawn is None:
        raise NotFound
    await show(desk, request, drawn)
    await reply.done()


async def open_list(desk: Desk, action: Action, reply: Reply) -> None:
    """*Staff* in the menu."""
    await show(desk, action, await _list(desk, 0))
    await reply.done()


async def turn_page(desk: Desk, action: Action, reply: Reply) -> None:
    """*Next ten* and *Previous ten*."""
    await reply.done()
    if action.view is not None:
        turn = 1 if action.action_id == RosterId.STAFF_NEXT else -1
        desk.later.start(draw_list(desk, action.view.id, max(0, _page(action.view) + turn)))


async def open_new(desk: Desk, action: Action, reply: Reply) -> None:
    """*Add a person*."""
    facts, grant = await desk.transact(staff_changes.begin, desk.actor)
    await show(desk, action, screen.new_staff(facts, grant, desk.now(), desk.actor.zone, _page(action.view)))
    await reply.done()


async def open_edit(desk: Desk, action: Action, reply: Reply) -> None:
    """*Edit* beside somebody, or somebody who was found."""
    sheet, grant = await desk.transact(staff_changes.look, desk.actor, action.value)
    await show(desk, action, screen.edit_staff(sheet, grant, desk.now(), desk.actor.zone, _page(action.view)))
    await reply.done()


async def add(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Add*."""
    view = submission.view
    try:
        form = NewStaffForm.parse(read_answers(view.state), desk.now(), desk.actor.zone)
        identity = form.identity(await _account(desk, form.slack_user))
        await desk.transact(staff_changes.add, desk.actor, form.details(), identity, desk.tenant.slack_team_id)
    except FormError as error:
        return await reply.errors(error.by_field)
    except FieldsRefused as refusal:
        return await reply.errors(_sentences(refusal))
    return await _done(desk, view, reply)


async def change(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Save*. What was not on the screen stays as it is."""
    view = submission.view
    whence, answers = Whence.read(view.nonce), read_answers(view.state)
    is_whole = view.block_for("email") is not None
    try:
        form = (StaffForm if is_whole else DetailsForm).parse(answers, desk.now(), desk.actor.zone)
        account = await _account(desk, form.slack_user) if isinstance(form, StaffForm) else None
        identity = form.identity(account) if isinstance(form, StaffForm) else None
        await desk.transact(
            staff_changes.change,
            desk.actor,
            whence.ref,
            whence.mark,
            form.details(),
            identity,
            desk.tenant.slack_team_id,
        )
    except FormError as error:
        return await reply.errors(error.by_field)
    except FieldsRefused as refusal:
        return await reply.errors(_sentences(refusal))
    return await _done(desk, view, reply)


async def mark_left(desk: Desk, action: Action, reply: Reply) -> None:
    """*Has left*, after it was asked whether."""
    await desk.transact(leaving.mark_left, desk.actor, action.value)
    await reply.done()
    if action.view is not None:
        desk.later.start(draw_list(desk, action.view.id, _page(action.view)))


async def bring_back(desk: Desk, action: Action, reply: Reply) -> None:
    """*Works here again*, unless Slack says that the account is deactivated."""
    slack_id = await desk.read(leaving.slack_id_of, desk.actor, action.value)
    account = await _account(desk, slack_id)
    if not await desk.transact(leaving.bring_back, desk.actor, action.value, account):
        await show(desk, action, lists.notice(STILL_DEACTIVATED))
    await reply.done()
    if action.view is not None:
        desk.later.start(draw_list(desk, action.view.id, _page(action.view)))


async def find_staff(desk: Desk, suggestion: Suggestion, reply: Reply) -> None:
    """A search for a colleague in a form: among supervisors for one, else among those who write notes."""
    roles = frozenset({Role.SUPERVISOR}) if suggestion.block_id == "supervisor" else WRITERS
    await reply.options(choices(await desk.read(staff_lists.find_staff, desk.actor, _query(suggestion), roles)))


async def find_changeable(desk: Desk, suggestion: Suggestion, reply: Reply) -> None:
    """The search above the list."""
    await reply.options(choices(await desk.read(staff_lists.find_changeable, desk.actor, _query(suggestion))))


def _query(suggestion: Suggestion) -> str:
    return suggestion.query.reveal(system_grant(Purpose.MATCH))


async def _account(desk: Desk, slack_id: str | None) -> SlackUser | None:
    """What Slack says about an account; None when there is none, or Slack does not say."""
    if slack_id is None:
        return None
    try:
        return await desk.office.users.get(slack_id)
    except SlackFailedError:
        return None


def _sentences(refusal: FieldsRefused) -> dict[str, str]:
    return {name: sentence(kind, None) for name, kind in refusal.by_field.items()}


async def _done(desk: Desk, view: OpenView, reply: Reply) -> None:
    """The form closes, and the list below it is drawn again."""
    await reply.done()
    if view.below_id:
        desk.later.start(draw_list(desk, view.below_id, Whence.read(view.nonce).page))


async def draw_list(desk: Desk, view_id: str, page: int) -> None:
    """Draw the list again."""
    await desk.surface.update_modal(view_id, "", await _list(desk, page))


async def _list(desk: Desk, number: int) -> PrivateView:
    page, _ = await desk.transact(staff_lists.page, desk.actor, number)
    return screen.staff_list(page)


def _page(view: OpenView | None) -> int:
    return screen.page_of(view.nonce) if view is not None else 0
