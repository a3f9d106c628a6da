"""Whoever may not, cannot: everything changes in any order, with fresh and stale modals, and no request does what the rule refuses."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Collection, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from models.audit import AuditEvent
from models.clients import AssignmentKind
from models.contacts import Contact, ContactState
from models.glass import BreakGlass
from models.notes import Note
from models.staff import Role
from privacy.kek import FileKek
from sandbox.shape import as_text
from services.decisions import Decision, Deed
from tests.canary import Canary
from tests.conftest import StandingClock
from tests.flows.attack import action, looked_over, put, send, submission
from tests.flows.changing import Changing
from tests.flows.contact_stage import leave
from tests.flows.stage import ALICE, BOB, CAROL, DAN, call_state, options, play, typed
from tests.flows.test_attack_scope import press, suggestion

T = TypeVar("T")
USERS: Final = (ALICE, BOB, CAROL, DAN)
CLIENTS: Final = ("hers", "dans")
WRITER: Final = frozenset({Role.CASE_MANAGER})

users = st.sampled_from(USERS)
clients = st.sampled_from(CLIENTS)
# What is chosen must not hang on what is there, or Hypothesis could not try the same steps again.
places = st.integers(0, 5)
roles = st.sampled_from([WRITER, WRITER, frozenset({Role.SUPERVISOR})]) | st.frozensets(
    st.sampled_from(list(Role)), max_size=2
)


@dataclass(frozen=True)
class OpenForm:
    """A form that somebody filled in, perhaps long ago."""

    user: str
    client: str
    view: str
    at: dt.datetime


@dataclass(frozen=True)
class Waiting:
    """A contact that waits, or waited, for its note."""

    client: str
    ref: str
    at: dt.datetime


class Roles(RuleBasedStateMachine):
    """Every step is a request through the real handlers, or a change between two of them."""

    def __init__(self, agency: Changing, runner: asyncio.Runner) -> None:
        super().__init__()
        self.agency, self.runner = agency, runner
        self.stage = stage = agency.stage
        self.forms: list[OpenForm] = []
        self.waiting: list[Waiting] = []
        # Until when each emergency runs, by what was done here alone.
        self.emergencies: dict[tuple[str, str], dt.datetime] = {}
        # Long after whatever an earlier run left behind.
        stage.clock.advance(days=40)
        self.agency.clear()
        for user in USERS:
            stage.sandbox.workspace.views.close_all(user)
            if user in self.agency.away:
                self.run(self.agency.suspend(user, away=False))
            self.agency.give_roles(user, {Role.SUPERVISOR} if user == CAROL else WRITER)
            self.agency.put_under(user, CAROL if user in {ALICE, BOB} else None)
        for user, name in ((ALICE, "hers"), (DAN, "dans")):
            self.agency.assign(user, name, AssignmentKind.PRIMARY)
            self.open_form(user, name)
            self.meet(user, name)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the loop in which the app runs."""
        return self.runner.run(work)

    @rule(user=users, to=users, name=clients)
    def transfer(self, user: str, to: str, name: str) -> None:
        """A client goes from one to another."""
        self.agency.take(user, name)
        self.agency.assign(to, name, AssignmentKind.PRIMARY)

    @rule(user=users, name=clients, kind=st.sampled_from(AssignmentKind), days=st.none() | st.integers(0, 3))
    def assign(self, user: str, name: str, kind: AssignmentKind, days: int | None) -> None:
        """Somebody gets a client, perhaps for a few days."""
        self.agency.assign(user, name, kind, days)

    @rule(user=users, given=roles, boss=st.none() | users, suspended=st.booleans())
    def change_person(self, user: str, given: frozenset[Role], boss: str | None, *, suspended: bool) -> None:
        """Somebody has other roles or another supervisor; or Slack deactivates them, or takes it back."""
        if suspended:
            self.run(self.agency.suspend(user, away=user not in self.agency.away))
        else:
            self.agency.give_roles(user, given)
            self.agency.put_under(user, boss)

    @rule(user=users, name=clients, later=st.sampled_from([None, None, 20, 59, 60]))
    def break_glass(self, user: str, name: str, later: int | None) -> None:
        """Somebody breaks the glass, perhaps in a form that has stood open for some minutes."""
        self.run(self._break(user, name, later))

    @rule(user=users, which=places)
    def end_emergency(self, user: str, which: int) -> None:
        """Somebody ends an emergency, perhaps one of somebody else's."""
        self.run(self._end(user, which))

    @rule(user=users, whom=users)
    def open_desk(self, user: str, whom: str) -> None:
        """Somebody looks at what is open of somebody else."""
        self.run(self._look_at(user, whom))

    @rule(passing=st.sampled_from([{"minutes": 20}, {"minutes": 61}, {"days": 1}, {"days": 31}]))
    def wait(self, passing: dict[str, int]) -> None:
        """Time passes: an emergency ends, a cover ends, a loss is long ago."""
        self.stage.clock.advance(**passing)
        self._check_emergencies()

    @rule(user=users, name=clients)
    def open_form(self, user: str, name: str) -> None:
        """Somebody searches a client by name in a new form; who is found is chosen, and everything filled in."""
        self.run(self._open(user, name))

    @rule(which=places, lost=st.booleans())
    def sign(self, which: int, *, lost: bool) -> None:
        """Somebody signs a form that was opened at some time; perhaps its client was taken from them just now."""
        if self.forms:
            if lost:
                self.agency.take(self.forms[which % len(self.forms)].user, self.forms[which % len(self.forms)].client)
            self.run(self._sign(self.forms[which % len(self.forms)]))

    @rule(which=places)
    def tap(self, which: int) -> None:
        """Somebody saves an open form and searches in it."""
        if self.forms:
            self.run(self._tap(self.forms[which % len(self.forms)]))

    @rule(user=users, name=clients)
    def meet(self, user: str, name: str) -> None:
        """Somebody who may write about a client had a contact with them, and has not written."""
        if len(self.waiting) < 4 and self.agency.decision(user, name, Deed.NOTE_WRITE).allowed:
            ref = leave(self.stage, user=user, client=lambda _: self.agency.clients[name])
            self.waiting.append(Waiting(name, ref, self.stage.clock.now() - dt.timedelta(hours=1)))

    @rule(which=places, by=users)
    def write_contact(self, which: int, by: str) -> None:
        """Somebody presses *Write* beside a contact, perhaps one of somebody else's."""
        if self.waiting:
            self.run(self._write(self.waiting[which % len(self.waiting)], by))

    @rule(user=users, word=st.sampled_from(["today", "follow-ups", "drafts", "clients", "emergency", "team"]))
    def read_lists(self, user: str, word: str) -> None:
        """Somebody looks at a list."""
        self.run(self._read(user, word))

    async def _open(self, user: str, name: str) -> None:
        stage, person, before = self.stage, self.stage.person(user), len(self.stage.sandbox.journal)
        stage.sandbox.workspace.views.close_all(user)
        await person.command("/note", "call", check=False)
        decision = self.agency.decision(user, name, Deed.NOTE_WRITE)
        if user in self.agency.away:
            assert not person.modals
            return
        view = as_text(person.modal["id"])
        found = options(await person.suggest(view, "client", "form.search_client", self.agency.words_of(name)[0]))
        assert bool(found) == decision.allowed
        if found:
            at = stage.clock.now()
            await person.click(view, "client", "form.search_client", as_text(found[0]["value"]))
            await stage.settle()
            await person.suggest(view, "people", "form.search_people")
            await person.click(view, "after_observations", "form.save", state=call_state(stage.clock))
            await stage.settle()
            self.forms.append(OpenForm(user, name, view, at))
        self._named_only({name} if decision.allowed else set(), before)

    async def _sign(self, form: OpenForm) -> None:
        before, notes = len(self.stage.sandbox.journal), self.stage.count(Note)
        decision = self._decision(form.user, form.client, form.at)
        answer = await send(self.stage, submission(self.stage, form.view))
        await looked_over(self.stage, form.user, answer)
        await self.stage.settle()
        assert (self.stage.count(Note) == notes + 1) == decision.allowed, decision
        self._named_only({form.client} if decision.allowed else set(), before)
        if decision.allowed:
            self.forms.remove(form)
            assert self._last("note:sign").rule == decision.rule
        else:
            assert self._last("access:deny").outcome == "denied"

    async def _tap(self, form: OpenForm) -> None:
        before = len(self.stage.sandbox.journal)
        decision = self._decision(form.user, form.client, form.at)
        await send(self.stage, action(self.stage, form.view, self.stage.clock.now().timestamp()))
        await self.stage.settle()
        for block_id in ("client", "people"):
            await send(self.stage, suggestion(self.stage, form.view, block_id))
            await self.stage.settle()
        # The client search of a form lists the caseload, whoever the form is about.
        offered = {name for name in CLIENTS if self.agency.decision(form.user, name, Deed.NOTE_WRITE).allowed}
        self._named_only(offered | ({form.client} if decision.allowed else set()), before)

    async def _write(self, contact: Waiting, by: str) -> None:
        stage = self.stage
        stage.sandbox.workspace.views.close_all(by)
        if by in self.agency.away:
            return
        await stage.person(by).open_home()
        await stage.settle()
        before = len(stage.sandbox.journal)
        days = [self.agency.day_of(by, contact.at)]
        decision = self.agency.decision(by, contact.client, Deed.NOTE_WRITE, days)
        row = next(row for row in stage.rows(Contact) if isinstance(row, Contact) and row.ref == contact.ref)
        is_theirs = row.staff_id == self.agency.staff(by).id and row.state is ContactState.UNNOTED
        allowed = decision.allowed and is_theirs
        await send(stage, press(stage, by, "contact.write", contact.ref))
        await stage.settle()
        opened = as_text(stage.person(by).modal["callback_id"]).startswith("note.sign")
        assert opened == allowed, decision
        self._named_only({contact.client} if allowed else set(), before)
        if opened and decision.rule in {"was_there", "emergency"}:
            assert self._last("client:read").rule == decision.rule

    async def _break(self, user: str, name: str, later: int | None) -> None:
        stage, person = self.stage, self.stage.person(user)
        stage.sandbox.workspace.views.close_all(user)
        await person.command("/note", "emergency", check=False)
        may = user not in self.agency.away and self.agency.decision(user, name, Deed.GLASS_BREAK).allowed
        is_form = bool(person.modals) and person.modal["callback_id"] == "glass.break"
        assert is_form == may
        if not may:
            return
        if later is not None:
            stage.clock.advance(minutes=later)
        view, before, count = as_text(person.modal["id"]), len(stage.sandbox.journal), stage.count(BreakGlass)
        reached = self.agency.decision(user, name, Deed.NOTE_WRITE)
        ends_at = stage.clock.now() + dt.timedelta(minutes=60)
        payload = submission(stage, view)
        put(payload, "agency_id", typed(self.agency.agency_id(name)))
        put(payload, "reason", typed("Somebody called, and it cannot wait."))
        answer = await send(stage, payload)
        await stage.settle()
        opens = not reached.allowed
        assert stage.count(BreakGlass) == count + opens, reached
        assert bool(answer.errors) == (reached.allowed and reached.rule != "emergency"), answer
        self._named_only(set() if answer.errors else {name}, before)
        if opens:
            self.emergencies[user, name] = ends_at
            assert self.agency.decision(user, name, Deed.NOTE_WRITE).rule == "emergency"
            assert self._last("client:read").rule == "emergency"
        self._check_emergencies()

    async def _end(self, user: str, which: int) -> None:
        stage = self.stage
        emergencies = [row for row in stage.rows(BreakGlass) if isinstance(row, BreakGlass)]
        if not emergencies or user in self.agency.away:
            return
        row = emergencies[-1 - which % len(emergencies)]
        stage.sandbox.workspace.views.close_all(user)
        await stage.person(user).open_home()
        await stage.settle()
        await send(stage, press(stage, user, "glass.end", row.ref))
        await stage.settle()
        after = next(each for each in stage.rows(BreakGlass) if isinstance(each, BreakGlass) and each.id == row.id)
        is_theirs = row.staff_id == self.agency.staff(user).id
        runs = row.closed_at is None and row.ends_at > stage.clock.now()
        assert (after.closed_at != row.closed_at) == (is_theirs and runs)
        assert is_theirs or self._last("access:deny").outcome == "denied"
        if is_theirs and runs:
            del self.emergencies[user, next(name for name in CLIENTS if self.agency.clients[name].id == row.client_id)]
        self._check_emergencies()

    async def _look_at(self, user: str, whom: str) -> None:
        stage = self.stage
        if user in self.agency.away:
            return
        stage.sandbox.workspace.views.close_all(user)
        await stage.person(user).open_home()
        await stage.settle()
        before = len(stage.sandbox.journal)
        await send(stage, press(stage, user, "team.person", self.agency.staff(whom).ref))
        await stage.settle()
        allowed = self.agency.may_count(user, whom)
        assert (stage.person(user).modal["callback_id"] == "team.work") == allowed
        names = {name for name in CLIENTS if self.agency.decision(user, name, Deed.CLIENT_READ).allowed}
        self._named_only(names if allowed else set(), before)

    async def _read(self, user: str, word: str) -> None:
        stage, before = self.stage, len(self.stage.sandbox.journal)
        stage.sandbox.workspace.views.close_all(user)
        await stage.person(user).command("/note", word, check=False)
        await stage.settle()
        self._named_only(
            {name for name in CLIENTS if self.agency.decision(user, name, Deed.CLIENT_READ).allowed}, before
        )

    def _check_emergencies(self) -> None:
        """Who stands in an emergency to whom is what was begun here and is not over."""
        now = self.stage.clock.now()
        running = {key for key, ends_at in self.emergencies.items() if ends_at > now}
        assert {(user, name) for user in USERS for name in CLIENTS if self.agency.has_emergency(user, name)} == running

    def _decision(self, user: str, name: str, at: dt.datetime) -> Decision:
        """The rule for a form that was opened then, about a contact that ended five minutes before."""
        days = {self.agency.day_of(user, moment) for moment in (at, at - dt.timedelta(minutes=5))}
        return self.agency.decision(user, name, Deed.NOTE_WRITE, days)

    def _named_only(self, names: Collection[str], before: int) -> None:
        """Nothing that went to Slack since then names any client but these."""
        sent = str([call.arguments for call in self.stage.sandbox.journal[before:]])
        for name in CLIENTS:
            if name not in names:
                assert not any(word in sent for word in self.agency.words_of(name)), name

    def _last(self, word: str) -> AuditEvent:
        events = [row for row in self.stage.rows(AuditEvent) if isinstance(row, AuditEvent) and row.action == word]
        return events[-1]


def test_nobody_reads_or_writes_what_the_rule_refuses(
    database_url: str, kek: FileKek, clock: StandingClock, canary: Canary
) -> None:
    is_postgres = database_url.startswith("postgresql")
    profile = settings(
        max_examples=3 if is_postgres else 15,
        stateful_step_count=15 if is_postgres else 30,
        deadline=None,
        derandomize=True,
    )
    with asyncio.Runner() as runner:
        curtain = AsyncExitStack()
        stage = runner.run(curtain.enter_async_context(play(database_url, kek, clock, canary)))
        agency = Changing(stage)

        class RolesHere(Roles):
            """The machine on this stage."""

            def __init__(self) -> None:
                super().__init__(agency, runner)

        try:
            run_state_machine_as_test(RolesHere, settings=profile)
        finally:
            runner.run(curtain.aclose())
