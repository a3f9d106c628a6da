"""Teams, staff and clients as rows: sealed, keyed, stored and recorded, one or thousands at a time.

Here: making rows and their audit events. Not here: where the facts come from (roster_staff, roster_clients), and reading
rows (staff, clients).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import update

from models import bulk
from models.base import new_id, new_reference
from models.clients import Assignment, AssignmentKind, Client, ClientKey, ClientProfile, ClientStatus
from models.staff import Role, Staff, StaffProfile, StaffState, Team, TeamProfile
from models.workspaces import Workspace
from privacy.grants import Purpose, system_grant
from privacy.sealed import Sealed
from services import audit
from services.work import Work

TEAM = "team"
STAFF = "staff"
CLIENT = "client"
ASSIGNMENT = "assignment"


@dataclass(frozen=True, slots=True)
class NewStaff:
    """A staff member to be.

    Units: the working hours are minutes after midnight in the time zone; `work_days` holds ISO weekdays, 1 is Monday.
    """

    profile: StaffProfile
    roles: frozenset[Role] = frozenset({Role.CASE_MANAGER})
    slack_user_id: str | None = None
    team_id: uuid.UUID | None = None
    supervisor_id: uuid.UUID | None = None
    time_zone: str = "America/New_York"
    work_days: str = "12345"
    work_starts_minute: int = 8 * 60 + 30
    work_ends_minute: int = 17 * 60
    cosign_required: bool = False
    id: uuid.UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Before:
    """The newest contacts that the agency knew before Noted: of any kind, face to face, and face to face at home."""

    contact_on: dt.date | None = None
    visit_on: dt.date | None = None
    home_visit_on: dt.date | None = None

    @property
    def newest(self) -> dt.date | None:
        """The newest of them all."""
        return max(filter(None, (self.contact_on, self.visit_on, self.home_visit_on)), default=None)


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client to be, and who works with them from `since` on; None is today in that staff member's zone."""

    profile: ClientProfile
    primary_id: uuid.UUID
    backup_id: uuid.UUID | None = None
    status: ClientStatus = ClientStatus.ACTIVE
    plan_review_on: dt.date | None = None
    since: dt.date | None = None
    before: Before = field(default_factory=Before)
    id: uuid.UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class SealedTeam:
    """A team's row, ready to store."""

    id: uuid.UUID
    name_index: bytes
    profile: Sealed
    channel_id: str | None


@dataclass(frozen=True, slots=True)
class SealedStaff:
    """A staff member's row, ready to store as a new one or over the old one."""

    facts: NewStaff
    email_index: bytes
    profile: Sealed
    version: int = 1


@dataclass(frozen=True, slots=True)
class SealedClient:
    """A new client's row and key, ready to store."""

    facts: NewClient
    agency_id_index: bytes
    profile: Sealed
    key_id: uuid.UUID
    key: Sealed
    ref: str


@dataclass(frozen=True, slots=True)
class NewAssignment:
    """Someone begins to work with a client, perhaps until a day, that day included."""

    client_id: uuid.UUID
    staff_id: uuid.UUID
    kind: AssignmentKind
    from_on: dt.date
    until_on: dt.date | None = None
    id: uuid.UUID = field(default_factory=new_id)


def today(work: Work, time_zone: str) -> dt.date:
    """The day that it is for staff in this zone."""
    return work.now.astimezone(ZoneInfo(time_zone)).date()


def seal_team(work: Work, name: str, channel_id: str | None) -> SealedTeam:
    """A new team, sealed."""
    team_id = new_id()
    profile = work.keys.house_key.seal(TeamProfile(name=name), work.cell(TEAM, "profile", team_id))
    return SealedTeam(team_id, work.keys.index(TEAM, "name", name), profile, channel_id)


def team_name(work: Work, team: Team) -> str:
    """What a team is called."""
    cell = work.cell(TEAM, "profile", team.id, team.profile_version)
    return work.keys.house_key.open(TeamProfile, team.profile, cell).name


