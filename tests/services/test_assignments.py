"""Who works with whom, by hand: at once, wholly, and nothing is left with somebody who does not have the client any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import pytest
from sqlalchemy import Engine, select, update

from models.clients import Assignment, AssignmentKind
from models.contacts import Contact, ContactKind, ContactReason, ContactState
from models.follow_ups import DropReason, FollowUp, FollowUpState
from models.staff import Role, Staff
from services import (
    access,
    assigning,
    caseloads,
    client_cards,
    client_changes,
    clients,
    open_items,
    passing_on,
    policies,
)
from services.caseloads import CoverCaseload
from services.client_changes import ClientStatus
from services.decisions import Deed
from services.refusals import ChangedMeanwhile, FieldRefused, NotFound
from services.staff import Actor
from services.work import Work
from tests.conftest import Agency, StandingClock
from tests.services.day_store import ALICE, BOB, CAROL, DAN, DANS, HERS, furnished, met, promise
from tests.services.roster_store import Store

T = TypeVar("T")
TODAY = dt.date(2026, 3, 2)


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    """alice has a client with bob as backup, dan has another; carol supervises alice and bob."""
    return furnished(engine, agency, clock)


def admin(store: Store) -> Actor:
    """dan, if he were an admin alone."""
    return replace(store.actor(DAN), roles=frozenset({Role.ADMIN}))


def refused(job: Callable[[], object]) -> tuple[str, str]:
    """The field and the kind of the mistake in what is tried."""
    with pytest.raises(FieldRefused) as caught:
        job()
    return caught.value.field, caught.value.kind


def ref(store: Store, email: str) -> str:
    """A staff member's reference."""
    return store.staff(email)[0].ref


def has(store: Store, email: str) -> set[str]:
    """The IDs of somebody's caseload now, as access says it."""
    actor = store.actor(email)

    def look(work: Work) -> set[str]:
        return {line.ref for line in clients.caseload(work, actor)}

    found = store.run(look)
    return {agency_id for agency_id in (HERS, DANS, "4402") if store_ref(store, agency_id) in found}


def store_ref(store: Store, agency_id: str) -> str:
    """A client's reference, or nothing where there is none."""
    index = store.agency.keys.index("client", "agency_id", agency_id)
    found = store.run(lambda work: access.client_with_index(work, index))
    return found.ref if found is not None else ""


def assign(
    store: Store, actor: Actor, agency_id: str, primary: str, backup: str | None = None, mark: str | None = None
) -> None:
    """Let these two work with a client."""
    client = store_ref(store, agency_id)
    drawn = mark or store.run(lambda work: assigning.look(work, actor, client))[0].mark
    backup_ref = ref(store, backup) if backup else None
    store.run(lambda work: assigning.assign(work, actor, client, drawn, ref(store, primary), backup_ref))


def hand_over(store: Store, actor: Actor, whose: str, to: str, *agency_ids: str) -> int:
    """Hand a caseload over, all of it or these clients."""
    refs = [store_ref(store, each) for each in agency_ids]
    return store.run(lambda work: caseloads.hand_over(work, actor, ref(store, whose), ref(store, to), refs))


def cover(store: Store, actor: Actor, whose: str, by: str, from_on: dt.date, until_on: dt.date) -> int:
    """Let a colleague cover a caseload."""
    command = CoverCaseload(ref(store, whose), ref(store, by), from_on, until_on)
    return store.run(lambda work: caseloads.cover(work, actor, command))


def rows(store: Store, table: type[T]) -> Sequence[T]:
    """Everything stored of a kind."""
    return store.run(lambda work: work.session.scalars(select(table)).all())


def owner(store: Store, kind: type[FollowUp | Contact]) -> str:
    """Who has the only row of this kind."""
    row = rows(store, kind)[0]
    owner_id = row.owner_id if isinstance(row, FollowUp) else row.staff_id
    return store.run(lambda work: work.session.get_one(Staff, (work.workspace_id, owner_id)).ref)


def reminded(store: Store, email: str) -> set[str]:
    """The rules by which somebody has something open, as the reminders find it."""
    who = store.actor(email).id

    def look(work: Work) -> set[str]:
        return {item.rule.value for item in open_items.find(open_items.scene_of(work, policies.in_force(work)), [who])}

    return store.run(look)


def later(store: Store, **by: float) -> dt.datetime:
    """A time from now."""
    return store.clock.now() + dt.timedelta(**by)


