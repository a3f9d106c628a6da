"""Follow-ups: listed, finished, moved, handed over and dropped, by whoever may and by nobody else, each once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import Engine, select, update

from models.follow_ups import DropReason, FollowUp, FollowUpOutcome, FollowUpState
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from services import clients, follow_up_lists, follow_ups
from services.audit import Action
from services.audit_trail import verify
from services.follow_ups import DueCounts
from services.refusals import FieldRefused, FollowUpClosed, NotFound
from services.work import Work
from tests.canary import Canary
from tests.conftest import Agency, StandingClock
from tests.services.day_store import ALICE, BOB, CAROL, DAN, DANS, HERS, furnished, promise
from tests.services.roster_store import Store

TODAY = dt.date(2026, 3, 2)
GRANT = system_grant(Purpose.VALIDATE)


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    return furnished(engine, agency, clock)


def day(number: int) -> dt.date:
    """So many days from today."""
    return TODAY + dt.timedelta(number)


def row_of(store: Store, ref: str) -> FollowUp:
    """The follow-up as it is stored."""
    return store.run(lambda work: work.session.scalars(select(FollowUp).where(FollowUp.ref == ref)).one())


def tamper(work: Work) -> None:
    """Somebody puts the promise in the place of what came of it, behind the app's back."""
    work.session.execute(update(FollowUp).values(outcome=FollowUp.text))


def ref_of(store: Store, email: str) -> str:
    """A staff member's reference."""
    return store.staff(email)[0].ref


def test_those_due_first_stand_first_ten_a_page(store: Store) -> None:
    for number in range(12):
        promise(store, ALICE, HERS, f"Number {number}", day(5 - number))
    alice = store.actor(ALICE)
    first, _ = store.run(lambda work: follow_up_lists.mine(work, alice))
    assert [line.due_on for line in first.lines] == [day(number) for number in range(-6, 4)]
    assert (first.count, first.has_next) == (12, True)
    assert first.lines[0].what.reveal(GRANT) == "Number 11"
    assert [entry.action for entry in store.recorded] == [Action.FOLLOW_UP_LIST]
    last, _ = store.run(lambda work: follow_up_lists.mine(work, alice, 7))
    assert (last.number, len(last.lines), last.has_next) == (1, 2, False)
    none, _ = store.run(lambda work: follow_up_lists.mine(work, store.actor(BOB), 3))
    assert (none.number, none.lines, none.count) == (0, (), 0)


def test_done_twice_is_done_once_and_its_words_are_sealed(store: Store, canary: Canary) -> None:
    words = canary.text("outcome")
    ref = promise(store, ALICE, HERS, canary.text("promise"), TODAY)
    alice = store.actor(ALICE)
    assert store.run(lambda work: follow_ups.finish(work, alice, ref, Phi(words))).may_write
    assert [entry.action for entry in store.recorded] == [Action.FOLLOW_UP_FINISH]
    assert store.run(lambda work: follow_ups.finish(work, alice, ref, Phi("Something else"))).may_write
    assert store.recorded == []
    row = row_of(store, ref)
    assert (row.state, row.closed_at) == (FollowUpState.DONE, store.clock.now())
    assert row.outcome is not None
    cell_of = row.id, row.client_id

    def opened(work: Work) -> str:
        row_id, client_id = cell_of
        assert row.outcome is not None
        document = clients.key_of(work, client_id).open(
            FollowUpOutcome, row.outcome, work.cell("follow_up", "outcome", row_id)
        )
        return document.words.reveal(GRANT)

    assert store.run(opened) == words
    assert store.run(verify).findings == ()
    store.run(tamper)
    assert [finding.object_type for finding in store.run(verify).findings] == ["follow_up_outcome"]


def test_what_came_of_it_may_stay_empty(store: Store) -> None:
    ref = promise(store, ALICE, HERS, "Call back", TODAY)
    store.run(lambda work: follow_ups.finish(work, store.actor(ALICE), ref, None))
    assert row_of(store, ref).outcome is None


