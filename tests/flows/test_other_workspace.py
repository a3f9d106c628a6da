"""Somebody of another workspace, with every role there, who has references of this one: for them there is nothing behind any of them.

Both workspaces stand in one SQLite file, where the first wall stands alone.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from bot import offline
from desk.tenants import Tenant
from handlers.table import routes
from models.audit import AuditEvent
from models.rows import WorkspaceSession
from models.schema import metadata
from models.staff import Role, Team
from models.workspaces import Surface
from privacy.kek import FileKek
from sandbox.shape import JsonObject, as_text
from services import roster, surfaces
from services.surfaces import DecideSurface
from tests.canary import Canary
from tests.flows.attack import Answer, chosen, counting, filled, forms, put, send
from tests.flows.changing import Changing
from tests.flows.contact_stage import leave
from tests.flows.forging import forged
from tests.flows.roster_stage import staff
from tests.flows.stage import ALICE, DAN, EVE, Play, typed
from tests.flows.test_attack_scope import names_nobody

pytestmark = pytest.mark.anyio

OTHER = "T0OTHER"
ALL_ROLES = ";".join(Role)
ZEROS = "0000000000000000"
# These ask for the reference that they bring; without one of their own workspace they are refused. Others open one's own lists.
REFUSED = {
    "action": {
        *("call.dismiss", "contact.cancel", "contact.write", "draft.continue", "draft.discard", "follow_up.done"),
        *(
            "glass.call",
            "glass.end",
            "glass.look",
            "glass.visit",
            "roster.staff_edit",
            "roster.team_edit",
            "team.person",
        ),
        *("form.save", "form.change_client", "form.add_follow_up"),
    },
    "submission": {"glass.review", "note.sign_collateral", "note.sign_visit", "note.choose", "follow_up.finish"},
    "suggestion": {"form.search_client", "form.search_people"},
}


@dataclass(frozen=True)
class There:
    """What stands in the first workspace, by the noun that asks for it."""

    refs: dict[str, str]
    nonce: str
    client: str

    def of(self, id_: str) -> str:
        """The reference that a button of this name would hold."""
        return self.refs.get(id_.partition(".")[0], self.client)


@pytest.fixture
def other(small: Play, kek: FileKek) -> Tenant:
    """The other workspace, in which eve is everything."""
    app, clock = small.app, small.clock
    tenant = offline.make_workspace(app.engine, kek, clock, OTHER)
    decision = DecideSurface(Surface.MODAL, "Eve herself", "BAA of 2026-01-02, safe 4")
    offline.transact(app.engine, tenant, clock, surfaces.decide_surface, decision)
    sheet = roster.read_staff(
        f"email,slack_user_id,name,title,roles\neve@other.example,{EVE},Eve,Case manager,{ALL_ROLES}\n".encode()
    )
    assert not offline.transact(app.engine, tenant, clock, roster.import_staff, sheet, dry_run=False).problems
    return tenant


async def furnished(stage: Play) -> There:
    """A contact, a draft, an emergency, a team and people in the first workspace; eve is a full member of hers."""
    await stage.sandbox.change(EVE, is_stranger=False)
    contact = leave(stage)
    await filled(stage)
    agency = Changing(stage)
    agency.break_glass(DAN, "hers")
    nonce, client = forms(stage)[0].nonce, agency.clients["hers"].ref
    (team, *_) = [row.ref for row in stage.rows(Team) if isinstance(row, Team)]
    refs = {
        **dict.fromkeys(("contact", "call"), contact),
        **dict.fromkeys(("draft", "form", "note"), nonce),
        "glass": agency.emergency(DAN).ref,
        "team": staff(stage, ALICE).ref,
        "roster": team,
    }
    return There(refs, nonce, client)


def payload(stage: Play, kind: str, id_: str, there: There, *, real: bool) -> JsonObject:
    """What eve would send from her workspace, with a reference of the first one or with one that nobody has."""

    def shown(ref: str) -> str:
        return ref if real else f"{ref[:2]}{ZEROS}"

    ref = staff(stage, ALICE).ref if id_ == "roster.staff_edit" else there.of(id_)
    body = forged(stage, kind, id_, shown(ref), shown(there.nonce), shown(there.client), EVE)
    if kind == "submission":
        put(body, "words", typed("Words enough to be taken."))
        put(body, "kind", {"form.answer": chosen("collateral", "radio_buttons")})
    return {**body, "team": {"id": OTHER, "domain": "other"}}


def trail(stage: Play, tenant: Tenant) -> list[tuple[str, str]]:
    """A workspace's events: what, and by which rule."""
    with WorkspaceSession(stage.app.engine, tenant.id) as session:
        query = select(AuditEvent.action, AuditEvent.rule).where(AuditEvent.workspace_id == tenant.id)
        return [(action, rule) for action, rule in session.execute(query.order_by(AuditEvent.seq))]


