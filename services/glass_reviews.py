"""Reviews of emergencies: which are owed, what was read and signed under each, and what a privacy officer thought of it.

Here: the list, one emergency, and recording its review. Not here: opening and ending one (glass). Nobody reviews their own.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Select, or_, select

from models.audit import AuditEvent
from models.contacts import Contact
from models.glass import BreakGlass, GlassReason, GlassReview
from models.notes import Note
from models.staff import Staff
from privacy.grants import Grant
from privacy.phi import Phi
from services import access, audit, clients, staff, workspaces
from services.decisions import Deed, Relation, decide
from services.glass import GLASS
from services.refusals import ChangedMeanwhile, NotFound
from services.staff import Actor
from services.work import Work

REVIEW_WITHIN: Final = dt.timedelta(hours=72)
SHOWN_MOST: Final = 40
# A review that was done stays in the list for this long.
KEPT: Final = dt.timedelta(days=30)


class Kind(StrEnum):
    """What was done under an emergency."""

    FOUND = "found"
    READ = "read"
    SIGNED = "signed"
    ATTEMPTED = "attempted"
    KEPT = "kept"


_KINDS: Final[Mapping[str, Kind]] = {
    audit.Action.CLIENT_FIND.value: Kind.FOUND,
    audit.Action.CLIENT_READ.value: Kind.READ,
    audit.Action.CLIENT_SUMMARY.value: Kind.READ,
    audit.Action.NOTE_LIST.value: Kind.READ,
    audit.Action.NOTE_READ.value: Kind.READ,
    audit.Action.NOTE_SEARCH.value: Kind.READ,
    audit.Action.NOTE_SIGN.value: Kind.SIGNED,
    audit.Action.CONTACT_ATTEMPT.value: Kind.ATTEMPTED,
    audit.Action.CONTACT_KEEP.value: Kind.KEPT,
    audit.Action.CONTACT_PLAN.value: Kind.KEPT,
}


@dataclass(frozen=True, slots=True)
class Owed:
    """The reviews that one privacy officer owes. `late` counts those that have waited for longer than they may."""

    count: int
    late: int
    oldest: dt.timedelta


@dataclass(frozen=True, slots=True)
class GlassLine:
    """An emergency as the list shows it: who, and when. Units: `minutes` is how long it was open, or may yet be."""

    ref: str
    name: str
    opened_at: dt.datetime
    minutes: int
    is_open: bool
    is_late: bool
    reviewed_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class GlassSheet:
    """One emergency for its review. `reason` is None once the client was shredded."""

    line: GlassLine
    reason: Phi[str] | None
    done: Mapping[Kind, int]
    review: Phi[str] | None


def may_review(actor: Actor) -> bool:
    """Whether this person reviews emergencies."""
    return decide(access.asker(actor), Deed.GLASS_REVIEW).allowed


def owed(work: Work, actor: Actor) -> Owed:
    """The reviews that the actor owes, as counts."""
    unreviewed = BreakGlass.reviewed_at.is_(None)
    opened = work.session.scalars(_others(work, actor).with_only_columns(BreakGlass.opened_at).where(unreviewed)).all()
    ages = [work.now - each for each in opened]
    return Owed(len(ages), sum(age >= REVIEW_WITHIN for age in ages), max(ages, default=dt.timedelta()))


def listed(work: Work, actor: Actor) -> tuple[list[GlassLine], Grant]:
    """The emergencies of others: those without a review first, the oldest at the top, then those reviewed lately.

    Errors: SurfaceClosed; NotFound for whoever reviews none.
    """
    workspaces.require_modal_surface(work)
    access.require(work, actor, Deed.GLASS_REVIEW)
    grant = audit.record(work, audit.Action.GLASS_LIST, actor=actor.id, subject=None)
    lately = or_(BreakGlass.reviewed_at.is_(None), BreakGlass.reviewed_at > work.now - KEPT)
    query = _others(work, actor).where(lately).limit(SHOWN_MOST)
    rows = work.session.scalars(
        query.order_by(BreakGlass.reviewed_at.is_not(None), BreakGlass.opened_at, BreakGlass.id)
    ).all()
    return [_line(work, row, _breaker(work, row)) for row in rows], grant


def look(work: Work, actor: Actor, ref: str) -> tuple[GlassSheet, Grant]:
    """One emergency of somebody else's, with its reason and what was done under it, and the grant to show it.

    Errors: SurfaceClosed; NotFound, also for one's own.
    """
    workspaces.require_modal_surface(work)
    row, breaker = _reviewable(work, actor, ref)
    grant = audit.record(work, audit.Action.GLASS_READ, actor=actor.id, subject=(GLASS, row.id))
    return GlassSheet(_line(work, row, breaker), _reason(work, row), _done(work, row), _review(work, row)), grant


def review(work: Work, actor: Actor, ref: str, words: Phi[str]) -> None:
    """Record what the actor thinks of an emergency that is over. The same again is recorded once.

    Errors: SurfaceClosed; NotFound, also for one's own and one that is open; ChangedMeanwhile when somebody reviewed it before.
    """
    workspaces.require_modal_surface(work)
    row, _ = _reviewable(work, actor, ref)
    work.session.refresh(row, with_for_update=True)
    if _is_open(work, row):
        raise NotFound
    house, document, before = work.keys.house_key, GlassReview(words=words), _review(work, row)
    if before is not None:
        if row.reviewed_by != actor.id or house.fingerprint(GlassReview(words=before)) != house.fingerprint(document):
            raise ChangedMeanwhile
        return
    row.review = house.seal(document, work.cell(GLASS, "review", row.id))
    row.reviewed_at, row.reviewed_by = work.now, actor.id
    audit.record(work, audit.Action.GLASS_REVIEW, actor=actor.id, subject=(GLASS, row.id), sealed=row.review)


def _others(work: Work, actor: Actor) -> Select[BreakGlass]:
    """Everybody's emergencies but the actor's own."""
    return select(BreakGlass).where(BreakGlass.workspace_id == work.workspace_id, BreakGlass.staff_id != actor.id)


def _reviewable(work: Work, actor: Actor, ref: str) -> tuple[BreakGlass, Staff]:
    found = work.session.execute(
        select(BreakGlass, Staff)
        .join(Staff, (Staff.workspace_id == BreakGlass.workspace_id) & (Staff.id == BreakGlass.staff_id))
        .where(BreakGlass.workspace_id == work.workspace_id, BreakGlass.ref == ref)
    ).one_or_none()
    if found is None:
        raise NotFound
    row, breaker = found
    access.require(work, actor, Deed.GLASS_REVIEW, access.relations_to_staff(actor, breaker))
    return row, breaker


def _breaker(work: Work, row: BreakGlass) -> Staff:
    return work.session.get_one(Staff, (work.workspace_id, row.staff_id))


def _is_open(work: Work, row: BreakGlass) -> bool:
    return row.closed_at is None and row.ends_at > work.now


def _line(work: Work, row: BreakGlass, breaker: Staff) -> GlassLine:
    until = row.closed_at or row.ends_at
    return GlassLine(
        ref=row.ref,
        name=staff.profile_of(work, breaker).name,
        opened_at=row.opened_at,
        minutes=int((until - row.opened_at).total_seconds() // 60),
        is_open=_is_open(work, row),
        is_late=row.reviewed_at is None and work.now - row.opened_at >= REVIEW_WITHIN,
        reviewed_at=row.reviewed_at,
    )


def _reason(work: Work, row: BreakGlass) -> Phi[str] | None:
    """Why, sealed under the client's key; None once that is gone."""
    try:
        key = clients.key_of(work, row.client_id)
    except NotFound:
        return None
    return key.open(GlassReason, row.reason, work.cell(GLASS, "reason", row.id)).words


def _review(work: Work, row: BreakGlass) -> Phi[str] | None:
    """What the privacy officer thought of it, if anybody has yet."""
    if row.review is None:
        return None
    return work.keys.house_key.open(GlassReview, row.review, work.cell(GLASS, "review", row.id)).words


def _done(work: Work, row: BreakGlass) -> Mapping[Kind, int]:
    """What the trail says was done to this client by this emergency: events of its person and time that carry its word."""
    of_client = [
        select(table.id).where(table.workspace_id == work.workspace_id, table.client_id == row.client_id)
        for table in (Note, Contact)
    ]
    actions = work.session.scalars(
        select(AuditEvent.action).where(
            AuditEvent.workspace_id == work.workspace_id,
            or_(AuditEvent.object_id == row.client_id, *(AuditEvent.object_id.in_(each) for each in of_client)),
            AuditEvent.actor_id == row.staff_id,
            AuditEvent.rule == Relation.EMERGENCY.value,
            AuditEvent.at.between(row.opened_at, row.closed_at or row.ends_at),
        )
    )
    return Counter(_KINDS[action] for action in actions if action in _KINDS)
