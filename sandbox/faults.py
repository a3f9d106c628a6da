"""Trouble on demand: the next calls of a method meet a rate limit, a lost answer, a broken server."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from sandbox.shape import JsonObject

ANY_METHOD = "*"


@dataclass(frozen=True)
class Fault:
    """What happens to one call.

    Shape: kind is `rate_limited`, `refused`, `lost_request`, `lost_answer`, `server_error` or `garbage`. After a lost
    answer the call has taken effect; after the others it has not.
    """

    kind: str
    status: int = 200
    retry_after: int = 0
    body: str = ""
    error: str = ""

    @property
    def happens_after(self) -> bool:
        """Whether the call takes effect all the same."""
        return self.kind == "lost_answer"

    @property
    def hangs_up(self) -> bool:
        """Whether the connection is closed without an answer."""
        return self.kind in {"lost_answer", "lost_request"}

    @property
    def response(self) -> JsonObject:
        """What the journal says was answered."""
        return {"ok": False, "error": self.error or self.kind}


class Faults:
    """The faults that wait, by method; each is used once, in the order in which it was asked for."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Fault]] = {}

    def rate_limit(self, method: str = ANY_METHOD, *, retry_after: int = 30, times: int = 1) -> None:
        """Answer 429 with Retry-After.

        Units: retry_after in seconds.
        """
        self._add(method, Fault("rate_limited", status=429, retry_after=retry_after, error="ratelimited"), times)

    def lose_answer(self, method: str = ANY_METHOD, *, times: int = 1) -> None:
        """Let the call take effect, then close the connection without a word."""
        self._add(method, Fault("lost_answer"), times)

    def lose_request(self, method: str = ANY_METHOD, *, times: int = 1) -> None:
        """Close the connection before the call takes effect."""
        self._add(method, Fault("lost_request"), times)

    def server_error(self, method: str = ANY_METHOD, *, status: int = 503, times: int = 1) -> None:
        """Answer with a 5xx and a page that is no JSON."""
        self._add(method, Fault("server_error", status=status, body="<html>Service unavailable</html>"), times)

    def garbage(self, method: str = ANY_METHOD, *, times: int = 1) -> None:
        """Answer 200 with something that is no JSON."""
        self._add(method, Fault("garbage", body='{"ok": tru'), times)

    def refuse(self, method: str, error: str, *, times: int = 1) -> None:
        """Answer with an error name of Slack's, such as `fatal_error` or `is_archived`."""
        self._add(method, Fault("refused", error=error), times)

    def clear(self) -> None:
        """Forget every fault that still waits."""
        self._waiting.clear()

    def take(self, method: str) -> Fault | None:
        """The fault for this call, or None."""
        for name in (method, ANY_METHOD):
            queue = self._waiting.get(name)
            if queue:
                return queue.popleft()
        return None

    def _add(self, method: str, fault: Fault, times: int) -> None:
        self._waiting.setdefault(method, deque()).extend([fault] * times)
