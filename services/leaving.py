"""Somebody leaves: their access ends at once, and what they owed goes on to whoever can still do it.

Here: leaving, coming back, and what Slack's word on an account means for it. Not here: who is refused at a request (staff), and when
Slack is asked (desk.identity, reminders.sweep). docs/decisions/0013 says why a contact is given on and its note is not.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, update

from models.clients import Assignment, AssignmentKind
from models.contacts import Contact, ContactState
from models.follow_ups import FollowUp, FollowUpState
from models.staff import Role, Staff, StaffState
from services import access, audit, policies
from services.decisions import Deed
from services.refusals import NotFound
from services.staff import STAFF, Actor, SlackUser
from services.work import Work

# Slack is asked about everyone once in the agency's night, from this hour on, and about so many at each tick.
ASKED_FROM: Final = dt.time(2)
ASKED_MOST: Final = 50
# Whoever has the client as this comes before the next.
_RANKS: Final = (AssignmentKind.PRIMARY, AssignmentKind.BACKUP, AssignmentKind.COVERING)


@dataclass(frozen=True, slots=True)
class Handed:
    """What went on to somebody else, and what found nobody."""

    follow_ups: int = 0
    contacts: int = 0
    stuck: int = 0


@dataclass(frozen=True, slots=True)
class Heirs:
    """Who takes over what: by client, and whoever supervises, if anybody does."""

    by_client: Mapping[uuid.UUID, uuid.UUID]
    supervisor: uuid.UUID | None

    def of(self, client_id: uuid.UUID | None) -> uuid.UUID | None:
        """Whoever takes over what is about this client."""
        found = self.by_client.get(client_id) if client_id is not None else None
        return found or self.supervisor


def leave(work: Work, staff_id: uuid.UUID, actor_id: uuid.UUID | None = None, *, rule: str = "deactivated") -> Handed:
    """Let somebody leave; who has left already stays so.

    Their follow-ups and planned visits go to whoever else has the client, else to their supervisor; contacts that took place go to
    the supervisor, to be settled without a note. Drafts stay sealed with them, and their assignments stand until somebody else has
    the clients: their supervisor finds them by these.
    """
    row = _locked(work, staff_id)
    if row is None or row.state is not StaffState.ACTIVE:
        return Handed()
    row.state = StaffState.LEFT
    work.session.flush()
    audit.record(work, audit.Action.STAFF_LEAVE, actor=actor_id, subject=(STAFF, row.id), rule=rule)
    contacts = _contacts(work, row)
    promises = work.session.scalars(
        select(FollowUp).where(
            FollowUp.workspace_id == work.workspace_id,
            FollowUp.owner_id == row.id,
            FollowUp.state == FollowUpState.OPEN,
        )
    ).all()
    heirs = heirs_of(work, row, {each.client_id for each in (*contacts, *promises) if each.client_id is not None})
    moved = [give_contact(work, row, each, heirs, actor_id) for each in contacts]
    promised = [give_follow_up(work, each, heirs, actor_id) for each in promises]
    return Handed(sum(promised), sum(moved), len(moved) + len(promised) - sum(moved) - sum(promised))


def mark_left(work: Work, actor: Actor, ref: str) -> Handed:
    """Let somebody leave because the actor says so. Nobody says it of themselves, and of an admin only an admin.

    Errors: NotFound.
    """
    row = access.staff_by_ref(work, actor, ref, Deed.STAFF_CHANGE)
    if row.id == actor.id:
        raise NotFound
    if Role.ADMIN in row.role_set:
        access.require(work, actor, Deed.STAFF_ROLES, access.relations_to_staff(actor, row))
    return leave(work, row.id, actor.id, rule="by_hand")


def bring_back(work: Work, actor: Actor, ref: str, user: SlackUser | None) -> bool:
    """Let somebody who left work here again, if Slack does not say that their account is deactivated; whether they do.

    What was given on stays where it is.
    Errors: NotFound.
    """
    row = access.staff_by_ref(work, actor, ref, Deed.STAFF_CHANGE)
    access.require(work, actor, Deed.STAFF_ROLES, access.relations_to_staff(actor, row))
    if user is not None and user.deleted:
        return False
    if row.state is StaffState.LEFT:
        row.state = StaffState.ACTIVE
        row.asked_on = None
        audit.record(work, audit.Action.STAFF_RETURN, actor=actor.id, subject=(STAFF, row.id))
    return True


@audit.unaudited("most accounts are not those of staff, or are as they were")
def follow(work: Work, user: SlackUser) -> None:
    """Let whoever has this account leave, if Slack has deactivated it."""
    staff_id = work.session.scalar(
        select(Staff.id).where(Staff.workspace_id == work.workspace_id, Staff.slack_user_id == user.id)
    )
    if user.deleted and staff_id is not None:
        leave(work, staff_id)


def slack_id_of(work: Work, actor: Actor, ref: str) -> str | None:
    """The Slack account of a staff member whom the actor may change.

    Errors: NotFound.
    """
    return access.staff_by_ref(work, actor, ref, Deed.STAFF_CHANGE).slack_user_id


def to_ask(work: Work) -> Sequence[str]:
    """The accounts about which Slack is to be asked now: after two at night, those of staff not asked about that day."""
    night = _night(work)
    if night is None:
        return ()
    found = work.session.scalars(
        select(Staff.slack_user_id)
        .where(
            Staff.workspace_id == work.workspace_id,
            Staff.state == StaffState.ACTIVE,
            Staff.slack_user_id.is_not(None),
            or_(Staff.asked_on.is_(None), Staff.asked_on < night),
        )
        .order_by(Staff.id)
        .limit(ASKED_MOST)
    )
    return [each for each in found if each is not None]


@audit.unaudited("it is remembered that Slack was asked; whoever leaves because of the answer leaves an event")
def asked(work: Work, slack_ids: Sequence[str], gone: Iterable[SlackUser]) -> None:
    """Remember about whom Slack was asked, and let those leave whose accounts are deactivated."""
    night = _night(work)
    if night is not None and slack_ids:
        work.session.execute(
            update(Staff)
            .where(Staff.workspace_id == work.workspace_id, Staff.slack_user_id.in_(slack_ids))
            .values(asked_on=night)
        )
    for user in gone:
        follow(work, user)


def _night(work: Work) -> dt.date | None:
    """The agency's own day, once its night is far enough along."""
    local = work.now.astimezone(ZoneInfo(policies.in_force(work).agency.zone))
    return local.date() if local.time() >= ASKED_FROM else None


