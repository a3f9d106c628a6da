"""*Contacts to note*: one written after the other, put away, given to a colleague; calls whose client nobody has said yet."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from bot import offline
from models.contacts import Contact, ContactKind, ContactReason, ContactState
from models.notes import Note
from sandbox.shape import as_object, as_text
from services import audit_trail, contact_lists, contacts, forms
from services.forms import OpenForm
from services.refusals import NotFound
from services.staff import Actor, SlackUser, identify
from services.work import Work
from tests.canary import Canary
from tests.flows.contact_stage import alices, dans, known_of, later, leave, nobody, open_list, stored, write_and_sign
from tests.flows.stage import ALICE, BOB, CAROL, DAN, TEAM, Play, blocks, call_state, choose_client, options, words

pytestmark = pytest.mark.anyio
BESIDE_TIMES = {"ended_at", "minutes"}


async def test_three_contacts_are_noted_in_a_row_from_one_list(stage: Play) -> None:
    for ago in (10, 200, 400):
        leave(stage, ago=ago)
    alice = stage.person(ALICE)
    shown = await open_list(stage)
    newest = next(name for name in blocks(shown) if name.startswith("K-"))
    await alice.click(as_text(shown["id"]), newest, "contact.write")
    for left in ("2 contacts still have no note.", "1 contact still has no note."):
        await write_and_sign(stage)
        assert left in words(alice.modal)
        assert words(alice.modals[0]).count("Write") == int(left[0])
        await alice.submit(as_text(alice.modal["id"]))
    await write_and_sign(stage)
    assert not alice.modals
    assert stage.count(Note) == 3
    ended = [each.ended_at for each in stored(stage)]
    assert {each.state for each in stored(stage)} == {ContactState.NOTED}
    assert len(set(ended)) == 3
    assert "Everything is noted." in words(alice.home or {})


async def test_done_after_signing_goes_back_to_what_is_left(small: Play) -> None:
    leave(small, ago=10)
    leave(small, ago=200)
    alice = small.person(ALICE)
    shown = await open_list(small)
    await alice.click(as_text(shown["id"]), next(n for n in blocks(shown) if n.startswith("K-")), "contact.write")
    await write_and_sign(small)
    await alice.close(as_text(alice.modal["id"]))
    assert [name.startswith("K-") for name in blocks(alice.modal)].count(True) == 1


async def test_the_list_shows_what_was_jotted_and_so_does_the_form(small: Play, canary: Canary) -> None:
    alice = small.person(ALICE)
    jot = canary.text("jot")
    await alice.command("/note", "later")
    await later(small, "face_to_face", jot)
    await alice.close(as_text(alice.modal["id"]))
    shown = await open_list(small)
    assert jot in words(shown)
    assert small.names.last in words(shown)
    await alice.click(as_text(shown["id"]), next(n for n in blocks(shown) if n.startswith("K-")), "contact.write")
    assert jot in words(alice.modal)
    assert alice.modal["callback_id"] == "note.sign_visit"


async def test_thirty_contacts_stand_on_three_pages(small: Play) -> None:
    refs = [leave(small, ago=10 * number) for number in range(1, 26)]
    alice = small.person(ALICE)
    shown = await open_list(small)
    seen: list[str] = []
    for _ in range(3):
        seen += [name for name in blocks(alice.modal) if name.startswith("K-")]
        if "contact.older" in str(alice.modal):
            await alice.click(as_text(shown["id"]), "pages", "contact.older")
            await small.settle()
    assert seen == refs
    await alice.click(as_text(shown["id"]), refs[-1], "contact.more", "already_noted")
    await small.settle()
    assert [name for name in blocks(alice.modal) if name.startswith("K-")] == refs[20:24]
    await alice.click(as_text(shown["id"]), "pages", "contact.newest")
    await small.settle()
    assert [name for name in blocks(alice.modal) if name.startswith("K-")] == refs[:10]


@pytest.mark.parametrize("reason", ["personal", "not_a_client", "already_noted"])
async def test_a_dismissed_contact_is_kept_with_its_reason(small: Play, reason: str) -> None:
    ref = leave(small)
    alice = small.person(ALICE)
    shown = await open_list(small)
    await alice.click(as_text(shown["id"]), ref, "contact.more", reason)
    await alice.click(as_text(shown["id"]), ref, "contact.more", reason, check=False)
    await small.settle()
    assert "All noted. Nothing waits." in words(alice.modals[0])
    [contact] = stored(small)
    assert (contact.state, contact.reason) == (ContactState.CANCELLED, ContactReason(reason))
    assert small.actions().count("contact:cancel") == 1


async def test_a_contact_that_was_an_attempt_becomes_one(small: Play) -> None:
    ref = leave(small)
    alice = small.person(ALICE)
    shown = await open_list(small)
    await alice.click(as_text(shown["id"]), ref, "contact.more", "attempt")
    assert "client_fixed" in blocks(alice.modal)
    assert (await alice.submit(as_text(alice.modal["id"]), {"outcome": "no_answer"})).ok
    [contact] = stored(small)
    assert (contact.ref, contact.kind, contact.state) == (ref, ContactKind.ATTEMPT, ContactState.ATTEMPTED)
    assert contact.minutes is None


async def test_a_contact_is_given_to_whoever_has_the_client_too(stage: Play, canary: Canary) -> None:
    alice, bob = stage.person(ALICE), stage.person(BOB)
    jot = canary.text("jot")
    await alice.command("/note", "later")
    await later(stage, "collateral", jot)
    await alice.close(as_text(alice.modal["id"]))
    shown = await open_list(stage)
    ref = next(name for name in blocks(shown) if name.startswith("K-"))
    await alice.click(as_text(shown["id"]), ref, "contact.more", "give")
    element = as_object(blocks(alice.modal)["receiver"]["element"])
    offered = {as_text(as_object(each["text"])["text"]): as_text(each["value"]) for each in options(element)}
    assert set(offered) == {"Colleague: Bob", "Supervisor: Carol"}
    assert (await alice.submit(as_text(alice.modal["id"]), {"receiver": offered["Colleague: Bob"]})).ok
    await stage.settle()
    assert "All noted. Nothing waits." in words(alice.modal)
    theirs = await open_list(stage, BOB)
    assert jot in words(theirs)
    await bob.click(as_text(theirs["id"]), ref, "contact.write")
    await write_and_sign(stage, BOB)
    assert "contact:give" in stage.actions()
    assert stored(stage)[0].state is ContactState.NOTED


async def test_a_supervisor_reads_whom_their_staffs_contact_is_about(small: Play) -> None:
    leave(small, user=CAROL)
    assert small.names.last in words(await open_list(small, CAROL))


async def test_whoever_has_not_the_client_sees_no_name(small: Play) -> None:
    ref = leave(small, user=DAN)
    dan = small.person(DAN)
    shown = await open_list(small, DAN)
    assert "Client outside your caseload" in words(shown)
    assert small.names.last not in words(shown)
    assert "contact.write" not in str(shown)
    await dan.click(as_text(shown["id"]), ref, "contact.more", "give")
    assert small.names.last not in words(dan.modal)
    assert "Colleague: Alice" in words(dan.modal)


async def test_a_given_contact_cannot_be_signed_by_the_one_who_gave_it(small: Play) -> None:
    ref = leave(small)
    alice = small.person(ALICE)
    shown = await open_list(small)
    await alice.click(as_text(shown["id"]), ref, "contact.write")
    view = as_text(alice.modal["id"])
    await alice.suggest(view, "people", "form.search_people")

    def given(work: Work) -> None:
        give(work, identify(work, SlackUser(ALICE, TEAM), TEAM), ref)

    offline.transact(small.app.engine, small.tenant, small.clock, given)
    state = {name: value for name, value in call_state(small.clock).items() if name not in BESIDE_TIMES}
    late = await alice.submit(view, state)
    assert "given away" in str(late.errors)
    assert small.count(Note) == 0


async def test_a_call_without_a_client_offers_its_callers_first(stage: Play) -> None:
    ref = leave(stage, client=nobody, candidates=lambda work: [alices(work), dans(work)])
    alice = stage.person(ALICE)
    shown = await open_list(stage)
    assert "Client not known yet" in words(shown)
    assert "1 client has this number." in words(shown)
    await alice.click(as_text(shown["id"]), ref, "contact.write")
    view = as_text(alice.modal["id"])
    found = await alice.suggest(view, "client", "form.search_client")
    assert "This number" in str(found)
    assert stage.names.dans not in str(found)
    await stage.settle()
    await choose_client(alice, "")
    await stage.settle()
    assert "client_fixed" not in blocks(alice.modal)
    await write_and_sign(stage)
    [contact] = stored(stage)
    assert (contact.state, contact.ref) == (ContactState.NOTED, ref)
    assert contact.client_id is not None
    assert known_of(stage, contact).candidates == ()
    report = offline.read(stage.app.engine, stage.tenant, stage.clock, audit_trail.verify)
    assert report.exit_code == 0, report.findings


def cancel(work: Work, actor: Actor, ref: str) -> None:
    """Dismiss it."""
    contacts.cancel(work, actor, ref, ContactReason.PERSONAL)


def give(work: Work, actor: Actor, ref: str) -> None:
    """Give it to the first who may have it, as far as the contact is there at all."""
    contact = work.session.scalars(select(Contact).where(Contact.ref == ref)).one()
    contacts.give(work, actor, ref, contacts.receivers(work, actor, contact)[0].ref)


def open_form(work: Work, actor: Actor, ref: str) -> None:
    """Open its form."""
    forms.open_form(work, actor, OpenForm(contact_ref=ref))


def open_give(work: Work, actor: Actor, ref: str) -> None:
    """Ask to whom it may be given."""
    contact_lists.to_give(work, actor, ref)


@pytest.mark.parametrize("service", [cancel, give, open_form, open_give])
async def test_a_contact_of_dans_is_not_found_for_alice(
    small: Play, service: Callable[[Work, Actor, str], None]
) -> None:
    theirs = leave(small, client=dans, user=DAN)
    leave(small)
    shown = await open_list(small)
    assert small.names.dans not in words(shown)

    def forged(work: Work) -> None:
        service(work, identify(work, SlackUser(ALICE, TEAM), TEAM), theirs)

    with pytest.raises(NotFound):
        offline.transact(small.app.engine, small.tenant, small.clock, forged)


async def test_an_attempt_that_was_kept_is_signed_as_one_and_the_next_is_offered(small: Play) -> None:
    alice = small.person(ALICE)
    leave(small, ago=200)
    leave(small, ago=5, kind=ContactKind.ATTEMPT)
    shown = await open_list(small)
    newest = next(name for name in blocks(shown) if name.startswith("K-"))
    await alice.click(as_text(shown["id"]), newest, "contact.write")
    assert alice.modal["callback_id"] == "contact.sign_attempt"
    assert (await alice.submit(as_text(alice.modal["id"]), {"outcome": "not_at_home"})).ok
    assert "1 contact still has no note." in words(alice.modal)
    await alice.submit(as_text(alice.modal["id"]))
    assert alice.modal["callback_id"] == "note.sign_collateral"


async def test_write_the_next_closes_when_another_screen_has_written_it(small: Play) -> None:
    alice = small.person(ALICE)
    refs = [leave(small, ago=ago) for ago in (5, 200)]
    shown = await open_list(small)
    await alice.click(as_text(shown["id"]), refs[0], "contact.write")
    await write_and_sign(small)

    def elsewhere(work: Work) -> None:
        cancel(work, identify(work, SlackUser(ALICE, TEAM), TEAM), refs[1])

    offline.transact(small.app.engine, small.tenant, small.clock, elsewhere)
    await alice.submit(as_text(alice.modal["id"]))
    assert not alice.modals


async def test_a_list_that_grew_old_says_so_and_changes_nothing(small: Play) -> None:
    alice = small.person(ALICE)
    ref = leave(small)
    shown = await open_list(small)

    def elsewhere(work: Work) -> None:
        cancel(work, identify(work, SlackUser(ALICE, TEAM), TEAM), ref)

    offline.transact(small.app.engine, small.tenant, small.clock, elsewhere)
    for action, value in (("contact.write", None), ("contact.more", "attempt"), ("contact.more", "give")):
        await alice.click(as_text(shown["id"]), ref, action, value)
        await small.settle()
        assert "settled already" in words(alice.modal)
        await alice.close(as_text(alice.modal["id"]))
    assert small.count(Note) == 0
