"""The database's own clock, by which leases run: processes may disagree about the time, they share one database."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import text

from services.work import Work


def database_now(work: Work) -> dt.datetime:
    """The instant by the database's clock, UTC and aware; it goes on inside a transaction."""
    if work.session.get_bind().dialect.name == "postgresql":
        return work.session.execute(text("SELECT clock_timestamp()")).scalar_one().astimezone(dt.UTC)
    words = work.session.execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")).scalar_one()
    return dt.datetime.fromisoformat(words).replace(tzinfo=dt.UTC)
