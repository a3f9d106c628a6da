"""What a clients.csv changes, as rows and events: those of new clients made ready beforehand, those of the others one by one.

Here: the steps of such a plan and storing them. Not here: what a row of the file means (roster_clients), sealing (roster_rows).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from models.bulk import Batch, batch, store
from models.clients import Assignment, AssignmentKind, Client, ClientKey, ClientStatus
from models.requirements import Requirement
from privacy.sealed import Sealed
from services import passing_on, requirements
from services.passing_on import Loss
from services.requirements import NewRequirement
from services.roster_plan import Step, Watch
from services.roster_rows import (
    Before,
    NewAssignment,
    NewClient,
    SealedClient,
    assign,
    assignment_rows,
    before_columns,
    client_rows,
    end_assignments,
    key_rows,
    record_client,
    record_import,
    update_rows,
)
from services.work import Work


@dataclass(frozen=True, slots=True)
class ChangedClient:
    """A stored client's row as it will be."""

    id: uuid.UUID
    profile: Sealed
    version: int
    status: ClientStatus
    plan_review_on: dt.date | None
    before: Before
    recount: bool
    closes: bool = False


@dataclass(slots=True)
class Steps:
    """What a client file changes. `required` holds whose contact requirements are to be these from now on."""

    new: list[SealedClient] = field(default_factory=list[SealedClient])
    begun: list[NewAssignment] = field(default_factory=list[NewAssignment])
    windows: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    changed: list[ChangedClient] = field(default_factory=list[ChangedClient])
    opened: list[NewAssignment] = field(default_factory=list[NewAssignment])
    ended: list[tuple[uuid.UUID, AssignmentKind, dt.date]] = field(
        default_factory=list[tuple[uuid.UUID, AssignmentKind, dt.date]]
    )
    lost: list[Loss] = field(default_factory=list[Loss])
    required: dict[uuid.UUID, tuple[NewRequirement, ...]] = field(
        default_factory=dict[uuid.UUID, tuple[NewRequirement, ...]]
    )


@dataclass(frozen=True, slots=True)
class ClientSteps:
    """What is stored: the rows of new clients ready for the driver, what their events say, and what changes of the others."""

    batches: tuple[Batch, ...]
    begun: tuple[tuple[uuid.UUID, Sealed, str], ...]
    others: Steps


def first_assignments(facts: NewClient, from_on: Mapping[uuid.UUID, dt.date]) -> list[NewAssignment]:
    """The assignments that a new client begins with, each from the day of its staff member."""
    wanted = {AssignmentKind.PRIMARY: facts.primary_id, AssignmentKind.BACKUP: facts.backup_id}
    return [
        NewAssignment(facts.id, staff_id, kind, facts.since or from_on[staff_id])
        for kind, staff_id in wanted.items()
        if staff_id is not None
    ]


def ready(work: Work, steps: Steps, apart: Collection[uuid.UUID]) -> ClientSteps:
    """The new clients as rows for the driver: made here, so that the transaction only hands them over."""
    dialect = work.session.get_bind().dialect
    begun: dict[uuid.UUID, list[str]] = {each.facts.id: [] for each in steps.new}
    for assignment in steps.begun:
        begun[assignment.client_id].append(assignment.kind.value)
    for client_id in apart:
        if client_id in begun:
            begun[client_id].append("no_duplicate")
    return ClientSteps(
        (
            batch(dialect, Client, client_rows(work, steps.new)),
            batch(dialect, ClientKey, key_rows(work, steps.new)),
            batch(dialect, Assignment, assignment_rows(work, steps.begun)),
            batch(dialect, Requirement, [{"workspace_id": work.workspace_id, **row} for row in steps.windows]),
        ),
        tuple((each.facts.id, each.profile, ".".join(begun[each.facts.id])) for each in steps.new),
        steps,
    )


def record(work: Work, steps: ClientSteps, actor: uuid.UUID | None) -> None:
    """Record the clients who are new, one event for each: its rule says with whom they begin."""
    for client_id, profile, rule in steps.begun:
        record_client(work, client_id, 1, profile, actor, rule)


def keep(work: Work, steps: ClientSteps, actor: uuid.UUID | None, watch: Watch) -> None:
    """Store what a client file changes."""
    total, done = sum(len(each.rows) for each in steps.batches), 0

    def told(count: int) -> None:
        nonlocal done
        done += count
        watch(Step.STORE, done, total)

    for each in steps.batches:
        store(work.session, each, told)
    _change(work, steps.others, actor)
    record_import(work, "clients", actor)


def _change(work: Work, steps: Steps, actor: uuid.UUID | None) -> None:
    """Store what becomes of clients who were known."""
    update_rows(
        work,
        Client,
        [
            {
                "id": each.id,
                "profile": each.profile,
                "profile_version": each.version,
                "status": each.status,
                "plan_review_on": each.plan_review_on,
                **before_columns(each.before),
            }
            for each in steps.changed
        ],
    )
    for each in steps.changed:
        record_client(work, each.id, each.version, each.profile, actor)
    end_assignments(work, steps.ended, actor)
    assign(work, steps.opened, actor)
    passing_on.lost(work, steps.lost, actor)
    passing_on.closed(work, {each.id for each in steps.changed if each.closes}, actor)
    requirements.set_for_clients(work, steps.required, actor)
    requirements.recount_all(work, {each.id for each in steps.changed if each.recount} - set(steps.required))
