"""The people known for a client: offered in forms, remembered when someone new is named."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from models.base import new_id, new_reference
from models.note_document import Participant
from models.people import Person, PersonProfile
from privacy.grants import Grant, Purpose, system_grant
from privacy.keys import RecordKey
from services import audit, clients
from services.clients import folded
from services.staff import Actor
from services.work import Work

PERSON = "person"
OFFERED_MOST = 90


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person as a form offers them."""

    id: uuid.UUID
    ref: str
    profile: PersonProfile

    def label(self, grant: Grant) -> str:
        """`Dana Reyes, Property manager`."""
        name, role = self.profile.name.reveal(grant), self.profile.role.reveal(grant)
        return f"{name}, {role}" if role else name


def known(work: Work, client_id: uuid.UUID, key: RecordKey) -> tuple[PersonLine, ...]:
    """The people known for a client, those of the last contacts first."""
    rows = work.session.scalars(
        select(Person)
        .where(Person.workspace_id == work.workspace_id, Person.client_id == client_id)
        .order_by(Person.last_used_at.desc().nulls_last(), Person.id)
        .limit(OFFERED_MOST)
    )
    opened = (
        PersonLine(
            row.id,
            row.ref,
            key.open(PersonProfile, row.profile, work.cell(PERSON, "profile", row.id, row.profile_version)),
        )
        for row in rows
    )
    return tuple(line for line in opened if not line.profile.ended)


def around(work: Work, client_ids: Sequence[uuid.UUID]) -> Iterator[tuple[uuid.UUID, PersonLine]]:
    """Everyone known for these clients, each with the client's id; whoever calls this has checked access."""
    keys = clients.keys_of(work, client_ids)
    rows = work.session.scalars(
        select(Person).where(Person.workspace_id == work.workspace_id, Person.client_id.in_(client_ids))
    )
    for row in rows:
        key = keys.get(row.client_id)
        if key is not None:
            cell = work.cell(PERSON, "profile", row.id, row.profile_version)
            yield row.client_id, PersonLine(row.id, row.ref, key.open(PersonProfile, row.profile, cell))


def touch(work: Work, people: Iterable[PersonLine]) -> None:
    """Remember that these people were in a contact just now, so that they are offered first next time."""
    ids = [person.id for person in people]
    rows = work.session.scalars(select(Person).where(Person.workspace_id == work.workspace_id, Person.id.in_(ids)))
    for row in rows:
        row.last_used_at = work.now


def remember(work: Work, actor: Actor, client_id: uuid.UUID, key: RecordKey, newcomers: Iterable[Participant]) -> None:
    """Keep the people who were typed, unless the client has someone of that name and title already."""
    grant = system_grant(Purpose.MATCH)
    have = {folded(person.label(grant)) for person in known(work, client_id, key)}
    for newcomer in newcomers:
        profile = PersonProfile(name=newcomer.name, role=newcomer.role)
        row_id = new_id()
        label = folded(PersonLine(row_id, "", profile).label(grant))
        if label in have:
            continue
        have.add(label)
        sealed = key.seal(profile, work.cell(PERSON, "profile", row_id))
        work.session.add(
            Person(
                workspace_id=work.workspace_id,
                id=row_id,
                ref=new_reference("P"),
                client_id=client_id,
                profile=sealed,
                last_used_at=work.now,
            )
        )
        audit.record(work, audit.Action.PERSON_ADD, actor=actor.id, subject=(PERSON, row_id), sealed=sealed)