def test_a_client_is_given_to_another_at_once_and_the_one_before_finds_them_no_more(store: Store) -> None:
    assign(store, admin(store), HERS, BOB)
    assert has(store, ALICE) == set()
    assert has(store, BOB) == {HERS}
    assign(store, admin(store), HERS, ALICE, BOB)
    changes = [entry.rule for entry in store.recorded if entry.action.value == "assignment:change"]
    assert sorted(changes) == ["backup:open", "primary:close", "primary:open"]
    assert has(store, ALICE) == has(store, BOB) == {HERS}


def test_the_same_again_changes_nothing(store: Store) -> None:
    mark = store.run(lambda work: assigning.look(work, admin(store), store_ref(store, HERS)))[0].mark
    assign(store, admin(store), HERS, BOB, ALICE, mark)
    before = len(rows(store, Assignment))
    assign(store, admin(store), HERS, BOB, ALICE, mark)
    assert len(rows(store, Assignment)) == before


def test_of_two_who_assign_the_second_overwrites_nothing(store: Store) -> None:
    mark = store.run(lambda work: assigning.look(work, admin(store), store_ref(store, HERS)))[0].mark
    assign(store, admin(store), HERS, BOB, None, mark)
    with pytest.raises(ChangedMeanwhile):
        assign(store, store.actor(CAROL), HERS, CAROL, BOB, mark)
    assert has(store, BOB) == {HERS}


def test_promises_and_visits_to_come_go_on_and_what_took_place_stays(store: Store) -> None:
    promise(store, ALICE, HERS, "Call the landlord", TODAY)
    met(store, ALICE, HERS, later(store, days=2), ContactState.PLANNED, ContactKind.FACE_TO_FACE)
    assign(store, admin(store), HERS, BOB)
    assert owner(store, FollowUp) == owner(store, Contact) == ref(store, BOB)
    assert reminded(store, ALICE) == set()
    assert "follow_up" in reminded(store, BOB)
    met(store, BOB, HERS, later(store, hours=-1))
    assign(store, admin(store), HERS, ALICE)
    waits = [each for each in rows(store, Contact) if each.state is ContactState.UNNOTED]
    assert waits[0].staff_id == store.actor(BOB).id
    reached = store.run(lambda work: access.reach_contacts(work, store.actor(BOB), waits, Deed.NOTE_WRITE))
    assert reached[waits[0].id].decision.rule == "was_there"


def test_who_stays_backup_keeps_what_they_promised(store: Store) -> None:
    promise(store, ALICE, HERS, "Call the landlord", TODAY)
    assign(store, admin(store), HERS, BOB, ALICE)
    assert owner(store, FollowUp) == ref(store, ALICE)


def test_a_supervisor_assigns_their_staffs_clients_and_nobody_elses(store: Store) -> None:
    carol = store.actor(CAROL)
    assign(store, carol, HERS, BOB, ALICE)
    for who, agency_id in ((carol, DANS), (store.actor(ALICE), HERS), (store.actor(DAN), HERS)):
        with pytest.raises(NotFound):
            assign(store, who, agency_id, ALICE)


def test_a_client_is_given_to_nobody_who_left_or_writes_no_notes(store: Store) -> None:
    store.run(
        lambda work: work.session.execute(update(Staff).where(Staff.slack_user_id == "U0BOB").values(state="left"))
    )
    assert refused(lambda: assign(store, admin(store), DANS, BOB)) == ("primary", "choose")
    store.run(
        lambda work: work.session.execute(
            update(Staff).where(Staff.slack_user_id == "U0BOB").values(state="active", roles="auditor")
        )
    )
    assert refused(lambda: assign(store, admin(store), DANS, DAN, BOB)) == ("backup", "choose")
    assert refused(lambda: assign(store, admin(store), DANS, DAN, DAN)) == ("backup", "same_as_primary")


def test_a_whole_caseload_is_handed_over_as_it_was(store: Store) -> None:
    store.import_clients(
        f"client_id,last_name,first_name,primary_cm_email,backup_cm_email\n4402,Fox,Eve,{DAN},{ALICE}\n"
    )
    promise(store, ALICE, HERS, "Call the landlord", TODAY)
    assert hand_over(store, store.actor(CAROL), ALICE, DAN) == 2
    assert has(store, ALICE) == set()
    assert has(store, DAN) == {HERS, DANS, "4402"}
    mine = [each for each in rows(store, Assignment) if each.staff_id == store.actor(DAN).id and each.until_on is None]
    assert sorted(each.kind.value for each in mine) == ["primary", "primary", "primary"]
    assert owner(store, FollowUp) == ref(store, DAN)
    assert hand_over(store, store.actor(CAROL), ALICE, DAN) == 0
    assert has(store, BOB) == {HERS}


