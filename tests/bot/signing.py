"""Requests as Slack signs them."""

from __future__ import annotations

import hashlib
import hmac

SECRET = "a-signing-secret"
NOW = 1_800_000_000
FORM = "application/x-www-form-urlencoded"
Header = tuple[str, str]


def sign(body: bytes, stamp: str, secret: str = SECRET) -> str:
    """Slack's v0 signature of a body at a time."""
    return "v0=" + hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()


def signed(body: bytes, kind: str = FORM, at: float = NOW) -> list[Header]:
    """The headers that Slack sends with a body."""
    stamp = str(int(at))
    return [("Content-Type", kind), ("X-Slack-Request-Timestamp", stamp), ("X-Slack-Signature", sign(body, stamp))]
