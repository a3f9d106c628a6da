"""Contact requirements: which ones a client has, counting them anew, and who is due in a caseload.

Here: what is stored and read of them. Not here: the arithmetic (windows), the days in which a client is away (pauses), and how
a requirement is written in a file (requirement_words).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import Select, or_, select

from models.base import new_id, new_reference
from models.chunks import TOGETHER, chunks
from models.clients import Client
from models.contacts import Contact, ContactKind, ContactState
from models.requirements import Pause, PauseReason, RequiredContact, Requirement
from models.staff import Staff
from privacy.grants import Grant
from services import access, audit, clients, policies, windows, workspaces
from services.clients import ClientLine
from services.staff import Actor
from services.windows import DAY, Rhythm, Seen, Stop, Window, WindowState
from services.work import Work

Clients: TypeAlias = Select[uuid.UUID] | Sequence[uuid.UUID]

REQUIREMENT = "requirement"
SOON_DAYS = 7
# So many clients are counted in one go; SQLite takes no more than some thousands of values in a statement.
OWED = frozenset({WindowState.OPEN, WindowState.GRACE, WindowState.LAPSED})


@dataclass(frozen=True, slots=True)
class NewRequirement:
    """How often a client is to be seen, as a file or a pack says; two equal ones are the same requirement."""

    kind: RequiredContact
    every_days: int | None = None
    grace_days: int = 0
    home_every: int = 0
    pack: str | None = None
    from_on: dt.date | None = field(default=None, compare=False)
    until_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Away:
    """A pause that is not over: why the client is or will be away."""

    reason: PauseReason
    from_on: dt.date
    until_on: dt.date | None


@dataclass(frozen=True, slots=True)
class DueLine:
    """One requirement of one client, as the list in a modal shows it; `backup` where somebody else is reminded of them."""

    ref: str
    client: ClientLine
    kind: RequiredContact
    home_due: bool
    window: Window
    away: Away | None = None
    backup: bool = False


@dataclass(frozen=True, slots=True)
class WindowCounts:
    """How those stand of whom somebody is reminded, without names. Units: the days are those until the first closes and the first grace ends.

    `closing` counts windows that close within seven days, `closing_at_home` those of them that need a visit at home. A contact
    that is owed once in a calendar month is none of them: `silent_this_month` counts those whose month ends within seven days.
    """

    closing: int = 0
    closing_at_home: int = 0
    first_closes_in: int | None = None
    in_grace: int = 0
    grace_days_left: int | None = None
    lapsed: int = 0
    silent_this_month: int = 0


def recount(work: Work, client_id: uuid.UUID) -> None:
    """Count a client's windows anew from the noted contacts, and keep the day of the newest contact."""
    recount_all(work, [client_id])


def recount_all(work: Work, client_ids: Collection[uuid.UUID]) -> None:
    """The same for many clients, a few statements for hundreds of them."""
    work.session.flush()
    for some in chunks(sorted(client_ids), TOGETHER):
        _recount_some(work, some)


@audit.unaudited("a month that has passed is followed by the next; nobody did anything")
def roll_over(work: Work) -> None:
    """Let every window of a calendar month that is over become that of the month that runs."""
    today = _agency_day(work)
    passed = (
        Requirement.workspace_id == work.workspace_id,
        Requirement.every_days.is_(None),
        Requirement.closes_on < today,
    )
    rows = work.session.scalars(select(Requirement).where(*passed)).all()
    pauses = pauses_of(work, select(Requirement.client_id).where(*passed))
    for row in rows:
        row.closes_on = window_of(row, pauses[row.client_id], today).closes_on


def due(work: Work, actor: Actor) -> tuple[list[DueLine], Grant]:
    """The actor's caseload by what lapses first, whoever is away last, and the grant to show it.

    Errors: SurfaceClosed.
    """
    workspaces.require_modal_surface(work)
    grant = audit.record(work, audit.Action.REQUIREMENT_LIST, actor=actor.id, subject=None)
    today = actor.today(work.now)
    lines = {line.id: line for line in clients.caseload(work, actor)}
    place = {client_id: position for position, client_id in enumerate(lines)}
    rows = [row for row in _requirements(work, _caseload(work, actor)) if row.client_id in lines]
    pauses = pauses_of(work, _caseload(work, actor))
    own = set(work.session.scalars(access.charges(work, actor)))
    found = [
        DueLine(
            *(row.ref, lines[row.client_id], row.kind, row.home_due, window),
            away=_away(pauses[row.client_id], today),
            backup=row.client_id not in own,
        )
        for row in sorted(rows, key=lambda row: (place[row.client_id], row.every_days or 0, row.ref))
        for window in [window_of(row, pauses[row.client_id], today)]
        if _shown(window)
    ]
    return sorted(found, key=_urgency), grant


