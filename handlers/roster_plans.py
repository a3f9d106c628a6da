"""The goals of a client in the roster, and the people around them: adding, changing, ending."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, Submission
from desk.routes import Routes
from handlers.opening import show
from handlers.roster_cards import saved
from models.forms import Answers
from services import goal_changes, person_changes
from views import roster_goals, roster_people
from views.ids import RosterId
from views.roster_clients import About
from views.roster_goals import GoalForm, NewGoalForm
from views.roster_people import NewPersonForm, PersonForm


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(RosterId.GOAL_ADD)(open_new_goal)
    routes.action(RosterId.GOAL_EDIT)(open_goal)
    routes.submission(RosterId.GOAL_ADD)(add_goal)
    routes.submission(RosterId.GOAL_EDIT)(change_goal)
    routes.action(RosterId.PERSON_ADD)(open_new_person)
    routes.action(RosterId.PERSON_EDIT)(open_person)
    routes.submission(RosterId.PERSON_ADD)(add_person)
    routes.submission(RosterId.PERSON_EDIT)(change_person)


async def open_new_goal(desk: Desk, action: Action, reply: Reply) -> None:
    """*Add a goal*."""
    sheet, grant = await desk.transact(goal_changes.begin, desk.actor, action.value)
    await show(desk, action, roster_goals.new_goal(sheet, grant, desk.now(), desk.actor.zone))
    await reply.done()


async def open_goal(desk: Desk, action: Action, reply: Reply) -> None:
    """*Edit* beside a goal."""
    sheet, grant = await desk.transact(goal_changes.look, desk.actor, action.value)
    await show(desk, action, roster_goals.edit_goal(sheet, grant, desk.now(), desk.actor.zone))
    await reply.done()


async def add_goal(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Add* of a goal."""

    async def store(about: About, answers: Answers) -> None:
        form = NewGoalForm.parse(answers, desk.now(), desk.actor.zone)
        await desk.transact(goal_changes.add, desk.actor, about.client, form.answers())

    await saved(desk, submission, reply, store)


async def change_goal(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Save* of a goal."""

    async def store(about: About, answers: Answers) -> None:
        form = GoalForm.parse(answers, desk.now(), desk.actor.zone)
        await desk.transact(goal_changes.change, desk.actor, about.ref, about.mark, form.answers())

    await saved(desk, submission, reply, store)


async def open_new_person(desk: Desk, action: Action, reply: Reply) -> None:
    """*Add a person*."""
    sheet, grant = await desk.transact(person_changes.begin, desk.actor, action.value)
    await show(desk, action, roster_people.new_person(sheet, grant, desk.now(), desk.actor.zone))
    await reply.done()


async def open_person(desk: Desk, action: Action, reply: Reply) -> None:
    """*Edit* beside a person."""
    sheet, grant = await desk.transact(person_changes.look, desk.actor, action.value)
    await show(desk, action, roster_people.edit_person(sheet, grant, desk.now(), desk.actor.zone))
    await reply.done()


async def add_person(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Add* of a person."""

    async def store(about: About, answers: Answers) -> None:
        form = NewPersonForm.parse(answers, desk.now(), desk.actor.zone)
        await desk.transact(person_changes.add, desk.actor, about.client, form.answers())

    await saved(desk, submission, reply, store)


async def change_person(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Save* of a person."""

    async def store(about: About, answers: Answers) -> None:
        form = PersonForm.parse(answers, desk.now(), desk.actor.zone)
        await desk.transact(person_changes.change, desk.actor, about.ref, about.mark, form.answers())

    await saved(desk, submission, reply, store)
