"""A year of an agency, made up from a seed: who works when and where, what happens to whom, and when the clock ticks.

Here: the world, as rows that appear and change, and as lives of things that are open. Not here: what is owed for them (oracle).
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from models.base import Base, new_id, new_reference
from models.clients import Assignment, AssignmentKind, Client
from models.staff import Role, Staff
from models.workspaces import Workspace
from privacy.sealed import Sealed
from services import policies
from services.staff import Actor
from services.work import Work
from tests.reminders.almanac import DAY, MINUTE, Person, instant
from tests.reminders.town import EIGHT_THIRTY, FIVE, Town

HOUR: Final = 60 * MINUTE
FAR: Final = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
POLICY: Final = "format: 1\nagency: {extra_holidays: [2027-11-26], working_holidays: [2027-10-11]}\n"
NEW_YORK, LONDON, SYDNEY = (ZoneInfo(name) for name in ("America/New_York", "Europe/London", "Australia/Sydney"))
WEEK, OFFICE, NIGHT = "12345", (EIGHT_THIRTY, FIVE), (60, 300)


@dataclass(frozen=True)
class Life:
    """One thing while it is open and nothing of it changes: what its steps count from, and from when until when that is so."""

    rule: str
    subject: uuid.UUID
    owner: uuid.UUID
    anchor: dt.datetime | dt.date
    opens: dt.datetime
    closes: dt.datetime = FAR
    first: dt.datetime | dt.date | None = None
    client: uuid.UUID | None = None
    until: dt.date | None = None


@dataclass(frozen=True)
class Write:
    """A row that appears or changes at an instant."""

    at: dt.datetime
    row: Base | None = None
    table: type[Base] | None = None
    row_id: uuid.UUID | None = None
    values: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Visit:
    """A visit that stands in a person's plan from one instant to another."""

    owner: uuid.UUID
    day: dt.date
    opens: dt.datetime
    closes: dt.datetime


class World:
    """Who works here, and everything that will happen."""

    def __init__(self, town: Town, begins: dt.date, ends: dt.date, seed: int = 20280229) -> None:
        self.town, self.begins, self.ends = town, begins, ends
        self.random = random.Random(seed)
        self.people: dict[uuid.UUID, Person] = {}
        self.clients: list[uuid.UUID] = []
        self.primary: dict[uuid.UUID, uuid.UUID] = {}
        self.backup: dict[uuid.UUID, uuid.UUID] = {}
        self.covering: dict[uuid.UUID, uuid.UUID] = {}
        self.teams: dict[uuid.UUID, str] = {}
        self.writes: list[Write] = []
        self.lives: list[Life] = []
        self.visits: list[Visit] = []
        self.problems: list[tuple[dt.datetime, dt.datetime]] = []

    @property
    def starts_at(self) -> dt.datetime:
        """The first instant."""
        return dt.datetime.combine(self.begins, dt.time(), dt.UTC)

    @property
    def ends_at(self) -> dt.datetime:
        """The instant after the last one."""
        return dt.datetime.combine(self.ends, dt.time(), dt.UTC)

    @property
    def managers(self) -> list[Person]:
        """Those who have clients."""
        return [each for each in self.people.values() if each.role is Role.CASE_MANAGER]

    def sealed(self) -> Sealed:
        """Something sealed that nobody opens."""
        return self.town.run(lambda work: work.session.scalars(select(Staff.profile).limit(1)).one())

    def add(self, at: dt.datetime, row: Base) -> None:
        """A row appears."""
        self.writes.append(Write(at, row))

    def change(self, at: dt.datetime, table: type[Base], row_id: uuid.UUID, **values: Any) -> None:
        """A row changes."""
        self.writes.append(Write(at, None, table, row_id, values))

    def days(self) -> Iterator[dt.date]:
        """Every day of the story."""
        for number in range((self.ends - self.begins).days):
            yield self.begins + number * DAY

    def moment(self, person: Person, day: dt.date) -> dt.datetime:
        """Some minute of a person's working hours."""
        return instant(day, self.random.randrange(*person.hours), person.zone)

    def some_time(self, since: dt.datetime, most: dt.timedelta, least: dt.timedelta = MINUTE) -> dt.datetime:
        """Some minute after an instant, sooner rather than later."""
        part = self.random.random() ** 3
        return since + least + int((most - least) * part / MINUTE) * MINUTE

    def chance(self, percent: int) -> bool:
        """Whether something happens that often."""
        return self.random.randrange(100) < percent


def settle(world: World) -> None:
    """Three teams in three zones, and 200 clients."""
    town = world.town
    town.clock.instant = world.starts_at
    town.run(lambda work: policies.apply(work, POLICY))
    ada = _person(world, "U0ADA", NEW_YORK, role=Role.ADMIN)
    north, east, south = (_team(world, f"C0TEAM{number}") for number in range(3))
    carol = _person(world, "U0CAROL", NEW_YORK, Role.SUPERVISOR, north, ada, away=("2028-03-06", "2028-03-17"))
    dora = _person(world, "U0DORA", LONDON, Role.SUPERVISOR, east, ada)
    for name, days, hours, away in (
        ("ALICE", WEEK, OFFICE, None),
        ("BOB", "256", OFFICE, None),
        ("NELL", "67", NIGHT, None),
        ("EVE", WEEK, OFFICE, ("2028-02-21", "2028-03-10")),
    ):
        _person(world, f"U0{name}", NEW_YORK, Role.CASE_MANAGER, north, carol, days, hours, away)
    for name, days, away in (("FAY", WEEK, None), ("GUS", "134", ("2027-12-06", "2027-12-26")), ("HAL", "25", None)):
        _person(world, f"U0{name}", LONDON, Role.CASE_MANAGER, east, dora, days, away=away)
    for name, days in (("KIM", WEEK), ("LEO", "135"), ("MIA", "234")):
        _person(world, f"U0{name}", SYDNEY, Role.CASE_MANAGER, south, carol, days)
    _clients(world, 200)
    _imports(world)


