"""What the database holds of staff, teams, clients and assignments, read at once so that no row of a file asks for itself.

Here: reading. Not here: what a file changes (roster_staff, roster_clients).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select

from models.clients import Assignment, AssignmentKind, Client, ClientKey, ClientProfile, ClientStatus
from models.policy import Policy
from models.staff import Role, Staff, StaffProfile, StaffState, Team
from privacy.keys import RecordKey
from privacy.sealed import Sealed
from services import csv_cells, policies, requirements
from services.csv_cells import RowReading
from services.refusals import NotFound
from services.requirements import NewRequirement
from services.roster_rows import CLIENT, STAFF, Before, NewStaff, today
from services.work import Work


@dataclass(frozen=True, slots=True)
class KnownStaff:
    """A staff member as stored; `open_staff` reads the profile."""

    id: uuid.UUID
    email_index: bytes
    profile: Sealed
    version: int
    roles: str
    slack_user_id: str | None
    team_id: uuid.UUID | None
    supervisor_id: uuid.UUID | None
    time_zone: str
    work_days: str
    work_starts_minute: int
    work_ends_minute: int
    cosign_required: bool
    state: StaffState

    @property
    def works_here(self) -> bool:
        """Whether this person has not left."""
        return self.state is StaffState.ACTIVE


@dataclass(frozen=True, slots=True)
class KnownTeam:
    """A team as stored."""

    id: uuid.UUID
    name_index: bytes
    channel_id: str | None


@dataclass(frozen=True, slots=True)
class OpenAssignment:
    """An assignment that has not ended."""

    id: uuid.UUID
    staff_id: uuid.UUID
    kind: AssignmentKind


@dataclass(frozen=True, slots=True)
class KnownClient:
    """A client as stored, and who works with them as primary or backup. Without a key the client was shredded."""

    id: uuid.UUID
    agency_id_index: bytes
    profile: Sealed
    version: int
    status: ClientStatus
    plan_review_on: dt.date | None
    before: Before
    key: tuple[uuid.UUID, Sealed] | None = None
    assignments: tuple[OpenAssignment, ...] = ()
    requirements: tuple[NewRequirement, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownRoster:
    """All staff and teams, by the index of what a file names them by."""

    staff: dict[bytes, KnownStaff]
    teams: dict[bytes, KnownTeam]


@dataclass(frozen=True, slots=True)
class KnownClients:
    """All clients with their keys and what stands for them, the staff they may be assigned to, and the policy."""

    staff: dict[bytes, KnownStaff]
    clients: dict[bytes, KnownClient]
    policy: Policy


@dataclass(frozen=True, slots=True)
class KeyedClient:
    """A client and their key, for files about what belongs to clients."""

    id: uuid.UUID
    key_id: uuid.UUID
    sealed_key: Sealed

    def key(self, work: Work) -> RecordKey:
        """The client's key; the ring keeps it at hand."""
        return work.keys.client_key(self.id, self.key_id, self.sealed_key)


def known_roster(work: Work) -> KnownRoster:
    """All staff and teams."""
    return KnownRoster(
        {each.email_index: each for each in _staff(work)},
        {each.name_index: each for each in _teams(work)},
    )


def known_clients(work: Work) -> KnownClients:
    """All clients with their keys and open assignments, and the staff they may be assigned to."""
    staff = _staff(work)
    keys, open_rows, required = _keys(work), _assignments(work, staff), _requirements(work)
    clients = [
        replace(
            each,
            key=keys.get(each.id),
            assignments=tuple(open_rows.get(each.id, ())),
            requirements=tuple(required.get(each.id, ())),
        )
        for each in _clients(work)
    ]
    return KnownClients(
        {each.email_index: each for each in staff},
        {each.agency_id_index: each for each in clients},
        policies.in_force(work),
    )


def keyed_clients(work: Work) -> dict[bytes, KeyedClient | None]:
    """All clients by the index of their ID; None for one who was shredded."""
    keys = _keys(work)
    query = select(Client.id, Client.agency_id_index).where(Client.workspace_id == work.workspace_id)
    return {
        bytes(row.agency_id_index): KeyedClient(row.id, *keys[row.id]) if row.id in keys else None
        for row in work.session.execute(query.order_by(Client.id))
    }


def client_of_row(work: Work, reading: RowReading, clients: Mapping[bytes, KeyedClient | None]) -> KeyedClient | None:
    """The client that a row names by `client_id`; what is wrong with it is noted."""
    agency_id = reading.need("client_id", csv_cells.code)
    if agency_id is None:
        return None
    index = work.keys.index(CLIENT, "agency_id", agency_id)
    if index not in clients:
        reading.refuse("client_id", "No client has this ID. Import clients.csv first, or correct it.")
    elif clients[index] is None:
        reading.refuse("client_id", "The record with this client_id was destroyed. Nothing can be imported under it.")
    return clients.get(index)


