"""How phone systems sign, and what they say of a call. The payloads in tests/data/calls are made up."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from pathlib import Path
from urllib.parse import urlencode

import pytest

from privacy.grants import Purpose, system_grant
from services.phone_systems import BadCall, Call, Direction, Generic, HookRequest, Twilio

DATA = Path(__file__).parent.parent / "data" / "calls"
NOW = dt.datetime(2026, 3, 2, 17, 0, tzinfo=dt.UTC)
SECRET = "made-up-secret-of-a-hook"
URL = "https://noted.example.org/hooks/calls/generic/H-0000000000000001"
DOCUMENTED = "https://mycompany.com/myapp.php?foo=1&bar=2"


def told(**changed: object) -> bytes:
    """The sample payload, with changes; "left out" leaves a key out."""
    sample = json.loads((DATA / "generic_inbound.json").read_text())
    return json.dumps({name: value for name, value in {**sample, **changed}.items() if value != "left out"}).encode()


def signed(body: bytes, *, at: dt.datetime = NOW, secret: str = SECRET, **headers: str) -> HookRequest:
    """A request as docs/phone.md says to sign it."""
    timestamp = str(int(at.timestamp()))
    code = hmac.new(secret.encode(), f"v1:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    return HookRequest(URL, {"x-noted-timestamp": timestamp, "x-noted-signature": f"v1={code}", **headers}, body)


def clear(call: Call | None) -> tuple[str, str, Direction, bool, int]:
    """What the call says."""
    assert call is not None
    grant = system_grant(Purpose.VALIDATE)
    numbers = call.staff_number.reveal(grant), call.other_number.reveal(grant)
    return (*numbers, call.direction, call.answered, call.seconds)


def test_what_is_signed_with_the_secret_is_theirs() -> None:
    assert Generic().verify(signed(told()), SECRET, NOW)


@pytest.mark.parametrize(
    "request_",
    [
        signed(told(), secret="another secret"),
        signed(told(), at=NOW - dt.timedelta(minutes=5, seconds=1)),
        signed(told(), at=NOW + dt.timedelta(minutes=5, seconds=1)),
        HookRequest(URL, signed(told()).headers, told() + b" "),
        HookRequest(URL, {}, told()),
        HookRequest(URL, {**signed(told()).headers, "x-noted-timestamp": "-1"}, told()),
        HookRequest(URL, {**signed(told()).headers, "x-noted-signature": "é"}, told()),
        HookRequest(URL, {**signed(told()).headers, "x-noted-signature": ""}, told()),
    ],
    ids=["secret", "old", "future", "body", "no headers", "timestamp", "not ascii", "empty"],
)
def test_anything_else_is_not(request_: HookRequest) -> None:
    assert not Generic().verify(request_, SECRET, NOW)


def test_a_time_that_is_no_number_is_refused_though_signed() -> None:
    for timestamp in ("soon", "1e9", "0", "1" * 13, "٣"):
        code = hmac.new(SECRET.encode(), f"v1:{timestamp}:".encode() + told(), hashlib.sha256).hexdigest()
        headers = {"x-noted-timestamp": timestamp, "x-noted-signature": f"v1={code}"}
        assert not Generic().verify(HookRequest(URL, headers, told()), SECRET, NOW)


def test_an_answered_call_has_a_length() -> None:
    assert clear(Generic().read(signed(told()), NOW)) == (
        "+18045550100",
        "+18045550142",
        Direction.INBOUND,
        True,
        252,
    )


def test_a_call_that_nobody_answered_has_none() -> None:
    body = told(answered_at=None, direction="outbound", other_number="")
    assert clear(Generic().read(signed(body), NOW)) == ("+18045550100", "", Direction.OUTBOUND, False, 0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        told(id=""),
        told(id=7),
        told(id="x" * 201),
        told(staff_number=None),
        told(staff_number="x" * 65),
        told(direction="sideways"),
        told(answered_at="left out"),
        told(ended_at="2026-03-02T16:59:12"),
        told(ended_at="2026-03-02T17:05:01Z"),
        told(ended_at="2026-02-20T16:59:12Z"),
        told(ended_at="soon"),
        told(answered_at="2026-03-02T16:59:13Z"),
        told(answered_at="2026-03-01T16:00:00Z"),
        b"[" * 100_000,
    ],
)
def test_a_body_that_says_no_call_is_refused(body: bytes) -> None:
    with pytest.raises(BadCall) as refused:
        Generic().read(signed(body), NOW)
    assert refused.value.__context__ is None
    assert refused.value.args == ()


def test_twilios_published_signatures_verify() -> None:
    """Source: the example in Twilio's own documentation, and one of its libraries' tests for repeated parameters."""
    once = [("CallSid", "CA1234567890ABCDE"), ("Caller", "+14158675309"), ("Digits", "1234")]
    once += [("From", "+14158675309"), ("To", "+18005551212")]
    again = [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")]
    for fields, signature in ((once, "RSOYDt4T1cUTdK1PDd93/VVr8B8="), (again, "IK+Dwps556ElfBT0I3Rgjkr1wJU=")):
        headers = {"x-twilio-signature": signature}
        assert Twilio().verify(HookRequest(DOCUMENTED, headers, urlencode(fields).encode()), "12345", NOW)
        assert not Twilio().verify(HookRequest(DOCUMENTED, headers, urlencode(fields).encode()), "12346", NOW)
        changed = urlencode([*fields, ("More", "")]).encode()
        assert not Twilio().verify(HookRequest(DOCUMENTED, headers, changed), "12345", NOW)


@pytest.mark.parametrize("url", ["https://mycompany.com:443/myapp.php?foo=1&bar=2", DOCUMENTED])
def test_twilio_may_sign_the_address_without_its_port(url: str) -> None:
    body = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
    assert Twilio().verify(HookRequest(url, {"x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}, body), "12345", NOW)


@pytest.mark.parametrize("body", [b"\xff", b"%ff=1", b"&".join([b"a=1"] * 101)])
def test_what_is_no_form_is_not_twilios(body: bytes) -> None:
    assert not Twilio().verify(HookRequest(URL, {"x-twilio-signature": "x"}, body), SECRET, NOW)
    assert not Twilio().verify(HookRequest(URL, {}, body), SECRET, NOW)


def form(**changed: str) -> HookRequest:
    """Twilio's sample payload, with changes."""
    sample = json.loads((DATA / "twilio_completed.json").read_text())
    return HookRequest(URL, {}, urlencode({**sample, **changed}).encode())


