"""Who is due: a caseload's windows in a modal, a visit planned and signed from there, and a client who is away."""

from __future__ import annotations

import datetime as dt

import pytest

from bot import offline
from models.contacts import Contact, ContactState
from models.notes import Note
from models.requirements import Pause, PauseReason, Requirement
from sandbox.shape import JsonObject, as_text
from services import roster
from tests.flows.contact_stage import STORIES
from tests.flows.stage import ALICE, BOB, DAN, Play, blocks, call_state, start, words

pytestmark = pytest.mark.anyio

NOBODY = "Nobody of your caseload is due."


def require(stage: Play, requirements: str = "visit every 30 days, grace 10", *, seen: str = "") -> None:
    """Let the roster say how often alice's client and dan's must be seen."""
    header = "client_id,last_name,first_name,primary_cm_email,backup_cm_email,requirements,last_face_to_face\n"
    mine, other = stage.names, stage.names.dans
    rows = (
        f'{mine.agency_id},{mine.last},{mine.first},alice@agency.example,bob@agency.example,"{requirements}",{seen}\n'
        f'{other},{other},{other},dan@agency.example,,"visit every 90 days",\n'
    )
    sheet = roster.read_clients((header + rows).encode())
    report = offline.transact(stage.app.engine, stage.tenant, stage.clock, roster.import_clients, sheet, dry_run=False)
    assert report.applied


async def due(stage: Play, user: str = ALICE) -> JsonObject:
    """Someone looks at who is due."""
    await stage.person(user).command("/note", "clients")
    return stage.person(user).modal


def row_of(view: JsonObject) -> str:
    """The first row of the list, which is named by the requirement."""
    return next(name for name in blocks(view) if name.startswith("Q-") and not name.endswith(".line"))


def only_pause(stage: Play) -> Pause:
    [row] = stage.rows(Pause)
    assert isinstance(row, Pause)
    return row


async def go_away(stage: Play, **answers: object) -> JsonObject:
    """alice says that her client is away; the list below as it was."""
    alice = stage.person(ALICE)
    shown = await due(stage)
    await alice.click(as_text(shown["id"]), row_of(shown), "requirement.more", "away")
    submission = await alice.submit(as_text(alice.modal["id"]), {"reason": "hospital", **answers})
    assert submission.ok, submission.errors
    await stage.settle()
    return shown


async def test_only_ones_own_caseload_is_named_and_the_reading_is_recorded(stage: Play) -> None:
    assert NOBODY in words(await due(stage))
    require(stage, "visit every 30 days, grace 10, home every 2", seen="2026-02-03")
    for user in (ALICE, BOB):
        shown = await due(stage, user)
        assert f"{stage.names.last}, {stage.names.first} · visit at home · closes in 3 days" in words(shown)
        assert stage.names.dans not in words(shown)
        assert stage.actions()[-1] == "requirement:list"
    assert f"{stage.names.dans} · visit · closes in 90 days" in words(await due(stage, DAN))


async def test_app_home_counts_windows_and_leads_to_who_is_due(stage: Play) -> None:
    require(stage, seen="2026-02-03")
    alice = stage.person(ALICE)
    await alice.open_home()
    await stage.settle()
    home = alice.home or {}
    assert stage.names.last not in words(home)
    row = next(name for name, block in blocks(home).items() if "requirement.list" in str(block))
    await alice.click(as_text(home["id"]), row, "requirement.list")
    assert stage.names.last in words(alice.modal)


async def test_a_visit_is_planned_from_the_list(stage: Play) -> None:
    require(stage)
    alice = stage.person(ALICE)
    shown = await due(stage)
    await alice.click(as_text(shown["id"]), row_of(shown), "requirement.plan")
    assert len(alice.modals) == 2
    assert stage.names.last in words(alice.modal)
    starts = int((stage.clock.now() + dt.timedelta(days=1)).timestamp())
    await alice.submit(as_text(alice.modal["id"]), {"starts_at": starts, "minutes": "45", "location": "client_home"})
    await stage.settle()
    states = [row.state for row in stage.rows(Contact) if isinstance(row, Contact)]
    assert states == [ContactState.PLANNED]


async def test_a_signed_visit_opens_the_next_window_and_a_call_does_not(stage: Play) -> None:
    require(stage, "visit every 30 days, home every 2", seen="2026-02-03")
    assert "visit at home · closes in 3 days" in words(await due(stage))
    await sign(stage, "call")
    assert "visit at home · closes in 3 days" in words(await due(stage))
    await sign(stage, "visit", location="clinic")
    assert "visit at home · closes in 3 days" in words(await due(stage))
    await sign(stage, "visit", location="client_home")
    assert "visit · closes in 30 days" in words(await due(stage))


async def sign(stage: Play, word: str, **answers: object) -> None:
    """alice writes and signs a note about her client."""
    view = await start(stage, ALICE, word)
    written = stage.count(Note)
    done, observations = STORIES[written]
    state = call_state(stage.clock, done=done, observations=observations, **answers)
    if word == "visit":
        ended = int((stage.clock.now() - dt.timedelta(hours=2 + written)).timestamp())
        state |= {
            "ended_at": ended,
            "done": f"Met with her. {done}",
            "wellbeing": "Rested, in clean clothes, laughed twice.",
            "observations": f"{observations} Things are steady at home.",
            "satisfaction": "satisfied",
        }
    submission = await stage.person(ALICE).submit(view, state)
    assert submission.ok, submission.errors
    await stage.settle()