def test_a_caseload_is_split_by_client_and_twice_is_once(store: Store) -> None:
    store.import_clients(f"client_id,last_name,first_name,primary_cm_email\n4402,Fox,Eve,{ALICE}\n")
    carol = store.actor(CAROL)
    assert hand_over(store, carol, ALICE, BOB, HERS) == 1
    assert has(store, ALICE) == {"4402"}
    mine = [each for each in rows(store, Assignment) if each.staff_id == store.actor(BOB).id and each.until_on is None]
    assert [each.kind for each in mine] == [AssignmentKind.PRIMARY]
    assert hand_over(store, carol, ALICE, BOB, HERS) == 0
    assert refused(lambda: hand_over(store, carol, ALICE, BOB, DANS)) == ("clients", "choose")
    assert refused(lambda: hand_over(store, carol, ALICE, ALICE)) == ("to", "same_person")


def test_who_left_can_still_be_handed_over_by_their_supervisor_and_by_nobody_else(store: Store) -> None:
    store.run(
        lambda work: work.session.execute(update(Staff).where(Staff.slack_user_id == "U0ALICE").values(state="left"))
    )
    with pytest.raises(NotFound):
        hand_over(store, store.actor(BOB), ALICE, BOB)
    assert hand_over(store, store.actor(CAROL), ALICE, BOB) == 1
    assert has(store, BOB) == {HERS}


def test_a_cover_counts_on_its_days_alone(store: Store) -> None:
    first, last = TODAY + dt.timedelta(1), TODAY + dt.timedelta(3)
    assert cover(store, store.actor(CAROL), ALICE, DAN, first, last) == 1
    seen: list[bool] = []
    for _ in range(5):
        seen.append(HERS in has(store, DAN))
        store.clock.advance(days=1)
    assert seen == [False, True, True, True, False]
    assert has(store, ALICE) == {HERS}


def test_a_cover_twice_is_once_and_who_has_the_client_already_needs_none(store: Store) -> None:
    carol, last = store.actor(CAROL), TODAY + dt.timedelta(3)
    assert cover(store, carol, ALICE, DAN, TODAY, last) == 1
    assert cover(store, carol, ALICE, DAN, TODAY, last) == 0
    assert cover(store, carol, ALICE, BOB, TODAY, last) == 0
    assert cover(store, carol, ALICE, DAN, TODAY, last + dt.timedelta(2)) == 1


@pytest.mark.parametrize(
    ("by", "first", "last", "wrong"),
    [
        (ALICE, 0, 1, ("by", "same_person")),
        (DAN, -1, 1, ("from_on", "day_past")),
        (DAN, 2, 1, ("until_on", "days_in_order")),
        (DAN, 0, 400, ("until_on", "day_far")),
    ],
)
def test_a_cover_has_days_that_make_sense(store: Store, by: str, first: int, last: int, wrong: tuple[str, str]) -> None:
    days = TODAY + dt.timedelta(first), TODAY + dt.timedelta(last)
    assert refused(lambda: cover(store, store.actor(CAROL), ALICE, by, *days)) == wrong


def test_a_cover_is_ended_at_once_and_what_was_promised_in_it_goes_on(store: Store) -> None:
    carol, alice = store.actor(CAROL), ref(store, ALICE)
    cover(store, carol, ALICE, DAN, TODAY, TODAY + dt.timedelta(5))
    cover(store, carol, ALICE, DAN, TODAY + dt.timedelta(10), TODAY + dt.timedelta(12))
    promise(store, DAN, HERS, "Call the landlord", TODAY)
    sheet = store.run(lambda work: caseloads.look(work, carol, alice, Deed.CASELOAD_COVER))[0]
    assert [each.name for each in sheet.covers] == ["Dan Doe", "Dan Doe"]
    for _ in range(2):
        store.run(lambda work: caseloads.end_cover(work, carol, alice, sheet.covers[0].ref))
    assert has(store, DAN) == {DANS}
    assert owner(store, FollowUp) == alice
    store.run(lambda work: caseloads.end_cover(work, carol, alice, sheet.covers[1].ref))
    store.clock.advance(days=11)
    assert has(store, DAN) == {DANS}
    assert access_days(store, DAN) == []


