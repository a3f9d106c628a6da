"""A year of an agency in three zones, tick by tick, beside what the words of the rules ask for."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Final, TypeAlias

import pytest
from sqlalchemy import Engine, Select, event, select

from models.deliveries import DAILY, Delivery, DeliveryState, Slot
from models.occurrences import Occurrence, OccurrenceState
from models.policy import RuleName
from reminders.engine import Reminders
from services import contacts, deliveries, schedule, snoozes
from services.deliveries import Sent
from services.parcels import Message
from services.refusals import NotFound
from services.snoozes import Later
from services.work import Work
from tests.reminders import stories, year
from tests.reminders.almanac import MINUTE, OFF, Person
from tests.reminders.oracle import Key, Owed, Press, Replay
from tests.reminders.steps import BOSS
from tests.reminders.town import Town, eastern
from tests.reminders.year import World

pytestmark = pytest.mark.anyio

# The whole year takes minutes. These eight weeks hold the leap day, two ends of months, a holiday, two people who are away,
# and each zone's change of its clocks.
SPAN: Final = ("2027-09-01", "2028-09-01") if "NOTED_WHOLE_YEAR" in os.environ else ("2028-02-14", "2028-04-10")
Told: TypeAlias = dict[Key, tuple[Occurrence, Delivery | None]]


class Run:
    """The engine's own way through the ticks, with somebody pressing *Later* on a morning's message now and then."""

    def __init__(self, world: World, tick: Callable[[int], Awaitable[None]]) -> None:
        self.world, self.ticks, self.tick = world, year.ticks(world), tick
        self.writes = list(world.writes)
        self.waiting: list[Press] = []
        self.pressed: list[Press] = []

    async def go(self) -> None:
        """Every tick."""
        town, done = self.world.town, 0
        for number, now in enumerate(self.ticks):
            for press in sorted((each for each in self.waiting if each.at <= now), key=lambda each: each.at):
                self._press(press)
            due = done
            while due < len(self.writes) and self.writes[due].at <= now:
                due += 1
            if due > done:
                year.happen(town, self.writes[done:due])
                done = due
            town.clock.instant = now
            await self.tick(number)
            self._plan_presses(now)

    def _press(self, press: Press) -> None:
        self.waiting.remove(press)
        self.pressed.append(press)
        self.world.town.clock.instant = press.at
        self.world.town.run(lambda work: _put_off(work, press, self.world.people[press.person]))

    def _plan_presses(self, now: dt.datetime) -> None:
        told = select(Delivery.receiver_id).where(
            Delivery.slot == Slot.START, Delivery.sent_at == now, Delivery.state == DeliveryState.SENT
        )
        for person_id in sorted(self.world.town.run(lambda work: work.session.scalars(told).all())):
            person, random = self.world.people[person_id], self.world.random
            at = now + random.randrange(5, 80) * MINUTE
            if self.world.chance(6) and person.slot(at) == person.slot(now):
                self.waiting.append(Press(at, person_id, random.choice(list(Later))))


def _put_off(work: Work, press: Press, person: Person) -> None:
    newest = (
        select(Delivery.message_ts)
        .where(Delivery.receiver_id == press.person, Delivery.slot == Slot.START)
        .order_by(Delivery.sent_at.desc())
        .limit(1)
    )
    try:
        snoozes.put_off(work, year.actor_of(person), work.session.scalars(newest).one() or "", press.choice)
    except NotFound:
        # Its things were put off twice, or it told of none.
        return


class Hand:
    """A tick in one transaction, for a year's worth of them; what the engine does between them is tried in the month."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.sent = 0

    async def tick(self, _number: int) -> None:
        """One tick."""
        self.town.run(self._tick)

    def _tick(self, work: Work) -> None:
        contacts.pass_planned(work)
        found = schedule.look(work)
        schedule.write(work, found.fresh)
        while claims := deliveries.claim(work):
            for claim in claims:
                if deliveries.begin(work, claim) is not None:
                    self.sent += 1
                    deliveries.settle(work, claim, Sent(DeliveryState.SENT, Message("D", f"{self.sent}.0")))
        for done in found.done:
            deliveries.mark_done(work, done)


@pytest.fixture
def quick(engine: Engine) -> Generator[None]:
    """A database that does not wait for the disk."""

    def prepare(connection: object, _record: object) -> None:
        if engine.dialect.name == "sqlite":
            connection.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]

    event.listen(engine, "connect", prepare)
    engine.dispose()
    yield
    event.remove(engine, "connect", prepare)


def _world(town: Town, begins: str, ends: str) -> World:
    world = World(town, dt.date.fromisoformat(begins), dt.date.fromisoformat(ends))
    year.settle(world)
    stories.everything(world)
    return world


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_everything_owed_is_said_once_and_in_working_hours(town: Town) -> None:
    world = _world(town, *SPAN)
    run = Run(world, Hand(town).tick)
    await run.go()
    owed, told = Replay(world, run.ticks, list(run.pressed)).run(), _told(town)
    _assert_same(owed, told)
    _assert_polite(world, _sent(town))
    _assert_whole(world, owed, told)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_in_a_month_with_restarts_the_engine_itself_does_the_same(town: Town) -> None:
    world = _world(town, "2028-02-24", "2028-03-24")

    async def tick(number: int) -> None:
        if not number % 10:
            town.reminders = Reminders(town.doors, town.mailbox)
        await town.tick()

    run = Run(world, tick)
    await run.go()
    _assert_same(Replay(world, run.ticks, list(run.pressed)).run(), _told(town))
    _assert_polite(world, _sent(town))
    new = Counter((letter.to, letter.at.date()) for letter in town.mailbox.letters if letter.is_new)
    assert new
    assert town.run(lambda work: work.session.scalars(_unsettled()).all()) == []


