"""Sending to the app: signed as Slack signs, with three seconds to answer."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

import aiohttp

from sandbox.journal import Delivery
from sandbox.shape import JsonObject
from sandbox.workspace import Workspace

ACK_SECONDS = 3.0
_FORM = "application/x-www-form-urlencoded"


def signature(secret: str, moment: str, body: bytes) -> str:
    """Slack's signature, version 0, of a request body.

    Source: docs.slack.dev, authentication/verifying-requests-from-slack.
    """
    base = b"v0:" + moment.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class Courier:
    """Posts to the app and writes down what came back.

    Units: ack_seconds is real time, also under another clock. signing_clock is what the app compares with its own.
    """

    def __init__(self, workspace: Workspace, ack_seconds: float, signing_clock: Callable[[], float]) -> None:
        self._workspace = workspace
        self._signing_clock = signing_clock
        self._session: aiohttp.ClientSession | None = None
        self.ack_seconds = ack_seconds

    async def command(self, fields: Mapping[str, str]) -> Delivery:
        """Post a slash command."""
        return await self._post("command", dict(fields), urlencode(fields).encode(), _FORM)

    async def interaction(self, payload: JsonObject) -> Delivery:
        """Post an interaction: one form field with JSON in it."""
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return await self._post(str(payload["type"]), payload, body, _FORM)

    async def event(self, payload: JsonObject) -> Delivery:
        """Post an event: a JSON body."""
        return await self._post("event_callback", payload, json.dumps(payload).encode(), "application/json")

    async def close(self) -> None:
        """Close the connections to the app."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(self, kind: str, payload: JsonObject, body: bytes, content_type: str) -> Delivery:
        moment = str(int(self._signing_clock()))
        headers = {
            "content-type": content_type,
            "user-agent": "Slackbot 1.0 (a stand-in)",
            "x-slack-request-timestamp": moment,
            "x-slack-signature": signature(self._workspace.installation.signing_secret, moment, body),
        }
        at = self._workspace.clock()
        # The payload is kept as it left: what was typed later must not change it.
        sent: JsonObject = json.loads(json.dumps(payload))
        status, answer, problem = await self._exchange(body, headers)
        delivery = Delivery(kind, sent, body, headers, at, status, answer, problem)
        self._workspace.journal.deliveries.append(delivery)
        return delivery

    async def _exchange(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes, str]:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        url = self._workspace.installation.app_url
        limit = aiohttp.ClientTimeout(total=self.ack_seconds)
        try:
            async with self._session.post(url, data=body, headers=headers, timeout=limit) as response:
                answer = await response.read()
                return response.status, answer, "" if response.status == 200 else "status"
        except TimeoutError:
            return 0, b"", "timeout"
        except aiohttp.ClientError:
            return 0, b"", "unreachable"
