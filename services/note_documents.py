"""The document that a note's version seals: what its form says, every reference replaced by what it means."""

from __future__ import annotations

from models.clients import Client
from models.note_document import Activity, GoalNote, Method, NoteDocument, Participant, Promise, Signature
from models.units import FrozenUnits
from privacy.keys import RecordKey
from services import clients, note_answers, people
from services.note_answers import Offered
from services.note_content import Content
from services.note_fields import KEPT_PERSON
from services.refusals import FieldRefused
from services.staff import Actor
from services.units import components
from services.work import Work


def document_of(
    work: Work,
    actor: Actor,
    client: Client,
    key: RecordKey,
    content: Content,
    counted: FrozenUnits,
    earlier: NoteDocument | None = None,
) -> NoteDocument:
    """The document that this actor signs now, with the units that were counted for it.

    People, goals and owners may also be those of the earlier version, if there is one.
    Errors: FieldRefused for somebody or something that is not there for this client any more.
    """
    offered = note_answers.offered(work, actor, client.id, key, earlier)
    return NoteDocument(
        kind=content.kind,
        ended_at=content.ended_at,
        minutes=content.minutes,
        method=content.method,
        place=content.place,
        place_words=content.place_words,
        participants=_participants(work, client, key, offered, content),
        also_there=content.also_there,
        activities=content.activities,
        records=content.records,
        done=content.done,
        wellbeing=content.wellbeing,
        observations=content.observations,
        goals=_goals(offered, content),
        no_goal=content.no_goal,
        promises=_promises(actor, offered, content),
        matters=content.matters,
        event_kind=content.event_kind,
        matter_words=content.matter_words,
        satisfaction=content.satisfaction,
        satisfaction_words=content.satisfaction_words,
        components=components(content.activities),
        units=counted,
        plan_review_on=client.plan_review_on,
        signature=Signature(name=actor.name, title=actor.title, credential=actor.credential, signed_at=work.now),
    )


def _participants(
    work: Work, client: Client, key: RecordKey, offered: Offered, content: Content
) -> tuple[Participant, ...]:
    known = {person.ref: person for person in offered.people}
    refs = (*content.people, *(f"{KEPT_PERSON}{place}" for place in content.kept))
    if not set(refs) <= set(known):
        raise FieldRefused("people", "choose")
    chosen = [known[ref] for ref in refs]
    people.touch(work, chosen)
    named = [Participant(name=person.profile.name, role=person.profile.role) for person in chosen]
    themselves: list[Participant] = []
    if content.client_there:
        name = clients.full_name(clients.opened(work, client, key))
        themselves = [Participant(name=name, is_client=True)]
    return (*themselves, *content.roles, *named, *content.newcomers)


def _goals(offered: Offered, content: Content) -> tuple[GoalNote, ...]:
    known = {goal.ref: goal for goal in offered.goals}
    if not {answer.ref for answer in content.goals} <= set(known):
        raise FieldRefused("goals", "choose")
    return tuple(
        GoalNote(goal_id=goal.id, code=goal.text.code, text=goal.text.text, progress=answer.progress)
        for answer in content.goals
        for goal in [known[answer.ref]]
    )


def _promises(actor: Actor, offered: Offered, content: Content) -> tuple[Promise, ...]:
    owners = {owner.ref: owner.id for owner in offered.owners}
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
