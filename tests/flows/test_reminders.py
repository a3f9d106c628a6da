"""Reminders through Slack: the message appears, is put off, is answered, says what was done; and what /metrics tells of it."""

from __future__ import annotations

import aiohttp
import pytest
from sqlalchemy import select

from bot import offline
from models.deliveries import Delivery, DeliveryState, Slot
from models.notes import Note
from models.occurrences import Occurrence, Snooze
from models.staff import Team
from sandbox import payloads
from sandbox.conversations import Message
from sandbox.shape import JsonObject, as_object, as_objects, as_text
from sandbox.world import Channel
from services import roster
from services.work import Work
from tests.canary import Canary
from tests.flows.attack import send
from tests.flows.contact_stage import STORIES, later, leave
from tests.flows.stage import ALICE, BOB, CAROL, Play, blocks, call_state, look_over, words
from tests.flows.test_follow_ups import opened, promise
from tests.flows.ticking import END, MIDDLE, NEXT_START, tick
from tests.reminders.town import eastern

pytestmark = pytest.mark.anyio
CHANNEL = "C0EAST"


def shown(message: Message) -> str:
    """Everything that can be read in a message."""
    return words({"blocks": list(message.blocks)})


def offers_later(message: Message) -> bool:
    """Whether the message can be put off."""
    return "reminder.later" in str(message.blocks)


async def put_off(stage: Play, message: Message, until: str, user: str = ALICE) -> None:
    """Someone chooses a line of *Later*."""
    await stage.person(user).click(message, "reminder", "reminder.later", until)
    await stage.settle()


def ledger(stage: Play) -> list[Delivery]:
    """Every message there is, the oldest first."""
    rows = [row for row in stage.rows(Delivery) if isinstance(row, Delivery)]
    return sorted(rows, key=lambda row: row.send_at)


def times_put_off(stage: Play) -> list[int]:
    """How often each thing was put off."""
    return [row.times for row in stage.rows(Snooze) if isinstance(row, Snooze)]


async def write_the_note(stage: Play) -> None:
    """alice writes the note that her newest message asks for."""
    alice = stage.person(ALICE)
    await alice.click(alice.dms[-1], "reminder", "contact.list")
    row = next(name for name in blocks(alice.modal) if name.startswith("K-"))
    await alice.click(as_text(alice.modal["id"]), row, "contact.write")
    await stage.settle()
    view = as_text(alice.modal["id"])
    await alice.suggest(view, "people", "form.search_people")
    done, observations = STORIES[stage.count(Note) % len(STORIES)]
    said = call_state(stage.clock, done=done, observations=observations)
    state = {name: value for name, value in said.items() if name not in {"ended_at", "minutes"}}
    assert (await alice.submit(view, state)).ok
    await stage.settle()


async def test_a_reminder_is_sent_once_whoever_ticks(stage: Play) -> None:
    leave(stage, ago=120)
    alice = stage.person(ALICE)
    await tick(stage)
    assert not alice.dms
    await tick(stage, MIDDLE)
    await tick(stage)
    assert [message.text for message in alice.dms] == ["1 contact has no note yet."]
    assert "It is 2 hours old." in shown(alice.dms[0])
    assert not stage.person(BOB).dms
    assert [(row.state, row.slot) for row in ledger(stage)] == [(DeliveryState.SENT, Slot.MIDDLE)]


async def test_a_reminder_opens_the_list_and_changes_when_all_is_noted(stage: Play) -> None:
    leave(stage, ago=120)
    alice = stage.person(ALICE)
    await tick(stage, MIDDLE)
    await alice.click(alice.dms[0], "reminder", "contact.list")
    assert stage.names.last in words(alice.modal)
    await alice.close(as_text(alice.modal["id"]))
    await write_the_note(stage)
    assert [message.text for message in alice.dms] == ["All noted. Nothing waits."]
    await tick(stage, END)
    await tick(stage, NEXT_START)
    assert len(alice.dms) == 1


async def test_what_is_noted_from_home_changes_the_message_too(small: Play) -> None:
    leave(small, ago=120)
    alice = small.person(ALICE)
    await tick(small, MIDDLE)
    await alice.open_home()
    await small.settle()
    home = alice.home or {}
    row = next(name for name in blocks(home) if name.startswith("owed."))
    await alice.click(as_text(home["id"]), row, "contact.write")
    await small.settle()
    view = as_text(alice.modal["id"])
    await alice.suggest(view, "people", "form.search_people")
    state = {name: value for name, value in call_state(small.clock).items() if name not in {"ended_at", "minutes"}}
    assert (await alice.submit(view, state)).ok
    await small.settle()
    assert [message.text for message in alice.dms] == ["All noted. Nothing waits."]


async def test_a_message_speaks_of_what_it_counted_until_all_of_that_is_noted(small: Play) -> None:
    leave(small, ago=120)
    await tick(small)
    small.clock.instant = eastern(MIDDLE)
    leave(small, ago=5)
    await tick(small)
    alice = small.person(ALICE)
    assert alice.dms[0].text == "2 contacts have no note yet."
    await write_the_note(small)
    assert alice.dms[0].text == "2 contacts have no note yet."
    await write_the_note(small)
    assert alice.dms[0].text == "All noted. Nothing waits."


