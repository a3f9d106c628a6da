"""What is owed in the year by the words of the rules, worked out a second time and in another way than by the services.

Here: a replay of the ticks that says what is told when, and why not. Not here: the steps (steps), the calendar (almanac),
the world (year, stories), and the comparison (test_year).
"""

from __future__ import annotations

import datetime as dt
import heapq
import uuid
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate, count
from typing import Final

from models.deliveries import Slot
from models.occurrences import OccurrenceState as State
from models.staff import Role
from services.snoozes import Later
from tests.reminders.almanac import DAY, Person, instant, is_business_day
from tests.reminders.steps import BOSS, RULES, WEEK, Step, first_of, times_of
from tests.reminders.year import FAR, HOUR, NEW_YORK, Life, World

WINDOWS: Final = ("visit_window", "monthly_visit", "monthly_contact")
COVERED: Final = ("follow_up", "visit_window", "monthly_visit", "safety_follow_up")
AT_ONCE: Final = ("safety_follow_up", "returned_note")
LEFT_OVER: Final = ("unnoted_contact", "unsigned_draft", "returned_note")

Key = tuple[uuid.UUID, str, uuid.UUID, str, dt.date]


@dataclass
class Owed:
    """One thing owed once: to whom, since when, and what must have become of it. `sure` is whether that is known exactly."""

    key: Key
    due: dt.datetime
    step: Step | None = None
    life: Life | None = None
    state: State = State.DUE
    at: dt.datetime | None = None
    sure: bool = True

    @property
    def rule(self) -> str:
        """Its rule's name."""
        return self.key[1]

    @property
    def only_at_start(self) -> bool:
        """Whether it is said in the message at the start of a day, and in no other."""
        to_supervisor = self.key[3].startswith(BOSS) and self.rule not in AT_ONCE
        return to_supervisor or self.rule in ("morning_plan", "roster_sanity")


@dataclass(frozen=True)
class Chance:
    """A step that is owed to this person if, at some tick of a span, it is theirs and they did not put it off."""

    life: Life
    step: Step
    person: Person
    local_on: dt.date
    due: dt.datetime
    stops: dt.datetime

    @property
    def key(self) -> Key:
        """What happens once."""
        return self.person.id, self.life.rule, self.life.subject, self.step.name, self.local_on


@dataclass(frozen=True)
class Press:
    """A person presses *Later* on the message of this morning."""

    at: dt.datetime
    person: uuid.UUID
    choice: Later


