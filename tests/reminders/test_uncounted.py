"""A PostgreSQL that has not counted yet what its tables hold: it guesses, and a guess must not make a tick slow.

The server of the tests never counts, so nothing has to be done for that here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator

import pytest
from sqlalchemy import Engine, insert, text

from models.base import new_id
from models.deliveries import Delivery, DeliveryState, Slot
from models.engine import make_engine
from models.occurrences import Occurrence, OccurrenceState
from models.policy import RuleName
from services import schedule
from services.work import Work
from tests.reminders.town import Town, eastern

pytestmark = pytest.mark.anyio

MIDDLE = eastern("2026-03-02T12:45")
MESSAGES, THINGS = 60, 50


@pytest.fixture
def engine(postgres_url: str) -> Generator[Engine]:
    engine = make_engine(postgres_url)
    yield engine
    engine.dispose()


def tell(work: Work, number: int) -> None:
    """A message of today to somebody, and all that it told of."""
    receiver, delivery = new_id(), new_id()
    work.session.execute(
        insert(Delivery).values(
            workspace_id=work.workspace_id,
            id=delivery,
            receiver_id=receiver,
            local_on=MIDDLE.date(),
            slot=Slot.MIDDLE,
            number=0,
            state=DeliveryState.SENT,
            send_at=MIDDLE,
            expires_at=MIDDLE + dt.timedelta(hours=4),
            attempts=1,
            channel_id="D0",
            message_ts=f"{number}.0",
            sent_at=MIDDLE,
        )
    )
    things = [
        {
            "workspace_id": work.workspace_id,
            "id": new_id(),
            "rule": RuleName.UNNOTED_CONTACT,
            "subject_id": new_id(),
            "step": "0 hours",
            "local_on": MIDDLE.date(),
            "receiver_id": receiver,
            "due_at": MIDDLE,
            "state": OccurrenceState.TOLD,
            "delivery_id": delivery,
        }
        for _ in range(THINGS)
    ]
    work.session.execute(insert(Occurrence), things)


def test_messages_that_may_be_done_are_looked_for_without_reading_all_once_for_each(town: Town) -> None:
    town.clock.instant = MIDDLE + dt.timedelta(minutes=1)

    def fill(work: Work) -> None:
        for number in range(MESSAGES):
            tell(work, number)

    town.run(fill)

    def look(work: Work) -> tuple[int, int]:
        found = schedule.look(work)
        read = text(
            "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'occurrence'"
        )
        return len(found.done), work.session.scalars(read).one()

    done, rows_read = town.run(look)
    assert done == MESSAGES
    assert rows_read <= 4 * MESSAGES * THINGS
