"""What happens in the year: contacts and their notes, drafts, promises, visits, reviews, and people who are not heard of.

Here: one function for each kind of thing; each makes the rows and, beside them, the lives that the oracle reads.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Final

from models.base import new_reference
from models.clients import Client, ClientStatus
from models.contacts import Contact, ContactKind, ContactState
from models.follow_ups import FollowUp, FollowUpState
from models.forms import FormKind, FormRow, FormStage
from models.notes import Note, Review
from models.requirements import Pause, PauseReason, RequiredContact, Requirement
from tests.reminders.almanac import DAY, MINUTE, Person, business_day, instant
from tests.reminders.year import FAR, HOUR, Life, Visit, World

# Clients of these are kept for one story each, so that a contact of another one does not end it.
URGENT, ALONE, CLOSED = slice(0, 12), slice(12, 24), slice(24, 27)
Wait = tuple[dt.datetime, dt.datetime]
KINDS: Final = (ContactKind.COLLATERAL, ContactKind.COLLATERAL, ContactKind.FACE_TO_FACE, ContactKind.ATTEMPT)


def contacts(world: World) -> None:
    """One contact on some working days; most are noted within hours, some after days, and a few not at all."""
    theirs = {each.id: _others(world, each) for each in world.managers}
    for person in world.managers:
        for day in world.days():
            if person.works_on(day) and world.chance(40):
                ended = world.moment(person, day)
                client = world.random.choice(theirs[person.id])
                if world.chance(15):
                    _planned(world, person, client, ended)
                else:
                    _contact(world, person, client, ended, world.random.choice(KINDS))


def _others(world: World, person: Person) -> list[uuid.UUID]:
    return [each for each in world.clients[CLOSED.stop :] if world.primary[each] == person.id]


def _contact(world: World, person: Person, client: uuid.UUID, ended: dt.datetime, kind: ContactKind) -> None:
    row = _row(world, person.id, client, ended, ContactState.UNNOTED, kind)
    world.add(ended, row)
    noted = world.some_time(ended, (12 if world.chance(15) else 2) * DAY)
    closes = FAR if world.chance(1) else noted
    if closes < FAR:
        world.change(noted, Contact, row.id, state=ContactState.NOTED)
    _without_note(world, person, row, ended, closes)


def _planned(world: World, person: Person, client: uuid.UUID, ended: dt.datetime) -> None:
    """A visit in the plan; its time passes, or it is cancelled before."""
    row = _row(world, person.id, client, ended, ContactState.PLANNED, ContactKind.FACE_TO_FACE)
    made = ended - 3 * DAY
    world.add(made, row)
    cancelled = ended - 5 * HOUR if world.chance(20) else None
    world.visits.append(Visit(person.id, person.day(ended - 10 * MINUTE), made, cancelled or ended))
    if cancelled is not None:
        world.change(cancelled, Contact, row.id, state=ContactState.CANCELLED)
        return
    noted = world.some_time(ended, 4 * DAY)
    world.change(noted, Contact, row.id, state=ContactState.NOTED)
    _without_note(world, person, row, ended, noted)


def _without_note(world: World, person: Person, row: Contact, ended: dt.datetime, closes: dt.datetime) -> None:
    life = Life("unnoted_contact", row.id, person.id, ended, ended, closes, client=row.client_id)
    world.lives.append(life)
    if row.kind is not ContactKind.ATTEMPT:
        last = business_day(person.day(ended), 2)
        world.lives.append(Life("note_deadline", row.id, person.id, last, ended, closes, client=row.client_id))


def _row(
    world: World,
    staff: uuid.UUID,
    client: uuid.UUID,
    ended: dt.datetime,
    state: ContactState,
    kind: ContactKind = ContactKind.COLLATERAL,
) -> Contact:
    return Contact(
        workspace_id=world.town.agency.id,
        ref=new_reference("K"),
        client_id=client,
        staff_id=staff,
        kind=kind,
        state=state,
        started_at=ended - 10 * MINUTE,
        ended_at=ended,
        minutes=10,
        created_at=ended,
    )


def drafts(world: World) -> None:
    """A form that is begun, perhaps saved again, and signed or left."""
    sealed = world.sealed()
    for person in world.managers:
        for day in world.days():
            if not person.works_on(day) or not world.chance(12):
                continue
            saved = world.moment(person, day)
            row = FormRow(
                workspace_id=world.town.agency.id,
                nonce=new_reference("Z"),
                staff_id=person.id,
                kind=FormKind.COLLATERAL,
                answers=sealed,
                opened_at=saved,
                saved_at=saved,
            )
            world.add(saved, row)
            signed = world.some_time(saved, 6 * DAY, 2 * MINUTE)
            if world.chance(30):
                again = saved + (signed - saved) // 2 // MINUTE * MINUTE
                world.change(again, FormRow, row.id, saved_at=again)
                world.lives.append(Life("unsigned_draft", row.id, person.id, saved, saved, again))
                saved = again
            world.change(signed, FormRow, row.id, stage=FormStage.SIGNED)
            world.lives.append(Life("unsigned_draft", row.id, person.id, saved, saved, signed))


def follow_ups(world: World) -> None:
    """Promises: most are kept in time, some late; some are moved, and the day that was promised first still counts upwards."""
    sealed = world.sealed()
    for client in world.clients:
        owner = world.people[world.primary[client]]
        for _ in range(_number(world, 4)):
            made = world.moment(owner, world.begins + world.random.randrange((world.ends - world.begins).days) * DAY)
            promised = owner.day(made) + world.random.choice((0, 1, 7, 14, 30)) * DAY
            row = FollowUp(
                workspace_id=world.town.agency.id,
                ref=new_reference("F"),
                client_id=client,
                owner_id=owner.id,
                due_on=promised,
                promised_on=promised,
                text=sealed,
                created_at=made,
            )
            world.add(made, row)
            late = world.random.choice((-1, 0, 0, 1, 2, 5, 18))
            kept = max(instant(promised + late * DAY, 15 * 60, owner.zone), made + HOUR)
            due, since = promised, made
            if late > 0 and world.chance(50):
                since = max(instant(promised, 11 * 60, owner.zone), made + MINUTE)
                due = promised + world.random.choice((1, 3, 10)) * DAY
                world.change(since, FollowUp, row.id, due_on=due)
                world.lives.append(_promise(row, promised, made, since))
            world.change(kept, FollowUp, row.id, state=FollowUpState.DONE)
            world.lives.append(_promise(row, due, since, kept))


def _promise(row: FollowUp, due: dt.date, opens: dt.datetime, closes: dt.datetime) -> Life:
    return Life("follow_up", row.id, row.owner_id, due, opens, closes, row.promised_on, row.client_id)


def _number(world: World, yearly: int) -> int:
    """How many of what happens so often a year happen in this story."""
    days = (world.ends - world.begins).days
    whole, rest = divmod(yearly * days * 100 // 366, 100)
    return whole + world.chance(rest)


def requirements(world: World) -> None:
    """Visits that are due every 90 or 30 days, and contacts once in a month: made in time, in grace, or long after."""
    for number, client in enumerate(world.clients[ALONE.stop :]):
        waits = _pause(world, client) if not number % 11 else None
        closed = None
        if client in world.clients[CLOSED]:
            closed = world.starts_at + (world.ends_at - world.starts_at) // 2
            world.change(closed, Client, client, status=ClientStatus.CLOSED)
        span = (waits, closed or FAR)
        if number % 4:
            _windows(world, client, 90, "visit_window", *span)
        else:
            _windows(world, client, 30, "monthly_visit", *span)
        if not number % 5:
            _windows(world, client, None, "monthly_contact", *span)


def _pause(world: World, client: uuid.UUID) -> Wait:
    """A stay in hospital, in days of universal time."""
    days = (world.ends - world.begins).days
    first = world.begins + world.random.randrange(days // 2) * DAY
    last = first + world.random.randrange(5, 20) * DAY
    row = Pause(
        workspace_id=world.town.agency.id, client_id=client, reason=PauseReason.HOSPITAL, from_on=first, until_on=last
    )
    world.add(world.starts_at, row)
    return _midnight(first), _midnight(last + DAY)


def _windows(
    world: World,
    client: uuid.UUID,
    every: int | None,
    rule: str,
    waits: Wait | None,
    closed: dt.datetime,
) -> None:
    owner, grace = world.people[world.primary[client]], 10 if every else 0
    closes_on = _month_end(world.begins) if every is None else world.begins + world.random.randrange(every) * DAY
    row = Requirement(
        workspace_id=world.town.agency.id,
        ref=new_reference("R"),
        client_id=client,
        kind=RequiredContact.ANY if every is None else RequiredContact.FACE_TO_FACE,
        every_days=every,
        grace_days=grace,
        from_on=dt.date(2020, 1, 1),
        closes_on=closes_on,
    )
    world.add(world.starts_at, row)
    opens = world.starts_at
    while opens < world.ends_at:
        early = world.random.choice((40, 20, 10, 6, 3, 1, 0, 0, -1, -6, -12, -25))
        seen = max(instant(closes_on - min(early, (every or 30) - 2) * DAY, 14 * 60, owner.zone), opens + HOUR)
        life = Life(rule, row.id, owner.id, closes_on, opens, min(seen, closed), client=client)
        world.lives += [part for each in _months(life, waits) for part in _open_parts(each, waits)]
        day = owner.day(seen)
        closes_on = _month_end(max(day, closes_on) + DAY) if every is None else day + every * DAY
        world.change(seen, Requirement, row.id, closes_on=closes_on)
        opens = seen


def _months(life: Life, waits: Wait | None) -> list[Life]:
    """A month that has passed without a contact cannot be made up for: the next month's window follows it."""
    if life.rule != "monthly_contact":
        return [life]
    found: list[Life] = []
    while life.closes > (ends := _midnight(_day(life) + DAY)):
        found.append(replace(life, closes=ends, until=_day(life)))
        month = _month_end(_day(life) + DAY)
        while waits is not None and waits[0] <= _midnight(month) < waits[1]:
            month = _month_end(month + DAY)
        life = replace(life, anchor=month, opens=ends)
    return [*found, replace(life, until=_day(life))]


