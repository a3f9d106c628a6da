"""Where client data goes, on the screen: the text that whoever decides has read, the questions, and which answers ask for more.

A change to the text or to a question is a new TEXT_VERSION: what was recorded under an earlier one stays what it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, ClassVar, Final
from zoneinfo import ZoneInfo

from models.base import blank
from models.forms import Answers
from models.workspaces import Agreement, DecisionDocument, Labels, Operator, SlackAnswer, SlackPlan, Surface
from privacy.grants import Grant
from privacy.phi import Phi
from privacy.safetext import safe
from services import surfaces
from services.surfaces import RISKS, Standing
from views.blocks import Element, Option, PrivateView, option, plain, safe_section
from views.form import Form
from views.ids import SurfaceId
from views.known import Known, Look
from views.quiet import QuietChoice, QuietDay, QuietTicks
from views.widgets import Choice, Radio, Text

TEXT_VERSION: Final = 1
TEXTS: Final = (
    safe(
        "*Noted never puts client data in messages, channels or App Home. A form is different.* What is typed or shown in a "
        "Slack form passes through Slack's systems. Your agency has to decide whether that is allowed. Noted cannot decide it, "
        "and this screen is not legal advice."
    ),
    safe(
        "*What others say Slack's terms are* (we have not seen the terms themselves): client data only on the Enterprise plan, "
        "with a signed business associate agreement and Slack's requirements for HIPAA entities accepted; only in messages and "
        "uploaded files; not in other features. Slack's agreement does not cover the apps you install."
    ),
    safe(
        "*What is not known*: whether a form counts as a message or as another feature; whether, where and how long Slack keeps "
        "what is typed into a form or a search box, and whether its export, discovery or audit tools see it. We found no "
        "statement by Slack. Ask Slack in writing."
    ),
    safe(
        "*What passes through Slack if you choose forms*: client names and IDs in the search list and what is typed into it; "
        "everything typed in a note, also before it is signed, again with each choice made in the form; returned comments and "
        "notes you read."
    ),
)
SURFACES: Final = {
    Surface.WEB: "Noted's own page (not in this version)",
    Surface.MODAL: "Slack forms",
    Surface.NONE: "Nowhere yet",
}
DESCRIPTIONS: Final = {
    Surface.WEB: "Slack carries no client data. A link opens the form.",
    Surface.MODAL: "Client data passes through Slack.",
    Surface.NONE: "/note stays closed.",
}
AGREEMENTS: Final = {
    Agreement.SIGNED: "Signed",
    Agreement.NOT_SIGNED: "Not signed",
    Agreement.UNKNOWN: "I do not know",
}
PLANS: Final = {
    SlackPlan.ENTERPRISE: "Enterprise",
    SlackPlan.OTHER: "Another plan",
    SlackPlan.UNKNOWN: "I do not know",
}
ANSWERS: Final = {
    SlackAnswer.COVERED: "Slack says forms are covered",
    SlackAnswer.NO_ANSWER: "Slack has not answered; we accept the risk",
    SlackAnswer.NOT_ASKED: "Not asked; we accept the risk",
}
OPERATORS: Final = {
    Operator.AGENCY: "Our agency, on our own machines",
    Operator.VENDOR: "A vendor, with an agreement",
    Operator.VENDOR_WITHOUT: "A vendor, without an agreement",
}
LABELS: Final = {
    Labels.FULL: "Last, First · ID",
    Labels.FIRST: "First name · ID",
    Labels.ID: "ID only",
}


class Consent(StrEnum):
    """The one box."""

    READ = "read"


class SteeringChoice(Choice):
    """One of several, on which other questions depend."""

    def element(self, look: Look, name: str, known: Known) -> Element:
        """The same select, whose change draws the screen again."""
        return {**super().element(look, name, known), "action_id": SurfaceId.CHOOSE}


class SurfaceRadio(Radio):
    """The places there are, each with what it means."""

    def options(self, look: Look, known: Known) -> list[Option]:
        """The places, described."""
        return [{**option(SURFACES[each], each), "description": plain(DESCRIPTIONS[each])} for each in SURFACES]

    def element(self, look: Look, name: str, known: Known) -> Element:
        """The same group, whose change draws the screen again."""
        return {**super().element(look, name, known), "action_id": SurfaceId.CHOOSE}


def forms_wanted(look: Look) -> bool:
    """Whether Slack forms are chosen."""
    return look.one("surface") == Surface.MODAL


def signed(look: Look) -> bool:
    """Whether an agreement is said to be signed."""
    return forms_wanted(look) and look.one("agreement") == Agreement.SIGNED


def risk_accepted(look: Look) -> bool:
    """Whether forms are chosen although Slack has not said that they are covered."""
    return forms_wanted(look) and look.one("answer") in {each.value for each in RISKS}


class SurfaceForm(Form):
    """The agency's decision."""

    callback_id: ClassVar[str] = SurfaceId.RECORD
    title: ClassVar[str] = "Where client data goes"
    submit: ClassVar[str] = "Record decision"

    surface: Annotated[Surface, SurfaceRadio(label="Where may staff type and read notes?")]
    agreement: Annotated[
        Agreement | None,
        SteeringChoice(
            label="Business associate agreement with Slack", placeholder="Choose", words=AGREEMENTS, shown=forms_wanted
        ),
    ] = None
    agreement_ref: Annotated[
        Phi[str] | None, Text(label="Agreement: date and where it is kept", most=200, shown=signed)
    ] = None
    plan: Annotated[
        SlackPlan | None, QuietChoice(label="Slack plan", placeholder="Choose", words=PLANS, shown=forms_wanted)
    ] = None
    answer: Annotated[
        SlackAnswer | None,
        SteeringChoice(
            label="Slack's written answer about forms", placeholder="Choose", words=ANSWERS, shown=forms_wanted
        ),
    ] = None
    operator: Annotated[
        Operator, QuietChoice(label="Who runs this installation of Noted?", placeholder="Choose", words=OPERATORS)
    ]
    labels: Annotated[
        Labels | None,
        QuietChoice(label="How clients stand in search lists", placeholder="Choose", words=LABELS, shown=forms_wanted),
    ] = None
    decided_by: Annotated[
        Phi[str],
        Text(
            label="Decided by (name and title)",
            hint="The privacy officer or the person who may bind the agency.",
            least=5,
            most=120,
        ),
    ]
    reason: Annotated[Phi[str] | None, Text(label="Reason", lines=True, most=500, shown=risk_accepted)] = None
    review_on: Annotated[dt.date, QuietDay(label="Look at this again on")]
    confirm: Annotated[
        tuple[Consent, ...],
        QuietTicks(
            label="Confirm",
            words={Consent.READ: "I have read this, and I record the decision of the person named above."},
        ),
    ]

    def command(self) -> surfaces.Answers:
        """The form as the service takes it."""
        document = DecisionDocument(
            decided_by=self.decided_by,
            agreement=blank() if self.agreement_ref is None else self.agreement_ref,
            agreement_state=self.agreement,
            plan=self.plan,
            answer=self.answer,
            operator=self.operator,
            labels=self.labels or Labels.FULL,
            reason=blank() if self.reason is None else self.reason,
            review_on=self.review_on,
            text_version=TEXT_VERSION,
        )
        return surfaces.Answers(self.surface, document)


