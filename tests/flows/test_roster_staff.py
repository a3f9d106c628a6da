"""Staff and teams by hand: an admin builds the agency, a supervisor keeps their own staff, and nobody takes what is not theirs."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import offline
from models.staff import Role, Staff, StaffProfile, StaffState
from sandbox import payloads
from sandbox.shape import JsonObject, as_object, as_objects, as_text
from sandbox.world import Channel
from services import staff as staff_service
from services.audit_trail import verify
from services.work import Work
from tests.flows.attack import send
from tests.flows.roster_stage import chosen, edit, gives, last_event, menu, staff, staff_list, teams
from tests.flows.stage import ALICE, BOB, CAROL, DAN, EVE, GONE, GUEST, STRANGER, Play, options, words

pytestmark = pytest.mark.anyio

NEW: dict[str, object] = {
    "name": "Sam Lee",
    "job": "Case manager",
    "credential": "QMHP",
    "email": "sam@agency.example",
    "slack_user": STRANGER,
    "roles": ["case_manager"],
    "time_zone": "America/Chicago",
    "work_days": ["1", "2", "3", "4"],
    "work_hours": "9:00 - 17:30",
    "phone_numbers": "+1 804 555 0100; 804 555 0101",
}


async def new(stage: Play, user: str = CAROL) -> str:
    """Open the form for somebody new; its view id."""
    await stage.person(user).click(await staff_list(stage, user), "top", "roster.staff_add")
    return as_text(stage.person(user).modal["id"])


async def add(stage: Play, view: str, user: str = CAROL, /, **changed: object) -> JsonObject:
    """Submit the form for somebody new; the sentences under its fields."""
    answer = await stage.person(user).submit(view, {**NEW, **changed})
    await stage.settle()
    return dict(answer.errors)


def by_email(stage: Play, email: str) -> tuple[Staff, StaffProfile] | None:
    """A staff member with their profile, opened."""

    def found(work: Work) -> tuple[Staff, StaffProfile] | None:
        index = work.keys.index("staff", "email", email)
        row = work.session.scalar(select(Staff).where(Staff.email_index == index))
        return None if row is None else (row, staff_service.profile_of(work, row))

    return offline.read(stage.app.engine, stage.tenant, stage.clock, found)


async def test_somebody_added_by_hand_is_like_somebody_from_a_file_and_works_at_once(stage: Play) -> None:
    gives(stage, CAROL, Role.ADMIN)
    view = await new(stage)
    assert await add(stage, view) == {}
    found = by_email(stage, "SAM@agency.example")
    assert found is not None
    row, profile = found
    assert (profile.name, profile.title, profile.credential) == ("Sam Lee", "Case manager", "QMHP")
    assert profile.phone_numbers.reveal(stage.grant) == ("+1 804 555 0100", "804 555 0101")
    assert (row.slack_user_id, row.roles, row.time_zone, row.work_days) == (
        STRANGER,
        "case_manager",
        "America/Chicago",
        "1234",
    )
    assert (row.work_starts_minute, row.work_ends_minute, row.cosign_required) == (540, 1050, False)
    event = last_event(stage)
    assert (event.action, event.actor_id) == ("staff:list", staff(stage, CAROL).id)
    assert "staff:change" in stage.actions()
    assert "Sam Lee · Case manager" in words(stage.person(CAROL).modal)
    await stage.person(STRANGER).command("/note", "call")
    assert stage.person(STRANGER).modals
    assert offline.read(stage.app.engine, stage.tenant, stage.clock, verify).findings == ()


async def test_added_twice_is_added_once_and_another_one_with_the_same_email_is_refused(small: Play) -> None:
    gives(small, CAROL, Role.ADMIN)
    view = await new(small)
    assert await add(small, view) == {}
    state = payloads.submission(small.sandbox.workspace, found_view(small, view))
    before = small.count(Staff)
    assert (await send(small, state, later=1)).errors == {}
    assert small.count(Staff) == before
    view = await new(small)
    assert await add(small, view, name="Sam Other", slack_user=None) == {
        "email": "Another staff member has this e-mail."
    }


def found_view(stage: Play, view_id: str):
    """A view of the stand-in."""
    view = stage.sandbox.workspace.views.find(view_id)
    assert view is not None
    return view


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"email": "sam at agency"}, {"email": "This is not one e-mail address, such as jordan@agency.org."}),
        (
            {"phone_numbers": "call me"},
            {
                "phone_numbers": "These are not phone numbers. Write at most 10, as +1 804 555 0100; +1 804 555 0101.",
            },
        ),
        ({"work_hours": "late"}, {"work_hours": "These are not working hours. Write them as 08:30-17:00."}),
        ({"work_hours": "17:00-08:30"}, {"work_hours": "These are not working hours. Write them as 08:30-17:00."}),
        ({"slack_user": ALICE}, {"slack_user": "Another staff member has this Slack account."}),
        ({"roles": ["cosign"]}, {"roles": "Choose from the list."}),
        ({"job": "\u200b"}, {"job": "Write something here."}),
        (
            {"name": "Sam\u202eLee"},
            {"name": "Write this on one line, without invisible characters: 80 characters are the most."},
        ),
    ],
)
async def test_what_a_file_may_not_say_a_form_may_not_either(
    small: Play, changed: dict[str, object], wrong: dict[str, str]
) -> None:
    gives(small, CAROL, Role.ADMIN)
    before = small.count(Staff)
    assert await add(small, await new(small), **changed) == wrong
    assert small.count(Staff) == before


async def test_an_account_of_a_guest_or_of_elsewhere_is_nobodys(small: Play) -> None:
    gives(small, CAROL, Role.ADMIN)
    view = await new(small)
    sentence = "Choose a full member of this workspace: no guest, no app, nobody who is deactivated or from elsewhere."
    with Session(small.app.engine) as session, session.begin():
        for each in session.scalars(select(Staff).where(Staff.slack_user_id.in_((GUEST, GONE)))):
            each.slack_user_id = None
    for user in (GUEST, GONE, EVE, "U0NOBODY"):
        assert await add(small, view, slack_user=user) == {"slack_user": sentence}


async def test_an_admin_changes_everything_of_somebody_else_and_nothing_is_lost(stage: Play) -> None:
    gives(stage, CAROL, Role.ADMIN, Role.SUPERVISOR)
    before = staff(stage, ALICE)
    view = await edit(stage, ALICE)
    changed = {
        "name": "Alice Moore",
        "email": "alice.moore@agency.example",
        "roles": ["case_manager", "auditor", "cosign"],
        "supervisor": None,
        "work_days": ["1", "3"],
    }
    answer = await stage.person(CAROL).submit(view, changed)
    assert answer.errors == {}
    found = by_email(stage, "alice.moore@agency.example")
    assert found is not None
    row, profile = found
    assert (row.id, profile.name, profile.title, row.profile_version) == (before.id, "Alice Moore", "Case manager", 2)
    assert (row.roles, row.cosign_required, row.supervisor_id, row.work_days) == (
        "case_manager auditor",
        True,
        None,
        "13",
    )
    assert (row.slack_user_id, row.team_id, row.time_zone) == (ALICE, before.team_id, before.time_zone)
    assert by_email(stage, "alice@agency.example") is None
    assert offline.read(stage.app.engine, stage.tenant, stage.clock, verify).findings == ()


async def test_of_two_who_change_somebody_the_second_overwrites_nothing(stage: Play) -> None:
    gives(stage, CAROL, Role.ADMIN)
    gives(stage, DAN, Role.ADMIN)
    mine, theirs = await edit(stage, ALICE), await edit(stage, ALICE, DAN)
    assert (await stage.person(CAROL).submit(mine, {"name": "Alice Moore"})).errors == {}
    late = (await stage.person(DAN).submit(theirs, {"job": "Intern"})).errors
    assert list(late) == ["name"]
    assert "Somebody changed this meanwhile, so nothing was saved." in as_text(late["name"])
    found = by_email(stage, "alice@agency.example")
    assert found is not None
    assert (found[1].name, found[1].title) == ("Alice Moore", "Case manager")
    again = payloads.submission(stage.sandbox.workspace, found_view(stage, mine))
    assert (await send(stage, again, later=1)).errors == {}
    assert stage.actions().count("staff:change") == 1


async def test_an_account_that_was_found_meanwhile_is_not_taken_away_again(small: Play) -> None:
    gives(small, CAROL, Role.ADMIN)
    with Session(small.app.engine) as session, session.begin():
        session.scalars(select(Staff).where(Staff.slack_user_id == BOB)).one().slack_user_id = None
    person = small.person(CAROL)
    found = by_email(small, "bob@agency.example")
    assert found is not None
    await person.click(await staff_list(small), found[0].ref, "roster.staff_edit")
    view = as_text(person.modal["id"])
    await small.person(BOB).command("/note", "call")
    assert list((await person.submit(view, {"job": "Intern"})).errors) == ["name"]
    assert staff(small, BOB).id == found[0].id


async def test_nobody_changes_their_own_roles_account_or_supervisor(small: Play) -> None:
    gives(small, CAROL, Role.ADMIN)
    view = await edit(small, CAROL)
    shown = words(small.person(CAROL).modal)
    assert "another admin changes these" in shown
    payload = payloads.submission(small.sandbox.workspace, found_view(small, view))
    inner = as_object(payload["view"])
    blocks = as_objects(inner["blocks"])
    email: JsonObject = {"type": "input", "block_id": "email", "element": {"type": "plain_text_input"}}
    forged: JsonObject = {
        "email": {"form.answer": {"type": "plain_text_input", "value": "carol@agency.example"}},
        "roles": {
            "form.answer": {
                "type": "checkboxes",
                "selected_options": [{"value": "auditor"}, {"value": "admin"}],
            }
        },
    }
    values = as_object(as_object(inner["state"])["values"])
    attack: JsonObject = {
        **payload,
        "view": {**inner, "blocks": [*blocks, email], "state": {"values": {**values, **forged}}},
    }
    answer = await send(small, attack)
    assert "not found" in str(answer.errors)
    assert staff(small, CAROL).roles == "admin"
    assert small.actions()[-1] == "access:deny"


async def test_the_last_admin_stays_one(small: Play) -> None:
    gives(small, CAROL, Role.ADMIN)
    gives(small, DAN, Role.ADMIN)
    mine, theirs = await edit(small, DAN), await edit(small, CAROL, DAN)
    assert (await small.person(CAROL).submit(mine, {"roles": ["case_manager"]})).errors == {}
    assert "not found" in str((await small.person(DAN).submit(theirs, {"roles": ["case_manager"]})).errors)
    assert staff(small, CAROL).roles == "admin"


@pytest.mark.parametrize("roles", [(Role.CASE_MANAGER,), (Role.AUDITOR, Role.PRIVACY_OFFICER)])
async def test_a_role_that_was_taken_away_meanwhile_counts_at_the_next_tap(
    small: Play, roles: tuple[Role, ...]
) -> None:
    gives(small, CAROL, Role.ADMIN)
    view = await new(small)
    gives(small, CAROL, *roles)
    before = small.count(Staff)
    assert "not found" in str(await add(small, view))
    assert small.count(Staff) == before
    carol = small.person(CAROL)
    lists = as_text(carol.modals[1]["id"])
    await carol.close(view)
    await carol.click(lists, staff(small, ALICE).ref, "roster.staff_edit")
    assert "not found" in words(carol.modal)
    await carol.close(as_text(carol.modal["id"]), clear=True)
    await carol.command("/note", "roster")
    assert not carol.modals
    assert "not found" in carol.ephemerals[-1].text
    assert small.actions()[-1] == "access:deny"


async def test_a_supervisor_changes_details_of_their_own_staff_and_nothing_else(small: Play) -> None:
    view = await edit(small, ALICE)
    carol = small.person(CAROL)
    assert "another admin changes these" in words(carol.modal)
    assert (await carol.submit(view, {"job": "Senior case manager", "review": ["cosign"]})).errors == {}
    row = staff(small, ALICE)
    assert (row.roles, row.cosign_required, row.supervisor_id) == ("case_manager", True, staff(small, CAROL).id)
    await small.settle()
    listed = words(carol.modal)
    assert "Alice" in listed
    assert "Dan" not in listed
    assert "Carol" not in listed
    found = await carol.suggest(as_text(carol.modal["id"]), "top", "roster.pick_staff", "dan")
    assert options(found) == []


async def test_a_supervisor_adds_case_managers_and_gives_no_other_role(small: Play) -> None:
    view = await new(small)
    me = await chosen(small, view, "supervisor", "roster.find_staff", "car")
    assert await add(small, view, supervisor=me, roles=["case_manager", "auditor"]) == {
        "roles": "Only an admin gives other roles than case manager."
    }
    assert await add(small, view, supervisor=me) == {}
    assert staff(small, STRANGER).supervisor_id == staff(small, CAROL).id


async def test_only_supervisors_are_offered_as_supervisors_and_nobody_supervises_themselves(small: Play) -> None:
    gives(small, DAN, Role.ADMIN)
    view = await edit(small, CAROL, DAN)
    dan = small.person(DAN)
    assert options(await dan.suggest(view, "supervisor", "roster.find_staff", "ali")) == []
    me = await chosen(small, view, "supervisor", "roster.find_staff", "", DAN)
    assert (await dan.submit(view, {"supervisor": me})).errors == {
        "supervisor": "Nobody supervises themselves. Choose somebody else, or nobody."
    }


async def test_has_left_hands_on_and_an_admin_brings_back_unless_slack_says_no(stage: Play) -> None:
    gives(stage, DAN, Role.ADMIN)
    dan, lists = stage.person(DAN), await staff_list(stage, DAN)
    ref = staff(stage, ALICE).ref
    await dan.click(lists, ref, "roster.staff_leave")
    await stage.settle()
    assert staff(stage, ALICE).state is StaffState.LEFT
    assert "Alice · has left" in words(dan.modal)
    await stage.person(ALICE).command("/note", "call")
    assert not stage.person(ALICE).modals
    await stage.sandbox.change(ALICE, deleted=True)
    await dan.click(lists, ref, "roster.staff_return")
    assert "Slack says that this account is deactivated" in words(dan.modal)
    assert staff(stage, ALICE).state is StaffState.LEFT
    await dan.close(as_text(dan.modal["id"]))
    await stage.sandbox.change(ALICE, deleted=False)
    await dan.click(lists, ref, "roster.staff_return")
    await stage.settle()
    assert staff(stage, ALICE).state is StaffState.ACTIVE
    await stage.person(ALICE).command("/note", "call")
    assert stage.person(ALICE).modals
    assert [each for each in stage.actions() if each in {"staff:leave", "staff:return"}] == [
        "staff:leave",
        "staff:return",
    ]


async def test_a_team_is_built_and_whoever_joins_it_gets_its_supervisor(stage: Play) -> None:
    gives(stage, DAN, Role.ADMIN)
    stage.sandbox.installation.channels = [Channel("C0NORTH", "team-north")]
    dan = stage.person(DAN)
    await dan.click(await menu(stage, DAN), "roster.teams", "roster.teams")
    await dan.click(as_text(dan.modal["id"]), "top", "roster.team_add")
    view = as_text(dan.modal["id"])
    above = await chosen(stage, view, "supervisor", "roster.find_staff", "carol", DAN)
    assert (await dan.submit(view, {"name": "North", "channel": "C0NORTH", "supervisor": above})).errors == {}
    await stage.settle()
    assert "North · 0 people · supervisor Carol" in words(dan.modal)
    north, carol = teams(stage)["North"], staff(stage, CAROL)
    assert (north.channel_id, north.supervisor_id) == ("C0NORTH", carol.id)
    await dan.close(as_text(dan.modal["id"]), clear=True)
    view = await new(stage, DAN)
    team = await chosen(stage, view, "team", "roster.find_team", "nor", DAN)
    assert await add(stage, view, DAN, team=team) == {}
    row = staff(stage, STRANGER)
    assert (row.team_id, row.supervisor_id) == (north.id, carol.id)


async def test_a_team_is_renamed_and_its_new_supervisor_takes_over_whom_the_old_one_had(stage: Play) -> None:
    gives(stage, DAN, Role.ADMIN)
    gives(stage, BOB, Role.SUPERVISOR)
    east = teams(stage)["East"]
    dan = stage.person(DAN)
    for name, wanted in (("East", "carol"), ("East side", "bob")):
        await dan.click(await menu(stage, DAN), "roster.teams", "roster.teams")
        await dan.click(as_text(dan.modal["id"]), east.ref, "roster.team_edit")
        view = as_text(dan.modal["id"])
        above = await chosen(stage, view, "supervisor", "roster.find_staff", wanted, DAN)
        assert (await dan.submit(view, {"name": name, "supervisor": above})).errors == {}
        await dan.close(as_text(dan.modal["id"]), clear=True)
    bob = staff(stage, BOB)
    renamed = teams(stage)["East side"]
    assert (renamed.id, renamed.supervisor_id, renamed.profile_version) == (east.id, bob.id, 3)
    assert staff(stage, ALICE).supervisor_id == bob.id
    assert offline.read(stage.app.engine, stage.tenant, stage.clock, verify).findings == ()


async def test_a_supervisor_takes_over_nobodys_team(small: Play) -> None:
    gives(small, BOB, Role.SUPERVISOR)
    bob = small.person(BOB)
    await bob.click(await menu(small, BOB), "roster.teams", "roster.teams")
    await bob.click(as_text(bob.modal["id"]), teams(small)["West"].ref, "roster.team_edit")
    view = as_text(bob.modal["id"])
    me = await chosen(small, view, "supervisor", "roster.find_staff", "bob", BOB)
    wrong = (await bob.submit(view, {"supervisor": me})).errors
    assert list(wrong) == ["supervisor"]
    assert staff(small, DAN).supervisor_id is None
    assert (await bob.submit(view, {"name": "East", "supervisor": None})).errors == {
        "name": "Another team has this name."
    }