async def test_a_client_in_hospital_waits_until_they_are_back(stage: Play) -> None:
    require(stage)
    shown = await go_away(stage)
    alice = stage.person(ALICE)
    assert as_text(alice.modal["id"]) == as_text(shown["id"])
    assert "visit · paused: in hospital" in words(alice.modal)
    assert (only_pause(stage).reason, only_pause(stage).from_on) == (PauseReason.HOSPITAL, dt.date(2026, 3, 2))
    stage.clock.advance(days=4)
    await alice.click(as_text(shown["id"]), row_of(shown), "requirement.more", "back")
    await stage.settle()
    assert "visit · closes in 29 days" in words(alice.modal)
    assert only_pause(stage).until_on == dt.date(2026, 3, 5)
    assert [each for each in stage.actions() if each.startswith("pause")] == ["pause:begin", "pause:end"]


async def test_days_in_the_wrong_order_are_told_on_their_field(stage: Play) -> None:
    require(stage)
    alice = stage.person(ALICE)
    shown = await due(stage)
    await alice.click(as_text(shown["id"]), row_of(shown), "requirement.more", "away")
    view = as_text(alice.modal["id"])
    state: dict[str, object] = {"reason": "away", "from_on": "2026-03-10", "until_on": "2026-03-09"}
    assert (await alice.submit(view, state)).errors == {"until_on": "The last day comes before the first."}
    state |= {"from_on": "2030-03-10", "until_on": None}
    assert (await alice.submit(view, state)).errors == {"from_on": "Choose a day within one year."}
    assert stage.count(Pause) == 0
    assert (await alice.submit(view, {**state, "from_on": "2026-03-10"})).ok
    await stage.settle()
    assert "visit · closes in 30 days" not in words(alice.modal)
    assert stage.count(Pause) == 1


async def test_the_same_pause_sent_twice_is_one(stage: Play) -> None:
    require(stage)
    alice = stage.person(ALICE)
    shown = await due(stage)
    await alice.click(as_text(shown["id"]), row_of(shown), "requirement.more", "away")
    view, state = as_text(alice.modal["id"]), {"reason": "hospital", "from_on": "2026-03-02"}
    await alice.submit(view, state)
    await alice.submit(view, state, check=False)
    await stage.settle()
    assert stage.count(Pause) == 1


async def test_a_list_left_open_leads_nowhere_once_the_client_has_gone_to_others(stage: Play) -> None:
    require(stage)
    alice = stage.person(ALICE)
    shown = await due(stage)
    row = row_of(shown)
    await alice.click(as_text(shown["id"]), row, "requirement.more", "away")
    pausing = as_text(alice.modal["id"])
    header = "client_id,last_name,first_name,primary_cm_email,backup_cm_email\n"
    mine = stage.names
    moved = f"{mine.agency_id},{mine.last},{mine.first},dan@agency.example,bob@agency.example\n"
    sheet = roster.read_clients((header + moved).encode())
    offline.transact(stage.app.engine, stage.tenant, stage.clock, roster.import_clients, sheet, dry_run=False)
    answer = await alice.submit(pausing, {"reason": "away", "from_on": "2026-03-02"})
    assert "This was not found." in str(answer.errors)
    await alice.close(pausing)
    for action, value in (("requirement.more", "away"), ("requirement.plan", None)):
        await alice.click(as_text(shown["id"]), row, action, value)
        assert "This was not found." in words(alice.modal)
        assert mine.last not in words(alice.modal)
        await alice.close(as_text(alice.modal["id"]))
    assert stage.count(Pause) == 0
    assert NOBODY in words(await due(stage))


async def test_pages_turn_in_place(stage: Play) -> None:
    header = "client_id,last_name,first_name,primary_cm_email,requirements,last_face_to_face\n"
    rows = (f'P{n},Roe{n:02d},Jo,alice@agency.example,"visit every 60 days",2026-02-{n:02d}\n' for n in range(1, 13))
    sheet = roster.read_clients((header + "".join(rows)).encode())
    offline.transact(stage.app.engine, stage.tenant, stage.clock, roster.import_clients, sheet, dry_run=False)
    alice = stage.person(ALICE)
    view = as_text((await due(stage))["id"])
    for action, first in (("requirement.next", "Roe11, Jo"), ("requirement.previous", "Roe01, Jo")):
        await alice.click(view, "turn", action)
        await stage.settle()
        assert as_text(alice.modal["id"]) == view
        assert first in words(alice.modal)
    assert stage.count(Requirement) == 12


async def test_while_forms_are_closed_nobody_is_named(undecided: Play) -> None:
    require(undecided)
    alice = undecided.person(ALICE)
    await alice.command("/note", "clients")
    assert not alice.modals
    assert "Noted is not open yet" in alice.ephemerals[-1].text
