"""The message after a call, drawn again when something came of its calls elsewhere. Its buttons are handled in handlers.calls."""

from __future__ import annotations

from desk.desk import Desk
from desk.done import NOT_THERE
from desk.surface import Posted, SlackFailedError
from services import after_call
from services.after_call import Standing
from views.calls import after_call_message


async def redraw(desk: Desk) -> None:
    """Let the actor's messages after calls say what is true now; those of which nothing waits any more say so once."""
    changed = await desk.read(after_call.settled, desk.actor)
    said_all = [each.delivery_id for each in changed if await _drawn(desk, each) and not each.calls]
    if said_all:
        await desk.transact(after_call.close, desk.actor, said_all)


async def _drawn(desk: Desk, standing: Standing) -> bool:
    """Whether the message says it now, or is not there any more. What Slack does not do now is tried at the next change."""
    posted = Posted(standing.channel_id or "", standing.message_ts or "")
    try:
        await desk.surface.edit(posted, after_call_message(standing))
    except SlackFailedError as error:
        return error.code in NOT_THERE
    return True
