"""A signed version as the answers of its form, so that a new version starts from exactly what stands there.

Here: the way back from the document to the form, and what of that time must still be offered in it: people, goals and owners as they stood.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from models.contacts import ContactKind
from models.forms import Answers
from models.goals import GoalText
from models.note_document import NoteDocument, Participant, Promise, Satisfaction
from models.people import PersonProfile
from privacy.grants import Purpose, system_grant
from privacy.keys import RecordKey
from privacy.phi import Phi
from services import follow_ups, goals, people, staff
from services.follow_ups import OwnerLine
from services.form_rows import CLIENT_FIELD
from services.goals import GoalLine
from services.note_fields import (
    FOLLOW_UP_COPIES,
    HOME_ROLES,
    KEPT_DAYS,
    KEPT_PERSON,
    NO_FOLLOW_UP,
    OWNER_YOU,
    THE_CLIENT,
)
from services.people import PersonLine
from services.staff import Actor
from services.work import Work

_NOBODY = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class Offered:
    """Whom and what a note's form offers: as it is today, and beside that what its earlier version holds."""

    goals: tuple[GoalLine, ...]
    people: tuple[PersonLine, ...]
    owners: tuple[OwnerLine, ...]


def offered(
    work: Work, actor: Actor, client_id: uuid.UUID, key: RecordKey, earlier: NoteDocument | None = None
) -> Offered:
    """What may be chosen in the form of a note about this client, and in that of a note's next version."""
    today = Offered(
        goals.active(work, client_id, key),
        people.known(work, client_id, key),
        follow_ups.owners(work, actor, client_id),
    )
    if earlier is None:
        return today
    return Offered(
        _goals(work, today.goals, earlier),
        (*today.people, *_kept(today.people, earlier)),
        (*today.owners, *_owners(work, actor, today.owners, earlier)),
    )


def answers_of(document: NoteDocument, actor: Actor, client_ref: str, offered: Offered) -> Answers:
    """The form's answers from which this document would be signed again."""
    chosen: dict[str, tuple[str, ...]] = {
        CLIENT_FIELD: (client_ref,),
        "ended_at": (str(int(document.ended_at.timestamp())),),
        "minutes": (str(document.minutes),),
        "people": tuple(_people(document.participants, offered.people)),
        "activities": tuple(document.activities),
        "records": tuple(document.records),
        "goals": (*_goal_choices(document, offered.goals), *document.no_goal),
        "record": tuple(document.matters),
    }
    single = {
        "method": document.method,
        "location": document.place,
        "event_kind": document.event_kind,
        "satisfaction": document.satisfaction if _says_satisfaction(document) else None,
    }
    chosen.update({name: (value.value,) for name, value in single.items() if value is not None})
    words = {
        "done": document.done,
        "observations": document.observations,
        "wellbeing": document.wellbeing,
        "location_words": document.place_words,
        "also_there": document.also_there,
        "record_words": document.matter_words,
        "satisfaction_words": document.satisfaction_words,
    }
    typed = {name: value for name, value in words.items() if value is not None}
    promised_chosen, promised_typed = _promised(document.promises, actor, offered.owners)
    return Answers(chosen={**chosen, **promised_chosen}, typed={**typed, **promised_typed})


def _says_satisfaction(document: NoteDocument) -> bool:
    """Only the form of a visit has a choice for what was not discussed; in the other it stays empty."""
    return document.kind is ContactKind.FACE_TO_FACE or document.satisfaction is not Satisfaction.NOT_DISCUSSED


def _person(participant: Participant) -> tuple[str, str]:
    grant = system_grant(Purpose.MATCH)
    return participant.name.reveal(grant), participant.role.reveal(grant)


def _known(offered: Sequence[PersonLine]) -> dict[tuple[str, str], str]:
    """The references of the people who are offered, by name and title; of those of an earlier version only where nobody else has these."""
    grant = system_grant(Purpose.MATCH)
    named: dict[tuple[str, str], str] = {}
    for each in offered:
        named.setdefault((each.profile.name.reveal(grant), each.profile.role.reveal(grant)), each.ref)
    return named


def _people(participants: Sequence[Participant], offered: Sequence[PersonLine]) -> Iterator[str]:
    roles, known = {(text, ""): role for role, text in HOME_ROLES.items()}, _known(offered)
    for each in participants:
        yield THE_CLIENT if each.is_client else roles.get(_person(each)) or known[_person(each)]


def _kept(today: Sequence[PersonLine], earlier: NoteDocument) -> Iterator[PersonLine]:
    """Whoever stands in the earlier version under a name or title that the client's people do not have, or not any more."""
    known = _known(today)
    for place, each in enumerate(earlier.participants):
        if not each.is_client and _person(each) not in known:
            profile = PersonProfile(name=each.name, role=each.role)
            yield PersonLine(_NOBODY, f"{KEPT_PERSON}{place}", profile)


def _goals(work: Work, today: Sequence[GoalLine], earlier: NoteDocument) -> tuple[GoalLine, ...]:
    """Today's goals, and those of the earlier version, which stay as they were worded in it."""
    then = {each.goal_id: GoalText(code=each.code, text=each.text) for each in earlier.goals}
    lines = [replace(each, text=then.pop(each.id)) if each.id in then else each for each in today]
    refs = goals.refs_of(work, then)
    return (*lines, *(GoalLine(goal_id, refs[goal_id], text) for goal_id, text in then.items()))


def _goal_choices(document: NoteDocument, offered: Sequence[GoalLine]) -> Iterator[str]:
    refs = {each.id: each.ref for each in offered}
    return (f"{refs[each.goal_id]}.{each.progress.value}" for each in document.goals)


def _owners(work: Work, actor: Actor, today: Sequence[OwnerLine], earlier: NoteDocument) -> Iterator[OwnerLine]:
    """Whoever promised something in the earlier version and could not be chosen today."""
    known = {actor.id, *(each.id for each in today)}
    gone = {each.owner_id for each in earlier.promises} - known
    for row in staff.rows_of(work, gone):
        yield OwnerLine(row.id, row.ref, f"As before: {staff.profile_of(work, row).name}")


def _promised(
    promises: Sequence[Promise], actor: Actor, owners: Sequence[OwnerLine]
) -> tuple[dict[str, tuple[str, ...]], dict[str, Phi[str]]]:
    """One copy of the follow-up's fields for each promise; their days may be signed again after they have passed."""
    refs = {actor.id: OWNER_YOU, **{each.id: each.ref for each in owners}}
    chosen: dict[str, tuple[str, ...]] = {"follow_up": (NO_FOLLOW_UP,)}
    typed: dict[str, Phi[str]] = {}
    for copy, each in enumerate(promises, start=1):
        after = "" if copy == 1 else f"_{copy}"
        chosen[f"follow_up{after}"] = (each.due_on.isoformat(),)
        chosen[f"follow_up_owner{after}"] = (refs[each.owner_id],)
        typed[f"follow_up_what{after}"] = each.what
    if promises:
        chosen[FOLLOW_UP_COPIES] = (str(len(promises)),)
        chosen[KEPT_DAYS] = tuple(each.due_on.isoformat() for each in promises)
    return chosen, typed
