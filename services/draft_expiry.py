"""How long a draft is kept: nobody's words go before a message of theirs has said so, some days earlier.

Here: the day on which a draft is put away, and putting it away. Not here: the reminder that warns of it (open_items, letters), and
putting one away by hand (drafts).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select

from models.deliveries import Delivery, DeliveryState
from models.forms import FormKind, FormRow
from models.occurrences import Occurrence
from models.policy import Policy, RuleName
from models.staff import Staff, StaffState
from services import audit, policies
from services.form_rows import FORM, WRITABLE, forget
from services.work import Work

# Forms of two or three choices: whoever closes one begins anew sooner than they find it in a list.
MOMENTARY: Final = (FormKind.LATER, FormKind.PLAN)
# So many days lie between the message that warned and the day on which the words go, however late it came.
WARNED_DAYS: Final = 3
# So many are put away in one transaction; the next tick goes on.
TOGETHER: Final = 100
_DAY: Final = dt.timedelta(1)


def expires_on(policy: Policy, saved_at: dt.datetime, zone: ZoneInfo) -> dt.date:
    """The day on which a draft that nobody touches has been kept for long enough."""
    return saved_at.astimezone(zone).date() + policy.deadlines.draft_kept.amount * _DAY


def ends_on(expires: dt.date, warned_at: dt.datetime | None, now: dt.datetime, zone: ZoneInfo) -> dt.date:
    """The day with which it is put away at the earliest: some days after its author was warned, or could be now."""
    return max(expires, (warned_at or now).astimezone(zone).date() + WARNED_DAYS * _DAY)


def is_draft() -> ColumnElement[bool]:
    """Whether a form is one that somebody saved and may go on with."""
    return FormRow.stage.in_(WRITABLE) & FormRow.kind.not_in(MOMENTARY) & FormRow.saved_at.is_not(None)


def warned(work: Work, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dt.datetime]:
    """Of which of these drafts their authors were surely warned since they were saved last, and when."""
    if not ids:
        return {}
    rows = work.session.execute(
        select(Occurrence.subject_id, func.min(Delivery.sent_at))
        .join(Delivery, (Delivery.workspace_id == Occurrence.workspace_id) & (Delivery.id == Occurrence.delivery_id))
        .join(FormRow, (FormRow.workspace_id == Occurrence.workspace_id) & (FormRow.id == Occurrence.subject_id))
        .where(
            Occurrence.workspace_id == work.workspace_id,
            Occurrence.rule == RuleName.DRAFT_EXPIRY,
            Occurrence.subject_id.in_(ids),
            Occurrence.receiver_id == FormRow.staff_id,
            # What may have been lost has warned nobody.
            Delivery.state == DeliveryState.SENT,
            Delivery.sent_at > FormRow.saved_at,
        )
        .group_by(Occurrence.subject_id)
    )
    return {subject_id: sent_at for subject_id, sent_at in rows if sent_at is not None}


def put_away(work: Work) -> None:
    """Put away the drafts that nobody touched for as long as the policy keeps them, and whose authors were warned. Their words go."""
    policy = policies.in_force(work)
    if not policy.rule(RuleName.DRAFT_EXPIRY).on:
        # Nobody would be warned.
        return
    old = work.now - (policy.deadlines.draft_kept.amount - 1) * _DAY
    rows = work.session.execute(
        select(FormRow, Staff.time_zone)
        .join(Staff, (Staff.workspace_id == FormRow.workspace_id) & (Staff.id == FormRow.staff_id))
        # Whoever left can be told nothing; their drafts stay sealed.
        .where(FormRow.workspace_id == work.workspace_id, is_draft(), Staff.state == StaffState.ACTIVE)
        .where(FormRow.saved_at <= old)
        .order_by(FormRow.saved_at)
        .with_for_update(of=FormRow)
    ).all()
    told = warned(work, [row.id for row, _ in rows])
    over = [row for row, zone in rows if row.id in told and _is_over(work, policy, row, told[row.id], ZoneInfo(zone))]
    for row in over[:TOGETHER]:
        forget(work, row)
        audit.record(work, audit.Action.FORM_EXPIRE, actor=None, subject=(FORM, row.id))


def _is_over(work: Work, policy: Policy, row: FormRow, warned_at: dt.datetime, zone: ZoneInfo) -> bool:
    if row.saved_at is None:
        return False
    ends = ends_on(expires_on(policy, row.saved_at, zone), warned_at, work.now, zone)
    return work.now.astimezone(zone).date() >= ends
