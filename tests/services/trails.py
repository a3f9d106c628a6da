"""A workspace with a trail, rows that the trail recorded, and a way to tamper with both behind the app's back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from sqlalchemy import Engine, Executable, text

from models.base import new_id
from models.clients import Client
from models.contacts import Contact, ContactKind, ContactState
from models.engine import reading
from models.goals import Goal
from models.notes import Note, NoteVersion, Review
from models.rows import WorkspaceSession
from models.staff import Staff
from privacy.sealed import Sealed
from services import audit
from services.audit import Action
from services.audit_findings import Finding, Kind, Report
from services.audit_trail import verify
from services.work import Work
from tests.conftest import NOON, Agency
from tests.postgres import unwalled

# The events: 1 made the workspace, 2 the staff member, 3 the client, 4 and 5 the goals, 6 and 7 the versions of the first
# note, 8 the second note; the rest are readings.
NOTE_ONE = 6
NOTE_ONE_AGAIN = 7
NOTE_TWO = 8
LAST = 14


def tamper(engine: Engine, *statements: str | Executable, **values: object) -> None:
    """Run statements as someone who owns the database: no trigger and no policy stands in their way."""
    with unwalled(engine) as free, free.begin() as connection:
        if engine.dialect.name == "sqlite":
            names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for name in names:
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement) if isinstance(statement, str) else statement, values)
        if engine.dialect.name == "postgresql":
            connection.execute(text("RESET session_replication_role"))


@dataclass
class Trail:
    """An agency whose rows and events can be tampered with."""

    engine: Engine
    agency: Agency
    client: uuid.UUID = field(default_factory=new_id)
    staff: uuid.UUID = field(default_factory=new_id)
    goals: tuple[uuid.UUID, uuid.UUID] = field(default_factory=lambda: (new_id(), new_id()))
    notes: tuple[uuid.UUID, uuid.UUID] = field(default_factory=lambda: (new_id(), new_id()))

    def build(self) -> Trail:
        """Store the rows, and one event for each."""
        with WorkspaceSession(self.engine, self.agency.id) as session, session.begin():
            work = Work(session, self.agency.id, self.agency.keys, NOON)
            self._people(work)
            for number, note in enumerate(self.notes):
                self._note(work, note, versions=2 - number)
            for _ in range(LAST - NOTE_TWO):
                audit.record(work, Action.CONTACT_LIST, actor=self.staff)
            audit.append_all(work)
        return self

    def tamper(self, *statements: str | Executable, **values: object) -> None:
        """Run statements as someone who owns the database: nothing stands in their way."""
        tamper(self.engine, *statements, **values)

    def verify(self) -> Report:
        """Check the trail, reading only."""
        with WorkspaceSession(reading(self.engine), self.agency.id) as session:
            return verify(Work(session, self.agency.id, self.agency.keys, NOON))

    def found(self) -> list[tuple[Kind, int | None]]:
        """What the check finds about events."""
        return [(finding.kind, finding.seq) for finding in self.findings() if not finding.object_type]

    def found_rows(self) -> list[tuple[Kind, str, uuid.UUID | None]]:
        """What the check finds about rows."""
        return [(found.kind, found.object_type, found.object_id) for found in self.findings() if found.object_type]

    def findings(self) -> tuple[Finding, ...]:
        """All findings."""
        return self.verify().findings

    def seal(self, row: uuid.UUID) -> Sealed:
        """Some sealed value; the check never opens it."""
        return self.agency.keys.new_client_key(row)[1]

    def _people(self, work: Work) -> None:
        home = self.agency.id
        profiles = {row: self.seal(row) for row in (self.staff, self.client, *self.goals)}
        work.session.add(
            Staff(
                workspace_id=home,
                id=self.staff,
                ref="S-1",
                email_index=b"e" * 32,
                profile=profiles[self.staff],
                roles="case_manager",
            )
        )
        work.session.add(
            Client(
                workspace_id=home,
                id=self.client,
                ref="C-1",
                agency_id_index=b"i" * 32,
                profile=profiles[self.client],
            )
        )
        work.session.flush()
        for position, goal in enumerate(self.goals):
            work.session.add(
                Goal(
                    workspace_id=home,
                    id=goal,
                    ref=f"G-{position}",
                    client_id=self.client,
                    text=profiles[goal],
                    position=position,
                )
            )
        for action, kind, row in (
            (Action.STAFF_IMPORT, "staff", self.staff),
            (Action.CLIENT_IMPORT, "client", self.client),
            (Action.GOAL_IMPORT, "goal", self.goals[0]),
            (Action.GOAL_IMPORT, "goal", self.goals[1]),
        ):
            audit.record(work, action, actor=None, subject=(kind, row), sealed=profiles[row])

    def _note(self, work: Work, note_id: uuid.UUID, versions: int) -> None:
        home, contact_id = self.agency.id, new_id()
        work.session.add(
            Contact(
                workspace_id=home,
                id=contact_id,
                ref=f"K-{contact_id.hex[-8:]}",
                client_id=self.client,
                staff_id=self.staff,
                kind=ContactKind.COLLATERAL,
                state=ContactState.NOTED,
                started_at=None,
                ended_at=NOON,
                created_at=NOON,
            )
        )
        work.session.flush()
        work.session.add(
            Note(
                workspace_id=home,
                id=note_id,
                ref=f"N-{note_id.hex[-8:]}",
                client_id=self.client,
                contact_id=contact_id,
                author_id=self.staff,
                kind=ContactKind.COLLATERAL,
                review=Review.NOT_NEEDED,
                latest_version=versions,
                signed_at=NOON,
            )
        )
        work.session.flush()
        for version in range(1, versions + 1):
            sealed = self.seal(note_id)
            work.session.add(
                NoteVersion(
                    workspace_id=home,
                    note_id=note_id,
                    version=version,
                    document=sealed,
                    content_hash=b"h" * 32,
                    signed_at=NOON,
                )
            )
            subject = (NoteVersion.__tablename__, note_id)
            audit.record(work, Action.NOTE_SIGN, actor=self.staff, subject=subject, version=version, sealed=sealed)
