"""The form of a goal of a client's plan."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Final
from zoneinfo import ZoneInfo

from models.forms import Answers
from privacy.grants import Grant
from privacy.phi import Phi
from services.goal_changes import GoalAnswers, GoalSheet
from views.blocks import PrivateView
from views.form import Form
from views.ids import RosterId
from views.quiet import QuietTicks
from views.roster_clients import About, about
from views.roster_inputs import RosterKnown
from views.widgets import Text, always

ENDED: Final = "ended"


class NewGoalForm(Form):
    """A new goal."""

    callback_id: ClassVar[str] = RosterId.GOAL_ADD
    title: ClassVar[str] = "Add a goal"
    submit: ClassVar[str] = "Add"

    code: Annotated[Phi[str], Text(label="Code", hint="As the plan numbers it, such as G2.", most=80)]
    text: Annotated[Phi[str], Text(label="Goal", placeholder="Keep an apartment", most=1000, lines=True)]
    target: Annotated[Phi[str] | None, Text(label="What is to be reached", most=1000, lines=True, optional=always)] = (
        None
    )

    def answers(self) -> GoalAnswers:
        """The form as the service takes it."""
        return GoalAnswers(self.code, self.text, self.target)


class GoalForm(NewGoalForm):
    """A goal that stands, to be changed or ended."""

    callback_id: ClassVar[str] = RosterId.GOAL_EDIT
    title: ClassVar[str] = "Goal"
    submit: ClassVar[str] = "Save"

    ended: Annotated[
        tuple[str, ...],
        QuietTicks(label="Does it stand?", words={ENDED: "It has ended: forms offer it no more"}, optional=always),
    ] = ()

    def answers(self) -> GoalAnswers:
        """The form as the service takes it."""
        return GoalAnswers(self.code, self.text, self.target, ended=ENDED in self.ended)


def new_goal(sheet: GoalSheet, grant: Grant, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The form for a new goal of this client."""
    drawn = NewGoalForm.draw(Answers(), RosterKnown(grant, now, zone, client=sheet.client), "")
    return about(drawn, About(sheet.client.ref))


def edit_goal(sheet: GoalSheet, grant: Grant, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The form about a goal, with what is stored in it."""
    text = sheet.text
    typed = {"code": text.code, "text": text.text, "target": text.target} if text is not None else {}
    drawn = GoalForm.draw(Answers(typed=typed), RosterKnown(grant, now, zone, client=sheet.client), "")
    return about(drawn, About(sheet.client.ref, sheet.ref, sheet.mark))
