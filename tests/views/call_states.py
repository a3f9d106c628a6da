"""Every state of the message after a call."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from typing import Final

from services.after_call import CallLine, Standing
from views.blocks import SafeBlocks
from views.calls import after_call_message


def line(minutes: int | None = None, *, missed: bool = False, ago: int = 0, number: int = 1) -> CallLine:
    """A call, by its length and by how many minutes ago it ended."""
    return CallLine(f"K-{number:016d}", not missed, minutes, dt.timedelta(minutes=ago))


def standing(*calls: CallLine, dismissed: bool = False) -> Standing:
    """A message of these calls."""
    return Standing(uuid.UUID(int=1), "U1", "D1", "1.0", calls, dismissed)


MESSAGES: Final[Mapping[str, Callable[[], SafeBlocks]]] = {
    "message_call_one": lambda: after_call_message(standing(line(4))),
    "message_call_several": lambda: after_call_message(standing(line(4), line(11, number=2))),
    "message_call_missed": lambda: after_call_message(standing(line(missed=True, ago=70))),
    "message_call_mixed": lambda: after_call_message(standing(line(4), line(missed=True, number=2))),
    "message_call_noted": lambda: after_call_message(standing()),
    "message_call_put_away": lambda: after_call_message(standing(dismissed=True)),
}
