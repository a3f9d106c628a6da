"""Staff on the screen: their list, and the forms that add somebody or change them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Final, Self
from zoneinfo import ZoneInfo

from models.forms import Answers
from models.staff import Role
from privacy.grants import Grant
from privacy.phi import Phi
from privacy.safetext import Ref, safe
from services.roster_rows import NewStaff
from services.staff import SlackUser
from services.staff_changes import Details, Identity, StaffSheet
from services.staff_lists import LeftBehind, StaffLine, StaffPage
from views.blocks import (
    Block,
    Element,
    Option,
    PrivateView,
    actions,
    asking,
    button,
    context,
    modal,
    one_line,
    option,
    plain,
    section,
)
from views.form import Form
from views.ids import RosterId
from views.known import Known, Look
from views.quiet import QuietChoice, QuietTicks
from views.roster_inputs import Account, Lookup, RosterKnown
from views.widgets import Text, always

LINE_LONGEST: Final = 300
STILL_DEACTIVATED: Final = safe(
    "Slack says that this account is deactivated, so nothing was changed. Activate it in Slack first, or choose another account."
)
ROLES: Final = {
    Role.CASE_MANAGER: "Case manager",
    Role.SUPERVISOR: "Supervisor",
    Role.ADMIN: "Admin",
    Role.AUDITOR: "Auditor",
    Role.PRIVACY_OFFICER: "Privacy officer",
}
COSIGN: Final = "cosign"
REVIEWED: Final = "Their notes are reviewed (co-signature)"
DAYS: Final = {
    "1": "Monday",
    "2": "Tuesday",
    "3": "Wednesday",
    "4": "Thursday",
    "5": "Friday",
    "6": "Saturday",
    "7": "Sunday",
}
ZONES: Final = {
    "America/New_York": "Eastern (New York)",
    "America/Indiana/Indianapolis": "Eastern (Indianapolis)",
    "America/Chicago": "Central (Chicago)",
    "America/Denver": "Mountain (Denver)",
    "America/Phoenix": "Mountain (Phoenix, no daylight saving)",
    "America/Los_Angeles": "Pacific (Los Angeles)",
    "America/Anchorage": "Alaska (Anchorage)",
    "Pacific/Honolulu": "Hawaii (Honolulu)",
    "America/Puerto_Rico": "Atlantic (Puerto Rico)",
    "Pacific/Guam": "Guam",
}
_WHENCE: Final = re.compile(r"(?:(?P<ref>S-[0-9A-Z]{16})\.(?P<mark>[0-9a-f]{16})\.)?(?P<page>[0-9]{1,4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Whence:
    """Whom a form is about and what they were when it was drawn, and which page of the list lies below it."""

    page: int
    ref: str = ""
    mark: str = ""

    @property
    def text(self) -> str:
        """What stands in the modal's metadata."""
        return f"{self.ref}.{self.mark}.{self.page}" if self.ref else str(self.page)

    @classmethod
    def read(cls, text: str) -> Self:
        """The same from a modal's metadata; anything else is about nobody."""
        found = _WHENCE.fullmatch(text)
        return cls(int(found["page"]), found["ref"] or "", found["mark"] or "") if found else cls(0)


def _zones(look: Look, _: Known) -> list[Option]:
    """The zones of the United States, and whichever one a file has given somebody."""
    stored = look.one("time_zone")
    others = {stored: stored.replace("_", " ")} if stored and stored not in ZONES else {}
    return [option(words, zone) for zone, words in {**ZONES, **others}.items()]


