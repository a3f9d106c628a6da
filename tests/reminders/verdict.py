"""What has to be true after a trial, from what arrived at Slack and what the ledger says of it.

Here: sentences about what is wrong, and totals. Each phase is one day and slot, and it was over before the next one began.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select

from models.deliveries import Delivery, DeliveryState, Slot
from models.occurrences import Occurrence, OccurrenceState
from models.staff import Staff
from services import audit_trail, occurrences
from services.work import Work
from tests.reminders.slow_slack import Arrival

# Every contact of the trial is owed exactly these by its last phase, unless it was noted before.
OWED: Final[frozenset[tuple[str, str]]] = frozenset(
    {
        ("unnoted_contact", "15 minutes"),
        ("unnoted_contact", "4 business hours"),
        ("unnoted_contact", "1 business day"),
        ("note_deadline", "-1 business day"),
        ("note_deadline", "0 days"),
    }
)
ARRIVED: Final = frozenset({DeliveryState.SENT, DeliveryState.UNKNOWN})


@dataclass(frozen=True)
class Phase:
    """One of somebody's daily times."""

    at: dt.datetime
    local_on: dt.date
    slot: Slot

    @property
    def name(self) -> str:
        """The day and the slot."""
        return f"{self.local_on} {self.slot}"


@dataclass(frozen=True)
class Facts:
    """Totals of a trial, and what is wrong; every list of problems is empty when the engine is right."""

    occurrences: Mapping[str, int]
    deliveries: Mapping[str, int]
    calls: Mapping[str, int]
    new_messages: int
    told_by_unknown: int
    audit_events: int
    problems: Mapping[str, Sequence[str]] = field(default_factory=dict[str, list[str]])


@dataclass(frozen=True)
class Ledger:
    """What the database says, and what arrived."""

    phases: Sequence[Phase]
    deliveries: Mapping[tuple[str, str], Delivery]
    occurrences: Sequence[Occurrence]
    journal: Mapping[tuple[str, str], Sequence[Arrival]]

    @property
    def people(self) -> list[str]:
        """Everybody who was owed a message."""
        return sorted({user for user, _ in self.deliveries})


def judge(
    work: Work,
    phases: Sequence[Phase],
    journal: Sequence[Arrival],
    contacts: Collection[uuid.UUID],
    noted: Collection[uuid.UUID],
) -> Facts:
    """The facts of a trial that has come to its end."""
    ledger = _ledger(work, phases, journal)
    trail = audit_trail.verify(work)
    wrong = {
        "twice": list(told_twice(ledger)),
        "ledger": list(ledger_differs(ledger)),
        "unsettled": list(unsettled(ledger, noted)),
        "missed": list(missed(ledger, contacts, noted)),
        "unreported": list(unreported(ledger)),
        "audit": [str(finding) for finding in trail.findings],
    }
    states = {row.id: row.state for row in ledger.deliveries.values()}
    return Facts(
        occurrences=dict(Counter(row.state.value for row in ledger.occurrences)),
        deliveries=dict(Counter(row.state.value for row in ledger.deliveries.values())),
        calls=dict(Counter(f"{each.method} {each.answer}" for each in journal)),
        new_messages=sum(each.is_new for each in journal),
        told_by_unknown=sum(
            row.delivery_id is not None and states[row.delivery_id] is DeliveryState.UNKNOWN
            for row in ledger.occurrences
        ),
        audit_events=trail.events,
        problems={name: problems for name, problems in wrong.items() if problems},
    )


def told_twice(ledger: Ledger) -> Iterator[str]:
    """Who got two new messages at one time of one day."""
    for (user, phase), arrivals in ledger.journal.items():
        new = sum(each.is_new for each in arrivals)
        if new > 1:
            yield f"{user} got {new} new messages for {phase}."


def ledger_differs(ledger: Ledger) -> Iterator[str]:
    """Where the ledger says of a message what is not so."""
    for place, arrivals in ledger.journal.items():
        if place not in ledger.deliveries:
            yield f"{place} has {len(arrivals)} arrivals and no delivery."
    for (user, phase), row in ledger.deliveries.items():
        taken = [each for each in ledger.journal.get((user, phase), ()) if each.taken]
        if row.state not in ARRIVED and any(each.is_new for each in taken):
            yield f"{user} has a message for {phase}, and it is {row.state}."
        if row.state is DeliveryState.SENT and row.message_ts not in {each.ts for each in taken}:
            yield f"{user} has no message for {phase}, and it is sent."


