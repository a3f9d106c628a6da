"""The states of the roster's menu, of its lists of staff and teams, and of their forms."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace

from models.staff import Role, StaffProfile
from privacy.phi import Phi
from services.roster_rows import NewStaff
from services.staff import Actor
from services.staff_changes import StaffSheet
from services.staff_lists import LeftBehind, StaffLine, StaffPage, TeamLine
from services.team_changes import TeamSheet
from tests.views import samples
from views import roster_menu, roster_staff, roster_teams
from views.blocks import PrivateView

ADMIN = Actor(
    id=uuid.UUID(int=9),
    slack_user_id="U0ADA",
    name="Ada Stone",
    title="Office manager",
    credential="",
    roles=frozenset({Role.ADMIN}),
    zone=samples.ZONE,
    work_days="12345",
    work_starts_minute=510,
    work_ends_minute=1020,
    supervisor_id=None,
    cosign_required=False,
)
MARK = "0123456789abcdef"
NEWCOMER = NewStaff(profile=StaffProfile(name="", title="", email=""))
DANA = NewStaff(
    profile=StaffProfile(
        name="Dana Moore",
        title="Case manager",
        credential="QMHP",
        email="dana@agency.example",
        phone_numbers=Phi(("+1 804 555 0100", "+1 804 555 0101")),
    ),
    roles=frozenset({Role.CASE_MANAGER, Role.SUPERVISOR}),
    slack_user_id="U0DANA",
    time_zone="Europe/Vienna",
    work_days="1245",
    cosign_required=True,
)
EAST, CAROL = ("T-0000000000000001", "East"), ("S-0000000000000002", "Carol Benitez")


def sheet(*, is_open: bool) -> StaffSheet:
    """dana, to be changed."""
    return StaffSheet("S-0000000000000001", DANA, MARK, EAST, CAROL, is_open)


def line(number: int) -> StaffLine:
    """Somebody who works here."""
    return StaffLine(
        ref=f"S-{number:016d}",
        name=f"Person {number}",
        title="Case manager",
        roles=frozenset({Role.CASE_MANAGER}),
        team="East",
        has_account=True,
        is_self=False,
        may_return=True,
        clients=number,
    )


def everyone() -> list[StaffLine]:
    """The reader, somebody who was never seen, and three who left."""
    gone = replace(line(3), left=LeftBehind(2, 1, 3))
    return [
        replace(line(1), is_self=True, roles=frozenset({Role.ADMIN, Role.SUPERVISOR})),
        replace(line(2), has_account=False, team=""),
        gone,
        replace(gone, ref="S-0000000000000004", left=LeftBehind()),
        replace(gone, ref="S-0000000000000005", left=LeftBehind(1), may_return=False),
    ]


def menu() -> PrivateView:
    """An admin's menu."""
    drawn = roster_menu.menu(ADMIN)
    assert drawn is not None
    return drawn


def staff(*, is_open: bool) -> PrivateView:
    """The form about dana."""
    return roster_staff.edit_staff(sheet(is_open=is_open), samples.GRANT, samples.NOW, samples.ZONE, 2)


def team(sheet: TeamSheet) -> PrivateView:
    """The form about a team."""
    return roster_teams.edit_team(sheet, samples.GRANT, samples.NOW, samples.ZONE)


VIEWS: dict[str, Callable[[], PrivateView]] = {
    "roster_menu": menu,
    "staff_none": lambda: roster_staff.staff_list(StaffPage([], 0, has_next=False)),
    "staff_list": lambda: roster_staff.staff_list(StaffPage(everyone(), 0, has_next=False)),
    "staff_list_middle": lambda: roster_staff.staff_list(
        StaffPage([line(number) for number in range(10)], 1, has_next=True)
    ),
    "staff_new": lambda: roster_staff.new_staff(NEWCOMER, samples.GRANT, samples.NOW, samples.ZONE, 0),
    "staff_edit": lambda: staff(is_open=True),
    "staff_edit_details": lambda: staff(is_open=False),
    "teams_none": lambda: roster_teams.team_list([]),
    "teams": lambda: roster_teams.team_list(
        [
            TeamLine("T-0000000000000001", "East", 4, "Carol Benitez", has_channel=True),
            TeamLine("T-0000000000000002", "West", 1, "", has_channel=False),
        ]
    ),
    "team_new": lambda: roster_teams.new_team(samples.GRANT, samples.NOW, samples.ZONE),
    "team_edit": lambda: team(TeamSheet("T-0000000000000001", "East", "C0EAST", CAROL, MARK)),
}
