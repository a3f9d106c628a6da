"""Clients by hand: adding one and changing their facts, under the same rules as a clients file.

Here: who somebody is, when the plan is reviewed, how often they must be seen, and whether the agency serves them. Not here: who works
with them (assigning), goals and people (goal_changes, person_changes), what a form shows beside the facts (client_cards).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass

from models.clients import Client, ClientProfile, ClientStatus
from models.policy import Policy
from privacy.grants import Grant, Purpose, system_grant
from privacy.phi import Phi
from services import (
    access,
    assignments,
    audit,
    client_rows,
    client_twins,
    clients,
    csv_cells,
    passing_on,
    policies,
    requirements,
    roster,
    roster_rows,
)
from services.by_hand import Reading
from services.client_twins import APART, Compared
from services.clients import ClientLine
from services.decisions import Deed
from services.likeness import is_same_person
from services.refusals import ChangedMeanwhile, FieldsRefused, NotFound
from services.requirement_words import in_words, of_program, read_requirements
from services.requirements import NewRequirement
from services.roster_clients import birth, plan_review
from services.roster_rows import CLIENT, NewClient
from services.staff import Actor
from services.work import Work


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """What somebody typed and chose about a client. Days are YYYY-MM-DD, as a form has them.

    `part2` is None where the form does not ask for it: the mark stays as it is then.
    """

    last_name: Phi[str]
    first_name: Phi[str]
    preferred_name: Phi[str] | None
    born_on: str | None
    medicaid_id: Phi[str] | None
    phone: Phi[str] | None
    program: Phi[str] | None
    plan_review_on: str | None
    requirements: Phi[str] | None
    is_apart: bool = False
    part2: bool | None = None


@dataclass(frozen=True, slots=True)
class AddClient:
    """Serve somebody new."""

    agency_id: Phi[str]
    facts: ClientFacts
    primary_ref: str


@dataclass(frozen=True, slots=True)
class ChangeClient:
    """Let a client's facts be these, if they still are what they were when the form was drawn."""

    ref: str
    mark: str
    facts: ClientFacts


@dataclass(frozen=True, slots=True)
class ClientSheet:
    """A client's facts as a form shows them. `mark` changes with every change to them."""

    line: ClientLine
    mark: str
    requirements: str


@dataclass(frozen=True, slots=True)
class _Read:
    """The facts, readable."""

    profile: ClientProfile
    review_on: dt.date | None
    wanted: tuple[NewRequirement, ...] | None


def begin(work: Work, actor: Actor) -> Grant:
    """The grant to draw the form for somebody new.

    Errors: NotFound for whoever may add nobody.
    """
    access.require(work, actor, Deed.CLIENT_ADD)
    return audit.record(work, audit.Action.CLIENT_LIST, actor=actor.id, subject=("staff", actor.id), rule="new")


def look(work: Work, actor: Actor, ref: str) -> tuple[ClientSheet, Grant]:
    """A client's facts as a form shows them, and the grant to draw it.

    Errors: NotFound.
    """
    client = client_rows.reached(work, actor, ref, Deed.CLIENT_CHANGE)
    grant = audit.record(work, audit.Action.CLIENT_READ, actor=actor.id, subject=(CLIENT, client.id), rule="facts")
    standing = requirements.standing_of(work, client.id)
    return ClientSheet(clients.line_of(work, client), mark_of(client, standing), in_words(standing)), grant


def compare_new(work: Work, actor: Actor, command: AddClient) -> Compared:
    """Whether somebody new may have a record already. Ask in the reading door.

    Errors: NotFound, FieldsRefused.
    """
    access.require(work, actor, Deed.CLIENT_ADD)
    reading = Reading(work)
    read = _read(reading, command.facts, _agency_id(reading, command))
    reading.require()
    index = work.keys.index(CLIENT, "agency_id", read.profile.agency_id.reveal(system_grant(Purpose.IMPORT)))
    there = access.client_with_index(work, index)
    # Whoever has this ID already is looked at when it is stored: it may be the same form sent twice.
    return client_twins.compare(work, read.profile, there.id if there is not None else None)


def compare_changed(work: Work, actor: Actor, command: ChangeClient) -> Compared:
    """Whether the changed facts may be those of somebody else with a record. Ask in the reading door.

    Errors: NotFound, FieldsRefused.
    """
    client = client_rows.reached(work, actor, command.ref, Deed.CLIENT_CHANGE)
    old = clients.line_of(work, client).profile
    reading = Reading(work)
    read = _read(reading, command.facts, old.agency_id, part2=old.part2)
    reading.require()
    if is_same_person(old, read.profile):
        return Compared(0, is_held=False)
    return client_twins.compare(work, read.profile, client.id)


def add(work: Work, actor: Actor, command: AddClient, compared: Compared) -> str:
    """Serve somebody new; added twice is added once. Their reference.

    Errors: NotFound for whoever may add nobody; FieldsRefused; FieldRefused for the case manager.
    """
    access.require(work, actor, Deed.CLIENT_ADD)
    reading = Reading(work)
    agency_id = _agency_id(reading, command)
    read = _read(reading, command.facts, agency_id)
    reading.require()
    primary = assignments.writer(work, command.primary_ref, "primary")
    there = access.client_with_index(
        work, work.keys.index(CLIENT, "agency_id", agency_id.reveal(system_grant(Purpose.IMPORT)))
    )
    if there is not None:
        return _once_more(work, actor, there, read)
    _hold(work, command.facts, read, compared, None)
    client = roster.add_client(work, NewClient(read.profile, primary.id, plan_review_on=read.review_on), actor.id)
    requirements.set_for_clients(work, {client.id: read.wanted or ()}, actor.id)
    return client.ref


