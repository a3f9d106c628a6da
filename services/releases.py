"""Who of a contact's people the client has signed no current release for.

The client needs none, and neither do a home's own staff, who are in a note by their role alone.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.people import PersonProfile
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from services.clients import folded
from services.note_content import Content
from services.people import PersonLine


@dataclass(frozen=True, slots=True)
class Unreleased:
    """Somebody who was in the contact without a current release; `is_barred` where nothing about the client may be told them at all."""

    person: Phi[str]
    is_barred: bool = False


def missing(content: Content, known: Sequence[PersonLine], day: dt.date) -> tuple[Unreleased, ...]:
    """Those without a release on the day of the contact, in the order in which they were chosen; each once."""
    grant = system_grant(Purpose.MATCH)
    found: dict[str, Unreleased] = {}
    for line in _named(content, known):
        label = line.label(grant)
        profile = line.profile
        if profile.do_not_disclose or profile.release_until is None or profile.release_until < day:
            found.setdefault(folded(label), Unreleased(Phi(label), profile.do_not_disclose))
    return tuple(found.values())


def _named(content: Content, known: Sequence[PersonLine]) -> Iterator[PersonLine]:
    """The people of the contact. Whoever was typed and is known already is the one who is known."""
    by_ref = {person.ref: person for person in known}
    yield from (by_ref[ref] for ref in content.people if ref in by_ref)
    grant = system_grant(Purpose.MATCH)
    by_label = {folded(person.label(grant)): person for person in known}
    for each in content.newcomers:
        line = PersonLine(uuid.UUID(int=0), "", PersonProfile(name=each.name, role=each.role))
        yield by_label.get(folded(line.label(grant)), line)
