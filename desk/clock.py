"""What time it is. Everything that needs the time is given a clock or an instant, so that tests can choose it."""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Clock(Protocol):
    """Something that knows the time."""

    def now(self) -> dt.datetime:
        """The instant, aware and in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        """The instant, aware and in UTC."""
        return dt.datetime.now(dt.UTC)
