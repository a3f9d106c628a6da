"""A supervisor's desk as they meet it: counts in App Home and `/note team`, and a list that names people only in a modal."""

from __future__ import annotations

import pytest

from sandbox.shape import as_object, as_text
from tests.flows.attack import send
from tests.flows.changing import Changing
from tests.flows.contact_stage import leave
from tests.flows.roster_stage import last_event, staff
from tests.flows.stage import ALICE, CAROL, DAN, Play, blocks, words
from tests.flows.test_attack_scope import names_nobody, press

pytestmark = pytest.mark.anyio


async def test_counts_in_app_home_lead_to_names_in_a_modal(stage: Play) -> None:
    leave(stage)
    carol = stage.person(CAROL)
    await carol.open_home()
    await stage.settle()
    home = as_object(carol.home)
    assert f"<@{ALICE}> · 1 contact without a note" in words(home)
    assert names_nobody(stage, str(home))
    ref = staff(stage, ALICE).ref
    await carol.click(as_text(home["id"]), f"team.{ref}", "team.person")
    assert stage.names.last in words(carol.modal)
    assert last_event(stage).action == "work:read"
    stage.sandbox.workspace.views.close_all(CAROL)
    await carol.command("/note", "team")
    assert "Alice · 1 contact without a note" in words(carol.modal)
    assert names_nobody(stage, words(carol.modal))
    await carol.click(as_text(carol.modal["id"]), ref, "team.person")
    assert stage.names.last in words(carol.modal)


async def test_after_a_reassignment_a_stale_button_finds_nobody(small: Play) -> None:
    leave(small)
    carol, ref = small.person(CAROL), staff(small, ALICE).ref
    await carol.command("/note", "team")
    view = as_text(carol.modal["id"])
    Changing(small).put_under(ALICE, None)
    await carol.click(view, ref, "team.person")
    said = words(carol.modal)
    assert "This was not found" in said
    assert last_event(small).action == "access:deny"
    small.sandbox.workspace.views.close_all(CAROL)
    await carol.open_home()
    await small.settle()
    await send(small, press(small, CAROL, "team.person", "S-0000000000000000"))
    assert words(carol.modal) == said


async def test_a_case_manager_has_no_team(small: Play) -> None:
    leave(small)
    dan = small.person(DAN)
    await dan.command("/note", "team")
    assert "not found" in dan.ephemerals[-1].text
    await dan.open_home()
    await small.settle()
    assert "My team" not in words(as_object(dan.home))
    await send(small, press(small, DAN, "team.person", staff(small, ALICE).ref))
    assert names_nobody(small, words(dan.modal))
    assert not [name for name in blocks(dan.modal) if name.startswith("contacts")]
