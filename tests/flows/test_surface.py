"""The decision on where client data may go: asked of whoever may make it, refused word for word, and counting at once."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import pytest

from bot import offline
from models.staff import Role
from models.workspaces import DecisionDocument, Labels, Surface, SurfaceDecision
from sandbox import payloads
from sandbox.shape import JsonObject, as_object, as_text
from services import surfaces
from services.audit_trail import verify
from tests.flows.attack import send
from tests.flows.roster_stage import gives, last_event, staff
from tests.flows.stage import ALICE, CAROL, DAN, Play, blocks, options, words
from views.blocks import one_line

pytestmark = pytest.mark.anyio

YES: dict[str, object] = {
    "surface": "modal",
    "agreement": "signed",
    "plan": "enterprise",
    "answer": "covered",
    "operator": "agency",
    "labels": "full",
    "agreement_ref": "2026-05-04, contracts folder",
    "decided_by": "Pat Doe, privacy officer",
    "confirm": ["read"],
}
NO: dict[str, object] = {
    "surface": "none",
    "operator": "agency",
    "decided_by": "Pat Doe, privacy officer",
    "confirm": ["read"],
}
AGREEMENT = "Slack forms stay closed until an agreement with Slack is signed. Choose Noted's own page, or Nowhere yet."
PLAN = (
    "Others report that Slack supports client data on the Enterprise plan only. Choose Noted's own page, or ask Slack."
)


async def asked(stage: Play, user_id: str = CAROL) -> str:
    """Open the decision from App Home; the modal's id."""
    person = stage.person(user_id)
    await person.open_home()
    await stage.settle()
    home = as_object(person.home)
    await person.click(as_text(home["id"]), "decision", "surface.open")
    return as_text(person.modal["id"])


async def choose(stage: Play, view: str, user_id: str = CAROL, /, **chosen: object) -> None:
    """Make the choices on which other questions depend, one by one."""
    for name, value in chosen.items():
        await stage.person(user_id).click(view, name, "surface.choose", value)
        await stage.settle()


async def forms(stage: Play, **changed: object) -> Mapping[str, object]:
    """Fill the whole screen in for Slack forms and submit it; the sentences under its fields."""
    view = await asked(stage)
    state = {**YES, **changed}
    await choose(stage, view, CAROL, **{name: state[name] for name in ("surface", "agreement", "answer")})
    shown = blocks(stage.person(CAROL).modal)
    return (await stage.person(CAROL).submit(view, {k: v for k, v in state.items() if k in shown})).errors


def decisions(stage: Play) -> list[SurfaceDecision]:
    """Every version."""
    return [row for row in stage.rows(SurfaceDecision) if isinstance(row, SurfaceDecision)]


def document(stage: Play) -> DecisionDocument:
    """What the newest version holds."""
    found = offline.read(stage.app.engine, stage.tenant, stage.clock, surfaces.standing).document
    assert found is not None
    return found


@pytest.mark.parametrize("role", [Role.ADMIN, Role.PRIVACY_OFFICER])
async def test_while_nobody_decided_note_asks_whoever_may_decide(undecided: Play, role: Role) -> None:
    gives(undecided, CAROL, role)
    carol = undecided.person(CAROL)
    await carol.command("/note")
    assert "Where client data goes" in words(carol.modal)
    assert set(blocks(carol.modal)) >= {"text_1", "text_4", "surface", "operator", "decided_by", "review_on", "confirm"}
    assert "agreement" not in blocks(carol.modal)
    assert undecided.actions()[-1] == "surface:read"


async def test_others_read_where_the_admin_decides(undecided: Play) -> None:
    alice = undecided.person(ALICE)
    await alice.command("/note")
    assert alice.ephemerals[-1].text == (
        "Noted is not open yet. Your admin has to decide where client data may go: App Home, *Client data in Slack*."
    )
    assert not alice.modals


async def test_a_recorded_decision_opens_note_at_once_and_keeps_every_answer(stage: Play) -> None:
    gives(stage, CAROL, Role.ADMIN)
    assert await forms(stage) == {}
    await stage.settle()
    newest = decisions(stage)[-1]
    assert (newest.version, newest.surface) == (2, Surface.MODAL)
    kept = document(stage)
    assert (kept.decided_by.reveal(stage.grant), kept.text_version) == ("Pat Doe, privacy officer", 1)
    assert kept.agreement.reveal(stage.grant) == "2026-05-04, contracts folder"
    assert [kept.plan, kept.answer, kept.operator, kept.labels] == ["enterprise", "covered", "agency", "full"]
    event = last_event(stage)
    assert (event.action, event.actor_id, event.rule) == ("surface:decide", staff(stage, CAROL).id, "modal")
    assert event.digest == newest.reasons.digest()
    await stage.person(ALICE).command("/note", "call")
    assert stage.person(ALICE).modals
    shown = as_object(stage.person(CAROL).home)
    assert "*Client data in Slack*: modal" in words(shown)


async def test_questions_come_with_the_choices_that_ask_them_and_nothing_typed_is_lost(undecided: Play) -> None:
    gives(undecided, CAROL, Role.ADMIN)
    view = await asked(undecided)
    carol = undecided.person(CAROL)
    await carol.click(view, "surface", "surface.choose", "modal", {"decided_by": "Pat Doe, director"})
    await undecided.settle()
    assert {"agreement", "plan", "answer", "labels"} <= set(blocks(carol.modal))
    assert not {"agreement_ref", "reason"} & set(blocks(carol.modal))
    await choose(undecided, view, agreement="signed", answer="no_answer")
    assert {"agreement_ref", "reason"} <= set(blocks(carol.modal))
    assert carol.typed(view)["decided_by"]["form.answer"] == {"type": "plain_text_input", "value": "Pat Doe, director"}
    await choose(undecided, view, surface="none")
    assert not {"agreement", "plan", "answer", "labels", "agreement_ref", "reason"} & set(blocks(carol.modal))


