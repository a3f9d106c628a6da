"""Who may see and write about whom: `decisions` compiled to SQL, for every list and every look-up of a client.

Here: how somebody stands to a client or to a colleague, and whom they may reach for a deed. Not here: the rules (decisions). Whoever
is out of reach is answered like one who does not exist, by the same statements.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true

from models.clients import Assignment, AssignmentKind, Client, ClientStatus
from models.contacts import Contact
from models.glass import BreakGlass
from models.staff import Staff
from services import audit
from services.decisions import (
    ASSIGNED,
    TODAY,
    Asker,
    Decision,
    Deed,
    Obligation,
    Relation,
    Spell,
    decide,
    was_there,
)
from services.refusals import NotFound
from services.staff import Actor
from services.work import Work

_Test: TypeAlias = ColumnElement[bool]

_KINDS: Final = {
    Relation.PRIMARY: AssignmentKind.PRIMARY,
    Relation.BACKUP: AssignmentKind.BACKUP,
    Relation.COVERING: AssignmentKind.COVERING,
}


@dataclass(frozen=True, slots=True)
class Reached:
    """A client to whom the actor may do something, and the decision that allows it."""

    client: Client
    decision: Decision


@dataclass(frozen=True, slots=True)
class _Near:
    """How the actor stands to a client today, and when they ever had them."""

    client: Client
    today: frozenset[Relation]
    spells: Sequence[Spell]

    def relations(self, days: Collection[dt.date], today: dt.date) -> frozenset[Relation]:
        there = bool(days) and all(was_there(self.spells, day, today) for day in days)
        return self.today | {Relation.WAS_THERE} if there else self.today

    def reached(self, actor: Actor, deed: Deed, days: Collection[dt.date], today: dt.date) -> Reached | None:
        decision = decide(asker(actor), deed, self.relations(days, today) | _author(deed))
        return Reached(self.client, decision) if decision.allowed else None


def asker(actor: Actor) -> Asker:
    """The actor as `decide` sees them; whoever is no active staff member never becomes an actor."""
    return Asker(actor.roles)


def caseload(work: Work, actor: Actor) -> Select[Client]:
    """The clients this actor is assigned to, backs up or covers on the actor's own day: what lists offer first."""
    # An assignment of somebody who may not write, as of an auditor, is no caseload.
    tests = [_test(work, actor, kind) for kind in ASSIGNED if decide(asker(actor), Deed.NOTE_WRITE, {kind}).allowed]
    return _clients(work).where(or_(false(), *tests))


def charges(work: Work, actor: Actor) -> Select[uuid.UUID]:
    """Those of the caseload of whom this actor is reminded: their own and whom they cover; whom they back up while nobody else is there."""
    today = actor.today(work.now)
    of_today = select(Assignment.client_id).where(Assignment.workspace_id == work.workspace_id, *_runs(today))
    gone = select(Staff.id).where(
        Staff.workspace_id == work.workspace_id,
        Staff.away_from <= today,
        or_(Staff.away_until.is_(None), Staff.away_until >= today),
    )
    alone = and_(
        _test(work, actor, Relation.BACKUP),
        Client.id.in_(of_today.where(Assignment.kind == AssignmentKind.PRIMARY, Assignment.staff_id.in_(gone))),
        Client.id.not_in(of_today.where(Assignment.kind == AssignmentKind.COVERING)),
    )
    heard_of = or_(_test(work, actor, Relation.PRIMARY), _test(work, actor, Relation.COVERING), alone)
    return caseload(work, actor).where(heard_of).with_only_columns(Client.id).order_by(None)


def caseloads(work: Work, actor: Actor) -> Select[Client]:
    """The actor's own caseload and those of the staff whom they supervise: where words are looked for without naming a client."""
    kinds = (*ASSIGNED, Relation.SUPERVISES)
    tests = [_test(work, actor, kind) for kind in kinds if decide(asker(actor), Deed.NOTE_WRITE, {kind}).allowed]
    return _clients(work).where(or_(false(), *tests))