async def test_a_contact_of_friday_afternoon_is_not_late_on_monday_morning(town: Town) -> None:
    alice = town.staff("U0ALICE")
    town.contact(alice, town.client(alice), eastern("2026-03-06T16:00"))
    for at in ("06T16:30", "07T12:00", "08T12:00", "09T09:00", "09T12:45", "09T16:30", "10T09:00", "10T16:30"):
        await town.tick_at(eastern(f"2026-03-{at}"))
    said = {letter.at: " ".join(letter.lines) for letter in town.mailbox.letters}
    assert "From last week: 1 contact without a note." in said[eastern("2026-03-09T09:00")]
    assert [at for at, text in said.items() if "is late" in text] == []
    assert "1 note becomes late at the end of today." in said[eastern("2026-03-10T09:00")]
    await town.tick_at(eastern("2026-03-11T09:00"))
    assert "1 note is late, by 1 business day." in " ".join(town.mailbox.letters[-1].lines)


def _told(town: Town) -> Told:
    both: Select[Occurrence, Delivery] = select(Occurrence, Delivery).outerjoin(
        Delivery, Occurrence.delivery_id == Delivery.id
    )
    rows = town.run(lambda work: work.session.execute(both).all())
    return {(row.receiver_id, row.rule.value, row.subject_id, row.step, row.local_on): (row, by) for row, by in rows}


def _sent(town: Town) -> Sequence[Delivery]:
    query = select(Delivery).where(Delivery.state == DeliveryState.SENT).order_by(Delivery.sent_at)
    return town.run(lambda work: work.session.scalars(query).all())


def _unsettled() -> Select[uuid.UUID]:
    done = (DeliveryState.SENT, DeliveryState.SUPPRESSED, DeliveryState.EXPIRED)
    return select(Delivery.id).where(Delivery.state.not_in(done))


def _assert_same(owed: dict[Key, Owed], told: Told) -> None:
    """Everything that is owed by the words was written down, and nothing else; and each became what it had to, when it had to."""
    assert [each for key, each in owed.items() if key not in told] == []
    assert [key for key in told if key not in owed] == []
    wrong: list[tuple[Owed, OccurrenceState, dt.datetime | None]] = []
    for key, each in owed.items():
        row, by = told[key]
        at = by.sent_at if by is not None else None
        states = {each.state} if each.sure else {OccurrenceState.TOLD, OccurrenceState.SUPPRESSED}
        is_late = row.state is OccurrenceState.TOLD and each.at is not None and at != each.at
        if row.state not in states or is_late:
            wrong.append((each, row.state, at))
    assert wrong[:3] == []


def _assert_polite(world: World, sent: Sequence[Delivery]) -> None:
    """Nothing outside working hours or on days off, the three times once each, anything else once an hour at most."""
    daily: Counter[tuple[uuid.UUID, dt.date]] = Counter()
    for row in sent:
        at = row.sent_at
        assert at is not None
        if row.slot is Slot.DIGEST:
            assert row.receiver_id in world.teams
            continue
        person = world.people[row.receiver_id]
        assert person.is_working(at), (person.user_id, at)
        assert person.day(at) == row.local_on
        if row.slot in DAILY:
            daily[person.id, row.local_on] += 1
            slot = person.slot(at)
            assert slot is not None
            assert (slot[0], slot[0] in person.times(row.local_on)) == (row.slot, True)
        if person.supervisor is None or person.user_id in ("U0CAROL", "U0DORA"):
            assert row.slot in (Slot.START, Slot.URGENT)
    assert max(daily.values()) <= len(DAILY)
    places = Counter((row.receiver_id, row.local_on, row.slot, row.number) for row in sent)
    assert set(places.values()) == {1}


def _assert_whole(world: World, owed: dict[Key, Owed], told: Told) -> None:
    """The year holds every rule, every way in which a thing can end, covers, absences, both clock changes, and the leap day."""
    rules = {row.rule for row, _ in told.values() if row.state is OccurrenceState.TOLD}
    # Whom coverage is told to is tried by the items that it moves; emergencies have a story of their own (test_alarms).
    assert rules == set(RuleName) - {RuleName.COVERAGE, RuleName.DRAFT_EXPIRY, RuleName.EMERGENCY_REVIEW}
    states = {OccurrenceState.TOLD, OccurrenceState.SUPPRESSED, OccurrenceState.EXPIRED}
    assert {row.state for row, _ in told.values()} >= states
    assert any(
        each.step is not None and each.step.to != BOSS and each.key[0] != each.life.owner
        for each in owed.values()
        if each.life
    )
    assert any(each.key[3].startswith("later 2") for each in owed.values())
    days = {
        world.people[by.receiver_id].day(by.sent_at)
        for _, by in told.values()
        if by and by.sent_at and by.receiver_id in world.people
    }
    assert dt.date(2028, 2, 29) in days
    assert not days & OFF
    nell = next(each for each in world.people.values() if each.user_id == "U0NELL")
    assert len(nell.times(dt.date(2028, 3, 12))) == len(DAILY)
