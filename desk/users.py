"""What Slack says about its users, asked again after five minutes or when Slack says that someone changed."""

from __future__ import annotations

import time
from collections.abc import Callable

from desk.surface import Surface
from services.staff import SlackUser

FRESH_SECONDS = 300.0
KEPT_MOST = 10_000


class Users:
    """A small cache in front of `users.info`."""

    def __init__(self, surface: Surface, clock: Callable[[], float] = time.monotonic) -> None:
        self._surface = surface
        self._clock = clock
        self._known: dict[str, tuple[float, SlackUser]] = {}
        self._changes = 0

    async def get(self, user_id: str) -> SlackUser:
        """What Slack says about a user.

        Errors: SlackFailedError.
        """
        known = self._known.get(user_id)
        if known is not None and known[0] > self._clock():
            return known[1]
        changes = self._changes
        user = await self._surface.user(user_id)
        # What was asked before a change may be what was true before it.
        if changes == self._changes:
            if len(self._known) >= KEPT_MOST:
                self._known.clear()
            self._known[user_id] = (self._clock() + FRESH_SECONDS, user)
        return user

    def forget(self, user_id: str) -> None:
        """Ask again next time."""
        self._changes += 1
        self._known.pop(user_id, None)
