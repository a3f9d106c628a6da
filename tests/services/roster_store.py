"""An agency's database for the tests of the roster: one transaction per call, as the door does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine, select

from models.clients import Client, ClientProfile
from models.rows import WorkspaceSession
from models.staff import Staff, StaffProfile
from services import audit, clients, roster, staff
from services.staff import Actor
from services.work import Work
from tests.conftest import Agency, StandingClock

T = TypeVar("T")


class Store:
    """The database, and the events of the last transaction that recorded any."""

    def __init__(self, engine: Engine, agency: Agency, clock: StandingClock) -> None:
        self.engine, self.agency, self.clock = engine, agency, clock
        self.recorded: list[audit.Entry] = []

    def run(self, job: Callable[[Work], T]) -> T:
        """Run this in a transaction, its events last."""
        with WorkspaceSession(self.engine, self.agency.id, expire_on_commit=False) as session, session.begin():
            work = Work(session, self.agency.id, self.agency.keys, self.clock.now())
            result = job(work)
            session.flush()
            audit.append_all(work)
        self.recorded = list(work.entries)
        return result

    def import_staff(self, text: str, *, dry_run: bool = False) -> roster.Report:
        """Import a staff.csv."""
        sheet = roster.read_staff(text.encode())
        return self.run(lambda work: roster.import_staff(work, sheet, dry_run=dry_run))

    def import_clients(self, text: str, *, dry_run: bool = False) -> roster.Report:
        """Import a clients.csv."""
        sheet = roster.read_clients(text.encode())
        return self.run(lambda work: roster.import_clients(work, sheet, dry_run=dry_run))

    def staff(self, email: str) -> tuple[Staff, StaffProfile]:
        """The staff member with this e-mail."""
        index = self.agency.keys.index("staff", "email", email)

        def find(work: Work) -> tuple[Staff, StaffProfile]:
            row = work.session.scalars(select(Staff).where(Staff.email_index == index)).one()
            return row, staff.profile_of(work, row)

        return self.run(find)

    def actor(self, email: str) -> Actor:
        """The same as an actor."""
        row, _ = self.staff(email)
        return self.run(lambda work: staff.actor_of(work, row))

    def client(self, agency_id: str) -> tuple[Client, ClientProfile]:
        """The client with this ID."""
        index = self.agency.keys.index("client", "agency_id", agency_id)

        def find(work: Work) -> tuple[Client, ClientProfile]:
            row = work.session.scalars(select(Client).where(Client.agency_id_index == index)).one()
            return row, clients.line_of(work, row).profile

        return self.run(find)


def told(report: roster.Report) -> list[str]:
    """The report's lines as an operator reads them."""
    return [str(line) for line in report.lines]
