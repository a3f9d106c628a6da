"""What the conversations about contacts share: contacts that wait, opening their list, filling in what is open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from bot import offline
from models.base import new_id, new_reference
from models.clients import Client
from models.contact_words import ContactWords
from models.contacts import Contact, ContactKind, ContactOrigin, ContactState
from models.notes import Note
from sandbox.shape import JsonObject, as_object, as_text
from services import access, audit, contact_words
from services.staff import SlackUser, identify
from services.work import Work
from tests.flows.stage import ALICE, DAN, TEAM, Play, blocks, call_state, choose_client


def stored(stage: Play) -> list[Contact]:
    """Every contact, the oldest row first."""
    return [each for each in stage.rows(Contact) if isinstance(each, Contact)]


def known_of(stage: Play, contact: Contact) -> ContactWords:
    """What is sealed in a contact."""
    return offline.read(stage.app.engine, stage.tenant, stage.clock, contact_words.read, contact)


def leave(
    stage: Play,
    *,
    ago: int = 60,
    client: Callable[[Work], Client | None] | None = None,
    user: str = ALICE,
    kind: ContactKind = ContactKind.COLLATERAL,
    candidates: Callable[[Work], list[Client]] | None = None,
) -> str:
    """Someone had a contact some minutes ago and has not written about it; its reference."""

    def make(work: Work) -> str:
        actor = identify(work, SlackUser(user, TEAM), TEAM)
        whom = (client or alices)(work)
        contact = Contact(
            workspace_id=work.workspace_id,
            id=new_id(),
            ref=new_reference("K"),
            client_id=whom.id if whom else None,
            staff_id=actor.id,
            kind=kind,
            state=ContactState.UNNOTED,
            started_at=None,
            ended_at=work.now - dt.timedelta(minutes=ago),
            minutes=4,
            created_at=work.now,
            origin=ContactOrigin.CALL,
        )
        work.session.add(contact)
        callers = tuple(each.id for each in candidates(work)) if candidates else ()
        sealed = contact_words.write(work, contact, ContactWords(candidates=callers))
        audit.record(work, audit.Action.CONTACT_OPEN, actor=actor.id, subject=("contact", contact.id), sealed=sealed)
        return contact.ref

    return offline.transact(stage.app.engine, stage.tenant, stage.clock, make)


def alices(work: Work) -> Client:
    """alice's only client, who is bob's too."""
    return _of(work, ALICE)


def dans(work: Work) -> Client:
    """dan's client."""
    return _of(work, DAN)


def _of(work: Work, user: str) -> Client:
    client = work.session.scalar(access.caseload(work, identify(work, SlackUser(user, TEAM), TEAM)))
    assert client is not None
    return client


def nobody(_: Work) -> None:
    """Whom a call was about when nobody knows yet."""


async def later(stage: Play, kind: str = "collateral", jot: str = "", user: str = ALICE) -> None:
    """Someone keeps a contact in the form that is open."""
    person = stage.person(user)
    await choose_client(person, "")
    await stage.settle()
    submission = await person.submit(as_text(person.modal["id"]), {"kind": kind, "jot": jot})
    assert submission.ok, submission.errors


async def open_list(stage: Play, user: str = ALICE) -> JsonObject:
    """Someone opens *Contacts to note* from App Home."""
    person = stage.person(user)
    await person.open_home()
    await stage.settle()
    await person.click(as_text((person.home or {})["id"]), "owed", "contact.list")
    return person.modal


STORIES = (
    (
        "Asked the manager for a later day and she agreed to it.",
        "Relieved. The rent is paid until the end of the month.",
    ),
    (
        "Explained the bus pass to her brother, who filled in the form.",
        "Goes to work by bus from Monday on, and looks forward.",
    ),
    (
        "Went through the list of doctors and chose two together.",
        "Her knee hurts less. Sleeps six hours a night, she said.",
    ),
    (
        "Sent the school the letter that it had been waiting for.",
        "Her daughter is in class again and has a desk of her own.",
    ),
    (
        "Heard from the day program how the first two weeks went.",
        "Knows three people by name there and helps in the kitchen.",
    ),
)


async def write_and_sign(stage: Play, user: str = ALICE) -> None:
    """Fill in and sign the form that is open, its client and times being known."""
    person = stage.person(user)
    view = as_text(person.modal["id"])
    await person.suggest(view, "people", "form.search_people")
    known = {"ended_at"}
    if "initial_value" in as_object(blocks(person.modal)["minutes"]["element"]):
        known.add("minutes")
    # Nobody writes the same twice: a note that is worded like an earlier one is asked about before it is signed.
    done, observations = STORIES[stage.count(Note) % len(STORIES)]
    said = call_state(stage.clock, done=done, observations=observations)
    state = {name: value for name, value in said.items() if name not in known}
    submission = await person.submit(view, state)
    assert submission.ok, submission.errors
    await stage.settle()
