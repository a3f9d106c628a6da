"""The table of who answers what: every command, shortcut, action, search, modal and event by its id."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeAlias, TypeVar

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, Closed, Command, Event, Shortcut, Submission, Suggestion

P = TypeVar("P")
Handler: TypeAlias = Callable[[Desk, P, Reply], Awaitable[None]]


class Table(Generic[P]):
    """Handlers of one kind of payload, by id."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler[P]] = {}

    def __call__(self, *ids: str) -> Callable[[Handler[P]], Handler[P]]:
        """Register a handler for these ids. An id has one handler."""

        def register(handler: Handler[P]) -> Handler[P]:
            for each in ids:
                if each in self._handlers:
                    raise ValueError(f"{each} has a handler already")
                self._handlers[each] = handler
            return handler

        return register

    def get(self, id_: str) -> Handler[P] | None:
        """The handler of an id, or None."""
        return self._handlers.get(id_)

    @property
    def ids(self) -> frozenset[str]:
        """Every id that has a handler."""
        return frozenset(self._handlers)


class Routes:
    """The tables of one app. Each handlers module adds its own rows."""

    def __init__(self) -> None:
        self.command: Table[Command] = Table()
        self.shortcut: Table[Shortcut] = Table()
        self.action: Table[Action] = Table()
        self.submission: Table[Submission] = Table()
        self.closed: Table[Closed] = Table()
        self.suggestion: Table[Suggestion] = Table()
        self.event: Table[Event] = Table()
