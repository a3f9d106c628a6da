"""Who reaches whom, as a person sees it: after a reassignment, as a supervisor, in an emergency, with another role, and by forged references."""

from __future__ import annotations

import pytest

from handlers.commands import WORDS
from handlers.table import routes
from models.audit import AuditEvent
from models.base import Base
from models.clients import AssignmentKind
from models.contacts import Contact
from models.follow_ups import FollowUp
from models.forms import FormStage
from models.goals import Goal
from models.notes import Note
from models.people import Person
from models.requirements import Pause
from models.staff import Role
from sandbox.shape import as_object, as_text
from tests.canary import Canary
from tests.flows.attack import action, chosen, counting, filled, looked_over, put, send, stages, submission
from tests.flows.changing import Changing
from tests.flows.contact_stage import leave, open_list, write_and_sign
from tests.flows.forging import forged
from tests.flows.stage import ALICE, BOB, CAROL, DAN, Play, blocks, look_over, options, words
from tests.flows.test_attack_scope import names_nobody, suggestion

pytestmark = pytest.mark.anyio

BUSINESS: tuple[type[Base], ...] = (Contact, FollowUp, Goal, Note, Pause, Person)


def last(stage: Play, word: str) -> AuditEvent:
    """The newest event with this word."""
    return [row for row in stage.rows(AuditEvent) if isinstance(row, AuditEvent) and row.action == word][-1]


async def test_who_was_there_signs_what_was_open_and_corrects_it(stage: Play) -> None:
    agency = Changing(stage)
    view = await filled(stage)
    agency.take(ALICE, "hers")
    stage.clock.advance(days=20)
    answer = await send(stage, submission(stage, view))
    assert (await looked_over(stage, ALICE, answer, late_reason="many_contacts")).clears
    assert last(stage, "note:sign").rule == "was_there"
    again = submission(stage, view, done="Asked the manager for a later day, and she said no.")
    assert (await send(stage, again, later=2)).clears
    documents = stage.documents()
    assert [each.checked.late.reason for each in documents if each.checked and each.checked.late] == [
        "many_contacts"
    ] * 2
    assert last(stage, "note:sign").object_version == 2
    stage.clock.advance(days=20)
    late = submission(stage, view, done="Asked the manager for a later day, long ago.")
    assert not (await send(stage, late, later=4)).clears
    assert last(stage, "note:sign").object_version == 2


async def test_after_thirty_days_the_words_are_kept_and_nothing_is_signed(small: Play, canary: Canary) -> None:
    agency, alice = Changing(small), small.person(ALICE)
    view = await filled(small)
    agency.take(ALICE, "hers")
    small.clock.advance(days=31)
    text = canary.text("typed") + " about the lease and the rent."
    answer = await send(small, submission(small, view, done=text))
    assert "kept under Drafts" in str(answer.errors)
    assert small.count(Note) == 0
    await alice.close(view)
    await alice.command("/note", "drafts")
    row = next(name for name in blocks(alice.modal) if name.endswith(".buttons"))
    await alice.click(as_text(alice.modal["id"]), row, "draft.continue")
    assert as_object(blocks(alice.modal)["done"]["element"])["initial_value"] == text
    assert names_nobody(small, words(alice.modal))


async def test_a_form_begun_after_the_loss_is_about_somebody_else(small: Play) -> None:
    agency = Changing(small)
    agency.take(ALICE, "hers")
    agency.assign(ALICE, "dans", AssignmentKind.BACKUP)
    small.clock.advance(days=3)
    payload = submission(small, await filled(small))
    put(payload, "client", {"form.search_client": chosen(agency.clients["hers"].ref)})
    answer = await send(small, payload)
    assert "kept under Drafts" in str(answer.errors)
    assert small.count(Note) == 0


async def test_a_contact_that_waits_is_written_by_who_was_there_and_the_trail_says_so(stage: Play) -> None:
    agency = Changing(stage)
    ref = leave(stage)
    agency.take(ALICE, "hers")
    stage.clock.advance(days=5)
    shown = await open_list(stage)
    assert stage.names.last in words(shown)
    assert last(stage, "client:read").rule == "was_there"
    await stage.person(ALICE).click(as_text(shown["id"]), ref, "contact.write")
    await write_and_sign(stage)
    assert (await look_over(stage.person(ALICE), late_reason="away_or_sick")).ok
    assert stage.count(Note) == 1
    assert last(stage, "note:sign").rule == "was_there"


async def test_a_supervisor_searches_their_staffs_clients_and_no_others(small: Play) -> None:
    carol = small.person(CAROL)
    await carol.command("/note", "call")
    view = as_text(carol.modal["id"])
    for query, found in ((small.names.last, 1), (small.names.dans, 0), ("", 0)):
        offered = options(await carol.suggest(view, "client", "form.search_client", query))
        assert len(offered) == found, query
    Changing(small).put_under(ALICE, None)
    Changing(small).put_under(BOB, None)
    assert not options(await carol.suggest(view, "client", "form.search_client", small.names.last))


