"""The schedule: what is owed now is written down, and with it the messages that will carry it. Doing it again changes nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from sqlalchemy import select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from models.base import new_id
from models.chunks import chunks
from models.deliveries import Delivery, DeliveryState, Slot
from models.occurrences import Occurrence, OccurrenceState
from models.policy import RuleName
from services import audit, deliveries, digests, letters, occurrences, open_items, policies
from services.alarms import OPENED
from services.crew import Member
from services.deliveries import Done
from services.digests import KEEPS
from services.firings import AT_ONCE, HORIZON, Firing, is_only_at_start
from services.hours import instant_of
from services.open_items import Scene, scene_of
from services.work import Work

_BY_INDEXES: Final = text(
    "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),"
    " set_config('max_parallel_workers_per_gather', '0', true)"
)
# A message's receiver, day, slot and number, and from when until when it may be sent.
Place: TypeAlias = tuple[uuid.UUID, dt.date, Slot, int]
Span: TypeAlias = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True, slots=True)
class Found:
    """What became due and is not written down yet, and the messages that may say that all of theirs is done."""

    fresh: tuple[Firing, ...]
    done: tuple[Done, ...]


def look(work: Work) -> Found:
    """Find what is owed now. It only reads, so that no note has to wait for it."""
    _by_indexes(work)
    scene = scene_of(work, policies.in_force(work))
    items = open_items.find(scene)
    return Found(tuple(occurrences.fresh(scene, items)), tuple(deliveries.finished(scene, items)))


def _by_indexes(work: Work) -> None:
    """Let PostgreSQL read by its indexes for the rest of this transaction, and not whole tables.

    It takes an item's state and its day for independent, and expects that most open ones are due, as most days have passed.
    Most open ones are due later: reading by the day finds a few among millions.
    """
    if work.session.get_bind().dialect.name == "postgresql":
        work.session.execute(_BY_INDEXES)


def done_for(work: Work, receiver_id: uuid.UUID) -> tuple[Done, ...]:
    """The messages to one person that may say that all of theirs is done."""
    scene = scene_of(work, policies.in_force(work))
    member = scene.crew.get(receiver_id)
    if member is None:
        return ()
    items = open_items.find(scene, letters.owners_for(scene, member))
    return tuple(deliveries.finished(scene, items, receiver_id))


@audit.unaudited("it plans; whatever is sent of it has an event of its own")
def write(work: Work, fresh: Collection[Firing]) -> Counter[DeliveryState]:
    """Write down what is owed and the messages that will carry it; what became of those that a stopped process left behind."""
    occurrences.insert(work, fresh)
    became = deliveries.recover(work)
    _expire(work)
    _schedule(scene_of(work, policies.in_force(work)))
    return became


def at_any_hour(scene: Scene, members: Collection[Member]) -> None:
    """A message for each of these people, now, also outside their working hours; the one that waits for Slack, where there is one."""
    waiting = set(
        scene.work.session.scalars(
            select(Delivery.receiver_id).where(
                Delivery.workspace_id == scene.work.workspace_id,
                Delivery.state == DeliveryState.DUE,
                Delivery.slot == Slot.EMERGENCY,
            )
        )
    )
    _insert(scene.work, dict(_now(scene, member) for member in members if member.id not in waiting))


def _schedule(scene: Scene) -> None:
    """A message for everyone who is owed something now and may be told now."""
    rows = scene.work.session.execute(
        select(Occurrence.receiver_id, Occurrence.rule, Occurrence.step, Occurrence.due_at).where(
            Occurrence.workspace_id == scene.work.workspace_id,
            Occurrence.state == OccurrenceState.DUE,
            Occurrence.due_at <= scene.now,
            Occurrence.delivery_id.is_(None),
        )
    ).all()
    wanted: dict[Place, Span] = {}
    alarmed: dict[uuid.UUID, Member] = {}
    for receiver_id, rule, step, due_at in rows:
        member = scene.crew.get(receiver_id)
        if rule is RuleName.TEAM_DIGEST:
            day = due_at.astimezone(digests.calendar_of(scene).zone).date()
            wanted[receiver_id, day, Slot.DIGEST, 0] = due_at, due_at + KEEPS
        elif member is not None and step == OPENED:
            alarmed[receiver_id] = member
        elif member is not None and rule in AT_ONCE:
            wanted.update(_at_once(scene, member))
        elif member is not None:
            wanted.update(_daily(scene, member, due_at, only_at_start=is_only_at_start(rule, step)))
    _insert(scene.work, wanted)
    if alarmed:
        at_any_hour(scene, list(alarmed.values()))


def _daily(scene: Scene, member: Member, due_at: dt.datetime, *, only_at_start: bool) -> Iterator[tuple[Place, Span]]:
    found = member.slot_at(scene.now)
    if found is not None and due_at <= found[1] and (found[0] is Slot.START or not only_at_start):
        slot, at, until = found
        yield (member.id, member.day(scene.now), slot, 0), (at, until)


def _at_once(scene: Scene, member: Member) -> Iterator[tuple[Place, Span]]:
    """At most one message an hour, within the working hours."""
    if member.is_working(scene.now):
        local = scene.now.astimezone(member.zone)
        closes = instant_of(local.date(), member.ends, member.zone)
        yield (member.id, local.date(), Slot.URGENT, local.hour), (scene.now, closes)


def _now(scene: Scene, member: Member) -> tuple[Place, Span]:
    """At most one message a minute."""
    local = scene.now.astimezone(member.zone)
    return (member.id, local.date(), Slot.EMERGENCY, local.hour * 60 + local.minute), (scene.now, scene.now + HORIZON)


def _insert(work: Work, wanted: dict[Place, Span]) -> None:
    rows = [
        {
            "workspace_id": work.workspace_id,
            "id": new_id(),
            "receiver_id": receiver_id,
            "local_on": local_on,
            "slot": slot,
            "number": number,
            "state": DeliveryState.DUE,
            "send_at": send_at,
            "expires_at": expires_at,
            "attempts": 0,
        }
        for (receiver_id, local_on, slot, number), (send_at, expires_at) in wanted.items()
    ]
    dialect = postgresql if work.session.get_bind().dialect.name == "postgresql" else sqlite
    for some in chunks(rows):
        work.session.execute(dialect.insert(Delivery).values(some).on_conflict_do_nothing())


def _expire(work: Work) -> None:
    """What was not sent in its time is said by the next message; what is too old is not said at all."""
    work.session.execute(
        update(Delivery)
        .where(
            Delivery.workspace_id == work.workspace_id,
            Delivery.state == DeliveryState.DUE,
            Delivery.expires_at <= work.now,
        )
        .values(state=DeliveryState.EXPIRED)
        .execution_options(synchronize_session=False)
    )
    work.session.execute(
        update(Occurrence)
        .where(
            Occurrence.workspace_id == work.workspace_id,
            Occurrence.state == OccurrenceState.DUE,
            Occurrence.due_at <= work.now - HORIZON,
        )
        .values(state=OccurrenceState.EXPIRED)
        .execution_options(synchronize_session=False)
    )
