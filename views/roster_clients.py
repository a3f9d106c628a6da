"""Clients in the roster on the screen: the search, the one who was found with everything about them, and the forms for their facts.

Here: words and widgets. Not here: the forms of goals (roster_goals), people (roster_people) and assignments (roster_assignments).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Self
from zoneinfo import ZoneInfo

from models.clients import AssignmentKind, ClientStatus
from models.forms import Answers
from models.people import PersonProfile
from privacy.grants import Grant
from privacy.phi import Phi
from privacy.safetext import Ref
from services.client_cards import ClientCard, Worker
from services.client_changes import AddClient, ChangeClient, ClientFacts, ClientSheet
from services.client_twins import APART
from services.requirement_words import NONE
from views.birthdays import Birthday
from views.blocks import (
    Block,
    Element,
    PrivateView,
    actions,
    asking,
    button,
    context,
    header,
    modal,
    one_line,
    plain,
    section,
)
from views.form import Form
from views.ids import RosterId
from views.known import day_words
from views.quiet import QuietDay, QuietTicks
from views.roster_inputs import Lookup, RosterKnown
from views.widgets import Text, always

LINE_LONGEST: Final = 300
PART2: Final = "part2"
GOALS_MOST: Final = 30
PEOPLE_MOST: Final = 40
KINDS: Final = {
    AssignmentKind.PRIMARY: "Primary case manager",
    AssignmentKind.BACKUP: "Backup",
    AssignmentKind.COVERING: "Covers",
}
_REF: Final = re.compile(r"C-[0-9A-Z]{16}", re.ASCII)
_WHENCE: Final = re.compile(
    r"(?P<client>C-[0-9A-Z]{16})(?:\.(?P<ref>[GP]-[0-9A-Z]{16}))?(?:\.(?P<mark>[0-9a-f]{16}))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class About:
    """Whom a form of the roster is about: a client, perhaps one of their goals or people, and what it was when it was drawn."""

    client: str = ""
    ref: str = ""
    mark: str = ""

    @property
    def text(self) -> str:
        """What stands in the modal's metadata."""
        return ".".join(part for part in (self.client, self.ref, self.mark) if part)

    @classmethod
    def read(cls, text: str) -> Self:
        """The same from a modal's metadata; anything else is about nobody."""
        found = _WHENCE.fullmatch(text)
        return cls(found["client"], found["ref"] or "", found["mark"] or "") if found else cls()


class FactsForm(Form):
    """A client's facts."""

    callback_id: ClassVar[str] = RosterId.CLIENT_EDIT
    title: ClassVar[str] = "Client"
    submit: ClassVar[str] = "Save"

    last_name: Annotated[Phi[str], Text(label="Last name", most=80)]
    first_name: Annotated[Phi[str], Text(label="First name", most=80)]
    preferred_name: Annotated[Phi[str] | None, Text(label="Preferred name", most=80, optional=always)] = None
    born_on: Annotated[dt.date | None, Birthday(label="Date of birth", placeholder="4/30/1961", optional=always)] = None
    medicaid_id: Annotated[Phi[str] | None, Text(label="Medicaid ID", most=80, optional=always)] = None
    phone: Annotated[Phi[str] | None, Text(label="Phone", most=80, optional=always)] = None
    program: Annotated[Phi[str] | None, Text(label="Program", most=80, optional=always)] = None
    requirements: Annotated[
        Phi[str] | None,
        Text(
            label="How often to be seen",
            hint="Such as: visit every 90 days, grace 10; contact every month. Empty: as the policy has it for the program.",
            most=300,
            optional=always,
        ),
    ] = None
    plan_review_on: Annotated[str | None, QuietDay(label="Plan review due", optional=always)] = None
    apart: Annotated[
        tuple[str, ...],
        QuietTicks(
            label="Also",
            words={
                PART2: "Records are under 42 CFR Part 2: Noted cannot hold notes of them",
                APART: "Not the same person as somebody with this name or number",
            },
            optional=always,
        ),
    ] = ()

    def facts(self) -> ClientFacts:
        """The form as the service takes it."""
        return ClientFacts(
            last_name=self.last_name,
            first_name=self.first_name,
            preferred_name=self.preferred_name,
            born_on=self.born_on.isoformat() if self.born_on is not None else None,
            medicaid_id=self.medicaid_id,
            phone=self.phone,
            program=self.program,
            plan_review_on=self.plan_review_on,
            requirements=self.requirements,
            is_apart=APART in self.apart,
            part2=PART2 in self.apart,
        )

    def changed(self, about: About) -> ChangeClient:
        """The form as what is to be stored of this client."""
        return ChangeClient(about.client, about.mark, self.facts())


class NewClientForm(FactsForm):
    """Somebody new. Whom they have as a backup is one tap further, so that a phone can bear the form."""

    callback_id: ClassVar[str] = RosterId.CLIENT_ADD
    title: ClassVar[str] = "Add a client"
    submit: ClassVar[str] = "Add"
    order: ClassVar[tuple[str, ...]] = (
        *("agency_id", "last_name", "first_name", "preferred_name", "born_on", "medicaid_id"),
        *("phone", "program", "primary", "requirements", "plan_review_on", "apart"),
    )

    agency_id: Annotated[Phi[str], Text(label="Client ID", hint="The agency's own.", most=80)]
    primary: Annotated[str, Lookup(label="Primary case manager", placeholder="Choose", search=RosterId.FIND_STAFF)]

    def added(self) -> AddClient:
        """The form as somebody to be served."""
        return AddClient(self.agency_id, self.facts(), self.primary)


