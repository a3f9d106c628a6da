"""The states of the decision on where client data may go, and of its line in App Home."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from models.forms import Answers
from models.workspaces import Agreement, DecisionDocument, Labels, Operator, SlackAnswer, SlackPlan, Surface
from privacy.phi import Phi
from services.overview import DecisionLine
from services.surfaces import Standing
from tests.views import samples
from views import surface
from views.blocks import PrivateView, SafeBlocks
from views.home import home

RECORDED = DecisionDocument(
    decided_by=Phi("Pat Doe, privacy officer"),
    agreement=Phi("2026-05-04, contracts folder"),
    agreement_state=Agreement.SIGNED,
    plan=SlackPlan.ENTERPRISE,
    answer=SlackAnswer.NO_ANSWER,
    operator=Operator.AGENCY,
    labels=Labels.FIRST,
    reason=Phi("Asked twice, no answer; the risk is written down."),
    review_on=dt.date(2027, 11, 23),
    text_version=1,
)


def standing(version: int, where: Surface | None, document: DecisionDocument | None) -> PrivateView:
    """The screen on a decision."""
    return surface.surface(Standing(version, where, document), samples.GRANT, samples.NOW, samples.ZONE)


def chosen(**words: str) -> PrivateView:
    """The screen after these choices."""
    answers = Answers(chosen={name: (word,) for name, word in words.items()})
    return surface.drawn(answers, samples.GRANT, samples.NOW, samples.ZONE, 0)


def admins_home(decision: DecisionLine) -> SafeBlocks:
    """The App Home of somebody who may decide."""
    return home(replace(samples.overview(busy=False), decision=decision))


VIEWS: dict[str, Callable[[], PrivateView]] = {
    "surface_undecided": lambda: standing(0, None, None),
    "surface_forms": lambda: chosen(surface="modal"),
    "surface_recorded": lambda: standing(3, Surface.MODAL, RECORDED),
    "surface_closed": lambda: standing(2, Surface.NONE, DecisionDocument(decided_by=Phi("Pat Doe, director"))),
}
MESSAGES: dict[str, Callable[[], SafeBlocks]] = {
    "home_undecided": lambda: admins_home(DecisionLine(None)),
    "home_decided": lambda: admins_home(DecisionLine(Surface.MODAL)),
    "home_decided_long_ago": lambda: admins_home(DecisionLine(Surface.WEB, overdue=12)),
}
