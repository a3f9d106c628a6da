"""The states of the roster's screens of clients, and of the forms of goals, people, assignments, handing over and covering."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

from models.clients import AssignmentKind, ClientStatus
from models.goals import GoalText
from models.people import PersonProfile
from privacy.phi import Phi
from services.assigning import AssignSheet
from services.caseloads import CaseloadSheet, Cover
from services.client_cards import ClientCard, Worker
from services.client_changes import ClientSheet
from services.goal_changes import GoalSheet
from services.goals import GoalLine
from services.people import PersonLine
from services.person_changes import PersonSheet
from tests.views import samples
from tests.views.roster_states import MARK
from views import lists, roster_assignments, roster_clients, roster_goals, roster_people
from views.blocks import PrivateView

TODAY = dt.date(2026, 11, 23)
GOAL = GoalText(code=Phi("G2"), text=Phi("Keep an apartment"), target=Phi("Rent paid for six months"))
DANA = PersonProfile(
    name=Phi("Dana Reyes"),
    role=Phi("Property manager"),
    phone=Phi("+1 804 555 0100"),
    release_until=dt.date(2026, 12, 31),
)
ALICE, BOB = ("S-0000000000000001", "Alice Ames"), ("S-0000000000000002", "Bob Bell")
NOW = (samples.GRANT, samples.NOW, samples.ZONE)


def card(*, status: ClientStatus = ClientStatus.ACTIVE, many: int = 1) -> ClientCard:
    """Ana Rivera with everything the roster has about her."""
    quiet = PersonProfile(
        name=Phi("Jo Marsh"), role=Phi("Aunt"), do_not_disclose=True, release_until=dt.date(2026, 1, 1)
    )
    return ClientCard(
        ref=samples.CLIENT,
        line=samples.client(),
        status=status,
        requirements="visit every 90 days, grace 10; contact every month",
        workers=[
            Worker("Alice Ames", AssignmentKind.PRIMARY, dt.date(2026, 3, 2), None),
            Worker("Bob Bell", AssignmentKind.BACKUP, dt.date(2026, 3, 2), None),
            Worker("Dan Doe", AssignmentKind.COVERING, dt.date(2026, 11, 24), dt.date(2026, 11, 27)),
        ],
        goals=[GoalLine(uuid.UUID(int=each), f"G-{each:016d}", GOAL) for each in range(1, many + 1)],
        people=[
            PersonLine(uuid.UUID(int=1), samples.PERSON, DANA),
            *(PersonLine(uuid.UUID(int=each), f"P-{each:016d}", quiet) for each in range(2, many + 2)),
        ],
    )


def bare() -> ClientCard:
    """A client about whom the roster has nothing."""
    return ClientCard(samples.CLIENT, samples.client(), ClientStatus.CLOSED, "none", [], [], [])


def search(card: ClientCard | None) -> PrivateView:
    """The search, perhaps with somebody in it."""
    return roster_clients.client_search(card, samples.GRANT, TODAY)


def caseload(*covers: Cover) -> CaseloadSheet:
    """alice's caseload."""
    return CaseloadSheet(ALICE[0], ALICE[1], primary=10, backup=2, covering=1, covers=covers)


VIEWS: dict[str, Callable[[], PrivateView]] = {
    "clients": lambda: search(None),
    "client_card": lambda: search(card()),
    "client_card_bare": lambda: search(bare()),
    "client_card_many": lambda: search(card(many=60)),
    "client_new": lambda: roster_clients.new_client(*NOW),
    "client_edit": lambda: roster_clients.edit_client(
        ClientSheet(samples.client(), MARK, "visit every 90 days, grace 10"), *NOW
    ),
    "client_assign": lambda: roster_assignments.assign(AssignSheet(samples.client(), MARK, ALICE, BOB), *NOW),
    "goal_new": lambda: roster_goals.new_goal(GoalSheet(samples.client()), *NOW),
    "goal_edit": lambda: roster_goals.edit_goal(GoalSheet(samples.client(), samples.GOAL, MARK, GOAL), *NOW),
    "person_new": lambda: roster_people.new_person(PersonSheet(samples.client()), *NOW),
    "person_edit": lambda: roster_people.edit_person(PersonSheet(samples.client(), samples.PERSON, MARK, DANA), *NOW),
    "hand_over": lambda: roster_assignments.hand_over(caseload(), *NOW, 1),
    "handed_over": lambda: lists.notice(roster_assignments.handed_over(12)),
    "handed_over_one": lambda: lists.notice(roster_assignments.handed_over(1)),
    "handed_over_none": lambda: lists.notice(roster_assignments.handed_over(0)),
    "cover": lambda: roster_assignments.cover(
        caseload(Cover(MARK, "Dan Doe", 12, dt.date(2026, 11, 24), dt.date(2026, 11, 27), ())), *NOW, 0
    ),
    "covered": lambda: lists.notice(roster_assignments.covered(12)),
    "covered_one": lambda: lists.notice(roster_assignments.covered(1)),
    "covered_none": lambda: lists.notice(roster_assignments.covered(0)),
}
