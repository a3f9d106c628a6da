"""Whole caseloads: handed over to a colleague, all of it or some clients, and covered by one from a day to a day.

Here: what may be done with somebody's caseload, and doing it. Not here: one client (assigning), the rows (assignments), leaving.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from models.clients import Assignment, AssignmentKind, Client
from models.staff import Staff
from privacy.grants import Grant, Purpose, system_grant
from services import access, assignments, audit, clients, staff
from services.clients import ClientLine
from services.decisions import Deed
from services.name_book import folded
from services.refusals import FieldRefused, NotFound
from services.roster_rows import NewAssignment
from services.staff import STAFF, Actor
from services.work import Work

OFFERED_MOST: Final = 100
COVERED_DAYS_MOST: Final = 366
_OWN: Final = (AssignmentKind.PRIMARY, AssignmentKind.BACKUP)


@dataclass(frozen=True, slots=True)
class Cover:
    """One colleague covers a caseload from a day to a day. `ref` is the same as long as it is the same cover."""

    ref: str
    name: str
    clients: int
    from_on: dt.date
    until_on: dt.date | None
    rows: Sequence[Assignment]


@dataclass(frozen=True, slots=True)
class CaseloadSheet:
    """Somebody's caseload in numbers, as its forms show it, and who covers it."""

    ref: str
    name: str
    primary: int
    backup: int
    covering: int
    covers: Sequence[Cover] = ()


@dataclass(frozen=True, slots=True)
class CoverCaseload:
    """Let a colleague cover a caseload from a day to a day, both included."""

    ref: str
    by_ref: str
    from_on: dt.date
    until_on: dt.date


def look(work: Work, actor: Actor, ref: str, deed: Deed) -> tuple[CaseloadSheet, Grant]:
    """Somebody's caseload, for the form of this deed, and the grant to draw it, which covers the search in it.

    Errors: NotFound.
    """
    row = access.staff_by_ref(work, actor, ref, deed)
    grant = audit.record(work, audit.Action.CASELOAD_READ, actor=actor.id, subject=(STAFF, row.id))
    mine = assignments.of_staff(work, row.id)
    kinds = [each.kind for each in mine]
    sheet = CaseloadSheet(
        ref=row.ref,
        name=staff.profile_of(work, row).name,
        primary=kinds.count(AssignmentKind.PRIMARY),
        backup=kinds.count(AssignmentKind.BACKUP),
        covering=kinds.count(AssignmentKind.COVERING),
        covers=_covers(work, row, mine),
    )
    return sheet, grant


def find(work: Work, actor: Actor, ref: str, query: str) -> tuple[Sequence[ClientLine], Grant]:
    """Clients of a caseload that is to be handed over, by name, and the grant of the event that showed the form.

    Errors: NotFound, also where no form was opened.
    """
    row = access.staff_by_ref(work, actor, ref, Deed.CASELOAD_HAND_OVER)
    grant = audit.standing_grant(work, row.id, actor.id, (audit.Action.CASELOAD_READ,), within=audit.A_DAY)
    if grant is None:
        raise NotFound
    wanted, matching = folded(query).split(), system_grant(Purpose.MATCH)
    lines = clients.lines_of(work, _clients(work, actor, row))
    found = [each for each in lines if _matches(folded(each.searched(matching)).split(), wanted)]
    return sorted(found, key=lambda each: folded(each.name(matching)))[:OFFERED_MOST], grant


def hand_over(work: Work, actor: Actor, ref: str, to_ref: str, client_refs: Collection[str] = ()) -> int:
    """Give a caseload to a colleague, all of it or these clients, as they had them; how many they were. The same again is none.

    Whoever had a client loses it at once; their promises go on with it, and a contact that took place stays theirs to note.
    Errors: NotFound; FieldRefused.
    """
    row = access.staff_by_ref(work, actor, ref, Deed.CASELOAD_HAND_OVER)
    heir = assignments.writer(work, to_ref, "to")
    if heir.id == row.id:
        raise FieldRefused("to", "same_person")
    mine = assignments.of_staff(work, row.id)
    assignments.lock_clients(work, {each.client_id for each in mine})
    given = _chosen(work, heir, mine, client_refs)
    _take_over(work, actor, heir, given)
    assignments.end(work, given, actor.id, {each.client_id: heir.id for each in given})
    return len({each.client_id for each in given})


def cover(work: Work, actor: Actor, command: CoverCaseload) -> int:
    """Let a colleague cover the whole caseload from a day to a day; how many clients they cover by it. The same again is none.

    Errors: NotFound; FieldRefused.
    """
    row = access.staff_by_ref(work, actor, command.ref, Deed.CASELOAD_COVER)
    colleague = assignments.writer(work, command.by_ref, "by")
    _check_cover(work, row, colleague, command)
    mine = {each.client_id for each in assignments.of_staff(work, row.id) if each.kind in _OWN}
    assignments.lock_clients(work, mine)
    has = [each for each in assignments.of_clients(work, mine) if each.staff_id == colleague.id]
    there = {each.client_id for each in has if _spans(each, command.from_on, command.until_on)}
    new = [
        NewAssignment(client_id, colleague.id, AssignmentKind.COVERING, command.from_on, command.until_on)
        for client_id in sorted(mine - there)
    ]
    assignments.begin(work, new, actor.id)
    return len(new)