def _locked(work: Work, staff_id: uuid.UUID) -> Staff | None:
    return work.session.scalar(
        select(Staff).where(Staff.workspace_id == work.workspace_id, Staff.id == staff_id).with_for_update()
    )


def _contacts(work: Work, row: Staff) -> Sequence[Contact]:
    """What waits for this person's note, and the visits they plan."""
    return work.session.scalars(
        select(Contact)
        .where(
            Contact.workspace_id == work.workspace_id,
            Contact.staff_id == row.id,
            Contact.state.in_((ContactState.UNNOTED, ContactState.PLANNED)),
        )
        .order_by(Contact.id)
    ).all()


def heirs_of(work: Work, row: Staff, client_ids: Iterable[uuid.UUID]) -> Heirs:
    """Whoever works here and has one of these clients today, and the nearest supervisor who does."""
    today = work.now.astimezone(ZoneInfo(row.time_zone)).date()
    rows = work.session.execute(
        select(Assignment.client_id, Assignment.staff_id, Assignment.kind)
        .join(Staff, (Staff.workspace_id == Assignment.workspace_id) & (Staff.id == Assignment.staff_id))
        .where(
            Assignment.workspace_id == work.workspace_id,
            Assignment.client_id.in_(set(client_ids)),
            Assignment.from_on <= today,
            or_(Assignment.until_on.is_(None), Assignment.until_on >= today),
            Staff.state == StaffState.ACTIVE,
        )
        .order_by(Assignment.id)
    ).all()
    ranked = sorted(rows, key=lambda each: _RANKS.index(each.kind), reverse=True)
    return Heirs({each.client_id: each.staff_id for each in ranked}, _supervisor(work, row))


def _supervisor(work: Work, row: Staff) -> uuid.UUID | None:
    """The nearest one above who still works here."""
    seen: set[uuid.UUID] = {row.id}
    above = row.supervisor_id
    while above is not None and above not in seen:
        seen.add(above)
        found = work.session.get_one(Staff, (work.workspace_id, above))
        if found.state is StaffState.ACTIVE:
            return found.id
        above = found.supervisor_id
    return None


def give_contact(work: Work, row: Staff, contact: Contact, heirs: Heirs, actor_id: uuid.UUID | None) -> bool:
    """Give a contact on: a visit to come to the client's heir, one that took place to the supervisor; whether anybody has it now."""
    took_place = contact.state is ContactState.UNNOTED or contact.ended_at <= work.now
    heir = heirs.supervisor if took_place else heirs.of(contact.client_id)
    if heir is None:
        return False
    contact.staff_id = heir
    if took_place:
        # Whoever supervised somebody who left before has it only to settle it, too.
        contact.was_there_id = contact.was_there_id or row.id
    audit.record(work, audit.Action.CONTACT_INHERIT, actor=actor_id, subject=("contact", contact.id))
    return True


def give_follow_up(work: Work, row: FollowUp, heirs: Heirs, actor_id: uuid.UUID | None) -> bool:
    """Give a promise on; whether anybody has it now."""
    heir = heirs.of(row.client_id)
    if heir is None:
        return False
    row.owner_id = heir
    audit.record(work, audit.Action.FOLLOW_UP_INHERIT, actor=actor_id, subject=("follow_up", row.id))
    return True
