"""The two note forms, field by field as the screens say them, and what each hands to the service.

Source: 42 CFR 441.18(a)(7) for what a note has to hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, TypedDict

from pydantic import AfterValidator

from models.contacts import ContactKind
from models.forms import FormKind
from models.note_document import (
    MINUTES_MOST,
    Activity,
    EventKind,
    GoalProgress,
    Method,
    NoGoal,
    Participant,
    Place,
    Record,
    Satisfaction,
)
from privacy.phi import Phi
from services.note_content import Content, GoalAnswer, NewPromise
from services.note_fields import (
    FOLLOW_UP_COPIES,
    FOLLOW_UPS_MOST,
    HOME_ROLES,
    KEPT_PERSON,
    NO_FOLLOW_UP,
    OWNER_YOU,
    SOMEONE_NEW,
    THE_CLIENT,
    HomeRole,
)
from views.form import Form, FormButton, Repeat
from views.ids import FormId, NoteId, SharedId, WordId
from views.known import Look
from views.note_parts import (
    Ended,
    FollowUpPart,
    GoalChoices,
    Matters,
    NewPeople,
    PeopleOfContact,
    asks_why,
    at_a_conference,
    at_a_group_home,
    client_known,
    goal_groups,
    mistake,
    new_people,
    nobody_needed,
    place_needs_words,
    records_reviewed,
    significant_event,
    someone_new,
    something_to_record,
)
from views.note_words import (
    ACTIVITIES,
    EVENTS,
    MATTERS,
    METHODS,
    PLACES,
    RECORDS,
    SATISFACTION,
    SATISFACTION_AT_VISIT,
)
from views.widgets import Choice, Choices, ClientSearch, Moment, Number, Text, Ticks, always

_KEPT = re.compile(re.escape(KEPT_PERSON) + r"[0-9]{1,2}", re.ASCII)


def copies(look: Look) -> int:
    """How many follow-ups the form shows."""
    count = look.one(FOLLOW_UP_COPIES)
    return int(count) if count and count.isdigit() else 1


def may_add_follow_up(look: Look) -> bool:
    """Whether another follow-up may be added: the last one promises something, and five are the most."""
    last = Look(look.answers, copies(look)).one("follow_up")
    return last not in {None, NO_FOLLOW_UP} and copies(look) < FOLLOW_UPS_MOST


class OwnContent(TypedDict, total=False):
    """The part of a note's content that only one of the two kinds has."""

    method: Method
    place: Place
    place_words: Phi[str] | None
    also_there: Phi[str] | None
    wellbeing: Phi[str]


