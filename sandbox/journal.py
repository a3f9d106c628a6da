"""What was said between the app and the stand-in: every call of the app, every answer of it, every delivery to it."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.mrkdwn import Token
from sandbox.shape import JsonObject


@dataclass(frozen=True)
class Call:
    """One thing that the app sent.

    Shape: method is a Web API method; `answer.<kind>` for the body of an acknowledgement (`answer.view_submission`,
    `answer.block_suggestion`, `answer.command` …); `response_url` for a post to one. arguments never hold the token.
    response is what the app was told, or would have been told if the answer had not been lost.
    """

    method: str
    arguments: JsonObject
    response: JsonObject
    at: float
    tokens: tuple[Token, ...] = ()
    fault: str = ""

    @property
    def ok(self) -> bool:
        """Whether the call was taken."""
        return self.response.get("ok") is True


@dataclass(frozen=True)
class Delivery:
    """One request that the stand-in sent to the app, and what came back.

    Shape: kind is `command`, `shortcut`, `block_actions`, `block_suggestion`, `view_submission`, `view_closed` or
    `event_callback`. problem is empty, `timeout`, `unreachable` or `status`. body and headers are what was signed.
    """

    kind: str
    payload: JsonObject
    body: bytes
    headers: dict[str, str]
    at: float
    status: int = 0
    answer: bytes = b""
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether the app acknowledged in time."""
        return not self.problem


class Journal(list[Call]):
    """The calls in the order in which they took effect, and beside them the deliveries."""

    def __init__(self) -> None:
        super().__init__()
        self.deliveries: list[Delivery] = []

    def of(self, method: str) -> list[Call]:
        """The calls of one method."""
        return [call for call in self if call.method == method]

    def refused(self) -> list[Call]:
        """The calls and answers that were not taken."""
        return [call for call in self if not call.ok]