def _day(life: Life) -> dt.date:
    return life.anchor.date() if isinstance(life.anchor, dt.datetime) else life.anchor


def _open_parts(life: Life, waits: Wait | None) -> list[Life]:
    """What is left of a life without the days in which it waits; they do not count as days of grace either."""
    begin, end = waits or (FAR, FAR)
    if life.until is None:
        until, left = _day(life), 10
        while left:
            until += DAY
            left -= not begin <= _midnight(until) < end
        life = replace(life, until=until)
    parts = [replace(life, closes=min(life.closes, begin)), replace(life, opens=max(life.opens, end))]
    return [each for each in parts if each.opens < each.closes]


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _month_end(day: dt.date) -> dt.date:
    return (day.replace(day=1) + 32 * DAY).replace(day=1) - DAY


def urgent(world: World) -> None:
    """Notes that ask for another contact soon, which comes within hours, days, or not at all."""
    for client in world.clients[URGENT]:
        author = world.people[world.primary[client]]
        at = world.moment(author, world.begins + world.random.randrange(30) * DAY)
        while at < world.ends_at:
            note = _note(world, author.id, client, at, urgent=True)
            again = world.some_time(at, 6 * DAY, 4 * HOUR) if world.chance(90) else at + 40 * DAY
            world.add(again, _row(world, author.id, client, again, ContactState.NOTED))
            closes = min(again, at + 30 * DAY)
            world.lives.append(Life("safety_follow_up", note.id, author.id, at, at, closes, client=client))
            at = world.moment(author, author.day(again) + world.random.randrange(10, 90) * DAY)