def seal_staff(work: Work, facts: NewStaff, version: int = 1) -> SealedStaff:
    """A staff member, sealed as this version of their profile."""
    cell = work.cell(STAFF, "profile", facts.id, version)
    index = work.keys.index(STAFF, "email", facts.profile.email)
    return SealedStaff(facts, index, work.keys.house_key.seal(facts.profile, cell), version)


def seal_client(work: Work, facts: NewClient) -> SealedClient:
    """A new client, sealed under a new key of their own."""
    key_id, sealed_key = work.keys.new_client_key(facts.id)
    key = work.keys.client_key(facts.id, key_id, sealed_key)
    agency_id = facts.profile.agency_id.reveal(system_grant(Purpose.IMPORT))
    return SealedClient(
        facts,
        work.keys.index(CLIENT, "agency_id", agency_id),
        key.seal(facts.profile, work.cell(CLIENT, "profile", facts.id)),
        key_id,
        sealed_key,
        new_reference("C"),
    )


def store_teams(work: Work, teams: Sequence[SealedTeam], actor: uuid.UUID | None) -> None:
    """Store new teams."""
    bulk.insert(
        work.session,
        Team,
        [
            {
                "workspace_id": work.workspace_id,
                "id": team.id,
                "ref": new_reference("T"),
                "name_index": team.name_index,
                "profile": team.profile,
                "channel_id": team.channel_id,
            }
            for team in teams
        ],
    )
    for team in teams:
        action = audit.Action.TEAM_IMPORT if actor is None else audit.Action.TEAM_CHANGE
        audit.record(work, action, actor=actor, subject=(TEAM, team.id), version=1, sealed=team.profile)


def store_staff(work: Work, staff: Sequence[SealedStaff], actor: uuid.UUID | None) -> None:
    """Store new staff. They may supervise each other, so supervisors are set once all stand."""
    bulk.insert(
        work.session,
        Staff,
        [
            {
                "workspace_id": work.workspace_id,
                **_staff_columns(each),
                "supervisor_id": None,
                "ref": new_reference("S"),
                "email_index": each.email_index,
                "state": StaffState.ACTIVE,
            }
            for each in staff
        ],
    )
    supervised = [each.facts for each in staff if each.facts.supervisor_id is not None]
    update_rows(work, Staff, [{"id": facts.id, "supervisor_id": facts.supervisor_id} for facts in supervised])
    _record_staff(work, staff, actor)


def change_staff(work: Work, staff: Sequence[SealedStaff], actor: uuid.UUID | None) -> None:
    """Store staff over their old rows."""
    update_rows(work, Staff, [{**_staff_columns(each), "email_index": each.email_index} for each in staff])
    _record_staff(work, staff, actor)


def store_clients(work: Work, clients: Sequence[SealedClient], actor: uuid.UUID | None) -> None:
    """Store new clients with their keys. Who works with them is stored by `assign`."""
    bulk.insert(work.session, Client, client_rows(work, clients))
    bulk.insert(work.session, ClientKey, key_rows(work, clients))
    for client in clients:
        record_client(work, client.facts.id, 1, client.profile, actor)


def client_rows(work: Work, clients: Sequence[SealedClient]) -> list[dict[str, object]]:
    """The rows of new clients."""
    return [
        {
            "workspace_id": work.workspace_id,
            "id": client.facts.id,
            "ref": client.ref,
            "agency_id_index": client.agency_id_index,
            "profile": client.profile,
            "profile_version": 1,
            "changed_seq": 0,
            "status": client.facts.status,
            "plan_review_on": client.facts.plan_review_on,
            "last_contact_on": client.facts.before.newest,
            **before_columns(client.facts.before),
        }
        for client in clients
    ]


def key_rows(work: Work, clients: Sequence[SealedClient]) -> list[dict[str, object]]:
    """The rows of new clients' keys."""
    return [
        {
            "workspace_id": work.workspace_id,
            "id": client.key_id,
            "client_id": client.facts.id,
            "version": 1,
            "sealed": client.key,
            "created_at": work.now,
        }
        for client in clients
    ]


