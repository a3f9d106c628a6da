"""The one place that calls Slack. It takes messages made of SafeText and modals that were drawn after an audit event."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol, cast

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from privacy.safetext import SafeText, safe
from services.refusals import Refused
from services.staff import SlackUser
from views.blocks import PrivateView, SafeBlocks

TRIGGER_CODES = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired"})
OPEN_SECONDS = 2.0
CALL_SECONDS = 10.0
# The person closed it meanwhile, or a newer screen is there already.
VIEW_GONE = frozenset({"not_found", "view_not_found"})


class SlackFailedError(Exception):
    """Slack did not do it. `code` is Slack's error name; `sent` is False only when Slack surely did nothing."""

    def __init__(self, code: str, *, sent: bool = False, retry_after: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.sent = sent
        self.retry_after = retry_after


class TriggerExpired(Refused):
    """Slack gives three seconds to open a form; they were over."""

    rule: ClassVar[str] = "trigger_expired"
    sentence: ClassVar[SafeText] = safe(
        "That took too long, and Slack did not let the form open. Please try once more."
    )


class ViewChangedError(SlackFailedError):
    """The modal changed since the hash was taken."""


class _Response(Protocol):
    def get(self, key: str, default: object = None) -> object: ...


class _Api(Protocol):
    """slack_sdk's client, as far as we use it; its own methods take untyped keywords."""

    def api_call(
        self,
        api_method: str,
        *,
        http_verb: str = "POST",
        params: Mapping[str, object] | None = None,
        json: Mapping[str, object] | None = None,
    ) -> Awaitable[_Response]: ...


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands."""

    channel: str
    ts: str


class Surface:
    """Slack's Web API, as far as the app uses it. One connector, two sessions; no call is ever repeated by the SDK.

    A retried `views.open` answers `exchanged_trigger_id`, and a retried `chat.postMessage` is a second message.
    """

    def __init__(self, token: str, base_url: str, *, open_seconds: float = OPEN_SECONDS) -> None:
        self._token = token
        self._open_seconds = open_seconds
        self._base_url = base_url
        self._sessions: list[aiohttp.ClientSession] = []
        self._connector: aiohttp.TCPConnector | None = None

    async def start(self) -> None:
        """Make the connector, inside the running loop."""
        self._connector = aiohttp.TCPConnector(limit=64, keepalive_timeout=60)
        self._quick = self._client(self._open_seconds)
        self._patient = self._client(CALL_SECONDS)

    async def close(self) -> None:
        """Close both sessions and their connector."""
        for session in self._sessions:
            await session.close()
        if self._connector is not None:
            await self._connector.close()

    async def open_modal(self, trigger_id: str, view: PrivateView) -> None:
        """Open a modal.

        Errors: TriggerExpired when Slack's three seconds are over, SlackFailedError.
        """
        await _called(self._quick.api_call("views.open", json={"trigger_id": trigger_id, "view": view.view}))

    async def push_modal(self, trigger_id: str, view: PrivateView) -> None:
        """Lay a modal on top of the one that is open.

        Errors: as `open_modal`.
        """
        await _called(self._quick.api_call("views.push", json={"trigger_id": trigger_id, "view": view.view}))

    async def update_modal(self, view_id: str, hash_: str, view: PrivateView) -> None:
        """Draw an open modal again. One that was closed meanwhile is left closed.

        Errors: ViewChangedError when the modal is not the one with this hash; an empty hash does not ask.
        """
        arguments: dict[str, object] = {"view_id": view_id, "view": view.view}
        if hash_:
            arguments["hash"] = hash_
        try:
            await _called(self._patient.api_call("views.update", json=arguments))
        except SlackFailedError as error:
            if error.code == "hash_conflict":
                raise ViewChangedError(error.code) from None
            if error.code not in VIEW_GONE:
                raise

    async def publish_home(self, user_id: str, home: SafeBlocks) -> None:
        """Show App Home."""
        view = {"type": "home", "blocks": list(home.blocks)}
        await _called(self._patient.api_call("views.publish", json={"user_id": user_id, "view": view}))

    async def post(self, user_id: str, message: SafeBlocks) -> Posted:
        """Send a direct message.

        Errors: SlackFailedError; with `sent` it may have arrived all the same.
        """
        arguments = {"channel": user_id, "unfurl_links": False, "unfurl_media": False, "link_names": False}
        answer = await _called(self._patient.api_call("chat.postMessage", json={**arguments, **_body(message)}))
        channel, ts = answer.get("channel"), answer.get("ts")
        if not isinstance(channel, str) or not isinstance(ts, str):
            raise SlackFailedError("no_answer", sent=True)
        return Posted(channel, ts)

    async def edit(self, posted: Posted, message: SafeBlocks) -> None:
        """Change a message that was sent.

        Errors: SlackFailedError.
        """
        arguments = {"channel": posted.channel, "ts": posted.ts}
        await _called(self._patient.api_call("chat.update", json={**arguments, **_body(message)}))

    async def user(self, user_id: str) -> SlackUser:
        """What Slack says about a user.

        Errors: SlackFailedError.
        """
        answer = await _called(self._quick.api_call("users.info", http_verb="GET", params={"user": user_id}))
        user = _mapping(answer.get("user"))
        profile = _mapping(user.get("profile"))
        return SlackUser(
            id=user_id,
            team_id=str(user.get("team_id") or ""),
            email=str(profile.get("email") or ""),
            deleted=bool(user.get("deleted")),
            guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
            stranger=bool(user.get("is_stranger")),
            bot=bool(user.get("is_bot")),
        )

    async def identity(self) -> tuple[str, str]:
        """The team's id and the app's own user id, as the token says.

        Errors: SlackFailedError.
        """
        answer = await _called(self._patient.api_call("auth.test", json={}))
        return str(answer.get("team_id")), str(answer.get("user_id"))

    def _client(self, seconds: float) -> _Api:
        session = aiohttp.ClientSession(
            connector=self._connector, connector_owner=False, timeout=aiohttp.ClientTimeout(total=seconds)
        )
        self._sessions.append(session)
        client = AsyncWebClient(token=self._token, base_url=self._base_url, session=session, retry_handlers=[])
        return cast("_Api", client)


def _body(message: SafeBlocks) -> dict[str, object]:
    return {"text": message.text.text, "blocks": list(message.blocks)}


async def _called(call: Awaitable[_Response]) -> _Response:
    """Slack's answer, or one of our errors, without Slack's text: it may repeat what was sent."""
    try:
        return await call
    except SlackApiError as error:
        failure = _refusal(error)
    except aiohttp.ClientConnectorError:
        failure = SlackFailedError("unreachable")
    except Exception:  # noqa: BLE001 - the client breaks in its own ways on an answer that is not Slack's
        failure = SlackFailedError("no_answer", sent=True)
    if failure.code in TRIGGER_CODES:
        raise TriggerExpired
    raise failure


def _refusal(error: SlackApiError) -> SlackFailedError:
    """What Slack said; where it is no answer of Slack's, as from a proxy on the way, it may have been done all the same."""
    response = cast("object", error.response)
    if isinstance(response, AsyncSlackResponse):
        code = _mapping(getattr(response, "data", None)).get("error")
        headers = cast("Mapping[str, str]", getattr(response, "headers", {}) or {})
        if isinstance(code, str) and code:
            return SlackFailedError(code, retry_after=_seconds(headers))
    return SlackFailedError("no_answer", sent=True)


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _seconds(headers: Mapping[str, str]) -> int:
    value = headers.get("Retry-After") or headers.get("retry-after") or "0"
    return int(value) if value.isdigit() else 0