def _note(
    world: World,
    author: uuid.UUID,
    client: uuid.UUID,
    at: dt.datetime,
    *,
    urgent: bool = False,
    review: Review = Review.NOT_NEEDED,
) -> Note:
    contact = _row(world, author, client, at, ContactState.NOTED)
    world.add(at, contact)
    note = Note(
        workspace_id=world.town.agency.id,
        ref=new_reference("N"),
        client_id=client,
        contact_id=contact.id,
        author_id=author,
        kind=ContactKind.COLLATERAL,
        review=review,
        latest_version=1,
        signed_at=at,
        urgent=urgent,
    )
    world.add(at, note)
    return note


def reviews(world: World) -> None:
    """Notes that wait for their supervisor; some come back, and are signed again."""
    for person in world.managers:
        client = _others(world, person)[0]
        for day in world.days():
            if not person.works_on(day) or not world.chance(6):
                continue
            signed = world.moment(person, day)
            note = _note(world, person.id, client, signed, review=Review.PENDING)
            if world.chance(40):
                back = world.some_time(signed, 3 * DAY)
                again = world.some_time(back, 7 * DAY)
                world.change(back, Note, note.id, review=Review.RETURNED, reviewed_at=back)
                world.change(again, Note, note.id, review=Review.PENDING, signed_at=again)
                world.lives.append(Life("review_queue", note.id, person.id, signed, signed, back, client=client))
                world.lives.append(Life("returned_note", note.id, person.id, back, back, again, client=client))
                signed = again
            read = world.some_time(signed, 5 * DAY)
            world.change(read, Note, note.id, review=Review.APPROVED)
            world.lives.append(Life("review_queue", note.id, person.id, signed, signed, read, client=client))


def plans(world: World) -> None:
    """Plans to be reviewed twice a year, in time or weeks late."""
    for client in world.clients[ALONE.stop + 3 :]:
        owner = world.people[world.primary[client]]
        due, opens = world.begins + world.random.randrange(180) * DAY, world.starts_at
        world.change(opens, Client, client, plan_review_on=due)
        while opens < world.ends_at:
            done = max(instant(due + world.random.choice((-20, -3, 0, 2, 16)) * DAY, 13 * 60, owner.zone), opens + HOUR)
            world.lives.append(Life("plan_review", client, owner.id, due, opens, done, client=client))
            due = owner.day(done) + 180 * DAY
            world.change(done, Client, client, plan_review_on=due)
            opens = done


def silences(world: World) -> None:
    """Clients of whom nothing is heard for a month, or for two."""
    for client in world.clients[ALONE]:
        owner = world.people[world.primary[client]]
        last, opens = world.begins - world.random.randrange(20) * DAY, world.starts_at
        while opens < world.ends_at:
            world.change(opens, Client, client, last_contact_on=last)
            heard = last + world.random.choice((12, 25, 33, 40, 50, 65)) * DAY
            closes = max(instant(heard, 12 * 60, owner.zone), opens + HOUR)
            since = instant(last, 0, owner.zone)
            world.lives.append(Life("no_contact", client, owner.id, since, opens, closes, client=client))
            last, opens = heard, closes


def everything(world: World) -> None:
    """All of it."""
    for story in (contacts, drafts, follow_ups, requirements, urgent, reviews, plans, silences):
        story(world)
    world.writes.sort(key=lambda each: each.at)
