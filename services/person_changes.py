"""The people around a client by hand: adding, changing and ending one, with releases, under the rules of a people file."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass

from sqlalchemy import select

from models.base import new_id, new_reference
from models.people import Person, PersonProfile
from privacy.grants import Grant, Purpose, system_grant
from privacy.keys import RecordKey
from privacy.phi import Phi
from services import audit, clients, csv_cells
from services.by_hand import Reading
from services.client_rows import client_for, row_for
from services.clients import ClientLine
from services.decisions import Deed
from services.name_book import folded
from services.people import PERSON
from services.refusals import ChangedMeanwhile, FieldsRefused
from services.roster_people import release
from services.staff import Actor
from services.work import Work


@dataclass(frozen=True, slots=True)
class PersonAnswers:
    """What somebody typed and chose about a person around a client. The day is YYYY-MM-DD, as a form has it."""

    name: Phi[str]
    role: Phi[str]
    organisation: Phi[str] | None
    phone: Phi[str] | None
    email: Phi[str] | None
    release_until: str | None
    do_not_disclose: bool
    ended: bool = False


@dataclass(frozen=True, slots=True)
class PersonSheet:
    """A person as a form shows them, or the client of a new one. `mark` changes with every change to them."""

    client: ClientLine
    ref: str = ""
    mark: str = ""
    profile: PersonProfile | None = None


def begin(work: Work, actor: Actor, client_ref: str) -> tuple[PersonSheet, Grant]:
    """What the form for somebody new shows, and the grant to draw it.

    Errors: NotFound, Part2Closed.
    """
    client = client_for(work, actor, client_ref, Deed.PERSON_CHANGE)
    grant = audit.record(work, audit.Action.CLIENT_READ, actor=actor.id, subject=("client", client.id), rule="people")
    return PersonSheet(clients.line_of(work, client)), grant


def look(work: Work, actor: Actor, ref: str) -> tuple[PersonSheet, Grant]:
    """A person as a form shows them, and the grant to draw it.

    Errors: NotFound, Part2Closed.
    """
    row, client = row_for(work, actor, Person, ref, Deed.PERSON_CHANGE)
    grant = audit.record(work, audit.Action.CLIENT_READ, actor=actor.id, subject=("client", client.id), rule="people")
    profile = _profile(work, clients.key_of(work, client.id), row)
    return PersonSheet(clients.line_of(work, client), row.ref, mark_of(row), profile), grant


def add(work: Work, actor: Actor, client_ref: str, answers: PersonAnswers) -> None:
    """Add somebody around a client; who had ended under this name and role is there again. Twice is once.

    Errors: NotFound, Part2Closed; FieldsRefused.
    """
    client = client_for(work, actor, client_ref, Deed.PERSON_CHANGE)
    wanted = _read(work, answers)
    key = clients.key_of(work, client.id)
    there = _of_name(work, key, client.id, wanted)
    if there is None:
        _begin(work, actor, key, client.id, wanted)
        return
    old = _profile(work, key, there)
    if old.ended:
        _store(work, actor, key, there, wanted)
    elif key.fingerprint(old) != key.fingerprint(wanted):
        raise FieldsRefused({"name": "taken_person"})


def change(work: Work, actor: Actor, ref: str, mark: str, answers: PersonAnswers) -> None:
    """Change what is known of somebody around a client, or end it: forms offer them no more, notes that name them stay. The same again changes nothing.

    Errors: NotFound, Part2Closed; FieldsRefused; ChangedMeanwhile when they were changed since the form was drawn.
    """
    row, client = row_for(work, actor, Person, ref, Deed.PERSON_CHANGE)
    work.session.refresh(row, with_for_update=True)
    wanted = _read(work, answers)
    key = clients.key_of(work, client.id)
    old = _profile(work, key, row)
    if key.fingerprint(old) == key.fingerprint(wanted):
        return
    if mark_of(row) != mark or old.ended:
        raise ChangedMeanwhile
    other = _of_name(work, key, client.id, wanted)
    if other is not None and other.id != row.id:
        raise FieldsRefused({"name": "taken_person"})
    _store(work, actor, key, row, wanted)


def mark_of(row: Person) -> str:
    """What changes whenever anything that is known of the person does. It says nothing of them."""
    return hashlib.sha256(repr((row.id, row.profile_version)).encode()).hexdigest()[:16]


def _read(work: Work, answers: PersonAnswers) -> PersonProfile:
    reading = Reading(work)
    until = answers.release_until and reading.chosen("release_until", answers.release_until, release, "not_a_review")
    phones = reading.words("phone", answers.phone, csv_cells.phones, "not_phones")
    profile = PersonProfile(
        name=Phi(reading.need("name", answers.name, csv_cells.line, "line") or ""),
        role=Phi(reading.need("role", answers.role, csv_cells.line, "line") or ""),
        organisation=Phi(reading.words("organisation", answers.organisation, csv_cells.line, "line") or ""),
        phone=Phi("; ".join(phones or ())),
        email=Phi(reading.words("email", answers.email, csv_cells.email, "not_email") or ""),
        release_until=until if isinstance(until, dt.date) else None,
        do_not_disclose=answers.do_not_disclose,
        ended=answers.ended,
    )
    reading.require()
    return profile


def _of_name(work: Work, key: RecordKey, client_id: uuid.UUID, wanted: PersonProfile) -> Person | None:
    """The client's person of the same name and role, also one who has ended, but then last."""
    rows = work.session.scalars(
        select(Person)
        .where(Person.workspace_id == work.workspace_id, Person.client_id == client_id)
        .order_by(Person.id)
        .with_for_update()
    )
    same = [(_profile(work, key, row), row) for row in rows]
    same = [(profile, row) for profile, row in same if _whom(profile) == _whom(wanted)]
    return min(same, key=lambda each: each[0].ended)[1] if same else None


def _whom(profile: PersonProfile) -> tuple[str, str]:
    grant = system_grant(Purpose.IMPORT)
    return folded(profile.name.reveal(grant)), folded(profile.role.reveal(grant))


def _profile(work: Work, key: RecordKey, row: Person) -> PersonProfile:
    return key.open(PersonProfile, row.profile, work.cell(PERSON, "profile", row.id, row.profile_version))


def _begin(work: Work, actor: Actor, key: RecordKey, client_id: uuid.UUID, profile: PersonProfile) -> None:
    row_id = new_id()
    sealed = key.seal(profile, work.cell(PERSON, "profile", row_id))
    work.session.add(
        Person(
            workspace_id=work.workspace_id,
            id=row_id,
            ref=new_reference("P"),
            client_id=client_id,
            profile=sealed,
        )
    )
    audit.record(work, audit.Action.PERSON_CHANGE, actor=actor.id, subject=(PERSON, row_id), version=1, sealed=sealed)


def _store(work: Work, actor: Actor, key: RecordKey, row: Person, profile: PersonProfile) -> None:
    row.profile_version += 1
    row.profile = key.seal(profile, work.cell(PERSON, "profile", row.id, row.profile_version))
    audit.record(
        work,
        audit.Action.PERSON_CHANGE,
        actor=actor.id,
        subject=(PERSON, row.id),
        version=row.profile_version,
        sealed=row.profile,
        rule="end" if profile.ended else "",
    )