def surface(standing: Standing, grant: Grant, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The decision as it stands, to be changed or recorded again. Whoever decides anew confirms anew."""
    return drawn(_stored(standing, now.astimezone(zone).date()), grant, now, zone, standing.version)


def drawn(answers: Answers, grant: Grant, now: dt.datetime, zone: ZoneInfo, version: int) -> PrivateView:
    """The screen with these answers in it. Its metadata is the version that it may follow."""
    view = SurfaceForm.draw(answers, Known(grant, now, zone), "").view
    texts = [safe_section(f"text_{number}", text) for number, text in enumerate(TEXTS, start=1)]
    return PrivateView({**view, "blocks": [*texts, *view.get("blocks", [])], "private_metadata": str(version)})


def is_drawn(answers: Answers, shape: Sequence[tuple[str, bool]]) -> bool:
    """Whether the screen shows what these answers ask for, so that it need not be drawn again."""
    return SurfaceForm.shape(answers, fixed_client=False) == list(shape)


def version_of(metadata: str) -> int:
    """The version that was on the screen, from its metadata; nobody's metadata has a version below 0."""
    return int(metadata) if metadata.isascii() and metadata.isdigit() and len(metadata) <= 6 else -1


def _stored(standing: Standing, today: dt.date) -> Answers:
    document = standing.document
    chosen: dict[str, tuple[str, ...]] = {"review_on": (_in_a_year(today).isoformat(),)}
    if standing.surface is None or document is None:
        return Answers(chosen=chosen)
    words = {
        "surface": standing.surface,
        "agreement": document.agreement_state,
        "plan": document.plan,
        "answer": document.answer,
        "operator": document.operator,
        "labels": document.labels,
    }
    chosen |= {name: (word,) for name, word in words.items() if word is not None}
    typed = {"agreement_ref": document.agreement, "decided_by": document.decided_by, "reason": document.reason}
    return Answers(chosen=chosen, typed=typed)


def _in_a_year(today: dt.date) -> dt.date:
    """The same day in twelve months; the last of February for the 29th."""
    day = 28 if (today.month, today.day) == (2, 29) else today.day
    return today.replace(year=today.year + 1, day=day)
