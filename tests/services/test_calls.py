"""Calls that phone systems tell of, and the message about them, on both databases."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from models.calls import PhoneCall, Provider
from models.contacts import Contact, ContactKind, ContactOrigin, ContactReason, ContactState
from models.deliveries import Delivery, DeliveryState, Slot
from models.engine import Conflict, store_errors
from models.staff import Staff
from privacy.phi import Phi
from services import after_call, audit_trail, callers, calls, contact_words, hooks, roster_people
from services.after_call import Standing
from services.callers import Whose
from services.calls import Outcome, Received
from services.phone_systems import Call, Direction
from services.refusals import NotFound
from services.work import Work
from tests.canary import Canary
from tests.conftest import Agency, StandingClock
from tests.services.roster_store import Store

ALICE, BOB = "alice@north.org", "bob@north.org"
STAFF = f"""email,name,title,slack_user_id,phone_numbers
{ALICE},Alice Moore,Case Manager,U0ALICE,804 555 0100; 804 555 0199 x204
{BOB},Bob Lee,Case Manager,U0BOB,804 555 0199 x205
"""
CLIENTS = f"""client_id,last_name,first_name,phone,primary_cm_email
1,Rivera,Ana,(804) 555-0142,{ALICE}
2,Osei,Ben,804-555-0143,{ALICE}
3,Roe,Eve,804 555 0142,{BOB}
"""
PEOPLE = """client_id,name,role,phone
1,Dana Reyes,Landlord,804 555 0150
2,Dana Reyes,Landlord,+1 804 555 0150
"""


class Phones(Store):
    """An agency whose phone system is known."""

    hook_id: uuid.UUID

    def whose(self, other: str, *, staff: str = "+18045550100") -> Whose:
        """Whose call this would be."""
        return self.run(lambda work: callers.whose(work, call(other, staff=staff)))

    def receive(self, told: Call) -> Received:
        """Take a call as bot.hooks does."""

        def take(work: Work) -> Received:
            return calls.receive(work, self.hook_id, told, callers.whose(work, told))

        return self.run(take)

    def contacts(self) -> list[Contact]:
        """Every contact, oldest first."""
        return self.run(lambda work: list(work.session.scalars(select(Contact).order_by(Contact.created_at))))

    def client_id(self, agency_id: str) -> uuid.UUID:
        """A client's id."""
        return self.client(agency_id)[0].id

    def claim(self, email: str = ALICE) -> Standing | None:
        """Claim the message to a person, and send it where it is new."""
        staff_id = self.staff(email)[0].id
        standing = self.run(lambda work: after_call.claim(work, staff_id))
        if standing is not None and standing.message_ts is None:
            ledger = (standing.delivery_id, DeliveryState.SENT, "D1", str(self.clock.now().timestamp()))
            self.run(lambda work: after_call.settle(work, *ledger))
        return standing


def call(
    other: str = "+18045550142",
    *,
    staff: str = "+18045550100",
    id_: str = "1",
    seconds: int = 252,
    answered: bool = True,
    ended: dt.datetime = dt.datetime(2026, 3, 2, 16, 59, tzinfo=dt.UTC),
) -> Call:
    """A call of alice's with her client."""
    return Call(id_, Phi(staff), Phi(other), Direction.INBOUND, answered, ended, seconds if answered else 0)


@pytest.fixture
def phones(engine: Engine, agency: Agency, clock: StandingClock) -> Phones:
    """Two case managers, three clients, a landlord of two of them, and one hook."""
    store = Phones(engine, agency, clock)
    assert store.import_staff(STAFF).applied
    assert store.import_clients(CLIENTS).applied
    sheet = roster_people.read_people(PEOPLE.encode())
    assert store.run(lambda work: roster_people.import_people(work, sheet, dry_run=False)).applied

    def add(work: Work) -> uuid.UUID:
        line = hooks.add(work, Provider.GENERIC, hooks.new_secret())
        work.session.flush()
        hook_id = hooks.key_of(work, "generic", line.ref).id
        assert hook_id is not None
        return hook_id

    store.hook_id = store.run(add)
    return store


def test_a_call_is_its_staff_members_and_its_clients(phones: Phones) -> None:
    alice, bob = (phones.staff(email)[0].id for email in (ALICE, BOB))
    ana, ben, eve = (phones.client_id(each) for each in "123")
    assert phones.whose("+18045550142") == Whose(alice, (ana,))
    assert phones.whose("8045550143", staff="204") == Whose(alice, (ben,))
    assert phones.whose("+18045550142", staff="x205") == Whose(bob, (eve,))
    assert set(phones.whose("+18045550150").client_ids) == {ana, ben}
    assert phones.whose("+18045550177") == Whose(alice)
    assert phones.whose("anonymous") == Whose(alice)


def test_a_line_that_several_share_is_nobodys(phones: Phones) -> None:
    assert phones.whose("+18045550142", staff="+18045550199") == Whose()
    assert phones.whose("+18045550142", staff="unknown") == Whose()
    assert phones.receive(call(staff="+18045550199")) == Received(Outcome.NOBODY)
    assert [(entry.action.value, entry.rule) for entry in phones.recorded] == [("call:receive", "nobody")]
    assert phones.contacts() == []