def rows(stage: Play, tenant: Tenant) -> dict[str, list[str]]:
    """Every row of a workspace."""
    found: dict[str, list[str]] = {}
    with WorkspaceSession(stage.app.engine, tenant.id) as session:
        for name, table in metadata.tables.items():
            key = table.c.id if name == "workspace" else table.c.workspace_id
            found[name] = sorted(str(row) for row in session.execute(select(table).where(key == tenant.id)))
    return found


def said(stage: Play, answer: Answer, before: int) -> str:
    """Everything that was answered and sent since, without what is new each time."""
    sent = [(call.method, call.arguments) for call in stage.sandbox.journal[before:] if call.method != "users.info"]
    text = json.dumps([answer.status, answer.body, sent], default=str, sort_keys=True)
    return re.sub(r"[A-Z]-[0-9A-Z]{16}|[0-9a-f]{32}|\d+\.[0-9a-f.]+|V0[0-9A-Z]+|\"\d{10}\"|: \d{10}\b", "…", text)


@pytest.mark.parametrize("kind", ["action", "submission", "suggestion"])
async def test_what_stands_elsewhere_is_answered_like_nothing(
    small: Play, other: Tenant, canary: Canary, kind: str
) -> None:
    there = await furnished(small)
    # With the first request the keys of her workspace are read, and who she is.
    await send(small, payload(small, "action", "home.help", there, real=False))
    before = rows(small, small.tenant)
    start, differ, unrecorded = len(small.sandbox.journal), list[str](), set[str]()
    dearer: list[str] = []
    for id_ in sorted(getattr(routes(), kind).ids):
        answers: list[str] = []
        costs: list[list[str]] = []
        for real in (True, False):
            small.sandbox.workspace.views.close_all(EVE)
            small.clock.advance(seconds=2)
            seen, events = len(small.sandbox.journal), len(trail(small, other))
            body = payload(small, kind, id_, there, real=real)
            with counting(small) as statements:
                answer = await send(small, body)
                await small.settle()
            costs.append(sorted(statements))
            answers.append(said(small, answer, seen))
            if not any(action == "access:deny" for action, _ in trail(small, other)[events:]):
                unrecorded.add(id_)
        if answers[0] != answers[1]:
            differ.append(id_)
        if id_ in REFUSED[kind] and costs[0] != costs[1]:
            dearer.append(id_)
    assert differ == []
    assert dearer == []
    assert unrecorded & REFUSED[kind] == set()
    assert rows(small, small.tenant) == before
    assert names_nobody(small, str([call.arguments for call in small.sandbox.journal[start:]]))


async def test_a_user_of_another_workspace_is_nobody_in_this_one(small: Play, other: Tenant) -> None:
    there = await furnished(small)
    before = len(trail(small, small.tenant))
    for real in (True, False):
        body = forged(small, "action", "contact.write", there.refs["contact"] if real else f"K-{ZEROS}", "", "", EVE)
        small.clock.advance(seconds=1)
        await send(small, body)
        await small.settle()
    assert trail(small, small.tenant)[before:] == [("access:deny", "no_account")] * 2
    said_to_eve = [each.text for each in small.person(EVE).dms]
    assert len(said_to_eve) == 2
    assert len(set(said_to_eve)) == 1
    assert as_text(there.nonce) not in str(said_to_eve)
