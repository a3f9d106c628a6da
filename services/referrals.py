"""Referrals after their follow-up was done: one to which nobody came is followed up again, until it is known what became of it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from models.base import new_id, new_reference
from models.follow_ups import FollowUp, FollowUpState, FollowUpText, ReferralOutcome
from services import audit, clients, follow_ups
from services.follow_ups import FOLLOW_UP
from services.refusals import FollowUpClosed
from services.staff import Actor
from services.work import Work


def again(work: Work, actor: Actor, ref: str, due_on: dt.date) -> bool:
    """Open the follow-up that goes on from a referral to which nobody came; twice is once. Whether its note may be written.

    Errors: NotFound; FollowUpClosed for one that was closed otherwise.
    """
    row = follow_ups.reachable(work, actor, ref)
    follow_ups.require_client(work, actor, row)
    outcome = follow_ups.outcome_of(work, row)
    if row.state is not FollowUpState.DONE or outcome.referral is not ReferralOutcome.NOT_ATTENDED:
        raise FollowUpClosed
    goes_on = select(FollowUp.id).where(FollowUp.workspace_id == work.workspace_id, FollowUp.after_id == row.id)
    if work.session.scalar(goes_on) is None:
        _open_after(work, actor, row, due_on)
    return follow_ups.may_write(work, actor, row)


def _open_after(work: Work, actor: Actor, before: FollowUp, due_on: dt.date) -> None:
    """The same promise for another day, of the same owner; it came out of no note, so that no new version drops it."""
    row_id = new_id()
    text = FollowUpText(what=follow_ups.text_of(work, before).what, referral=True)
    sealed = clients.key_of(work, before.client_id).seal(text, work.cell(FOLLOW_UP, "text", row_id))
    work.session.add(
        FollowUp(
            workspace_id=work.workspace_id,
            id=row_id,
            ref=new_reference("F"),
            client_id=before.client_id,
            owner_id=before.owner_id,
            due_on=due_on,
            promised_on=due_on,
            text=sealed,
            created_at=work.now,
            after_id=before.id,
        )
    )
    audit.record(work, audit.Action.FOLLOW_UP_OPEN, actor=actor.id, subject=(FOLLOW_UP, row_id), sealed=sealed)
