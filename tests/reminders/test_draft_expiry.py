"""A draft that nobody touches: its author is warned, days later its words go, and never without the warning."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select

from desk.surface import SlackFailedError
from models.audit import AuditEvent
from models.forms import Answers, FormRow, FormStage
from models.staff import Staff
from services import policies
from services.form_rows import answers_of
from tests.reminders.town import Town, eastern

pytestmark = pytest.mark.anyio

SAVED = "2026-02-03T10:00"
# Thirty days later it is Thursday, 5 March; three business days before that it is Monday.
MONDAY, LAST_NIGHT, THURSDAY = "2026-03-02T09:00", "2026-03-04T23:50", "2026-03-05T00:10"
IN_THREE_DAYS = "1 draft will be put away in 3 days, and its words with it. Open it to keep it."
LATER = dt.timedelta(minutes=1)


def begun(town: Town, at: str = SAVED) -> uuid.UUID:
    """A draft of alice's."""
    alice = town.staff("U0ALICE")
    return town.draft(alice, town.client(alice), eastern(at))


def form(town: Town, draft: uuid.UUID) -> FormRow:
    return town.run(lambda work: work.session.get_one(FormRow, (town.agency.id, draft)))


def warnings(town: Town) -> list[str]:
    """Every line about words that will go, in the order in which they were said."""
    return [line for letter in town.mailbox.letters for line in letter.lines if "put away" in line]


async def test_its_author_is_warned_and_days_later_its_words_go(town: Town) -> None:
    draft = begun(town)
    await town.tick_at(eastern("2026-02-27T16:30"))
    assert warnings(town) == []
    await town.tick_at(eastern(MONDAY))
    assert warnings(town) == [IN_THREE_DAYS]
    # The message of noon takes the place of the morning's and says it too.
    await town.tick_at(eastern("2026-03-02T12:45"))
    assert warnings(town)[1:] in ([], [IN_THREE_DAYS])
    await town.tick_at(eastern(LAST_NIGHT))
    assert form(town, draft).stage is FormStage.OPEN
    before = form(town, draft).answers
    await town.tick_at(eastern(THURSDAY))
    row = form(town, draft)
    assert (row.stage, row.client_id) == (FormStage.DISCARDED, None)
    assert row.answers != before
    assert town.run(lambda work: answers_of(work, row)) == Answers()
    actions = town.run(lambda work: work.session.scalars(select(AuditEvent.action)).all())
    assert actions.count("form:expire") == 1
    said = [letter for letter in town.mailbox.letters if "All done" not in letter.text]
    for at in ("2026-03-05T09:00", "2026-03-06T09:00", "2026-03-12T09:00"):
        await town.tick_at(eastern(at))
    assert [letter for letter in town.mailbox.letters if "All done" not in letter.text] == said


async def test_nobody_who_is_away_loses_words_and_on_their_return_there_are_days_left(town: Town) -> None:
    draft = begun(town)
    town.change(Staff, form(town, draft).staff_id, away_from=dt.date(2026, 2, 20), away_until=dt.date(2026, 3, 20))
    for at in (MONDAY, THURSDAY, "2026-03-20T09:00"):
        await town.tick_at(eastern(at))
    assert warnings(town) == []
    # What came round while she was away is said in her first message.
    await town.tick_at(eastern("2026-03-23T09:00"))
    assert warnings(town) == [IN_THREE_DAYS]
    await town.tick_at(eastern("2026-03-25T23:00"))
    assert form(town, draft).stage is FormStage.OPEN
    await town.tick_at(eastern("2026-03-26T00:10"))
    assert form(town, draft).stage is FormStage.DISCARDED


async def test_a_warning_that_may_be_lost_warns_nobody_and_is_said_again(town: Town) -> None:
    draft = begun(town)
    town.mailbox.trouble.append(SlackFailedError("timeout", sent=True))
    await town.tick_at(eastern(MONDAY))
    for at in (THURSDAY, "2026-03-05T09:00"):
        await town.tick_at(eastern(at))
    assert form(town, draft).stage is FormStage.OPEN
    assert warnings(town) == [IN_THREE_DAYS]
    await town.tick_at(eastern("2026-03-08T00:10"))
    assert form(town, draft).stage is FormStage.DISCARDED


async def test_a_draft_that_is_touched_after_the_warning_is_kept(town: Town) -> None:
    draft = begun(town)
    await town.tick_at(eastern(MONDAY))
    town.change(FormRow, draft, saved_at=eastern("2026-03-04T15:00"))
    for at in (THURSDAY, "2026-03-20T09:00"):
        await town.tick_at(eastern(at))
    assert form(town, draft).stage is FormStage.OPEN


async def test_where_nobody_is_warned_nothing_is_put_away(town: Town) -> None:
    draft = begun(town)
    await town.tick_at(eastern(MONDAY))
    town.run(lambda work: policies.apply(work, "format: 1\nrules: {draft_expiry: {on: false}}\n"))
    await town.tick_at(eastern(THURSDAY))
    assert form(town, draft).stage is FormStage.OPEN