def open_staff(work: Work, known: KnownStaff) -> NewStaff:
    """The stored staff member as the facts that a file could have given.

    Errors: FieldAuthError when the stored profile does not open.
    """
    cell = work.cell(STAFF, "profile", known.id, known.version)
    return NewStaff(
        profile=work.keys.house_key.open(StaffProfile, known.profile, cell),
        roles=frozenset(Role(word) for word in known.roles.split()),
        slack_user_id=known.slack_user_id,
        team_id=known.team_id,
        supervisor_id=known.supervisor_id,
        time_zone=known.time_zone,
        work_days=known.work_days,
        work_starts_minute=known.work_starts_minute,
        work_ends_minute=known.work_ends_minute,
        cosign_required=known.cosign_required,
        id=known.id,
    )


def open_client(work: Work, known: KnownClient) -> ClientProfile:
    """The stored client's profile.

    Errors: NotFound when the client was shredded; FieldAuthError when the stored profile does not open.
    """
    if known.key is None:
        raise NotFound
    key = work.keys.client_key(known.id, *known.key)
    return key.open(ClientProfile, known.profile, work.cell(CLIENT, "profile", known.id, known.version))


def seal_again(work: Work, known: KnownClient, profile: ClientProfile) -> Sealed:
    """A stored client's changed profile, sealed as the next version.

    Errors: NotFound when the client was shredded.
    """
    if known.key is None:
        raise NotFound
    key = work.keys.client_key(known.id, *known.key)
    return key.seal(profile, work.cell(CLIENT, "profile", known.id, known.version + 1))


def _staff(work: Work) -> list[KnownStaff]:
    columns = (
        *(Staff.id, Staff.email_index, Staff.profile, Staff.profile_version, Staff.roles, Staff.slack_user_id),
        *(Staff.team_id, Staff.supervisor_id, Staff.time_zone, Staff.work_days),
        *(Staff.work_starts_minute, Staff.work_ends_minute, Staff.cosign_required, Staff.state),
    )
    query = select(*columns).where(Staff.workspace_id == work.workspace_id).order_by(Staff.id)
    return [
        KnownStaff(
            row.id,
            bytes(row.email_index),
            row.profile,
            row.profile_version,
            row.roles,
            row.slack_user_id,
            row.team_id,
            row.supervisor_id,
            row.time_zone,
            row.work_days,
            row.work_starts_minute,
            row.work_ends_minute,
            row.cosign_required,
            row.state,
        )
        for row in work.session.execute(query)
    ]


def _teams(work: Work) -> list[KnownTeam]:
    query = select(Team.id, Team.name_index, Team.channel_id).where(Team.workspace_id == work.workspace_id)
    rows = work.session.execute(query.order_by(Team.id))
    return [KnownTeam(team_id, bytes(name_index), channel_id) for team_id, name_index, channel_id in rows]


def _clients(work: Work) -> list[KnownClient]:
    query = select(
        *(Client.id, Client.agency_id_index, Client.profile, Client.profile_version, Client.status),
        *(Client.plan_review_on, Client.before_contact_on, Client.before_visit_on, Client.before_home_visit_on),
    ).where(Client.workspace_id == work.workspace_id)
    return [
        KnownClient(
            row.id,
            bytes(row.agency_id_index),
            row.profile,
            row.profile_version,
            row.status,
            row.plan_review_on,
            Before(row.before_contact_on, row.before_visit_on, row.before_home_visit_on),
        )
        for row in work.session.execute(query.order_by(Client.id))
    ]


def _requirements(work: Work) -> dict[uuid.UUID, list[NewRequirement]]:
    """The requirements that have not ended, by client."""
    found: dict[uuid.UUID, list[NewRequirement]] = {}
    for row in requirements.standing(work):
        found.setdefault(row.client_id, []).append(requirements.facts_of(row))
    return found


def _keys(work: Work) -> dict[uuid.UUID, tuple[uuid.UUID, Sealed]]:
    query = select(ClientKey.client_id, ClientKey.id, ClientKey.sealed).where(
        ClientKey.workspace_id == work.workspace_id
    )
    rows = work.session.execute(query.order_by(ClientKey.version))
    return {client_id: (key_id, sealed) for client_id, key_id, sealed in rows}


def _assignments(work: Work, staff: Iterable[KnownStaff]) -> dict[uuid.UUID, list[OpenAssignment]]:
    zones = {each.id: each.time_zone for each in staff}
    query = (
        select(Assignment.client_id, Assignment.id, Assignment.staff_id, Assignment.kind, Assignment.until_on)
        .where(Assignment.workspace_id == work.workspace_id)
        .where(Assignment.kind.in_((AssignmentKind.PRIMARY, AssignmentKind.BACKUP)))
        .order_by(Assignment.id)
    )
    found: dict[uuid.UUID, list[OpenAssignment]] = {}
    for client_id, row_id, staff_id, kind, until_on in work.session.execute(query):
        if until_on is None or until_on >= today(work, zones[staff_id]):
            found.setdefault(client_id, []).append(OpenAssignment(row_id, staff_id, kind))
    return found