def clients(work: Work, actor: Actor, deed: Deed) -> Select[Client]:
    """Every client to whom this actor may do this today; whoever was only there at a contact is found by that contact."""
    return _clients(work).where(_reached(work, actor, deed))


def reads_notes(work: Work, actor: Actor) -> bool:
    """Whether there is anybody whose notes this actor may read today."""
    return work.session.scalar(clients(work, actor, Deed.NOTE_READ).limit(1)) is not None


def client_by_ref(work: Work, actor: Actor, ref: str, deed: Deed = Deed.CLIENT_READ) -> Client | None:
    """The client with this reference, if the actor may do this to them today; else None, as if there were none."""
    return work.session.scalar(clients(work, actor, deed).where(Client.ref == ref))


def client_by_id(work: Work, actor: Actor, client_id: uuid.UUID, deed: Deed = Deed.CLIENT_READ) -> Client | None:
    """The client with this id, if the actor may do this to them today."""
    return work.session.scalar(clients(work, actor, deed).where(Client.id == client_id))


def client_with_index(work: Work, index: bytes) -> Client | None:
    """Whoever has the agency's own ID with this index, whoever asks: nobody gets an ID that somebody has."""
    return work.session.scalar(_clients(work).where(Client.agency_id_index == index))


def changed_since(work: Work, seq: int) -> set[uuid.UUID]:
    """The clients who were stored or changed after this event, to be compared and not to be shown."""
    return set(work.session.scalars(_clients(work).with_only_columns(Client.id).where(Client.changed_seq > seq)))


def reach(work: Work, actor: Actor, ref: str, deed: Deed, days: Collection[dt.date] = ()) -> Reached | None:
    """As `client_by_ref`, with the decision; also for whoever was there on every one of these days, if there are any."""
    for near in _near(work, actor, Client.ref == ref).values():
        return near.reached(actor, deed, days, actor.today(work.now))
    return None


def reach_all(work: Work, actor: Actor, client_ids: Collection[uuid.UUID], deed: Deed) -> dict[uuid.UUID, Reached]:
    """Those of these clients to whom the actor may do this today, by id, each with the decision."""
    near = _near(work, actor, Client.id.in_(client_ids))
    found = {client_id: each.reached(actor, deed, (), actor.today(work.now)) for client_id, each in near.items()}
    return {client_id: reached for client_id, reached in found.items() if reached is not None}


def reach_contacts(work: Work, actor: Actor, contacts: Collection[Contact], deed: Deed) -> dict[uuid.UUID, Reached]:
    """Whom each of these contacts is about, by the contact's id, where the actor may do this, also because they were there."""
    near = _near(work, actor, Client.id.in_({each.client_id for each in contacts if each.client_id is not None}))
    found: dict[uuid.UUID, Reached] = {}
    for contact in contacts:
        about = near.get(contact.client_id) if contact.client_id is not None else None
        days = [actor.today(contact.ended_at)]
        reached = about.reached(actor, deed, days, actor.today(work.now)) if about is not None else None
        if reached is not None:
            found[contact.id] = reached
    return found


def relations(work: Work, actor: Actor, client_id: uuid.UUID, on: dt.date | None = None) -> frozenset[Relation]:
    """How the actor stands to a client now, and to a contact with them on this day."""
    near = _near(work, actor, Client.id == client_id).get(client_id)
    return near.relations([on] if on is not None else [], actor.today(work.now)) if near is not None else frozenset()


def in_emergency(work: Work, actor: Actor, client_ids: Collection[uuid.UUID], deed: Deed) -> frozenset[uuid.UUID]:
    """Those of these clients to whom the actor may do this today by an open emergency alone."""
    if not client_ids or work.session.scalar(_emergencies(work, actor).limit(1)) is None:
        return frozenset()
    return frozenset(
        client_id
        for client_id, reached in reach_all(work, actor, client_ids, deed).items()
        if Obligation.TAG_EMERGENCY in reached.decision.obligations
    )