def test_a_colleagues_extension_is_no_clients_number(phones: Phones) -> None:
    changed = CLIENTS.replace("(804) 555-0142", "804 555 0199 x300")
    assert phones.import_clients(changed).applied
    assert phones.whose("300") == Whose(phones.staff(ALICE)[0].id)


def test_an_answered_call_is_a_contact_that_waits_for_its_note(phones: Phones) -> None:
    received = phones.receive(call())
    alice = phones.staff(ALICE)[0].id
    assert received == Received(Outcome.CONTACT, alice)
    (contact,) = phones.contacts()
    assert (contact.state, contact.origin) == (ContactState.UNNOTED, ContactOrigin.CALL)
    assert (contact.kind, contact.client_id) == (ContactKind.COLLATERAL, phones.client_id("1"))
    assert (contact.minutes, contact.words) == (5, None)
    assert contact.started_at == contact.ended_at - dt.timedelta(seconds=252)
    assert phones.run(audit_trail.verify).findings == ()


def test_the_same_call_told_twice_changes_nothing(phones: Phones) -> None:
    phones.receive(call())
    before = phones.run(lambda work: work.session.scalars(select(PhoneCall.id)).all())
    phones.recorded = []
    assert phones.receive(call()) == Received(Outcome.KNOWN)
    assert phones.receive(call("+18045550143", seconds=9)) == Received(Outcome.KNOWN)
    assert phones.run(lambda work: work.session.scalars(select(PhoneCall.id)).all()) == before
    assert len(phones.contacts()) == 1


def test_two_processes_that_take_the_same_call_store_it_once(phones: Phones) -> None:
    phones.receive(call())

    def again(work: Work) -> None:
        row = work.session.scalars(select(PhoneCall)).one()
        work.session.add(
            PhoneCall(
                workspace_id=work.workspace_id,
                hook_id=row.hook_id,
                call_index=row.call_index,
                received_at=work.now,
            )
        )

    with pytest.raises(Conflict), store_errors():
        phones.run(again)


def test_several_clients_with_one_number_are_candidates(phones: Phones) -> None:
    phones.receive(call("+18045550150"))
    (contact,) = phones.contacts()
    assert contact.client_id is None
    words = phones.run(lambda work: contact_words.read(work, contact))
    assert set(words.candidates) == {phones.client_id("1"), phones.client_id("2")}
    assert phones.run(audit_trail.verify).findings == ()


def test_a_call_from_nobody_known_still_waits_for_its_note(phones: Phones) -> None:
    assert phones.receive(call("anonymous")).outcome is Outcome.CONTACT
    (contact,) = phones.contacts()
    assert (contact.client_id, contact.words) == (None, None)


def test_a_call_that_nobody_answered_is_an_attempt(phones: Phones) -> None:
    assert phones.receive(call(answered=False)).outcome is Outcome.ATTEMPT
    (contact,) = phones.contacts()
    assert (contact.kind, contact.minutes, contact.started_at) == (ContactKind.ATTEMPT, None, None)