def of_client(work: Work, line: ClientLine, today: dt.date) -> tuple[DueLine, ...]:
    """One client's windows by what lapses first; whoever calls this has checked access and records the reading."""
    pauses = pauses_of(work, [line.id])[line.id]
    found = [
        DueLine(row.ref, line, row.kind, row.home_due, window, _away(pauses, today))
        for row in _requirements(work, [line.id])
        for window in [window_of(row, pauses, today)]
        if _shown(window)
    ]
    return tuple(sorted(found, key=_urgency))


def counts(work: Work, actor: Actor) -> WindowCounts:
    """How those stand today of whom the actor is reminded. Nobody's name is opened for it."""
    today = actor.today(work.now)
    own = access.charges(work, actor)
    pauses = pauses_of(work, own)
    looked = [(row, window_of(row, pauses[row.client_id], today)) for row in _requirements(work, own)]
    windows_only = [(row.home_due, each) for row, each in looked if row.every_days is not None]
    months = [each for row, each in looked if row.every_days is None]
    soon = _closing_soon(windows_only, today)
    in_grace = [each for _, each in windows_only if each.state is WindowState.GRACE]
    left = [(each.grace_ends_on - today).days for each in in_grace if each.grace_ends_on is not None]
    return WindowCounts(
        closing=len(soon),
        closing_at_home=sum(home_due for home_due, _ in soon),
        first_closes_in=min((days for _, days in soon), default=None),
        in_grace=len(in_grace),
        grace_days_left=min(left, default=None),
        lapsed=sum(each.state is WindowState.LAPSED for _, each in windows_only),
        silent_this_month=len(_closing_soon([(False, each) for each in months], today)),
    )


def _closing_soon(looked: Iterable[tuple[bool, Window]], today: dt.date) -> list[tuple[bool, int]]:
    """Those that are open and close within seven days: whether at home, and in how many days."""
    closing = [
        (home_due, (each.closes_on - today).days)
        for home_due, each in looked
        if each.state is WindowState.OPEN and each.closes_on is not None
    ]
    return [(home_due, days) for home_due, days in closing if days <= SOON_DAYS]


def set_for_clients(
    work: Work, wanted: Mapping[uuid.UUID, Sequence[NewRequirement]], actor: uuid.UUID | None = None
) -> None:
    """Let each of these clients have these requirements from today on, and no others; one that stays keeps its days."""
    today = _agency_day(work)
    ids = sorted(wanted)
    stored = [row for some in chunks(ids, TOGETHER) for row in _requirements(work, some)]
    missing = {client_id: list(facts) for client_id, facts in wanted.items()}
    for row in stored:
        facts = facts_of(row)
        if facts in missing[row.client_id]:
            missing[row.client_id].remove(facts)
        elif row.until_on is None or row.until_on >= today:
            row.until_on = today - DAY
            audit.record(work, audit.Action.REQUIREMENT_END, actor=actor, subject=(REQUIREMENT, row.id))
    for client_id in ids:
        for new in missing[client_id]:
            row_id = _begin(work, client_id, new, today)
            audit.record(work, audit.Action.REQUIREMENT_BEGIN, actor=actor, subject=(REQUIREMENT, row_id))
    recount_all(work, ids)


def standing(work: Work) -> Sequence[Requirement]:
    """Every requirement of the workspace that has not ended."""
    return work.session.scalars(_not_ended(work)).all()


def standing_of(work: Work, client_id: uuid.UUID) -> tuple[NewRequirement, ...]:
    """A client's requirements that have not ended, as a file or a pack would say them."""
    return tuple(map(facts_of, work.session.scalars(_not_ended(work).where(Requirement.client_id == client_id))))


def _not_ended(work: Work) -> Select[Requirement]:
    today = _agency_day(work)
    return (
        select(Requirement)
        .where(Requirement.workspace_id == work.workspace_id)
        .where(or_(Requirement.until_on.is_(None), Requirement.until_on >= today))
        .order_by(Requirement.id)
    )


def facts_of(row: Requirement) -> NewRequirement:
    """A stored requirement as a file or a pack would say it."""
    return NewRequirement(row.kind, row.every_days, row.grace_days, row.home_every, row.pack, row.from_on, row.until_on)


def pauses_of(work: Work, clients: Clients) -> defaultdict[uuid.UUID, list[Pause]]:
    """The pauses of these clients, by client, the earliest first."""
    found: defaultdict[uuid.UUID, list[Pause]] = defaultdict(list)
    for some in [clients] if isinstance(clients, Select) else chunks(clients, TOGETHER):
        query = select(Pause).where(Pause.workspace_id == work.workspace_id, Pause.client_id.in_(some))
        for row in work.session.scalars(query.order_by(Pause.from_on, Pause.id)):
            found[row.client_id].append(row)
    return found


def window_of(row: Requirement, pauses: Iterable[Pause], today: dt.date) -> Window:
    """How the window of a requirement stands on this day."""
    return windows.look(_rhythm(row), row.closes_on, map(_stop, pauses), today)