@pytest.mark.parametrize(
    ("choice", "sentence", "again"),
    [
        ("hour", "at the next of your three times, in an hour at the earliest", END),
        ("end_of_day", "at the end of your day", END),
        ("tomorrow", "at the start of your next working day", NEXT_START),
    ],
)
async def test_later_says_until_when_and_the_thing_comes_again_then(
    stage: Play, choice: str, sentence: str, again: str
) -> None:
    leave(stage, ago=120)
    alice = stage.person(ALICE)
    await tick(stage, MIDDLE)
    await put_off(stage, alice.dms[0], choice)
    assert alice.dms[0].text == f"Put off. You will hear of it again {sentence}."
    assert not offers_later(alice.dms[0])
    for at in (END, NEXT_START):
        await tick(stage, at)
        if at == again:
            break
        assert len(alice.dms) == 1
    assert len(alice.dms) == 2
    assert offers_later(alice.dms[1])


async def test_the_second_time_is_the_last_and_a_forged_third_press_is_refused(stage: Play) -> None:
    leave(stage, ago=120)
    alice = stage.person(ALICE)
    await tick(stage, MIDDLE)
    forged = payload(stage, alice.dms[0], "tomorrow")
    await put_off(stage, alice.dms[0], "end_of_day")
    await tick(stage, END)
    await put_off(stage, alice.dms[1], "tomorrow")
    await tick(stage, NEXT_START)
    assert len(alice.dms) == 3
    assert not offers_later(alice.dms[2])
    assert times_put_off(stage) == [2]
    for message in alice.dms:
        as_object(forged["container"])["message_ts"] = as_object(forged["message"])["ts"] = message.ts
        assert (await send(stage, forged)).status == 200
        await stage.settle()
        assert "reminder:snooze" not in stage.actions()[-3:]
    assert times_put_off(stage) == [2]


async def test_one_press_that_arrives_twice_puts_off_once(stage: Play) -> None:
    leave(stage, ago=120)
    alice = stage.person(ALICE)
    await tick(stage, MIDDLE)
    pressed = payload(stage, alice.dms[0], "end_of_day")
    for _ in range(2):
        await send(stage, pressed)
        await stage.settle()
    assert times_put_off(stage) == [1]
    assert stage.actions().count("reminder:snooze") == 1


async def test_nobody_can_put_off_what_somebody_else_was_told(stage: Play) -> None:
    leave(stage, ago=120)
    await tick(stage, MIDDLE)
    (message,) = stage.person(ALICE).dms
    pressed = payload(stage, message, "tomorrow")
    pressed["user"] = {**as_object(pressed["user"]), "id": BOB}
    assert (await send(stage, pressed)).status == 200
    await stage.settle()
    assert not times_put_off(stage)
    assert [row.answered_at for row in ledger(stage)] == [None]
    assert shown(message).startswith("1 contact has no note yet")


@pytest.mark.parametrize("choice", ["", "never", "2036-01-01", "HOUR"])
async def test_an_unknown_choice_puts_nothing_off(small: Play, choice: str) -> None:
    leave(small, ago=120)
    await tick(small, MIDDLE)
    pressed = payload(small, small.person(ALICE).dms[0], "hour", forged=choice)
    assert (await send(small, pressed)).status == 200
    await small.settle()
    assert not times_put_off(small)


def payload(stage: Play, message: Message, choice: str, *, forged: str | None = None) -> dict[str, object]:
    """What Slack sends when alice chooses a line of *Later*, or what somebody forged, to be sent by hand."""
    block = next(each for each in message.blocks if each.get("block_id") == "reminder")
    menu = next(each for each in as_objects(block["elements"]) if each.get("action_id") == "reminder.later")
    chosen = next(each for each in as_objects(menu["options"]) if each.get("value") == choice)
    held: JsonObject = {"selected_option": {**chosen, "value": choice if forged is None else forged}}
    return payloads.message_actions(stage.sandbox.workspace, ALICE, message, "reminder", menu, held)


async def test_after_a_button_the_next_message_is_new_and_without_one_the_old_one_changes(stage: Play) -> None:
    leave(stage, ago=120)
    alice = stage.person(ALICE)
    await tick(stage, MIDDLE)
    await tick(stage, END)
    assert len(alice.dms) == 1
    assert alice.dms[0].text == "0 of 1 contact today has a note."
    await tick(stage, NEXT_START)
    assert len(alice.dms) == 2
    await alice.click(alice.dms[1], "reminder", "contact.list")
    await stage.settle()
    assert "reminder:answer" in stage.actions()
    leave(stage, ago=5)
    await tick(stage, "2026-03-03T12:45")
    assert [message.text for message in alice.dms[2:]] == ["2 contacts have no note yet."]


