"""Teams: their list, adding one, changing it."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, OpenView, Submission, Suggestion
from desk.routes import Routes
from handlers.opening import show
from privacy.grants import Purpose, system_grant
from services import staff_lists, team_changes
from services.refusals import FieldRefused
from views import roster_teams as screen
from views.answers import read_answers
from views.blocks import PrivateView
from views.form import FormError, sentence
from views.ids import RosterId
from views.roster_inputs import choices
from views.roster_teams import NewTeamForm, TeamForm


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(RosterId.TEAMS)(open_list)
    routes.action(RosterId.TEAM_ADD)(open_new)
    routes.action(RosterId.TEAM_EDIT)(open_edit)
    routes.submission(RosterId.TEAM_ADD)(add)
    routes.submission(RosterId.TEAM_EDIT)(change)
    routes.suggestion(RosterId.FIND_TEAM)(find_team)


async def open_list(desk: Desk, action: Action, reply: Reply) -> None:
    """*Teams* in the menu."""
    await show(desk, action, await _list(desk))
    await reply.done()


async def open_new(desk: Desk, action: Action, reply: Reply) -> None:
    """*Add a team*."""
    _, grant = await desk.transact(staff_lists.teams, desk.actor)
    await show(desk, action, screen.new_team(grant, desk.now(), desk.actor.zone))
    await reply.done()


async def open_edit(desk: Desk, action: Action, reply: Reply) -> None:
    """*Edit* beside a team."""
    sheet, grant = await desk.transact(team_changes.look, desk.actor, action.value)
    await show(desk, action, screen.edit_team(sheet, grant, desk.now(), desk.actor.zone))
    await reply.done()


async def add(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Add*."""
    view = submission.view
    try:
        form = NewTeamForm.parse(read_answers(view.state), desk.now(), desk.actor.zone)
        await desk.transact(team_changes.add, desk.actor, form.answers())
    except FormError as error:
        return await reply.errors(error.by_field)
    except FieldRefused as refusal:
        return await reply.errors({refusal.field: sentence(refusal.kind, None)})
    return await _done(desk, view, reply)


async def change(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Save*."""
    view = submission.view
    ref, mark = screen.whence(view.nonce)
    try:
        form = TeamForm.parse(read_answers(view.state), desk.now(), desk.actor.zone)
        await desk.transact(team_changes.change, desk.actor, ref, mark, form.answers())
    except FormError as error:
        return await reply.errors(error.by_field)
    except FieldRefused as refusal:
        return await reply.errors({refusal.field: sentence(refusal.kind, None)})
    return await _done(desk, view, reply)


async def find_team(desk: Desk, suggestion: Suggestion, reply: Reply) -> None:
    """A search for a team in a form."""
    query = suggestion.query.reveal(system_grant(Purpose.MATCH))
    await reply.options(choices(await desk.read(staff_lists.find_team, desk.actor, query)))


async def _done(desk: Desk, view: OpenView, reply: Reply) -> None:
    """The form closes, and the list below it is drawn again."""
    await reply.done()
    if view.below_id:
        desk.later.start(_draw(desk, view.below_id))


async def _draw(desk: Desk, view_id: str) -> None:
    await desk.surface.update_modal(view_id, "", await _list(desk))


async def _list(desk: Desk) -> PrivateView:
    lines, _ = await desk.transact(staff_lists.teams, desk.actor)
    return screen.team_list(lines)
