"""Breaking the glass: whom it opens, for how long, who is told, and what is said to whoever types wrongly."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

import pytest
from sqlalchemy import Engine, select

from models.audit import AuditEvent
from models.clients import ClientKey
from models.deliveries import Delivery, DeliveryState, Slot
from models.glass import BreakGlass, GlassReason
from models.occurrences import Occurrence
from models.staff import Staff
from models.workspaces import Surface
from privacy.phi import Phi
from services import access, clients, deliveries, directory, glass, glass_clients, glass_reviews, schedule, surfaces
from services.alarms import Alarm, Broken
from services.decisions import Deed
from services.forms import OpenForm
from services.glass_clients import Typed
from services.glass_reviews import Kind
from services.name_book import NameBook
from services.refusals import ChangedMeanwhile, FieldRefused, NotFound, SurfaceClosed
from services.staff import Actor
from services.surfaces import DecideSurface
from services.work import Work
from tests.conftest import Agency, StandingClock
from tests.services.day_store import ALICE, BOB, CAROL, DAN
from tests.services.glass_store import ANA, GRANT, OTTO, PIA, REASON, breaks, broken, in_trouble
from tests.services.roster_store import Store

P = ParamSpec("P")
R = TypeVar("R")
BORN = dt.date(1961, 4, 30)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    """An agency in which emergencies happen."""
    return in_trouble(engine, agency, clock)


def by(
    store: Store, email: str, service: Callable[Concatenate[Work, Actor, P], R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """What a service answers to somebody."""
    actor = store.actor(email)
    return store.run(lambda work: service(work, actor, *args, **kwargs))


def events(store: Store, word: str) -> list[AuditEvent]:
    """The events of the trail with this word."""
    query = select(AuditEvent).where(AuditEvent.action == word).order_by(AuditEvent.seq)
    return list(store.run(lambda work: work.session.scalars(query).all()))


def reaches(store: Store, email: str, deed: Deed = Deed.NOTE_WRITE) -> bool:
    """Whether somebody reaches Ana Rivera for this."""
    actor, client = store.actor(email), store.client(ANA)[0]
    return store.run(lambda work: access.client_by_id(work, actor, client.id, deed)) is not None


def test_the_glass_opens_one_client_for_an_hour_and_the_trail_says_why_it_is_read(store: Store) -> None:
    emergency = breaks(store, DAN, ANA)
    assert emergency is not None
    assert (emergency.left, emergency.client.name(GRANT)) == (60, "Rivera, Ana")
    (row,) = broken(store)
    (made,) = events(store, "glass:break")
    assert (made.object_id, made.actor_id) == (row.id, store.actor(DAN).id)
    assert made.digest == row.reason.digest()
    assert [each.rule for each in events(store, "client:read")] == ["emergency"]
    for deed, allowed in ((Deed.NOTE_WRITE, True), (Deed.CLIENT_FIND, True), (Deed.GOAL_CHANGE, False)):
        assert reaches(store, DAN, deed) is allowed
    store.clock.advance(minutes=59, seconds=59)
    assert reaches(store, DAN)
    store.clock.advance(seconds=1)
    assert not reaches(store, DAN)
    assert by(store, DAN, glass.open_now) == ()


@on_sqlite
def test_the_reason_is_sealed_under_the_clients_own_key(store: Store) -> None:
    breaks(store, DAN, ANA)
    (row,) = broken(store)
    key = store.run(lambda work: clients.key_of(work, row.client_id))
    cell = store.run(lambda work: work.cell("break_glass", "reason", row.id))
    assert key.open(GlassReason, row.reason, cell).words.reveal(GRANT) == REASON
    store.run(lambda work: work.session.query(ClientKey).where(ClientKey.client_id == row.client_id).delete())
    sheet, _ = by(store, PIA, glass_reviews.look, row.ref)
    assert sheet.reason is None


def test_ending_it_ends_it_at_once_and_only_ones_own(store: Store) -> None:
    emergency = breaks(store, DAN, ANA)
    assert emergency is not None
    for other in (ALICE, CAROL, PIA):
        with pytest.raises(NotFound):
            by(store, other, glass.end, emergency.ref)
    for _ in range(2):
        by(store, DAN, glass.end, emergency.ref)
    assert not reaches(store, DAN)
    assert len(events(store, "glass:end")) == 1
    with pytest.raises(NotFound):
        by(store, DAN, glass.write, emergency.ref, OpenForm())


@on_sqlite
def test_the_same_again_is_the_open_one_and_later_another(store: Store) -> None:
    first = breaks(store, DAN, ANA)
    store.clock.advance(minutes=20)
    again = breaks(store, DAN, ANA, "Another reason, typed in another form.")
    assert first is not None
    assert again is not None
    assert (again.ref, again.left) == (first.ref, 40)
    assert len(events(store, "glass:break")) == 1
    store.clock.advance(minutes=40)
    third = breaks(store, DAN, ANA)
    assert third is not None
    assert third.ref != first.ref


@on_sqlite
def test_nobody_breaks_the_glass_for_whom_they_reach(store: Store) -> None:
    for email in (ALICE, BOB, CAROL):
        with pytest.raises(FieldRefused) as refused:
            breaks(store, email, ANA)
        assert (refused.value.field, refused.value.kind) == ("agency_id", "reached_already")
    assert broken(store) == []


@on_sqlite
@pytest.mark.parametrize("typed", ["4400x", "440", "Rivera", " "])
def test_what_fits_nobody_opens_nothing_and_is_recorded(store: Store, typed: str) -> None:
    assert breaks(store, DAN, typed) is None
    assert breaks(store, DAN, Typed(None, Phi(typed))) is None
    assert broken(store) == []
    assert [(each.rule, each.outcome) for each in events(store, "access:deny")] == [("not_found", "denied")] * 2


@on_sqlite
def test_an_id_and_a_whole_name_are_found_however_they_are_written(store: Store) -> None:
    wanted = store.client(ANA)[0].id
    for typed in (
        Typed(Phi(" 4400 "), None),
        Typed(Phi("4400"), Phi("Somebody Else")),
        Typed(None, Phi("ana RIVERA")),
        Typed(None, Phi("Rivera,  Ana")),
    ):
        assert by(store, DAN, glass_clients.meant, typed) == wanted
    for typed in (Typed(None, Phi("Ana")), Typed(None, Phi("Ana Riv")), Typed(None, Phi("Ana Rivera"), BORN)):
        assert by(store, DAN, glass_clients.meant, typed) is None


@on_sqlite
def test_two_of_one_name_are_told_apart_by_the_day_of_birth_and_answered_like_nobody(store: Store) -> None:
    report = store.import_clients(
        "client_id,last_name,first_name,preferred_name,dob,primary_cm_email\n"
        f"4500,Rivera,Anastasia,Ana,{BORN},{ALICE}\n4501,Stone,Joan,,,{ALICE}\n"
    )
    assert not report.problems
    assert breaks(store, DAN, Typed(None, Phi("Ana Rivera"))) is None
    emergency = breaks(store, DAN, Typed(None, Phi("Ana Rivera"), BORN))
    assert emergency is not None
    assert emergency.client.profile.agency_id.reveal(GRANT) == "4500"


@on_sqlite
def test_without_an_id_or_a_name_the_field_says_what_to_type(store: Store) -> None:
    with pytest.raises(FieldRefused) as refused:
        breaks(store, DAN, Typed(None, None, BORN))
    assert (refused.value.field, refused.value.kind) == ("agency_id", "id_or_name")


@on_sqlite
def test_a_name_is_looked_for_in_the_directory_and_not_before_that_is_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor, book, ana = store.actor(DAN), NameBook(), store.client(ANA)[0].id

    def look(work: Work, name: str = "Ana Rivera") -> uuid.UUID | None:
        work.names = book
        return glass_clients.meant(work, actor, Typed(None, Phi(name)))

    monkeypatch.setattr(directory, "STEP", 1)
    with pytest.raises(FieldRefused) as refused:
        store.run(look)
    assert (refused.value.field, refused.value.kind) == ("agency_id", "names_unread")
    monkeypatch.setattr(directory, "STEP", 500)
    assert store.run(look) == ana
    assert store.run(lambda work: look(work, "Ana Riv")) is None


@on_sqlite
def test_who_may_not_break_it_learns_nothing_and_a_closed_surface_shows_nobody(store: Store) -> None:
    for typed in (ANA, "nobody"):
        with pytest.raises(NotFound):
            breaks(store, PIA, typed)
    closed = DecideSurface(Surface.NONE, "Pia Officer", "withdrawn")
    store.run(lambda work: surfaces.decide_surface(work, closed))
    with pytest.raises(SurfaceClosed):
        breaks(store, DAN, ANA)
    assert broken(store) == []


def test_supervisor_and_officers_are_told_at_once_at_any_hour_each_once(store: Store) -> None:
    store.clock.instant = dt.datetime(2026, 3, 1, 7, 30, tzinfo=dt.UTC)
    breaks(store, DAN, ANA)
    told = store.run(lambda work: work.session.scalars(select(Delivery)).all())
    names = {store.actor(email).id: email for email in (CAROL, PIA, OTTO)}
    assert sorted(names[each.receiver_id] for each in told) == [CAROL, OTTO, PIA]
    assert {(each.slot, each.state) for each in told} == {(Slot.EMERGENCY, DeliveryState.DUE)}
    for _ in range(2):
        store.run(lambda work: schedule.write(work, schedule.look(work).fresh))
    claims = store.run(deliveries.claim)
    parcels = [store.run(lambda work, claim=claim: deliveries.begin(work, claim)) for claim in claims]
    found = {each.address: each.content for each in parcels if each is not None}
    assert found == {
        "U0CAROL": Alarm((Broken("U0DAN", 60),), reviews=False),
        "U0PIA": Alarm((Broken("U0DAN", 60),), reviews=True),
        "U0OTTO": Alarm((Broken("U0DAN", 60),), reviews=True),
    }


@on_sqlite
def test_an_officer_is_not_told_of_their_own_and_whoever_is_away_is_stood_in_for(store: Store) -> None:
    today, pia = store.clock.now().date(), store.actor(PIA).id
    carol = store.actor(CAROL).id

    def go_away(work: Work) -> None:
        row = work.session.get_one(Staff, (work.workspace_id, carol))
        row.away_from = row.away_until = today
        row.supervisor_id = pia

    store.run(go_away)
    breaks(store, OTTO, ANA)
    told = store.run(lambda work: work.session.scalars(select(Delivery.receiver_id)).all())
    assert told == [pia]


@on_sqlite
def test_two_emergencies_of_one_minute_are_one_message_or_a_second_one_a_minute_later(store: Store) -> None:
    breaks(store, DAN, ANA)
    (other,) = [each for each in store.run(deliveries.claim) if _is_of(store, each.delivery_id, PIA)]
    parcel = store.run(lambda work: deliveries.begin(work, other))
    assert parcel is not None
    store.import_clients(f"client_id,last_name,first_name,primary_cm_email\n4500,Stone,Joan,{BOB}\n")
    breaks(store, DAN, "4500")
    store.run(lambda work: schedule.write(work, ()))
    pias = select(Delivery.state).where(Delivery.receiver_id == store.actor(PIA).id)
    assert store.run(lambda work: work.session.scalars(pias).all()) == [DeliveryState.SENDING]
    store.clock.advance(minutes=1)
    store.run(lambda work: schedule.write(work, ()))
    (claim,) = [each for each in store.run(deliveries.claim) if _is_of(store, each.delivery_id, PIA)]
    parcel = store.run(lambda work: deliveries.begin(work, claim))
    assert parcel is not None
    assert parcel.content == Alarm((Broken("U0DAN", 60),), reviews=True)


def _is_of(store: Store, delivery_id: uuid.UUID, email: str) -> bool:
    query = select(Delivery.receiver_id).where(Delivery.id == delivery_id)
    return store.run(lambda work: work.session.scalar(query)) == store.actor(email).id


def test_a_review_shows_what_was_done_under_it_and_is_recorded_once(store: Store) -> None:
    emergency = breaks(store, DAN, ANA)
    assert emergency is not None
    by(store, DAN, glass.write, emergency.ref, OpenForm())
    by(store, DAN, access.tell_found, {store.client(ANA)[0].id})
    with pytest.raises(NotFound):
        by(store, PIA, glass_reviews.review, emergency.ref, Phi("Still open."))
    store.clock.advance(hours=80)
    assert by(store, PIA, glass_reviews.owed).late == 1
    lines, _ = by(store, PIA, glass_reviews.listed)
    assert [(each.name, each.minutes, each.is_late) for each in lines] == [("Dan Doe", 60, True)]
    sheet, _ = by(store, PIA, glass_reviews.look, emergency.ref)
    assert sheet.reason is not None
    assert sheet.reason.reveal(GRANT) == REASON
    assert sheet.done == {Kind.READ: 2, Kind.FOUND: 1}
    for _ in range(2):
        by(store, PIA, glass_reviews.review, emergency.ref, Phi("Needed. Nothing follows."))
    assert len(events(store, "glass:review")) == 1
    for email, words in ((PIA, "Other words."), (OTTO, "Needed. Nothing follows.")):
        with pytest.raises(ChangedMeanwhile):
            by(store, email, glass_reviews.review, emergency.ref, Phi(words))
    sheet, _ = by(store, OTTO, glass_reviews.look, emergency.ref)
    assert sheet.review is not None
    assert sheet.review.reveal(GRANT) == "Needed. Nothing follows."
    assert by(store, OTTO, glass_reviews.owed).count == 0


@on_sqlite
def test_nobody_reviews_their_own_emergency_or_learns_that_there_is_one(store: Store) -> None:
    emergency = breaks(store, OTTO, ANA)
    assert emergency is not None
    store.clock.advance(hours=2)
    assert by(store, OTTO, glass_reviews.listed)[0] == []
    assert by(store, OTTO, glass_reviews.owed).count == 0
    for email in (OTTO, DAN, CAROL):
        with pytest.raises(NotFound):
            by(store, email, glass_reviews.look, emergency.ref)
        with pytest.raises(NotFound):
            by(store, email, glass_reviews.review, emergency.ref, Phi("All well."))
    assert len(by(store, PIA, glass_reviews.listed)[0]) == 1


@on_sqlite
def test_what_somebody_else_does_or_later_does_not_count_as_done_under_it(store: Store) -> None:
    emergency = breaks(store, DAN, ANA)
    assert emergency is not None
    by(store, DAN, glass.end, emergency.ref)
    store.clock.advance(minutes=5)
    breaks(store, OTTO, ANA)
    again = breaks(store, DAN, ANA)
    assert again is not None
    first, _ = by(store, PIA, glass_reviews.look, emergency.ref)
    assert first.done == {Kind.READ: 1}
    assert len(store.run(lambda work: work.session.query(Occurrence).all())) > 0
    assert len(store.run(lambda work: work.session.query(BreakGlass).all())) == 3
