"""A small agency for the tests of reminders, made row by row, and a mailbox that stands where Slack would.

Nothing in it is opened by a reminder, so every sealed value here is the same one.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from desk.doors import Doors
from desk.surface import Posted, SlackFailedError
from desk.tenants import Tenant
from models.base import Base, new_id, new_reference
from models.clients import Assignment, AssignmentKind, Client
from models.contacts import Contact, ContactKind, ContactState
from models.follow_ups import FollowUp, FollowUpState
from models.forms import FormKind, FormRow
from models.notes import Note, Review
from models.people import PersonProfile
from models.requirements import RequiredContact, Requirement
from models.rows import WorkspaceSession
from models.staff import Role, Staff, Team
from privacy.phi import Phi
from reminders.engine import Reminders, Ticked
from services import audit
from services.work import Work
from tests.conftest import Agency, StandingClock
from views.blocks import SafeBlocks

T = TypeVar("T")
EIGHT_THIRTY, FIVE = 8 * 60 + 30, 17 * 60


@dataclass(frozen=True)
class Letter:
    """A message that was put into the mailbox, new or in the place of an older one."""

    at: dt.datetime
    to: str
    ts: str
    text: str
    lines: tuple[str, ...]
    buttons: tuple[str, ...]
    is_new: bool


@dataclass
class Mailbox:
    """Takes messages as Slack would, and does with the next ones what it is told to."""

    clock: StandingClock
    letters: list[Letter] = field(default_factory=list[Letter])
    trouble: list[SlackFailedError] = field(default_factory=list[SlackFailedError])

    async def post(self, user_id: str, message: SafeBlocks) -> Posted:
        """Take a new message, or fail as told."""
        if self.trouble:
            raise self.trouble.pop(0)
        ts = f"{1000 + len(self.letters)}.0"
        self._keep(user_id, ts, message, is_new=True)
        return Posted(f"D{user_id}", ts)

    async def edit(self, posted: Posted, message: SafeBlocks) -> None:
        """Take a change of a message, or fail as told."""
        if self.trouble:
            raise self.trouble.pop(0)
        self._keep(posted.channel.removeprefix("D"), posted.ts, message, is_new=False)

    def to(self, user_id: str) -> list[Letter]:
        """What one person was told, in order."""
        return [letter for letter in self.letters if letter.to == user_id]

    def _keep(self, to: str, ts: str, message: SafeBlocks, *, is_new: bool) -> None:
        blocks: list[dict[str, Any]] = [dict(block) for block in message.blocks]
        lines = tuple(block["text"]["text"] for block in blocks if block["type"] == "section")
        elements = [each for block in blocks if block["type"] == "actions" for each in block["elements"]]
        buttons = tuple((each.get("text") or each["placeholder"])["text"] for each in elements)
        self.letters.append(Letter(self.clock.now(), to, ts, message.text.plain, lines, buttons, is_new))


class Town:
    """One agency and its clock."""

    def __init__(self, engine: Engine, agency: Agency, clock: StandingClock, doors: Doors) -> None:
        self.engine, self.agency, self.clock, self.doors = engine, agency, clock, doors
        self.mailbox = Mailbox(clock)
        self.reminders = Reminders(doors, self.mailbox)
        self.tenant = Tenant(agency.id, "T0ALPHA", False, agency.keys)
        self.sealed = agency.keys.house_key.seal(
            PersonProfile(name=Phi("x")), Work(Session(), agency.id, agency.keys, clock.now()).cell("x", "x", new_id())
        )

    async def tick(self) -> Ticked:
        """One tick, now."""
        return await self.reminders.tick(self.tenant)

    async def tick_at(self, instant: dt.datetime) -> Ticked:
        """One tick at another time."""
        self.clock.instant = instant
        return await self.tick()

    def run(self, job: Callable[[Work], T]) -> T:
        """Run this in a transaction, its events last."""
        with WorkspaceSession(self.engine, self.agency.id, expire_on_commit=False) as session, session.begin():
            work = Work(session, self.agency.id, self.agency.keys, self.clock.now())
            result = job(work)
            session.flush()
            audit.append_all(work)
        return result

    def add(self, *rows: Base) -> None:
        """Store these rows, in this order."""

        def store(work: Work) -> None:
            for row in rows:
                work.session.add(row)
                work.session.flush()

        self.run(store)

    def team(self, channel_id: str | None = None) -> uuid.UUID:
        """A team, perhaps with a channel."""
        row = Team(
            workspace_id=self.agency.id,
            ref=new_reference("M"),
            name_index=new_id().bytes,
            profile=self.sealed,
            channel_id=channel_id,
        )
        self.add(row)
        return row.id

    def staff(
        self,
        user_id: str,
        *,
        role: Role = Role.CASE_MANAGER,
        supervisor: uuid.UUID | None = None,
        team: uuid.UUID | None = None,
        zone: str = "America/New_York",
        days: str = "12345",
        hours: tuple[int, int] = (EIGHT_THIRTY, FIVE),
    ) -> uuid.UUID:
        """A staff member, who works from half past eight to five in New York unless it is said otherwise."""
        row = Staff(
            workspace_id=self.agency.id,
            ref=new_reference("S"),
            email_index=new_id().bytes,
            profile=self.sealed,
            roles=role.value,
            slack_user_id=user_id,
            team_id=team,
            supervisor_id=supervisor,
            time_zone=zone,
            work_days=days,
            work_starts_minute=hours[0],
            work_ends_minute=hours[1],
        )
        self.add(row)
        return row.id

    def client(self, primary: uuid.UUID, backup: uuid.UUID | None = None, **facts: Any) -> uuid.UUID:
        """A client of this case manager."""
        row = Client(
            workspace_id=self.agency.id,
            ref=new_reference("C"),
            agency_id_index=new_id().bytes,
            profile=self.sealed,
            **facts,
        )
        since = dt.date(2020, 1, 1)
        pairs = [(AssignmentKind.PRIMARY, primary), (AssignmentKind.BACKUP, backup)]
        assignments = [
            Assignment(workspace_id=self.agency.id, client_id=row.id, staff_id=staff_id, kind=kind, from_on=since)
            for kind, staff_id in pairs
            if staff_id is not None
        ]
        self.add(row, *assignments)
        return row.id

    def contact(
        self,
        staff: uuid.UUID,
        client: uuid.UUID | None,
        ended_at: dt.datetime,
        *,
        kind: ContactKind = ContactKind.COLLATERAL,
        state: ContactState = ContactState.UNNOTED,
    ) -> uuid.UUID:
        """A contact of ten minutes."""
        row = Contact(
            workspace_id=self.agency.id,
            ref=new_reference("K"),
            client_id=client,
            staff_id=staff,
            kind=kind,
            state=state,
            started_at=ended_at - dt.timedelta(minutes=10),
            ended_at=ended_at,
            minutes=10,
            created_at=ended_at,
        )
        self.add(row)
        return row.id

    def note(
        self,
        author: uuid.UUID,
        client: uuid.UUID,
        ended_at: dt.datetime,
        *,
        urgent: bool = False,
        review: Review = Review.NOT_NEEDED,
        signed_at: dt.datetime | None = None,
    ) -> uuid.UUID:
        """A noted contact with its note."""
        contact = self.contact(author, client, ended_at, state=ContactState.NOTED)
        row = Note(
            workspace_id=self.agency.id,
            ref=new_reference("N"),
            client_id=client,
            contact_id=contact,
            author_id=author,
            kind=ContactKind.COLLATERAL,
            review=review,
            latest_version=1,
            signed_at=signed_at or ended_at,
            urgent=urgent,
        )
        self.add(row)
        return row.id

    def follow_up(
        self,
        owner: uuid.UUID,
        client: uuid.UUID,
        due_on: dt.date,
        *,
        promised_on: dt.date | None = None,
        state: FollowUpState = FollowUpState.OPEN,
    ) -> uuid.UUID:
        """Something that was promised."""
        row = FollowUp(
            workspace_id=self.agency.id,
            ref=new_reference("F"),
            client_id=client,
            owner_id=owner,
            due_on=due_on,
            promised_on=promised_on or due_on,
            text=self.sealed,
            state=state,
            created_at=self.clock.now(),
        )
        self.add(row)
        return row.id

    def requirement(
        self, client: uuid.UUID, closes_on: dt.date, *, every_days: int | None = 90, grace_days: int = 10, **facts: Any
    ) -> uuid.UUID:
        """A requirement whose window closes on this day."""
        row = Requirement(
            workspace_id=self.agency.id,
            ref=new_reference("R"),
            client_id=client,
            kind=RequiredContact.FACE_TO_FACE,
            every_days=every_days,
            grace_days=grace_days,
            from_on=dt.date(2020, 1, 1),
            closes_on=closes_on,
            **facts,
        )
        self.add(row)
        return row.id

    def draft(self, staff: uuid.UUID, client: uuid.UUID, saved_at: dt.datetime) -> uuid.UUID:
        """A form that was begun and not signed."""
        row = FormRow(
            workspace_id=self.agency.id,
            nonce=new_reference("Z"),
            staff_id=staff,
            kind=FormKind.COLLATERAL,
            answers=self.sealed,
            client_id=client,
            opened_at=saved_at,
            saved_at=saved_at,
        )
        self.add(row)
        return row.id

    def change(self, table: type[Base], row_id: uuid.UUID, **values: Any) -> None:
        """Change a row, as somebody else would."""

        def store(work: Work) -> None:
            row = work.session.get_one(table, (self.agency.id, row_id))
            for name, value in values.items():
                setattr(row, name, value)

        self.run(store)


def eastern(text: str) -> dt.datetime:
    """An instant, given as New York's wall time."""
    from zoneinfo import ZoneInfo

    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/New_York")).astimezone(dt.UTC)
