"""Made-up agencies of a few people, and who may do what there by plain counting: what the SQL of `access` is compared with."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from models.base import new_id, new_reference
from models.clients import Assignment, AssignmentKind, Client, ClientStatus
from models.glass import BreakGlass, GlassReason
from models.staff import Role, Staff, StaffState
from privacy.phi import Phi
from privacy.sealed import Sealed
from services.decisions import DAYS_AFTER_LOSS, Deed, Relation
from services.staff import Actor
from services.work import Work

# Late in the evening in New York, and the next day in Tokyo.
NOW = dt.datetime(2026, 3, 10, 3, 30, tzinfo=dt.UTC)
A_DAY = dt.timedelta(1)
FAR = 90
_NOUNS = ("client:", "contact:", "follow_up:", "goal:", "note:", "person:", "requirement:")
ON_CLIENTS = tuple(
    each for each in Deed if each.value.startswith(_NOUNS) and each not in {Deed.CLIENT_ADD, Deed.NOTE_REVIEW}
)


@dataclass(frozen=True)
class Member:
    """A staff member. `boss` is the number of another one."""

    roles: frozenset[Role]
    boss: int | None
    state: StaffState
    zone: str
    id: uuid.UUID = field(default_factory=new_id)

    @property
    def today(self) -> dt.date:
        """Their own day."""
        return NOW.astimezone(ZoneInfo(self.zone)).date()


@dataclass(frozen=True)
class Served:
    """A client."""

    status: ClientStatus
    id: uuid.UUID = field(default_factory=new_id)
    ref: str = field(default_factory=lambda: new_reference("C"))


@dataclass(frozen=True)
class Given:
    """Who has whom, from a day to a day, both counted from the tenth of March."""

    member: int
    client: int
    kind: AssignmentKind
    first: int
    last: int | None

    @property
    def from_on(self) -> dt.date:
        """The first day."""
        return NOW.date() + dt.timedelta(self.first)

    @property
    def until_on(self) -> dt.date | None:
        """The last day, if there is one."""
        return None if self.last is None else NOW.date() + dt.timedelta(self.last)

    def touched(self) -> set[dt.date]:
        """Every day on which they had the client for some of it: also the one in the course of which they lost them."""
        last = self.until_on or NOW.date() + dt.timedelta(FAR)
        return {self.from_on + dt.timedelta(n) for n in range((last - self.from_on).days + 2)}

    def runs(self, day: dt.date) -> bool:
        """Whether they have the client on this day."""
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True)
class Glass:
    """An emergency that began so many minutes ago."""

    member: int
    client: int
    minutes_ago: int
    closed: bool

    @property
    def opened_at(self) -> dt.datetime:
        """When it began."""
        return NOW - dt.timedelta(minutes=self.minutes_ago)


@dataclass(frozen=True)
class World:
    """An agency."""

    staff: tuple[Member, ...]
    clients: tuple[Served, ...]
    given: tuple[Given, ...]
    broken: tuple[Glass, ...]

    def actor(self, number: int) -> Actor:
        """The staff member as somebody who asks."""
        member = self.staff[number]
        boss = self.staff[member.boss].id if member.boss is not None else None
        return Actor(
            id=member.id,
            slack_user_id=f"U{number}",
            name="",
            title="",
            credential="",
            roles=member.roles,
            zone=ZoneInfo(member.zone),
            work_days="12345",
            work_starts_minute=0,
            work_ends_minute=1,
            supervisor_id=boss,
            cosign_required=False,
        )

    def relations(self, number: int, client: int, on: dt.date | None = None) -> frozenset[Relation]:
        """How the staff member stands to the client, by going through everything that is known."""
        today = self.staff[number].today
        found: set[Relation] = set()
        if self.clients[client].status is ClientStatus.ACTIVE:
            for each in self.given:
                if each.client == client and each.runs(today):
                    found |= {Relation(each.kind.value)} if each.member == number else set()
                    found |= {Relation.SUPERVISES} if self.staff[each.member].boss == number else set()
        if any(
            each.member == number and each.client == client and not each.closed and 0 <= each.minutes_ago < 60
            for each in self.broken
        ):
            found.add(Relation.EMERGENCY)
        if on is not None and self._was_there(number, client, on):
            found.add(Relation.WAS_THERE)
        return frozenset(found)

    def _was_there(self, number: int, client: int, on: dt.date) -> bool:
        """Day by day: whether they had the client on this day, or until the day before it, and lost them lately."""
        today = self.staff[number].today
        mine = [each for each in self.given if each.member == number and each.client == client]
        lost = [each.until_on + A_DAY for each in mine if each.until_on is not None and each.from_on <= today]
        has_not_lost = any(each.until_on is None and each.from_on <= today for each in mine)
        lately = has_not_lost or any((today - day).days <= DAYS_AFTER_LOSS for day in lost)
        return lately and on <= today and any(on in each.touched() for each in mine)

    def store(self, work: Work) -> None:
        """Write it down, so that it can be asked about."""
        sealed = work.keys.house_key.seal(GlassReason(words=Phi("x")), work.cell("break_glass", "reason", new_id()))
        members = self._members(work, sealed)
        work.session.add_all([*members, *self._clients(work, sealed)])
        work.session.flush()
        for row, each in zip(members, self.staff, strict=True):
            if each.boss is not None:
                row.supervisor_id = self.staff[each.boss].id
        work.session.add_all([*self._given(work), *self._broken(work, sealed)])
        work.session.flush()

    def _members(self, work: Work, sealed: Sealed) -> list[Staff]:
        return [
            Staff(
                workspace_id=work.workspace_id,
                id=each.id,
                ref=new_reference("S"),
                email_index=each.id.bytes,
                profile=sealed,
                roles=" ".join(each.roles),
                slack_user_id=f"U{number}",
                time_zone=each.zone,
                state=each.state,
            )
            for number, each in enumerate(self.staff)
        ]

    def _clients(self, work: Work, sealed: Sealed) -> list[Client]:
        return [
            Client(
                workspace_id=work.workspace_id,
                id=each.id,
                ref=each.ref,
                agency_id_index=each.id.bytes,
                profile=sealed,
                status=each.status,
            )
            for each in self.clients
        ]

    def _given(self, work: Work) -> list[Assignment]:
        return [
            Assignment(
                workspace_id=work.workspace_id,
                client_id=self.clients[each.client].id,
                staff_id=self.staff[each.member].id,
                kind=each.kind,
                from_on=each.from_on,
                until_on=each.until_on,
            )
            for each in self.given
        ]

    def _broken(self, work: Work, sealed: Sealed) -> list[BreakGlass]:
        return [
            BreakGlass(
                workspace_id=work.workspace_id,
                ref=new_reference("E"),
                staff_id=self.staff[each.member].id,
                client_id=self.clients[each.client].id,
                reason=sealed,
                opened_at=each.opened_at,
                ends_at=each.opened_at + dt.timedelta(hours=1),
                closed_at=NOW if each.closed else None,
            )
            for each in self.broken
        ]


def worlds() -> st.SearchStrategy[World]:
    """Agencies of four staff members and three clients, with everything that can stand between them."""
    members, clients = st.integers(0, 3), st.integers(0, 2)
    day = st.integers(-70, 5)
    roles = st.frozensets(st.sampled_from(list(Role)), max_size=3)
    usual = st.sampled_from([frozenset({Role.CASE_MANAGER}), frozenset({Role.SUPERVISOR})])
    member = st.builds(
        Member,
        roles=usual | roles,
        boss=st.none() | members,
        state=st.sampled_from([StaffState.ACTIVE, StaffState.ACTIVE, StaffState.LEFT]),
        zone=st.sampled_from(["America/New_York", "Asia/Tokyo"]),
    )
    served = st.builds(Served, status=st.sampled_from([ClientStatus.ACTIVE, ClientStatus.ACTIVE, ClientStatus.CLOSED]))
    given = st.builds(Given, members, clients, st.sampled_from(AssignmentKind), day, st.none() | day)
    glass = st.builds(Glass, members, clients, st.integers(-1, 61), st.booleans())
    return st.builds(
        World,
        st.tuples(*[member] * 4),
        st.tuples(*[served] * 3),
        st.lists(given, max_size=8).map(tuple),
        st.lists(glass, max_size=2).map(tuple),
    )
