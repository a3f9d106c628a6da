"""`/note` and its words. What a word opens stands with its noun; here they are only told apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Command
from desk.routes import Handler, Routes
from handlers import (
    contacts,
    day,
    follow_ups,
    glass,
    opening,
    requirements,
    reviews,
    roster_staff,
    surface,
    team_desk,
    timelines,
)
from services.refusals import SurfaceClosed
from views.messages import HELP, UNKNOWN_WORD

NOTE_COMMANDS = ("/note", "/noted")


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.command(*NOTE_COMMANDS)(on_command)


async def on_command(desk: Desk, command: Command, reply: Reply) -> None:
    """`/note`, with one of its words or none. Any other text gets a fixed sentence and is not repeated."""
    handler = WORDS.get(command.word)
    if handler is None:
        return await reply.sentence(UNKNOWN_WORD)
    return await handler(desk, command, reply)


async def _open_choice(desk: Desk, command: Command, reply: Reply) -> None:
    """Which kind of note; or, while nobody has decided where client data may go, that decision, for whoever may make it."""
    try:
        await opening.open_choice(desk, command, reply)
    except SurfaceClosed:
        if not await surface.offered(desk, command, reply):
            raise


async def _help(_: Desk, __: Command, reply: Reply) -> None:
    await reply.sentence(HELP)


WORDS: Final[Mapping[str, Handler[Command]]] = {
    "": _open_choice,
    "call": opening.open_call,
    "visit": opening.open_visit,
    "attempt": contacts.open_attempt,
    "later": contacts.open_later,
    "plan": contacts.open_plan,
    "today": day.open_day,
    "follow-ups": follow_ups.open_list,
    "clients": requirements.open_list,
    "find": timelines.open_find,
    "drafts": opening.open_drafts,
    "review": reviews.open_queue,
    "team": team_desk.open_board,
    "emergency": glass.open_emergency,
    "roster": roster_staff.open_menu,
    "help": _help,
}
