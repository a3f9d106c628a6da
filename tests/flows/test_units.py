"""Units in a signed note: frozen with the minutes they were counted from, and counted anew with a new version only."""

from __future__ import annotations

import pytest

from bot import offline
from models.contacts import Contact
from models.note_document import NoteDocument
from models.units import Component, FrozenUnits, NotBilled, UnitRule
from privacy.documents import from_json
from sandbox.shape import as_text
from services import policies
from tests.flows.contact_stage import known_of, stored
from tests.flows.stage import ALICE, Play, call_state, choose_client, start

pytestmark = pytest.mark.anyio


async def sign(stage: Play, minutes: str, activity: str = "coordinated", **changed: object) -> Contact:
    """alice signs a call of so many minutes; its contact."""
    alice = stage.person(ALICE)
    view = await start(stage, ALICE, "call")
    assert (await alice.submit(view, call_state(stage.clock, minutes=minutes, activities=[activity], **changed))).ok
    await stage.settle()
    return stored(stage)[-1]


def apply(stage: Play, units: str) -> None:
    """The agency counts its units so from now on."""
    text = f"format: 1\nunits: {units}\n"
    offline.transact(stage.app.engine, stage.tenant, stage.clock, policies.apply, text)


async def test_a_note_keeps_its_minutes_units_rule_and_component(stage: Play) -> None:
    assert (await sign(stage, "23")).billable is True
    apply(stage, "{rule: exact_minutes}")
    stage.clock.advance(seconds=3600)
    other = {"done": "Read the lease aloud with her.", "observations": "She knows now what she has to pay, and when."}
    await sign(stage, "23", **other)
    first, second = stage.documents()
    assert first.units == FrozenUnits(rule=UnitRule.CMS8, version=1, minutes=23, units=2)
    assert second.units == FrozenUnits(rule=UnitRule.EXACT_MINUTES, version=1, minutes=23, units=23)
    assert first.components == (Component.REFERRAL,)


async def test_crisis_support_alone_is_no_case_management(stage: Play) -> None:
    assert (await sign(stage, "60", "crisis")).billable is False
    document = stage.documents()[-1]
    assert document.units is not None
    assert (document.units.units, document.units.minutes, as_text(document.units.not_billed)) == (
        0,
        60,
        "direct_service",
    )
    assert document.components == ()


async def test_an_attempt_has_no_units_and_is_never_billed(small: Play) -> None:
    alice = small.person(ALICE)
    await alice.command("/note", "attempt")
    await choose_client(alice, "")
    assert (await alice.submit(as_text(alice.modal["id"]), {"outcome": "left_a_message"})).ok
    await small.settle()
    contact = stored(small)[-1]
    attempt = known_of(small, contact).attempt
    assert (contact.billable, contact.minutes) == (False, None)
    assert attempt is not None
    assert attempt.units == FrozenUnits(rule=UnitRule.CMS8, version=1, minutes=0, units=0, not_billed=NotBilled.ATTEMPT)


def test_a_note_that_was_signed_before_there_were_units_still_opens() -> None:
    old = b"""{"kind": "collateral", "ended_at": "2026-01-05T15:00:00Z", "minutes": 4, "activities": ["linked"], "done": "d",
    "observations": "o", "matters": ["none"], "signature": {"name": "Alice", "title": "Case manager", "credential": "",
    "signed_at": "2026-01-05T15:01:00Z"}}"""
    opened = from_json(NoteDocument, old)
    assert (opened.units, opened.components, opened.minutes) == (None, (), 4)
