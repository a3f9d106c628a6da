"""Inputs that are sent with their form only: nothing depends on them, and there is no draft to keep."""

from __future__ import annotations

from typing import ClassVar

from views.widgets import Choice, ClientsSearch, Day, Number, Radio, Ticks


class QuietDay(Day):
    """A day."""

    saves: ClassVar[bool] = False


class QuietNumber(Number):
    """A whole number."""

    saves: ClassVar[bool] = False


class QuietClients(ClientsSearch):
    """Several clients."""

    saves: ClassVar[bool] = False


class QuietChoice(Choice):
    """One of several."""

    saves: ClassVar[bool] = False


class QuietRadio(Radio):
    """One of a few, all in sight."""

    saves: ClassVar[bool] = False


class QuietTicks(Ticks):
    """Boxes to tick."""

    saves: ClassVar[bool] = False