def test_moved_twice_it_still_knows_the_day_that_was_promised_first(store: Store) -> None:
    ref = promise(store, ALICE, HERS, "Call back", day(-2))
    alice = store.actor(ALICE)
    for due_on in (day(1), day(3)):
        store.run(partial(follow_ups.reschedule, actor=alice, ref=ref, due_on=due_on))
    row = row_of(store, ref)
    assert (row.due_on, row.promised_on) == (day(3), day(-2))


def test_the_same_day_again_is_no_change(store: Store) -> None:
    ref = promise(store, ALICE, HERS, "Call back", day(1))
    store.run(lambda work: follow_ups.reschedule(work, store.actor(ALICE), ref, day(1)))
    assert store.recorded == []


def test_the_receiver_has_it_and_the_giver_has_not(store: Store) -> None:
    ref = promise(store, ALICE, HERS, "Call back", TODAY)
    alice, bob = store.actor(ALICE), store.actor(BOB)
    for _ in range(2):
        store.run(lambda work: follow_ups.hand_over(work, alice, ref, ref_of(store, BOB)))
    assert row_of(store, ref).owner_id == bob.id
    assert store.run(lambda work: follow_up_lists.mine(work, alice))[0].count == 0
    assert store.run(lambda work: follow_up_lists.mine(work, bob))[0].count == 1


@pytest.mark.parametrize("receiver", [DAN, ALICE, "nobody"])
def test_only_who_may_own_it_can_be_given_it(store: Store, receiver: str) -> None:
    ref = promise(store, ALICE, HERS, "Call back", TODAY)
    forged = ref_of(store, receiver) if "@" in receiver else "S-0000000000000000"
    with pytest.raises(FieldRefused):
        store.run(lambda work: follow_ups.hand_over(work, store.actor(ALICE), ref, forged))
    assert row_of(store, ref).owner_id == store.actor(ALICE).id


def test_a_supervisor_who_was_given_one_sees_it_and_may_give_it_back(store: Store) -> None:
    ref = promise(store, CAROL, HERS, "Call back", TODAY)
    carol = store.actor(CAROL)
    page, _ = store.run(lambda work: follow_up_lists.mine(work, carol))
    assert [line.client.name(GRANT) for line in page.lines if line.client] == ["Rivera, Ana"]
    store.run(lambda work: follow_ups.hand_over(work, carol, ref, ref_of(store, ALICE)))
    assert store.run(lambda work: follow_up_lists.mine(work, carol))[0].count == 0


def test_a_supervisor_reaches_what_their_staff_promised_and_nobody_elses(store: Store) -> None:
    hers, dans = promise(store, ALICE, HERS, "Call back", TODAY), promise(store, DAN, DANS, "Call back", TODAY)
    carol = store.actor(CAROL)
    assert store.run(lambda work: follow_ups.finish(work, carol, hers, None)).may_write
    with pytest.raises(NotFound):
        store.run(lambda work: follow_ups.finish(work, carol, dans, None))


def test_ones_own_about_somebody_elses_client_says_nothing_and_can_only_be_given_away_or_dropped(store: Store) -> None:
    ref = promise(store, CAROL, DANS, "Call back", TODAY)
    carol = store.actor(CAROL)
    line = store.run(lambda work: follow_up_lists.mine(work, carol))[0].lines[0]
    assert (line.client, line.what.reveal(GRANT)) == (None, "")
    refused: list[Callable[[Work], object]] = [
        lambda work: follow_ups.finish(work, carol, ref, None),
        lambda work: follow_ups.reschedule(work, carol, ref, day(3)),
        lambda work: follow_up_lists.write_note(work, carol, ref),
    ]
    for deed in refused:
        with pytest.raises(NotFound):
            store.run(deed)
    store.run(lambda work: follow_ups.hand_over(work, carol, ref, ref_of(store, DAN)))
    assert row_of(store, ref).owner_id == store.actor(DAN).id


