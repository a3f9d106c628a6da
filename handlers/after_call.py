"""The message after a call, drawn again when something came of its calls elsewhere. Its buttons are handled in handlers.calls."""

from __future__ import annotations

from desk.desk import Desk
from desk.surface import Posted
from services import after_call
from services.after_call import Standing
from views.calls import after_call_message


async def redraw(desk: Desk) -> None:
    """Let the actor's messages after calls say what is true now; those of which nothing waits any more say so once."""
    said_all: list[Standing] = []
    for standing in await desk.read(after_call.settled, desk.actor):
        if standing.channel_id and standing.message_ts:
            message = after_call_message(standing)
            await desk.surface.edit(Posted(standing.channel_id, standing.message_ts), message)
        if not standing.calls:
            said_all.append(standing)
    if said_all:
        await desk.transact(after_call.close, desk.actor, [each.delivery_id for each in said_all])
