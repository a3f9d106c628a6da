"""The sealed words of a contact: what is known of it before its note, and its signed attempt. Sealing and opening them stands here alone."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from models.contact_words import ContactWords
from models.contacts import Contact
from privacy.keys import RecordKey
from privacy.sealed import Sealed
from services import clients
from services.work import Work

CONTACT = "contact"


def write(work: Work, contact: Contact, words: ContactWords) -> Sealed:
    """Seal the contact's words anew, under its client's key, or the house's while it has no client.

    The caller records an event with what is returned.
    Errors: NotFound when the client was shredded.
    """
    key = clients.key_of(work, contact.client_id) if contact.client_id is not None else work.keys.house_key
    contact.words_version += 1
    sealed = key.seal(words, work.cell(CONTACT, "words", contact.id, contact.words_version))
    contact.words = sealed
    return sealed


def read(work: Work, contact: Contact) -> ContactWords:
    """The contact's words, opened.

    Errors: NotFound when the client was shredded.
    """
    if contact.words is None:
        return ContactWords()
    key = clients.key_of(work, contact.client_id) if contact.client_id is not None else work.keys.house_key
    return _opened(work, contact, key)


def read_all(work: Work, contacts: Sequence[Contact]) -> Mapping[uuid.UUID, ContactWords]:
    """The words of these contacts by their id; those of a client who was shredded are empty."""
    keys = clients.keys_of(work, {each.client_id for each in contacts if each.client_id is not None})
    found: dict[uuid.UUID, ContactWords] = {}
    for each in contacts:
        key = work.keys.house_key if each.client_id is None else keys.get(each.client_id)
        found[each.id] = _opened(work, each, key) if key is not None and each.words is not None else ContactWords()
    return found


def _opened(work: Work, contact: Contact, key: RecordKey) -> ContactWords:
    if contact.words is None:
        return ContactWords()
    return key.open(ContactWords, contact.words, work.cell(CONTACT, "words", contact.id, contact.words_version))
