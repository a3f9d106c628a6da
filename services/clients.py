"""Clients: their keys, who they are, and finding one in a caseload."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from models.clients import Client, ClientKey, ClientProfile
from models.contacts import Contact, ContactState
from models.workspaces import Labels
from privacy.grants import Grant, Purpose, system_grant
from privacy.keys import RecordKey
from privacy.phi import Phi
from services import access, directory, surfaces
from services.decisions import Deed
from services.name_book import folded
from services.refusals import NotFound
from services.staff import Actor
from services.work import Work

CLIENT = "client"
OFFERED_MOST = 25
# Clients that a search opens to compare them while the directory is still being read.
OPENED_MOST = 300


@dataclass(frozen=True, slots=True)
class ClientLine:
    """A client as a list or a form shows them."""

    id: uuid.UUID
    ref: str
    profile: ClientProfile
    plan_review_on: dt.date | None
    last_contact_at: dt.datetime | None
    labels: Labels = Labels.FULL

    def name(self, grant: Grant) -> str:
        """`Rivera, Ana`, with the preferred name where there is one: `Rivera, Ana (Annie)`."""
        return f"{self.profile.last_name.reveal(grant)}, {self._first_name(grant)}"

    def label(self, grant: Grant) -> str:
        """`Rivera, Ana · 4417` in a search list, or less of it, where the agency has decided so."""
        agency_id = self.profile.agency_id.reveal(grant)
        match self.labels:
            case Labels.FULL:
                return f"{self.name(grant)} · {agency_id}"
            case Labels.FIRST:
                return f"{self._first_name(grant)} · {agency_id}"
            case Labels.ID:
                return agency_id

    def searched(self, grant: Grant) -> str:
        """What a search is compared with: names and ID, however much of them the list shows."""
        return f"{self.name(grant)} · {self.profile.agency_id.reveal(grant)}"

    def _first_name(self, grant: Grant) -> str:
        first, preferred = (each.reveal(grant) for each in (self.profile.first_name, self.profile.preferred_name))
        return f"{first} ({preferred})" if preferred else first

    def line(self, grant: Grant, today: dt.date) -> str:
        """The line at the top of a form: who this is, and what is near."""
        parts = [self.name(grant), f"ID {self.profile.agency_id.reveal(grant)}"]
        if self.plan_review_on is not None:
            days = (self.plan_review_on - today).days
            parts.append(f"plan review in {_days(days)}" if days >= 0 else f"plan review {_days(-days)} overdue")
        if self.last_contact_at is not None:
            days = max(0, (today - self.last_contact_at.date()).days)
            parts.append(f"last contact {_days(days)} ago" if days else "last contact today")
        return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class Found:
    """What a client search offers: before a letter is typed, who is owed a note and who was written about last.

    `in_emergency` are those found by an open emergency alone, of which the trail is told.
    """

    owed: tuple[ClientLine, ...] = ()
    recent: tuple[ClientLine, ...] = ()
    others: tuple[ClientLine, ...] = ()
    candidates: tuple[ClientLine, ...] = ()
    in_emergency: frozenset[uuid.UUID] = frozenset()


def key_of(work: Work, client_id: uuid.UUID) -> RecordKey:
    """The client's newest key.

    Errors: NotFound when it was deleted, which is what shredding a client means.
    """
    row = work.session.scalar(
        select(ClientKey)
        .where(ClientKey.workspace_id == work.workspace_id, ClientKey.client_id == client_id)
        .order_by(ClientKey.version.desc())
        .limit(1)
    )
    if row is None:
        raise NotFound
    return work.keys.client_key(client_id, row.id, row.sealed)


def opened(work: Work, client: Client, key: RecordKey) -> ClientProfile:
    """Who this client is; whoever calls this has checked access."""
    return key.open(ClientProfile, client.profile, work.cell(CLIENT, "profile", client.id, client.profile_version))


def profile_by_id(work: Work, client_id: uuid.UUID) -> ClientProfile:
    """Who the client with this id is; whoever calls this has checked access."""
    query = select(Client).where(Client.workspace_id == work.workspace_id, Client.id == client_id)
    return line_of(work, work.session.scalars(query).one()).profile


def profiles_of(work: Work, client_ids: Collection[uuid.UUID]) -> list[ClientProfile]:
    """Who these clients are, to be compared; whoever was shredded is left out."""
    query = select(Client).where(Client.workspace_id == work.workspace_id, Client.id.in_(client_ids))
    return [line.profile for line in lines_of(work, work.session.scalars(query).all())]


def full_name(profile: ClientProfile) -> Phi[str]:
    """`Ana Rivera`, still wrapped."""
    grant = system_grant(Purpose.SEAL)
    return Phi(f"{profile.first_name.reveal(grant)} {profile.last_name.reveal(grant)}")


def line_of(work: Work, client: Client) -> ClientLine:
    """One client, opened.

    Errors: NotFound when their key was deleted.
    """
    lines = lines_of(work, [client])
    if not lines:
        raise NotFound
    return lines[0]


def keys_of(work: Work, client_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, RecordKey]:
    """The newest key of each of these clients; whoever was shredded is left out."""
    rows = work.session.scalars(
        select(ClientKey)
        .where(ClientKey.workspace_id == work.workspace_id, ClientKey.client_id.in_(client_ids))
        .order_by(ClientKey.version)
    )
    newest = {row.client_id: row for row in rows}
    return {client_id: work.keys.client_key(client_id, row.id, row.sealed) for client_id, row in newest.items()}


def lines_of(work: Work, clients: Sequence[Client]) -> list[ClientLine]:
    """These clients, opened, in their order; whoever was shredded is left out. Whoever calls this has checked access."""
    if not clients:
        return []
    ids = [client.id for client in clients]
    keys = keys_of(work, ids)
    newest = work.session.execute(
        select(Contact.client_id, func.max(Contact.ended_at))
        .where(Contact.workspace_id == work.workspace_id, Contact.client_id.in_(ids))
        .where(Contact.state == ContactState.NOTED)
        .group_by(Contact.client_id)
    )
    last = dict(newest.all())
    shown = surfaces.labels(work)
    lines: list[ClientLine] = []
    for client in clients:
        key = keys.get(client.id)
        if key is None:
            continue
        profile = opened(work, client, key)
        lines.append(ClientLine(client.id, client.ref, profile, client.plan_review_on, last.get(client.id), shown))
    return lines


def caseload(work: Work, actor: Actor) -> list[ClientLine]:
    """The actor's caseload, opened, by name."""
    return _by_name(lines_of(work, work.session.scalars(access.caseload(work, actor)).all()))