async def test_an_emergency_is_one_client_for_an_hour_and_its_note_says_so(stage: Play) -> None:
    agency, dan = Changing(stage), stage.person(DAN)
    agency.break_glass(DAN, "hers")
    await dan.command("/note", "call")
    view = as_text(dan.modal["id"])
    found = options(await dan.suggest(view, "client", "form.search_client", stage.names.last))
    await dan.click(view, "client", "form.search_client", as_text(found[0]["value"]))
    await stage.settle()
    assert stage.names.last in words(dan.modal)
    assert (last(stage, "client:read").rule, last(stage, "client:read").object_id) == (
        "emergency",
        agency.clients["hers"].id,
    )
    stage.clock.advance(hours=1)
    assert not options(await dan.suggest(view, "client", "form.search_client", stage.names.last))
    assert not (await send(stage, submission(stage, view))).clears
    assert stage.count(Note) == 0


@pytest.mark.parametrize("roles", [set[Role](), {Role.ADMIN}, {Role.PRIVACY_OFFICER}])
async def test_another_role_ends_the_caseload_with_the_next_request(small: Play, roles: set[Role]) -> None:
    view = await filled(small)
    leave(small)
    Changing(small).give_roles(ALICE, roles)
    before = len(small.sandbox.journal)
    assert not (await send(small, submission(small, view))).clears
    for later, word in enumerate(("today", "clients", "drafts", "follow-ups", "call")):
        small.sandbox.workspace.views.close_all(ALICE)
        small.clock.advance(seconds=later)
        await small.person(ALICE).command("/note", word)
    await small.settle()
    assert names_nobody(small, str([call.arguments for call in small.sandbox.journal[before:]]))
    assert small.count(Note) == 0


async def test_a_forged_client_costs_what_none_costs_and_the_trail_knows_both(small: Play) -> None:
    agency = Changing(small)
    view = await filled(small, DAN)
    seen: list[tuple[list[str], str]] = []
    # The first one releases the form's own client; after that both ask for the same.
    for later, ref in enumerate(("C-0000000000000001", agency.clients["hers"].ref, "C-0000000000000000")):
        payload = action(small, view, small.clock.now().timestamp() + 1 + later)
        put(payload, "client", {"form.search_client": chosen(ref)})
        denied = small.actions().count("access:deny")
        with counting(small) as sent:
            answer = await send(small, payload, later=later)
            await small.app.office.later.drain()
        assert small.actions().count("access:deny") == denied + 1
        assert last(small, "access:deny").rule == "not_found"
        seen.append((sorted(sent), str(answer)))
    assert seen[1] == seen[2]


async def test_a_search_for_the_people_of_a_forged_client_finds_nobody_and_is_recorded(small: Play) -> None:
    payload = suggestion(small, await filled(small, DAN), "people")
    answers: list[str] = []
    for later, ref in enumerate((Changing(small).clients["hers"].ref, "C-0000000000000000")):
        put(payload, "client", {"form.search_client": chosen(ref)})
        answers.append(str(await send(small, payload, later=later)))
        assert small.actions()[-1] == "access:deny"
    assert answers[0] == answers[1]


@pytest.mark.parametrize("kind", ["action", "submission", "suggestion"])
async def test_every_request_with_forged_references_shows_nobody_and_changes_nothing(small: Play, kind: str) -> None:
    contact = leave(small)
    nonce = as_text(small.person(ALICE).modal["private_metadata"]) if await filled(small) else ""
    client = Changing(small).clients["hers"].ref
    await small.person(DAN).open_home()
    await small.settle()
    before, rows = len(small.sandbox.journal), [small.count(table) for table in BUSINESS]
    for id_ in sorted(getattr(routes(), kind).ids):
        ref = {"contact": contact, "call": contact, "draft": nonce, "form": nonce, "note": nonce}.get(
            id_.partition(".")[0], client
        )
        payload = forged(small, kind, id_, ref, nonce, client)
        small.clock.advance(seconds=1)
        answer = await send(small, payload)
        assert answer.status == 200, id_
        await small.settle()
    assert names_nobody(small, str([call.arguments for call in small.sandbox.journal[before:]]))
    assert [small.count(table) for table in BUSINESS] == rows
    assert stages(small)[0] is FormStage.OPEN


@pytest.mark.parametrize("word", sorted(WORDS))
async def test_every_word_shows_a_person_without_a_role_no_client(small: Play, word: str) -> None:
    leave(small)
    Changing(small).give_roles(ALICE, ())
    before = len(small.sandbox.journal)
    await small.person(ALICE).command("/note", word)
    await small.settle()
    assert names_nobody(small, str([call.arguments for call in small.sandbox.journal[before:]]))