@dataclass
class Replay:
    """The ticks of the year once more."""

    world: World
    ticks: list[dt.datetime]
    presses: list[Press] = field(default_factory=list[Press])
    owed: dict[Key, Owed] = field(default_factory=dict[Key, Owed])
    waiting: dict[uuid.UUID, list[Owed]] = field(default_factory=lambda: defaultdict(list))
    used: set[tuple[uuid.UUID, dt.date, str]] = field(default_factory=set[tuple[uuid.UUID, dt.date, str]])
    morning: dict[uuid.UUID, list[Owed]] = field(default_factory=dict[uuid.UUID, list[Owed]])
    put_off: dict[tuple[uuid.UUID, uuid.UUID], tuple[int, dt.datetime]] = field(
        default_factory=dict[tuple[uuid.UUID, uuid.UUID], tuple[int, dt.datetime]]
    )

    def run(self) -> dict[Key, Owed]:
        """Everything that is owed, with what must have become of it."""
        self.latest = list(accumulate(self.ticks, max))
        self.heap: list[tuple[int, int, Chance]] = []
        self.numbers = count()
        self.open: dict[uuid.UUID, set[int]] = defaultdict(set)
        self.things: dict[tuple[str, uuid.UUID], set[int]] = defaultdict(set)
        self.changes: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        for number, life in enumerate(self.world.lives):
            begin, end = self._seq(life.opens), self._seq(life.closes)
            if begin < end:
                self.changes[begin].append((number, True))
                self.changes[end].append((number, False))
                for chance in self._chances(life):
                    self._plan(chance, 0)
        for seq, now in enumerate(self.ticks):
            self._tick(seq, now)
        return self.owed

    def _seq(self, at: dt.datetime) -> int:
        """The first tick that sees what happened at an instant."""
        return bisect_left(self.latest, at)

    def _chances(self, life: Life) -> Iterator[Chance]:
        for step in RULES[life.rule]:
            for person in self._candidates(life, step):
                for local_on, since, stops in times_of(life, step, person, self.world.ends_at):
                    at_start = step.to == BOSS and life.rule not in AT_ONCE
                    due = person.next_start(since) if at_start else since
                    if due is not None:
                        yield Chance(life, step, person, local_on, due, stops)

    def _candidates(self, life: Life, step: Step) -> list[Person]:
        """Everyone who may be reminded of it on some day."""
        owner = self.world.people[life.owner]
        found = [owner] if step.to == "owner" else self._chain(owner)
        if step.to == "owner" and owner.away is not None:
            client = life.client or life.owner
            ids = (self.world.covering.get(client), self.world.backup.get(client), owner.supervisor)
            found += [self.world.people[each] for each in ids if each is not None]
        return list({each.id: each for each in found}.values())

    def _chain(self, owner: Person) -> list[Person]:
        found: list[Person] = []
        while owner.supervisor is not None:
            owner = self.world.people[owner.supervisor]
            found.append(owner)
        return found

    def _receiver(self, life: Life, step: Step, now: dt.datetime) -> Person | None:
        """Whose it is now: the owner's, or the one's who covers; the supervisor's, or their own supervisor's."""
        owner = self.world.people[life.owner]
        if step.to == BOSS:
            return self.supervisor(owner, now)
        if not owner.is_away(owner.day(now)):
            return owner
        if life.rule not in COVERED or life.client is None:
            return None
        for each in (self.world.covering.get(life.client), self.world.backup.get(life.client)):
            if each is not None and not self.world.people[each].is_away(self.world.people[each].day(now)):
                return self.world.people[each]
        return self.world.people[owner.supervisor] if owner.supervisor else owner

    def supervisor(self, owner: Person, now: dt.datetime) -> Person | None:
        """Whoever supervises them and is there."""
        there = [each for each in self._chain(owner) if not each.is_away(each.day(now))]
        return there[0] if there else None

    def _plan(self, chance: Chance, since: int) -> None:
        """Find the first tick at which a chance comes true."""
        seq = max(since, self._seq(max(chance.due, chance.life.opens)))
        end = min(self._seq(chance.life.closes), len(self.ticks))
        while seq < end:
            now = self.ticks[seq]
            if now >= chance.stops + HOUR:
                return
            theirs = chance.due <= now < chance.stops
            if theirs and self._receiver(chance.life, chance.step, now) is chance.person:
                heapq.heappush(self.heap, (seq, next(self.numbers), chance))
                return
            seq += 1

    def _tick(self, seq: int, now: dt.datetime) -> None:
        while self.presses and self.presses[0].at <= now:
            self._press(self.presses.pop(0))
        for number, opens in self.changes[seq]:
            life = self.world.lives[number]
            for group in (self.open[life.owner], self.things[life.rule, life.subject]):
                (group.add if opens else group.discard)(number)
        while self.heap and self.heap[0][0] == seq:
            chance = heapq.heappop(self.heap)[2]
            if self._is_put_off(chance.person.id, chance.life.subject, now):
                self._plan(chance, seq + 1)
            else:
                self._owe(Owed(chance.key, chance.due, chance.step, chance.life))
        self._digests(now)
        for person in self.world.people.values():
            self._rounds(person, now)
            self._deliver(person, now)

    def _is_put_off(self, person: uuid.UUID, subject: uuid.UUID, now: dt.datetime) -> bool:
        return self.put_off.get((person, subject), (0, now))[1] > now

    def _owe(self, owed: Owed) -> None:
        if owed.key not in self.owed:
            self.owed[owed.key] = owed
            self.waiting[owed.key[0]].append(owed)

    def _digests(self, now: dt.datetime) -> None:
        """Mondays at nine, or on the first business day after one that is a holiday; not any more after one o'clock."""
        day = now.astimezone(NEW_YORK).date()
        at = instant(day, 9 * 60, NEW_YORK)
        earlier = any(is_business_day(day - number * DAY) for number in range(1, day.weekday() + 1))
        if at <= now < at + 4 * HOUR and is_business_day(day) and not earlier:
            for team in self.world.teams:
                key = (team, "team_digest", team, "week", day)
                self.owed.setdefault(key, Owed(key, at, state=State.TOLD, sure=False))

    def _rounds(self, person: Person, now: dt.datetime) -> None:
        found = person.slot(now)
        if found is None:
            return
        slot, at = found
        day = person.day(now)
        monday = day - day.weekday() * DAY
        first = not any(person.works_on(monday + number * DAY) for number in range(day.weekday()))
        asked = slot is Slot.START and self._is_asked(person, now)
        if asked:
            self._round(person, "morning_plan", day, at)
        if slot is Slot.END and any(
            life.rule == "unnoted_contact" and _local(life.anchor, person) == day
            for life in self._standing(person, now)
        ):
            self._round(person, "end_of_day", day, at)
        troubled = any(begin < now < end for begin, end in self.world.problems)
        if slot is Slot.START and first and person.role is Role.ADMIN and troubled:
            self._round(person, "roster_sanity", day, at)

    def _round(self, person: Person, rule: str, day: dt.date, at: dt.datetime) -> None:
        self._owe(Owed((person.id, rule, person.id, "day", day), at))

    def _theirs(self, person: Person) -> Iterator[Life]:
        return (self.world.lives[number] for number in self.open[person.id])

    def _standing(self, person: Person, now: dt.datetime) -> Iterator[Life]:
        """What is theirs and was not put off."""
        return (life for life in self._theirs(person) if not self._is_put_off(person.id, life.subject, now))

    def _is_asked(self, person: Person, now: dt.datetime) -> bool:
        """Whether the day holds anything: what is left from before, what is due, visits; reviews, and what staff are late with."""
        today = person.day(now)
        for life in self._standing(person, now):
            day = _local(life.anchor, person)
            if life.rule in LEFT_OVER and day < today:
                return True
            if (life.rule == "follow_up" and day <= today) or (life.rule in WINDOWS and day <= today + WEEK):
                return True
        if any(
            each.owner == person.id and each.day == today and self._stands(each.opens, each.closes, now)
            for each in self.world.visits
        ):
            return True
        staff = (each for each in self.world.people.values() if self.supervisor(each, now) is person)
        return any(
            life.rule == "review_queue" or self._is_late(life, each, now)
            for each in staff
            for life in self._theirs(each)
        )

    def _stands(self, opens: dt.datetime, closes: dt.datetime, now: dt.datetime) -> bool:
        return opens <= now < closes

    def _is_late(self, life: Life, owner: Person, now: dt.datetime) -> bool:
        """Whether the supervisor's morning tells of it; what was told at once is repeated from the next day on."""
        since = life.first or life.anchor
        limits = [first_of(since, step, owner) for step in RULES[life.rule] if step.to == BOSS]
        if life.rule in AT_ONCE:
            return any(owner.day(limit) < owner.day(now) for limit in limits)
        return any(limit <= now for limit in limits)

    def _deliver(self, person: Person, now: dt.datetime) -> None:
        waiting = self.waiting[person.id]
        for owed in [each for each in waiting if each.due <= now - WEEK]:
            owed.state = State.EXPIRED
            waiting.remove(owed)
        found, day = person.slot(now), person.day(now)
        if found is not None:
            slot, at = found
            fit = [each for each in waiting if slot is Slot.START or not each.only_at_start]
            wanted = any(each.due <= at and each.rule not in AT_ONCE for each in fit)
            if wanted and self._take(person, day, slot.value):
                carried = [each for each in fit if each.due <= now and each.rule != "safety_follow_up"]
                self._tell(person, carried, now)
                if slot is Slot.START:
                    self.morning[person.id] = carried
        at_once = [each for each in waiting if each.rule in AT_ONCE and each.due <= now]
        if at_once and person.is_working(now) and self._take(person, day, f"{now.astimezone(person.zone).hour}"):
            self._tell(person, at_once, now)

    def _take(self, person: Person, day: dt.date, slot: str) -> bool:
        place = (person.id, day, slot)
        is_free = place not in self.used
        self.used.add(place)
        return is_free

    def _tell(self, person: Person, carried: list[Owed], now: dt.datetime) -> None:
        """All of it is one message, if anything of it is still owed."""
        told = [each for each in carried if each.life is not None and self._is_owed(each, now)]
        rounds = [each for each in carried if each.life is None]
        for each in carried:
            self.waiting[person.id].remove(each)
            each.at = now
            each.state = State.TOLD if each in told or (each in rounds) else State.SUPPRESSED
            each.sure = each.life is not None or bool(told)

    def _is_owed(self, owed: Owed, now: dt.datetime) -> bool:
        """Whether it is still open, still theirs, not put off since, and due by the day that it counts from now."""
        person = self.world.people[owed.key[0]]
        if self._is_put_off(person.id, owed.key[2], now):
            return False
        is_boss = owed.key[3].startswith(BOSS)
        for number in self.things[owed.rule, owed.key[2]]:
            life = self.world.lives[number]
            since = (life.first or life.anchor) if is_boss else life.anchor
            # What has happened stays so until it is settled; a silence is none any more once somebody is heard of.
            is_lasting = isinstance(since, dt.datetime) and owed.rule != "no_contact"
            # What was put off is owed as long as any of its steps is.
            steps = [each for each in RULES[owed.rule] if owed.step in (None, each) and (each.to == BOSS) is is_boss]
            if any(
                self._receiver(life, step, now) is person and (is_lasting or first_of(since, step, person) <= now)
                for step in steps
            ):
                return True
        return False

    def _press(self, press: Press) -> None:
        """Each thing of the morning's message that was not put off twice already is owed again later, and not before."""
        person = self.world.people[press.person]
        tomorrow = instant(person.day(press.at) + DAY, 0, person.zone)
        until = {
            Later.HOUR: press.at + HOUR,
            Later.END_OF_DAY: person.times(person.day(press.at))[Slot.END],
            Later.TOMORROW: person.next_start(tomorrow) or FAR,
        }[press.choice]
        told = [
            each
            for each in self.morning[person.id]
            if each.state is State.TOLD and each.life is not None and not each.key[3].startswith(BOSS)
        ]
        moved: set[uuid.UUID] = set()
        for each in {(each.rule, each.key[2]): each for each in told}.values():
            subject = each.key[2]
            times = self.put_off.get((person.id, subject), (0, until))[0]
            if subject not in moved:
                if times == 2 or self._is_put_off(person.id, subject, press.at):
                    continue
                times += 1
                moved.add(subject)
                self.put_off[person.id, subject] = times, until
            key = (person.id, each.rule, subject, f"later {times}", person.day(until))
            self._owe(Owed(key, until, life=each.life))


def _local(anchor: dt.datetime | dt.date, person: Person) -> dt.date:
    return person.day(anchor) if isinstance(anchor, dt.datetime) else anchor
