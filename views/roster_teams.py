"""Teams on the screen: their list, and the forms that add one or change it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Annotated, ClassVar, Final
from zoneinfo import ZoneInfo

from models.forms import Answers
from privacy.grants import Grant
from privacy.phi import Phi
from privacy.safetext import Ref
from services.staff_lists import TeamLine
from services.team_changes import TeamAnswers, TeamSheet
from views.blocks import Block, PrivateView, actions, button, modal, one_line, section
from views.form import Form
from views.ids import RosterId
from views.roster_inputs import Channel, Lookup, RosterKnown
from views.widgets import Text, always

SHOWN_MOST: Final = 90
LINE_LONGEST: Final = 300
_WHENCE: Final = re.compile(r"(?P<ref>T-[0-9A-Z]{16})\.(?P<mark>[0-9a-f]{16})", re.ASCII)


class TeamForm(Form):
    """A team."""

    callback_id: ClassVar[str] = RosterId.TEAM_EDIT
    title: ClassVar[str] = "Team"
    submit: ClassVar[str] = "Save"

    name: Annotated[Phi[str], Text(label="Name", most=80)]
    channel: Annotated[
        str | None,
        Channel(
            label="Channel",
            hint="The team's digest goes there: totals, nobody's name. Invite Noted to it.",
            placeholder="Choose",
            optional=always,
        ),
    ] = None
    supervisor: Annotated[
        str | None,
        Lookup(
            label="Supervisor",
            hint="For whoever joins without one, and for members who have none or the team's supervisor before.",
            placeholder="Choose",
            search=RosterId.FIND_STAFF,
            optional=always,
        ),
    ] = None

    def answers(self) -> TeamAnswers:
        """The form as the service takes it."""
        return TeamAnswers(self.name, self.channel, self.supervisor)


class NewTeamForm(TeamForm):
    """A new team."""

    callback_id: ClassVar[str] = RosterId.TEAM_ADD
    title: ClassVar[str] = "Add a team"
    submit: ClassVar[str] = "Add"


def new_team(grant: Grant, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The form for a new team."""
    return NewTeamForm.draw(Answers(), RosterKnown(grant, now, zone), "")


def edit_team(sheet: TeamSheet, grant: Grant, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The form about a team. Its metadata says which one, and what it was."""
    chosen: dict[str, tuple[str, ...]] = {"channel": (sheet.channel_id,)} if sheet.channel_id is not None else {}
    labels: dict[str, str] = {}
    if sheet.supervisor is not None:
        ref, name = sheet.supervisor
        chosen["supervisor"], labels[ref] = (ref,), name
    answers = Answers(typed={"name": Phi(sheet.name)}, chosen=chosen)
    drawn = TeamForm.draw(answers, RosterKnown(grant, now, zone, labels=labels), "").view
    return PrivateView({**drawn, "private_metadata": f"{sheet.ref}.{sheet.mark}"})


def whence(metadata: str) -> tuple[str, str]:
    """Which team a form is about, and what it was when the form was drawn."""
    found = _WHENCE.fullmatch(metadata)
    return (found["ref"], found["mark"]) if found else ("", "")


def team_list(lines: Sequence[TeamLine]) -> PrivateView:
    """Every team."""
    blocks: list[Block] = [actions("top", button("Add a team", RosterId.TEAM_ADD, primary=True))]
    for line in lines[:SHOWN_MOST]:
        edit = button("Edit", RosterId.TEAM_EDIT, Ref(line.ref))
        blocks.append(section(line.ref, one_line(_line(line), LINE_LONGEST), edit))
    if not lines:
        blocks.append(section("none", "There is no team yet."))
    elif len(lines) > SHOWN_MOST:
        blocks.append(section("more", f"And {len(lines) - SHOWN_MOST} more: change these with staff.csv."))
    return modal(RosterId.TEAM_LIST, "Teams", blocks, close="Done")


def _line(line: TeamLine) -> str:
    """`East · 4 people · supervisor Carol Benitez · no channel`."""
    parts = [line.name, "1 person" if line.members == 1 else f"{line.members} people"]
    if line.supervisor:
        parts.append(f"supervisor {line.supervisor}")
    if not line.has_channel:
        parts.append("no channel")
    return " · ".join(parts)
