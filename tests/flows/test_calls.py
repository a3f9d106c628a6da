"""A call ends: the phone system tells, one message asks, the note is written, the message says so. Over real HTTP."""

from __future__ import annotations

import asyncio
import base64
import copy
import datetime as dt
import hashlib
import hmac
import io
import json
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from bot import offline
from bot.hooks import PATH, Hooks
from models.calls import PhoneCall, Provider
from models.contacts import Contact, ContactState
from models.deliveries import Delivery, DeliveryState, Slot
from privacy.phi import Phi
from reminders import after_call
from sandbox.serve import serve
from sandbox.shape import as_object, as_text
from services import hooks, roster, roster_people
from services.work import Work
from tests.canary import Canary
from tests.flows.stage import ALICE, BOB, Play, blocks, call_state, words

pytestmark = pytest.mark.anyio

SECRET = "a made-up secret of the phone system"
OWN, OTHER, LANDLORD = "+18045550100", "+18045550142", "+18045550150"
PUBLIC = "https://noted.example.org"


class Phone:
    """A phone system that tells the app of calls."""

    def __init__(self, stage: Play) -> None:
        self.stage = stage
        self.told = 0
        self.ref = offline.transact(
            stage.app.engine, stage.tenant, stage.clock, hooks.add, Provider.GENERIC, Phi(SECRET)
        ).ref

    def body(self, **changed: object) -> bytes:
        """A call that ended a minute ago."""
        self.told += 1
        ended = self.stage.clock.now() - dt.timedelta(minutes=1)
        call: dict[str, object] = {
            "id": f"call-{self.told}",
            "staff_number": OWN,
            "other_number": OTHER,
            "direction": "inbound",
            "answered_at": (ended - dt.timedelta(seconds=230)).isoformat(),
            "ended_at": ended.isoformat(),
        }
        return json.dumps({**call, **changed}).encode()

    def headers(self, body: bytes, *, secret: str = SECRET, ahead: int = 0) -> dict[str, str]:
        """The signature of a body."""
        timestamp = str(int(self.stage.clock.now().timestamp()) + ahead)
        code = hmac.new(secret.encode(), f"v1:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
        return {"X-Noted-Timestamp": timestamp, "X-Noted-Signature": f"v1={code}"}

    async def post(self, body: bytes, headers: dict[str, str], *, path: str = "") -> int:
        """Send it; the answer never says anything but its status."""
        address = self.stage.address + (path or f"/hooks/calls/generic/{self.ref}")
        async with aiohttp.ClientSession() as session, session.post(address, data=body, headers=headers) as answer:
            assert await answer.read() == b""
            return answer.status

    async def tell(self, **changed: object) -> int:
        """Tell of a call, and wait until whoever is told was told."""
        body = self.body(**changed)
        status = await self.post(body, self.headers(body))
        await self.stage.settle()
        return status


def bring_in_numbers(stage: Play) -> None:
    """alice's own number, her client's, and the landlord's of her client."""
    staff = f"email,name,title,phone_numbers\nalice@agency.example,Alice,Case manager,{OWN}\n"
    clients = (
        "client_id,last_name,first_name,phone,primary_cm_email,backup_cm_email\n"
        f"{stage.names.agency_id},{stage.names.last},{stage.names.first},{OTHER},alice@agency.example,bob@agency.example\n"
    )
    people = f"client_id,name,role,phone\n{stage.names.agency_id},Dana Reyes,Landlord,{LANDLORD}\n"

    def load(work: Work) -> None:
        for report in (
            roster.import_staff(work, roster.read_staff(staff.encode()), dry_run=False),
            roster.import_clients(work, roster.read_clients(clients.encode()), dry_run=False),
            roster_people.import_people(work, roster_people.read_people(people.encode()), dry_run=False),
        ):
            assert report.applied

    offline.transact(stage.app.engine, stage.tenant, stage.clock, load)


@pytest.fixture
async def phone(stage: Play) -> Phone:
    """The phone system of the stage, on both databases."""
    bring_in_numbers(stage)
    return Phone(stage)


@pytest.fixture
async def line(small: Play) -> Phone:
    """The same on SQLite alone."""
    bring_in_numbers(small)
    return Phone(small)


def said(stage: Play, user: str = ALICE) -> list[str]:
    """What each message to a person says now."""
    return [words({"blocks": list(message.blocks)}) for message in stage.person(user).dms]


async def test_a_call_ends_and_its_note_is_written_from_the_message(phone: Phone) -> None:
    stage, alice = phone.stage, phone.stage.person(ALICE)
    assert await phone.tell() == 200
    assert said(stage) == ["A call ended: 4 minutes, just now. Write note Not a client contact"]
    assert not stage.person(BOB).dms
    await alice.click(alice.dms[0], "calls_buttons", "call.write")
    await stage.settle()
    form = blocks(alice.modal)
    assert stage.names.last in words(alice.modal)
    assert as_object(form["minutes"]["element"])["initial_value"] == "4"
    view = as_text(alice.modal["id"])
    await alice.suggest(view, "people", "form.search_people")
    state = {name: value for name, value in call_state(stage.clock).items() if name not in {"ended_at", "minutes"}}
    assert (await alice.submit(view, state)).ok
    await stage.settle()
    assert said(stage) == ["All noted. Nothing waits."]
    (delivery,) = stage.rows(Delivery)
    assert isinstance(delivery, Delivery)
    assert (delivery.slot, delivery.state) == (Slot.CALL, DeliveryState.SENT)
    edits = len(stage.sandbox.journal.of("chat.update"))
    await alice.open_home()
    await stage.settle()
    assert len(stage.sandbox.journal.of("chat.update")) == edits


async def test_a_second_call_changes_the_message_that_stands(line: Phone) -> None:
    stage, alice = line.stage, line.stage.person(ALICE)
    await line.tell()
    await line.tell(answered_at=(stage.clock.now() - dt.timedelta(minutes=12)).isoformat())
    assert said(stage) == ["2 calls ended, 4 and 11 minutes. Write notes Not client contacts " + CONFIRM]
    await line.tell(answered_at=None)
    assert said(stage)[0].startswith("2 calls ended, 4 and 11 minutes. A call was not answered.")
    await alice.click(alice.dms[0], "calls_buttons", "call.list")
    await stage.settle()
    assert stage.names.last in words(alice.modal)
    await line.tell(answered_at=None, direction="outbound")
    assert said(stage)[1:] == ["A call was not answered, just now. Write note Not a client contact"]


CONFIRM = "Put all of these away? None of these calls will ask for a note any more. Put away Keep them"


async def test_a_private_call_is_put_away_with_one_tap(line: Phone) -> None:
    stage, alice = line.stage, line.stage.person(ALICE)
    await line.tell(other_number="anonymous")
    message = copy.deepcopy(alice.dms[0])
    await alice.click(message, "calls_buttons", "call.dismiss")
    await stage.settle()
    assert said(stage) == ["Put away. Nothing waits."]
    await alice.click(message, "calls_buttons", "call.dismiss")
    await stage.settle()
    assert said(stage) == ["Put away. Nothing waits."]
    (contact,) = stage.rows(Contact)
    assert isinstance(contact, Contact)
    assert contact.state is ContactState.CANCELLED
    assert stage.actions().count("contact:cancel") == 1


async def test_calls_told_at_once_are_one_message(line: Phone) -> None:
    bodies = [line.body() for _ in range(3)]
    assert await asyncio.gather(*(line.post(body, line.headers(body)) for body in bodies)) == [200] * 3
    await line.stage.settle()
    assert len(said(line.stage)) == 1
    assert said(line.stage)[0].startswith("3 calls ended, 4, 4 and 4 minutes.")


async def test_a_call_told_again_or_replayed_changes_nothing(phone: Phone) -> None:
    body = phone.body()
    headers = phone.headers(body)
    assert [await phone.post(body, headers) for _ in range(3)] == [200] * 3
    phone.stage.clock.advance(seconds=60)
    assert await phone.post(body, phone.headers(body)) == 200
    await phone.stage.settle()
    assert [phone.stage.count(table) for table in (PhoneCall, Contact, Delivery)] == [1, 1, 1]
    assert await asyncio.gather(*(phone.post(body, headers) for _ in range(5))) == [200] * 5
    assert phone.stage.actions().count("call:receive") == 1


async def test_what_is_not_signed_is_refused_and_nothing_changed(line: Phone) -> None:
    body = line.body()
    good = line.headers(body)
    other = "/hooks/calls/generic/H-0000000000000000"
    for status, sent, headers, path in (
        (401, body, line.headers(body, secret="another secret"), ""),
        (401, body, line.headers(body, ahead=301), ""),
        (401, body, line.headers(body, ahead=-301), ""),
        (401, body + b" ", good, ""),
        (401, body, {}, ""),
        (401, body, good, other),
        (401, body, good, f"/hooks/calls/ringcentral/{line.ref}"),
        (401, b"not JSON", {}, ""),
        (400, b"not JSON", line.headers(b"not JSON"), ""),
        (400, b"{}", line.headers(b"{}"), ""),
        (503, body, good, f"/hooks/calls/twilio/{line.ref}"),
    ):
        assert await line.post(sent, headers, path=path) == status
    assert line.stage.count(PhoneCall) == 0
    assert "call:receive" not in line.stage.actions()


async def test_five_megabytes_are_refused_before_they_are_read(line: Phone) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(80):
            yield b"x" * 65_536

    address = f"{line.stage.address}/hooks/calls/generic/{line.ref}"
    async with aiohttp.ClientSession() as session:
        for data in (io.BytesIO(b"x" * 5_242_880), endless()):
            try:
                async with session.post(address, data=data, headers=line.headers(b"")) as answer:
                    assert answer.status == 413
            except aiohttp.ClientConnectionError:
                # The server hung up while the rest was on its way.
                continue


async def test_only_posting_is_answered(line: Phone) -> None:
    async with aiohttp.ClientSession() as session:
        for method in ("GET", "PUT", "HEAD"):
            async with session.request(method, f"{line.stage.address}/hooks/calls/generic/{line.ref}") as answer:
                assert answer.status == 405


@pytest.mark.parametrize(("fault", "state"), [("lose_answer", DeliveryState.UNKNOWN), ("refuse", DeliveryState.FAILED)])
async def test_a_message_whose_answer_is_lost_is_not_sent_again(line: Phone, fault: str, state: DeliveryState) -> None:
    stage = line.stage
    if fault == "refuse":
        stage.sandbox.faults.refuse("chat.postMessage", "channel_not_found")
    else:
        stage.sandbox.faults.lose_answer("chat.postMessage")
    assert await line.tell() == 200
    contact = stage.rows(Contact)[0]
    assert isinstance(contact, Contact)
    await after_call.tell(stage.app.office, stage.tenant, contact.staff_id)
    assert len(stage.sandbox.journal.of("chat.postMessage")) == 1
    delivery = stage.rows(Delivery)[0]
    assert isinstance(delivery, Delivery)
    assert delivery.state is state


async def test_twilio_is_verified_over_the_public_address(line: Phone, canary: Canary) -> None:
    stage, token = line.stage, "made-up auth token"
    added = offline.transact(stage.app.engine, stage.tenant, stage.clock, hooks.add, Provider.TWILIO, Phi(token))
    path = f"/hooks/calls/twilio/{added.ref}"
    take = Hooks(stage.app.office, PUBLIC + "/").take
    fields = {"CallSid": canary.text("sid"), "CallStatus": "completed", "CallDuration": "185", "Direction": "inbound"}
    fields |= {"From": OTHER, "To": OWN, "CallerName": canary.text("caller")}
    signed = PUBLIC + path + "".join(name + value for name, value in sorted(fields.items()))
    code = base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    headers = {"X-Twilio-Signature": code, "Content-Type": "application/x-www-form-urlencoded"}
    async with (
        serve(Starlette(routes=[Route(PATH, take, methods=["POST"])])) as address,
        aiohttp.ClientSession() as web,
    ):
        for status, body in (
            (401, urlencode({**fields, "CallDuration": "60"})),
            (200, urlencode(fields)),
            (200, urlencode(fields)),
        ):
            async with web.post(address + path, data=body, headers=headers) as answer:
                assert answer.status == status
    await stage.settle()
    assert said(stage) == ["A call ended: 4 minutes, just now. Write note Not a client contact"]
    assert stage.count(PhoneCall) == 1


async def test_no_number_and_no_name_is_said_anywhere(phone: Phone, canary: Canary) -> None:
    body = phone.body(id=canary.text("id"), other_number=canary.text("number"), recording=canary.text("recording"))
    assert await phone.post(body, phone.headers(body)) == 200
    await phone.stage.settle()
    await phone.tell(other_number=LANDLORD)
    for message in phone.stage.person(ALICE).dms:
        assert not any(number[-4:] in words({"blocks": list(message.blocks)}) for number in (OTHER, OWN, LANDLORD))