def access_days(store: Store, email: str) -> list[str]:
    """What a cover that was called off before it began still opens: nothing."""
    actor = store.actor(email)
    hers = store.client(HERS)[0].id
    day = store.clock.now().date()
    return sorted(each.value for each in store.run(lambda work: access.relations(work, actor, hers, day)))


def test_after_a_covers_last_day_nobody_is_reminded_of_its_promises_but_who_has_the_client(store: Store) -> None:
    cover(store, store.actor(CAROL), ALICE, DAN, TODAY, TODAY + dt.timedelta(1))
    promise(store, DAN, HERS, "Call the landlord", TODAY)
    met(store, DAN, HERS, later(store, days=6), ContactState.PLANNED, ContactKind.FACE_TO_FACE)
    store.clock.advance(days=1)
    assert store.run(passing_on.after_covers) == 0
    store.clock.advance(days=1)
    assert store.run(passing_on.after_covers) == 2
    assert owner(store, FollowUp) == owner(store, Contact) == ref(store, ALICE)
    assert store.run(passing_on.after_covers) == 0
    assert reminded(store, DAN) == set()


def test_nothing_is_owed_about_a_client_who_is_closed(store: Store) -> None:
    promise(store, ALICE, HERS, "Call the landlord", TODAY)
    met(store, ALICE, HERS, later(store, days=6), ContactState.PLANNED, ContactKind.FACE_TO_FACE)
    who, client = admin(store), store_ref(store, HERS)
    for _ in range(2):
        store.run(lambda work: client_changes.set_status(work, who, client, ClientStatus.CLOSED))
    promised, planned = rows(store, FollowUp)[0], rows(store, Contact)[0]
    assert (promised.state, promised.drop_reason) == (FollowUpState.DROPPED, DropReason.CLIENT_CLOSED)
    assert (planned.state, planned.reason) == (ContactState.CANCELLED, ContactReason.CLIENT_CLOSED)
    assert reminded(store, ALICE) == set()
    assert has(store, ALICE) == set()
    store.run(lambda work: client_changes.set_status(work, who, client, ClientStatus.ACTIVE))
    assert has(store, ALICE) == {HERS}


def test_a_file_that_reassigns_and_closes_lets_the_same_follow(store: Store) -> None:
    promise(store, ALICE, HERS, "Call the landlord", TODAY)
    header = "client_id,last_name,first_name,primary_cm_email,backup_cm_email,status\n"
    assert not store.import_clients(f"{header}{HERS},Rivera,Ana,{DAN},,active\n").problems
    assert owner(store, FollowUp) == ref(store, DAN)
    assert not store.import_clients(f"{header}{HERS},Rivera,Ana,{DAN},,closed\n").problems
    assert rows(store, FollowUp)[0].state is FollowUpState.DROPPED


def test_nobody_reaches_a_caseload_or_a_search_that_is_not_theirs(store: Store) -> None:
    carol, alice = store.actor(CAROL), store.actor(ALICE)
    last = TODAY + dt.timedelta(1)
    tries: tuple[Callable[[], object], ...] = (
        lambda: hand_over(store, carol, DAN, ALICE),
        lambda: cover(store, carol, DAN, ALICE, TODAY, last),
        lambda: hand_over(store, alice, ALICE, BOB),
        lambda: cover(store, alice, ALICE, BOB, TODAY, last),
        lambda: store.run(lambda work: caseloads.look(work, carol, ref(store, DAN), Deed.CASELOAD_COVER)),
        lambda: store.run(lambda work: caseloads.end_cover(work, carol, ref(store, DAN), "0" * 16)),
        # No screen was opened, so no event covers what these would show.
        lambda: store.run(lambda work: caseloads.find(work, carol, ref(store, ALICE), "")),
        lambda: store.run(lambda work: client_cards.find(work, carol, "riv")),
        lambda: store.run(lambda work: client_cards.begin(work, alice)),
        lambda: store.run(lambda work: client_cards.look(work, carol, store_ref(store, DANS))),
    )
    for attempt in tries:
        with pytest.raises(NotFound):
            attempt()
    store.run(lambda work: client_cards.begin(work, carol))
    assert [line.ref for line in store.run(lambda work: client_cards.find(work, carol, "a"))[0]] == [
        store_ref(store, HERS)
    ]
    store.clock.advance(hours=25)
    with pytest.raises(NotFound):
        store.run(lambda work: client_cards.find(work, carol, "riv"))
