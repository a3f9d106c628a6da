"""Occurrences: what is owed to whom, written down once, whoever plans it and however often.

Here: planning, and whether a thing is still owed. Not here: which steps are due (firings, rounds), putting off (snoozes),
and the messages that carry them (deliveries).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from models.base import new_id
from models.occurrences import Occurrence, OccurrenceState, Snooze
from models.policy import RuleName
from services import audit, digests, firings, open_items, rounds
from services.crew import Member
from services.firings import HORIZON, Covers, Firing, is_later, is_of_owner
from services.open_items import OpenItem, Scene
from services.rounds import PutOff
from services.work import Work

# These say that there is something to do at all; which things they are is counted when the message is made.
ROUNDS: Final = frozenset({RuleName.MORNING_PLAN, RuleName.END_OF_DAY, RuleName.ROSTER_SANITY, RuleName.TEAM_DIGEST})
# A day's longest distance from the day on which the horizon begins, whatever the zone.
_MARGIN: Final = dt.timedelta(days=2)


def firings_due(scene: Scene, items: list[OpenItem], put_off: PutOff) -> list[Firing]:
    """Everything that is due now, whether it is written down already or not."""
    covers = open_items.covers(scene)
    return [*firings.due(scene, items, covers), *rounds.due(scene, items, put_off), *digests.due(scene)]


def fresh(scene: Scene, items: list[OpenItem]) -> list[Firing]:
    """What became due and is neither written down nor put off."""
    known, waiting = _known(scene), _put_off(scene)
    found = {
        each.key: each
        for each in firings_due(scene, items, waiting)
        if each.key not in known and (each.receiver_id, each.subject_id) not in waiting
    }
    return list(found.values())


@audit.unaudited("it plans; whatever is sent of it has an event of its own")
def insert(work: Work, due: Iterable[Firing]) -> None:
    """Write down what is not there yet; the unique key lets another process have been first."""
    rows = [
        {
            "workspace_id": work.workspace_id,
            "id": new_id(),
            "rule": each.rule,
            "subject_id": each.subject_id,
            "step": each.step,
            "local_on": each.local_on,
            "receiver_id": each.receiver_id,
            "due_at": each.due_at,
            "state": OccurrenceState.DUE,
        }
        # In one order, so that two processes that write the same wait for each other and never both.
        for each in sorted(due, key=lambda each: each.key)
    ]
    if rows:
        dialect = postgresql if work.session.get_bind().dialect.name == "postgresql" else sqlite
        work.session.execute(dialect.insert(Occurrence).on_conflict_do_nothing(), rows)


def still_owed(
    scene: Scene, member: Member, rows: Sequence[Occurrence], items: Iterable[OpenItem], covers: Covers
) -> Iterator[tuple[Occurrence, bool]]:
    """Each occurrence of one receiver with whether it is still owed: open, theirs, not put off, by a step that has come.

    Rounds are judged by whoever counts what they tell of.
    """
    subjects, waiting = {row.subject_id for row in rows}, _put_off(scene)
    owed = firings.owed_to(scene, (item for item in items if item.subject_id in subjects), covers, member)
    later = {(rule, subject) for rule, subject, step in owed if is_of_owner(step)}
    for row in rows:
        has_come = (row.rule, row.subject_id, row.step) in owed
        if is_later(row.step):
            has_come = (row.rule, row.subject_id) in later
        yield row, row.rule in ROUNDS or (has_come and (member.id, row.subject_id) not in waiting)


def put_off_by(scene: Scene, member: Member) -> set[uuid.UUID]:
    """What this person put off and is not owed again yet."""
    return {subject_id for staff_id, subject_id in _put_off(scene) if staff_id == member.id}


def _known(scene: Scene) -> set[tuple[uuid.UUID, str, uuid.UUID, str, dt.date]]:
    rows = scene.work.session.execute(
        select(
            Occurrence.receiver_id, Occurrence.rule, Occurrence.subject_id, Occurrence.step, Occurrence.local_on
        ).where(
            Occurrence.workspace_id == scene.work.workspace_id,
            Occurrence.local_on >= (scene.now - HORIZON - _MARGIN).date(),
        )
    )
    return {(receiver, rule.value, subject, step, local_on) for receiver, rule, subject, step, local_on in rows}


def _put_off(scene: Scene) -> set[tuple[uuid.UUID, uuid.UUID]]:
    rows = scene.work.session.execute(
        select(Snooze.staff_id, Snooze.subject_id).where(
            Snooze.workspace_id == scene.work.workspace_id, Snooze.until_at > scene.now
        )
    )
    return {(staff_id, subject_id) for staff_id, subject_id in rows}
