"""The goals of a client and the people around them by hand: added, changed, ended, and kept from nobody's form but theirs."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot import offline
from models.clients import Client
from models.goals import Goal, GoalState
from models.people import Person
from models.rows import WorkspaceSession
from services import clients, goals, people
from services.audit_trail import verify
from tests.canary import Canary
from tests.flows.roster_clients_stage import client, form, submit
from tests.flows.stage import CAROL, Play, blocks, words

pytestmark = pytest.mark.anyio


async def test_goals_are_added_changed_and_ended(small: Play, canary: Canary) -> None:
    row = client(small, small.names.agency_id)
    goal: dict[str, object] = {"code": "G1", "text": canary.text("goal")}
    for _ in range(2):
        view = await form(small, row.ref, "goals_add", "roster.goal_add")
        assert await submit(small, view, **goal) == {}
    assert small.count(Goal) == 1
    view = await form(small, row.ref, "goals_add", "roster.goal_add")
    assert await submit(small, view, code="g1", text=canary.text("another")) == {
        "code": "This client has a goal with this code."
    }
    with WorkspaceSession(small.app.engine, small.tenant.id) as session:
        ref = session.scalars(select(Goal.ref)).one()
    view = await form(small, row.ref, ref, "roster.goal_edit")
    assert await submit(small, view, text=canary.text("better")) == {}
    view = await form(small, row.ref, ref, "roster.goal_edit")
    assert await submit(small, view, ended=["ended"]) == {}
    with WorkspaceSession(small.app.engine, small.tenant.id) as session:
        assert session.scalars(select(Goal.state)).one() is GoalState.CLOSED
    assert ref not in blocks(small.person(CAROL).modal)
    view = await form(small, row.ref, "goals_add", "roster.goal_add")
    assert await submit(small, view, **goal) == {}
    assert offered(small, row) == 1
    assert offline.read(small.app.engine, small.tenant, small.clock, verify).findings == ()


def offered(stage: Play, row: Client) -> int:
    """How many goals a form offers for this client."""
    return offline.read(
        stage.app.engine,
        stage.tenant,
        stage.clock,
        lambda work: len(goals.active(work, row.id, clients.key_of(work, row.id))),
    )


def known(stage: Play, row: Client) -> list[tuple[str, bool]]:
    """Whom a form offers around this client, by role, and whether nothing may be told them."""
    lines = offline.read(
        stage.app.engine,
        stage.tenant,
        stage.clock,
        lambda work: people.known(work, row.id, clients.key_of(work, row.id)),
    )
    return [(each.profile.role.reveal(stage.grant), each.profile.do_not_disclose) for each in lines]


async def test_people_are_added_changed_and_ended_with_what_may_be_told_them(small: Play, canary: Canary) -> None:
    row = client(small, small.names.agency_id)
    who: dict[str, object] = {"name": canary.text("person"), "role": "Mother", "release_until": "2026-12-31"}
    view = await form(small, row.ref, "people_add", "roster.person_add")
    assert await submit(small, view, **who) == {}
    assert "release until 2026-12-31" in words(small.person(CAROL).modal)
    with WorkspaceSession(small.app.engine, small.tenant.id) as session:
        ref = session.scalars(select(Person.ref)).one()
    view = await form(small, row.ref, ref, "roster.person_edit")
    assert await submit(small, view, email="nobody") == {
        "email": "This is not one e-mail address, such as jordan@agency.org."
    }
    assert await submit(small, view, email=None, terms=["do_not_disclose"], release_until=None) == {}
    assert known(small, row) == [("Mother", True)]
    view = await form(small, row.ref, ref, "roster.person_edit")
    assert await submit(small, view, terms=["ended"]) == {}
    assert known(small, row) == []
    view = await form(small, row.ref, "people_add", "roster.person_add")
    assert await submit(small, view, **who) == {}
    assert known(small, row) == [("Mother", False)]
    assert small.count(Person) == 1


async def test_nothing_is_kept_around_a_client_under_part_2(small: Play) -> None:
    row = client(small, small.names.agency_id)
    view = await form(small, row.ref, "change", "roster.client_edit")
    assert await submit(small, view, apart=["part2"]) == {}
    person = small.person(CAROL)
    assert "records under 42 CFR Part 2" in words(person.modal)
    for block, action in (("goals_add", "roster.goal_add"), ("people_add", "roster.person_add")):
        await form(small, row.ref, block, action)
        assert "Noted cannot hold them yet" in words(person.modal)
    view = await form(small, row.ref, "change", "roster.client_edit")
    assert await submit(small, view, apart=[]) == {}
    assert "42 CFR" not in words(person.modal)