def tell_found(work: Work, actor: Actor, client_ids: Collection[uuid.UUID]) -> None:
    """Record that clients were found in a search by an emergency."""
    for client_id, reached in reach_all(work, actor, client_ids, Deed.CLIENT_FIND).items():
        subject = ("client", client_id)
        audit.record(work, audit.Action.CLIENT_FIND, actor=actor.id, subject=subject, rule=reached.decision.rule)


def tell(work: Work, actor: Actor, reached: Reached) -> None:
    """Record that somebody reads of a client whom they reach in an emergency, or only because they were there."""
    if reached.decision.obligations & {Obligation.TAG_EMERGENCY, Obligation.THIS_CONTACT_ONLY}:
        subject = ("client", reached.client.id)
        audit.record(work, audit.Action.CLIENT_READ, actor=actor.id, subject=subject, rule=reached.decision.rule)


def who_has(
    work: Work, client_id: uuid.UUID | None, day: dt.date, kinds: Collection[AssignmentKind] = tuple(AssignmentKind)
) -> Select[uuid.UUID]:
    """The staff members who have this client on this day, in one of these ways."""
    return select(Assignment.staff_id).where(
        Assignment.workspace_id == work.workspace_id,
        Assignment.client_id == client_id,
        Assignment.kind.in_(kinds),
        *_runs(day),
    )


def covered(work: Work, actor: Actor) -> Sequence[tuple[uuid.UUID, dt.date | None]]:
    """The clients whom the actor covers for a colleague today, each with the last day of it, if there is one."""
    rows = work.session.execute(
        select(Assignment.client_id, Assignment.until_on).where(
            Assignment.workspace_id == work.workspace_id,
            Assignment.staff_id == actor.id,
            Assignment.kind == AssignmentKind.COVERING,
            *_runs(actor.today(work.now)),
        )
    )
    return [(client_id, until_on) for client_id, until_on in rows]


def owner_of_words(work: Work, actor: Actor, ref: str, before: uuid.UUID | None) -> uuid.UUID | None:
    """The client under whose key a form's words are sealed: whom the author has, had, or may write about, or as it was before.

    A reference that was never offered must not tie somebody's draft to a client of others.
    """
    ever = select(Assignment.client_id).where(
        Assignment.workspace_id == work.workspace_id, Assignment.staff_id == actor.id
    )
    known = or_(Client.id == before, Client.id.in_(ever), _reached(work, actor, Deed.NOTE_WRITE))
    return work.session.scalar(_clients(work).with_only_columns(Client.id).where(Client.ref == ref, known))


def clients_of_notes(work: Work, client_ids: Collection[uuid.UUID]) -> Sequence[Client]:
    """The clients of notes on which the actor may decide, or to which they may add; whoever calls this has asked that."""
    return work.session.scalars(_clients(work).where(Client.id.in_(client_ids))).all()


def relations_to_staff(actor: Actor, staff: Staff) -> frozenset[Relation]:
    """How the actor stands to a colleague, or to the colleague who wrote a note or broke the glass."""
    found = {Relation.SELF: staff.id == actor.id, Relation.SUPERVISED: staff.supervisor_id == actor.id}
    return frozenset(kind for kind, holds in found.items() if holds)


def staff_by_ref(work: Work, actor: Actor, ref: str, deed: Deed) -> Staff:
    """The staff member with this reference, if the actor may do this to them.

    Errors: NotFound, also for one who is out of the actor's reach.
    """
    found = work.session.scalar(select(Staff).where(Staff.workspace_id == work.workspace_id, Staff.ref == ref))
    if found is None:
        raise NotFound
    require(work, actor, deed, relations_to_staff(actor, found))
    return found