def client_search(card: ClientCard | None, grant: Grant, today: dt.date) -> PrivateView:
    """The search for a client, and below it the one who was found."""
    search: Element = {
        "type": "external_select",
        "action_id": RosterId.FIND_CLIENT,
        "placeholder": plain("A name, or an ID"),
        "min_query_length": 2,
    }
    blocks: list[Block] = [actions("top", search, button("Add a client", RosterId.CLIENT_ADD, primary=card is None))]
    blocks += _card(card, grant, today) if card is not None else [section("none", "Nobody is chosen yet.")]
    drawn = modal(RosterId.CLIENT_CARD, "Clients", blocks, close="Done")
    return PrivateView({**drawn.view, "private_metadata": card.ref if card is not None else ""})


def shown(metadata: str) -> str:
    """Whom the screen shows, from its metadata; nothing where it shows nobody."""
    return metadata if _REF.fullmatch(metadata) else ""


def new_client(grant: Grant, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The form for somebody new."""
    return NewClientForm.draw(Answers(), RosterKnown(grant, now, zone), "")


def edit_client(sheet: ClientSheet, grant: Grant, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The form for a client's facts, with what is stored in it."""
    profile = sheet.line.profile
    typed = {
        "last_name": profile.last_name,
        "first_name": profile.first_name,
        "preferred_name": profile.preferred_name,
        "medicaid_id": profile.medicaid_id,
        "phone": profile.phone,
        "program": profile.program,
        "requirements": Phi(sheet.requirements),
        "born_on": profile.born_on,
    }
    review = sheet.line.plan_review_on
    chosen = {"plan_review_on": (review.isoformat(),)} if review is not None else {}
    answers = Answers(typed=typed, chosen={**chosen, "apart": (PART2,) if profile.part2 else ()})
    drawn = FactsForm.draw(answers, RosterKnown(grant, now, zone, client=sheet.line), "")
    return about(drawn, About(sheet.line.ref, mark=sheet.mark))


def about(drawn: PrivateView, whom: About) -> PrivateView:
    """The same form with whom it is about in its metadata."""
    return PrivateView({**drawn.view, "private_metadata": whom.text})


def _card(card: ClientCard, grant: Grant, today: dt.date) -> list[Block]:
    ref = Ref(card.ref)
    is_closed = card.status is ClientStatus.CLOSED
    closed = " · closed" if is_closed else ""
    status = button("Serve again", RosterId.CLIENT_REOPEN, ref) if is_closed else _close(ref)
    edit = button("Edit", RosterId.CLIENT_EDIT, ref)
    blocks: list[Block] = [
        header("who", one_line(f"{card.line.name(grant)} · {card.line.profile.agency_id.reveal(grant)}{closed}", 150)),
        section("facts", one_line(_facts(card, grant, today), LINE_LONGEST)),
        actions("change", edit, status),
        section("workers", "\n".join(map(_worker, card.workers)) or "Nobody works with them.", _assign(ref)),
        header("goals", "Goals"),
    ]
    for goal in card.goals[:GOALS_MOST]:
        words = one_line(f"{goal.code(grant)} {goal.words(grant)}", LINE_LONGEST)
        blocks.append(section(goal.ref, words, button("Edit", RosterId.GOAL_EDIT, Ref(goal.ref))))
    blocks.append(actions("goals_add", button("Add a goal", RosterId.GOAL_ADD, ref)))
    blocks.append(header("people", "People"))
    for person in card.people[:PEOPLE_MOST]:
        words = one_line(f"{person.label(grant)}{_terms(person.profile, today)}", LINE_LONGEST)
        blocks.append(section(person.ref, words, button("Edit", RosterId.PERSON_EDIT, Ref(person.ref))))
    blocks.append(actions("people_add", button("Add a person", RosterId.PERSON_ADD, ref)))
    left = max(0, len(card.goals) - GOALS_MOST) + max(0, len(card.people) - PEOPLE_MOST)
    if left:
        blocks.append(context("more", f"And {left} more: change these with a file."))
    return blocks


def _close(ref: Ref) -> Element:
    return asking(
        button("Close this client", RosterId.CLIENT_CLOSE, ref),
        "Close this client?",
        "They leave every caseload. Their open follow-ups and planned visits end. Contacts without a note can still be noted.",
        yes="Close",
        no="No",
    )


def _assign(ref: Ref) -> Element:
    return button("Change", RosterId.ASSIGN, ref)


def _facts(card: ClientCard, grant: Grant, today: dt.date) -> str:
    """`Supported living · born 1980-02-03 · plan review in 6 days · visit every 90 days`."""
    profile = card.line.profile
    program, born_on, phone = (each.reveal(grant) for each in (profile.program, profile.born_on, profile.phone))
    parts = [program, f"born {born_on}" if born_on else "", phone]
    review = card.line.plan_review_on
    if review is not None:
        parts.append(f"plan review {day_words(review)} {review.year}{'' if review >= today else ', overdue'}")
    parts.append("no contact requirement" if card.requirements == NONE else card.requirements)
    if profile.part2:
        parts.append("records under 42 CFR Part 2")
    return " · ".join(part for part in parts if part)


def _worker(worker: Worker) -> str:
    """`Backup: Bob Bell, since Mon 2 Mar`."""
    until = f" until {day_words(worker.until_on)}" if worker.until_on is not None else ""
    since = "from" if worker.until_on is not None else "since"
    return one_line(f"{KINDS[worker.kind]}: {worker.name}, {since} {day_words(worker.from_on)}{until}", LINE_LONGEST)


def _terms(profile: PersonProfile, today: dt.date) -> str:
    """What may be told a person."""
    until = profile.release_until
    terms: Mapping[str, bool] = {
        " · do not disclose": profile.do_not_disclose,
        f" · release until {until}": until is not None and until >= today,
        f" · release ended {until}": until is not None and until < today,
    }
    return "".join(words for words, holds in terms.items() if holds)
