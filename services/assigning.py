"""Who works with one client: a primary case manager and perhaps a backup, chosen together as a clients file names them.

Here: one client at a time. Not here: whole caseloads and covers (caseloads), the rows themselves (assignments).
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

from models.clients import Assignment, AssignmentKind
from models.staff import Staff
from privacy.grants import Grant
from services import assignments, audit, client_rows, staff
from services.clients import ClientLine, line_of
from services.decisions import Deed
from services.refusals import ChangedMeanwhile, FieldRefused
from services.staff import Actor
from services.work import Work

CLIENT = "client"
CHOSEN = (AssignmentKind.PRIMARY, AssignmentKind.BACKUP)


@dataclass(frozen=True, slots=True)
class AssignSheet:
    """Who works with a client, as a form shows it: by reference and in words. `mark` changes with every change to it."""

    client: ClientLine
    mark: str
    primary: tuple[str, str] | None
    backup: tuple[str, str] | None


def look(work: Work, actor: Actor, ref: str) -> tuple[AssignSheet, Grant]:
    """Who works with a client, and the grant to draw it.

    Errors: NotFound.
    """
    client = client_rows.reached(work, actor, ref, Deed.CLIENT_ASSIGN)
    grant = audit.record(work, audit.Action.CLIENT_READ, actor=actor.id, subject=(CLIENT, client.id), rule="assign")
    standing = assignments.of_client(work, client.id)
    named = {kind: _named(work, standing, kind) for kind in CHOSEN}
    sheet = AssignSheet(
        line_of(work, client), mark_of(standing), named[AssignmentKind.PRIMARY], named[AssignmentKind.BACKUP]
    )
    return sheet, grant


def assign(work: Work, actor: Actor, ref: str, mark: str, primary_ref: str, backup_ref: str | None) -> None:
    """Let these two work with a client, and nobody else but whoever covers; the same again changes nothing.

    Whoever loses the client loses it at once. What they promised goes on with the client.
    Errors: NotFound; FieldRefused; ChangedMeanwhile when it was changed since the form was drawn.
    """
    client = client_rows.reached(work, actor, ref, Deed.CLIENT_ASSIGN)
    assignments.lock_clients(work, [client.id])
    standing = [each for each in assignments.of_client(work, client.id) if each.kind in CHOSEN]
    have = {each.kind: each.staff_id for each in standing}
    wanted = {
        AssignmentKind.PRIMARY: assignments.writer(
            work, primary_ref, "primary", stays=have.get(AssignmentKind.PRIMARY)
        ),
        **_backup(work, backup_ref, have.get(AssignmentKind.BACKUP)),
    }
    if len({each.id for each in wanted.values()}) < len(wanted):
        raise FieldRefused("backup", "same_as_primary")
    if {(kind, row.id) for kind, row in wanted.items()} == {(each.kind, each.staff_id) for each in standing}:
        return
    if mark_of(standing) != mark:
        raise ChangedMeanwhile
    _replace(work, actor, client.id, standing, wanted)


def mark_of(standing: list[Assignment]) -> str:
    """What changes whenever the primary case manager or the backup does. It says nothing of them."""
    shown = sorted((str(each.id), each.kind.value) for each in standing if each.kind in CHOSEN)
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def _replace(
    work: Work,
    actor: Actor,
    client_id: uuid.UUID,
    standing: list[Assignment],
    wanted: dict[AssignmentKind, Staff],
) -> None:
    ended = [each for each in standing if each.kind not in wanted or wanted[each.kind].id != each.staff_id]
    kept = {each.kind for each in standing if each not in ended}
    new = [assignments.opened(client_id, row, kind, work) for kind, row in wanted.items() if kind not in kept]
    assignments.begin(work, new, actor.id)
    if ended:
        assignments.end(work, ended, actor.id, {client_id: wanted[AssignmentKind.PRIMARY].id})


def _backup(work: Work, ref: str | None, stays: uuid.UUID | None) -> dict[AssignmentKind, Staff]:
    return {AssignmentKind.BACKUP: assignments.writer(work, ref, "backup", stays=stays)} if ref else {}


def _named(work: Work, standing: list[Assignment], kind: AssignmentKind) -> tuple[str, str] | None:
    """The first who stands so; more than one is possible in nothing that is stored by hand or from a file."""
    found = next((each for each in standing if each.kind is kind), None)
    if found is None:
        return None
    row = work.session.get_one(Staff, (work.workspace_id, found.staff_id))
    return row.ref, staff.profile_of(work, row).name
