"""An agency in which everything changes: who has whom, who has which role, who is away; and what one rule says of it at any moment."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import select, update

from bot import offline
from models.base import new_reference
from models.clients import Assignment, AssignmentKind, Client
from models.glass import BreakGlass, GlassReason
from models.rows import WorkspaceSession
from models.staff import Role, Staff, StaffState
from privacy.phi import Phi
from services import access
from services.decisions import Asker, Decision, Deed, Relation, Standing, decide
from services.staff import actor_of
from services.work import Work
from tests.flows.stage import Play

A_DAY = dt.timedelta(1)


@dataclass
class Changing:
    """The agency of a stage, changed behind the app's back as the roster's own modals change it."""

    stage: Play
    away: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self.clients = {name: self._client(name) for name in ("hers", "dans")}

    @property
    def today(self) -> dt.date:
        """The agency's day."""
        return self.stage.clock.now().date()

    def words_of(self, name: str) -> tuple[str, ...]:
        """What nobody may read who may not read of this client."""
        names = self.stage.names
        return (names.last, names.first) if name == "hers" else (names.dans,)

    def clear(self) -> None:
        """Nobody has anybody, or had lately, and no emergency is open."""
        long_ago = {"from_on": self.today - 200 * A_DAY, "until_on": self.today - 100 * A_DAY}
        with self._session() as session, session.begin():
            session.execute(update(Assignment).values(**long_ago))
            session.execute(update(BreakGlass).values(closed_at=self.stage.clock.now()))

    def assign(self, user: str, name: str, kind: AssignmentKind, days: int | None = None) -> None:
        """Somebody has a client from today on, perhaps for so many days."""
        until = None if days is None else self.today + dt.timedelta(days)
        with self._session() as session, session.begin():
            session.add(
                Assignment(
                    workspace_id=self.stage.tenant.id,
                    client_id=self.clients[name].id,
                    staff_id=self.staff(user).id,
                    kind=kind,
                    from_on=self.today,
                    until_on=until,
                )
            )

    def take(self, user: str, name: str) -> None:
        """Somebody has a client no more, from now on."""
        with self._session() as session, session.begin():
            session.execute(
                update(Assignment)
                .where(
                    Assignment.staff_id == self.staff(user).id,
                    Assignment.client_id == self.clients[name].id,
                    (Assignment.until_on.is_(None)) | (Assignment.until_on >= self.today),
                )
                .values(until_on=self.today - A_DAY)
            )

    def give_roles(self, user: str, roles: Collection[Role]) -> None:
        """Somebody has these roles from now on."""
        self._change(user, roles=" ".join(sorted(roles)))

    def put_under(self, user: str, boss: str | None) -> None:
        """Somebody has this supervisor from now on."""
        self._change(user, supervisor_id=self.staff(boss).id if boss is not None else None)

    def break_glass(self, user: str, name: str) -> None:
        """Somebody has an emergency with a client, for an hour."""

        def open_it(work: Work) -> None:
            now = self.stage.clock.now()
            cell = work.cell("break_glass", "reason", self.clients[name].id)
            work.session.add(
                BreakGlass(
                    workspace_id=work.workspace_id,
                    ref=new_reference("E"),
                    staff_id=self.staff(user).id,
                    client_id=self.clients[name].id,
                    reason=work.keys.house_key.seal(GlassReason(words=Phi("A made-up reason of some length.")), cell),
                    opened_at=now,
                    ends_at=now + dt.timedelta(hours=1),
                )
            )

        with self._session() as session, session.begin():
            open_it(self._work(session))

    def emergency(self, user: str) -> BreakGlass:
        """Somebody's newest emergency."""
        with self._session() as session:
            theirs = select(BreakGlass).where(BreakGlass.staff_id == self.staff(user).id)
            return session.scalars(theirs.order_by(BreakGlass.id.desc()).limit(1)).one()

    async def suspend(self, user: str, *, away: bool) -> None:
        """Slack says that somebody is deactivated, and they have left; or they are back, and work here again."""
        (self.away.add if away else self.away.discard)(user)
        await self.stage.sandbox.change(user, deleted=away)
        await self.stage.settle()
        if not away:
            self._change(user, state=StaffState.ACTIVE)

    def decision(self, user: str, name: str, deed: Deed, days: Collection[dt.date] = ()) -> Decision:
        """What the one rule says now, of a contact on every one of these days if any are given."""

        def look(work: Work) -> Decision:
            actor = actor_of(work, self.staff(user))
            standing = Standing.DEACTIVATED if user in self.away else Standing.ACTIVE
            kinds = access.relations(work, actor, self.clients[name].id)
            then = [access.relations(work, actor, self.clients[name].id, on=day) for day in days]
            there = bool(then) and all(Relation.WAS_THERE in each for each in then)
            return decide(
                Asker(actor.roles, standing), deed, kinds | ({Relation.WAS_THERE} if there else set[Relation]())
            )

        return offline.read(self.stage.app.engine, self.stage.tenant, self.stage.clock, look)

    def has_emergency(self, user: str, name: str) -> bool:
        """Whether somebody stands to a client by an emergency now, as every look-up finds it."""

        def look(work: Work) -> bool:
            actor = actor_of(work, self.staff(user))
            return Relation.EMERGENCY in access.relations(work, actor, self.clients[name].id)

        return offline.read(self.stage.app.engine, self.stage.tenant, self.stage.clock, look)

    def may_count(self, user: str, whom: str) -> bool:
        """Whether the one rule lets somebody see what is open of somebody else."""

        def look(work: Work) -> bool:
            actor, person = actor_of(work, self.staff(user)), self.staff(whom)
            return decide(Asker(actor.roles), Deed.WORK_COUNT, access.relations_to_staff(actor, person)).allowed

        return offline.read(self.stage.app.engine, self.stage.tenant, self.stage.clock, look)

    def agency_id(self, name: str) -> str:
        """The ID that the agency has for a client."""
        return self.stage.names.agency_id if name == "hers" else self.stage.names.dans

    def day_of(self, user: str, at: dt.datetime) -> dt.date:
        """The day that a moment is on somebody's own clock."""

        def look(work: Work) -> dt.date:
            return actor_of(work, self.staff(user)).today(at)

        return offline.read(self.stage.app.engine, self.stage.tenant, self.stage.clock, look)

    def staff(self, user: str) -> Staff:
        """The staff member behind a Slack user."""
        with self._session() as session:
            return session.scalars(select(Staff).where(Staff.slack_user_id == user)).one()

    def _client(self, name: str) -> Client:
        owner = {"hers": "alice", "dans": "dan"}[name]
        with self._session() as session:
            theirs = (
                select(Assignment.client_id)
                .join(Staff, Staff.id == Assignment.staff_id)
                .where(Staff.slack_user_id == f"U0{owner.upper()}")
            )
            return session.scalars(select(Client).where(Client.id.in_(theirs))).one()

    def _change(self, user: str, **values: str | uuid.UUID | StaffState | None) -> None:
        with self._session() as session, session.begin():
            session.execute(update(Staff).where(Staff.slack_user_id == user).values(**values))

    def _session(self) -> WorkspaceSession:
        return WorkspaceSession(self.stage.app.engine, self.stage.tenant.id, expire_on_commit=False)

    def _work(self, session: WorkspaceSession) -> Work:
        return Work(session, self.stage.tenant.id, self.stage.tenant.keys, self.stage.clock.now())