def end_cover(work: Work, actor: Actor, ref: str, cover_ref: str) -> None:
    """End one cover of a caseload at once; ended twice is ended once.

    Errors: NotFound.
    """
    row = access.staff_by_ref(work, actor, ref, Deed.CASELOAD_COVER)
    for each in _covers(work, row, assignments.of_staff(work, row.id)):
        if each.ref == cover_ref:
            assignments.end(work, each.rows, actor.id)


def _chosen(work: Work, heir: Staff, mine: Sequence[Assignment], client_refs: Collection[str]) -> list[Assignment]:
    """What is given: everything, or what is about these clients; those that the heir has instead already were given before."""
    if not client_refs:
        return list(mine)
    near = {each.client_id for each in (*mine, *assignments.of_staff(work, heir.id))}
    ids = assignments.ids_of(work, near, client_refs)
    if len(ids) < len(set(client_refs)):
        raise FieldRefused("clients", "choose")
    return [each for each in mine if each.client_id in ids]


def _take_over(work: Work, actor: Actor, heir: Staff, given: Sequence[Assignment]) -> None:
    """Let the heir work with these clients as the other did. Whoever has more than one way has the nearest one."""
    standing = [
        each for each in assignments.of_clients(work, {each.client_id for each in given}) if each.staff_id == heir.id
    ]
    rank = {kind: place for place, kind in enumerate(AssignmentKind)}
    new: list[NewAssignment] = []
    ended: list[Assignment] = []
    for each in given:
        theirs = [other for other in standing if other.client_id == each.client_id]
        begins = max(each.from_on, assignments.today_of(work, heir))
        if not any(rank[other.kind] <= rank[each.kind] and _spans(other, begins, each.until_on) for other in theirs):
            new.append(NewAssignment(each.client_id, heir.id, each.kind, begins, each.until_on))
        if each.kind is AssignmentKind.PRIMARY:
            ended += [other for other in theirs if other.kind is AssignmentKind.BACKUP]
    assignments.begin(work, new, actor.id)
    if ended:
        assignments.end(work, ended, actor.id)


def _check_cover(work: Work, row: Staff, colleague: Staff, command: CoverCaseload) -> None:
    today = assignments.today_of(work, colleague)
    if colleague.id == row.id:
        raise FieldRefused("by", "same_person")
    if command.from_on < today:
        raise FieldRefused("from_on", "day_past")
    if command.until_on < command.from_on:
        raise FieldRefused("until_on", "days_in_order")
    if command.until_on > today + dt.timedelta(COVERED_DAYS_MOST):
        raise FieldRefused("until_on", "day_far")


def _covers(work: Work, row: Staff, mine: Iterable[Assignment]) -> list[Cover]:
    """Who covers this caseload: those who cover its clients, by person and days."""
    ids = {each.client_id for each in mine if each.kind in _OWN}
    found: dict[tuple[dt.date, dt.date | None, uuid.UUID], list[Assignment]] = {}
    for each in assignments.of_clients(work, ids):
        if each.kind is AssignmentKind.COVERING and each.staff_id != row.id:
            found.setdefault((each.from_on, each.until_on, each.staff_id), []).append(each)
    ordered = sorted(found.items(), key=lambda item: (item[0][0], item[0][1] or dt.date.max, item[0][2]))
    return [
        Cover(
            hashlib.sha256(repr((*days, rows[0].id)).encode()).hexdigest()[:16],
            staff.profile_of(work, work.session.get_one(Staff, (work.workspace_id, staff_id))).name,
            len(rows),
            rows[0].from_on,
            rows[0].until_on,
            rows,
        )
        for (*days, staff_id), rows in ordered
    ]


def _clients(work: Work, actor: Actor, row: Staff) -> Sequence[Client]:
    """The clients of somebody's caseload whom the actor may find."""
    ids = {each.client_id for each in assignments.of_staff(work, row.id)}
    return work.session.scalars(access.clients(work, actor, Deed.CLIENT_FIND).where(Client.id.in_(ids))).all()


def _spans(each: Assignment, from_on: dt.date, until_on: dt.date | None) -> bool:
    """Whether an assignment runs on all of these days."""
    return each.from_on <= from_on and (each.until_on is None or (until_on is not None and each.until_on >= until_on))


def _matches(have: Sequence[str], wanted: Sequence[str]) -> bool:
    return all(any(word.startswith(part) for word in have) for part in wanted)