def assignment_rows(work: Work, assignments: Sequence[NewAssignment]) -> list[dict[str, object]]:
    """The rows of assignments that begin."""
    return [
        {
            "workspace_id": work.workspace_id,
            "id": each.id,
            "client_id": each.client_id,
            "staff_id": each.staff_id,
            "kind": each.kind,
            "from_on": each.from_on,
            "until_on": each.until_on,
        }
        for each in assignments
    ]


def assign(work: Work, assignments: Sequence[NewAssignment], actor: uuid.UUID | None) -> None:
    """Open assignments."""
    bulk.insert(work.session, Assignment, assignment_rows(work, assignments))
    for each in assignments:
        _record_assignment(work, each.id, each.kind, "open", actor)


def end_assignments(
    work: Work, ended: Sequence[tuple[uuid.UUID, AssignmentKind, dt.date]], actor: uuid.UUID | None
) -> None:
    """Close assignments, each with its last day."""
    update_rows(work, Assignment, [{"id": row_id, "until_on": until_on} for row_id, _, until_on in ended])
    for row_id, kind, _ in ended:
        _record_assignment(work, row_id, kind, "close", actor)


def before_columns(before: Before) -> dict[str, object]:
    """The columns of a client's row that hold what was known before Noted."""
    return {
        "before_contact_on": before.contact_on,
        "before_visit_on": before.visit_on,
        "before_home_visit_on": before.home_visit_on,
    }


def record_import(work: Work, file: str, actor: uuid.UUID | None) -> None:
    """Remember that a file of this kind was brought in now, also one that changed nothing: a roster that grows old is found."""
    work.session.get_one(Workspace, work.workspace_id).roster_imported_at = work.now
    audit.record(work, audit.Action.ROSTER_IMPORT, actor=actor, subject=("workspace", work.workspace_id), rule=file)


def record_client(
    work: Work, client_id: uuid.UUID, version: int, profile: Sealed, actor: uuid.UUID | None, rule: str = ""
) -> None:
    """Record that this client was stored, by an import, which is nobody's, or by hand; the rule says what a new one began with."""
    audit.record(
        work,
        audit.Action.CLIENT_IMPORT if actor is None else audit.Action.CLIENT_CHANGE,
        actor=actor,
        subject=(CLIENT, client_id),
        version=version,
        sealed=profile,
        rule=rule,
    )


def update_rows(work: Work, table: type[Team | Staff | Client | Assignment], rows: Sequence[dict[str, object]]) -> None:
    """Change rows by their id, all in one statement."""
    if rows:
        work.session.flush()
        work.session.execute(update(table), [{"workspace_id": work.workspace_id, **row} for row in rows])
        # Such an update passes by the objects that the session holds already.
        work.session.expire_all()


def _staff_columns(staff: SealedStaff) -> dict[str, object]:
    facts = staff.facts
    return {
        "id": facts.id,
        "profile": staff.profile,
        "profile_version": staff.version,
        "roles": " ".join(role.value for role in Role if role in facts.roles),
        "slack_user_id": facts.slack_user_id,
        "team_id": facts.team_id,
        "supervisor_id": facts.supervisor_id,
        "time_zone": facts.time_zone,
        "work_days": facts.work_days,
        "work_starts_minute": facts.work_starts_minute,
        "work_ends_minute": facts.work_ends_minute,
        "cosign_required": facts.cosign_required,
    }


def _record_staff(work: Work, staff: Sequence[SealedStaff], actor: uuid.UUID | None) -> None:
    """An import is nobody's; what has an actor was done by hand."""
    for each in staff:
        audit.record(
            work,
            audit.Action.STAFF_IMPORT if actor is None else audit.Action.STAFF_CHANGE,
            actor=actor,
            subject=(STAFF, each.facts.id),
            version=each.version,
            sealed=each.profile,
        )


def _record_assignment(work: Work, row_id: uuid.UUID, kind: AssignmentKind, what: str, actor: uuid.UUID | None) -> None:
    audit.record(
        work,
        audit.Action.ASSIGNMENT_CHANGE,
        actor=actor,
        subject=(ASSIGNMENT, row_id),
        rule=f"{kind.value}:{what}",
    )
