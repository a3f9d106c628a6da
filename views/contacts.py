"""The small forms of contacts: keeping one for later, an attempt, planning a visit, giving one away. Their lists stand in contact_lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final
from zoneinfo import ZoneInfo

from models.contact_words import AttemptOutcome
from models.contacts import ContactKind
from models.forms import Answers
from models.note_document import MINUTES_MOST, Place
from privacy.grants import Grant
from privacy.phi import Phi
from services.attempts import AttemptContent
from services.contact_lists import Giving
from services.kept import Later, Plan
from services.note_fields import ANOTHER_DAY, NO_FOLLOW_UP, THE_CLIENT
from views.blocks import Block, Option, PrivateView, modal, option, section
from views.form import Form, FormButton
from views.ids import ContactId, NoteId
from views.known import Known, Look
from views.note_parts import (
    DueDay,
    ToCome,
    When,
    another_day,
    follow_up_days,
)
from views.note_words import PLACES
from views.quiet import QuietChoice
from views.widgets import Choice, ClientSearch, Day, Moment, Number, PeopleSearch, Radio, Text, always

JOT_MOST: Final = 300
SEARCH: Final = "Type two letters of a name, or an ID"
KINDS: Final = {
    ContactKind.COLLATERAL: "Phone or other",
    ContactKind.FACE_TO_FACE: "Visit",
    ContactKind.ATTEMPT: "Attempt",
}
OUTCOMES: Final = {
    AttemptOutcome.NO_ANSWER: "No answer",
    AttemptOutcome.LEFT_A_MESSAGE: "Left a message",
    AttemptOutcome.NOT_AT_HOME: "Not at home",
    AttemptOutcome.DID_NOT_COME: "Did not come",
    AttemptOutcome.THEY_CANCELLED: "They cancelled",
    AttemptOutcome.NUMBER_NOT_WORKING: "Number not working",
}


class LaterForm(Form):
    """A contact that has just ended and is written about later."""

    callback_id: ClassVar[str] = ContactId.KEEP
    title: ClassVar[str] = "Note it later"
    submit: ClassVar[str] = "Keep"

    client: Annotated[str, ClientSearch(label="Client", placeholder=SEARCH)]
    kind: Annotated[ContactKind, Radio(label="What was it?", words=KINDS)]
    jot: Annotated[
        Phi[str] | None,
        Text(
            label="A few words for later",
            hint="Only you see this, until you write the note.",
            most=JOT_MOST,
            optional=always,
        ),
    ] = None

    def content(self) -> Later:
        """What is kept."""
        return Later(client_ref=self.client, kind=self.kind, jot=self.jot if self.jot is not None else Phi(""))


@dataclass(frozen=True, kw_only=True)
class PeopleTried(PeopleSearch):
    """Who may have been tried: the client, and the people known for them."""

    def choices(self, look: Look, known: Known) -> list[Option]:
        """Everyone who may be chosen, the client first."""
        return [option("The client", THE_CLIENT), *super().choices(look, known)]


def try_again_days(look: Look, known: Known) -> list[Option]:
    """The days on which somebody is mostly tried again."""
    return [each for each in follow_up_days(look, known) if each["value"] != NO_FOLLOW_UP]


class AttemptForm(Form):
    """Someone was tried and not reached."""

    callback_id: ClassVar[str] = ContactId.SIGN_ATTEMPT
    title: ClassVar[str] = "Attempt"

    client: Annotated[str, ClientSearch(label="Client", placeholder=SEARCH)]
    outcome: Annotated[AttemptOutcome, Choice(label="What happened?", placeholder="Choose", words=OUTCOMES)]
    people: Annotated[
        tuple[str, ...],
        PeopleTried(label="Whom did you try?", placeholder="Choose people", optional=always, of_client=True),
    ] = ()
    follow_up: Annotated[
        When | None, Choice(label="Try again", placeholder="Choose", source=try_again_days, optional=always)
    ] = None
    follow_up_on: Annotated[DueDay | None, Day(label="By when", shown=another_day)] = None

    def content(self) -> AttemptContent:
        """What was answered, as the service takes it."""
        return AttemptContent(
            client_ref=self.client,
            outcome=self.outcome,
            client_tried=THE_CLIENT in self.people,
            people=tuple(each for each in self.people if each != THE_CLIENT),
            try_again_on=self._try_again_on(),
        )

    def _try_again_on(self) -> dt.date | None:
        if self.follow_up in {None, NO_FOLLOW_UP}:
            return None
        return self.follow_up_on if self.follow_up == ANOTHER_DAY else dt.date.fromisoformat(str(self.follow_up))


class PlanForm(Form):
    """A visit that is planned."""

    callback_id: ClassVar[str] = ContactId.PLAN
    title: ClassVar[str] = "Plan a visit"
    submit: ClassVar[str] = "Plan"
    buttons: ClassVar[Mapping[str, tuple[FormButton, ...]]] = {
        "location": (FormButton("Planned visits", ContactId.LIST_PLANNED, always),)
    }

    client: Annotated[str, ClientSearch(label="Client", placeholder=SEARCH)]
    starts_at: Annotated[ToCome, Moment(label="Day and time")]
    minutes: Annotated[int, Number(label="Minutes", placeholder="e.g. 60", least=1, most=MINUTES_MOST)]
    location: Annotated[Place, Choice(label="Location", placeholder="Choose", words=PLACES)]

    def content(self) -> Plan:
        """What is planned."""
        return Plan(client_ref=self.client, starts_at=self.starts_at, minutes=self.minutes, place=self.location)


def _receivers(_: Look, known: Known) -> list[Option]:
    return [option(owner.label, owner.ref) for owner in known.owners]


class GiveForm(Form):
    """A contact without a note that is given to somebody else."""

    callback_id: ClassVar[str] = ContactId.GIVE
    title: ClassVar[str] = "Not mine, give to…"
    submit: ClassVar[str] = "Give"

    receiver: Annotated[str, QuietChoice(label="Give to", placeholder="Choose", source=_receivers)]


def give(giving: Giving, grant: Grant, now: dt.datetime, zone: ZoneInfo, metadata: str) -> PrivateView:
    """The form that gives a contact away: it says before that the words which were kept go along."""
    known = Known(grant, now, zone, client=giving.client, owners=tuple(giving.receivers))
    drawn = GiveForm.draw(Answers(), known, "").view
    blocks = drawn.get("blocks", [])
    if giving.has_words:
        blocks = [*blocks, section("words", "What you kept with it goes along.")]
    return PrivateView({**drawn, "blocks": blocks, "private_metadata": metadata})


def kept(waiting: int) -> PrivateView:
    """What follows *Keep*."""
    return modal(
        ContactId.KEPT, "Kept", [section("kept", f"Kept. {waiting} waiting.")], submit="One more", close="Done"
    )


def signed(left: int, note_ref: str = "") -> PrivateView:
    """What follows *Sign* when the form was opened from a list with more in it. An attempt is no note and has no reference."""
    more = "1 contact still has no note." if left == 1 else f"{left} contacts still have no note."
    blocks: list[Block] = [
        section("signed", f"Signed. Note {note_ref}." if note_ref else "Signed."),
        section("left", more),
    ]
    return modal(NoteId.SIGNED, "Signed", blocks, submit="Write the next", close="Done")
