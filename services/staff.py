"""Who is asking: from a Slack user to a staff member of this agency, at every request."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import select

from models.staff import Role, Staff, StaffProfile, StaffState
from services import audit
from services.refusals import NoAccount, NotOnTheRoster
from services.work import Work

STAFF = "staff"


@dataclass(frozen=True, slots=True)
class SlackUser:
    """What Slack says about a user. Source: Slack's user object."""

    id: str
    team_id: str
    email: str = field(default="", repr=False)
    deleted: bool = False
    guest: bool = False
    stranger: bool = False
    bot: bool = False

    def is_outside(self, team_id: str) -> bool:
        """Whether this is no full member of the agency's workspace."""
        return self.deleted or self.guest or self.stranger or self.bot or self.team_id != team_id


@dataclass(frozen=True, slots=True)
class Actor:
    """The staff member who asks.

    Units: the working hours are minutes after midnight in `zone`; `work_days` holds ISO weekdays, 1 is Monday.
    """

    id: uuid.UUID
    slack_user_id: str
    name: str
    title: str
    credential: str
    roles: frozenset[Role]
    zone: ZoneInfo
    work_days: str
    work_starts_minute: int
    work_ends_minute: int
    supervisor_id: uuid.UUID | None
    cosign_required: bool

    def today(self, now: dt.datetime) -> dt.date:
        """The actor's own day."""
        return now.astimezone(self.zone).date()


def profile_of(work: Work, staff: Staff) -> StaffProfile:
    """The staff member's name, title and credential."""
    cell = work.cell(STAFF, "profile", staff.id, staff.profile_version)
    return work.keys.house_key.open(StaffProfile, staff.profile, cell)


def names_of(work: Work, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """What these staff members are called, also those who left."""
    return {row.id: profile_of(work, row).name for row in rows_of(work, ids)}


def rows_of(work: Work, ids: Collection[uuid.UUID]) -> Sequence[Staff]:
    """These staff members, also those who left."""
    return work.session.scalars(
        select(Staff).where(Staff.workspace_id == work.workspace_id, Staff.id.in_(ids)).order_by(Staff.id)
    ).all()


def actor_of(work: Work, staff: Staff) -> Actor:
    """The staff member as an actor."""
    profile = profile_of(work, staff)
    return Actor(
        id=staff.id,
        slack_user_id=staff.slack_user_id or "",
        name=profile.name,
        title=profile.title,
        credential=profile.credential,
        roles=staff.role_set,
        zone=ZoneInfo(staff.time_zone),
        work_days=staff.work_days,
        work_starts_minute=staff.work_starts_minute,
        work_ends_minute=staff.work_ends_minute,
        supervisor_id=staff.supervisor_id,
        cosign_required=staff.cosign_required,
    )


def identify(work: Work, user: SlackUser, team_id: str) -> Actor:
    """The actor behind a Slack user whose Slack id is known.

    Errors: NoAccount for deactivated, guest, outside and bot users and for staff who left; NotOnTheRoster for others.
    """
    if user.is_outside(team_id):
        raise NoAccount
    staff = _by_slack_id(work, user.id)
    if staff is None:
        raise NotOnTheRoster
    if staff.state is not StaffState.ACTIVE:
        raise NoAccount
    return actor_of(work, staff)


def bind(work: Work, user: SlackUser, team_id: str) -> Actor:
    """The actor behind a Slack user whom the roster knows by e-mail only; from now on by Slack id.

    Errors: as `identify`.
    """
    if user.email and not user.is_outside(team_id):
        index = work.keys.index(STAFF, "email", user.email)
        staff = work.session.scalar(
            # Locked: of two users who come at once with this e-mail, the second finds it taken.
            select(Staff)
            .where(Staff.workspace_id == work.workspace_id, Staff.email_index == index, Staff.slack_user_id.is_(None))
            .with_for_update()
        )
        if staff is not None and _is_theirs(work, staff, user.email):
            staff.slack_user_id = user.id
            work.session.flush()
            audit.record(work, audit.Action.STAFF_BIND, actor=staff.id, subject=(STAFF, staff.id))
    return identify(work, user, team_id)


def deny(work: Work, actor_id: uuid.UUID | None, rule: str, subject: tuple[str, uuid.UUID] | None = None) -> None:
    """Record that someone was refused, and which row it was about where that is known and theirs to know."""
    outcome = audit.Outcome.DENIED
    audit.record(work, audit.Action.ACCESS_DENY, actor=actor_id, subject=subject, rule=rule, outcome=outcome)


def _is_theirs(work: Work, staff: Staff, email: str) -> bool:
    """Whether an e-mail whose index matched is the roster's own.

    The index ignores case, under which a long s is an s and a Kelvin sign a k: outside ASCII every letter must be the same.
    """
    return email.isascii() or profile_of(work, staff).email.strip() == email.strip()


def _by_slack_id(work: Work, user_id: str) -> Staff | None:
    return work.session.scalar(
        select(Staff).where(Staff.workspace_id == work.workspace_id, Staff.slack_user_id == user_id)
    )