class NoteForm(Form):
    """What both notes hold. `order` of each form below is the order on its screen."""

    kind: ClassVar[ContactKind]
    buttons: ClassVar[Mapping[str, tuple[FormButton, ...]]] = {
        "observations": (
            FormButton("Save draft", FormId.SAVE, always),
            FormButton("Check my words", WordId.CHECK, always),
        ),
        "follow_ups": (FormButton("Add another follow-up", FormId.ADD_FOLLOW_UP, may_add_follow_up),),
    }

    client: Annotated[str, ClientSearch(label="Client", placeholder="Type two letters of a name, or an ID")]
    people: tuple[str, ...] = ()
    people_new: NewPeople | None = None
    ended_at: Ended
    minutes: int
    activities: Annotated[
        tuple[Activity, ...],
        Choices(label="Activities", placeholder="Choose one or more", words=ACTIVITIES, most=6),
    ]
    records: Annotated[
        tuple[Record, ...],
        Choices(label="Records you reviewed", placeholder="Choose", words=RECORDS, shown=records_reviewed),
    ] = ()
    done: Phi[str]
    observations: Phi[str]
    goals: Annotated[
        GoalChoices,
        Choices(
            label="Goals",
            placeholder="Choose a goal and where it stands",
            groups=goal_groups,
            shown=client_known,
            of_client=True,
        ),
    ] = ()
    follow_ups: Annotated[tuple[FollowUpPart, ...], Repeat(FollowUpPart, FOLLOW_UPS_MOST, FOLLOW_UP_COPIES)]
    record: Annotated[Matters, Ticks(label="Also to record", words=MATTERS)]
    event_kind: Annotated[
        EventKind | None,
        Choice(label="What kind of event", placeholder="Choose", words=EVENTS, shown=significant_event),
    ] = None
    record_words: Annotated[
        Phi[str] | None,
        Text(
            label="Say more",
            hint="Which service and the reason they gave; who else is involved; what must change.",
            least=5,
            most=1000,
            lines=True,
            shown=something_to_record,
        ),
    ] = None
    satisfaction: Satisfaction = Satisfaction.NOT_DISCUSSED
    satisfaction_words: Annotated[
        Phi[str] | None,
        Text(label="What about, and what was agreed", least=5, most=1000, lines=True, shown=asks_why),
    ] = None

    def content(self) -> Content:
        """What was answered, as the service takes it; references are still to be resolved there."""
        chosen = self.people
        roles = tuple(Participant(name=Phi(HOME_ROLES[HomeRole(each)])) for each in chosen if each in set(HomeRole))
        kept = tuple(int(each.removeprefix(KEPT_PERSON)) for each in chosen if _KEPT.fullmatch(each))
        named = tuple(
            each for each in chosen if each not in {THE_CLIENT, SOMEONE_NEW, *HomeRole} and not _KEPT.fullmatch(each)
        )
        return Content(
            kind=self.kind,
            client_ref=self.client,
            ended_at=self.ended_at,
            minutes=self.minutes,
            client_there=THE_CLIENT in chosen,
            people=named,
            kept=kept,
            roles=roles,
            newcomers=tuple(new_people(self.people_new)) if self.people_new is not None else (),
            activities=self.activities,
            records=self.records,
            done=self.done,
            observations=self.observations,
            goals=_goal_answers(self.goals),
            no_goal=tuple(NoGoal(value) for value in self.goals if value in set(NoGoal)),
            promises=_promises(self.follow_ups),
            matters=self.record,
            event_kind=self.event_kind,
            matter_words=self.record_words,
            satisfaction=self.satisfaction,
            satisfaction_words=self.satisfaction_words,
            **self.own_content(),
        )

    def own_content(self) -> OwnContent:
        """What only this kind of note holds."""
        raise NotImplementedError


class CollateralForm(NoteForm):
    """A contact that was not face to face."""

    callback_id: ClassVar[str] = NoteId.SIGN_COLLATERAL
    title: ClassVar[str] = "Collateral contact"
    kind: ClassVar[ContactKind] = ContactKind.COLLATERAL
    buttons: ClassVar[Mapping[str, tuple[FormButton, ...]]] = {
        **NoteForm.buttons,
        "minutes": (FormButton("More clients at this conference", SharedId.OPEN, at_a_conference),),
    }
    order: ClassVar[tuple[str, ...]] = (
        "client", "method", "people", "people_new", "ended_at", "minutes", "activities", "records", "done",
        "observations", "goals", "follow_ups", "record", "event_kind", "record_words", "satisfaction",
        "satisfaction_words",
    )  # fmt: skip

    method: Annotated[Method, Choice(label="How", placeholder="Choose", words=METHODS)]
    people: Annotated[
        tuple[str, ...],
        PeopleOfContact(label="With whom", placeholder="Choose people", optional=nobody_needed, of_client=True),
    ] = ()
    people_new: Annotated[
        NewPeople | None,
        Text(
            label="Name and title",
            hint="One person per line. Next time you can pick them.",
            placeholder="Dana Reyes, property manager",
            lines=True,
            most=1000,
            shown=someone_new,
        ),
    ] = None
    ended_at: Annotated[Ended, Moment(label="Ended", hint="The time of the contact, not of writing.")]
    minutes: Annotated[
        int,
        Number(
            label="Minutes",
            hint="Contact time only: no driving, no writing.",
            placeholder="e.g. 4",
            least=1,
            most=MINUTES_MOST,
            of_client=True,
        ),
    ]
    done: Annotated[
        Phi[str],
        Text(
            label="What you did",
            hint="Why, what, and the result. Names of other clients never: write “a housemate”.",
            placeholder="Asked for …, explained …, agreed that …",
            least=20,
            lines=True,
        ),
    ]
    observations: Annotated[
        Phi[str],
        Text(
            label="What it means for the client",
            hint="Status now. Progress or lack of it. Concerns, and whose. Their own words in quotes.",
            least=20,
            lines=True,
        ),
    ]
    satisfaction: Annotated[
        Satisfaction,
        Choice(
            label="Satisfied with services?",
            hint="Leave empty if it did not come up.",
            placeholder="Choose",
            words=SATISFACTION,
            optional=always,
        ),
    ] = Satisfaction.NOT_DISCUSSED

    def own_content(self) -> OwnContent:
        """How the contact was made."""
        return OwnContent(method=self.method)


