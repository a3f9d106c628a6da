"""Follow-ups with whom they are about and what was promised: the list in a modal, and one of them while it is changed.

Here: reading, each time with its event. Not here: what becomes of a follow-up (follow_ups).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from models.clients import Client
from models.follow_ups import FollowUp, FollowUpState, FollowUpText, ReferralOutcome
from models.forms import FormKind
from models.note_document import Matter
from privacy.grants import Grant
from privacy.keys import RecordKey
from privacy.phi import Phi
from services import access, audit, clients, days, workspaces
from services.clients import ClientLine
from services.decisions import Deed
from services.follow_ups import FOLLOW_UP, OwnerLine, outcome_of, owners, reachable
from services.forms import OpenForm, open_form
from services.refusals import FollowUpClosed, NotFound
from services.sheets import Sheet
from services.staff import Actor
from services.work import Work

A_PAGE = 10


@dataclass(frozen=True, slots=True)
class FollowUpLine:
    """An open follow-up as a list shows it. Of somebody who is not the owner's client any more it says neither who nor what."""

    ref: str
    client: ClientLine | None
    what: Phi[str]
    due_on: dt.date
    referral: bool = False


@dataclass(frozen=True, slots=True)
class FollowUpPage:
    """Ten open follow-ups, the first due first, out of so many. Pages are numbered from 0."""

    lines: tuple[FollowUpLine, ...]
    number: int
    count: int

    @property
    def has_next(self) -> bool:
        """Whether more come after these."""
        return (self.number + 1) * A_PAGE < self.count


@dataclass(frozen=True, slots=True)
class FollowUpSheet:
    """One follow-up while it is changed: whom it may be given to, and the next day on which something can be done."""

    line: FollowUpLine
    owners: tuple[OwnerLine, ...]
    next_business_day: dt.date
    grant: Grant


def mine(work: Work, actor: Actor, number: int = 0) -> tuple[FollowUpPage, Grant]:
    """A page of the actor's open follow-ups, those due first at the top, and the grant to show it.

    A page beyond the last is the last.
    Errors: SurfaceClosed.
    """
    workspaces.require_modal_surface(work)
    grant = audit.record(work, audit.Action.FOLLOW_UP_LIST, actor=actor.id, subject=None)
    count = work.session.scalar(select(func.count()).select_from(FollowUp).where(*_own(work, actor))) or 0
    number = max(0, min(number, (count - 1) // A_PAGE))
    query = select(FollowUp).where(*_own(work, actor)).order_by(FollowUp.due_on, FollowUp.id)
    rows = work.session.scalars(query.offset(number * A_PAGE).limit(A_PAGE)).all()
    return FollowUpPage(opened(work, actor, rows), number, count), grant


def due(work: Work, actor: Actor, limit: int) -> tuple[FollowUpLine, ...]:
    """The actor's first follow-ups that are due today or before; the caller records the reading."""
    query = select(FollowUp).where(*_own(work, actor), FollowUp.due_on <= actor.today(work.now))
    return opened(work, actor, work.session.scalars(query.order_by(FollowUp.due_on, FollowUp.id).limit(limit)).all())


def look(work: Work, actor: Actor, ref: str, state: FollowUpState = FollowUpState.OPEN) -> FollowUpSheet:
    """One follow-up of this state, with what is needed to change it, or to go on from it.

    Errors: SurfaceClosed, NotFound, FollowUpClosed.
    """
    workspaces.require_modal_surface(work)
    row = reachable(work, actor, ref)
    if row.state is not state:
        raise FollowUpClosed
    lines = opened(work, actor, [row])
    if not lines:
        raise NotFound
    grant = audit.record(work, audit.Action.FOLLOW_UP_READ, actor=actor.id, subject=(FOLLOW_UP, row.id))
    return FollowUpSheet(
        line=lines[0],
        owners=tuple(each for each in owners(work, actor, row.client_id) if each.id != row.owner_id),
        next_business_day=days.calendar(work, actor.zone).next_business_day(actor.today(work.now)),
        grant=grant,
    )


def write_note(work: Work, actor: Actor, ref: str) -> Sheet:
    """Open a form about the client of a follow-up. Which kind of contact it was, the form asks.

    Errors: SurfaceClosed; NotFound when the follow-up or its client is not the actor's.
    """
    row = reachable(work, actor, ref)
    client = access.client_by_id(work, actor, row.client_id, Deed.NOTE_WRITE)
    if client is None:
        raise NotFound
    # A service that was declined has to be answered in the note: 42 CFR 441.18(a)(7)(v).
    declined = outcome_of(work, row).referral is ReferralOutcome.DECLINED
    presets = {"record": (Matter.DECLINED.value,)} if declined else {}
    return open_form(work, actor, OpenForm(FormKind.COLLATERAL, client_ref=client.ref, presets=presets))


def opened(work: Work, actor: Actor, rows: Sequence[FollowUp]) -> tuple[FollowUpLine, ...]:
    """These follow-ups with whom they are about; those of clients who were shredded say nothing any more and are left out."""
    ids = {row.client_id for row in rows}
    keys = clients.keys_of(work, ids)
    query = access.clients(work, actor, Deed.FOLLOW_UP_CHANGE).where(Client.id.in_(ids))
    lines = {line.id: line for line in clients.lines_of(work, work.session.scalars(query).all())}
    return tuple(
        _line(work, row, keys[row.client_id], lines.get(row.client_id)) for row in rows if row.client_id in keys
    )


def _line(work: Work, row: FollowUp, key: RecordKey, client: ClientLine | None) -> FollowUpLine:
    if client is None:
        return FollowUpLine(row.ref, None, Phi(""), row.due_on)
    text = key.open(FollowUpText, row.text, work.cell(FOLLOW_UP, "text", row.id))
    return FollowUpLine(row.ref, client, text.what, row.due_on, text.referral)


def _own(work: Work, actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (
        FollowUp.workspace_id == work.workspace_id,
        FollowUp.owner_id == actor.id,
        FollowUp.state == FollowUpState.OPEN,
    )