def _person(
    world: World,
    user_id: str,
    zone: ZoneInfo,
    role: Role = Role.CASE_MANAGER,
    team: uuid.UUID | None = None,
    supervisor: uuid.UUID | None = None,
    days: str = WEEK,
    hours: tuple[int, int] = OFFICE,
    away: tuple[str, str] | None = None,
) -> uuid.UUID:
    row_id = world.town.staff(
        user_id, role=role, supervisor=supervisor, team=team, zone=zone.key, days=days, hours=hours
    )
    absence = None
    if away is not None:
        absence = dt.date.fromisoformat(away[0]), dt.date.fromisoformat(away[1])
        world.town.change(Staff, row_id, away_from=absence[0], away_until=absence[1])
    world.people[row_id] = Person(row_id, user_id, zone, days, hours, role, team, supervisor, absence)
    return row_id


def _team(world: World, channel_id: str) -> uuid.UUID:
    row_id = world.town.team(channel_id)
    world.teams[row_id] = channel_id
    return row_id


def _clients(world: World, count: int) -> None:
    """Each has a case manager and a backup of the same team; those of whoever is away have a colleague who covers, or only a backup."""
    managers = world.managers
    sealed = world.sealed()
    rows, assignments = list[Base](), list[Base]()
    for number in range(count):
        owner = managers[number % len(managers)]
        colleagues = [each for each in managers if each.team == owner.team and each is not owner]
        client = Client(
            workspace_id=world.town.agency.id,
            ref=new_reference("C"),
            agency_id_index=new_id().bytes,
            profile=sealed,
        )
        pairs: list[tuple[AssignmentKind, uuid.UUID, dt.date, dt.date | None]]
        pairs = [(AssignmentKind.PRIMARY, owner.id, dt.date(2020, 1, 1), None)]
        if number % 3:
            backup = colleagues[number % len(colleagues)].id
            pairs.append((AssignmentKind.BACKUP, backup, dt.date(2020, 1, 1), None))
            world.backup[client.id] = backup
        if owner.away is not None and number % 2:
            cover = colleagues[(number + 1) % len(colleagues)].id
            pairs.append((AssignmentKind.COVERING, cover, owner.away[0] - 2 * DAY, owner.away[1] + 2 * DAY))
            world.covering[client.id] = cover
        rows.append(client)
        assignments += [_assignment(world, client.id, *pair) for pair in pairs]
        world.clients.append(client.id)
        world.primary[client.id] = owner.id
    for some in (rows, assignments):
        world.town.run(lambda work, some=some: work.session.add_all(some))


def _assignment(
    world: World, client: uuid.UUID, kind: AssignmentKind, staff: uuid.UUID, since: dt.date, until: dt.date | None
) -> Assignment:
    return Assignment(
        workspace_id=world.town.agency.id, client_id=client, staff_id=staff, kind=kind, from_on=since, until_on=until
    )


def actor_of(person: Person) -> Actor:
    """The person as the one who presses a button."""
    return Actor(
        id=person.id,
        slack_user_id=person.user_id,
        name="",
        title="",
        credential="",
        roles=frozenset({person.role}),
        zone=person.zone,
        work_days=person.days,
        work_starts_minute=person.hours[0],
        work_ends_minute=person.hours[1],
        supervisor_id=person.supervisor,
        cosign_required=False,
    )


def _imports(world: World) -> None:
    """The roster is imported every six days, but now and then nobody does for two weeks."""
    last = world.starts_at
    world.change(last, Workspace, world.town.agency.id, roster_imported_at=last)
    for number, day in enumerate(world.days()):
        at = dt.datetime.combine(day, dt.time(3), dt.UTC)
        if number and not number % 6 and not 20 <= number % 60 < 34:
            world.change(at, Workspace, world.town.agency.id, roster_imported_at=at)
            if at > last + 7 * DAY:
                world.problems.append((last + 7 * DAY, at))
            last = at
    world.problems.append((last + 7 * DAY, FAR))


def happen(town: Town, writes: list[Write]) -> None:
    """Let these happen, in order."""

    def store(work: Work) -> None:
        before: type[Base] | None = None
        for each in writes:
            if before is not type(each.row):
                work.session.flush()
            before = type(each.row) if each.row is not None else None
            if each.row is not None:
                work.session.add(each.row)
            elif each.table is not None:
                table = each.table.__table__
                work.session.execute(
                    update(each.table)
                    .where(table.c["id"] == each.row_id)
                    .values(each.values)
                    .execution_options(synchronize_session=False)
                )

    town.run(store)


def ticks(world: World) -> list[dt.datetime]:
    """When the clock ticks: at everybody's times and at random, twice at some, back an hour now and then, and not at all for two days."""
    found = {time for each in world.people.values() for day in world.days() for time in each.times(day).values()}
    span = (world.ends_at - world.starts_at) // MINUTE
    found |= {
        world.starts_at + world.random.randrange(span) * MINUTE for _ in range((world.ends - world.begins).days // 3)
    }
    out = world.starts_at + (world.ends_at - world.starts_at) * 2 // 3
    times: list[dt.datetime] = []
    for number, at in enumerate(sorted(found)):
        if out <= at < out + 2 * DAY:
            continue
        times.append(at)
        if not number % 37:
            times.append(at)
        if not number % 211 and 14 <= at.hour < 20:
            times.append(at - HOUR)
    return times