def _client_is_there(people: tuple[str, ...]) -> tuple[str, ...]:
    if THE_CLIENT not in people:
        raise mistake("no_client_there")
    return people


class VisitForm(NoteForm):
    """A visit: the client was seen."""

    callback_id: ClassVar[str] = NoteId.SIGN_VISIT
    title: ClassVar[str] = "Face-to-face visit"
    kind: ClassVar[ContactKind] = ContactKind.FACE_TO_FACE
    buttons: ClassVar[Mapping[str, tuple[FormButton, ...]]] = {
        **NoteForm.buttons,
        "minutes": (FormButton("More clients at this visit", SharedId.OPEN, at_a_group_home),),
    }
    order: ClassVar[tuple[str, ...]] = (
        "client", "location", "location_words", "people", "people_new", "also_there", "ended_at", "minutes",
        "activities", "records", "done", "wellbeing", "observations", "goals", "satisfaction", "satisfaction_words",
        "follow_ups", "record", "event_kind", "record_words",
    )  # fmt: skip

    location: Annotated[Place, Choice(label="Location", placeholder="Choose", words=PLACES)]
    location_words: Annotated[Phi[str] | None, Text(label="Where", most=120, shown=place_needs_words)] = None
    people: Annotated[
        tuple[str, ...],
        PeopleOfContact(
            label="Who you talked with",
            hint="Choose the client too, also if they express themselves without words.",
            placeholder="Choose people",
            of_client=True,
        ),
        AfterValidator(_client_is_there),
    ] = ()
    people_new: Annotated[
        NewPeople | None,
        Text(label="Name and title", hint="One person per line.", lines=True, most=1000, shown=someone_new),
    ] = None
    also_there: Annotated[
        Phi[str] | None,
        Text(label="Also there", hint="Names and titles, if you did not talk with them.", most=300, optional=always),
    ] = None
    ended_at: Annotated[Ended, Moment(label="Ended", hint="When you left.")]
    minutes: Annotated[
        int,
        Number(
            label="Minutes",
            hint="Time with the client or about them: no driving, no writing.",
            least=1,
            most=MINUTES_MOST,
            of_client=True,
        ),
    ]
    done: Annotated[
        Phi[str],
        Text(
            label="What you did",
            hint="What you did or arranged, and how the person responded.",
            least=20,
            lines=True,
        ),
    ]
    wellbeing: Annotated[
        Phi[str],
        Text(
            label="Appearance, mood, health, safety",
            hint="What you saw and heard. Not a diagnosis.",
            least=20,
            most=2000,
            lines=True,
        ),
    ]
    observations: Annotated[
        Phi[str],
        Text(
            label="How things are going",
            hint=(
                "Status and progress, or lack of it. Concerns, and whose. The home or setting. Their own words in quotes."
            ),
            least=60,
            lines=True,
        ),
    ]
    satisfaction: Annotated[
        Satisfaction,
        Choice(
            label="Satisfied with services?",
            hint="Ask the person, or someone who speaks for them.",
            placeholder="Choose",
            words=SATISFACTION_AT_VISIT,
            shown=client_known,
        ),
    ] = Satisfaction.NOT_DISCUSSED

    def own_content(self) -> OwnContent:
        """Where the client was seen, and what was seen and heard."""
        return OwnContent(
            place=self.location,
            place_words=self.location_words,
            also_there=self.also_there,
            wellbeing=self.wellbeing,
        )


NOTE_FORMS: Mapping[FormKind, type[NoteForm]] = {
    FormKind(form.kind.value): form for form in (CollateralForm, VisitForm)
}


def _goal_answers(values: tuple[str, ...]) -> tuple[GoalAnswer, ...]:
    pairs = (value.partition(".") for value in values if "." in value)
    return tuple(GoalAnswer(ref=ref, progress=GoalProgress(state)) for ref, _, state in pairs)


def _promises(parts: tuple[FollowUpPart, ...]) -> tuple[NewPromise, ...]:
    promises: list[NewPromise] = []
    for part in parts:
        due = part.due_on()
        if due is not None and part.follow_up_what is not None:
            owner = None if part.follow_up_owner == OWNER_YOU else part.follow_up_owner
            promises.append(NewPromise(what=part.follow_up_what, owner_ref=owner, due_on=due))
    return tuple(promises)