def change(work: Work, actor: Actor, command: ChangeClient, compared: Compared) -> None:
    """Change a client's facts; the same again changes nothing.

    Errors: NotFound; FieldsRefused; ChangedMeanwhile when they were changed since the form was drawn.
    """
    client = client_rows.reached(work, actor, command.ref, Deed.CLIENT_CHANGE)
    work.session.refresh(client, with_for_update=True)
    old, standing = clients.line_of(work, client).profile, requirements.standing_of(work, client.id)
    reading = Reading(work)
    read = _read(reading, command.facts, old.agency_id, unchanged=in_words(standing), part2=old.part2)
    reading.require()
    key = clients.key_of(work, client.id)
    is_other = key.fingerprint(old) != key.fingerprint(read.profile)
    asks_other = read.wanted is not None and set(read.wanted) != set(standing)
    if not is_other and not asks_other and client.plan_review_on == read.review_on:
        return
    if mark_of(client, standing) != command.mark:
        raise ChangedMeanwhile
    if not is_same_person(old, read.profile):
        _hold(work, command.facts, read, compared, client.id)
    client.plan_review_on = read.review_on
    if is_other:
        client.profile_version += 1
        cell = work.cell(CLIENT, "profile", client.id, client.profile_version)
        client.profile = key.seal(read.profile, cell)
    roster_rows.record_client(work, client.id, client.profile_version, client.profile, actor.id)
    if asks_other and read.wanted is not None:
        requirements.set_for_clients(work, {client.id: read.wanted}, actor.id)


def set_status(work: Work, actor: Actor, ref: str, status: ClientStatus) -> None:
    """Serve a client no more, or again. What was promised about somebody who is not served is dropped.

    Errors: NotFound.
    """
    client = client_rows.reached(work, actor, ref, Deed.CLIENT_CHANGE)
    work.session.refresh(client, with_for_update=True)
    if client.status is status:
        return
    client.status = status
    rule = f"status:{status.value}"
    roster_rows.record_client(work, client.id, client.profile_version, client.profile, actor.id, rule)
    if status is ClientStatus.CLOSED:
        passing_on.closed(work, [client.id], actor.id)


def mark_of(client: Client, standing: tuple[NewRequirement, ...]) -> str:
    """What changes whenever anything that the form shows of a client does. It says nothing of it."""
    shown = (client.id, client.profile_version, client.plan_review_on, client.status, in_words(standing))
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def _once_more(work: Work, actor: Actor, there: Client, read: _Read) -> str:
    """The reference of the client who has this ID already, where it is the same form sent twice.

    Errors: FieldsRefused.
    """
    reached = access.client_by_ref(work, actor, there.ref, Deed.CLIENT_CHANGE)
    try:
        key = clients.key_of(work, there.id)
        old = clients.line_of(work, there).profile
    except NotFound:
        raise FieldsRefused({"agency_id": "destroyed"}) from None
    if reached is None or key.fingerprint(old) != key.fingerprint(read.profile):
        raise FieldsRefused({"agency_id": "taken_client"})
    return there.ref


def _hold(work: Work, facts: ClientFacts, read: _Read, compared: Compared, own: uuid.UUID | None) -> None:
    """Hold somebody who may have a record already until it is said that they are two people.

    Errors: FieldsRefused.
    """
    if not facts.is_apart and client_twins.is_held(work, read.profile, compared, own):
        raise FieldsRefused({APART: "twin"})


def _agency_id(reading: Reading, command: AddClient) -> Phi[str]:
    return Phi(reading.need("agency_id", command.agency_id, csv_cells.code, "line") or "")


def _read(
    reading: Reading, facts: ClientFacts, agency_id: Phi[str], *, unchanged: str = "", part2: bool = False
) -> _Read:
    work = reading.work
    latest = work.now.date()
    born_on = facts.born_on and reading.chosen("born_on", facts.born_on, lambda day: birth(day, latest), "not_born")
    review = facts.plan_review_on and reading.chosen(
        "plan_review_on", facts.plan_review_on, plan_review, "not_a_review"
    )
    profile = ClientProfile(
        agency_id=agency_id,
        last_name=Phi(reading.need("last_name", facts.last_name, csv_cells.line, "line") or ""),
        first_name=Phi(reading.need("first_name", facts.first_name, csv_cells.line, "line") or ""),
        preferred_name=Phi(reading.words("preferred_name", facts.preferred_name, csv_cells.line, "line") or ""),
        born_on=Phi(born_on.isoformat() if isinstance(born_on, dt.date) else ""),
        medicaid_id=Phi(reading.words("medicaid_id", facts.medicaid_id, csv_cells.code, "line") or ""),
        phone=Phi(reading.words("phone", facts.phone, csv_cells.code, "line") or ""),
        program=Phi(reading.words("program", facts.program, csv_cells.line, "line") or ""),
        part2=part2 if facts.part2 is None else facts.part2,
    )
    return _Read(profile, review if isinstance(review, dt.date) else None, _wanted(reading, facts, profile, unchanged))


def _wanted(
    reading: Reading, facts: ClientFacts, profile: ClientProfile, unchanged: str
) -> tuple[NewRequirement, ...] | None:
    """The requirements that are wanted; None where they stay, also where a pack that they name has ended."""
    policy: Policy = policies.in_force(reading.work)
    today = roster_rows.today(reading.work, policy.agency.zone)
    grant = system_grant(Purpose.IMPORT)
    typed = facts.requirements.reveal(grant) if facts.requirements is not None else ""
    if typed.strip() and typed.strip() == unchanged:
        return None
    words = reading.words(
        "requirements", facts.requirements, lambda cell: read_requirements(cell, policy, today), "not_requirements"
    )
    return words if words is not None else of_program(policy, profile.program.reveal(grant), today)
