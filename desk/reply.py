"""The answer to one request from Slack. Client data may stand only in views and search options."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, Protocol

from privacy.safetext import SafeText
from views.blocks import PrivateOptions, PrivateView


class Ack(Protocol):
    """Bolt's ack, as far as we use it."""

    def __call__(self, text: Any = ..., **kwargs: Any) -> Awaitable[object]: ...


class Reply:
    """Answers once. Under `process_before_response` the answer leaves when the handler returns, so nothing follows it."""

    def __init__(self, ack: Ack) -> None:
        self._ack = ack
        self.answered = False

    async def done(self) -> None:
        """Say that it was taken; a submitted modal closes."""
        self.answered = True
        await self._ack()

    async def sentence(self, text: SafeText) -> None:
        """Answer a command, visible to the person alone. Never `in_channel`, which would repeat the command."""
        self.answered = True
        await self._ack(text=text.text, response_type="ephemeral")

    async def errors(self, by_block: Mapping[str, str]) -> None:
        """Keep the submitted modal open, each sentence under its field."""
        self.answered = True
        await self._ack(response_action="errors", errors=dict(by_block))

    async def update(self, view: PrivateView) -> None:
        """Replace the submitted modal."""
        self.answered = True
        await self._ack(response_action="update", view=view.view)

    async def push(self, view: PrivateView) -> None:
        """Lay a modal on top of the submitted one."""
        self.answered = True
        await self._ack(response_action="push", view=view.view)

    async def clear(self) -> None:
        """Close every modal."""
        self.answered = True
        await self._ack(response_action="clear")

    async def options(self, found: PrivateOptions) -> None:
        """Answer a search."""
        self.answered = True
        if found.groups:
            await self._ack(option_groups=list(found.groups))
        else:
            await self._ack(options=list(found.options))