def test_the_staff_members_number_is_the_one_on_our_side() -> None:
    inbound = Twilio().read(form(), NOW)
    assert clear(inbound) == ("+18045550100", "+18045550142", Direction.INBOUND, True, 185)
    assert inbound is not None
    assert inbound.ended_at == dt.datetime(2026, 3, 2, 16, 59, 12, tzinfo=dt.UTC)
    outbound = Twilio().read(form(Direction="outbound-api", From="+18045550100", To="+18045550142"), NOW)
    assert clear(outbound) == ("+18045550100", "+18045550142", Direction.OUTBOUND, True, 185)


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled"])
def test_twilio_says_when_nobody_answered(status: str) -> None:
    assert clear(Twilio().read(form(CallStatus=status, CallDuration="0"), NOW))[3:] == (False, 0)


@pytest.mark.parametrize("status", ["queued", "initiated", "ringing", "in-progress", "answered"])
def test_a_call_that_has_not_ended_is_nothing_yet(status: str) -> None:
    assert Twilio().read(form(CallStatus=status), NOW) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"CallStatus": ""},
        {"CallSid": ""},
        {"To": ""},
        {"CallDuration": "-1"},
        {"CallDuration": "1e3"},
        {"CallDuration": "999999"},
        {"Timestamp": "soon"},
        {"Timestamp": "Mon, 02 Mar 2026 18:00:00 +0000"},
    ],
)
def test_a_form_that_says_no_call_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(BadCall):
        Twilio().read(form(**changed), NOW)


def test_without_a_time_a_call_has_just_ended() -> None:
    call = Twilio().read(form(Timestamp=""), NOW)
    assert call is not None
    assert call.ended_at == NOW
