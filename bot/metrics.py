"""What a monitor may ask for: that the reminders still tick, and what became of the messages. Totals, and nobody in them."""

from __future__ import annotations

import datetime as dt

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from reminders.engine import Ticked


class Metrics:
    """The numbers of one process, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._beat = Gauge(
            "noted_reminders_last_tick_seconds",
            "When the last whole tick ended, in seconds since 1970.",
            registry=self._registry,
        )
        self._messages = Counter(
            "noted_reminders",
            "Reminder messages by what became of them; unknown ones may have arrived.",
            ["state"],
            registry=self._registry,
        )
        for state in ("sent", "unknown", "failed"):
            self._messages.labels(state)
        self._missed = Counter(
            "noted_reminders_missed_ticks",
            "How often the database did not let a workspace's tick through; the next one does what it left.",
            registry=self._registry,
        )

    def beat(self, now: dt.datetime, ticked: Ticked) -> None:
        """Remember that a tick ended and what it did."""
        self._beat.set(now.timestamp())
        for state, count in (("sent", ticked.sent), ("unknown", ticked.unknown), ("failed", ticked.failed)):
            self._messages.labels(state).inc(count)
        self._missed.inc(ticked.missed)

    async def page(self, _: Request) -> Response:
        """`GET /metrics`, in Prometheus' text format."""
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)
