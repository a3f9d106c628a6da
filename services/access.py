"""Who may see and write about whom: `decisions` compiled to SQL, for every list and every look-up of a client.

Here: how somebody stands to a client or to a colleague, and whom they may reach for a deed. Not here: the rules (decisions). Whoever
is out of reach is answered like one who does not exist, by the same statements.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from typing import Final, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true

from models.clients import Assignment, AssignmentKind, Client, ClientStatus
from models.contacts import Contact
from models.glass import BreakGlass
from models.staff import Staff
from services.decisions import ASSIGNED, TODAY, Asker, Decision, Deed, Relation, Spell, decide, was_there
from services.refusals import NotFound
from services.staff import Actor
from services.work import Work

_Test: TypeAlias = ColumnElement[bool]

_NOBODY: Final = uuid.UUID(int=0)
_KINDS: Final = {
    Relation.PRIMARY: AssignmentKind.PRIMARY,
    Relation.BACKUP: AssignmentKind.BACKUP,
    Relation.COVERING: AssignmentKind.COVERING,
}


def asker(actor: Actor) -> Asker:
    """The actor as `decide` sees them; whoever is no active staff member never becomes an actor."""
    return Asker(actor.roles)


def caseload(work: Work, actor: Actor) -> Select[Client]:
    """The clients this actor is assigned to, backs up or covers on the actor's own day: what lists offer first."""
    tests = [_test(work, actor, kind) for kind in ASSIGNED if decide(asker(actor), Deed.CLIENT_READ, {kind}).allowed]
    return _clients(work).where(or_(false(), *tests))


def clients(work: Work, actor: Actor, deed: Deed) -> Select[Client]:
    """Every client to whom this actor may do this today; whoever was only there at a contact is found by that contact."""
    return _clients(work).where(_reached(work, actor, deed))


def client_by_ref(
    work: Work, actor: Actor, ref: str, deed: Deed = Deed.CLIENT_READ, *, on: dt.date | None = None
) -> Client | None:
    """The client with this reference, if the actor may do this to them; else None, as if there were none.

    `on` is the day of the contact that is meant: whoever was there may still write about it.
    """
    return _found(work, actor, Client.ref == ref, deed, on)


def client_by_id(
    work: Work, actor: Actor, client_id: uuid.UUID, deed: Deed = Deed.CLIENT_READ, *, on: dt.date | None = None
) -> Client | None:
    """The client with this id, if the actor may do this to them. `on` as in `client_by_ref`."""
    return _found(work, actor, Client.id == client_id, deed, on)


def clients_of(work: Work, actor: Actor, contacts: Collection[Contact], deed: Deed) -> dict[uuid.UUID, Client]:
    """Whom each of these contacts is about, by the contact's id, where the actor may do this: today, or because they were there."""
    ids = {contact.client_id for contact in contacts if contact.client_id is not None}
    query = _clients(work).where(Client.id.in_(ids)).add_columns(_reached(work, actor, deed))
    rows = {client.id: (client, reached) for client, reached in work.session.execute(query)}
    by_day = decide(asker(actor), deed, _author(deed) | {Relation.WAS_THERE}).allowed
    spells = _spells(work, actor, ids) if by_day and not all(reached for _, reached in rows.values()) else {}
    found: dict[uuid.UUID, Client] = {}
    for contact in contacts:
        client, reached = rows.get(contact.client_id or _NOBODY, (None, False))
        there = was_there(spells.get(contact.client_id or _NOBODY, ()), *_days(work, actor, contact.ended_at))
        if client is not None and (reached or there):
            found[contact.id] = client
    return found


def relations(work: Work, actor: Actor, client_id: uuid.UUID, on: dt.date | None = None) -> frozenset[Relation]:
    """How the actor stands to a client now, and to a contact with them on this day."""
    query = select(*(_test(work, actor, kind) for kind in TODAY)).where(
        Client.workspace_id == work.workspace_id, Client.id == client_id
    )
    row = work.session.execute(query).one_or_none() or ()
    found = {kind for kind, holds in zip(TODAY, row, strict=False) if holds}
    if on is not None and was_there(_spells(work, actor, [client_id]).get(client_id, ()), on, actor.today(work.now)):
        found.add(Relation.WAS_THERE)
    return frozenset(found)


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


def _found(work: Work, actor: Actor, which: _Test, deed: Deed, on: dt.date | None) -> Client | None:
    if on is None:
        return work.session.scalar(clients(work, actor, deed).where(which))
    row = work.session.execute(_clients(work).where(which).add_columns(_reached(work, actor, deed))).one_or_none()
    client, reached = row if row is not None else (None, False)
    # Asked also where nobody was found, so that an answer takes as long for whoever exists as for whoever does not.
    spells = _spells(work, actor, [client.id if client is not None else _NOBODY])
    kinds = _author(deed) | {Relation.WAS_THERE}
    there = any(was_there(each, on, actor.today(work.now)) for each in spells.values())
    return client if reached or (there and decide(asker(actor), deed, kinds).allowed) else None


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


def _spells(work: Work, actor: Actor, client_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[Spell]]:
    """When the actor had these clients, ever."""
    found: defaultdict[uuid.UUID, list[Spell]] = defaultdict(list)
    query = select(Assignment.client_id, Assignment.from_on, Assignment.until_on).where(
        Assignment.workspace_id == work.workspace_id,
        Assignment.staff_id == actor.id,
        Assignment.client_id.in_(client_ids),
    )
    for client_id, from_on, until_on in work.session.execute(query):
        found[client_id].append(Spell(from_on, until_on))
    return found


def _days(work: Work, actor: Actor, at: dt.datetime) -> tuple[dt.date, dt.date]:
    return actor.today(at), actor.today(work.now)


def _runs(day: dt.date) -> tuple[_Test, _Test]:
    return Assignment.from_on <= day, or_(Assignment.until_on.is_(None), Assignment.until_on >= day)