async def test_what_cannot_stand_is_refused_on_its_field_word_for_word(small: Play) -> None:
    gives(small, CAROL, Role.ADMIN)
    for agreement in ("not_signed", "unknown"):
        assert await forms(small, agreement=agreement) == {"agreement": AGREEMENT}
    for plan in ("other", "unknown"):
        assert await forms(small, plan=plan) == {"plan": PLAN}
    vendor = "Sign an agreement with the vendor first."
    assert await forms(small, operator="vendor_without") == {"operator": vendor}
    both = await forms(small, agreement="unknown", plan="other")
    assert both == {"agreement": AGREEMENT, "plan": PLAN}
    assert await forms(small, answer="not_asked", reason="Nobody answers, and notes are late.") == {}
    assert len(decisions(small)) == 2


async def test_closing_needs_no_agreement_and_works_at_once(stage: Play) -> None:
    gives(stage, CAROL, Role.PRIVACY_OFFICER)
    view = await asked(stage)
    await choose(stage, view, surface="none")
    assert (await stage.person(CAROL).submit(view, {**NO, "operator": "vendor_without"})).ok
    await stage.settle()
    await stage.person(ALICE).command("/note", "call")
    assert not stage.person(ALICE).modals
    assert "has to decide where client data may go" in stage.person(ALICE).ephemerals[-1].text
    await stage.person(CAROL).command("/note")
    assert not stage.person(CAROL).modals


async def test_noteds_own_page_is_recorded_and_keeps_note_closed(small: Play) -> None:
    gives(small, CAROL, Role.ADMIN)
    view = await asked(small)
    await choose(small, view, surface="web")
    assert (await small.person(CAROL).submit(view, {**NO, "surface": "web"})).ok
    assert decisions(small)[-1].surface is Surface.WEB
    await small.person(ALICE).command("/note", "call")
    assert not small.person(ALICE).modals


async def test_a_second_submit_of_the_same_is_one_version_and_another_ones_is_not_overwritten(stage: Play) -> None:
    gives(stage, CAROL, Role.ADMIN)
    gives(stage, DAN, Role.PRIVACY_OFFICER)
    mine, theirs = await asked(stage), await asked(stage, DAN)
    await choose(stage, mine, surface="none")
    await choose(stage, theirs, DAN, surface="web")
    assert (await stage.person(CAROL).submit(mine, NO)).ok
    payload = copy.deepcopy(submitted(stage, mine))
    assert (await send(stage, payload, later=1)).errors == {}
    assert len(decisions(stage)) == 2
    late = (await stage.person(DAN).submit(theirs, {**NO, "surface": "web"})).errors
    assert list(late) == ["surface"]
    assert "Somebody changed this meanwhile" in as_text(late["surface"])
    assert [row.surface for row in decisions(stage)] == [Surface.MODAL, Surface.NONE]


def submitted(stage: Play, view_id: str) -> JsonObject:
    """The submission of a modal as it stands in the stand-in, whoever sends it."""
    view = stage.sandbox.workspace.views.find(view_id)
    assert view is not None
    return payloads.submission(stage.sandbox.workspace, view)


@pytest.mark.parametrize("role", [Role.CASE_MANAGER, Role.SUPERVISOR, Role.AUDITOR])
async def test_whoever_may_not_decide_cannot_by_a_forged_submission_either(small: Play, role: Role) -> None:
    gives(small, CAROL, Role.ADMIN)
    view = await asked(small)
    await choose(small, view, surface="none")
    gives(small, CAROL, role)
    answer = (await small.person(CAROL).submit(view, NO)).errors
    assert list(answer) == ["surface"]
    assert "not found" in as_text(answer["surface"])
    assert len(decisions(small)) == 1
    await small.person(CAROL).click(view, "surface", "surface.choose", "modal")
    assert len(small.person(CAROL).modals) <= 2
    assert small.actions()[-1] == "access:deny"
    await small.person(CAROL).open_home()
    await small.settle()
    assert "Client data in Slack" not in words(as_object(small.person(CAROL).home))


async def test_clients_stand_in_search_lists_as_the_agency_decided_and_are_found_by_name(small: Play) -> None:
    gives(small, CAROL, Role.ADMIN)
    shown = {
        Labels.FULL: f"{small.names.last}, {small.names.first} · {small.names.agency_id}",
        Labels.FIRST: f"{small.names.first} · {small.names.agency_id}",
        Labels.ID: small.names.agency_id,
    }
    alice = small.person(ALICE)
    for label, text in shown.items():
        assert await forms(small, labels=label.value) == {}
        await alice.command("/note", "call")
        view = as_text(alice.modal["id"])
        found = options(await alice.suggest(view, "client", "form.search_client", small.names.last[:6]))
        assert [as_object(each["text"])["text"] for each in found] == [one_line(text)]
        await alice.close(view)


async def test_a_decision_whose_day_has_come_says_so_in_app_home(small: Play) -> None:
    gives(small, CAROL, Role.ADMIN)
    assert await forms(small, review_on="2026-03-04") == {}
    small.clock.advance(days=5)
    await small.person(CAROL).open_home()
    await small.settle()
    assert "to be looked at again, since 3 days" in words(as_object(small.person(CAROL).home))


async def test_the_trail_holds_with_decisions_of_both_kinds(small: Play) -> None:
    gives(small, CAROL, Role.ADMIN)
    assert await forms(small) == {}
    assert offline.read(small.app.engine, small.tenant, small.clock, verify).findings == ()