class DetailsForm(Form):
    """What whoever may change somebody may change of them."""

    callback_id: ClassVar[str] = RosterId.STAFF_EDIT
    title: ClassVar[str] = "Staff member"
    submit: ClassVar[str] = "Save"

    name: Annotated[Phi[str], Text(label="Name", most=80)]
    job: Annotated[Phi[str], Text(label="Title", hint="As it stands under a note.", most=80)]
    credential: Annotated[Phi[str] | None, Text(label="Credential", most=80, optional=always)] = None
    phone_numbers: Annotated[
        Phi[str] | None,
        Text(
            label="Phone numbers",
            hint="Those they call clients from, separated by a semicolon. A call is theirs by them.",
            most=300,
            optional=always,
        ),
    ] = None
    team: Annotated[
        str | None, Lookup(label="Team", placeholder="Choose", search=RosterId.FIND_TEAM, optional=always)
    ] = None
    time_zone: Annotated[str, QuietChoice(label="Time zone", placeholder="Choose", source=_zones)]
    work_days: Annotated[tuple[str, ...], QuietTicks(label="Working days", words=DAYS)]
    work_hours: Annotated[Phi[str], Text(label="Working hours", hint="Such as 08:30-17:00.", most=40)]
    review: Annotated[tuple[str, ...], QuietTicks(label="Co-signature", words={COSIGN: REVIEWED}, optional=always)] = ()

    def details(self) -> Details:
        """This part as the service takes it."""
        return Details(
            name=self.name,
            title=self.job,
            credential=self.credential,
            phone_numbers=self.phone_numbers,
            team_ref=self.team,
            time_zone=self.time_zone,
            work_days="".join(self.work_days),
            work_hours=self.work_hours,
            cosign_required=COSIGN in self.review,
        )


class StaffForm(DetailsForm):
    """Everything about somebody; roles and co-signature are one group, so that a phone can bear the form."""

    order: ClassVar[tuple[str, ...]] = (
        *("name", "job", "credential", "email", "slack_user", "roles", "supervisor"),
        *("team", "phone_numbers", "time_zone", "work_days", "work_hours"),
    )

    email: Annotated[Phi[str], Text(label="E-mail", most=254)]
    slack_user: Annotated[
        str | None,
        Account(
            label="Slack account",
            hint="Leave it empty if their e-mail in Slack is the one above: they are found by it.",
            placeholder="Choose",
            optional=always,
        ),
    ] = None
    roles: Annotated[
        tuple[str, ...],
        QuietTicks(label="What they do", words={**ROLES, COSIGN: REVIEWED}),
    ]
    supervisor: Annotated[
        str | None, Lookup(label="Supervisor", placeholder="Choose", search=RosterId.FIND_STAFF, optional=always)
    ] = None

    def details(self) -> Details:
        """This part as the service takes it."""
        return replace(super().details(), cosign_required=COSIGN in self.roles)

    def identity(self, account: SlackUser | None) -> Identity:
        """The other part, with what Slack says about the account."""
        roles = frozenset(role for role in Role if role in self.roles)
        return Identity(self.email, self.slack_user, roles, self.supervisor, account)


class NewStaffForm(StaffForm):
    """Somebody new."""

    callback_id: ClassVar[str] = RosterId.STAFF_ADD
    title: ClassVar[str] = "Add a person"
    submit: ClassVar[str] = "Add"


def new_staff(facts: NewStaff, grant: Grant, now: dt.datetime, zone: ZoneInfo, page: int) -> PrivateView:
    """The form for somebody new, with the agency's own hours in it."""
    drawn = NewStaffForm.draw(_stored(facts), RosterKnown(grant, now, zone), "").view
    return PrivateView({**drawn, "private_metadata": Whence(page).text})


def edit_staff(sheet: StaffSheet, grant: Grant, now: dt.datetime, zone: ZoneInfo, page: int) -> PrivateView:
    """The form about somebody. What an admin alone changes stands above the rest where it is not open."""
    chosen = {"team": sheet.team, "supervisor": sheet.supervisor}
    refs = {name: (each[0],) for name, each in chosen.items() if each is not None}
    labels = {each[0]: each[1] for each in chosen.values() if each is not None}
    answers = _stored(sheet.facts)
    answers = Answers(typed=answers.typed, chosen={**answers.chosen, **refs})
    form = StaffForm if sheet.identity_is_open else DetailsForm
    drawn = form.draw(answers, RosterKnown(grant, now, zone, labels=labels), "").view
    blocks = drawn.get("blocks", [])
    if not sheet.identity_is_open:
        blocks = [context("fixed", _fixed(sheet)), *blocks]
    return PrivateView({**drawn, "blocks": blocks, "private_metadata": Whence(page, sheet.ref, sheet.mark).text})


