"""Clients by hand: found, added, changed, assigned, handed over and covered, and nobody reaches whom they may not."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from bot import offline
from models.clients import Assignment, Client, ClientStatus
from models.rows import WorkspaceSession
from models.staff import Role
from sandbox import payloads
from sandbox.shape import JsonObject, as_text
from services import clients
from services.audit_trail import verify
from services.work import Work
from tests.canary import Canary
from tests.flows.attack import send
from tests.flows.roster_clients_stage import chosen, client, form, found, read_names, screen, submit, taken
from tests.flows.roster_stage import gives, staff, staff_list
from tests.flows.stage import ALICE, BOB, CAROL, DAN, Play, blocks, options, start, words

pytestmark = pytest.mark.anyio


async def new(stage: Play, canary: Canary, user: str = CAROL, /, **changed: object) -> JsonObject:
    """Add a client with alice; the sentences under its fields."""
    await read_names(stage)
    view = await screen(stage, user)
    person = stage.person(user)
    await person.click(view, "top", "roster.client_add")
    facts: dict[str, object] = {
        "agency_id": canary.text("new_id"),
        "last_name": canary.text("new_last"),
        "first_name": canary.text("new_first"),
        "born_on": "1980-02-03",
        "program": "Supported living",
        "requirements": "visit every 90 days, grace 10",
        "plan_review_on": "2026-12-01",
        "primary": staff(stage, ALICE).ref,
    }
    return await submit(stage, as_text(person.modal["id"]), user, **{**facts, **changed})


def last(stage: Play) -> Client:
    """The client who was stored last."""
    with WorkspaceSession(stage.app.engine, stage.tenant.id) as session:
        return session.scalars(select(Client).order_by(Client.id.desc()).limit(1)).one()


async def test_a_client_added_by_hand_is_shown_assigned_and_written_about(stage: Play, canary: Canary) -> None:
    gives(stage, CAROL, Role.ADMIN)
    assert await new(stage, canary) == {}
    shown = words(stage.person(CAROL).modal)
    assert "visit every 90 days, grace 10" in shown
    assert "Primary case manager: Alice, since" in shown
    assert as_text(stage.person(CAROL).modal["private_metadata"]) == last(stage).ref
    view = await start(stage, ALICE, "call")
    answer = await stage.person(ALICE).suggest(view, "client", "form.search_client", "new_last")
    assert len(options(answer)) <= 1
    assert offline.read(stage.app.engine, stage.tenant, stage.clock, verify).findings == ()
    assert "client:change" in stage.actions()
    assert await found(stage, await screen(stage), last_name(stage)) == [last(stage).ref]


def last_name(stage: Play) -> str:
    """The last name of the client who was stored last."""

    def read(work: Work) -> str:
        return clients.line_of(
            work, work.session.get_one(Client, (work.workspace_id, last(stage).id))
        ).profile.last_name.reveal(stage.grant)

    return offline.read(stage.app.engine, stage.tenant, stage.clock, read)


async def test_added_twice_is_added_once_and_one_id_is_one_client(small: Play, canary: Canary) -> None:
    gives(small, CAROL, Role.ADMIN)
    await read_names(small)
    view = await screen(small)
    person = small.person(CAROL)
    await person.click(view, "top", "roster.client_add")
    on_top = as_text(person.modal["id"])
    state = {
        "agency_id": canary.text("id2"),
        "last_name": canary.text("last2"),
        "first_name": canary.text("first2"),
        "primary": staff(small, ALICE).ref,
    }
    stored = small.sandbox.workspace.views.find(on_top)
    assert stored is not None
    assert await submit(small, on_top, **state) == {}
    before = small.count(Client)
    again = payloads.submission(small.sandbox.workspace, stored)
    assert (await send(small, again, later=1)).errors == {}
    assert small.count(Client) == before
    assert await new(small, canary, agency_id=state["agency_id"]) == {"agency_id": "Another client has this ID."}


async def test_who_may_have_a_record_already_is_held_until_it_is_said(small: Play, canary: Canary) -> None:
    gives(small, CAROL, Role.ADMIN)
    who: dict[str, object] = {"last_name": canary.text("same"), "first_name": canary.text("one")}
    assert await new(small, canary, **who) == {}
    before = small.count(Client)
    other: dict[str, object] = {**who, "agency_id": canary.text("other_id")}
    assert list(await new(small, canary, **other)) == ["apart"]
    assert small.count(Client) == before
    assert await new(small, canary, **other, apart=["apart"]) == {}
    assert small.count(Client) == before + 1
    assert await new(small, canary, **{**other, "agency_id": canary.text("third_id"), "born_on": "1980-02-04"}) == {}


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"born_on": "2027-01-01"}, {"born_on": "This day of birth lies in the future or before 1900."}),
        ({"plan_review_on": "2200-01-01"}, {"plan_review_on": "Choose a day between 2000 and 2099."}),
        (
            {"agency_id": "1.2E+11"},
            {"agency_id": "Write this on one line, without invisible characters: 80 characters are the most."},
        ),
        (
            {"requirements": "now and then"},
            {
                "requirements": "Write words such as: visit every 90 days, grace 10, home every 2; contact every month. Or the name of a "
                "pack of the policy, or none."
            },
        ),
    ],
)
async def test_what_a_file_may_not_say_of_a_client_a_form_may_not_either(
    small: Play, canary: Canary, changed: dict[str, object], wrong: dict[str, str]
) -> None:
    gives(small, CAROL, Role.ADMIN)
    before = small.count(Client)
    assert await new(small, canary, **changed) == wrong
    assert small.count(Client) == before


async def test_facts_are_changed_and_of_two_the_second_overwrites_nothing(stage: Play, canary: Canary) -> None:
    gives(stage, CAROL, Role.ADMIN)
    gives(stage, DAN, Role.ADMIN)
    await read_names(stage)
    row = client(stage, stage.names.agency_id)
    mine = await form(stage, row.ref, "change", "roster.client_edit")
    theirs = await form(stage, row.ref, "change", "roster.client_edit", DAN)
    assert await submit(stage, mine, first_name=canary.text("changed"), plan_review_on="2026-10-01") == {}
    assert "plan review Thu 1 Oct 2026" in words(stage.person(CAROL).modal)
    assert list(await submit(stage, theirs, DAN, first_name=canary.text("late"))) == ["last_name"]
    stored = client(stage, stage.names.agency_id)
    assert (stored.profile_version, stored.plan_review_on) == (2, dt.date(2026, 10, 1))


async def test_a_supervisor_finds_and_changes_their_staffs_clients_and_no_other(stage: Play) -> None:
    await read_names(stage)
    hers, dans = client(stage, stage.names.agency_id), client(stage, stage.names.dans)
    view = await screen(stage)
    assert await found(stage, view, stage.names.last) == [hers.ref]
    assert await found(stage, view, stage.names.dans) == []
    person = stage.person(CAROL)
    for ref in (dans.ref, "C-0000000000000000", "nonsense"):
        await person.click(view, "top", "roster.find_client", taken(ref), check=False)
        await stage.settle()
        assert "Nobody is chosen yet." in words(person.modal)
    denied = stage.actions().count("access:deny")
    view = await chosen(stage, hers.ref)
    for block, action in (
        ("workers", "roster.assign"),
        ("change", "roster.client_edit"),
        ("change", "roster.client_close"),
        ("goals_add", "roster.goal_add"),
        ("people_add", "roster.person_add"),
    ):
        await send(stage, pressed(stage, view, block, action, dans.ref))
        assert "This was not found." in words(person.modal), action
    assert stage.actions().count("access:deny") == denied + 5
    assert client(stage, stage.names.dans).status is ClientStatus.ACTIVE


def pressed(stage: Play, view_id: str, block: str, action: str, value: str) -> JsonObject:
    """What Slack would send for this button, with another value in it."""
    view = stage.sandbox.workspace.views.find(view_id)
    assert view is not None
    found = payloads.find_element(view.content.get("blocks"), block, action)
    assert found is not None
    return payloads.view_actions(stage.sandbox.workspace, view, block, {**found[1], "value": value}, {})


async def test_a_case_manager_has_no_roster_and_a_colleagues_form_is_no_way_in(small: Play) -> None:
    await small.person(ALICE).command("/note", "roster")
    assert not small.person(ALICE).modals


async def test_a_client_is_assigned_on_the_screen_and_leaves_the_other_at_once(stage: Play) -> None:
    await read_names(stage)
    row = client(stage, stage.names.agency_id)
    view = await form(stage, row.ref, "workers", "roster.assign")
    assert await submit(stage, view, primary=staff(stage, BOB).ref, backup=None) == {}
    assert "Primary case manager: Bob, since" in words(stage.person(CAROL).modal)
    opened = await start_empty(stage, ALICE)
    answer = await stage.person(ALICE).suggest(opened, "client", "form.search_client", stage.names.last)
    assert options(answer) == []


async def start_empty(stage: Play, user: str) -> str:
    """Somebody opens a form and chooses nobody."""
    await stage.person(user).command("/note", "call")
    return as_text(stage.person(user).modal["id"])


async def test_a_caseload_is_handed_over_by_name_and_the_list_says_so(small: Play) -> None:
    person = small.person(CAROL)
    await person.click(await staff_list(small), staff(small, ALICE).ref, "roster.hand_over")
    view = as_text(person.modal["id"])
    assert "Alice · 1 client: 1 as primary" in words(person.modal)
    offered = options(await person.suggest(view, "clients", "roster.find_of_caseload", small.names.first))
    assert [each["value"] for each in offered] == [client(small, small.names.agency_id).ref]
    assert await submit(small, view, to=staff(small, ALICE).ref) == {
        "to": "Choose somebody else: it is their own caseload."
    }
    assert await submit(small, view, to=staff(small, DAN).ref, clients=[offered[0]["value"]]) == {}
    assert "1 client was handed over." in words(person.modal)
    assert "Alice · Case manager · East · Case manager Edit Has left" in words(person.modals[-2])


async def test_a_cover_is_entered_shown_and_ended(small: Play) -> None:
    person, alice = small.person(CAROL), staff(small, ALICE).ref
    await person.click(await staff_list(small), alice, "roster.cover")
    view = as_text(person.modal["id"])
    state: dict[str, object] = {"by": staff(small, DAN).ref, "from_on": "2026-03-02", "until_on": "2026-03-01"}
    assert await submit(small, view, **state) == {"until_on": "The last day comes before the first."}
    assert await submit(small, view, **{**state, "until_on": "2026-03-04"}) == {}
    assert "1 client is covered." in words(person.modal)
    await person.click(await staff_list(small), alice, "roster.cover")
    view = as_text(person.modal["id"])
    assert "Dan covers 1 client from Mon 2 Mar until Wed 4 Mar" in words(person.modal)
    block = next(each for each in blocks(person.modal) if each.startswith("cover."))
    await person.click(view, block, "roster.cover_end")
    await small.settle()
    assert "Dan covers" not in words(person.modal)
    assert small.count(Assignment) == 4


async def test_a_client_is_closed_leaves_every_caseload_and_is_served_again_by_an_admin(small: Play) -> None:
    await read_names(small)
    row = client(small, small.names.agency_id)
    view = await chosen(small, row.ref)
    await small.person(CAROL).click(view, "change", "roster.client_close")
    await small.settle()
    assert client(small, small.names.agency_id).status is ClientStatus.CLOSED
    assert "Nobody is chosen yet." in words(small.person(CAROL).modal)
    gives(small, CAROL, Role.ADMIN)
    view = await chosen(small, row.ref)
    assert "closed" in words(small.person(CAROL).modal)
    await small.person(CAROL).click(view, "change", "roster.client_reopen")
    await small.settle()
    assert client(small, small.names.agency_id).status is ClientStatus.ACTIVE
    assert offline.read(small.app.engine, small.tenant, small.clock, verify).findings == ()
