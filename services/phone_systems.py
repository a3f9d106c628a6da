"""Phone systems: how each signs what it tells, and what it says of a call. Pure, so that another one is a class and its tests.

Here: signatures and payloads. Not here: HTTP (bot.hooks), and what becomes of a call (calls). A system is asked to `verify`
first; only what is verified is read, and what is read holds the numbers wrapped.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final, Protocol
from urllib.parse import parse_qsl, urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError

from models.calls import Provider
from privacy.phi import Phi

SKEW: Final = dt.timedelta(minutes=5)
# A phone system may have been unable to reach us for a while; what is older is a mistake.
OLDEST: Final = dt.timedelta(days=7)
LONGEST: Final = dt.timedelta(hours=24)
MOST_PARAMETERS: Final = 100

_TIMESTAMP: Final = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)
_SECONDS: Final = re.compile(r"[0-9]{1,6}", re.ASCII)


class Direction(StrEnum):
    """Who called whom."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class BadCall(Exception):
    """A verified request that does not say what a call needs."""


@dataclass(frozen=True, slots=True)
class HookRequest:
    """One request of a phone system.

    Shape: `url` is the address under which the phone system knows us; header names are in lower case.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A call that ended. Units: `seconds` that it was spoken, 0 where nobody answered; `ended_at` is UTC."""

    id: str = field(repr=False)
    staff_number: Phi[str]
    other_number: Phi[str]
    direction: Direction
    answered: bool
    ended_at: dt.datetime
    seconds: int


class PhoneSystem(Protocol):
    """What has to be known of a phone system."""

    def verify(self, request: HookRequest, secret: str, now: dt.datetime) -> bool:
        """Whether whoever holds the secret sent this, and lately where the system says when. Compares in constant time."""
        ...

    def read(self, request: HookRequest, now: dt.datetime) -> Call | None:
        """The call of a verified request; None for an event that is no ended call.

        Errors: BadCall.
        """
        ...


class _Told(BaseModel):
    """The body of a generic hook. What else stands in it is not read."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    id: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=200)]
    staff_number: Phi[Annotated[str, StringConstraints(strict=True, min_length=1, max_length=64)]]
    other_number: Phi[Annotated[str, StringConstraints(strict=True, max_length=64)]]
    direction: Direction
    answered_at: AwareDatetime | None
    ended_at: AwareDatetime


class Generic:
    """Any phone system, or a script beside one.

    Shape: `X-Noted-Timestamp` in seconds since 1970; `X-Noted-Signature: v1=` and the hexadecimal HMAC-SHA256 of
    `v1:{timestamp}:{body}`; the body is JSON as docs/phone.md says.
    """

    def verify(self, request: HookRequest, secret: str, now: dt.datetime) -> bool:
        """As PhoneSystem.verify; the time may be five minutes off, either way."""
        timestamp = request.headers.get("x-noted-timestamp", "")
        code = hmac.new(secret.encode(), b"v1:" + timestamp.encode() + b":" + request.body, hashlib.sha256)
        given = request.headers.get("x-noted-signature", "").encode()
        is_theirs = hmac.compare_digest(b"v1=" + code.hexdigest().encode(), given)
        if not is_theirs or not _TIMESTAMP.fullmatch(timestamp):
            return False
        return abs(now.timestamp() - int(timestamp)) <= SKEW.total_seconds()

    def read(self, request: HookRequest, now: dt.datetime) -> Call | None:
        """As PhoneSystem.read."""
        told = _told(request.body)
        seconds = 0 if told.answered_at is None else (told.ended_at - told.answered_at).total_seconds()
        call = Call(
            told.id,
            told.staff_number,
            told.other_number,
            told.direction,
            told.answered_at is not None,
            told.ended_at.astimezone(dt.UTC),
            int(seconds) if seconds >= 0 else -1,
        )
        return _plausible(call, now)


class Twilio:
    """Twilio's status callbacks for calls.

    Source: Twilio, "Validating requests" and "Call status callbacks"; github.com/twilio/twilio-python, request_validator.py.
    """

    _ANSWERED: Final = frozenset({"completed"})
    _UNANSWERED: Final = frozenset({"busy", "no-answer", "failed", "canceled"})

    def verify(self, request: HookRequest, secret: str, now: dt.datetime) -> bool:
        """As PhoneSystem.verify. Twilio signs no time; its call ids make a repetition harmless."""
        fields = _form(request.body)
        given = request.headers.get("x-twilio-signature", "").encode()
        # Twilio signs the address with the port or without it, and does not say which. Both are always tried.
        codes = [_twilio_code(url, fields or {}, secret) for url in _with_and_without_port(request.url)]
        matches = [hmac.compare_digest(code, given) for code in codes]
        return any(matches) and fields is not None

    def read(self, request: HookRequest, now: dt.datetime) -> Call | None:
        """As PhoneSystem.read. The staff member's own number is the called one of an inbound call, else the calling one."""
        fields = {name: values[-1] for name, values in (_form(request.body) or {}).items()}
        status = fields.get("CallStatus", "")
        if not status or not fields.get("CallSid"):
            raise BadCall
        if status not in self._ANSWERED | self._UNANSWERED:
            return None
        direction = Direction.INBOUND if fields.get("Direction") == "inbound" else Direction.OUTBOUND
        numbers = fields.get("From", ""), fields.get("To", "")
        other, staff = numbers if direction is Direction.INBOUND else reversed(numbers)
        answered = status in self._ANSWERED
        length = fields.get("CallDuration", "0")
        if not staff or not _SECONDS.fullmatch(length):
            raise BadCall
        ended_at = _rfc_2822(fields["Timestamp"]) if fields.get("Timestamp") else now
        seconds = int(length) if answered else 0
        return _plausible(Call(fields["CallSid"], Phi(staff), Phi(other), direction, answered, ended_at, seconds), now)


SYSTEMS: Final[Mapping[Provider, PhoneSystem]] = MappingProxyType(
    {Provider.GENERIC: Generic(), Provider.TWILIO: Twilio()}
)


def _told(body: bytes) -> _Told:
    """The body of a generic hook, without pydantic's error, which may quote it."""
    try:
        return _Told.model_validate_json(body)
    except (ValidationError, ValueError):
        pass
    raise BadCall


def _plausible(call: Call, now: dt.datetime) -> Call:
    if not now - OLDEST <= call.ended_at <= now + SKEW or not 0 <= call.seconds <= LONGEST.total_seconds():
        raise BadCall
    return call


def _rfc_2822(text: str) -> dt.datetime:
    try:
        instant = parsedate_to_datetime(text)
    except ValueError:
        instant = None
    if instant is None:
        raise BadCall
    return instant.astimezone(dt.UTC) if instant.tzinfo else instant.replace(tzinfo=dt.UTC)


def _form(body: bytes) -> dict[str, list[str]] | None:
    """The parameters of a form, each with its values, or None where it is no form."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def _twilio_code(url: str, fields: Mapping[str, list[str]], secret: str) -> bytes:
    """What Twilio signs: the address, then each parameter by name; of equal values of one name, one."""
    signed = url + "".join(name + value for name in sorted(fields) for value in sorted(set(fields[name])))
    # Twilio's algorithm is HMAC-SHA1, whose weakness in collisions does not matter for an HMAC.
    return base64.b64encode(hmac.new(secret.encode(), signed.encode(), hashlib.sha1).digest())


def _with_and_without_port(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    bare = re.sub(r":[0-9]+$", "", host)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts._replace(netloc=bare).geturl(), parts._replace(netloc=f"{bare}:{port}").geturl()
