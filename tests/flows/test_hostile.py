"""Hostile input through the whole app: a clear sentence on the right field, or stored exactly; never a 500, never a lost form."""

from __future__ import annotations

import json

import pytest

from models.notes import Note
from tests.canary import Canary
from tests.flows.stage import ALICE, Play, call_state, start, typed

pytestmark = pytest.mark.anyio
EXACT = {
    "right to left": "Met \u202eelur\u202c at the clinic and spoke about the lease.",
    "zero width": "Zero\u200bwidth\u200d words about the lease and the rent today.",
    "combining": "a" + "\u0301" * 2900 + " about the lease and the rent",
    "mrkdwn": "<!channel> <@U0ALICE> *bold* `code` <http://x|y> & about the lease",
    "emoji": "Family \U0001f468\u200d\U0001f469\u200d\U0001f467 talked about the lease today.",
    "newlines": "First line about the lease.\n\n\tSecond line.\r\nThird.",
}
REFUSED = {
    "NUL": "Asked about the lease\x00 and the rent.",
    "lone surrogate": "Asked about the lease\ud83d and the rent.",
    "ten thousand marks": "a" + "\u0301" * 10_000,
    "too long": "y" * 3_001,
    "invisible": "\u200b" * 50,
}


async def filled(stage: Play) -> str:
    """A form of alice's with everything filled in and saved; its view id."""
    view = await start(stage, ALICE, "call")
    await stage.person(ALICE).click(view, "after_observations", "form.save", state=call_state(stage.clock))
    await stage.settle()
    return view


@pytest.mark.parametrize("words", EXACT.values(), ids=EXACT.keys())
async def test_odd_words_are_stored_and_shown_exactly(stage: Play, words: str) -> None:
    view = await filled(stage)
    submission = await stage.person(ALICE).submit(view, {"done": typed(words)}, check=False)
    assert submission.ok, submission.errors
    assert [document.done.reveal(stage.grant) for document in stage.documents()] == [words]


@pytest.mark.parametrize("words", REFUSED.values(), ids=REFUSED.keys())
async def test_words_that_cannot_be_stored_are_refused_on_their_field(stage: Play, words: str) -> None:
    view = await filled(stage)
    submission = await stage.person(ALICE).submit(view, {"done": typed(words)}, check=False)
    assert list(submission.errors) == ["done"]
    assert stage.count(Note) == 0
    assert stage.person(ALICE).modals


@pytest.mark.parametrize("words", REFUSED.values(), ids=REFUSED.keys())
async def test_a_draft_keeps_even_words_that_cannot_be_signed(stage: Play, words: str) -> None:
    alice = stage.person(ALICE)
    view = await filled(stage)
    delivery = await alice.click(
        view, "satisfaction", "form.answer", "satisfied", state={"done": typed(words)}, check=False
    )
    assert delivery.status == 200
    assert (await alice.submit(view, {"done": typed("Asked about the lease and the rent.")}, check=False)).ok


@pytest.mark.parametrize(("minutes", "ok"), [("0", False), ("10000", False), ("720", True), ("1e3", False)])
async def test_minutes_that_are_no_minutes_are_refused_on_their_field(stage: Play, minutes: str, ok: bool) -> None:
    view = await filled(stage)
    state = {"minutes": {"form.answer": {"type": "number_input", "value": minutes}}}
    submission = await stage.person(ALICE).submit(view, state, check=False)
    assert submission.ok is ok
    assert ok or list(submission.errors) == ["minutes"]


async def test_two_states_for_one_goal_and_a_future_end_are_told_together(stage: Play) -> None:
    view = await filled(stage)
    options = [
        {"text": {"type": "plain_text", "text": "x"}, "value": f"G-0.{state}"} for state in ("progress", "setback")
    ]
    later = int(stage.clock.now().timestamp()) + 3600
    state = {
        "goals": {"form.answer": {"type": "multi_static_select", "selected_options": options}},
        "ended_at": {"form.answer": {"type": "datetimepicker", "selected_date_time": later}},
    }
    submission = await stage.person(ALICE).submit(view, state, check=False)
    assert set(submission.errors) == {"goals", "ended_at"}


@pytest.mark.parametrize("broken", [{"done": []}, {"done": {"form.answer": 7}}, {"": {}}, {"people": {"x": {}}}])
async def test_a_state_of_another_shape_is_a_sentence_and_not_a_crash(stage: Play, broken: dict[str, object]) -> None:
    view = await filled(stage)
    stored = stage.sandbox.workspace.views.find(view)
    assert stored is not None
    stored.values = json.loads(json.dumps({**stored.values, **broken}))
    submission = await stage.person(ALICE).submit(view, check=False)
    assert stage.sandbox.journal.deliveries[-1].status == 200
    assert stage.count(Note) == (1 if submission.ok else 0)


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "block_actions", "actions": [{"action_id": "no.such", "block_id": "b", "value": "SECRET"}]},
        {"type": "block_suggestion", "action_id": "no.such", "block_id": "b", "value": "SECRET"},
        {"type": "view_submission", "view": {"callback_id": "no.such", "state": {"values": {}}, "x": "SECRET"}},
        {"type": "view_submission", "view": {"type": "modal", "callback_id": "no.such", "x": "SECRET"}},
        {"type": "view_closed", "view": {"type": "modal", "callback_id": "no.such", "x": "SECRET"}},
        {"type": "block_actions", "actions": [], "x": "SECRET"},
        {"type": "block_actions", "actions": ["SECRET"]},
        {"type": "shortcut", "callback_id": "no.such", "x": "SECRET"},
        {"type": "message_action", "callback_id": "no.such", "x": "SECRET"},
        {"type": "something_new", "x": "SECRET"},
    ],
    ids=lambda payload: payload["type"],
)
async def test_what_nobody_knows_is_taken_and_never_logged(
    stage: Play, canary: Canary, payload: dict[str, object]
) -> None:
    body = {
        "user": {"id": ALICE, "team_id": "T0ALPHA"},
        "team": {"id": "T0ALPHA"},
        "trigger_id": "1.2.3",
        "api_app_id": "A0SANDBOX0",
        **payload,
    }
    secret = json.loads(json.dumps(body).replace("SECRET", canary.text("payload")))
    delivery = await stage.sandbox.courier.interaction(secret)
    assert delivery.status in {200, 400, 404}
