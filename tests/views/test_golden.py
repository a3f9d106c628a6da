"""Every state of every view, as Slack would get it, word for word. NOTED_WRITE_GOLDEN=1 writes the files anew."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from models.forms import Answers, FormKind
from privacy.safetext import safe
from sandbox.limits import check_message, check_view
from services.drafts import DraftLine
from tests.views import (
    call_states,
    contact_states,
    day_states,
    due_views,
    glass_states,
    reminder_states,
    review_states,
    roster_client_states,
    roster_states,
    samples,
    shared_states,
    signing_states,
    surface_states,
    team_states,
    timeline_states,
)
from views import lists
from views.blocks import PrivateView, SafeBlocks, View
from views.home import home
from views.lists import ChooseForm
from views.notes import CollateralForm, VisitForm

GOLDEN = Path(__file__).parent.parent / "golden"
EMPTY = samples.answers({"ended_at": (str(int(samples.NOW.timestamp()) // 60 * 60),)})
CALL = EMPTY.model_copy(update={"chosen": {**EMPTY.chosen, "method": ("phone",)}})


def with_client(base: Answers) -> Answers:
    """The same answers about the sample client."""
    return base.model_copy(update={"chosen": {**base.chosen, "client": (samples.CLIENT,)}})


def changed_client() -> Answers:
    """A form after its client was changed once: what belongs to the client is replaced."""
    return with_client(CALL).model_copy(update={"client_turn": 1})


def note(form: type[CollateralForm | VisitForm], state: Answers, *, fixed: bool = False) -> PrivateView:
    """A note form in a state."""
    known = samples.known(with_client="client" in state.chosen)
    return form.draw(state, known, samples.NONCE, fixed_client=fixed)


def draft_lines() -> list[DraftLine]:
    """Two drafts, one without a client."""
    saved = samples.NOW - dt.timedelta(hours=1)
    return [
        DraftLine(samples.NONCE, FormKind.FACE_TO_FACE, saved, samples.client()),
        DraftLine("Z-0000000000000002", FormKind.COLLATERAL, saved, None),
    ]


VIEWS: dict[str, Callable[[], PrivateView]] = {
    "collateral_empty": lambda: note(CollateralForm, EMPTY),
    "collateral_call": lambda: note(CollateralForm, CALL),
    "collateral_client": lambda: note(CollateralForm, with_client(CALL)),
    "collateral_client_fixed": lambda: note(CollateralForm, with_client(CALL), fixed=True),
    "collateral_client_changed": lambda: note(CollateralForm, changed_client()),
    "collateral_full": lambda: note(CollateralForm, samples.full_collateral()),
    "visit_empty": lambda: note(VisitForm, EMPTY),
    "visit_client": lambda: note(VisitForm, with_client(EMPTY)),
    "visit_full": lambda: note(VisitForm, samples.full_visit()),
    "choose": lambda: ChooseForm.draw(EMPTY, samples.known(with_client=False), samples.NONCE),
    "drafts": lambda: lists.drafts(draft_lines(), samples.GRANT, samples.NOW, samples.ZONE),
    "drafts_none": lambda: lists.drafts([], samples.GRANT, samples.NOW, samples.ZONE),
    "notice": lambda: lists.notice(safe("This is *one* sentence.")),
    **contact_states.VIEWS,
    **day_states.VIEWS,
    **due_views.VIEWS,
    **glass_states.VIEWS,
    **roster_client_states.VIEWS,
    **review_states.VIEWS,
    **roster_states.VIEWS,
    **shared_states.VIEWS,
    **signing_states.VIEWS,
    **surface_states.VIEWS,
    **team_states.VIEWS,
    **timeline_states.VIEWS,
}
MESSAGES: dict[str, Callable[[], SafeBlocks]] = {
    "home_busy": lambda: home(samples.overview()),
    "home_first": lambda: home(samples.overview(first=day_states.first_lines())),
    "home_demo": lambda: home(samples.overview(), demo=True),
    "home_empty": lambda: home(samples.overview(busy=False)),
    **call_states.MESSAGES,
    **glass_states.MESSAGES,
    **reminder_states.MESSAGES,
    **surface_states.MESSAGES,
    **team_states.MESSAGES,
}


def as_slack(name: str) -> dict[str, object]:
    """The view or message of this name, as Slack would get it."""
    if name in VIEWS:
        return cast("dict[str, object]", VIEWS[name]().view)
    message = MESSAGES[name]()
    return {"text": message.text.text, "blocks": list(message.blocks)}


@pytest.mark.parametrize("name", [*VIEWS, *MESSAGES])
def test_a_view_is_word_for_word_what_it_was(name: str) -> None:
    file = GOLDEN / f"{name}.json"
    drawn = json.dumps(as_slack(name), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("NOTED_WRITE_GOLDEN"):
        file.write_text(drawn)
    assert drawn == file.read_text()


@pytest.mark.parametrize("name", VIEWS)
def test_a_modal_keeps_to_slacks_limits(name: str) -> None:
    assert check_view(as_slack(name)) == []


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_or_home_keeps_to_slacks_limits(name: str) -> None:
    content = as_slack(name)
    blocks = cast("list[object]", content["blocks"])
    if name.startswith("home"):
        assert check_view({"type": "home", "blocks": blocks}) == []
    else:
        assert check_message(blocks) == []


def test_no_golden_file_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.glob("*.json")} == {*VIEWS, *MESSAGES}


def inputs(view: View) -> list[str]:
    """The block ids of the inputs in a view."""
    return [block.get("block_id", "") for block in view.get("blocks", []) if block.get("type") == "input"]


@pytest.mark.parametrize(("name", "count"), [("collateral_empty", 11), ("collateral_client", 12), ("visit_empty", 12)])
def test_a_form_shows_no_more_inputs_than_a_phone_can_bear(name: str, count: int) -> None:
    assert len(inputs(VIEWS[name]().view)) == count