def unsettled(ledger: Ledger, noted: Collection[uuid.UUID]) -> Iterator[str]:
    """What is left open, or was put aside without a reason."""
    states = {row.id: row.state for row in ledger.deliveries.values()}
    # Whose last message was begun too often says it in the next one.
    last = ledger.phases[-1].name
    later = {
        row.receiver_id
        for (_, phase), row in ledger.deliveries.items()
        if phase == last and row.state is DeliveryState.FAILED
    }
    for (user, phase), row in ledger.deliveries.items():
        if row.state in {DeliveryState.DUE, DeliveryState.CLAIMED, DeliveryState.SENDING}:
            yield f"{user}'s message for {phase} is {row.state}."
    for row in ledger.occurrences:
        name = f"{row.rule} {row.step} of {row.subject_id}"
        carrier = states.get(row.delivery_id) if row.delivery_id is not None else None
        if row.state is OccurrenceState.TOLD and carrier not in ARRIVED:
            yield f"{name} is told, by a message that is {carrier}."
        if row.state is OccurrenceState.FAILED and carrier is not DeliveryState.FAILED:
            yield f"{name} has failed, with a message that is {carrier}."
        if row.state is OccurrenceState.SUPPRESSED and row.subject_id not in noted:
            yield f"{name} was put aside, and is still owed."
        if row.state is OccurrenceState.EXPIRED or (row.state is OccurrenceState.DUE and row.receiver_id not in later):
            yield f"{name} is {row.state}."


def missed(ledger: Ledger, contacts: Collection[uuid.UUID], noted: Collection[uuid.UUID]) -> Iterator[str]:
    """Which contacts have not exactly the steps that are owed."""
    found: dict[uuid.UUID, list[tuple[str, str]]] = defaultdict(list)
    for row in ledger.occurrences:
        if row.rule not in occurrences.ROUNDS:
            found[row.subject_id].append((row.rule.value, row.step))
    for contact in contacts:
        steps = found[contact]
        missing = OWED.difference(steps) if contact not in noted else ()
        if missing or len(steps) != len(OWED.intersection(steps)):
            yield f"{contact} has the steps {sorted(steps)}."


def unreported(ledger: Ledger) -> Iterator[str]:
    """Where a message does not say how many before it may be lost, and where nobody was told."""
    for user in ledger.people:
        lost = 0
        for phase in ledger.phases:
            row = ledger.deliveries.get((user, phase.name))
            if row is None:
                continue
            if row.state is DeliveryState.SENT:
                said = {_lost(each) for each in ledger.journal.get((user, phase.name), ()) if each.taken}
                if said != {lost}:
                    yield f"{user} was told of {said} lost messages at {phase.name}, and there are {lost}."
                lost = 0
            elif row.state is DeliveryState.UNKNOWN:
                lost += 1
        if lost:
            yield f"{user} was never told of {lost} lost messages."
    for (user, phase), row in ledger.deliveries.items():
        if row.state is DeliveryState.UNKNOWN and row.reported_at is None:
            yield f"{user}'s lost message for {phase} is not marked as told of."


def _lost(arrival: Arrival) -> int:
    """How many earlier messages this one says may be lost."""
    told = [line for line in arrival.lines if "earlier reminder" in line]
    return int(told[0].split(" ", 1)[0]) if told else 0


def _ledger(work: Work, phases: Sequence[Phase], journal: Sequence[Arrival]) -> Ledger:
    users = {row.id: row.slack_user_id or "" for row in work.session.scalars(select(Staff))}
    rows = work.session.scalars(select(Delivery))
    arrived: dict[tuple[str, str], list[Arrival]] = defaultdict(list)
    for each in journal:
        arrived[each.user, each.phase].append(each)
    return Ledger(
        phases,
        {(users[row.receiver_id], f"{row.local_on} {row.slot}"): row for row in rows},
        work.session.scalars(select(Occurrence)).all(),
        arrived,
    )