def test_a_dropped_one_says_why_and_is_dropped_once(store: Store, canary: Canary) -> None:
    ref = promise(store, ALICE, HERS, "Call back", TODAY)
    alice = store.actor(ALICE)
    words = Phi(canary.text("reason"))
    store.run(lambda work: follow_ups.drop(work, alice, ref, DropReason.CLIENT_DECLINED, words))
    assert [(entry.action, entry.rule) for entry in store.recorded] == [(Action.FOLLOW_UP_DROP, "client_declined")]
    store.run(lambda work: follow_ups.drop(work, alice, ref, DropReason.MISTAKE, None))
    assert row_of(store, ref).drop_reason is DropReason.CLIENT_DECLINED
    assert store.run(verify).findings == ()


def test_noteds_own_reason_is_not_a_persons_to_give(store: Store) -> None:
    ref = promise(store, ALICE, HERS, "Call back", TODAY)
    with pytest.raises(FieldRefused):
        store.run(lambda work: follow_ups.drop(work, store.actor(ALICE), ref, DropReason.NEW_VERSION, None))


def test_what_is_closed_is_not_changed_any_more(store: Store) -> None:
    alice = store.actor(ALICE)
    done, dropped = (promise(store, ALICE, HERS, "Call back", TODAY) for _ in range(2))
    store.run(lambda work: follow_ups.finish(work, alice, done, None))
    store.run(lambda work: follow_ups.drop(work, alice, dropped, DropReason.MISTAKE, None))
    with pytest.raises(FollowUpClosed):
        store.run(lambda work: follow_ups.drop(work, alice, done, DropReason.MISTAKE, None))
    with pytest.raises(FollowUpClosed):
        store.run(lambda work: follow_ups.finish(work, alice, dropped, None))
    for ref in (done, dropped):
        with pytest.raises(FollowUpClosed):
            store.run(partial(follow_ups.reschedule, actor=alice, ref=ref, due_on=day(1)))
        with pytest.raises(FollowUpClosed):
            store.run(partial(follow_ups.hand_over, actor=alice, ref=ref, owner_ref=ref_of(store, BOB)))
        with pytest.raises(FollowUpClosed):
            store.run(partial(follow_up_lists.look, actor=alice, ref=ref))


def test_a_colleague_who_has_the_client_may_finish_it(store: Store) -> None:
    ref = promise(store, ALICE, HERS, "Call back", TODAY)
    sheet = store.run(lambda work: follow_up_lists.look(work, store.actor(BOB), ref))
    assert {owner.label for owner in sheet.owners} == {"Supervisor: Carol Benitez"}
    assert store.run(lambda work: follow_ups.finish(work, store.actor(BOB), ref, None)).may_write


def test_nobody_else_finds_it(store: Store) -> None:
    ref = promise(store, ALICE, HERS, "Call back", TODAY)
    dan = store.actor(DAN)
    with pytest.raises(NotFound):
        store.run(lambda work: follow_up_lists.look(work, dan, ref))
    with pytest.raises(NotFound):
        store.run(lambda work: follow_ups.finish(work, dan, ref, None))
    with pytest.raises(NotFound):
        store.run(lambda work: follow_ups.reschedule(work, dan, ref, day(1)))
    with pytest.raises(NotFound):
        store.run(lambda work: follow_ups.hand_over(work, dan, ref, ref_of(store, BOB)))
    with pytest.raises(NotFound):
        store.run(lambda work: follow_ups.drop(work, dan, ref, DropReason.MISTAKE, None))
    assert row_of(store, ref).state is FollowUpState.OPEN


def test_they_are_counted_by_the_owners_own_day(store: Store) -> None:
    for number in (-3, -1, 0, 1, 6, 7):
        promise(store, ALICE, HERS, "Call back", day(number))
    promise(store, DAN, DANS, "Call back", TODAY)
    assert store.run(lambda work: follow_ups.due_counts(work, store.actor(ALICE))) == DueCounts(1, 2, 2, 1)