def beyond(work: Work, actor: Actor, deed: Deed, wanted: Sequence[str], own: Collection[uuid.UUID]) -> list[ClientLine]:
    """Who else of this name, beside these, the actor may do this to, opened, by name: supervised staff's, or in an emergency the one client.

    Found in the directory of names. Until that holds everybody, and where there is none, clients are opened and compared one by one:
    beside a directory no more than somebody would wait for.
    """
    found = directory.find(work, actor, wanted, deed, OFFERED_MOST, own)
    if directory.is_whole(work):
        return lines_of(work, found)
    there = {*own, *(each.id for each in found)}
    query = access.clients(work, actor, deed)
    rows = work.session.scalars(query if work.names is None else query.limit(OPENED_MOST)).all()
    lines = lines_of(work, [*found, *(each for each in rows if each.id not in there)])
    return _by_name(line for line in lines if _matches(line, wanted))[:OFFERED_MOST]


def reached(work: Work, actor: Actor, query: str, deed: Deed) -> list[ClientLine]:
    """Everybody of this name to whom the actor may do this, by name; without a query nobody."""
    wanted = folded(query).split()
    return beyond(work, actor, deed, wanted, own=()) if wanted else []


def search(work: Work, actor: Actor, query: str, deed: Deed, candidates: Collection[uuid.UUID] = ()) -> Found:
    """Who is meant, of those to whom the actor may do this: by the letters that a name's words or the ID begin with.

    The own caseload stands first. Without a query there is nobody else: the candidates, who is owed a note, then who was in
    contact last, then the others.
    """
    lines = caseload(work, actor)
    if query.strip():
        wanted = folded(query).split()
        own = [line for line in lines if _matches(line, wanted)]
        others = beyond(work, actor, deed, wanted, [line.id for line in lines]) if len(own) < OFFERED_MOST else ()
        offered = (*own, *others)[:OFFERED_MOST]
        return Found(others=offered, in_emergency=access.in_emergency(work, actor, [each.id for each in offered], deed))
    first = tuple(line for line in lines if line.id in candidates)
    lines = [line for line in lines if line not in first]
    owed_ids = set(
        work.session.scalars(
            select(Contact.client_id).where(
                Contact.workspace_id == work.workspace_id,
                Contact.staff_id == actor.id,
                Contact.state == ContactState.UNNOTED,
            )
        )
    )
    owed = tuple(line for line in lines if line.id in owed_ids)
    rest = [line for line in lines if line.id not in owed_ids]
    recent = sorted((line for line in rest if line.last_contact_at), key=_last_contact, reverse=True)[:5]
    others = tuple(line for line in rest if line not in recent)
    return Found(owed[:OFFERED_MOST], tuple(recent), others[:OFFERED_MOST], first[:OFFERED_MOST])


def _by_name(lines: Iterable[ClientLine]) -> list[ClientLine]:
    grant = system_grant(Purpose.MATCH)
    return sorted(lines, key=lambda line: folded(line.name(grant)))


def _matches(line: ClientLine, wanted: Sequence[str]) -> bool:
    grant = system_grant(Purpose.MATCH)
    have = folded(line.searched(grant)).split()
    return all(any(word.startswith(part) for word in have) for part in wanted)


def _last_contact(line: ClientLine) -> dt.datetime:
    return line.last_contact_at or dt.datetime.min.replace(tzinfo=dt.UTC)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