def require(_: Work, actor: Actor, deed: Deed, relations: AbstractSet[Relation] = frozenset()) -> Decision:
    """The decision that allows this.

    Errors: NotFound when it is not allowed, which is answered and recorded like anything that does not exist.
    """
    decision = decide(asker(actor), deed, relations)
    if not decision.allowed:
        raise NotFound
    return decision


def _near(work: Work, actor: Actor, which: _Test) -> dict[uuid.UUID, _Near]:
    """How the actor stands to these clients, by id: two statements, whoever is there."""
    query = _clients(work).where(which).add_columns(*(_test(work, actor, kind) for kind in TODAY))
    rows = work.session.execute(query).all()
    spells = _spells(work, actor, which)
    found: dict[uuid.UUID, _Near] = {}
    for client, *tests in rows:
        kinds = frozenset(kind for kind, holds in zip(TODAY, tests, strict=True) if holds)
        found[client.id] = _Near(client, kinds, spells[client.id])
    return found


def _clients(work: Work) -> Select[Client]:
    return select(Client).where(Client.workspace_id == work.workspace_id).order_by(Client.id)


def _reached(work: Work, actor: Actor, deed: Deed) -> _Test:
    """Whether `decide` allows the deed to the client of the row: by one of today's relations, or by none."""
    who, author = asker(actor), _author(deed)
    if decide(who, deed, author).allowed:
        return true()
    return or_(false(), *(_test(work, actor, kind) for kind in TODAY if decide(who, deed, author | {kind}).allowed))


def _author(deed: Deed) -> frozenset[Relation]:
    """A note is amended through its author's own form; whose note it is, is no question about the client."""
    return frozenset({Relation.AUTHOR}) if deed is Deed.NOTE_AMEND else frozenset()


def _test(work: Work, actor: Actor, kind: Relation) -> _Test:
    """Whether the actor stands in this relation to the client of the row today."""
    today = actor.today(work.now)
    if kind is Relation.EMERGENCY:
        return Client.id.in_(_emergencies(work, actor))
    assigned = select(Assignment.client_id).where(Assignment.workspace_id == work.workspace_id, *_runs(today))
    if kind is Relation.SUPERVISES:
        theirs = select(Staff.id).where(Staff.workspace_id == work.workspace_id, Staff.supervisor_id == actor.id)
        assigned = assigned.where(Assignment.staff_id.in_(theirs))
    else:
        assigned = assigned.where(Assignment.staff_id == actor.id, Assignment.kind == _KINDS[kind])
    # Nobody works with a client whom the agency does not serve any more; what is left are the notes that are owed.
    return and_(Client.status == ClientStatus.ACTIVE, Client.id.in_(assigned))


def _emergencies(work: Work, actor: Actor) -> Select[uuid.UUID]:
    return select(BreakGlass.client_id).where(
        BreakGlass.workspace_id == work.workspace_id,
        BreakGlass.staff_id == actor.id,
        BreakGlass.opened_at <= work.now,
        BreakGlass.ends_at > work.now,
        BreakGlass.closed_at.is_(None),
    )


def _spells(work: Work, actor: Actor, which: _Test) -> defaultdict[uuid.UUID, list[Spell]]:
    """When the actor had these clients, ever."""
    found: defaultdict[uuid.UUID, list[Spell]] = defaultdict(list)
    query = select(Assignment.client_id, Assignment.from_on, Assignment.until_on).where(
        Assignment.workspace_id == work.workspace_id,
        Assignment.staff_id == actor.id,
        Assignment.client_id.in_(select(Client.id).where(Client.workspace_id == work.workspace_id, which)),
    )
    for client_id, from_on, until_on in work.session.execute(query):
        found[client_id].append(Spell(from_on, until_on))
    return found


def _runs(day: dt.date) -> tuple[_Test, _Test]:
    return Assignment.from_on <= day, or_(Assignment.until_on.is_(None), Assignment.until_on >= day)
