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
MESSAGES, THINGS, CLIENTS = 60, 50, 150
CASELOADS = ("client", "assignment", "requirement")


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


def rows_read(work: Work, *tables: str) -> int:
    """How many rows of these tables this connection has read, since a moment that stays within a transaction."""
    query = text(
        "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables WHERE relname = ANY(:tables)"
    )
    return int(work.session.scalars(query, {"tables": list(tables)}).one())


def test_messages_that_may_be_done_are_looked_for_without_reading_all_once_for_each(town: Town) -> None:
    town.clock.instant = MIDDLE + dt.timedelta(minutes=1)

    def fill(work: Work) -> None:
        for number in range(MESSAGES):
            tell(work, number)

    town.run(fill)

    def look(work: Work) -> tuple[int, int]:
        before = rows_read(work, "occurrence")
        return len(schedule.look(work).done), rows_read(work, "occurrence") - before

    done, read = town.run(look)
    assert done == MESSAGES
    assert read <= 4 * MESSAGES * THINGS


def test_what_clients_are_owed_is_found_without_reading_all_once_for_each(town: Town) -> None:
    alice = town.staff("U0ALICE")
    for _ in range(CLIENTS):
        town.requirement(town.client(alice, plan_review_on=MIDDLE.date()), MIDDLE.date())
    town.clock.instant = MIDDLE

    def look(work: Work) -> tuple[int, int]:
        before = rows_read(work, *CASELOADS)
        subjects = {each.subject_id for each in schedule.look(work).fresh}
        return len(subjects), rows_read(work, *CASELOADS) - before

    subjects, read = town.run(look)
    assert subjects >= 2 * CLIENTS
    assert read <= 10 * CLIENTS
