"""The lists of contacts: those without a note, and the visits that are planned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from models.contacts import ContactKind, ContactReason
from privacy.grants import Grant
from privacy.safetext import Ref
from services.contact_lists import ContactPage, OwedContact, PlannedVisit
from views.ages import kind_word
from views.blocks import Block, Element, PrivateView, actions, button, modal, one_line, option, overflow, section
from views.ids import ContactId
from views.known import coming_words, moment_words
from views.note_words import PLACES

LINE_LONGEST: Final = 300
JOT_LONGEST: Final = 320
# Stands before a contact's reference where its row of buttons, which holds the plain one, has a line of its own.
WORDS: Final = "words."


class More(StrEnum):
    """What the menu beside a contact offers."""

    ATTEMPT = "attempt"
    PERSONAL = "personal"
    NOT_A_CLIENT = "not_a_client"
    ALREADY_NOTED = "already_noted"
    GIVE = "give"
    AUTHOR_LEFT = "author_left"


DISMISSALS: Final = {
    More.PERSONAL: ContactReason.PERSONAL,
    More.NOT_A_CLIENT: ContactReason.NOT_A_CLIENT,
    More.ALREADY_NOTED: ContactReason.ALREADY_NOTED,
    More.AUTHOR_LEFT: ContactReason.AUTHOR_LEFT,
}
MORE: Final = {
    More.ATTEMPT: "Was an attempt",
    More.PERSONAL: "Personal or wrong number",
    More.NOT_A_CLIENT: "Not about a client",
    More.ALREADY_NOTED: "Already noted",
    More.GIVE: "Not mine, give to…",
}
# What became of a contact whose note only somebody who left could have written.
INHERITED: Final = {
    More.ALREADY_NOTED: MORE[More.ALREADY_NOTED],
    More.NOT_A_CLIENT: MORE[More.NOT_A_CLIENT],
    More.AUTHOR_LEFT: "Nobody can write it any more",
    More.GIVE: "They are back: give it to them",
}
CANCELLATIONS: Final = {
    ContactReason.CLIENT_CANCELLED: "The client cancelled",
    ContactReason.STAFF_CANCELLED: "I cancelled",
    ContactReason.NO_SHOW: "They did not come",
}


def contacts_to_note(page: ContactPage, grant: Grant, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The list behind every message: whom the contacts without a note are about, newest first, ten a page."""
    blocks: list[Block] = []
    for contact in page.contacts:
        blocks.append(section(f"{WORDS}{contact.ref}", _owed_words(contact, grant, now, zone)))
        blocks.append(_owed_buttons(contact))
    if not blocks:
        blocks = [section("none", "All noted. Nothing waits.")]
    turns = [button("Newest", ContactId.NEWEST)] if page.cursor else []
    if page.older:
        turns.append(button("Older", ContactId.OLDER, Ref(page.older)))
    if turns:
        blocks.append(section("waiting", f"{page.waiting} contacts have no note."))
        blocks.append(actions("pages", *turns))
    drawn = modal(ContactId.TO_NOTE, "Contacts to note", blocks, close="Done")
    return PrivateView({**drawn.view, "private_metadata": page.cursor}) if page.cursor else drawn


def planned_blocks(visits: Sequence[PlannedVisit], grant: Grant, now: dt.datetime, zone: ZoneInfo) -> list[Block]:
    """The visits that are planned, each with why it may not take place; one that has begun can be noted."""
    blocks: list[Block] = []
    for visit in visits:
        menu = overflow(ContactId.CANCEL, *(option(text, word) for word, text in CANCELLATIONS.items()))
        length = f" · {visit.minutes} min" if visit.minutes is not None else ""
        place = f" · {PLACES[visit.place]}" if visit.place is not None else ""
        text = f"{visit.client.name(grant)} · {coming_words(visit.starts_at, now, zone)}{length}{place}"
        if visit.has_begun:
            blocks.append(section(f"{WORDS}{visit.ref}", one_line(text, LINE_LONGEST)))
            blocks.append(actions(visit.ref, button("Write", ContactId.WRITE, Ref(visit.ref), primary=True), menu))
        else:
            blocks.append(section(visit.ref, one_line(text, LINE_LONGEST), menu))
    return blocks


def planned(
    visits: Sequence[PlannedVisit], grant: Grant, now: dt.datetime, zone: ZoneInfo, *, again: bool
) -> PrivateView:
    """Every visit that is planned; after planning one, with the offer to plan another."""
    blocks = planned_blocks(visits, grant, now, zone) or [section("none", "No visit is planned.")]
    if not again:
        return modal(ContactId.PLANNED, "Planned visits", blocks, close="Done")
    return modal(ContactId.PLANNED, "Planned visits", blocks, submit="Plan another", close="Done")


def _owed_words(contact: OwedContact, grant: Grant, now: dt.datetime, zone: ZoneInfo) -> str:
    length = f" · {contact.minutes} min" if contact.minutes is not None else ""
    kind = kind_word(contact.kind).value.lower()
    first = f"{_whose(contact, grant)} · {kind} · {moment_words(contact.ended_at, now, zone)}{length}"
    lines = [one_line(first, LINE_LONGEST)]
    if contact.client is None and contact.callers == 1:
        lines.append("1 client has this number.")
    elif contact.client is None and contact.callers:
        lines.append(f"One of {contact.callers} clients has this number.")
    if contact.inherited:
        lines.append("Who was there has left, and nobody else can write its note.")
    jot = one_line(contact.jot.reveal(grant), JOT_LONGEST)
    return "\n".join([*lines, jot] if jot else lines)


def _whose(contact: OwedContact, grant: Grant) -> str:
    if contact.client is not None:
        return contact.client.name(grant)
    return "Client outside your caseload" if contact.outside else "Client not known yet"


def _owed_buttons(contact: OwedContact) -> Block:
    """*Write* and the menu. Nobody writes about a client outside their caseload, but the contact can be settled otherwise."""
    if contact.inherited:
        settled = (option(text, word) for word, text in INHERITED.items())
        return actions(contact.ref, overflow(ContactId.MORE, *settled))
    needless = {More.ATTEMPT} if contact.outside or contact.kind is ContactKind.ATTEMPT else set[More]()
    menu = overflow(ContactId.MORE, *(option(text, word) for word, text in MORE.items() if word not in needless))
    buttons: list[Element] = [menu]
    if not contact.outside:
        buttons.insert(0, button("Write", ContactId.WRITE, Ref(contact.ref), primary=True))
    return actions(contact.ref, *buttons)
