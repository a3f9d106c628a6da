"""Whether the roster changed since a plan was made: the trail knows, because every change has its event.

Here: the question, asked of the events that came since. Not here: plans (roster_plan).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from models.audit import AuditEvent, AuditHead
from services.events import Action, Outcome
from services.work import Work

_LOOKING: Final = frozenset({"export", "find", "list", "read", "search"})


def changes_of(*nouns: str, but: frozenset[Action] = frozenset()) -> frozenset[Action]:
    """The actions that change what these nouns name; those in `but` change nothing that the caller relies on."""
    found = {each for each in Action if each.value.partition(":")[0] in nouns}
    return frozenset(each for each in found - but if each.value.rpartition(":")[2] not in _LOOKING)


def last_event(work: Work) -> int:
    """The number of the trail's last event."""
    mine = AuditHead.workspace_id == work.workspace_id
    return work.session.scalar(select(AuditHead.seq).where(mine)) or 0


def has_moved(work: Work, since: int, changes: frozenset[Action], *, holding: bool = False) -> bool:
    """Whether any of these was done after this event.

    `holding` waits for whoever writes to the trail now, and keeps everybody from it until the transaction ends.
    """
    if holding:
        mine = AuditHead.workspace_id == work.workspace_id
        work.session.execute(select(AuditHead.seq).where(mine).with_for_update())
    done = (
        select(AuditEvent.seq)
        .where(AuditEvent.workspace_id == work.workspace_id, AuditEvent.seq > since)
        .where(AuditEvent.action.in_(sorted(changes)), AuditEvent.outcome == Outcome.OK)
    )
    return work.session.scalar(done.limit(1)) is not None
