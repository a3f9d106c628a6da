"""What stands before Bolt: counts, verifies, remembers, and only then lets anything be parsed. What a request means is not decided here.

Bolt parses first and verifies later, answers 500 to garbage, and takes the same signed request as often as it comes.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Protocol, cast
from urllib.parse import parse_qsl

import structlog
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

LARGEST_BODY = 1_048_576
BODY_SECONDS = 5.0
SKEW_SECONDS = 300
REMEMBERED_SECONDS = 600
REMEMBERED_REQUESTS = 200_000
MOST_FIELDS = 100

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

_SIGNATURE = re.compile(rb"v0=[0-9a-f]{64}", re.ASCII)
_TIMESTAMP = re.compile(rb"[1-9][0-9]{0,11}", re.ASCII)
# Headers are not signed but for the time, and Bolt obeys some of its own (x-slack-bolt-lazy-only): only these reach it.
_PASSED_ON = frozenset({b"content-type", b"x-slack-retry-num", b"x-slack-retry-reason", b"x-slack-request-timestamp"})


class Dispatch(Protocol):
    """What takes a verified request and makes the answer."""

    def __call__(self, raw_body: bytes, headers: Mapping[str, str], /) -> Awaitable[Response]:
        """The answer to one request."""
        ...


class Refusal(StrEnum):
    """Why a request went no further. For the log only: whoever sent it learns the status and nothing else."""

    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    UNSIGNED = "unsigned"
    MALFORMED = "malformed"
    FORGED = "forged"
    STALE = "stale"
    REPLAYED = "replayed"
    FULL = "full"
    UNREADABLE = "unreadable"


_STATUS = {Refusal.TOO_LARGE: 413, Refusal.TOO_SLOW: 408, Refusal.FULL: 503, Refusal.UNREADABLE: 400}


class RefusedError(Exception):
    """A request that goes no further."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.value)
        self.why = why


class Seen:
    """The signatures accepted in the last ten minutes, in this process.

    Another replica does not know them; what a request does twice is absorbed by unique keys in the database.
    """

    def __init__(self, most: int = REMEMBERED_REQUESTS) -> None:
        self._most = most
        self._until: OrderedDict[bytes, float] = OrderedDict()

    def add(self, signature: bytes, now: float) -> None:
        """Remember a signature.

        Errors: RefusedError where it was accepted before, or where nothing more can be remembered: to forget a younger
        one would let that one be replayed.
        """
        while self._until and next(iter(self._until.values())) <= now:
            self._until.popitem(last=False)
        if signature in self._until:
            raise RefusedError(Refusal.REPLAYED)
        if len(self._until) >= self._most:
            raise RefusedError(Refusal.FULL)
        self._until[signature] = now + REMEMBERED_SECONDS


class Signatures:
    """Slack's v0 request signatures, each accepted once.

    Source: docs.slack.dev/authentication/verifying-requests-from-slack.
    """

    def __init__(self, secret: str, clock: Callable[[], float], seen: Seen) -> None:
        self._secret = secret.encode()
        self._clock = clock
        self._seen = seen

    def accept(self, raw_body: bytes, timestamps: list[bytes], signatures: list[bytes]) -> None:
        """Return where this request is Slack's, recent and new.

        Errors: RefusedError. Nothing but the shape is judged before the signature, and that in constant time.
        """
        if not timestamps or not signatures:
            raise RefusedError(Refusal.UNSIGNED)
        timestamp, signature = timestamps[0], signatures[0]
        if (
            len(timestamps) + len(signatures) > 2
            or not _TIMESTAMP.fullmatch(timestamp)
            or not _SIGNATURE.fullmatch(signature)
        ):
            raise RefusedError(Refusal.MALFORMED)
        code = hmac.new(self._secret, b"v0:" + timestamp + b":" + raw_body, hashlib.sha256)
        if not hmac.compare_digest(b"v0=" + code.hexdigest().encode(), signature):
            raise RefusedError(Refusal.FORGED)
        now = self._clock()
        if abs(now - int(timestamp)) > SKEW_SECONDS:
            raise RefusedError(Refusal.STALE)
        # Only here, after the time was judged: a clock that jumps ahead for a moment then forgets nothing.
        self._seen.add(code.digest(), now)