def is_over(row: Pause, today: dt.date) -> bool:
    """Whether a pause has no day from today on."""
    return row.until_on is not None and (row.until_on < today or row.until_on < row.from_on)


def _begin(work: Work, client_id: uuid.UUID, facts: NewRequirement, today: dt.date) -> uuid.UUID:
    row_id = new_id()
    work.session.add(
        Requirement(
            workspace_id=work.workspace_id,
            id=row_id,
            ref=new_reference("Q"),
            client_id=client_id,
            kind=facts.kind,
            every_days=facts.every_days,
            grace_days=facts.grace_days,
            home_every=facts.home_every,
            pack=facts.pack,
            from_on=max(today, facts.from_on or today),
            until_on=facts.until_on,
        )
    )
    return row_id


def _recount_some(work: Work, ids: Sequence[uuid.UUID]) -> None:
    # Locked before the contacts are read: of two notes signed at once, the second counts the first one too.
    clients = work.session.scalars(
        select(Client)
        .where(Client.workspace_id == work.workspace_id, Client.id.in_(ids))
        .order_by(Client.id)
        .with_for_update(key_share=True)
    ).all()
    seen = _seen(work, clients)
    for client in clients:
        client.last_contact_on = max((each.on for each in seen[client.id]), default=None)
    rows = _requirements(work, ids)
    if rows:
        _count(work, rows, seen, pauses_of(work, ids))
    work.session.flush()


def _count(
    work: Work,
    rows: Iterable[Requirement],
    seen: Mapping[uuid.UUID, Sequence[Seen]],
    pauses: Mapping[uuid.UUID, Sequence[Pause]],
) -> None:
    today = _agency_day(work)
    for row in rows:
        away = pauses.get(row.client_id, ())
        counted = windows.count(_rhythm(row), seen.get(row.client_id, ()), map(_stop, away))
        row.anchor_on, row.closes_on, row.home_due = counted.anchor_on, counted.closes_on, counted.home_due
        window = window_of(row, away, today)
        row.closes_on = None if window.state is WindowState.ENDED else window.closes_on


def _seen(work: Work, rows: Sequence[Client]) -> defaultdict[uuid.UUID, list[Seen]]:
    """The noted contacts of these clients, each on the day that it was for the staff member, and what was known before Noted."""
    found: defaultdict[uuid.UUID, list[Seen]] = defaultdict(list)
    for client in rows:
        known = found[client.id]
        if client.before_contact_on is not None:
            known.append(Seen(client.before_contact_on, face_to_face=False))
        if client.before_visit_on is not None:
            known.append(Seen(client.before_visit_on, face_to_face=True))
        if client.before_home_visit_on is not None:
            known.append(Seen(client.before_home_visit_on, face_to_face=True, at_home=True))
    noted = (
        select(Contact.client_id, Contact.kind, Contact.in_home, Contact.ended_at, Staff.time_zone)
        .join(Staff, (Staff.workspace_id == Contact.workspace_id) & (Staff.id == Contact.staff_id))
        .where(Contact.workspace_id == work.workspace_id, Contact.state == ContactState.NOTED)
        .where(Contact.client_id.in_([client.id for client in rows]))
    )
    for client_id, kind, in_home, ended_at, zone in work.session.execute(noted):
        if client_id is not None:
            day = ended_at.astimezone(ZoneInfo(zone)).date()
            face_to_face = kind is ContactKind.FACE_TO_FACE
            found[client_id].append(Seen(day, face_to_face, at_home=face_to_face and in_home is True))
    return found


def _requirements(work: Work, clients: Clients) -> Sequence[Requirement]:
    return work.session.scalars(
        select(Requirement)
        .where(Requirement.workspace_id == work.workspace_id, Requirement.client_id.in_(clients))
        .order_by(Requirement.id)
    ).all()


def _caseload(work: Work, actor: Actor) -> Select[uuid.UUID]:
    return access.caseload(work, actor).with_only_columns(Client.id).order_by(None)


def _rhythm(row: Requirement) -> Rhythm:
    return Rhythm(row.kind, row.every_days, row.grace_days, row.home_every, row.from_on, row.until_on)


def _stop(row: Pause) -> Stop:
    return Stop(row.from_on, row.until_on)


def _away(pauses: Iterable[Pause], today: dt.date) -> Away | None:
    """The first pause that is not over."""
    return next((Away(row.reason, row.from_on, row.until_on) for row in pauses if not is_over(row, today)), None)


def _shown(window: Window) -> bool:
    return window.state is WindowState.PAUSED or (window.state in OWED and window.closes_on is not None)


def _urgency(line: DueLine) -> tuple[bool, dt.date, dt.date]:
    """What lapses first stands first; whoever is away stands last."""
    window = line.window
    return (
        window.state is WindowState.PAUSED,
        window.grace_ends_on or dt.date.max,
        window.closes_on or dt.date.max,
    )


def _agency_day(work: Work) -> dt.date:
    return work.now.astimezone(ZoneInfo(policies.in_force(work).agency.zone)).date()
