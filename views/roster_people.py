"""The form of somebody around a client, with what may be told them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Final
from zoneinfo import ZoneInfo

from models.forms import Answers
from privacy.grants import Grant
from privacy.phi import Phi
from services.person_changes import PersonAnswers, PersonSheet
from views.blocks import PrivateView
from views.form import Form
from views.ids import RosterId
from views.quiet import QuietDay, QuietTicks
from views.roster_clients import About, about
from views.roster_inputs import RosterKnown
from views.widgets import Text, always

SILENT: Final = "do_not_disclose"
ENDED: Final = "ended"
_SILENT_WORDS: Final = "Nothing about the client may be told them"


class NewPersonForm(Form):
    """Somebody new around a client."""

    callback_id: ClassVar[str] = RosterId.PERSON_ADD
    title: ClassVar[str] = "Add a person"
    submit: ClassVar[str] = "Add"
    order: ClassVar[tuple[str, ...]] = (*("name", "role", "organisation", "phone", "email", "release_until", "terms"),)

    name: Annotated[Phi[str], Text(label="Name", most=80)]
    role: Annotated[Phi[str], Text(label="Role", hint="Such as mother, property manager, nurse.", most=80)]
    organisation: Annotated[Phi[str] | None, Text(label="Organization", most=80, optional=always)] = None
    phone: Annotated[Phi[str] | None, Text(label="Phone", most=300, optional=always)] = None
    email: Annotated[Phi[str] | None, Text(label="E-mail", most=254, optional=always)] = None
    release_until: Annotated[
        str | None,
        QuietDay(label="Release until", hint="The last day of the client's release for them.", optional=always),
    ] = None
    terms: Annotated[
        tuple[str, ...], QuietTicks(label="Disclosure", words={SILENT: _SILENT_WORDS}, optional=always)
    ] = ()

    def answers(self) -> PersonAnswers:
        """The form as the service takes it."""
        return PersonAnswers(
            name=self.name,
            role=self.role,
            organisation=self.organisation,
            phone=self.phone,
            email=self.email,
            release_until=self.release_until,
            do_not_disclose=SILENT in self.terms,
            ended=ENDED in self.terms,
        )


class PersonForm(NewPersonForm):
    """Somebody who is there, to be changed or ended."""

    callback_id: ClassVar[str] = RosterId.PERSON_EDIT
    title: ClassVar[str] = "Person"
    submit: ClassVar[str] = "Save"

    terms: Annotated[
        tuple[str, ...],
        QuietTicks(
            label="Disclosure",
            words={SILENT: _SILENT_WORDS, ENDED: "Not around the client any more"},
            optional=always,
        ),
    ] = ()


def new_person(sheet: PersonSheet, grant: Grant, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The form for somebody new around this client."""
    drawn = NewPersonForm.draw(Answers(), RosterKnown(grant, now, zone, client=sheet.client), "")
    return about(drawn, About(sheet.client.ref))


def edit_person(sheet: PersonSheet, grant: Grant, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The form about somebody, with what is stored in it."""
    drawn = PersonForm.draw(_stored(sheet), RosterKnown(grant, now, zone, client=sheet.client), "")
    return about(drawn, About(sheet.client.ref, sheet.ref, sheet.mark))


def _stored(sheet: PersonSheet) -> Answers:
    profile = sheet.profile
    if profile is None:
        return Answers()
    until = profile.release_until
    return Answers(
        typed={
            "name": profile.name,
            "role": profile.role,
            "organisation": profile.organisation,
            "phone": profile.phone,
            "email": profile.email,
        },
        chosen={
            "release_until": (until.isoformat(),) if until is not None else (),
            "terms": (SILENT,) if profile.do_not_disclose else (),
        },
    )