class Front:
    """The ASGI application for `POST /slack/events`."""

    def __init__(
        self,
        dispatch: Dispatch,
        signing_secret: str,
        *,
        clock: Callable[[], float] = time.time,
        seen: Seen | None = None,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._dispatch = dispatch
        self._signatures = Signatures(signing_secret, clock, seen or Seen())
        self._body_seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a client that goes away while it sends is not answered."""
        try:
            raw_body = await self._body(scope, receive)
            if raw_body is None:
                return
            headers = self._verified(scope, raw_body)
        except RefusedError as refused:
            log.warning("front.refused", why=refused.why)
            await Response(status_code=_STATUS.get(refused.why, 401))(scope, receive, send)
            return
        response = await self._answer(raw_body, headers)
        await response(scope, receive, send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes | None:
        declared = _values(scope, b"content-length")
        if declared and declared[0].isdigit() and int(declared[0][:20]) > LARGEST_BODY:
            raise RefusedError(Refusal.TOO_LARGE)
        body = bytearray()
        try:
            async with asyncio.timeout(self._body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body += message.get("body", b"")
                    if len(body) > LARGEST_BODY:
                        raise RefusedError(Refusal.TOO_LARGE)
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            raise RefusedError(Refusal.TOO_SLOW) from None

    def _verified(self, scope: Scope, raw_body: bytes) -> Mapping[str, str]:
        stamps, signatures = _values(scope, b"x-slack-request-timestamp"), _values(scope, b"x-slack-signature")
        self._signatures.accept(raw_body, stamps, signatures)
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"] if name in _PASSED_ON
        }
        if as_json(raw_body, headers.get("content-type", "")) is None:
            raise RefusedError(Refusal.UNREADABLE)
        return headers

    async def _answer(self, raw_body: bytes, headers: Mapping[str, str]) -> Response:
        try:
            return await self._dispatch(raw_body, headers)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the answer and the log hold no word of it
            log.error("front.failed", kind=type(error).__name__)
            return Response(status_code=500)


def as_json(raw_body: bytes, content_type: str) -> str | None:
    """The JSON that a request from Slack amounts to, or None where it is not one.

    Shape: a command's fields become one object; `payload=` and an event's body are JSON already.
    """
    try:
        if content_type.partition(";")[0].strip().lower() == "application/json":
            text = raw_body.decode()
            return text if _is_event(json.loads(text)) else None
        pairs = parse_qsl(raw_body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
        fields = dict(pairs)
        if len(fields) != len(pairs):
            return None
        if "payload" in fields:
            return fields["payload"] if _is_interaction(json.loads(fields["payload"])) else None
    except (ValueError, RecursionError):
        return None
    return json.dumps(fields) if fields.get("command", "").startswith("/") else None


def bolt_dispatch(app: AsyncApp) -> Dispatch:
    """What hands a verified request to Bolt.

    Bolt gets JSON, always: it takes any form in which the word "payload" stands for an interaction, so that a command
    typed in a channel called #payload would come out empty.
    """

    async def dispatch(raw_body: bytes, headers: Mapping[str, str], /) -> Response:
        body = as_json(raw_body, headers.get("content-type", ""))
        passed = {**headers, "content-type": "application/json"}
        answer = await app.async_dispatch(AsyncBoltRequest(body=body or "", headers={**passed}))
        return _response(answer)

    return dispatch


def _response(answer: BoltResponse) -> Response:
    return Response(answer.body, answer.status, answer.first_headers_without_set_cookie())


def _values(scope: Scope, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key == name]


def _has_type(value: object) -> bool:
    return isinstance(value, dict) and isinstance(cast("dict[str, object]", value).get("type"), str)


def _is_interaction(value: object) -> bool:
    """Whether Bolt will find what it looks for without asking: it answers 500 where a key is missing."""
    if not _has_type(value):
        return False
    fields = cast("dict[str, object]", value)
    match fields["type"]:
        case "view_submission":
            # Refused here, the modal stays open; what is taken and cannot be read would close it with everything in it.
            return _has_texts(fields.get("view"), "type", "callback_id", "id") and _has_texts(fields.get("user"), "id")
        case "view_closed":
            return _has_texts(fields.get("view"), "type", "callback_id")
        case "block_actions":
            actions = cast("list[object]", fields["actions"]) if isinstance(fields.get("actions"), list) else []
            return bool(actions) and all(_has_texts(each, "action_id", "block_id") for each in actions)
        case "block_suggestion":
            return _has_texts(fields, "action_id", "block_id")
        case "shortcut" | "message_action":
            return _has_texts(fields, "callback_id")
        case _:
            return True


def _has_texts(value: object, *names: str) -> bool:
    if not isinstance(value, dict):
        return False
    fields = cast("dict[str, object]", value)
    return all(isinstance(fields.get(name), str) for name in names)


def _is_event(value: object) -> bool:
    if not _has_type(value):
        return False
    fields = cast("dict[str, object]", value)
    if fields["type"] == "event_callback":
        return _has_type(fields.get("event"))
    return fields["type"] != "url_verification" or isinstance(fields.get("challenge"), str)
