"""Letting a message say that all of it is done: for the clock, and for whoever did the last of it."""

from __future__ import annotations

from typing import Final, Protocol

from desk.doors import Doors
from desk.surface import Posted, SlackFailedError
from desk.tenants import Tenant
from services import deliveries
from services.deliveries import Done
from views.blocks import SafeBlocks
from views.reminders import done_message

# The message is not there any more, or was too long ago to be changed.
NOT_THERE: Final = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"})


class Editor(Protocol):
    """What changes a message. Errors: SlackFailedError."""

    async def edit(self, posted: Posted, message: SafeBlocks) -> None:
        """Change a message."""
        ...


async def say_done(doors: Doors, tenant: Tenant, editor: Editor, done: Done) -> None:
    """Change the message, then remember that it was changed. When Slack does not do it now, the next tick tries again.

    Errors: StoreError.
    """
    posted = Posted(done.message.channel_id, done.message.ts)
    try:
        await editor.edit(posted, done_message(noted_only=done.noted_only))
    except SlackFailedError as error:
        if error.code not in NOT_THERE:
            return
    await doors.transact(tenant.keys, tenant.id, deliveries.mark_done, done)
