"""A supervisor's desk: how much is open of whom, and what is open of one person."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action
from desk.routes import Routes
from handlers.opening import Opening, show
from services import team_desk
from views import team_desk as screen
from views.ids import TeamId


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(TeamId.OPEN)(open_board)
    routes.action(TeamId.PERSON)(open_person)


async def open_board(desk: Desk, request: Opening, reply: Reply) -> None:
    """`/note team`, *Open* in App Home, *Open team* in a message: everybody whom the actor supervises."""
    lines, _ = await desk.transact(team_desk.board, desk.actor)
    await show(desk, request, screen.board(lines))
    await reply.done()


async def open_person(desk: Desk, action: Action, reply: Reply) -> None:
    """*Open* beside a person: what is open of theirs, which names people."""
    work, grant = await desk.transact(team_desk.open_work, desk.actor, action.value)
    await show(desk, action, screen.person_work(work, grant))
    await reply.done()
