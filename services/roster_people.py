"""people.csv: from rows to the people around clients.

Here: the file's columns, what each row means beside what is stored, and storing it. Not here: reading files (csv_files),
cells (csv_cells), people who are typed into a note (people). People who are not in the file stay as they are. No sentence
made here repeats a cell.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select, update

from models import bulk
from models.base import new_id, new_reference
from models.people import Person, PersonProfile
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from privacy.sealed import Sealed
from services import audit, csv_cells
from services.clients import folded
from services.csv_cells import RowReading
from services.csv_files import Column, Layout, Sheet, read
from services.people import PERSON
from services.roster_known import KeyedClient, client_of_row, keyed_clients
from services.roster_marks import changes_of
from services.roster_plan import Draft, Report, RosterFile, Step, Watch, bring_in
from services.work import Work

LAYOUT: Final = Layout(
    "people",
    (
        Column("client_id", ("agency id", "record number", "case number", "mrn"), required=True),
        Column("name", ("full name", "contact", "contact name"), required=True),
        Column("role", ("relationship", "relationship role", "title"), required=True),
        Column("organisation", ("organization", "agency", "company")),
        Column("phone", ("phone number", "telephone", "mobile", "phones")),
        Column("email", ("e mail", "email address")),
        Column("release_until", ("release expires", "roi expires", "release", "roi until"), day=True),
        Column("do_not_disclose", ("dnd", "do not contact")),
    ),
)

_RELEASES: Final = (dt.date(2000, 1, 1), dt.date(2100, 1, 1))


@dataclass(frozen=True, slots=True)
class SealedPerson:
    """A person's row as it will be, new or over the old one."""

    id: uuid.UUID
    client_id: uuid.UUID
    profile: Sealed
    version: int


@dataclass(slots=True)
class PeopleSteps:
    """What a file of people changes."""

    new: list[SealedPerson] = field(default_factory=list[SealedPerson])
    changed: list[SealedPerson] = field(default_factory=list[SealedPerson])


@dataclass(frozen=True, slots=True)
class _KnownPerson:
    id: uuid.UUID
    profile: Sealed
    version: int


@dataclass(frozen=True, slots=True)
class _Known:
    """All clients by the index of their ID, and the people known for them."""

    clients: Mapping[bytes, KeyedClient | None]
    people: Mapping[uuid.UUID, Sequence[_KnownPerson]]


_Whom = tuple[uuid.UUID, str, str]


@dataclass(slots=True)
class _Planning:
    """What the rows have in common while the plan is made."""

    work: Work
    known: _Known
    draft: Draft
    steps: PeopleSteps = field(default_factory=PeopleSteps)
    rows: dict[_Whom, int] = field(default_factory=dict[_Whom, int], repr=False)
    opened: dict[uuid.UUID, dict[_Whom, tuple[_KnownPerson, PersonProfile]]] = field(
        default_factory=dict[uuid.UUID, dict[_Whom, tuple[_KnownPerson, PersonProfile]]], repr=False
    )


def read_people(data: bytes) -> Sheet:
    """The rows of a people.csv."""
    return read(data, LAYOUT)


def import_people(work: Work, sheet: Sheet, *, dry_run: bool, actor: uuid.UUID | None = None) -> Report:
    """Plan and, unless it is a dry run or there are problems, store in the same transaction."""
    return bring_in(work, PEOPLE_FILE, sheet, dry_run=dry_run, actor=actor)


def _make(work: Work, known: _Known, draft: Draft) -> PeopleSteps:
    """A person is the same when client, name and role are."""
    planning = _Planning(work, known, draft)
    for row in draft.rows():
        cells = row.cells.reveal(system_grant(Purpose.IMPORT))
        _read(planning, RowReading(row.number, cells, draft.problems))
    return planning.steps


def _keep(work: Work, steps: PeopleSteps, actor: uuid.UUID | None, watch: Watch) -> None:
    total = len(steps.new) + len(steps.changed)
    watch(Step.STORE, 0, total)
    bulk.insert(work.session, Person, [_new_row(work, each) for each in steps.new])
    if steps.changed:
        work.session.execute(update(Person), [_changed_row(work, each) for each in steps.changed])
        # Such an update passes by the objects that the session holds already.
        work.session.expire_all()
    for each in (*steps.new, *steps.changed):
        audit.record(
            work,
            audit.Action.PERSON_IMPORT,
            actor=actor,
            subject=(PERSON, each.id),
            version=each.version,
            sealed=each.profile,
        )
    watch(Step.STORE, total, total)


