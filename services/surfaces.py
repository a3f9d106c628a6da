"""Where client data may go: the agency's decision, its versions, and what refuses it.

Here: recording a decision, from the screen or from the command line, and what the newest one says. Not here: the text that whoever
decides has read (views.surface), and stopping whoever would open a form without it (workspaces).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from models.base import new_id
from models.workspaces import (
    Agreement,
    DecisionDocument,
    Labels,
    Operator,
    SlackAnswer,
    SlackPlan,
    Surface,
    SurfaceDecision,
)
from privacy.grants import Grant
from privacy.phi import Phi
from services import access, audit
from services.decisions import Deed, decide
from services.refusals import ChangedMeanwhile, FieldsRefused
from services.staff import Actor
from services.work import Work

DECISION: Final = "surface_decision"
# Whoever accepts that Slack has not said whether forms are covered says why.
RISKS: Final = frozenset({SlackAnswer.NO_ANSWER, SlackAnswer.NOT_ASKED})


@dataclass(frozen=True, slots=True)
class DecideSurface:
    """Record what was decided elsewhere and is told to the command line, where nobody is known and no text is shown."""

    surface: Surface
    decided_by: str
    agreement: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What somebody answered on the screen; `document` holds it all but the place itself."""

    surface: Surface
    document: DecisionDocument


@dataclass(frozen=True, slots=True)
class Standing:
    """The decision that counts now; version 0 is none."""

    version: int
    surface: Surface | None
    document: DecisionDocument | None

    @property
    def review_on(self) -> dt.date | None:
        """The day on which it is to be looked at again."""
        return self.document.review_on if self.document is not None else None


def standing(work: Work) -> Standing:
    """The decision that counts now."""
    row = work.session.scalar(
        select(SurfaceDecision)
        .where(SurfaceDecision.workspace_id == work.workspace_id)
        .order_by(SurfaceDecision.version.desc())
        .limit(1)
    )
    if row is None:
        return Standing(0, None, None)
    opened = work.keys.house_key.open(DecisionDocument, row.reasons, work.cell(DECISION, "reasons", row.id))
    return Standing(row.version, row.surface, opened)


def labels(work: Work) -> Labels:
    """How clients stand in search lists."""
    document = standing(work).document
    return document.labels if document is not None else Labels.FULL


def may_decide(actor: Actor) -> bool:
    """Whether this is the actor's to decide."""
    return decide(access.asker(actor), Deed.SURFACE_DECIDE).allowed


def is_undecided_for(work: Work, actor: Actor) -> bool:
    """Whether nobody has decided anything yet, and the actor may."""
    return may_decide(actor) and standing(work).version == 0


def look(work: Work, actor: Actor) -> tuple[Standing, Grant]:
    """The decision that counts now, and the grant to draw it.

    Errors: NotFound for whoever may not decide.
    """
    access.require(work, actor, Deed.SURFACE_DECIDE)
    grant = audit.record(work, audit.Action.SURFACE_READ, actor=actor.id, subject=("workspace", work.workspace_id))
    return standing(work), grant


def decide_surface(work: Work, command: DecideSurface) -> None:
    """Record a decision that was told to the command line, as a new version; the newest counts at once.

    How clients stand in lists stays as it was decided last.
    """
    document = DecisionDocument(
        decided_by=Phi(command.decided_by), agreement=Phi(command.agreement), labels=labels(work)
    )
    _store(work, standing(work).version + 1, Answers(command.surface, document), None)


def decide_on_screen(work: Work, actor: Actor, answers: Answers, version: int) -> None:
    """Record a decision as the version after the one that was on the screen; the same again is recorded once.

    Errors: NotFound for whoever may not decide; FieldsRefused; ChangedMeanwhile when somebody else has decided meanwhile.
    """
    access.require(work, actor, Deed.SURFACE_DECIDE)
    refused = refusals(answers, actor.today(work.now))
    if refused:
        raise FieldsRefused(refused)
    newest = standing(work)
    if newest.version == version:
        _store(work, version + 1, answers, actor.id)
    elif not _is_same(work, newest, answers):
        raise ChangedMeanwhile


def refusals(answers: Answers, today: dt.date) -> Mapping[str, str]:
    """Which answers cannot stand, by field: each with its kind of mistake. Closing is never refused for what stands open."""
    document, found = answers.document, dict[str, str]()
    if answers.surface is Surface.MODAL:
        if document.agreement_state is not Agreement.SIGNED:
            found["agreement"] = "no_agreement"
        if document.plan is not SlackPlan.ENTERPRISE:
            found["plan"] = "other_plan"
        if document.answer is None:
            found["answer"] = "choose"
    if answers.surface is not Surface.NONE and document.operator is Operator.VENDOR_WITHOUT:
        found["operator"] = "vendor_without"
    if document.operator is None:
        found["operator"] = "choose"
    if document.review_on is None:
        found["review_on"] = "day"
    elif document.review_on < today:
        found["review_on"] = "day_past"
    return found


def _is_same(work: Work, newest: Standing, answers: Answers) -> bool:
    key = work.keys.house_key
    return (
        newest.document is not None
        and newest.surface is answers.surface
        and key.fingerprint(newest.document) == key.fingerprint(answers.document)
    )


def _store(work: Work, version: int, answers: Answers, actor_id: uuid.UUID | None) -> None:
    row_id = new_id()
    reasons = work.keys.house_key.seal(answers.document, work.cell(DECISION, "reasons", row_id))
    work.session.add(
        SurfaceDecision(
            workspace_id=work.workspace_id,
            version=version,
            id=row_id,
            surface=answers.surface,
            reasons=reasons,
            recorded_at=work.now,
        )
    )
    audit.record(
        work,
        audit.Action.SURFACE_DECIDE,
        actor=actor_id,
        subject=(DECISION, row_id),
        sealed=reasons,
        rule=answers.surface.value,
    )