@pytest.mark.parametrize(
    ("seconds", "outcome"), [(59, Outcome.TOO_SHORT), (60, Outcome.CONTACT), (61, Outcome.CONTACT)]
)
def test_a_call_counts_from_a_minute_on(phones: Phones, seconds: int, outcome: Outcome) -> None:
    assert phones.receive(call(seconds=seconds)).outcome is outcome
    assert [contact.minutes for contact in phones.contacts()] == ([] if seconds < 60 else [-(-seconds // 60)])


def test_a_line_left_open_has_no_length(phones: Phones) -> None:
    phones.receive(call(seconds=13 * 3600))
    assert [contact.minutes for contact in phones.contacts()] == [None]


def test_a_removed_hook_has_nobodys_secret(phones: Phones) -> None:
    (line,) = phones.run(hooks.listed)
    phones.receive(call())
    assert phones.run(hooks.listed)[0].calls == 1
    assert phones.run(lambda work: hooks.key_of(work, "twilio", line.ref)).id is None
    assert phones.run(lambda work: hooks.team_of(work.session, line.ref)) == "T0ALPHA"
    assert phones.run(lambda work: hooks.remove(work, line.ref))
    assert not phones.run(lambda work: hooks.remove(work, line.ref))
    assert phones.run(hooks.listed) == []
    assert phones.run(lambda work: hooks.key_of(work, "generic", line.ref)).id is None
    assert phones.run(lambda work: hooks.team_of(work.session, line.ref)) is None
    assert phones.run(audit_trail.verify).findings == ()


def test_one_message_speaks_of_all_calls_until_it_is_answered(phones: Phones) -> None:
    phones.receive(call())
    first = phones.claim()
    assert first is not None
    assert [line.minutes for line in first.calls] == [5]
    assert first.message_ts is None
    assert phones.claim() is None
    phones.clock.advance(minutes=3)
    phones.receive(call(id_="2", seconds=660))
    second = phones.claim()
    assert second is not None
    assert (second.delivery_id, [line.minutes for line in second.calls]) == (first.delivery_id, [5, 11])
    alice, ref = phones.actor(ALICE), second.calls[0].ref
    phones.run(lambda work: after_call.press(work, alice, ref))
    phones.clock.advance(minutes=3)
    phones.receive(call(id_="3", seconds=60))
    third = phones.claim()
    assert third is not None
    assert third.delivery_id != first.delivery_id
    assert [line.minutes for line in third.calls] == [1]
    rows = phones.run(lambda work: work.session.scalars(select(Delivery).order_by(Delivery.number)).all())
    assert [(row.slot, row.number, row.state) for row in rows] == [
        (Slot.CALL, 0, DeliveryState.SENT),
        (Slot.CALL, 1, DeliveryState.SENT),
    ]


def test_a_message_whose_calls_are_all_noted_is_answered(phones: Phones) -> None:
    phones.receive(call())
    first = phones.claim()
    alice = phones.actor(ALICE)
    assert phones.run(lambda work: after_call.settled(work, alice)) == []
    phones.run(lambda work: work.session.execute(update(Contact).values(state=ContactState.NOTED)))
    (standing,) = phones.run(lambda work: after_call.settled(work, alice))
    assert (standing.calls, standing.dismissed) == ((), False)
    phones.run(lambda work: after_call.close(work, alice, [standing.delivery_id]))
    assert phones.run(lambda work: after_call.settled(work, alice)) == []
    phones.receive(call(id_="2"))
    again = phones.claim()
    assert first is not None
    assert again is not None
    assert again.delivery_id != first.delivery_id


@pytest.mark.parametrize(
    "values",
    [
        {"after_call": False},
        {"away_from": dt.date(2026, 3, 2), "away_until": dt.date(2026, 3, 2)},
        {"away_from": dt.date(2026, 3, 1)},
        {"slack_user_id": None},
    ],
)
def test_whoever_wants_no_message_gets_none(phones: Phones, values: dict[str, object]) -> None:
    phones.receive(call())
    phones.run(lambda work: work.session.execute(update(Staff).values(**values)))
    assert phones.claim() is None
    assert len(phones.contacts()) == 1


def test_whoever_is_back_is_not_told_of_old_calls(phones: Phones) -> None:
    phones.run(lambda work: work.session.execute(update(Staff).values(away_from=dt.date(2026, 3, 2))))
    phones.receive(call())
    assert phones.claim() is None
    phones.run(lambda work: work.session.execute(update(Staff).values(away_until=dt.date(2026, 3, 2))))
    phones.clock.advance(hours=24)
    phones.receive(call(id_="2", ended=phones.clock.now(), seconds=120))
    standing = phones.claim()
    assert standing is not None
    assert [line.minutes for line in standing.calls] == [2]


def test_what_came_after_the_message_was_read_is_not_put_away_with_it(phones: Phones) -> None:
    phones.receive(call())
    seen = phones.claim()
    assert seen is not None
    phones.clock.advance(minutes=1)
    phones.receive(call(id_="2", seconds=660))
    phones.claim()
    alice, ref = phones.actor(ALICE), seen.calls[-1].ref
    phones.run(lambda work: after_call.dismiss(work, alice, ref))
    assert [(entry.action.value, entry.rule) for entry in phones.recorded] == [
        ("contact:cancel", "not_a_client"),
        ("reminder:settle", "answered"),
    ]
    states = [(each.state, each.reason) for each in phones.contacts()]
    assert states == [(ContactState.CANCELLED, ContactReason.NOT_A_CLIENT), (ContactState.UNNOTED, None)]
    (standing,) = phones.run(lambda work: after_call.settled(work, alice))
    assert [line.minutes for line in standing.calls] == [11]


def test_a_foreign_call_is_not_put_away(phones: Phones) -> None:
    phones.receive(call())
    standing = phones.claim()
    assert standing is not None
    bob, ref = phones.actor(BOB), standing.calls[0].ref
    for wrong in (ref, "K-0000000000000000", "", "C-1"):
        with pytest.raises(NotFound):
            phones.run(lambda work, wrong=wrong: after_call.dismiss(work, bob, wrong))
    phones.run(lambda work: after_call.press(work, bob, ref))
    assert [each.state for each in phones.contacts()] == [ContactState.UNNOTED]
    assert phones.run(lambda work: work.session.scalars(select(Delivery.answered_at)).all()) == [None]


def test_no_number_and_no_call_id_stands_in_clear_anywhere(phones: Phones, canary: Canary, sqlite_url: str) -> None:
    secret = canary.text("secret")
    told = call(canary.text("other"), id_=canary.text("id"))
    phones.run(lambda work: hooks.add(work, Provider.TWILIO, Phi(secret)))
    canary.watch_text("what came of it", repr((phones.receive(told), phones.claim(), phones.recorded, told)))
    if phones.engine.dialect.name == "sqlite":
        canary.watch_sqlite(Path(sqlite_url.removeprefix("sqlite:///")))