def staff_list(page: StaffPage) -> PrivateView:
    """The staff whom the reader may change, ten a page."""
    search: Element = {
        "type": "external_select",
        "action_id": RosterId.PICK_STAFF,
        "placeholder": plain("Find somebody"),
        "min_query_length": 0,
    }
    blocks: list[Block] = [actions("top", button("Add a person", RosterId.STAFF_ADD, primary=True), search)]
    for line in page.lines:
        blocks.append(section(f"{line.ref}.line", one_line(_line(line), LINE_LONGEST)))
        blocks += _buttons(line)
    if not page.lines:
        blocks.append(section("none", "Nobody is on the staff list yet."))
    turns: list[Element] = []
    if page.number:
        turns.append(button("Previous ten", RosterId.STAFF_PREVIOUS))
    if page.has_next:
        turns.append(button("Next ten", RosterId.STAFF_NEXT))
    if turns:
        blocks.append(actions("turn", *turns))
    drawn = modal(RosterId.STAFF_LIST, "Staff", blocks, close="Done")
    return PrivateView({**drawn.view, "private_metadata": str(page.number)})


def page_of(metadata: str) -> int:
    """Which page a list shows, from its metadata."""
    return int(metadata) if metadata.isascii() and metadata.isdigit() and len(metadata) <= 4 else 0


def _line(line: StaffLine) -> str:
    """`Carol Benitez · Team lead · East · Supervisor, Admin`."""
    roles = ", ".join(words for role, words in ROLES.items() if role in line.roles)
    clients = ("1 client" if line.clients == 1 else f"{line.clients} clients") if line.clients else ""
    parts = [line.name, line.title, line.team, roles, clients]
    if line.left is not None:
        parts = [line.name, "has left", *_left_words(line.left), clients]
    elif not line.has_account:
        parts.append("not seen in Slack yet")
    return " · ".join(part for part in parts if part)


def _left_words(left: LeftBehind) -> list[str]:
    counted = (
        (left.drafts, "draft not signed", "drafts not signed"),
        (left.contacts, "contact without anybody", "contacts without anybody"),
        (left.follow_ups, "follow-up without anybody", "follow-ups without anybody"),
    )
    return [f"{count} {one if count == 1 else many}" for count, one, many in counted if count]


def _buttons(line: StaffLine) -> list[Block]:
    has_clients = line.clients > 0
    give = [button("Hand over", RosterId.HAND_OVER, Ref(line.ref))] if has_clients else []
    if line.left is not None:
        back = [button("Works here again", RosterId.STAFF_RETURN, Ref(line.ref))] if line.may_return else []
        return [actions(line.ref, *give, *back)] if give or back else []
    edit = button("Edit", RosterId.STAFF_EDIT, Ref(line.ref))
    cover = [button("Cover", RosterId.COVER, Ref(line.ref))] if has_clients else []
    left = asking(
        button("Has left", RosterId.STAFF_LEAVE, Ref(line.ref)),
        "Has this person left?",
        "They lose access at once. Their follow-ups, planned visits and contacts go on to those who have the clients, "
        "or to their supervisor.",
        yes="Has left",
        no="No",
    )
    return [actions(line.ref, edit, *give, *cover, *(() if line.is_self else (left,)))]


def _fixed(sheet: StaffSheet) -> str:
    roles = ", ".join(words for role, words in ROLES.items() if role in sheet.facts.roles)
    above = f" · supervisor {sheet.supervisor[1]}" if sheet.supervisor is not None else ""
    return f"{sheet.facts.profile.email} · {roles}{above} · another admin changes these"


def _stored(facts: NewStaff) -> Answers:
    profile = facts.profile
    begins, ends = (
        f"{minute // 60:02d}:{minute % 60:02d}" for minute in (facts.work_starts_minute, facts.work_ends_minute)
    )
    roles = tuple(role.value for role in Role if role in facts.roles)
    cosign = (COSIGN,) if facts.cosign_required else ()
    words = {
        "name": profile.name,
        "job": profile.title,
        "credential": profile.credential,
        "email": profile.email,
        "work_hours": f"{begins}-{ends}",
    }
    typed = {name: Phi(each) for name, each in words.items()}
    return Answers(
        typed={**typed, "phone_numbers": profile.phone_numbers.map("; ".join)},
        chosen={
            "roles": (*roles, *cosign),
            "review": cosign,
            "slack_user": (facts.slack_user_id,) if facts.slack_user_id is not None else (),
            "time_zone": (facts.time_zone,),
            "work_days": tuple(facts.work_days),
        },
    )
