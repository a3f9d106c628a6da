"""`/note` and its words. What a word opens stands with its noun; here they are only told apart."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Command
from desk.routes import Routes
from handlers import opening
from views.messages import HELP, UNKNOWN_WORD

NOTE_COMMANDS = ("/note", "/noted")


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.command(*NOTE_COMMANDS)(on_command)


async def on_command(desk: Desk, command: Command, reply: Reply) -> None:
    """`/note`, with one of its words or none. Any other text gets a fixed sentence and is not repeated."""
    match command.word:
        case "":
            await opening.open_choice(desk, command, reply)
        case "call":
            await opening.open_call(desk, command, reply)
        case "visit":
            await opening.open_visit(desk, command, reply)
        case "drafts":
            await opening.open_drafts(desk, command, reply)
        case "help":
            await reply.sentence(HELP)
        case _:
            await reply.sentence(UNKNOWN_WORD)