def _look(work: Work) -> _Known:
    people: dict[uuid.UUID, list[_KnownPerson]] = {}
    for row in work.session.execute(
        select(Person.client_id, Person.id, Person.profile, Person.profile_version)
        .where(Person.workspace_id == work.workspace_id)
        .order_by(Person.id)
    ):
        people.setdefault(row.client_id, []).append(_KnownPerson(row.id, row.profile, row.profile_version))
    return _Known(keyed_clients(work), people)


PEOPLE_FILE: Final = RosterFile(LAYOUT, changes_of("client", "person"), _look, _make, _keep)


def _new_row(work: Work, person: SealedPerson) -> dict[str, object]:
    return {
        **_changed_row(work, person),
        "ref": new_reference("P"),
        "client_id": person.client_id,
        "last_used_at": None,
    }


def _changed_row(work: Work, person: SealedPerson) -> dict[str, object]:
    return {
        "workspace_id": work.workspace_id,
        "id": person.id,
        "profile": person.profile,
        "profile_version": person.version,
    }


def _read(planning: _Planning, reading: RowReading) -> None:
    client = client_of_row(planning.work, reading, planning.known.clients)
    name, role = reading.need("name", csv_cells.line), reading.need("role", csv_cells.line)
    given = _given(reading)
    if client is None or name is None or role is None:
        return
    whom = (client.id, folded(name), folded(role))
    if planning.rows.setdefault(whom, reading.number) != reading.number:
        reading.refuse("name", "Another row above has the same client, name and role. Keep one of the two.")
    if reading.refused:
        return
    stored = _opened(planning, client).get(whom)
    if stored is None:
        profile = PersonProfile.model_validate({"name": Phi(name), "role": Phi(role), **given})
        planning.steps.new.append(_sealed(planning.work, client, new_id(), profile, 1))
        planning.draft.tell(reading.number, None)
        return
    known, old = stored
    # The stored spelling of name and role stays: a change of case alone is none.
    profile = old.model_copy(update=given)
    columns = _differences(old, profile)
    if columns:
        sealed = _sealed(planning.work, client, known.id, profile, known.version + 1)
        planning.steps.changed.append(sealed)
    planning.draft.tell(reading.number, columns)


def _given(reading: RowReading) -> dict[str, object]:
    """The values of the columns that the file has, by the names of the profile's fields."""
    phones = reading.get("phone", csv_cells.phones)
    values: dict[str, object] = {
        "organisation": Phi(reading.get("organisation", csv_cells.line) or ""),
        "phone": Phi("; ".join(phones or ())),
        "email": Phi(reading.get("email", csv_cells.email) or ""),
        "release_until": reading.get("release_until", release),
        "do_not_disclose": reading.get("do_not_disclose", csv_cells.yes_no) or False,
    }
    return {name: value for name, value in values.items() if reading.has(name)}


def release(cell: str) -> dt.date:
    """The last day of a release."""
    until = csv_cells.day(cell)
    if not _RELEASES[0] <= until < _RELEASES[1]:
        raise csv_cells.UnreadableError("This day is not between 2000 and 2099.")
    return until


def _differences(old: PersonProfile, new: PersonProfile) -> tuple[str, ...]:
    before, after = _clear(old), _clear(new)
    return tuple(column for column in before if before[column] != after[column])


def _clear(profile: PersonProfile) -> dict[str, object]:
    grant = system_grant(Purpose.IMPORT)
    return {
        "organisation": profile.organisation.reveal(grant),
        "phone": profile.phone.reveal(grant),
        "email": profile.email.reveal(grant),
        "release_until": profile.release_until,
        "do_not_disclose": profile.do_not_disclose,
    }


def _sealed(work: Work, client: KeyedClient, row_id: uuid.UUID, profile: PersonProfile, version: int) -> SealedPerson:
    sealed = client.key(work).seal(profile, work.cell(PERSON, "profile", row_id, version))
    return SealedPerson(row_id, client.id, sealed, version)


def _opened(planning: _Planning, client: KeyedClient) -> dict[_Whom, tuple[_KnownPerson, PersonProfile]]:
    """The people known for a client, each opened once whatever the number of rows."""
    if client.id not in planning.opened:
        grant = system_grant(Purpose.IMPORT)
        found: dict[_Whom, tuple[_KnownPerson, PersonProfile]] = {}
        for each in planning.known.people.get(client.id, ()):
            cell = planning.work.cell(PERSON, "profile", each.id, each.version)
            profile = client.key(planning.work).open(PersonProfile, each.profile, cell)
            whom = (client.id, folded(profile.name.reveal(grant)), folded(profile.role.reveal(grant)))
            found.setdefault(whom, (each, profile))
        planning.opened[client.id] = found
    return planning.opened[client.id]