@pytest.mark.parametrize(("fault", "state"), [("lose_answer", DeliveryState.UNKNOWN), ("refuse", DeliveryState.FAILED)])
async def test_a_reminder_whose_answer_is_lost_is_not_sent_again(stage: Play, fault: str, state: DeliveryState) -> None:
    leave(stage, ago=120)
    if fault == "refuse":
        stage.sandbox.faults.refuse("chat.postMessage", "channel_not_found")
    else:
        stage.sandbox.faults.lose_answer("chat.postMessage")
    await tick(stage, MIDDLE)
    await tick(stage)
    assert len(stage.sandbox.journal.of("chat.postMessage")) == 1
    assert [row.state for row in ledger(stage)] == [state]


async def test_a_supervisor_hears_what_is_past_the_limit_and_her_message_says_when_it_is_done(small: Play) -> None:
    leave(small, ago=120)
    carol = small.person(CAROL)
    await tick(small, "2026-03-04T09:00")
    assert not carol.dms
    await tick(small, "2026-03-05T09:00")
    assert carol.dms[0].text == f"Past the limit: <@{ALICE}> 1 late note (3 business days)."
    assert not offers_later(carol.dms[0])
    await write_the_note(small)
    assert (await look_over(small.person(ALICE), late_reason="forgot")).ok
    await small.settle()
    await tick(small)
    assert carol.dms[0].text == "All noted. Nothing waits."


def give_the_teams_a_channel(work: Work) -> None:
    """Every team has the channel of the stand-in."""
    for team in work.session.scalars(select(Team)):
        team.channel_id = CHANNEL


def bring_in(stage: Play, count: int) -> None:
    """So many more clients for alice, each with a name found nowhere else."""
    rows = "".join(f"9{n},{stage.names.last}x{n},{stage.names.first}x{n},alice@agency.example\n" for n in range(count))
    sheet = roster.read_clients(f"client_id,last_name,first_name,primary_cm_email\n{rows}".encode())
    report = offline.transact(stage.app.engine, stage.tenant, stage.clock, roster.import_clients, sheet, dry_run=False)
    assert report.applied


def posted(stage: Play) -> list[Message]:
    """The messages in the teams' channel."""
    return stage.sandbox.workspace.conversations.in_channel(CHANNEL)


async def test_a_teams_channel_gets_totals_and_each_opens_their_own_day(small: Play) -> None:
    small.sandbox.installation.channels = [Channel(CHANNEL, "east")]
    bring_in(small, 4)
    leave(small, ago=120)
    offline.transact(small.app.engine, small.tenant, small.clock, give_the_teams_a_channel)
    await tick(small, "2026-03-09T09:00")
    await tick(small)
    (digest,) = posted(small)
    assert shown(digest) == ("*Your team: last week* 1 contact, 0 noted. Now: 1 contact without a note. Open my day")
    assert sorted(row.state for row in ledger(small) if row.slot is Slot.DIGEST) == ["sent", "suppressed"]
    await small.person(BOB).click(digest, "digest", "day.open")
    assert "Nothing is open today." in words(small.person(BOB).modal)
    await small.person(ALICE).click(digest, "digest", "day.open")
    assert "Nothing is open today." not in words(small.person(ALICE).modal)


async def test_a_channel_without_the_app_is_told_of_to_the_admins_and_not_tried_again(small: Play) -> None:
    bring_in(small, 4)
    leave(small, ago=120)
    offline.transact(small.app.engine, small.tenant, small.clock, give_the_teams_a_channel)
    small.sandbox.faults.refuse("chat.postMessage", "not_in_channel", times=2)
    await tick(small, "2026-03-09T09:00")
    await tick(small)
    assert DeliveryState.FAILED in [row.state for row in ledger(small) if row.slot is Slot.DIGEST]
    assert not posted(small)


async def test_metrics_are_there_before_the_first_tick(small: Play) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{small.address}/metrics") as answer:
        assert answer.status == 200
        page = await answer.text()
    assert "noted_reminders_last_tick_seconds 0.0" in page
    assert 'noted_reminders_total{state="unknown"} 0.0' in page
    assert "noted_reminders_missed_ticks_total 0.0" in page


async def test_words_in_every_field_reach_no_message_and_no_row(stage: Play, canary: Canary) -> None:
    """Names, a jot, what was promised and why it was dropped: the canary looks for each of them afterwards."""
    alice, jot, what, why = stage.person(ALICE), *(canary.text(each) for each in ("jot", "promise", "why"))
    await alice.command("/note", "later")
    await later(stage, jot=jot)
    leave(stage, ago=120)
    ref = promise(stage, what)
    for at in (MIDDLE, END, NEXT_START, "2026-03-04T09:00", "2026-03-06T09:00"):
        await tick(stage, at)
    assert "2 late notes and 1 follow-up" in stage.person(CAROL).dms[-1].text
    await opened(stage, ref, "drop")
    await alice.submit(as_text(alice.modal["id"]), {"reason": "client_declined", "words": why})
    await stage.settle()
    await tick(stage, "2026-03-09T09:00")
    assert len(alice.dms) >= 5
    assert stage.count(Occurrence) >= 10
