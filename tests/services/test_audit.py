"""Recording: what an event holds, how it is chained, and when a grant counts."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from models.audit import AuditEvent, AuditHead
from models.base import new_id
from models.clients import Client
from models.rows import WorkspaceSession
from services import audit
from services.audit import EVENT_COLUMNS, Action, Event, Outcome
from services.work import Work
from tests.conftest import NOON, Agency
from tests.postgres import unwalled

FORM = uuid.UUID("018f0000-0000-7000-8000-00000000000f")
ALICE = uuid.UUID("018f0000-0000-7000-8000-00000000000a")
BOB = uuid.UUID("018f0000-0000-7000-8000-00000000000b")


def work_in(session: Session, agency: Agency, now: dt.datetime = NOON) -> Work:
    return Work(session, agency.id, agency.keys, now)


def events(session: Session, agency: Agency) -> list[AuditEvent]:
    mine = select(AuditEvent).where(AuditEvent.workspace_id == agency.id)
    return list(session.scalars(mine.order_by(AuditEvent.seq)))


def test_nothing_is_written_before_the_door_appends(engine: Engine, agency: Agency) -> None:
    with WorkspaceSession(engine, agency.id) as session:
        work = work_in(session, agency)
        audit.record(work, Action.FORM_OPEN, actor=ALICE, subject=("form", FORM))
        assert len(events(session, agency)) == 1
        audit.append_all(work)
        assert [event.action for event in events(session, agency)] == ["workspace:init", "form:open"]


@pytest.mark.parametrize("prepared", [None, 0, 1, 2])
def test_events_are_numbered_without_gaps_and_chained(engine: Engine, agency: Agency, prepared: int | None) -> None:
    with WorkspaceSession(engine, agency.id) as session:
        work = work_in(session, agency, NOON + dt.timedelta(microseconds=1))
        for number, action in enumerate((Action.FORM_OPEN, Action.FORM_DISCARD)):
            if number == prepared:
                audit.prepare(work)
            audit.record(work, action, actor=ALICE, subject=("form", FORM))
        if prepared == 2:
            audit.prepare(work)
        # What is prepared needs no database, so nobody waits for it.
        assert not session.in_transaction()
        audit.append_all(work)
        session.commit()
    with WorkspaceSession(engine, agency.id) as session:
        stored = events(session, agency)
        mac = agency.keys.genesis()
        for number, row in enumerate(stored, start=1):
            assert row.seq == number
            event = Event(**{name: getattr(row, name) for name in EVENT_COLUMNS})
            mac = agency.keys.chain(mac, number, event.canonical())
            assert row.mac == mac
        head = session.scalars(select(AuditHead)).one()
        assert (head.seq, head.mac) == (3, mac)
        assert {row.request_id for row in stored[1:]} == {work.request_id}
        assert stored[2].at == NOON + dt.timedelta(microseconds=1)


def test_nothing_recorded_is_nothing_appended(engine: Engine, agency: Agency) -> None:
    with WorkspaceSession(engine, agency.id) as session, session.begin():
        audit.append_all(work_in(session, agency))
    with WorkspaceSession(engine, agency.id) as session:
        assert len(events(session, agency)) == 1


def test_an_event_commits_to_the_sealed_bytes(engine: Engine, agency: Agency) -> None:
    _, sealed = agency.keys.new_client_key(FORM)
    with WorkspaceSession(engine, agency.id) as session, session.begin():
        work = work_in(session, agency)
        audit.record(work, Action.NOTE_SIGN, actor=ALICE, subject=("note_version", FORM), version=2, sealed=sealed)
        audit.append_all(work)
    with WorkspaceSession(engine, agency.id) as session:
        event = events(session, agency)[-1]
        assert event.digest == hashlib.sha256(sealed.blob).digest()
        assert event.object_version == 2


def test_a_refusal_is_recorded_as_one(engine: Engine, agency: Agency) -> None:
    with WorkspaceSession(engine, agency.id) as session, session.begin():
        work = work_in(session, agency)
        audit.record(work, Action.ACCESS_DENY, actor=None, rule="no_account", outcome=Outcome.DENIED)
        audit.append_all(work)
    with WorkspaceSession(engine, agency.id) as session:
        event = events(session, agency)[-1]
        assert (event.outcome, event.rule, event.actor_id, event.object_id) == ("denied", "no_account", None, None)


def test_an_event_takes_closed_words_only(engine: Engine, agency: Agency) -> None:
    with WorkspaceSession(engine, agency.id) as session:
        work = work_in(session, agency)
        for words in ("Jane Doe", "a b", "übung", "x" * 65, "note\n", "<b>"):
            with pytest.raises(ValueError, match="closed words") as caught:
                audit.record(work, Action.FORM_OPEN, actor=None, rule=words)
            assert words.strip() not in str(caught.value)
            with pytest.raises(ValueError, match="closed words"):
                audit.record(work, Action.FORM_OPEN, actor=None, subject=(words, FORM))
        assert work.entries == []


@pytest.mark.parametrize("action", list(Action))
def test_a_tag_is_a_noun_and_a_verb_that_fits_its_column(action: Action) -> None:
    noun, verb = action.value.split(":")
    assert noun.replace("_", "").isalpha()
    assert verb.replace("_", "").isalpha()
    assert len(action.value) <= 64


def test_every_tag_is_used_once() -> None:
    assert len({action.value for action in Action}) == len(Action.__members__)


def test_the_canonical_form_is_known() -> None:
    event = Event(
        at=dt.datetime(2026, 3, 2, 17, 0, 0, 1, tzinfo=dt.UTC),
        actor_id=ALICE,
        action="note:sign",
        outcome="ok",
        object_type="note_version",
        object_id=FORM,
        object_version=2,
        digest=bytes(range(4)),
        rule="",
        request_id=BOB,
        key_id=ALICE,
    )
    assert event.canonical() == (
        b'{"action":"note:sign","actor":"018f0000-0000-7000-8000-00000000000a","at":1772470800000001,'
        b'"digest":"00010203","key":"018f0000-0000-7000-8000-00000000000a",'
        b'"object":"018f0000-0000-7000-8000-00000000000f","outcome":"ok",'
        b'"request":"018f0000-0000-7000-8000-00000000000b","rule":"","type":"note_version","version":2}'
    )


def test_the_canonical_form_does_not_depend_on_the_time_zone() -> None:
    def at(zone: dt.tzinfo) -> bytes:
        instant = NOON.astimezone(zone)
        return Event(instant, None, "form:open", "ok", "", None, 0, None, "", FORM, FORM).canonical()

    assert at(dt.UTC) == at(dt.timezone(dt.timedelta(hours=-5)))
    assert json.loads(at(dt.UTC))["actor"] == ""


def test_grants_count_after_the_commit_only(engine: Engine, agency: Agency) -> None:
    with WorkspaceSession(engine, agency.id) as session, session.begin():
        work = work_in(session, agency)
        grants = [audit.record(work, Action.FORM_LIST, actor=ALICE) for _ in range(2)]
        audit.append_all(work)
        assert not any(grant.active for grant in grants)
    audit.activate(work)
    assert all(grant.active for grant in grants)


def opened(engine: Engine, agency: Agency, action: Action, outcome: Outcome = Outcome.OK) -> None:
    with WorkspaceSession(engine, agency.id) as session, session.begin():
        work = work_in(session, agency)
        audit.record(work, action, actor=ALICE, subject=("form", FORM), outcome=outcome)
        audit.append_all(work)


@pytest.mark.parametrize("action", [Action.FORM_OPEN, Action.FORM_RECOVER])
def test_the_event_that_opened_a_form_covers_it(engine: Engine, agency: Agency, action: Action) -> None:
    opened(engine, agency, action)
    with WorkspaceSession(engine, agency.id) as session:
        work = work_in(session, agency)
        grant = audit.standing_grant(work, FORM, ALICE)
        assert grant is not None
        assert grant.active
        assert audit.standing_grant(work, FORM, BOB) is None
        assert audit.standing_grant(work, new_id(), ALICE) is None


def test_a_form_that_was_only_listed_or_refused_is_not_covered(engine: Engine, agency: Agency) -> None:
    opened(engine, agency, Action.FORM_DISCARD)
    opened(engine, agency, Action.FORM_OPEN, Outcome.DENIED)
    with WorkspaceSession(engine, agency.id) as session:
        assert audit.standing_grant(work_in(session, agency), FORM, ALICE) is None


def test_a_trail_without_a_head_is_not_begun_again(engine: Engine, agency: Agency) -> None:
    with unwalled(engine) as free, free.begin() as connection:
        connection.execute(text("DELETE FROM audit_head"))
    with WorkspaceSession(engine, agency.id) as session:
        work = work_in(session, agency)
        audit.record(work, Action.FORM_LIST, actor=ALICE)
        with pytest.raises(audit.NoTrail, match="audit verify"):
            audit.append_all(work)


def test_a_client_is_numbered_with_the_event_that_wrote_it(engine: Engine, agency: Agency) -> None:
    client_id = new_id()
    _, sealed = agency.keys.new_client_key(client_id)
    with WorkspaceSession(engine, agency.id) as session, session.begin():
        work = work_in(session, agency)
        session.add(Client(workspace_id=agency.id, id=client_id, ref="C-1", agency_id_index=b"i" * 32, profile=sealed))
        audit.record(work, Action.CLIENT_IMPORT, actor=None, subject=("client", client_id), sealed=sealed)
        audit.append_all(work)
    with WorkspaceSession(engine, agency.id) as session, session.begin():
        work = work_in(session, agency)
        audit.record(work, Action.CONTACT_LIST, actor=None, subject=("client", client_id))
        audit.append_all(work)
    with WorkspaceSession(engine, agency.id) as session:
        assert session.scalars(select(Client.changed_seq)).one() == 2


def test_a_service_says_why_it_leaves_no_event() -> None:
    @audit.unaudited("a draft's autosave")
    def save(work: Work) -> int:
        return 1

    def sign(work: Work) -> None: ...

    assert audit.why_unaudited(save) == "a draft's autosave"
    assert audit.why_unaudited(sign) is None
