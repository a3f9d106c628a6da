"""The document that a note's version seals: what its form says, every reference replaced by what it means today."""

from __future__ import annotations

import uuid

from models.clients import Client
from models.note_document import Activity, GoalNote, Method, NoteDocument, Participant, Promise, Signature
from models.units import FrozenUnits
from privacy.keys import RecordKey
from services import clients, follow_ups, goals, people
from services.note_content import Content
from services.refusals import FieldRefused
from services.staff import Actor
from services.units import components
from services.work import Work


def document_of(
    work: Work, actor: Actor, client: Client, key: RecordKey, content: Content, counted: FrozenUnits
) -> NoteDocument:
    """The document that this actor signs now, with the units that were counted for it.

    Errors: FieldRefused for somebody or something that is not there for this client any more.
    """
    client_id = client.id
    return NoteDocument(
        kind=content.kind,
        ended_at=content.ended_at,
        minutes=content.minutes,
        method=content.method,
        place=content.place,
        place_words=content.place_words,
        participants=_participants(work, client, key, content),
        also_there=content.also_there,
        activities=content.activities,
        records=content.records,
        done=content.done,
        wellbeing=content.wellbeing,
        observations=content.observations,
        goals=_goals(work, client_id, key, content),
        no_goal=content.no_goal,
        promises=_promises(work, actor, client_id, content),
        matters=content.matters,
        event_kind=content.event_kind,
        matter_words=content.matter_words,
        satisfaction=content.satisfaction,
        satisfaction_words=content.satisfaction_words,
        components=components(content.activities),
        units=counted,
        signature=Signature(name=actor.name, title=actor.title, credential=actor.credential, signed_at=work.now),
    )


def _participants(work: Work, client: Client, key: RecordKey, content: Content) -> tuple[Participant, ...]:
    known = {person.ref: person for person in people.known(work, client.id, key)}
    if not set(content.people) <= set(known):
        raise FieldRefused("people", "choose")
    chosen = [known[ref] for ref in content.people]
    people.touch(work, chosen)
    named = [Participant(name=person.profile.name, role=person.profile.role) for person in chosen]
    themselves: list[Participant] = []
    if content.client_there:
        name = clients.full_name(clients.opened(work, client, key))
        themselves = [Participant(name=name, is_client=True)]
    return (*themselves, *content.roles, *named, *content.newcomers)


def _goals(work: Work, client_id: uuid.UUID, key: RecordKey, content: Content) -> tuple[GoalNote, ...]:
    active = {goal.ref: goal for goal in goals.active(work, client_id, key)}
    if not {answer.ref for answer in content.goals} <= set(active):
        raise FieldRefused("goals", "choose")
    return tuple(
        GoalNote(goal_id=goal.id, code=goal.text.code, text=goal.text.text, progress=answer.progress)
        for answer in content.goals
        for goal in [active[answer.ref]]
    )


def _promises(work: Work, actor: Actor, client_id: uuid.UUID, content: Content) -> tuple[Promise, ...]:
    owners = {owner.ref: owner.id for owner in follow_ups.owners(work, actor, client_id)}
    if not {each.owner_ref for each in content.promises if each.owner_ref} <= set(owners):
        raise FieldRefused("follow_up_owner", "choose")
    refers = content.method is Method.REFERRAL or Activity.REFERRED in content.activities
    return tuple(
        Promise(
            what=each.what,
            owner_id=owners[each.owner_ref] if each.owner_ref else actor.id,
            due_on=each.due_on,
            referral=refers,
        )
        for each in content.promises
    )
