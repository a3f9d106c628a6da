"""Referrals: closed with what became of them, and followed up again until that is known; on both kinds of database."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from sqlalchemy import Engine, select

from models.follow_ups import FollowUp, FollowUpState, ReferralOutcome
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from services import follow_up_lists, follow_ups, referrals
from services.audit import Action
from services.audit_trail import verify
from services.follow_ups import Finished
from services.refusals import FieldRefused, FollowUpClosed, NotFound
from tests.canary import Canary
from tests.conftest import Agency, StandingClock
from tests.services.day_store import ALICE, BOB, DAN, HERS, furnished, promise
from tests.services.roster_store import Store

TODAY = dt.date(2026, 3, 2)
GRANT = system_grant(Purpose.VALIDATE)


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    return furnished(engine, agency, clock)


def referral(store: Store, words: str = "See whether she got to the clinic") -> str:
    """A follow-up of alice's that is about a referral."""
    return promise(store, ALICE, HERS, words, TODAY, referral=True)


def finish(store: Store, ref: str, became: ReferralOutcome | None, words: str | None = None) -> Finished:
    """alice closes it."""
    said = Phi(words) if words is not None else None
    return store.run(lambda work: follow_ups.finish(work, store.actor(ALICE), ref, said, became))


def again(store: Store, ref: str, due_on: dt.date, user: str = ALICE) -> bool:
    """Somebody follows it up again."""
    return store.run(lambda work: referrals.again(work, store.actor(user), ref, due_on))


def rows(store: Store) -> list[FollowUp]:
    """Every follow-up, the oldest first."""
    return store.run(lambda work: list(work.session.scalars(select(FollowUp).order_by(FollowUp.id))))


def test_a_referral_is_not_done_before_it_is_said_what_became_of_it(store: Store) -> None:
    ref = referral(store)
    with pytest.raises(FieldRefused) as refused:
        finish(store, ref, None, "Called the clinic")
    assert refused.value.field == "referral"
    assert rows(store)[0].state is FollowUpState.OPEN


@pytest.mark.parametrize("became", ReferralOutcome)
def test_what_became_of_it_is_sealed_with_the_words_and_done_once(
    store: Store, canary: Canary, became: ReferralOutcome
) -> None:
    words = canary.text("outcome")
    ref = referral(store, canary.text("promise"))
    assert finish(store, ref, became, words) == Finished(may_write=True, referral=became)
    assert finish(store, ref, ReferralOutcome.OTHER, "Another").referral is became
    outcome = store.run(lambda work: follow_ups.outcome_of(work, work.session.scalars(select(FollowUp)).one()))
    assert (outcome.referral, outcome.words.reveal(GRANT)) == (became, words)
    assert rows(store)[0].drop_reason is None
    assert store.run(verify).findings == ()


def test_any_follow_up_may_be_said_to_have_been_a_referral(store: Store) -> None:
    ref = promise(store, ALICE, HERS, "Call back", TODAY)
    assert finish(store, ref, ReferralOutcome.NOT_ATTENDED).referral is ReferralOutcome.NOT_ATTENDED
    assert again(store, ref, TODAY)


def test_not_attended_goes_on_under_another_day_once_and_is_a_referral_again(store: Store, canary: Canary) -> None:
    what = canary.text("promise")
    ref = referral(store, what)
    finish(store, ref, ReferralOutcome.NOT_ATTENDED)
    due_on = TODAY + dt.timedelta(7)
    assert again(store, ref, due_on)
    assert [entry.action for entry in store.recorded] == [Action.FOLLOW_UP_OPEN]
    assert again(store, ref, due_on)
    before, after = rows(store)
    assert (after.after_id, after.owner_id, after.due_on, after.note_id) == (before.id, before.owner_id, due_on, None)
    line = store.run(lambda work: follow_up_lists.mine(work, store.actor(ALICE)))[0].lines[0]
    assert (line.what.reveal(GRANT), line.referral) == (what, True)
    with pytest.raises(FieldRefused):
        finish(store, after.ref, None)
    finish(store, after.ref, ReferralOutcome.NOT_ATTENDED)
    assert again(store, after.ref, due_on)
    assert len(rows(store)) == 3
    assert store.run(verify).findings == ()


@pytest.mark.parametrize("became", [ReferralOutcome.ATTENDED, ReferralOutcome.DECLINED, None])
def test_only_a_referral_to_which_nobody_came_goes_on(store: Store, became: ReferralOutcome | None) -> None:
    ref = referral(store)
    if became is not None:
        finish(store, ref, became)
    with pytest.raises(FollowUpClosed):
        again(store, ref, TODAY)
    assert len(rows(store)) == 1


def test_a_colleague_with_the_client_goes_on_for_its_owner_and_nobody_else_does(store: Store) -> None:
    ref = referral(store)
    finish(store, ref, ReferralOutcome.NOT_ATTENDED)
    with pytest.raises(NotFound):
        again(store, ref, TODAY, DAN)
    with pytest.raises(NotFound):
        store.run(partial(follow_up_lists.look, actor=store.actor(DAN), ref=ref, state=FollowUpState.DONE))
    assert again(store, ref, TODAY, BOB)
    assert rows(store)[1].owner_id == store.actor(ALICE).id


def test_the_note_after_a_declined_referral_asks_for_the_reason(store: Store) -> None:
    ref = referral(store)
    finish(store, ref, ReferralOutcome.DECLINED)
    sheet = store.run(lambda work: follow_up_lists.write_note(work, store.actor(ALICE), ref))
    assert sheet.answers.chosen["record"] == ("service_declined",)
    other = referral(store)
    finish(store, other, ReferralOutcome.ATTENDED)
    sheet = store.run(lambda work: follow_up_lists.write_note(work, store.actor(ALICE), other))
    assert "record" not in sheet.answers.chosen
